//! `explainDeviation` (畸高畸低说明): a judge whose total lies far from the panel's median says why, once the round has ended. It changes no
//! mark and no rank.

use serde::Serialize;
use serde_json::json;

use super::{Written, store, trust};
use crate::access::scoring::Deviation;
use crate::access::{Viewer, scoring as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::SheetId;
use crate::base::{Error, Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `explainDeviation` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainDeviation {
    pub sheet_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for ExplainDeviation {
    const MUTATION: &'static str = "explainDeviation";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Keeps the reason, once.
pub async fn explain_deviation(app: &App, viewer: &Viewer, new: ExplainDeviation) -> Result<Written> {
    let actor = viewer.person()?;
    let sheet: SheetId = faults::id("sheetId", &new.sheet_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            // Another's sheet is nobody's to know of.
            let row = store::sheet_by_id(&*txn, sheet).await?.filter(|row| row.judge_id == actor.user);
            let row = row.ok_or(Error::Hidden)?;
            let challenge = row.challenge_id;
            let held = store::locked(&txn, challenge, &app.clock).await?;
            // As it is now that nobody else writes.
            let row = store::sheet_by_id(&*txn, sheet).await?.ok_or(Error::Hidden)?;
            let seat = store::seat_of(&*txn, actor.user, challenge).await?;
            let found = trust::read::far_off(&*txn, &[challenge], &[row.bid_id]).await?;
            let deviation = match (found.contains_key(&sheet), row.explained.is_some()) {
                (_, true) => Deviation::Explained,
                (true, false) => Deviation::Far,
                (false, false) => Deviation::Near,
            };
            let about = (row.bid_id, sheet);
            let proof = policy::may_explain(viewer, &held.challenge.facts, about, seat, deviation)?;
            let mut faults = Faults::new();
            let why = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            store::explain(&txn, &proof, why.clone(), held.now).await?;
            let explained = Happening {
                kind: EventKind::DeviationExplained,
                subject: sheet.to_string(),
                challenge: Some(challenge),
                audience: Audience::Supervision,
                by: By::Person(proof.by()),
                at: held.now,
                public: json!({ "bid": proof.bid() }),
                private: json!({ "reason": why }),
            };
            events::append(&txn, explained).await?;
            Ok(Written { sheet: proof.sheet() })
        })
        .await
}
