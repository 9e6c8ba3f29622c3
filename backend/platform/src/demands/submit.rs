//! `submitDemand`: the department hands its demand in for argument (需求论证). All that is missing is named.

use serde::Serialize;
use serde_json::json;

use super::{Done, happening, store};
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::id::DemandId;
use crate::base::{Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, EventKind};

/// What `submitDemand` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SubmitDemand {
    pub demand_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for SubmitDemand {
    const MUTATION: &'static str = "submitDemand";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Hands a complete demand in: a new round of argument begins.
pub async fn submit_demand(app: &App, viewer: &Viewer, new: SubmitDemand) -> Result<Done> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, viewer, demand).await?;
            let proof = policy::may_submit(viewer, &held.facts)?;
            store::check_whole(&held.row)?;
            let now = app.clock.now();
            let (round, version) = (held.facts.round() + 1, held.facts.version());
            store::submit(&txn, proof, held.facts.round(), now).await?;
            let audience = Audience::Department(held.facts.department());
            let public = json!({ "round": round, "version": version });
            events::append(&txn, happening(EventKind::DemandSubmitted, demand, audience, actor.user, now, public))
                .await?;
            Ok(Done { demand })
        })
        .await
}
