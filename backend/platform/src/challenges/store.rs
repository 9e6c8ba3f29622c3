//! Writing challenges. Every write takes its proof.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use serde_json::{Map, Value};

use super::content::{Budget, Checked, Criterion, Indicator, Whole};
use super::differences::{Differences, Fields};
use super::model::{self, ActiveModel, Column, Entity, Model};
use super::seal::{NewSeal, NewShare};
use super::terms::Terms;
use super::{find, lifecycle, told};
use crate::access::challenges::{
    ChallengeFacts, MayAmend, MayAnswer, MayApprove, MayAsk, MayCancel, MayDecline, MayDraft, MayOffer, MayPublish,
    MayRecordResult, MayReject, MayReshare, MayResume, MayReturn, MayRevise, MaySubmit, MaySuspend, MayWithdraw,
};
use crate::base::clock::china_midnight;
use crate::base::id::{
    AmendmentId, ChallengeId, CriterionId, DemandId, IndicatorId, Kind, OfferId, OrganizationId, PanelId, QuestionId,
    SeatId, UserId,
};
use crate::base::words::{ChallengeStatus, OfferKind, RankingBasis, SealMode};
use crate::base::{Decimal, Error, Faults, Instant, Reason, Result};
use crate::db::{Conn, Txn, Waits};
use crate::search::{self, Shelf};

/// A challenge's row, locked for the act, with what policy asks of it.
pub(crate) struct Locked {
    pub(crate) row: Model,
    pub(crate) facts: ChallengeFacts,
}

/// How an act holds the challenge's row on PostgreSQL (SQLite has one writer).
#[derive(Clone, Copy)]
pub(crate) enum Lock {
    /// For acts that may go on beside one another: bidders'.
    Share,
    /// For acts that move the challenge.
    Update,
}

/// Locks a challenge's row and reads it. The clock is read by the caller after this.
pub(crate) async fn locked(txn: &Txn, id: ChallengeId, lock: Lock) -> Result<Model> {
    let select = Entity::find_by_id(id);
    let select = match lock {
        Lock::Share => select.lock_shared(),
        Lock::Update => select.lock_exclusive(),
    };
    select.one(txn).await?.ok_or(Error::Hidden)
}

