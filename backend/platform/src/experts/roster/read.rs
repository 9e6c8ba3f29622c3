//! Reading the roster: the viewer first, narrowed in SQL, in batches. Phones, and the names of people, are masked for all but whose they
//! are; `revealExpert` tells them for a purpose.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::model::{Column, Entity, Model, field, relation};
use super::{masked_name, masked_phone, store};
use crate::access::Viewer;
use crate::access::experts::{self as policy, ExpertFacts, JudgeFacts, MayName, RelationFacts, Relations, Seen};
use crate::accounts::model::user;
use crate::base::id::{ExpertId, ExpertRelationId, Kind, OrganizationId, UserId};
use crate::base::words::{Domain, JudgeKind, RelationKind};
use crate::base::{Cursor, Instant, Page, PageRequest, Result};
use crate::db::{Conn, Direction, Keyset, per_parent};
use crate::rules;

/// An expert, as this viewer is shown it.
#[derive(Clone, Debug)]
pub struct ExpertView {
    pub id: ExpertId,
    pub user: UserId,
    pub organization: Option<OrganizationId>,
    /// What the expert judges by; none once the account judges no more.
    pub kind: Option<JudgeKind>,
    pub title: String,
    pub years: i32,
    /// Masked but for the expert itself.
    pub phone: String,
    pub unavailable_until: Option<NaiveDate>,
    pub confirmed_at: Option<Instant>,
    pub version: i32,
    /// What policy asks of it.
    judge: JudgeFacts,
    facts: ExpertFacts,
}

/// A relation, as this viewer is shown it.
#[derive(Clone, Debug)]
pub struct RelationView {
    pub id: ExpertRelationId,
    pub expert: ExpertId,
    pub kind: RelationKind,
    pub organization: Option<OrganizationId>,
    /// Masked but for the expert itself, where it is none of an organization that is registered here.
    pub name: String,
    pub from: String,
    pub until: Option<String>,
    pub ended_because: Option<String>,
    /// Whether it counts: the expert recorded it, or a second organizer has found it true.
    pub confirmed: bool,
    /// What policy asks of it.
    facts: RelationFacts,
}

/// Narrows a list; what is not given does not narrow.
#[derive(Clone, Debug, Default)]
pub struct ExpertFilter {
    pub fields: Option<Vec<Domain>>,
    pub kind: Option<JudgeKind>,
    /// Whether an organizer vouches for it now, as the rules in force have it.
    pub confirmed: Option<bool>,
    /// Since when it has to have been confirmed for that: [`vouched_since`].
    pub since: Option<Instant>,
}

/// What an expert carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Reviews that it sits in now.
    pub open: u64,
    /// How often it was drawn in the last 365 days.
    pub drawn: u64,
}

