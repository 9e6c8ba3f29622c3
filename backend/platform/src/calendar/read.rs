//! Reading the calendar.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use anyhow::Context;
use chrono::NaiveDate;
use sea_orm::FromQueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use super::Calendar;
use super::model::{self, day};
use crate::base::Result;
use crate::base::words::DayKind;
use crate::db::Conn;

/// What has been loaded of these years, in one statement. What has not been is an error only where a computation meets it.
pub async fn calendar(conn: &impl Conn, years: RangeInclusive<i32>) -> Result<Calendar> {
    let mut select = Query::select();
    select
        .column((model::Entity, model::Column::Year))
        .column((day::Entity, day::Column::Day))
        .column((day::Entity, day::Column::Kind))
        .from(model::Entity)
        .left_join(
            day::Entity,
            Expr::col((day::Entity, day::Column::Year)).equals((model::Entity, model::Column::Year)),
        )
        .and_where(Expr::col((model::Entity, model::Column::Year)).between(*years.start(), *years.end()));
    let mut loaded = BTreeSet::new();
    let mut days = BTreeMap::new();
    for row in conn.query_all(&select).await? {
        let row = Row::from_query_result(&row, "")?;
        loaded.insert(row.year);
        if let (Some(day), Some(kind)) = (row.day, row.kind) {
            days.insert(day.parse::<NaiveDate>().context("a day of the calendar")?, kind);
        }
    }
    Ok(Calendar::new(loaded, days))
}

#[derive(FromQueryResult)]
struct Row {
    year: i32,
    day: Option<String>,
    kind: Option<DayKind>,
}
