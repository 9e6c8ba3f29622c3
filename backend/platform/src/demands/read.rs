//! Reading demands: the viewer first, narrowed in SQL, in batches. What has been listed is everybody's; opinions, interests, matches
//! and invitations are not, whoever sees the demand.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, SelectTwo,
};

use super::content::{Goal, OpenResource};
use super::find;
use super::matching::{self, Profile, Reason, Wanted};
use super::model::{Column, Entity, Model, batch, expert, interest, invitation, opinion, qualification, word};
use super::money::Span;
use super::store;
use crate::access::Viewer;
use crate::access::challenges::Reach;
use crate::access::demands::{self as policy, DemandFacts, Heard};
use crate::base::clock::china_day;
use crate::base::id::{DemandId, InterestId, InvitationId, Kind, OpinionId, OrganizationId, ReleaseBatchId, UserId};
use crate::base::words::{
    CooperationMode, DemandStatus, Domain, OpinionGiver, OpinionVerdict, OrganizationKind, ScenarioScale, Verification,
};
use crate::base::{Cursor, Fen, Instant, Page, PageRequest, Result};
use crate::capabilities::model as capability;
use crate::db::{Conn, Direction, Keyset, Leading, per_parent};
use crate::organizations::model as organization;
use crate::organizations::read::OrganizationView;
use crate::search::{self, Shelf};

/// A demand, as it is shown to whoever may see it.
#[derive(Clone, Debug)]
pub struct DemandView {
    pub id: DemandId,
    pub title: String,
    pub domain: Option<Domain>,
    pub scale: Option<ScenarioScale>,
    pub site: String,
    pub pain_points: String,
    pub content: String,
    pub goals: Vec<Goal>,
    pub open_resources: Vec<OpenResource>,
    pub technical_requirements: String,
    pub cooperation: Option<CooperationMode>,
    pub budget_from: Option<Fen>,
    pub budget_to: Option<Fen>,
    pub schedule: String,
    pub contact: String,
    pub status: DemandStatus,
    pub department: OrganizationView,
    /// For the department and those who run the pool.
    pub author: Option<UserId>,
    /// Why it was last sent back, ended or merged: for the same.
    pub reason: Option<String>,
    pub submitted_at: Option<Instant>,
    pub listed_at: Option<Instant>,
    pub batch: Option<ReleaseBatchId>,
    /// Whether this one is shown is asked of it.
    pub merged_into: Option<DemandId>,
    pub version: i32,
    /// What policy asks of it.
    pub facts: DemandFacts,
    ordered_at: Instant,
}

/// An opinion, as it is shown to whoever may see it.
#[derive(Clone, Debug)]
pub struct OpinionView {
    pub id: OpinionId,
    pub demand: DemandId,
    pub round: i32,
    pub giver: OpinionGiver,
    pub verdict: OpinionVerdict,
    pub text: String,
    pub at: Instant,
    /// Not for the department.
    pub author: Option<UserId>,
}

/// A release batch.
#[derive(Clone, Debug)]
pub struct BatchView {
    pub id: ReleaseBatchId,
    pub code: String,
    pub year: i32,
    pub number: i32,
    pub title: String,
    pub released_at: Instant,
}

/// A registered interest.
#[derive(Clone, Debug)]
pub struct InterestView {
    pub id: InterestId,
    pub demand: DemandId,
    pub organization: OrganizationId,
    pub note: String,
    pub registered_at: Instant,
    /// The own alone is shown once it was taken back.
    pub withdrawn_at: Option<Instant>,
}

/// An invitation.
#[derive(Clone, Debug)]
pub struct InvitationView {
    pub id: InvitationId,
    pub demand: DemandId,
    pub organization: OrganizationId,
    pub message: String,
    pub at: Instant,
}

/// Who matches, and why.
#[derive(Clone, Debug)]
pub struct MatchView {
    pub demand: DemandId,
    pub organization: OrganizationId,
    pub reasons: Vec<Reason>,
    /// Shown beside; it changes nothing.
    pub interested: bool,
    pub invited_at: Option<Instant>,
}

/// Narrows a list; what is not given does not narrow.
#[derive(Clone, Debug, Default)]
pub struct DemandFilter {
    /// Words that it says, or its department's name.
    pub text: Option<String>,
    pub domains: Option<Vec<Domain>>,
    pub statuses: Option<Vec<DemandStatus>>,
    pub department: Option<String>,
    pub batch: Option<String>,
    /// Both ends of the money looked for, in 分, included: a demand fits whose own range meets it.
    pub budget_from: Option<String>,
    pub budget_to: Option<String>,
}

/// The orders of a list: by the time of listing, of what is not listed by the time of drafting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemandOrder {
    NewestFirst,
    OldestFirst,
}

