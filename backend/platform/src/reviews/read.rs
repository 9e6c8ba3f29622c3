//! Reading reviews: the viewer first, narrowed in SQL, in batches. Who sits is for organizers and supervisors until the first
//! notice; a sheet is its judge's alone until the round ends; what replaced judges wrote is nobody's.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::marks::Total;
use super::model::{self, Column, Entity, Model};
use super::ranking::Score;
use super::statistics::{self, Untold};
use super::{panel, store};
use crate::access::Viewer;
use crate::access::bids::BidFacts;
use crate::access::challenges::{ChallengeFacts, Reach, organizes};
use crate::access::reviews::{self as policy, PanelFacts, PanelSight, Seat, Sheet};
use crate::accounts::model::user;
use crate::base::id::{BidId, ChallengeId, Kind, OrganizationId, PanelId, SeatId, SheetId, UserId};
use crate::base::words::{BidStatus, ChallengeStatus, JudgeKind, TieRule};
use crate::base::{Cursor, Decimal, Error, Instant, Page, PageRequest, Result};
use crate::bids::model as bid;
use crate::challenges::model::panel as record;
use crate::challenges::read::CriterionView;
use crate::challenges::{self, model as challenge};
use crate::db::{Conn, Direction, Keyset, Leading, per_parent};
use crate::experts::verify::{Member, Record, Step};
use crate::organizations::read::OrganizationView;
use crate::{bids, experts, organizations, rules};

/// A panel, as this viewer is shown it.
#[derive(Clone, Debug)]
pub struct PanelView {
    pub id: PanelId,
    pub challenge: ChallengeId,
    /// Empty where the viewer is not shown who sits.
    pub judges: Vec<JudgeView>,
    pub draw: Box<DrawView>,
}

/// A seat, as this viewer is shown it.
#[derive(Clone, Debug)]
pub struct JudgeView {
    pub seat: SeatId,
    pub user: Option<UserId>,
    pub organization: Option<OrganizationId>,
    pub kind: JudgeKind,
    pub declared: bool,
    /// Whether the judge stepped aside; for supervisors.
    pub recused: Option<bool>,
    /// Why the seat was left; for supervisors.
    pub left_because: Option<String>,
    /// Who took the seat over; for supervisors.
    pub replaced_by: Option<UserId>,
    /// For organizers and supervisors.
    pub sheets_submitted: Option<u64>,
    /// For organizers and supervisors.
    pub sheets_total: Option<u64>,
    /// The judge's pseudonym in the draw and its salt, in hex, from the first notice on: SHA-256(salt ‖ user id) begins with it.
    pub pseudonym: Option<(String, String)>,
}

/// The record of the draw, as far as it is out.
#[derive(Clone, Debug)]
pub struct DrawView {
    pub algorithm: String,
    pub seed_commitment: String,
    /// From the first notice on.
    pub seed: Option<String>,
    pub candidates_hash: String,
    /// From the first notice on.
    pub candidates: Option<Vec<String>>,
    /// From the draw on.
    pub entropy: Option<Vec<String>>,
    /// The pseudonyms that could not be drawn any more, from the first notice on.
    pub excluded: Option<Vec<String>>,
    /// What came after the draw, from the first notice on.
    pub steps: Option<Vec<Step>>,
    /// Everything that it takes to run the draw again, from the first notice on.
    pub record: Option<Record>,
    pub drawn_at: Option<Instant>,
}

/// A challenge that a judge was drawn for and has not declared on.
#[derive(Clone, Debug)]
pub struct PendingView {
    pub challenge: ChallengeId,
    /// The department, bidders and members, by name, tied to no bid.
    pub parties: Vec<OrganizationView>,
}

/// A bid to be scored by the viewer.
#[derive(Clone, Debug)]
pub struct TaskView {
    pub bid: BidId,
    pub sheet: Option<SheetView>,
}

/// A score sheet, as this viewer is shown it.
#[derive(Clone, Debug)]
pub struct SheetView {
    pub id: SheetId,
    pub bid: BidId,
    pub challenge: ChallengeId,
    /// For the judge, organizers and supervisors.
    pub judge: Option<UserId>,
    /// In the order of the criteria.
    pub marks: Vec<MarkView>,
    /// From handing in on.
    pub total: Option<Decimal>,
    pub comment: Option<String>,
    pub submitted_at: Option<Instant>,
}

