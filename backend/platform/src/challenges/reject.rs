//! `rejectChallenge`: an organizer says that a scenario will not be published. The demand that it came of is open again.

use serde::Serialize;
use serde_json::json;

use super::{Done, Lock, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::ChallengeId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::demands;
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `rejectChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RejectChallenge {
    pub challenge_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for RejectChallenge {
    const MUTATION: &'static str = "rejectChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Rejects a scenario.
pub async fn reject(app: &App, viewer: &Viewer, new: RejectChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_reject(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let at = app.clock.now();
            demands::give_back(&txn, proof.lost(), held.row.demand_id, at).await?;
            store::reject(&txn, proof, reason.clone()).await?;
            let happening = Happening {
                kind: EventKind::ChallengeRejected,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Department(held.facts.department()),
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
