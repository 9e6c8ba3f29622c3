//! `admitTechnology` (入库): an organizer who did not put it forward takes a technology into the library, with an opinion.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::access::{Viewer, library as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::TechnologyId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `admitTechnology` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AdmitTechnology {
    pub technology_id: String,
    pub opinion: String,
    pub idempotency_key: Option<String>,
}

impl Content for AdmitTechnology {
    const MUTATION: &'static str = "admitTechnology";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TechnologyAdmitted {
    /// The technology.
    pub technology: TechnologyId,
}

/// Takes a technology in: it counts from now on, and is everybody's to see.
pub async fn admit_technology(app: &App, viewer: &Viewer, new: AdmitTechnology) -> Result<TechnologyAdmitted> {
    let actor = viewer.person()?;
    let technology: TechnologyId = faults::id("technologyId", &new.technology_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let row = store::locked(&txn, technology).await?;
            let proof = policy::may_admit(viewer, &store::facts(&row))?;
            let mut faults = Faults::new();
            let opinion = faults.text("opinion", &new.opinion, Length::NOTE);
            faults.done()?;
            let now = app.clock.now();
            store::admit(&txn, proof, opinion.clone(), now).await?;
            let happening = Happening {
                kind: EventKind::TechnologyAdmitted,
                subject: technology.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({ "lead": row.lead_id, "name": row.name, "opinion": opinion }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(TechnologyAdmitted { technology })
        })
        .await
}