/// As [`locked`], several, for acts that go on beside one another; always in the order of their ids. Those that there are and, where nobody
/// waits, that nobody holds.
pub(crate) async fn locked_beside(
    txn: &Txn,
    ids: &BTreeSet<ChallengeId>,
    waits: Waits,
) -> Result<HashMap<ChallengeId, Model>> {
    let select = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).order_by_asc(Column::Id);
    let select = match waits {
        Waits::Yes => select.lock_shared(),
        Waits::No => select.lock_with_behavior(LockType::Share, LockBehavior::SkipLocked),
    };
    Ok(select.all(txn).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// What policy asks of a challenge at this instant.
pub(crate) fn facts(row: &Model, now: Instant) -> ChallengeFacts {
    ChallengeFacts {
        id: row.id,
        status: lifecycle::at(row.status, row.submission_deadline, now),
        next: lifecycle::next,
        can_stand_still: lifecycle::can_stand_still,
        department: row.department_id,
        author: row.author_id,
        approver: row.approver_id,
        approved_rules: row.approved_rules,
        published: row.published_at.is_some(),
        route: row.legal_route,
        questions_close_at: row.questions_close_at,
        deadline: row.submission_deadline,
        opened: row.opened_at.is_some(),
        version: row.version,
        open_questions: row.open_questions,
        material_amendments: row.material_amendments,
        replacing_amendment: row.replacing_amendment,
        blind: row.terms.blind,
        others_named: row.terms.others_named,
        suspended_from: row.suspended_from,
        ordered_as: row.ordered_as,
        awarded: row.awarded_at.is_some(),
    }
}

/// Locks a challenge and reads both.
pub(crate) async fn facts_of(txn: &Txn, id: ChallengeId, lock: Lock, clock: &crate::base::Clock) -> Result<Locked> {
    let row = locked(txn, id, lock).await?;
    let facts = facts(&row, clock.now());
    Ok(Locked { row, facts })
}

/// What policy asks of a challenge, unlocked: for what is checked again under the lock.
pub(crate) async fn glance(conn: &impl Conn, id: ChallengeId, now: Instant) -> Result<ChallengeFacts> {
    Ok(facts(&Entity::find_by_id(id).one(conn).await?.ok_or(Error::Hidden)?, now))
}

/// Behind every deadline: where drafts stand in an order by deadline.
fn no_deadline() -> Instant {
    chrono::NaiveDate::from_ymd_opt(2200, 1, 1).map_or(Instant::MAX_UTC, china_midnight)
}

pub(super) async fn draft(
    txn: &Txn,
    proof: MayDraft,
    id: ChallengeId,
    demand: Option<DemandId>,
    content: Checked,
    now: Instant,
) -> Result<()> {
    begin(txn, proof, (id, demand, None), content, now).await
}

/// A draft that is a copy of a challenge which found no winner.
pub(super) async fn rerun(
    txn: &Txn,
    proof: MayDraft,
    (id, failed): (ChallengeId, &Model),
    content: Checked,
    now: Instant,
) -> Result<()> {
    begin(txn, proof, (id, failed.demand_id, Some(failed.id)), content, now).await
}

/// The copies of these challenges that are on their way, or have been published.
pub(super) fn reruns(failed: &[ChallengeId]) -> Select<Entity> {
    let ended = [ChallengeStatus::Rejected, ChallengeStatus::Cancelled];
    let copies = Entity::find().filter(Column::RerunOf.is_in(failed.iter().copied()));
    copies.filter(Column::Status.is_not_in(ended))
}

/// Whether such a copy is there.
pub(super) async fn rerun_under_way(conn: &impl Conn, failed: ChallengeId) -> Result<bool> {
    Ok(reruns(&[failed]).count(conn).await? > 0)
}

/// The content of a challenge, as if it were given anew.
pub(super) async fn content(txn: &Txn, row: &Model) -> Result<Checked> {
    Ok(Checked {
        title: Some(row.title.clone()),
        domain: row.domain,
        scale: row.scale,
        mechanism: row.mechanism,
        pi_led: Some(row.pi_led),
        legal_route: row.legal_route,
        background: Some(row.background.clone()),
        problem_statement: Some(row.problem_statement.clone()),
        site_conditions: Some(row.site_conditions.clone()),
        ip_terms: Some(row.ip_terms.clone()),
        eligibility: Some(row.eligibility.clone()),
        acceptance_method: Some(row.acceptance_method.clone()),
        contact: Some(row.contact.clone()),
        duration_months: row.duration_months,
        budget: budget(row),
        indicators: Some(indicators(txn, row.id).await?.iter().map(Indicator::from).collect()),
        criteria: Some(criteria(txn, row.id).await?.iter().map(Criterion::from).collect()),
        consortium_allowed: Some(row.consortium_allowed),
        consortium_max_members: Some(row.consortium_max_members),
        terms: row.terms.clone().into(),
    })
}

async fn begin(
    txn: &Txn,
    proof: MayDraft,
    (id, demand, rerun_of): (ChallengeId, Option<DemandId>, Option<ChallengeId>),
    content: Checked,
    now: Instant,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(id),
        code: Set(None),
        title: Set(content.title.clone().unwrap_or_default()),
        domain: Set(None),
        scale: Set(None),
        mechanism: Set(None),
        pi_led: Set(false),
        legal_route: Set(None),
        status: Set(ChallengeStatus::Draft),
        suspended_from: Set(None),
        department_id: Set(proof.department()),
        author_id: Set(proof.by()),
        approver_id: Set(None),
        approved_rules: Set(None),
        background: Set(String::new()),
        problem_statement: Set(String::new()),
        site_conditions: Set(String::new()),
        ip_terms: Set(String::new()),
        eligibility: Set(String::new()),
        acceptance_method: Set(String::new()),
        contact: Set(String::new()),
        duration_months: Set(None),
        budget_total: Set(None),
        budget_fiscal: Set(None),
        budget_demander: Set(None),
        budget_bidder: Set(None),
        consortium_allowed: Set(false),
        consortium_max_members: Set(0),
        created_at: Set(now),
        return_reason: Set(None),
        urgent_reason: Set(None),
        cancel_reason: Set(None),
        external_result: Set(None),
        external_result_url: Set(None),
        published_at: Set(None),
        questions_close_at: Set(None),
        submission_deadline: Set(None),
        opened_at: Set(None),
        bid_count: Set(None),
        awarded_at: Set(None),
        listed_deadline: Set(no_deadline()),
        listed_at: Set(now),
        version: Set(1),
        open_questions: Set(0),
        material_amendments: Set(0),
        replacing_amendment: Set(0),
        terms: Set(Terms::default()),
        ordered_at: Set(None),
        ordered_by: Set(None),
        ordered_as: Set(None),
        order_reason: Set(None),
        demand_id: Set(demand),
        rerun_of: Set(rerun_of),
    };
    let row = fill(row, &content, Terms::default());
    Entity::insert(row).exec_without_returning(txn).await?;
    replace_lists(txn, id, &content).await?;
    shelve(txn, id).await
}

pub(super) async fn revise(txn: &Txn, proof: MayRevise, held: &Model, content: Checked) -> Result<()> {
    let (id, version) = (held.id, held.version);
    let row = ActiveModel { id: Set(id), status: Set(proof.to()), version: Set(version + 1), ..Default::default() };
    fill(row, &content, held.terms.clone()).update(txn).await?;
    replace_lists(txn, id, &content).await?;
    shelve(txn, id).await
}

/// Puts a challenge where it is found, as it is now: among what everybody sees once it is published, apart from that before.
pub(super) async fn shelve(txn: &Txn, id: ChallengeId) -> Result<()> {
    use crate::organizations::model as organization;
    let found = Entity::find_by_id(id).find_also_related(organization::Entity).one(txn).await?;
    let Some((row, Some(department))) = found else { return Err(Error::Hidden) };
    let indicators = indicators(txn, id).await?;
    let texts = [&row.title, &department.name, &row.background, &row.problem_statement, &row.site_conditions];
    let thing = search::Thing {
        id: id.uuid(),
        shelf: if row.published_at.is_some() { Shelf::Challenges } else { Shelf::UnpublishedChallenges },
        due: row.listed_deadline,
        listed: row.listed_at,
        texts: row.code.iter().chain(texts).chain(indicators.iter().map(|one| &one.name)).map(String::as_str).collect(),
        marks: find::marks(row.department_id, row.domain, row.mechanism),
    };
    search::put(txn, thing).await
}

/// Some challenges that stand on no shelf.
pub(super) async fn not_shelved(conn: &impl Conn, most: u64) -> Result<Vec<ChallengeId>> {
    let missing = Entity::find()
        .select_only()
        .column(model::Column::Id)
        .filter(search::missing((Entity, model::Column::Id), None))
        .limit(most);
    Ok(missing.into_tuple().all(conn).await?)
}

