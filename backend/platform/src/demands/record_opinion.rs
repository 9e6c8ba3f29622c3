//! `recordOpinion`: an asked expert or an organizer says what comes of a demand; once each in a round, and never changed.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{happening, store};
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{DemandId, OpinionId};
use crate::base::words::OpinionVerdict;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, EventKind};

/// What `recordOpinion` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RecordOpinion {
    pub demand_id: String,
    pub verdict: OpinionVerdict,
    pub text: String,
    pub idempotency_key: Option<String>,
}

impl Content for RecordOpinion {
    const MUTATION: &'static str = "recordOpinion";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct OpinionRecorded {
    /// On which demand.
    pub demand: DemandId,
    /// The opinion.
    pub opinion: OpinionId,
}

/// Records an opinion. The department reads it once the round is decided, without the name.
pub async fn record_opinion(app: &App, viewer: &Viewer, new: RecordOpinion) -> Result<OpinionRecorded> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::locked(&txn, viewer, demand).await?.facts;
            let proof = policy::may_opine(viewer, &facts)?;
            let mut faults = Faults::new();
            let text = faults.text("text", &new.text, Length::TEXT);
            faults.done()?;
            let (now, giver) = (app.clock.now(), proof.giver());
            let opinion = store::opine(&txn, proof, new.verdict, text.clone(), now).await?;
            let audience = Audience::Staff(Some(facts.department()));
            let public = json!({
                "giver": giver, "opinion": opinion, "round": facts.round(), "text": text, "verdict": new.verdict,
            });
            events::append(&txn, happening(EventKind::OpinionRecorded, demand, audience, actor.user, now, public))
                .await?;
            Ok(OpinionRecorded { demand, opinion })
        })
        .await
}