/// The demands that the viewer may see.
pub async fn page(
    conn: &impl Conn,
    viewer: &Viewer,
    filter: &DemandFilter,
    order: DemandOrder,
    request: &PageRequest,
) -> Result<Page<DemandView>> {
    let (name, direction) = match order {
        DemandOrder::NewestFirst => ("demands_from_newest", Direction::Descending),
        DemandOrder::OldestFirst => ("demands_from_oldest", Direction::Ascending),
    };
    let keyset = Keyset::by(name, (Entity, Column::OrderedAt), Leading::Instant, (Entity, Column::Id), direction);
    let along = Keyset::by(name, search::Order::Listed.column(), Leading::Millis, search::ID, direction);
    // Each walk begins behind the cursor and ends with the page: what is left to do is to put them together.
    let found = walks(conn, viewer, filter, |walk| along.apply(walk, request)).await?;
    let rows = match found {
        None => Vec::new(),
        Some(found) => {
            let mut select = seen(viewer).filter(Column::Id.in_subquery(found));
            keyset.apply(QueryTrait::query(&mut select), &PageRequest { first: request.first, after: None })?;
            select.all(conn).await?
        }
    };
    let views = views(conn, viewer, rows).await?;
    Ok(keyset.cut(views, request, |view| Cursor::by_instant(view.ordered_at, view.id.uuid())))
}

/// How many demands the viewer may see.
pub async fn count(conn: &impl Conn, viewer: &Viewer, filter: &DemandFilter) -> Result<u64> {
    let Some(found) = walks(conn, viewer, filter, |_| Ok(())).await? else { return Ok(0) };
    counted_in(conn, found).await
}

/// How many rows a select has.
async fn counted_in(conn: &impl Conn, select: SelectStatement) -> Result<u64> {
    let many = Query::select().expr_as(Expr::cust("count(*)"), "many").from_subquery(select, "found").take();
    let row = conn.query_one(&many).await?.ok_or_else(|| anyhow::anyhow!("a count has a row"))?;
    Ok(row.try_get::<i64>("", "many")?.unsigned_abs())
}

/// The ids of the demands that are asked for, of each shelf that the viewer is led along as far as `bound` goes.
async fn walks(
    conn: &impl Conn,
    viewer: &Viewer,
    filter: &DemandFilter,
    bound: impl Fn(&mut SelectStatement) -> Result<()>,
) -> Result<Option<SelectStatement>> {
    let Some(wanted) = find::read(filter)? else { return Ok(None) };
    let scarce = match wanted.money {
        Some(money) => scarce(conn, money).await?,
        None => false,
    };
    let mut walks = Vec::new();
    for (shelf, sought) in wanted.shelves(&policy::sees(viewer)) {
        let counts = search::rarest_first(conn, shelf, &sought).await?;
        for sought in sought {
            // Counted among the listed; of the others nobody knows.
            let mut walk = match wanted.money {
                Some(money) if scarce && shelf == Shelf::Demands => {
                    // Side by side and not in one condition: SQLite would look through the index.
                    let [mut any, one, other] = cases(money).map(listed);
                    any.unions([(UnionType::All, one), (UnionType::All, other)]);
                    search::found_among(shelf, &sought, any)
                }
                Some(money) => {
                    let such = Query::select()
                        .expr(Expr::value(1))
                        .from(Entity)
                        .and_where(Expr::col((Entity, Column::Id)).equals(search::ID))
                        .and_where(Column::MoneyLow.lte(money.high))
                        .and_where(Column::MoneyHigh.gte(money.low))
                        .take();
                    let mut walk = search::found(shelf, &sought.led(&counts), search::Order::Listed);
                    walk.and_where(Expr::exists(such)).take()
                }
                None => search::found(shelf, &sought.led(&counts), search::Order::Listed),
            };
            walk.expr_as(Expr::col(search::ID), "id");
            bound(&mut walk)?;
            let name = format!("walk{}", walks.len());
            walks.push(Query::select().column("id").from_subquery(walk, name).take());
        }
    }
    Ok(together(walks))
}

fn together(selects: Vec<SelectStatement>) -> Option<SelectStatement> {
    let mut all = selects.into_iter();
    let mut first = all.next()?;
    first.unions(all.map(|other| (UnionType::Distinct, other)));
    Some(first)
}

/// Up to here demands are counted: what is more frequent is met soon enough along any walk.
const COUNTED: u64 = 1_000;

/// Whether so few listed demands are about such money that they are looked through rather than walked to.
async fn scarce(conn: &impl Conn, money: Span) -> Result<bool> {
    // Case by case: an index has each of them together.
    let some = |(number, case): (usize, Condition)| {
        let some = listed(case).limit(COUNTED).take();
        Query::select().column("id").from_subquery(some, format!("case{number}")).take()
    };
    let Some(some) = together(cases(money).into_iter().enumerate().map(some).collect()) else { return Ok(false) };
    Ok(counted_in(conn, some).await? < COUNTED)
}

/// The ids of the listed demands that are such.
fn listed(such: Condition) -> SelectStatement {
    let listed = Expr::col((Entity, Column::ListedAt)).is_not_null();
    Query::select().column((Entity, Column::Id)).from(Entity).and_where(listed).cond_where(such).take()
}

/// Where in their indexes the demands are whose own money, of which either end may be open, meets what is looked for. Of what names
/// no money at all it cannot be said.
fn cases(money: Span) -> [Condition; 3] {
    let node = Column::MoneyNode;
    [
        Condition::all().add(node.between(money.low, money.high)),
        Condition::all().add(node.is_in(money.before())).add(Column::MoneyHigh.gte(money.low)),
        Condition::all().add(node.is_in(money.behind())).add(Column::MoneyLow.lte(money.high)),
    ]
}

/// Those of `ids` that the viewer may see.
pub async fn by_ids(conn: &impl Conn, viewer: &Viewer, ids: &[DemandId]) -> Result<Vec<DemandView>> {
    let rows = seen(viewer).filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    views(conn, viewer, rows).await
}

