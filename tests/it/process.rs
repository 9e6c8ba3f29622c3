//! The program itself: starts, is told to stop, is started again; and what it refuses to touch.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use support::program::{CLOCK, Program, command, run, serve};
use tempfile::TempDir;

#[test]
fn a_rehearsal_greets_stops_and_goes_on_where_it_was() {
    let data = TempDir::new().unwrap();
    let server = Program::start(data.path(), true);
    for word in ["Rehearsal-2026", "organizer", "aurora", "judge1", "curl"] {
        assert!(server.greeting.contains(word), "{word} is not in {}", server.greeting);
    }
    let now = server.asks(CLOCK, json!({}), None).unwrap()["data"]["clock"].clone();
    assert_eq!(now["rehearsal"], true);
    assert!(now["now"].as_str().unwrap().starts_with("2026-03-02T01:0"));
    let organizer = server.token("organizer");
    let set = "mutation { setClock(input: { now: \"2026-03-20T10:00:00+08:00\" }) { clock { now } } }";
    server.asks(set, json!({}), Some(&organizer)).unwrap();

    // Told to stop under load: what was acknowledged is there afterwards.
    let urban = server.token("urban");
    let draft = "mutation($t: String!) { draftChallenge(input: { title: $t }) { challenge { id } } }";
    let acknowledged: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..6)
            .map(|worker| {
                let (server, urban) = (&server, &urban);
                scope.spawn(move || {
                    let mut done = Vec::new();
                    for number in 0.. {
                        let title = format!("第{worker}-{number}件");
                        match server.asks(draft, json!({ "t": title }), Some(urban)) {
                            Some(answer) if answer["data"]["draftChallenge"].is_object() => {
                                done.push(
                                    answer["data"]["draftChallenge"]["challenge"]["id"].as_str().unwrap().to_owned(),
                                );
                            }
                            _ => break,
                        }
                    }
                    done
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(400));
        server.tells_to_stop();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    server.stops();
    assert!(!acknowledged.is_empty());
    forget_what_is_searched(&data.path().join("rehearsal.sqlite"));

    let server = Program::start(data.path(), true);
    // What an earlier version did not put where it is found is there from the first answer on.
    let search = "{ challenges(filter: { text: \"井盖\" }) { nodes { title } } }";
    let found = server.asks(search, json!({}), None).unwrap();
    assert_eq!(found["data"]["challenges"]["nodes"][0]["title"], "井盖厘米级位移感知与病害预警", "{found}");
    let now = server.asks(CLOCK, json!({}), None).unwrap()["data"]["clock"]["now"].clone();
    assert!(now.as_str().unwrap() >= "2026-03-20T02:00:00", "{now}");
    let urban = server.token("urban");
    for id in &acknowledged {
        let found =
            server.asks("query($id: ID!) { challenge(id: $id) { id } }", json!({ "id": id }), Some(&urban)).unwrap();
        assert_eq!(found["data"]["challenge"]["id"], *id);
    }
    let auditor = server.token("auditor");
    let verdict = server.asks("{ verifyEvents { intact } }", json!({}), Some(&auditor)).unwrap();
    assert_eq!(verdict["data"]["verifyEvents"]["intact"], true);
    server.stops();

    // Nobody takes a rehearsal for the real thing.
    let database = format!("sqlite:{}", data.path().join("rehearsal.sqlite").display());
    let calendar = seed_file("calendars/2026.toml");
    let account = ["account", "create", "--username", "admin", "--name", "管理员", "--role", "SYSTEM_ADMIN"];
    for command in [&["serve", "--bind", "127.0.0.1:0"][..], &["seed"], &account, &["calendar", "load", &calendar]] {
        let refused = run(data.path(), &[command, &["--database", &database]].concat(), "Rehearsal-2026\n");
        assert!(!refused.status.success() && words(&refused).contains("rehearsal"), "{command:?}: {}", words(&refused));
    }
    assert!(run(data.path(), &["migrate", "--database", &database], "").status.success());
    Program::start(data.path(), true).stops();
}

/// As the tables of the search are when they are new.
fn forget_what_is_searched(file: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(file);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let forget = "delete from search_words; delete from search_texts";
        sqlx::raw_sql(forget).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

#[test]
fn a_stop_waits_for_no_half_sent_request_and_is_heard_from_the_greeting_on() {
    let data = TempDir::new().unwrap();
    let server = Program::start(data.path(), false);
    let halves = [
        "GET /healthz HTTP/1.1\r\nhost",
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    ];
    let mut sockets = halves.map(|half| {
        let mut socket = TcpStream::connect(server.address).unwrap();
        socket.write_all(half.as_bytes()).unwrap();
        socket
    });
    std::thread::sleep(Duration::from_millis(100));
    let begun = Instant::now();
    server.stops();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    for socket in &mut sockets {
        let mut rest = String::new();
        let _ = socket.read_to_string(&mut rest);
        assert!(!rest.starts_with("HTTP/1.1 2"), "{rest}");
    }

    let (mut child, _) = serve(data.path(), false);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    assert!(out.read_line(&mut String::new()).unwrap() > 0);
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn seed_file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds").join(name).display().to_string()
}

/// How many people are entered, once there is such a table.
async fn people(database: &str) -> Option<i64> {
    let count = "select count(*) from users";
    if database.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(database).await.ok()?;
        sqlx::query_scalar(count).fetch_one(&mut connection).await.ok()
    } else {
        let mut connection = sqlx::PgConnection::connect(database).await.ok()?;
        sqlx::query_scalar(count).fetch_one(&mut connection).await.ok()
    }
}

/// Kills a server that lays out a rehearsal when the first people are entered, long before the end.
fn cut_short(mut server: Child, database: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let begun = Instant::now();
    while runtime.block_on(people(database)).is_none_or(|people| people < 3) {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody is entered");
        std::thread::sleep(Duration::from_millis(5));
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

/// An empty database of the kind that is tested.
struct Empty {
    data: TempDir,
    database: String,
}

impl Empty {
    async fn new(name: &str) -> Self {
        let data = TempDir::new().unwrap();
        let Some(server) = support::postgres() else {
            let file = data.path().join("empty.sqlite");
            let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
            let options = options.journal_mode(SqliteJournalMode::Wal);
            sqlx::SqliteConnection::connect_with(&options).await.unwrap().close().await.unwrap();
            return Self { data, database: format!("sqlite:{}", file.display()) };
        };
        let name = format!("{name}_{}", std::process::id());
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.unwrap();
        Self { data, database: format!("{}/{name}", server.rsplit_once('/').unwrap().0) }
    }

    async fn take(&self, statement: &'static str) -> sqlx::Result<()> {
        if self.database.starts_with("sqlite:") {
            let mut connection = sqlx::SqliteConnection::connect(&self.database).await?;
            sqlx::query(statement).execute(&mut connection).await.map(|_| ())
        } else {
            let mut connection = sqlx::PgConnection::connect(&self.database).await?;
            sqlx::query(statement).execute(&mut connection).await.map(|_| ())
        }
    }

    fn migrate(&self) -> Output {
        run(self.data.path(), &["migrate", "--database", &self.database], "")
    }
}

/// The last thing that the first migration makes is in its way: all before it has been made by then.
#[tokio::test]
async fn a_migration_that_was_cut_short_is_run_again() {
    let empty = Empty::new("cut_migration").await;
    empty.take("create table signing_keys (key_id text)").await.unwrap();
    assert!(!empty.migrate().status.success());
    assert!(empty.take("select * from users").await.is_err(), "half of it stands");
    empty.take("drop table signing_keys").await.unwrap();
    let done = empty.migrate();
    assert!(done.status.success(), "{}", words(&done));
    empty.take("select * from users").await.unwrap();
}

/// The PostgreSQL of the ordinary tests syncs nothing, to be quick.
#[tokio::test]
async fn a_database_that_power_loss_could_empty_is_used_for_no_more_than_a_rehearsal() {
    let empty = Empty::new("power_loss").await;
    let mut lossy = false;
    if let Some(server) = support::postgres() {
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        let fsync: String = sqlx::query_scalar("show fsync").fetch_one(&mut connection).await.unwrap();
        lossy = fsync == "off";
    }
    assert!(empty.migrate().status.success());
    let seeded = run(empty.data.path(), &["seed", "--database", &empty.database], "");
    assert_eq!(seeded.status.success(), !lossy, "{}", words(&seeded));
    if lossy {
        assert!(words(&seeded).contains("fsync"), "{}", words(&seeded));
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let served = ["serve", "--bind", &address, "--database", &empty.database];
        let refused = run(empty.data.path(), &served, "");
        assert!(!refused.status.success() && words(&refused).contains("fsync"), "{}", words(&refused));
    }
}

#[tokio::test]
async fn several_may_bring_a_database_up_to_date_at_once() {
    let empty = Empty::new("migrated_at_once").await;
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..3).map(|_| scope.spawn(|| empty.migrate())).collect();
        for one in started {
            let done = one.join().unwrap();
            assert!(done.status.success(), "{}", words(&done));
        }
    });
}

#[test]
fn a_rehearsal_that_was_cut_short_is_laid_out_anew() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("rehearsal.sqlite");
    cut_short(serve(data.path(), true).0, &format!("sqlite:{}", file.display()));
    let server = Program::start(data.path(), true);
    let seen = server.asks("{ challenges(first: 100) { totalCount } }", json!({}), None).unwrap();
    assert!(seen["data"]["challenges"]["totalCount"].as_u64().unwrap() >= 5, "{seen}");
    for name in ["organizer3", "judge12", "delta", "auditor"] {
        server.token(name);
    }
    server.stops();
    Program::start(data.path(), true).stops();
}

