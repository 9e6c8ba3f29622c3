//! `replaceJudge` (更换专家): a judge who cannot go on is replaced by the next reserve. All that the replaced judge wrote is void, and
//! the new one reviews from scratch (招标投标法实施条例 48).

use serde::Serialize;
use serde_json::json;

use super::{Done, panel, store};
use crate::access::{Viewer, reviews as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, SeatId};
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `replaceJudge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ReplaceJudge {
    pub challenge_id: String,
    /// The seat's id.
    pub judge_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for ReplaceJudge {
    const MUTATION: &'static str = "replaceJudge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Replaces a judge; refused with the rule that cannot be met when no reserve fits, so that the judge stays until one does. A seat
/// that was left empty before is filled too.
pub async fn replace_judge(app: &App, viewer: &Viewer, new: ReplaceJudge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let seat: SeatId = faults::id("judgeId", &new.judge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, challenge, &app.clock).await?;
            let leave = policy::may_look_up_seat(viewer, &held.challenge.facts)?;
            let facts = store::seat(&*txn, seat).await?;
            let proof = policy::may_replace(leave, &held.challenge.facts, facts.as_ref())?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let record = held.record()?;
            let void = store::submitted_from(&*txn, proof.seat()).await?;
            store::replace(&txn, &proof, reason.clone(), held.now).await?;
            store::end_consensus(&txn, &proof, record).await?;
            let seated = panel::fill(&app.keys, &txn, &held).await??;
            let happening = |audience, public| Happening {
                kind: EventKind::JudgeReplaced,
                subject: record.id.to_string(),
                challenge: Some(challenge),
                audience,
                by: By::Person(proof.by()),
                at: held.now,
                public,
                private: json!({}),
            };
            let plain = json!({ "seat": proof.seat(), "sheetsVoid": void });
            let staff = Audience::Staff(Some(held.challenge.facts.department()));
            events::append(&txn, happening(staff, plain)).await?;
            let whole = json!({
                "seat": proof.seat(), "reason": reason, "sheetsVoid": void, "seated": panel::seated_facts(&seated),
            });
            events::append(&txn, happening(Audience::Supervision, whole)).await?;
            Ok(Done { challenge })
        })
        .await
}
