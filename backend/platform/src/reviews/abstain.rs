//! `abstainFromBid` (弃权): a judge who cannot judge a bid says so and why. That is no mark, and no zero: the bid's score is the mean of
//! the sheets that others write. A conflict is something else: who has one steps aside from the whole challenge.

use serde::Serialize;
use serde_json::json;

use super::marks::SheetMarks;
use super::{Written, store};
use crate::access::{Viewer, reviews as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::BidId;
use crate::base::{Faults, Result, faults};
use crate::bids;
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `abstainFromBid` is given.
#[derive(Clone, Debug, Serialize)]
pub struct Abstain {
    pub bid_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for Abstain {
    const MUTATION: &'static str = "abstainFromBid";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Abstains: the sheet is handed in without marks; those kept before are gone.
pub async fn abstain(app: &App, viewer: &Viewer, new: Abstain) -> Result<Written> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = bids::locked(&txn, bid, Lock::Share, &app.clock).await?;
            let seat = store::seat_of(&*txn, actor.user, held.challenge.id).await?;
            let store::Kept { state, remark, .. } = store::sheet(&*txn, seat, bid).await?;
            let proof = policy::may_mark(viewer, &held.facts, seat, state)?;
            let mut faults = Faults::new();
            let why = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let written = store::Written {
                marks: SheetMarks::default(),
                remark,
                submitted_at: Some(held.now),
                abstained_why: Some(why.clone()),
            };
            let sheet = store::write(&txn, &proof, written).await?;
            let happening = Happening {
                kind: EventKind::SheetAbstained,
                subject: sheet.to_string(),
                challenge: Some(proof.challenge()),
                audience: Audience::Supervision,
                by: By::Person(proof.by()),
                at: held.now,
                public: json!({ "bid": bid }),
                private: json!({ "reason": why }),
            };
            events::append(&txn, happening).await?;
            Ok(Written { sheet })
        })
        .await
}