#[tokio::test]
async fn a_server_s_database_whose_rehearsal_was_cut_short_is_refused_in_words() {
    let Some(server) = support::postgres() else { return };
    let data = TempDir::new().unwrap();
    let name = format!("cut_short_{}", std::process::id());
    let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.unwrap();
    let database = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let folder = data.path().to_owned();
    let refused = tokio::task::spawn_blocking(move || {
        let mut command = command();
        command.args(["serve", "--rehearsal", "--bind", "127.0.0.1:0", "--database", &database, "--data"]).arg(&folder);
        cut_short(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap(), &database);
        run(&folder, &["serve", "--rehearsal", "--bind", "127.0.0.1:0", "--database", &database], "")
    });
    let refused = refused.await.unwrap();
    assert!(!refused.status.success() && words(&refused).contains("drop the database"), "{}", words(&refused));
}

#[test]
fn what_was_prepared_for_real_is_never_rehearsed_on() {
    let data = TempDir::new().unwrap();
    assert!(run(data.path(), &["migrate"], "").status.success());
    assert!(run(data.path(), &["seed"], "").status.success());
    let database = format!("sqlite:{}", data.path().join("jiebang.sqlite").display());
    let refused = run(data.path(), &["serve", "--rehearsal", "--bind", "127.0.0.1:0", "--database", &database], "");
    assert!(!refused.status.success() && words(&refused).contains("for real"), "{}", words(&refused));
}

