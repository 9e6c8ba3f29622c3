//! Writing reviews. Every write takes its proof. The facts that policy asks for are made here alone.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::marks::SheetMarks;
use super::model::{self, ActiveModel, Column, Entity, Model};
use super::ranking::Ranked;
use crate::access::reviews::{MayClose, MayDeclare, MayDraw, MayMark, MayReplace, PanelFacts, Seat, SeatFacts, Sheet};
use crate::base::id::{BidId, ChallengeId, Kind, OrganizationId, SeatId, SheetId, UserId};
use crate::base::words::{BidStatus, JudgeKind};
use crate::base::{Clock, Error, Instant, Result};
use crate::challenges::model::panel;
use crate::challenges::{self, Lock, Move, PanelStep};
use crate::db::{Conn, Txn};
use crate::experts::verify::Step;
use crate::{bids, experts, rules};

/// A challenge and its panel, locked for the act.
pub(super) struct Held {
    pub(super) challenge: challenges::Locked,
    /// The record of the panel; none before publication.
    pub(super) panel: Option<panel::Model>,
    pub(super) facts: Option<PanelFacts>,
    /// When the lock was held: the act's time.
    pub(super) now: Instant,
}

impl Held {
    /// The record of the panel. A proof that is about a panel says that there is one.
    pub(super) fn record(&self) -> Result<&panel::Model> {
        let id = self.challenge.facts.id();
        self.panel.as_ref().ok_or_else(|| Error::Internal(anyhow::anyhow!("{id} has no panel")))
    }
}

/// Locks a challenge, then reads the clock and the panel.
pub(super) async fn locked(txn: &Txn, challenge: ChallengeId, clock: &Clock) -> Result<Held> {
    let held = challenges::facts_of(txn, challenge, Lock::Update, clock).await?;
    let now = clock.now();
    let panel = challenges::panels(txn, &[challenge]).await?.pop();
    let facts = panel_facts(txn, &[challenge]).await?.remove(&challenge);
    Ok(Held { challenge: held, panel, facts, now })
}

