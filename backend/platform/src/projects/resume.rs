//! `resumeChallenge` (恢复): an order to stand still is lifted, and the challenge goes on from where it was: open, with all the time that it has
//! lost; under a notice, once no objection is open. What has to be done by a time gets that time back too: corrections of bids, and
//! agreements to be signed. It is here since those are.

use serde::Serialize;
use serde_json::json;

use super::store;
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, Kind};
use crate::base::{Faults, Result, faults};
use crate::challenges::{self, Done, Lock, WARNED};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind, timers};
use crate::{awards, bids};

/// What `resumeChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ResumeChallenge {
    pub challenge_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for ResumeChallenge {
    const MUTATION: &'static str = "resumeChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Lets a challenge go on.
pub async fn resume(app: &App, viewer: &Viewer, new: ResumeChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let notice = awards::current(&*txn, challenge).await?.map(|(_, facts)| facts.id());
            let open = match notice {
                Some(notice) => awards::has_open(&*txn, notice).await?,
                None => false,
            };
            let proof = policy::may_resume(viewer, &held.facts, open)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let (at, to) = (app.clock.now(), proof.to());
            let moved = challenges::resume(&txn, proof, &held.row, at).await?;
            if let Some(moved) = moved {
                timers::set(&txn, TimerKind::CloseChallenge, challenge.uuid(), moved.deadline).await?;
                timers::set(&txn, TimerKind::WarnOfUploads, challenge.uuid(), moved.deadline - WARNED).await?;
            }
            if let Some(since) = held.row.ordered_at {
                bids::give_time_back(&txn, challenge, at - since).await?;
                store::give_time_back(&txn, challenge, at - since).await?;
            }
            let happening = Happening {
                kind: EventKind::ChallengeResumed,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at,
                public: json!({
                    "reason": reason, "status": to, "newDeadline": moved.map(|moved| moved.deadline),
                    "questionsCloseAt": moved.and_then(|moved| moved.questions_close_at),
                }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
