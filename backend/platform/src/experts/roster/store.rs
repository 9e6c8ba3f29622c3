//! Writing the roster. Every write takes its proof. The facts that policy asks for are made here alone.

use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use super::content::Checked;
use super::model::{ActiveModel, Column, Entity, Model, field, relation};
use crate::access::experts::{
    ExpertFacts, JudgeFacts, MayConfirm, MayConfirmRelation, MayEndRelation, MayRelate, MayState, RelationFacts,
    Relations,
};
use crate::accounts::model::user;
use crate::base::clock::china_day;
use crate::base::form::name_form;
use crate::base::id::{ExpertId, ExpertRelationId, Kind, OrganizationId, UserId};
use crate::base::words::{JudgeKind, RelationKind};
use crate::base::{Instant, Result};
use crate::db::{Conn, Txn};
use crate::organizations::read as organizations;

/// Somebody who judges, locked; nobody else is there for this.
pub(super) async fn judge(txn: &Txn, id: UserId) -> Result<Option<JudgeFacts>> {
    let judge = user::Entity::find_by_id(id).filter(user::Column::JudgeKind.is_not_null());
    if judge.lock_exclusive().one(txn).await?.is_none() {
        return Ok(None);
    }
    let row = Entity::find().filter(Column::UserId.eq(id)).one(txn).await?;
    Ok(Some(judge_facts(id, row.as_ref())))
}

/// What policy asks of somebody who judges.
pub(super) fn judge_facts(user: UserId, row: Option<&Model>) -> JudgeFacts {
    JudgeFacts { user, expert: row.map(facts) }
}

/// What policy asks of an expert.
pub(super) fn facts(row: &Model) -> ExpertFacts {
    ExpertFacts {
        id: row.id,
        user: row.user_id,
        version: row.version,
        stated_by: row.stated_by,
        confirmed: row.confirmed_at.is_some(),
    }
}

/// An expert, locked.
pub(super) async fn expert(txn: &Txn, id: ExpertId) -> Result<Option<ExpertFacts>> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(txn).await?.as_ref().map(facts))
}

/// How many relations are kept of an expert: those that count, and all.
pub(super) async fn count_relations(conn: &impl Conn, id: ExpertId) -> Result<Relations> {
    let all = || relation::Entity::find().filter(relation::Column::ExpertId.eq(id));
    let confirmed = all().filter(relation::Column::ConfirmedBy.is_not_null()).count(conn).await?;
    Ok(Relations { confirmed, all: all().count(conn).await? })
}

/// A relation, locked.
pub(super) async fn relation(txn: &Txn, id: ExpertRelationId) -> Result<Option<RelationFacts>> {
    let found = relation::Entity::find_by_id(id).lock_exclusive().one(txn).await?;
    let Some(row) = found else { return Ok(None) };
    let owner = Entity::find_by_id(row.expert_id).one(txn).await?;
    Ok(owner.map(|owner| relation_facts(&row, owner.user_id)))
}

/// What policy asks of a relation of this person.
pub(super) fn relation_facts(row: &relation::Model, user: UserId) -> RelationFacts {
    RelationFacts {
        id: row.id,
        expert: row.expert_id,
        user,
        kind: row.kind,
        recorded_by: row.recorded_by,
        confirmed: row.confirmed_by.is_some(),
        ended: row.ended_by.is_some(),
    }
}

/// What was stated, as far as its confirmation asks.
pub(super) struct Stated {
    pub(super) user: UserId,
    pub(super) kind: Option<JudgeKind>,
    pub(super) years: i32,
    pub(super) phone: String,
    pub(super) version: i32,
}

pub(super) async fn stated(conn: &impl Conn, id: ExpertId) -> Result<Option<Stated>> {
    let Some(row) = Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    let person = user::Entity::find_by_id(row.user_id).one(conn).await?;
    let kind = person.and_then(|person| person.judge_kind);
    Ok(Some(Stated { user: row.user_id, kind, years: row.years, phone: row.phone, version: row.version }))
}

/// The name of an organization that is registered here.
pub(super) async fn organization_name(txn: &Txn, id: OrganizationId) -> Result<Option<String>> {
    Ok(organizations::named(txn, &[id]).await?.pop().map(|found| found.name))
}