/// The experts that the viewer may see, oldest first.
pub async fn page(
    conn: &impl Conn,
    viewer: &Viewer,
    filter: &ExpertFilter,
    request: &PageRequest,
) -> Result<Page<ExpertView>> {
    let mut select = filtered(viewer, filter);
    let keyset = Keyset::by_id("experts", (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let page = keyset.cut(select.all(conn).await?, request, |row| Cursor::by_id(row.id.uuid()));
    let users = people(conn, &page.rows.iter().map(|(_, row)| row.user_id).collect::<Vec<_>>()).await?;
    Ok(page.map(|row| view(viewer, row, &users)))
}

/// Since when an expert has to have been confirmed for the confirmation to hold now.
pub async fn vouched_since(conn: &impl Conn, now: Instant) -> Result<Instant> {
    let days = rules::current(conn).await?.numbers.expert_confirmed_days;
    Ok(now - chrono::TimeDelta::days(days.into()))
}

/// How many experts the viewer may see.
pub async fn count(conn: &impl Conn, viewer: &Viewer, filter: &ExpertFilter) -> Result<u64> {
    Ok(filtered(viewer, filter).count(conn).await?)
}

/// Those of `ids` that the viewer may see.
pub async fn by_ids(conn: &impl Conn, viewer: &Viewer, ids: &[ExpertId]) -> Result<Vec<ExpertView>> {
    let rows = seen(viewer).filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    let users = people(conn, &rows.iter().map(|row| row.user_id).collect::<Vec<_>>()).await?;
    Ok(rows.into_iter().map(|row| view(viewer, row, &users)).collect())
}

/// What the viewer has stated of itself.
pub async fn own(conn: &impl Conn, viewer: &Viewer) -> Result<Option<ExpertView>> {
    let Some(user) = viewer.user() else { return Ok(None) };
    let rows = seen(viewer).filter(Column::UserId.eq(user)).all(conn).await?;
    let users = people(conn, &rows.iter().map(|row| row.user_id).collect::<Vec<_>>()).await?;
    Ok(rows.into_iter().next().map(|row| view(viewer, row, &users)))
}

/// The fields of these experts, who have been shown to the viewer.
pub async fn fields(conn: &impl Conn, ids: &[ExpertId]) -> Result<HashMap<ExpertId, Vec<Domain>>> {
    let rows = field::Entity::find().filter(field::Column::ExpertId.is_in(ids.iter().copied())).all(conn).await?;
    let mut found: HashMap<ExpertId, Vec<Domain>> = HashMap::new();
    for row in rows {
        found.entry(row.expert_id).or_default().push(row.domain.parse()?);
    }
    found.values_mut().for_each(|fields| fields.sort_unstable());
    Ok(found)
}

/// One page of what stands between each of these experts and others, oldest first.
pub async fn relations(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[ExpertId],
    request: &PageRequest,
) -> Result<HashMap<ExpertId, Page<RelationView>>> {
    let owners: HashMap<ExpertId, UserId> = seen(viewer)
        .select_only()
        .columns([Column::Id, Column::UserId])
        .filter(Column::Id.is_in(ids.iter().copied()))
        .into_tuple::<(ExpertId, UserId)>()
        .all(conn)
        .await?
        .into_iter()
        .collect();
    let mut select = relation::Entity::find().filter(relation::Column::ExpertId.is_in(owners.keys().copied()));
    let keyset = Keyset::by_id("expert_relations", (relation::Entity, relation::Column::Id), Direction::Ascending);
    let parent = (relation::Entity, relation::Column::ExpertId);
    let statement = per_parent(conn, QueryTrait::query(&mut select), parent, &keyset, request)?;
    let mut pages: HashMap<ExpertId, Vec<RelationView>> = HashMap::new();
    for row in relation::Model::find_by_statement(statement).all(conn).await? {
        let Some(user) = owners.get(&row.expert_id) else { continue };
        let view = relation_view(row, *user, policy::sees_whole(viewer, *user));
        pages.entry(view.expert).or_default().push(view);
    }
    let cursor = |row: &RelationView| Cursor::by_id(row.id.uuid());
    Ok(pages.into_iter().map(|(id, rows)| (id, keyset.cut(rows, request, cursor))).collect())
}

/// How much stands between each of these experts and others, as far as the viewer sees them.
pub async fn relation_counts(conn: &impl Conn, viewer: &Viewer, ids: &[ExpertId]) -> Result<HashMap<ExpertId, u64>> {
    let own = QueryTrait::into_query(seen(viewer).select_only().column(Column::Id));
    let rows: Vec<(ExpertId, i64)> = relation::Entity::find()
        .select_only()
        .column(relation::Column::ExpertId)
        .column_as(relation::Column::Id.count(), "count")
        .filter(relation::Column::ExpertId.is_in(ids.iter().copied()))
        .filter(relation::Column::ExpertId.in_subquery(own))
        .group_by(relation::Column::ExpertId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

pub use crate::experts::read::loads;

/// How many relations are kept of each of these experts, for what could be done to them.
pub async fn relations_there(conn: &impl Conn, ids: &[ExpertId]) -> Result<HashMap<ExpertId, Relations>> {
    let rows: Vec<(ExpertId, i64, i64)> = relation::Entity::find()
        .select_only()
        .column(relation::Column::ExpertId)
        .column_as(relation::Column::ConfirmedBy.count(), "confirmed")
        .column_as(relation::Column::Id.count(), "every")
        .filter(relation::Column::ExpertId.is_in(ids.iter().copied()))
        .group_by(relation::Column::ExpertId)
        .into_tuple()
        .all(conn)
        .await?;
    let there = |(id, confirmed, all): (ExpertId, i64, i64)| {
        (id, Relations { confirmed: confirmed.unsigned_abs(), all: all.unsigned_abs() })
    };
    Ok(rows.into_iter().map(there).collect())
}

/// The names and notes behind the relations of an expert, for whoever has said what for.
pub(super) async fn names(conn: &impl Conn, id: ExpertId) -> Result<Vec<(ExpertRelationId, String, Option<String>)>> {
    let rows = relation::Entity::find()
        .filter(relation::Column::ExpertId.eq(id))
        .order_by_asc(relation::Column::Id)
        .limit(2 * policy::MOST_RELATIONS)
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name, row.note)).collect())
}

fn seen(viewer: &Viewer) -> Select<Entity> {
    match policy::sees(viewer) {
        Seen::All => Entity::find(),
        Seen::Own(user) => Entity::find().filter(Column::UserId.eq(user)),
        Seen::Nobody => Entity::find().filter(Expr::value(false)),
    }
}

fn filtered(viewer: &Viewer, filter: &ExpertFilter) -> Select<Entity> {
    let mut select = seen(viewer);
    if let Some(fields) = &filter.fields {
        let such = Query::select()
            .column(field::Column::ExpertId)
            .from(field::Entity)
            .and_where(field::Column::Domain.is_in(fields.iter().map(|domain| domain.word())))
            .take();
        select = select.filter(Column::Id.in_subquery(such));
    }
    if let Some(kind) = filter.kind {
        let such = Query::select()
            .column(user::Column::Id)
            .from(user::Entity)
            .and_where(user::Column::JudgeKind.eq(kind))
            .take();
        select = select.filter(Column::UserId.in_subquery(such));
    }
    match filter.confirmed {
        Some(true) => select.filter(Column::ConfirmedAt.gt(filter.since)),
        Some(false) => select.filter(Column::ConfirmedAt.is_null().or(Column::ConfirmedAt.lte(filter.since))),
        None => select,
    }
}

type People = HashMap<UserId, (Option<OrganizationId>, Option<JudgeKind>)>;

async fn people(conn: &impl Conn, users: &[UserId]) -> Result<People> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(UserId, Option<OrganizationId>, Option<JudgeKind>)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::OrganizationId, user::Column::JudgeKind])
        .filter(user::Column::Id.is_in(users.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().map(|(id, organization, kind)| (id, (organization, kind))).collect())
}

