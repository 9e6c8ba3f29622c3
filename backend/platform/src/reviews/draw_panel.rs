//! `drawPanel` (抽取专家): the panel is drawn by lot from the candidates written down at publication, with the seed committed to then
//! and the commitments of the bids. Nobody names a member (招标投标法实施条例 46), and until a judge has declared only supervisors
//! learn who was drawn.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::store::{self, DrawRecord};
use super::{Done, panel};
use crate::access::{Viewer, reviews as policy};
use crate::app::App;
use crate::base::id::ChallengeId;
use crate::base::{Error, Result, faults};
use crate::bids;
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::experts;

/// What `drawPanel` is given.
#[derive(Clone, Debug, Serialize)]
pub struct DrawPanel {
    pub challenge_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for DrawPanel {
    const MUTATION: &'static str = "drawPanel";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Draws the panel; a shortage is refused with the rule that cannot be met.
pub async fn draw_panel(app: &App, viewer: &Viewer, new: DrawPanel) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, challenge, &app.clock).await?;
            let proof = policy::may_draw(viewer, &held.challenge.facts, held.facts.as_ref())?;
            let record = held.record()?;
            let pool = panel::pool(&txn, &held).await?;
            let seed = panel::seed(&app.keys, &txn, record).await?;
            let entropy = bids::opened(&*txn, challenge).await?;
            let size = usize::try_from(proof.size()).map_err(|fault| Error::Internal(fault.into()))?;
            let candidates = pool.candidates();
            let (excluded, drawn) =
                pool.without_laden(|excluded| experts::draw::draw(&seed, &entropy, &candidates, excluded, size));
            let drawn = drawn?;
            let members = pool.people(&drawn.members)?;
            let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
            for member in &members {
                *kinds.entry(member.kind.word()).or_default() += 1;
            }
            let excluded: Vec<String> = excluded.into_iter().collect();
            let record = DrawRecord { entropy, excluded: excluded.clone(), at: held.now };
            let seated = store::draw(&txn, &proof, &members, record).await?;
            let happening = |audience, public| Happening {
                kind: EventKind::PanelDrawn,
                subject: proof.panel().to_string(),
                challenge: Some(challenge),
                audience,
                by: By::Person(proof.by()),
                at: held.now,
                public,
                private: json!({}),
            };
            let counts = json!({
                "algorithm": experts::draw::ALGORITHM, "judges": seated.len(), "kinds": kinds,
                "candidates": candidates.len(), "excluded": excluded.len(),
            });
            let staff = Audience::Staff(Some(held.challenge.facts.department()));
            events::append(&txn, happening(staff, counts)).await?;
            let names = json!({
                "seats": panel::seated_facts(&seated), "excluded": excluded, "conflicts": pool.conflicts(), "laden": pool.laden(),
            });
            events::append(&txn, happening(Audience::Supervision, names)).await?;
            Ok(Done { challenge })
        })
        .await
}
