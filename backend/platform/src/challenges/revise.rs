//! `reviseChallenge`: the department changes its draft, or what was returned to it.

use serde::Serialize;
use serde_json::json;

use super::content::Changes;
use super::{Done, Lock, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::id::ChallengeId;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `reviseChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseChallenge {
    pub challenge_id: String,
    pub expected_version: Option<i32>,
    pub changes: Changes,
    pub idempotency_key: Option<String>,
}

impl Content for ReviseChallenge {
    const MUTATION: &'static str = "reviseChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Changes the fields given; another version than expected is a conflict.
pub async fn revise(app: &App, viewer: &Viewer, new: ReviseChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let facts = &held.facts;
            let proof = policy::may_revise(viewer, facts)?;
            let now = app.clock.now();
            let mut faults = Faults::new();
            let content = new.changes.check("changes.", &mut faults);
            faults.done()?;
            if new.expected_version.is_some_and(|expected| expected != facts.version()) {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            store::revise(&txn, proof, &held.row, content).await?;
            let happening = Happening {
                kind: EventKind::ChallengeRevised,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Department(facts.department()),
                by: By::Person(actor.user),
                at: now,
                public: json!({ "version": facts.version() + 1 }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
