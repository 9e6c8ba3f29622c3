//! graphql-transport-ws at a served door: each rule of the protocol, and what a live socket may hear.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures_util::SinkExt;
use jiebang_platform::base::id::{EventId, Kind};
use jiebang_server::config::Profile;
use serde_json::{Value, json};
use support::ws::{Client, PROTOCOL, WATCH};
use support::{Competition, TestApp};
use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

/// Nothing here takes longer, or it has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// A live socket is closed within this.
const REVOKED: Duration = Duration::from_secs(5);

#[tokio::test]
async fn the_protocol_is_agreed_on_and_begun_in_time_and_once() {
    let app = TestApp::new().await;
    let at = app.serve().await.unwrap();
    let not_acceptable = (4406, "Subprotocol not acceptable".to_owned());
    // Without one it is no matter of negotiation; with another the client is told that none was agreed on.
    assert_eq!(Client::try_to_open(at, &[]).await.unwrap().is_closed().await, not_acceptable);
    let other = Client::try_to_open(at, &[(PROTOCOL.0, "graphql-ws")]).await;
    assert!(matches!(other, Err(Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)))));

    let began = Instant::now();
    let mut silent = Client::opened(at).await;
    silent.says(json!({ "type": "ping", "payload": { "early": true } })).await;
    assert_eq!(silent.hears().await, json!({ "type": "pong", "payload": { "early": true } }));
    assert_eq!(silent.is_closed().await, (4408, "Connection initialisation timeout".to_owned()));
    let took = began.elapsed();
    assert!((Duration::from_millis(2_900)..Duration::from_secs(5)).contains(&took), "{took:?}");

    let mut twice = Client::of(at, None).await;
    twice.init(None).await;
    assert_eq!(twice.is_closed().await, (4429, "Too many initialisation requests".to_owned()));

    let mut hasty = Client::opened(at).await;
    hasty.subscribes("1", "{ clock { now } }", json!({})).await;
    assert_eq!(hasty.is_closed().await, (4401, "Unauthorized".to_owned()));
    // A second init is one too many even before the first was answered.
    let mut racing = Client::opened(at).await;
    racing.init(None).await;
    racing.init(None).await;
    assert_eq!(racing.hears().await["type"], "connection_ack");
    assert_eq!(racing.is_closed().await.0, 4429);
}

