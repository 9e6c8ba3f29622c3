//! Reading projects: from the award on they are everybody's to see.

use std::collections::HashMap;

use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QueryTrait, SelectTwo};

use super::model::{Column, Entity, Model, line};
use super::store;
use crate::access::Viewer;
use crate::access::awards::NoticeFacts;
use crate::access::challenges::{self as challenges_policy, ChallengeFacts};
use crate::access::projects::{self as policy, ProjectFacts};
use crate::base::error::FaultCode;
use crate::base::id::{BidId, ChallengeId, IndicatorId, Kind, OrganizationId, ProjectId, UserId};
use crate::base::words::{ProjectStatus, RevocationGround};
use crate::base::{Cursor, Decimal, Error, Fen, Instant, Page, PageRequest, Result, clock};
use crate::challenges::{self, model as challenge};
use crate::db::{Conn, Direction, Keyset};

/// A project, as it is shown to everybody.
#[derive(Clone, Debug)]
pub struct ProjectView {
    pub id: ProjectId,
    pub challenge: ChallengeId,
    pub bid: BidId,
    pub lead: OrganizationId,
    pub status: ProjectStatus,
    pub agreement_effective_at: Option<Instant>,
    /// By when the agreement is to be signed.
    pub agreement_due_at: Option<Instant>,
    /// What is paid at most, in 分, and when the agreed time is over; for everybody, once it is signed.
    pub amount: Option<Fen>,
    pub ends_at: Option<Instant>,
    /// When it ended before its time, and on which ground an award was taken back.
    pub ended_at: Option<Instant>,
    pub ended_because: Option<String>,
    pub ended_ground: Option<RevocationGround>,
    /// What was agreed, for whoever may read it.
    pub agreement: AgreementView,
    /// What policy asks of it.
    pub facts: ProjectFacts,
}

/// What was agreed, for whoever may read it (`access::projects::sees_agreement`).
#[derive(Clone, Debug)]
pub struct AgreementView {
    pub contract_no: Option<String>,
    pub contract_sha256: Option<String>,
    pub registration_no: Option<String>,
    pub duration_months: Option<i32>,
    pub investigator: Option<UserId>,
    pub pledge: Option<String>,
    pub pledged_at: Option<Instant>,
}

/// A line of the ledger of indicators.
#[derive(Clone, Debug)]
pub struct LineView {
    pub indicator: IndicatorId,
    /// What the bid had committed to.
    pub committed: Option<Decimal>,
    pub agreed: Decimal,
}

/// Narrows a list; what is not given does not narrow.
#[derive(Clone, Debug, Default)]
pub struct ProjectFilter {
    pub statuses: Option<Vec<ProjectStatus>>,
    /// The agreement is or comes into force in that year or did before.
    pub year: Option<i32>,
    /// The agreement should have been signed by now.
    pub overdue: Option<bool>,
}

