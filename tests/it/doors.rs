//! The door itself: what is no well-formed question is refused in form.

use std::time::{Duration, Instant};

use poem::http::StatusCode;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, SqliteConnection};
use support::{Refusal, State, TestApp};

#[tokio::test]
async fn only_a_json_object_is_posted() {
    let app = TestApp::new().await;
    let door = app.door();
    let query = r#"{"query":"{ clock { now } }"}"#;
    for (kind, body, status) in [
        ("application/json", query.to_owned(), StatusCode::OK),
        ("application/json; charset=utf-8", query.to_owned(), StatusCode::OK),
        ("text/plain", query.to_owned(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (
            "application/x-www-form-urlencoded",
            "query=%7Bclock%7Bnow%7D%7D".to_owned(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        ("multipart/form-data; boundary=x", query.to_owned(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/json", format!("[{query}]"), StatusCode::BAD_REQUEST),
        ("application/json", "{".to_owned(), StatusCode::BAD_REQUEST),
        ("application/json", " ".repeat(513 * 1024), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = door.post("/graphql").header("content-type", kind).body(body.clone()).send().await;
        let start: String = body.chars().take(40).collect();
        assert_eq!(answer.0.status(), status, "{kind} {start}");
        assert!(answer.0.headers().get("x-request-id").is_some());
        assert_eq!(answer.0.headers().get("x-jiebang-mode").unwrap(), "rehearsal");
        let answer: Value = serde_json::from_str(&answer.0.into_body().into_string().await.unwrap()).unwrap();
        if status != StatusCode::OK {
            Refusal::of(&answer);
            assert!(answer.get("data").is_none(), "{answer}");
        }
    }
    assert_eq!(door.put("/graphql").send().await.0.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(door.get("/nowhere").send().await.0.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn words_follow_the_clients_language() {
    let app = TestApp::new().await;
    let ask = async |language: Option<&str>| {
        let body = json!({ "query": "mutation { draftChallenge(input: { title: \"x\" }) { challenge { id } } }" });
        let door = app.door();
        let mut request = door.post("/graphql").body_json(&body);
        if let Some(language) = language {
            request = request.header("accept-language", language);
        }
        let answer = request.send().await.0.into_body().into_string().await.unwrap();
        Refusal::of(&serde_json::from_str(&answer).unwrap()).message
    };
    let chinese = ask(None).await;
    assert!(chinese.contains("登录"), "{chinese}");
    assert_eq!(ask(Some("zh-CN,zh;q=0.9,en;q=0.8")).await, chinese);
    assert!(ask(Some("en")).await.to_lowercase().contains("sign in"));
}

#[tokio::test]
async fn a_database_that_goes_away_is_unavailable_and_never_told() {
    let app = TestApp::new().await;
    let organizer = app.person("organizer").await;
    app.door().get("/readyz").send().await.assert_status_is_ok();
    app.lose_database().await;
    let begun = Instant::now();
    let (_, answer) = organizer.sends("{ challenges { nodes { id } } }", json!({})).await;
    assert_eq!(Refusal::of(&answer).code, "UNAVAILABLE");
    let draft = organizer.fails("draftChallenge", json!({ "title": "x" })).await;
    assert_eq!(draft.code, "UNAVAILABLE");
    assert!(!answer.to_string().to_lowercase().contains("pool"));
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert_eq!(app.door().get("/readyz").send().await.0.status(), StatusCode::SERVICE_UNAVAILABLE);
    app.door().get("/healthz").send().await.assert_status_is_ok();
}

/// On SQLite another process holds the writer's lock; on PostgreSQL the way to the server swallows all, then is cut, then open.
#[tokio::test]
async fn a_silent_database_is_unavailable_before_long_and_comes_back() {
    let (app, way) = TestApp::with_way().await;
    let urban = app.person("urban").await;
    let organizer = app.person("organizer").await;
    let list = "{ challenges { nodes { id } } }";
    let mut blocked = None;
    if way.is_none() {
        let mut other: SqliteConnection = app.url().parse::<SqliteConnectOptions>().unwrap().connect().await.unwrap();
        other.execute("begin immediate").await.unwrap();
        blocked = Some(other);
    }
    for state in [State::Silent, State::Cut] {
        if let Some(way) = &way {
            way.becomes(state);
        }
        for mutates in [false, true, false, true] {
            let begun = Instant::now();
            if mutates {
                let refused = urban.fails("draftChallenge", json!({ "title": "试" })).await;
                assert_eq!(refused.code, "UNAVAILABLE", "{state:?}: {refused:?}");
            } else if way.is_some() {
                let (status, answer) = organizer.sends(list, json!({})).await;
                assert_eq!(Refusal::of(&answer).code, "UNAVAILABLE", "{state:?}");
                assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
            } else {
                organizer.asks(list, json!({})).await;
            }
            // A second and a half by its times, two by its promise; a busy machine may take twice as long over it.
            assert!(begun.elapsed() < Duration::from_secs(3), "{state:?}: {:?}", begun.elapsed());
        }
    }
    if let Some(way) = &way {
        way.becomes(State::Open);
    }
    if let Some(mut other) = blocked {
        other.execute("rollback").await.unwrap();
    }
    let begun = Instant::now();
    while organizer.sends(list, json!({})).await.0 != StatusCode::OK {
        assert!(begun.elapsed() < Duration::from_secs(5), "not back after 5 s");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    urban.does("draftChallenge", json!({ "title": "试" })).await;
}

/// Whoever hangs up, at whatever instant, leaves nothing begun on a connection that others are given next.
#[tokio::test]
async fn who_hangs_up_leaves_no_transaction_open() {
    let Some(_) = support::postgres() else { return };
    let app = TestApp::new().await;
    let urban = app.person("urban").await;
    let mut connection = PgConnection::connect(app.url()).await.unwrap();
    let open =
        "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'
        and state_change < clock_timestamp() - interval '300 milliseconds'";
    let draft = "mutation { draftChallenge(input: { title: \"试\" }) { challenge { id } } }";
    for instant in 0..150 {
        let patience = Duration::from_micros(100 * instant);
        let _ = tokio::time::timeout(patience, urban.sends(draft, json!({}))).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        let begun = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'";
        if sqlx::query_scalar::<_, i64>(begun).fetch_one(&mut connection).await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let left: i64 = sqlx::query_scalar(open).fetch_one(&mut connection).await.unwrap();
            assert_eq!(left, 0, "left open by who hung up after {patience:?}");
        }
    }
}
