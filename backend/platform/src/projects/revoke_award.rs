//! `revokeAward` (取消中标资格; 招标投标法实施条例 55): a winner falls away before the agreement is signed; one organizer says so, and then another, on
//! the same ground. Where too few are left that have won, those ranked behind may win after all, by a new notice; where nobody is, the
//! challenge has failed.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::lifecycle;
use super::store::{self, ByTwo};
use crate::access::{Viewer, projects as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{Kind, ProjectId};
use crate::base::words::{BidCommand, ChallengeStatus, RevocationGround};
use crate::base::{Faults, Result, faults};
use crate::challenges::{self, Lock, Move};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::{awards, bids, demands, rules};

/// What `revokeAward` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RevokeAward {
    pub project_id: String,
    pub ground: RevocationGround,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for RevokeAward {
    const MUTATION: &'static str = "revokeAward";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AwardRevoked {
    pub project: ProjectId,
    /// Whether it is taken back: another organizer had said so before.
    pub revoked: bool,
}

/// Takes an award back.
pub async fn revoke_award(app: &App, viewer: &Viewer, new: RevokeAward) -> Result<AwardRevoked> {
    let actor = viewer.person()?;
    let project: ProjectId = faults::id("projectId", &new.project_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, project, &app.clock).await?;
            let proof = policy::may_revoke(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            // That it was not signed in time can be said once the time is over.
            let in_time = new.ground == RevocationGround::NotSigned && !held.facts.is_overdue(held.now);
            faults.check(!in_time, "ground", FaultCode::TooEarly);
            faults.done()?;
            let said = store::said_before(&*txn, ByTwo::RevokeAward, project.uuid(), proof.by()).await?;
            let happening = |kind, audience, public, private| Happening {
                kind,
                subject: project.to_string(),
                challenge: Some(proof.challenge()),
                audience,
                by: By::Person(proof.by()),
                at: held.now,
                public,
                private,
            };
            let Some(first) = said.filter(|said| said.ground == Some(new.ground)) else {
                let (by, ground) = ((proof.by(), held.now), Some(new.ground));
                store::say_first(&txn, ByTwo::RevokeAward, project.uuid(), by, reason.clone(), ground).await?;
                let staff = Audience::Staff(Some(held.facts.challenge().department()));
                let found = EventKind::AwardRevocationFound;
                let (public, private) = (json!({ "ground": new.ground }), json!({ "reason": reason }));
                events::append(&txn, happening(found, staff, public, private)).await?;
                return Ok(AwardRevoked { project, revoked: false });
            };
            let status = take_back(&txn, &held, &proof, new.ground, &reason).await?;
            let public = json!({
                "challenge": proof.challenge(), "bid": proof.bid(), "ground": new.ground, "status": status,
            });
            // Everybody reads this: what was done, and not by which officers.
            let private = json!({ "foundBefore": first.said_by, "first": first.because, "second": reason });
            events::append(&txn, happening(EventKind::AwardRevoked, Audience::Everybody, public, private)).await?;
            if status == ChallengeStatus::Failed {
                let why = json!({ "why": "nobody_left" });
                let failed = happening(EventKind::ChallengeFailed, Audience::Everybody, why, json!({}));
                events::append(&txn, Happening { subject: proof.challenge().to_string(), ..failed }).await?;
            }
            Ok(AwardRevoked { project, revoked: true })
        })
        .await
}

/// The winner falls away; the state of the challenge then.
async fn take_back(
    txn: &Txn,
    held: &store::Locked,
    proof: &policy::MayRevoke,
    ground: RevocationGround,
    reason: &str,
) -> Result<ChallengeStatus> {
    let challenge = proof.challenge();
    store::end(txn, proof.project(), proof.to(), (held.now, reason), Some(ground)).await?;
    let won = bids::locked(txn, proof.bid(), Lock::Update, &held.clock).await?;
    awards::step(txn, &won.row, BidCommand::Revoke).await?;
    let left = store::of_challenge(txn, challenge).await?;
    let left = left.iter().filter(|one| lifecycle::is_live(one.status)).count();
    let rules = rules::of_challenge(txn, challenge).await?.resolved;
    let least = awards::number_of_winners(held.challenge.mechanism, &rules).0;
    let to = if left >= least {
        held.challenge.status
    } else if store::readmit(txn, challenge).await? > 0 {
        proof.promotes()
    } else if left > 0 {
        held.challenge.status
    } else {
        demands::give_back(txn, proof.lost(), held.challenge.demand_id, held.now).await?;
        ChallengeStatus::Failed
    };
    let ended_because = (to == ChallengeStatus::Failed).then(|| reason.to_owned());
    if to != held.challenge.status {
        challenges::make(txn, Move { ended_because, ..Move::to(challenge, to) }).await?;
    }
    Ok(to)
}
