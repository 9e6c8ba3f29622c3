//! Writing what is kept about organizations. Every write takes its proof.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, JoinType, Query, UnionType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QuerySelect,
};

use super::model::{case, qualification, tie};
use crate::access::eligibility::{
    CaseFacts, MayEndQualification, MayEndTie, MayExempt, MayQualify, MayRecordCase, MayRecordTie, MayVerify,
    QualificationFacts, TieFacts,
};
use crate::base::id::{IntegrityCaseId, Kind, OrganizationId, QualificationId, TieId};
use crate::base::words::{QualificationKind, TieKind, Verification};
use crate::base::{Instant, Result};
use crate::db::{Conn, Txn};
use crate::organizations::model::{self as organization, Entity as Organizations};
use crate::organizations::read as organizations;

/// Whether there is such an organization.
pub(super) async fn is_known(txn: &Txn, id: OrganizationId) -> Result<bool> {
    Ok(!organizations::named(txn, &[id]).await?.is_empty())
}

pub(super) async fn count_qualifications(txn: &Txn, of: OrganizationId) -> Result<u64> {
    Ok(qualification::Entity::find()
        .filter(qualification::Column::OrganizationId.eq(of))
        .filter(qualification::Column::EndedAt.is_null())
        .count(txn)
        .await?)
}

/// A qualification, well formed.
pub(super) struct NewQualification {
    pub(super) kind: QualificationKind,
    pub(super) certificate_no: String,
    pub(super) issued_by: String,
    pub(super) valid_from: NaiveDate,
    pub(super) valid_to: Option<NaiveDate>,
    pub(super) evidence: String,
}

