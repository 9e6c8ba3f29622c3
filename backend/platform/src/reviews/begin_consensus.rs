//! `beginConsensus`: every sheet is in, and the panel talks, as the notice said. From here on who sits reads what the others gave; what
//! each has given stays as it is. The chair is drawn from the seed that was committed to at publication.

use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Done, model, panel, store};
use crate::access::{Viewer, scoring as policy};
use crate::app::App;
use crate::base::id::{ChallengeId, SeatId};
use crate::base::{Error, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `beginConsensus` is given.
#[derive(Clone, Debug, Serialize)]
pub struct BeginConsensus {
    pub challenge_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for BeginConsensus {
    const MUTATION: &'static str = "beginConsensus";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Begins the round.
pub async fn begin_consensus(app: &App, viewer: &Viewer, new: BeginConsensus) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, challenge, &app.clock).await?;
            let proof = policy::may_begin_consensus(viewer, &held.challenge.facts, held.facts.as_ref())?;
            let seed = panel::seed(&app.keys, &txn, held.record()?).await?;
            let seats = store::seats(&*txn, challenge).await?;
            let chair = chair(&seed, seats.iter().filter(|seat| seat.sits()));
            let chair = chair.ok_or_else(|| Error::Internal(anyhow::anyhow!("nobody sits on {}", proof.panel())))?;
            store::begin_consensus(&txn, &proof, chair, held.now).await?;
            let begun = Happening {
                kind: EventKind::ConsensusBegun,
                subject: proof.panel().to_string(),
                challenge: Some(challenge),
                audience: Audience::Staff(Some(held.challenge.facts.department())),
                by: By::Person(proof.by()),
                at: held.now,
                public: json!({ "chair": chair }),
                private: json!({}),
            };
            events::append(&txn, begun).await?;
            Ok(Done { challenge })
        })
        .await
}

/// Who leads: the lowest SHA-256(seed ‖ "chair" ‖ user id) of those who sit. Anybody can see to it once the seed and the names are out.
fn chair<'a>(seed: &[u8; 32], sitting: impl Iterator<Item = &'a model::Model>) -> Option<SeatId> {
    let lot = |seat: &&model::Model| {
        Sha256::new().chain_update(seed).chain_update("chair").chain_update(seat.user_id.to_string()).finalize()
    };
    sitting.min_by_key(lot).map(|seat| seat.id)
}
