//! `reopenScoreSheet`: a sheet that was handed in is its judge's again, at the judge's wish or for a slip that shows without reading it.
//! It takes an organizer and a reason; what it held stays, and what it was handed in with stands in the log.

use serde::Serialize;
use serde_json::json;

use super::{Done, store};
use crate::access::{Viewer, scoring};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{BidId, SeatId};
use crate::base::{Faults, Result, faults};
use crate::bids;
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `reopenScoreSheet` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ReopenScoreSheet {
    pub bid_id: String,
    /// The seat's id.
    pub judge_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for ReopenScoreSheet {
    const MUTATION: &'static str = "reopenScoreSheet";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Opens the sheet again.
pub async fn reopen_score_sheet(app: &App, viewer: &Viewer, new: ReopenScoreSheet) -> Result<Done> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let seat: SeatId = faults::id("judgeId", &new.judge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = bids::locked(&txn, bid, Lock::Update, &app.clock).await?;
            let challenge = held.challenge.id;
            scoring::may_reopen_any(viewer, &held.facts)?;
            let panel = store::panel_facts(&*txn, &[challenge]).await?.remove(&challenge);
            let facts = store::seat(&*txn, seat).await?;
            let kept = store::sheet_of(&*txn, seat, bid).await?;
            let proof = scoring::may_reopen(viewer, &held.facts, panel.as_ref(), facts.as_ref(), kept.state)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            store::reopen(&txn, &proof).await?;
            let happening = Happening {
                kind: EventKind::SheetReopened,
                subject: proof.sheet().to_string(),
                challenge: Some(challenge),
                audience: Audience::Supervision,
                by: By::Person(proof.by()),
                at: held.now,
                public: json!({ "bid": bid, "reason": reason, "seat": proof.seat() }),
                private: json!({ "marks": kept.marks, "abstained": kept.abstained_why }),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
