//! Writing projects. Every write takes its proof.

use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::lifecycle;
use super::model::{ActiveModel, Column, Entity, Model, first_word, line};
use crate::access::challenges::ChallengeFacts;
use crate::access::projects::{self as policy, MayAward, MayPledge, MayRegister, MaySign, ProjectFacts};
use crate::awards::ledger::Ledger;
use crate::base::id::{BidId, ChallengeId, Kind, ProjectId, UserId};
use crate::base::words::{BidCommand, BidStatus, ChallengeStatus, Mechanism, ProjectStatus, RevocationGround};
use crate::base::{Clock, Error, Instant, Result};
use crate::challenges::{self, Lock, Move};
use crate::db::{Conn, Txn};
use crate::events::{TimerKind, timers};
use crate::{accounts, awards, bids};

/// What policy asks of a project at this instant.
pub(super) fn facts(row: &Model, challenge: ChallengeFacts, pi_led: bool) -> ProjectFacts {
    ProjectFacts {
        id: row.id,
        challenge,
        status: row.status,
        next: lifecycle::next,
        signed: row.agreement_effective_at.is_some(),
        bid: row.bid_id,
        lead: row.lead_id,
        pi_led,
        investigator: row.investigator_id,
        registered: row.registration_no.is_some(),
        // Earlier versions did not keep it (招标投标法 46).
        due_at: row.due_at.or(Some(row.created_at + TimeDelta::days(30))),
    }
}

/// Whether one principal investigator answers for what comes of a challenge.
pub(super) fn is_pi_led(challenge: &challenges::model::Model) -> bool {
    challenge.pi_led || challenge.mechanism == Some(Mechanism::PiSystem)
}

/// A project and its challenge, both locked for the act.
pub(super) struct Locked {
    pub(super) row: Model,
    pub(super) challenge: challenges::model::Model,
    pub(super) facts: ProjectFacts,
    /// When the locks were held: the act's time.
    pub(super) now: Instant,
    pub(super) clock: Clock,
}

/// Locks a project under its challenge, then reads the clock.
pub(super) async fn locked(txn: &Txn, project: ProjectId, clock: &Clock) -> Result<Locked> {
    let found: Option<ChallengeId> =
        Entity::find_by_id(project).select_only().column(Column::ChallengeId).into_tuple().one(txn).await?;
    let challenge = challenges::locked(txn, found.ok_or(Error::Hidden)?, Lock::Update).await?;
    let row = Entity::find_by_id(project).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)?;
    let now = clock.now();
    let facts = facts(&row, challenges::facts(&challenge, now), is_pi_led(&challenge));
    Ok(Locked { row, challenge, facts, now, clock: clock.clone() })
}

/// The bids that an award decides about, and what it makes of each. What is settled already stays as it is.
pub(super) async fn decided(txn: &Txn, challenge: ChallengeId) -> Result<Vec<bids::model::Model>> {
    bids::in_states(txn, challenge, BidStatus::ALL).await
}

/// Awards: the winners win, the rest lose, and each winner has a project.
pub(super) async fn award(
    txn: &Txn,
    proof: MayAward,
    bids: &[bids::model::Model],
    winners: &[BidId],
    (now, due_at): (Instant, Instant),
    to: ChallengeStatus,
) -> Result<Vec<ProjectId>> {
    let challenge = proof.challenge();
    for bid in bids {
        if winners.contains(&bid.id) {
            awards::step(txn, bid, BidCommand::Win).await?;
        } else if bids::lifecycle::next(bid.status, BidCommand::Lose).is_some() {
            awards::step(txn, bid, BidCommand::Lose).await?;
        }
    }
    let won = winners.iter().filter_map(|winner| bids.iter().find(|bid| bid.id == *winner));
    begin_time_anew(txn, challenge, due_at).await?;
    forget_first(txn, ByTwo::Terminate, challenge.uuid()).await?;
    let rows: Vec<_> = won.map(|bid| project(bid, now, due_at)).collect();
    let projects: Vec<ProjectId> = rows.iter().map(|(id, _)| *id).collect();
    Entity::insert_many(rows.into_iter().map(|(_, row)| row)).exec_without_returning(txn).await?;
    for project in &projects {
        timers::set(txn, TimerKind::AgreementDue, project.uuid(), due_at).await?;
    }
    challenges::make(txn, Move { awarded_at: Some(now), ..Move::to(challenge, to) }).await?;
    Ok(projects)
}

