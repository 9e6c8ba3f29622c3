//! Writing files' rows. Every write takes its proof, but for forgetting what an act or the sweep has found to be of no use.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::model::{ActiveModel, Column, Entity, Model, part};
use crate::access::bids::{MaySubmit, MayUpload};
use crate::base::id::{AttachmentId, BidId, ChallengeId, Kind, OrganizationId};
use crate::base::{Instant, Result};
use crate::bids::model as bid;
use crate::db::{Conn, Txn};

/// A file that is begun.
pub(super) struct Begun {
    pub(super) sealed: Vec<u8>,
    pub(super) size: u64,
    pub(super) at: Instant,
    pub(super) machine_now: Instant,
}

pub(super) async fn begin(txn: &Txn, proof: &MayUpload, new: Begun) -> Result<AttachmentId> {
    let id = AttachmentId::new();
    let row = ActiveModel {
        id: Set(id),
        bid_id: Set(proof.bid()),
        version: Set(None),
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

/// A file that is not handed in, with its bid's row.
pub(super) async fn glance(conn: &impl Conn, id: AttachmentId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).filter(Column::Version.is_null()).one(conn).await?)
}

/// As [`glance`], for an act that holds its bid.
pub(super) async fn held(txn: &Txn, id: AttachmentId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).filter(Column::Version.is_null()).lock_exclusive().one(txn).await?)
}

/// The files of a bid that are not handed in, in the order in which they were begun.
pub(in crate::bids) async fn begun(conn: &impl Conn, bids: &[BidId]) -> Result<Vec<Model>> {
    let of = Entity::find().filter(Column::BidId.is_in(bids.iter().copied())).filter(Column::Version.is_null());
    Ok(of.order_by_asc(Column::Id).all(conn).await?)
}

/// What a bid's files take: how many are begun, how many bytes of those, and of those that were ever handed in.
pub(super) struct Taken {
    pub(super) begun: usize,
    pub(super) begun_bytes: u64,
    pub(super) handed_in_bytes: u64,
}

pub(super) async fn taken(conn: &impl Conn, bid: BidId) -> Result<Taken> {
    let sizes: Vec<(Option<i32>, i64)> = Entity::find()
        .select_only()
        .columns([Column::Version, Column::Size])
        .filter(Column::BidId.eq(bid))
        .into_tuple()
        .all(conn)
        .await?;
    let (begun, handed_in): (Vec<_>, Vec<_>) = sizes.into_iter().partition(|(version, _)| version.is_none());
    let bytes = |some: &[(Option<i32>, i64)]| some.iter().map(|(_, size)| size.unsigned_abs()).sum();
    Ok(Taken { begun: begun.len(), begun_bytes: bytes(&begun), handed_in_bytes: bytes(&handed_in) })
}

/// What came of a file: another object.
pub(super) struct Arrived {
    pub(super) sealed: Vec<u8>,
    pub(super) received: u64,
    pub(super) object: Uuid,
    pub(super) machine_now: Instant,
}

pub(super) async fn receive(txn: &Txn, _: &MayUpload, id: AttachmentId, new: Arrived) -> Result<()> {
    let row = ActiveModel {
        id: Set(id),
        sealed: Set(new.sealed),
        received: Set(new.received.try_into().map_err(anyhow::Error::from)?),
        touched_at: Set(new.machine_now),
        ..Default::default()
    };
    row.update(txn).await?;
    let row = part::ActiveModel { object: Set(new.object), file_id: Set(id) };
    part::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

pub(super) async fn finish(txn: &Txn, _: &MayUpload, id: AttachmentId, sealed: Vec<u8>, now: Instant) -> Result<()> {
    let row = ActiveModel { id: Set(id), sealed: Set(sealed), finished_at: Set(Some(now)), ..Default::default() };
    row.update(txn).await?;
    Ok(())
}

/// Forgets a file; its objects are left to be erased.
pub(super) async fn discard(txn: &Txn, _: &MayUpload, id: AttachmentId) -> Result<Vec<Uuid>> {
    Ok(forget(txn, &[id]).await?.into_iter().map(|(_, object)| object).collect())
}

/// Hands files in with these submissions, in whose seals their keys are: by each bid's proof its version and the files that it names, all of
/// which are `begun`; forgets those bids' others, whose objects are left to be erased.
pub(in crate::bids) async fn hand_in(
    txn: &Txn,
    all: &[(&MaySubmit, i32, &[AttachmentId])],
    begun: &[Model],
) -> Result<HashMap<BidId, Vec<Uuid>>> {
    let mut versions: BTreeMap<i32, Vec<AttachmentId>> = BTreeMap::new();
    for (_, version, named) in all.iter().filter(|(_, _, named)| !named.is_empty()) {
        versions.entry(*version).or_default().extend(*named);
    }
    for (version, named) in &versions {
        let handed_in = Entity::update_many()
            .col_expr(Column::Version, Expr::value(*version))
            .col_expr(Column::Sealed, Expr::value(Vec::<u8>::new()))
            .filter(Column::Version.is_null())
            .filter(Column::Id.is_in(named.iter().copied()))
            .exec(txn)
            .await?;
        // Whatever takes a file away holds its bid, or leaves finished ones alone.
        if handed_in.rows_affected != named.len() as u64 {
            return Err(anyhow::anyhow!("a file has gone from under the lock").into());
        }
    }
    let named: BTreeSet<AttachmentId> = versions.into_values().flatten().collect();
    let left: BTreeMap<AttachmentId, BidId> = begun
        .iter()
        .filter(|row| all.iter().any(|(proof, ..)| proof.bid() == row.bid_id) && !named.contains(&row.id))
        .map(|row| (row.id, row.bid_id))
        .collect();
    let mut objects: HashMap<BidId, Vec<Uuid>> = HashMap::new();
    for (file, object) in forget(txn, &left.keys().copied().collect::<Vec<_>>()).await? {
        if let Some(bid) = left.get(&file) {
            objects.entry(*bid).or_default().push(object);
        }
    }
    Ok(objects)
}

/// Forgets the files of a bid that are not handed in; their objects are left to be erased.
pub(in crate::bids) async fn forget_begun(txn: &Txn, bid: BidId) -> Result<Vec<Uuid>> {
    let begun: Vec<AttachmentId> = begun(txn, &[bid]).await?.into_iter().map(|row| row.id).collect();
    Ok(forget(txn, &begun).await?.into_iter().map(|(_, object)| object).collect())
}

/// Which objects were whose.
async fn forget(txn: &Txn, ids: &[AttachmentId]) -> Result<Vec<(AttachmentId, Uuid)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // Files first, as the sweep has them.
    let files = Entity::find().select_only().column(Column::Id).filter(Column::Id.is_in(ids.iter().copied()));
    let files: Vec<AttachmentId> = files.order_by_asc(Column::Id).lock_exclusive().into_tuple().all(txn).await?;
    let of = || part::Column::FileId.is_in(files.iter().copied());
    let objects = part::Entity::find().filter(of()).all(txn).await?;
    part::Entity::delete_many().filter(of()).exec(txn).await?;
    Entity::delete_many().filter(Column::Id.is_in(ids.iter().copied())).exec(txn).await?;
    Ok(objects.into_iter().map(|row| (row.file_id, row.object)).collect())
}

