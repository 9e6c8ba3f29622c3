//! An empty platform of its own for a test of this crate. What people do is tested at the public door, in `tests/`.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use tempfile::TempDir;

use crate::accounts::{Hasher, Throttle};
use crate::base::id::{ChallengeId, Kind, OrganizationId, UserId};
use crate::base::{Clock, Instant};
use crate::db::{self, Db};
use crate::keys::{KeyTexts, Keys};
use crate::{App, Settings};

/// A migrated SQLite file, gone with the folder; both clocks stand at `at`.
pub(crate) async fn app(at: &str) -> (App, TempDir) {
    let folder = TempDir::new().unwrap();
    let settings = db::Settings {
        url: format!("sqlite:{}", folder.path().join("test.sqlite").display()),
        readers: 2,
        writers: 1,
        patience: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(5),
    };
    let db = Db::connect(&settings).await.unwrap();
    db.migrate().await.unwrap();
    let at: Instant = at.parse().unwrap();
    let clock = Clock::standing(at, at);
    let app = App {
        db,
        throttle: Throttle::new(&clock),
        clock,
        keys: Arc::new(Keys::read(&KeyTexts::generate().unwrap()).unwrap()),
        hasher: Hasher::new(),
        settings: Settings { rehearsal: true, issuer: "https://jiebang.test".into() },
    };
    (app, folder)
}

/// An organization.
pub(crate) async fn organization(app: &App, kind: &str) -> OrganizationId {
    let id = OrganizationId::new();
    let sql = "insert into organizations (id, name, kind, uscc, verification, registered_in_zone, created_at)
        values ($1, 'x', $2, $3, 'VERIFIED', true, $4)";
    run(app, sql, vec![id.into(), kind.into(), id.to_string().into(), app.clock.now().into()]).await;
    id
}

/// The department of [`challenge`].
pub(crate) async fn department(app: &App) -> OrganizationId {
    let row =
        app.db.read().query_one_raw(Statement::from_string(DbBackend::Sqlite, "select department_id from challenges"));
    row.await.unwrap().unwrap().try_get("", "department_id").unwrap()
}

/// A person; a judge where a kind is given.
pub(crate) async fn user(
    app: &App,
    judge_kind: Option<&str>,
    organization: Option<OrganizationId>,
    suspended: bool,
) -> UserId {
    let id = UserId::new();
    let now = app.clock.now();
    let sql =
        "insert into users (id, username, name, password_hash, password_changed_at, roles, judge_kind, organization_id,
        suspended_at, created_at) values ($1, $2, 'x', 'x', $3, '[]', $4, $5, $6, $3)";
    let judge_kind = judge_kind.map(str::to_owned);
    let suspended = suspended.then_some(now);
    let username = id.to_string();
    run(
        app,
        sql,
        vec![id.into(), username.into(), now.into(), judge_kind.into(), organization.into(), suspended.into()],
    )
    .await;
    id
}

/// Suspends a person.
pub(crate) async fn suspend(app: &App, user: UserId) {
    run(app, "update users set suspended_at = $1 where id = $2", vec![app.clock.now().into(), user.into()]).await;
}

/// A challenge's row, as little as the tables below it ask for.
pub(crate) async fn challenge(app: &App) -> ChallengeId {
    let department = organization(app, "DEPARTMENT").await;
    let author = user(app, None, Some(department), false).await;
    let row = app
        .db
        .read()
        .query_all_raw(Statement::from_string(
            DbBackend::Sqlite,
            "select name, type, \"notnull\" from pragma_table_info('challenges')",
        ))
        .await
        .unwrap();
    let id = ChallengeId::new();
    let (mut names, mut values) = (Vec::new(), Vec::<Value>::new());
    for column in row {
        let name: String = column.try_get("", "name").unwrap();
        let kind: String = column.try_get("", "type").unwrap();
        if !column.try_get::<bool>("", "notnull").unwrap() && name != "id" {
            continue;
        }
        values.push(match (name.as_str(), kind.as_str()) {
            ("id", _) => id.into(),
            ("department_id", _) => department.into(),
            ("author_id", _) => author.into(),
            (_, "integer" | "boolean") => 0.into(),
            (_, "timestamp_with_timezone_text") => app.clock.now().into(),
            _ => "".into(),
        });
        names.push(name);
    }
    let marks: Vec<_> = (1..=names.len()).map(|place| format!("${place}")).collect();
    run(app, &format!("insert into challenges ({}) values ({})", names.join(", "), marks.join(", ")), values).await;
    id
}

pub(crate) async fn run(app: &App, sql: &str, values: Vec<Value>) {
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
    let statement = &statement;
    app.db
        .write(|txn| async move {
            txn.execute_raw(statement.clone()).await?;
            Ok(())
        })
        .await
        .unwrap();
}
