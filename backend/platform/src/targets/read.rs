//! Reading the board. It is everybody's; what it is counted from is computed anew each time, in a fixed number of statements.

use std::collections::HashMap;

use anyhow::Context;
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, RelationTrait, Select,
};

use super::counting::{self, ProjectFacts, ProjectReason, TechnologyFacts, TechnologyReason, Verdict, Year};
use super::model::{Column, Entity, Model, value};
use super::set::YEARS;
use crate::access::Viewer;
use crate::base::error::FaultCode;
use crate::base::id::{ChallengeId, Kind, ProjectId, TargetId, TechnologyId};
use crate::base::words::{Comparator, LegalRoute, ProjectStatus, TargetMetric, TechnologyStatus};
use crate::base::{Cursor, Decimal, Error, Instant, Page, PageRequest, Result};
use crate::challenges::model as challenge;
use crate::db::{Conn, Direction, Keyset, Leading, per_parent};
use crate::library::{self, model as technology};
use crate::projects::model as project;

/// A target, and how far it has been reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetView {
    pub id: TargetId,
    pub year: i32,
    pub metric: TargetMetric,
    pub name: String,
    pub comparator: Comparator,
    pub value: Decimal,
    pub unit: String,
    /// Computed, or the latest recorded; none where nothing has been recorded.
    pub actual: Option<Decimal>,
    /// Whether the actual value meets the target.
    pub met: Option<bool>,
}

/// A thing that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A project, whether it counts, and why.
    Project(Verdict<ProjectId, ProjectReason>),
    /// A technology, whether it counts, and why.
    Technology(Verdict<TechnologyId, TechnologyReason>),
}

/// The board of a year, in its order.
pub async fn board(conn: &impl Conn, now: Instant, year: i32) -> Result<Vec<TargetView>> {
    let rows = Entity::find().filter(Column::Year.eq(year)).order_by_asc(Column::Position).all(conn).await?;
    views(conn, now, rows).await
}

/// Targets by their ids.
pub async fn by_ids(conn: &impl Conn, now: Instant, ids: &[TargetId]) -> Result<Vec<TargetView>> {
    let rows = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    views(conn, now, rows).await
}

/// One page of what was looked at for a target, oldest first: for the projects' target every project, for the library's every
/// technology that the viewer may see. Nothing for a target with recorded values.
pub async fn evidence(
    conn: &impl Conn,
    viewer: &Viewer,
    now: Instant,
    target: &TargetView,
    request: &PageRequest,
) -> Result<Page<Evidence>> {
    let year = year(target.year)?;
    match target.metric {
        TargetMetric::OpenCompetitionProjects => {
            let mut select = projects(year);
            let keyset =
                Keyset::by_id("counted_projects", (project::Entity, project::Column::Id), Direction::Ascending);
            keyset.apply(QueryTrait::query(&mut select), request)?;
            let rows: Vec<ProjectRow> = select.into_model().all(conn).await?;
            let verdicts = verdicts(conn, now, year, rows.iter().map(|row| row.challenge_id)).await?;
            let rows = rows.into_iter().filter_map(|row| verdicts.get(&row.id).copied()).collect();
            Ok(keyset
                .cut(rows, request, |one: &Verdict<_, _>| Cursor::by_id(one.subject.uuid()))
                .map(Evidence::Project))
        }
        TargetMetric::DisruptiveTechnologies => {
            let mut select = technologies(library::read::seen(viewer), year);
            let id = (technology::Entity, technology::Column::Id);
            let keyset = Keyset::by_id("counted_technologies", id, Direction::Ascending);
            keyset.apply(QueryTrait::query(&mut select), request)?;
            let rows: Vec<TechnologyRow> = select.into_model().all(conn).await?;
            let facts: Vec<_> = rows.into_iter().map(TechnologyRow::facts).collect();
            let rows = counting::library(&facts, year, now).verdicts;
            Ok(keyset.cut(rows, request, |one| Cursor::by_id(one.subject.uuid())).map(Evidence::Technology))
        }
        TargetMetric::Other => Ok(Page::empty()),
    }
}

