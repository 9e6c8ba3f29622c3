//! The opening against whoever can write to the database, and in the two ways in which keys are held.

use serde_json::{Value, json};
use support::{Competition, DEADLINE, Person, TestApp, opening, solution_input};

use crate::seal::{decrypted, own_key};

const OPENS: &str = "mutation($input: OpenBidsInput!) { openBids(input: $input) { opened broken } }";

/// The second of two openers opens: what it is answered.
async fn opens(app: &TestApp, competition: &Competition) -> Value {
    app.person("organizer").await.does("openBids", competition.opening()).await;
    let second = app.person("organizer2").await;
    second.asks(OPENS, json!({ "input": competition.opening() })).await["openBids"].clone()
}

async fn receipt(person: &Person, competition: &Competition, bid: &str) -> Value {
    let asks = "query($id: ID!) { challenge(id: $id) { bids(first: 100) { nodes { id receipt { compact } } } } }";
    let seen = person.asks(asks, json!({ "id": competition.challenge })).await;
    let nodes = seen["challenge"]["bids"]["nodes"].as_array().unwrap();
    nodes.iter().find(|one| one["id"] == bid).unwrap()["receipt"]["compact"].clone()
}

/// What a receipt commits to.
fn commitment(receipt: &Value) -> String {
    let claims = receipt.as_str().unwrap().split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, claims).unwrap();
    serde_json::from_slice::<Value>(&claims).unwrap()["commitment"].as_str().unwrap().to_owned()
}

async fn verdict(app: &TestApp, receipt: &Value) -> (Value, Value) {
    let told = app.anybody().reads("verifyReceipt", json!({ "receipt": receipt })).await;
    (told["valid"].clone(), told["inForce"].clone())
}

