//! The rehearsal that a test plays in.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::TryStreamExt;
use jiebang_platform::accounts::{Hasher, Throttle};
use jiebang_platform::base::words::SealMode;
use jiebang_platform::base::{Clock, Instant};
use jiebang_platform::db::{Db, Settings};
use jiebang_platform::files::{Files, Limits};
use jiebang_platform::keys::{KeyTexts, Keys};
use jiebang_platform::{App, rehearsal, timers};
use jiebang_server::commands::seed;
use jiebang_server::config::{Config, Flags, Profile, Server};
use jiebang_server::http;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use poem::EndpointExt;
use poem::endpoint::BoxEndpoint;
use sqlx::{Connection, Executor};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::people::Person;
use crate::served::Served;
use crate::way::Way;

/// Where a rehearsal begins.
const BEGINNING: &str = "2026-03-02T09:00:00+08:00";

/// A platform of its own for one test.
pub struct TestApp {
    app: App,
    endpoint: Arc<BoxEndpoint<'static>>,
    /// What lies outside the database, as long as it lies in memory.
    files: InMemory,
    url: String,
    server: Server,
    _folder: TempDir,
}

/// What all tests of a run are copied from.
struct Template {
    keys: Arc<Keys>,
    files: InMemory,
    /// The SQLite file, or the name of the PostgreSQL database.
    from: From,
    _folder: TempDir,
}

enum From {
    File(PathBuf),
    Database { server: String, name: String },
}

/// A database at rest, of which any number of worlds begin: the same rows, ids and secrets at the same hour of both clocks. Who
/// was signed in still is, in each of them.
pub struct Rest {
    from: From,
    keys: Arc<Keys>,
    files: InMemory,
    platform: Instant,
    machine: Instant,
    _folder: TempDir,
}

impl Rest {
    /// A world that begins here.
    pub async fn begins(&self) -> TestApp {
        let (folder, url) = self.from.copy().await;
        let db = Db::connect(&settings(url.clone(), 4, 8, PATIENCE)).await.unwrap();
        let clock = Clock::standing(self.platform, self.machine);
        let files = self.files.fork();
        TestApp::of(assemble_at(db, self.keys.clone(), &files, clock), files, folder, url)
    }
}

impl From {
    async fn copy(&self) -> (TempDir, String) {
        let folder = TempDir::new().unwrap();
        let url = match self {
            Self::File(file) => {
                let copy = folder.path().join("test.sqlite");
                copy_database(file, &copy);
                format!("sqlite:{}", copy.display())
            }
            Self::Database { server, name } => {
                let copy = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
                on_server(server, &format!("create database {copy} template {name}")).await;
                database_url(server, &copy)
            }
        };
        (folder, url)
    }
}

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();
static COUNT: AtomicU64 = AtomicU64::new(0);

/// The PostgreSQL server to test on, if that is what was asked for.
pub fn postgres() -> Option<String> {
    setting("JIEBANG_TEST_DATABASE").filter(|setting| setting.starts_with("postgres:"))
}

/// Whether there is time for all that could be tried (`JIEBANG_TEST_DEPTH=all`), or only for the ordinary suite.
pub fn deep() -> bool {
    setting("JIEBANG_TEST_DEPTH").is_some_and(|depth| depth == "all")
}

fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the door of the tests' settings")]
    std::env::var(name).ok()
}

/// How often what depends on chance is tried: few times by `make test`, more by the targets that are for it.
pub fn rounds() -> usize {
    setting("JIEBANG_TEST_ROUNDS").map_or(4, |rounds| rounds.parse().unwrap())
}

/// Machines that test are busy: more patience than the server has.
const PATIENCE: Duration = Duration::from_secs(5);

fn settings(url: String, readers: u32, writers: u32, patience: Duration) -> Settings {
    Settings { url, readers, writers, patience, statement_timeout: Duration::from_secs(5) }
}

fn instant(text: &str) -> Instant {
    text.parse().unwrap()
}

fn assemble(db: Db, keys: Arc<Keys>, files: &InMemory) -> App {
    assemble_at(db, keys, files, Clock::standing(instant(BEGINNING), Clock::real().machine_now()))
}

