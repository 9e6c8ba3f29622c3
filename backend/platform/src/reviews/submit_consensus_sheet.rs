//! `submitConsensusSheet`: the chair writes down what the panel agreed on for a bid, every criterion marked, and why. The judges' own
//! sheets stay beside it; which of both decides, the notice has said.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::marks::SheetMarks;
use super::sheet::{self, NewMark};
use super::store;
use crate::access::{Viewer, scoring as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::BidId;
use crate::base::{Faults, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::{bids, challenges};

/// What `submitConsensusSheet` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SubmitConsensusSheet {
    pub bid_id: String,
    pub marks: Vec<NewMark>,
    /// How the panel came to it.
    pub comment: String,
    pub idempotency_key: Option<String>,
}

impl Content for SubmitConsensusSheet {
    const MUTATION: &'static str = "submitConsensusSheet";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// On which bid was agreed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Agreed {
    pub bid: BidId,
}

/// Keeps what the panel agreed on.
pub async fn submit_consensus_sheet(app: &App, viewer: &Viewer, new: SubmitConsensusSheet) -> Result<Agreed> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = bids::locked(&txn, bid, Lock::Update, &app.clock).await?;
            let challenge = held.challenge.id;
            let seat = store::seat_of(&*txn, actor.user, challenge).await?;
            let panel = store::panel_facts(&*txn, &[challenge]).await?.remove(&challenge);
            let proof = policy::may_agree(viewer, &held.facts, seat, panel.as_ref())?;
            let criteria = challenges::criteria(&*txn, challenge).await?;
            let mut faults = Faults::new();
            let mut marks = SheetMarks::default();
            sheet::add(&mut marks, &new.marks, &criteria, &mut faults);
            let comment = faults.text("comment", &new.comment, Length::TEXT);
            if faults.is_empty() {
                sheet::check_whole(&marks, &criteria, &mut faults);
            }
            faults.done()?;
            let private = json!({ "marks": marks, "comment": comment });
            store::agree(&txn, &proof, marks, Some(comment), held.now).await?;
            let agreed = Happening {
                kind: EventKind::ConsensusAgreed,
                subject: bid.to_string(),
                challenge: Some(challenge),
                audience: Audience::Supervision,
                by: By::Person(proof.by()),
                at: held.now,
                public: json!({ "seat": proof.seat() }),
                private,
            };
            events::append(&txn, agreed).await?;
            Ok(Agreed { bid })
        })
        .await
}
