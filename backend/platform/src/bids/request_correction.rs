//! `requestCorrection` (要求补正): one organizer has found a defect, another asks the bidder to mend it. The one round in which a bidder may mend its bid's form. What can be named is a closed list: the substance
//! stays as it was opened (招标投标法实施条例 52).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Done, check, store};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{BidId, Kind};
use crate::base::words::FormalField;
use crate::base::{Faults, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once, json_value};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind, timers};
use crate::rules;

/// What `requestCorrection` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RequestCorrection {
    pub bid_id: String,
    pub items: Vec<Asked>,
    /// Until when; at that instant it is too late.
    pub due_at: String,
    pub idempotency_key: Option<String>,
}

/// What is to be mended, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub field: FormalField,
    pub what: String,
}

/// Everything that is to be mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AskedAll(pub Vec<Asked>);
json_value!(AskedAll);

impl Content for RequestCorrection {
    const MUTATION: &'static str = "requestCorrection";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// The review waits for a month at most.
const LONGEST: TimeDelta = TimeDelta::days(30);

/// Asks; until the bidder has answered, or the time is over, nobody decides on the bid.
pub async fn request_correction(app: &App, viewer: &Viewer, new: RequestCorrection) -> Result<Done> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, bid, Lock::Update, &app.clock).await?;
            let correction = store::correction(&*txn, bid).await?;
            let found = store::finding(&*txn, bid).await?;
            let found_by = found.as_ref().map(|found| found.found_by);
            let proof = policy::may_request_correction(viewer, &held.facts, correction, found_by)?;
            let least = rules::of_challenge(&*txn, held.challenge.id).await?.resolved.correction_days;
            let mut faults = Faults::new();
            let asked = asked(&new.items, &mut faults);
            let due = faults.instant("dueAt", &new.due_at);
            if let Some(due) = due {
                faults.within("dueAt", due, held.now + TimeDelta::days(least.into())..=held.now + LONGEST);
            }
            let (due, found) = faults.give(due.zip(found))?;
            // What was found before it is mended counts no more: two find it afterwards, or nobody.
            store::forget_finding(&txn, bid).await?;
            store::request_correction(&txn, &proof, (AskedAll(asked.clone()), found), due, held.now).await?;
            timers::set(&txn, TimerKind::EndCorrection, bid.uuid(), due).await?;
            let fields: Vec<FormalField> = asked.iter().map(|item| item.field).collect();
            let told = json!({ "fields": fields, "dueAt": due });
            let requested = check::happening(&held, EventKind::CorrectionRequested, By::Person(proof.by()), told);
            let to_bidder = Happening { audience: Audience::Bidder(held.row.bidder_id), ..requested.clone() };
            events::append(&txn, requested).await?;
            events::append(&txn, to_bidder).await?;
            Ok(Done { bid })
        })
        .await
}

fn asked(given: &[Asked], faults: &mut Faults) -> Vec<Asked> {
    faults.check(!given.is_empty(), "items", FaultCode::Required);
    let mut asked: Vec<Asked> = Vec::new();
    for (place, item) in given.iter().enumerate() {
        let what = faults.text(&format!("items.{place}.what"), &item.what, Length::NOTE);
        let twice = asked.iter().any(|known| known.field == item.field);
        faults.check(!twice, format!("items.{place}.field"), FaultCode::Duplicate);
        asked.push(Asked { field: item.field, what });
    }
    asked
}
