//! `saveScoreSheet`: a judge keeps marks for a bid; not all of them have to be there yet. Nobody else sees the sheet before the end
//! of the round.

use serde::Serialize;
use serde_json::json;

use super::sheet::{self, NewMark};
use super::{Written, store};
use crate::access::{Viewer, reviews as policy};
use crate::app::App;
use crate::base::id::BidId;
use crate::base::{Faults, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::{bids, challenges};

/// What `saveScoreSheet` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SaveScoreSheet {
    pub bid_id: String,
    pub marks: Vec<NewMark>,
    pub comment: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for SaveScoreSheet {
    const MUTATION: &'static str = "saveScoreSheet";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Keeps the marks given beside those kept before.
pub async fn save_score_sheet(app: &App, viewer: &Viewer, new: SaveScoreSheet) -> Result<Written> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = bids::locked(&txn, bid, Lock::Share, &app.clock).await?;
            let seat = store::seat_of(&*txn, actor.user, held.challenge.id).await?;
            let store::Kept { state, mut marks, remark: kept, .. } = store::sheet(&*txn, seat, bid).await?;
            let proof = policy::may_mark(viewer, &held.facts, seat, state)?;
            let criteria = challenges::criteria(&*txn, proof.challenge()).await?;
            let mut faults = Faults::new();
            sheet::add(&mut marks, &new.marks, &criteria, &mut faults);
            let remark = sheet::remark(kept, new.comment.as_deref(), &mut faults);
            faults.done()?;
            let private = json!({ "marks": marks, "comment": remark });
            let written = store::Written { marks, remark, submitted_at: None, abstained_why: None };
            let sheet = store::write(&txn, &proof, written).await?;
            let happening = Happening {
                kind: EventKind::SheetSaved,
                subject: sheet.to_string(),
                challenge: Some(proof.challenge()),
                audience: Audience::Supervision,
                by: By::Person(proof.by()),
                at: held.now,
                public: json!({ "bid": bid }),
                private,
            };
            events::append(&txn, happening).await?;
            Ok(Written { sheet })
        })
        .await
}
