//! `withdrawBid`: the bidder takes its bid back before the deadline (招标投标法 29). What was handed in stays sealed.

use serde::Serialize;
use serde_json::json;

use super::{Done, late, store};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::BidId;
use crate::base::{Faults, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `withdrawBid` is given.
#[derive(Clone, Debug, Serialize)]
pub struct WithdrawBid {
    pub bid_id: String,
    pub reason: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for WithdrawBid {
    const MUTATION: &'static str = "withdrawBid";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Takes the bid back.
pub async fn withdraw(app: &App, viewer: &Viewer, new: WithdrawBid) -> Result<Done> {
    viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    late::recorded(app, viewer, bid, "withdrawBid", in_time(app, viewer, bid, new).await).await
}

async fn in_time(app: &App, viewer: &Viewer, bid: BidId, new: WithdrawBid) -> Result<Done> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, bid, Lock::Share, &app.clock).await?;
            let proof = policy::may_withdraw(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let reason = faults.optional("reason", new.reason.as_deref(), Length::NOTE);
            faults.done()?;
            store::withdraw(&txn, proof, reason.clone(), held.now).await?;
            let happening = Happening {
                kind: EventKind::BidWithdrawn,
                subject: bid.to_string(),
                challenge: Some(held.challenge.id),
                audience: Audience::Bidder(held.row.bidder_id),
                by: By::Person(actor.user),
                at: held.now,
                public: json!({ "reason": reason, "person": actor.user }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { bid })
        })
        .await
}
