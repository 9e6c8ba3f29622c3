//! The installation's row.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::model::{ActiveModel, Column, Entity, Model};
use crate::accounts::model::user;
use crate::base::words::InstallationKind;
use crate::base::{Instant, Result};
use crate::db::{Conn, Txn};
use crate::organizations::model as organization;

const THE_ONE: i32 = 1;

pub(super) async fn installation(conn: &impl Conn) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(THE_ONE).one(conn).await?)
}

/// Whether somebody has been entered already.
pub(super) async fn is_used(conn: &impl Conn) -> Result<bool> {
    let people = user::Entity::find().count(conn).await?;
    Ok(people > 0 || organization::Entity::find().count(conn).await? > 0)
}

pub(super) async fn mark(txn: &Txn, kind: InstallationKind, since: Instant, clock_at: Option<Instant>) -> Result<()> {
    let row = ActiveModel { id: Set(THE_ONE), kind: Set(kind), since: Set(since), clock_at: Set(clock_at) };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
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