/// Projects, oldest first.
pub async fn page(
    conn: &impl Conn,
    now: Instant,
    filter: &ProjectFilter,
    request: &PageRequest,
) -> Result<Page<ProjectView>> {
    let mut select = filtered(filter, now)?;
    let keyset = Keyset::by_id("projects", (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let views = views(select.all(conn).await?, now)?;
    Ok(keyset.cut(views, request, |view| Cursor::by_id(view.id.uuid())))
}

/// How many projects there are.
pub async fn count(conn: &impl Conn, now: Instant, filter: &ProjectFilter) -> Result<u64> {
    Ok(filtered(filter, now)?.count(conn).await?)
}

/// The projects of these challenges, in the order of their notices.
pub async fn of_challenges(
    conn: &impl Conn,
    now: Instant,
    ids: &[ChallengeId],
) -> Result<HashMap<ChallengeId, Vec<ProjectView>>> {
    let rows = all().filter(Column::ChallengeId.is_in(ids.iter().copied())).order_by_asc(Column::Id).all(conn).await?;
    Ok(challenges::read::grouped(views(rows, now)?, |view| view.challenge, |view| view))
}

/// Projects by their ids.
pub async fn by_ids(conn: &impl Conn, now: Instant, ids: &[ProjectId]) -> Result<Vec<ProjectView>> {
    let rows = all().filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    views(rows, now)
}

/// The mutations of this slice that would be accepted from the viewer on a challenge now; `notice` is the one that holds. No
/// objection is open where the challenge is not suspended.
pub fn challenge_actions(
    viewer: &Viewer,
    facts: &ChallengeFacts,
    notice: Option<&NoticeFacts>,
    complained: bool,
    now: Instant,
) -> Vec<&'static str> {
    let table: [(&'static str, bool); 3] = [
        ("awardChallenge", policy::may_award(viewer, facts, notice, false, complained, now).is_ok()),
        ("failChallenge", challenges_policy::may_fail(viewer, facts).is_ok()),
        ("terminateChallenge", policy::may_terminate(viewer, facts).is_ok()),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// The mutations of this slice that would be accepted from the viewer on a project now.
pub fn actions(viewer: &Viewer, view: &ProjectView) -> Vec<&'static str> {
    let table: [(&'static str, bool); 4] = [
        ("signPledge", policy::may_pledge(viewer, &view.facts).is_ok()),
        ("signAgreement", policy::may_sign(viewer, &view.facts).is_ok()),
        ("registerContract", policy::may_register(viewer, &view.facts).is_ok()),
        ("revokeAward", policy::may_revoke(viewer, &view.facts).is_ok()),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect()
}

/// The ledgers of these projects, in the order of the notice's indicators. For whoever may read them.
pub async fn ledgers(conn: &impl Conn, ids: &[ProjectId]) -> Result<HashMap<ProjectId, Vec<LineView>>> {
    let rows = line::Entity::find()
        .filter(line::Column::ProjectId.is_in(ids.iter().copied()))
        .order_by_asc(line::Column::Position)
        .all(conn)
        .await?;
    let view =
        |row: line::Model| LineView { indicator: row.indicator_id, committed: row.committed, agreed: row.agreed };
    Ok(challenges::read::grouped(rows, |row| row.project_id, view))
}

fn all() -> SelectTwo<Entity, challenge::Entity> {
    Entity::find().find_also_related(challenge::Entity)
}

fn filtered(filter: &ProjectFilter, now: Instant) -> Result<SelectTwo<Entity, challenge::Entity>> {
    let mut select = all();
    if let Some(statuses) = &filter.statuses {
        select = select.filter(Column::Status.is_in(statuses.iter().copied()));
    }
    if let Some(year) = filter.year {
        let (_, end) = clock::china_year(year).ok_or_else(|| Error::invalid("filter.year", FaultCode::OutOfRange))?;
        select = select.filter(Column::AgreementEffectiveAt.lt(end));
    }
    if let Some(overdue) = filter.overdue {
        let is = Condition::all()
            .add(Column::Status.eq(ProjectStatus::ContractPending))
            .add(Column::DueAt.is_not_null())
            .add(Column::DueAt.lte(now));
        select = select.filter(if overdue { is } else { is.not() });
    }
    Ok(select)
}

fn views(rows: Vec<(Model, Option<challenge::Model>)>, now: Instant) -> Result<Vec<ProjectView>> {
    rows.into_iter()
        .map(|(row, challenge)| {
            let challenge = challenge.ok_or_else(|| anyhow::anyhow!("{} has no challenge", row.id))?;
            let facts = store::facts(&row, challenges::facts(&challenge, now), store::is_pi_led(&challenge));
            Ok(ProjectView {
                id: row.id,
                challenge: row.challenge_id,
                bid: row.bid_id,
                lead: row.lead_id,
                status: row.status,
                agreement_effective_at: row.agreement_effective_at,
                agreement_due_at: facts.due_at(),
                facts,
                amount: row.amount,
                ends_at: row.ends_at,
                ended_at: row.ended_at,
                ended_because: row.ended_because,
                ended_ground: row.ended_ground,
                agreement: AgreementView {
                    contract_no: row.contract_no,
                    contract_sha256: row.contract_sha256,
                    registration_no: row.registration_no,
                    duration_months: row.duration_months,
                    investigator: row.investigator_id,
                    pledge: row.pledge,
                    pledged_at: row.pledged_at,
                },
            })
        })
        .collect()
}