#[tokio::test]
async fn what_is_no_message_closes_the_socket() {
    let app = TestApp::new().await;
    let at = app.serve().await.unwrap();
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let subscribe = |length: usize| {
        json!({ "type": "subscribe", "id": "x".repeat(length), "payload": { "query": "{ clock { now } }" } })
            .to_string()
    };
    let mut client = Client::of(at, None).await;
    client.sends(Message::text(subscribe(256))).await;
    assert_eq!(client.hears().await["type"], "next");
    for bad in [
        "",
        "hello",
        "[]",
        r#"{"type":"start","id":"1","payload":{"query":"{ clock { now } }"}}"#,
        r#"{"id":"1","payload":{"query":"{ clock { now } }"}}"#,
        r#"{"type":"subscribe","payload":{"query":"{ clock { now } }"}}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"{ clock { now } }"}}"#,
        &subscribe(257),
        r#"{"type":"subscribe","id":"1","payload":{}}"#,
        r#"{"type":"subscribe","id":"1","payload":[{"query":"{ clock { now } }"}]}"#,
        r#"{"type":"connection_init","payload":"x"}"#,
        deep.as_str(),
    ] {
        let mut client = Client::of(at, None).await;
        client.sends(Message::text(bad)).await;
        assert_eq!(client.is_closed().await, (4400, "Invalid message".to_owned()), "{bad:.100}");
    }
    let mut client = Client::of(at, None).await;
    client.sends(Message::binary(Bytes::from_static(br#"{"type":"ping"}"#))).await;
    assert_eq!(client.is_closed().await.0, 4400);
}

#[tokio::test]
async fn a_message_has_half_a_mebibyte() {
    let app = TestApp::new().await;
    let at = app.serve().await.unwrap();
    let ping = |length: usize| {
        let empty = json!({ "type": "ping", "payload": { "a": "" } }).to_string().len();
        json!({ "type": "ping", "payload": { "a": "x".repeat(length - empty) } })
    };
    let mut client = Client::of(at, None).await;
    client.says(ping(512 * 1024)).await;
    assert_eq!(client.hears().await["type"], "pong");
    client.says(ping(512 * 1024 + 1)).await;
    assert_eq!(client.is_closed().await, (1009, "Message too big".to_owned()));
    // In parts that fit each by itself.
    let mut client = Client::of(at, None).await;
    for (part, last) in [(OpCode::Data(Data::Text), false), (OpCode::Data(Data::Continue), true)] {
        client.sends(Message::Frame(Frame::message(vec![b'x'; 300 * 1024], part, last))).await;
    }
    assert_eq!(client.is_closed().await.0, 1009);
}

#[tokio::test]
async fn what_is_no_frame_closes_the_socket() {
    let app = TestApp::new().await;
    let at = app.serve().await.unwrap();
    // Not masked; a reserved bit; a text that is not UTF-8.
    for (bytes, code) in
        [(&b"\x81\x02hi"[..], 1002), (&b"\xc1\x82\0\0\0\0hi"[..], 1002), (&b"\x81\x81\0\0\0\0\xff"[..], 1007)]
    {
        let mut client = Client::of(at, None).await;
        client.0.get_mut().write_all(bytes).await.unwrap();
        assert_eq!(client.is_closed().await.0, code, "{bytes:?}");
    }
    // And what is no opening of a socket is told like any other request.
    let answer = app.door().get("/graphql").header("upgrade", "websocket").send().await;
    assert_eq!(answer.0.status(), 400);
    let told: Value = serde_json::from_str(&answer.0.into_body().into_string().await.unwrap()).unwrap();
    assert_eq!(told["errors"][0]["extensions"]["code"], "INVALID_INPUT");
}

#[tokio::test]
async fn an_id_is_used_by_one_operation_at_a_time() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let at = app.serve().await.unwrap();
    let mut client = Client::of(at, None).await;
    client.watches("a", &competition.challenge).await;
    client.says(json!({ "id": "a", "type": "complete" })).await;
    client.watches("a", &competition.challenge).await;
    client.hears_nothing().await;
    client.watches("a", &competition.challenge).await;
    assert_eq!(client.is_closed().await, (4409, "Subscriber for a already exists".to_owned()));

    let long = "榜".repeat(80);
    let mut client = Client::of(at, None).await;
    client.watches(&long, &competition.challenge).await;
    client.watches(&long, &competition.challenge).await;
    let (code, reason) = client.is_closed().await;
    assert!(code == 4409 && reason.len() <= 123 && reason.starts_with("Subscriber for 榜"), "{reason}");
}

#[tokio::test]
async fn queries_and_mutations_are_answered_and_completed() {
    let app = TestApp::new().await;
    for profile in [Profile::Closed, Profile::Open] {
        let at = app.serve_as(profile).await.unwrap();
        let urban = app.person("urban").await;
        let mut client = Client::of(at, urban.token()).await;
        client.subscribes("q", "{ viewer { user { name } } }", json!({})).await;
        let told = client.hears().await;
        assert_eq!((&told["id"], &told["type"]), (&json!("q"), &json!("next")), "{told}");
        assert!(told["payload"]["data"]["viewer"]["user"]["name"].is_string(), "{told}");
        assert_eq!(client.hears().await, json!({ "id": "q", "type": "complete" }));
        // The same id again; what is refused in its place was executed.
        let nothing = "mutation { draftChallenge(input: { title: \"\" }) { challenge { id } } }";
        client.subscribes("q", nothing, json!({})).await;
        let told = client.hears().await;
        assert_eq!(told["type"], "next", "{told}");
        assert_eq!(told["payload"]["data"], Value::Null);
        assert_eq!(told["payload"]["errors"][0]["extensions"]["code"], "INVALID_INPUT");
        assert_eq!(client.hears().await, json!({ "id": "q", "type": "complete" }));
    }
}

#[tokio::test]
async fn what_is_refused_before_it_is_executed_is_an_error_and_nothing_more() {
    let app = TestApp::new().await;
    let at = app.serve().await.unwrap();
    let doubling: String =
        (0..24).map(|n| format!("fragment f{n} on Query {{ ...f{} ...f{} }} ", n + 1, n + 1)).collect();
    let mut client = Client::of(at, None).await;
    let watch = "challengeChanged(challengeId: \"x\") { id }";
    for (query, variables, code, reason) in [
        (format!("{{ __typename(a: {}", "[".repeat(2_000)), json!({}), "TOO_COMPLEX", "nesting"),
        (format!("subscription {{ a(a: {}", "{a:".repeat(2_000)), json!({}), "TOO_COMPLEX", "nesting"),
        (format!("{{ ...f0 }} {doubling} fragment f24 on Query {{ id }}"), json!({}), "TOO_COMPLEX", "fields"),
        ("{".to_owned(), json!({}), "INVALID_INPUT", ""),
        ("{ nothing }".to_owned(), json!({}), "INVALID_INPUT", ""),
        ("subscription { nothing }".to_owned(), json!({}), "INVALID_INPUT", ""),
        ("query($id: ID!) { challenge(id: $id) { id } }".to_owned(), json!({}), "INVALID_INPUT", ""),
        (WATCH.to_owned(), json!({ "id": [1] }), "INVALID_INPUT", ""),
        (WATCH.to_owned(), json!({ "id": "#__graphql_file__:0" }), "INVALID_INPUT", ""),
        (format!("subscription {{ a: {watch} b: {watch} }}"), json!({}), "INVALID_INPUT", ""),
        (format!("subscription {{ ...f }} fragment f on Subscription {{ {watch} }}"), json!({}), "INVALID_INPUT", ""),
        // What cannot be watched was never begun.
        (WATCH.to_owned(), json!({ "id": "x" }), "INVALID_INPUT", ""),
        (WATCH.to_owned(), json!({ "id": "chl_01h455vb4pex5vsknk084sn02q" }), "NOT_FOUND", ""),
    ] {
        client.subscribes("e", &query, variables).await;
        assert_eq!(client.is_refused("e").await, (code.to_owned(), reason.to_owned()), "{query:.100}");
    }
    let mut client = Client::try_to_open(at, &[PROTOCOL, ("accept-language", "en")]).await.unwrap();
    client.init(None).await;
    client.hears().await;
    client.subscribes("e", "{ __typename(a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", json!({})).await;
    assert_eq!(client.hears().await["payload"][0]["message"], "Brackets nest more than 40 deep.");
}

#[tokio::test]
async fn a_socket_has_a_hundred_operations_at_once() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let at = app.serve().await.unwrap();
    let mut client = Client::of(at, None).await;
    for n in 0..100 {
        client.watches(&n.to_string(), &competition.challenge).await;
    }
    client.watches("100", &competition.challenge).await;
    assert_eq!(client.is_refused("100").await, ("TOO_COMPLEX".to_owned(), "operations".to_owned()));
    // One that ends makes room for another.
    client.says(json!({ "id": "7", "type": "complete" })).await;
    client.watches("100", &competition.challenge).await;
    client.hears_nothing().await;
    client.watches("101", &competition.challenge).await;
    assert_eq!(client.is_refused("101").await.0, "TOO_COMPLEX");
}

#[tokio::test]
async fn pages_of_other_sites_open_no_socket() {
    let app = TestApp::new().await;
    let at = app.served(|server| server.origins = "https://portal.example".into()).await.address;
    let own = format!("http://{at}");
    for origin in [&own, "https://portal.example"] {
        let mut client = Client::try_to_open(at, &[PROTOCOL, ("origin", origin)]).await.unwrap();
        client.init(None).await;
        assert_eq!(client.hears().await["type"], "connection_ack");
    }
    for origin in ["https://evil.example", "null", "http://portal.example"] {
        let refused = Client::try_to_open(at, &[PROTOCOL, ("origin", origin)]).await.err().unwrap();
        assert!(matches!(&refused, Error::Http(answer) if answer.status() == 403), "{origin}: {refused}");
    }
}

async fn amend(app: &TestApp, competition: &Competition, note: &str) {
    let input = json!({ "challengeId": competition.challenge, "summary": note, "material": false,
                        "changes": { "background": note } });
    app.person("organizer").await.does("amendChallenge", input).await;
}

#[tokio::test]
async fn what_happens_to_a_challenge_is_told_once() {
    let app = TestApp::new().await;
    let competition = Competition::approved(&app).await;
    let challenge = &competition.challenge;
    let at = app.serve().await.unwrap();
    // Before it is published only its department and the organizers may watch.
    let mut anybody = Client::of(at, None).await;
    anybody.watches("w", challenge).await;
    assert_eq!(anybody.is_refused("w").await.0, "NOT_FOUND");
    let mut urban = Client::of(at, app.person("urban").await.token()).await;
    urban.watches("w", challenge).await;
    urban.has_begun().await;

    let publish = json!({ "challengeId": challenge, "submissionDeadline": support::DEADLINE });
    app.person("organizer2").await.does("publishChallenge", publish).await;
    let told = urban.hears_event("w").await;
    assert_eq!((&told["kind"], &told["subject"]), (&json!("challenge.published"), &json!(challenge)));
    assert!(!told["summary"].as_str().unwrap().is_empty());
    anybody.watches("w", challenge).await;
    // What was there before it began is not told.
    anybody.has_begun().await;

    amend(&app, &competition, "另开放两处。").await;
    let ask = json!({ "challengeId": challenge, "text": "可否使用自备雷达？" });
    let asked = app.person("aurora").await.does("askQuestion", ask).await;
    let answer = json!({ "questionId": asked["question"]["id"], "answer": "可以。" });
    app.person("urban").await.does("answerQuestion", answer).await;
    // Another server on the same database.
    let beside = app.beside().await;
    amend(&beside, &competition, "再开放一处。").await;
    let kinds = ["challenge.amended", "question.asked", "question.answered", "challenge.amended"];
    for client in [&mut urban, &mut anybody] {
        let mut ids = Vec::new();
        for kind in kinds {
            let told = client.hears_event("w").await;
            assert_eq!(told["kind"], kind);
            ids.push(told["id"].as_str().unwrap().to_owned());
        }
        ids.dedup();
        assert_eq!(ids.len(), 4);
        // It looks several times more, and has nothing to tell.
        sleep(Duration::from_millis(2_500)).await;
        client.hears_nothing().await;
        // Ended by the client: no echo, and no more of it.
        client.says(json!({ "id": "w", "type": "complete" })).await;
        client.hears_nothing().await;
    }
    amend(&app, &competition, "又开放一处。").await;
    sleep(Duration::from_millis(1_500)).await;
    urban.hears_nothing().await;
}

/// Ids are made inside transactions: on PostgreSQL one may become visible after a later one.
#[tokio::test]
async fn an_event_that_comes_to_light_late_is_told() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let at = app.serve().await.unwrap();
    let mut client = Client::of(at, None).await;
    client.watches("w", &competition.challenge).await;
    client.has_begun().await;
    amend(&app, &competition, "另开放两处。").await;
    let latest: EventId = client.hears_event("w").await["id"].as_str().unwrap().parse().unwrap();
    let literal = |id: EventId| match support::postgres() {
        Some(_) => format!("'{}'::uuid", id.uuid()),
        None => format!("x'{}'", id.uuid().simple()),
    };
    let late = EventId::from_uuid(format!("{:032x}", latest.uuid().as_u128() - (5_000 << 80)).parse().unwrap());
    app.tamper(&format!(
        "insert into events (id, stream, seq, at, kind, subject, challenge_id, audience, audience_id, actor_id, public_text,
             private_facts, salt, private_digest, previous_hash, hash)
         select {}, stream, seq + 1000, at, kind, subject, challenge_id, audience, audience_id, actor_id, public_text,
             private_facts, salt, private_digest, previous_hash, hash from events where id = {}",
        literal(late),
        literal(latest)
    ))
    .await;
    assert_eq!(client.hears_event("w").await["id"], late.to_string());
    sleep(Duration::from_millis(2_500)).await;
    client.hears_nothing().await;
}

