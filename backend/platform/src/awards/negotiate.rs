//! `recordNegotiation` (对接洽谈): an organizer records a round of talks with a candidate.

use serde::Serialize;
use serde_json::json;

use super::store::{self, Round};
use crate::access::{Viewer, awards as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::BidId;
use crate::base::{Faults, Result, faults};
use crate::bids::{self, Done};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `recordNegotiation` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RecordNegotiation {
    pub bid_id: String,
    pub topic: String,
    pub minutes: String,
    pub agreed: bool,
    pub idempotency_key: Option<String>,
}

impl Content for RecordNegotiation {
    const MUTATION: &'static str = "recordNegotiation";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

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
            let topic = faults.text("topic", &new.topic, Length::NAME);
            let minutes = faults.text("minutes", &new.minutes, Length::TEXT);
            faults.done()?;
            let round = Round { topic: topic.clone(), minutes, agreed: new.agreed, at: held.now };
            let round = store::negotiate(&txn, proof, round).await?;
            let happening = Happening {
                kind: EventKind::NegotiationRecorded,
                subject: bid.to_string(),
                challenge: Some(held.challenge.id),
                audience: Audience::Staff(Some(held.facts.challenge().department())),
                by: By::Person(actor.user),
                at: held.now,
                public: json!({ "agreed": new.agreed, "negotiation": round, "topic": topic }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { bid })
        })
        .await
}
