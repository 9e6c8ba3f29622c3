//! Reading accounts: a person sees itself, the staff sees everybody; user names are for the person and the administrators.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::IDLE;
use super::model::{recovery_code, session, user};
use crate::access::Viewer;
use crate::access::accounts::{may_see, needs_totp, sees_username};
use crate::base::id::{SessionId, UserId};
use crate::base::{Instant, Result};
use crate::db::Conn;

/// A person, as this viewer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    pub id: UserId,
    pub name: String,
    /// For the person, organizers and the administrators.
    pub username: Option<String>,
}

/// A session of the viewer's own that lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    pub id: SessionId,
    pub created_at: Instant,
    pub last_used_at: Instant,
    pub user_agent: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Those of `ids` that the viewer may see.
pub async fn by_ids(conn: &impl Conn, viewer: &Viewer, ids: &[UserId]) -> Result<Vec<UserView>> {
    let ids: Vec<_> = ids.iter().copied().filter(|id| may_see(viewer, *id)).collect();
    named(conn, viewer, &ids).await
}

/// People named by something that the viewer may see: whether they are shown has been decided there.
pub async fn named(conn: &impl Conn, viewer: &Viewer, ids: &[UserId]) -> Result<Vec<UserView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(UserId, String, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Name, user::Column::Username])
        .filter(user::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, name, username)| UserView {
            username: Some(username).filter(|_| sees_username(viewer, id)),
            id,
            name,
        })
        .collect())
}

/// How the viewer stands with the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotpView {
    /// Signing in takes a code.
    pub enrolled: bool,
    /// Without it the person may do nothing but enrol.
    pub required: bool,
    /// Recovery codes not yet used.
    pub recovery_codes: u64,
}

/// The viewer's own second factor.
pub async fn totp(conn: &impl Conn, viewer: &Viewer, rehearsal: bool) -> Result<TotpView> {
    let actor = viewer.signed_in()?;
    let step: Option<Option<i64>> = user::Entity::find_by_id(actor.user)
        .select_only()
        .column(user::Column::TotpStep)
        .into_tuple()
        .one(conn)
        .await?;
    let recovery_codes = recovery_code::Entity::find()
        .filter(recovery_code::Column::UserId.eq(actor.user))
        .filter(recovery_code::Column::UsedAt.is_null())
        .count(conn)
        .await?;
    Ok(TotpView { enrolled: step.flatten().is_some(), required: needs_totp(actor.roles(), rehearsal), recovery_codes })
}

/// What an organizer's shares of opening keys are encrypted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningKeyView {
    pub recipient: String,
    /// Whether the identity lies here under a passphrase; otherwise the officer keeps it.
    pub kept: bool,
    pub registered_at: Instant,
}

/// The viewer's own present opening key.
pub async fn opening_key(conn: &impl Conn, viewer: &Viewer) -> Result<Option<OpeningKeyView>> {
    use super::model::opening_key::{Column, Entity};
    let Some(user) = viewer.user() else { return Ok(None) };
    let row = Entity::find().filter(Column::UserId.eq(user)).filter(Column::ReplacedAt.is_null()).one(conn).await?;
    Ok(row.map(|row| OpeningKeyView {
        recipient: row.recipient,
        kept: row.wrapped.is_some(),
        registered_at: row.registered_at,
    }))
}

/// The sessions of the viewer that live at `now` (the machine's), newest first; at most a hundred. A program sees none.
pub async fn sessions(conn: &impl Conn, viewer: &Viewer, now: Instant) -> Result<Vec<SessionView>> {
    let Ok(actor) = viewer.in_person() else { return Ok(Vec::new()) };
    let rows = session::Entity::find()
        .filter(session::Column::UserId.eq(actor.user))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .filter(session::Column::LastUsedAt.gt(now - IDLE))
        .order_by_desc(session::Column::Id)
        .limit(100)
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionView {
            current: actor.session == Some(row.id),
            id: row.id,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            user_agent: row.user_agent,
        })
        .collect())
}