#[tokio::test]
async fn a_socket_ends_with_the_right_to_it() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let at = app.serve().await.unwrap();
    for bad in ["x", ""] {
        let mut client = Client::opened(at).await;
        client.init(Some(bad)).await;
        assert_eq!(client.is_closed().await, (4403, "Forbidden: 登录已失效，请重新登录。".to_owned()));
    }
    let mut client = Client::opened(at).await;
    client.says(json!({ "type": "connection_init", "payload": { "authorization": 1 } })).await;
    assert_eq!(client.is_closed().await.0, 4403);
    let refused = [PROTOCOL, ("authorization", "Bearer x")];
    let mut client = Client::try_to_open(at, &refused).await.unwrap();
    client.init(None).await;
    assert_eq!(client.is_closed().await.0, 4403);

    let closes = async |client: &mut Client| {
        let began = Instant::now();
        let (code, reason) = client.is_closed().await;
        assert!(code == 4403 && reason.starts_with("Forbidden: "), "{code} {reason}");
        assert!(began.elapsed() < REVOKED, "{:?}", began.elapsed());
    };
    let (aurora, beacon, cedar) = (app.person("aurora").await, app.person("beacon").await, app.person("cedar").await);
    let mut anybody = Client::of(at, None).await;
    let mut other = Client::of(at, app.person("aurora").await.token()).await;
    let mut signed_out = Client::of(at, aurora.token()).await;
    signed_out.watches("w", &competition.challenge).await;
    signed_out.has_begun().await;
    aurora.does("signOut", json!({})).await;
    closes(&mut signed_out).await;
    other.hears_nothing().await;

    let user = beacon.reads("viewer", json!({})).await["user"]["id"].clone();
    let mut suspended = Client::of(at, beacon.token()).await;
    app.person("secadmin").await.does("suspendUser", json!({ "userId": user, "reason": "核查" })).await;
    closes(&mut suspended).await;

    let mut elsewhere = Client::of(at, app.person("cedar").await.token()).await;
    let change = json!({ "currentPassword": "Rehearsal-2026", "newPassword": "Another-Rehearsal-2027" });
    cedar.does("changePassword", change).await;
    closes(&mut elsewhere).await;

    // Of two colleagues one is let go, the other's program loses its token.
    let owner = app.person("delta").await;
    let made = owner
        .does("createApiToken", json!({ "name": "系统", "scope": "READ", "days": 1, "password": "Rehearsal-2026" }));
    let made = made.await;
    let invite = json!({ "right": "READER", "note": "同事", "password": "Rehearsal-2026" });
    let code = owner.does("inviteMember", invite).await["code"].clone();
    let joining = json!({ "code": code, "username": "yizhou", "password": "Another-Rehearsal-2027", "name": "沈一舟" });
    app.anybody().does("acceptInvitation", joining).await;
    let colleague = app.sign_in("yizhou", "Another-Rehearsal-2027").await;
    let id = colleague.reads("viewer", json!({})).await["user"]["id"].clone();
    let mut let_go = Client::of(at, colleague.token()).await;
    owner.does("removeMember", json!({ "userId": id, "password": "Rehearsal-2026" })).await;
    closes(&mut let_go).await;
    let mut program = Client::of(at, made["secret"].as_str()).await;
    owner.does("revokeApiToken", json!({ "tokenId": made["token"]["id"] })).await;
    closes(&mut program).await;

    // Five minutes: the token's own end.
    app.machine_runs(TimeDelta::seconds(301));
    closes(&mut other).await;
    anybody.hears_nothing().await;
}

