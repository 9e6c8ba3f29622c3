//! Writing capabilities. Every write takes its proof.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use super::content::Checked;
use super::model::{self, ActiveModel, Column, Entity, Model, domain, word};
use crate::access::capabilities::{CapabilityFacts, MayAdd, MayKeep};
use crate::base::id::{CapabilityId, Kind, OrganizationId};
use crate::base::words::Verification;
use crate::base::{Error, Instant, Result};
use crate::db::Txn;
use crate::organizations::model as organization;

/// Locks a capability's row and reads it, with what policy asks of it.
pub(super) async fn locked(txn: &Txn, id: CapabilityId) -> Result<(Model, CapabilityFacts)> {
    let row = Entity::find_by_id(id).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)?;
    let owner = organization::Entity::find_by_id(row.organization_id).one(txn).await?;
    let verified = owner.is_some_and(|owner| owner.verification == Verification::Verified);
    let facts = CapabilityFacts { id, organization: row.organization_id, verified, version: row.version };
    Ok((row, facts))
}

/// How many capabilities an organization has; nobody adds one meanwhile.
pub(super) async fn count(txn: &Txn, organization: OrganizationId) -> Result<u64> {
    organization::Entity::find_by_id(organization).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)?;
    Ok(Entity::find().filter(Column::OrganizationId.eq(organization)).count(txn).await?)
}

pub(super) async fn add(txn: &Txn, proof: MayAdd, content: &Checked, now: Instant) -> Result<CapabilityId> {
    let id = CapabilityId::new();
    let row = ActiveModel {
        id: Set(id),
        organization_id: Set(proof.organization()),
        title: Set(content.title.clone().unwrap_or_default()),
        description: Set(content.description.clone().unwrap_or_default()),
        version: Set(1),
        created_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    replace_lists(txn, id, proof.organization(), content).await?;
    Ok(id)
}

pub(super) async fn revise(txn: &Txn, proof: MayKeep, facts: &CapabilityFacts, content: &Checked) -> Result<()> {
    let id = proof.capability();
    let mut row = ActiveModel { id: Set(id), version: Set(facts.version() + 1), ..Default::default() };
    if let Some(title) = &content.title {
        row.title = Set(title.clone());
    }
    if let Some(description) = &content.description {
        row.description = Set(description.clone());
    }
    row.update(txn).await?;
    replace_lists(txn, id, facts.organization(), content).await
}

pub(super) async fn remove(txn: &Txn, proof: MayKeep) -> Result<()> {
    let id = proof.capability();
    domain::Entity::delete_many().filter(domain::Column::CapabilityId.eq(id)).exec(txn).await?;
    word::Entity::delete_many().filter(word::Column::CapabilityId.eq(id)).exec(txn).await?;
    Entity::delete_by_id(id).exec(txn).await?;
    Ok(())
}

/// Replaces the lists that are given, each whole.
async fn replace_lists(txn: &Txn, id: CapabilityId, owner: OrganizationId, content: &Checked) -> Result<()> {
    if let Some(domains) = &content.domains {
        domain::Entity::delete_many().filter(domain::Column::CapabilityId.eq(id)).exec(txn).await?;
        let rows = domains.iter().map(|given| model::domain::ActiveModel {
            capability_id: Set(id),
            domain: Set(given.word().to_owned()),
            organization_id: Set(owner),
        });
        domain::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    if let Some(words) = &content.words {
        word::Entity::delete_many().filter(word::Column::CapabilityId.eq(id)).exec(txn).await?;
        let rows = words.iter().map(|given| model::word::ActiveModel {
            capability_id: Set(id),
            word: Set(given.clone()),
            organization_id: Set(owner),
        });
        word::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}
