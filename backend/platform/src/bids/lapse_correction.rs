//! A bidder was asked to mend its bid's form and let the time go by: the bid fails its formal check, by the clock. Two people stand
//! behind it all the same: who found the defect, and who asked.

use serde_json::json;

use super::check::{self, Item, Items, Settled};
use super::store;
use crate::access::bids as policy;
use crate::app::App;
use crate::base::id::BidId;
use crate::base::{Instant, Result};
use crate::challenges::Lock;
use crate::events::timers::{self, Due};
use crate::events::{self, Audience, By, EventKind, Happening};

/// Runs the timer of a correction; what has been answered or settled stays as it is.
pub async fn at_due(app: &App, bid: BidId, due: &Due) -> Result<()> {
    app.db
        .write(move |txn| async move {
            if !timers::claim(&txn, due.id, app.clock.now()).await? {
                return Ok(());
            }
            let held = store::locked(&txn, bid, Lock::Update, &app.clock).await?;
            let correction = store::correction(&*txn, bid).await?;
            let now: Instant = held.now.max(due.run_at);
            let Some(proof) = policy::may_lapse_correction(&held.facts, correction, now) else { return Ok(()) };
            let asked = store::asked(&*txn, bid).await?;
            let item = |field: &crate::base::words::FormalField| Item {
                name: field.word().to_owned(),
                passed: false,
                reason: Some("逾期未补正".to_owned()),
            };
            let lapsed = check::happening(&held, EventKind::CorrectionLapsed, By::Clock, json!({ "fields": asked }));
            let to_bidder = Happening { audience: Audience::Bidder(held.row.bidder_id), ..lapsed.clone() };
            events::append(&txn, lapsed).await?;
            events::append(&txn, to_bidder).await?;
            let items = Items(asked.iter().map(item).collect());
            let first = store::found_before(&*txn, bid).await?;
            check::settle(&txn, &held, &proof, By::Clock, Settled { items, passed: false, first }).await
        })
        .await
}
