//! Writing technologies. Every write takes its proof.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QuerySelect};

use super::lifecycle;
use super::model::{ActiveModel, Entity, Model};
use crate::access::library::{MayAdmit, MayNominate, TechnologyFacts};
use crate::base::id::{Kind, OrganizationId, TechnologyId};
use crate::base::words::TechnologyStatus;
use crate::base::{Error, Instant, Result};
use crate::db::Txn;

/// What policy asks of a technology.
pub(super) fn facts(row: &Model) -> TechnologyFacts {
    TechnologyFacts {
        id: row.id,
        status: row.status,
        next: lifecycle::next,
        lead: row.lead_id,
        nominator: row.nominated_by,
        nominated_for: row.nominated_for,
        admitted: row.admitted_at.is_some(),
    }
}

/// Locks a technology's row and reads it.
pub(super) async fn locked(txn: &Txn, id: TechnologyId) -> Result<Model> {
    Entity::find_by_id(id).lock_exclusive().one(txn).await?.ok_or(Error::Hidden)
}

/// What is put forward.
pub(super) struct NewTechnology {
    pub(super) name: String,
    pub(super) field: String,
    pub(super) principle: String,
    pub(super) replaces: String,
    pub(super) lead: OrganizationId,
    pub(super) readiness_level: i32,
    pub(super) at: Instant,
}

pub(super) async fn nominate(txn: &Txn, proof: MayNominate, new: NewTechnology) -> Result<TechnologyId> {
    let id = TechnologyId::new();
    let row = ActiveModel {
        id: Set(id),
        name: Set(new.name),
        field: Set(new.field),
        principle: Set(new.principle),
        replaces: Set(new.replaces),
        lead_id: Set(new.lead),
        readiness_level: Set(new.readiness_level),
        status: Set(TechnologyStatus::Nominated),
        nominated_by: Set(proof.by()),
        nominated_for: Set(proof.own()),
        nominated_at: Set(new.at),
        admitted_by: Set(None),
        admitted_at: Set(None),
        opinion: Set(None),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

pub(super) async fn admit(txn: &Txn, proof: MayAdmit, opinion: String, now: Instant) -> Result<()> {
    let row = ActiveModel {
        id: Set(proof.technology()),
        status: Set(proof.to()),
        admitted_by: Set(Some(proof.by())),
        admitted_at: Set(Some(now)),
        opinion: Set(Some(opinion)),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(())
}
