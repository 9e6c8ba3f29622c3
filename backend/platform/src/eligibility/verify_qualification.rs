//! `verifyQualification`: an organizer has looked at the evidence and takes a stated qualification for true.

use serde::Serialize;
use serde_json::json;

use super::qualify::Qualified;
use super::store;
use crate::access::{Viewer, eligibility as policy};
use crate::app::App;
use crate::base::id::QualificationId;
use crate::base::{Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `verifyQualification` is given.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyQualification {
    pub qualification_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for VerifyQualification {
    const MUTATION: &'static str = "verifyQualification";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Verifies a qualification, once.
pub async fn verify_qualification(app: &App, viewer: &Viewer, new: VerifyQualification) -> Result<Qualified> {
    let actor = viewer.person()?;
    let qualification: QualificationId = faults::id("qualificationId", &new.qualification_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_look_up(viewer)?;
            let facts = store::qualification(&txn, qualification).await?;
            let proof = policy::may_verify(leave, facts.as_ref())?;
            let (organization, at) = (proof.organization(), app.clock.now());
            store::verify(&txn, proof, qualification, at).await?;
            let happening = Happening {
                kind: EventKind::QualificationVerified,
                subject: organization.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at,
                public: json!({ "qualification": qualification }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Qualified { organization, qualification })
        })
        .await
}
