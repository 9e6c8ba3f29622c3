//! `recordTargetValue`: an organizer records what has been reached of a target that the platform does not compute, with its source.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::{self, NewValue};
use crate::access::{Viewer, targets as policy};
use crate::app::App;
use crate::base::clock::china_day;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::TargetId;
use crate::base::{Faults, Instant, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `recordTargetValue` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RecordTargetValue {
    pub target_id: String,
    pub as_of: String,
    pub value: String,
    pub source: String,
    pub idempotency_key: Option<String>,
}

impl Content for RecordTargetValue {
    const MUTATION: &'static str = "recordTargetValue";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TargetValueRecorded {
    /// The target.
    pub target: TargetId,
}

/// Records a value. The one of the latest day stands on the board, of several of one day the one recorded last.
pub async fn record_target_value(app: &App, viewer: &Viewer, new: RecordTargetValue) -> Result<TargetValueRecorded> {
    let actor = viewer.person()?;
    let target: TargetId = faults::id("targetId", &new.target_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::facts(&*txn, target).await?;
            let proof = policy::may_record(viewer, &facts)?;
            let now = app.clock.now();
            let value = read(new, now)?;
            let public = json!({ "asOf": value.as_of, "source": value.source, "value": value.value });
            store::record(&txn, proof, value).await?;
            let happening = Happening {
                kind: EventKind::TargetValueRecorded,
                subject: target.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public,
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(TargetValueRecorded { target })
        })
        .await
}

fn read(new: &RecordTargetValue, now: Instant) -> Result<NewValue> {
    let mut faults = Faults::new();
    let as_of = faults.day("asOf", &new.as_of);
    faults.check(as_of.is_none_or(|day| day <= china_day(now)), "asOf", FaultCode::InTheFuture);
    let value = faults.decimal("value", &new.value);
    let source = faults.text("source", &new.source, Length::NOTE);
    faults.give(as_of.zip(value).map(|(as_of, value)| NewValue { as_of, value, source, at: now }))
}
