//! Reading notices and objections: the viewer first, narrowed in SQL, in batches. A notice is everybody's; an objection is for
//! those who run or watch over the challenge, and the bidder who raised it.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::ledger::Offer;
use super::model::{Column, Entity, Model, complaint, negotiation, objection, winner};
use super::store;
use crate::access::Viewer;
use crate::access::awards::{self as policy, ComplaintFacts, NoticeFacts, ObjectionFacts};
use crate::access::bids;
use crate::access::challenges::{self as challenges_policy, ChallengeFacts};
use crate::base::id::{BidId, ChallengeId, ComplaintId, Kind, NegotiationId, NoticeId, ObjectionId};
use crate::base::words::{BidStatus, ComplaintStatus, ObjectionStatus, Remedy};
use crate::base::{Cursor, Instant, Page, PageRequest, Result};
use crate::bids::model as bid;
use crate::bids::read::BidView;
use crate::db::{Conn, Direction, Keyset, per_parent};
use crate::{challenges, rules};

/// A notice, as it is shown to everybody.
#[derive(Clone, Debug)]
pub struct NoticeView {
    pub id: NoticeId,
    pub challenge: ChallengeId,
    pub starts_at: Instant,
    /// The first instant at which it is over.
    pub ends_at: Instant,
    /// When it came to count no more, and why.
    pub voided_at: Option<Instant>,
    pub voided_because: Option<String>,
    /// What policy asks of it.
    pub facts: NoticeFacts,
}

/// An objection, as it is shown to whoever may see it.
#[derive(Clone, Debug)]
pub struct ObjectionView {
    pub id: ObjectionId,
    pub notice: NoticeId,
    pub challenge: ChallengeId,
    pub grounds: String,
    pub requested_remedy: Option<String>,
    pub status: ObjectionStatus,
    pub ruling: Option<String>,
    pub raised_at: Instant,
    pub ruled_at: Option<Instant>,
    /// By when it is to be ruled on.
    pub due_at: Option<Instant>,
    /// What upholding it has led to, and for which bid.
    pub remedy: Option<Remedy>,
    pub remedy_bid: Option<BidId>,
    /// What policy asks of it.
    pub facts: ObjectionFacts,
}

/// A complaint, as it is shown to whoever may see it.
#[derive(Clone, Debug)]
pub struct ComplaintView {
    pub id: ComplaintId,
    pub objection: ObjectionId,
    pub challenge: ChallengeId,
    pub grounds: String,
    pub requested_remedy: Option<String>,
    pub status: ComplaintStatus,
    pub raised_at: Instant,
    /// By when the next step is due: that it is accepted or not, then that it is decided.
    pub due_at: Option<Instant>,
    /// The decision, or why it is not looked into.
    pub decision: Option<String>,
    pub decided_at: Option<Instant>,
    pub remedy: Option<Remedy>,
    /// What policy asks of it.
    pub facts: ComplaintFacts,
}

/// A round of talks with a candidate.
#[derive(Clone, Debug)]
pub struct NegotiationView {
    pub id: NegotiationId,
    pub bid: BidId,
    pub topic: String,
    pub minutes: String,
    pub agreed: bool,
    pub held_at: Instant,
    pub recorded_at: Instant,
    pub people: Vec<String>,
    /// Why a better-ranked candidate was passed over.
    pub reason: Option<String>,
    pub offer: Option<Offer>,
}

/// Narrows a list of objections or complaints; what is not given does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct DueFilter {
    /// Whether it waits for somebody.
    pub open: Option<bool>,
    /// Whether somebody should have acted by now.
    pub overdue: Option<bool>,
}

/// The notice of each of these challenges: the latest, unless it is void.
pub async fn of_challenges(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, NoticeView>> {
    let rows = Entity::find()
        .filter(Column::ChallengeId.is_in(ids.iter().copied()))
        .order_by_asc(Column::Id)
        .all(conn)
        .await?;
    // Ids ascend with time: the last one stays.
    let latest: HashMap<_, _> = rows.into_iter().map(|row| (row.challenge_id, view(row))).collect();
    Ok(latest.into_iter().filter(|(_, notice)| notice.voided_at.is_none()).collect())
}

/// Notices, void ones too: what has been published is not taken back.
pub async fn by_ids(conn: &impl Conn, ids: &[NoticeId]) -> Result<Vec<NoticeView>> {
    let rows = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(view).collect())
}

