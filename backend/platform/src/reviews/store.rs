//! Writing reviews. Every write takes its proof. The facts that policy asks for are made here alone.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::marks::SheetMarks;
use super::model::{self, ActiveModel, Column, Entity, Model};
use super::rank::Rankings;
use super::ranking::Ranked;
use crate::access::reviews::{MayClose, MayDeclare, MayDraw, MayMark, MayReplace, PanelFacts, Seat, SeatFacts, Sheet};
use crate::access::scoring::{MayAgree, MayBeginConsensus, MayDisqualify, MayExplain, MayReopen, MaySign};
use crate::base::id::{BidId, ChallengeId, Kind, OrganizationId, PanelId, SeatId, SheetId, UserId};
use crate::base::words::{BidStatus, JudgeKind, RankingBasis};
use crate::base::{Clock, Error, Instant, Result};
use crate::bids::model as bid;
use crate::challenges::model::panel;
use crate::challenges::{self, Lock, Move, PanelRanked, PanelStep};
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
    let talks = challenges::talks(conn, ids).await?;
    let sheets = handed_in(conn, ids).await?;
    let agreed = agreed(conn, ids).await?;
    let facts = panels.into_iter().filter_map(|panel| {
        let id = panel.challenge_id;
        let count = |status| bids.get(&(id, status)).copied().unwrap_or(0);
        let sits = |declared: bool| {
            let seats = seats.iter().filter(|seat| seat.challenge_id == id);
            seats.filter(|seat| !declared || seat.declared_at.is_some()).count() as u64
        };
        let tallies = |id| sheets.iter().filter(move |tally| tally.challenge == id);
        let rules = &rules.get(&id)?.resolved;
        let facts = PanelFacts {
            panel: panel.id,
            drawn: panel.drawn_at.is_some(),
            size: rules.panel_size,
            unchecked: count(BidStatus::Opened),
            passed: count(BidStatus::FormalPassed),
            seated: sits(false),
            declared: sits(true),
            handed_in: tallies(id).map(|tally| tally.handed_in).sum(),
            // A bid without any sheet is in no tally.
            thin: count(BidStatus::FormalPassed)
                .saturating_sub(tallies(id).filter(|tally| tally.marked >= rules.min_sheets.into()).count() as u64),
            talks: talks.contains(&id),
            chair: panel.chair_id,
            talked_at: panel.talked_at,
            agreed: agreed.get(&id).copied().unwrap_or(0),
        };
        Some((id, facts))
    });
    Ok(facts.collect())
}

/// How many sheets the judges who sit have handed in for a bid.
struct Tally {
    challenge: ChallengeId,
    handed_in: u64,
    /// Of these, with marks.
    marked: u64,
}

/// The sheets for bids that are to be scored; a bid without any is not named.
async fn handed_in(conn: &impl Conn, ids: &[ChallengeId]) -> Result<Vec<Tally>> {
    use model::sheet::Column as Of;
    let rows: Vec<(ChallengeId, BidId, i64, i64)> = of_sitting(model::sheet::Entity::find())
        .select_only()
        .columns([Of::ChallengeId, Of::BidId])
        .column_as(Of::Id.count(), "handed_in")
        .column_as(Of::AbstainedWhy.count(), "abstained")
        .filter(Of::ChallengeId.is_in(ids.iter().copied()))
        .filter(Of::SubmittedAt.is_not_null())
        .filter(Of::BidId.in_subquery(to_be_scored(ids)))
        .group_by(Of::ChallengeId)
        .group_by(Of::BidId)
        .into_tuple()
        .all(conn)
        .await?;
    let tally = |(challenge, _, handed_in, abstained): (ChallengeId, BidId, i64, i64)| Tally {
        challenge,
        handed_in: handed_in.unsigned_abs(),
        marked: (handed_in - abstained).unsigned_abs(),
    };
    Ok(rows.into_iter().map(tally).collect())
}

