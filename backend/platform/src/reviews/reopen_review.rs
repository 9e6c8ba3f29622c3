//! The review is held again: an upheld objection or complaint sends the bids back to the panel (招标投标法实施条例 71: what was judged against the
//! rules is put right by the panel). The sheets of who sits are open again with what they say; the log keeps what was handed in before.

use serde_json::json;

use super::store;
use crate::access::scoring::MayFall;
use crate::base::id::ChallengeId;
use crate::base::words::{BidCommand, BidStatus, ChallengeCommand};
use crate::base::{Instant, Result};
use crate::bids;
use crate::challenges::{self, Lock, Move};
use crate::db::Txn;
use crate::events::{self, Audience, By, EventKind, Happening};

/// Sends a challenge whose notice is void back to its panel.
pub(crate) async fn reopen_review(txn: &Txn, challenge: ChallengeId, ruling: &MayFall, now: Instant) -> Result<()> {
    let row = challenges::locked(txn, challenge, Lock::Update).await?;
    let facts = challenges::facts(&row, now);
    let Some(to) = (facts.next)(facts.phase(), ChallengeCommand::ReopenReview) else { return Ok(()) };
    let Some(panel) = challenges::panels(txn, &[challenge]).await?.pop() else { return Ok(()) };
    store::reopen_review(txn, challenge, panel.id).await?;
    let states = [BidStatus::Shortlisted, BidStatus::NotShortlisted, BidStatus::Negotiating];
    for bid in bids::in_states(txn, challenge, &states).await? {
        if let Some(to) = bids::lifecycle::next(bid.status, BidCommand::Rescore) {
            bids::make(txn, bid.id, to).await?;
        }
    }
    challenges::make(txn, Move::under(&facts, to)).await?;
    let happening = Happening {
        kind: EventKind::ReviewReopened,
        subject: challenge.to_string(),
        challenge: Some(challenge),
        audience: Audience::Everybody,
        by: By::Unseen(ruling.by()),
        at: now,
        public: json!({}),
        private: json!({}),
    };
    events::append(txn, happening).await?;
    Ok(())
}
