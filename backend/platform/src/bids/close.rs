//! Closing at the deadline: the clock has made it true, the timer makes it visible. The closing event commits to the bids in
//! force by one root over random bits and their commitments, so that a bid slipped in afterwards is seen and nobody can test
//! before the opening whether there are any.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::store;
use crate::access::bids as policy;
use crate::app::App;
use crate::base::id::ChallengeId;
use crate::base::words::ChallengeStatus;
use crate::base::{Instant, Result, random};
use crate::challenges::{self, Lock};
use crate::db::Txn;
use crate::events::timers::{self, Due};
use crate::events::{self, Audience, By, EventKind, Happening};

/// So many random bytes are in a root.
pub(super) const NONCE: usize = 16;

/// Runs a closing timer; what another has already closed stays as it is.
pub async fn at_deadline(app: &App, challenge: ChallengeId, due: &Due) -> Result<()> {
    app.db
        .write(move |txn| async move {
            if timers::claim(&txn, due.id, app.clock.now()).await? {
                close(&txn, challenge, due.run_at.max(app.clock.now())).await?;
            }
            Ok(())
        })
        .await
}

/// Closes a challenge whose deadline has passed and whose stored state does not yet say so. The event is dated at the deadline.
pub(super) async fn close(txn: &Txn, challenge: ChallengeId, now: Instant) -> Result<()> {
    let row = challenges::locked(txn, challenge, Lock::Update).await?;
    let (stored, deadline) = (row.status, row.submission_deadline);
    let (ChallengeStatus::Published, Some(deadline)) = (stored, deadline) else { return Ok(()) };
    if now < deadline {
        return Ok(());
    }
    let proof = policy::may_close(&challenges::facts(&row, now))?;
    let nonce = random::bytes::<NONCE>()?;
    let root = root(&hex::encode(nonce), store::commitments(txn, challenge).await?);
    store::close(txn, proof, nonce.to_vec(), root.clone()).await?;
    let happening = Happening {
        kind: EventKind::ChallengeClosed,
        subject: challenge.to_string(),
        challenge: Some(challenge),
        audience: Audience::Everybody,
        by: By::Clock,
        at: deadline,
        public: json!({ "root": root }),
        private: json!({}),
    };
    events::append(txn, happening).await?;
    Ok(())
}

/// SHA-256 over the random bits (hex) and the commitments (hex), sorted, in hex.
pub fn root(nonce: &str, mut commitments: Vec<String>) -> String {
    commitments.sort_unstable();
    let sha = commitments.iter().fold(Sha256::new().chain_update(nonce), |sha, one| sha.chain_update(one));
    hex::encode(sha.finalize())
}
