//! Reading what is kept about organizations: the viewer first.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::model::{case, qualification, tie};
use crate::access::Viewer;
use crate::access::eligibility as policy;
use crate::base::id::{IntegrityCaseId, Kind, OrganizationId, QualificationId, TieId};
use crate::base::words::TieKind;
use crate::base::{Cursor, Error, Instant, Page, PageRequest, Result};
use crate::db::{Conn, Direction, Keyset, per_parent};

/// A dated qualification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualificationView {
    pub kind: String,
    pub certificate_no: Option<String>,
    pub valid_from: NaiveDate,
    /// The last day; none: until further notice.
    pub valid_to: Option<NaiveDate>,
}

/// A qualification as it was stated.
#[derive(Clone, Debug)]
pub struct StatedView {
    pub id: QualificationId,
    pub organization: OrganizationId,
    pub kind: String,
    pub certificate_no: Option<String>,
    pub issued_by: Option<String>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub evidence: Option<String>,
    pub verified_at: Option<Instant>,
    /// When and why it came to count no more.
    pub ended_at: Option<Instant>,
    pub ended_because: Option<String>,
}

/// An integrity case, as it is shown.
#[derive(Clone, Debug)]
pub struct CaseView {
    pub id: IntegrityCaseId,
    pub organization: OrganizationId,
    pub violation: String,
    pub basis: String,
    pub ban_from: Instant,
    pub ban_to: Instant,
    pub recorded_at: Instant,
    pub exempted_at: Option<Instant>,
    pub exemption_grounds: Option<String>,
}

/// A tie, as it is shown.
#[derive(Clone, Debug)]
pub struct TieView {
    pub id: TieId,
    pub first: OrganizationId,
    pub second: OrganizationId,
    pub kind: TieKind,
    pub basis: String,
    pub recorded_at: Instant,
    pub ended_at: Option<Instant>,
}

/// The qualifications of organizations that an organizer has verified, oldest first.
pub async fn verified(
    conn: &impl Conn,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Vec<QualificationView>>> {
    let rows = qualification::Entity::find()
        .filter(qualification::Column::OrganizationId.is_in(ids.iter().copied()))
        .filter(qualification::Column::VerifiedAt.is_not_null())
        .filter(qualification::Column::EndedAt.is_null())
        .order_by_asc(qualification::Column::ValidFrom)
        .order_by_asc(qualification::Column::Id)
        .all(conn)
        .await?;
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        found.entry(row.organization_id).or_default().push(QualificationView {
            valid_from: day(&row.valid_from)?,
            valid_to: row.valid_to.as_deref().map(day).transpose()?,
            kind: row.kind,
            certificate_no: row.certificate_no,
        });
    }
    Ok(found)
}

fn day(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|fault: chrono::ParseError| Error::Internal(fault.into()))
}

/// One page of the qualifications that each of these organizations has stated, oldest first; of those whose files the viewer sees.
pub async fn stated(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[OrganizationId],
    request: &PageRequest,
) -> Result<HashMap<OrganizationId, Page<StatedView>>> {
    use qualification::{Column, Entity, Model};
    let mut select = Entity::find().filter(Column::OrganizationId.is_in(seen_files(viewer, ids)));
    let keyset = Keyset::by_id("stated_qualifications", (Entity, Column::Id), Direction::Ascending);
    let of = (Entity, Column::OrganizationId);
    let statement = per_parent(conn, QueryTrait::query(&mut select), of, &keyset, request)?;
    let mut pages: HashMap<OrganizationId, Vec<StatedView>> = HashMap::new();
    for row in Model::find_by_statement(statement).all(conn).await? {
        pages.entry(row.organization_id).or_default().push(stated_view(row)?);
    }
    Ok(pages
        .into_iter()
        .map(|(id, rows)| (id, keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid()))))
        .collect())
}

fn seen_files<'a>(viewer: &'a Viewer, ids: &'a [OrganizationId]) -> impl Iterator<Item = OrganizationId> + 'a {
    ids.iter().copied().filter(|id| policy::sees_file(viewer, *id))
}

