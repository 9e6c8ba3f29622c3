//! `reviseCapability`: an organization changes what it says that it can do.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::content::Changes;
use super::store;
use crate::access::{Viewer, capabilities as policy};
use crate::app::App;
use crate::base::id::CapabilityId;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `reviseCapability` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseCapability {
    pub capability_id: String,
    pub expected_version: Option<i32>,
    pub changes: Changes,
    pub idempotency_key: Option<String>,
}

impl Content for ReviseCapability {
    const MUTATION: &'static str = "reviseCapability";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CapabilityRevised {
    /// The capability.
    pub capability: CapabilityId,
}

/// Changes the fields given; another version than expected is a conflict.
pub async fn revise_capability(app: &App, viewer: &Viewer, new: ReviseCapability) -> Result<CapabilityRevised> {
    let actor = viewer.person()?;
    let capability: CapabilityId = faults::id("capabilityId", &new.capability_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let (_, facts) = store::locked(&txn, capability).await?;
            let proof = policy::may_keep(viewer, &facts)?;
            let mut faults = Faults::new();
            let content = new.changes.check("changes.", &mut faults);
            faults.done()?;
            if new.expected_version.is_some_and(|expected| expected != facts.version()) {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            store::revise(&txn, proof, &facts, &content).await?;
            let happening = Happening {
                kind: EventKind::CapabilityRevised,
                subject: capability.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: app.clock.now(),
                public: json!({ "version": facts.version() + 1 }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(CapabilityRevised { capability })
        })
        .await
}