/// Of a token that cannot be looked at nobody is told that it holds, nor that it does not.
#[tokio::test]
async fn while_the_database_is_away_tokens_are_tried_again_later() {
    let app = TestApp::new().await;
    let at = app.serve().await.unwrap();
    let organizer = app.person("organizer").await;
    let token = organizer.token();
    let mut before = Client::of(at, token).await;
    let mut anybody = Client::of(at, None).await;
    app.lose_database().await;
    let later = (1013, "Try again later".to_owned());
    let mut client = Client::opened(at).await;
    client.init(token).await;
    assert_eq!(client.is_closed().await, later);
    // Who was let in before stays, and hears nothing that would have to be read.
    sleep(Duration::from_millis(2_500)).await;
    before.hears_nothing().await;
    anybody.subscribes("q", "{ challenges { nodes { id } } }", json!({})).await;
    let told = anybody.hears().await;
    assert_eq!(told["payload"]["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{told}");
}

#[tokio::test]
async fn whoever_is_gone_or_does_not_read_is_given_up() {
    let app = TestApp::new().await;
    let served = app.served(|server| server.socket_ping_seconds = 1).await;
    let mut asleep = Client::of(served.address, None).await;
    let mut awake = Client::of(served.address, None).await;
    let reading = async {
        for _ in 0..8 {
            sleep(Duration::from_millis(500)).await;
            awake.hears_nothing().await;
        }
    };
    // What is not read is not answered.
    reading.await;
    assert_eq!(asleep.is_closed().await, (1008, "Pings are not answered".to_owned()));

    // Half a mebibyte comes back for each that is sent, and nobody takes it.
    let at = app.serve().await.unwrap();
    let mut deaf = Client::of(at, None).await;
    let ping = json!({ "type": "ping", "payload": { "a": "x".repeat(500_000) } });
    let began = Instant::now();
    let told =
        async { while deaf.0.feed(Message::text(ping.to_string())).await.is_ok() && deaf.0.flush().await.is_ok() {} };
    timeout(PATIENCE, told).await.expect("it is waited for without end");
    assert!(began.elapsed() >= Duration::from_secs(8), "{:?}", began.elapsed());
}

#[tokio::test]
async fn whoever_does_not_read_holds_nobody_up() {
    let app = TestApp::new().await;
    let at = app.serve().await.unwrap();
    let urban = app.person("urban").await;
    let mut deaf = Client::of(at, urban.token()).await;
    let draft = "mutation { draftChallenge(input: { title: \"夜间占道感知\" }) { challenge { id } } }";
    let ping = json!({ "type": "ping", "payload": { "a": "x".repeat(500_000) } });
    // Writes are under way when what is to be sent is no longer taken.
    for n in 0.. {
        let asks = async {
            for m in 0..5 {
                deaf.subscribes(&format!("{n}-{m}"), draft, json!({})).await;
            }
            deaf.says(ping.clone()).await;
        };
        if timeout(Duration::from_millis(500), asks).await.is_err() {
            break;
        }
    }
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(6) {
        let asked = Instant::now();
        urban.does("draftChallenge", json!({ "title": "午间占道感知" })).await;
        assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_stop_is_told_and_what_is_asked_is_answered() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let served = app.served(|_| {}).await;
    let mut client = Client::of(served.address, None).await;
    client.watches("w", &competition.challenge).await;
    client.hears_nothing().await;
    let sign_in = "mutation { signIn(input: { username: \"aurora\", password: \"Rehearsal-2026\" }) { accessToken } }";
    // Five attempts at once would be taken for guessing.
    for n in 0..4 {
        client.subscribes(&n.to_string(), sign_in, json!({})).await;
    }
    client.says(json!({ "type": "ping" })).await;
    let (mut answered, mut completed, mut open) = (0, 0, 0);
    while completed < 4 {
        let told = client.hears().await;
        match told["type"].as_str() {
            Some("next") => {
                assert!(told["payload"]["data"]["signIn"]["accessToken"].is_string(), "{told}");
                answered += 1;
            }
            Some("complete") => completed += 1,
            // All are under way.
            Some("pong") => {
                open = 4 - completed;
                served.stopping.cancel();
            }
            _ => panic!("{told}"),
        }
    }
    assert!(answered == 4 && open > 0, "{answered} {open}");
    assert_eq!(client.is_closed().await, (1001, "Going away".to_owned()));
    drop(client);
    assert!(served.stopped().await < Duration::from_secs(3));
}
