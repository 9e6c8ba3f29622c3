//! Bids that are handed in at the same moment: each is taken or refused as if it came alone, and none is given anything of another's.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiebang_platform::base::id::{BidId, Kind};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use support::{Competition, Person, Refusal, TestApp, operation, solution_input};

const BIDDERS: [&str; 4] = ["aurora", "beacon", "cedar", "delta"];

/// A draft of each bidder under a title of its own: the bids.
async fn drafts(app: &TestApp, competition: &mut Competition, title: &str) {
    for name in BIDDERS {
        let solution = solution_input(&competition.indicators, &format!("{title}，{name}"), 1_000_000);
        let draft = json!({ "challengeId": competition.challenge, "solution": solution });
        let drafted = app.person(name).await.does("draftBid", draft).await;
        competition.bids.push((name.to_owned(), drafted["bid"]["id"].as_str().unwrap().to_owned()));
    }
}

fn hand_in(bid: &str) -> Value {
    json!({ "bidId": bid, "pledgeAccepted": true })
}

async fn sends(person: &Person, input: Value) -> Value {
    person.sends(&operation("submitBid"), json!({ "input": input })).await.1
}

fn code(answer: &Value) -> String {
    let Refusal { code, fields, .. } = Refusal::of(answer);
    format!("{code} {}", fields.join(", ")).trim().to_owned()
}

