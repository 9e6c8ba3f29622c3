//! `rejectDemand`: an organizer ends a demand with a reason.

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

/// What `rejectDemand` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RejectDemand {
    pub demand_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for RejectDemand {
    const MUTATION: &'static str = "rejectDemand";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Rejects a demand; its department reads what was said.
pub async fn reject_demand(app: &App, viewer: &Viewer, new: RejectDemand) -> Result<Done> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::locked(&txn, viewer, demand).await?.facts;
            let proof = policy::may_reject(viewer, &facts)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            store::decide(&txn, proof, facts.round(), Some(reason.clone())).await?;
            let audience = Audience::Department(facts.department());
            let (now, public) = (app.clock.now(), json!({ "reason": reason, "round": facts.round() }));
            events::append(&txn, happening(EventKind::DemandRejected, demand, audience, actor.user, now, public))
                .await?;
            Ok(Done { demand })
        })
        .await
}
