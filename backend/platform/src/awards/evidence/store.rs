//! Writing evidence's rows. Every write takes its proof, but for handing in, which is part of an act that has its own, and for forgetting
//! what the sweep has found to be of no use.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::Filed;
use super::model::{ActiveModel, Column, Entity, Model, part};
use crate::access::Viewer;
use crate::access::awards::{MayBringEvidence, may_read_brought};
use crate::access::bids;
use crate::awards::model::{complaint, objection};
use crate::base::id::{AttachmentId, ComplaintId, NoticeId, ObjectionId, OrganizationId};
use crate::base::words::ObjectionStatus;
use crate::base::{Error, Instant, Reason, Result};
use crate::db::{Conn, Txn};

/// A file that is begun.
pub(super) struct Begun {
    pub(super) id: AttachmentId,
    pub(super) sealed: Vec<u8>,
    pub(super) size: u64,
    pub(super) at: Instant,
    pub(super) machine_now: Instant,
}

pub(super) async fn begin(txn: &Txn, proof: &MayBringEvidence, new: Begun) -> Result<()> {
    let row = ActiveModel {
        id: Set(new.id),
        notice_id: Set(proof.notice()),
        organization_id: Set(proof.organization()),
        objection_id: Set(None),
        complaint_id: Set(None),
        sealed: Set(new.sealed),
        size: Set(new.size.try_into().map_err(anyhow::Error::from)?),
        received: Set(0),
        finished_at: Set(None),
        created_by: Set(proof.by()),
        created_at: Set(new.at),
        touched_at: Set(new.machine_now),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

pub(super) fn not_handed_in() -> Condition {
    Condition::all().add(Column::ObjectionId.is_null()).add(Column::ComplaintId.is_null())
}

/// A file that the viewer may see before it is handed in.
pub(super) async fn own(conn: &impl Conn, viewer: &Viewer, id: AttachmentId) -> Result<Option<Model>> {
    let found = Entity::find_by_id(id).one(conn).await?;
    Ok(found.filter(|row| may_read_brought(viewer, row.organization_id).is_ok()))
}

/// As [`own`], of those that are not handed in.
pub(super) async fn glance(conn: &impl Conn, viewer: &Viewer, id: AttachmentId) -> Result<Option<Model>> {
    let found = own(conn, viewer, id).await?;
    Ok(found.filter(|row| row.objection_id.is_none() && row.complaint_id.is_none()))
}

/// As [`glance`], for an act that holds its challenge.
pub(super) async fn held(txn: &Txn, proof: &MayBringEvidence, id: AttachmentId) -> Result<Model> {
    let own = Column::OrganizationId.eq(proof.organization()).and(Column::NoticeId.eq(proof.notice()));
    let found = Entity::find_by_id(id).filter(own).filter(not_handed_in()).lock_exclusive().one(txn).await?;
    found.ok_or(Error::Hidden)
}

/// The files that this bidder has begun beside this notice and not handed in, in that order.
pub(super) async fn begun(conn: &impl Conn, notice: NoticeId, organization: OrganizationId) -> Result<Vec<Model>> {
    let of = Entity::find().filter(Column::NoticeId.eq(notice)).filter(Column::OrganizationId.eq(organization));
    Ok(of.filter(not_handed_in()).order_by_asc(Column::Id).all(conn).await?)
}

/// How many files of this bidder's beside this notice are begun, and how many bytes are there, handed in or not.
pub(super) async fn taken(conn: &impl Conn, notice: NoticeId, organization: OrganizationId) -> Result<(usize, u64)> {
    let rows: Vec<(Option<ObjectionId>, Option<ComplaintId>, i64)> = Entity::find()
        .select_only()
        .columns([Column::ObjectionId, Column::ComplaintId, Column::Size])
        .filter(Column::NoticeId.eq(notice))
        .filter(Column::OrganizationId.eq(organization))
        .into_tuple()
        .all(conn)
        .await?;
    let begun = rows.iter().filter(|(objection, complaint, _)| objection.is_none() && complaint.is_none()).count();
    Ok((begun, rows.iter().map(|(.., size)| size.unsigned_abs()).sum()))
}

/// So many of a bidder's objections to one notice are looked at, the latest.
const LOOKED_AT: u64 = 20;

/// The objections of the viewer's organization to this notice that no complaint stands behind, and that one might.
pub(super) async fn not_complained_about(
    conn: &impl Conn,
    viewer: &Viewer,
    notice: NoticeId,
) -> Result<Vec<objection::Model>> {
    let Some(own) = bids::own_of(viewer) else { return Ok(Vec::new()) };
    let complained = complaint::Entity::find().select_only().column(complaint::Column::ObjectionId);
    let to = objection::Entity::find()
        .filter(objection::Column::NoticeId.eq(notice))
        .filter(objection::Column::OrganizationId.eq(own))
        .filter(objection::Column::Status.is_in([ObjectionStatus::Open, ObjectionStatus::Dismissed]))
        .filter(objection::Column::Id.not_in_subquery(complained.into_query()));
    Ok(to.order_by_desc(objection::Column::Id).limit(LOOKED_AT).all(conn).await?)
}

/// What came of a file: another object.
pub(super) struct Arrived {
    pub(super) sealed: Vec<u8>,
    pub(super) received: u64,
    pub(super) object: Uuid,
    pub(super) machine_now: Instant,
}

pub(super) async fn receive(txn: &Txn, _: &MayBringEvidence, id: AttachmentId, new: Arrived) -> Result<()> {
    let row = ActiveModel {
        id: Set(id),
        sealed: Set(new.sealed),
        received: Set(new.received.try_into().map_err(anyhow::Error::from)?),
        touched_at: Set(new.machine_now),
        ..Default::default()
    };
    row.update(txn).await?;
    let row = part::ActiveModel { object: Set(new.object), evidence_id: Set(id) };
    part::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

pub(super) async fn finish(
    txn: &Txn,
    _: &MayBringEvidence,
    id: AttachmentId,
    sealed: Vec<u8>,
    (now, machine_now): (Instant, Instant),
) -> Result<()> {
    let (finished_at, touched_at) = (Set(Some(now)), Set(machine_now));
    let row = ActiveModel { id: Set(id), sealed: Set(sealed), finished_at, touched_at, ..Default::default() };
    row.update(txn).await?;
    Ok(())
}

/// Forgets a file; its objects are left to be erased.
pub(super) async fn discard(txn: &Txn, _: &MayBringEvidence, id: AttachmentId) -> Result<Vec<Uuid>> {
    forget(txn, &[id]).await
}

/// Hands these in with what they go with.
pub(super) async fn hand_in(txn: &Txn, ids: &[AttachmentId], with: Filed) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let (column, value) = match with {
        Filed::With(objection) => (Column::ObjectionId, Expr::value(objection)),
        Filed::Behind(complaint) => (Column::ComplaintId, Expr::value(complaint)),
    };
    let of = Column::Id.is_in(ids.iter().copied());
    let done = Entity::update_many().col_expr(column, value).filter(of).filter(not_handed_in()).exec(txn).await?;
    // A colleague has taken one away.
    if done.rows_affected == ids.len() as u64 { Ok(()) } else { Err(Error::Conflict(Reason::VersionMoved)) }
}

async fn forget(txn: &Txn, ids: &[AttachmentId]) -> Result<Vec<Uuid>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let of = || part::Column::EvidenceId.is_in(ids.iter().copied());
    let objects: Vec<Uuid> =
        part::Entity::find().select_only().column(part::Column::Object).filter(of()).into_tuple().all(txn).await?;
    part::Entity::delete_many().filter(of()).exec(txn).await?;
    Entity::delete_many().filter(Column::Id.is_in(ids.iter().copied())).filter(not_handed_in()).exec(txn).await?;
    Ok(objects)
}

/// Forgets what was not handed in: what never came whole and of which nothing has come since the first of these times, and what was
/// finished before the second; how much.
pub(crate) async fn forget_stale(txn: &Txn, (stale, long): (Instant, Instant), most: u64) -> Result<usize> {
    let unfinished = Column::FinishedAt.is_null().and(Column::TouchedAt.lt(stale));
    let stale: Vec<AttachmentId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(not_handed_in())
        .filter(unfinished.or(Column::TouchedAt.lt(long)))
        .order_by_asc(Column::TouchedAt)
        .limit(most)
        // What an act holds just now is not stale.
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(txn)
        .await?;
    forget(txn, &stale).await?;
    Ok(stale.len())
}

/// Those of these objects that belong to evidence.
pub(crate) async fn known(conn: &impl Conn, objects: &[Uuid]) -> Result<Vec<Uuid>> {
    let known = part::Entity::find().filter(part::Column::Object.is_in(objects.iter().copied()));
    Ok(known.all(conn).await?.into_iter().map(|row| row.object).collect())
}

/// Whether anything lies outside the database that it speaks of.
pub(crate) async fn any(conn: &impl Conn) -> Result<bool> {
    Ok(part::Entity::find().one(conn).await?.is_some())
}
