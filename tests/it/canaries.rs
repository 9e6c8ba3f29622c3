//! Planted words: whatever is secret or sealed goes through the program itself while it logs all that it can, and is found in
//! nothing that it prints, in no answer to anybody else, and nowhere in the database.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::process::Stdio;

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiebang_platform::keys::KeyTexts;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, Row};
use support::program::Program;
use support::ws::Client;
use support::{DEADLINE, State, Way, challenge_input, operation, solution_input};
use tempfile::TempDir;

/// A secret, and who may be told it in an answer.
struct Canary {
    what: &'static str,
    word: String,
    shapes: BTreeSet<String>,
    owner: &'static str,
}

impl Canary {
    fn new(what: &'static str, word: &str, owner: &'static str) -> Self {
        Self { what, word: word.to_owned(), shapes: shapes(word), owner }
    }
}

/// Every shape in which a word could lie about.
fn shapes(word: &str) -> BTreeSet<String> {
    let bytes = word.as_bytes();
    let mut shapes = BTreeSet::from([
        word.to_owned(),
        hex::encode(bytes),
        hex::encode_upper(bytes),
        // As lists of bytes are printed.
        format!("{bytes:?}").trim_matches(['[', ']']).to_owned(),
        bytes.iter().map(|byte| format!("%{byte:02X}")).collect(),
        bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect(),
        word.escape_default().to_string(),
        word.encode_utf16()
            .map(|unit| if unit < 128 { char::from(unit as u8).to_string() } else { format!("\\u{unit:04x}") })
            .collect(),
    ]);
    // However it lies in what was encoded: what depends on its neighbours is cut off.
    for (before, cut) in [(0, 0), (1, 2), (2, 3)] {
        let padded = [&vec![0; before][..], bytes].concat();
        let whole = padded.len() / 3 * 4;
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            shapes.insert(encoded[cut..whole].to_owned());
        }
    }
    shapes.retain(|shape| shape.len() >= 6);
    shapes
}

fn find(canaries: &[Canary], place: &str, text: &str, viewer: Option<&str>, found: &mut Vec<String>) {
    for canary in canaries.iter().filter(|canary| viewer.is_none_or(|viewer| canary.owner != viewer)) {
        for shape in canary.shapes.iter().filter(|shape| text.contains(shape.as_str())) {
            let number = shape.bytes().all(|byte| byte.is_ascii_digit());
            let part = |byte: Option<char>| byte.is_some_and(|byte| byte.is_ascii_digit() || byte == '.');
            let hit = text.match_indices(shape.as_str()).find(|(at, _)| {
                // A number within a longer one is another.
                !number || !(part(text[..*at].chars().next_back()) || part(text[at + shape.len()..].chars().next()))
            });
            if let Some((at, _)) = hit {
                let around = text.floor_char_boundary(at.saturating_sub(200))..text.floor_char_boundary(at + 200);
                found.push(format!("{} in {place}: …{}…", canary.what, &text[around]));
                break;
            }
        }
    }
}

/// As [`find`], in what is too large for a look at each shape by itself.
fn find_in_bytes(canaries: &[Canary], place: &str, bytes: &[u8], found: &mut Vec<String>) {
    let shapes: Vec<(&Canary, &String)> =
        canaries.iter().flat_map(|canary| canary.shapes.iter().map(move |shape| (canary, shape))).collect();
    let searcher = AhoCorasick::new(shapes.iter().map(|(_, shape)| shape)).unwrap();
    for hit in searcher.find_overlapping_iter(bytes) {
        let (canary, shape) = shapes[hit.pattern().as_usize()];
        let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.');
        let within = part(bytes[..hit.start()].last()) || part(bytes.get(hit.end()));
        if !(within && shape.bytes().all(|byte| byte.is_ascii_digit())) {
            found.push(format!("{} in {place}, at {}", canary.what, hit.start()));
        }
    }
}

