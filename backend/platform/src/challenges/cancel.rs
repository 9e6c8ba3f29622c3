//! `cancelChallenge`: an organizer calls a challenge off, until the award. Nothing is deleted.

use serde::Serialize;
use serde_json::json;

use super::{Done, Lock, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, Kind};
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind, timers};
use crate::{demands, experts};

/// What `cancelChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct CancelChallenge {
    pub challenge_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for CancelChallenge {
    const MUTATION: &'static str = "cancelChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Calls a challenge off.
pub async fn cancel(app: &App, viewer: &Viewer, new: CancelChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_cancel(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let at = app.clock.now();
            demands::give_back(&txn, proof.lost(), held.row.demand_id, at).await?;
            store::cancel(&txn, proof, reason.clone()).await?;
            experts::release(&txn, challenge, at).await?;
            timers::reset(&txn, TimerKind::CloseChallenge, challenge.uuid(), None).await?;
            timers::reset(&txn, TimerKind::WarnOfUploads, challenge.uuid(), None).await?;
            timers::reset(&txn, TimerKind::EndNotice, challenge.uuid(), None).await?;
            let happening = Happening {
                kind: EventKind::ChallengeCancelled,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at,
                public: json!({ "reason": reason }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
