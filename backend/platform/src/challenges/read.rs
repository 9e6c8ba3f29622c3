//! Reading challenges: the viewer first, narrowed in SQL, in batches.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, SelectTwo,
};

use super::content::Budget;
use super::differences::Difference;
use super::find::{self, State, Wanted};
use super::model::{Column, Entity, Model, amendment, criterion, indicator, offer, question, seal};
use super::terms::Terms;
use super::{lifecycle, store};
use crate::access::Viewer;
use crate::access::challenges::{self as policy, ChallengeFacts, Reach, Seen};
use crate::access::rules::Revision;
use crate::base::id::{
    AmendmentId, ChallengeId, CriterionId, DemandId, IndicatorId, Kind, OfferId, OrganizationId, QuestionId,
};
use crate::base::words::{
    ChallengeStatus, Comparator, Domain, LegalRoute, Mechanism, OfferKind, PriceFormula, Role, ScenarioScale, SealMode,
};
use crate::base::{Cursor, Decimal, Instant, Page, PageRequest, Result};
use crate::db::{Conn, Direction, Keyset, Leading, per_parent};
use crate::organizations::model as organization;
use crate::organizations::read::OrganizationView;
use crate::search::{self, Shelf, Sought};

/// A challenge, as it is shown to whoever may see it.
#[derive(Clone, Debug)]
pub struct ChallengeView {
    pub id: ChallengeId,
    pub code: Option<String>,
    pub title: String,
    pub domain: Option<Domain>,
    pub scale: Option<ScenarioScale>,
    pub mechanism: Option<Mechanism>,
    pub pi_led: bool,
    pub legal_route: Option<LegalRoute>,
    /// The state as the clock has it.
    pub status: ChallengeStatus,
    pub department: OrganizationView,
    pub background: String,
    pub problem_statement: String,
    pub site_conditions: String,
    pub ip_terms: String,
    pub eligibility: String,
    pub acceptance_method: String,
    pub contact: String,
    pub duration_months: Option<i32>,
    pub budget: Option<Budget>,
    pub consortium_allowed: bool,
    pub consortium_max_members: i32,
    pub published_at: Option<Instant>,
    pub questions_close_at: Option<Instant>,
    pub submission_deadline: Option<Instant>,
    pub terms: Terms,
    /// The demand that it was drafted from.
    pub demand: Option<DemandId>,
    /// The one that found no winner, of which it is a copy.
    pub rerun_of: Option<ChallengeId>,
    /// Since when it stands still by order, and where a suspended one goes on from.
    pub ordered_at: Option<Instant>,
    pub suspended_from: Option<ChallengeStatus>,
    /// Why there are fewer open days than usual.
    pub urgent_reason: Option<String>,
    /// Why it was returned, rejected, taken back or called off, while it is that.
    pub reason: Option<String>,
    /// What came of it in the official system that runs it, and its notice there.
    pub external_result: Option<(String, String)>,
    /// Known from the opening on.
    pub bid_count: Option<i32>,
    pub version: i32,
    /// What policy asks of it.
    pub facts: ChallengeFacts,
    listed_deadline: Instant,
    listed_at: Instant,
}

/// An indicator, as it is shown.
#[derive(Clone, Debug)]
pub struct IndicatorView {
    pub id: IndicatorId,
    pub name: String,
    pub unit: String,
    pub comparator: Comparator,
    pub target: Decimal,
    pub tolerance: Option<Decimal>,
    pub test_method: String,
    pub mandatory: bool,
    pub weight: i32,
}

/// A scoring criterion, as it is shown.
#[derive(Clone, Debug)]
pub struct CriterionView {
    pub id: CriterionId,
    pub name: String,
    pub weight: i32,
    pub minimum: Option<i32>,
    pub guidance: Option<String>,
    /// What computes its mark; none: the judges give it.
    pub price_formula: Option<PriceFormula>,
}

/// A question, as it is shown: without who asked.
#[derive(Clone, Debug)]
pub struct QuestionView {
    pub id: QuestionId,
    pub challenge: ChallengeId,
    pub text: String,
    pub asked_at: Instant,
    pub answer: Option<String>,
    pub answered_at: Option<Instant>,
    /// By when it is to be answered.
    pub answer_due_at: Option<Instant>,
    pub declined_at: Option<Instant>,
    pub declined_because: Option<String>,
}

/// An amendment, as it is shown.
#[derive(Clone, Debug)]
pub struct AmendmentView {
    pub id: AmendmentId,
    pub challenge: ChallengeId,
    pub summary: String,
    pub material: bool,
    pub at: Instant,
    pub new_deadline: Option<Instant>,
    pub changes: Vec<Difference>,
}