/// What a bid's own row says of itself is not believed: the log says what was handed in.
#[tokio::test]
async fn what_the_rows_are_made_to_say_after_the_deadline_is_seen_and_told_of_those_bids_alone() {
    let app = TestApp::new().await;
    let mut competition = Competition::with_bids(&app).await;
    let delta = competition.bid(&app, "delta", 120_000_000).await;
    let of = |name: &str| competition.bids.iter().find(|(bidder, _)| bidder == name).unwrap().1.clone();
    let [aurora, beacon, cedar] = ["aurora", "beacon", "cedar"].map(of);
    // One replaces what it has handed in, one takes it back.
    let solution = solution_input(&competition.indicators, "改过的方案", 150_000_000);
    app.person("aurora").await.does("reviseBid", json!({ "bidId": aurora, "solution": solution })).await;
    app.person("aurora").await.does("submitBid", json!({ "bidId": aurora, "pledgeAccepted": true })).await;
    app.person("delta").await.does("withdrawBid", json!({ "bidId": delta })).await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;

    let set = async |bid: &str, values: &str| {
        let id = bid.parse::<jiebang_platform::base::id::BidId>().unwrap();
        let id = jiebang_platform::base::id::Kind::uuid(id).to_string();
        // SQLite keeps the sixteen bytes.
        let id = if support::postgres().is_some() { format!("'{id}'") } else { format!("x'{}'", id.replace('-', "")) };
        assert_eq!(app.tamper(&format!("update bids set {values} where id = {id}")).await, 1, "{values}");
    };
    // What was replaced is to count, what was taken back too, and another is not to.
    set(&aurora, "in_force = 1").await;
    set(&delta, "status = 'SUBMITTED', in_force = 1, withdrawn_at = null").await;
    set(&cedar, "status = 'WITHDRAWN', in_force = null").await;
    let told = opens(&app, &competition).await;
    let mut broken: Vec<&str> = told["broken"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    broken.sort_unstable();
    let mut expected = [aurora.as_str(), delta.as_str(), cedar.as_str()];
    expected.sort_unstable();
    assert_eq!((&told["opened"], broken.as_slice()), (&json!(true), expected.as_slice()));
    let seen = app.person("organizer").await.reads("bids", json!({ "id": competition.challenge })).await;
    let read = seen["bids"]["nodes"].as_array().unwrap().iter().filter(|bid| bid["solution"] != Value::Null);
    assert_eq!(read.map(|bid| bid["id"].as_str().unwrap()).collect::<Vec<_>>(), [beacon.as_str()]);
    // The opening's event names what was closed over, and nothing that was put in its place.
    let events = app.anybody().reads("events", json!({ "subject": competition.challenge, "first": 100 })).await;
    let opened = events["nodes"].as_array().unwrap().iter().find(|event| event["kind"] == "challenge.opened").unwrap();
    let facts = serde_json::from_str::<Value>(opened["publicText"].as_str().unwrap()).unwrap()["facts"].clone();
    assert_eq!((&facts["count"], facts["commitments"].as_array().unwrap().len()), (&json!(3), 3));
    assert_eq!(seen["bidCount"], 3);
    // So do the record's commitments, whatever the rows of bids say later, and with them the draw.
    set(&beacon, "in_force = null").await;
    let record = app.anybody().reads("openingRecord", json!({ "id": competition.challenge })).await;
    let record = record["openingRecord"].clone();
    assert_eq!((&record["commitments"], &record["nonce"]), (&facts["commitments"], &facts["nonce"]));
    // What is broken is seen with what was opened, and fails the formal check.
    let gone = seen["bids"]["nodes"].as_array().unwrap().iter().find(|bid| bid["id"] == cedar.as_str()).unwrap();
    assert_eq!((&gone["status"], &gone["solution"]), (&json!("OPENED"), &Value::Null));
    let items = json!([{ "name": "封存完好", "passed": false, "reason": "与日志不符" }]);
    assert_eq!(Competition::both_check(&app, &cedar, items).await["bid"]["status"], "FORMAL_FAILED");
}

/// Another ciphertext in the place of one, its columns made to fit: it opens, and it is not what was handed in.
#[tokio::test]
async fn another_ciphertext_of_the_same_content_is_not_what_was_handed_in() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let (bidder, bid) = &competition.bids[0];
    let own = receipt(&app.person(bidder).await, &competition, bid).await;
    assert_eq!(verdict(&app, &own).await, (json!(true), json!(true)));
    // A byte behind the ciphertext's end.
    let more = if support::postgres().is_some() { "sealed || '\\x00'::bytea" } else { "cast(sealed || x'00' as blob)" };
    let of_bid = "bid_id in (select id from bids where requested_funding is null and in_force is not null)
        and commitment =";
    let commitment = commitment(&own);
    let changed = format!("update bid_submissions set sealed = {more} where {of_bid} '{commitment}'");
    assert_eq!(app.tamper(&changed).await, 1);
    assert_eq!(verdict(&app, &own).await, (json!(false), Value::Null));
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    assert_eq!(opens(&app, &competition).await, json!({ "opened": true, "broken": [bid] }));
}

/// What is handed in is sealed to the key that was published, whatever key a row is made to name meanwhile.
#[tokio::test]
async fn nothing_is_sealed_to_a_key_that_was_not_published() {
    let app = TestApp::new().await;
    let mut competition = Competition::published(&app).await;
    let asks = "query($id: ID!) { challenge(id: $id) { sealRecipient } }";
    let shown = app.anybody().asks(asks, json!({ "id": competition.challenge })).await;
    let published = shown["challenge"]["sealRecipient"].as_str().unwrap().to_owned();
    let swaps = async |from: &str, to: &str| {
        let swapped = format!("update seals set recipient = '{to}' where recipient = '{from}'");
        assert_eq!(app.tamper(&swapped).await, 1);
    };
    let (_, other) = own_key();
    swaps(&published, &other).await;
    for bidder in ["aurora", "beacon", "cedar"] {
        competition.bid(&app, bidder, 100_000_000).await;
    }
    swaps(&other, &published).await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    assert_eq!(opens(&app, &competition).await, json!({ "opened": true, "broken": [] }));
}