/// How many things were looked at for a target, as far as the viewer may see them.
pub async fn evidence_count(conn: &impl Conn, viewer: &Viewer, target: &TargetView) -> Result<u64> {
    let year = year(target.year)?;
    match target.metric {
        TargetMetric::OpenCompetitionProjects => {
            Ok(project::Entity::find().filter(project::Column::CreatedAt.lt(year.end())).count(conn).await?)
        }
        TargetMetric::DisruptiveTechnologies => {
            Ok(library::read::seen(viewer).filter(technology::Column::NominatedAt.lt(year.end())).count(conn).await?)
        }
        TargetMetric::Other => Ok(0),
    }
}

/// Which of these projects count towards a year's target: of several of one challenge the first that does.
pub async fn projects_counting(
    conn: &impl Conn,
    now: Instant,
    of: i32,
    ids: &[(ProjectId, ChallengeId)],
) -> Result<Vec<ProjectId>> {
    let verdicts = verdicts(conn, now, year(of)?, ids.iter().map(|(_, challenge)| *challenge)).await?;
    let counts = |id: &ProjectId| verdicts.get(id).is_some_and(|verdict| verdict.counts);
    Ok(ids.iter().map(|(id, _)| *id).filter(counts).collect())
}

/// Which of these technologies, which the viewer has been shown, count towards a year's target.
pub async fn technologies_counting(
    conn: &impl Conn,
    now: Instant,
    of: i32,
    ids: &[TechnologyId],
) -> Result<Vec<TechnologyId>> {
    let year = year(of)?;
    let select = technologies(technology::Entity::find(), year);
    let select = select.filter(technology::Column::Id.is_in(ids.iter().copied()));
    let rows: Vec<TechnologyRow> = select.into_model().all(conn).await?;
    let facts: Vec<_> = rows.into_iter().map(TechnologyRow::facts).collect();
    let verdicts = counting::library(&facts, year, now).verdicts;
    Ok(verdicts.into_iter().filter(|verdict| verdict.counts).map(|verdict| verdict.subject).collect())
}

fn year(year: i32) -> Result<Year> {
    if !(YEARS.0..=YEARS.1).contains(&year) {
        return Err(Error::invalid("year", FaultCode::OutOfRange));
    }
    Year::of(year)
}

/// The verdicts on every project of these challenges.
async fn verdicts(
    conn: &impl Conn,
    now: Instant,
    year: Year,
    challenges: impl Iterator<Item = ChallengeId>,
) -> Result<HashMap<ProjectId, Verdict<ProjectId, ProjectReason>>> {
    let select = projects(year).filter(project::Column::ChallengeId.is_in(challenges));
    let facts = project_facts(conn, select).await?;
    let verdicts = counting::projects(&facts, year, now).verdicts;
    Ok(verdicts.into_iter().map(|verdict| (verdict.subject, verdict)).collect())
}

/// The projects that there were in a year or before.
fn projects(year: Year) -> Select<project::Entity> {
    use project::{Column, Entity};
    Entity::find()
        .select_only()
        .columns([Column::Id, Column::ChallengeId, Column::Status, Column::AgreementEffectiveAt, Column::EndedAt])
        .column(challenge::Column::LegalRoute)
        .join(JoinType::InnerJoin, project::Relation::Challenge.def())
        .filter(Column::CreatedAt.lt(year.end()))
}

/// In the order of ids: of several that would count for one challenge the oldest does.
async fn project_facts(conn: &impl Conn, select: Select<project::Entity>) -> Result<Vec<ProjectFacts>> {
    let rows: Vec<ProjectRow> = select.order_by_asc(project::Column::Id).into_model().all(conn).await?;
    rows.into_iter().map(ProjectRow::facts).collect()
}

#[derive(FromQueryResult)]
struct ProjectRow {
    id: ProjectId,
    challenge_id: ChallengeId,
    status: ProjectStatus,
    agreement_effective_at: Option<Instant>,
    ended_at: Option<Instant>,
    legal_route: Option<LegalRoute>,
}

