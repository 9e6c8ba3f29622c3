//! Reading what challenges are run by. A copy is frozen at publication: whoever sees the challenge sees it.

use std::collections::HashMap;

use anyhow::Context;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryTrait};

use super::model::{Column, Entity, Model, frozen};
use super::store::{self, DEFAULT};
use super::{Numbers, Resolved};
use crate::access::rules::Revision;
use crate::base::id::{ChallengeId, Kind, RuleSetId};
use crate::base::{Cursor, Error, Instant, Page, PageRequest, Result};
use crate::db::{Conn, Direction, Keyset, Leading};

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

/// The copy of a challenge that has been published; that there is none is a fault of the platform.
pub async fn of_challenge(conn: &impl Conn, challenge: ChallengeId) -> Result<FrozenRules> {
    let mut rules = of_challenges(conn, [challenge]).await?;
    Ok(rules.remove(&challenge).with_context(|| format!("{challenge} has no rules"))?)
}

/// The numbers of a version.
pub(crate) async fn numbers(conn: &impl Conn, version: i32) -> Result<Numbers> {
    let row = Entity::find().filter(Column::Name.eq(DEFAULT)).filter(Column::Version.eq(version)).one(conn).await?;
    Ok(row.with_context(|| format!("there is no version {version} of the rules"))?.numbers)
}

/// Which rules are in force; none where the operator has loaded none.
pub async fn revision(conn: &impl Conn) -> Result<Option<Revision>> {
    match store::current(conn).await {
        Ok(current) => Ok(Some(current.revision)),
        Err(Error::Unavailable(_)) => Ok(None),
        Err(failed) => Err(failed),
    }
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

/// One version of the rules that challenges are run by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesView {
    /// The version's id.
    pub id: RuleSetId,
    /// 1, 2, …; the highest is in force.
    pub version: i32,
    /// The numbers.
    pub numbers: Numbers,
    /// When it was made.
    pub since: Instant,
}

impl From<Model> for RulesView {
    fn from(row: Model) -> Self {
        Self { id: row.id, version: row.version, numbers: row.numbers, since: row.created_at }
    }
}

/// The versions of the rules, the one in force first. Everybody may read them.
pub async fn versions(conn: &impl Conn, request: &PageRequest) -> Result<Page<RulesView>> {
    let mut select = Entity::find().filter(Column::Name.eq(DEFAULT));
    let (key, id) = ((Entity, Column::Version), (Entity, Column::Id));
    let keyset = Keyset::by("rule_sets", key, Leading::Number, id, Direction::Descending);
    keyset.apply(QueryTrait::query(&mut select), request)?;
    let views = select.all(conn).await?.into_iter().map(RulesView::from).collect();
    Ok(keyset.cut(views, request, |view: &RulesView| Cursor::by_number(view.version.into(), view.id.uuid())))
}

/// How many versions there are.
pub async fn version_count(conn: &impl Conn) -> Result<u64> {
    Ok(Entity::find().filter(Column::Name.eq(DEFAULT)).count(conn).await?)
}

/// One version.
pub async fn version_by_id(conn: &impl Conn, id: RuleSetId) -> Result<Option<RulesView>> {
    Ok(Entity::find_by_id(id).one(conn).await?.map(RulesView::from))
}
