//! `addCapability`: a verified enterprise, university or institute says what else it can do, for everybody to read.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::content::Changes;
use super::store;
use crate::access::{Viewer, capabilities as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::id::CapabilityId;
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `addCapability` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AddCapability {
    pub content: Changes,
    pub idempotency_key: Option<String>,
}

impl Content for AddCapability {
    const MUTATION: &'static str = "addCapability";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CapabilityAdded {
    /// The capability.
    pub capability: CapabilityId,
}

/// Adds to the own organization's list; `NotNow(CapabilitiesFull)` where it has as many as may be.
pub async fn add_capability(app: &App, viewer: &Viewer, new: AddCapability) -> Result<CapabilityAdded> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let organization = policy::keeps(viewer)?.organization();
            let proof = policy::may_add(viewer, store::count(&txn, organization).await?)?;
            let mut faults = Faults::new();
            let content = new.content.check("", &mut faults);
            for (path, given) in [
                ("title", content.title.is_some()),
                ("domains", content.domains.is_some()),
                ("description", content.description.is_some()),
            ] {
                faults.check(given, path, FaultCode::Required);
            }
            faults.done()?;
            let now = app.clock.now();
            let capability = store::add(&txn, proof, &content, now).await?;
            let happening = Happening {
                kind: EventKind::CapabilityAdded,
                subject: capability.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({ "organization": organization, "title": content.title }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(CapabilityAdded { capability })
        })
        .await
}