/// Sets what is given of the plain fields; `terms` are those that it had.
fn fill(mut row: ActiveModel, content: &Checked, terms: Terms) -> ActiveModel {
    fn give<T: Clone + Into<sea_orm::Value>>(field: &mut sea_orm::ActiveValue<T>, given: &Option<T>) {
        if let Some(given) = given {
            *field = Set(given.clone());
        }
    }
    fn give_some<T>(field: &mut sea_orm::ActiveValue<Option<T>>, given: &Option<T>)
    where
        T: Clone,
        Option<T>: Into<sea_orm::Value>,
    {
        if given.is_some() {
            *field = Set(given.clone());
        }
    }
    give(&mut row.title, &content.title);
    give_some(&mut row.domain, &content.domain);
    give_some(&mut row.scale, &content.scale);
    give_some(&mut row.mechanism, &content.mechanism);
    give(&mut row.pi_led, &content.pi_led);
    give_some(&mut row.legal_route, &content.legal_route);
    give(&mut row.background, &content.background);
    give(&mut row.problem_statement, &content.problem_statement);
    give(&mut row.site_conditions, &content.site_conditions);
    give(&mut row.ip_terms, &content.ip_terms);
    give(&mut row.eligibility, &content.eligibility);
    give(&mut row.acceptance_method, &content.acceptance_method);
    give(&mut row.contact, &content.contact);
    give_some(&mut row.duration_months, &content.duration_months);
    if let Some(budget) = content.budget {
        row.budget_total = Set(Some(budget.total));
        row.budget_fiscal = Set(Some(budget.fiscal));
        row.budget_demander = Set(Some(budget.demander));
        row.budget_bidder = Set(Some(budget.bidder));
    }
    give(&mut row.consortium_allowed, &content.consortium_allowed);
    give(&mut row.consortium_max_members, &content.consortium_max_members);
    row.terms = Set(content.terms.clone().put_into(terms));
    row
}

/// Replaces the lists that are given, each whole.
async fn replace_lists(txn: &Txn, id: ChallengeId, content: &Checked) -> Result<()> {
    use model::{criterion, indicator};
    if content.indicators.is_some() {
        indicator::Entity::delete_many().filter(indicator::Column::ChallengeId.eq(id)).exec(txn).await?;
    }
    if content.criteria.is_some() {
        criterion::Entity::delete_many().filter(criterion::Column::ChallengeId.eq(id)).exec(txn).await?;
    }
    insert_lists(txn, id, content).await
}

/// As [`replace_lists`], of what is published: bids commit to what it was, so that it stays and is marked.
async fn amend_lists(txn: &Txn, id: ChallengeId, content: &Checked, now: Instant) -> Result<()> {
    use model::{criterion, indicator};
    if content.indicators.is_some() {
        indicator::Entity::update_many()
            .col_expr(indicator::Column::AmendedAt, Expr::value(now))
            .filter(indicator::Column::ChallengeId.eq(id))
            .filter(indicator::Column::AmendedAt.is_null())
            .exec(txn)
            .await?;
    }
    if content.criteria.is_some() {
        criterion::Entity::update_many()
            .col_expr(criterion::Column::AmendedAt, Expr::value(now))
            .filter(criterion::Column::ChallengeId.eq(id))
            .filter(criterion::Column::AmendedAt.is_null())
            .exec(txn)
            .await?;
    }
    insert_lists(txn, id, content).await
}

