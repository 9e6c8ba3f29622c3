//! Attempts that came too late: refused, and on the record of the bidder's own stream.

use serde_json::json;

use super::store;
use crate::App;
use crate::access::Viewer;
use crate::base::id::BidId;
use crate::base::{Error, Result};
use crate::challenges::Lock;
use crate::events::{self, Audience, By, EventKind, Happening};

/// So many are recorded of one bid: a program that tries without end does not fill the log.
const MOST: u64 = 20;

/// Hands an outcome on; where it is that the deadline has passed, the attempt is recorded. What could not be recorded is refused all the
/// same.
pub(super) async fn recorded<T>(app: &App, viewer: &Viewer, bid: BidId, act: &str, outcome: Result<T>) -> Result<T> {
    if matches!(outcome, Err(Error::TooLate(_)))
        && let Err(fault) = record(app, viewer, bid, act).await
    {
        tracing::warn!(%bid, %fault, "a late attempt was not recorded");
    }
    outcome
}

async fn record(app: &App, viewer: &Viewer, bid: BidId, act: &str) -> Result<()> {
    let actor = viewer.person()?;
    let subject = bid.to_string();
    let full = |many: u64| many >= MOST;
    // Whoever goes on after that takes no writer's time.
    if full(events::read::how_many(app.db.read(), &subject, EventKind::BidLate).await?) {
        return Ok(());
    }
    let subject = &subject;
    app.db
        .write(move |txn| async move {
            let held = store::locked(&txn, bid, Lock::Share, &app.clock).await?;
            let deadline = held.challenge.submission_deadline;
            // It may have been moved meanwhile.
            if deadline.is_none_or(|deadline| held.now < deadline)
                || full(events::read::how_many(&*txn, subject, EventKind::BidLate).await?)
            {
                return Ok(());
            }
            let happening = Happening {
                kind: EventKind::BidLate,
                subject: subject.clone(),
                challenge: Some(held.challenge.id),
                audience: Audience::Bidder(held.row.bidder_id),
                by: By::Person(actor.user),
                at: held.now,
                public: json!({ "act": act, "deadline": deadline, "person": actor.user }),
                private: json!({}),
            };
            events::append(&txn, happening).await.map(|_| ())
        })
        .await
}
