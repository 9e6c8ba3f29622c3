//! `submitScoreSheet`: a judge hands a sheet in, every criterion marked that no formula gives. From then on it is final, unless an
//! organizer opens it again.

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

/// What `submitScoreSheet` is given: marks to be added to those kept, if any.
#[derive(Clone, Debug, Serialize)]
pub struct SubmitScoreSheet {
    pub bid_id: String,
    pub marks: Option<Vec<NewMark>>,
    pub comment: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for SubmitScoreSheet {
    const MUTATION: &'static str = "submitScoreSheet";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Hands the sheet in.
pub async fn submit_score_sheet(app: &App, viewer: &Viewer, new: SubmitScoreSheet) -> Result<Written> {
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
            sheet::add(&mut marks, new.marks.as_deref().unwrap_or_default(), &criteria, &mut faults);
            let remark = sheet::remark(kept, new.comment.as_deref(), &mut faults);
            // What was given and is faulty is named as that, not as missing.
            if faults.is_empty() {
                sheet::check_whole(&marks, &criteria, &mut faults);
            }
            faults.done()?;
            let private = json!({ "marks": marks, "comment": remark });
            let written = store::Written { marks, remark, submitted_at: Some(held.now), abstained_why: None };
            let sheet = store::write(&txn, &proof, written).await?;
            let happening = Happening {
                kind: EventKind::SheetSubmitted,
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
