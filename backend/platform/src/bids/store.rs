//! Writing bids. Every write takes its proof.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::check::{Finding, Items, Settled};
use super::correct::CorrectedAll;
use super::findings::Behind;
use super::lifecycle;
use super::model::{self, ActiveModel, Column, Entity, Model};
use super::request_correction::AskedAll;
use super::sealing::SealedBid;
use super::solution::Solution;
use crate::access::bids::{
    BidFacts, CorrectionFacts, MayCheck, MayClose, MayConfirm, MayConsent, MayCorrect, MayDraftBid, MayOpen,
    MayRequestCorrection, MayReviseBid, MaySubmit, MayUpload, MayWithdraw,
};
use crate::access::challenges::ChallengeFacts;
use crate::base::id::{BidId, ChallengeId, ConsentId, Kind, OrganizationId};
use crate::base::words::{AmendmentResponse, BidStatus, FormalField};
use crate::base::{Error, Fen, Instant, Reason, Result};
use crate::challenges::{self, Move};
use crate::db::{Conn, Txn, Waits};
use crate::events::{TimerKind, timers};

/// What policy asks of a bid at this instant.
pub(crate) fn facts(row: &Model, challenge: ChallengeFacts, awarded: bool) -> BidFacts {
    let asked = match row.status {
        BidStatus::Submitted if row.amendments_answered < challenge.replacing_amendment => {
            Some(AmendmentResponse::Replace)
        }
        BidStatus::Submitted if row.amendments_seen < challenge.material_amendments => Some(AmendmentResponse::Confirm),
        _ => None,
    };
    BidFacts {
        asked,
        id: row.id,
        challenge,
        bidder: row.bidder_id,
        status: row.status,
        next: lifecycle::next,
        version: row.version,
        in_force: row.in_force,
        awarded,
    }
}

/// A bid and its challenge, both locked for the act.
pub(crate) struct Locked {
    pub(crate) row: Model,
    pub(crate) challenge: challenges::model::Model,
    pub(crate) facts: BidFacts,
    /// When the locks were held: the act's time.
    pub(crate) now: Instant,
}

/// Locks a bid under its challenge, then reads the clock. Always in this order: challenge first.
pub(crate) async fn locked(
    txn: &Txn,
    bid: BidId,
    lock: challenges::Lock,
    clock: &crate::base::Clock,
) -> Result<Locked> {
    let found: Option<ChallengeId> =
        Entity::find_by_id(bid).select_only().column(Column::ChallengeId).into_tuple().one(txn).await?;
    let challenge = challenges::locked(txn, found.ok_or(Error::Hidden)?, lock).await?;
    let row = Entity::find_by_id(bid).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)?;
    let now = clock.now();
    let facts = facts(&row, challenges::facts(&challenge, now), challenge.awarded_at.is_some());
    Ok(Locked { row, challenge, facts, now })
}

/// As [`locked`], several whose challenges are known, for acts that go on beside one another; always in the order of their ids. Those that
/// there are and, where nobody waits, that nobody holds.
pub(super) async fn locked_beside(
    txn: &Txn,
    of: &BTreeMap<BidId, ChallengeId>,
    waits: Waits,
    clock: &crate::base::Clock,
) -> Result<HashMap<BidId, Locked>> {
    if of.is_empty() {
        return Ok(HashMap::new());
    }
    let challenges = challenges::locked_beside(txn, &of.values().copied().collect(), waits).await?;
    let bids = Entity::find().filter(Column::Id.is_in(of.keys().copied())).order_by_asc(Column::Id);
    let bids = match waits {
        Waits::Yes => bids.lock_exclusive(),
        Waits::No => bids.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
    };
    let rows = bids.all(txn).await?;
    let now = clock.now();
    let held = rows.into_iter().filter_map(|row| {
        let challenge = challenges.get(&row.challenge_id)?.clone();
        let facts = facts(&row, challenges::facts(&challenge, now), challenge.awarded_at.is_some());
        Some((row.id, Locked { row, challenge, facts, now }))
    });
    Ok(held.collect())
}

/// A bid, its challenge and the revision in progress as they are now, unlocked: for slow work that is checked again under the
/// lock.
pub(super) async fn glance(
    conn: &impl Conn,
    bid: BidId,
    now: Instant,
) -> Result<(Locked, Option<model::draft::Model>)> {
    let bid = Entity::find_by_id(bid).find_also_related(challenges::model::Entity);
    let found = bid.find_also_related(model::draft::Entity).one(conn).await?;
    let Some((row, Some(challenge), draft)) = found else { return Err(Error::Hidden) };
    let facts = facts(&row, challenges::facts(&challenge, now), challenge.awarded_at.is_some());
    Ok((Locked { row, challenge, facts, now }, draft))
}

