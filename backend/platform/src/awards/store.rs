//! Writing notices and what belongs to them. Every write takes its proof.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::model::{ActiveModel, Column, Entity, Model, negotiation, objection, winner};
use crate::access::awards::{
    MayNegotiate, MayObject, MayPublishNotice, MayResolve, MayVoidNotice, NoticeFacts, ObjectionFacts,
};
use crate::base::id::{BidId, ChallengeId, Kind, NegotiationId, NoticeId, ObjectionId};
use crate::base::words::{BidCommand, BidStatus, ChallengeStatus, ObjectionStatus};
use crate::base::{Error, Instant, Reason, Result};
use crate::bids;
use crate::challenges::{self, Move};
use crate::db::{Conn, Txn};
use crate::reviews::model::ranked;

/// What policy asks of a notice.
pub(crate) fn facts(row: &Model) -> NoticeFacts {
    NoticeFacts { id: row.id, ends_at: row.ends_at, void: row.voided_at.is_some() }
}

/// What policy asks of an objection.
pub(super) fn objection_facts(row: &objection::Model) -> ObjectionFacts {
    ObjectionFacts { id: row.id, notice: row.notice_id, organization: row.organization_id, status: row.status }
}

/// A notice, whatever became of it. Its challenge is locked first by whoever acts on it.
pub(super) async fn notice(conn: &impl Conn, id: NoticeId) -> Result<Model> {
    Entity::find_by_id(id).one(conn).await?.ok_or(Error::Hidden)
}

/// The notice of a challenge that holds: the latest, unless it is void.
pub(crate) async fn current(conn: &impl Conn, challenge: ChallengeId) -> Result<Option<(Model, NoticeFacts)>> {
    let row = Entity::find()
        .filter(Column::ChallengeId.eq(challenge))
        .filter(Column::VoidedAt.is_null())
        .order_by_desc(Column::Id)
        .one(conn)
        .await?;
    Ok(row.map(|row| {
        let facts = facts(&row);
        (row, facts)
    }))
}

/// The bids that a notice names, in its order.
pub(crate) async fn winners_of(conn: &impl Conn, notice: NoticeId) -> Result<Vec<BidId>> {
    let bids = winner::Entity::find()
        .select_only()
        .column(winner::Column::BidId)
        .filter(winner::Column::NoticeId.eq(notice))
        .order_by_asc(winner::Column::Position)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(bids)
}

/// An objection, whatever became of it. Its challenge is locked first by whoever acts on it.
pub(super) async fn objection(conn: &impl Conn, id: ObjectionId) -> Result<objection::Model> {
    objection::Entity::find_by_id(id).one(conn).await?.ok_or(Error::Hidden)
}

async fn in_state(conn: &impl Conn, notice: NoticeId, status: ObjectionStatus) -> Result<bool> {
    let objections = objection::Entity::find().filter(objection::Column::NoticeId.eq(notice));
    Ok(objections.filter(objection::Column::Status.eq(status)).count(conn).await? > 0)
}

/// Whether an objection to the notice waits for its ruling.
pub(crate) async fn has_open(conn: &impl Conn, notice: NoticeId) -> Result<bool> {
    in_state(conn, notice, ObjectionStatus::Open).await
}

/// The places of a challenge's bids in its ranking.
pub(super) async fn ranks(conn: &impl Conn, challenge: ChallengeId) -> Result<HashMap<BidId, i32>> {
    let rows: Vec<(BidId, i32)> = ranked::Entity::find()
        .select_only()
        .columns([ranked::Column::BidId, ranked::Column::Rank])
        .filter(ranked::Column::ChallengeId.eq(challenge))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Moves a bid along its lifecycle.
pub(crate) async fn step(txn: &Txn, bid: &bids::model::Model, command: BidCommand) -> Result<()> {
    let to = bids::lifecycle::next(bid.status, command).ok_or(Error::NotNow(Reason::NotInThisState))?;
    bids::make(txn, bid.id, to).await
}

/// What was talked over.
pub(super) struct Round {
    pub(super) topic: String,
    pub(super) minutes: String,
    pub(super) agreed: bool,
    pub(super) at: Instant,
}

pub(super) async fn negotiate(txn: &Txn, proof: MayNegotiate, round: Round) -> Result<NegotiationId> {
    let id = NegotiationId::new();
    let row = negotiation::ActiveModel {
        id: Set(id),
        challenge_id: Set(proof.challenge()),
        bid_id: Set(proof.bid()),
        topic: Set(round.topic),
        minutes: Set(round.minutes),
        agreed: Set(round.agreed),
        recorded_by: Set(proof.by()),
        at: Set(round.at),
    };
    negotiation::Entity::insert(row).exec_without_returning(txn).await?;
    bids::make(txn, proof.bid(), proof.to()).await?;
    Ok(id)
}

/// What a notice says.
pub(super) struct NewNotice<'a> {
    pub(super) at: Instant,
    pub(super) starts_at: Instant,
    pub(super) ends_at: Instant,
    pub(super) reason: Option<String>,
    pub(super) winners: &'a [&'a bids::model::Model],
}

