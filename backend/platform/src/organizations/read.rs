//! Reading organizations. Verified ones are visible to everybody; all of them to organizers, supervisors and the system
//! administrator; its own to a member.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryTrait, Select};

use super::model::{Column, Entity, Model};
use crate::access::Viewer;
use crate::access::organizations::{self as policy, Seen};
use crate::base::error::FaultCode;
use crate::base::id::{Kind, OrganizationId};
use crate::base::words::{OrganizationKind, Verification};
use crate::base::{Cursor, Error, Page, PageRequest, Result};
use crate::db::{Conn, Direction, Keyset, Leading};

/// An organization, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationView {
    pub id: OrganizationId,
    pub name: String,
    pub kind: OrganizationKind,
    /// The unified social credit code.
    pub uscc: String,
    /// Whether an organizer vouches for it.
    pub verified: bool,
    /// Whether an organizer has found it registered in the zone.
    pub registered_in_zone: bool,
}

/// Narrows a list; what is not given does not narrow.
#[derive(Clone, Debug, Default)]
pub struct OrganizationFilter {
    /// Part of the name, or the beginning of the code.
    pub text: Option<String>,
    pub kind: Option<OrganizationKind>,
    pub verified: Option<bool>,
}

/// Those of `ids` that the viewer may see.
pub async fn by_ids(conn: &impl Conn, viewer: &Viewer, ids: &[OrganizationId]) -> Result<Vec<OrganizationView>> {
    let rows = seen(viewer).filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(OrganizationView::from).collect())
}

/// Organizations named by something that the viewer may see: whether they are shown has been decided there.
pub async fn named(conn: &impl Conn, ids: &[OrganizationId]) -> Result<Vec<OrganizationView>> {
    let rows = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(OrganizationView::from).collect())
}

/// The organizations that the viewer may see, by name.
pub async fn page(
    conn: &impl Conn,
    viewer: &Viewer,
    filter: &OrganizationFilter,
    request: &PageRequest,
) -> Result<Page<OrganizationView>> {
    let mut select = filtered(viewer, filter)?;
    let keyset =
        Keyset::by("organizations", (Entity, Column::Name), Leading::Text, (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.all(conn).await?;
    Ok(keyset.cut(rows, request, |row| Cursor::by_text(row.name.clone(), row.id.uuid())).map(OrganizationView::from))
}

/// How many organizations the viewer may see.
pub async fn count(conn: &impl Conn, viewer: &Viewer, filter: &OrganizationFilter) -> Result<u64> {
    Ok(filtered(viewer, filter)?.count(conn).await?)
}

/// `access::organizations::may_see`, in SQL.
fn seen(viewer: &Viewer) -> Select<Entity> {
    match policy::sees(viewer) {
        Seen::All => Entity::find(),
        Seen::Verified(own) => {
            let verified = Condition::any().add(Column::Verification.eq(Verification::Verified));
            Entity::find().filter(verified.add_option(own.map(|own| Column::Id.eq(own))))
        }
    }
}

fn filtered(viewer: &Viewer, filter: &OrganizationFilter) -> Result<Select<Entity>> {
    let mut select = seen(viewer);
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        if text.chars().count() > 100 {
            return Err(Error::invalid("filter.text", FaultCode::TooLong));
        }
        let text = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let name = Expr::expr(Func::lower(Expr::col((Entity, Column::Name))));
        let uscc = Expr::expr(Func::lower(Expr::col((Entity, Column::Uscc))));
        select = select.filter(
            Condition::any()
                .add(name.like(LikeExpr::new(format!("%{text}%")).escape('\\')))
                .add(uscc.like(LikeExpr::new(format!("{text}%")).escape('\\'))),
        );
    }
    if let Some(kind) = filter.kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    Ok(match filter.verified {
        None => select,
        Some(true) => select.filter(Column::Verification.eq(Verification::Verified)),
        Some(false) => select.filter(Column::Verification.ne(Verification::Verified)),
    })
}

impl From<Model> for OrganizationView {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind,
            uscc: row.uscc,
            verified: row.verification == Verification::Verified,
            registered_in_zone: row.registered_in_zone,
        }
    }
}
