//! `nominateTechnology`: a technology is put forward for the library, by its own organization, a department or an organizer.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::{self, NewTechnology};
use crate::access::{Viewer, library as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{OrganizationId, TechnologyId};
use crate::base::{Faults, Instant, Result, faults};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::organizations;

/// What `nominateTechnology` is given.
#[derive(Clone, Debug, Serialize)]
pub struct NominateTechnology {
    pub name: String,
    pub field: String,
    pub principle: String,
    pub replaces: String,
    /// The nominator's own organization where it is not given; an organizer gives it.
    pub lead_organization_id: Option<String>,
    pub readiness_level: i32,
    pub idempotency_key: Option<String>,
}

impl Content for NominateTechnology {
    const MUTATION: &'static str = "nominateTechnology";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TechnologyNominated {
    /// The technology.
    pub technology: TechnologyId,
}

/// The highest readiness level (青科资字〔2025〕2号 goes on to 13).
const HIGHEST: i32 = 13;

/// Puts a technology forward. `Conflict(TechnologyExists)` where the same organization leads one of the same name.
pub async fn nominate_technology(app: &App, viewer: &Viewer, new: NominateTechnology) -> Result<TechnologyNominated> {
    let actor = viewer.person()?;
    let lead: Option<OrganizationId> =
        new.lead_organization_id.as_deref().map(|id| faults::id("leadOrganizationId", id)).transpose()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let proof = policy::may_nominate(viewer)?;
            let lead = lead.or(proof.own()).map(|lead| proof.lead(lead)).transpose()?;
            let now = app.clock.now();
            let technology = read(&txn, new, lead, now).await?;
            let (name, lead) = (technology.name.clone(), technology.lead);
            let id = store::nominate(&txn, proof, technology).await?;
            let happening = Happening {
                kind: EventKind::TechnologyNominated,
                subject: id.to_string(),
                challenge: None,
                audience: Audience::Staff(None),
                by: By::Person(actor.user),
                at: now,
                public: json!({ "lead": lead, "name": name, "readinessLevel": new.readiness_level }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(TechnologyNominated { technology: id })
        })
        .await
}

async fn read(txn: &Txn, new: &NominateTechnology, lead: Option<OrganizationId>, at: Instant) -> Result<NewTechnology> {
    const LEAD: &str = "leadOrganizationId";
    let mut faults = Faults::new();
    let name = faults.text("name", &new.name, Length::NAME);
    let field = faults.text("field", &new.field, Length::NAME);
    let principle = faults.text("principle", &new.principle, Length::TEXT);
    let replaces = faults.text("replaces", &new.replaces, Length::NOTE);
    let readiness_level = faults.number("readinessLevel", new.readiness_level, 1, HIGHEST);
    match lead {
        None => faults.add(LEAD, FaultCode::Required),
        Some(lead) => match organizations::read::named(txn, &[lead]).await?.pop() {
            None => faults.add(LEAD, FaultCode::Unknown),
            Some(known) => faults.check(known.verified, LEAD, FaultCode::OrganizationNotVerified),
        },
    }
    let technology = lead.map(|lead| NewTechnology { name, field, principle, replaces, lead, readiness_level, at });
    faults.give(technology)
}