pub(super) async fn publish_notice(txn: &Txn, proof: MayPublishNotice, new: NewNotice<'_>) -> Result<NoticeId> {
    let id = NoticeId::new();
    let row = ActiveModel {
        id: Set(id),
        challenge_id: Set(proof.challenge()),
        starts_at: Set(new.starts_at),
        ends_at: Set(new.ends_at),
        reason: Set(new.reason),
        published_by: Set(proof.by()),
        published_at: Set(new.at),
        voided_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    let winners = (1..).zip(new.winners).map(|(position, bid)| winner::ActiveModel {
        notice_id: Set(id),
        bid_id: Set(bid.id),
        position: Set(position),
    });
    winner::Entity::insert_many(winners).exec_without_returning(txn).await?;
    for bid in new.winners {
        step(txn, bid, BidCommand::Propose).await?;
    }
    challenges::make(txn, Move::to(proof.challenge(), proof.to())).await?;
    Ok(id)
}

/// What an objection says.
pub(super) struct NewObjection {
    pub(super) grounds: String,
    pub(super) requested_remedy: Option<String>,
    pub(super) at: Instant,
}

pub(super) async fn object(txn: &Txn, proof: MayObject, new: NewObjection) -> Result<ObjectionId> {
    let id = ObjectionId::new();
    let row = objection::ActiveModel {
        id: Set(id),
        notice_id: Set(proof.notice()),
        challenge_id: Set(proof.challenge()),
        raised_by: Set(proof.by()),
        organization_id: Set(proof.organization()),
        grounds: Set(new.grounds),
        requested_remedy: Set(new.requested_remedy),
        status: Set(ObjectionStatus::Open),
        ruling: Set(None),
        ruled_by: Set(None),
        raised_at: Set(new.at),
        ruled_at: Set(None),
    };
    objection::Entity::insert(row).exec_without_returning(txn).await?;
    if let Some(from) = proof.suspends() {
        let step = Move { suspended_from: Some(Some(from)), ..Move::to(proof.challenge(), proof.to()) };
        challenges::make(txn, step).await?;
    }
    Ok(id)
}

/// What a ruling leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Another objection is still open.
    Waiting,
    /// Every objection was dismissed: the notice goes on.
    Resumed,
    /// One was upheld: the notice is void.
    Void,
}

pub(super) async fn resolve(
    txn: &Txn,
    proof: MayResolve,
    upheld: bool,
    ruling: String,
    now: Instant,
) -> Result<Outcome> {
    let (challenge, notice) = (proof.challenge(), proof.notice());
    let row = objection::ActiveModel {
        id: Set(proof.objection()),
        status: Set(if upheld { ObjectionStatus::Upheld } else { ObjectionStatus::Dismissed }),
        ruling: Set(Some(ruling)),
        ruled_by: Set(Some(proof.by())),
        ruled_at: Set(Some(now)),
        ..Default::default()
    };
    row.update(txn).await?;
    if has_open(txn, notice).await? {
        return Ok(Outcome::Waiting);
    }
    let any_upheld = in_state(txn, notice, ObjectionStatus::Upheld).await?;
    if !any_upheld {
        challenges::make(txn, Move { suspended_from: Some(None), ..Move::to(challenge, proof.resumed()) }).await?;
        return Ok(Outcome::Resumed);
    }
    take_back(txn, challenge, notice, proof.void(), now).await?;
    Ok(Outcome::Void)
}

pub(super) async fn void(txn: &Txn, proof: &MayVoidNotice, notice: NoticeId, now: Instant) -> Result<()> {
    take_back(txn, proof.challenge(), notice, proof.to(), now).await
}

/// The notice counts no more, and nobody is proposed.
async fn take_back(
    txn: &Txn,
    challenge: ChallengeId,
    notice: NoticeId,
    to: ChallengeStatus,
    now: Instant,
) -> Result<()> {
    challenges::make(txn, Move { suspended_from: Some(None), ..Move::to(challenge, to) }).await?;
    ActiveModel { id: Set(notice), voided_at: Set(Some(now)), ..Default::default() }.update(txn).await?;
    for bid in bids::in_states(txn, challenge, &[BidStatus::ProposedWinner]).await? {
        step(txn, &bid, BidCommand::Unpropose).await?;
    }
    Ok(())
}
