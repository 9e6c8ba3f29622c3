//! Reading notices and objections: the viewer first, narrowed in SQL, in batches. A notice is everybody's; an objection is for
//! those who run or watch over the challenge, and the bidder who raised it.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use super::model::{Column, Entity, Model, objection, winner};
use super::store;
use crate::access::Viewer;
use crate::access::awards::{self as policy, NoticeFacts, ObjectionFacts};
use crate::access::bids;
use crate::access::challenges::ChallengeFacts;
use crate::base::id::{BidId, ChallengeId, Kind, NoticeId, ObjectionId};
use crate::base::words::{BidStatus, ObjectionStatus};
use crate::base::{Cursor, Instant, Page, PageRequest, Result};
use crate::bids::model as bid;
use crate::bids::read::BidView;
use crate::challenges;
use crate::db::{Conn, Direction, Keyset, per_parent};

/// A notice, as it is shown to everybody.
#[derive(Clone, Debug)]
pub struct NoticeView {
    pub id: NoticeId,
    pub challenge: ChallengeId,
    pub starts_at: Instant,
    /// The first instant at which it is over.
    pub ends_at: Instant,
    /// When an objection to it was upheld.
    pub voided_at: Option<Instant>,
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
    /// What policy asks of it.
    pub facts: ObjectionFacts,
}

/// The notice of each of these challenges: the latest, unless it is void.
pub async fn of_challenges(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, NoticeView>> {
    let rows = Entity::find()
        .filter(Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(Column::VoidedAt.is_null())
        .order_by_asc(Column::Id)
        .all(conn)
        .await?;
    // Ids ascend with time: the last one stays.
    Ok(rows.into_iter().map(|row| (row.challenge_id, view(row))).collect())
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

/// Those of `ids` that the viewer may see.
pub async fn objections_by_ids(conn: &impl Conn, viewer: &Viewer, ids: &[ObjectionId]) -> Result<Vec<ObjectionView>> {
    let rows = seen(viewer).filter(objection::Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(objection_view).collect())
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
    now: Instant,
) -> Vec<&'static str> {
    let may_object = |notice: &NoticeView| policy::may_object(viewer, facts, &notice.facts, bids_there, now).is_ok();
    // Whether something stands against a winner is asked when it is done, as for the award.
    let may_void = notice.is_some() && policy::may_void_notice(viewer, facts, true).is_ok();
    let table: [(&'static str, bool); 3] = [
        ("publishNotice", policy::may_publish_notice(viewer, facts).is_ok()),
        ("raiseObjection", notice.is_some_and(may_object)),
        ("voidNotice", may_void),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// The mutations of this slice that would be accepted from the viewer on a bid now.
pub fn bid_actions(viewer: &Viewer, view: &BidView) -> Vec<&'static str> {
    let may = policy::may_negotiate(viewer, &view.facts).is_ok();
    may.then_some("recordNegotiation").into_iter().collect()
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
    }
}
