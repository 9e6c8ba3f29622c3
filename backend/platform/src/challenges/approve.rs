//! `approveChallenge`: an organizer who did not write it finds a scenario fit to be published.

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
use crate::rules;

/// What `approveChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ApproveChallenge {
    pub challenge_id: String,
    pub opinion: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for ApproveChallenge {
    const MUTATION: &'static str = "approveChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Approves a scenario.
pub async fn approve(app: &App, viewer: &Viewer, new: ApproveChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_approve(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let opinion = faults.optional("opinion", new.opinion.as_deref(), Length::NOTE);
            faults.done()?;
            store::check_whole(&txn, &held.row, "").await?;
            let rules = rules::revision(&*txn).await?.map(|rules| rules.version);
            store::approve(&txn, proof, rules).await?;
            let happening = Happening {
                kind: EventKind::ChallengeApproved,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Department(held.facts.department()),
                by: By::Person(actor.user),
                at: app.clock.now(),
                public: json!({ "opinion": opinion }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