/// What is offered to all who may bid, as it is shown.
#[derive(Clone, Debug)]
pub struct OfferView {
    pub id: OfferId,
    pub challenge: ChallengeId,
    pub kind: OfferKind,
    pub description: String,
    pub whereabouts: String,
    pub takes_place_at: Option<Instant>,
    pub offered_at: Instant,
}

/// Narrows a list; what is not given does not narrow. Ranges include both their ends.
#[derive(Clone, Debug, Default)]
pub struct ChallengeFilter {
    /// Words, all of which a challenge has: in its code, title, department, background, problem, site or indicators.
    pub text: Option<String>,
    pub domains: Option<Vec<Domain>>,
    pub statuses: Option<Vec<ChallengeStatus>>,
    pub mechanism: Option<Mechanism>,
    pub department: Option<String>,
    pub open_now: Option<bool>,
    /// The total budget, in 分.
    pub budget_from: Option<String>,
    pub budget_to: Option<String>,
    /// The submission deadline.
    pub deadline_from: Option<String>,
    pub deadline_to: Option<String>,
}

/// The orders of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeOrder {
    DeadlineAscending,
    DeadlineDescending,
    PublishedDescending,
}

impl ChallengeOrder {
    fn name(self) -> &'static str {
        match self {
            Self::DeadlineAscending => "challenges_by_deadline",
            Self::DeadlineDescending => "challenges_from_deadline",
            Self::PublishedDescending => "challenges_from_publication",
        }
    }

    fn direction(self) -> Direction {
        match self {
            Self::DeadlineAscending => Direction::Ascending,
            Self::DeadlineDescending | Self::PublishedDescending => Direction::Descending,
        }
    }

    /// Along challenges.
    fn keyset(self) -> Keyset {
        let key = match self {
            Self::DeadlineAscending | Self::DeadlineDescending => Column::ListedDeadline,
            Self::PublishedDescending => Column::ListedAt,
        };
        Keyset::by(self.name(), (Entity, key), Leading::Instant, (Entity, Column::Id), self.direction())
    }

    /// Along the rows of a word.
    fn along_words(self) -> (search::Order, Keyset) {
        let order = match self {
            Self::DeadlineAscending | Self::DeadlineDescending => search::Order::Due,
            Self::PublishedDescending => search::Order::Listed,
        };
        (order, Keyset::by(self.name(), order.column(), Leading::Millis, search::ID, self.direction()))
    }
}

/// The challenges that the viewer may see.
pub async fn page(
    conn: &impl Conn,
    viewer: &Viewer,
    now: Instant,
    filter: &ChallengeFilter,
    order: ChallengeOrder,
    request: &PageRequest,
) -> Result<Page<ChallengeView>> {
    let walks = walks(conn, viewer, now, filter, order, Some(request)).await?;
    let keyset = order.keyset();
    // The walks begin behind the cursor and end with the page: what is left to do is to put them together.
    let whole = PageRequest { first: request.first, after: None };
    let rows = match together(walks) {
        None => Vec::new(),
        Some(found) => {
            let mut select = seen(viewer).filter(Column::Id.in_subquery(found));
            keyset.apply(QueryTrait::query(&mut select), &whole)?;
            select.all(conn).await?
        }
    };
    Ok(keyset.cut(views(rows, now)?, request, |view| match order {
        ChallengeOrder::PublishedDescending => Cursor::by_instant(view.listed_at, view.id.uuid()),
        _ => Cursor::by_instant(view.listed_deadline, view.id.uuid()),
    }))
}

/// How many challenges the viewer may see.
pub async fn count(conn: &impl Conn, viewer: &Viewer, now: Instant, filter: &ChallengeFilter) -> Result<u64> {
    let walks = walks(conn, viewer, now, filter, ChallengeOrder::DeadlineAscending, None).await?;
    let Some(found) = together(walks) else { return Ok(0) };
    let many = Query::select().expr_as(Expr::cust("count(*)"), "many").from_subquery(found, "found").take();
    let row = conn.query_one(&many).await?.ok_or_else(|| anyhow::anyhow!("a count has a row"))?;
    Ok(row.try_get::<i64>("", "many")?.unsigned_abs())
}

/// Those of `ids` that the viewer may see.
pub async fn by_ids(
    conn: &impl Conn,
    viewer: &Viewer,
    now: Instant,
    ids: &[ChallengeId],
) -> Result<Vec<ChallengeView>> {
    let select = seen(viewer).filter(Column::Id.is_in(ids.iter().copied()));
    views(select.all(conn).await?, now)
}

/// The challenge of this code, if the viewer may see it.
pub async fn by_code(conn: &impl Conn, viewer: &Viewer, now: Instant, code: &str) -> Result<Option<ChallengeView>> {
    let rows = seen(viewer).filter(Column::Code.eq(code)).all(conn).await?;
    Ok(views(rows, now)?.pop())
}

