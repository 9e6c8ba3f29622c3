//! Reading who could be drawn. For the draw itself and for the platform's own checks: people are told lines, never users.

use std::collections::HashMap;

use anyhow::Context;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::draw::Candidate;
use super::model::{Column, Entity};
use crate::base::id::{ChallengeId, OrganizationId, UserId};
use crate::base::words::JudgeKind;
use crate::base::{Instant, Result};
use crate::db::Conn;

/// A candidate as written down at publication, and the person behind it as of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolEntry {
    /// Who.
    pub user: UserId,
    /// For which organization this person acts now.
    pub organization: Option<OrganizationId>,
    /// What was written down.
    pub candidate: Candidate,
    /// Whether this person can still be drawn: not suspended, and a judge of the same kind.
    pub available: bool,
}

/// The candidates of a challenge, in the order of their lines.
pub async fn candidates(conn: &impl Conn, challenge: ChallengeId) -> Result<Vec<PoolEntry>> {
    let users = || Alias::new("users");
    let mut select = Query::select();
    select
        .columns([Column::UserId, Column::Line].map(|column| (Entity, column)))
        .columns(["organization_id", "judge_kind", "suspended_at"].map(|column| (users(), Alias::new(column))))
        .from(Entity)
        .inner_join(users(), Expr::col((users(), Alias::new("id"))).equals((Entity, Column::UserId)))
        .and_where(Expr::col((Entity, Column::ChallengeId)).eq(challenge))
        .order_by((Entity, Column::Line), sea_orm::Order::Asc);
    let mut entries = Vec::new();
    for row in conn.query_all(&select).await? {
        let row = Row::from_query_result(&row, "")?;
        let candidate: Candidate = row.line.parse().context("a candidate's line")?;
        let available = row.suspended_at.is_none() && row.judge_kind == Some(candidate.kind);
        entries.push(PoolEntry { user: row.user_id, organization: row.organization_id, candidate, available });
    }
    // The engine's collation may be another than the bytes'.
    entries.sort_by(|a, b| a.candidate.cmp(&b.candidate));
    Ok(entries)
}

/// The candidates' lines of these challenges, sorted by their bytes, as `candidatesHash` was made from. Published with the notice.
pub async fn lines(
    conn: &impl Conn,
    challenges: impl IntoIterator<Item = ChallengeId>,
) -> Result<HashMap<ChallengeId, Vec<String>>> {
    let rows: Vec<(ChallengeId, String)> = Entity::find()
        .select_only()
        .columns([Column::ChallengeId, Column::Line])
        .filter(Column::ChallengeId.is_in(challenges))
        .order_by_asc(Column::Line)
        .into_tuple()
        .all(conn)
        .await?;
    let mut lines: HashMap<ChallengeId, Vec<String>> = HashMap::new();
    for (challenge, line) in rows {
        lines.entry(challenge).or_default().push(line);
    }
    lines.values_mut().for_each(|lines| lines.sort_unstable());
    Ok(lines)
}

/// The pseudonyms of these people in these draws, each with the salt that shows whose it is, in hex. Only of those whose names are
/// public.
pub(crate) async fn pseudonyms(
    conn: &impl Conn,
    challenges: &[ChallengeId],
    users: &[UserId],
) -> Result<HashMap<(ChallengeId, UserId), (String, String)>> {
    let rows = Entity::find()
        .filter(Column::ChallengeId.is_in(challenges.iter().copied()))
        .filter(Column::UserId.is_in(users.iter().copied()))
        .all(conn)
        .await?;
    let named = |row: super::model::Model| ((row.challenge_id, row.user_id), (row.pseudonym, hex::encode(row.salt)));
    Ok(rows.into_iter().map(named).collect())
}

