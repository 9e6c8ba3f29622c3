//! `confirmBid`: behind a material amendment its bidder lets what was handed in stand as it is. Until then it does not count.

use serde::Serialize;
use serde_json::json;

use super::standing::may_bid;
use super::{Done, late, store};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::id::BidId;
use crate::base::{Faults, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `confirmBid` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ConfirmBid {
    pub bid_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for ConfirmBid {
    const MUTATION: &'static str = "confirmBid";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Confirms the bid under the challenge as it has been amended.
pub async fn confirm(app: &App, viewer: &Viewer, new: ConfirmBid) -> Result<Done> {
    viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    late::recorded(app, viewer, bid, "confirmBid", in_time(app, viewer, bid, new).await).await
}

async fn in_time(app: &App, viewer: &Viewer, bid: BidId, new: ConfirmBid) -> Result<Done> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, bid, Lock::Share, &app.clock).await?;
            let proof = policy::may_confirm(viewer, &held.facts)?;
            // To let it count again is to hand it in again: a ban may have come since.
            let mut faults = Faults::new();
            may_bid(&*txn, &held, None, &mut faults).await?;
            faults.done()?;
            let amendments = held.challenge.material_amendments;
            store::confirm(&txn, proof, amendments).await?;
            let happening = Happening {
                kind: EventKind::BidConfirmed,
                subject: bid.to_string(),
                challenge: Some(held.challenge.id),
                audience: Audience::Bidder(held.row.bidder_id),
                by: By::Person(actor.user),
                at: held.now,
                public: json!({ "amendments": amendments, "person": actor.user }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { bid })
        })
        .await
}