/// The bids that each of these notices names, in its order.
pub async fn winners(conn: &impl Conn, ids: &[NoticeId]) -> Result<HashMap<NoticeId, Vec<BidId>>> {
    let rows = winner::Entity::find()
        .filter(winner::Column::NoticeId.is_in(ids.iter().copied()))
        .order_by_asc(winner::Column::Position)
        .all(conn)
        .await?;
    Ok(challenges::read::grouped(rows, |row| row.notice_id, |row| row.bid_id))
}

/// Those of these challenges whose notice is over by the clock.
pub async fn notice_over(conn: &impl Conn, ids: &[ChallengeId], now: Instant) -> Result<Vec<ChallengeId>> {
    let over = of_challenges(conn, ids).await?;
    Ok(over.into_iter().filter(|(_, notice)| notice.facts.is_over(now)).map(|(id, _)| id).collect())
}

/// One page of the objections to each of these notices that the viewer may see, oldest first.
pub async fn objections(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[NoticeId],
    request: &PageRequest,
) -> Result<HashMap<NoticeId, Page<ObjectionView>>> {
    use objection::{Column, Entity, Model};
    let mut select = seen(viewer).filter(Column::NoticeId.is_in(ids.iter().copied()));
    let keyset = Keyset::by_id("objections", (Entity, Column::Id), Direction::Ascending);
    let statement = per_parent(conn, QueryTrait::query(&mut select), (Entity, Column::NoticeId), &keyset, request)?;
    let rows = Model::find_by_statement(statement).all(conn).await?;
    let pages = challenges::read::grouped(rows, |row| row.notice_id, objection_view);
    Ok(pages
        .into_iter()
        .map(|(id, rows)| (id, keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid()))))
        .collect())
}

