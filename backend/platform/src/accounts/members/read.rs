//! Reading an organization's people and its invitations.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};

use super::super::model::{member_invitation, user};
use super::super::token;
use super::store;
use crate::access::Viewer;
use crate::access::members as policy;
use crate::base::id::{Kind, MemberInvitationId, OrganizationId, UserId};
use crate::base::words::MemberRight;
use crate::base::{Cursor, Error, Instant, Page, PageRequest, Result};
use crate::db::{Conn, Direction, Keyset, per_parent};
use crate::organizations::model as organization;

/// Somebody who acts for an organization.
#[derive(Clone, Debug)]
pub struct MemberView {
    pub user: UserId,
    pub organization: OrganizationId,
    pub right: MemberRight,
    pub joined_at: Instant,
    pub suspended: bool,
}

/// An invitation of the own organization that waits.
#[derive(Clone, Debug)]
pub struct InvitationView {
    pub id: MemberInvitationId,
    pub right: MemberRight,
    pub note: String,
    pub invited_by: UserId,
    pub created_at: Instant,
    pub expires_at: Instant,
}

/// What the holder of a code is invited to.
#[derive(Clone, Debug)]
pub struct OfferView {
    pub organization_name: String,
    pub right: MemberRight,
    pub expires_at: Instant,
}

fn working(ids: &[OrganizationId]) -> Select<user::Entity> {
    user::Entity::find()
        .filter(user::Column::OrganizationId.is_in(ids.iter().copied()))
        .filter(user::Column::MemberRight.is_not_null())
        .filter(user::Column::RemovedAt.is_null())
}

fn seen<'a>(viewer: &'a Viewer, ids: &'a [OrganizationId]) -> Vec<OrganizationId> {
    ids.iter().copied().filter(|id| policy::sees_members(viewer, *id)).collect()
}

/// One page of the people of each of these organizations whose people the viewer sees, oldest account first.
pub async fn members(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[OrganizationId],
    request: &PageRequest,
) -> Result<HashMap<OrganizationId, Page<MemberView>>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: UserId,
        organization_id: OrganizationId,
        member_right: MemberRight,
        created_at: Instant,
        suspended_at: Option<Instant>,
    }
    use user::Column;
    let mut select = working(&seen(viewer, ids)).select_only().columns([
        Column::Id,
        Column::OrganizationId,
        Column::MemberRight,
        Column::CreatedAt,
        Column::SuspendedAt,
    ]);
    let keyset = Keyset::by_id("members", (user::Entity, Column::Id), crate::db::Direction::Ascending);
    let of = (user::Entity, Column::OrganizationId);
    let statement = per_parent(conn, QueryTrait::query(&mut select), of, &keyset, request)?;
    let mut pages: HashMap<OrganizationId, Vec<MemberView>> = HashMap::new();
    for row in Row::find_by_statement(statement).all(conn).await? {
        pages.entry(row.organization_id).or_default().push(MemberView {
            user: row.id,
            organization: row.organization_id,
            right: row.member_right,
            joined_at: row.created_at,
            suspended: row.suspended_at.is_some(),
        });
    }
    let cut = |rows| keyset.cut(rows, request, |row: &MemberView| Cursor::by_id(row.user.uuid()));
    Ok(pages.into_iter().map(|(id, rows)| (id, cut(rows))).collect())
}

/// How many people each of these organizations has, as far as the viewer is told.
pub async fn member_counts(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, u64>> {
    let rows: Vec<(OrganizationId, i64)> = working(&seen(viewer, ids))
        .select_only()
        .column(user::Column::OrganizationId)
        .column_as(user::Column::Id.count(), "count")
        .group_by(user::Column::OrganizationId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// One person of an organization, if the viewer is told of its people.
pub async fn member(conn: &impl Conn, viewer: &Viewer, id: UserId) -> Result<Option<MemberView>> {
    let row = user::Entity::find_by_id(id).filter(user::Column::RemovedAt.is_null()).one(conn).await?;
    Ok(row.and_then(|row| {
        let organization = row.organization_id.filter(|own| policy::sees_members(viewer, *own))?;
        Some(MemberView {
            user: row.id,
            organization,
            right: row.member_right?,
            joined_at: row.created_at,
            suspended: row.suspended_at.is_some(),
        })
    }))
}

fn waiting(viewer: &Viewer, now: Instant) -> Option<Select<member_invitation::Entity>> {
    policy::sees_invitations(viewer).map(|own| store::waiting(own, now))
}

/// The invitations of the own organization that wait, newest first.
pub async fn invitations(
    conn: &impl Conn,
    viewer: &Viewer,
    now: Instant,
    request: &PageRequest,
) -> Result<Page<InvitationView>> {
    let Some(mut select) = waiting(viewer, now) else { return Ok(Page::empty()) };
    let id = (member_invitation::Entity, member_invitation::Column::Id);
    let keyset = Keyset::by_id("member_invitations", id, Direction::Descending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.all(conn).await?;
    Ok(keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid())).map(invitation_view))
}

/// How many wait.
pub async fn invitation_count(conn: &impl Conn, viewer: &Viewer, now: Instant) -> Result<u64> {
    match waiting(viewer, now) {
        Some(select) => Ok(select.count(conn).await?),
        None => Ok(0),
    }
}

/// One invitation that the viewer has been shown.
pub async fn invitation(conn: &impl Conn, id: MemberInvitationId) -> Result<InvitationView> {
    let row = member_invitation::Entity::find_by_id(id).one(conn).await?.ok_or(Error::Hidden)?;
    Ok(invitation_view(row))
}

fn invitation_view(row: member_invitation::Model) -> InvitationView {
    InvitationView {
        id: row.id,
        right: row.member_right,
        note: row.note,
        invited_by: row.invited_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
    }
}

/// What a code invites to, as long as it can be accepted.
pub async fn offer(conn: &impl Conn, code: &str, now: Instant) -> Result<Option<OfferView>> {
    let Some(facts) = store::by_code(conn, &token::hash(code)).await? else { return Ok(None) };
    let Ok(proof) = policy::may_join(&facts, now) else { return Ok(None) };
    let row = organization::Entity::find_by_id(proof.organization()).one(conn).await?;
    Ok(row.map(|row| OfferView { organization_name: row.name, right: proof.right(), expires_at: facts.expires_at }))
}
