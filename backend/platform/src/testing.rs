//! An empty platform of its own for a test of this crate. What people do is tested at the public door, in `tests/`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use object_store::memory::InMemory;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sea_orm::{ConnectionTrait, Statement, Value};
use tempfile::TempDir;

use crate::accounts::{Hasher, Throttle};
use crate::base::id::{ChallengeId, ExpertId, Kind, OrganizationId, UserId};
use crate::base::words::SealMode;
use crate::base::{Clock, Instant, Memory};
use crate::db::{self, Db};
use crate::events::follow::Follow;
use crate::files::{Files, Limits, Looks, Receiving};
use crate::keys::{KeyTexts, Keys};
use crate::{App, OpenData, Settings};

/// How many databases this process has made on a server.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A migrated database: an SQLite file, gone with the folder, or, with `JIEBANG_TEST_DATABASE=postgres://…`, a new one on that
/// server. Both clocks stand at `at`.
pub(crate) async fn app(at: &str) -> (App, TempDir) {
    let folder = TempDir::new().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the door of the tests' one setting")]
    let server = std::env::var("JIEBANG_TEST_DATABASE").ok().filter(|setting| setting.starts_with("postgres:"));
    let settings = |url| db::Settings {
        url,
        readers: 2,
        writers: 2,
        patience: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(5),
    };
    let url = match server {
        None => format!("sqlite:{}", folder.path().join("test.sqlite").display()),
        Some(server) => {
            let name = format!("unit_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
            let there = Db::connect(&settings(server.clone())).await.unwrap();
            there.tamper(&format!("create database {name}")).await.unwrap();
            there.close().await.unwrap();
            format!("{}/{name}", server.rsplit_once('/').unwrap().0)
        }
    };
    let db = Db::connect(&settings(url)).await.unwrap();
    db.migrate().await.unwrap();
    let at: Instant = at.parse().unwrap();
    let clock = Clock::standing(at, at);
    let app = App {
        db,
        files: Files::of(Arc::new(InMemory::new())),
        throttle: Throttle::new(&clock),
        follow: Follow::default(),
        receiving: Receiving::default(),
        looks: Looks::default(),
        memory: Memory::default(),
        clock,
        keys: Arc::new(Keys::read(&KeyTexts::generate().unwrap()).unwrap()),
        hasher: Hasher::for_tests().unwrap(),
        settings: Settings {
            rehearsal: true,
            issuer: "https://jiebang.test".into(),
            join_page: None,
            seal: SealMode::Server,
            files: Limits { file: 1 << 20, bid: 4 << 20 },
            escrow: None,
            open_data: OpenData::default(),
        },
    };
    app.files.mark().await.unwrap();
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

/// States that a person is an expert in these fields, and confirms it.
pub(crate) async fn expert(app: &App, user: UserId, fields: &[&str]) {
    let (id, now) = (ExpertId::new(), app.clock.now());
    let sql = "insert into experts (id, user_id, title, years, phone, version, joined_at, stated_by, stated_at, confirmed_at, confirmed_by)
        values ($1, $2, 'x', 10, '0371-0000000', 1, $3, $2, $3, $3, $2)";
    run(app, sql, vec![id.into(), user.into(), now.into()]).await;
    for field in fields {
        let field = (*field).to_owned();
        run(app, "insert into expert_fields (expert_id, domain) values ($1, $2)", vec![id.into(), field.into()]).await;
    }
}

/// Suspends a person.
pub(crate) async fn suspend(app: &App, user: UserId) {
    run(app, "update users set suspended_at = $1 where id = $2", vec![app.clock.now().into(), user.into()]).await;
}

/// A challenge's row, as little as the tables below it ask for.
pub(crate) async fn challenge(app: &App) -> ChallengeId {
    let department = organization(app, "DEPARTMENT").await;
    let author = user(app, None, Some(department), false).await;
    let id = ChallengeId::new();
    let sql = "insert into challenges (id, title, pi_led, status, department_id, author_id, background, problem_statement,
        site_conditions, ip_terms, eligibility, acceptance_method, contact, consortium_allowed, consortium_max_members, created_at,
        listed_deadline, listed_at, version)
        values ($1, '', false, 'DRAFT', $2, $3, '', '', '', '', '', '', '', false, 0, $4, $4, $4, 0)";
    run(app, sql, vec![id.into(), department.into(), author.into(), app.clock.now().into()]).await;
    id
}

pub(crate) async fn run(app: &App, sql: &str, values: Vec<Value>) {
    let statement = Statement::from_sql_and_values(app.db.read().get_database_backend(), sql, values);
    let statement = &statement;
    app.db
        .write(|txn| async move {
            txn.execute_raw(statement.clone()).await?;
            Ok(())
        })
        .await
        .unwrap();
}

/// As many values as a property is tried with, for what has to be awaited.
pub(crate) fn samples<S: Strategy>(of: S) -> impl Iterator<Item = S::Value> {
    let mut runner = TestRunner::default();
    (0..runner.config().cases).map(move |_| of.new_tree(&mut runner).unwrap().current())
}

/// `text` with a byte changed, a part left out, doubled or cut off, or its first part exchanged for another header.
pub(crate) fn mutated(text: &str) -> impl Strategy<Value = String> + use<> {
    use proptest::prelude::*;
    let text = text.to_owned();
    let header = prop_oneof![
        "[A-Za-z0-9_-]{0,80}",
        (
            prop_oneof!["EdDSA", "none", "None", "HS256", "RS256", "ES256", "\\PC{0,6}"],
            prop_oneof!["at\\+jwt", "JWT", "bid-receipt\\+jws", "\\PC{0,6}"],
            any::<String>(),
        )
            .prop_map(|(alg, typ, kid)| {
                let header = serde_json::json!({ "alg": alg, "typ": typ, "kid": kid }).to_string();
                base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header)
            }),
    ];
    (0..5, any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<char>(), header).prop_map(
        move |(how, one, other, letter, header)| {
            let (one, other) = (one.index(text.len() + 1), other.index(text.len() + 1));
            let (from, to) = (one.min(other), one.max(other));
            match how {
                0 => format!("{}{letter}{}", &text[..from], &text[(from + 1).min(text.len())..]),
                1 => format!("{}{}", &text[..from], &text[to..]),
                2 => format!("{}{}", &text[..to], &text[from..]),
                3 => text[..from].to_owned(),
                _ => format!("{header}.{}", text.split_once('.').map_or("", |(_, rest)| rest)),
            }
        },
    )
}