/// How many objections to each of these notices the viewer may see.
pub async fn objection_counts(conn: &impl Conn, viewer: &Viewer, ids: &[NoticeId]) -> Result<HashMap<NoticeId, u64>> {
    use objection::Column;
    let rows: Vec<(NoticeId, i64)> = seen(viewer)
        .select_only()
        .column(Column::NoticeId)
        .column_as(Column::Id.count(), "count")
        .filter(Column::NoticeId.is_in(ids.iter().copied()))
        .group_by(Column::NoticeId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// To which of these notices an objection waits for its ruling. That there is one is for everybody.
pub async fn objected_to(conn: &impl Conn, ids: &[NoticeId]) -> Result<Vec<NoticeId>> {
    use objection::Column;
    let found = objection::Entity::find()
        .select_only()
        .column(Column::NoticeId)
        .distinct()
        .filter(Column::NoticeId.is_in(ids.iter().copied()))
        .filter(Column::Status.eq(ObjectionStatus::Open))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found)
}

/// Those of `ids` that the viewer may see.
pub async fn objections_by_ids(conn: &impl Conn, viewer: &Viewer, ids: &[ObjectionId]) -> Result<Vec<ObjectionView>> {
    let rows = seen(viewer).filter(objection::Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(objection_view).collect())
}

/// The objections that the viewer may see, oldest first.
pub async fn all_objections(
    conn: &impl Conn,
    viewer: &Viewer,
    filter: DueFilter,
    now: Instant,
    request: &PageRequest,
) -> Result<Page<ObjectionView>> {
    use objection::{Column, Entity};
    let mut select = objections_of(viewer, filter, now);
    let keyset = Keyset::by_id("all_objections", (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.all(conn).await?.into_iter().map(objection_view).collect();
    Ok(keyset.cut(rows, request, |row: &ObjectionView| Cursor::by_id(row.id.uuid())))
}

/// How many there are.
pub async fn count_objections(conn: &impl Conn, viewer: &Viewer, filter: DueFilter, now: Instant) -> Result<u64> {
    Ok(objections_of(viewer, filter, now).count(conn).await?)
}

fn objections_of(viewer: &Viewer, filter: DueFilter, now: Instant) -> Select<objection::Entity> {
    use objection::Column;
    let mut select = seen(viewer);
    if let Some(open) = filter.open {
        let is = Column::Status.eq(ObjectionStatus::Open);
        select = select.filter(if open { is } else { Column::Status.ne(ObjectionStatus::Open) });
    }
    if let Some(overdue) = filter.overdue {
        let is = Condition::all().add(Column::Status.eq(ObjectionStatus::Open)).add(Column::DueAt.lte(now));
        // What is due at no time is never overdue.
        let not = Condition::any()
            .add(Column::Status.ne(ObjectionStatus::Open))
            .add(Column::DueAt.gt(now))
            .add(Column::DueAt.is_null());
        select = select.filter(if overdue { is } else { not });
    }
    select
}

/// The complaints that the viewer may see, oldest first.
pub async fn all_complaints(
    conn: &impl Conn,
    viewer: &Viewer,
    filter: DueFilter,
    now: Instant,
    request: &PageRequest,
) -> Result<Page<ComplaintView>> {
    use complaint::{Column, Entity};
    let mut select = complaints_of(viewer, filter, now);
    let keyset = Keyset::by_id("complaints", (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.all(conn).await?.into_iter().map(complaint_view).collect();
    Ok(keyset.cut(rows, request, |row: &ComplaintView| Cursor::by_id(row.id.uuid())))
}

/// How many there are.
pub async fn count_complaints(conn: &impl Conn, viewer: &Viewer, filter: DueFilter, now: Instant) -> Result<u64> {
    Ok(complaints_of(viewer, filter, now).count(conn).await?)
}

fn complaints_of(viewer: &Viewer, filter: DueFilter, now: Instant) -> Select<complaint::Entity> {
    use complaint::Column;
    let mut select = seen_complaints(viewer);
    let (waits, heard) = (Column::Status.eq(ComplaintStatus::Open), Column::Status.eq(ComplaintStatus::Accepted));
    if let Some(open) = filter.open {
        let is = Condition::any().add(waits.clone()).add(heard.clone());
        select = select.filter(if open { is } else { is.not() });
    }
    if let Some(overdue) = filter.overdue {
        let is = Condition::any()
            .add(waits.and(Column::AcceptDueAt.lte(now)))
            .add(heard.and(Column::DecideDueAt.is_not_null()).and(Column::DecideDueAt.lte(now)));
        select = select.filter(if overdue { is } else { is.not() });
    }
    select
}

/// Those of `ids` that the viewer may see.
pub async fn complaints_by_ids(conn: &impl Conn, viewer: &Viewer, ids: &[ComplaintId]) -> Result<Vec<ComplaintView>> {
    let rows = seen_complaints(viewer).filter(complaint::Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(complaint_view).collect())
}

/// The complaint behind each of these objections that the viewer may see.
pub async fn complaints_behind(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[ObjectionId],
) -> Result<HashMap<ObjectionId, ComplaintView>> {
    let behind = complaint::Column::ObjectionId.is_in(ids.iter().copied());
    let rows = seen_complaints(viewer).filter(behind).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.objection_id, complaint_view(row))).collect())
}

/// In which of these challenges a complaint waits to be decided: until then nothing is awarded.
pub async fn complained(conn: &impl Conn, ids: &[ChallengeId]) -> Result<Vec<ChallengeId>> {
    let waiting = [ComplaintStatus::Open, ComplaintStatus::Accepted];
    let found = complaint::Entity::find()
        .select_only()
        .column(complaint::Column::ChallengeId)
        .filter(complaint::Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(complaint::Column::Status.is_in(waiting))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found)
}

/// One page of the talks over each of these bids, oldest first. For whoever may read them.
pub async fn talks(
    conn: &impl Conn,
    ids: &[BidId],
    request: &PageRequest,
) -> Result<HashMap<BidId, Page<NegotiationView>>> {
    use negotiation::{Column, Entity, Model};
    let mut select = Entity::find().filter(Column::BidId.is_in(ids.iter().copied()));
    let keyset = Keyset::by_id("negotiations", (Entity, Column::Id), Direction::Ascending);
    let statement = per_parent(conn, QueryTrait::query(&mut select), (Entity, Column::BidId), &keyset, request)?;
    let rows = Model::find_by_statement(statement).all(conn).await?;
    let pages = challenges::read::grouped(rows, |row| row.bid_id, talk_view);
    Ok(pages
        .into_iter()
        .map(|(id, rows)| (id, keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid()))))
        .collect())
}

