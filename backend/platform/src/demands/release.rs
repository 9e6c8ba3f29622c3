//! `releaseDemands`: an organizer lists accepted demands in a numbered batch (机会清单), all of them or none.

use std::collections::BTreeMap;

use chrono::Datelike;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::happening;
use super::store::{self, NewBatch};
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::clock::china_day;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{DemandId, ReleaseBatchId};
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `releaseDemands` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ReleaseDemands {
    pub demand_ids: Vec<String>,
    pub title: String,
    pub idempotency_key: Option<String>,
}

impl Content for ReleaseDemands {
    const MUTATION: &'static str = "releaseDemands";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct BatchReleased {
    /// The batch.
    pub batch: ReleaseBatchId,
}

/// At most so many in one batch.
const MOST: usize = 100;

/// Lists accepted demands: from now on they are everybody's to see. Batches are numbered by the year in China, without holes.
pub async fn release_demands(app: &App, viewer: &Viewer, new: ReleaseDemands) -> Result<BatchReleased> {
    let actor = viewer.person()?;
    let mut faults = Faults::new();
    if new.demand_ids.len() > MOST {
        faults.add_with("demandIds", FaultCode::TooLong, MOST);
    }
    let mut demands: Vec<DemandId> = faults.ids("demandIds", &new.demand_ids);
    faults.done()?;
    // Locked in the order of their ids, so that two who list the same do not wait for one another.
    demands.sort_unstable();
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let (new, demands) = (&new, &demands);
    app.db
        .once(&once, move |txn| async move {
            let mut held = BTreeMap::new();
            for id in demands {
                held.insert(*id, store::locked(&txn, viewer, *id).await?);
            }
            let proofs = policy::may_release_all(viewer, held.values().map(|held| &held.facts))?;
            let mut faults = Faults::new();
            let title = faults.text("title", &new.title, Length::NAME);
            faults.check(!demands.is_empty(), "demandIds", FaultCode::Required);
            faults.done()?;
            let now = app.clock.now();
            let year = china_day(now).year();
            let number = store::next_number(&txn, year).await?;
            let code = format!("JH-{year}-{number:02}");
            let listed = NewBatch { code: code.clone(), year, number, title: title.clone(), at: now };
            let batch = store::release(&txn, proofs, actor.user, listed).await?;
            for (id, held) in &held {
                let public = json!({
                    "batch": batch, "code": code, "department": held.facts.department(), "title": held.row.title,
                });
                let event = happening(EventKind::DemandListed, *id, Audience::Everybody, actor.user, now, public);
                events::append(&txn, event).await?;
            }
            let happening = Happening {
                kind: EventKind::BatchReleased,
                subject: batch.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({ "code": code, "demands": demands, "title": title }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(BatchReleased { batch })
        })
        .await
}
