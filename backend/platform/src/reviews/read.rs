//! Reading reviews: the viewer first, narrowed in SQL, in batches. Who sits is for organizers and supervisors until the first
//! notice; a sheet is its judge's alone until the round ends; what replaced judges wrote is nobody's.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::marks::{SheetMarks, Total};
use super::model::{self, Column, Entity, Model};
use super::price::{self, Prices};
use super::ranking::Score;
use super::{panel, rotation, store, trust};
use crate::access::Viewer;
use crate::access::bids::BidFacts;
use crate::access::challenges::{ChallengeFacts, Reach, organizes};
use crate::access::reviews::{self as policy, PanelFacts, PanelSight, Seat, Sheet};
use crate::access::scoring;
use crate::accounts::model::user;
use crate::base::id::{BidId, ChallengeId, Kind, OrganizationId, PanelId, SeatId, SheetId, UserId};
use crate::base::words::{BidStatus, ChallengeStatus, JudgeKind, RankingBasis, TieRule};
use crate::base::{Cursor, Decimal, Error, Fen, Instant, Page, PageRequest, Result};
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
    /// The seat of who leads the consensus round; for organizers and supervisors, and who sits.
    pub chair: Option<SeatId>,
    /// From when on the panel talked; for organizers and supervisors, and who sits.
    pub consensus_at: Option<Instant>,
    /// When the round ended.
    pub closed_at: Option<Instant>,
    /// Whether the viewer runs or watches over the review.
    pub runs_it: bool,
    pub draw: Box<DrawView>,
}

/// A seat, as this viewer is shown it.
#[derive(Clone, Debug)]
pub struct JudgeView {
    pub seat: SeatId,
    /// Whether the judge sits: neither stepped aside nor replaced.
    pub sits: bool,
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
    /// When the judge signed the review, and what it says against it; for organizers and supervisors, and for everybody after the award.
    pub signed: Option<(Instant, Option<String>)>,
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
    /// The criteria that the judge has not marked; none where it abstains.
    pub unmarked: Vec<CriterionView>,
    /// From handing in on; none where the judge abstains, or of a bid that has fallen whose price is not reckoned any more.
    pub total: Option<Decimal>,
    pub comment: Option<String>,
    pub submitted_at: Option<Instant>,
    /// Why the judge abstains.
    pub abstained_why: Option<String>,
    /// How far the total lies above the panel's median, in points, where it lies far from it and the round has ended.
    pub far_off: Option<Decimal>,
    /// Why it does.
    pub explained: Option<String>,
}

/// What the panel agreed on for a bid.
#[derive(Clone, Debug)]
pub struct ConsensusView {
    pub bid: BidId,
    /// In the order of the criteria.
    pub marks: Vec<MarkView>,
    pub total: Option<Decimal>,
    pub comment: Option<String>,
    pub submitted_at: Instant,
}

