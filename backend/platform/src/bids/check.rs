//! `recordFormalCheck` (形式审查): an organizer checks each opened bid, item by item; a failure takes two.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::Locked;
use super::{Done, standing, store};
use crate::access::bids::MayCheck;
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{BidId, UserId};
use crate::base::words::BidStatus;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once, Txn};
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

/// Records a check; a bid passes when every item does, those included that the platform adds for what stands against it by law. A
/// failure takes two: it waits until another organizer finds one too. The check that leaves too few bids fails the challenge.
pub async fn check(app: &App, viewer: &Viewer, new: RecordFormalCheck) -> Result<Done> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, bid, Lock::Update, &app.clock).await?;
            let correction = store::correction(&*txn, bid).await?;
            let proof = policy::may_check(viewer, &held.facts, correction, held.now)?;
            let mut faults = Faults::new();
            let mut items = check_items(&new.items, &held.challenge.terms.checklist, &mut faults);
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
            // Two have to find the same: another's finding of something else is no second.
            let first = store::finding(&*txn, bid).await?;
            let second = first.filter(|first| first.found_by != proof.by() && first.shares_a_failure(&items));
            store::forget_finding(&txn, bid).await?;
            if passed || second.is_some() {
                settle(
                    &txn,
                    &held,
                    &proof,
                    By::Person(proof.by()),
                    Settled { items: Items(items), passed, first: second },
                )
                .await?;
            } else {
                store::keep_finding(&txn, &proof, Items(items), held.now).await?;
                let found = happening(&held, EventKind::FormalFailureFound, By::Person(proof.by()), json!({}));
                events::append(&txn, found).await?;
            }
            Ok(Done { bid })
        })
        .await
}

/// What comes of a check.
pub(super) struct Settled {
    pub(super) items: Items,
    pub(super) passed: bool,
    /// The finding of another that stands behind a failure.
    pub(super) first: Option<Finding>,
}

/// What one organizer has found, and another has still to find.
pub(super) struct Finding {
    pub(super) found_by: UserId,
    pub(super) items: Items,
}

impl Finding {
    /// Whether an item failed both times.
    fn shares_a_failure(&self, items: &[Item]) -> bool {
        let failed = |items: &[Item], name: &str| items.iter().any(|item| !item.passed && item.name == name);
        items.iter().any(|item| failed(items, &item.name) && failed(&self.items.0, &item.name))
    }
}

/// Settles the check of a bid, and fails the challenge where too few bids are left.
pub(super) async fn settle(txn: &Txn, held: &Locked, proof: &MayCheck, by: By, settled: Settled) -> Result<()> {
    let (passed, first) = (settled.passed, settled.first.as_ref().map(|first| first.found_by));
    store::check(txn, proof, settled, held.now).await?;
    let checked =
        happening(held, EventKind::FormalCheckRecorded, by, json!({ "passed": passed, "foundBefore": first }));
    events::append(txn, checked).await?;
    let challenge = held.challenge.id;
    let left = store::count_in(txn, challenge, &[BidStatus::Opened, BidStatus::FormalPassed]).await?;
    if left < rules::of_challenge(txn, challenge).await?.resolved.min_valid_bids.into() {
        demands::give_back(txn, proof.lost(), held.challenge.demand_id, held.now).await?;
        store::fail_after_check(txn, proof).await?;
        let failed = Happening {
            subject: challenge.to_string(),
            audience: Audience::Everybody,
            ..happening(held, EventKind::ChallengeFailed, by, json!({ "why": "too_few_valid_bids" }))
        };
        events::append(txn, failed).await?;
    }
    Ok(())
}

/// Something that happened in the check of a bid, for the staff.
pub(super) fn happening(held: &Locked, kind: EventKind, by: By, public: serde_json::Value) -> Happening {
    Happening {
        kind,
        subject: held.row.id.to_string(),
        challenge: Some(held.challenge.id),
        audience: Audience::Staff(Some(held.facts.challenge().department())),
        by,
        at: held.now,
        public,
        private: json!({}),
    }
}

fn check_items(given: &[Item], checklist: &[String], faults: &mut Faults) -> Vec<Item> {
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
    for asked in checklist.iter().filter(|asked| items.iter().all(|item| item.name != **asked)) {
        faults.add_with("items", FaultCode::ItemMissing, asked);
    }
    items
}
