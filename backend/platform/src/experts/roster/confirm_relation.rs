//! `confirmExpertRelation`: a second organizer finds true what the first recorded of an expert. Until then it keeps nobody from a panel:
//! nobody picks one by recording what is not so.

use serde::Serialize;
use serde_json::json;

use super::{Done, store, told};
use crate::access::{Viewer, experts as policy};
use crate::app::App;
use crate::base::id::ExpertRelationId;
use crate::base::{Result, faults};
use crate::db::{Content, Once};
use crate::events::{Audience, By, EventKind, Happening};

/// What `confirmExpertRelation` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ConfirmExpertRelation {
    pub relation_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for ConfirmExpertRelation {
    const MUTATION: &'static str = "confirmExpertRelation";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Finds a relation true.
pub async fn confirm_expert_relation(app: &App, viewer: &Viewer, new: ConfirmExpertRelation) -> Result<Done> {
    let actor = viewer.person()?;
    let relation: ExpertRelationId = faults::id("relationId", &new.relation_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_name(viewer)?;
            let proof = policy::may_confirm_relation(leave, store::relation(&txn, relation).await?.as_ref())?;
            store::confirm_relation(&txn, &proof).await?;
            let happening = Happening {
                kind: EventKind::ExpertRelationConfirmed,
                subject: proof.expert().to_string(),
                challenge: None,
                audience: Audience::Person(proof.user()),
                by: By::Person(proof.by()),
                at: app.clock.now(),
                public: json!({ "relation": relation }),
                private: json!({}),
            };
            told(&txn, happening).await?;
            Ok(Done { expert: proof.expert() })
        })
        .await
}