pub(super) async fn state(txn: &Txn, proof: &MayState, content: &Checked, now: Instant) -> Result<ExpertId> {
    let id = match proof.expert() {
        Some(before) => {
            let mut row =
                ActiveModel { id: Set(before.id()), version: Set(before.version() + 1), ..Default::default() };
            if let Some(title) = &content.title {
                row.title = Set(title.clone());
            }
            if let Some(years) = content.years {
                row.years = Set(years);
            }
            if let Some(phone) = &content.phone {
                row.phone = Set(phone.clone());
            }
            if let Some(until) = content.unavailable_until {
                row.unavailable_until = Set(until.map(|day| day.to_string()));
            }
            if content.touches_confirmation() {
                row.stated_by = Set(proof.by());
                row.stated_at = Set(now);
                row.confirmed_at = Set(None);
                row.confirmed_by = Set(None);
            }
            row.update(txn).await?;
            before.id()
        }
        None => {
            let id = ExpertId::new();
            let row = ActiveModel {
                id: Set(id),
                user_id: Set(proof.user()),
                title: Set(content.title.clone().unwrap_or_default()),
                years: Set(content.years.unwrap_or_default()),
                phone: Set(content.phone.clone().unwrap_or_default()),
                unavailable_until: Set(content.unavailable_until.flatten().map(|day| day.to_string())),
                version: Set(1),
                joined_at: Set(now),
                stated_by: Set(proof.by()),
                stated_at: Set(now),
                confirmed_at: Set(None),
                confirmed_by: Set(None),
            };
            Entity::insert(row).exec_without_returning(txn).await?;
            id
        }
    };
    if let Some(fields) = &content.fields {
        field::Entity::delete_many().filter(field::Column::ExpertId.eq(id)).exec(txn).await?;
        let rows = fields
            .iter()
            .map(|domain| field::ActiveModel { expert_id: Set(id), domain: Set(domain.word().to_owned()) });
        field::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(id)
}

pub(super) async fn confirm(txn: &Txn, proof: &MayConfirm, now: Instant) -> Result<()> {
    let (confirmed_at, confirmed_by) = (Set(Some(now)), Set(Some(proof.by())));
    ActiveModel { id: Set(proof.expert()), confirmed_at, confirmed_by, ..Default::default() }.update(txn).await?;
    Ok(())
}

/// A relation, well formed.
pub(super) struct NewRelation {
    pub(super) kind: RelationKind,
    pub(super) organization: Option<OrganizationId>,
    pub(super) name: String,
    pub(super) from: NaiveDate,
    pub(super) until: Option<NaiveDate>,
    pub(super) note: Option<String>,
    pub(super) at: Instant,
}

pub(super) async fn relate(txn: &Txn, proof: &MayRelate, new: NewRelation) -> Result<ExpertRelationId> {
    let id = ExpertRelationId::new();
    let row = relation::ActiveModel {
        id: Set(id),
        expert_id: Set(proof.expert()),
        kind: Set(new.kind),
        organization_id: Set(new.organization),
        name_form: Set(name_form(&new.name)),
        name: Set(new.name),
        from_day: Set(new.from.to_string()),
        to_day: Set(new.until.map(|day| day.to_string())),
        note: Set(new.note),
        recorded_by: Set(proof.by()),
        recorded_at: Set(new.at),
        confirmed_by: Set(Some(proof.by()).filter(|by| *by == proof.user())),
        ended_by: Set(None),
        ended_because: Set(None),
    };
    relation::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

pub(super) async fn confirm_relation(txn: &Txn, proof: &MayConfirmRelation) -> Result<()> {
    let (id, confirmed_by) = (Set(proof.relation()), Set(Some(proof.by())));
    relation::ActiveModel { id, confirmed_by, ..Default::default() }.update(txn).await?;
    Ok(())
}

/// The first day, `YYYY-MM-DD`, on which a relation can have ended, as far as it is on record.
pub(super) async fn ended_no_sooner_than(conn: &impl Conn, id: ExpertRelationId, today: NaiveDate) -> Result<String> {
    let Some(row) = relation::Entity::find_by_id(id).one(conn).await? else { return Ok(today.to_string()) };
    let ended = row.to_day.filter(|day| *day <= today.to_string());
    Ok(ended.unwrap_or_else(|| china_day(row.recorded_at).to_string().max(row.from_day).min(today.to_string())))
}

pub(super) async fn end_relation(txn: &Txn, proof: &MayEndRelation, until: NaiveDate, why: String) -> Result<()> {
    let row = relation::ActiveModel {
        id: Set(proof.relation()),
        to_day: Set(Some(until.to_string())),
        ended_by: Set(Some(proof.by())),
        ended_because: Set(Some(why)),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}
