//! `recordNegotiation` (对接洽谈): an organizer records a round of talks with a candidate, and what was offered in it: nothing weaker, dearer
//! or later than the notice and the bid have it (domain rules 2.9).

use serde::Serialize;
use serde_json::json;

use super::ledger::{Ledger, NewOffer};
use super::store::{self, Round};
use crate::access::{Viewer, awards as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::BidId;
use crate::base::words::BidStatus;
use crate::base::{Faults, Instant, Result, faults};
use crate::bids::{self, Done, Locked};
use crate::challenges::{self, Lock};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::rules;

/// What `recordNegotiation` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RecordNegotiation {
    pub bid_id: String,
    pub topic: String,
    pub minutes: String,
    pub agreed: bool,
    /// When it was held; now where it is not given.
    pub held_at: Option<String>,
    /// Who was there.
    pub people: Vec<String>,
    /// Needed where a better-ranked candidate is passed over.
    pub reason: Option<String>,
    pub offer: Option<NewOffer>,
    pub idempotency_key: Option<String>,
}

impl Content for RecordNegotiation {
    const MUTATION: &'static str = "recordNegotiation";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// So many people one round names at most.
const MOST_PEOPLE: usize = 50;

/// Records a round. Rounds may follow one another; none is needed before the notice.
pub async fn record_negotiation(app: &App, viewer: &Viewer, new: RecordNegotiation) -> Result<Done> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = bids::locked(&txn, bid, Lock::Update, &app.clock).await?;
            let proof = policy::may_negotiate(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let over = passes_over(&txn, &held).await?;
            let ledger = ledger(&txn, viewer, &held).await?;
            let round = read(new, &held, &ledger, over, &mut faults);
            faults.done()?;
            let (topic, offered) = (round.topic.clone(), round.offer.is_some());
            let round = store::negotiate(&txn, proof, round).await?;
            let happening = Happening {
                kind: EventKind::NegotiationRecorded,
                subject: bid.to_string(),
                challenge: Some(held.challenge.id),
                audience: Audience::Staff(Some(held.facts.challenge().department())),
                by: By::Person(actor.user),
                at: held.now,
                public: json!({
                    "agreed": new.agreed, "negotiation": round, "topic": topic, "offered": offered, "passesOver": over,
                }),
                private: json!({ "minutes": new.minutes, "offer": new.offer, "reason": new.reason }),
            };
            events::append(&txn, happening).await?;
            Ok(Done { bid })
        })
        .await
}

/// What binds with this candidate by now.
async fn ledger(txn: &Txn, viewer: &Viewer, held: &Locked) -> Result<Ledger> {
    let bid = bids::read::opened(txn, viewer, &held.facts).await?;
    let indicators = challenges::indicators(txn, held.challenge.id).await?;
    let ledger = Ledger::of(&held.challenge, indicators, &bid);
    Ok(store::agreed_offers(txn, held.row.id).await?.iter().fold(ledger, Ledger::with))
}

/// Whether as many candidates as may win stand before this one in the ranking.
async fn passes_over(txn: &Txn, held: &Locked) -> Result<bool> {
    let challenge = held.challenge.id;
    let ranks = store::ranks(txn, challenge).await?;
    let rank = |bid: BidId| ranks.get(&bid).copied().unwrap_or(i32::MAX);
    let candidates = bids::in_states(txn, challenge, &[BidStatus::Shortlisted, BidStatus::Negotiating]).await?;
    let before = candidates.iter().filter(|one| rank(one.id) < rank(held.row.id)).count();
    let rules = rules::of_challenge(txn, challenge).await?.resolved;
    Ok(before >= store::number_of_winners(held.challenge.mechanism, &rules).1)
}

fn read(new: &RecordNegotiation, held: &Locked, ledger: &Ledger, over: bool, faults: &mut Faults) -> Round {
    let reason = faults.optional("reason", new.reason.as_deref(), Length::NOTE).filter(|reason| !reason.is_empty());
    faults.check(!over || reason.is_some(), "reason", FaultCode::ReasonNeeded);
    if new.people.len() > MOST_PEOPLE {
        faults.add_with("people", FaultCode::TooMany, MOST_PEOPLE);
    }
    let people = new.people.iter().take(MOST_PEOPLE).enumerate();
    let people = people.map(|(place, name)| faults.text(&format!("people.{place}"), name, Length::NAME)).collect();
    let held_at: Option<Instant> = match new.held_at.as_deref() {
        None => Some(held.now),
        Some(text) => faults.instant("heldAt", text),
    };
    faults.check(held_at.is_none_or(|at| at <= held.now), "heldAt", FaultCode::InTheFuture);
    Round {
        topic: faults.text("topic", &new.topic, Length::NAME),
        minutes: faults.text("minutes", &new.minutes, Length::TEXT),
        agreed: new.agreed,
        at: held.now,
        held_at,
        people,
        reason,
        offer: new.offer.as_ref().map(|offer| ledger.read(offer, "offer.", faults)),
    }
}