pub(super) async fn qualify(txn: &Txn, proof: MayQualify, new: NewQualification) -> Result<QualificationId> {
    let id = QualificationId::new();
    let row = qualification::ActiveModel {
        id: Set(id),
        organization_id: Set(proof.organization()),
        kind: Set(new.kind.word().to_owned()),
        certificate_no: Set(Some(new.certificate_no)),
        valid_from: Set(new.valid_from.to_string()),
        valid_to: Set(new.valid_to.map(|day| day.to_string())),
        issued_by: Set(Some(new.issued_by)),
        evidence: Set(Some(new.evidence)),
        verified_at: Set(None),
        verified_by: Set(None),
        ended_at: Set(None),
        ended_because: Set(None),
    };
    qualification::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

/// A stated qualification, locked.
pub(super) async fn qualification(txn: &Txn, id: QualificationId) -> Result<Option<QualificationFacts>> {
    let row = qualification::Entity::find_by_id(id).lock_exclusive().one(txn).await?;
    Ok(row.map(|row| QualificationFacts {
        organization: row.organization_id,
        verified: row.verified_at.is_some(),
        verified_by: row.verified_by,
        ended: row.ended_at.is_some(),
    }))
}

pub(super) async fn verify(txn: &Txn, proof: MayVerify, id: QualificationId, at: Instant) -> Result<()> {
    let (verified_at, verified_by) = (Set(Some(at)), Set(Some(proof.by())));
    qualification::ActiveModel { id: Set(id), verified_at, verified_by, ..Default::default() }.update(txn).await?;
    Ok(())
}

pub(super) async fn end_qualification(
    txn: &Txn,
    _: MayEndQualification,
    id: QualificationId,
    reason: String,
    at: Instant,
) -> Result<()> {
    let (ended_at, ended_because) = (Set(Some(at)), Set(Some(reason)));
    qualification::ActiveModel { id: Set(id), ended_at, ended_because, ..Default::default() }.update(txn).await?;
    Ok(())
}

/// A case, well formed.
pub(super) struct NewCase {
    pub(super) organization: OrganizationId,
    pub(super) violation: String,
    pub(super) basis: String,
    pub(super) ban_from: Instant,
    pub(super) ban_to: Instant,
    pub(super) at: Instant,
}

pub(super) async fn record_case(txn: &Txn, proof: MayRecordCase, new: NewCase) -> Result<IntegrityCaseId> {
    let id = IntegrityCaseId::new();
    let row = case::ActiveModel {
        id: Set(id),
        organization_id: Set(new.organization),
        violation: Set(new.violation),
        basis: Set(new.basis),
        ban_from: Set(new.ban_from),
        ban_to: Set(new.ban_to),
        recorded_by: Set(proof.by()),
        recorded_at: Set(new.at),
        exempted_at: Set(None),
        exempted_by: Set(None),
        exemption_grounds: Set(None),
    };
    case::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

/// A case, locked.
pub(super) async fn case(txn: &Txn, id: IntegrityCaseId) -> Result<Option<CaseFacts>> {
    let row = case::Entity::find_by_id(id).lock_exclusive().one(txn).await?;
    Ok(row.map(|row| CaseFacts { id, recorded_by: row.recorded_by, exempted: row.exempted_at.is_some() }))
}

pub(super) async fn exempt(txn: &Txn, proof: MayExempt, grounds: String, at: Instant) -> Result<()> {
    let row = case::ActiveModel {
        id: Set(proof.case()),
        exempted_at: Set(Some(at)),
        exempted_by: Set(Some(proof.by())),
        exemption_grounds: Set(Some(grounds)),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}

/// A tie, well formed.
pub(super) struct NewTie {
    pub(super) first: OrganizationId,
    pub(super) second: OrganizationId,
    pub(super) kind: TieKind,
    pub(super) basis: String,
    pub(super) at: Instant,
}

pub(super) async fn record_tie(txn: &Txn, proof: MayRecordTie, new: NewTie) -> Result<TieId> {
    let id = TieId::new();
    let row = tie::ActiveModel {
        id: Set(id),
        first_id: Set(new.first),
        second_id: Set(new.second),
        kind: Set(new.kind),
        basis: Set(new.basis),
        recorded_by: Set(proof.by()),
        recorded_at: Set(new.at),
        ended_at: Set(None),
    };
    tie::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

/// A tie, locked.
pub(super) async fn tie(txn: &Txn, id: TieId) -> Result<Option<TieFacts>> {
    let row = tie::Entity::find_by_id(id).lock_exclusive().one(txn).await?;
    Ok(row.map(|row| TieFacts { id, recorded_by: row.recorded_by, ended: row.ended_at.is_some() }))
}

pub(super) async fn end_tie(txn: &Txn, proof: MayEndTie, at: Instant) -> Result<()> {
    tie::ActiveModel { id: Set(proof.tie()), ended_at: Set(Some(at)), ..Default::default() }.update(txn).await?;
    Ok(())
}

/// Those of these organizations that are barred now. An exempted case bars nobody.
pub(crate) async fn banned(conn: &impl Conn, ids: &[OrganizationId], now: Instant) -> Result<BTreeSet<OrganizationId>> {
    let theirs = case::Column::OrganizationId.is_in(ids.iter().copied());
    let cases = case::Entity::find().filter(theirs).filter(runs(now)).all(conn).await?;
    Ok(cases.into_iter().map(|row| row.organization_id).collect())
}

/// A ban runs now.
fn runs(now: Instant) -> Condition {
    Condition::all()
        .add(case::Column::ExemptedAt.is_null())
        .add(case::Column::BanFrom.lte(now))
        .add(case::Column::BanTo.gt(now))
}

/// What is on the record of an organization that wants to bid.
#[derive(Debug, FromQueryResult)]
pub(super) struct Record {
    pub(super) id: OrganizationId,
    pub(super) verification: Verification,
    pub(super) registered_in_zone: bool,
    /// Of the bans that run now, the last to end.
    pub(super) banned_until: Option<Instant>,
    /// One of those who demand something that it is tied to; another row for each more.
    pub(super) tied_to: Option<OrganizationId>,
}

/// These organizations' records, of those that there are. One statement, since who hands in waits for it under the lock.
pub(super) async fn records(
    conn: &impl Conn,
    ids: &BTreeSet<OrganizationId>,
    demanders: &BTreeSet<OrganizationId>,
    now: Instant,
) -> Result<Vec<Record>> {
    use organization::Column::{Id, RegisteredInZone, Verification};
    let here = || Expr::col((Organizations, Id));
    let banned = Query::select()
        .expr(case::Column::BanTo.max())
        .from(case::Entity)
        .and_where(Expr::col(case::Column::OrganizationId).eq(here()))
        .cond_where(runs(now))
        .take();
    // Either side may have been written first.
    let side = |one: tie::Column, other: tie::Column| {
        Query::select()
            .expr_as(Expr::col(one), "one")
            .expr_as(Expr::col(other), "other")
            .from(tie::Entity)
            .and_where(tie::Column::EndedAt.is_null())
            .and_where(one.is_in(ids.iter().copied()))
            .and_where(other.is_in(demanders.iter().copied()))
            .take()
    };
    let ties = side(tie::Column::FirstId, tie::Column::SecondId)
        .union(UnionType::All, side(tie::Column::SecondId, tie::Column::FirstId))
        .take();
    let select = Query::select()
        .columns([Id, Verification, RegisteredInZone].map(|column| (Organizations, column)))
        .expr_as(Expr::from(banned), "banned_until")
        .expr_as(Expr::col(("ties", "other")), "tied_to")
        .from(Organizations)
        .join_subquery(JoinType::LeftJoin, ties, "ties", Expr::col(("ties", "one")).equals((Organizations, Id)))
        .and_where(here().is_in(ids.iter().copied()))
        .take();
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok(Record::from_query_result(row, "")?)).collect()
}

/// Every organization that something ties to one of these now.
pub(crate) async fn tied_with(conn: &impl Conn, ids: &[OrganizationId]) -> Result<BTreeSet<OrganizationId>> {
    let here = |column: tie::Column| column.is_in(ids.iter().copied());
    let running = tie::Entity::find()
        .filter(tie::Column::EndedAt.is_null())
        .filter(here(tie::Column::FirstId).or(here(tie::Column::SecondId)));
    Ok(running.all(conn).await?.into_iter().flat_map(|row| [row.first_id, row.second_id]).collect())
}

/// What ties an organization of one list to one of the other, either way round.
pub(crate) async fn ties_among(
    conn: &impl Conn,
    ones: &[OrganizationId],
    others: &[OrganizationId],
) -> Result<Vec<(OrganizationId, OrganizationId)>> {
    let is_in = |column: tie::Column, ids: &[OrganizationId]| column.is_in(ids.iter().copied());
    let forth = is_in(tie::Column::FirstId, ones).and(is_in(tie::Column::SecondId, others));
    let back = is_in(tie::Column::FirstId, others).and(is_in(tie::Column::SecondId, ones));
    let running = tie::Entity::find().filter(tie::Column::EndedAt.is_null()).filter(forth.or(back));
    Ok(running.all(conn).await?.into_iter().map(|row| (row.first_id, row.second_id)).collect())
}

/// The verified qualifications of these organizations, and from which day to which they are valid.
pub(super) async fn qualified(conn: &impl Conn, of: &BTreeSet<OrganizationId>) -> Result<Vec<Qualified>> {
    let held = qualification::Entity::find()
        .filter(qualification::Column::OrganizationId.is_in(of.iter().copied()))
        .filter(qualification::Column::VerifiedAt.is_not_null())
        .filter(qualification::Column::EndedAt.is_null())
        .all(conn)
        .await?;
    let row = |row: qualification::Model| {
        Ok(Qualified {
            organization: row.organization_id,
            kind: row.kind.parse()?,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        })
    };
    held.into_iter().map(row).collect()
}

/// A verified qualification.
pub(super) struct Qualified {
    pub(super) organization: OrganizationId,
    pub(super) kind: QualificationKind,
    valid_from: String,
    valid_to: Option<String>,
}

impl Qualified {
    pub(super) fn on(&self, day: NaiveDate) -> bool {
        let day = day.to_string();
        self.valid_from <= day && self.valid_to.as_ref().is_none_or(|to| *to >= day)
    }
}
