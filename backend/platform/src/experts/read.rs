//! Reading who could be drawn. For the draw itself and for the platform's own checks: people are told lines, never users.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context;
use chrono::{NaiveDate, TimeDelta};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::conflicts::{Profile, Relation};
use super::draw::Candidate;
use super::model::{Column, Entity};
use super::roster::model as roster;
use super::roster::read::Load;
use crate::base::form::name_form;
use crate::base::id::{ChallengeId, ExpertId, OrganizationId, UserId};
use crate::base::words::{Domain, JudgeKind};
use crate::base::{Instant, Result};
use crate::db::Conn;

/// A candidate as written down at publication, and the person behind it as of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolEntry {
    /// Who.
    pub user: UserId,
    /// By what name, in the one form.
    pub name: String,
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
        .columns(["name", "organization_id", "judge_kind", "suspended_at"].map(|column| (users(), Alias::new(column))))
        .from(Entity)
        .inner_join(users(), Expr::col((users(), Alias::new("id"))).equals((Entity, Column::UserId)))
        .and_where(Expr::col((Entity, Column::ChallengeId)).eq(challenge))
        .order_by((Entity, Column::Line), sea_orm::Order::Asc);
    let mut entries = Vec::new();
    for row in conn.query_all(&select).await? {
        let row = Row::from_query_result(&row, "")?;
        let candidate: Candidate = row.line.parse().context("a candidate's line")?;
        let available = row.suspended_at.is_none() && row.judge_kind == Some(candidate.kind);
        let (user, organization, name) = (row.user_id, row.organization_id, name_form(&row.name));
        entries.push(PoolEntry { user, name, organization, candidate, available });
    }
    // The engine's collation may be another than the bytes'.
    entries.sort_by(|a, b| a.candidate.cmp(&b.candidate));
    Ok(entries)
}

/// What is known of these candidates' relations, for [`super::conflicts`]. Whoever has none on record has a profile all the same.
pub(crate) async fn profiles(conn: &impl Conn, entries: &[PoolEntry]) -> Result<HashMap<UserId, Profile>> {
    let mut profiles: HashMap<UserId, Profile> = entries
        .iter()
        .map(|entry| {
            let (user, name, organization) = (entry.user, entry.name.clone(), entry.organization);
            (user, Profile { user, name, organization, relations: Vec::new() })
        })
        .collect();
    let experts: HashMap<ExpertId, UserId> = roster::Entity::find()
        .select_only()
        .columns([roster::Column::Id, roster::Column::UserId])
        .filter(roster::Column::UserId.is_in(profiles.keys().copied()))
        .into_tuple::<(ExpertId, UserId)>()
        .all(conn)
        .await?
        .into_iter()
        .collect();
    let rows = roster::relation::Entity::find()
        .filter(roster::relation::Column::ExpertId.is_in(experts.keys().copied()))
        .filter(roster::relation::Column::ConfirmedBy.is_not_null())
        .all(conn)
        .await?;
    for row in rows {
        let until = row.to_day.map(|day| day.parse().context("a relation's last day")).transpose()?;
        let relation = Relation { kind: row.kind, organization: row.organization_id, name: row.name_form, until };
        if let Some(profile) = experts.get(&row.expert_id).and_then(|user| profiles.get_mut(user)) {
            profile.relations.push(relation);
        }
    }
    Ok(profiles)
}

