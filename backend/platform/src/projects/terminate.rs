//! `terminateChallenge` (终止): what was awarded ends before its time, for one of the grounds of practice (domain rules 2.12); one organizer
//! says so, and then another. The projects under way end with it; nothing is deleted.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::lifecycle;
use super::store::{self, ByTwo};
use crate::access::{Viewer, projects as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, Kind};
use crate::base::words::ProjectCommand;
use crate::base::{Faults, Result, faults};
use crate::challenges::{self, Lock, Move};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `terminateChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct TerminateChallenge {
    pub challenge_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for TerminateChallenge {
    const MUTATION: &'static str = "terminateChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ChallengeTerminated {
    pub challenge: ChallengeId,
    /// Whether it has ended: another organizer had said so before.
    pub terminated: bool,
}

/// Ends an awarded challenge.
pub async fn terminate(app: &App, viewer: &Viewer, new: TerminateChallenge) -> Result<ChallengeTerminated> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_terminate(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let now = app.clock.now();
            let happening = |kind, audience, public, private| Happening {
                kind,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience,
                by: By::Person(proof.by()),
                at: now,
                public,
                private,
            };
            let said = store::said_before(&*txn, ByTwo::Terminate, challenge.uuid(), proof.by()).await?;
            let Some(first) = said else {
                let by = (proof.by(), now);
                store::say_first(&txn, ByTwo::Terminate, challenge.uuid(), by, reason.clone(), None).await?;
                let staff = Audience::Staff(Some(held.facts.department()));
                let found = happening(EventKind::TerminationFound, staff, json!({}), json!({ "reason": reason }));
                events::append(&txn, found).await?;
                return Ok(ChallengeTerminated { challenge, terminated: false });
            };
            let mut ended = Vec::new();
            for one in store::of_challenge(&*txn, challenge).await? {
                if let Some(to) = lifecycle::next(one.status, ProjectCommand::Terminate) {
                    store::end(&txn, one.id, to, (now, &reason), None).await?;
                    ended.push(one.id);
                }
            }
            let end = Move { ended_because: Some(reason.clone()), ..Move::to(challenge, proof.to()) };
            challenges::make(&txn, end).await?;
            let public = json!({ "reason": reason, "projects": ended });
            let private = json!({ "foundBefore": first.said_by, "first": first.because });
            events::append(&txn, happening(EventKind::ChallengeTerminated, Audience::Everybody, public, private))
                .await?;
            Ok(ChallengeTerminated { challenge, terminated: true })
        })
        .await
}
