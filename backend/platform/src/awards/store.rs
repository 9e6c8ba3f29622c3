//! Writing notices and what belongs to them. Every write takes its proof.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::ledger::Offer;
use super::model::{ActiveModel, Column, Entity, Model, complaint, negotiation, objection, winner};
use crate::access::awards::{
    ComplaintFacts, MayComplain, MayHear, MayNegotiate, MayObject, MayPublishNotice, MayResolve, MayTakeBack,
    MayVoidNotice, NoticeFacts, ObjectionFacts,
};
use crate::access::challenges::ChallengeFacts;
use crate::base::id::{BidId, ChallengeId, ComplaintId, Kind, NegotiationId, NoticeId, ObjectionId, UserId};
use crate::base::words::{BidCommand, BidStatus, ChallengeStatus, ComplaintStatus, Mechanism, ObjectionStatus, Remedy};
use crate::base::{Error, Instant, Reason, Result};
use crate::bids;
use crate::challenges::{self, Move};
use crate::db::{Conn, Txn};
use crate::reviews::model::ranked;
use crate::rules::Resolved;

/// What policy asks of a notice.
pub(crate) fn facts(row: &Model) -> NoticeFacts {
    NoticeFacts { id: row.id, ends_at: row.ends_at, void: row.voided_at.is_some() }
}

/// What policy asks of an objection.
pub(super) fn objection_facts(row: &objection::Model) -> ObjectionFacts {
    ObjectionFacts {
        id: row.id,
        notice: row.notice_id,
        organization: row.organization_id,
        status: row.status,
        due_at: row.due_at,
        ruled_by: row.ruled_by,
    }
}

/// What policy asks of a complaint.
pub(super) fn complaint_facts(row: &complaint::Model) -> ComplaintFacts {
    ComplaintFacts { id: row.id, organization: row.organization_id, status: row.status }
}

/// A notice, whatever became of it. Its challenge is locked first by whoever acts on it.
pub(super) async fn notice(conn: &impl Conn, id: NoticeId) -> Result<Model> {
    Entity::find_by_id(id).one(conn).await?.ok_or(Error::Hidden)
}