async fn insert_lists(txn: &Txn, id: ChallengeId, content: &Checked) -> Result<()> {
    use model::{criterion, indicator};
    if let Some(indicators) = &content.indicators {
        let rows = (1..).zip(indicators).map(|(position, given)| indicator_row(id, position, given));
        indicator::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    if let Some(criteria) = &content.criteria {
        let rows = (1..).zip(criteria).map(|(position, given)| criterion_row(id, position, given));
        criterion::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

fn indicator_row(challenge: ChallengeId, position: i32, given: &Indicator) -> model::indicator::ActiveModel {
    model::indicator::ActiveModel {
        id: Set(IndicatorId::new()),
        challenge_id: Set(challenge),
        position: Set(position),
        name: Set(given.name.clone()),
        unit: Set(given.unit.clone()),
        comparator: Set(given.comparator),
        target: Set(given.target),
        tolerance: Set(given.tolerance),
        test_method: Set(given.test_method.clone()),
        mandatory: Set(given.mandatory),
        weight: Set(given.weight),
        amended_at: Set(None),
    }
}

fn criterion_row(challenge: ChallengeId, position: i32, given: &Criterion) -> model::criterion::ActiveModel {
    model::criterion::ActiveModel {
        id: Set(CriterionId::new()),
        challenge_id: Set(challenge),
        position: Set(position),
        name: Set(given.name.clone()),
        weight: Set(given.weight),
        minimum: Set(given.minimum),
        guidance: Set(given.guidance.clone()),
        price_formula: Set(given.price_formula),
        amended_at: Set(None),
    }
}

/// Names all that is missing from a challenge; `under` is the beginning of every path (`changes.` or nothing).
pub(super) async fn check_whole(txn: &Txn, row: &Model, under: &str) -> Result<()> {
    let criteria = criteria(txn, row.id).await?;
    let indicators = indicators(txn, row.id).await?.len();
    let whole = Whole {
        texts: [
            ("title", &row.title),
            ("background", &row.background),
            ("problemStatement", &row.problem_statement),
            ("siteConditions", &row.site_conditions),
            ("ipTerms", &row.ip_terms),
            ("eligibility", &row.eligibility),
            ("acceptanceMethod", &row.acceptance_method),
            ("contact", &row.contact),
        ],
        given: [
            ("domain", row.domain.is_some()),
            ("scale", row.scale.is_some()),
            ("mechanism", row.mechanism.is_some()),
            ("legalRoute", row.legal_route.is_some()),
            ("durationMonths", row.duration_months.is_some()),
        ],
        budget: budget(row),
        indicators,
        criteria: &criteria.iter().map(|one| (one.weight, one.price_formula)).collect::<Vec<_>>(),
        consortium: (row.consortium_allowed, row.consortium_max_members),
        route: row.legal_route,
        mechanism: row.mechanism,
        months: row.duration_months,
        terms: &row.terms,
    };
    let mut faults = Faults::new();
    whole.check(under, &mut faults);
    faults.done()
}

/// The budget, once it has been given.
pub(crate) fn budget(row: &Model) -> Option<Budget> {
    Some(Budget {
        total: row.budget_total?,
        fiscal: row.budget_fiscal?,
        demander: row.budget_demander?,
        bidder: row.budget_bidder?,
    })
}

/// A challenge's indicators, in their order.
pub(crate) async fn indicators(conn: &impl Conn, id: ChallengeId) -> Result<Vec<model::indicator::Model>> {
    use model::indicator::{Column, Entity};
    let live = Entity::find().filter(Column::ChallengeId.eq(id)).filter(Column::AmendedAt.is_null());
    Ok(live.order_by_asc(Column::Position).all(conn).await?)
}

/// A challenge's criteria, in their order.
pub(crate) async fn criteria(conn: &impl Conn, id: ChallengeId) -> Result<Vec<model::criterion::Model>> {
    use model::criterion::{Column, Entity};
    let live = Entity::find().filter(Column::ChallengeId.eq(id)).filter(Column::AmendedAt.is_null());
    Ok(live.order_by_asc(Column::Position).all(conn).await?)
}

/// Those of these challenges whose notice said that the panel talks once every sheet is in.
pub(crate) async fn talks(conn: &impl Conn, ids: &[ChallengeId]) -> Result<HashSet<ChallengeId>> {
    let rows: Vec<(ChallengeId, Terms)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Terms])
        .filter(Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().filter(|(_, terms)| terms.consensus_round).map(|(id, _)| id).collect())
}

pub(super) async fn submit(txn: &Txn, proof: MaySubmit) -> Result<()> {
    set(txn, ActiveModel { id: Set(proof.challenge()), status: Set(proof.to()), ..Default::default() }).await
}

pub(super) async fn return_(txn: &Txn, proof: MayReturn, reason: String) -> Result<()> {
    let (id, status) = (Set(proof.challenge()), Set(proof.to()));
    set(txn, ActiveModel { id, status, return_reason: Set(Some(reason)), ..Default::default() }).await
}

pub(super) async fn approve(txn: &Txn, proof: MayApprove, rules: Option<i32>) -> Result<()> {
    let row = ActiveModel {
        id: Set(proof.challenge()),
        status: Set(proof.to()),
        approver_id: Set(Some(proof.by())),
        approved_rules: Set(rules),
        ..Default::default()
    };
    set(txn, row).await
}

/// The reason is kept where that of a return is.
pub(super) async fn reject(txn: &Txn, proof: MayReject, reason: String) -> Result<()> {
    let (id, status) = (Set(proof.challenge()), Set(proof.to()));
    set(txn, ActiveModel { id, status, return_reason: Set(Some(reason)), ..Default::default() }).await
}

pub(super) async fn withdraw(txn: &Txn, proof: MayWithdraw, reason: String) -> Result<()> {
    let (id, status) = (Set(proof.challenge()), Set(proof.to()));
    set(txn, ActiveModel { id, status, cancel_reason: Set(Some(reason)), ..Default::default() }).await
}

/// Keeps what came of a challenge elsewhere.
pub(crate) async fn record_result(
    txn: &Txn,
    proof: MayRecordResult,
    won: bool,
    result: String,
    url: String,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(proof.challenge()),
        status: Set(proof.to(won)),
        external_result: Set(Some(result)),
        external_result_url: Set(Some(url)),
        ..Default::default()
    };
    set(txn, row).await
}

/// What publication fixes.
pub(super) struct Publication {
    pub(super) at: Instant,
    pub(super) code: String,
    pub(super) deadline: Instant,
    pub(super) questions_close_at: Instant,
    pub(super) urgent_reason: Option<String>,
    pub(super) seal: NewSeal,
    pub(super) algorithm: &'static str,
    pub(super) seed_commitment: String,
    pub(super) sealed_seed: Vec<u8>,
    pub(super) candidates_hash: String,
}

pub(super) async fn publish(txn: &Txn, proof: MayPublish, new: Publication) -> Result<()> {
    let challenge = proof.challenge();
    let row = ActiveModel {
        id: Set(challenge),
        status: Set(proof.to()),
        code: Set(Some(new.code)),
        published_at: Set(Some(new.at)),
        listed_at: Set(new.at),
        submission_deadline: Set(Some(new.deadline)),
        listed_deadline: Set(new.deadline),
        questions_close_at: Set(Some(new.questions_close_at)),
        urgent_reason: Set(new.urgent_reason),
        ..Default::default()
    };
    set(txn, row).await?;
    shelve(txn, challenge).await?;
    let seal = model::seal::ActiveModel {
        challenge_id: Set(challenge),
        mode: Set(new.seal.mode),
        recipient: Set(new.seal.recipient),
        wrapped_identity: Set(new.seal.wrapped_identity),
        closing_nonce: Set(None),
        closing_root: Set(None),
        waiting_share: Set(None),
        waiting_from: Set(None),
        reshare_waiting: Set(None),
        reshare_from: Set(None),
        escrow_recipient: Set(new.seal.escrow.as_ref().map(|(to, _)| to.clone())),
        escrowed: Set(new.seal.escrow.map(|(_, sealed)| sealed)),
        escrow_announced_by: Set(None),
    };
    model::seal::Entity::insert(seal).exec_without_returning(txn).await?;
    keep_shares(txn, challenge, new.seal.shares).await?;
    let panel = model::panel::ActiveModel {
        id: Set(PanelId::new()),
        challenge_id: Set(challenge),
        algorithm: Set(new.algorithm.to_owned()),
        seed_commitment: Set(new.seed_commitment),
        sealed_seed: Set(new.sealed_seed),
        seed: Set(None),
        candidates_hash: Set(new.candidates_hash),
        entropy: Set(None),
        excluded: Set(None),
        drawn_at: Set(None),
        closed_at: Set(None),
        consensus_at: Set(None),
        talked_at: Set(None),
        chair_id: Set(None),
        unnormalised: Set(None),
        decided_by: Set(None),
        stability: Set(None),
    };
    model::panel::Entity::insert(panel).exec_without_returning(txn).await?;
    Ok(())
}

