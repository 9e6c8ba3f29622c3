//! The program itself: starts, is told to stop, is started again; and what it refuses to touch.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The program, beside this test; built by the workspace's own build.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("jiebang");
    if !program.exists() {
        let built = Command::new("cargo").args(["build", "--locked", "--quiet", "--bin", "jiebang"]).status().unwrap();
        assert!(built.success());
    }
    program
}

fn run(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(program())
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not wait for what it would have read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

struct Server {
    child: Child,
    address: SocketAddr,
    greeting: String,
}

impl Server {
    fn start(data: &Path, rehearsal: bool) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = Command::new(program());
        command.args(["serve", "--bind", &address.to_string(), "--data"]).arg(data);
        if rehearsal {
            command.arg("--rehearsal");
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut greeting = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        // A rehearsal greets with its accounts and a first query, of which this is the word.
        let last = if rehearsal { "curl" } else { "/graphql" };
        while !greeting.contains(last) {
            assert!(out.read_line(&mut greeting).unwrap() > 0, "the server ended: {greeting}");
        }
        std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, address, greeting }
    }

    /// One request over a connection of its own; none where the connection was refused or cut before an answer.
    fn asks(&self, query: &str, variables: Value, token: Option<&str>) -> Option<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n{bearer}content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    fn token(&self, username: &str) -> String {
        let query =
            "mutation($u: String!) { signIn(input: { username: $u, password: \"Rehearsal-2026\" }) { accessToken } }";
        let answer = self.asks(query, json!({ "u": username }), None).unwrap();
        answer["data"]["signIn"]["accessToken"].as_str().unwrap().to_owned()
    }

    fn tells_to_stop(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    fn stops(mut self) {
        self.tells_to_stop();
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

const CLOCK: &str = "{ clock { now rehearsal } }";

#[test]
fn a_rehearsal_greets_stops_and_goes_on_where_it_was() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path(), true);
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

    let server = Server::start(data.path(), true);
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
    let refused = run(data.path(), &["serve", "--bind", "127.0.0.1:0", "--database", &database], "");
    assert!(!refused.status.success());
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
    let server = Server::start(data.path(), false);
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
    let is_let_in = |server: &Server, token: &str| {
        server.asks(me, json!({}), Some(token)).unwrap()["data"]["viewer"]["user"]["id"].is_string()
    };
    let server = Server::start(data.path(), true);
    let first = server.token("aurora");
    server.stops();
    let keys = data.path().join("keys");
    let beside = keys.join("token.beside.pem");
    std::fs::rename(keys.join("token.pem"), &beside).unwrap();
    let server = Server::start(data.path(), true);
    let second = server.token("aurora");
    assert!(is_let_in(&server, &first) && is_let_in(&server, &second));
    server.stops();
    std::fs::remove_file(&beside).unwrap();
    let server = Server::start(data.path(), true);
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
    let help = run(data.path(), &["serve", "--help"], "");
    assert!(String::from_utf8(help.stdout).unwrap().contains("--rehearsal"));
}

#[test]
fn a_calendar_is_loaded_by_command() {
    let data = TempDir::new().unwrap();
    assert!(run(data.path(), &["migrate"], "").status.success());
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds/calendars/2026.toml").display().to_string();
    let loaded = run(data.path(), &["calendar", "load", &seeds], "");
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    let broken = data.path().join("broken.toml");
    std::fs::write(&broken, "year = 2026\n").unwrap();
    assert!(!run(data.path(), &["calendar", "load", &broken.display().to_string()], "").status.success());
}