/// Those of these experts who are not to be drawn on this day: away, no longer of this field, or stated anew and not confirmed since. Whoever
/// was written down before it had stated anything, in a time without a roster, stays: what is stated of it since takes it off no list.
pub(crate) async fn unavailable(
    conn: &impl Conn,
    users: &[UserId],
    (field, published): (Option<Domain>, Option<Instant>),
    today: NaiveDate,
) -> Result<BTreeSet<UserId>> {
    let fit = Query::select()
        .column(roster::field::Column::ExpertId)
        .from(roster::field::Entity)
        .and_where(roster::field::Column::Domain.is_in(field.map(|field| field.word())))
        .take();
    let unfit =
        Condition::any().add(roster::Column::ConfirmedAt.is_null()).add(roster::Column::Id.not_in_subquery(fit));
    let then = Condition::all().add(roster::Column::JoinedAt.lte(published)).add(unfit);
    let out = Condition::any().add(roster::Column::UnavailableUntil.gte(today.to_string())).add(then);
    let rows: Vec<UserId> = roster::Entity::find()
        .select_only()
        .column(roster::Column::UserId)
        .filter(roster::Column::UserId.is_in(users.iter().copied()))
        .filter(out)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// What these experts carry; who is not named carries nothing.
pub async fn loads(conn: &impl Conn, users: &[UserId], now: Instant) -> Result<HashMap<UserId, Load>> {
    let since = now - TimeDelta::days(365);
    let rows: Vec<(UserId, Option<Instant>, Option<Instant>)> = Entity::find()
        .select_only()
        .columns([Column::UserId, Column::DrawnAt, Column::ReleasedAt])
        .filter(Column::UserId.is_in(users.iter().copied()))
        .filter(Column::DrawnAt.is_not_null())
        .filter(Column::DrawnAt.gt(since).or(Column::ReleasedAt.is_null()))
        .into_tuple()
        .all(conn)
        .await?;
    let mut loads: HashMap<UserId, Load> = HashMap::new();
    for (user, drawn, released) in rows {
        let load = loads.entry(user).or_default();
        load.open += u64::from(released.is_none());
        load.drawn += u64::from(drawn.is_some_and(|at| at > since));
    }
    Ok(loads)
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
    name: String,
    line: String,
    organization_id: Option<OrganizationId>,
    judge_kind: Option<JudgeKind>,
    suspended_at: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::App;
    use crate::experts::{PanelRule, Shortage, Snapshot, draw, release, seated, snapshot};
    use crate::testing;

    fn wanted(department: OrganizationId, without: &[UserId]) -> Snapshot<'_> {
        Snapshot {
            domain: Domain::UrbanOperation,
            department,
            without,
            size: 5,
            confirmed_days: 365,
            open_reviews: 3,
            spread: 2,
            needed: false,
        }
    }

    async fn written(app: &App, wanted: &Snapshot<'_>) -> std::result::Result<(ChallengeId, String), Shortage> {
        let challenge = testing::challenge(app).await;
        let now = app.clock.now();
        let hash = app.db.write(|txn| async move { snapshot(&txn, challenge, wanted, now).await }).await.unwrap();
        hash.map(|hash| (challenge, hash))
    }

    async fn users(app: &App, challenge: ChallengeId) -> BTreeSet<UserId> {
        candidates(app.db.read(), challenge).await.unwrap().iter().map(|entry| entry.user).collect()
    }

    async fn expert(app: &App, kind: &str, of: OrganizationId) -> UserId {
        let user = testing::user(app, Some(kind), Some(of), false).await;
        testing::expert(app, user, &["URBAN_OPERATION"]).await;
        user
    }

    #[tokio::test]
    async fn who_argued_the_demand_is_not_written_down() {
        let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        let department = testing::organization(&app, "DEPARTMENT").await;
        let elsewhere = testing::organization(&app, "INSTITUTE").await;
        let (first, argued) = (expert(&app, "TECHNICAL", elsewhere).await, expert(&app, "TECHNICAL", elsewhere).await);
        let (challenge, _) = written(&app, &wanted(department, &[argued])).await.unwrap();
        assert_eq!(users(&app, challenge).await, BTreeSet::from([first]));
    }

    #[tokio::test]
    async fn the_pool_is_written_down_and_only_shrinks() {
        let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        let department = testing::organization(&app, "DEPARTMENT").await;
        let a = testing::organization(&app, "INSTITUTE").await;
        let b = testing::organization(&app, "UNIVERSITY").await;
        let first = expert(&app, "TECHNICAL", a).await;
        let second = expert(&app, "USER", a).await;
        let third = expert(&app, "ECONOMIC", b).await;
        // Of the demander; of nobody; suspended; no judge; of another field; never confirmed; confirmed too long ago; away.
        expert(&app, "TECHNICAL", department).await;
        let nobodys = testing::user(&app, Some("TECHNICAL"), None, false).await;
        testing::expert(&app, nobodys, &["URBAN_OPERATION"]).await;
        let suspended = testing::user(&app, Some("TECHNICAL"), Some(b), true).await;
        testing::expert(&app, suspended, &["URBAN_OPERATION"]).await;
        let no_judge = testing::user(&app, None, Some(b), false).await;
        testing::expert(&app, no_judge, &["URBAN_OPERATION"]).await;
        let other_field = testing::user(&app, Some("TECHNICAL"), Some(b), false).await;
        testing::expert(&app, other_field, &["MARKET_REGULATION"]).await;
        let unstated = testing::user(&app, Some("TECHNICAL"), Some(b), false).await;
        let unconfirmed = expert(&app, "TECHNICAL", b).await;
        let stale = expert(&app, "TECHNICAL", b).await;
        let away = expert(&app, "TECHNICAL", b).await;
        for (user, change) in [
            (unconfirmed, "confirmed_at = null"),
            (stale, "confirmed_at = $2"),
            (away, "unavailable_until = '2026-03-02'"),
        ] {
            let sql = format!("update experts set {change} where user_id = $1");
            let year_ago = app.clock.now() - TimeDelta::days(365);
            let more = change.contains("$2").then(|| year_ago.into());
            testing::run(&app, &sql, [user.into()].into_iter().chain(more).collect()).await;
        }
        let (challenge, hash) = written(&app, &wanted(department, &[])).await.unwrap();

        let entries = candidates(app.db.read(), challenge).await.unwrap();
        assert_eq!(users(&app, challenge).await, BTreeSet::from([first, second, third]), "{unstated} is out");
        let found = |user| entries.iter().find(|entry| entry.user == user).unwrap();
        assert!(entries.iter().all(|entry| entry.available));
        assert_eq!(found(first).candidate.organization, found(second).candidate.organization);
        assert_ne!(found(first).candidate.organization, found(third).candidate.organization);
        assert_eq!((found(third).candidate.kind, found(third).organization), (JudgeKind::Economic, Some(b)));
        let all: Vec<_> = entries.iter().map(|entry| entry.candidate.clone()).collect();
        assert_eq!(draw::candidates_hash(&all), hash);

        // A newcomer does not enter; who is suspended stays on the record and is not available.
        expert(&app, "TECHNICAL", b).await;
        testing::suspend(&app, third).await;
        let later = candidates(app.db.read(), challenge).await.unwrap();
        let free: Vec<_> = later.iter().filter(|entry| entry.available).map(|entry| entry.user).collect();
        assert_eq!(later.len(), 3);
        assert!(free.len() == 2 && !free.contains(&third));
        let lines = lines(app.db.read(), [challenge]).await.unwrap().remove(&challenge).unwrap();
        assert_eq!(lines, all.iter().map(Candidate::to_string).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn who_carries_much_is_left_out_where_it_can_be_done_without() {
        let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        let department = testing::organization(&app, "DEPARTMENT").await;
        let mut pool = Vec::new();
        // A panel, as many others, and one more.
        for kind in [vec!["TECHNICAL"; 7], vec!["ECONOMIC"; 2], vec!["USER"; 2]].concat() {
            let elsewhere = testing::organization(&app, "INSTITUTE").await;
            pool.push(expert(&app, kind, elsewhere).await);
        }
        // The band lets everybody through here.
        let (laden, wanted) = (pool[0], Snapshot { needed: true, spread: 99, ..wanted(department, &[]) });
        let mut challenges = Vec::new();
        for round in 0..3 {
            let (challenge, _) = written(&app, &wanted).await.unwrap();
            assert!(users(&app, challenge).await.contains(&laden), "in round {round}");
            let now = app.clock.now();
            app.db.write(|txn| async move { seated(&txn, challenge, &[laden], now).await }).await.unwrap();
            challenges.push(challenge);
        }
        let load = |open, drawn| HashMap::from([(laden, Load { open, drawn })]);
        let loads = async || loads(app.db.read(), &pool, app.clock.now()).await.unwrap();
        assert_eq!(loads().await, load(3, 3));
        let (challenge, _) = written(&app, &wanted).await.unwrap();
        assert_eq!(users(&app, challenge).await, pool[1..].iter().copied().collect());
        // Without it there would be too few: it comes all the same, and no refusal tells where it sits.
        testing::suspend(&app, pool[1]).await;
        let (challenge, _) = written(&app, &wanted).await.unwrap();
        assert!(users(&app, challenge).await.contains(&laden));
        // One review is over.
        let (over, now) = (challenges[0], app.clock.now());
        app.db.write(|txn| async move { release(&txn, over, now).await }).await.unwrap();
        assert_eq!(loads().await, load(2, 3));
    }

    #[tokio::test]
    async fn no_challenge_is_published_that_could_never_have_a_panel() {
        let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        let department = testing::organization(&app, "DEPARTMENT").await;
        for kind in ["TECHNICAL", "TECHNICAL", "ECONOMIC", "USER"] {
            let elsewhere = testing::organization(&app, "INSTITUTE").await;
            expert(&app, kind, elsewhere).await;
        }
        let needed = Snapshot { needed: true, ..wanted(department, &[]) };
        let short = Shortage { rule: PanelRule::Size, by: 1 };
        assert_eq!(written(&app, &needed).await, Err(short));
        let elsewhere = testing::organization(&app, "INSTITUTE").await;
        expert(&app, "LEGAL", elsewhere).await;
        let short = Shortage { rule: PanelRule::TwoThirds, by: 1 };
        assert_eq!(written(&app, &needed).await, Err(short));
        expert(&app, "ECONOMIC", elsewhere).await;
        assert!(written(&app, &needed).await.is_ok());
    }
}