fn project(bid: &bids::model::Model, now: Instant, due_at: Instant) -> (ProjectId, ActiveModel) {
    let id = ProjectId::new();
    let row = ActiveModel {
        id: Set(id),
        challenge_id: Set(bid.challenge_id),
        bid_id: Set(bid.id),
        lead_id: Set(bid.bidder_id),
        status: Set(ProjectStatus::ContractPending),
        contract_no: Set(None),
        contract_sha256: Set(None),
        agreement_effective_at: Set(None),
        created_at: Set(now),
        due_at: Set(Some(due_at)),
        amount: Set(None),
        duration_months: Set(None),
        ends_at: Set(None),
        registration_no: Set(None),
        ended_at: Set(None),
        ended_because: Set(None),
        ended_ground: Set(None),
        investigator_id: Set(None),
        pledge: Set(None),
        pledged_at: Set(None),
    };
    (id, row)
}

/// What is signed.
pub(super) struct Agreement {
    pub(super) contract_no: String,
    pub(super) contract_sha256: Option<String>,
    pub(super) registration_no: Option<String>,
    pub(super) effective_at: Instant,
    pub(super) ends_at: Instant,
    pub(super) ledger: Ledger,
}

pub(super) async fn sign(txn: &Txn, proof: MaySign, agreement: Agreement) -> Result<()> {
    let row = ActiveModel {
        id: Set(proof.project()),
        status: Set(proof.to()),
        contract_no: Set(Some(agreement.contract_no)),
        contract_sha256: Set(agreement.contract_sha256),
        registration_no: Set(agreement.registration_no),
        agreement_effective_at: Set(Some(agreement.effective_at)),
        amount: Set(Some(agreement.ledger.funding())),
        duration_months: Set(Some(agreement.ledger.months())),
        ends_at: Set(Some(agreement.ends_at)),
        ..Default::default()
    };
    row.update(txn).await?;
    let lines =
        (1..).zip(agreement.ledger.lines()).map(|(position, (indicator, committed, agreed))| line::ActiveModel {
            project_id: Set(proof.project()),
            indicator_id: Set(indicator),
            position: Set(position),
            committed: Set(committed),
            agreed: Set(agreed),
        });
    line::Entity::insert_many(lines).exec_without_returning(txn).await?;
    timers::reset(txn, TimerKind::AgreementDue, proof.project().uuid(), None).await?;
    challenges::make(txn, Move::to(proof.challenge(), proof.challenge_to())).await
}

/// How many projects under way this person answers for. Whoever pledges holds the person's row, so that two pledges at once count one
/// another.
pub(super) async fn led_by(txn: &Txn, person: UserId) -> Result<u64> {
    accounts::model::user::Entity::find_by_id(person).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)?;
    let under_way = [
        ProjectStatus::ContractPending,
        ProjectStatus::InProgress,
        ProjectStatus::AcceptancePending,
        ProjectStatus::Rectifying,
        ProjectStatus::Suspended,
    ];
    let led = Entity::find().filter(Column::InvestigatorId.eq(person)).filter(Column::Status.is_in(under_way));
    Ok(led.count(txn).await?)
}