impl ProjectRow {
    fn facts(self) -> Result<ProjectFacts> {
        Ok(ProjectFacts {
            project: self.id,
            challenge: self.challenge_id,
            route: self.legal_route.with_context(|| format!("{} has no route", self.challenge_id))?,
            status: self.status,
            agreement_effective_at: self.agreement_effective_at,
            ended_at: self.ended_at,
            // Nothing declares an agreement void yet.
            voided: false,
        })
    }
}

/// The technologies that had been put forward in a year or before.
fn technologies(select: Select<technology::Entity>, year: Year) -> Select<technology::Entity> {
    use technology::Column;
    select
        .select_only()
        .columns([Column::Id, Column::Status, Column::AdmittedAt])
        .filter(Column::NominatedAt.lt(year.end()))
}

#[derive(FromQueryResult)]
struct TechnologyRow {
    id: TechnologyId,
    status: TechnologyStatus,
    admitted_at: Option<Instant>,
}

impl TechnologyRow {
    fn facts(self) -> TechnologyFacts {
        // Nothing leaves the library yet.
        TechnologyFacts { technology: self.id, status: self.status, admitted_at: self.admitted_at, left_at: None }
    }
}

/// At most three statements, whatever is on the board.
async fn views(conn: &impl Conn, now: Instant, rows: Vec<Model>) -> Result<Vec<TargetView>> {
    let has = |metric: TargetMetric| rows.iter().any(|row| row.metric == metric);
    let Some(last) = rows.iter().map(|row| row.year).max() else { return Ok(Vec::new()) };
    let last = year(last)?;
    // What came after an earlier year does not count in it: the counting says so.
    let project_facts = match has(TargetMetric::OpenCompetitionProjects) {
        true => project_facts(conn, projects(last)).await?,
        false => Vec::new(),
    };
    let technology_facts: Vec<TechnologyFacts> = match has(TargetMetric::DisruptiveTechnologies) {
        true => {
            let rows: Vec<TechnologyRow> =
                technologies(technology::Entity::find(), last).into_model().all(conn).await?;
            rows.into_iter().map(TechnologyRow::facts).collect()
        }
        false => Vec::new(),
    };
    let recorded = rows.iter().filter(|row| row.metric == TargetMetric::Other).map(|row| row.id).collect::<Vec<_>>();
    let recorded = latest(conn, &recorded).await?;
    rows.into_iter()
        .map(|row| {
            let year = year(row.year)?;
            let count = |count: usize| Decimal::whole(i64::try_from(count).unwrap_or(i64::MAX));
            let actual = match row.metric {
                TargetMetric::OpenCompetitionProjects => {
                    Some(count(counting::projects(&project_facts, year, now).challenges))
                }
                TargetMetric::DisruptiveTechnologies => {
                    Some(count(counting::library(&technology_facts, year, now).items))
                }
                TargetMetric::Other => recorded.get(&row.id).copied(),
            };
            Ok(TargetView {
                met: actual.map(|actual| counting::met(row.comparator, actual, row.value)),
                actual,
                id: row.id,
                year: row.year,
                metric: row.metric,
                name: row.name,
                comparator: row.comparator,
                value: row.value,
                unit: row.unit,
            })
        })
        .collect()
}

/// The latest recorded value of each target: by its day, then by its age.
async fn latest(conn: &impl Conn, ids: &[TargetId]) -> Result<HashMap<TargetId, Decimal>> {
    use value::{Column, Entity, Model};
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut select = Entity::find().filter(Column::TargetId.is_in(ids.iter().copied()));
    let keyset =
        Keyset::by("values", (Entity, Column::AsOf), Leading::Text, (Entity, Column::Id), Direction::Descending);
    let first = PageRequest { first: 1, after: None };
    let statement = per_parent(conn, QueryTrait::query(&mut select), (Entity, Column::TargetId), &keyset, &first)?;
    let mut latest = HashMap::new();
    // In the order of their places: the first of each target is its latest.
    for row in Model::find_by_statement(statement).all(conn).await? {
        latest.entry(row.target_id).or_insert(row.value);
    }
    Ok(latest)
}