/// A draft as it is kept: encrypted to the key of this name.
pub(super) struct SealedDraft {
    pub(super) sealed: Vec<u8>,
    pub(super) key: Uuid,
}

pub(super) async fn draft(txn: &Txn, proof: MayDraftBid, draft: SealedDraft, now: Instant) -> Result<BidId> {
    let id = BidId::new();
    let row = ActiveModel {
        id: Set(id),
        challenge_id: Set(proof.challenge()),
        bidder_id: Set(proof.bidder()),
        author_id: Set(proof.by()),
        status: Set(BidStatus::Draft),
        version: Set(1),
        label: Set(None),
        created_at: Set(now),
        submitted_at: Set(None),
        in_force: Set(None),
        withdrawn_at: Set(None),
        withdraw_reason: Set(None),
        broken: Set(None),
        requested_funding: Set(None),
        amendments_seen: Set(0),
        amendments_answered: Set(0),
        draft_key: Set(Some(draft.key)),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    keep_draft(txn, id, draft.sealed, now).await?;
    Ok(id)
}

pub(super) async fn revise(
    txn: &Txn,
    proof: MayReviseBid,
    draft: SealedDraft,
    version: i32,
    now: Instant,
) -> Result<()> {
    let (id, status, draft_key) = (Set(proof.bid()), Set(proof.to()), Set(Some(draft.key)));
    ActiveModel { id, status, draft_key, version: Set(version + 1), ..Default::default() }.update(txn).await?;
    keep_draft(txn, proof.bid(), draft.sealed, now).await
}

async fn keep_draft(txn: &Txn, bid: BidId, sealed: Vec<u8>, now: Instant) -> Result<()> {
    use model::draft::{ActiveModel, Column, Entity};
    let row = ActiveModel { bid_id: Set(bid), sealed: Set(sealed), updated_at: Set(now) };
    let replace = OnConflict::column(Column::BidId).update_columns([Column::Sealed, Column::UpdatedAt]).to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(txn).await?;
    Ok(())
}

/// Has a bid's draft another key from now on: with it the draft as it is encrypted to that key, or none.
pub(super) async fn exchange_key(txn: &Txn, proof: &MayUpload, key: Uuid, draft: Option<Vec<u8>>) -> Result<()> {
    use model::draft::{ActiveModel as Draft, Entity as Drafts};
    let bid = proof.bid();
    match draft {
        Some(sealed) => {
            let column = Expr::col(model::draft::Column::BidId);
            let draft = Draft { sealed: Set(sealed), ..Default::default() };
            let kept = Drafts::update_many().set(draft).filter(column.eq(bid)).exec(txn).await?;
            // A colleague has handed it in.
            if kept.rows_affected == 0 {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
        }
        None => {
            Drafts::delete_by_id(bid).exec(txn).await?;
        }
    }
    ActiveModel { id: Set(bid), draft_key: Set(Some(key)), ..Default::default() }.update(txn).await?;
    Ok(())
}

/// Whether any draft has a key outside the database.
pub(crate) async fn any_draft_key(conn: &impl Conn) -> Result<bool> {
    Ok(Entity::find().filter(Column::DraftKey.is_not_null()).one(conn).await?.is_some())
}

/// The keys of these bids' drafts, of those that have one.
pub(super) async fn draft_keys_of(conn: &impl Conn, bids: &[BidId]) -> Result<HashMap<BidId, Uuid>> {
    let keys: Vec<(BidId, Option<Uuid>)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::DraftKey])
        .filter(Column::Id.is_in(bids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(keys.into_iter().filter_map(|(bid, key)| Some((bid, key?))).collect())
}

/// Those of these keys that a draft is encrypted to.
pub(crate) async fn draft_keys_among(conn: &impl Conn, keys: &[Uuid]) -> Result<Vec<Uuid>> {
    let used: Vec<Option<Uuid>> = Entity::find()
        .select_only()
        .column(Column::DraftKey)
        .filter(Column::DraftKey.is_in(keys.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(used.into_iter().flatten().collect())
}

/// Asks the members of a draft. An agreement is among all of them: where they are others than before each is asked anew.
pub(super) async fn ask_members(txn: &Txn, bid: BidId, members: &[OrganizationId], now: Instant) -> Result<()> {
    use model::consent::{ActiveModel, Column, Entity};
    let named = members_that(txn, &[bid], Column::Named.eq(true)).await?;
    if named == members.iter().map(|member| (bid, *member)).collect() {
        return Ok(());
    }
    let no_more = Entity::update_many().col_expr(Column::Named, Expr::value(false)).filter(Column::BidId.eq(bid));
    no_more.exec(txn).await?;
    if members.is_empty() {
        return Ok(());
    }
    let asked = members.iter().map(|member| ActiveModel {
        id: Set(ConsentId::new()),
        bid_id: Set(bid),
        organization_id: Set(*member),
        asked_at: Set(now),
        agreed: Set(None),
        answered_at: Set(None),
        answered_by: Set(None),
        named: Set(true),
        handed_in: Set(false),
    });
    let anew = OnConflict::columns([Column::BidId, Column::OrganizationId])
        .update_columns([Column::AskedAt, Column::Agreed, Column::AnsweredAt, Column::AnsweredBy, Column::Named])
        .to_owned();
    Entity::insert_many(asked).on_conflict(anew).exec_without_returning(txn).await?;
    Ok(())
}

/// The members that the drafts of these bids name and that have agreed.
pub(super) async fn agreed(conn: &impl Conn, bids: &[BidId]) -> Result<BTreeSet<(BidId, OrganizationId)>> {
    use model::consent::Column;
    members_that(conn, bids, Column::Named.eq(true).and(Column::Agreed.eq(true))).await
}

/// The members of what was handed in last of these bids.
pub(super) async fn handed_in_with(conn: &impl Conn, bids: &[BidId]) -> Result<BTreeSet<(BidId, OrganizationId)>> {
    members_that(conn, bids, model::consent::Column::HandedIn.eq(true)).await
}

async fn members_that(conn: &impl Conn, bids: &[BidId], are: SimpleExpr) -> Result<BTreeSet<(BidId, OrganizationId)>> {
    use model::consent::{Column, Entity};
    if bids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let members: Vec<(BidId, OrganizationId)> = Entity::find()
        .select_only()
        .columns([Column::BidId, Column::OrganizationId])
        .filter(Column::BidId.is_in(bids.iter().copied()))
        .filter(are)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(members.into_iter().collect())
}

/// A consent that was asked for.
pub(super) async fn consent(conn: &impl Conn, id: ConsentId) -> Result<model::consent::Model> {
    model::consent::Entity::find_by_id(id).one(conn).await?.ok_or(Error::Hidden)
}

pub(super) async fn answer(txn: &Txn, proof: MayConsent, agreed: bool, now: Instant) -> Result<()> {
    let row = model::consent::ActiveModel {
        id: Set(proof.consent()),
        agreed: Set(Some(agreed)),
        answered_at: Set(Some(now)),
        answered_by: Set(Some(proof.by())),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

/// The number of a bid's last submission. It is the one in force, but for a withdrawn bid.
pub(super) async fn last_submission(conn: &impl Conn, bid: &Model) -> Result<Option<i32>> {
    Ok(last_submissions(conn, [bid]).await?.remove(&bid.id))
}

/// As [`last_submission`], of those of these bids that have one.
pub(super) async fn last_submissions<'a>(
    conn: &impl Conn,
    bids: impl IntoIterator<Item = &'a Model>,
) -> Result<HashMap<BidId, i32>> {
    use model::submission::{Column, Entity};
    let (mut last, mut withdrawn) = (HashMap::new(), Vec::new());
    for bid in bids {
        match bid.in_force {
            Some(version) => drop(last.insert(bid.id, version)),
            None if bid.submitted_at.is_some() => withdrawn.push(bid.id),
            None => {}
        }
    }
    if !withdrawn.is_empty() {
        let found: Vec<(BidId, i32)> = Entity::find()
            .select_only()
            .column(Column::BidId)
            .column_as(Column::Version.max(), "last")
            .filter(Column::BidId.is_in(withdrawn))
            .group_by(Column::BidId)
            .into_tuple()
            .all(conn)
            .await?;
        last.extend(found);
    }
    Ok(last)
}

/// What is handed in.
pub(super) struct Submission {
    pub(super) version: i32,
    pub(super) bid: SealedBid,
    pub(super) receipt: String,
    pub(super) key_id: String,
    pub(super) at: Instant,
    /// How many material amendments it answers.
    pub(super) amendments: i32,
    /// Not by the bidder alone.
    pub(super) with_members: bool,
}

/// Keeps what is handed in and erases the drafts.
pub(super) async fn submit(txn: &Txn, all: Vec<(MaySubmit, Submission)>) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    // Neither with anybody now nor with anybody before: nobody's answer to mark.
    let marked = all.iter().filter(|(_, new)| new.with_members || new.version > 1);
    let marked: Vec<BidId> = marked.map(|(proof, _)| proof.bid()).collect();
    if !marked.is_empty() {
        let consents = model::consent::Entity::update_many()
            .col_expr(model::consent::Column::HandedIn, Expr::col(model::consent::Column::Named))
            .filter(model::consent::Column::BidId.is_in(marked));
        consents.exec(txn).await?;
    }
    let in_force = all.iter().map(|(proof, new)| {
        let row = in_force_again(proof, new.version, new.at, new.amendments);
        ActiveModel { amendments_answered: Set(new.amendments), draft_key: Set(None), ..row }
    });
    let in_force: Vec<ActiveModel> = in_force.collect();
    let drafts: Vec<BidId> = all.iter().map(|(proof, _)| proof.bid()).collect();
    let submissions = all.into_iter().map(|(proof, new)| model::submission::ActiveModel {
        bid_id: Set(proof.bid()),
        version: Set(new.version),
        submitted_by: Set(proof.by()),
        sealed_at: Set(new.at),
        sealed: Set(new.bid.sealed),
        sealed_sha256: Set(new.bid.sealed_sha256),
        commitment: Set(new.bid.commitment),
        receipt: Set(new.receipt),
        key_id: Set(new.key_id),
    });
    model::submission::Entity::insert_many(submissions).exec_without_returning(txn).await?;
    update_alike(txn, in_force).await?;
    model::draft::Entity::delete_many().filter(model::draft::Column::BidId.is_in(drafts)).exec(txn).await?;
    Ok(())
}

/// Hands withdrawn submissions in again, as they were: which, when, and how many material amendments they were shown.
pub(super) async fn resubmit(txn: &Txn, all: Vec<(MaySubmit, i32, Instant, i32)>) -> Result<()> {
    update_alike(txn, all.iter().map(|(proof, version, at, seen)| in_force_again(proof, *version, *at, *seen))).await
}

/// Writes these rows' new values, those that are given the same by one statement.
async fn update_alike(txn: &Txn, rows: impl IntoIterator<Item = ActiveModel>) -> Result<()> {
    let mut alike: Vec<(ActiveModel, Vec<BidId>)> = Vec::new();
    for mut row in rows {
        let Some(id) = row.id.take() else { continue };
        match alike.iter_mut().find(|(values, _)| *values == row) {
            Some((_, ids)) => ids.push(id),
            None => alike.push((row, vec![id])),
        }
    }
    for (values, ids) in alike {
        Entity::update_many().set(values).filter(Column::Id.is_in(ids)).exec(txn).await?;
    }
    Ok(())
}

fn in_force_again(proof: &MaySubmit, version: i32, at: Instant, amendments: i32) -> ActiveModel {
    ActiveModel {
        id: Set(proof.bid()),
        status: Set(proof.to()),
        in_force: Set(Some(version)),
        submitted_at: Set(Some(at)),
        withdrawn_at: Set(None),
        withdraw_reason: Set(None),
        amendments_seen: Set(amendments),
        ..Default::default()
    }
}

pub(super) async fn confirm(txn: &Txn, proof: MayConfirm, amendments: i32) -> Result<()> {
    let (id, status) = (Set(proof.bid()), Set(proof.to()));
    ActiveModel { id, status, amendments_seen: Set(amendments), ..Default::default() }.update(txn).await?;
    Ok(())
}

/// That no material amendment waits for the bidder's answer: what was handed in counts.
fn stands() -> SimpleExpr {
    use challenges::model::{Column as Of, Entity as Challenge};
    let seen = Expr::col((Challenge, Of::MaterialAmendments)).lte(Expr::col((Entity, Column::AmendmentsSeen)));
    let answered = Expr::col((Challenge, Of::ReplacingAmendment)).lte(Expr::col((Entity, Column::AmendmentsAnswered)));
    challenges::read::such((Entity, Column::ChallengeId), seen.and(answered))
}

/// Whether what was handed in of this bid counts, as far as amendments go.
pub(super) async fn counts(conn: &impl Conn, bid: BidId) -> Result<bool> {
    Ok(Entity::find_by_id(bid).filter(stands()).count(conn).await? > 0)
}

/// Takes back, at the opening, what an amendment voided and its bidder has not answered; says whose bids they were.
pub(super) async fn lapse(txn: &Txn, proof: &MayOpen, now: Instant) -> Result<Vec<(BidId, OrganizationId)>> {
    let of_challenge = Column::ChallengeId.eq(proof.challenge()).and(Column::InForce.is_not_null());
    let lapsed: Vec<(BidId, OrganizationId)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::BidderId])
        .filter(of_challenge.and(stands().not()))
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(txn)
        .await?;
    for (bid, _) in &lapsed {
        let row = ActiveModel {
            id: Set(*bid),
            status: Set(BidStatus::Withdrawn),
            in_force: Set(None),
            withdrawn_at: Set(Some(now)),
            withdraw_reason: Set(Some("a material amendment was neither confirmed nor answered".to_owned())),
            ..Default::default()
        };
        row.update(txn).await?;
    }
    Ok(lapsed)
}

pub(super) async fn withdraw(txn: &Txn, proof: MayWithdraw, reason: Option<String>, now: Instant) -> Result<()> {
    let row = ActiveModel {
        id: Set(proof.bid()),
        status: Set(proof.to()),
        in_force: Set(None),
        withdrawn_at: Set(Some(now)),
        withdraw_reason: Set(reason),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

/// A submission and its bid.
pub(super) async fn submission(
    conn: &impl Conn,
    bid: BidId,
    version: i32,
) -> Result<Option<(Model, model::submission::Model)>> {
    let Some(row) = Entity::find_by_id(bid).one(conn).await? else { return Ok(None) };
    let held = model::submission::Entity::find_by_id((bid, version)).one(conn).await?;
    Ok(held.map(|held| (row, held)))
}

/// The bids in force of a challenge with what was handed in, in the order of their commitments: it tells nothing of when.
pub(super) async fn in_force(
    conn: &impl Conn,
    challenge: ChallengeId,
) -> Result<Vec<(Model, model::submission::Model)>> {
    use model::submission;
    let bids = Entity::find()
        .filter(Column::ChallengeId.eq(challenge))
        .filter(Column::InForce.is_not_null())
        .all(conn)
        .await?;
    let held = submission::Entity::find()
        .filter(submission::Column::BidId.is_in(bids.iter().map(|bid| bid.id)))
        .order_by_asc(submission::Column::Commitment)
        .all(conn)
        .await?;
    let pairs = held.into_iter().filter_map(|held| {
        let bid = bids.iter().find(|bid| bid.id == held.bid_id && bid.in_force == Some(held.version))?;
        Some((bid.clone(), held))
    });
    Ok(pairs.collect())
}

/// The in-force commitments of a challenge; without those that an amendment voided.
pub(super) async fn commitments(conn: &impl Conn, challenge: ChallengeId) -> Result<Vec<String>> {
    use model::submission;
    let found = submission::Entity::find()
        .select_only()
        .column(submission::Column::Commitment)
        .join(sea_orm::JoinType::InnerJoin, bid_of_submission())
        .filter(Expr::col((Entity, Column::ChallengeId)).eq(challenge))
        .filter(Expr::col((Entity, Column::InForce)).equals((submission::Entity, submission::Column::Version)))
        .filter(stands())
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found)
}

/// The nonces and roots of these challenges' closings, in hex; public once their bids are open.
pub(crate) async fn closings(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, (String, String)>> {
    use challenges::model::seal::{Column, Entity};
    let rows = Entity::find().filter(Column::ChallengeId.is_in(ids.iter().copied())).all(conn).await?;
    let told = |row: challenges::model::seal::Model| {
        Some((row.challenge_id, (hex::encode(row.closing_nonce?), row.closing_root?)))
    };
    Ok(rows.into_iter().filter_map(told).collect())
}

fn bid_of_submission() -> sea_orm::RelationDef {
    model::submission::Entity::belongs_to(Entity).from(model::submission::Column::BidId).to(Column::Id).into()
}

pub(super) async fn close(txn: &Txn, proof: MayClose, nonce: Vec<u8>, root: String) -> Result<()> {
    challenges::close_seal(txn, proof.challenge(), nonce, root).await?;
    challenges::make(txn, Move::to(proof.challenge(), proof.to())).await
}

/// Records an approval of the opening, and says how many there are now. The same organizer cannot approve twice.
/// Keeps an approval; `again`: one that is there already stays as it is. How many there are.
pub(super) async fn approve_opening(txn: &Txn, proof: &MayOpen, again: bool, now: Instant) -> Result<u64> {
    use model::approval::{ActiveModel, Column, Entity};
    let challenge = proof.challenge();
    match Entity::find_by_id((challenge, proof.by())).one(txn).await? {
        Some(_) if again => {}
        Some(_) => return Err(Error::Conflict(Reason::AlreadyDecided)),
        None => {
            let row = ActiveModel { challenge_id: Set(challenge), organizer_id: Set(proof.by()), at: Set(now) };
            Entity::insert(row).exec_without_returning(txn).await?;
        }
    }
    Ok(Entity::find().filter(Column::ChallengeId.eq(challenge)).count(txn).await?)
}

/// A bid as the opening leaves it.
pub(super) struct OpenedBid {
    pub(super) bid: BidId,
    pub(super) label: String,
    /// The content, or in which way it is broken.
    pub(super) content: std::result::Result<Solution, String>,
}

/// `count`: how many were handed in by the log.
pub(super) async fn open(txn: &Txn, proof: &MayOpen, bids: Vec<OpenedBid>, count: usize, now: Instant) -> Result<()> {
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    for opened in bids {
        let content = opened.content.as_ref();
        let row = ActiveModel {
            status: Set(BidStatus::Opened),
            label: Set(Some(opened.label)),
            broken: Set(content.err().cloned()),
            requested_funding: Set(content.ok().and_then(|solution| solution.requested_funding)),
            ..Default::default()
        };
        // There may be no such row any more.
        Entity::update_many()
            .set(row)
            .filter(Column::Id.eq(opened.bid).and(Column::ChallengeId.eq(proof.challenge())))
            .exec(txn)
            .await?;
        if let Ok(solution) = opened.content {
            keep_opened(txn, opened.bid, &solution).await?;
        }
    }
    let step = Move { opened: Some((now, count)), ..Move::to(proof.challenge(), proof.to()) };
    challenges::make(txn, step).await
}

async fn keep_opened(txn: &Txn, bid: BidId, solution: &Solution) -> Result<()> {
    use model::{member, solution as opened};
    let row = opened::ActiveModel { bid_id: Set(bid), content: Set(serde_json::to_string(solution)?) };
    opened::Entity::insert(row).exec_without_returning(txn).await?;
    let members = (1..).zip(&solution.members).map(|(position, member)| member::ActiveModel {
        bid_id: Set(bid),
        organization_id: Set(*member),
        position: Set(position),
    });
    member::Entity::insert_many(members).exec_without_returning(txn).await?;
    Ok(())
}

pub(super) async fn fail(txn: &Txn, proof: &MayOpen) -> Result<()> {
    challenges::make(txn, Move::to(proof.challenge(), proof.failed())).await
}

pub(super) async fn check(txn: &Txn, proof: &MayCheck, settled: Settled, now: Instant) -> Result<()> {
    let passed = settled.passed;
    let row = model::formal_check::ActiveModel {
        bid_id: Set(proof.bid()),
        passed: Set(passed),
        items: Set(settled.items),
        checked_by: Set(proof.by()),
        at: Set(now),
        first_found_by: Set(settled.first.as_ref().map(|first| first.found_by)),
        first_items: Set(settled.first.map(|first| first.items)),
    };
    model::formal_check::Entity::insert(row).exec_without_returning(txn).await?;
    ActiveModel { id: Set(proof.bid()), status: Set(proof.to(passed)), ..Default::default() }.update(txn).await?;
    Ok(())
}

/// The failure that one organizer has found, and another has still to find.
pub(super) async fn finding(conn: &impl Conn, bid: BidId) -> Result<Option<Finding>> {
    let row = model::finding::Entity::find_by_id(bid).one(conn).await?;
    Ok(row.map(|row| Finding { found_by: row.found_by, items: row.items }))
}

pub(super) async fn keep_finding(txn: &Txn, proof: &MayCheck, items: Items, now: Instant) -> Result<()> {
    let (bid_id, found_by) = (Set(proof.bid()), Set(proof.by()));
    let row = model::finding::ActiveModel { bid_id, items: Set(items), found_by, at: Set(now) };
    model::finding::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

pub(super) async fn forget_finding(txn: &Txn, bid: BidId) -> Result<()> {
    model::finding::Entity::delete_by_id(bid).exec(txn).await?;
    Ok(())
}

/// How far the round of correction of a bid has come.
pub(super) async fn correction(conn: &impl Conn, bid: BidId) -> Result<CorrectionFacts> {
    Ok(corrections(conn, &[bid]).await?.remove(&bid).unwrap_or(CorrectionFacts::None))
}

/// How far the rounds of correction of these bids have come; who is not named was not asked.
pub(super) async fn corrections(conn: &impl Conn, ids: &[BidId]) -> Result<HashMap<BidId, CorrectionFacts>> {
    use model::correction::{Column, Entity};
    let rows = Entity::find().filter(Column::BidId.is_in(ids.iter().copied())).all(conn).await?;
    let facts = |row: &model::correction::Model| match row.answered_at {
        Some(_) => CorrectionFacts::Answered,
        None => CorrectionFacts::Awaited(row.due_at, row.asked_by),
    };
    Ok(rows.iter().map(|row| (row.bid_id, facts(row))).collect())
}

/// The finding that stood behind a request to correct.
pub(super) async fn found_before(conn: &impl Conn, bid: BidId) -> Result<Option<Finding>> {
    let row = model::correction::Entity::find_by_id(bid).one(conn).await?;
    Ok(row.map(|row| Finding { found_by: row.found_by, items: row.found_items }))
}

/// Gives the bidders of a challenge that stood still the time back that they have lost for their corrections.
pub(crate) async fn give_time_back(txn: &Txn, challenge: ChallengeId, lost: TimeDelta) -> Result<()> {
    let bids: Vec<BidId> = in_states(txn, challenge, &[BidStatus::Opened]).await?.iter().map(|row| row.id).collect();
    let awaited = model::correction::Entity::find()
        .filter(model::correction::Column::BidId.is_in(bids))
        .filter(model::correction::Column::AnsweredAt.is_null())
        .all(txn)
        .await?;
    for row in awaited {
        let due_at = row.due_at + lost;
        let moved =
            model::correction::ActiveModel { bid_id: Set(row.bid_id), due_at: Set(due_at), ..Default::default() };
        moved.update(txn).await?;
        timers::reset(txn, TimerKind::EndCorrection, row.bid_id.uuid(), Some(due_at)).await?;
    }
    Ok(())
}

/// What a bidder was asked to correct.
pub(super) async fn asked(conn: &impl Conn, bid: BidId) -> Result<Vec<FormalField>> {
    let row = model::correction::Entity::find_by_id(bid).one(conn).await?;
    Ok(row.map(|row| row.asked.0.iter().map(|item| item.field).collect()).unwrap_or_default())
}

pub(super) async fn request_correction(
    txn: &Txn,
    proof: &MayRequestCorrection,
    (asked, found): (AskedAll, Finding),
    due: Instant,
    now: Instant,
) -> Result<()> {
    let row = model::correction::ActiveModel {
        bid_id: Set(proof.bid()),
        asked: Set(asked),
        asked_by: Set(proof.by()),
        asked_at: Set(now),
        due_at: Set(due),
        found_by: Set(found.found_by),
        found_items: Set(found.items),
        answers: Set(None),
        answered_by: Set(None),
        answered_at: Set(None),
    };
    model::correction::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

pub(super) async fn correct(txn: &Txn, proof: &MayCorrect, answers: CorrectedAll, now: Instant) -> Result<()> {
    let row = model::correction::ActiveModel {
        bid_id: Set(proof.bid()),
        answers: Set(Some(answers)),
        answered_by: Set(Some(proof.by())),
        answered_at: Set(Some(now)),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

pub(super) async fn fail_after_check(txn: &Txn, proof: &MayCheck) -> Result<()> {
    challenges::make(txn, Move::to(proof.challenge(), proof.challenge_failed())).await
}

/// How many bids of a challenge are in one of these states.
pub(super) async fn count_in(conn: &impl Conn, challenge: ChallengeId, states: &[BidStatus]) -> Result<u64> {
    let bids = Entity::find().filter(Column::ChallengeId.eq(challenge));
    Ok(bids.filter(Column::Status.is_in(states.iter().copied())).count(conn).await?)
}

/// The bids of a challenge in one of these states, by id.
pub(crate) async fn in_states(conn: &impl Conn, challenge: ChallengeId, states: &[BidStatus]) -> Result<Vec<Model>> {
    let bids = Entity::find().filter(Column::ChallengeId.eq(challenge));
    Ok(bids.filter(Column::Status.is_in(states.iter().copied())).order_by_asc(Column::Id).all(conn).await?)
}

/// The states of bids that are or were to be scored and have not fallen.
pub(crate) const RANKED: [BidStatus; 8] = [
    BidStatus::FormalPassed,
    BidStatus::Scored,
    BidStatus::Shortlisted,
    BidStatus::NotShortlisted,
    BidStatus::Negotiating,
    BidStatus::ProposedWinner,
    BidStatus::Won,
    BidStatus::Lost,
];

/// The bids of these challenges that are or were to be scored and have not fallen, with what each asks for.
pub(crate) async fn ranked(
    conn: &impl Conn,
    challenges: &[ChallengeId],
) -> Result<Vec<(ChallengeId, BidId, Option<Fen>)>> {
    Ok(Entity::find()
        .select_only()
        .columns([Column::ChallengeId, Column::Id, Column::RequestedFunding])
        .filter(Column::ChallengeId.is_in(challenges.iter().copied()))
        .filter(Column::Status.is_in(RANKED))
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(conn)
        .await?)
}

/// Moves a bid along its lifecycle for a slice above, which holds a proof of its own.
pub(crate) async fn make(txn: &Txn, bid: BidId, to: BidStatus) -> Result<()> {
    ActiveModel { id: Set(bid), status: Set(to), ..Default::default() }.update(txn).await?;
    Ok(())
}

/// How many bids of these challenges are in each of these states.
pub(crate) async fn tally(
    conn: &impl Conn,
    challenges: &[ChallengeId],
    states: &[BidStatus],
) -> Result<HashMap<(ChallengeId, BidStatus), u64>> {
    let rows: Vec<(ChallengeId, BidStatus, i64)> = Entity::find()
        .select_only()
        .columns([Column::ChallengeId, Column::Status])
        .column_as(Column::Id.count(), "count")
        .filter(Column::ChallengeId.is_in(challenges.iter().copied()))
        .filter(Column::Status.is_in(states.iter().copied()))
        .group_by(Column::ChallengeId)
        .group_by(Column::Status)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, status, count)| ((id, status), count.unsigned_abs())).collect())
}

/// Who stands behind each opened bid of a challenge.
pub(super) async fn behind(conn: &impl Conn, challenge: ChallengeId) -> Result<Vec<Behind>> {
    use model::member;
    let unopened = [BidStatus::Draft, BidStatus::Submitted, BidStatus::Withdrawn];
    let bids = Entity::find()
        .filter(Column::ChallengeId.eq(challenge))
        .filter(Column::Status.is_not_in(unopened))
        .order_by_asc(Column::Id)
        .all(conn)
        .await?;
    let members = member::Entity::find()
        .filter(member::Column::BidId.is_in(bids.iter().map(|bid| bid.id)))
        .order_by_asc(member::Column::Position)
        .all(conn)
        .await?;
    let of = |bid: BidId| members.iter().filter(move |row| row.bid_id == bid).map(|row| row.organization_id).collect();
    Ok(bids
        .into_iter()
        .map(|bid| Behind {
            members: of(bid.id),
            bid: bid.id,
            label: bid.label.unwrap_or_default(),
            bidder: bid.bidder_id,
        })
        .collect())
}

/// The principal investigators of a challenge's opened bids, by name.
pub(crate) async fn investigators(conn: &impl Conn, challenge: ChallengeId) -> Result<BTreeSet<String>> {
    use model::solution;
    let opened = sea_orm::sea_query::Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::ChallengeId.eq(challenge))
        .take();
    let rows = solution::Entity::find().filter(solution::Column::BidId.in_subquery(opened)).all(conn).await?;
    let named = |row: &solution::Model| Ok(serde_json::from_str::<Solution>(&row.content)?.principal_investigator);
    rows.iter().map(named).collect()
}

/// Every organization that stands behind the opened bids of each of these challenges: bidders and members.
pub(crate) async fn parties(
    conn: &impl Conn,
    challenges: &[ChallengeId],
) -> Result<HashMap<ChallengeId, BTreeSet<OrganizationId>>> {
    use model::member;
    let unopened = [BidStatus::Draft, BidStatus::Submitted, BidStatus::Withdrawn];
    let bids: Vec<(BidId, ChallengeId, OrganizationId)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::ChallengeId, Column::BidderId])
        .filter(Column::ChallengeId.is_in(challenges.iter().copied()))
        .filter(Column::Status.is_not_in(unopened))
        .into_tuple()
        .all(conn)
        .await?;
    let members: Vec<(BidId, OrganizationId)> = member::Entity::find()
        .select_only()
        .columns([member::Column::BidId, member::Column::OrganizationId])
        .filter(member::Column::BidId.is_in(bids.iter().map(|(id, ..)| *id)))
        .into_tuple()
        .all(conn)
        .await?;
    let mut parties: HashMap<ChallengeId, BTreeSet<OrganizationId>> = HashMap::new();
    let challenge_of: HashMap<BidId, ChallengeId> = bids.iter().map(|(bid, challenge, _)| (*bid, *challenge)).collect();
    for (_, challenge, bidder) in bids {
        parties.entry(challenge).or_default().insert(bidder);
    }
    for (bid, member) in members {
        if let Some(challenge) = challenge_of.get(&bid) {
            parties.entry(*challenge).or_default().insert(member);
        }
    }
    Ok(parties)
}

const RECEIPT: &str = "RECEIPT";
const SEAL: &str = "SEAL";

/// Keeps the seal's public part; false when what this database holds was sealed under another.
pub(super) async fn know_seal(txn: &Txn, recipient: &str, at: Instant) -> Result<bool> {
    use model::signing_key::{Column, Entity};
    let known = Entity::find().filter(Column::Purpose.eq(SEAL)).all(txn).await?;
    if known.is_empty() {
        announce(txn, SEAL, recipient, recipient, at).await?;
        return Ok(true);
    }
    Ok(known.iter().any(|row| row.key_id == recipient))
}

pub(super) async fn announce_key(txn: &Txn, id: &str, public: &str, at: Instant) -> Result<()> {
    announce(txn, RECEIPT, id, public, at).await
}

async fn announce(txn: &Txn, purpose: &str, id: &str, public: &str, at: Instant) -> Result<()> {
    use model::signing_key::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        key_id: Set(id.to_owned()),
        purpose: Set(purpose.to_owned()),
        public_key: Set(public.to_owned()),
        since: Set(at),
    };
    let known = OnConflict::column(Column::KeyId).update_column(Column::KeyId).to_owned();
    Entity::insert(row).on_conflict(known).exec_without_returning(txn).await?;
    Ok(())
}

pub(super) async fn receipt_key(conn: &impl Conn, id: &str) -> Result<Option<String>> {
    let row = model::signing_key::Entity::find_by_id(id).one(conn).await?;
    Ok(row.map(|row| row.public_key))
}

pub(super) async fn receipt_keys(conn: &impl Conn) -> Result<Vec<(String, String)>> {
    use model::signing_key::{Column, Entity};
    let receipts = Entity::find().filter(Column::Purpose.eq(RECEIPT));
    let rows = receipts.order_by_asc(Column::Since).order_by_asc(Column::KeyId).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.key_id, row.public_key)).collect())
}
