//! Writing evidence's rows. Every write takes its proof, but for handing in, which is part of an act that has its own, and for forgetting
//! what the sweep has found to be of no use.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Filed;
use super::model::{ActiveModel, Column, Entity, Model, part};
use crate::access::Viewer;
use crate::access::awards::MayBringEvidence;
use crate::access::bids;
use crate::awards::model::objection;
use crate::base::id::{AttachmentId, Kind, NoticeId, OrganizationId};
use crate::base::{Error, Instant, Reason, Result};
use crate::db::{Conn, Txn};

/// A file that is begun.
pub(super) struct Begun {
    pub(super) sealed: Vec<u8>,
    pub(super) size: u64,
    pub(super) at: Instant,
    pub(super) machine_now: Instant,
}

pub(super) async fn begin(txn: &Txn, proof: &MayBringEvidence, new: Begun) -> Result<AttachmentId> {
    let id = AttachmentId::new();
    let row = ActiveModel {
        id: Set(id),
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
    Ok(id)
}

pub(super) fn not_handed_in() -> Condition {
    Condition::all().add(Column::ObjectionId.is_null()).add(Column::ComplaintId.is_null())
}

/// A file of this organization's that is not handed in.
pub(super) async fn glance(conn: &impl Conn, viewer: &Viewer, id: AttachmentId) -> Result<Option<Model>> {
    let Some(own) = bids::own_of(viewer) else { return Ok(None) };
    let own = Column::OrganizationId.eq(own);
    Ok(Entity::find_by_id(id).filter(own).filter(not_handed_in()).one(conn).await?)
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

/// How many bytes this bidder has ever brought beside this notice.
pub(super) async fn bytes(conn: &impl Conn, notice: NoticeId, organization: OrganizationId) -> Result<u64> {
    let sizes: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::Size)
        .filter(Column::NoticeId.eq(notice))
        .filter(Column::OrganizationId.eq(organization))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(sizes.into_iter().map(i64::unsigned_abs).sum())
}

/// The objections of the viewer's organization to this notice, whatever became of them.
pub(super) async fn objections(conn: &impl Conn, viewer: &Viewer, notice: NoticeId) -> Result<Vec<objection::Model>> {
    let Some(own) = bids::own_of(viewer) else { return Ok(Vec::new()) };
    let to = objection::Entity::find().filter(objection::Column::NoticeId.eq(notice));
    Ok(to.filter(objection::Column::OrganizationId.eq(own)).all(conn).await?)
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
    Entity::delete_many().filter(Column::Id.is_in(ids.iter().copied())).exec(txn).await?;
    Ok(objects)
}

/// Forgets what was not handed in and of which nothing has come for long; how many.
pub(crate) async fn forget_stale(txn: &Txn, before: Instant, most: u64) -> Result<usize> {
    let stale: Vec<AttachmentId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(not_handed_in())
        .filter(Column::TouchedAt.lt(before))
        .order_by_asc(Column::TouchedAt)
        .limit(most)
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
