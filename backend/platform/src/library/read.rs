//! Reading the library: what has once been admitted is everybody's; before, a technology is for organizers, supervisors, and the
//! organizations that lead it or put it forward.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryTrait, Select};

use super::model::{Column, Entity, Model};
use super::store;
use crate::access::Viewer;
use crate::access::library::{self as policy, Seen, TechnologyFacts};
use crate::base::error::FaultCode;
use crate::base::id::{Kind, OrganizationId, TechnologyId};
use crate::base::words::TechnologyStatus;
use crate::base::{Cursor, Error, Instant, Page, PageRequest, Result};
use crate::db::{Conn, Direction, Keyset};

/// A technology, as it is shown to whoever may see it.
#[derive(Clone, Debug)]
pub struct TechnologyView {
    pub id: TechnologyId,
    pub name: String,
    pub field: String,
    pub principle: String,
    pub replaces: String,
    pub lead: OrganizationId,
    /// 1 … 13.
    pub readiness_level: i32,
    pub status: TechnologyStatus,
    pub nominated_at: Instant,
    pub admitted_at: Option<Instant>,
    pub opinion: Option<String>,
    /// What policy asks of it.
    pub facts: TechnologyFacts,
}

/// Narrows a list; what is not given does not narrow.
#[derive(Clone, Debug, Default)]
pub struct TechnologyFilter {
    /// Part of the name, or the beginning of the field.
    pub text: Option<String>,
    pub statuses: Option<Vec<TechnologyStatus>>,
}

/// The technologies that the viewer may see, oldest first.
pub async fn page(
    conn: &impl Conn,
    viewer: &Viewer,
    filter: &TechnologyFilter,
    request: &PageRequest,
) -> Result<Page<TechnologyView>> {
    let mut select = filtered(viewer, filter)?;
    let keyset = Keyset::by_id("technologies", (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.all(conn).await?;
    Ok(keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid())).map(view))
}

/// How many technologies the viewer may see.
pub async fn count(conn: &impl Conn, viewer: &Viewer, filter: &TechnologyFilter) -> Result<u64> {
    Ok(filtered(viewer, filter)?.count(conn).await?)
}

/// Those of `ids` that the viewer may see.
pub async fn by_ids(conn: &impl Conn, viewer: &Viewer, ids: &[TechnologyId]) -> Result<Vec<TechnologyView>> {
    let rows = seen(viewer).filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(view).collect())
}

/// The mutations of this slice that would be accepted from the viewer on a technology now.
pub fn actions(viewer: &Viewer, view: &TechnologyView) -> Vec<&'static str> {
    let may = policy::may_admit(viewer, &view.facts).is_ok();
    may.then_some("admitTechnology").into_iter().collect()
}

/// `access::library::may_see`, in SQL.
pub(crate) fn seen(viewer: &Viewer) -> Select<Entity> {
    match policy::sees(viewer) {
        Seen::All => Entity::find(),
        Seen::Admitted { by, own } => {
            let any = Condition::any()
                .add(Column::AdmittedAt.is_not_null())
                .add_option(by.map(|by| Column::NominatedBy.eq(by)))
                .add_option(own.map(|own| Column::LeadId.eq(own)))
                .add_option(own.map(|own| Column::NominatedFor.eq(own)));
            Entity::find().filter(any)
        }
    }
}

fn filtered(viewer: &Viewer, filter: &TechnologyFilter) -> Result<Select<Entity>> {
    let mut select = seen(viewer);
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        if text.chars().count() > 100 {
            return Err(Error::invalid("filter.text", FaultCode::TooLong));
        }
        let text = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let name = Expr::expr(Func::lower(Expr::col((Entity, Column::Name))));
        let field = Expr::expr(Func::lower(Expr::col((Entity, Column::Field))));
        select = select.filter(
            Condition::any()
                .add(name.like(LikeExpr::new(format!("%{text}%")).escape('\\')))
                .add(field.like(LikeExpr::new(format!("{text}%")).escape('\\'))),
        );
    }
    if let Some(statuses) = &filter.statuses {
        select = select.filter(Column::Status.is_in(statuses.iter().copied()));
    }
    Ok(select)
}

fn view(row: Model) -> TechnologyView {
    TechnologyView {
        facts: store::facts(&row),
        id: row.id,
        name: row.name,
        field: row.field,
        principle: row.principle,
        replaces: row.replaces,
        lead: row.lead_id,
        readiness_level: row.readiness_level,
        status: row.status,
        nominated_at: row.nominated_at,
        admitted_at: row.admitted_at,
        opinion: row.opinion,
    }
}