/// That a bid was found unfit.
#[derive(Clone, Debug)]
pub struct DisqualificationView {
    pub why: String,
    pub found_by: UserId,
    pub found_at: Instant,
    pub confirmed_why: Option<String>,
    /// Who found it too; none while nobody has.
    pub confirmed_by: Option<UserId>,
    pub confirmed_at: Option<Instant>,
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

/// How the viewer stands to a review.
#[derive(Clone, Debug)]
pub struct Stand {
    /// For whoever runs the review, or sits on its panel.
    pub panel: Option<PanelFacts>,
    pub seat: Seat,
    /// Whether the judge has signed the review.
    pub signed: bool,
}

/// Challenges whose first notice has ended: told by `awards`, which lies above.
pub type NoticeOver<'a> = &'a [ChallengeId];

/// The panels of challenges that the viewer has been shown; there is one from publication on.
pub async fn panels(conn: &impl Conn, viewer: &Viewer, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, PanelView>> {
    let records = challenges::panels(conn, ids).await?;
    let places = places(conn, ids).await?;
    let own = match policy::judge(viewer) {
        Some(judge) => store::seats_of(conn, judge, ids).await?,
        None => HashMap::new(),
    };
    let sights: Vec<(record::Model, PanelSight)> = records
        .into_iter()
        .filter_map(|record| {
            let id = record.challenge_id;
            let seat = own.get(&id).copied().unwrap_or(Seat::None);
            let sight = policy::panel_sight(viewer, places.get(&id)?.department, seat, record.seed.is_some());
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
        let sits = own.get(&id).is_some_and(|seat| policy::sits(*seat));
        let awarded = places.get(&id).is_some_and(|place| place.awarded);
        let judges = seats.shown(id, sight, awarded && record.closed_at.is_some());
        Ok((
            id,
            PanelView {
                id: record.id,
                challenge: id,
                chair: record.chair_id.filter(|_| sits || sight.tells_work()),
                consensus_at: record.consensus_at.filter(|_| sits || sight.tells_work()),
                closed_at: record.closed_at.filter(|_| sight.tells_work() || awarded),
                runs_it: sight.tells_work(),
                judges,
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
        let (bids, submitted): (HashMap<ChallengeId, u64>, HashMap<SeatId, u64>) = match counted {
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

    fn shown(&self, challenge: ChallengeId, sight: PanelSight, signatures: bool) -> Vec<JudgeView> {
        let seats = self.seats.get(&challenge).map(Vec::as_slice).unwrap_or_default();
        let shown = seats.iter().filter(|seat| sight.shows_seat(seat.sits()));
        shown.map(|seat| self.judge(seat, seats, sight, signatures)).collect()
    }

    fn judge(&self, seat: &Model, seats: &[Model], sight: PanelSight, signatures: bool) -> JudgeView {
        let (departures, counts) = (sight.tells_departures(), sight.tells_work());
        let named = sight.names(seat.declared_at.is_some());
        let successor = seats.iter().find(|other| Some(other.id) == seat.replaced_by).map(|other| other.user_id);
        let left = seat.stepped_aside_why.as_ref().or(seat.replaced_why.as_ref());
        let key = (seat.challenge_id, seat.user_id);
        JudgeView {
            seat: seat.id,
            sits: seat.sits(),
            user: Some(seat.user_id).filter(|_| named),
            organization: self.organizations.get(&seat.user_id).copied().flatten().filter(|_| named),
            kind: seat.kind,
            declared: seat.declared_at.is_some(),
            recused: departures.then_some(seat.stepped_aside_at.is_some()),
            left_because: left.filter(|_| departures).cloned(),
            replaced_by: successor.filter(|_| departures),
            sheets_submitted: counts.then(|| self.submitted.get(&seat.id).copied().unwrap_or(0)),
            sheets_total: counts.then(|| self.bids.get(&seat.challenge_id).copied().unwrap_or(0)),
            signed: seat.signed_at.filter(|_| counts || signatures).map(|at| (at, seat.dissent.clone())),
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

/// Where a review stands.
pub(super) struct Place {
    pub(super) department: OrganizationId,
    pub(super) awarded: bool,
}

pub(super) async fn places(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, Place>> {
    let rows: Vec<(ChallengeId, OrganizationId, Option<Instant>)> = challenge::Entity::find()
        .select_only()
        .columns([challenge::Column::Id, challenge::Column::DepartmentId, challenge::Column::AwardedAt])
        .filter(challenge::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    let place =
        |(id, department, awarded): (_, _, Option<Instant>)| (id, Place { department, awarded: awarded.is_some() });
    Ok(rows.into_iter().map(place).collect())
}

async fn departments(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, OrganizationId>> {
    Ok(places(conn, ids).await?.into_iter().map(|(id, place)| (id, place.department)).collect())
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

/// How many bids of each challenge are or were to be scored, and have not fallen: once the panel is drawn every bid has been checked.
async fn scored(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, u64>> {
    let mut counts = HashMap::new();
    for ((id, _), count) in bids::tally(conn, ids, &bids::RANKED).await? {
        *counts.entry(id).or_insert(0) += count;
    }
    Ok(counts)
}

/// How many of the sheets for these bids each seat has handed in.
async fn submitted(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<SeatId, u64>> {
    use model::sheet::{Column, Entity};
    let stand = Query::select()
        .column((bid::Entity, bid::Column::Id))
        .from(bid::Entity)
        .and_where(Expr::col((bid::Entity, bid::Column::ChallengeId)).is_in(ids.iter().copied()))
        .and_where(Expr::col((bid::Entity, bid::Column::Status)).is_in(bids::RANKED))
        .take();
    let rows: Vec<(SeatId, i64)> = Entity::find()
        .select_only()
        .column(Column::SeatId)
        .column_as(Column::Id.count(), "count")
        .filter(Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(Column::SubmittedAt.is_not_null())
        .filter(Column::BidId.in_subquery(stand))
        .group_by(Column::SeatId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

fn is_in(ids: &[ChallengeId]) -> SimpleExpr {
    Column::ChallengeId.is_in(ids.iter().copied())
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
    in_state(ChallengeStatus::Reviewing)
}

fn in_state(status: ChallengeStatus) -> SelectStatement {
    Query::select()
        .column((challenge::Entity, challenge::Column::Id))
        .from(challenge::Entity)
        .and_where(Expr::col((challenge::Entity, challenge::Column::Status)).eq(status))
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
        let views = own_sheets_of(conn, viewer, judge, &ids).await?;
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
    let seats = sits_on(policy::judge(viewer)?);
    let bids = bid::Entity::find()
        .filter(bid::Column::Status.eq(BidStatus::FormalPassed))
        .filter(bid::Column::ChallengeId.in_subquery(in_review()))
        .filter(bid::Column::ChallengeId.in_subquery(seats));
    Some(bids)
}

/// The challenges on whose panel a judge sits, free of conflicts.
fn sits_on(judge: UserId) -> SelectStatement {
    Query::select()
        .column((Entity, Column::ChallengeId))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::UserId)).eq(judge))
        .and_where(Expr::col((Entity, Column::DeclaredAt)).is_not_null())
        .and_where(Expr::col((Entity, Column::SteppedAsideAt)).is_null())
        .and_where(Expr::col((Entity, Column::ReplacedAt)).is_null())
        .take()
}

/// The bid that the viewer is to score next, with the own sheet: in the oldest challenge, the first without a sheet handed in, in the
/// order of the viewer's seat ([`rotation`]).
pub async fn next_task(conn: &impl Conn, viewer: &Viewer) -> Result<Option<TaskView>> {
    let (Some(judge), Some(open)) = (policy::judge(viewer), tasks(viewer)) else { return Ok(None) };
    let done = Query::select()
        .column((model::sheet::Entity, model::sheet::Column::BidId))
        .from(model::sheet::Entity)
        .and_where(Expr::col((model::sheet::Entity, model::sheet::Column::JudgeId)).eq(judge))
        .and_where(Expr::col((model::sheet::Entity, model::sheet::Column::SubmittedAt)).is_not_null())
        .take();
    let first = open.clone().filter(bid::Column::Id.not_in_subquery(done));
    let Some(oldest) = first.clone().order_by_asc(bid::Column::ChallengeId).one(conn).await? else { return Ok(None) };
    let challenge = oldest.challenge_id;
    let here = |bids: Select<bid::Entity>| {
        let bids = bids.filter(bid::Column::ChallengeId.eq(challenge)).order_by_asc(bid::Column::Id);
        bids.select_only().column(bid::Column::Id).into_tuple::<BidId>()
    };
    let (all, waiting) = (here(open).all(conn).await?, here(first).all(conn).await?);
    // By the places as they were first drawn: who left and who came moves nobody else's.
    let seats = store::seats(conn, challenge).await?;
    let drawn: Vec<SeatId> = {
        let came: HashSet<SeatId> = seats.iter().filter_map(|seat| seat.replaced_by).collect();
        seats.iter().map(|seat| seat.id).filter(|seat| !came.contains(seat)).collect()
    };
    let own = seats.iter().find(|seat| seat.user_id == judge && seat.sits()).map(|seat| seat.id);
    let before = |seat: &SeatId| seats.iter().find(|left| left.replaced_by == Some(*seat)).map(|left| left.id);
    let first = std::iter::successors(own, before).last();
    let Some(place) = first.and_then(|first| drawn.iter().position(|seat| *seat == first)) else { return Ok(None) };
    let mut round = rotation::order(all.len(), place, drawn.len()).filter_map(|place| all.get(place));
    let Some(next) = round.find(|bid| waiting.contains(bid)) else { return Ok(None) };
    let sheets = own_sheets_of(conn, viewer, judge, &[*next]).await?;
    Ok(Some(TaskView { bid: *next, sheet: sheets.into_iter().next() }))
}

async fn own_sheets_of(conn: &impl Conn, viewer: &Viewer, judge: UserId, bids: &[BidId]) -> Result<Vec<SheetView>> {
    let sheets = store::of_sitting(model::sheet::Entity::find())
        .filter(model::sheet::Column::JudgeId.eq(judge))
        .filter(model::sheet::Column::BidId.is_in(bids.iter().copied()));
    sheet_views(conn, viewer, sheets.all(conn).await?).await
}

/// The viewer's own sheets whose totals lie far from their panel's, and why is not said yet: `access::scoring::may_explain`, in SQL.
pub async fn deviations(conn: &impl Conn, viewer: &Viewer) -> Result<Vec<SheetView>> {
    let Some(judge) = policy::judge(viewer) else { return Ok(Vec::new()) };
    let sheets = store::of_sitting(model::sheet::Entity::find())
        .filter(model::sheet::Column::JudgeId.eq(judge))
        .filter(model::sheet::Column::SubmittedAt.is_not_null())
        .filter(model::sheet::Column::ExplainedAt.is_null())
        .filter(model::sheet::Column::ChallengeId.in_subquery(in_state(ChallengeStatus::Negotiating)))
        .order_by_asc(model::sheet::Column::Id);
    let views = sheet_views(conn, viewer, sheets.all(conn).await?).await?;
    Ok(views.into_iter().filter(|view| view.far_off.is_some()).collect())
}

/// The challenges whose closed review the viewer has not signed, oldest first: `access::scoring::may_sign`, in SQL.
pub async fn reviews_to_sign(conn: &impl Conn, viewer: &Viewer) -> Result<Vec<ChallengeId>> {
    let Some(judge) = policy::judge(viewer) else { return Ok(Vec::new()) };
    let seats = store::sitting()
        .filter(Column::UserId.eq(judge))
        .filter(Column::DeclaredAt.is_not_null())
        .filter(Column::SignedAt.is_null())
        .filter(Column::ChallengeId.in_subquery(in_state(ChallengeStatus::Negotiating)));
    Ok(seats.all(conn).await?.into_iter().map(|seat| seat.challenge_id).collect())
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
        any = any.add(Column::JudgeId.eq(judge)).add(
            Condition::all()
                .add(Column::SubmittedAt.is_not_null())
                .add(Column::ChallengeId.in_subquery(sits_on(judge)))
                .add(talked(of)),
        );
    }
    let handed_in = Condition::all().add(Column::SubmittedAt.is_not_null()).add(ended(of)).add(results(
        viewer,
        over,
        of,
        (Entity, Column::BidId),
    ));
    store::of_sitting(Entity::find()).filter(any.add(handed_in))
}

/// That the panel of the challenge in this column talks or has talked.
fn talked<E: sea_orm::Iden + Copy + 'static, C: sea_orm::Iden + Copy + 'static>(of: (E, C)) -> SimpleExpr {
    recorded(of, record::Column::ConsensusAt)
}

/// That the review of the challenge in this column is closed.
fn ended<E: sea_orm::Iden + Copy + 'static, C: sea_orm::Iden + Copy + 'static>(of: (E, C)) -> SimpleExpr {
    recorded(of, record::Column::ClosedAt)
}

fn recorded<E: sea_orm::Iden + Copy + 'static, C: sea_orm::Iden + Copy + 'static>(
    of: (E, C),
    at: record::Column,
) -> SimpleExpr {
    let such = Query::select()
        .column((record::Entity, record::Column::ChallengeId))
        .from(record::Entity)
        .and_where(Expr::col((record::Entity, record::Column::ChallengeId)).equals(of))
        .and_where(Expr::col((record::Entity, at)).is_not_null())
        .take();
    Expr::exists(such)
}

/// What the panels agreed on for these bids, where the viewer may see it: `access::reviews::may_see_consensus`, in SQL.
pub async fn consensus_of_bids(
    conn: &impl Conn,
    viewer: &Viewer,
    over: NoticeOver<'_>,
    ids: &[BidId],
) -> Result<HashMap<BidId, ConsensusView>> {
    use model::consensus::{Column, Entity};
    let of = (Entity, Column::ChallengeId);
    let mut any =
        Condition::any().add(Condition::all().add(ended(of)).add(results(viewer, over, of, (Entity, Column::BidId))));
    if let Some(judge) = policy::judge(viewer) {
        any = any.add(Column::ChallengeId.in_subquery(sits_on(judge)));
    }
    let rows = Entity::find().filter(Column::BidId.is_in(ids.iter().copied())).filter(any).all(conn).await?;
    let of: Vec<ChallengeId> = rows.iter().map(|row| row.challenge_id).collect::<HashSet<_>>().into_iter().collect();
    let scale = Scale::read(conn, &of).await?;
    let view = |row: model::consensus::Model| {
        let marks = scale.marks(row.challenge_id, row.bid_id, &row.marks)?;
        Ok((
            row.bid_id,
            ConsensusView {
                bid: row.bid_id,
                total: scale.total(row.challenge_id, &marks),
                marks,
                comment: row.remark,
                submitted_at: row.submitted_at,
            },
        ))
    };
    rows.into_iter().map(view).collect()
}

/// What was found of bids for those who may know of it: `access::scoring::sees_disqualification`.
pub async fn disqualifications(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, DisqualificationView>> {
    use model::disqualification::{Column, Entity};
    let rows = Entity::find().filter(Column::BidId.is_in(ids.iter().copied())).all(conn).await?;
    let view = |row: model::disqualification::Model| {
        let view = DisqualificationView {
            why: row.why,
            found_by: row.found_by,
            found_at: row.found_at,
            confirmed_why: row.confirmed_why,
            confirmed_by: row.confirmed_by,
            confirmed_at: row.confirmed_at,
        };
        (row.bid_id, view)
    };
    Ok(rows.into_iter().map(view).collect())
}

/// By what marks are read: the criteria, and what the bids that count ask for.
struct Scale {
    criteria: HashMap<ChallengeId, Vec<CriterionView>>,
    asked: HashMap<BidId, Option<Fen>>,
    lowest: HashMap<ChallengeId, Fen>,
}

impl Scale {
    /// One statement for the criteria, and where one of them is computed, one for what is asked.
    async fn read(conn: &impl Conn, ids: &[ChallengeId]) -> Result<Self> {
        let criteria = challenges::read::criteria(conn, ids).await?;
        let (mut asked, mut lowest) = (HashMap::new(), HashMap::<ChallengeId, Fen>::new());
        if criteria.values().flatten().any(|criterion| criterion.price_formula.is_some()) {
            for (challenge, bid, funding) in bids::ranked(conn, ids).await? {
                asked.insert(bid, funding);
                if let Some(funding) = funding {
                    let least = lowest.entry(challenge).or_insert(funding);
                    *least = Ord::min(*least, funding);
                }
            }
        }
        Ok(Self { criteria, asked, lowest })
    }

    fn criteria(&self, challenge: ChallengeId) -> &[CriterionView] {
        self.criteria.get(&challenge).map(Vec::as_slice).unwrap_or_default()
    }

    /// The marks given and those that formulas give, in the order of the criteria; of a bid that has fallen, none is computed.
    fn marks(&self, challenge: ChallengeId, bid: BidId, given: &SheetMarks) -> Result<Vec<MarkView>> {
        let mut marks = Vec::new();
        for criterion in self.criteria(challenge) {
            let (score, reason) = match criterion.price_formula {
                Some(formula) => {
                    let Some(own) = self.asked.get(&bid) else { continue };
                    let prices = Prices { own: *own, lowest: self.lowest.get(&challenge).copied() };
                    (price::mark(formula, prices)?.decimal(), None)
                }
                None => {
                    let Some(given) = given.0.get(&criterion.id) else { continue };
                    (given.score.decimal(), given.reason.clone())
                }
            };
            marks.push(MarkView { criterion: criterion.clone(), score, reason });
        }
        Ok(marks)
    }

    /// Σ weight × mark / 100, where every criterion has a mark.
    fn total(&self, challenge: ChallengeId, marks: &[MarkView]) -> Option<Decimal> {
        let whole = marks.len() == self.criteria(challenge).len();
        let products = marks.iter().map(|mark| Some(i64::from(mark.criterion.weight) * mark.score.in_units(2)?));
        products.sum::<Option<i64>>().filter(|_| whole).map(|total| Total(total).decimal())
    }
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

/// Sheets that the viewer may see, as they are shown. A fixed number of statements for their challenges.
async fn sheet_views(conn: &impl Conn, viewer: &Viewer, rows: Vec<model::sheet::Model>) -> Result<Vec<SheetView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let of: HashSet<ChallengeId> = rows.iter().map(|row| row.challenge_id).collect();
    let of: Vec<ChallengeId> = of.into_iter().collect();
    let departments = departments(conn, &of).await?;
    let scale = Scale::read(conn, &of).await?;
    let bids: HashSet<BidId> = rows.iter().map(|row| row.bid_id).collect();
    let far = trust::read::far_off(conn, &of, &bids.into_iter().collect::<Vec<_>>()).await?;
    let view = |row: model::sheet::Model| {
        let marks = match row.abstained_why {
            Some(_) => Vec::new(),
            None => scale.marks(row.challenge_id, row.bid_id, &row.marks)?,
        };
        let judged = scale.criteria(row.challenge_id).iter().filter(|criterion| criterion.price_formula.is_none());
        let open = judged.filter(|criterion| !row.marks.0.contains_key(&criterion.id));
        let sees_judge = departments
            .get(&row.challenge_id)
            .is_some_and(|department| policy::sees_judge(viewer, *department, row.judge_id));
        Ok(SheetView {
            id: row.id,
            bid: row.bid_id,
            challenge: row.challenge_id,
            judge: Some(row.judge_id).filter(|_| sees_judge),
            unmarked: open.filter(|_| row.abstained_why.is_none()).cloned().collect(),
            total: scale.total(row.challenge_id, &marks).filter(|_| row.submitted_at.is_some()),
            marks,
            comment: row.remark,
            submitted_at: row.submitted_at,
            abstained_why: row.abstained_why,
            far_off: far.get(&row.id).map(|far| far.by).filter(|_| sees_judge),
            explained: row.explained.filter(|_| sees_judge),
        })
    };
    rows.into_iter().map(view).collect()
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
    let decided = decided_by(conn, ids).await?;
    let basis = |row: &Model| decided.get(&row.challenge_id).copied().unwrap_or(RankingBasis::Raw);
    let groups = challenges::read::grouped(rows, |row| row.challenge_id, |row| ranked_view(row.clone(), basis(&row)));
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
    let basis = decided_by(conn, &[challenge]).await?.remove(&challenge).unwrap_or(RankingBasis::Raw);
    Ok(lines.all(conn).await?.into_iter().map(|row| ranked_view(row, basis)).collect())
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

/// By what the ranking of each of these closed reviews was made.
pub async fn decided_by(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, RankingBasis>> {
    let records = challenges::panels(conn, ids).await?;
    Ok(records.into_iter().filter_map(|record| Some((record.challenge_id, record.decided_by?))).collect())
}

/// A ranking of a challenge that stands beside the one that decides.
pub type Beside = (ChallengeId, RankingBasis);

/// One page of each of these rankings, under the same rules as the one that decides. A statement for each basis that is asked for.
pub async fn rankings_beside(
    conn: &impl Conn,
    viewer: &Viewer,
    over: NoticeOver<'_>,
    asked: &[Beside],
    request: &PageRequest,
) -> Result<HashMap<Beside, Page<RankedView>>> {
    use model::beside::{Column, Entity, Model};
    let keyset =
        Keyset::by("beside", (Entity, Column::Rank), Leading::Number, (Entity, Column::BidId), Direction::Ascending);
    let mut pages = HashMap::new();
    for basis in RankingBasis::ALL {
        let ids: Vec<ChallengeId> = asked.iter().filter(|(_, asked)| asked == basis).map(|(id, _)| *id).collect();
        if ids.is_empty() {
            continue;
        }
        let mut select = seen_beside(viewer, over, &ids, *basis);
        let statement =
            per_parent(conn, QueryTrait::query(&mut select), (Entity, Column::ChallengeId), &keyset, request)?;
        let rows = Model::find_by_statement(statement).all(conn).await?;
        let groups = challenges::read::grouped(rows, |row| row.challenge_id, beside_view);
        pages.extend(groups.into_iter().map(|(id, rows)| {
            let cursor = |row: &RankedView| Cursor::by_number(row.rank.into(), row.bid.uuid());
            ((id, *basis), keyset.cut(rows, request, cursor))
        }));
    }
    Ok(pages)
}

/// How many lines of each of these rankings the viewer may see.
pub async fn rankings_beside_counts(
    conn: &impl Conn,
    viewer: &Viewer,
    over: NoticeOver<'_>,
    asked: &[Beside],
) -> Result<HashMap<Beside, u64>> {
    use model::beside::{Column, Entity};
    let ids: Vec<ChallengeId> = asked.iter().map(|(id, _)| *id).collect();
    let rows: Vec<(ChallengeId, RankingBasis, i64)> = Entity::find()
        .select_only()
        .columns([Column::ChallengeId, Column::Basis])
        .column_as(Column::BidId.count(), "count")
        .filter(Column::ChallengeId.is_in(ids))
        .filter(results(viewer, over, (Entity, Column::ChallengeId), (Entity, Column::BidId)))
        .group_by(Column::ChallengeId)
        .group_by(Column::Basis)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, basis, count)| ((id, basis), count.unsigned_abs())).collect())
}

fn seen_beside(
    viewer: &Viewer,
    over: NoticeOver<'_>,
    ids: &[ChallengeId],
    basis: RankingBasis,
) -> Select<model::beside::Entity> {
    use model::beside::{Column, Entity};
    Entity::find()
        .filter(Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(Column::Basis.eq(basis))
        .filter(results(viewer, over, (Entity, Column::ChallengeId), (Entity, Column::BidId)))
}

fn beside_view(row: model::beside::Model) -> RankedView {
    let score = Score { sum: row.score_sum, count: row.score_count.unsigned_abs() };
    RankedView {
        challenge: row.challenge_id,
        bid: row.bid_id,
        rank: row.rank,
        score: shown(row.basis, score),
        passed: row.passed,
        tie_broken_by: row.tie_broken_by,
    }
}

/// Points to two places, or standard deviations to four.
fn shown(basis: RankingBasis, score: Score) -> Decimal {
    match basis {
        RankingBasis::Raw | RankingBasis::Consensus => score.display(),
        RankingBasis::Normalised => score.display_normalised(),
    }
}

fn ranked_view(row: model::ranked::Model, basis: RankingBasis) -> RankedView {
    let score = Score { sum: row.score_sum, count: row.score_count.unsigned_abs() };
    RankedView {
        challenge: row.challenge_id,
        bid: row.bid_id,
        rank: row.rank,
        score: shown(basis, score),
        passed: row.passed,
        tie_broken_by: row.tie_broken_by,
    }
}

/// How the viewer stands to the reviews of these challenges, for the own possible acts. Nothing for whoever has no part in any.
pub async fn stands(conn: &impl Conn, viewer: &Viewer, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, Stand>> {
    let (seats, signed) = match policy::judge(viewer) {
        Some(judge) => (store::seats_of(conn, judge, ids).await?, store::has_signed(conn, judge, ids).await?),
        None => Default::default(),
    };
    let mut panels = match organizes(viewer) {
        Reach::Nothing if seats.is_empty() => HashMap::new(),
        Reach::Nothing | Reach::Others(_) | Reach::Everything => store::panel_facts(conn, ids).await?,
    };
    let stand = |id: &ChallengeId| {
        let seat = seats.get(id).copied().unwrap_or(Seat::None);
        (*id, Stand { panel: panels.remove(id), seat, signed: signed.contains(id) })
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
    let table: [(&'static str, bool); 6] = [
        ("drawPanel", policy::may_draw(viewer, facts, panel).is_ok()),
        ("declareInterest", policy::may_declare(viewer, facts, stand.seat).is_ok()),
        ("replaceJudge", policy::may_replace_some(viewer, facts, panel).is_ok()),
        ("beginConsensus", scoring::may_begin_consensus(viewer, facts, panel).is_ok()),
        ("closeReview", policy::may_close(viewer, facts, panel).is_ok()),
        ("signReview", scoring::may_sign(viewer, facts, stand.seat, stand.signed).is_ok()),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// The mutations of this slice that would be accepted from the viewer on a bid now.
pub fn bid_actions(viewer: &Viewer, facts: &BidFacts, stand: &Stand, sheet: Sheet) -> Vec<&'static str> {
    let marks = policy::may_mark(viewer, facts, stand.seat, sheet).is_ok();
    let table: [(&'static str, bool); 6] = [
        ("saveScoreSheet", marks),
        ("submitScoreSheet", marks),
        ("abstainFromBid", marks),
        ("submitConsensusSheet", scoring::may_agree(viewer, facts, stand.seat, stand.panel.as_ref()).is_ok()),
        ("reopenScoreSheet", scoring::may_reopen_some(viewer, facts, stand.panel.as_ref()).is_ok()),
        ("disqualifyBid", scoring::may_disqualify(viewer, facts).is_ok()),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}
