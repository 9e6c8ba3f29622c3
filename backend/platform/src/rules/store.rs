//! Writing rule sets, and the one in force.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::load::RuleFile;
use super::model::{self, frozen};
use super::{Numbers, Resolved};
use crate::access::rules::{MayReviseRules, Revision};
use crate::base::id::{ChallengeId, Kind, RuleSetId};
use crate::base::{Error, Instant, Result};
use crate::db::{Conn, Txn};

/// The rule set that challenges published now are run by.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub id: RuleSetId,
    pub version: i32,
    pub numbers: Numbers,
    /// What policy asks of it.
    pub revision: Revision,
}

/// The rule set that challenges are run by.
pub(super) const DEFAULT: &str = "default";

/// The latest version of `default`. `Unavailable` where the operator has loaded none.
pub(crate) async fn current(conn: &impl Conn) -> Result<Current> {
    let row = model::Entity::find()
        .filter(model::Column::Name.eq(DEFAULT))
        .order_by_desc(model::Column::Version)
        .one(conn)
        .await?;
    let row = row.ok_or_else(|| {
        Error::Unavailable("no rule set \"default\" is loaded: the operator loads one (`jiebang seed`)".into())
    })?;
    let revision = Revision { version: row.version, by: row.revised_by };
    Ok(Current { id: row.id, version: row.version, numbers: row.numbers, revision })
}

/// Gives a challenge its own copy, once and for all. The id is the copy's.
pub(crate) async fn freeze(
    txn: &Txn,
    challenge: ChallengeId,
    current: &Current,
    resolved: Resolved,
) -> Result<RuleSetId> {
    let id = RuleSetId::new();
    let row = frozen::ActiveModel {
        id: Set(id),
        challenge_id: Set(challenge),
        rule_set_id: Set(current.id),
        version: Set(current.version),
        numbers: Set(resolved),
    };
    frozen::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

pub(super) async fn latest_version(txn: &Txn, name: &str) -> Result<Option<i32>> {
    let latest = model::Entity::find()
        .select_only()
        .column_as(model::Column::Version.max(), "latest")
        .filter(model::Column::Name.eq(name))
        .into_tuple::<Option<i32>>()
        .one(txn)
        .await?;
    Ok(latest.flatten())
}

pub(super) async fn insert(txn: &Txn, file: &RuleFile, by: Option<MayReviseRules>, at: Instant) -> Result<RuleSetId> {
    let id = RuleSetId::new();
    let row = model::ActiveModel {
        id: Set(id),
        name: Set(file.name.clone()),
        version: Set(file.version),
        numbers: Set(file.numbers.clone()),
        created_at: Set(at),
        revised_by: Set(by.map(|proof| proof.by())),
    };
    model::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}
