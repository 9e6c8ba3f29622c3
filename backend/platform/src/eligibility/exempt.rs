//! `grantExemption` (尽职免责): an organizer or a supervisor who did not record the case finds that its organization was diligent. No ban is
//! left, nor was there ever one.

use serde::Serialize;
use serde_json::json;

use super::record_case::Recorded;
use super::store;
use crate::access::{Viewer, eligibility as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::IntegrityCaseId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `grantExemption` is given.
#[derive(Clone, Debug, Serialize)]
pub struct GrantExemption {
    pub case_id: String,
    pub grounds: String,
    pub idempotency_key: Option<String>,
}

impl Content for GrantExemption {
    const MUTATION: &'static str = "grantExemption";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Grants an exemption, once.
pub async fn exempt(app: &App, viewer: &Viewer, new: GrantExemption) -> Result<Recorded> {
    let actor = viewer.person()?;
    let case: IntegrityCaseId = faults::id("caseId", &new.case_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_oversee(viewer)?;
            let facts = store::case(&txn, case).await?;
            let proof = policy::may_exempt(leave, facts.as_ref())?;
            let mut faults = Faults::new();
            let grounds = faults.text("grounds", &new.grounds, Length::NOTE);
            faults.done()?;
            let at = app.clock.now();
            store::exempt(&txn, proof, grounds.clone(), at).await?;
            let happening = Happening {
                kind: EventKind::ExemptionGranted,
                subject: case.to_string(),
                challenge: None,
                audience: Audience::Staff(None),
                by: By::Person(actor.user),
                at,
                public: json!({ "grounds": grounds }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Recorded { case })
        })
        .await
}
