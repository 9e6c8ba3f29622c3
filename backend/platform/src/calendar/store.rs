//! Writing the calendar.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::load::CalendarFile;
use super::model::{self, day};
use crate::base::words::DayKind;
use crate::base::{Instant, Result};
use crate::db::Txn;

/// Puts a year in place of whatever was held of it.
pub(super) async fn replace(txn: &Txn, file: &CalendarFile, at: Instant) -> Result<()> {
    day::Entity::delete_many().filter(day::Column::Year.eq(file.year)).exec(txn).await?;
    model::Entity::delete_by_id(file.year).exec(txn).await?;
    let year = model::ActiveModel { year: Set(file.year), source: Set(file.source.clone()), loaded_at: Set(at) };
    model::Entity::insert(year).exec_without_returning(txn).await?;
    let row = |day: chrono::NaiveDate, kind: DayKind, name: &str| day::ActiveModel {
        day: Set(day.to_string()),
        year: Set(file.year),
        kind: Set(kind),
        name: Set(name.to_owned()),
    };
    let holidays = file
        .holidays
        .iter()
        .flat_map(|holiday| holiday.days().map(move |day| row(day, DayKind::Holiday, &holiday.name)));
    let makeup = file.makeup.iter().map(|day| row(*day, DayKind::MakeupWorkday, "调休"));
    let rows: Vec<_> = holidays.chain(makeup).collect();
    if !rows.is_empty() {
        day::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}
