//! `registerContract` (技术合同认定登记): under which number the contract of a project is registered; what is registered counts towards the
//! year's technology contracts.

use serde::Serialize;
use serde_json::json;

use super::{AgreementSigned, store};
use crate::access::{Viewer, projects as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::ProjectId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `registerContract` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RegisterContract {
    pub project_id: String,
    pub registration_no: String,
    pub idempotency_key: Option<String>,
}

impl Content for RegisterContract {
    const MUTATION: &'static str = "registerContract";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Notes the number.
pub async fn register_contract(app: &App, viewer: &Viewer, new: RegisterContract) -> Result<AgreementSigned> {
    let actor = viewer.person()?;
    let project: ProjectId = faults::id("projectId", &new.project_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, project, &app.clock).await?;
            let proof = policy::may_register(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let number = faults.text("registrationNo", &new.registration_no, Length::SHORT);
            faults.done()?;
            store::register(&txn, &proof, number.clone()).await?;
            let happening = Happening {
                kind: EventKind::ContractRegistered,
                subject: project.to_string(),
                challenge: Some(proof.challenge()),
                audience: Audience::Staff(Some(held.facts.challenge().department())),
                by: By::Person(proof.by()),
                at: held.now,
                public: json!({}),
                private: json!({ "registrationNo": number }),
            };
            events::append(&txn, happening).await?;
            Ok(AgreementSigned { project })
        })
        .await
}