/// One page of the qualifications that wait to be looked at, oldest first; for whoever keeps the files.
pub async fn waiting(conn: &impl Conn, viewer: &Viewer, request: &PageRequest) -> Result<Page<StatedView>> {
    use qualification::{Column, Entity};
    let Some(mut select) = seen_waiting(viewer) else { return Ok(Page::empty()) };
    let keyset = Keyset::by_id("waiting_qualifications", (Entity, Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let views = select.all(conn).await?.into_iter().map(stated_view).collect::<Result<Vec<_>>>()?;
    Ok(keyset.cut(views, request, |view: &StatedView| Cursor::by_id(view.id.uuid())))
}

/// How many wait.
pub async fn waiting_count(conn: &impl Conn, viewer: &Viewer) -> Result<u64> {
    match seen_waiting(viewer) {
        Some(select) => Ok(select.count(conn).await?),
        None => Ok(0),
    }
}

fn seen_waiting(viewer: &Viewer) -> Option<Select<qualification::Entity>> {
    use qualification::{Column, Entity};
    let waiting = || Entity::find().filter(Column::VerifiedAt.is_null()).filter(Column::EndedAt.is_null());
    policy::keeps_files(viewer).then(waiting)
}

/// One stated qualification, if the viewer sees the file that it is in.
pub async fn stated_by_id(conn: &impl Conn, viewer: &Viewer, id: QualificationId) -> Result<Option<StatedView>> {
    let row = qualification::Entity::find_by_id(id).one(conn).await?;
    row.filter(|row| policy::sees_file(viewer, row.organization_id)).map(stated_view).transpose()
}

fn stated_view(row: qualification::Model) -> Result<StatedView> {
    Ok(StatedView {
        valid_from: day(&row.valid_from)?,
        valid_to: row.valid_to.as_deref().map(day).transpose()?,
        id: row.id,
        organization: row.organization_id,
        kind: row.kind,
        certificate_no: row.certificate_no,
        issued_by: row.issued_by,
        evidence: row.evidence,
        verified_at: row.verified_at,
        ended_at: row.ended_at,
        ended_because: row.ended_because,
    })
}

/// One page of the integrity cases of each of these organizations, oldest first; of those whose files the viewer sees.
pub async fn cases(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[OrganizationId],
    request: &PageRequest,
) -> Result<HashMap<OrganizationId, Page<CaseView>>> {
    use case::{Column, Entity, Model};
    let mut select = Entity::find().filter(Column::OrganizationId.is_in(seen_files(viewer, ids)));
    let keyset = Keyset::by_id("integrity_cases", (Entity, Column::Id), Direction::Ascending);
    let of = (Entity, Column::OrganizationId);
    let statement = per_parent(conn, QueryTrait::query(&mut select), of, &keyset, request)?;
    let mut pages: HashMap<OrganizationId, Vec<CaseView>> = HashMap::new();
    for row in Model::find_by_statement(statement).all(conn).await? {
        pages.entry(row.organization_id).or_default().push(case_view(row));
    }
    Ok(pages
        .into_iter()
        .map(|(id, rows)| (id, keyset.cut(rows, request, |row| Cursor::by_id(row.id.uuid()))))
        .collect())
}

/// One case, if the viewer sees the file that it is in.
pub async fn case_by_id(conn: &impl Conn, viewer: &Viewer, id: IntegrityCaseId) -> Result<Option<CaseView>> {
    let row = case::Entity::find_by_id(id).one(conn).await?;
    Ok(row.filter(|row| policy::sees_file(viewer, row.organization_id)).map(case_view))
}

fn case_view(row: case::Model) -> CaseView {
    CaseView {
        id: row.id,
        organization: row.organization_id,
        violation: row.violation,
        basis: row.basis,
        ban_from: row.ban_from,
        ban_to: row.ban_to,
        recorded_at: row.recorded_at,
        exempted_at: row.exempted_at,
        exemption_grounds: row.exemption_grounds,
    }
}

/// The ties on the record, of one organization or of all, oldest first.
pub async fn ties(
    conn: &impl Conn,
    viewer: &Viewer,
    of: Option<OrganizationId>,
    request: &PageRequest,
) -> Result<Page<TieView>> {
    let Some(mut select) = seen_ties(viewer, of) else { return Ok(Page::empty()) };
    let keyset = Keyset::by_id("ties", (tie::Entity, tie::Column::Id), Direction::Ascending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let views = select.all(conn).await?.into_iter().map(tie_view).collect();
    Ok(keyset.cut(views, request, |view: &TieView| Cursor::by_id(view.id.uuid())))
}

/// How many ties there are on the record.
pub async fn tie_count(conn: &impl Conn, viewer: &Viewer, of: Option<OrganizationId>) -> Result<u64> {
    match seen_ties(viewer, of) {
        Some(select) => Ok(select.count(conn).await?),
        None => Ok(0),
    }
}

/// One tie, if the viewer sees ties.
pub async fn tie_by_id(conn: &impl Conn, viewer: &Viewer, id: TieId) -> Result<Option<TieView>> {
    if !policy::sees_ties(viewer) {
        return Ok(None);
    }
    Ok(tie::Entity::find_by_id(id).one(conn).await?.map(tie_view))
}

fn seen_ties(viewer: &Viewer, of: Option<OrganizationId>) -> Option<Select<tie::Entity>> {
    let select = policy::sees_ties(viewer).then(tie::Entity::find)?;
    Some(match of {
        Some(of) => select.filter(tie::Column::FirstId.eq(of).or(tie::Column::SecondId.eq(of))),
        None => select,
    })
}

fn tie_view(row: tie::Model) -> TieView {
    TieView {
        id: row.id,
        first: row.first_id,
        second: row.second_id,
        kind: row.kind,
        basis: row.basis,
        recorded_at: row.recorded_at,
        ended_at: row.ended_at,
    }
}

/// How many qualifications each of these organizations has, whose files the viewer sees.
pub async fn stated_counts(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, u64>> {
    use qualification::{Column, Entity};
    let rows: Vec<(OrganizationId, i64)> = Entity::find()
        .select_only()
        .column(Column::OrganizationId)
        .column_as(Column::Id.count(), "count")
        .filter(Column::OrganizationId.is_in(seen_files(viewer, ids)))
        .group_by(Column::OrganizationId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}

/// How many integrity cases each of these organizations has, whose files the viewer sees.
pub async fn case_counts(
    conn: &impl Conn,
    viewer: &Viewer,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, u64>> {
    use case::{Column, Entity};
    let rows: Vec<(OrganizationId, i64)> = Entity::find()
        .select_only()
        .column(Column::OrganizationId)
        .column_as(Column::Id.count(), "count")
        .filter(Column::OrganizationId.is_in(seen_files(viewer, ids)))
        .group_by(Column::OrganizationId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id, count.unsigned_abs())).collect())
}
