//! `submitChallenge`: the department hands its scenario in for argument (需求论证). All that is missing is named.

use serde::Serialize;
use serde_json::json;

use super::{Done, Lock, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::id::ChallengeId;
use crate::base::{Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `submitChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SubmitChallenge {
    pub challenge_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for SubmitChallenge {
    const MUTATION: &'static str = "submitChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Hands a complete scenario in.
pub async fn submit(app: &App, viewer: &Viewer, new: SubmitChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_submit(viewer, &held.facts)?;
            store::check_whole(&txn, &held.row, "").await?;
            store::submit(&txn, proof).await?;
            let happening = Happening {
                kind: EventKind::ChallengeSubmitted,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Department(held.facts.department()),
                by: By::Person(actor.user),
                at: app.clock.now(),
                public: json!({ "version": held.facts.version() }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
