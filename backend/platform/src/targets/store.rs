//! Writing targets. Every write of a person takes its proof; the operator's is the load of a file.

use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use super::load::TargetFile;
use super::model::{ActiveModel, Column, Entity, Model, value};
use crate::access::targets::{MayRecord, MaySetTarget, TargetFacts};
use crate::base::id::{Kind, TargetId, TargetValueId, UserId};
use crate::base::words::{Comparator, TargetMetric};
use crate::base::{Decimal, Error, Instant, Reason, Result};
use crate::db::{Conn, Txn};

/// What policy asks of a target.
pub(super) async fn facts(conn: &impl Conn, id: TargetId) -> Result<TargetFacts> {
    let row = Entity::find_by_id(id).one(conn).await?.ok_or(Error::Hidden)?;
    Ok(TargetFacts { id: row.id, metric: row.metric })
}

/// A target as it is to be.
#[derive(Clone, Debug)]
pub(super) struct NewTarget {
    pub(super) year: i32,
    pub(super) metric: TargetMetric,
    pub(super) name: String,
    pub(super) comparator: Comparator,
    pub(super) value: Decimal,
    pub(super) unit: String,
}

/// Sets a target anew, or replaces the one of this year that has the same computed metric or the same name.
pub(super) async fn set(txn: &Txn, _: MaySetTarget, new: NewTarget) -> Result<TargetId> {
    let Some(held) = same(txn, &new).await? else {
        let position = next_position(txn, new.year).await?;
        return insert(txn, new, position).await;
    };
    if held.metric != new.metric {
        return Err(Error::Conflict(Reason::TargetExists));
    }
    let row = ActiveModel {
        id: Set(held.id),
        name: Set(new.name),
        comparator: Set(new.comparator),
        value: Set(new.value),
        unit: Set(new.unit),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(held.id)
}

async fn same(txn: &Txn, new: &NewTarget) -> Result<Option<Model>> {
    let select = Entity::find().filter(Column::Year.eq(new.year)).lock_exclusive();
    let select = match new.metric {
        TargetMetric::OpenCompetitionProjects | TargetMetric::DisruptiveTechnologies => {
            select.filter(Column::Metric.eq(new.metric))
        }
        TargetMetric::Other => select.filter(Column::Name.eq(&new.name)),
    };
    Ok(select.one(txn).await?)
}

async fn next_position(txn: &Txn, year: i32) -> Result<i32> {
    let last: Option<Option<i32>> = Entity::find()
        .select_only()
        .column_as(Column::Position.max(), "last")
        .filter(Column::Year.eq(year))
        .into_tuple()
        .one(txn)
        .await?;
    Ok(last.flatten().unwrap_or(0) + 1)
}

async fn insert(txn: &Txn, new: NewTarget, position: i32) -> Result<TargetId> {
    let id = TargetId::new();
    let row = ActiveModel {
        id: Set(id),
        year: Set(new.year),
        metric: Set(new.metric),
        name: Set(new.name),
        comparator: Set(new.comparator),
        value: Set(new.value),
        unit: Set(new.unit),
        position: Set(position),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

/// What was reached, as of which day, by which source.
#[derive(Clone, Debug)]
pub(super) struct NewValue {
    pub(super) as_of: NaiveDate,
    pub(super) value: Decimal,
    pub(super) source: String,
    pub(super) at: Instant,
}

pub(super) async fn record(txn: &Txn, proof: MayRecord, new: NewValue) -> Result<TargetValueId> {
    keep(txn, proof.target(), Some(proof.by()), new).await
}

async fn keep(txn: &Txn, target: TargetId, by: Option<UserId>, new: NewValue) -> Result<TargetValueId> {
    let id = TargetValueId::new();
    let row = value::ActiveModel {
        id: Set(id),
        target_id: Set(target),
        as_of: Set(new.as_of.to_string()),
        value: Set(new.value),
        source: Set(new.source),
        recorded_by: Set(by),
        at: Set(new.at),
    };
    value::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

/// Whether a year has targets.
pub(super) async fn has_any(conn: &impl Conn, year: i32) -> Result<bool> {
    Ok(Entity::find().filter(Column::Year.eq(year)).count(conn).await? > 0)
}

/// The operator's load of a year's board.
pub(super) async fn load(txn: &Txn, file: &TargetFile, with_recorded: bool, at: Instant) -> Result<()> {
    for (position, entry) in (1..).zip(&file.targets) {
        let target = insert(txn, entry.target(file.year), position).await?;
        for recorded in entry.recorded.iter().filter(|_| with_recorded) {
            keep(txn, target, None, recorded.value(at)).await?;
        }
    }
    Ok(())
}