/// The notice of a challenge that holds: the latest, unless it is void. An earlier one does not come back with that.
pub(crate) async fn current(conn: &impl Conn, challenge: ChallengeId) -> Result<Option<(Model, NoticeFacts)>> {
    let latest = Entity::find().filter(Column::ChallengeId.eq(challenge)).order_by_desc(Column::Id).one(conn).await?;
    Ok(latest.filter(|row| row.voided_at.is_none()).map(|row| {
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

/// A complaint, whatever became of it. Its challenge is locked first by whoever acts on it.
pub(super) async fn complaint(conn: &impl Conn, id: ComplaintId) -> Result<complaint::Model> {
    complaint::Entity::find_by_id(id).one(conn).await?.ok_or(Error::Hidden)
}

/// Whether somebody has complained behind this objection.
pub(super) async fn complained(conn: &impl Conn, objection: ObjectionId) -> Result<bool> {
    let such = complaint::Entity::find().filter(complaint::Column::ObjectionId.eq(objection));
    Ok(such.count(conn).await? > 0)
}

/// Whether a complaint about this challenge waits to be decided.
pub(crate) async fn complaints_open(conn: &impl Conn, challenge: ChallengeId) -> Result<bool> {
    let waiting = [ComplaintStatus::Open, ComplaintStatus::Accepted];
    let such = complaint::Entity::find().filter(complaint::Column::ChallengeId.eq(challenge));
    Ok(such.filter(complaint::Column::Status.is_in(waiting)).count(conn).await? > 0)
}

/// Whether it has been ruled that the winners of this challenge are proposed in the order of the ranking.
pub(super) async fn in_rankings_order(conn: &impl Conn, challenge: ChallengeId) -> Result<bool> {
    let objections = objection::Entity::find()
        .filter(objection::Column::ChallengeId.eq(challenge))
        .filter(objection::Column::Status.eq(ObjectionStatus::Upheld))
        .filter(objection::Column::Remedy.eq(Remedy::Reorder));
    let complaints = complaint::Entity::find()
        .filter(complaint::Column::ChallengeId.eq(challenge))
        .filter(complaint::Column::Status.eq(ComplaintStatus::Upheld))
        .filter(complaint::Column::Remedy.eq(Remedy::Reorder));
    Ok(objections.count(conn).await? + complaints.count(conn).await? > 0)
}

/// What the upheld objections to a notice lead to, in the order in which they were raised.
pub(super) async fn remedies(conn: &impl Conn, notice: NoticeId) -> Result<Vec<Ordered>> {
    let rows = objection::Entity::find()
        .filter(objection::Column::NoticeId.eq(notice))
        .filter(objection::Column::Status.eq(ObjectionStatus::Upheld))
        .order_by_asc(objection::Column::Id)
        .all(conn)
        .await?;
    let ordered = |row: objection::Model| {
        let because = row.ruling.unwrap_or_default();
        row.remedy.zip(row.ruled_by).map(|(remedy, by)| Ordered { remedy, bid: row.remedy_bid_id, by, because })
    };
    Ok(rows.into_iter().filter_map(ordered).collect())
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

/// The bids of a challenge that its ranking lets pass.
pub(crate) async fn passing(conn: &impl Conn, challenge: ChallengeId) -> Result<HashSet<BidId>> {
    let rows: Vec<BidId> = ranked::Entity::find()
        .select_only()
        .column(ranked::Column::BidId)
        .filter(ranked::Column::ChallengeId.eq(challenge))
        .filter(ranked::Column::Passed.eq(true))
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
    pub(super) held_at: Option<Instant>,
    pub(super) people: Vec<String>,
    pub(super) reason: Option<String>,
    pub(super) offer: Option<Offer>,
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
        held_at: Set(round.held_at),
        people: Set(negotiation::People(round.people)),
        reason: Set(round.reason),
        offer: Set(round.offer),
    };
    negotiation::Entity::insert(row).exec_without_returning(txn).await?;
    bids::make(txn, proof.bid(), proof.to()).await?;
    Ok(id)
}

/// What was agreed with a candidate in talks, one round after the other: each binds, and the later ones no less.
pub(crate) async fn agreed_offers(conn: &impl Conn, bid: BidId) -> Result<Vec<Offer>> {
    let rounds = negotiation::Entity::find()
        .filter(negotiation::Column::BidId.eq(bid))
        .filter(negotiation::Column::Agreed.eq(true))
        .filter(negotiation::Column::Offer.is_not_null())
        .order_by_asc(negotiation::Column::Id)
        .all(conn)
        .await?;
    Ok(rounds.into_iter().filter_map(|round| round.offer).collect())
}

/// How many winners there are, at least and at most. A race has racers, or it is none: with fewer candidates than it wants, no
/// notice can be published and the challenge is called off.
pub(crate) fn number_of_winners(mechanism: Option<Mechanism>, rules: &Resolved) -> (usize, usize) {
    match mechanism {
        Some(Mechanism::HorseRace) => (rules.race_min_winners as usize, rules.race_max_winners as usize),
        Some(Mechanism::OpenCompetition | Mechanism::PiSystem) | None => (1, 1),
    }
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
        voided_because: Set(None),
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
    pub(super) due_at: Option<Instant>,
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
        due_at: Set(new.due_at),
        remedy: Set(None),
        remedy_bid_id: Set(None),
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

/// Writes a ruling down; what it leads to is for [`settle`].
pub(super) async fn resolve(txn: &Txn, proof: &MayResolve, ruling: Ruling, now: Instant) -> Result<()> {
    let (remedy, bid) = ruling.remedy.map(|ordered| (ordered.remedy, ordered.bid)).unzip();
    let row = objection::ActiveModel {
        id: Set(proof.objection()),
        status: Set(if ruling.upheld { ObjectionStatus::Upheld } else { ObjectionStatus::Dismissed }),
        ruling: Set(Some(ruling.text)),
        ruled_by: Set(Some(proof.by())),
        ruled_at: Set(Some(now)),
        remedy: Set(remedy),
        remedy_bid_id: Set(bid.flatten()),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

pub(super) async fn withdraw(txn: &Txn, proof: &MayTakeBack, now: Instant) -> Result<()> {
    let row = objection::ActiveModel {
        id: Set(proof.objection()),
        status: Set(ObjectionStatus::Withdrawn),
        ruled_at: Set(Some(now)),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

/// An objection has been settled: once none is open, the notice goes on or is void.
pub(super) async fn settle(
    txn: &Txn,
    facts: &ChallengeFacts,
    notice: NoticeId,
    (resumed, void): (ChallengeStatus, ChallengeStatus),
    now: Instant,
) -> Result<Outcome> {
    if has_open(txn, notice).await? {
        return Ok(Outcome::Waiting);
    }
    if !in_state(txn, notice, ObjectionStatus::Upheld).await? {
        challenges::make(txn, Move::under(facts, resumed)).await?;
        return Ok(Outcome::Resumed);
    }
    take_back(txn, facts, notice, void, "异议成立", now).await?;
    Ok(Outcome::Void)
}

/// What somebody has decided on an objection or a complaint.
pub(super) struct Ruling {
    pub(super) upheld: bool,
    pub(super) text: String,
    pub(super) remedy: Option<Ordered>,
}

/// What is ordered beside a new notice.
#[derive(Clone, Debug)]
pub(super) struct Ordered {
    pub(super) remedy: Remedy,
    /// Which bid is disqualified.
    pub(super) bid: Option<BidId>,
    /// Whose ruling it was.
    pub(super) by: UserId,
    pub(super) because: String,
}

/// What a complaint says, and by when it is accepted or not.
pub(super) struct NewComplaint {
    pub(super) grounds: String,
    pub(super) requested_remedy: Option<String>,
    pub(super) at: Instant,
    pub(super) accept_due_at: Instant,
}

pub(super) async fn complain(txn: &Txn, proof: &MayComplain, new: NewComplaint) -> Result<ComplaintId> {
    let id = ComplaintId::new();
    let row = complaint::ActiveModel {
        id: Set(id),
        objection_id: Set(proof.objection()),
        challenge_id: Set(proof.challenge()),
        raised_by: Set(proof.by()),
        organization_id: Set(proof.organization()),
        grounds: Set(new.grounds),
        requested_remedy: Set(new.requested_remedy),
        status: Set(ComplaintStatus::Open),
        raised_at: Set(new.at),
        accept_due_at: Set(new.accept_due_at),
        accepted_at: Set(None),
        accepted_by: Set(None),
        decide_due_at: Set(None),
        decision: Set(None),
        decided_by: Set(None),
        decided_at: Set(None),
        remedy: Set(None),
        remedy_bid_id: Set(None),
    };
    complaint::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

pub(super) async fn accept_complaint(txn: &Txn, proof: &MayHear, now: Instant, decide_due_at: Instant) -> Result<()> {
    let row = complaint::ActiveModel {
        id: Set(proof.complaint()),
        status: Set(ComplaintStatus::Accepted),
        accepted_at: Set(Some(now)),
        accepted_by: Set(Some(proof.by())),
        decide_due_at: Set(Some(decide_due_at)),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

/// A complaint comes to its end: refused, decided, or taken back.
pub(super) async fn end_complaint(
    txn: &Txn,
    proof: &MayHear,
    to: ComplaintStatus,
    ruling: Option<&Ruling>,
    now: Instant,
) -> Result<()> {
    let (remedy, bid) = ruling.and_then(|ruling| ruling.remedy.as_ref()).map(|one| (one.remedy, one.bid)).unzip();
    let row = complaint::ActiveModel {
        id: Set(proof.complaint()),
        status: Set(to),
        decision: Set(ruling.map(|ruling| ruling.text.clone())),
        decided_by: Set(ruling.map(|_| proof.by())),
        decided_at: Set(Some(now)),
        remedy: Set(remedy),
        remedy_bid_id: Set(bid.flatten()),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

/// A complaint behind an earlier objection has made the notice void: what was said against it besides is upheld with it.
pub(super) async fn void_by_complaint(
    txn: &Txn,
    facts: &ChallengeFacts,
    notice: NoticeId,
    (by, void): (UserId, ChallengeStatus),
    now: Instant,
) -> Result<()> {
    objection::Entity::update_many()
        .col_expr(objection::Column::Status, Expr::value(ObjectionStatus::Upheld))
        .col_expr(objection::Column::Ruling, Expr::value("投诉成立，公示作废"))
        .col_expr(objection::Column::RuledBy, Expr::value(by))
        .col_expr(objection::Column::RuledAt, Expr::value(now))
        .filter(objection::Column::NoticeId.eq(notice))
        .filter(objection::Column::Status.eq(ObjectionStatus::Open))
        .exec(txn)
        .await?;
    take_back(txn, facts, notice, void, "投诉成立", now).await
}

pub(super) async fn void(
    txn: &Txn,
    facts: &ChallengeFacts,
    proof: &MayVoidNotice,
    notice: NoticeId,
    because: &str,
    now: Instant,
) -> Result<()> {
    take_back(txn, facts, notice, proof.to(), because, now).await
}

/// The notice counts no more, and nobody is proposed.
async fn take_back(
    txn: &Txn,
    facts: &ChallengeFacts,
    notice: NoticeId,
    to: ChallengeStatus,
    because: &str,
    now: Instant,
) -> Result<()> {
    challenges::make(txn, Move::under(facts, to)).await?;
    let row = ActiveModel {
        id: Set(notice),
        voided_at: Set(Some(now)),
        voided_because: Set(Some(because.to_owned())),
        ..Default::default()
    };
    row.update(txn).await?;
    for bid in bids::in_states(txn, facts.id(), &[BidStatus::ProposedWinner]).await? {
        step(txn, &bid, BidCommand::Unpropose).await?;
    }
    Ok(())
}
