//! Reading capabilities: whoever sees an organization sees its list.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::model::{Column, Entity, Model, domain, word};
use crate::access::Viewer;
use crate::access::capabilities as policy;
use crate::access::organizations::{Seen, sees};
use crate::base::error::FaultCode;
use crate::base::form::form;
use crate::base::id::{CapabilityId, Kind, OrganizationId};
use crate::base::words::{Domain, Verification};
use crate::base::{Cursor, Error, Page, PageRequest, Result, faults};
use crate::db::{Conn, Direction, Keyset, per_parent};
use crate::organizations::model as organization;

/// A capability, as it is shown.
#[derive(Clone, Debug)]
pub struct CapabilityView {
    pub id: CapabilityId,
    pub organization: OrganizationId,
    pub title: String,
    pub description: String,
    pub version: i32,
}

/// What is found by: its domains and its words.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    pub domains: Vec<Domain>,
    pub words: Vec<String>,
}

/// Narrows a list; what is not given does not narrow.
#[derive(Clone, Debug, Default)]
pub struct CapabilityFilter {
    pub domains: Option<Vec<Domain>>,
    /// Exactly this word, whatever its width and case.
    pub word: Option<String>,
    pub organization: Option<String>,
}

/// The capabilities that the viewer may see, oldest first.
pub async fn page(
    conn: &impl Conn,
    viewer: &Viewer,
    filter: &CapabilityFilter,
    request: &PageRequest,
) -> Result<Page<CapabilityView>> {
    let mut select = filtered(viewer, filter)?;
    let keyset = Keyset::by_id("capabilities", (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let rows = select.all(conn).await?;
    Ok(keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid())).map(view))
}

/// How many capabilities the viewer may see.
pub async fn count(conn: &impl Conn, viewer: &Viewer, filter: &CapabilityFilter) -> Result<u64> {
    Ok(filtered(viewer, filter)?.count(conn).await?)
}

/// Those of `ids` that the viewer may see.
pub async fn by_ids(conn: &impl Conn, viewer: &Viewer, ids: &[CapabilityId]) -> Result<Vec<CapabilityView>> {
    let rows = seen(viewer).filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(view).collect())
}

/// One page of the lists of each of these organizations, as far as the viewer may see them.
pub async fn of_organizations(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[OrganizationId],
    request: &PageRequest,
) -> Result<HashMap<OrganizationId, Page<CapabilityView>>> {
    let mut select = seen(viewer).filter(Column::OrganizationId.is_in(ids.iter().copied()));
    let keyset = Keyset::by_id("organization_capabilities", (Entity, Column::Id), Direction::Ascending);
    let parent = (Entity, Column::OrganizationId);
    let statement = per_parent(conn, QueryTrait::query(&mut select), parent, &keyset, request)?;
    let mut pages: HashMap<_, Vec<_>> = HashMap::new();
    for row in Model::find_by_statement(statement).all(conn).await? {
        pages.entry(row.organization_id).or_default().push(view(row));
    }
    let cursor = |row: &CapabilityView| Cursor::by_id(row.id.uuid());
    Ok(pages.into_iter().map(|(id, rows)| (id, keyset.cut(rows, request, cursor))).collect())
}

/// How many capabilities each of these organizations has, as far as the viewer may see them.
pub async fn counts(conn: &impl Conn, viewer: &Viewer, ids: &[OrganizationId]) -> Result<HashMap<OrganizationId, u64>> {
    let rows: Vec<(OrganizationId, i64)> = seen(viewer)
        .select_only()
        .column(Column::OrganizationId)
        .column_as(Column::Id.count(), "count")
        .filter(Column::OrganizationId.is_in(ids.iter().copied()))
        .group_by(Column::OrganizationId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// What these capabilities, which the viewer has been shown, are found by.
pub async fn tags(conn: &impl Conn, ids: &[CapabilityId]) -> Result<HashMap<CapabilityId, Tags>> {
    let mut found: HashMap<CapabilityId, Tags> = HashMap::new();
    let domains = domain::Entity::find()
        .filter(domain::Column::CapabilityId.is_in(ids.iter().copied()))
        .order_by_asc(domain::Column::Domain)
        .all(conn)
        .await?;
    for row in domains {
        let domain = row.word()?;
        found.entry(row.capability_id).or_default().domains.push(domain);
    }
    let words = word::Entity::find()
        .filter(word::Column::CapabilityId.is_in(ids.iter().copied()))
        .order_by_asc(word::Column::Word)
        .all(conn)
        .await?;
    for row in words {
        found.entry(row.capability_id).or_default().words.push(row.word);
    }
    // The engine's collation may be another than the bytes'.
    found.values_mut().for_each(|tags| {
        tags.domains.sort_unstable();
        tags.words.sort_unstable();
    });
    Ok(found)
}

/// The mutations of this slice that would be accepted from the viewer on a capability now.
pub fn actions(viewer: &Viewer, view: &CapabilityView) -> Vec<&'static str> {
    let own = policy::keeps(viewer).is_ok_and(|proof| proof.organization() == view.organization);
    if own { vec!["reviseCapability", "removeCapability"] } else { Vec::new() }
}

/// `access::organizations::may_see` of whose it is, in SQL.
fn seen(viewer: &Viewer) -> Select<Entity> {
    match sees(viewer) {
        Seen::All => Entity::find(),
        Seen::Verified(own) => {
            let owner = organization::Column::Verification.eq(Verification::Verified);
            let verified = Query::select()
                .column((organization::Entity, organization::Column::Id))
                .from(organization::Entity)
                .and_where(
                    Expr::col((organization::Entity, organization::Column::Id))
                        .equals((Entity, Column::OrganizationId)),
                )
                .and_where(owner)
                .take();
            let any = sea_orm::Condition::any().add(Expr::exists(verified));
            Entity::find().filter(any.add_option(own.map(|own| Column::OrganizationId.eq(own))))
        }
    }
}

fn filtered(viewer: &Viewer, filter: &CapabilityFilter) -> Result<Select<Entity>> {
    let mut select = seen(viewer);
    if let Some(domains) = &filter.domains {
        let such = Query::select()
            .column(domain::Column::CapabilityId)
            .from(domain::Entity)
            .and_where(domain::Column::Domain.is_in(domains.iter().map(|domain| domain.word())))
            .take();
        select = select.filter(Column::Id.in_subquery(such));
    }
    if let Some(word) = &filter.word {
        if word.chars().count() > 100 {
            return Err(Error::invalid("filter.word", FaultCode::TooLong));
        }
        let such = Query::select()
            .column(word::Column::CapabilityId)
            .from(word::Entity)
            .and_where(word::Column::Word.eq(form(word).replace('\0', "")))
            .take();
        select = select.filter(Column::Id.in_subquery(such));
    }
    if let Some(organization) = &filter.organization {
        let organization: OrganizationId = faults::id("filter.organization", organization)?;
        select = select.filter(Column::OrganizationId.eq(organization));
    }
    Ok(select)
}

fn view(row: Model) -> CapabilityView {
    CapabilityView {
        id: row.id,
        organization: row.organization_id,
        title: row.title,
        description: row.description,
        version: row.version,
    }
}
