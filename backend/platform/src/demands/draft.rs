//! `draftDemand`: a department begins a demand. It may be incomplete; only what is given is checked for form.

use serde::Serialize;
use serde_json::json;

use super::content::Changes;
use super::{Done, happening, store};
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, EventKind};

/// What `draftDemand` is given.
#[derive(Clone, Debug, Serialize)]
pub struct DraftDemand {
    pub content: Changes,
    pub idempotency_key: Option<String>,
}

impl Content for DraftDemand {
    const MUTATION: &'static str = "draftDemand";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Drafts a demand for the actor's department, which alone knows of it until it is handed in.
pub async fn draft_demand(app: &App, viewer: &Viewer, new: DraftDemand) -> Result<Done> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let proof = policy::may_draft(viewer)?;
            let mut faults = Faults::new();
            let content = new.content.check("", &mut faults);
            faults.check(content.title.is_some(), "title", FaultCode::Required);
            faults.done()?;
            let (now, department) = (app.clock.now(), proof.department());
            let demand = store::draft(&txn, proof, &content, now).await?;
            let (audience, public) = (Audience::Desk(department), json!({ "title": content.title }));
            events::append(&txn, happening(EventKind::DemandDrafted, demand, audience, actor.user, now, public))
                .await?;
            Ok(Done { demand })
        })
        .await
}
