//! The whole server, in this process, on an empty database.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiebang_platform::accounts::{CreateAccount, Hasher, SignIn, Throttle, create_account_as_operator, sign_in};
use jiebang_platform::base::Clock;
use jiebang_platform::base::id::{BidId, ChallengeId, Kind};
use jiebang_platform::base::words::{Role, SealMode};
use jiebang_platform::bids::receipt;
use jiebang_platform::db::{Db, Settings};
use jiebang_platform::keys::{KeyTexts, Keys};
use jiebang_platform::{App, rehearsal};
use jiebang_server::config::{Config, Flags};
use jiebang_server::http;
use poem::endpoint::BoxEndpoint;
use poem::http::{Method, StatusCode};
use poem::{Endpoint, EndpointExt, Request};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) struct House {
    pub(crate) app: App,
    /// A good access token.
    pub(crate) token: String,
    /// A genuine receipt.
    pub(crate) receipt: String,
    endpoint: BoxEndpoint<'static>,
    _folder: TempDir,
}

pub(crate) static HOUSE: LazyLock<House> = LazyLock::new(|| wait(House::new()));

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());

pub(crate) fn wait<T>(what: impl Future<Output = T>) -> T {
    RUNTIME.block_on(what)
}

impl House {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let patience = Duration::from_secs(30);
        let url = format!("sqlite:{}", folder.path().join("fuzz.sqlite").display());
        let settings = Settings { url, readers: 2, writers: 1, patience, statement_timeout: patience };
        let db = Db::connect(&settings).await.unwrap();
        db.migrate().await.unwrap();
        rehearsal::open_rehearsal(&db, Clock::real().machine_now()).await.unwrap();
        // Tokens do not end while they are changed.
        let at = Clock::real().machine_now();
        let clock = Clock::standing(at, at);
        let app = App {
            db,
            throttle: Throttle::new(&clock),
            follow: Default::default(),
            clock,
            keys: Arc::new(Keys::read(&KeyTexts::generate().unwrap()).unwrap()),
            hasher: Hasher::new(),
            settings: jiebang_platform::Settings { rehearsal: true, issuer: "fuzz".into(), seal: SealMode::Organizers, escrow: None },
        };
        let (username, password) = ("someone".to_owned(), "Rehearsal-2026".to_owned());
        let account = CreateAccount {
            username: username.clone(),
            password: password.clone(),
            name: "x".into(),
            roles: vec![Role::Organizer],
            judge_kind: None,
            organization_id: None,
            idempotency_key: None,
        };
        create_account_as_operator(&app, account).await.unwrap();
        let entry = SignIn { username, password, totp: None, user_agent: None, address: None };
        let token = sign_in(&app, entry).await.unwrap().access_token;
        let receipt = receipt(&app);
        let mut server =
            Config::read(&Flags { data: Some(folder.path().to_owned()), ..Flags::default() }).unwrap().server;
        server.proxies = 1;
        let endpoint = http::app_endpoint(app.clone(), &server).boxed();
        Self { app, token, receipt, endpoint, _folder: folder }
    }
}

/// A receipt for a bid that is not there.
fn receipt(app: &App) -> String {
    let header = json!({ "typ": receipt::TYPE, "alg": "EdDSA", "kid": app.keys.receipt.id });
    let claims = receipt::Claims {
        iss: app.settings.issuer.clone(),
        bid: BidId::new(),
        challenge: ChallengeId::new(),
        version: 1,
        commitment: "c".into(),
        sealed_sha256: "s".into(),
        sealed_at: app.clock.now(),
    };
    let part = |json: String| URL_SAFE_NO_PAD.encode(json);
    let signed = format!("{}.{}", part(header.to_string()), part(json!(claims).to_string()));
    let signature = URL_SAFE_NO_PAD.encode(app.keys.receipt.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// A text that came over a socket.
pub fn message(text: &str) {
    if http::is_a_message(text) {
        let read: Value = serde_json::from_str(text).expect("a message is JSON");
        let object = read.as_object().expect("a message is an object");
        let kind = object["type"].as_str().expect("a message has a type");
        assert!(["connection_init", "ping", "pong", "subscribe", "complete"].contains(&kind), "{kind}");
        if matches!(kind, "subscribe" | "complete") {
            assert!((1..=256).contains(&object["id"].as_str().expect("an operation has an id").len()));
        }
    }
}

/// A request: a line with method and query string, lines of headers, an empty one, the body.
pub fn request(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let (method, query) = lines.next().unwrap_or_default().split_once(' ').unwrap_or(("POST", ""));
    let Ok(method) = method.parse::<Method>() else { return };
    let Ok(uri) = (if query.is_empty() { "/graphql".to_owned() } else { format!("/graphql?{query}") }).parse() else {
        return;
    };
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let (Ok(name), Ok(value)) =
            (name.trim().parse::<poem::http::HeaderName>(), value.trim().parse::<poem::http::HeaderValue>())
        else {
            continue;
        };
        // A socket needs a connection.
        if name != poem::http::header::UPGRADE {
            request = request.header(name, value);
        }
    }
    let request = request.body(body.to_owned());
    // Not made within what it makes.
    let house = &*HOUSE;
    let (status, answer) = wait(async {
        let answer = house.endpoint.get_response(request).await;
        (answer.status(), answer.into_body().into_vec().await.unwrap())
    });
    const STATUSES: [u16; 7] = [200, 400, 403, 405, 408, 413, 415];
    assert!(STATUSES.contains(&status.as_u16()), "{status}: {text}");
    assert!(status == StatusCode::OK || answer.len() <= 64 * 1024);
    let answer: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
    for error in answer["errors"].as_array().into_iter().flatten() {
        let extensions = &error["extensions"];
        let code = extensions["code"].as_str().expect("an error has a code");
        assert!(code != "INTERNAL" && code != "UNAVAILABLE", "{answer}");
        assert!(extensions["fields"].is_array() && extensions["requestId"].is_string(), "{answer}");
    }
}
