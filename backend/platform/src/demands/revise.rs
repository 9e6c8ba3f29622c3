//! `reviseDemand`: the department changes its draft, or what was returned to it.

use serde::Serialize;
use serde_json::json;

use super::content::Changes;
use super::{Done, desk_or_department, happening, store};
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::id::DemandId;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, EventKind};

/// What `reviseDemand` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseDemand {
    pub demand_id: String,
    pub expected_version: Option<i32>,
    pub changes: Changes,
    pub idempotency_key: Option<String>,
}

impl Content for ReviseDemand {
    const MUTATION: &'static str = "reviseDemand";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Changes the fields given; another version than expected is a conflict. What was never handed in is told to nobody else.
pub async fn revise_demand(app: &App, viewer: &Viewer, new: ReviseDemand) -> Result<Done> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::locked(&txn, viewer, demand).await?.facts;
            let proof = policy::may_revise(viewer, &facts)?;
            let mut faults = Faults::new();
            let content = new.changes.check("changes.", &mut faults);
            faults.done()?;
            if new.expected_version.is_some_and(|expected| expected != facts.version()) {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            store::revise(&txn, proof, &content, facts.version()).await?;
            let audience = desk_or_department(&facts);
            let public = json!({ "version": facts.version() + 1 });
            let now = app.clock.now();
            events::append(&txn, happening(EventKind::DemandRevised, demand, audience, actor.user, now, public))
                .await?;
            Ok(Done { demand })
        })
        .await
}