async fn keep_shares(txn: &Txn, challenge: ChallengeId, shares: Vec<NewShare>) -> Result<()> {
    let rows = shares.into_iter().map(|share| model::share::ActiveModel {
        challenge_id: Set(challenge),
        holder_id: Set(share.holder),
        recipient: Set(share.recipient),
        sealed: Set(share.sealed),
        sha256: Set(share.sha256),
    });
    model::share::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}

/// Who holds the challenge's key, with the shares; nobody where the server does.
pub(crate) async fn shares(conn: &impl Conn, id: ChallengeId) -> Result<Vec<model::share::Model>> {
    use model::share::{Column, Entity};
    Ok(Entity::find().filter(Column::ChallengeId.eq(id)).order_by_asc(Column::HolderId).all(conn).await?)
}

/// Keeps the first share for a new split until the second comes.
pub(super) async fn let_reshare_wait(txn: &Txn, proof: &MayReshare, sealed: String) -> Result<()> {
    let row = model::seal::ActiveModel {
        challenge_id: Set(proof.challenge()),
        reshare_waiting: Set(Some(sealed)),
        reshare_from: Set(Some(proof.by())),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

/// Puts a new split in the place of the old one.
pub(super) async fn reshare(txn: &Txn, proof: &MayReshare, shares: Vec<NewShare>) -> Result<()> {
    use model::share::{Column, Entity};
    let challenge = proof.challenge();
    Entity::delete_many().filter(Column::ChallengeId.eq(challenge)).exec(txn).await?;
    keep_shares(txn, challenge, shares).await?;
    let row = model::seal::ActiveModel {
        challenge_id: Set(challenge),
        reshare_waiting: Set(None),
        reshare_from: Set(None),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

/// Keeps the first opener's share until the second brings its own. A new split that was begun is given up.
pub(crate) async fn let_share_wait(txn: &Txn, id: ChallengeId, sealed: &str, from: UserId) -> Result<()> {
    let row = model::seal::ActiveModel {
        challenge_id: Set(id),
        waiting_share: Set(Some(sealed.to_owned())),
        waiting_from: Set(Some(from)),
        reshare_waiting: Set(None),
        reshare_from: Set(None),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

/// Keeps who has said that the escrowed key will open.
pub(crate) async fn announce_escrow(txn: &Txn, id: ChallengeId, by: UserId) -> Result<()> {
    let row =
        model::seal::ActiveModel { challenge_id: Set(id), escrow_announced_by: Set(Some(by)), ..Default::default() };
    row.update(txn).await?;
    Ok(())
}

/// No share waits any more, for whatever: with it one holder alone had the key.
pub(crate) async fn forget_waiting(txn: &Txn, id: ChallengeId) -> Result<()> {
    use model::seal::{Column, Entity};
    Entity::update_many()
        .set(model::seal::ActiveModel {
            waiting_share: Set(None),
            waiting_from: Set(None),
            reshare_waiting: Set(None),
            reshare_from: Set(None),
            ..Default::default()
        })
        .filter(Column::ChallengeId.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// The next running number of a year.
pub(super) async fn next_number(txn: &Txn, year: i32) -> Result<i32> {
    use model::code_counter::{ActiveModel, Column, Entity};
    let row = ActiveModel { year: Set(year), last: Set(1) };
    let one_more =
        OnConflict::column(Column::Year).value(Column::Last, Expr::col((Entity, Column::Last)).add(1)).to_owned();
    let row = Entity::insert(row).on_conflict(one_more).exec_with_returning(txn).await?;
    Ok(row.last)
}

/// The challenge's seal.
pub(crate) async fn seal(conn: &impl Conn, id: ChallengeId) -> Result<model::seal::Model> {
    find_seal(conn, id).await?.ok_or_else(|| Error::Internal(anyhow::anyhow!("{id} has no seal")))
}

/// The challenge's seal; none before it is published.
pub(super) async fn find_seal(conn: &impl Conn, id: ChallengeId) -> Result<Option<model::seal::Model>> {
    Ok(model::seal::Entity::find_by_id(id).one(conn).await?)
}

/// Whether the server holds the key; not before the challenge is published.
pub(crate) async fn is_held_by_server(conn: &impl Conn, id: ChallengeId) -> Result<bool> {
    Ok(find_seal(conn, id).await?.is_some_and(|seal| seal.mode == SealMode::Server))
}

/// What is asked.
pub(super) struct NewQuestion {
    pub(super) organization: OrganizationId,
    pub(super) text: String,
    pub(super) at: Instant,
    pub(super) answer_due_at: Instant,
}

pub(super) async fn ask(txn: &Txn, proof: MayAsk, held: &Model, new: NewQuestion) -> Result<QuestionId> {
    let id = QuestionId::new();
    let row = model::question::ActiveModel {
        id: Set(id),
        challenge_id: Set(proof.challenge()),
        asker_id: Set(proof.by()),
        asker_organization_id: Set(new.organization),
        question: Set(new.text),
        asked_at: Set(new.at),
        answer: Set(None),
        answered_at: Set(None),
        answered_by: Set(None),
        answer_due_at: Set(Some(new.answer_due_at)),
        declined_at: Set(None),
        declined_because: Set(None),
    };
    model::question::Entity::insert(row).exec_without_returning(txn).await?;
    count_questions(txn, held, 1).await?;
    Ok(id)
}

/// The challenge that a question belongs to.
pub(super) async fn question(conn: &impl Conn, id: QuestionId) -> Result<model::question::Model> {
    model::question::Entity::find_by_id(id).one(conn).await?.ok_or(Error::Hidden)
}

/// Keeps count of the questions that are open; the challenge's row is locked.
async fn count_questions(txn: &Txn, held: &Model, more: i32) -> Result<()> {
    let open = Set(held.open_questions + more);
    set(txn, ActiveModel { id: Set(held.id), open_questions: open, ..Default::default() }).await
}

pub(super) async fn decline(
    txn: &Txn,
    proof: MayDecline,
    held: &Model,
    id: QuestionId,
    reason: String,
    now: Instant,
) -> Result<()> {
    use model::question::{Column, Entity};
    let declined = Entity::update_many()
        .col_expr(Column::DeclinedAt, Expr::value(now))
        .col_expr(Column::DeclinedBecause, Expr::value(reason))
        .filter(Expr::col(Column::Id).eq(id))
        .filter(Column::ChallengeId.eq(proof.challenge()))
        .filter(Column::Answer.is_null())
        .filter(Column::DeclinedAt.is_null())
        .exec(txn)
        .await?;
    if declined.rows_affected != 1 {
        return Err(Error::NotNow(Reason::AlreadyAnswered));
    }
    count_questions(txn, held, -1).await
}

/// What is offered to all.
pub(super) struct NewOffer {
    pub(super) kind: OfferKind,
    pub(super) description: String,
    pub(super) whereabouts: String,
    pub(super) takes_place_at: Option<Instant>,
    pub(super) at: Instant,
}

pub(super) async fn offer(txn: &Txn, proof: MayOffer, new: NewOffer) -> Result<OfferId> {
    let id = OfferId::new();
    let row = model::offer::ActiveModel {
        id: Set(id),
        challenge_id: Set(proof.challenge()),
        kind: Set(new.kind),
        description: Set(new.description),
        whereabouts: Set(new.whereabouts),
        takes_place_at: Set(new.takes_place_at),
        offered_by: Set(proof.by()),
        offered_at: Set(new.at),
    };
    model::offer::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

pub(super) async fn answer(
    txn: &Txn,
    proof: MayAnswer,
    held: &Model,
    id: QuestionId,
    answer: String,
    now: Instant,
) -> Result<()> {
    use model::question::{Column, Entity};
    let answered = Entity::update_many()
        .col_expr(Column::Answer, Expr::value(answer))
        .col_expr(Column::AnsweredAt, Expr::value(now))
        .col_expr(Column::AnsweredBy, Expr::value(proof.by()))
        .filter(Expr::col(Column::Id).eq(id))
        .filter(Column::ChallengeId.eq(proof.challenge()))
        .filter(Column::Answer.is_null())
        .filter(Column::DeclinedAt.is_null())
        .exec(txn)
        .await?;
    if answered.rows_affected != 1 {
        return Err(Error::NotNow(Reason::AlreadyAnswered));
    }
    count_questions(txn, held, -1).await
}

/// What an amendment changes and moves.
pub(super) struct NewAmendment {
    pub(super) summary: String,
    pub(super) material: bool,
    pub(super) at: Instant,
    pub(super) new_deadline: Option<Instant>,
    pub(super) questions_close_at: Option<Instant>,
    pub(super) content: Checked,
}

/// Changes an open challenge, and says field by field what was changed.
pub(super) async fn amend(
    txn: &Txn,
    proof: &MayAmend,
    held: &Model,
    new: &mut NewAmendment,
) -> Result<(Differences, Map<String, Value>)> {
    let before = fields(txn, held).await?;
    let live = indicators(txn, held.id).await?;
    // Given again as they are, they stay what bids have committed to.
    new.content.indicators.take_if(|given| live.iter().map(Indicator::from).eq(given.iter().cloned()));
    let live = criteria(txn, held.id).await?;
    new.content.criteria.take_if(|given| live.iter().map(Criterion::from).eq(given.iter().cloned()));
    let row =
        ActiveModel { id: Set(held.id), status: Set(proof.to()), version: Set(held.version + 1), ..Default::default() };
    let mut row = fill(row, &new.content, held.terms.clone());
    if let Some(deadline) = new.new_deadline {
        row.submission_deadline = Set(Some(deadline));
        row.listed_deadline = Set(deadline);
        row.questions_close_at = Set(new.questions_close_at);
    }
    let amended = row.update(txn).await?;
    amend_lists(txn, held.id, &new.content, new.at).await?;
    shelve(txn, held.id).await?;
    check_whole(txn, &amended, "changes.").await?;
    let (live_indicators, live_criteria) = (indicators(txn, held.id).await?, criteria(txn, held.id).await?);
    let differences = before.differences(Fields::of(&amended, &live_indicators, &live_criteria));
    let told = told::changed(told::content(&amended, &live_indicators, &live_criteria), &differences);
    if new.material {
        let amendments = held.material_amendments + 1;
        let replacing = if replaces(held, &amended, &differences) { amendments } else { held.replacing_amendment };
        let row = ActiveModel {
            id: Set(held.id),
            material_amendments: Set(amendments),
            replacing_amendment: Set(replacing),
            ..Default::default()
        };
        set(txn, row).await?;
    }
    Ok((differences, told))
}

/// Whether what was handed in cannot stand as it is: it commits to other indicators, or may ask for too much, or is handed in by too
/// many.
fn replaces(before: &Model, after: &Model, differences: &Differences) -> bool {
    differences.has("indicators")
        || after.budget_total < before.budget_total
        || (before.consortium_allowed && !after.consortium_allowed)
        || after.consortium_max_members < before.consortium_max_members
}

/// What the public log tells of it at publication.
pub(super) async fn public_content(txn: &Txn, row: &Model) -> Result<Map<String, Value>> {
    Ok(told::content(row, &indicators(txn, row.id).await?, &criteria(txn, row.id).await?))
}

/// What can be amended of it, as it stands.
pub(super) async fn fields(txn: &Txn, row: &Model) -> Result<Fields> {
    Ok(Fields::of(row, &indicators(txn, row.id).await?, &criteria(txn, row.id).await?))
}

/// Keeps the dated record of an amendment.
pub(super) async fn keep_amendment(
    txn: &Txn,
    proof: MayAmend,
    new: NewAmendment,
    changes: Differences,
) -> Result<AmendmentId> {
    let id = AmendmentId::new();
    let amendment = model::amendment::ActiveModel {
        id: Set(id),
        challenge_id: Set(proof.challenge()),
        summary: Set(new.summary),
        material: Set(new.material),
        at: Set(new.at),
        new_deadline: Set(new.new_deadline),
        author_id: Set(proof.by()),
        changes: Set(Some(changes)),
    };
    model::amendment::Entity::insert(amendment).exec_without_returning(txn).await?;
    Ok(id)
}

impl From<&model::indicator::Model> for Indicator {
    fn from(row: &model::indicator::Model) -> Self {
        Self {
            name: row.name.clone(),
            unit: row.unit.clone(),
            comparator: row.comparator,
            target: row.target,
            tolerance: row.tolerance,
            test_method: row.test_method.clone(),
            mandatory: row.mandatory,
            weight: row.weight,
        }
    }
}

impl From<&model::criterion::Model> for Criterion {
    fn from(row: &model::criterion::Model) -> Self {
        let (name, guidance) = (row.name.clone(), row.guidance.clone());
        Self { name, weight: row.weight, minimum: row.minimum, guidance, price_formula: row.price_formula }
    }
}

pub(super) async fn cancel(txn: &Txn, proof: MayCancel, reason: String) -> Result<()> {
    forget_waiting(txn, proof.challenge()).await?;
    let (id, status) = (Set(proof.challenge()), Set(proof.to()));
    let end =
        ActiveModel { id, status, cancel_reason: Set(Some(reason)), suspended_from: Set(None), ..without_order() };
    set(txn, end).await
}

/// Has a challenge stand still. An order that takes the place of another leaves what time it has lost.
pub(super) async fn suspend(txn: &Txn, proof: MaySuspend, row: &Model, reason: String, at: Instant) -> Result<()> {
    let order = ActiveModel {
        id: Set(proof.challenge()),
        status: Set(ChallengeStatus::Suspended),
        suspended_from: Set(Some(proof.from())),
        ordered_at: Set(Some(row.ordered_at.unwrap_or(at))),
        ordered_by: Set(Some(proof.by())),
        ordered_as: Set(Some(proof.by_role())),
        order_reason: Set(Some(reason)),
        ..Default::default()
    };
    set(txn, order).await
}

/// The new ends of what ran while a challenge stood still: as much later as it stood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved {
    pub(crate) deadline: Instant,
    pub(crate) questions_close_at: Option<Instant>,
}

/// Lets a challenge go on; where it was open, with the time that it has lost.
pub(crate) async fn resume(txn: &Txn, proof: MayResume, row: &Model, at: Instant) -> Result<Option<Moved>> {
    let lost = row.ordered_at.map(|since| at - since).unwrap_or_default();
    let open = proof.to() == ChallengeStatus::Published;
    let moved = row.submission_deadline.filter(|_| open).map(|deadline| Moved {
        deadline: deadline + lost,
        questions_close_at: row.questions_close_at.map(|close| close + lost),
    });
    let goes_on = proof.to() != ChallengeStatus::Suspended;
    let mut step = ActiveModel {
        id: Set(proof.challenge()),
        status: Set(proof.to()),
        suspended_from: Set(row.suspended_from.filter(|_| !goes_on)),
        ..without_order()
    };
    if let Some(moved) = moved {
        step.submission_deadline = Set(Some(moved.deadline));
        step.listed_deadline = Set(moved.deadline);
        step.questions_close_at = Set(moved.questions_close_at);
    }
    set(txn, step).await?;
    if moved.is_some() {
        shelve(txn, proof.challenge()).await?;
    }
    Ok(moved)
}

/// No order to stand still lies over it.
fn without_order() -> ActiveModel {
    ActiveModel {
        ordered_at: Set(None),
        ordered_by: Set(None),
        ordered_as: Set(None),
        order_reason: Set(None),
        ..Default::default()
    }
}

async fn set(txn: &Txn, row: ActiveModel) -> Result<()> {
    row.update(txn).await?;
    Ok(())
}

/// A move of a challenge that a slice above makes, with that slice's own proof.
pub(crate) struct Move {
    pub(crate) challenge: ChallengeId,
    pub(crate) to: ChallengeStatus,
    pub(crate) suspended_from: Option<Option<ChallengeStatus>>,
    pub(crate) opened: Option<(Instant, i32)>,
    pub(crate) awarded_at: Option<Instant>,
    /// Why it ends without a result.
    pub(crate) ended_because: Option<String>,
}

impl Move {
    pub(crate) fn to(challenge: ChallengeId, to: ChallengeStatus) -> Self {
        Self { challenge, to, suspended_from: None, opened: None, awarded_at: None, ended_because: None }
    }

    /// A step behind an objection: a challenge that stands still by order goes on standing, and goes on from there.
    pub(crate) fn under(facts: &ChallengeFacts, to: ChallengeStatus) -> Self {
        if facts.stands_still() {
            Self { suspended_from: Some(Some(to)), ..Self::to(facts.id(), ChallengeStatus::Suspended) }
        } else {
            Self { suspended_from: Some(None), ..Self::to(facts.id(), to) }
        }
    }
}

/// Makes a move. Called by the stores of the slices above, each of which holds a proof of its own.
pub(crate) async fn make(txn: &Txn, step: Move) -> Result<()> {
    let mut row = ActiveModel { id: Set(step.challenge), status: Set(step.to), ..Default::default() };
    if let Some(from) = step.suspended_from {
        row.suspended_from = Set(from);
    }
    if let Some((at, count)) = step.opened {
        row.opened_at = Set(Some(at));
        row.bid_count = Set(Some(count));
    }
    if let Some(at) = step.awarded_at {
        row.awarded_at = Set(Some(at));
    }
    // What has ended stands still no more.
    if matches!(step.to, ChallengeStatus::Failed | ChallengeStatus::Cancelled | ChallengeStatus::Terminated) {
        row = ActiveModel { suspended_from: Set(None), id: row.id, status: row.status, ..without_order() };
    }
    if let Some(because) = step.ended_because {
        row.cancel_reason = Set(Some(because));
    }
    set(txn, row).await
}

/// Keeps what the closing commits to.
pub(crate) async fn close_seal(txn: &Txn, id: ChallengeId, nonce: Vec<u8>, root: String) -> Result<()> {
    let row = model::seal::ActiveModel {
        challenge_id: Set(id),
        closing_nonce: Set(Some(nonce)),
        closing_root: Set(Some(root)),
        ..Default::default()
    };
    row.update(txn).await?;
    // A new split that was begun is not left to whoever holds a share.
    forget_waiting(txn, id).await
}

/// The records of the panels of these challenges; there is one from publication on.
pub(crate) async fn panels(conn: &impl Conn, ids: &[ChallengeId]) -> Result<Vec<model::panel::Model>> {
    use model::panel::{Column, Entity};
    Ok(Entity::find().filter(Column::ChallengeId.is_in(ids.iter().copied())).all(conn).await?)
}

/// What a slice above writes into the record of a panel, with that slice's own proof.
#[derive(Default)]
pub(crate) struct PanelStep {
    /// The draw: when, from which entropy, without whom.
    pub(crate) drawn: Option<(Instant, Vec<String>, Vec<String>)>,
    /// The panel begins to talk: when, and who leads it; or does not talk any more, since one of it has left.
    pub(crate) consensus: Option<Option<(Instant, SeatId)>>,
    /// The end of the round.
    pub(crate) closed_at: Option<Instant>,
    /// The round is held again, as if it had not been.
    pub(crate) reopened: bool,
    /// What was ranked.
    pub(crate) ranked: Option<PanelRanked>,
    /// The seed, in hex, to be revealed to everybody.
    pub(crate) seed: Option<String>,
    /// The seed, sealed to the server's key from the opening on.
    pub(crate) sealed_seed: Option<Vec<u8>>,
}

/// What a panel's record says of the rankings.
pub(crate) struct PanelRanked {
    /// Which decides.
    pub(crate) decided_by: RankingBasis,
    /// Why there is no normalised one.
    pub(crate) unnormalised: Option<String>,
    /// What the raw one would be without each judge, as JSON.
    pub(crate) stability: String,
}

/// Goes on with the record of a panel.
pub(crate) async fn step_panel(txn: &Txn, panel: PanelId, step: PanelStep) -> Result<()> {
    let mut row = model::panel::ActiveModel { id: Set(panel), ..Default::default() };
    if let Some((at, entropy, excluded)) = step.drawn {
        row.drawn_at = Set(Some(at));
        row.entropy = Set(Some(serde_json::to_string(&entropy)?));
        row.excluded = Set(Some(serde_json::to_string(&excluded)?));
    }
    if let Some(consensus) = step.consensus {
        row.consensus_at = Set(consensus.map(|(at, _)| at));
        if let Some((at, _)) = consensus {
            row.talked_at = Set(Some(at));
        }
        row.chair_id = Set(consensus.map(|(_, chair)| chair));
    }
    if let Some(at) = step.closed_at {
        row.closed_at = Set(Some(at));
    }
    if step.reopened {
        row.closed_at = Set(None);
        row.consensus_at = Set(None);
        row.talked_at = Set(None);
        row.chair_id = Set(None);
        row.decided_by = Set(None);
        row.unnormalised = Set(None);
        row.stability = Set(None);
    }
    if let Some(ranked) = step.ranked {
        row.decided_by = Set(Some(ranked.decided_by));
        row.unnormalised = Set(ranked.unnormalised);
        row.stability = Set(Some(ranked.stability));
    }
    if let Some(seed) = step.seed {
        row.seed = Set(Some(seed));
    }
    if let Some(sealed) = step.sealed_seed {
        row.sealed_seed = Set(sealed);
    }
    row.update(txn).await?;
    Ok(())
}

/// Whether a value given for an indicator is no weaker than its target.
pub(crate) fn meets(indicator: &model::indicator::Model, value: Decimal) -> bool {
    use crate::base::words::Comparator::{Approx, Eq, Gt, Gte, Lt, Lte};
    let (value, target) = (value.inner(), indicator.target.inner());
    match indicator.comparator {
        Gte => value >= target,
        Gt => value > target,
        Lte => value <= target,
        Lt => value < target,
        Eq => value == target,
        Approx => (value - target).abs() <= indicator.tolerance.map(Decimal::inner).unwrap_or_default(),
    }
}