/// What each of these demands, which the viewer has been shown, looks for besides its domain.
pub async fn wanted(conn: &impl Conn, ids: &[DemandId]) -> Result<HashMap<DemandId, Wanted>> {
    let mut found: HashMap<DemandId, Wanted> = HashMap::new();
    let words = word::Entity::find()
        .filter(word::Column::DemandId.is_in(ids.iter().copied()))
        .order_by_asc(word::Column::Position)
        .all(conn)
        .await?;
    for row in words {
        found.entry(row.demand_id).or_default().words.push(row.word);
    }
    let kinds = qualification::Entity::find()
        .filter(qualification::Column::DemandId.is_in(ids.iter().copied()))
        .order_by_asc(qualification::Column::Position)
        .all(conn)
        .await?;
    for row in kinds {
        found.entry(row.demand_id).or_default().qualifications.push(row.kind);
    }
    Ok(found)
}

/// One page, for each of these demands, of those that became part of it and that the viewer may see, oldest first.
pub async fn sources(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[DemandId],
    request: &PageRequest,
) -> Result<HashMap<DemandId, Page<DemandId>>> {
    let mut select = merged(viewer, ids).select_only().columns([Column::Id, Column::MergedInto]);
    let keyset = Keyset::by_id("sources", (Entity, Column::Id), Direction::Ascending);
    let parent = (Entity, Column::MergedInto);
    let statement = per_parent(conn, QueryTrait::query(&mut select), parent, &keyset, request)?;
    let rows = Source::find_by_statement(statement).all(conn).await?;
    Ok(pages(rows, |row| row.merged_into, |row| row.id, &keyset, request, |id| id.uuid()))
}

/// How many became part of each of these demands, as far as the viewer may see them.
pub async fn source_counts(conn: &impl Conn, viewer: &Viewer, ids: &[DemandId]) -> Result<HashMap<DemandId, u64>> {
    counted(merged(viewer, ids), Column::MergedInto, Column::Id, conn).await
}

#[derive(FromQueryResult)]
struct Source {
    id: DemandId,
    merged_into: DemandId,
}

fn merged(viewer: &Viewer, ids: &[DemandId]) -> Select<Entity> {
    Entity::find().filter(seen_condition(viewer)).filter(Column::MergedInto.is_in(ids.iter().copied()))
}

/// One page of opinions on each of these demands, as far as the viewer may see them, oldest first.
pub async fn opinions(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[DemandId],
    request: &PageRequest,
) -> Result<HashMap<DemandId, Page<OpinionView>>> {
    let mut select = seen_opinions(viewer).filter(opinion::Column::DemandId.is_in(ids.iter().copied()));
    let keyset = Keyset::by_id("opinions", (opinion::Entity, opinion::Column::Id), Direction::Ascending);
    let parent = (opinion::Entity, opinion::Column::DemandId);
    let statement = per_parent(conn, QueryTrait::query(&mut select), parent, &keyset, request)?;
    let rows = opinion::Model::find_by_statement(statement).all(conn).await?;
    let views = opinion_views(conn, viewer, rows).await?;
    Ok(pages(views, |view| view.demand, |view| view, &keyset, request, |view| view.id.uuid()))
}

/// How many opinions on each of these demands the viewer may see.
pub async fn opinion_counts(conn: &impl Conn, viewer: &Viewer, ids: &[DemandId]) -> Result<HashMap<DemandId, u64>> {
    let select = seen_opinions(viewer).filter(opinion::Column::DemandId.is_in(ids.iter().copied()));
    counted(select, opinion::Column::DemandId, opinion::Column::Id, conn).await
}

/// An opinion, if the viewer may see it.
pub async fn opinion(conn: &impl Conn, viewer: &Viewer, id: OpinionId) -> Result<Option<OpinionView>> {
    let rows = seen_opinions(viewer).filter(opinion::Column::Id.eq(id)).all(conn).await?;
    Ok(opinion_views(conn, viewer, rows).await?.pop())
}

/// The experts who were asked about each of these demands in its present round, in the order of their ids. For those to whom
/// `access::demands::names_asked` tells them.
pub async fn asked(conn: &impl Conn, ids: &[DemandId]) -> Result<HashMap<DemandId, Vec<UserId>>> {
    let now = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .select_only()
        .columns([Column::Id, Column::Round])
        .into_tuple::<(DemandId, i32)>()
        .all(conn)
        .await?;
    let rounds: HashMap<DemandId, i32> = now.into_iter().collect();
    let rows = expert::Entity::find()
        .filter(expert::Column::DemandId.is_in(ids.iter().copied()))
        .order_by_asc(expert::Column::UserId)
        .all(conn)
        .await?;
    let mut found: HashMap<DemandId, Vec<UserId>> = HashMap::new();
    for row in rows.into_iter().filter(|row| rounds.get(&row.demand_id) == Some(&row.round)) {
        found.entry(row.demand_id).or_default().push(row.user_id);
    }
    Ok(found)
}

