//! `suspendChallenge` (暂停): a supervisor or an organizer has a challenge stand still where it is; it goes on from there once the order is
//! lifted (`projects::resume`, since objections may still hold it up).

use serde::Serialize;
use serde_json::json;

use super::{Done, Lock, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, Kind};
use crate::base::words::ChallengeStatus;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind, timers};

/// What `suspendChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SuspendChallenge {
    pub challenge_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for SuspendChallenge {
    const MUTATION: &'static str = "suspendChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Has a challenge stand still. While it is open no bid is changed, and the time that it loses is given back when it goes on.
pub async fn suspend(app: &App, viewer: &Viewer, new: SuspendChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_suspend(viewer, &held.facts)?;
            // The clock has closed it, and the closing is still to be written: that comes first, or its commitments never do.
            if held.row.status == ChallengeStatus::Published && proof.from() != ChallengeStatus::Published {
                return Err(Error::NotNow(Reason::NotInThisState));
            }
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let at = app.clock.now();
            let (from, role) = (proof.from(), proof.by_role());
            store::suspend(&txn, proof, &held.row, reason.clone(), at).await?;
            if from == ChallengeStatus::Published {
                timers::reset(&txn, TimerKind::CloseChallenge, challenge.uuid(), None).await?;
                timers::reset(&txn, TimerKind::WarnOfUploads, challenge.uuid(), None).await?;
            }
            let happening = Happening {
                kind: EventKind::ChallengeSuspended,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at,
                public: json!({ "reason": reason, "by": role }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