#[test]
fn a_database_used_for_real_is_never_rehearsed_on() {
    let data = TempDir::new().unwrap();
    for command in [&["migrate"][..], &["seed"]] {
        let done = run(data.path(), command, "");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let account = ["account", "create", "--username", "admin", "--name", "管理员", "--role", "SYSTEM_ADMIN"];
    let refused = run(data.path(), &account, "short\n");
    assert!(!refused.status.success());
    let made = run(data.path(), &account, "Rehearsal-2026\n");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let reset = ["account", "reset-totp", "--reason", "手机遗失", "--username"];
    for name in ["admin", "nobody"] {
        let refused = run(data.path(), &[&reset[..], &[name]].concat(), "");
        assert!(!refused.status.success(), "{name} has no second factor");
    }
    let server = Program::start(data.path(), false);
    assert_eq!(server.asks(CLOCK, json!({}), None).unwrap()["data"]["clock"]["rehearsal"], false);
    let token = server.token("admin");
    let set = "mutation { setClock(input: { now: \"2030-01-01T00:00:00Z\" }) { clock { now } } }";
    assert!(server.asks(set, json!({}), Some(&token)).unwrap()["errors"].is_array());
    // Used for real, the first administrator begins with a second factor.
    let make = "mutation { createAccount(input: { username: \"other\", password: \"Rehearsal-2026\", name: \"x\",
        roles: [ORGANIZER] }) { user { id } } }";
    let told = server.asks(make, json!({}), Some(&token)).unwrap();
    assert_eq!(told["errors"][0]["extensions"]["reason"], "enrol_totp_first");
    let enrol = "mutation { enrolTotp(input: { password: \"Rehearsal-2026\" }) { secret url } }";
    let begun = server.asks(enrol, json!({}), Some(&token)).unwrap()["data"]["enrolTotp"].clone();
    let totp = totp_rs::Totp::from_url(begun["url"].as_str().unwrap()).unwrap();
    let confirm = "mutation($c: String!) { confirmTotp(input: { code: $c }) { recoveryCodes } }";
    let now = jiebang_platform::base::Clock::real().machine_now().timestamp();
    let code = totp.generate(u64::try_from(now).unwrap()).to_string();
    let done = server.asks(confirm, json!({ "c": code }), Some(&token)).unwrap();
    assert_eq!(done["data"]["confirmTotp"]["recoveryCodes"].as_array().unwrap().len(), 10);
    assert!(server.asks(make, json!({}), Some(&token)).unwrap()["data"]["createAccount"].is_object());
    let board = server.asks("{ targets(year: 2026) { name actual } }", json!({}), None).unwrap();
    assert!(board["data"]["targets"].as_array().unwrap().len() > 10);
    server.stops();
    let done = run(data.path(), &[&reset[..], &["admin"]].concat(), "");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut files = std::fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().path());
    let database = files.find(|path| path.extension().is_some_and(|kind| kind == "sqlite")).unwrap();
    let database = format!("sqlite:{}", database.display());
    let refused = run(data.path(), &["serve", "--rehearsal", "--bind", "127.0.0.1:0", "--database", &database], "");
    assert!(!refused.status.success());
}

