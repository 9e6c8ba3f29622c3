//! Lists: bounded, paged by key, narrowed by viewer, and of a fixed cost.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use support::{Competition, DEADLINE, Refusal, TestApp, solution_input};

fn ids(list: &Value) -> Vec<String> {
    list["nodes"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_double() {
    let app = TestApp::new().await;
    for viewer in [app.anybody(), app.person("organizer").await] {
        for order in ["DEADLINE_ASC", "DEADLINE_DESC", "PUBLISHED_DESC"] {
            let whole = ids(&viewer.reads("challenges", json!({ "orderBy": order, "first": 100 })).await);
            let mut paged = Vec::new();
            let mut after = Value::Null;
            loop {
                let page = viewer.reads("challenges", json!({ "orderBy": order, "first": 2, "after": after })).await;
                assert_eq!(page["pageInfo"]["hasPreviousPage"], after != Value::Null);
                paged.extend(ids(&page));
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                after = page["pageInfo"]["endCursor"].clone();
            }
            assert_eq!(paged, whole, "{order}");
        }
    }
}

#[tokio::test]
async fn a_page_is_bounded_and_a_cursor_is_ours() {
    let app = TestApp::new().await;
    let anybody = app.anybody();
    for first in [0, -1, 101, 1_000_000] {
        let refusal = anybody.fails_to_read("challenges", json!({ "first": first })).await;
        assert_eq!((refusal.code.as_str(), refusal.fields), ("INVALID_INPUT", vec!["first: out_of_range".to_owned()]));
    }
    // A cursor of another list has another kind of key.
    let names = anybody.reads("organizations", json!({ "first": 1 })).await["pageInfo"]["endCursor"].clone();
    let events = anybody.reads("events", json!({ "first": 1 })).await["pageInfo"]["endCursor"].clone();
    for cursor in [json!("x"), json!(""), json!("e30"), names, events] {
        let refusal = anybody.fails_to_read("challenges", json!({ "after": cursor })).await;
        assert_eq!(refusal.fields, ["after: bad_cursor"], "{cursor}");
    }
    // Nor is one of another order of the same list, nor one that no database can compare with.
    let ordered = |order: &str, after: Value| json!({ "orderBy": order, "first": 1, "after": after });
    let page = anybody.reads("challenges", ordered("PUBLISHED_DESC", Value::Null)).await;
    let published = page["pageInfo"]["endCursor"].clone();
    anybody.reads("challenges", ordered("PUBLISHED_DESC", published.clone())).await;
    let refusal = anybody.fails_to_read("challenges", ordered("DEADLINE_ASC", published.clone())).await;
    assert_eq!(refusal.fields, ["after: bad_cursor"]);
    let ours = String::from_utf8(URL_SAFE_NO_PAD.decode(published.as_str().unwrap()).unwrap()).unwrap();
    let at = ours.split_once(r#""t":""#).unwrap().1.split_once('"').unwrap().0;
    for extreme in ["+262142-01-01T00:00:00Z", "-262143-01-01T00:00:00Z", "0000-01-01T00:00:00Z"] {
        let forged = URL_SAFE_NO_PAD.encode(ours.replace(at, extreme));
        let refusal = anybody.fails_to_read("challenges", ordered("PUBLISHED_DESC", json!(forged))).await;
        assert_eq!(refusal.fields, ["after: bad_cursor"], "{extreme}");
    }
    let page = anybody.reads("organizations", json!({ "first": 1 })).await;
    let ours = URL_SAFE_NO_PAD.decode(page["pageInfo"]["endCursor"].as_str().unwrap()).unwrap();
    let forged = String::from_utf8(ours).unwrap().replace(r#""s":""#, r#""s":"\u0000"#);
    let forged = json!({ "after": URL_SAFE_NO_PAD.encode(forged) });
    assert_eq!(anybody.fails_to_read("organizations", forged).await.fields, ["after: bad_cursor"]);
    let refusal = anybody.fails_to_read("challenge", json!({})).await;
    assert_eq!(refusal.fields, ["id: exactly_one"]);
    let refusal = anybody.fails_to_read("challenge", json!({ "id": "bid_00000000000000000000000001" })).await;
    assert_eq!(refusal.fields, ["id: not_an_id"]);
    for id in ["x", "xyz_00000000000000000000000001", "chl_1"] {
        assert_eq!(anybody.fails_to_read("node", json!({ "id": id })).await.code, "INVALID_INPUT");
    }
    for prefix in [
        "usr", "org", "chl", "ind", "cri", "rul", "qst", "amd", "att", "bid", "pnl", "sht", "ntc", "obj", "prj", "tec",
        "tgt", "evt", "dmd", "opn", "rel", "cap", "itr", "inv",
    ] {
        let id = format!("{prefix}_00000000000000000000000001");
        assert_eq!(anybody.reads("node", json!({ "id": id })).await, Value::Null, "{id}");
    }
}

#[tokio::test]
async fn a_cursor_that_is_refused_is_in_no_other_list_s_way() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let query = "query($id: ID!, $other: String!) {
        good: challenge(id: $id) { questions(first: 5) { totalCount } amendments(first: 5) { totalCount } }
        bad: challenge(id: $id) { questions(first: 5, after: $other) { totalCount } }
    }";
    let names = app.anybody().reads("organizations", json!({ "first": 1 })).await["pageInfo"]["endCursor"].clone();
    let (_, answer) = app.anybody().sends(query, json!({ "id": competition.challenge, "other": names })).await;
    assert_eq!(Refusal::of(&answer).fields, ["after: bad_cursor"]);
    let refused: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| &error["path"]).collect();
    assert_eq!(refused, [&json!(["bad", "questions"])], "{answer:#}");
    assert_eq!(answer["data"]["good"]["questions"]["totalCount"], 0);
}

#[tokio::test]
async fn a_list_shows_what_its_viewer_may_see() {
    let app = TestApp::new().await;
    let draft = Competition::drafted(&app).await.challenge;
    let everyone = ids(&app.anybody().reads("challenges", json!({ "first": 100 })).await);
    assert_eq!(everyone.len(), 9);
    for (viewer, more) in [("aurora", 0), ("social", 0), ("supervisor", 0), ("judge1", 0), ("organizer", 4)] {
        let seen = ids(&app.person(viewer).await.reads("challenges", json!({ "first": 100 })).await);
        assert!(seen.len() >= everyone.len() + more, "{viewer}");
        let knows = ["organizer", "urban"].contains(&viewer);
        assert_eq!(seen.contains(&draft), knows, "{viewer}");
        let by_id = app.person(viewer).await.reads("challenge", json!({ "id": draft })).await;
        let by_node = app.person(viewer).await.reads("node", json!({ "id": draft })).await;
        assert_eq!((by_id == Value::Null, by_node == Value::Null), (!knows, !knows), "{viewer}");
    }
    assert!(ids(&app.person("urban").await.reads("challenges", json!({ "first": 100 })).await).contains(&draft));
}

#[tokio::test]
async fn filters_follow_the_clock_and_take_text_as_text() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let anybody = app.anybody();
    let filter = async |filter: Value| {
        let document = "query($f: ChallengeFilter) { challenges(filter: $f, first: 100) { totalCount nodes { id } } }";
        let found = anybody.asks(document, json!({ "f": filter })).await["challenges"].clone();
        assert_eq!(found["totalCount"], ids(&found).len());
        ids(&found)
    };
    assert!(filter(json!({ "openNow": true })).await.contains(&competition.challenge));
    assert!(filter(json!({ "statuses": ["PUBLISHED"] })).await.contains(&competition.challenge));
    assert_eq!(filter(json!({ "statuses": [] })).await.len(), 0);
    app.drift(DEADLINE);
    assert!(!filter(json!({ "openNow": true })).await.contains(&competition.challenge));
    assert!(filter(json!({ "openNow": false })).await.contains(&competition.challenge));
    assert!(!filter(json!({ "statuses": ["PUBLISHED"] })).await.contains(&competition.challenge));
    assert!(filter(json!({ "statuses": ["CLOSED"] })).await.contains(&competition.challenge));
    assert_eq!(filter(json!({ "text": "十分钟预报" })).await, std::slice::from_ref(&competition.challenge));
    assert!(filter(json!({ "text": "%" })).await.is_empty());
    assert!(filter(json!({ "text": "_" })).await.is_empty());
    assert!(
        filter(json!({ "domains": ["URBAN_OPERATION"], "mechanism": "OPEN_COMPETITION" }))
            .await
            .contains(&competition.challenge)
    );
    assert!(!filter(json!({ "domains": ["MARKET_REGULATION"] })).await.contains(&competition.challenge));
    let refusal = anybody.fails_to_read("challenges", json!({ "filter": { "department": "chl_x" } })).await;
    assert_eq!(refusal.fields, ["filter.department: not_an_id"]);
}