/// All that each was answered.
fn by_viewer<'a>(answers: &[(&'a str, String)]) -> BTreeMap<&'a str, String> {
    let mut told = BTreeMap::<&str, String>::new();
    for (viewer, answer) in answers {
        let all = told.entry(*viewer).or_default();
        all.push_str(answer);
        all.push('\n');
    }
    told
}

/// The program, the people who speak to it, and what was planted.
struct Play {
    server: Program,
    canaries: Vec<Canary>,
    answers: Vec<(&'static str, String)>,
    tokens: Vec<(&'static str, String)>,
}

impl Play {
    fn plant(&mut self, what: &'static str, word: impl Into<String>, owner: &'static str) -> String {
        let word = word.into();
        self.canaries.push(Canary::new(what, &word, owner));
        word
    }

    fn token(&self, person: &str) -> Option<String> {
        self.tokens.iter().rev().find(|(name, _)| *name == person).map(|(_, token)| token.clone())
    }

    fn posts(&mut self, person: &'static str, body: &str) -> Value {
        let answer = self.server.posts(body, self.token(person).as_deref()).unwrap_or_default();
        let read = answer.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
        self.answers.push((person, answer));
        read.unwrap_or_default()
    }

    fn asks(&mut self, person: &'static str, name: &str, variables: Value) -> Value {
        self.posts(person, &json!({ "query": operation(name), "variables": variables }).to_string())
    }

    /// Does it, and is answered: the payload.
    fn does(&mut self, person: &'static str, name: &str, input: Value) -> Value {
        let answer = self.asks(person, name, json!({ "input": input }));
        assert!(answer["errors"].is_null() && answer["data"].is_object(), "{name}: {answer}");
        answer["data"].as_object().unwrap().values().next().unwrap().clone()
    }

    /// Tries it, and is refused: the code.
    fn fails(&mut self, person: &'static str, name: &str, input: Value) -> String {
        let answer = self.asks(person, name, json!({ "input": input }));
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{name}: {answer}")).to_owned()
    }

    /// A file of a bid, of which neither what it is called nor what it says is told.
    fn uploads(&mut self, person: &'static str, bid: &str) -> String {
        let name = self.plant("a file's name", format!("CanaryFileName33{person}"), person);
        let says = self.plant("a file's words", format!("CanaryFileWords34{person}"), person);
        let bytes = format!("{says}\n").repeat(9_000);
        let create = json!({ "bidId": bid, "name": format!("{name}.txt"), "size": bytes.len(), "noStateSecret": true });
        let upload = self.does(person, "createUpload", create)["upload"].clone();
        let answer = self.server.puts(upload["url"].as_str().unwrap(), bytes.as_bytes(), self.token(person).as_deref());
        let answer = answer.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        self.answers.push((person, answer));
        self.does(person, "finishUpload", json!({ "uploadId": upload["id"] }));
        upload["id"].as_str().unwrap().to_owned()
    }

    fn signs_in(&mut self, person: &'static str, password: &str, totp: Option<&str>) -> Value {
        let told = self.does(person, "signIn", json!({ "username": person, "password": password, "totp": totp }));
        let word = |name: &str| told[name].as_str().unwrap().to_owned();
        let (access, refresh) = (word("accessToken"), word("refreshToken"));
        self.plant("the signature of an access token", access.rsplit_once('.').unwrap().1, person);
        self.plant("an access token", &access, person);
        self.plant("a refresh token", refresh, person);
        self.tokens.push((person, access));
        told
    }

    /// All look around.
    fn look(&mut self, people: &[&'static str], challenge: &str, bids: &[String]) {
        for person in people.iter().copied() {
            for (name, variables) in [
                ("challenge", json!({ "id": challenge })),
                ("bids", json!({ "id": challenge })),
                ("challenges", json!({ "first": 100 })),
                ("panel", json!({ "id": challenge })),
                ("ranking", json!({ "id": challenge })),
                ("events", json!({ "first": 100 })),
                ("events", json!({ "subject": challenge, "first": 100 })),
                ("myBids", json!({ "challenge": challenge })),
                ("reviewTasks", json!({})),
            ] {
                self.asks(person, name, variables);
            }
            for bid in bids {
                self.asks(person, "node", json!({ "id": bid }));
                self.asks(person, "events", json!({ "subject": bid, "first": 100 }));
                let read = json!({ "bidId": bid, "recoveryKey": "AGE-SECRET-KEY-1" });
                self.asks(person, "readSealedBid", json!({ "input": read }));
            }
        }
    }

    fn searches_answers(&self) {
        let mut found = Vec::new();
        for (viewer, answers) in by_viewer(&self.answers) {
            find(&self.canaries, &format!("an answer to {viewer}"), &answers, Some(viewer), &mut found);
        }
        assert!(found.is_empty(), "{} found\n{}", found.len(), found.join("\n"));
    }
}

/// The database that the program serves, and how it is disturbed.
struct Database {
    url: String,
    way: Option<Way>,
    folder: TempDir,
    /// Where PostgreSQL's log of what it writes ahead stood when this was made.
    since: String,
}

impl Database {
    async fn new(password: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let Some(server) = support::postgres() else {
            return Self {
                url: format!("sqlite:{}", folder.path().join("rehearsal.sqlite").display()),
                way: None,
                folder,
                since: String::new(),
            };
        };
        let name = format!("canaries_{}", std::process::id());
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        let since = connection.fetch_one("select pg_current_wal_lsn()::text").await.unwrap().get(0);
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        let (user, rest) = url.rsplit_once('@').unwrap();
        let way = Way::to(&format!("{user}:{password}@{rest}")).await;
        Self { url, way: Some(way), folder, since }
    }

    /// As the program is told.
    fn reached(&self) -> &str {
        self.way.as_ref().map_or(&self.url, Way::url)
    }

    async fn takes(&self, statement: &'static str) {
        match self.way {
            None => sqlx::SqliteConnection::connect(&self.url).await.unwrap().execute(statement).await.map(|_| ()),
            Some(_) => sqlx::PgConnection::connect(&self.url).await.unwrap().execute(statement).await.map(|_| ()),
        }
        .unwrap();
    }

    /// What PostgreSQL has written ahead since the database was made, of this test and of those beside it.
    async fn written_ahead(&self) -> Vec<(String, Vec<u8>)> {
        if self.way.is_none() {
            return Vec::new();
        }
        let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
        let names = "select pg_walfile_name($1::pg_lsn), pg_walfile_name(pg_current_wal_lsn()), current_setting('data_directory')";
        let row = sqlx::query(names).bind(&self.since).fetch_one(&mut connection).await.unwrap();
        let (first, last, data): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let folder = std::path::Path::new(&data).join("pg_wal");
        let mut logs = Vec::new();
        if !folder.exists() {
            // A server that is none of our own keeps its log to itself.
            return logs;
        }
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_file() && (&first..=&last).contains(&&name) {
                logs.push((name, std::fs::read(&path).unwrap()));
            }
        }
        assert!(!logs.is_empty(), "no WAL between {first} and {last}");
        logs
    }

    /// All that it holds, a backup of it, the data folder, and what its server has written elsewhere.
    async fn holds(&self) -> Vec<(String, String)> {
        let backup = self.folder.path().join("backup");
        if self.way.is_none() {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            let copies = format!("vacuum into '{}'", backup.display());
            connection.execute(sqlx::AssertSqlSafe(copies)).await.unwrap();
        } else {
            let dumps = ["--dbname", &self.url, "--file", &backup.display().to_string()].map(str::to_owned);
            let dumped = std::process::Command::new("pg_dump").args(dumps).status().unwrap();
            assert!(dumped.success());
        }
        let mut texts = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                // What was printed is searched when all of it is there.
                } else if !path.ends_with("printed") {
                    let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                    texts.push((path.display().to_string(), text));
                }
            }
        }
        assert!(texts.iter().any(|(path, text)| path.ends_with("backup") && text.len() > 100_000), "no backup");
        if self.way.is_none() {
            assert!(texts.iter().any(|(path, text)| path.ends_with("-wal") && !text.is_empty()), "no WAL");
            return texts;
        }
        let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
        let tables = "select table_name::text from information_schema.tables where table_schema = 'public'";
        for table in connection.fetch_all(tables).await.unwrap() {
            let table: String = table.get(0);
            let rows = format!("select coalesce(string_agg(t::text, E'\\n'), '') from \"{table}\" t");
            let rows = connection.fetch_one(sqlx::AssertSqlSafe(rows)).await.unwrap();
            texts.push((table, rows.get(0)));
        }
        // Where the server is one of our own, its log lies beside its data.
        let data: String = connection.fetch_one("select current_setting('data_directory')").await.unwrap().get(0);
        if let Ok(log) = std::fs::read(std::path::Path::new(&data).join("../log")) {
            let log = String::from_utf8_lossy(&log).into_owned();
            assert!(log.contains("bid_drafts"), "the statement that failed is in the server's log");
            texts.push(("the database's log".into(), log));
        }
        texts
    }
}

