//! `acceptDemand`: an organizer finds a demand fit to be listed, once experts and organizers have been heard.

use serde::Serialize;
use serde_json::json;

use super::{Done, happening, store};
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::id::DemandId;
use crate::base::{Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, EventKind};

/// What `acceptDemand` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AcceptDemand {
    pub demand_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for AcceptDemand {
    const MUTATION: &'static str = "acceptDemand";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Accepts a demand; `NotNow(OpinionsMissing)` where too few have been heard in this round.
pub async fn accept_demand(app: &App, viewer: &Viewer, new: AcceptDemand) -> Result<Done> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, viewer, demand).await?;
            let heard = store::heard(&*txn, demand, held.facts.round()).await?;
            let proof = policy::may_accept(viewer, &held.facts, heard)?;
            store::decide(&txn, proof, held.facts.round(), None).await?;
            let audience = Audience::Department(held.facts.department());
            let public = json!({
                "experts": heard.experts, "organizers": heard.organizers, "round": held.facts.round(), "version": held.facts.version(),
            });
            let now = app.clock.now();
            events::append(&txn, happening(EventKind::DemandAccepted, demand, audience, actor.user, now, public)).await?;
            Ok(Done { demand })
        })
        .await
}