pub(super) async fn pledge(txn: &Txn, proof: &MayPledge, pledge: String, now: Instant) -> Result<()> {
    let row = ActiveModel {
        id: Set(proof.project()),
        investigator_id: Set(Some(proof.by())),
        pledge: Set(Some(pledge)),
        pledged_at: Set(Some(now)),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

pub(super) async fn register(txn: &Txn, proof: &MayRegister, number: String) -> Result<()> {
    let row = ActiveModel { id: Set(proof.project()), registration_no: Set(Some(number)), ..Default::default() };
    row.update(txn).await?;
    Ok(())
}

/// Gives those who have won the time back that they have lost to sign, since the challenge stood still.
pub(super) async fn give_time_back(txn: &Txn, challenge: ChallengeId, lost: TimeDelta) -> Result<()> {
    for row in of_challenge(txn, challenge).await? {
        if let (ProjectStatus::ContractPending, Some(due_at)) = (row.status, row.due_at) {
            put_off(txn, row.id, due_at + lost).await?;
        }
    }
    Ok(())
}

/// Those who have won and could not sign, while another was looked for, have their time anew.
pub(super) async fn begin_time_anew(txn: &Txn, challenge: ChallengeId, due_at: Instant) -> Result<()> {
    for row in of_challenge(txn, challenge).await? {
        if row.status == ProjectStatus::ContractPending {
            put_off(txn, row.id, due_at).await?;
        }
    }
    Ok(())
}

async fn put_off(txn: &Txn, project: ProjectId, due_at: Instant) -> Result<()> {
    let row = ActiveModel { id: Set(project), due_at: Set(Some(due_at)), ..Default::default() };
    row.update(txn).await?;
    timers::reset(txn, TimerKind::AgreementDue, project.uuid(), Some(due_at)).await
}

/// The projects of a challenge.
pub(super) async fn of_challenge(conn: &impl Conn, challenge: ChallengeId) -> Result<Vec<Model>> {
    Ok(Entity::find().filter(Column::ChallengeId.eq(challenge)).order_by_asc(Column::Id).all(conn).await?)
}

/// What takes two organizers.
#[derive(Clone, Copy, Debug)]
pub(super) enum ByTwo {
    RevokeAward,
    Terminate,
}

impl ByTwo {
    fn word(self) -> &'static str {
        match self {
            Self::RevokeAward => "revokeAward",
            Self::Terminate => "terminateChallenge",
        }
    }
}

/// What another organizer has said before of the same.
pub(super) async fn said_before(
    conn: &impl Conn,
    act: ByTwo,
    subject: Uuid,
    by: UserId,
) -> Result<Option<first_word::Model>> {
    let said = first_word::Entity::find_by_id((act.word().to_owned(), subject)).one(conn).await?;
    Ok(said.filter(|said| said.said_by != by))
}

/// Keeps the first word, in the place of an earlier one of the same person.
pub(super) async fn say_first(
    txn: &Txn,
    act: ByTwo,
    subject: Uuid,
    (by, at): (UserId, Instant),
    because: String,
    ground: Option<RevocationGround>,
) -> Result<()> {
    forget_first(txn, act, subject).await?;
    let row = first_word::ActiveModel {
        act: Set(act.word().to_owned()),
        subject_id: Set(subject),
        said_by: Set(by),
        because: Set(because),
        ground: Set(ground),
        said_at: Set(at),
    };
    first_word::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// A first word was of what has passed since.
async fn forget_first(txn: &Txn, act: ByTwo, subject: Uuid) -> Result<()> {
    first_word::Entity::delete_by_id((act.word().to_owned(), subject)).exec(txn).await?;
    Ok(())
}

/// A project ends before its time.
pub(super) async fn end(
    txn: &Txn,
    project: ProjectId,
    to: ProjectStatus,
    (at, because): (Instant, &str),
    ground: Option<RevocationGround>,
) -> Result<()> {
    let row = ActiveModel {
        id: Set(project),
        status: Set(to),
        ended_at: Set(Some(at)),
        ended_because: Set(Some(because.to_owned())),
        ended_ground: Set(ground),
        ..Default::default()
    };
    row.update(txn).await?;
    timers::reset(txn, TimerKind::AgreementDue, project.uuid(), None).await
}

/// Those of the bids that lost which were ranked as passing: they may win after all.
pub(super) async fn readmit(txn: &Txn, challenge: ChallengeId) -> Result<usize> {
    let passed = awards::passing(txn, challenge).await?;
    let mut readmitted = 0;
    for bid in bids::in_states(txn, challenge, &[BidStatus::Lost]).await? {
        let to = policy::readmitted(bid.status, passed.contains(&bid.id), bids::lifecycle::next);
        if let Some(to) = to {
            bids::make(txn, bid.id, to).await?;
            readmitted += 1;
        }
    }
    Ok(readmitted)
}
