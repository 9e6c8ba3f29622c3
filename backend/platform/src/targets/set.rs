//! `setTarget`: an organizer sets a target of a year, or sets it anew.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::{self, NewTarget};
use crate::access::{Viewer, targets as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::TargetId;
use crate::base::words::{Comparator, TargetMetric};
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `setTarget` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SetTarget {
    pub year: i32,
    pub metric: TargetMetric,
    pub name: String,
    pub comparator: Comparator,
    pub value: String,
    pub unit: String,
    pub idempotency_key: Option<String>,
}

impl Content for SetTarget {
    const MUTATION: &'static str = "setTarget";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TargetSet {
    /// The target.
    pub target: TargetId,
}

/// The years that have a board.
pub(super) const YEARS: (i32, i32) = (2000, 2100);

/// Sets a target: a new one, or in place of the year's of the same computed metric or the same name.
/// `Conflict(TargetExists)` where the name belongs to another kind of target.
pub async fn set_target(app: &App, viewer: &Viewer, new: SetTarget) -> Result<TargetSet> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let proof = policy::may_set(viewer)?;
            let target = read(new)?;
            let public = json!({
                "comparator": target.comparator, "metric": target.metric, "name": target.name,
                "unit": target.unit, "value": target.value, "year": target.year,
            });
            let target = store::set(&txn, proof, target).await?;
            let happening = Happening {
                kind: EventKind::TargetSet,
                subject: target.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: app.clock.now(),
                public,
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(TargetSet { target })
        })
        .await
}

fn read(new: &SetTarget) -> Result<NewTarget> {
    let mut faults = Faults::new();
    let year = faults.number("year", new.year, YEARS.0, YEARS.1);
    let name = faults.text("name", &new.name, Length::NAME);
    let value = faults.decimal("value", &new.value);
    let unit = faults.text("unit", &new.unit, Length::SHORT);
    let (metric, comparator) = (new.metric, new.comparator);
    faults.give(value.map(|value| NewTarget { year, metric, name, comparator, value, unit }))
}