/// What is changed in the log breaks its chain; what is taken off its end does not fit the root that the closing named.
#[tokio::test]
async fn nothing_is_opened_where_the_log_is_not_what_was_closed_over() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    app.person("organizer").await.does("openBids", competition.opening()).await;
    let (second, (_, bid)) = (app.person("organizer2").await, &competition.bids[0]);
    let refused = async |words: &str| {
        let refusal = second.fails("openBids", competition.opening()).await;
        assert!(refusal.code == "CONFLICT" && refusal.message.contains(words), "{refusal:?}");
        let seen = second.reads("challenge", json!({ "id": competition.challenge })).await;
        assert_eq!(seen["status"], "CLOSED");
    };
    let rewrites = async |from: i32, to: i32| {
        let text = format!("replace(public_text, '\"version\":{from}', '\"version\":{to}')");
        let rewritten =
            format!("update events set public_text = {text} where kind = 'bid.submitted' and subject = '{bid}'");
        assert_eq!(app.tamper(&rewritten).await, 1);
    };
    rewrites(1, 2).await;
    refused("日志链").await;
    rewrites(2, 1).await;
    let such = format!("where kind = 'bid.submitted' and subject = '{bid}'");
    app.tamper(&format!("create table taken as select * from events {such}")).await;
    assert_eq!(app.tamper(&format!("delete from events {such}")).await, 1);
    refused("根").await;
    app.tamper("insert into events select * from taken").await;
    // The smallest commitment, moved from the commitments into the nonce, gives the same root.
    let mut commitments = Vec::new();
    for (bidder, bid) in &competition.bids {
        let own = receipt(&app.person(bidder).await, &competition, bid).await;
        commitments.push((commitment(&own), bid));
    }
    let (smallest, bid) = commitments.into_iter().min().unwrap();
    let bytes =
        if support::postgres().is_some() { format!("'\\x{smallest}'::bytea") } else { format!("x'{smallest}'") };
    let seal = "where recipient = (select recipient from seals where waiting_share is not null)";
    let longer = |nonce: String| format!("update seals set closing_nonce = {nonce} {seal}");
    let longest = if support::postgres().is_some() {
        format!("closing_nonce || {bytes}")
    } else {
        format!("cast(closing_nonce || {bytes} as blob)")
    };
    assert_eq!(app.tamper(&longer(longest)).await, 1);
    let such = format!("where kind = 'bid.submitted' and subject = '{bid}'");
    app.tamper(&format!("create table taken_too as select * from events {such}")).await;
    assert_eq!(app.tamper(&format!("delete from events {such}")).await, 1);
    refused("根").await;
    assert_eq!(app.tamper(&longer("substr(closing_nonce, 1, 16)".to_owned())).await, 1);
    app.tamper("insert into events select * from taken_too").await;
    assert_eq!(second.does("openBids", competition.opening()).await["opened"], true);
}