/// What policy asks of the panels of these challenges, in a fixed number of statements.
pub(super) async fn panel_facts(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, PanelFacts>> {
    let panels = challenges::panels(conn, ids).await?;
    if panels.is_empty() {
        return Ok(HashMap::new());
    }
    let rules = rules::of_challenges(conn, ids.iter().copied()).await?;
    let bids = bids::tally(conn, ids, &[BidStatus::Opened, BidStatus::FormalPassed]).await?;
    let seats = sitting().filter(Column::ChallengeId.is_in(ids.iter().copied())).all(conn).await?;
    let sheets = handed_in(conn, ids).await?;
    let facts = panels.into_iter().filter_map(|panel| {
        let id = panel.challenge_id;
        let count = |status| bids.get(&(id, status)).copied().unwrap_or(0);
        let sits = |declared: bool| {
            let seats = seats.iter().filter(|seat| seat.challenge_id == id);
            seats.filter(|seat| !declared || seat.declared_at.is_some()).count() as u64
        };
        let facts = PanelFacts {
            panel: panel.id,
            drawn: panel.drawn_at.is_some(),
            size: rules.get(&id)?.resolved.panel_size,
            unchecked: count(BidStatus::Opened),
            passed: count(BidStatus::FormalPassed),
            seated: sits(false),
            declared: sits(true),
            handed_in: sheets.get(&id).copied().unwrap_or(0),
        };
        Some((id, facts))
    });
    Ok(facts.collect())
}

/// How many sheets the judges who sit have handed in.
async fn handed_in(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, u64>> {
    use model::sheet::Column as Of;
    let rows: Vec<(ChallengeId, i64)> = of_sitting(model::sheet::Entity::find())
        .select_only()
        .column(Of::ChallengeId)
        .column_as(Of::Id.count(), "count")
        .filter(Of::ChallengeId.is_in(ids.iter().copied()))
        .filter(Of::SubmittedAt.is_not_null())
        .group_by(Of::ChallengeId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// Seats on which somebody sits.
pub(super) fn sitting() -> Select<Entity> {
    Entity::find()
        .filter(Column::SteppedAsideAt.is_null())
        .filter(Column::ReplacedAt.is_null())
        .order_by_asc(Column::Id)
}

/// Sheets of judges who sit: what the others wrote is void (招标投标法实施条例 48).
pub(super) fn of_sitting(sheets: Select<model::sheet::Entity>) -> Select<model::sheet::Entity> {
    sheets
        .inner_join(Entity)
        .filter(Expr::col((Entity, Column::SteppedAsideAt)).is_null())
        .filter(Expr::col((Entity, Column::ReplacedAt)).is_null())
}

/// How a seat's judge stands to the panel.
pub(super) fn standing(row: &Model) -> Seat {
    if row.stepped_aside_at.is_some() {
        Seat::SteppedAside
    } else if row.replaced_at.is_some() {
        Seat::Replaced
    } else if row.declared_at.is_some() {
        Seat::Declared(row.id)
    } else {
        Seat::Drawn(row.id)
    }
}

/// How a person stands to the panels of these challenges; who is not named was not drawn.
pub(super) async fn seats_of(
    conn: &impl Conn,
    user: UserId,
    ids: &[ChallengeId],
) -> Result<HashMap<ChallengeId, Seat>> {
    let seats = Entity::find().filter(Column::UserId.eq(user));
    let rows = seats.filter(Column::ChallengeId.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.iter().map(|row| (row.challenge_id, standing(row))).collect())
}

/// How a person stands to the panel of a challenge.
pub(super) async fn seat_of(conn: &impl Conn, user: UserId, challenge: ChallengeId) -> Result<Seat> {
    Ok(seats_of(conn, user, &[challenge]).await?.remove(&challenge).unwrap_or(Seat::None))
}

/// One seat.
pub(super) async fn seat(conn: &impl Conn, id: SeatId) -> Result<Option<SeatFacts>> {
    let row = Entity::find_by_id(id).one(conn).await?;
    Ok(row.map(|row| SeatFacts {
        seat: row.id,
        challenge: row.challenge_id,
        stepped_aside: row.stepped_aside_at.is_some(),
        replaced: row.replaced_at.is_some(),
    }))
}

/// Every seat that there is or was on a panel, oldest first.
pub(super) async fn seats(conn: &impl Conn, challenge: ChallengeId) -> Result<Vec<Model>> {
    let seats = Entity::find().filter(Column::ChallengeId.eq(challenge));
    Ok(seats.order_by_asc(Column::Id).all(conn).await?)
}

/// A judge to be seated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newcomer {
    pub(super) user: UserId,
    pub(super) kind: JudgeKind,
}

/// What the draw was made from, for whoever runs it again.
pub(super) struct DrawRecord {
    pub(super) entropy: Vec<String>,
    pub(super) excluded: Vec<String>,
    pub(super) at: Instant,
}

pub(super) async fn draw(
    txn: &Txn,
    proof: &MayDraw,
    members: &[Newcomer],
    record: DrawRecord,
) -> Result<Vec<(SeatId, Newcomer)>> {
    let DrawRecord { entropy, excluded, at } = record;
    let step = PanelStep { drawn: Some((at, entropy, excluded)), ..PanelStep::default() };
    challenges::step_panel(txn, proof.panel(), step).await?;
    seat_all(txn, proof.challenge(), members, at).await
}

async fn seat_all(
    txn: &Txn,
    challenge: ChallengeId,
    members: &[Newcomer],
    now: Instant,
) -> Result<Vec<(SeatId, Newcomer)>> {
    let seated: Vec<(SeatId, Newcomer)> = members.iter().map(|member| (SeatId::new(), *member)).collect();
    let rows = seated.iter().map(|(id, member)| ActiveModel {
        id: Set(*id),
        challenge_id: Set(challenge),
        user_id: Set(member.user),
        kind: Set(member.kind),
        seated_at: Set(now),
        declared_at: Set(None),
        stepped_aside_at: Set(None),
        stepped_aside_why: Set(None),
        conflict_with: Set(None),
        replaced_at: Set(None),
        replaced_why: Set(None),
        replaced_by: Set(None),
    });
    Entity::insert_many(rows).exec_without_returning(txn).await?;
    let users: Vec<UserId> = seated.iter().map(|(_, member)| member.user).collect();
    experts::seated(txn, challenge, &users, now).await?;
    Ok(seated)
}

/// Writes down who left, who could not come, and who came.
pub(super) async fn note_step(txn: &Txn, challenge: ChallengeId, step: &Step, now: Instant) -> Result<()> {
    use model::step::{ActiveModel, Column, Entity};
    use sea_orm::PaginatorTrait;
    let before = Entity::find().filter(Column::ChallengeId.eq(challenge)).count(txn).await?;
    let number = i32::try_from(before + 1).map_err(|fault| Error::Internal(fault.into()))?;
    let row = ActiveModel {
        challenge_id: Set(challenge),
        step: Set(number),
        at: Set(now),
        excluded: Set(serde_json::to_string(&step.excluded)?),
        departed: Set(serde_json::to_string(&step.departed)?),
        seated: Set(serde_json::to_string(&step.seated)?),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Everybody of these draws who left a seat, and those who took theirs, step by step.
pub(super) async fn steps(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, Vec<Step>>> {
    use model::step::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::ChallengeId.is_in(ids.iter().copied()))
        .order_by_asc(Column::Step)
        .all(conn)
        .await?;
    let mut steps: HashMap<ChallengeId, Vec<Step>> = HashMap::new();
    for row in rows {
        let read = |text: &str| serde_json::from_str::<Vec<String>>(text);
        let step = Step { excluded: read(&row.excluded)?, departed: read(&row.departed)?, seated: read(&row.seated)? };
        steps.entry(row.challenge_id).or_default().push(step);
    }
    Ok(steps)
}

/// Seats those who come in for others, and notes on each seat left who took it over.
pub(super) async fn succeed(
    txn: &Txn,
    challenge: ChallengeId,
    left: &[SeatId],
    members: &[Newcomer],
    now: Instant,
) -> Result<Vec<(SeatId, Newcomer)>> {
    let seated = seat_all(txn, challenge, members, now).await?;
    for (seat, (successor, _)) in left.iter().zip(&seated) {
        set(txn, ActiveModel { id: Set(*seat), replaced_by: Set(Some(*successor)), ..Default::default() }).await?;
    }
    Ok(seated)
}

pub(super) async fn declare(txn: &Txn, proof: MayDeclare, now: Instant) -> Result<()> {
    set(txn, ActiveModel { id: Set(proof.seat()), declared_at: Set(Some(now)), ..Default::default() }).await
}

pub(super) async fn step_aside(
    txn: &Txn,
    proof: &MayDeclare,
    why: Option<String>,
    with: &[OrganizationId],
    now: Instant,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(proof.seat()),
        stepped_aside_at: Set(Some(now)),
        stepped_aside_why: Set(why),
        conflict_with: Set(Some(serde_json::to_string(with)?)),
        ..Default::default()
    };
    set(txn, row).await?;
    experts::released(txn, proof.challenge(), proof.by(), now).await
}

pub(super) async fn replace(txn: &Txn, proof: &MayReplace, why: String, now: Instant) -> Result<()> {
    let (id, replaced_at) = (Set(proof.seat()), Set(Some(now)));
    set(txn, ActiveModel { id, replaced_at, replaced_why: Set(Some(why)), ..Default::default() }).await?;
    if let Some(row) = Entity::find_by_id(proof.seat()).one(txn).await? {
        experts::released(txn, proof.challenge(), row.user_id, now).await?;
    }
    Ok(())
}

async fn set(txn: &Txn, row: ActiveModel) -> Result<()> {
    row.update(txn).await?;
    Ok(())
}

/// Where a sheet stands.
fn state(row: &model::sheet::Model) -> Sheet {
    if row.submitted_at.is_some() { Sheet::Submitted(row.id) } else { Sheet::Begun(row.id) }
}

/// What a judge keeps on a bid: where the sheet stands, and what it holds.
pub(super) struct Kept {
    pub(super) state: Sheet,
    pub(super) marks: SheetMarks,
    pub(super) remark: Option<String>,
}

/// The sheet of a seat for a bid.
pub(super) async fn sheet(conn: &impl Conn, seat: Seat, bid: BidId) -> Result<Kept> {
    use model::sheet::{Column, Entity};
    let row = match seat {
        Seat::Declared(seat) | Seat::Drawn(seat) => {
            Entity::find().filter(Column::SeatId.eq(seat)).filter(Column::BidId.eq(bid)).one(conn).await?
        }
        Seat::None | Seat::SteppedAside | Seat::Replaced => None,
    };
    Ok(match row {
        Some(row) => Kept { state: state(&row), marks: row.marks, remark: row.remark },
        None => Kept { state: Sheet::Unwritten, marks: SheetMarks::default(), remark: None },
    })
}

/// Where a judge's sheets for these bids stand; for what is not named nothing has been written.
pub(super) async fn sheet_states(conn: &impl Conn, judge: UserId, bids: &[BidId]) -> Result<HashMap<BidId, Sheet>> {
    use model::sheet::{Column, Entity};
    let own = of_sitting(Entity::find()).filter(Column::JudgeId.eq(judge));
    let rows = own.filter(Column::BidId.is_in(bids.iter().copied())).all(conn).await?;
    Ok(rows.iter().map(|row| (row.bid_id, state(row))).collect())
}

/// What a judge writes.
pub(super) struct Written {
    pub(super) marks: SheetMarks,
    pub(super) remark: Option<String>,
    /// The total and the time of handing in.
    pub(super) submitted: Option<(i64, Instant)>,
}

pub(super) async fn write(txn: &Txn, proof: &MayMark, new: Written) -> Result<SheetId> {
    use model::sheet::{ActiveModel, Entity};
    let written = ActiveModel {
        marks: Set(new.marks),
        total: Set(new.submitted.map(|(total, _)| total)),
        remark: Set(new.remark),
        submitted_at: Set(new.submitted.map(|(_, at)| at)),
        ..Default::default()
    };
    if let Some(id) = proof.sheet() {
        ActiveModel { id: Set(id), ..written }.update(txn).await?;
        return Ok(id);
    }
    let id = SheetId::new();
    let row = ActiveModel {
        id: Set(id),
        challenge_id: Set(proof.challenge()),
        bid_id: Set(proof.bid()),
        seat_id: Set(proof.seat()),
        judge_id: Set(proof.by()),
        ..written
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

/// How many sheets a seat has handed in.
pub(super) async fn submitted_from(conn: &impl Conn, seat: SeatId) -> Result<u64> {
    use model::sheet::{Column, Entity};
    use sea_orm::PaginatorTrait;
    Ok(Entity::find().filter(Column::SeatId.eq(seat)).filter(Column::SubmittedAt.is_not_null()).count(conn).await?)
}

/// The sheets that count: handed in by judges who sit.
pub(super) async fn counting(conn: &impl Conn, challenges: &[ChallengeId]) -> Result<Vec<model::sheet::Model>> {
    use model::sheet::{Column, Entity};
    let sheets = of_sitting(Entity::find().filter(Column::ChallengeId.is_in(challenges.iter().copied())));
    Ok(sheets.filter(Column::SubmittedAt.is_not_null()).order_by_asc(Column::Id).all(conn).await?)
}

/// Writes the ranking down, moves every bid, and ends the round.
pub(super) async fn close(
    txn: &Txn,
    proof: &MayClose,
    ranked: &[Ranked],
    settled: Vec<(BidId, BidStatus)>,
    now: Instant,
) -> Result<()> {
    use model::ranked::{ActiveModel, Entity};
    let number = |value: u32| i32::try_from(value).map_err(|fault| Error::Internal(fault.into()));
    let rows = ranked.iter().map(|one| {
        Ok(ActiveModel {
            challenge_id: Set(proof.challenge()),
            bid_id: Set(one.bid),
            rank: Set(number(one.rank)?),
            score_sum: Set(one.score.sum),
            score_count: Set(number(one.score.count)?),
            passed: Set(one.passed),
            tie_broken_by: Set(one.tie_broken_by),
        })
    });
    let rows: Vec<ActiveModel> = rows.collect::<Result<_>>()?;
    Entity::insert_many(rows).exec_without_returning(txn).await?;
    for (bid, to) in settled {
        bids::make(txn, bid, to).await?;
    }
    let step = PanelStep { closed_at: Some(now), ..PanelStep::default() };
    challenges::step_panel(txn, proof.panel(), step).await?;
    experts::release(txn, proof.challenge(), now).await?;
    let any_passed = ranked.iter().any(|one| one.passed);
    challenges::make(txn, Move::to(proof.challenge(), proof.to(any_passed))).await
}
