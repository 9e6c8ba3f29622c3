//! The program itself, as an operator starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A question that is answered as soon as it serves.
pub const CLOCK: &str = "{ clock { now rehearsal } }";

/// The program that was built with this one: beside it, or one folder up of a test. Built where it is not there.
pub fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let folder = here.parent().filter(|folder| !folder.ends_with("deps")).or(here.parent().and_then(Path::parent));
    let program = folder.unwrap().join("jiebang");
    if !program.exists() {
        let built = Command::new("cargo").args(["build", "--locked", "--quiet", "--bin", "jiebang"]).status().unwrap();
        assert!(built.success());
    }
    program
}

/// A command of the program.
pub fn command() -> Command {
    Command::new(program())
}

/// Runs a command to its end.
pub fn run(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = command()
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

/// `serve` at an address of its own.
fn serving(data: &Path, rehearsal: bool) -> (Command, SocketAddr) {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = command();
    command.args(["serve", "--bind", &address.to_string(), "--data"]).arg(data);
    if rehearsal {
        command.arg("--rehearsal");
    }
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    (command, address)
}

/// Starts `serve` and does not wait for it.
pub fn serve(data: &Path, rehearsal: bool) -> (Child, SocketAddr) {
    let (mut command, address) = serving(data, rehearsal);
    (command.spawn().unwrap(), address)
}

/// The program while it serves.
pub struct Program {
    child: Child,
    /// Where.
    pub address: SocketAddr,
    /// What it said when it began.
    pub greeting: String,
    rest: Option<JoinHandle<Vec<u8>>>,
}

impl Program {
    /// Starts it.
    pub fn start(data: &Path, rehearsal: bool) -> Self {
        Self::start_with(data, rehearsal, |_| {})
    }

    /// Starts it with more settings.
    pub fn start_with(data: &Path, rehearsal: bool, set: impl FnOnce(&mut Command)) -> Self {
        let (mut command, address) = serving(data, rehearsal);
        set(&mut command);
        let mut child = command.spawn().unwrap();
        let mut greeting = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        // A rehearsal greets with its accounts and a first query, of which this is the word.
        let last = if rehearsal { "curl" } else { "/graphql" };
        while !greeting.contains(last) {
            assert!(out.read_line(&mut greeting).unwrap() > 0, "the server ended: {greeting}");
        }
        let rest = std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _ = out.read_to_end(&mut rest);
            rest
        });
        let server = Self { child, address, greeting, rest: Some(rest) };
        // It listens before it is ready: the first answer says that it serves.
        assert!(server.asks(CLOCK, json!({}), None).is_some());
        server
    }

    /// One request over a connection of its own; none where the connection was refused or cut before an answer.
    pub fn asks(&self, query: &str, variables: Value, token: Option<&str>) -> Option<Value> {
        let answer = self.posts(&json!({ "query": query, "variables": variables }).to_string(), token)?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    /// Posts any body to `/graphql`: the whole answer.
    pub fn posts(&self, body: &str, token: Option<&str>) -> Option<String> {
        self.sends("POST /graphql", body.as_bytes(), token)
    }

    /// Puts bytes of a file to an upload's address: the whole answer.
    pub fn puts(&self, url: &str, bytes: &[u8], token: Option<&str>) -> Option<String> {
        self.sends(&format!("PUT {url}"), bytes, token)
    }

    fn sends(&self, request: &str, body: &[u8], token: Option<&str>) -> Option<String> {
        let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!(
            "{request} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n{bearer}content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Signs a person of the rehearsal in.
    pub fn token(&self, username: &str) -> String {
        let query =
            "mutation($u: String!) { signIn(input: { username: $u, password: \"Rehearsal-2026\" }) { accessToken } }";
        let answer = self.asks(query, json!({ "u": username }), None).unwrap();
        answer["data"]["signIn"]["accessToken"].as_str().unwrap().to_owned()
    }

    /// Tells it to stop.
    pub fn tells_to_stop(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// Tells it to stop and waits until it has: what it wrote to standard output behind its greeting.
    pub fn stops(mut self) -> Vec<u8> {
        self.tells_to_stop();
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return self.rest.take().unwrap().join().unwrap();
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
