//! `readSealedBid`: the bidder reads its own sealed bid with the recovery key that only it has.

use serde_json::json;

use super::sealing::{self, Identity};
use super::solution::Solution;
use super::store;
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::id::BidId;
use crate::base::{Error, Reason, Result, faults};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `readSealedBid` is given. The key is in no address, cache or log.
pub struct ReadSealedBid {
    pub bid_id: String,
    pub recovery_key: String,
}

/// What the bidder reads.
pub struct Read {
    pub solution: Solution,
    pub salt: String,
    /// The canonical text that the receipt's commitment is over, with the salt.
    pub content: String,
}

/// Reads the submission that counts, or the last one of a withdrawn bid.
pub async fn read_sealed(app: &App, viewer: &Viewer, new: ReadSealedBid) -> Result<Read> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let conn = app.db.read();
    let (held, _) = store::glance(conn, bid, app.clock.now()).await?;
    let proof = policy::may_read_own(viewer, &held.facts)?;
    let last = store::last_submission(conn, &held.row).await?;
    let version = last.ok_or(Error::NotNow(Reason::NothingToSubmit))?;
    let wrong = || Error::invalid("recoveryKey", FaultCode::NotARecoveryKey);
    let key = sealing::recovery_identity(&new.recovery_key).map_err(|_| wrong())?;
    let (_, submission) = store::submission(conn, bid, version).await?.ok_or(Error::Hidden)?;
    let identity = Identity { bid, challenge: held.challenge.id, bidder: held.row.bidder_id, version };
    let opened = sealing::open_bid(&key, identity, &submission.sealed, &submission.commitment).map_err(|_| wrong())?;
    let solution = opened.solution.open(&proof);
    let happening = &Happening {
        kind: EventKind::BidRead,
        subject: bid.to_string(),
        challenge: Some(held.challenge.id),
        audience: Audience::Bidder(held.row.bidder_id),
        by: By::Person(actor.user),
        at: held.now,
        public: json!({ "version": version, "person": actor.user }),
        private: json!({}),
    };
    app.db.write(move |txn| async move { events::append(&txn, happening.clone()).await }).await?;
    Ok(Read { solution, salt: opened.salt, content: opened.content })
}
