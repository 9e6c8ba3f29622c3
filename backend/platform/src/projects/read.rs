//! Reading projects: from the award on they are everybody's to see.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QueryTrait, SelectTwo};

use super::model::{Column, Entity, Model};
use super::store;
use crate::access::Viewer;
use crate::access::awards::NoticeFacts;
use crate::access::challenges::ChallengeFacts;
use crate::access::projects::{self as policy, ProjectFacts};
use crate::base::error::FaultCode;
use crate::base::id::{BidId, ChallengeId, Kind, OrganizationId, ProjectId};
use crate::base::words::ProjectStatus;
use crate::base::{Cursor, Error, Instant, Page, PageRequest, Result, clock};
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
    /// What policy asks of it.
    pub facts: ProjectFacts,
}

/// Narrows a list; what is not given does not narrow.
#[derive(Clone, Debug, Default)]
pub struct ProjectFilter {
    pub statuses: Option<Vec<ProjectStatus>>,
    /// The agreement is or comes into force in that year or did before.
    pub year: Option<i32>,
}

/// Projects, oldest first.
pub async fn page(
    conn: &impl Conn,
    now: Instant,
    filter: &ProjectFilter,
    request: &PageRequest,
) -> Result<Page<ProjectView>> {
    let mut select = filtered(filter)?;
    let keyset = Keyset::by_id("projects", (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let views = views(select.all(conn).await?, now)?;
    Ok(keyset.cut(views, request, |view| Cursor::by_id(view.id.uuid())))
}

/// How many projects there are.
pub async fn count(conn: &impl Conn, filter: &ProjectFilter) -> Result<u64> {
    Ok(filtered(filter)?.count(conn).await?)
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
    now: Instant,
) -> Vec<&'static str> {
    let may = policy::may_award(viewer, facts, notice, false, now).is_ok();
    may.then_some("awardChallenge").into_iter().collect()
}

/// The mutations of this slice that would be accepted from the viewer on a project now.
pub fn actions(viewer: &Viewer, view: &ProjectView) -> Vec<&'static str> {
    let may = policy::may_sign(viewer, &view.facts).is_ok();
    may.then_some("signAgreement").into_iter().collect()
}

fn all() -> SelectTwo<Entity, challenge::Entity> {
    Entity::find().find_also_related(challenge::Entity)
}

fn filtered(filter: &ProjectFilter) -> Result<SelectTwo<Entity, challenge::Entity>> {
    let mut select = all();
    if let Some(statuses) = &filter.statuses {
        select = select.filter(Column::Status.is_in(statuses.iter().copied()));
    }
    if let Some(year) = filter.year {
        let (_, end) = clock::china_year(year).ok_or_else(|| Error::invalid("filter.year", FaultCode::OutOfRange))?;
        select = select.filter(Column::AgreementEffectiveAt.lt(end));
    }
    Ok(select)
}

fn views(rows: Vec<(Model, Option<challenge::Model>)>, now: Instant) -> Result<Vec<ProjectView>> {
    rows.into_iter()
        .map(|(row, challenge)| {
            let challenge = challenge.ok_or_else(|| anyhow::anyhow!("{} has no challenge", row.id))?;
            Ok(ProjectView {
                facts: store::facts(&row, challenges::facts(&challenge, now)),
                id: row.id,
                challenge: row.challenge_id,
                bid: row.bid_id,
                lead: row.lead_id,
                status: row.status,
                agreement_effective_at: row.agreement_effective_at,
            })
        })
        .collect()
}