/// How many have been heard on each of these demands in its present round: for the viewer's own possible acts.
pub async fn heard(conn: &impl Conn, ids: &[DemandId]) -> Result<HashMap<DemandId, Heard>> {
    let round = (Entity, Column::Round);
    let rows: Vec<(DemandId, OpinionGiver)> = opinion::Entity::find()
        .select_only()
        .columns([opinion::Column::DemandId, opinion::Column::Giver])
        .filter(opinion::Column::DemandId.is_in(ids.iter().copied()))
        .filter(of_demand(
            opinion::Column::DemandId,
            Expr::col((opinion::Entity, opinion::Column::Round)).equals(round),
        ))
        .into_tuple()
        .all(conn)
        .await?;
    let mut found: HashMap<DemandId, Heard> = HashMap::new();
    for (id, giver) in rows {
        let heard = found.entry(id).or_default();
        match giver {
            OpinionGiver::Expert => heard.experts += 1,
            OpinionGiver::Organizer => heard.organizers += 1,
        }
    }
    Ok(found)
}

/// Release batches, newest first: everybody's to see.
pub async fn batches(conn: &impl Conn, request: &PageRequest) -> Result<Page<BatchView>> {
    let mut select = batch::Entity::find();
    let keyset = Keyset::by_id("release_batches", (batch::Entity, batch::Column::Id), Direction::Descending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    Ok(keyset.cut(select.all(conn).await?, request, |row| Cursor::by_id(row.id.uuid())).map(batch_view))
}

/// How many release batches there are.
pub async fn batch_count(conn: &impl Conn) -> Result<u64> {
    Ok(batch::Entity::find().count(conn).await?)
}

/// These release batches.
pub async fn batches_by_ids(conn: &impl Conn, ids: &[ReleaseBatchId]) -> Result<Vec<BatchView>> {
    let rows = batch::Entity::find().filter(batch::Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(batch_view).collect())
}

/// The release batch of this code.
pub async fn batch_by_code(conn: &impl Conn, code: &str) -> Result<Option<BatchView>> {
    let row = batch::Entity::find().filter(batch::Column::Code.eq(code)).one(conn).await?;
    Ok(row.map(batch_view))
}

/// One page of the demands in each of these batches, as far as the viewer may see them, oldest first.
pub async fn of_batches(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[ReleaseBatchId],
    request: &PageRequest,
) -> Result<HashMap<ReleaseBatchId, Page<DemandId>>> {
    let mut select = in_batches(viewer, ids).select_only().columns([Column::Id, Column::BatchId]);
    let keyset = Keyset::by_id("batch_demands", (Entity, Column::Id), Direction::Ascending);
    let parent = (Entity, Column::BatchId);
    let statement = per_parent(conn, QueryTrait::query(&mut select), parent, &keyset, request)?;
    let rows = InBatch::find_by_statement(statement).all(conn).await?;
    Ok(pages(rows, |row| row.batch_id, |row| row.id, &keyset, request, |id| id.uuid()))
}

/// How many demands are in each of these batches.
pub async fn batch_sizes(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[ReleaseBatchId],
) -> Result<HashMap<ReleaseBatchId, u64>> {
    counted(in_batches(viewer, ids), Column::BatchId, Column::Id, conn).await
}

#[derive(FromQueryResult)]
struct InBatch {
    id: DemandId,
    batch_id: ReleaseBatchId,
}

fn in_batches(viewer: &Viewer, ids: &[ReleaseBatchId]) -> Select<Entity> {
    Entity::find().filter(seen_condition(viewer)).filter(Column::BatchId.is_in(ids.iter().copied()))
}

/// One page of the interests in each of these demands, as far as the viewer may see them, oldest first.
pub async fn interests(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[DemandId],
    request: &PageRequest,
) -> Result<HashMap<DemandId, Page<InterestView>>> {
    let mut select = seen_interests(viewer).filter(interest::Column::DemandId.is_in(ids.iter().copied()));
    let keyset = Keyset::by_id("interests", (interest::Entity, interest::Column::Id), Direction::Ascending);
    let parent = (interest::Entity, interest::Column::DemandId);
    let statement = per_parent(conn, QueryTrait::query(&mut select), parent, &keyset, request)?;
    let rows = interest::Model::find_by_statement(statement).all(conn).await?;
    Ok(pages(rows, |row| row.demand_id, interest_view, &keyset, request, |view| view.id.uuid()))
}

/// How many interests in each of these demands the viewer may see.
pub async fn interest_counts(conn: &impl Conn, viewer: &Viewer, ids: &[DemandId]) -> Result<HashMap<DemandId, u64>> {
    let select = seen_interests(viewer).filter(interest::Column::DemandId.is_in(ids.iter().copied()));
    counted(select, interest::Column::DemandId, interest::Column::Id, conn).await
}

/// An interest, if the viewer may see it.
pub async fn interest(conn: &impl Conn, viewer: &Viewer, id: InterestId) -> Result<Option<InterestView>> {
    let row = seen_interests(viewer).filter(interest::Column::Id.eq(id)).one(conn).await?;
    Ok(row.map(interest_view))
}

/// One page of the invitations to each of these demands, as far as the viewer may see them, oldest first.
pub async fn invitations(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[DemandId],
    request: &PageRequest,
) -> Result<HashMap<DemandId, Page<InvitationView>>> {
    let mut select = seen_invitations(viewer).filter(invitation::Column::DemandId.is_in(ids.iter().copied()));
    let keyset = Keyset::by_id("invitations", (invitation::Entity, invitation::Column::Id), Direction::Ascending);
    let parent = (invitation::Entity, invitation::Column::DemandId);
    let statement = per_parent(conn, QueryTrait::query(&mut select), parent, &keyset, request)?;
    let rows = invitation::Model::find_by_statement(statement).all(conn).await?;
    Ok(pages(rows, |row| row.demand_id, invitation_view, &keyset, request, |view| view.id.uuid()))
}

/// How many invitations to each of these demands the viewer may see.
pub async fn invitation_counts(conn: &impl Conn, viewer: &Viewer, ids: &[DemandId]) -> Result<HashMap<DemandId, u64>> {
    let select = seen_invitations(viewer).filter(invitation::Column::DemandId.is_in(ids.iter().copied()));
    counted(select, invitation::Column::DemandId, invitation::Column::Id, conn).await
}

/// An invitation, if the viewer may see it.
pub async fn invitation(conn: &impl Conn, viewer: &Viewer, id: InvitationId) -> Result<Option<InvitationView>> {
    let row = seen_invitations(viewer).filter(invitation::Column::Id.eq(id)).one(conn).await?;
    Ok(row.map(invitation_view))
}

/// The invitations of the viewer's own organization, newest first.
pub async fn own_invitations(conn: &impl Conn, viewer: &Viewer, request: &PageRequest) -> Result<Page<InvitationView>> {
    let Some(own) = policy::own_of(viewer) else { return Ok(Page::empty()) };
    let mut select = invitation::Entity::find().filter(invitation::Column::OrganizationId.eq(own));
    let keyset = Keyset::by_id("own_invitations", (invitation::Entity, invitation::Column::Id), Direction::Descending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    Ok(keyset.cut(select.all(conn).await?, request, |row| Cursor::by_id(row.id.uuid())).map(invitation_view))
}

/// How many invitations the viewer's own organization has.
pub async fn own_invitation_count(conn: &impl Conn, viewer: &Viewer) -> Result<u64> {
    match policy::own_of(viewer) {
        Some(own) => {
            Ok(invitation::Entity::find().filter(invitation::Column::OrganizationId.eq(own)).count(conn).await?)
        }
        None => Ok(0),
    }
}

/// One page of who matches each of these demands today, for whoever runs the pool or watches over it, in the order of their ids. The
/// cost grows with who matches, not with who does not.
pub async fn matches(
    conn: &impl Conn,
    viewer: &Viewer,
    now: Instant,
    ids: &[DemandId],
    request: &PageRequest,
) -> Result<HashMap<DemandId, Page<MatchView>>> {
    let mut select = pairs(ids, now);
    select.cond_where(seen_condition(viewer)).cond_where(within(policy::runs(viewer)));
    let keyset = Keyset::by_id("matches", (organization::Entity, organization::Column::Id), Direction::Ascending);
    let statement = per_parent(conn, &mut select, (Entity, Column::Id), &keyset, request)?;
    let rows = Pair::find_by_statement(statement).all(conn).await?;
    let views = explained(conn, now, rows).await?;
    Ok(pages(views, |view| view.demand, |view| view, &keyset, request, |view| view.organization.uuid()))
}

/// How many match each of these demands today.
pub async fn match_counts(
    conn: &impl Conn,
    viewer: &Viewer,
    now: Instant,
    ids: &[DemandId],
) -> Result<HashMap<DemandId, u64>> {
    let mut select = pairs(ids, now);
    select.cond_where(seen_condition(viewer)).cond_where(within(policy::runs(viewer)));
    let mut found: HashMap<DemandId, u64> = HashMap::new();
    for row in conn.query_all(&select).await? {
        *found.entry(Pair::from_query_result(&row, "")?.demand_id).or_default() += 1;
    }
    Ok(found)
}

/// All who match a demand now and have not been invited yet, in the order of their ids: for the act that invites them.
pub(super) async fn to_invite(conn: &impl Conn, id: DemandId, now: Instant) -> Result<Vec<OrganizationId>> {
    let invited = Query::select()
        .column(invitation::Column::OrganizationId)
        .from(invitation::Entity)
        .and_where(invitation::Column::DemandId.eq(id))
        .take();
    let mut select = pairs(&[id], now);
    let column = (organization::Entity, organization::Column::Id);
    select.and_where(Expr::col(column).not_in_subquery(invited)).order_by(column, sea_orm::Order::Asc);
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok(Pair::from_query_result(row, "")?.organization_id)).collect()
}

/// The mutations of this slice that would be accepted from the viewer now.
pub fn actions(viewer: &Viewer, facts: &DemandFacts, heard: Heard) -> Vec<&'static str> {
    let table: [(&'static str, bool); 13] = [
        ("reviseDemand", policy::may_revise(viewer, facts).is_ok()),
        ("submitDemand", policy::may_submit(viewer, facts).is_ok()),
        ("withdrawDemand", policy::may_withdraw(viewer, facts).is_ok()),
        ("askOpinions", policy::may_ask(viewer, facts).is_ok()),
        ("recordOpinion", policy::may_opine(viewer, facts).is_ok()),
        ("returnDemand", policy::may_return(viewer, facts).is_ok()),
        ("rejectDemand", policy::may_reject(viewer, facts).is_ok()),
        ("mergeDemands", policy::may_take_in(viewer, facts).is_ok()),
        ("acceptDemand", policy::may_accept(viewer, facts, heard).is_ok()),
        ("releaseDemands", policy::may_release(viewer, facts).is_ok()),
        ("registerInterest", policy::may_register_interest(viewer, facts).is_ok()),
        ("withdrawInterest", policy::may_withdraw_interest(viewer, facts).is_ok()),
        ("inviteMatched", policy::may_invite(viewer, facts).is_ok()),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// A demand and an organization that matches it.
#[derive(FromQueryResult)]
struct Pair {
    demand_id: DemandId,
    organization_id: OrganizationId,
}

/// The kinds of organizations that could bid.
const BIDDERS: [OrganizationKind; 3] =
    [OrganizationKind::Enterprise, OrganizationKind::University, OrganizationKind::Institute];

/// `matching::reasons`, in SQL: the verified organizations that have a reason to match one of these demands, each pair once.
fn pairs(ids: &[DemandId], now: Instant) -> SelectStatement {
    use crate::eligibility::model::qualification as held;
    use capability::{domain, word as known};
    let today = china_day(now).to_string();
    let same_domain = Query::select()
        .expr_as(Expr::col((Entity, Column::Id)), "demand_id")
        .column((domain::Entity, domain::Column::OrganizationId))
        .from(Entity)
        .inner_join(
            domain::Entity,
            Expr::col((domain::Entity, domain::Column::Domain)).equals((Entity, Column::Domain)),
        )
        .and_where(Column::Id.is_in(ids.iter().copied()))
        .take();
    let same_word = Query::select()
        .column((word::Entity, word::Column::DemandId))
        .column((known::Entity, known::Column::OrganizationId))
        .from(word::Entity)
        .inner_join(
            known::Entity,
            Expr::col((known::Entity, known::Column::Word)).equals((word::Entity, word::Column::Word)),
        )
        .and_where(word::Column::DemandId.is_in(ids.iter().copied()))
        .take();
    let qualified = Query::select()
        .column((qualification::Entity, qualification::Column::DemandId))
        .column((held::Entity, held::Column::OrganizationId))
        .from(qualification::Entity)
        .inner_join(
            held::Entity,
            Expr::col((held::Entity, held::Column::Kind)).equals((qualification::Entity, qualification::Column::Kind)),
        )
        .and_where(qualification::Column::DemandId.is_in(ids.iter().copied()))
        .cond_where(valid_on(&today))
        .take();
    let mut any = same_domain;
    any.union(UnionType::Distinct, same_word).union(UnionType::Distinct, qualified);
    let found = |column: &str| (Alias::new("found"), Alias::new(column));
    let bidder = |column| Expr::col((organization::Entity, column));
    // The ids are taken from the tables themselves: a union of the engine's has no types.
    Query::select()
        .expr_as(Expr::col((Entity, Column::Id)), "demand_id")
        .expr_as(Expr::col((organization::Entity, organization::Column::Id)), "organization_id")
        .from_subquery(any, Alias::new("found"))
        .inner_join(Entity, Expr::col((Entity, Column::Id)).equals(found("demand_id")))
        .inner_join(organization::Entity, bidder(organization::Column::Id).equals(found("organization_id")))
        .and_where(bidder(organization::Column::Verification).eq(Verification::Verified))
        .and_where(bidder(organization::Column::Kind).is_in(BIDDERS))
        .take()
}

/// A verified qualification is valid on its last day and on its first.
fn valid_on(today: &str) -> Condition {
    use crate::eligibility::model::qualification::Column;
    let open = Column::ValidTo.is_null().or(Column::ValidTo.gte(today));
    Condition::all()
        .add(Column::VerifiedAt.is_not_null())
        .add(Column::EndedAt.is_null())
        .add(Column::ValidFrom.lte(today))
        .add(open)
}

/// Why each of these matches, and what is shown beside.
async fn explained(conn: &impl Conn, now: Instant, rows: Vec<Pair>) -> Result<Vec<MatchView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let demands: Vec<DemandId> = rows.iter().map(|row| row.demand_id).collect::<BTreeSet<_>>().into_iter().collect();
    let others: Vec<OrganizationId> =
        rows.iter().map(|row| row.organization_id).collect::<BTreeSet<_>>().into_iter().collect();
    let mut wanted = wanted(conn, &demands).await?;
    let domains: Vec<(DemandId, Option<Domain>)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Domain])
        .filter(Column::Id.is_in(demands.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    for (id, domain) in domains {
        wanted.entry(id).or_default().domain = domain;
    }
    let profiles = profiles(conn, now, &others, &wanted).await?;
    let interested: Vec<(DemandId, OrganizationId)> = interest::Entity::find()
        .select_only()
        .columns([interest::Column::DemandId, interest::Column::OrganizationId])
        .filter(interest::Column::DemandId.is_in(demands.iter().copied()))
        .filter(interest::Column::OrganizationId.is_in(others.iter().copied()))
        .filter(interest::Column::WithdrawnAt.is_null())
        .into_tuple()
        .all(conn)
        .await?;
    let invited: HashMap<(DemandId, OrganizationId), Instant> = invitation::Entity::find()
        .filter(invitation::Column::DemandId.is_in(demands.iter().copied()))
        .filter(invitation::Column::OrganizationId.is_in(others.iter().copied()))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| ((row.demand_id, row.organization_id), row.at))
        .collect();
    let (nothing, nobody) = (Wanted::default(), Profile::default());
    let view = |row: Pair| {
        let key = (row.demand_id, row.organization_id);
        MatchView {
            demand: row.demand_id,
            organization: row.organization_id,
            reasons: matching::reasons(
                wanted.get(&row.demand_id).unwrap_or(&nothing),
                profiles.get(&row.organization_id).unwrap_or(&nobody),
            ),
            interested: interested.contains(&key),
            invited_at: invited.get(&key).copied(),
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// What these organizations have to show today of what is wanted.
async fn profiles(
    conn: &impl Conn,
    now: Instant,
    ids: &[OrganizationId],
    wanted: &HashMap<DemandId, Wanted>,
) -> Result<HashMap<OrganizationId, Profile>> {
    use crate::eligibility::model::qualification as held;
    use capability::{domain, word as known};
    let words: BTreeSet<&str> = wanted.values().flat_map(|one| &one.words).map(String::as_str).collect();
    let kinds: BTreeSet<&str> = wanted.values().flat_map(|one| &one.qualifications).map(String::as_str).collect();
    let mut found: HashMap<OrganizationId, Profile> = HashMap::new();
    let rows: Vec<(OrganizationId, String)> = domain::Entity::find()
        .select_only()
        .columns([domain::Column::OrganizationId, domain::Column::Domain])
        .distinct()
        .filter(domain::Column::OrganizationId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    for (id, domain) in rows {
        found.entry(id).or_default().domains.push(domain.parse()?);
    }
    let rows: Vec<(OrganizationId, String)> = known::Entity::find()
        .select_only()
        .columns([known::Column::OrganizationId, known::Column::Word])
        .distinct()
        .filter(known::Column::OrganizationId.is_in(ids.iter().copied()))
        .filter(known::Column::Word.is_in(words))
        .into_tuple()
        .all(conn)
        .await?;
    for (id, word) in rows {
        found.entry(id).or_default().words.push(word);
    }
    let rows: Vec<(OrganizationId, String)> = held::Entity::find()
        .select_only()
        .columns([held::Column::OrganizationId, held::Column::Kind])
        .distinct()
        .filter(held::Column::OrganizationId.is_in(ids.iter().copied()))
        .filter(held::Column::Kind.is_in(kinds))
        .filter(valid_on(&china_day(now).to_string()))
        .into_tuple()
        .all(conn)
        .await?;
    for (id, kind) in rows {
        found.entry(id).or_default().qualifications.push(kind);
    }
    Ok(found)
}

/// `access::demands::may_see`, in SQL.
fn seen_condition(viewer: &Viewer) -> Condition {
    let sees = policy::sees(viewer);
    let column = |column| Expr::col((Entity, column));
    let asked = sees.asked.map(|user| {
        let there = Query::select()
            .column(expert::Column::DemandId)
            .from(expert::Entity)
            .and_where(Expr::col((expert::Entity, expert::Column::UserId)).eq(user))
            .and_where(Expr::col((expert::Entity, expert::Column::DemandId)).equals((Entity, Column::Id)))
            .take();
        Expr::exists(there)
    });
    Condition::any()
        .add(column(Column::ListedAt).is_not_null())
        .add_option(sees.handed_in.then(|| column(Column::SubmittedAt).is_not_null()))
        .add_option(sees.department.map(|own| column(Column::DepartmentId).eq(own)))
        .add_option(asked)
}

fn seen(viewer: &Viewer) -> SelectTwo<Entity, organization::Entity> {
    Entity::find().find_also_related(organization::Entity).filter(seen_condition(viewer))
}

/// Whether what this column of a statement names is such a demand.
fn of_demand<C: ColumnTrait>(id: C, such: impl Into<Condition>) -> SimpleExpr {
    let demands = Query::select()
        .column((Entity, Column::Id))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::Id)).equals(id.as_column_ref()))
        .cond_where(such.into())
        .take();
    Expr::exists(demands)
}

/// `access::challenges::Reach`, in SQL: whether it reaches a demand of this department.
fn within(reach: Reach) -> Condition {
    match reach {
        Reach::Nothing => Condition::all().add(Expr::value(1).eq(0)),
        Reach::Others(own) => Condition::all().add(Expr::col((Entity, Column::DepartmentId)).ne(own)),
        Reach::Everything => Condition::all(),
    }
}

/// `access::demands::may_see_opinion`, in SQL.
fn seen_opinions(viewer: &Viewer) -> Select<opinion::Entity> {
    let sees = policy::sees_opinions(viewer);
    let decided = sees.decided.map(|own| {
        let round = Expr::col((opinion::Entity, opinion::Column::Round));
        Condition::all()
            .add(Expr::col((Entity, Column::DepartmentId)).eq(own))
            .add(round.lte(Expr::col((Entity, Column::DecidedRound))))
    });
    let own = sees.own.map(|user| Expr::col((opinion::Entity, opinion::Column::AuthorId)).eq(user));
    let any = Condition::any().add(within(sees.all)).add_option(decided).add_option(own);
    let such = Condition::all().add(seen_condition(viewer)).add(any);
    opinion::Entity::find().filter(of_demand(opinion::Column::DemandId, such))
}

/// The viewer's own interests, and those in demands that it runs or watches over that have not been taken back.
fn seen_interests(viewer: &Viewer) -> Select<interest::Entity> {
    let own = policy::own_of(viewer).map(|own| Expr::col((interest::Entity, interest::Column::OrganizationId)).eq(own));
    let stands = Expr::col((interest::Entity, interest::Column::WithdrawnAt)).is_null();
    let run = Condition::all().add(within(policy::runs(viewer))).add(stands);
    let such = Condition::all().add(seen_condition(viewer)).add(Condition::any().add(run).add_option(own));
    interest::Entity::find().filter(of_demand(interest::Column::DemandId, such))
}

/// Invitations: the viewer's own, and those to demands that it runs or watches over.
fn seen_invitations(viewer: &Viewer) -> Select<invitation::Entity> {
    let own =
        policy::own_of(viewer).map(|own| Expr::col((invitation::Entity, invitation::Column::OrganizationId)).eq(own));
    let any = Condition::any().add(within(policy::runs(viewer))).add_option(own);
    let such = Condition::all().add(seen_condition(viewer)).add(any);
    invitation::Entity::find().filter(of_demand(invitation::Column::DemandId, such))
}

async fn views(
    conn: &impl Conn,
    viewer: &Viewer,
    rows: Vec<(Model, Option<organization::Model>)>,
) -> Result<Vec<DemandView>> {
    let (rows, departments): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let mut ties = store::ties(conn, viewer, &rows).await?;
    rows.into_iter()
        .zip(departments)
        .map(|(row, department)| {
            let department = department.ok_or_else(|| anyhow::anyhow!("{} has no department", row.id))?;
            let facts = store::facts(&row, ties.remove(&row.id).unwrap_or_default());
            Ok(DemandView {
                author: Some(row.author_id).filter(|_| policy::sees_file(viewer, &facts)),
                reason: row.reason.filter(|_| policy::sees_reason(viewer, &facts)),
                facts,
                id: row.id,
                title: row.title,
                domain: row.domain,
                scale: row.scale,
                site: row.site,
                pain_points: row.pain_points,
                content: row.content,
                goals: row.goals.0,
                open_resources: row.open_resources.0,
                technical_requirements: row.technical_requirements,
                cooperation: row.cooperation,
                budget_from: row.budget_from,
                budget_to: row.budget_to,
                schedule: row.schedule,
                contact: row.contact,
                status: row.status,
                department: department.into(),
                submitted_at: row.submitted_at,
                listed_at: row.listed_at,
                batch: row.batch_id,
                merged_into: row.merged_into,
                version: row.version,
                ordered_at: row.ordered_at,
            })
        })
        .collect()
}

/// Rows that the viewer may see, as they are shown. One statement for whose demands they are on.
async fn opinion_views(conn: &impl Conn, viewer: &Viewer, rows: Vec<opinion::Model>) -> Result<Vec<OpinionView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let departments: HashMap<DemandId, OrganizationId> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::DepartmentId])
        .filter(Column::Id.is_in(rows.iter().map(|row| row.demand_id)))
        .into_tuple::<(DemandId, OrganizationId)>()
        .all(conn)
        .await?
        .into_iter()
        .collect();
    let view = |row: opinion::Model| {
        let department = departments.get(&row.demand_id).copied();
        let named = department.is_some_and(|department| policy::names_giver(viewer, department, row.author_id));
        OpinionView {
            id: row.id,
            demand: row.demand_id,
            round: row.round,
            giver: row.giver,
            verdict: row.verdict,
            text: row.reasons,
            at: row.at,
            author: Some(row.author_id).filter(|_| named),
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

fn batch_view(row: batch::Model) -> BatchView {
    BatchView {
        id: row.id,
        code: row.code,
        year: row.year,
        number: row.number,
        title: row.title,
        released_at: row.released_at,
    }
}

fn interest_view(row: interest::Model) -> InterestView {
    InterestView {
        id: row.id,
        demand: row.demand_id,
        organization: row.organization_id,
        note: row.note,
        registered_at: row.registered_at,
        withdrawn_at: row.withdrawn_at,
    }
}

fn invitation_view(row: invitation::Model) -> InvitationView {
    InvitationView {
        id: row.id,
        demand: row.demand_id,
        organization: row.organization_id,
        message: row.message,
        at: row.at,
    }
}

/// Rows as pages by what they belong to, each in the order that the database gave.
fn pages<R, K: std::hash::Hash + Eq, V>(
    rows: Vec<R>,
    key: impl Fn(&R) -> K,
    view: impl Fn(R) -> V,
    keyset: &Keyset,
    request: &PageRequest,
    id: impl Fn(&V) -> uuid::Uuid,
) -> HashMap<K, Page<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(view(row));
    }
    groups.into_iter().map(|(key, rows)| (key, keyset.cut(rows, request, |row| Cursor::by_id(id(row))))).collect()
}

/// How many rows belong to each parent.
async fn counted<E, K>(select: Select<E>, parent: E::Column, id: E::Column, conn: &impl Conn) -> Result<HashMap<K, u64>>
where
    E: EntityTrait,
    K: std::hash::Hash + Eq + sea_orm::TryGetable + Send + Sync,
{
    let rows: Vec<(K, i64)> = select
        .select_only()
        .column(parent)
        .column_as(id.count(), "count")
        .group_by(parent)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(key, count)| (key, count.unsigned_abs())).collect())
}
