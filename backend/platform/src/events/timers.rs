//! Timers: what the clock has already made true is made visible. Rows, claimed once.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::TimerKind;
use super::model::timer::{ActiveModel, Column, Entity};
use crate::base::id::{Kind, TimerId};
use crate::base::{Instant, Result};
use crate::db::{Conn, Txn};

/// A timer that has fallen due.
#[derive(Clone, Debug)]
pub struct Due {
    /// Which.
    pub id: TimerId,
    /// What it does.
    pub kind: TimerKind,
    /// To which thing.
    pub subject: Uuid,
    /// When it fell due: what it does is dated so.
    pub run_at: Instant,
}

/// Sets a timer.
pub async fn set(txn: &Txn, kind: TimerKind, subject: Uuid, run_at: Instant) -> Result<()> {
    let row = ActiveModel {
        id: Set(TimerId::new()),
        kind: Set(kind.word().to_owned()),
        subject_id: Set(subject),
        run_at: Set(run_at),
        done_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Sets a timer, unless one waits for the same.
pub async fn see_to_it(txn: &Txn, kind: TimerKind, subject: Uuid, run_at: Instant) -> Result<()> {
    let waits = Entity::find()
        .filter(Column::Kind.eq(kind.word()))
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::DoneAt.is_null())
        .one(txn)
        .await?;
    if waits.is_some() { Ok(()) } else { set(txn, kind, subject, run_at).await }
}

/// Moves the timer of a thing, or takes it back.
pub async fn reset(txn: &Txn, kind: TimerKind, subject: Uuid, run_at: Option<Instant>) -> Result<()> {
    Entity::delete_many()
        .filter(Column::Kind.eq(kind.word()))
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::DoneAt.is_null())
        .exec(txn)
        .await?;
    match run_at {
        Some(run_at) => set(txn, kind, subject, run_at).await,
        None => Ok(()),
    }
}

/// The timer that has been due for longest.
pub async fn next_due(conn: &impl Conn, now: Instant) -> Result<Option<Due>> {
    let row = Entity::find()
        .filter(Column::DoneAt.is_null())
        .filter(Column::RunAt.lte(now))
        .order_by_asc(Column::RunAt)
        .order_by_asc(Column::Id)
        .one(conn)
        .await?;
    row.map(|row| Ok(Due { id: row.id, kind: row.kind.parse()?, subject: row.subject_id, run_at: row.run_at }))
        .transpose()
}

/// Claims a timer; false when somebody else had it.
pub async fn claim(txn: &Txn, timer: TimerId, now: Instant) -> Result<bool> {
    let claimed = Entity::update_many()
        .col_expr(Column::DoneAt, Expr::value(now))
        .filter(Expr::col(Column::Id).eq(timer))
        .filter(Column::DoneAt.is_null())
        .exec(txn)
        .await?;
    Ok(claimed.rows_affected == 1)
}