#[tokio::test]
async fn handing_in_costs_few_statements_the_second_time_too() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let solution = solution_input(&competition.indicators, "方案", 140_000_000);
    let aurora = app.person("aurora").await;
    let draft = json!({ "challengeId": competition.challenge, "solution": solution });
    let bid = aurora.does("draftBid", draft).await["bid"]["id"].clone();
    let submit = "mutation($input: SubmitBidInput!) { submitBid(input: $input) {
        bid { status version } receipt { version compact } recoveryKey } }";
    let input = json!({ "input": { "bidId": bid, "pledgeAccepted": true } });
    // The second time who had been asked to bid together may have changed, and what the challenge demands is known.
    for (version, enough) in [(1, 15), (2, 14)] {
        let before = app.statements();
        let answer = aurora.asks(submit, input.clone()).await["submitBid"].clone();
        // `begin` and `commit` apart: the session, what is sealed, the locks, who may bid, which files there are, what is kept,
        // the answer.
        let sent = app.statements() - before;
        assert!(sent <= enough, "{sent} statements");
        assert_eq!(answer["receipt"]["version"], version);
        aurora.does("reviseBid", json!({ "bidId": bid, "solution": solution })).await;
    }
    // Of a withdrawn bid the row does not tell which submission was the last.
    aurora.does("withdrawBid", json!({ "bidId": bid })).await;
    let answer = aurora.asks(submit, input).await["submitBid"].clone();
    assert_eq!(answer["receipt"]["version"], 3);
}

