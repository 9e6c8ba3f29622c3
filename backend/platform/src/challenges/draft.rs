//! `draftChallenge`: a department begins a scenario. It may be incomplete; only what is given is checked for form.

use serde::Serialize;
use serde_json::json;

use super::content::Changes;
use super::{Done, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `draftChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct DraftChallenge {
    pub content: Changes,
    pub idempotency_key: Option<String>,
}

impl Content for DraftChallenge {
    const MUTATION: &'static str = "draftChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Drafts a challenge for the actor's department.
pub async fn draft(app: &App, viewer: &Viewer, new: DraftChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let proof = policy::may_draft(viewer)?;
            let now = app.clock.now();
            let mut faults = Faults::new();
            let content = new.content.check("", &mut faults);
            faults.check(content.title.is_some(), "title", FaultCode::Required);
            faults.done()?;
            let department = proof.department();
            let challenge = store::draft(&txn, proof, content, now).await?;
            let happening = Happening {
                kind: EventKind::ChallengeDrafted,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Department(department),
                by: By::Person(actor.user),
                at: now,
                public: json!({}),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
