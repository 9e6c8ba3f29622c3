//! Before the deadline whoever has a file that has not come whole is told: what is not whole then is not handed in (电子招标投标办法 27: it
//! is taken to be withdrawn).

use chrono::TimeDelta;
use serde_json::json;

use super::store;
use crate::app::App;
use crate::base::id::{ChallengeId, Kind};
use crate::base::words::ChallengeStatus;
use crate::base::{Instant, Result};
use crate::bids::store::Locked;
use crate::challenges::{self, Lock, WARNED};
use crate::db::Txn;
use crate::events::timers::{self, Due};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind};

/// So long before the deadline, beside [`WARNED`]. What is begun in the last minutes is not warned of.
const AGAIN: [TimeDelta; 2] = [TimeDelta::hours(1), TimeDelta::minutes(10)];

fn next(deadline: Instant, now: Instant) -> Option<Instant> {
    std::iter::once(WARNED).chain(AGAIN).map(|before| deadline - before).find(|at| *at > now)
}

/// Sees to it that there is a warning, of a challenge that was published by a version that set none.
pub(super) async fn see_to_it(txn: &Txn, held: &Locked) -> Result<()> {
    let challenge = held.challenge.id.uuid();
    let Some(deadline) = held.challenge.submission_deadline else { return Ok(()) };
    match next(deadline, held.now) {
        Some(at) => timers::see_to_it(txn, TimerKind::WarnOfUploads, challenge, at).await,
        None => Ok(()),
    }
}

/// Warns, and sets the timer of the next warning.
pub async fn at_time(app: &App, challenge: ChallengeId, due: &Due) -> Result<()> {
    app.db
        .write(move |txn| async move {
            let now = app.clock.now();
            if !timers::claim(&txn, due.id, now).await? {
                return Ok(());
            }
            let row = challenges::locked(&txn, challenge, Lock::Share).await?;
            let (ChallengeStatus::Published, Some(deadline)) = (row.status, row.submission_deadline) else {
                return Ok(());
            };
            if now >= deadline {
                return Ok(());
            }
            for (bid, bidder, many) in store::unfinished(&*txn, challenge).await? {
                let happening = Happening {
                    kind: EventKind::UploadsUnfinished,
                    subject: bid.to_string(),
                    challenge: Some(challenge),
                    audience: Audience::Bidder(bidder),
                    by: By::Clock,
                    at: due.run_at,
                    public: json!({ "uploads": many, "deadline": deadline }),
                    private: json!({}),
                };
                events::append(&txn, happening).await?;
            }
            if let Some(at) = next(deadline, now) {
                timers::set(&txn, TimerKind::WarnOfUploads, challenge.uuid(), at).await?;
            }
            Ok(())
        })
        .await
}
