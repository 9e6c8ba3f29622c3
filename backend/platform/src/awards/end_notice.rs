//! The end of a notice: the clock has made it true, the timer makes it visible. It moves nothing: to award is an organizer's act.

use serde_json::json;

use super::store;
use crate::access::awards as policy;
use crate::app::App;
use crate::base::id::ChallengeId;
use crate::base::{Error, Result};
use crate::challenges::{self, Lock};
use crate::events::timers::{self, Due};
use crate::events::{self, Audience, By, EventKind, Happening};

/// Runs the timer of a challenge's notice; a notice that is void by now stays as it is. The event is dated at the notice's end.
pub(crate) async fn at_end(app: &App, challenge: ChallengeId, due: &Due) -> Result<()> {
    app.db
        .write(move |txn| async move {
            challenges::locked(&txn, challenge, Lock::Update).await?;
            if !timers::claim(&txn, due.id, app.clock.now()).await? {
                return Ok(());
            }
            let Some((_, facts)) = store::current(&*txn, challenge).await? else { return Ok(()) };
            let proof = match policy::may_end(&facts, due.run_at.max(app.clock.now())) {
                Ok(proof) => proof,
                // Another notice runs by now: it has a timer of its own.
                Err(Error::NotNow(_)) => return Ok(()),
                Err(failed) => return Err(failed),
            };
            let happening = Happening {
                kind: EventKind::NoticeEnded,
                subject: proof.notice().to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Clock,
                at: proof.at(),
                public: json!({}),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(())
        })
        .await
}