/// Those of these people who can be asked as experts now, each with the organization that it acts for: judges who are not suspended.
pub async fn available(conn: &impl Conn, ids: &[UserId]) -> Result<HashMap<UserId, Option<OrganizationId>>> {
    let mut select = Query::select();
    select
        .columns(["id", "organization_id"].map(Alias::new))
        .from(Alias::new("users"))
        .and_where(Expr::col("id").is_in(ids.iter().copied()))
        .and_where(Expr::col("judge_kind").is_not_null())
        .and_where(Expr::col("suspended_at").is_null());
    let mut found = HashMap::new();
    for row in conn.query_all(&select).await? {
        let Available { id, organization_id } = Available::from_query_result(&row, "")?;
        found.insert(id, organization_id);
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct Available {
    id: UserId,
    organization_id: Option<OrganizationId>,
}

#[derive(FromQueryResult)]
struct Row {
    user_id: UserId,
    line: String,
    organization_id: Option<OrganizationId>,
    judge_kind: Option<JudgeKind>,
    suspended_at: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experts::{draw, snapshot};
    use crate::testing;

    #[tokio::test]
    async fn who_argued_the_demand_is_not_written_down() {
        let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        let challenge = testing::challenge(&app).await;
        let department = testing::department(&app).await;
        let elsewhere = Some(testing::organization(&app, "INSTITUTE").await);
        let first = testing::user(&app, Some("TECHNICAL"), elsewhere, false).await;
        let argued = testing::user(&app, Some("TECHNICAL"), elsewhere, false).await;
        app.db.write(|txn| async move { snapshot(&txn, challenge, department, &[argued]).await }).await.unwrap();
        let entries = candidates(app.db.read(), challenge).await.unwrap();
        assert_eq!(entries.iter().map(|entry| entry.user).collect::<Vec<_>>(), [first]);
    }

    #[tokio::test]
    async fn the_pool_is_written_down_and_only_shrinks() {
        let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        let challenge = testing::challenge(&app).await;
        let department = testing::department(&app).await;
        let elsewhere = testing::organization(&app, "INSTITUTE").await;
        let (a, b) = (Some(elsewhere), Some(testing::organization(&app, "UNIVERSITY").await));
        let first = testing::user(&app, Some("TECHNICAL"), a, false).await;
        let second = testing::user(&app, Some("USER"), a, false).await;
        let third = testing::user(&app, Some("ECONOMIC"), b, false).await;
        testing::user(&app, Some("TECHNICAL"), Some(department), false).await;
        testing::user(&app, Some("TECHNICAL"), None, false).await;
        testing::user(&app, Some("TECHNICAL"), b, true).await;
        testing::user(&app, None, b, false).await;
        let hash = app.db.write(|txn| async move { snapshot(&txn, challenge, department, &[]).await }).await.unwrap();

        let entries = candidates(app.db.read(), challenge).await.unwrap();
        let found = |user| entries.iter().find(|entry| entry.user == user).unwrap();
        assert_eq!(entries.len(), 3);
        assert!(entries.iter().all(|entry| entry.available));
        assert_eq!(found(first).candidate.organization, found(second).candidate.organization);
        assert_ne!(found(first).candidate.organization, found(third).candidate.organization);
        assert_eq!((found(third).candidate.kind, found(third).organization), (JudgeKind::Economic, b));
        let all: Vec<_> = entries.iter().map(|entry| entry.candidate.clone()).collect();
        assert_eq!(draw::candidates_hash(&all), hash);

        // A newcomer does not enter; who is suspended stays on the record and is not available.
        testing::user(&app, Some("TECHNICAL"), b, false).await;
        testing::suspend(&app, third).await;
        let later = candidates(app.db.read(), challenge).await.unwrap();
        let free: Vec<_> = later.iter().filter(|entry| entry.available).map(|entry| entry.user).collect();
        assert_eq!(later.len(), 3);
        assert!(free.len() == 2 && !free.contains(&third));
        let lines = lines(app.db.read(), [challenge]).await.unwrap().remove(&challenge).unwrap();
        assert_eq!(lines, all.iter().map(Candidate::to_string).collect::<Vec<_>>());
    }
}
