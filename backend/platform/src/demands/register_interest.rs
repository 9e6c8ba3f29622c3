//! `registerInterest`: a verified enterprise, university or institute says that it would meet a listed demand. It gives no advantage,
//! and nobody but itself, organizers and supervisors is told, nor how many did.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{DemandId, InterestId};
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `registerInterest` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RegisterInterest {
    pub demand_id: String,
    pub note: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for RegisterInterest {
    const MUTATION: &'static str = "registerInterest";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct InterestRegistered {
    /// In which demand.
    pub demand: DemandId,
    /// The interest.
    pub interest: InterestId,
}

/// Registers the own organization's interest; `Conflict(InterestExists)` where it is registered already.
pub async fn register_interest(app: &App, viewer: &Viewer, new: RegisterInterest) -> Result<InterestRegistered> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::locked(&txn, viewer, demand).await?.facts;
            let proof = policy::may_register_interest(viewer, &facts)?;
            let mut faults = Faults::new();
            let note = faults.optional("note", new.note.as_deref(), Length::NOTE).unwrap_or_default();
            faults.done()?;
            let now = app.clock.now();
            let organization = proof.organization();
            let interest = store::register_interest(&txn, &proof, note.clone(), now).await?;
            // A stream of its own: its places tell of no other's.
            let happening = Happening {
                kind: EventKind::InterestRegistered,
                subject: interest.to_string(),
                challenge: None,
                audience: Audience::Bidder(organization),
                by: By::Person(actor.user),
                at: now,
                public: json!({ "demand": demand, "note": note }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(InterestRegistered { demand, interest })
        })
        .await
}
