//! `returnChallenge`: an organizer sends a scenario back with a reason.

use serde::Serialize;
use serde_json::json;

use super::{Done, Lock, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::ChallengeId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `returnChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ReturnChallenge {
    pub challenge_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for ReturnChallenge {
    const MUTATION: &'static str = "returnChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Returns a scenario to its department.
pub async fn return_(app: &App, viewer: &Viewer, new: ReturnChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?.facts;
            let proof = policy::may_return(viewer, &facts)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            store::return_(&txn, proof, reason.clone()).await?;
            let happening = Happening {
                kind: EventKind::ChallengeReturned,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Department(facts.department()),
                by: By::Person(actor.user),
                at: app.clock.now(),
                public: json!({ "reason": reason }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
