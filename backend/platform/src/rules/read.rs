//! Reading what challenges are run by. A copy is frozen at publication: whoever sees the challenge sees it.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::Resolved;
use super::model::frozen;
use crate::base::Result;
use crate::base::id::{ChallengeId, RuleSetId};
use crate::db::Conn;

/// A challenge's own copy of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenRules {
    /// The copy.
    pub id: RuleSetId,
    /// Whose it is.
    pub challenge: ChallengeId,
    /// The version of the rule set that it was made from.
    pub version: i32,
    /// The numbers.
    pub resolved: Resolved,
}

/// The copies of these challenges; none where nothing has been published.
pub async fn of_challenges(
    conn: &impl Conn,
    challenges: impl IntoIterator<Item = ChallengeId>,
) -> Result<HashMap<ChallengeId, FrozenRules>> {
    let rows = frozen::Entity::find().filter(frozen::Column::ChallengeId.is_in(challenges)).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.challenge_id, row.into())).collect())
}

/// The copy of one challenge.
pub async fn of_challenge(conn: &impl Conn, challenge: ChallengeId) -> Result<Option<FrozenRules>> {
    Ok(of_challenges(conn, [challenge]).await?.remove(&challenge))
}

/// One copy.
pub async fn by_id(conn: &impl Conn, id: RuleSetId) -> Result<Option<FrozenRules>> {
    Ok(frozen::Entity::find_by_id(id).one(conn).await?.map(FrozenRules::from))
}

impl From<frozen::Model> for FrozenRules {
    fn from(row: frozen::Model) -> Self {
        Self { id: row.id, challenge: row.challenge_id, version: row.version, resolved: row.numbers }
    }
}