/// One mark of a sheet.
#[derive(Clone, Debug)]
pub struct MarkView {
    pub criterion: CriterionView,
    pub score: Decimal,
    pub reason: Option<String>,
}

/// A line of the ranking.
#[derive(Clone, Copy, Debug)]
pub struct RankedView {
    pub challenge: ChallengeId,
    pub bid: BidId,
    /// 1 … n, all distinct.
    pub rank: i32,
    /// Half-up to two places.
    pub score: Decimal,
    pub passed: bool,
    pub tie_broken_by: Option<TieRule>,
}

/// How the judges of a panel agree, once the round has ended.
#[derive(Clone, Debug)]
pub struct StatisticsView {
    /// Krippendorff's α over the totals, or why there is none.
    pub alpha: std::result::Result<f64, Untold>,
    /// How many totals it looks at.
    pub ratings: u64,
    /// How far each judge lies from the panel on average, in points.
    pub judges: Vec<(UserId, f64)>,
}

/// How the viewer stands to a review.
#[derive(Clone, Debug)]
pub struct Stand {
    pub panel: Option<PanelFacts>,
    pub seat: Seat,
}

/// Challenges whose first notice has ended: told by `awards`, which lies above.
pub type NoticeOver<'a> = &'a [ChallengeId];

/// The panels of challenges that the viewer has been shown; there is one from publication on.
pub async fn panels(conn: &impl Conn, viewer: &Viewer, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, PanelView>> {
    let records = challenges::panels(conn, ids).await?;
    let departments = departments(conn, ids).await?;
    let own = match policy::judge(viewer) {
        Some(judge) => store::seats_of(conn, judge, ids).await?,
        None => HashMap::new(),
    };
    let sights: Vec<(record::Model, PanelSight)> = records
        .into_iter()
        .filter_map(|record| {
            let id = record.challenge_id;
            let seat = own.get(&id).copied().unwrap_or(Seat::None);
            let sight = policy::panel_sight(viewer, *departments.get(&id)?, seat, record.seed.is_some());
            Some((record, sight))
        })
        .collect();
    let with = |wanted: fn(&record::Model, PanelSight) -> bool| -> Vec<ChallengeId> {
        let some = sights.iter().filter(|(record, sight)| wanted(record, *sight));
        some.map(|(record, _)| record.challenge_id).collect()
    };
    let seats = Seats::read(
        conn,
        &with(|_, sight| sight.shows_seat(true)),
        &with(|_, sight| sight.tells_work()),
        &with(|record, _| policy::tells_draw(record.seed.is_some())),
    )
    .await?;
    let views = sights.into_iter().filter(|(_, sight)| sight.shows_panel()).map(|(record, sight)| {
        let id = record.challenge_id;
        Ok((
            id,
            PanelView {
                id: record.id,
                challenge: id,
                judges: seats.shown(id, sight),
                draw: Box::new(draw(record, &seats)?),
            },
        ))
    });
    views.collect()
}

/// The panels with these ids, of challenges that the viewer may see.
pub async fn panels_by_ids(conn: &impl Conn, viewer: &Viewer, ids: &[PanelId]) -> Result<Vec<PanelView>> {
    let challenges: Vec<ChallengeId> = record::Entity::find()
        .select_only()
        .column(record::Column::ChallengeId)
        .filter(record::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    // There is a panel from publication on, and what has been published is everybody's to see.
    Ok(panels(conn, viewer, &challenges).await?.into_values().collect())
}

/// What hangs on the seats of several panels.
struct Seats {
    seats: HashMap<ChallengeId, Vec<Model>>,
    organizations: HashMap<UserId, Option<OrganizationId>>,
    bids: HashMap<ChallengeId, u64>,
    submitted: HashMap<SeatId, u64>,
    pseudonyms: HashMap<(ChallengeId, UserId), (String, String)>,
    lines: HashMap<ChallengeId, Vec<String>>,
    steps: HashMap<ChallengeId, Vec<Step>>,
    sizes: HashMap<ChallengeId, u32>,
    /// The nonce and the root of the closing, in hex.
    closings: HashMap<ChallengeId, (String, String)>,
}

impl Seats {
    /// `shown`: whose seats are; `counted`: where sheets are counted; `out`: where the draw's record is out.
    async fn read(
        conn: &impl Conn,
        shown: &[ChallengeId],
        counted: &[ChallengeId],
        out: &[ChallengeId],
    ) -> Result<Self> {
        let seats = match shown {
            [] => Vec::new(),
            _ => Entity::find().filter(is_in(shown)).order_by_asc(Column::Id).all(conn).await?,
        };
        let users: Vec<UserId> = seats.iter().map(|seat| seat.user_id).collect();
        let nobody = users.is_empty();
        let (bids, submitted) = match counted {
            [] => Default::default(),
            _ => (scored(conn, counted).await?, submitted(conn, counted).await?),
        };
        Ok(Self {
            organizations: if nobody { HashMap::new() } else { organizations_of(conn, &users).await? },
            bids,
            submitted,
            pseudonyms: match out {
                _ if nobody => HashMap::new(),
                [] => HashMap::new(),
                _ => experts::pseudonyms(conn, out, &users).await?,
            },
            lines: match out {
                [] => HashMap::new(),
                _ => experts::lines(conn, out.iter().copied()).await?,
            },
            steps: match out {
                [] => HashMap::new(),
                _ => store::steps(conn, out).await?,
            },
            closings: match out {
                [] => HashMap::new(),
                _ => bids::closings(conn, out).await?,
            },
            sizes: match out {
                [] => HashMap::new(),
                _ => {
                    let rules = rules::of_challenges(conn, out.iter().copied()).await?;
                    rules.into_iter().map(|(id, rules)| (id, rules.resolved.panel_size)).collect()
                }
            },
            seats: challenges::read::grouped(seats, |seat| seat.challenge_id, |seat| seat),
        })
    }

    /// Who sat to the end, for whoever runs the draw again.
    fn members(&self, challenge: ChallengeId) -> Vec<Member> {
        let seats = self.seats.get(&challenge).map(Vec::as_slice).unwrap_or_default();
        let member = |seat: &Model| {
            let (pseudonym, salt) = self.pseudonyms.get(&(challenge, seat.user_id))?.clone();
            Some(Member { pseudonym, salt, user: seat.user_id.to_string() })
        };
        seats.iter().filter(|seat| seat.sits()).filter_map(member).collect()
    }

    fn shown(&self, challenge: ChallengeId, sight: PanelSight) -> Vec<JudgeView> {
        let seats = self.seats.get(&challenge).map(Vec::as_slice).unwrap_or_default();
        let shown = seats.iter().filter(|seat| sight.shows_seat(seat.sits()));
        shown.map(|seat| self.judge(seat, seats, sight)).collect()
    }

    fn judge(&self, seat: &Model, seats: &[Model], sight: PanelSight) -> JudgeView {
        let (departures, counts) = (sight.tells_departures(), sight.tells_work());
        let named = sight.names(seat.declared_at.is_some());
        let successor = seats.iter().find(|other| Some(other.id) == seat.replaced_by).map(|other| other.user_id);
        let left = seat.stepped_aside_why.as_ref().or(seat.replaced_why.as_ref());
        let key = (seat.challenge_id, seat.user_id);
        JudgeView {
            seat: seat.id,
            user: Some(seat.user_id).filter(|_| named),
            organization: self.organizations.get(&seat.user_id).copied().flatten().filter(|_| named),
            kind: seat.kind,
            declared: seat.declared_at.is_some(),
            recused: departures.then_some(seat.stepped_aside_at.is_some()),
            left_because: left.filter(|_| departures).cloned(),
            replaced_by: successor.filter(|_| departures),
            sheets_submitted: counts.then(|| self.submitted.get(&seat.id).copied().unwrap_or(0)),
            sheets_total: counts.then(|| self.bids.get(&seat.challenge_id).copied().unwrap_or(0)),
            pseudonym: self.pseudonyms.get(&key).filter(|_| named).cloned(),
        }
    }
}

fn draw(record: record::Model, seats: &Seats) -> Result<DrawView> {
    let id = record.challenge_id;
    let seed = record.seed.as_ref().filter(|_| policy::tells_draw(record.seed.is_some())).cloned();
    let entropy = record.drawn_at.map(|_| panel::entropy(&record)).transpose()?;
    let excluded: Option<Vec<String>> =
        record.excluded.as_deref().filter(|_| seed.is_some()).map(serde_json::from_str).transpose()?;
    let steps = seed.as_ref().map(|_| seats.steps.get(&id).cloned().unwrap_or_default());
    let candidates = seats.lines.get(&id).filter(|_| seed.is_some()).cloned();
    let whole = seed.clone().zip(entropy.clone()).zip(excluded.clone()).zip(steps.clone()).zip(candidates.clone());
    // A panel from before steps were kept cannot be run again whole: half a record would accuse an honest draw.
    let left = seats.seats.get(&id).map_or(0, |seats| seats.iter().filter(|seat| !seat.sits()).count());
    let told = steps.iter().flatten().map(|step| step.departed.len()).sum::<usize>();
    let whole = whole.zip(seats.sizes.get(&id)).filter(|_| left == told);
    let whole = whole.zip(seats.closings.get(&id));
    let again = whole.map(|((((((seed, entropy), excluded), steps), candidates), size), closing)| {
        Ok::<_, Error>(Record {
            algorithm: record.algorithm.clone(),
            panel_size: usize::try_from(*size).map_err(anyhow::Error::from)?,
            seed_commitment: record.seed_commitment.clone(),
            seed,
            candidates_hash: record.candidates_hash.clone(),
            candidates,
            entropy,
            closing_nonce: closing.0.clone(),
            closing_root: closing.1.clone(),
            excluded,
            steps,
            panel: seats.members(id),
        })
    });
    Ok(DrawView {
        record: again.transpose()?,
        candidates,
        algorithm: record.algorithm,
        seed_commitment: record.seed_commitment,
        seed,
        candidates_hash: record.candidates_hash,
        entropy,
        excluded,
        steps,
        drawn_at: record.drawn_at,
    })
}

async fn departments(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, OrganizationId>> {
    let rows: Vec<(ChallengeId, OrganizationId)> = challenge::Entity::find()
        .select_only()
        .columns([challenge::Column::Id, challenge::Column::DepartmentId])
        .filter(challenge::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

async fn organizations_of(conn: &impl Conn, users: &[UserId]) -> Result<HashMap<UserId, Option<OrganizationId>>> {
    let rows: Vec<(UserId, Option<OrganizationId>)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::OrganizationId])
        .filter(user::Column::Id.is_in(users.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// How many bids of each challenge are or were to be scored: once the panel is drawn every bid has been checked.
async fn scored(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, u64>> {
    use BidStatus::{FormalPassed, Lost, Negotiating, NotShortlisted, ProposedWinner, Scored, Shortlisted, Won};
    let states = [FormalPassed, Scored, Shortlisted, NotShortlisted, Negotiating, ProposedWinner, Won, Lost];
    let mut counts = HashMap::new();
    for ((id, _), count) in bids::tally(conn, ids, &states).await? {
        *counts.entry(id).or_insert(0) += count;
    }
    Ok(counts)
}

async fn submitted(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<SeatId, u64>> {
    use model::sheet::{Column, Entity};
    let rows: Vec<(SeatId, i64)> = Entity::find()
        .select_only()
        .column(Column::SeatId)
        .column_as(Column::Id.count(), "count")
        .filter(Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(Column::SubmittedAt.is_not_null())
        .group_by(Column::SeatId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

fn is_in(ids: &[ChallengeId]) -> SimpleExpr {
    Column::ChallengeId.is_in(ids.iter().copied())
}

/// How the judges of these panels agree: for organizers and supervisors, once the round has ended.
pub async fn statistics(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[ChallengeId],
) -> Result<HashMap<ChallengeId, StatisticsView>> {
    let departments = departments(conn, ids).await?;
    let closed = challenges::panels(conn, ids).await?.into_iter().filter_map(|record| {
        let id = record.challenge_id;
        let sight = policy::panel_sight(viewer, *departments.get(&id)?, Seat::None, record.seed.is_some());
        policy::sees_statistics(sight, record.closed_at.is_some()).then_some(id)
    });
    let closed: Vec<ChallengeId> = closed.collect();
    let sheets = store::counting(conn, &closed).await?;
    let by_challenge = challenges::read::grouped(sheets, |sheet| sheet.challenge_id, |sheet| sheet);
    let criteria = challenges::read::criteria(conn, &closed).await?;
    let of = |id: &ChallengeId| criteria.get(id).map(Vec::as_slice).unwrap_or_default();
    Ok(by_challenge.into_iter().map(|(id, sheets)| (id, agreement(sheets, of(&id)))).collect())
}

/// Over what the judges gave: a mark that a formula gave is the same on all their sheets, and no agreement of theirs.
fn agreement(sheets: Vec<model::sheet::Model>, criteria: &[CriterionView]) -> StatisticsView {
    let given = |sheet: &model::sheet::Model| {
        let computed = criteria.iter().filter(|criterion| criterion.price_formula.is_some());
        let by_formula = computed.filter_map(|criterion| {
            Some(i64::from(criterion.weight) * sheet.marks.0.get(&criterion.id)?.score.units())
        });
        sheet.total.unwrap_or_default() - by_formula.sum::<i64>()
    };
    let ratings = sheets.len() as u64;
    let mut table: BTreeMap<(SeatId, UserId), BTreeMap<BidId, i64>> = BTreeMap::new();
    for sheet in sheets {
        let row = table.entry((sheet.seat_id, sheet.judge_id)).or_default();
        row.insert(sheet.bid_id, given(&sheet));
    }
    let totals: Vec<Vec<i64>> = table.values().map(|row| row.values().copied().collect()).collect();
    let deviations = statistics::mean_deviations(&totals);
    StatisticsView {
        alpha: statistics::krippendorff_alpha(&totals),
        ratings,
        judges: table.into_keys().map(|(_, judge)| judge).zip(deviations).collect(),
    }
}

/// The challenges on whose panel the viewer sits, free of conflicts: `bids::read::Judged`.
pub async fn judged(conn: &impl Conn, viewer: &Viewer) -> Result<Vec<ChallengeId>> {
    let Some(judge) = policy::judge(viewer) else { return Ok(Vec::new()) };
    let seats = store::sitting().filter(Column::UserId.eq(judge)).filter(Column::DeclaredAt.is_not_null());
    Ok(seats.all(conn).await?.into_iter().map(|seat| seat.challenge_id).collect())
}

/// The challenges that the viewer was drawn for and has not declared on, oldest first: `access::reviews::may_declare`, in SQL.
pub async fn pending_declarations(conn: &impl Conn, viewer: &Viewer) -> Result<Vec<PendingView>> {
    let Some(judge) = policy::judge(viewer) else { return Ok(Vec::new()) };
    let seats = store::sitting()
        .filter(Column::UserId.eq(judge))
        .filter(Column::DeclaredAt.is_null())
        .filter(Column::ChallengeId.in_subquery(in_review()))
        .all(conn)
        .await?;
    let ids: Vec<ChallengeId> = seats.iter().map(|seat| seat.challenge_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut parties = bids::parties(conn, &ids).await?;
    for (challenge, department) in departments(conn, &ids).await? {
        parties.entry(challenge).or_default().insert(department);
    }
    let all: HashSet<OrganizationId> = parties.values().flatten().copied().collect();
    let all: Vec<OrganizationId> = all.into_iter().collect();
    let mut named = organizations::read::named(conn, &all).await?;
    named.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let pending = ids.into_iter().map(|challenge| {
        let of = parties.get(&challenge);
        let theirs = named.iter().filter(|one| of.is_some_and(|of| of.contains(&one.id)));
        PendingView { challenge, parties: theirs.cloned().collect() }
    });
    Ok(pending.collect())
}

fn in_review() -> SelectStatement {
    Query::select()
        .column((challenge::Entity, challenge::Column::Id))
        .from(challenge::Entity)
        .and_where(Expr::col((challenge::Entity, challenge::Column::Status)).eq(ChallengeStatus::Reviewing))
        .take()
}

/// One page of the bids that the viewer has to score, each with the own sheet.
pub async fn review_tasks(conn: &impl Conn, viewer: &Viewer, request: &PageRequest) -> Result<Page<TaskView>> {
    let Some(mut select) = tasks(viewer) else { return Ok(Page::empty()) };
    let keyset = Keyset::by_id("review_tasks", (bid::Entity, bid::Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.all(conn).await?;
    let ids: Vec<BidId> = rows.iter().map(|row| row.id).collect();
    let mut own: HashMap<BidId, SheetView> = HashMap::new();
    if let (Some(judge), false) = (policy::judge(viewer), ids.is_empty()) {
        let sheets = store::of_sitting(model::sheet::Entity::find())
            .filter(model::sheet::Column::JudgeId.eq(judge))
            .filter(model::sheet::Column::BidId.is_in(ids));
        let views = sheet_views(conn, viewer, sheets.all(conn).await?).await?;
        own = views.into_iter().map(|view| (view.bid, view)).collect();
    }
    let tasks = rows.into_iter().map(|row| TaskView { bid: row.id, sheet: own.remove(&row.id) }).collect();
    Ok(keyset.cut(tasks, request, |task| Cursor::by_id(task.bid.uuid())))
}

/// How many bids the viewer has to score, scored ones too.
pub async fn review_task_count(conn: &impl Conn, viewer: &Viewer) -> Result<u64> {
    match tasks(viewer) {
        Some(select) => Ok(select.count(conn).await?),
        None => Ok(0),
    }
}

/// `access::reviews::may_mark`, whether or not the sheet is in, in SQL.
fn tasks(viewer: &Viewer) -> Option<Select<bid::Entity>> {
    let judge = policy::judge(viewer)?;
    let seats = Query::select()
        .column((Entity, Column::ChallengeId))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::UserId)).eq(judge))
        .and_where(Expr::col((Entity, Column::DeclaredAt)).is_not_null())
        .and_where(Expr::col((Entity, Column::SteppedAsideAt)).is_null())
        .and_where(Expr::col((Entity, Column::ReplacedAt)).is_null())
        .take();
    let bids = bid::Entity::find()
        .filter(bid::Column::Status.eq(BidStatus::FormalPassed))
        .filter(bid::Column::ChallengeId.in_subquery(in_review()))
        .filter(bid::Column::ChallengeId.in_subquery(seats));
    Some(bids)
}

/// Those of these sheets that the viewer may see.
pub async fn sheets(
    conn: &impl Conn,
    viewer: &Viewer,
    over: NoticeOver<'_>,
    ids: &[SheetId],
) -> Result<Vec<SheetView>> {
    let select = seen_sheets(viewer, over).filter(model::sheet::Column::Id.is_in(ids.iter().copied()));
    sheet_views(conn, viewer, select.all(conn).await?).await
}

/// The sheets of these bids that the viewer may see.
pub async fn sheets_of_bids(
    conn: &impl Conn,
    viewer: &Viewer,
    over: NoticeOver<'_>,
    ids: &[BidId],
) -> Result<HashMap<BidId, Vec<SheetView>>> {
    use model::sheet::Column;
    let select = seen_sheets(viewer, over).filter(Column::BidId.is_in(ids.iter().copied())).order_by_asc(Column::Id);
    let views = sheet_views(conn, viewer, select.all(conn).await?).await?;
    Ok(challenges::read::grouped(views, |view| view.bid, |view| view))
}

/// In which challenges a bidder has bids that were opened: where the end of the notice has to be known.
pub async fn bidder_in(conn: &impl Conn, viewer: &Viewer) -> Result<Vec<ChallengeId>> {
    let Some(bidder) = policy::sees_results(viewer).own else { return Ok(Vec::new()) };
    let ranked = Query::select().column(model::ranked::Column::ChallengeId).from(model::ranked::Entity).take();
    let found = bid::Entity::find()
        .select_only()
        .column(bid::Column::ChallengeId)
        .filter(bid::Column::BidderId.eq(bidder))
        .filter(bid::Column::ChallengeId.in_subquery(ranked))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found)
}

/// `access::reviews::may_see_sheet`, in SQL.
fn seen_sheets(viewer: &Viewer, over: NoticeOver<'_>) -> Select<model::sheet::Entity> {
    use model::sheet::{Column, Entity};
    let of = (Entity, Column::ChallengeId);
    let mut any = Condition::any();
    if let Some(judge) = policy::judge(viewer) {
        any = any.add(Column::JudgeId.eq(judge));
    }
    let ended = Query::select()
        .column((record::Entity, record::Column::ChallengeId))
        .from(record::Entity)
        .and_where(Expr::col((record::Entity, record::Column::ChallengeId)).equals(of))
        .and_where(Expr::col((record::Entity, record::Column::ClosedAt)).is_not_null())
        .take();
    let handed_in = Condition::all().add(Column::SubmittedAt.is_not_null()).add(Expr::exists(ended)).add(results(
        viewer,
        over,
        of,
        (Entity, Column::BidId),
    ));
    store::of_sitting(Entity::find()).filter(any.add(handed_in))
}

/// `access::reviews::may_see_result` of a review that has been closed, in SQL, by the columns of its challenge and its bid.
fn results<E: sea_orm::Iden + Copy + 'static, C: sea_orm::Iden + Copy + 'static>(
    viewer: &Viewer,
    over: NoticeOver<'_>,
    of: (E, C),
    bid_of: (E, C),
) -> Condition {
    let sees = policy::sees_results(viewer);
    if sees.overseen == Reach::Everything {
        return Condition::all();
    }
    let awarded = Expr::col((challenge::Entity, challenge::Column::AwardedAt)).is_not_null();
    let mut any =
        Condition::any().add(challenges::read::such(of, awarded)).add(challenges::read::within(sees.overseen, of));
    if let (Some(bidder), false) = (sees.own, over.is_empty()) {
        let own = Query::select()
            .column((bid::Entity, bid::Column::Id))
            .from(bid::Entity)
            .and_where(Expr::col((bid::Entity, bid::Column::Id)).equals(bid_of))
            .and_where(Expr::col((bid::Entity, bid::Column::BidderId)).eq(bidder))
            .take();
        any = any.add(Expr::col(of).is_in(over.iter().copied()).and(Expr::exists(own)));
    }
    any
}

/// Sheets that the viewer may see, as they are shown. Two statements for their challenges.
async fn sheet_views(conn: &impl Conn, viewer: &Viewer, rows: Vec<model::sheet::Model>) -> Result<Vec<SheetView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let of: HashSet<ChallengeId> = rows.iter().map(|row| row.challenge_id).collect();
    let of: Vec<ChallengeId> = of.into_iter().collect();
    let departments = departments(conn, &of).await?;
    let criteria = challenges::read::criteria(conn, &of).await?;
    let views = rows.into_iter().map(|row| {
        let criteria = criteria.get(&row.challenge_id).map(Vec::as_slice).unwrap_or_default();
        let marks = criteria.iter().filter_map(|criterion| {
            let given = row.marks.0.get(&criterion.id)?;
            Some(MarkView { criterion: criterion.clone(), score: given.score.decimal(), reason: given.reason.clone() })
        });
        let sees_judge = departments
            .get(&row.challenge_id)
            .is_some_and(|department| policy::sees_judge(viewer, *department, row.judge_id));
        SheetView {
            id: row.id,
            bid: row.bid_id,
            challenge: row.challenge_id,
            judge: Some(row.judge_id).filter(|_| sees_judge),
            marks: marks.collect(),
            total: row.total.map(|total| Total(total).decimal()),
            comment: row.remark,
            submitted_at: row.submitted_at,
        }
    });
    Ok(views.collect())
}

/// One page of the ranking of each challenge, as far as the viewer may see it; what is not named, the viewer sees nothing of.
pub async fn ranking(
    conn: &impl Conn,
    viewer: &Viewer,
    over: NoticeOver<'_>,
    ids: &[ChallengeId],
    request: &PageRequest,
) -> Result<HashMap<ChallengeId, Page<RankedView>>> {
    use model::ranked::{Column, Entity, Model};
    let mut select = seen_ranking(viewer, over).filter(Column::ChallengeId.is_in(ids.iter().copied()));
    let keyset =
        Keyset::by("ranking", (Entity, Column::Rank), Leading::Number, (Entity, Column::BidId), Direction::Ascending);
    let statement = per_parent(conn, QueryTrait::query(&mut select), (Entity, Column::ChallengeId), &keyset, request)?;
    let rows = Model::find_by_statement(statement).all(conn).await?;
    let groups = challenges::read::grouped(rows, |row| row.challenge_id, ranked_view);
    let page = |rows| keyset.cut(rows, request, |row: &RankedView| Cursor::by_number(row.rank.into(), row.bid.uuid()));
    Ok(groups.into_iter().map(|(id, rows)| (id, page(rows))).collect())
}

/// The whole ranking of a challenge, as far as the viewer may see it.
pub async fn whole_ranking(
    conn: &impl Conn,
    viewer: &Viewer,
    over: NoticeOver<'_>,
    challenge: ChallengeId,
) -> Result<Vec<RankedView>> {
    use model::ranked::Column;
    let lines = seen_ranking(viewer, over).filter(Column::ChallengeId.eq(challenge)).order_by_asc(Column::Rank);
    Ok(lines.all(conn).await?.into_iter().map(ranked_view).collect())
}

/// How many lines of each ranking the viewer may see.
pub async fn ranking_counts(
    conn: &impl Conn,
    viewer: &Viewer,
    over: NoticeOver<'_>,
    ids: &[ChallengeId],
) -> Result<HashMap<ChallengeId, u64>> {
    use model::ranked::Column;
    let rows: Vec<(ChallengeId, i64)> = seen_ranking(viewer, over)
        .select_only()
        .column(Column::ChallengeId)
        .column_as(Column::BidId.count(), "count")
        .filter(Column::ChallengeId.is_in(ids.iter().copied()))
        .group_by(Column::ChallengeId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

fn seen_ranking(viewer: &Viewer, over: NoticeOver<'_>) -> Select<model::ranked::Entity> {
    use model::ranked::{Column, Entity};
    Entity::find().filter(results(viewer, over, (Entity, Column::ChallengeId), (Entity, Column::BidId)))
}

fn ranked_view(row: model::ranked::Model) -> RankedView {
    let score = Score { sum: row.score_sum, count: row.score_count.unsigned_abs() };
    RankedView {
        challenge: row.challenge_id,
        bid: row.bid_id,
        rank: row.rank,
        score: score.display(),
        passed: row.passed,
        tie_broken_by: row.tie_broken_by,
    }
}

/// How the viewer stands to the reviews of these challenges, for the own possible acts. Nothing for whoever has no part in any.
pub async fn stands(conn: &impl Conn, viewer: &Viewer, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, Stand>> {
    let mut panels = match organizes(viewer) {
        Reach::Nothing => HashMap::new(),
        Reach::Others(_) | Reach::Everything => store::panel_facts(conn, ids).await?,
    };
    let seats = match policy::judge(viewer) {
        Some(judge) => store::seats_of(conn, judge, ids).await?,
        None => HashMap::new(),
    };
    let stand = |id: &ChallengeId| {
        let seat = seats.get(id).copied().unwrap_or(Seat::None);
        (*id, Stand { panel: panels.remove(id), seat })
    };
    Ok(ids.iter().map(stand).collect())
}

/// Where the viewer's own sheets for these bids stand; for what is not named nothing has been written.
pub async fn own_sheets(conn: &impl Conn, viewer: &Viewer, ids: &[BidId]) -> Result<HashMap<BidId, Sheet>> {
    match policy::judge(viewer) {
        Some(judge) => store::sheet_states(conn, judge, ids).await,
        None => Ok(HashMap::new()),
    }
}

/// The mutations of this slice that would be accepted from the viewer on a challenge now.
pub fn challenge_actions(viewer: &Viewer, facts: &ChallengeFacts, stand: &Stand) -> Vec<&'static str> {
    let panel = stand.panel.as_ref();
    let table: [(&'static str, bool); 4] = [
        ("drawPanel", policy::may_draw(viewer, facts, panel).is_ok()),
        ("declareInterest", policy::may_declare(viewer, facts, stand.seat).is_ok()),
        ("replaceJudge", policy::may_replace_some(viewer, facts, panel).is_ok()),
        ("closeReview", policy::may_close(viewer, facts, panel).is_ok()),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// The mutations of this slice that would be accepted from the viewer on a bid now.
pub fn bid_actions(viewer: &Viewer, facts: &BidFacts, seat: Seat, sheet: Sheet) -> Vec<&'static str> {
    match policy::may_mark(viewer, facts, seat, sheet) {
        Ok(_) => vec!["saveScoreSheet", "submitScoreSheet"],
        Err(_) => Vec::new(),
    }
}
