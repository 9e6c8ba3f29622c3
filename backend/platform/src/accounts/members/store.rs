//! The rows of an organization's people, as verbs need them.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};

use super::super::model::{member_invitation, user};
use super::INVITATION_LIFE;
use crate::access::Viewer;
use crate::access::members::{
    InvitationFacts, MayInvite, MayJoin, MayRemove, MayRevokeInvitation, MaySetRight, MemberFacts,
};
use crate::base::id::{Kind, MemberInvitationId, OrganizationId, UserId};
use crate::base::words::MemberRight;
use crate::base::{Error, Instant, Reason, Result};
use crate::db::{Conn, Txn};
use crate::organizations;

/// Whether somebody who can sign in owns the organization, whose row is held until the transaction ends.
pub(in crate::accounts) async fn has_owner(txn: &Txn, organization: OrganizationId) -> Result<bool> {
    organizations::hold(txn, organization).await?;
    Ok(working_owners(organization).count(txn).await? > 0)
}

/// Who owns the organization and can sign in.
fn working_owners(organization: OrganizationId) -> Select<user::Entity> {
    user::Entity::find()
        .filter(user::Column::OrganizationId.eq(organization))
        .filter(user::Column::MemberRight.eq(MemberRight::Owner))
        .filter(user::Column::SuspendedAt.is_null())
        .filter(user::Column::RemovedAt.is_null())
}

/// Where somebody stands who acts for an organization. Its row is held until the transaction ends: of two owners who let one another go
/// only one succeeds.
pub(super) async fn facts(txn: &Txn, id: UserId) -> Result<Option<MemberFacts>> {
    let Some(organization) = user::Entity::find_by_id(id).one(txn).await?.and_then(|row| row.organization_id) else {
        return Ok(None);
    };
    organizations::hold(txn, organization).await?;
    let row = user::Entity::find_by_id(id).filter(user::Column::RemovedAt.is_null()).lock_exclusive().one(txn).await?;
    let Some(right) = row.and_then(|row| row.member_right) else { return Ok(None) };
    let other_owners = working_owners(organization).filter(user::Column::Id.ne(id)).count(txn).await?;
    Ok(Some(MemberFacts { user: id, organization, right, other_owners }))
}

/// The viewer as it is now that the organization's row is held: it may have been let go, or become less, since it asked.
pub(super) async fn still(txn: &Txn, viewer: &Viewer) -> Result<Viewer> {
    let actor = viewer.person()?;
    let row = user::Entity::find_by_id(actor.user)
        .filter(user::Column::RemovedAt.is_null())
        .filter(user::Column::SuspendedAt.is_null())
        .one(txn)
        .await?
        .ok_or(Error::SignIn(Reason::SessionEnded))?;
    Ok(Viewer::Person(actor.clone().with_right(row.member_right)))
}

/// Invitations that can be accepted: in time, and of somebody who still owns the organization and can sign in.
pub(super) fn waiting(organization: OrganizationId, now: Instant) -> Select<member_invitation::Entity> {
    use member_invitation::Column;
    let inviters = working_owners(organization).select_only().column(user::Column::Id).into_query();
    member_invitation::Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::InvitedBy.in_subquery(inviters))
}

/// How many wait. The organization's row is held until the transaction ends.
pub(super) async fn count_waiting(txn: &Txn, organization: OrganizationId, now: Instant) -> Result<u64> {
    organizations::hold(txn, organization).await?;
    Ok(waiting(organization, now).count(txn).await?)
}

pub(super) async fn invite(
    txn: &Txn,
    proof: &MayInvite,
    right: MemberRight,
    note: &str,
    code_hash: &[u8],
    now: Instant,
) -> Result<MemberInvitationId> {
    let id = MemberInvitationId::new();
    let row = member_invitation::ActiveModel {
        id: Set(id),
        organization_id: Set(proof.organization()),
        member_right: Set(right),
        note: Set(note.to_owned()),
        code_hash: Set(code_hash.to_vec()),
        invited_by: Set(proof.by()),
        created_at: Set(now),
        expires_at: Set(now + INVITATION_LIFE),
        accepted_by: Set(None),
        accepted_at: Set(None),
        revoked_at: Set(None),
    };
    member_invitation::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

async fn invitation_facts(conn: &impl Conn, row: member_invitation::Model) -> Result<InvitationFacts> {
    let inviter = working_owners(row.organization_id).filter(user::Column::Id.eq(row.invited_by));
    Ok(InvitationFacts {
        id: row.id,
        organization: row.organization_id,
        right: row.member_right,
        expires_at: row.expires_at,
        waits: row.accepted_at.is_none() && row.revoked_at.is_none() && inviter.count(conn).await? > 0,
    })
}

/// Where an invitation stands; it, and who owns the organization, stay so until the transaction ends.
pub(super) async fn invitation(txn: &Txn, id: MemberInvitationId) -> Result<Option<InvitationFacts>> {
    let Some(row) = member_invitation::Entity::find_by_id(id).one(txn).await? else { return Ok(None) };
    organizations::hold(txn, row.organization_id).await?;
    match member_invitation::Entity::find_by_id(id).lock_exclusive().one(txn).await? {
        Some(row) => Ok(Some(invitation_facts(txn, row).await?)),
        None => Ok(None),
    }
}

/// Where the invitation of this code stands.
pub(super) async fn by_code(conn: &impl Conn, code_hash: &[u8]) -> Result<Option<InvitationFacts>> {
    let such = member_invitation::Entity::find().filter(member_invitation::Column::CodeHash.eq(code_hash.to_vec()));
    match such.one(conn).await? {
        Some(row) => Ok(Some(invitation_facts(conn, row).await?)),
        None => Ok(None),
    }
}

pub(super) async fn revoke(txn: &Txn, proof: &MayRevokeInvitation, now: Instant) -> Result<()> {
    member_invitation::Entity::update_many()
        .col_expr(member_invitation::Column::RevokedAt, Expr::value(now))
        .filter(member_invitation::Column::Id.eq(proof.invitation()))
        .exec(txn)
        .await?;
    Ok(())
}

pub(super) async fn accept(txn: &Txn, proof: &MayJoin, user: UserId, now: Instant) -> Result<()> {
    member_invitation::Entity::update_many()
        .col_expr(member_invitation::Column::AcceptedAt, Expr::value(now))
        .col_expr(member_invitation::Column::AcceptedBy, Expr::value(user))
        .filter(member_invitation::Column::Id.eq(proof.invitation()))
        .exec(txn)
        .await?;
    Ok(())
}

/// Sets a right; who owns the organization no more has invited nobody.
pub(super) async fn set_right(txn: &Txn, proof: &MaySetRight, now: Instant) -> Result<()> {
    if proof.right() != MemberRight::Owner {
        crate::accounts::store::end_invitations(txn, proof.user(), now).await?;
    }
    user::Entity::update_many()
        .col_expr(user::Column::MemberRight, Expr::value(proof.right()))
        .filter(user::Column::Id.eq(proof.user()))
        .exec(txn)
        .await?;
    Ok(())
}

/// Lets somebody go, with all sessions; tokens end with their holder.
pub(super) async fn remove(txn: &Txn, proof: &MayRemove, now: Instant) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::RemovedAt, Expr::value(now))
        .filter(user::Column::Id.eq(proof.user()))
        .exec(txn)
        .await?;
    crate::accounts::store::end_all(txn, proof.user(), now).await?;
    Ok(())
}
