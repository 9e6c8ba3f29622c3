//! `recordFormalCheck` (形式审查): an organizer checks each opened bid once, item by item.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Done, standing, store};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::BidId;
use crate::base::words::BidStatus;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::demands;
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::rules;

/// What `recordFormalCheck` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RecordFormalCheck {
    pub bid_id: String,
    pub items: Vec<Item>,
    pub idempotency_key: Option<String>,
}

impl Content for RecordFormalCheck {
    const MUTATION: &'static str = "recordFormalCheck";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// One item of the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub name: String,
    pub passed: bool,
    /// Needed where it was not passed.
    pub reason: Option<String>,
}

/// The items, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items(pub Vec<Item>);
crate::db::json_value!(Items);

const MOST: usize = 50;

/// Records a check; a bid passes when every item does, those included that the platform adds for what stands against it by law. The check that leaves too few bids fails the challenge.
pub async fn check(app: &App, viewer: &Viewer, new: RecordFormalCheck) -> Result<Done> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, bid, Lock::Update, &app.clock).await?;
            let proof = policy::may_check(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let mut items = check_items(&new.items, &mut faults);
            faults.done()?;
            items.extend(standing::against(&*txn, &held.challenge, &[bid], held.now).await?.iter().map(
                |(_, against)| {
                    let (name, reason) = against.item();
                    Item { name: name.to_owned(), passed: false, reason: Some(reason) }
                },
            ));
            let passed = items.iter().all(|item| item.passed);
            if passed && held.row.broken.is_some() {
                return Err(Error::NotNow(Reason::BidBroken));
            }
            store::check(&txn, &proof, Items(items), passed, held.now).await?;
            let happening = |kind, subject: String, audience, public| Happening {
                kind,
                subject,
                challenge: Some(held.challenge.id),
                audience,
                by: By::Person(actor.user),
                at: held.now,
                public,
                private: json!({}),
            };
            let checked = json!({ "passed": passed });
            let staff = Audience::Staff(Some(held.facts.challenge().department()));
            events::append(&txn, happening(EventKind::FormalCheckRecorded, bid.to_string(), staff, checked)).await?;
            let challenge = held.challenge.id;
            let left = store::count_in(&*txn, challenge, &[BidStatus::Opened, BidStatus::FormalPassed]).await?;
            if left < rules::of_challenge(&*txn, challenge).await?.resolved.min_valid_bids.into() {
                demands::give_back(&txn, proof.lost(), held.challenge.demand_id, held.now).await?;
                store::fail_after_check(&txn, &proof).await?;
                let why = json!({ "why": "too_few_valid_bids" });
                let failed = happening(EventKind::ChallengeFailed, challenge.to_string(), Audience::Everybody, why);
                events::append(&txn, failed).await?;
            }
            Ok(Done { bid })
        })
        .await
}

fn check_items(given: &[Item], faults: &mut Faults) -> Vec<Item> {
    if given.is_empty() {
        faults.add("items", FaultCode::Required);
    }
    if given.len() > MOST {
        faults.add_with("items", FaultCode::TooLong, MOST);
        return Vec::new();
    }
    let mut items: Vec<Item> = Vec::new();
    for (place, item) in given.iter().enumerate() {
        let name = faults.text(&format!("items.{place}.name"), &item.name, Length::NAME);
        let path = format!("items.{place}.reason");
        let reason = faults.optional(&path, item.reason.as_deref(), Length::NOTE).filter(|reason| !reason.is_empty());
        faults.check(item.passed || reason.is_some(), path, FaultCode::ReasonNeeded);
        faults.check(items.iter().all(|known| known.name != name), format!("items.{place}.name"), FaultCode::Duplicate);
        items.push(Item { name, passed: item.passed, reason });
    }
    items
}