#[tokio::test]
async fn a_list_costs_the_same_however_long_it_is() {
    let app = TestApp::new().await;
    let organizer = app.person("organizer").await;
    let cost = async |person: &support::Person, document: &str, first: i32, enough: u64| {
        let mut rows = 0;
        let asks = async || {
            let answer = person.asks(document, json!({ "first": first })).await;
            rows = answer["challenges"]["nodes"].as_array().unwrap().len();
        };
        (app.costs(enough, asks).await, rows)
    };
    let plain = "query($first: Int) { challenges(first: $first) {
        nodes { id title department { name } indicators { name target } } } }";
    let (few, rows_few) = cost(&app.anybody(), plain, 2, 4).await;
    let (many, rows_many) = cost(&app.anybody(), plain, 100, 4).await;
    assert!(rows_many > rows_few && rows_few == 2);
    assert!(many < few + 2, "{many} statements, {few} for fewer rows");
    assert!(many <= 4, "{many} statements");
    // Signed in, one more: the session.
    let (many, _) = cost(&organizer, plain, 100, 4).await;
    assert!(many <= 4, "{many} statements");
    let rich = "query($first: Int) { challenges(first: $first) { totalCount nodes {
        id department { name qualifications { kind } } indicators { name } criteria { name } ruleSet { id }
        questions(first: 2) { totalCount nodes { text } } amendments(first: 2) { totalCount nodes { summary } }
        bids(first: 3) { totalCount nodes { id bidder { name } members { name } solution { title } formalCheck { passed } } }
        panel { id judges { id user { name } } draw { candidates } } notice { id winners { id bidder { name } } }
        projects { id lead { name } } availableActions } } }";
    let (few, _) = cost(&organizer, rich, 3, u64::MAX).await;
    let (many, rows) = cost(&organizer, rich, 12, few + 4).await;
    assert!(rows >= 12);
    // Nine rows more, and no statement for each: a late batch may be sent by itself.
    assert!(many < few + 5, "a longer list costs {many} statements, a short one {few}");
}
