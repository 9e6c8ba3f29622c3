//! The organizations' rows, as verbs need them.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::model::{ActiveModel, Column, Entity};
use crate::access::Member;
use crate::access::organizations::{MayCreate, MayRefuse, MayRegister, MayVerify, OrganizationFacts};
use crate::base::id::{Kind, OrganizationId};
use crate::base::uscc::Uscc;
use crate::base::words::{OrganizationKind, Verification};
use crate::base::{Error, Instant, Result};
use crate::db::{Conn, Txn};

/// An organization's name and codes, checked.
pub(super) struct Entry {
    pub name: String,
    pub kind: OrganizationKind,
    pub uscc: Uscc,
    pub registered_in_zone: bool,
}

/// Where an organization stands; it stays so until the transaction ends.
pub(super) async fn facts(txn: &Txn, id: OrganizationId) -> Result<Option<OrganizationFacts>> {
    let row = Entity::find_by_id(id).lock_exclusive().one(txn).await?;
    Ok(row.map(|row| OrganizationFacts { id: row.id, verification: row.verification }))
}

/// Holds an organization's row until the transaction ends: what is counted among its people does not change meanwhile.
pub(crate) async fn hold(txn: &Txn, id: OrganizationId) -> Result<()> {
    Entity::find_by_id(id).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)?;
    Ok(())
}

/// What an account's member organization is.
pub(crate) async fn member(conn: &impl Conn, id: OrganizationId) -> Result<Option<Member>> {
    let row = Entity::find_by_id(id).one(conn).await?;
    Ok(row.map(|row| Member { organization: row.id, kind: row.kind, verification: row.verification }))
}

pub(super) async fn create(txn: &Txn, _: MayCreate, entry: Entry, at: Instant) -> Result<OrganizationId> {
    insert(txn, entry, Verification::Verified, at).await
}

pub(super) async fn register(txn: &Txn, _: MayRegister, entry: Entry, at: Instant) -> Result<OrganizationId> {
    insert(txn, entry, Verification::Pending, at).await
}

async fn insert(txn: &Txn, entry: Entry, verification: Verification, at: Instant) -> Result<OrganizationId> {
    let id = OrganizationId::new();
    let row = ActiveModel {
        id: Set(id),
        name: Set(entry.name),
        kind: Set(entry.kind),
        uscc: Set(entry.uscc.as_str().to_owned()),
        verification: Set(verification),
        registered_in_zone: Set(entry.registered_in_zone),
        refusal: Set(None),
        created_at: Set(at),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

pub(super) async fn verify(txn: &Txn, _: MayVerify, id: OrganizationId, in_zone: bool) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Verification, Expr::value(Verification::Verified))
        .col_expr(Column::RegisteredInZone, Expr::value(in_zone))
        .col_expr(Column::Refusal, Expr::value(None::<String>))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

pub(super) async fn refuse(txn: &Txn, _: MayRefuse, id: OrganizationId, reason: &str) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Verification, Expr::value(Verification::Refused))
        .col_expr(Column::Refusal, Expr::value(reason))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}