/// Where the server holds the keys two organizers approve, and it says against whom that does not protect.
#[tokio::test]
async fn the_server_releases_a_key_that_it_holds_behind_the_deadline_and_two_approvals() {
    let app = TestApp::new().await.holding_keys();
    let competition = Competition::with_bids(&app).await;
    let asks = "query($id: ID!) { challenge(id: $id) { openingShare seal { mode openers note } } }";
    for person in [app.anybody(), app.person("aurora").await, app.person("organizer").await] {
        let shown = person.asks(asks, json!({ "id": competition.challenge })).await["challenge"].clone();
        assert_eq!((&shown["seal"]["mode"], &shown["openingShare"]), (&json!("SERVER"), &Value::Null));
        assert_eq!(shown["seal"]["openers"], json!([]));
        assert!(shown["seal"]["note"].as_str().unwrap().contains("管理"), "{shown}");
    }
    let whole = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(whole["seal"]["mode"], "SERVER");
    let (first, second) = (app.person("organizer").await, app.person("organizer2").await);
    let plain = json!({ "challengeId": competition.challenge });
    first.may_not("openBids", plain.clone(), "NOT_NOW").await;
    app.drift(DEADLINE);
    for (field, value) in [("share", json!("x")), ("waitingShare", json!("x")), ("escrow", json!({ "reason": "x" }))] {
        let mut input = plain.clone();
        input[field] = value;
        assert_eq!(first.fails("openBids", input).await.fields, [format!("{field}: does_not_apply")]);
    }
    let mut wrong = opening(&competition.challenge);
    wrong["passphrase"] = json!("falsch-2026-falsch");
    assert_eq!(first.fails("openBids", wrong).await.fields, ["passphrase: password_wrong"]);
    assert_eq!(first.does("openBids", plain.clone()).await["opened"], false);
    first.may_not("openBids", plain.clone(), "CONFLICT").await;
    let opened = second.asks(OPENS, json!({ "input": plain })).await["openBids"].clone();
    assert_eq!(opened, json!({ "opened": true, "broken": [] }));
    let seen = second.reads("bids", json!({ "id": competition.challenge })).await;
    let bids = seen["bids"]["nodes"].as_array().unwrap();
    assert_eq!((bids.len(), bids.iter().all(|bid| bid["solution"]["title"].is_string())), (3, true));
}

/// Of a key that was split anew an old share opens nothing, and whoever has left has none.
#[tokio::test]
async fn an_old_share_opens_nothing_once_the_key_was_split_anew() {
    let app = TestApp::new().await;
    let people = [app.person("organizer").await, app.person("organizer2").await, app.person("organizer3").await];
    let keys = [(); 3].map(|()| own_key());
    for (person, (_, recipient)) in people.iter().zip(&keys) {
        person.does("registerOpeningKey", json!({ "recipient": recipient })).await;
    }
    let competition = Competition::with_bids(&app).await;
    let id = json!({ "id": competition.challenge });
    let shares = async |place: usize| people[place].reads("openingShare", id.clone()).await;
    let own = async |place: usize| decrypted(&keys[place].0, &shares(place).await["openingShare"]).unwrap();
    let with = |share: &str, waiting: Option<&str>| json!({ "challengeId": competition.challenge, "share": share, "waitingShare": waiting });
    let old = [own(0).await, own(1).await, own(2).await];
    // The third leaves.
    let left = people[2].reads("viewer", json!({})).await["user"]["id"].clone();
    app.person("secadmin").await.does("suspendUser", json!({ "userId": left, "reason": "调离" })).await;
    let asks = "query($id: ID!) { challenge(id: $id) { seal { openers } } }";
    let openers = async || app.anybody().asks(asks, id.clone()).await["challenge"]["seal"]["openers"].clone();
    assert!(openers().await.as_array().unwrap().contains(&json!(keys[2].1)));
    people[0].does("reshareOpeningKey", with(&old[0], None)).await;
    let waiting = decrypted(&keys[1].0, &shares(1).await["waitingShare"]).unwrap();
    assert_eq!(people[1].does("reshareOpeningKey", with(&old[1], Some(&waiting))).await["done"], true);
    assert!(!openers().await.as_array().unwrap().contains(&json!(keys[2].1)));
    let new = [own(0).await, own(1).await];
    app.drift(DEADLINE);
    for share in &old {
        assert_eq!(people[0].fails("openBids", with(share, None)).await.fields, ["share: wrong_share"]);
    }
    people[0].does("openBids", with(&new[0], None)).await;
    let waiting = decrypted(&keys[1].0, &shares(1).await["waitingShare"]).unwrap();
    let stale = people[1].fails("openBids", with(&new[1], Some(&old[0]))).await;
    assert_eq!(stale.fields, ["waitingShare: wrong_share"]);
    assert_eq!(people[1].does("openBids", with(&new[1], Some(&waiting))).await["opened"], true);
}