/// Forgets what nothing has come of for long; how many.
pub(crate) async fn forget_stale(txn: &Txn, before: Instant, most: u64) -> Result<usize> {
    let stale: Vec<AttachmentId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Version.is_null())
        .filter(Column::FinishedAt.is_null())
        .filter(Column::TouchedAt.lt(before))
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

/// Those of these objects that belong to a file.
pub(crate) async fn known(conn: &impl Conn, objects: &[Uuid]) -> Result<Vec<Uuid>> {
    let known = part::Entity::find().filter(part::Column::Object.is_in(objects.iter().copied()));
    Ok(known.all(conn).await?.into_iter().map(|row| row.object).collect())
}

/// The objects of the files that go with the bids in force of a challenge.
pub(in crate::bids) async fn in_force(conn: &impl Conn, challenge: ChallengeId) -> Result<Vec<Uuid>> {
    let files: Vec<(AttachmentId, Option<i32>, Option<i32>)> = Entity::find()
        .inner_join(bid::Entity)
        .select_only()
        .columns([Column::Id, Column::Version])
        .column(bid::Column::InForce)
        .filter(bid::Column::ChallengeId.eq(challenge))
        .filter(bid::Column::InForce.is_not_null())
        .filter(Column::Version.is_not_null())
        .into_tuple()
        .all(conn)
        .await?;
    let ids: Vec<AttachmentId> =
        files.into_iter().filter(|(_, version, in_force)| version == in_force).map(|(id, ..)| id).collect();
    let mut objects = Vec::new();
    for some in ids.chunks(500) {
        let parts = part::Entity::find().filter(part::Column::FileId.is_in(some.iter().copied())).all(conn).await?;
        objects.extend(parts.into_iter().map(|row| row.object));
    }
    Ok(objects)
}

/// Which bids of a challenge have files that are not finished, whose they are, and how many.
pub(super) async fn unfinished(conn: &impl Conn, challenge: ChallengeId) -> Result<Vec<(BidId, OrganizationId, u64)>> {
    let rows: Vec<(BidId, OrganizationId)> = Entity::find()
        .inner_join(bid::Entity)
        .select_only()
        .column(Column::BidId)
        .column(bid::Column::BidderId)
        .filter(bid::Column::ChallengeId.eq(challenge))
        .filter(Column::Version.is_null())
        .filter(Column::FinishedAt.is_null())
        .order_by_asc(Column::BidId)
        .into_tuple()
        .all(conn)
        .await?;
    let mut found: Vec<(BidId, OrganizationId, u64)> = Vec::new();
    for (bid, bidder) in rows {
        match found.last_mut() {
            Some((last, _, many)) if *last == bid => *many += 1,
            _ => found.push((bid, bidder, 1)),
        }
    }
    Ok(found)
}

/// Of files, whichever submission they went with: their bids.
pub(super) async fn bids_of(conn: &impl Conn, ids: &[AttachmentId]) -> Result<HashMap<AttachmentId, Filed>> {
    let rows = Entity::find()
        .select_only()
        .columns([Column::Id, Column::BidId, Column::Version])
        .filter(Column::Id.is_in(ids.iter().copied()))
        .into_model::<Filed>()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Where a file belongs.
#[derive(Clone, Copy, FromQueryResult)]
pub(super) struct Filed {
    pub(super) id: AttachmentId,
    pub(super) bid_id: BidId,
    pub(super) version: Option<i32>,
}

/// Whether anything lies outside the database that it speaks of.
pub(crate) async fn any(conn: &impl Conn) -> Result<bool> {
    Ok(part::Entity::find().one(conn).await?.is_some())
}
