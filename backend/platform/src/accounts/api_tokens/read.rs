//! Reading API tokens: of their secrets nothing is kept.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use super::super::model::{api_token, user};
use crate::access::Viewer;
use crate::access::members::{SeesTokens, sees_tokens};
use crate::base::id::{ApiTokenId, Kind, UserId};
use crate::base::words::TokenScope;
use crate::base::{Cursor, Error, Instant, Page, PageRequest, Result};
use crate::db::{Conn, Direction, Keyset};

/// An API token.
#[derive(Clone, Debug)]
pub struct ApiTokenView {
    pub id: ApiTokenId,
    pub holder: UserId,
    pub name: String,
    pub scope: TokenScope,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub last_used_at: Option<Instant>,
}

fn seen(viewer: &Viewer) -> Option<Select<api_token::Entity>> {
    use api_token::Column;
    let people = user::Entity::find().select_only().column(user::Column::Id);
    let people = match sees_tokens(viewer) {
        SeesTokens::Nobody => return None,
        SeesTokens::Own(user) => people.filter(user::Column::Id.eq(user)),
        SeesTokens::Of(organization) => {
            people.filter(user::Column::OrganizationId.eq(organization)).filter(user::Column::RemovedAt.is_null())
        }
    };
    let held = api_token::Entity::find().filter(Column::RevokedAt.is_null());
    Some(held.filter(Column::UserId.in_subquery(people.into_query())))
}

/// The tokens that the viewer sees and that have not been revoked, newest first; those that have run out among them.
pub async fn page(conn: &impl Conn, viewer: &Viewer, request: &PageRequest) -> Result<Page<ApiTokenView>> {
    let Some(mut select) = seen(viewer) else { return Ok(Page::empty()) };
    let keyset = Keyset::by_id("api_tokens", (api_token::Entity, api_token::Column::Id), Direction::Descending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.all(conn).await?;
    Ok(keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid())).map(view))
}

/// How many the viewer sees.
pub async fn count(conn: &impl Conn, viewer: &Viewer) -> Result<u64> {
    match seen(viewer) {
        Some(select) => Ok(select.count(conn).await?),
        None => Ok(0),
    }
}

/// One token that the viewer has been shown.
pub async fn one(conn: &impl Conn, id: ApiTokenId) -> Result<ApiTokenView> {
    Ok(view(api_token::Entity::find_by_id(id).one(conn).await?.ok_or(Error::Hidden)?))
}

fn view(row: api_token::Model) -> ApiTokenView {
    ApiTokenView {
        id: row.id,
        holder: row.user_id,
        name: row.name,
        scope: row.scope,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    }
}
