//! `returnDemand`: an organizer sends a demand back with a reason, to be revised and handed in again.

use serde::Serialize;
use serde_json::json;

use super::{Done, happening, store};
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::DemandId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, EventKind};

/// What `returnDemand` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ReturnDemand {
    pub demand_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for ReturnDemand {
    const MUTATION: &'static str = "returnDemand";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Returns a demand to its department, which from now on reads what was said in this round.
pub async fn return_demand(app: &App, viewer: &Viewer, new: ReturnDemand) -> Result<Done> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::locked(&txn, viewer, demand).await?.facts;
            let proof = policy::may_return(viewer, &facts)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            store::decide(&txn, proof, facts.round(), Some(reason.clone())).await?;
            let audience = Audience::Department(facts.department());
            let (now, public) = (app.clock.now(), json!({ "reason": reason, "round": facts.round() }));
            events::append(&txn, happening(EventKind::DemandReturned, demand, audience, actor.user, now, public))
                .await?;
            Ok(Done { demand })
        })
        .await
}