fn assemble_at(db: Db, keys: Arc<Keys>, files: &InMemory, clock: Clock) -> App {
    App {
        db,
        files: Files::of(Arc::new(files.clone())),
        throttle: Throttle::new(&clock),
        follow: Default::default(),
        receiving: Default::default(),
        looks: Default::default(),
        memory: Default::default(),
        clock,
        keys,
        hasher: Hasher::for_tests().unwrap(),
        settings: jiebang_platform::Settings {
            rehearsal: true,
            issuer: "https://jiebang.test".into(),
            join_page: Some("https://jiebang.test/join".into()),
            files: Limits { file: 16 << 20, bid: 40 << 20 },
            seal: SealMode::Organizers,
            escrow: None,
            open_data: jiebang_platform::OpenData {
                prefix: "ocds-abc123".into(),
                address: "https://jiebang.test".into(),
                publisher: "演练".into(),
                license: None,
                policy: None,
            },
        },
    }
}

fn name_of(url: &str) -> &str {
    url.rsplit_once('/').unwrap().1
}

fn database_url(server: &str, name: &str) -> String {
    let (head, _) = server.rsplit_once('/').unwrap();
    format!("{head}/{name}")
}

async fn on_server(server: &str, statement: &str) {
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

async fn template() -> Template {
    let folder = TempDir::new().unwrap();
    let (from, url) = match postgres() {
        None => {
            let file = folder.path().join("template.sqlite");
            let url = format!("sqlite:{}", file.display());
            (From::File(file), url)
        }
        Some(server) => {
            let name = format!("template_{}", std::process::id());
            on_server(&server, &format!("create database {name}")).await;
            let url = database_url(&server, &name);
            (From::Database { server, name }, url)
        }
    };
    let keys = Arc::new(Keys::read(&KeyTexts::generate().unwrap()).unwrap());
    let db = Db::connect(&settings(url, 4, 8, PATIENCE)).await.unwrap();
    db.migrate().await.unwrap();
    rehearsal::open_rehearsal(&db, Clock::real().machine_now()).await.unwrap();
    let files = InMemory::new();
    let app = assemble(db, keys.clone(), &files);
    app.files.mark().await.unwrap();
    seed::rehearsal(&app).await.unwrap();
    app.db.close().await.unwrap();
    Template { keys, files, from, _folder: folder }
}

impl TestApp {
    /// A rehearsal as it begins, on 2 March 2026 at 09:00 in China.
    pub async fn new() -> Self {
        let (template, folder, url) = Self::copy().await;
        let db = Db::connect(&settings(url.clone(), 4, 8, PATIENCE)).await.unwrap();
        let files = template.files.fork();
        Self::of(assemble(db, template.keys.clone(), &files), files, folder, url)
    }

    /// As [`Self::new`], but with the patience that the server has, and on PostgreSQL with a way that can be cut.
    pub async fn with_way() -> (Self, Option<Way>) {
        let (template, folder, url) = Self::copy().await;
        let way = if url.starts_with("sqlite:") { None } else { Some(Way::to(&url).await) };
        let reached = way.as_ref().map_or(url.as_str(), Way::url).to_owned();
        let db = Db::connect(&settings(reached, 4, 8, Duration::from_secs(1))).await.unwrap();
        let files = template.files.fork();
        (Self::of(assemble(db, template.keys.clone(), &files), files, folder, url), way)
    }

    async fn copy() -> (&'static Template, TempDir, String) {
        let template = TEMPLATE.get_or_init(template).await;
        let (folder, url) = template.from.copy().await;
        (template, folder, url)
    }

    /// Ends, and leaves its database to be begun from again.
    pub async fn rests(self) -> Rest {
        self.app.db.clone().close().await.unwrap();
        let from = match self.url.strip_prefix("sqlite:") {
            Some(file) => From::File(file.into()),
            None => From::Database { server: postgres().unwrap(), name: name_of(&self.url).to_owned() },
        };
        let (platform, machine) = (self.app.clock.now(), self.app.clock.machine_now());
        Rest { from, keys: self.app.keys.clone(), files: self.files, platform, machine, _folder: self._folder }
    }

    /// Ends, and leaves nothing behind.
    pub async fn ends(self) {
        self.app.db.clone().close().await.unwrap();
        if let Some(server) = postgres() {
            on_server(&server, &format!("drop database {}", name_of(&self.url))).await;
        }
    }

    fn of(app: App, files: InMemory, folder: TempDir, url: String) -> Self {
        let config = Config::read(&Flags { data: Some(folder.path().to_owned()), ..Flags::default() }).unwrap();
        let endpoint = Arc::new(http::app_endpoint(app.clone(), &config.server).boxed());
        Self { app, endpoint, files, url, server: config.server, _folder: folder }
    }

    /// Another server on the same database, with a clock of its own.
    pub async fn beside(&self) -> Self {
        let db = Db::connect(&settings(self.url.clone(), 2, 2, PATIENCE)).await.unwrap();
        let files = self.files.clone();
        let app = assemble(db, self.app.keys.clone(), &files);
        Self::of(app, files, TempDir::new().unwrap(), self.url.clone())
    }

    /// A server on the same database and with the same secrets, but without what lies outside it.
    pub async fn without_files(&self) -> Self {
        let db = Db::connect(&settings(self.url.clone(), 2, 2, PATIENCE)).await.unwrap();
        let files = InMemory::new();
        let app = assemble(db, self.app.keys.clone(), &files);
        Self::of(app, files, TempDir::new().unwrap(), self.url.clone())
    }

    /// The same with another store of files.
    pub async fn storing(self, files: Files) -> Self {
        // A store that is away cannot be marked.
        let _ = files.mark().await;
        let app = App { files, ..self.app };
        Self::of(app, self.files, self._folder, self.url)
    }

    /// What lies in the store in memory, by name.
    pub async fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let mut objects = BTreeMap::new();
        let mut all = self.files.list(None);
        while let Some(meta) = all.try_next().await.unwrap() {
            let bytes = self.files.get(&meta.location).await.unwrap().bytes().await.unwrap();
            objects.insert(meta.location.to_string(), bytes.to_vec());
        }
        objects
    }

    /// Somebody who has the store in hand puts this there; none: takes it away.
    pub async fn tamper_object(&self, name: &str, bytes: Option<Vec<u8>>) {
        match bytes {
            Some(bytes) => self.files.put(&name.into(), bytes.into()).await.map(|_| ()).unwrap(),
            None => self.files.delete(&name.into()).await.unwrap(),
        }
    }

    /// What a server does now and then with what is left in the store.
    pub async fn sweeps(&self) {
        jiebang_platform::outside::sweep(&self.app).await.unwrap();
    }

    /// What a server does every second for its clock.
    pub async fn keeps_its_clock(&self) {
        rehearsal::keep_clock(&self.app).await.unwrap();
    }

    /// The same people and rows, used for real.
    pub fn for_real(self) -> Self {
        let mut app = self.app;
        app.settings.rehearsal = false;
        Self::of(app, self.files, self._folder, self.url)
    }

    /// It holds the opening keys itself.
    pub fn holding_keys(self) -> Self {
        let mut app = self.app;
        app.settings.seal = SealMode::Server;
        Self::of(app, self.files, self._folder, self.url)
    }

    /// Its opening keys are escrowed to this recipient.
    pub fn escrowing_to(self, recipient: &str) -> Self {
        let mut app = self.app;
        app.settings.escrow = Some(recipient.parse().unwrap());
        Self::of(app, self.files, self._folder, self.url)
    }

    /// Started again with these secrets.
    pub fn started_again(self, texts: &KeyTexts) -> Self {
        let app = App { keys: Arc::new(Keys::read(texts).unwrap()), ..self.app };
        Self::of(app, self.files, self._folder, self.url)
    }

    /// The server's secrets.
    pub fn keys(&self) -> &Keys {
        &self.app.keys
    }

    /// Somebody who has not signed in.
    pub fn anybody(&self) -> Person {
        Person::new(self.endpoint.clone(), None)
    }

    /// Somebody who shows this token.
    pub fn bearer(&self, token: &str) -> Person {
        Person::new(self.endpoint.clone(), Some(token.to_owned()))
    }

    /// A seeded person, signed in.
    pub async fn person(&self, username: &str) -> Person {
        self.sign_in(username, seed::PASSWORD).await
    }

    /// Somebody who signs in with this password.
    pub async fn sign_in(&self, username: &str, password: &str) -> Person {
        let input = serde_json::json!({ "username": username, "password": password });
        let answer = self.anybody().does("signIn", input).await;
        let token = answer["accessToken"].as_str().unwrap().to_owned();
        Person::new(self.endpoint.clone(), Some(token))
    }

    /// Where its database is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Serves it at a port of its own, for as long as the process lives.
    pub async fn serve(&self) -> anyhow::Result<SocketAddr> {
        Ok(Served::new(self.endpoint.clone(), &self.server).await?.address)
    }

    /// Serves it with other settings.
    pub async fn served(&self, set: impl FnOnce(&mut Server)) -> Served {
        let mut server = self.server.clone();
        set(&mut server);
        let endpoint = http::app_endpoint(self.app.clone(), &server).boxed();
        Served::new(Arc::new(endpoint), &server).await.unwrap()
    }

    /// As [`Self::serve`], to these clients.
    pub async fn serve_as(&self, profile: Profile) -> anyhow::Result<SocketAddr> {
        Ok(Served::new(Arc::new(self.endpoint_as(profile)), &self.server).await?.address)
    }

    /// The door as these clients find it.
    pub fn door_as(&self, profile: Profile) -> poem::test::TestClient<BoxEndpoint<'static>> {
        poem::test::TestClient::new(self.endpoint_as(profile))
    }

    fn endpoint_as(&self, profile: Profile) -> BoxEndpoint<'static> {
        let server = Server { profile, ..self.server.clone() };
        http::app_endpoint(self.app.clone(), &server).boxed()
    }

    /// The door, for what is no GraphQL.
    pub fn door(&self) -> poem::test::TestClient<Arc<BoxEndpoint<'static>>> {
        poem::test::TestClient::new(self.endpoint.clone())
    }

    /// Moves the clock as an organizer does in a rehearsal.
    pub async fn set_clock(&self, at: &str) {
        self.person("organizer").await.does("setClock", serde_json::json!({ "now": at })).await;
    }

    /// Moves the clock without running timers: what the clock makes true has to be true all the same.
    pub fn drift(&self, at: &str) {
        assert!(self.app.clock.advance(instant(at)), "{at} is not later");
    }

    /// Moves the machine's clock, by which tokens and lockouts go.
    pub fn machine_runs(&self, by: TimeDelta) {
        assert!(self.app.clock.advance_machine(by));
    }

    /// What the machine takes to be now.
    pub fn machine_now(&self) -> Instant {
        self.app.clock.machine_now()
    }

    /// What the platform takes to be now.
    pub fn now(&self) -> Instant {
        self.app.clock.now()
    }

    /// Runs what fell due.
    pub async fn run_timers(&self) {
        timers::run_due(&self.app).await.unwrap();
    }

    /// What a server does at its start for what an earlier version did not put where it is found; how much there was.
    pub async fn shelve_all(&self) -> u64 {
        let challenges = jiebang_platform::challenges::shelve_all(&self.app).await.unwrap();
        challenges + jiebang_platform::demands::shelve_all(&self.app).await.unwrap()
    }

    /// Who is left out of a draw for having argued a demand: the draw itself tells that only once all is over.
    pub async fn opinion_givers(&self, demand: &str) -> Vec<String> {
        let givers = jiebang_platform::demands::opinion_givers(self.app.db.read(), demand.parse().unwrap()).await;
        givers.unwrap().iter().map(ToString::to_string).collect()
    }

    /// Statements sent to the database so far.
    pub fn statements(&self) -> u64 {
        self.app.db.statements()
    }

    /// The statements that this takes: the least of five tries, since on a busy machine a batch is now and then sent in two; and of more,
    /// while it is above `enough`, fifty at most. What is sent for each row is sent every time.
    pub async fn costs(&self, enough: u64, mut asks: impl AsyncFnMut()) -> u64 {
        let mut least = u64::MAX;
        for tried in 0..50 {
            if tried >= 5 && least <= enough {
                break;
            }
            let before = self.statements();
            asks().await;
            least = least.min(self.statements() - before);
        }
        least
    }

    /// Every byte that the database has on disk, for the search for what must not be there (SQLite).
    pub fn bytes_on_disk(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        if !self.url.starts_with("sqlite:") {
            return None;
        }
        for entry in std::fs::read_dir(self._folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                bytes.extend(std::fs::read(path).unwrap());
            }
        }
        Some(bytes)
    }

    /// A statement by somebody who has the database in hand, past all doors.
    pub async fn tamper(&self, statement: &str) -> u64 {
        self.app.db.tamper(statement).await.unwrap()
    }

    /// The database goes away.
    pub async fn lose_database(&self) {
        self.app.db.clone().close().await.unwrap();
    }
}

/// A closed SQLite database is one file.
fn copy_database(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
}

/// How many reviews are made up for the oracle (`JIEBANG_ORACLE`), and from which seed (`JIEBANG_ORACLE_SEED`), if it was chosen.
pub fn made_up() -> (usize, Option<u64>) {
    let number = |name| setting(name).map(|text| text.parse().unwrap());
    (number("JIEBANG_ORACLE").map_or(50, |count: u64| count as usize), number("JIEBANG_ORACLE_SEED"))
}

/// The folder for what pages look like in a browser (`JIEBANG_TEST_PICTURES`), if somebody wants to see it.
pub fn pictures() -> Option<PathBuf> {
    setting("JIEBANG_TEST_PICTURES").map(PathBuf::from)
}