/// On how many bids that are to be scored each panel has agreed.
async fn agreed(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, u64>> {
    use model::consensus::{Column, Entity};
    let rows: Vec<(ChallengeId, i64)> = Entity::find()
        .select_only()
        .column(Column::ChallengeId)
        .column_as(Column::BidId.count(), "count")
        .filter(Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(Column::BidId.in_subquery(to_be_scored(ids)))
        .group_by(Column::ChallengeId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

fn to_be_scored(ids: &[ChallengeId]) -> SelectStatement {
    Query::select()
        .column((bid::Entity, bid::Column::Id))
        .from(bid::Entity)
        .and_where(Expr::col((bid::Entity, bid::Column::ChallengeId)).is_in(ids.iter().copied()))
        .and_where(Expr::col((bid::Entity, bid::Column::Status)).eq(BidStatus::FormalPassed))
        .take()
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
        seated_at: row.seated_at,
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
        signed_at: Set(None),
        dissent: Set(None),
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
    pub(super) abstained_why: Option<String>,
}

impl From<Option<model::sheet::Model>> for Kept {
    fn from(row: Option<model::sheet::Model>) -> Self {
        match row {
            Some(row) => {
                Self { state: state(&row), marks: row.marks, remark: row.remark, abstained_why: row.abstained_why }
            }
            None => Self { state: Sheet::Unwritten, marks: SheetMarks::default(), remark: None, abstained_why: None },
        }
    }
}

/// The sheet of a judge for a bid.
pub(super) async fn sheet(conn: &impl Conn, seat: Seat, bid: BidId) -> Result<Kept> {
    match seat {
        Seat::Declared(seat) | Seat::Drawn(seat) => sheet_of(conn, seat, bid).await,
        Seat::None | Seat::SteppedAside | Seat::Replaced => Ok(None.into()),
    }
}

/// The sheet of a seat for a bid.
pub(super) async fn sheet_of(conn: &impl Conn, seat: SeatId, bid: BidId) -> Result<Kept> {
    use model::sheet::{Column, Entity};
    let row = Entity::find().filter(Column::SeatId.eq(seat)).filter(Column::BidId.eq(bid)).one(conn).await?;
    Ok(row.into())
}

/// One sheet.
pub(super) async fn sheet_by_id(conn: &impl Conn, id: SheetId) -> Result<Option<model::sheet::Model>> {
    Ok(model::sheet::Entity::find_by_id(id).one(conn).await?)
}

/// Those of these challenges whose review the judge has signed.
pub(super) async fn has_signed(conn: &impl Conn, judge: UserId, ids: &[ChallengeId]) -> Result<HashSet<ChallengeId>> {
    let seats = Entity::find().filter(Column::UserId.eq(judge)).filter(Column::SignedAt.is_not_null());
    let rows = seats.filter(Column::ChallengeId.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(|row| row.challenge_id).collect())
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
    /// When it is handed in.
    pub(super) submitted_at: Option<Instant>,
    /// Why the judge gives no mark; such a sheet is handed in without any.
    pub(super) abstained_why: Option<String>,
}

pub(super) async fn write(txn: &Txn, proof: &MayMark, new: Written) -> Result<SheetId> {
    use model::sheet::{ActiveModel, Entity};
    let written = ActiveModel {
        marks: Set(new.marks),
        remark: Set(new.remark),
        submitted_at: Set(new.submitted_at),
        abstained_why: Set(new.abstained_why),
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
        explained: Set(None),
        explained_at: Set(None),
        ..written
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

/// Opens a sheet again: its marks stay, and it is not handed in any more.
pub(super) async fn reopen(txn: &Txn, proof: &MayReopen) -> Result<()> {
    use model::sheet::ActiveModel;
    let id = Set(proof.sheet());
    ActiveModel { id, submitted_at: Set(None), abstained_why: Set(None), ..Default::default() }.update(txn).await?;
    Ok(())
}

pub(super) async fn explain(txn: &Txn, proof: &MayExplain, why: String, now: Instant) -> Result<()> {
    use model::sheet::ActiveModel;
    let (id, explained) = (Set(proof.sheet()), Set(Some(why)));
    ActiveModel { id, explained, explained_at: Set(Some(now)), ..Default::default() }.update(txn).await?;
    Ok(())
}

pub(super) async fn sign(txn: &Txn, proof: &MaySign, dissent: Option<String>, now: Instant) -> Result<()> {
    let (id, signed_at) = (Set(proof.seat()), Set(Some(now)));
    set(txn, ActiveModel { id, signed_at, dissent: Set(dissent), ..Default::default() }).await
}

/// The panel begins to talk, led by this seat.
pub(super) async fn begin_consensus(txn: &Txn, proof: &MayBeginConsensus, chair: SeatId, now: Instant) -> Result<()> {
    let step = PanelStep { consensus: Some(Some((now, chair))), ..PanelStep::default() };
    challenges::step_panel(txn, proof.panel(), step).await
}

/// What the panel had agreed on is void, since one of it has left: it talks again when every sheet is in.
pub(super) async fn end_consensus(txn: &Txn, proof: &MayReplace, panel: &panel::Model) -> Result<()> {
    use model::consensus::{Column, Entity};
    if panel.consensus_at.is_none() {
        return Ok(());
    }
    Entity::delete_many().filter(Column::ChallengeId.eq(proof.challenge())).exec(txn).await?;
    challenges::step_panel(txn, panel.id, PanelStep { consensus: Some(None), ..PanelStep::default() }).await
}

/// Keeps what the panel agreed on for a bid, in the place of what stood there.
pub(super) async fn agree(
    txn: &Txn,
    proof: &MayAgree,
    marks: SheetMarks,
    remark: Option<String>,
    now: Instant,
) -> Result<()> {
    use model::consensus::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        bid_id: Set(proof.bid()),
        challenge_id: Set(proof.challenge()),
        seat_id: Set(proof.seat()),
        marks: Set(marks),
        remark: Set(remark),
        submitted_at: Set(now),
    };
    let again = OnConflict::column(Column::BidId)
        .update_columns([Column::SeatId, Column::Marks, Column::Remark, Column::SubmittedAt])
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(txn).await?;
    Ok(())
}

/// What the panels agreed on, bid by bid.
pub(super) async fn consensus(conn: &impl Conn, challenges: &[ChallengeId]) -> Result<Vec<model::consensus::Model>> {
    use model::consensus::{Column, Entity};
    let sheets = Entity::find().filter(Column::ChallengeId.is_in(challenges.iter().copied()));
    Ok(sheets.order_by_asc(Column::BidId).all(conn).await?)
}

/// What an organizer has found of a bid's fitness.
pub(super) async fn disqualification(conn: &impl Conn, bid: BidId) -> Result<Option<model::disqualification::Model>> {
    Ok(model::disqualification::Entity::find_by_id(bid).one(conn).await?)
}

/// Keeps what the first organizer finds, in the place of what it found before.
pub(super) async fn find_unfit(txn: &Txn, proof: &MayDisqualify, why: String, now: Instant) -> Result<()> {
    use model::disqualification::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        bid_id: Set(proof.bid()),
        why: Set(why),
        found_by: Set(proof.by()),
        found_at: Set(now),
        confirmed_why: Set(None),
        confirmed_by: Set(None),
        confirmed_at: Set(None),
    };
    let again =
        OnConflict::column(Column::BidId).update_columns([Column::Why, Column::FoundBy, Column::FoundAt]).to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(txn).await?;
    Ok(())
}

/// The second organizer finds it too: the bid falls.
pub(super) async fn disqualify(txn: &Txn, proof: &MayDisqualify, why: String, now: Instant) -> Result<()> {
    use model::disqualification::ActiveModel;
    let row = ActiveModel {
        bid_id: Set(proof.bid()),
        confirmed_why: Set(Some(why)),
        confirmed_by: Set(Some(proof.by())),
        confirmed_at: Set(Some(now)),
        ..Default::default()
    };
    row.update(txn).await?;
    bids::make(txn, proof.bid(), proof.to()).await
}

/// How many sheets a seat has handed in.
pub(super) async fn submitted_from(conn: &impl Conn, seat: SeatId) -> Result<u64> {
    use model::sheet::{Column, Entity};
    use sea_orm::PaginatorTrait;
    Ok(Entity::find().filter(Column::SeatId.eq(seat)).filter(Column::SubmittedAt.is_not_null()).count(conn).await?)
}

/// The sheets that count, all or those for these bids: handed in by judges who sit, and with marks.
pub(super) async fn counting(
    conn: &impl Conn,
    challenges: &[ChallengeId],
    bids: Option<&[BidId]>,
) -> Result<Vec<model::sheet::Model>> {
    use model::sheet::{Column, Entity};
    let mut sheets = of_sitting(Entity::find().filter(Column::ChallengeId.is_in(challenges.iter().copied())));
    if let Some(bids) = bids {
        sheets = sheets.filter(Column::BidId.is_in(bids.iter().copied()));
    }
    let sheets = sheets.filter(Column::SubmittedAt.is_not_null()).filter(Column::AbstainedWhy.is_null());
    Ok(sheets.order_by_asc(Column::Id).all(conn).await?)
}

/// Writes the rankings down, moves every bid, and ends the round.
pub(super) async fn close(
    txn: &Txn,
    proof: &MayClose,
    rankings: &Rankings,
    settled: Vec<(BidId, BidStatus)>,
    now: Instant,
) -> Result<()> {
    keep_rankings(txn, proof.challenge(), proof.panel(), rankings).await?;
    for (bid, to) in settled {
        bids::make(txn, bid, to).await?;
    }
    let step = PanelStep { closed_at: Some(now), ..PanelStep::default() };
    challenges::step_panel(txn, proof.panel(), step).await?;
    experts::release(txn, proof.challenge(), now).await?;
    challenges::make(txn, Move::to(proof.challenge(), proof.to(rankings.any_passes()))).await
}

/// A bid has fallen behind a closed review: the others are ranked anew.
pub(super) async fn rank_again(
    txn: &Txn,
    proof: &MayDisqualify,
    panel: PanelId,
    rankings: &Rankings,
    settled: Vec<(BidId, BidStatus)>,
) -> Result<()> {
    keep_rankings(txn, proof.challenge(), panel, rankings).await?;
    // What was signed was another ranking; the log keeps who had signed that.
    Entity::update_many()
        .col_expr(Column::SignedAt, Expr::value(None::<Instant>))
        .col_expr(Column::Dissent, Expr::value(None::<String>))
        .filter(Column::ChallengeId.eq(proof.challenge()))
        .exec(txn)
        .await?;
    for (bid, to) in settled {
        bids::make(txn, bid, to).await?;
    }
    Ok(())
}

/// No bid is left that could win. Who sits on the panel is free for others.
pub(super) async fn fail(txn: &Txn, proof: &MayDisqualify, now: Instant) -> Result<()> {
    experts::release(txn, proof.challenge(), now).await?;
    let end = Move { suspended_from: Some(None), ..Move::to(proof.challenge(), proof.failed()) };
    challenges::make(txn, end).await
}

/// An upheld objection sends the bids back to the panel: what was ranked, agreed on and signed counts no more, and every judge who sits
/// hands the sheets in again.
pub(super) async fn reopen_review(txn: &Txn, challenge: ChallengeId, panel: PanelId) -> Result<()> {
    use model::{beside, consensus, ranked, sheet};
    ranked::Entity::delete_many().filter(ranked::Column::ChallengeId.eq(challenge)).exec(txn).await?;
    beside::Entity::delete_many().filter(beside::Column::ChallengeId.eq(challenge)).exec(txn).await?;
    consensus::Entity::delete_many().filter(consensus::Column::ChallengeId.eq(challenge)).exec(txn).await?;
    sheet::Entity::update_many()
        .col_expr(sheet::Column::SubmittedAt, Expr::value(None::<Instant>))
        .col_expr(sheet::Column::AbstainedWhy, Expr::value(None::<String>))
        .col_expr(sheet::Column::Explained, Expr::value(None::<String>))
        .col_expr(sheet::Column::ExplainedAt, Expr::value(None::<Instant>))
        .filter(sheet::Column::ChallengeId.eq(challenge))
        .exec(txn)
        .await?;
    Entity::update_many()
        .col_expr(Column::SignedAt, Expr::value(None::<Instant>))
        .col_expr(Column::Dissent, Expr::value(None::<String>))
        .filter(Column::ChallengeId.eq(challenge))
        .exec(txn)
        .await?;
    challenges::step_panel(txn, panel, PanelStep { reopened: true, ..PanelStep::default() }).await
}

/// So many rows go into one statement.
const AT_ONCE: usize = 500;

/// Keeps these rankings in the place of those that stood there.
async fn keep_rankings(txn: &Txn, challenge: ChallengeId, panel: PanelId, rankings: &Rankings) -> Result<()> {
    use model::{beside, ranked};
    let number = |value: u32| i32::try_from(value).map_err(|fault| Error::Internal(fault.into()));
    ranked::Entity::delete_many().filter(ranked::Column::ChallengeId.eq(challenge)).exec(txn).await?;
    beside::Entity::delete_many().filter(beside::Column::ChallengeId.eq(challenge)).exec(txn).await?;
    let line = |one: &Ranked| {
        Ok(ranked::ActiveModel {
            challenge_id: Set(challenge),
            bid_id: Set(one.bid),
            rank: Set(number(one.rank)?),
            score_sum: Set(one.score.sum),
            score_count: Set(number(one.score.count)?),
            passed: Set(one.passed),
            tie_broken_by: Set(one.tie_broken_by),
        })
    };
    let lines: Vec<ranked::ActiveModel> = rankings.decides().iter().map(line).collect::<Result<_>>()?;
    for some in lines.chunks(AT_ONCE) {
        ranked::Entity::insert_many(some.to_vec()).exec_without_returning(txn).await?;
    }
    let aside = |basis: RankingBasis, one: &Ranked| {
        Ok(beside::ActiveModel {
            challenge_id: Set(challenge),
            basis: Set(basis),
            bid_id: Set(one.bid),
            rank: Set(number(one.rank)?),
            score_sum: Set(one.score.sum),
            score_count: Set(number(one.score.count)?),
            passed: Set(one.passed),
            tie_broken_by: Set(one.tie_broken_by),
        })
    };
    for (basis, lines) in rankings.beside() {
        let lines: Vec<beside::ActiveModel> = lines.iter().map(|one| aside(basis, one)).collect::<Result<_>>()?;
        for some in lines.chunks(AT_ONCE) {
            beside::Entity::insert_many(some.to_vec()).exec_without_returning(txn).await?;
        }
    }
    let ranked = Some(PanelRanked {
        decided_by: rankings.decided_by(),
        unnormalised: rankings.unnormalised(),
        stability: serde_json::to_string(rankings.stability())?,
    });
    challenges::step_panel(txn, panel, PanelStep { ranked, ..PanelStep::default() }).await
}
