//! `mergeDemands`: an organizer makes demands that want the same part of one of them, with a reason.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::json;

use super::{Done, happening, store};
use crate::access::Viewer;
use crate::access::demands::{self as policy, DemandFacts};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::DemandId;
use crate::base::{Error, Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, EventKind};

/// What `mergeDemands` is given.
#[derive(Clone, Debug, Serialize)]
pub struct MergeDemands {
    pub demand_id: String,
    pub source_ids: Vec<String>,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for MergeDemands {
    const MUTATION: &'static str = "mergeDemands";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Merges the sources into the demand that stays: all of them, or none.
pub async fn merge_demands(app: &App, viewer: &Viewer, new: MergeDemands) -> Result<Done> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let sources = &sources(&new)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            // Locked in the order of their ids, so that two who merge the same do not wait for one another.
            let mut held = BTreeMap::new();
            for id in sources.iter().copied().chain([demand]).collect::<BTreeSet<_>>() {
                held.insert(id, store::locked(&txn, viewer, id).await?.facts);
            }
            let target = held.remove(&demand).ok_or(Error::Hidden)?;
            let into = policy::may_take_in(viewer, &target)?;
            let proofs = held.values().map(|facts| policy::may_merge(viewer, facts)).collect::<Result<Vec<_>>>()?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.check(!sources.is_empty(), SOURCES, FaultCode::Required);
            if let Some(place) = sources.iter().position(|source| *source == demand) {
                faults.add(format!("{SOURCES}.{place}"), FaultCode::IntoItself);
            }
            faults.done()?;
            let now = app.clock.now();
            let event = |kind, id, facts: &DemandFacts, public| {
                happening(kind, id, Audience::Department(facts.department()), actor.user, now, public)
            };
            for (proof, (id, facts)) in proofs.into_iter().zip(&held) {
                store::merge(&txn, proof, &into, facts.round(), reason.clone()).await?;
                // Into which is told by the demand itself, to those who may see that one.
                let public = json!({ "reason": reason, "round": facts.round() });
                events::append(&txn, event(EventKind::DemandMerged, *id, facts, public)).await?;
            }
            let public = json!({ "sources": held.len() });
            events::append(&txn, event(EventKind::DemandTookIn, demand, &target, public)).await?;
            Ok(Done { demand })
        })
        .await
}

const SOURCES: &str = "sourceIds";

/// At most so many at once.
const MOST: usize = 20;

fn sources(new: &MergeDemands) -> Result<Vec<DemandId>> {
    let mut faults = Faults::new();
    if new.source_ids.len() > MOST {
        faults.add_with(SOURCES, FaultCode::TooLong, MOST);
    }
    let sources: Vec<DemandId> = faults.ids(SOURCES, &new.source_ids);
    faults.give(Some(sources))
}