#[test]
fn the_token_key_is_changed_by_moving_its_file() {
    let data = TempDir::new().unwrap();
    let me = "{ viewer { user { id } } }";
    let is_let_in = |server: &Program, token: &str| {
        server.asks(me, json!({}), Some(token)).unwrap()["data"]["viewer"]["user"]["id"].is_string()
    };
    let server = Program::start(data.path(), true);
    let first = server.token("aurora");
    server.stops();
    let keys = data.path().join("keys");
    let beside = keys.join("token.beside.pem");
    std::fs::rename(keys.join("token.pem"), &beside).unwrap();
    let server = Program::start(data.path(), true);
    let second = server.token("aurora");
    assert!(is_let_in(&server, &first) && is_let_in(&server, &second));
    server.stops();
    std::fs::remove_file(&beside).unwrap();
    let server = Program::start(data.path(), true);
    assert!(!is_let_in(&server, &first) && is_let_in(&server, &second));
    server.stops();
    // A key that is none is named by its place, never by what it says.
    std::fs::write(&beside, "sesame").unwrap();
    let refused = run(data.path(), &["serve", "--rehearsal", "--bind", "127.0.0.1:0"], "");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned() + &String::from_utf8_lossy(&refused.stdout);
    assert!(!refused.status.success() && told.contains("the token key beside") && !told.contains("sesame"), "{told}");
}

#[test]
fn settings_are_shown_without_secrets_and_checked() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("jiebang.toml");
    std::fs::write(&file, "[server]\nbind = \"127.0.0.1:9999\"\n").unwrap();
    let path = file.display().to_string();
    let shown = run(data.path(), &["config", "check", "--config", &path], "");
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.status.success() && text.contains("127.0.0.1:9999"), "{text}");
    std::fs::write(&file, "[server]\nbnd = \"127.0.0.1:9999\"\n").unwrap();
    assert!(!run(data.path(), &["config", "check", "--config", &path], "").status.success());
    // A line that cannot be read may hold a secret, and so may an address.
    std::fs::write(&file, "[keys]\nsecret = \"sesame\n").unwrap();
    let refused = run(data.path(), &["config", "check", "--config", &path], "");
    assert!(!refused.status.success() && words(&refused).contains("line 2"), "{}", words(&refused));
    assert!(!words(&refused).contains("sesame"), "{}", words(&refused));
    for address in ["mysql://root:sesame@h/d", "postgres://root:sesame@h:port/d"] {
        let refused = run(data.path(), &["migrate", "--database", address], "");
        assert!(!refused.status.success() && !words(&refused).contains("sesame"), "{}", words(&refused));
    }
    // Nor is a database made by a server that cannot listen.
    assert!(!run(data.path(), &["serve", "--rehearsal", "--bind", "nowhere"], "").status.success());
    assert!(!data.path().join("rehearsal.sqlite").exists());
    let help = run(data.path(), &["serve", "--help"], "");
    assert!(String::from_utf8(help.stdout).unwrap().contains("--rehearsal"));
}
