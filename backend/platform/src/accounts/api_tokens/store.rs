//! The rows of API tokens, as verbs need them.

use chrono::TimeDelta;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use super::super::model::{api_token, user};
use super::super::store::{Live, actor_of};
use crate::access::members::{MayMakeToken, MayRevokeToken, TokenFacts};
use crate::base::id::{ApiTokenId, Kind, UserId};
use crate::base::words::TokenScope;
use crate::base::{Instant, Result};
use crate::db::{Conn, Txn};
use crate::organizations::model as organization;

const TOUCH: TimeDelta = TimeDelta::minutes(1);

/// How many tokens of a person hold. Its row is held until the transaction ends.
pub(super) async fn count(txn: &Txn, user: UserId, now: Instant) -> Result<u64> {
    use api_token::Column;
    user::Entity::find_by_id(user).lock_exclusive().one(txn).await?;
    let held = api_token::Entity::find()
        .filter(Column::UserId.eq(user))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now));
    Ok(held.count(txn).await?)
}

/// A new token, checked.
pub(super) struct Entry<'a> {
    pub(super) name: String,
    pub(super) scope: TokenScope,
    pub(super) hash: &'a [u8],
    pub(super) expires_at: Instant,
}

pub(super) async fn create(txn: &Txn, proof: &MayMakeToken, entry: Entry<'_>, now: Instant) -> Result<ApiTokenId> {
    let id = ApiTokenId::new();
    let row = api_token::ActiveModel {
        id: Set(id),
        user_id: Set(proof.user()),
        name: Set(entry.name),
        scope: Set(entry.scope),
        hash: Set(entry.hash.to_vec()),
        created_at: Set(now),
        expires_at: Set(entry.expires_at),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    api_token::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

/// Where a token stands; it stays so until the transaction ends.
pub(super) async fn facts(txn: &Txn, id: ApiTokenId) -> Result<Option<TokenFacts>> {
    let Some(row) = api_token::Entity::find_by_id(id).lock_exclusive().one(txn).await? else { return Ok(None) };
    let holder = user::Entity::find_by_id(row.user_id).one(txn).await?;
    Ok(Some(TokenFacts {
        id: row.id,
        holder: row.user_id,
        organization: holder.and_then(|holder| holder.organization_id),
        revoked: row.revoked_at.is_some(),
    }))
}

pub(super) async fn revoke(txn: &Txn, proof: &MayRevokeToken, now: Instant) -> Result<()> {
    api_token::Entity::update_many()
        .col_expr(api_token::Column::RevokedAt, Expr::value(now))
        .filter(api_token::Column::Id.eq(proof.token()))
        .exec(txn)
        .await?;
    Ok(())
}

/// On whose behalf a program asks that shows this token, unless it was revoked or has run out, or its holder may act no more.
pub(in crate::accounts) async fn holder(
    conn: &impl Conn,
    hash: &[u8],
    now: Instant,
) -> Result<Option<(ApiTokenId, Live)>> {
    use api_token::Column;
    let found = api_token::Entity::find()
        .filter(Column::Hash.eq(hash.to_vec()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .one(conn)
        .await?;
    let Some(token) = found else { return Ok(None) };
    let such =
        user::Entity::belongs_to(organization::Entity).from(user::Column::OrganizationId).to(organization::Column::Id);
    let person = user::Entity::find_by_id(token.user_id)
        .filter(user::Column::SuspendedAt.is_null())
        .filter(user::Column::RemovedAt.is_null())
        .join(sea_orm::JoinType::LeftJoin, such.into())
        .select_also(organization::Entity)
        .one(conn)
        .await?;
    Ok(person.map(|(person, own)| {
        let stale = token.last_used_at.is_none_or(|used| now - used >= TOUCH);
        let enrolled = person.totp_step.is_some();
        let actor = actor_of(person, own).by_token(token.id, token.scope);
        (token.id, Live { actor, enrolled, stale })
    }))
}

/// Notes that a token is in use.
pub(in crate::accounts) async fn touch(txn: &Txn, token: ApiTokenId, now: Instant) -> Result<()> {
    api_token::Entity::update_many()
        .col_expr(api_token::Column::LastUsedAt, Expr::value(now))
        .filter(api_token::Column::Id.eq(token))
        .exec(txn)
        .await?;
    Ok(())
}