fn view(viewer: &Viewer, row: Model, people: &People) -> ExpertView {
    let (organization, kind) = people.get(&row.user_id).copied().unwrap_or_default();
    let whole = policy::sees_whole(viewer, row.user_id);
    let (judge, facts) = (store::judge_facts(row.user_id, Some(&row)), store::facts(&row));
    ExpertView {
        id: row.id,
        user: row.user_id,
        organization,
        kind,
        title: row.title,
        years: row.years,
        phone: if whole { row.phone } else { masked_phone(&row.phone) },
        unavailable_until: row.unavailable_until.and_then(|day| day.parse().ok()),
        confirmed_at: row.confirmed_at,
        version: row.version,
        judge,
        facts,
    }
}

fn relation_view(row: relation::Model, user: UserId, whole: bool) -> RelationView {
    let told = whole || row.organization_id.is_some();
    let facts = store::relation_facts(&row, user);
    RelationView {
        id: row.id,
        expert: row.expert_id,
        kind: row.kind,
        organization: row.organization_id,
        name: if told { row.name } else { masked_name(&row.name) },
        from: row.from_day,
        until: row.to_day,
        ended_because: row.ended_because,
        confirmed: facts.confirmed,
        facts,
    }
}

/// The mutations of this slice that would be accepted from the viewer on a relation now.
pub fn relation_actions(viewer: &Viewer, view: &RelationView) -> Vec<&'static str> {
    let named = |asked: &dyn Fn(MayName) -> bool| policy::may_name(viewer).is_ok_and(asked);
    let offers = [
        ("confirmExpertRelation", named(&|leave| policy::may_confirm_relation(leave, Some(&view.facts)).is_ok())),
        ("endExpertRelation", named(&|leave| policy::may_end_relation(leave, Some(&view.facts)).is_ok())),
    ];
    offers.into_iter().filter(|(_, offered)| *offered).map(|(name, _)| name).collect()
}

/// The mutations of this slice that would be accepted from the viewer on an expert now, of whom so many relations are kept.
pub fn actions(viewer: &Viewer, view: &ExpertView, relations: Relations) -> Vec<&'static str> {
    let named = |asked: &dyn Fn(MayName) -> bool| policy::may_name(viewer).is_ok_and(asked);
    let offers = [
        ("stateExpertise", named(&|leave| policy::may_state(leave, Some(&view.judge), false).is_ok())),
        ("recordExpertRelation", named(&|leave| policy::may_relate(leave, Some(&view.facts), relations).is_ok())),
        ("confirmExpert", named(&|leave| policy::may_confirm(leave, Some(&view.facts)).is_ok())),
        ("revealExpert", policy::may_reveal(viewer, Some(&view.facts)).is_ok()),
    ];
    offers.into_iter().filter(|(_, offered)| *offered).map(|(name, _)| name).collect()
}