/// The indicators of challenges that the caller has already been shown.
pub async fn indicators(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, Vec<IndicatorView>>> {
    let rows = indicator::Entity::find()
        .filter(indicator::Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(indicator::Column::AmendedAt.is_null())
        .order_by_asc(indicator::Column::Position)
        .all(conn)
        .await?;
    Ok(grouped(rows, |row| row.challenge_id, indicator_view))
}

/// The criteria of challenges that the caller has already been shown.
pub async fn criteria(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, Vec<CriterionView>>> {
    let rows = criterion::Entity::find()
        .filter(criterion::Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(criterion::Column::AmendedAt.is_null())
        .order_by_asc(criterion::Column::Position)
        .all(conn)
        .await?;
    Ok(grouped(rows, |row| row.challenge_id, criterion_view))
}

/// An indicator of a challenge that the viewer may see.
pub async fn indicator(conn: &impl Conn, viewer: &Viewer, id: IndicatorId) -> Result<Option<IndicatorView>> {
    let Some(row) = indicator::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    Ok(is_seen(conn, viewer, row.challenge_id).await?.then(|| indicator_view(row)))
}

/// A criterion of a challenge that the viewer may see.
pub async fn criterion(conn: &impl Conn, viewer: &Viewer, id: CriterionId) -> Result<Option<CriterionView>> {
    let Some(row) = criterion::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    Ok(is_seen(conn, viewer, row.challenge_id).await?.then(|| criterion_view(row)))
}

/// A question of a challenge that the viewer may see.
pub async fn question(conn: &impl Conn, viewer: &Viewer, id: QuestionId) -> Result<Option<QuestionView>> {
    let Some(row) = question::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    Ok(is_seen(conn, viewer, row.challenge_id).await?.then(|| question_view(row)))
}

/// An amendment of a challenge that the viewer may see.
pub async fn amendment(conn: &impl Conn, viewer: &Viewer, id: AmendmentId) -> Result<Option<AmendmentView>> {
    let Some(row) = amendment::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    Ok(is_seen(conn, viewer, row.challenge_id).await?.then(|| amendment_view(row)))
}

/// Whether the viewer may see a challenge.
pub async fn is_seen(conn: &impl Conn, viewer: &Viewer, id: ChallengeId) -> Result<bool> {
    Ok(seen(viewer).filter(Column::Id.eq(id)).count(conn).await? > 0)
}

/// One page of questions for each of these challenges, oldest first.
pub async fn questions(
    conn: &impl Conn,
    ids: &[ChallengeId],
    request: &PageRequest,
) -> Result<HashMap<ChallengeId, Page<QuestionView>>> {
    let mut select = question::Entity::find().filter(question::Column::ChallengeId.is_in(ids.iter().copied()));
    let keyset = Keyset::by_id("questions", (question::Entity, question::Column::Id), Direction::Ascending);
    let select = per_parent(
        conn,
        QueryTrait::query(&mut select),
        (question::Entity, question::Column::ChallengeId),
        &keyset,
        request,
    )?;
    let rows = question::Model::find_by_statement(select).all(conn).await?;
    let pages = grouped(rows, |row| row.challenge_id, question_view);
    Ok(pages
        .into_iter()
        .map(|(id, rows)| (id, keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid()))))
        .collect())
}

/// How many questions each of these challenges has.
pub async fn question_counts(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, u64>> {
    use sea_orm::QuerySelect;
    let rows: Vec<(ChallengeId, i64)> = question::Entity::find()
        .select_only()
        .column(question::Column::ChallengeId)
        .column_as(question::Column::Id.count(), "count")
        .filter(question::Column::ChallengeId.is_in(ids.iter().copied()))
        .group_by(question::Column::ChallengeId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// One page of amendments for each of these challenges, oldest first.
pub async fn amendments(
    conn: &impl Conn,
    ids: &[ChallengeId],
    request: &PageRequest,
) -> Result<HashMap<ChallengeId, Page<AmendmentView>>> {
    let mut select = amendment::Entity::find().filter(amendment::Column::ChallengeId.is_in(ids.iter().copied()));
    let keyset = Keyset::by_id("amendments", (amendment::Entity, amendment::Column::Id), Direction::Ascending);
    let select = per_parent(
        conn,
        QueryTrait::query(&mut select),
        (amendment::Entity, amendment::Column::ChallengeId),
        &keyset,
        request,
    )?;
    let rows = amendment::Model::find_by_statement(select).all(conn).await?;
    let pages = grouped(rows, |row| row.challenge_id, amendment_view);
    Ok(pages
        .into_iter()
        .map(|(id, rows)| (id, keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid()))))
        .collect())
}

/// How many amendments each of these challenges has.
pub async fn amendment_counts(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, u64>> {
    use sea_orm::QuerySelect;
    let rows: Vec<(ChallengeId, i64)> = amendment::Entity::find()
        .select_only()
        .column(amendment::Column::ChallengeId)
        .column_as(amendment::Column::Id.count(), "count")
        .filter(amendment::Column::ChallengeId.is_in(ids.iter().copied()))
        .group_by(amendment::Column::ChallengeId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// An offer of a challenge that the viewer may see.
pub async fn offer(conn: &impl Conn, viewer: &Viewer, id: OfferId) -> Result<Option<OfferView>> {
    let Some(row) = offer::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    Ok(is_seen(conn, viewer, row.challenge_id).await?.then(|| offer_view(row)))
}

/// One page of offers for each of these challenges, oldest first.
pub async fn offers(
    conn: &impl Conn,
    ids: &[ChallengeId],
    request: &PageRequest,
) -> Result<HashMap<ChallengeId, Page<OfferView>>> {
    let mut select = offer::Entity::find().filter(offer::Column::ChallengeId.is_in(ids.iter().copied()));
    let keyset = Keyset::by_id("offers", (offer::Entity, offer::Column::Id), Direction::Ascending);
    let of = (offer::Entity, offer::Column::ChallengeId);
    let select = per_parent(conn, QueryTrait::query(&mut select), of, &keyset, request)?;
    let rows = offer::Model::find_by_statement(select).all(conn).await?;
    let pages = grouped(rows, |row| row.challenge_id, offer_view);
    Ok(pages
        .into_iter()
        .map(|(id, rows)| (id, keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid()))))
        .collect())
}

/// How many offers each of these challenges has.
pub async fn offer_counts(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, u64>> {
    use sea_orm::QuerySelect;
    let rows: Vec<(ChallengeId, i64)> = offer::Entity::find()
        .select_only()
        .column(offer::Column::ChallengeId)
        .column_as(offer::Column::Id.count(), "count")
        .filter(offer::Column::ChallengeId.is_in(ids.iter().copied()))
        .group_by(offer::Column::ChallengeId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// The questions that wait for the viewer, oldest first: of the own department's challenges, of all that an organizer runs.
pub async fn questions_due(conn: &impl Conn, viewer: &Viewer, request: &PageRequest) -> Result<Page<QuestionView>> {
    let mut select = due(viewer);
    let keyset = Keyset::by_id("questions_due", (question::Entity, question::Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let views = select.all(conn).await?.into_iter().map(question_view).collect();
    Ok(keyset.cut(views, request, |view| Cursor::by_id(view.id.uuid())))
}

/// How many questions wait for the viewer.
pub async fn questions_due_count(conn: &impl Conn, viewer: &Viewer) -> Result<u64> {
    Ok(due(viewer).count(conn).await?)
}

/// How many questions of the viewer's own organization on these challenges are neither answered nor declined.
pub async fn waiting(conn: &impl Conn, viewer: &Viewer, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, u64>> {
    let Some(own) = viewer.acts_for(Role::Bidder) else { return Ok(HashMap::new()) };
    let rows: Vec<(ChallengeId, i64)> = question::Entity::find()
        .select_only()
        .column(question::Column::ChallengeId)
        .column_as(question::Column::Id.count(), "count")
        .filter(question::Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(question::Column::AskerOrganizationId.eq(own))
        .filter(question::Column::AnsweredAt.is_null())
        .filter(question::Column::DeclinedAt.is_null())
        .group_by(question::Column::ChallengeId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

fn due(viewer: &Viewer) -> Select<question::Entity> {
    let (runs, own) = policy::answers_for(viewer);
    let of = (question::Entity, question::Column::ChallengeId);
    let own = own.map(|own| such(of, Expr::col((Entity, Column::DepartmentId)).eq(own)));
    let runs = match runs {
        Reach::Nothing => None,
        reach => Some(within(reach, of)),
    };
    let waiting = Column::Status.is_in([ChallengeStatus::Published, ChallengeStatus::Closed]);
    let nobody = (own.is_none() && runs.is_none()).then(|| Expr::value(1).eq(0));
    question::Entity::find()
        .filter(question::Column::AnsweredAt.is_null())
        .filter(question::Column::DeclinedAt.is_null())
        .filter(such(of, waiting))
        .filter(Condition::any().add_option(own).add_option(runs).add_option(nobody))
}

/// Who holds the key that opens a challenge's bids.
#[derive(Clone, Debug)]
pub struct SealView {
    pub mode: SealMode,
    /// The age recipient that bids are encrypted to.
    pub recipient: String,
    /// The recipients that hold a share each.
    pub openers: Vec<String>,
    pub escrow_recipient: Option<String>,
    /// The key, encrypted to the escrow's recipient; for organizers.
    pub escrowed: Option<String>,
}

/// The seals of published challenges.
pub async fn seals(conn: &impl Conn, viewer: &Viewer, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, SealView>> {
    use super::model::share;
    let rows = seal::Entity::find().filter(seal::Column::ChallengeId.is_in(ids.iter().copied())).all(conn).await?;
    let shares: Vec<(ChallengeId, String)> = share::Entity::find()
        .select_only()
        .columns([share::Column::ChallengeId, share::Column::Recipient])
        .filter(share::Column::ChallengeId.is_in(ids.iter().copied()))
        .order_by_asc(share::Column::HolderId)
        .into_tuple()
        .all(conn)
        .await?;
    let mut openers: HashMap<ChallengeId, Vec<String>> = HashMap::new();
    for (challenge, recipient) in shares {
        openers.entry(challenge).or_default().push(recipient);
    }
    let view = |row: seal::Model| SealView {
        mode: row.mode,
        recipient: row.recipient,
        openers: openers.get(&row.challenge_id).cloned().unwrap_or_default(),
        escrow_recipient: row.escrow_recipient,
        escrowed: row.escrowed.filter(|_| policy::sees_escrowed(viewer)),
    };
    Ok(rows.into_iter().map(|row| (row.challenge_id, view(row))).collect())
}

/// The viewer's own share of a challenge's key, and the first opener's that waits for it; both encrypted to the viewer.
#[derive(Clone, Debug)]
pub struct ShareView {
    pub share: String,
    pub waiting: Option<String>,
}

/// The viewer's own shares.
pub async fn own_shares(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[ChallengeId],
) -> Result<HashMap<ChallengeId, ShareView>> {
    use super::model::share;
    let Some(holder) = viewer.user().filter(|_| viewer.is(Role::Organizer)) else { return Ok(HashMap::new()) };
    let own = share::Entity::find()
        .filter(share::Column::HolderId.eq(holder))
        .filter(share::Column::ChallengeId.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    let of = own.iter().map(|share| share.challenge_id);
    let seals = seal::Entity::find().filter(seal::Column::ChallengeId.is_in(of)).all(conn).await?;
    let waiting = |id: ChallengeId| {
        let seal = seals.iter().find(|seal| seal.challenge_id == id)?;
        let opening = seal.waiting_share.as_ref().zip(seal.waiting_from);
        let (share, from) = opening.or(seal.reshare_waiting.as_ref().zip(seal.reshare_from))?;
        (from != holder).then(|| share.clone())
    };
    Ok(own
        .into_iter()
        .map(|share| {
            let waiting = waiting(share.challenge_id);
            (share.challenge_id, ShareView { share: share.sealed, waiting })
        })
        .collect())
}

/// Those of these challenges, which found no winner, of which a copy is under way.
pub async fn reruns_under_way(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, ()>> {
    let found: Vec<Option<ChallengeId>> =
        store::reruns(ids).select_only().column(Column::RerunOf).into_tuple().all(conn).await?;
    Ok(found.into_iter().flatten().map(|id| (id, ())).collect())
}

/// What bears on what a viewer may do with a challenge, besides what policy asks of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside {
    /// The rules in force; asked for where it is approved.
    pub rules: Option<Revision>,
    /// The questions of the viewer's organization that wait; asked for where it is open.
    pub waiting: u64,
    /// Whether a copy of it is under way; asked for where it found no winner.
    pub rerun: bool,
}

/// The mutations of this slice that would be accepted from the viewer now.
pub fn actions(viewer: &Viewer, facts: &ChallengeFacts, beside: Beside, now: Instant) -> Vec<&'static str> {
    // Whether the viewer holds a share is asked when it is handed in.
    let table: [(&'static str, bool); 16] = [
        ("reshareOpeningKey", policy::may_reshare(viewer, facts, false).is_ok()),
        ("reviseChallenge", policy::may_revise(viewer, facts).is_ok()),
        ("submitChallenge", policy::may_submit(viewer, facts).is_ok()),
        ("returnChallenge", policy::may_return(viewer, facts).is_ok()),
        ("approveChallenge", policy::may_approve(viewer, facts).is_ok()),
        ("rejectChallenge", policy::may_reject(viewer, facts).is_ok()),
        ("withdrawChallenge", policy::may_withdraw(viewer, facts).is_ok()),
        ("publishChallenge", policy::may_publish(viewer, facts, false, beside.rules).is_ok()),
        ("askQuestion", policy::may_ask(viewer, facts, beside.waiting, now).is_ok()),
        ("answerQuestion", policy::may_answer(viewer, facts).is_ok()),
        ("declineQuestion", facts.open_questions > 0 && policy::may_decline(viewer, facts).is_ok()),
        ("offerAccess", policy::may_offer(viewer, facts).is_ok()),
        ("amendChallenge", policy::may_amend(viewer, facts).is_ok()),
        ("cancelChallenge", policy::may_cancel(viewer, facts).is_ok()),
        ("rerunChallenge", policy::may_rerun(viewer, facts, beside.rerun).is_ok()),
        ("recordExternalResult", policy::may_record_result(viewer, facts).is_ok()),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// `access::challenges::may_see`, in SQL.
fn seen(viewer: &Viewer) -> SelectTwo<Entity, organization::Entity> {
    let select = Entity::find().find_also_related(organization::Entity);
    match policy::sees(viewer) {
        Seen::All => select,
        Seen::Published(own) => {
            let own = own.map(|own| Column::DepartmentId.eq(own));
            select.filter(Condition::any().add(Column::PublishedAt.is_not_null()).add_option(own))
        }
    }
}

/// `access::challenges::Reach`, in SQL: whether it reaches the challenge that this column of a statement names.
pub(crate) fn within<E: sea_orm::Iden + Copy + 'static, C: sea_orm::Iden + Copy + 'static>(
    reach: Reach,
    of: (E, C),
) -> Condition {
    match reach {
        Reach::Nothing => Condition::all().add(Expr::value(1).eq(0)),
        Reach::Others(own) => Condition::all().add(such(of, Expr::col((Entity, Column::DepartmentId)).ne(own))),
        Reach::Everything => Condition::all(),
    }
}

/// The challenge that this column of a statement names is such.
pub(crate) fn such<E: sea_orm::Iden + Copy + 'static, C: sea_orm::Iden + Copy + 'static>(
    of: (E, C),
    such: SimpleExpr,
) -> SimpleExpr {
    let challenges = Query::select()
        .column((Entity, Column::Id))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::Id)).equals(of))
        .and_where(such)
        .take();
    Expr::exists(challenges)
}

/// The ids of all that is asked for, as selects of which no two find the same. With a request each is one walk along the order of the
/// list, behind the cursor and as far as one page goes, so that no page costs more than those few walks.
async fn walks(
    conn: &impl Conn,
    viewer: &Viewer,
    now: Instant,
    filter: &ChallengeFilter,
    order: ChallengeOrder,
    request: Option<&PageRequest>,
) -> Result<Vec<SelectStatement>> {
    let Some(wanted) = find::read(filter)? else { return Ok(Vec::new()) };
    let shelves: Vec<(Shelf, Option<OrganizationId>)> = match policy::sees(viewer) {
        Seen::All => vec![(Shelf::Challenges, None), (Shelf::UnpublishedChallenges, None)],
        Seen::Published(None) => vec![(Shelf::Challenges, None)],
        Seen::Published(own) => vec![(Shelf::Challenges, None), (Shelf::UnpublishedChallenges, own)],
    };
    let scarce = scarce(conn, &wanted, now).await?;
    let mut walks = Vec::new();
    for (shelf, own) in shelves {
        // What is not published has no deadline yet.
        if shelf == Shelf::UnpublishedChallenges && wanted.deadline != (None, None) {
            continue;
        }
        // Counted among the published; of the others nobody knows.
        let few = scarce && shelf == Shelf::Challenges;
        let sought = wanted.sought(own);
        let counts = search::rarest_first(conn, shelf, &sought).await?;
        for sought in sought {
            if sought.is_empty() {
                walks.extend(along_challenges(&wanted, shelf, few, now, order, request)?);
            } else {
                walks.push(along_words(&wanted, shelf, &sought.led(&counts), few, now, order, request)?);
            }
        }
    }
    Ok(walks)
}

/// The walk along the rows of a word, or among the few that are of the states and the money asked for.
fn along_words(
    wanted: &Wanted,
    shelf: Shelf,
    sought: &Sought,
    scarce: bool,
    now: Instant,
    order: ChallengeOrder,
    request: Option<&PageRequest>,
) -> Result<SelectStatement> {
    let (along, keyset) = order.along_words();
    let rest = rest(wanted, now);
    let mut walk = if scarce {
        search::found_among(shelf, sought, such_challenges(shelf, rest.clone()))
    } else {
        search::found(shelf, sought, along)
    };
    walk.expr(Expr::col(search::ID));
    let (from, to) = wanted.deadline;
    let due = || Expr::col(search::DUE);
    walk.and_where_option(from.map(|from| due().gte(from.timestamp_millis())));
    walk.and_where_option(to.map(|to| due().lte(to.timestamp_millis())));
    if wanted.states.as_deref() == Some(&[State::Open]) {
        // Nothing that is due is open: the walk begins behind it.
        walk.and_where(due().gt(now.timestamp_millis()));
    }
    if !scarce && !rest.is_empty() {
        let such = such_challenges(shelf, rest).and_where(Expr::col((Entity, Column::Id)).equals(search::ID)).take();
        walk.and_where(Expr::exists(such));
    }
    request.map(|request| keyset.apply(&mut walk, request)).transpose()?;
    Ok(walk)
}

/// The walks along challenges themselves: where states are asked for, one for each.
fn along_challenges(
    wanted: &Wanted,
    shelf: Shelf,
    scarce: bool,
    now: Instant,
    order: ChallengeOrder,
    request: Option<&PageRequest>,
) -> Result<Vec<SelectStatement>> {
    let published = Expr::col((Entity, Column::PublishedAt));
    let mut plain = Query::select();
    plain.column((Entity, Column::Id)).from(Entity).cond_where(money(wanted));
    let (from, to) = wanted.deadline;
    plain.and_where_option(from.map(|from| Column::ListedDeadline.gte(from)));
    plain.and_where_option(to.map(|to| Column::ListedDeadline.lte(to)));
    let states = if shelf == Shelf::Challenges {
        plain.and_where(published.is_not_null());
        wanted.states.as_ref()
    } else {
        let states = wanted.states.as_ref();
        plain
            .and_where(published.is_null())
            .cond_where(states.map_or_else(Condition::all, |states| any_of(states, now)));
        None
    };
    let keyset = order.keyset();
    let unbounded = |mut walk: SelectStatement| {
        request.map(|request| keyset.apply(&mut walk, request)).transpose()?;
        walk.clear_order_by().reset_limit();
        Ok::<_, crate::base::Error>(walk)
    };
    if scarce {
        return Ok(vec![unbounded(plain.cond_where(rest(wanted, now)).take())?]);
    }
    let bounded = |mut walk: SelectStatement| {
        request.map(|request| keyset.apply(&mut walk, request)).transpose()?;
        Ok::<_, crate::base::Error>(walk)
    };
    let Some(states) = states else { return Ok(vec![bounded(plain)?]) };
    states
        .iter()
        .map(|state| {
            // What its timer has not closed yet is little, and in no order but that of deadlines: it is taken whole.
            let walk = plain.clone().cond_where(state.condition(now, order)).take();
            if *state == State::Overdue { unbounded(walk) } else { bounded(walk) }
        })
        .collect()
}

/// All of them, ids alone.
fn together(walks: Vec<SelectStatement>) -> Option<SelectStatement> {
    let ids = |(number, walk): (usize, SelectStatement)| {
        Query::select().column("id").from_subquery(walk, format!("walk{number}")).take()
    };
    let mut all = walks.into_iter().enumerate().map(ids);
    let mut first = all.next()?;
    first.unions(all.map(|other| (UnionType::All, other)));
    Some(first)
}

/// Up to here challenges are counted: what is more frequent is met soon enough along any walk.
const COUNTED: u64 = 1_000;

/// Whether so few published challenges are of the states and the money asked for that they are looked through rather than walked to.
async fn scarce(conn: &impl Conn, wanted: &Wanted, now: Instant) -> Result<bool> {
    let rest = rest(wanted, now);
    if rest.is_empty() {
        return Ok(false);
    }
    // State by state: an index has each of them together.
    let some = |such: Condition| such_challenges(Shelf::Challenges, such).limit(COUNTED).take();
    let one = |state: &State| some(money(wanted).add(state.condition(now, ChallengeOrder::DeadlineAscending)));
    let each = wanted.states.as_ref().map_or_else(|| vec![some(rest)], |states| states.iter().map(one).collect());
    let Some(each) = together(each) else { return Ok(true) };
    let some = Query::select().column("id").from_subquery(each, "each").limit(COUNTED).take();
    let many = Query::select().expr_as(Expr::cust("count(*)"), "many").from_subquery(some, "found").take();
    let row = conn.query_one(&many).await?.ok_or_else(|| anyhow::anyhow!("a count has a row"))?;
    Ok(row.try_get::<i64>("", "many")?.unsigned_abs() < COUNTED)
}

/// What is asked of a challenge's own row.
fn rest(wanted: &Wanted, now: Instant) -> Condition {
    let any = |states: &Vec<State>| any_of(states, now);
    money(wanted).add_option(wanted.states.as_ref().map(any))
}

/// The ids of a shelf's challenges that are such.
fn such_challenges(shelf: Shelf, such: Condition) -> SelectStatement {
    let published = Expr::col((Entity, Column::PublishedAt));
    let shelved = if shelf == Shelf::Challenges { published.is_not_null() } else { published.is_null() };
    Query::select().column((Entity, Column::Id)).from(Entity).and_where(shelved).cond_where(such).take()
}

fn money(wanted: &Wanted) -> Condition {
    let (from, to) = wanted.budget;
    Condition::all()
        .add_option(from.map(|from| Column::BudgetTotal.gte(from)))
        .add_option(to.map(|to| Column::BudgetTotal.lte(to)))
}

fn any_of(states: &[State], now: Instant) -> Condition {
    // An empty list of states is a list that nothing is in.
    let none = states.is_empty().then(|| Expr::value(1).eq(0));
    states.iter().fold(Condition::any().add_option(none), |any, state| {
        any.add(state.condition(now, ChallengeOrder::DeadlineAscending))
    })
}

impl State {
    /// `lifecycle::at`, in SQL: past its deadline a challenge is closed, whatever is stored.
    fn condition(self, now: Instant, order: ChallengeOrder) -> Condition {
        let deadline = || Expr::col((Entity, Column::ListedDeadline));
        let stored = |status: ChallengeStatus| Condition::all().add(Column::Status.eq(status));
        match self {
            Self::Stored(status) => stored(status),
            // Not to be taken for the way to go where the order is another: SQLite would sort all that is open.
            Self::Open if order == ChallengeOrder::PublishedDescending => {
                let deadline = Expr::expr(Func::coalesce([deadline(), deadline()]));
                stored(ChallengeStatus::Published).add(deadline.gt(now))
            }
            Self::Open => stored(ChallengeStatus::Published).add(deadline().gt(now)),
            Self::Overdue => stored(ChallengeStatus::Published).add(deadline().lte(now)),
        }
    }
}

fn views(rows: Vec<(Model, Option<organization::Model>)>, now: Instant) -> Result<Vec<ChallengeView>> {
    rows.into_iter()
        .map(|(row, department)| {
            let department = department.ok_or_else(|| anyhow::anyhow!("{} has no department", row.id))?;
            Ok(ChallengeView {
                facts: store::facts(&row, now),
                budget: store::budget(&row),
                id: row.id,
                status: lifecycle::at(row.status, row.submission_deadline, now),
                code: row.code,
                title: row.title,
                domain: row.domain,
                scale: row.scale,
                mechanism: row.mechanism,
                pi_led: row.pi_led,
                legal_route: row.legal_route,
                department: department.into(),
                background: row.background,
                problem_statement: row.problem_statement,
                site_conditions: row.site_conditions,
                ip_terms: row.ip_terms,
                eligibility: row.eligibility,
                acceptance_method: row.acceptance_method,
                contact: row.contact,
                duration_months: row.duration_months,
                consortium_allowed: row.consortium_allowed,
                consortium_max_members: row.consortium_max_members,
                published_at: row.published_at,
                questions_close_at: row.questions_close_at,
                submission_deadline: row.submission_deadline,
                terms: row.terms,
                demand: row.demand_id,
                rerun_of: row.rerun_of,
                ordered_at: row.ordered_at,
                suspended_from: row.suspended_from.filter(|_| row.status == ChallengeStatus::Suspended),
                urgent_reason: row.urgent_reason,
                reason: match row.status {
                    ChallengeStatus::Returned | ChallengeStatus::Rejected => row.return_reason,
                    ChallengeStatus::Cancelled | ChallengeStatus::Failed | ChallengeStatus::Terminated => {
                        row.cancel_reason
                    }
                    ChallengeStatus::Suspended => row.order_reason,
                    _ => None,
                },
                external_result: row.external_result.zip(row.external_result_url),
                bid_count: row.bid_count,
                version: row.version,
                listed_deadline: row.listed_deadline,
                listed_at: row.listed_at,
            })
        })
        .collect()
}

/// Rows by what they belong to, each in the order that the database gave.
pub(crate) fn grouped<R, K: std::hash::Hash + Eq, V>(
    rows: Vec<R>,
    key: impl Fn(&R) -> K,
    view: impl Fn(R) -> V,
) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(view(row));
    }
    groups
}

pub(crate) fn indicator_view(row: indicator::Model) -> IndicatorView {
    IndicatorView {
        id: row.id,
        name: row.name,
        unit: row.unit,
        comparator: row.comparator,
        target: row.target,
        tolerance: row.tolerance,
        test_method: row.test_method,
        mandatory: row.mandatory,
        weight: row.weight,
    }
}

pub(crate) fn criterion_view(row: criterion::Model) -> CriterionView {
    CriterionView {
        id: row.id,
        name: row.name,
        weight: row.weight,
        minimum: row.minimum,
        guidance: row.guidance,
        price_formula: row.price_formula,
    }
}

fn question_view(row: question::Model) -> QuestionView {
    QuestionView {
        id: row.id,
        challenge: row.challenge_id,
        text: row.question,
        asked_at: row.asked_at,
        answer: row.answer,
        answered_at: row.answered_at,
        answer_due_at: row.answer_due_at,
        declined_at: row.declined_at,
        declined_because: row.declined_because,
    }
}

fn amendment_view(row: amendment::Model) -> AmendmentView {
    AmendmentView {
        id: row.id,
        challenge: row.challenge_id,
        summary: row.summary,
        material: row.material,
        at: row.at,
        new_deadline: row.new_deadline,
        changes: row.changes.unwrap_or_default().0,
    }
}

fn offer_view(row: offer::Model) -> OfferView {
    OfferView {
        id: row.id,
        challenge: row.challenge_id,
        kind: row.kind,
        description: row.description,
        whereabouts: row.whereabouts,
        takes_place_at: row.takes_place_at,
        offered_at: row.offered_at,
    }
}
