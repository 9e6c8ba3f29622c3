//! `withdrawDemand`: the department takes its demand back, until something came of it; with a reason once it has been handed in.

use serde::Serialize;
use serde_json::json;

use super::{Done, desk_or_department, happening, store};
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::DemandId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, EventKind};

/// What `withdrawDemand` is given.
#[derive(Clone, Debug, Serialize)]
pub struct WithdrawDemand {
    pub demand_id: String,
    pub reason: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for WithdrawDemand {
    const MUTATION: &'static str = "withdrawDemand";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Takes a demand back. What was listed stays to be seen, with the reason.
pub async fn withdraw_demand(app: &App, viewer: &Viewer, new: WithdrawDemand) -> Result<Done> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::locked(&txn, viewer, demand).await?.facts;
            let proof = policy::may_withdraw(viewer, &facts)?;
            let mut faults = Faults::new();
            let reason = faults.optional("reason", new.reason.as_deref(), Length::NOTE);
            let reason = reason.filter(|reason| !reason.is_empty());
            faults.check(reason.is_some() || !facts.handed_in(), "reason", FaultCode::ReasonNeeded);
            faults.done()?;
            store::withdraw(&txn, proof, reason.clone()).await?;
            let audience = if facts.listed() { Audience::Everybody } else { desk_or_department(&facts) };
            let (now, public) = (app.clock.now(), json!({ "reason": reason }));
            events::append(&txn, happening(EventKind::DemandWithdrawn, demand, audience, actor.user, now, public))
                .await?;
            Ok(Done { demand })
        })
        .await
}
