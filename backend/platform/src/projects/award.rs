//! `awardChallenge` (立项): the notice is over and nothing is open against it; in one act the winners win, the rest lose, and each
//! winner has a project.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{lifecycle, store};
use crate::access::{Viewer, projects as policy};
use crate::app::App;
use crate::awards;
use crate::base::id::{ChallengeId, ProjectId};
use crate::base::{Instant, Result, faults};
use crate::bids::standing;
use crate::challenges::{self, Lock};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::rules;

/// What `awardChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AwardChallenge {
    pub challenge_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for AwardChallenge {
    const MUTATION: &'static str = "awardChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChallengeAwarded {
    /// The challenge.
    pub challenge: ChallengeId,
    /// One for each winner, in the order of the notice.
    pub projects: Vec<ProjectId>,
}

/// Awards a challenge to the winners of its notice.
pub async fn award_challenge(app: &App, viewer: &Viewer, new: AwardChallenge) -> Result<ChallengeAwarded> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let notice = awards::current(&*txn, challenge).await?.map(|(_, facts)| facts);
            let open = match &notice {
                Some(notice) => awards::has_open(&*txn, notice.id()).await?,
                None => false,
            };
            let now = app.clock.now();
            let complained = awards::complaints_open(&*txn, challenge).await?;
            let proof = policy::may_award(viewer, &held.facts, notice.as_ref(), open, complained, now)?;
            let notice = proof.notice();
            let winners = awards::winners_of(&*txn, notice).await?;
            let bids = store::decided(&txn, challenge).await?;
            let against = standing::against(&*txn, &held.row, &winners, now).await?;
            let proof = proof.to_winners(against.is_empty())?;
            let due_at = due(&txn, challenge, now).await?;
            let others = store::of_challenge(&*txn, challenge).await?;
            let signed =
                others.iter().any(|one| lifecycle::is_live(one.status) && one.agreement_effective_at.is_some());
            let to = policy::going_on(&held.facts, proof.to(), signed);
            let projects = store::award(&txn, proof, &bids, &winners, (now, due_at), to).await?;
            let won = winners.iter().zip(&projects).map(|(bid, project)| json!({ "bid": bid, "project": project }));
            let happening = Happening {
                kind: EventKind::ChallengeAwarded,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({ "notice": notice, "winners": won.collect::<Vec<_>>(), "agreementDueAt": due_at }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(ChallengeAwarded { challenge, projects })
        })
        .await
}

/// By when the agreement is to be signed (招标投标法 46, 实施条例 57); where no calendar tells, as many days.
pub(super) async fn due(txn: &Txn, challenge: ChallengeId, now: Instant) -> Result<Instant> {
    let days = rules::of_challenge(txn, challenge).await?.resolved.agreement_days;
    Ok(awards::after_days(txn, now, days).await?.unwrap_or(now + TimeDelta::days(days.into())))
}