#[test]
fn a_word_is_found_in_every_shape() {
    let word = "榜CANARY-7f3a";
    let canaries = [Canary::new("a word", word, "aurora")];
    let finds = |text: &str, viewer: Option<&str>| {
        let mut found = Vec::new();
        find(&canaries, "a text", text, viewer, &mut found);
        !found.is_empty()
    };
    for before in ["", "x", "xy", "xyz"] {
        let text = format!("{before}{word}, and more");
        assert!(finds(&text, None) && finds(&STANDARD_NO_PAD.encode(&text), None));
        assert!(finds(&URL_SAFE_NO_PAD.encode(&text), None) && finds(&hex::encode(&text), None));
        assert!(finds(&format!("{:?}", text.as_bytes()), None) && finds(&format!("{text:?}"), None));
    }
    assert!(finds(r"\u699cCANARY-7f3a", None) && finds(word, Some("beacon")));
    assert!(!finds("CANARY-7f3b", None) && !finds(word, Some("aurora")));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_secret_is_printed_answered_or_kept() {
    let database_password = "CanaryDatabasePassword";
    let database = Database::new(database_password).await;
    let data = database.folder.path();
    let printed = data.join("printed");
    let keys = KeyTexts::generate().unwrap();
    let url = database.reached().to_owned();
    let server = Program::start_with(data, true, |command| {
        let settings = [
            ("LOG__FILTER", "trace"),
            ("DATABASE__URL", &url),
            ("KEYS__SECRET", &keys.secret),
            ("KEYS__TOKEN", &keys.token),
            ("KEYS__RECEIPT", &keys.receipt),
            ("KEYS__SEAL", &keys.seal),
        ];
        for (name, value) in settings {
            command.env(format!("JIEBANG__{name}"), value);
        }
        command.stderr(Stdio::from(File::create(&printed).unwrap()));
    });
    let mut play = Play { server, canaries: Vec::new(), answers: Vec::new(), tokens: Vec::new() };
    play.plant("the database's password", database_password, "");
    for (what, text) in [
        ("the secret", &keys.secret),
        ("the token key", &keys.token),
        ("the receipt key", &keys.receipt),
        ("the seal", &keys.seal),
    ] {
        let lines = text.lines().filter(|line| !line.starts_with("-----"));
        play.plant(what, lines.collect::<String>(), "");
    }

    // Signing in, rightly and wrongly.
    let wrong = play.plant("a wrong password", "CanaryWrongPassword1", "");
    assert_eq!(play.fails("anybody", "signIn", json!({ "username": "aurora", "password": wrong })), "UNAUTHENTICATED");
    let malformed = play.plant("a password in what is no JSON", "CanaryMalformed2", "");
    play.posts(
        "anybody",
        &format!("{{\"query\": \"mutation {{ signIn(input: {{ username: \\\"x\\\", password: \\\"{malformed}\\\""),
    );
    let literal = play.plant("a password in a document that is none", "CanaryLiteral3", "");
    play.posts("anybody", &json!({ "query": format!("mutation {{ signIn(input: {{ username: \"x\", passwort: \"{literal}\" }}) {{ nothing }} }}") }).to_string());
    let coerced = play.plant("a password of the wrong kind", "CanaryCoerced4", "");
    play.asks("anybody", "signIn", json!({ "input": { "username": "aurora", "password": [coerced] } }));
    let bad = play.plant("a token that is none", "eyJhbGciOiJub25lIn0.CanaryBadToken5.CanaryBadSignature6", "");
    play.tokens.push(("stranger", bad));
    play.asks("stranger", "viewer", json!({}));

    let first = play.plant("a password", "Canary-Password-7", "");
    let register = json!({ "name": "新晖科技有限公司", "uscc": "91350100M000100Y43", "username": "xinhui", "password": first, "contactName": "新晖" });
    play.does("xinhui", "registerEnterprise", register);
    play.signs_in("xinhui", &first, None);
    let second = play.plant("a new password", "Canary-Password-8", "");
    play.does("xinhui", "changePassword", json!({ "currentPassword": first, "newPassword": second }));
    let begun = play.does("xinhui", "enrolTotp", json!({ "password": second }));
    play.plant("a second factor's secret", begun["secret"].as_str().unwrap(), "xinhui");
    let totp = totp_rs::Totp::from_url(begun["url"].as_str().unwrap()).unwrap();
    let code = |steps: i64| {
        let now = jiebang_platform::base::Clock::real().machine_now().timestamp() + 30 * steps;
        totp.generate(u64::try_from(now).unwrap()).to_string()
    };
    let now = play.plant("a code", code(0), "");
    let codes = play.does("xinhui", "confirmTotp", json!({ "code": now }))["recoveryCodes"].clone();
    for code in codes.as_array().unwrap() {
        play.plant("a recovery code", code.as_str().unwrap(), "xinhui");
    }
    play.signs_in("xinhui", &second, Some(codes[0].as_str().unwrap()));
    let refused = play.plant("a wrong code", "CanaryCode9", "");
    play.asks("anybody", "signIn", json!({ "input": { "username": "xinhui", "password": second, "totp": refused } }));
    let next = play.plant("the next code", code(1), "");
    let told = play.signs_in("xinhui", &second, Some(&next));
    for _ in 0..2 {
        // A second use is refused.
        play.asks("xinhui", "refreshSession", json!({ "input": { "refreshToken": told["refreshToken"] } }));
    }
    let unknown = play.plant("a refresh token that is none", "CanaryRefreshToken10", "");
    play.asks("anybody", "refreshSession", json!({ "input": { "refreshToken": unknown } }));

    // Two sealed bids.
    for person in ["aurora", "beacon", "delta", "urban", "organizer", "organizer2", "supervisor", "secadmin", "auditor"]
    {
        play.signs_in(person, "Rehearsal-2026", None);
    }
    // An invitation's code, and a program's token.
    let invited =
        play.does("aurora", "inviteMember", json!({ "right": "EDITOR", "note": "同事", "password": "Rehearsal-2026" }));
    let code = play.plant("an invitation's code", invited["code"].as_str().unwrap(), "aurora");
    play.asks("anybody", "membershipOffer", json!({ "code": code }));
    let joins = play.plant("a colleague's password", "Canary-Password-32", "");
    let joining = json!({ "code": code, "username": "tongshi", "password": joins, "name": "同事" });
    play.does("anybody", "acceptInvitation", joining);
    play.signs_in("tongshi", &joins, None);
    let makes = json!({ "name": "投标系统", "scope": "DRAFT", "days": 1, "password": joins });
    let made = play.does("tongshi", "createApiToken", makes);
    play.plant("an API token", made["secret"].as_str().unwrap(), "tongshi");

    let challenge =
        play.does("urban", "draftChallenge", challenge_input())["challenge"]["id"].as_str().unwrap().to_owned();
    let own = json!({ "challengeId": challenge });
    play.does("urban", "submitChallenge", own.clone());
    play.does("organizer", "approveChallenge", own.clone());
    // One opens with a share of its own, the other with a passphrase.
    let (identity, recipient) = crate::seal::own_key();
    play.does("organizer", "registerOpeningKey", json!({ "recipient": recipient }));
    let passphrase = play.plant("an opening passphrase", "CanaryPassphrase31", "");
    play.does("organizer2", "registerOpeningKey", json!({ "passphrase": passphrase }));
    play.does("organizer2", "publishChallenge", json!({ "challengeId": challenge, "submissionDeadline": DEADLINE }));
    let sealed = play.asks("organizer", "openingShare", json!({ "id": challenge }))["data"]["challenge"].clone();
    let share = crate::seal::decrypted(&identity, &sealed["openingShare"]).unwrap();
    let share = play.plant("an opening share", share, "");
    let seen = play.asks("anybody", "challenge", json!({ "id": challenge }))["data"]["challenge"].clone();
    let ids = |list: &Value| {
        list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (indicators, criteria) = (ids(&seen["indicators"]), ids(&seen["criteria"]));
    let mut bids = Vec::new();
    for (bidder, words, funding) in [
        ("aurora", ["CanaryTitle11", "金丝雀技术路线CanaryApproach12", "CanaryRevision13"], 123_456_781),
        ("beacon", ["CanaryTitle14", "金丝雀技术路线CanaryApproach15", "CanaryRevision16"], 123_456_817),
    ] {
        let [title, approach, revision] = words.map(|word| play.plant("a bid's text", word, bidder));
        play.plant("a bid's amount", funding.to_string(), bidder);
        let key = play.plant("an idempotency key", format!("CanaryKey17{bidder}"), "");
        let mut solution = solution_input(&indicators, &title, funding);
        solution["technicalApproach"] = json!(approach);
        let draft = json!({ "challengeId": challenge, "solution": solution, "idempotencyKey": key });
        let bid = play.does(bidder, "draftBid", draft)["bid"]["id"].as_str().unwrap().to_owned();
        solution["attachmentIds"] = json!([play.uploads(bidder, &bid)]);
        play.does(bidder, "reviseBid", json!({ "bidId": bid, "solution": solution }));
        let submitted = play.does(bidder, "submitBid", json!({ "bidId": bid, "pledgeAccepted": true }));
        let word = |at: &str| submitted.pointer(at).and_then(Value::as_str).unwrap().to_owned();
        play.plant("a recovery key", word("/recoveryKey"), bidder);
        play.plant("a receipt's salt", word("/receipt/salt"), bidder);
        play.plant("a receipt", word("/receipt/signature"), bidder);
        play.does(bidder, "readSealedBid", json!({ "bidId": bid, "recoveryKey": word("/recoveryKey") }));
        let identity = age::x25519::Identity::generate();
        let secret = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
        let secret = play.plant("a recovery identity", secret, "");
        solution["summary"] = json!(revision);
        solution["attachmentIds"] = json!([]);
        play.does(bidder, "reviseBid", json!({ "bidId": bid, "solution": solution }));
        let recipient = identity.to_public().to_string();
        play.does(bidder, "submitBid", json!({ "bidId": bid, "pledgeAccepted": true, "recoveryRecipient": recipient }));
        play.does(bidder, "readSealedBid", json!({ "bidId": bid, "recoveryKey": secret }));
        let half = play.plant("half of a recovery key", "AGE-SECRET-KEY-1CANARYHALF18", "");
        play.asks(bidder, "readSealedBid", json!({ "input": { "bidId": bid, "recoveryKey": half } }));
        bids.push(bid);
    }

    // The same over a socket: the token, a password, a draft, and what is no message.
    let over = play.plant("a bid's text over a socket", "CanarySocket19", "aurora");
    let mut socket = Client::of(play.server.address, play.token("aurora").as_deref()).await;
    let revise = json!({ "input": { "bidId": bids[0], "solution": { "title": over } } });
    socket.subscribes("r", &operation("reviseBid"), revise).await;
    assert_eq!(socket.hears().await["type"], "next");
    socket.hears().await;
    socket.watches("w", &challenge).await;
    let wrong = play.plant("a wrong password over a socket", "CanarySocketPassword20", "");
    let sign_in = json!({ "input": { "username": "aurora", "password": wrong } });
    socket.subscribes("s", &operation("signIn"), sign_in).await;
    socket.hears().await;
    let broken = play.plant("what is no message", "CanarySocketMalformed21", "");
    let mut lost = Client::of(play.server.address, play.token("beacon").as_deref()).await;
    lost.sends(tokio_tungstenite::tungstenite::Message::text(format!("{{\"type\": \"{broken}\""))).await;
    lost.is_closed().await;
    let mut stranger = Client::opened(play.server.address).await;
    stranger.init(Some(&play.plant("a socket's token that is none", "CanarySocketToken22", ""))).await;
    stranger.is_closed().await;

    // The database fails, is locked or frozen, and goes away, in the midst of it.
    let failing = play.plant("a bid's text as the database fails", "CanaryFailing23", "aurora");
    let lost = json!({ "bidId": bids[0], "solution": { "title": failing } });
    database.takes("alter table bid_drafts rename to bid_drafts_away").await;
    assert_eq!(play.fails("aurora", "reviseBid", lost.clone()), "INTERNAL");
    database.takes("alter table bid_drafts_away rename to bid_drafts").await;
    match &database.way {
        None => {
            let mut holder = sqlx::SqliteConnection::connect(&database.url).await.unwrap();
            holder.execute("begin immediate").await.unwrap();
            assert_eq!(play.fails("aurora", "reviseBid", lost.clone()), "UNAVAILABLE");
            holder.execute("rollback").await.unwrap();
        }
        Some(way) => {
            for state in [State::Silent, State::Cut] {
                way.becomes(state);
                assert_eq!(play.fails("aurora", "reviseBid", lost.clone()), "UNAVAILABLE");
            }
            way.becomes(State::Open);
        }
    }
    let begun = std::time::Instant::now();
    while play.asks("anybody", "clock", json!({}))["data"].is_null()
        || play.asks("aurora", "viewer", json!({}))["data"].is_null()
    {
        assert!(begun.elapsed().as_secs() < 30, "it does not come back");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }

    // Nobody is told, and nothing lies there.
    let everybody = [
        "anybody",
        "xinhui",
        "beacon",
        "delta",
        "urban",
        "organizer",
        "organizer2",
        "supervisor",
        "secadmin",
        "auditor",
        "aurora",
    ];
    play.look(&everybody, &challenge, &bids);
    play.searches_answers();
    let mut found = Vec::new();
    let sealed: Vec<_> = play
        .canaries
        .iter()
        // Whoever has the database has the receipts.
        .filter(|canary| canary.what != "a receipt")
        .map(|canary| Canary::new(canary.what, &canary.word, ""))
        .collect();
    for (place, text) in database.holds().await {
        find(&sealed, &place, &text, None, &mut found);
    }
    for (place, bytes) in database.written_ahead().await {
        find_in_bytes(&sealed, &place, &bytes, &mut found);
    }
    assert!(found.is_empty(), "{} found\n{}", found.len(), found.join("\n"));

    // The review: what is not public yet goes through the program, too.
    let before = play.answers.len();
    play.does("organizer", "setClock", json!({ "now": "2026-04-02T09:00:00+08:00" }));
    let wrong = play.plant("a wrong passphrase", "CanaryPassphrase32", "");
    play.asks("organizer2", "openBids", json!({ "input": { "challengeId": challenge, "passphrase": wrong } }));
    play.does("organizer", "openBids", json!({ "challengeId": challenge, "share": share }));
    play.does("organizer2", "openBids", json!({ "challengeId": challenge, "passphrase": passphrase }));
    let reason = play.plant("why a bid failed the formal check", "CanaryReason24", "organizer");
    for (bid, passed) in bids.iter().zip([true, false]) {
        if !passed {
            let items = json!([{ "name": "材料完整", "passed": false, "reason": "缺签章" }]);
            play.does("organizer2", "recordFormalCheck", json!({ "bidId": bid, "items": items }));
        }
        let items = json!([{ "name": "材料完整", "passed": passed, "reason": if passed { "" } else { &reason } }]);
        play.does("organizer", "recordFormalCheck", json!({ "bidId": bid, "items": items }));
    }
    play.does("organizer", "drawPanel", own.clone());
    let mut drawn = Vec::new();
    for judge in [
        "judge1", "judge2", "judge3", "judge4", "judge5", "judge6", "judge7", "judge8", "judge9", "judge10", "judge11",
        "judge12",
    ] {
        play.signs_in(judge, "Rehearsal-2026", None);
        let work = play.asks(judge, "reviewTasks", json!({}));
        let pending = work["data"]["viewer"]["pendingDeclarations"].as_array().unwrap();
        if pending.iter().any(|one| one["challenge"]["id"] == challenge.as_str()) {
            drawn.push(judge);
            play.does(judge, "declareInterest", json!({ "challengeId": challenge, "conflictFree": true }));
        }
    }
    let marking = drawn[0];
    let comment = play.plant("a judge's comment", "CanaryComment25", marking);
    let why = play.plant("a mark's reason", "CanaryMark26", marking);
    let marks: Value =
        criteria.iter().map(|id| json!({ "criterionId": id, "score": "87.65", "reason": why })).collect();
    for act in ["saveScoreSheet", "submitScoreSheet"] {
        play.does(marking, act, json!({ "bidId": bids[0], "marks": marks, "comment": comment }));
    }
    let lookers = ["anybody", "delta", "aurora", "urban", drawn[1]];
    play.look(&lookers, &challenge, &bids);
    // What was opened is told by now; this is not.
    let mut found = Vec::new();
    let review: Vec<Canary> = play.canaries.drain(..).collect();
    let (late, early): (Vec<_>, Vec<_>) = review.into_iter().partition(|canary| {
        ["why a bid failed the formal check", "a judge's comment", "a mark's reason"].contains(&canary.what)
    });
    for (viewer, answers) in by_viewer(&play.answers[before..]) {
        find(&late, &format!("an answer to {viewer}"), &answers, Some(viewer), &mut found);
    }
    play.canaries.extend(early.into_iter().chain(late));

    // All that was printed, at the loudest.
    let Play { server, canaries, .. } = play;
    let out = server.stops();
    let log = std::fs::read(&printed).unwrap();
    let log = String::from_utf8_lossy(&log);
    for level in ["TRACE", "INFO"] {
        assert!(log.contains(&format!("\"level\":\"{level}\"")), "nothing is logged at {level}");
    }
    find(&canaries, "the log", &log, None, &mut found);
    find(&canaries, "standard output", &String::from_utf8_lossy(&out), None, &mut found);
    assert!(found.is_empty(), "{} found in {} bytes\n{}", found.len(), log.len(), found.join("\n"));
    println!("{} words in {} bytes of log", canaries.len(), log.len());
}