#[tokio::test]
async fn each_is_handed_in_as_if_it_came_alone() {
    let app = TestApp::new().await;
    let people = join_all(BIDDERS.map(|name| app.person(name))).await;
    let [aurora, beacon, cedar, delta] = &people[..] else { unreachable!() };
    let (mut first, mut again) = (Competition::published(&app).await, Competition::published(&app).await);
    let mut asks = Competition::published_with(&app, json!({ "requiredQualifications": ["HNTE"] })).await;
    for (competition, title) in [(&mut first, "初次"), (&mut again, "再次"), (&mut asks, "须有资质")] {
        drafts(&app, competition, title).await;
    }
    let bid = |competition: &Competition, place: usize| competition.bids[place].1.clone();
    // Of the second challenge all are handed in already, and revised or taken back.
    for (place, person) in people.iter().enumerate() {
        person.does("submitBid", hand_in(&bid(&again, place))).await;
    }
    for (place, person) in [(0, aurora), (3, delta)] {
        let solution = solution_input(&again.indicators, &format!("再次，{}，改", BIDDERS[place]), 1_000_000);
        person.does("reviseBid", json!({ "bidId": bid(&again, place), "solution": solution })).await;
    }
    beacon.does("withdrawBid", json!({ "bidId": bid(&again, 1) })).await;
    // Of the first one has a file that it names and one that it does not, and one names somebody who has not agreed.
    let beside = json!({ "bidId": bid(&first, 1) });
    let (named, left) = ("计划.txt", "草稿.txt");
    let file = support::files::uploads(&app, beacon, beside.clone(), named, "部署计划".as_bytes()).await;
    support::files::uploads(&app, beacon, beside, left, "未用的草稿".as_bytes()).await;
    let mut solution = solution_input(&first.indicators, "初次，beacon", 1_000_000);
    solution["attachmentIds"] = json!([file]);
    beacon.does("reviseBid", json!({ "bidId": bid(&first, 1), "solution": solution })).await;
    let member = delta.reads("viewer", json!({})).await["organization"]["id"].clone();
    let solution = solution_input(&first.indicators, "初次，cedar", 1_000_000);
    let with = json!({ "bidId": bid(&first, 2), "solution": solution, "memberIds": [member] });
    cedar.does("reviseBid", with).await;

    let key = |mut input: Value| {
        input["idempotencyKey"] = json!("同一个键");
        input
    };
    let all = [
        (aurora, hand_in(&bid(&first, 0))),
        (beacon, hand_in(&bid(&first, 1))),
        (cedar, hand_in(&bid(&first, 2))),
        (aurora, hand_in(&bid(&again, 0))),
        // Once more at the same moment.
        (aurora, hand_in(&bid(&again, 0))),
        (beacon, hand_in(&bid(&again, 1))),
        (cedar, hand_in(&bid(&again, 2))),
        // Two of one person under one key.
        (delta, key(hand_in(&bid(&first, 3)))),
        (delta, key(hand_in(&bid(&again, 3)))),
        (aurora, hand_in(&bid(&asks, 0))),
        (beacon, hand_in(&bid(&asks, 1))),
        (cedar, hand_in(&bid(&asks, 2))),
        (delta, hand_in(&bid(&asks, 3))),
        // Another's.
        (aurora, hand_in(&bid(&first, 1))),
    ];
    let told = join_all(all.iter().map(|(person, input)| sends(person, input.clone()))).await;

    let taken = |answer: &Value| answer["data"]["submitBid"].is_object();
    let taken_or_code = |answer: &Value| if taken(answer) { "taken".to_owned() } else { code(answer) };
    let outcomes: Vec<String> = told.iter().map(taken_or_code).collect();
    assert_eq!(outcomes[..3], ["taken", "taken", "INVALID_INPUT memberIds.0: member_not_agreed"]);
    let set = |outcomes: &[String]| outcomes.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(set(&outcomes[3..5]), set(&["NOT_NOW".to_owned(), "taken".to_owned()]));
    assert_eq!(outcomes[5..7], ["taken", "NOT_NOW"]);
    assert_eq!(set(&outcomes[7..9]), set(&["CONFLICT".to_owned(), "taken".to_owned()]));
    // It is the key, not the bid, that was in use.
    let (used, other) = if taken(&told[7]) { (&told[8], &again) } else { (&told[7], &first) };
    let refused = sends(delta, key(hand_in(&bid(other, 3)))).await;
    assert_eq!(refused["errors"][0]["message"], used["errors"][0]["message"]);
    assert!(
        outcomes[9..13].iter().all(|outcome| outcome == "INVALID_INPUT bidId: qualification_missing"),
        "{outcomes:?}"
    );
    assert_eq!(outcomes[13], "NOT_FOUND");

    // However many ask the same at once, each is told why not.
    let same = join_all((0..6).map(|_| sends(aurora, hand_in(&bid(&asks, 0))))).await;
    assert!(same.iter().all(|one| code(one) == "INVALID_INPUT bidId: qualification_missing"), "{same:?}");

    // What was refused has changed nothing: the draft is there, and is handed in later as any other.
    let without = solution_input(&first.indicators, "初次，cedar", 1_000_000);
    cedar.does("reviseBid", json!({ "bidId": bid(&first, 2), "solution": without, "memberIds": [] })).await;
    let late = sends(cedar, hand_in(&bid(&first, 2))).await;
    let left = if taken(&told[7]) { &again } else { &first };
    let left = sends(delta, hand_in(&bid(left, 3))).await;
    assert!(taken(&late) && taken(&left), "{late} {left}");

    // Each receipt is its own bid's, and holds; each recovery key opens that bid and shows what its bidder wrote.
    let submitted: Vec<&Value> = told.iter().filter(|one| taken(one)).chain([&late, &left]).collect();
    let mut commitments = BTreeSet::new();
    for one in submitted.iter().map(|one| &one["data"]["submitBid"]) {
        let (id, receipt) = (one["bid"]["id"].as_str().unwrap(), &one["receipt"]);
        let place = |of: &Competition| of.bids.iter().position(|(_, bid)| bid == id);
        let (at_first, place) = match (place(&first), place(&again)) {
            (Some(place), _) => (true, place),
            (_, place) => (false, place.unwrap()),
        };
        assert_eq!((&receipt["bidId"], one["bid"]["status"].as_str()), (&json!(id), Some("SUBMITTED")));
        let revised = !at_first && (place == 0 || place == 3);
        assert_eq!(receipt["version"], if revised { 2 } else { 1 }, "{one}");
        let verdict = app.anybody().reads("verifyReceipt", json!({ "receipt": receipt["compact"] })).await;
        assert_eq!(
            (&verdict["valid"], &verdict["inForce"], &verdict["bidId"]),
            (&json!(true), &json!(true), &json!(id)),
        );
        assert!(commitments.insert(receipt["commitment"].to_string()));
        // What was withdrawn was sealed before.
        if !at_first && place == 1 {
            assert_eq!(one["recoveryKey"], Value::Null);
            continue;
        }
        let own = json!({ "bidId": id, "recoveryKey": one["recoveryKey"] });
        let read = people[place].does("readSealedBid", own).await["solution"].clone();
        let (title, changed) = (if at_first { "初次" } else { "再次" }, if revised { "，改" } else { "" });
        assert_eq!(read["title"], format!("{title}，{}{changed}", BIDDERS[place]));
    }
    assert_eq!(commitments.len(), 7);

    // And so it is found at the opening: nothing is broken, each shows its own, the file is there and the other is not.
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    for competition in [&first, &again] {
        let document = "mutation($input: OpenBidsInput!) { openBids(input: $input) { opened broken } }";
        for (name, opened) in [("organizer", false), ("organizer2", true)] {
            let told = app.person(name).await.asks(document, json!({ "input": competition.opening() })).await;
            assert_eq!(told["openBids"], json!({ "opened": opened, "broken": [] }));
        }
    }
    for (competition, title) in [(&first, "初次"), (&again, "再次")] {
        for (place, (name, bid)) in competition.bids.iter().enumerate() {
            let seen = people[place].reads("uploads", json!({ "id": bid })).await["solution"].clone();
            let names = if (title, place) == ("初次", 1) { vec![json!(named)] } else { vec![] };
            let attached: Vec<_> =
                seen["attachments"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
            assert_eq!(attached, names, "{name} {title}");
        }
        let seen = app.person("organizer").await.reads("bids", json!({ "id": competition.challenge })).await;
        let shown = seen["bids"]["nodes"].as_array().unwrap().iter().map(|one| one["solution"]["title"].to_string());
        let changed = |place: usize| if title == "再次" && (place == 0 || place == 3) { "，改" } else { "" };
        let written = BIDDERS.iter().enumerate().map(|(place, name)| format!("\"{title}，{name}{}\"", changed(place)));
        assert_eq!(shown.collect::<BTreeSet<_>>(), written.collect::<BTreeSet<_>>());
    }
    assert_eq!(app.person("supervisor").await.reads("verifyEvents", json!({})).await["intact"], true);
}

/// Whose bid somebody else holds is waited for by who hands it in, and by nobody beside.
#[tokio::test]
async fn nobody_waits_for_what_another_has_to_wait_for() {
    let Some(_) = support::postgres() else { return };
    let app = TestApp::new().await;
    let mut competition = Competition::published(&app).await;
    drafts(&app, &mut competition, "方案").await;
    let people = join_all(BIDDERS.map(|name| app.person(name))).await;
    let mut holder = PgConnection::connect(app.url()).await.unwrap();
    let held: BidId = competition.bids[0].1.parse().unwrap();
    let hold = format!("begin; select 1 from bids where id = '{}' for update", held.uuid());
    holder.execute(sqlx::AssertSqlSafe(hold)).await.unwrap();
    let all = people.iter().zip(&competition.bids).map(|(person, (_, bid))| sends(person, hand_in(bid)));
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let held = all.remove(0);
    let others = async {
        let told = join_all(all).await;
        assert!(told.iter().all(|told| told["data"]["submitBid"].is_object()), "{told:?}");
        holder.execute("rollback").await.unwrap();
    };
    let (told, ()) = tokio::join!(held, others);
    assert!(told["data"]["submitBid"].is_object(), "{told}");
}
