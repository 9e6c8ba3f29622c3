//! Writing projects. Every write takes its proof.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QuerySelect};

use super::lifecycle;
use super::model::{ActiveModel, Column, Entity, Model};
use crate::access::challenges::ChallengeFacts;
use crate::access::projects::{MayAward, MaySign, ProjectFacts};
use crate::base::id::{BidId, ChallengeId, Kind, ProjectId};
use crate::base::words::{BidCommand, BidStatus, ProjectStatus};
use crate::base::{Clock, Error, Instant, Result};
use crate::challenges::{self, Lock, Move};
use crate::db::Txn;
use crate::{awards, bids};

/// What policy asks of a project at this instant.
pub(super) fn facts(row: &Model, challenge: ChallengeFacts) -> ProjectFacts {
    ProjectFacts {
        id: row.id,
        challenge,
        status: row.status,
        next: lifecycle::next,
        signed: row.agreement_effective_at.is_some(),
    }
}

/// A project and its challenge, both locked for the act.
pub(super) struct Locked {
    pub(super) row: Model,
    pub(super) challenge: challenges::model::Model,
    pub(super) facts: ProjectFacts,
    /// When the locks were held: the act's time.
    pub(super) now: Instant,
}

/// Locks a project under its challenge, then reads the clock.
pub(super) async fn locked(txn: &Txn, project: ProjectId, clock: &Clock) -> Result<Locked> {
    let found: Option<ChallengeId> =
        Entity::find_by_id(project).select_only().column(Column::ChallengeId).into_tuple().one(txn).await?;
    let challenge = challenges::locked(txn, found.ok_or(Error::Hidden)?, Lock::Update).await?;
    let row = Entity::find_by_id(project).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)?;
    let now = clock.now();
    let facts = facts(&row, challenges::facts(&challenge, now));
    Ok(Locked { row, challenge, facts, now })
}

/// The bids that an award decides about, and what it makes of each. What is settled already stays as it is.
pub(super) async fn decided(txn: &Txn, challenge: ChallengeId) -> Result<Vec<bids::model::Model>> {
    bids::in_states(txn, challenge, BidStatus::ALL).await
}

/// Awards: the winners win, the rest lose, and each winner has a project.
pub(super) async fn award(
    txn: &Txn,
    proof: MayAward,
    bids: &[bids::model::Model],
    winners: &[BidId],
    now: Instant,
) -> Result<Vec<ProjectId>> {
    let challenge = proof.challenge();
    for bid in bids {
        if winners.contains(&bid.id) {
            awards::step(txn, bid, BidCommand::Win).await?;
        } else if bids::lifecycle::next(bid.status, BidCommand::Lose).is_some() {
            awards::step(txn, bid, BidCommand::Lose).await?;
        }
    }
    let won = winners.iter().filter_map(|winner| bids.iter().find(|bid| bid.id == *winner));
    let rows: Vec<_> = won.map(|bid| project(bid, now)).collect();
    let projects = rows.iter().map(|(id, _)| *id).collect();
    Entity::insert_many(rows.into_iter().map(|(_, row)| row)).exec_without_returning(txn).await?;
    challenges::make(txn, Move { awarded_at: Some(now), ..Move::to(challenge, proof.to()) }).await?;
    Ok(projects)
}

fn project(bid: &bids::model::Model, now: Instant) -> (ProjectId, ActiveModel) {
    let id = ProjectId::new();
    let row = ActiveModel {
        id: Set(id),
        challenge_id: Set(bid.challenge_id),
        bid_id: Set(bid.id),
        lead_id: Set(bid.bidder_id),
        status: Set(ProjectStatus::ContractPending),
        contract_no: Set(None),
        contract_sha256: Set(None),
        agreement_effective_at: Set(None),
        created_at: Set(now),
    };
    (id, row)
}

/// What is signed.
pub(super) struct Agreement {
    pub(super) contract_no: String,
    pub(super) contract_sha256: Option<String>,
    pub(super) effective_at: Instant,
}

pub(super) async fn sign(txn: &Txn, proof: MaySign, agreement: Agreement) -> Result<()> {
    let row = ActiveModel {
        id: Set(proof.project()),
        status: Set(proof.to()),
        contract_no: Set(Some(agreement.contract_no)),
        contract_sha256: Set(agreement.contract_sha256),
        agreement_effective_at: Set(Some(agreement.effective_at)),
        ..Default::default()
    };
    row.update(txn).await?;
    challenges::make(txn, Move::to(proof.challenge(), proof.challenge_to())).await
}
