//! `removeCapability`: an organization takes a capability off its list.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::access::{Viewer, capabilities as policy};
use crate::app::App;
use crate::base::id::CapabilityId;
use crate::base::{Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `removeCapability` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RemoveCapability {
    pub capability_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for RemoveCapability {
    const MUTATION: &'static str = "removeCapability";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CapabilityRemoved {
    /// What it was.
    pub capability: CapabilityId,
}

/// Takes it off; the log keeps that it was there.
pub async fn remove_capability(app: &App, viewer: &Viewer, new: RemoveCapability) -> Result<CapabilityRemoved> {
    let actor = viewer.person()?;
    let capability: CapabilityId = faults::id("capabilityId", &new.capability_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let (row, facts) = store::locked(&txn, capability).await?;
            let proof = policy::may_keep(viewer, &facts)?;
            store::remove(&txn, proof).await?;
            let happening = Happening {
                kind: EventKind::CapabilityRemoved,
                subject: capability.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: app.clock.now(),
                public: json!({ "title": row.title }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(CapabilityRemoved { capability })
        })
        .await
}
