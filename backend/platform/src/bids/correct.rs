//! `correctBid` (补正): the bidder mends its bid's form, in what it was asked, once.

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

/// What `correctBid` is given.
#[derive(Clone, Debug, Serialize)]
pub struct CorrectBid {
    pub bid_id: String,
    pub answers: Vec<Corrected>,
    pub idempotency_key: Option<String>,
}

/// How a thing was mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    pub field: FormalField,
    pub text: String,
}

/// How all was mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CorrectedAll(pub Vec<Corrected>);
json_value!(CorrectedAll);

impl Content for CorrectBid {
    const MUTATION: &'static str = "correctBid";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Mends: every field that was asked for, and no other.
pub async fn correct(app: &App, viewer: &Viewer, new: CorrectBid) -> Result<Done> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, bid, Lock::Update, &app.clock).await?;
            let correction = store::correction(&*txn, bid).await?;
            let proof = policy::may_correct(viewer, &held.facts, correction, held.now)?;
            let asked: Vec<FormalField> = store::asked(&*txn, bid).await?;
            let mut faults = Faults::new();
            let answers = answers(&new.answers, &asked, &mut faults);
            faults.done()?;
            store::correct(&txn, &proof, CorrectedAll(answers), held.now).await?;
            timers::reset(&txn, TimerKind::EndCorrection, bid.uuid(), None).await?;
            let told = json!({ "fields": asked });
            let corrected = check::happening(&held, EventKind::BidCorrected, By::Person(proof.by()), told);
            let to_bidder = Happening { audience: Audience::Bidder(held.row.bidder_id), ..corrected.clone() };
            events::append(&txn, corrected).await?;
            events::append(&txn, to_bidder).await?;
            Ok(Done { bid })
        })
        .await
}

fn answers(given: &[Corrected], asked: &[FormalField], faults: &mut Faults) -> Vec<Corrected> {
    let mut answers: Vec<Corrected> = Vec::new();
    for (place, answer) in given.iter().enumerate() {
        let path = format!("answers.{place}.field");
        let text = faults.text(&format!("answers.{place}.text"), &answer.text, Length::NOTE);
        if answers.iter().any(|known| known.field == answer.field) {
            faults.add(path, FaultCode::Duplicate);
        } else {
            faults.check(asked.contains(&answer.field), path, FaultCode::Unknown);
        }
        answers.push(Corrected { field: answer.field, text });
    }
    let whole = asked.iter().all(|field| answers.iter().any(|answer| answer.field == *field));
    faults.check(whole, "answers", FaultCode::Required);
    answers
}