/// How many talks there were over each of these bids.
pub async fn talk_counts(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, u64>> {
    use negotiation::Column;
    let rows: Vec<(BidId, i64)> = negotiation::Entity::find()
        .select_only()
        .column(Column::BidId)
        .column_as(Column::Id.count(), "count")
        .filter(Column::BidId.is_in(ids.iter().copied()))
        .group_by(Column::BidId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// In which of these challenges the viewer's organization has a bid that was opened: who may object to their notices.
pub async fn bids_there(conn: &impl Conn, viewer: &Viewer, ids: &[ChallengeId]) -> Result<Vec<ChallengeId>> {
    let Some(bidder) = bids::own_of(viewer) else { return Ok(Vec::new()) };
    let unopened = [BidStatus::Draft, BidStatus::Submitted, BidStatus::Withdrawn];
    let found = bid::Entity::find()
        .select_only()
        .column(bid::Column::ChallengeId)
        .filter(bid::Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(Expr::col((bid::Entity, bid::Column::BidderId)).eq(bidder))
        .filter(bid::Column::Status.is_not_in(unopened))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found)
}

/// The mutations of this slice that would be accepted from the viewer on a challenge now; `notice` is the one that holds.
pub fn challenge_actions(
    viewer: &Viewer,
    facts: &ChallengeFacts,
    notice: Option<&NoticeView>,
    bids_there: bool,
    objections_open: bool,
    now: Instant,
) -> Vec<&'static str> {
    let may_object = |notice: &NoticeView| policy::may_object(viewer, facts, &notice.facts, bids_there, now).is_ok();
    // Whether something stands against a winner is asked when it is done, as for the award.
    let may_void = notice.is_some() && policy::may_void_notice(viewer, facts, true).is_ok();
    let may_bring = |notice: &NoticeView| {
        policy::may_bring_evidence(viewer, facts, &notice.facts, (bids_there, false), now).is_ok()
    };
    let table: [(&'static str, bool); 6] = [
        ("createUpload", notice.is_some_and(may_bring)),
        ("publishNotice", policy::may_publish_notice(viewer, facts).is_ok()),
        ("raiseObjection", notice.is_some_and(may_object)),
        ("voidNotice", may_void),
        ("suspendChallenge", challenges_policy::may_suspend(viewer, facts).is_ok()),
        ("resumeChallenge", challenges_policy::may_resume(viewer, facts, objections_open).is_ok()),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// The mutations of this slice that would be accepted from the viewer on a bid now.
pub fn bid_actions(viewer: &Viewer, view: &BidView) -> Vec<&'static str> {
    let may = policy::may_negotiate(viewer, &view.facts).is_ok();
    may.then_some("recordNegotiation").into_iter().collect()
}

/// The mutations that would be accepted from the viewer on an objection now; `until` is the last time to complain.
pub fn objection_actions(
    viewer: &Viewer,
    facts: &ChallengeFacts,
    view: &ObjectionView,
    took_part: bool,
    complaint: Complaint,
    now: Instant,
) -> Vec<&'static str> {
    let still = (complaint.until, complaint.there);
    let table: [(&'static str, bool); 4] = [
        ("createUpload", policy::may_bring_for_complaint(viewer, facts, &view.facts, still, now).is_ok()),
        ("resolveObjection", policy::may_resolve(viewer, facts, &view.facts, took_part).is_ok()),
        ("withdrawObjection", policy::may_take_back(viewer, facts, &view.facts).is_ok()),
        (
            "raiseComplaint",
            policy::may_complain(viewer, facts, &view.facts, complaint.until, complaint.there, now).is_ok(),
        ),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// What stands behind an objection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Complaint {
    /// There is a complaint.
    pub there: bool,
    /// Until when there can be one.
    pub until: Option<Instant>,
}

/// Until when each of these objections can be complained about; none where nothing says.
pub async fn complainable(conn: &impl Conn, views: &[ObjectionView]) -> Result<HashMap<ObjectionId, Instant>> {
    let ids = views.iter().map(|view| view.challenge);
    let rules = rules::of_challenges(conn, ids).await?;
    let mut until = HashMap::new();
    for view in views {
        let Some(ruled_at) = view.ruled_at.filter(|_| view.status == ObjectionStatus::Dismissed) else { continue };
        let Some(days) = rules.get(&view.challenge).map(|rules| rules.resolved.complaint_days) else { continue };
        until.extend(super::rulings::after_days(conn, ruled_at, days).await?.map(|end| (view.id, end)));
    }
    Ok(until)
}

/// The mutations that would be accepted from the viewer on a complaint now.
pub fn complaint_actions(
    viewer: &Viewer,
    facts: &ChallengeFacts,
    (objection, complaint): (&ObjectionView, &ComplaintView),
    took_part: bool,
) -> Vec<&'static str> {
    let both = (&objection.facts, &complaint.facts);
    let hears = |at| policy::may_hear(viewer, facts, both, took_part, at).is_ok();
    let table: [(&'static str, bool); 3] = [
        ("acceptComplaint", hears(ComplaintStatus::Open)),
        ("decideComplaint", hears(ComplaintStatus::Accepted)),
        ("withdrawComplaint", policy::may_withdraw_complaint(viewer, facts, &complaint.facts).is_ok()),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// `access::awards::may_see_complaint`, in SQL.
fn seen_complaints(viewer: &Viewer) -> Select<complaint::Entity> {
    let sees = policy::sees_objections(viewer);
    let of = (complaint::Entity, complaint::Column::ChallengeId);
    let own = sees.own.map(|own| complaint::Column::OrganizationId.eq(own));
    let any = Condition::any().add(challenges::read::within(sees.overseen, of)).add_option(own);
    complaint::Entity::find().filter(any)
}

/// `access::awards::may_see_objection`, in SQL.
fn seen(viewer: &Viewer) -> Select<objection::Entity> {
    let sees = policy::sees_objections(viewer);
    let of = (objection::Entity, objection::Column::ChallengeId);
    let own = sees.own.map(|own| objection::Column::OrganizationId.eq(own));
    let any = Condition::any().add(challenges::read::within(sees.overseen, of)).add_option(own);
    objection::Entity::find().filter(any)
}

fn view(row: Model) -> NoticeView {
    NoticeView {
        facts: store::facts(&row),
        id: row.id,
        challenge: row.challenge_id,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        voided_at: row.voided_at,
        voided_because: row.voided_because,
    }
}

fn complaint_view(row: complaint::Model) -> ComplaintView {
    ComplaintView {
        facts: store::complaint_facts(&row),
        id: row.id,
        objection: row.objection_id,
        challenge: row.challenge_id,
        grounds: row.grounds,
        requested_remedy: row.requested_remedy,
        status: row.status,
        raised_at: row.raised_at,
        due_at: match row.status {
            ComplaintStatus::Open => Some(row.accept_due_at),
            ComplaintStatus::Accepted => row.decide_due_at,
            _ => None,
        },
        decision: row.decision,
        decided_at: row.decided_at,
        remedy: row.remedy,
    }
}

fn talk_view(row: negotiation::Model) -> NegotiationView {
    NegotiationView {
        id: row.id,
        bid: row.bid_id,
        topic: row.topic,
        minutes: row.minutes,
        agreed: row.agreed,
        // Earlier versions did not ask.
        held_at: row.held_at.unwrap_or(row.at),
        recorded_at: row.at,
        people: row.people.0,
        reason: row.reason,
        offer: row.offer,
    }
}

fn objection_view(row: objection::Model) -> ObjectionView {
    ObjectionView {
        facts: store::objection_facts(&row),
        id: row.id,
        notice: row.notice_id,
        challenge: row.challenge_id,
        grounds: row.grounds,
        requested_remedy: row.requested_remedy,
        status: row.status,
        ruling: row.ruling,
        raised_at: row.raised_at,
        ruled_at: row.ruled_at,
        due_at: row.due_at,
        remedy: row.remedy,
        remedy_bid: row.remedy_bid_id,
    }
}
