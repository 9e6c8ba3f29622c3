//! The installation's row.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::model::{ActiveModel, Column, Entity, Model};
use sea_orm::prelude::Uuid;

use crate::base::words::InstallationKind;
use crate::base::{Instant, Result};
use crate::db::{Conn, Txn};

const THE_ONE: i32 = 1;

pub(super) async fn installation(conn: &impl Conn) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(THE_ONE).one(conn).await?)
}

pub(super) async fn mark(txn: &Txn, kind: InstallationKind, since: Instant) -> Result<()> {
    let row =
        ActiveModel { id: Set(THE_ONE), kind: Set(kind), since: Set(since), clock_at: Set(None), files_id: Set(None) };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// By what name the objects of this installation are found: this one, unless it has one.
pub(super) async fn files_id(txn: &Txn, new: Uuid) -> Result<Uuid> {
    Entity::update_many()
        .col_expr(Column::FilesId, Expr::value(new))
        .filter(Column::Id.eq(THE_ONE))
        .filter(Column::FilesId.is_null())
        .exec(txn)
        .await?;
    Ok(installation(txn).await?.and_then(|row| row.files_id).unwrap_or(new))
}

/// The first position of a rehearsal's clock.
pub(super) async fn start_clock(txn: &Txn, at: Instant) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::ClockAt, Expr::value(at))
        .filter(Column::Id.eq(THE_ONE))
        .filter(Column::Kind.eq(InstallationKind::Rehearsal))
        .filter(Column::ClockAt.is_null())
        .exec(txn)
        .await?;
    Ok(())
}

/// Where a rehearsal's clock was left; it stays so until the transaction ends.
pub(super) async fn locked_clock(txn: &Txn) -> Result<Option<Instant>> {
    Ok(Entity::find_by_id(THE_ONE).lock_exclusive().one(txn).await?.and_then(|row| row.clock_at))
}

/// Never runs back: of two that note a position the later one stays.
pub(super) async fn keep_clock(txn: &Txn, at: Instant) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::ClockAt, Expr::value(at))
        .filter(Column::Id.eq(THE_ONE))
        .filter(Column::Kind.eq(InstallationKind::Rehearsal))
        .filter(Column::ClockAt.lt(at))
        .exec(txn)
        .await?;
    Ok(())
}
