//! Scoring that can be trusted: what a judge may do with a sheet, what comes of a bid that falls, how the panel talks, and what is told of
//! its agreement.

use poem::http::StatusCode;
use serde_json::{Value, json};
use support::{Competition, TestApp};

const BIDDERS: [&str; 5] = ["aurora", "beacon", "cedar", "delta", "eagle"];

/// Declared judges, and bids of these many, each asking for less than the one before.
pub async fn declared(app: &TestApp, changes: Value, bidders: usize) -> (Competition, Vec<String>) {
    let mut competition = Competition::published_with(app, changes).await;
    if bidders == BIDDERS.len() {
        // It waits to be vouched for.
        let own = app.person("eagle").await.asks("{ viewer { organization { id } } }", json!({})).await;
        let verify = json!({ "organizationId": own["viewer"]["organization"]["id"], "registeredInZone": false });
        app.person("organizer").await.does("verifyOrganization", verify).await;
    }
    for (bidder, funding) in
        BIDDERS.into_iter().zip([160_000_000, 150_000_000, 140_000_000, 130_000_000, 120_000_000]).take(bidders)
    {
        competition.bid(app, bidder, funding).await;
    }
    competition.opens(app).await.checks(app).await.draws(app).await.0.declares(app).await
}

/// Every judge hands in these marks, one row a judge, one column a bid; nothing where it is none.
async fn marked(app: &TestApp, competition: &Competition, judges: &[String], marks: &[&[&str]]) {
    for (judge, row) in judges.iter().zip(marks) {
        let person = app.person(judge).await;
        for ((_, bid), mark) in competition.bids.iter().zip(*row) {
            person.does("submitScoreSheet", json!({ "bidId": bid, "marks": judged(competition, mark) })).await;
        }
    }
}

/// The same mark for each criterion that judges mark.
fn judged(competition: &Competition, mark: &str) -> Value {
    competition.criteria.iter().map(|id| json!({ "criterionId": id, "score": mark })).collect()
}

async fn close(app: &TestApp, competition: &Competition) -> Value {
    app.person("organizer").await.does("closeReview", json!({ "challengeId": competition.challenge })).await
}

/// Why an act is refused.
async fn reason(app: &TestApp, who: &str, act: &str, input: Value) -> Value {
    let (_, answer) = app.person(who).await.sends(&support::operation(act), json!({ "input": input })).await;
    answer["errors"][0]["extensions"]["reason"].clone()
}

async fn seat_of(app: &TestApp, competition: &Competition, judge: &str) -> Value {
    let own =
        app.person(judge).await.asks("{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"].clone();
    let panel = app.person("supervisor").await.reads("panel", json!({ "id": competition.challenge })).await;
    let seats = panel["panel"]["judges"].as_array().unwrap().clone();
    seats.into_iter().find(|seat| seat["user"]["id"] == own).unwrap()["id"].clone()
}

/// The labels of a ranking's bids by their bidders, best first.
fn order(ranking: &Value, competition: &Competition) -> Vec<String> {
    let name = |line: &Value| {
        let bid = line["bid"]["id"].as_str().unwrap();
        competition.bids.iter().find(|(_, id)| id == bid).unwrap().0.clone()
    };
    ranking.as_array().unwrap().iter().map(name).collect()
}

async fn ranking(app: &TestApp, who: &str, competition: &Competition) -> Value {
    let query = "query($id: ID!) { challenge(id: $id) { status rankedBy
        ranking { nodes { rank score passed tieBrokenBy bid { id } } }
        raw: rankingBeside(basis: RAW) { totalCount nodes { rank score bid { id } } }
        normalised: rankingBeside(basis: NORMALISED) { totalCount nodes { rank score bid { id } } }
        consensus: rankingBeside(basis: CONSENSUS) { totalCount nodes { rank score bid { id } } } } }";
    app.person(who).await.asks(query, json!({ "id": competition.challenge })).await["challenge"].clone()
}

#[tokio::test]
async fn who_abstains_gives_no_mark_and_no_zero() {
    let app = TestApp::new().await;
    let (competition, judges) = declared(&app, json!({}), 2).await;
    let [(_, first), (_, second)] = &competition.bids[..] else { panic!() };
    let judge = app.person(&judges[0]).await;
    judge.does("saveScoreSheet", json!({ "bidId": first, "marks": judged(&competition, "1") })).await;
    let blank = judge.fails("abstainFromBid", json!({ "bidId": first, "reason": " " })).await;
    assert_eq!(blank.fields, ["reason: required"]);
    let why = json!({ "bidId": first, "reason": "不熟悉该技术路线", "idempotencyKey": "once" });
    let sheet = judge.does("abstainFromBid", why.clone()).await["sheet"].clone();
    assert_eq!(
        (&sheet["submitted"], &sheet["total"], &sheet["abstainedBecause"]),
        (&json!(true), &Value::Null, &json!("不熟悉该技术路线"))
    );
    assert_eq!(sheet["marks"], json!([]));
    assert_eq!(judge.does("abstainFromBid", why).await["sheet"]["id"], sheet["id"]);
    for act in ["saveScoreSheet", "submitScoreSheet"] {
        let input = json!({ "bidId": first, "marks": judged(&competition, "80") });
        assert_eq!(reason(&app, &judges[0], act, input).await, "sheet_submitted");
    }
    for (other, code) in
        [("organizer", "FORBIDDEN"), ("aurora", "FORBIDDEN"), ("urban", "FORBIDDEN"), ("supervisor", "FORBIDDEN")]
    {
        app.person(other).await.may_not("abstainFromBid", json!({ "bidId": first, "reason": "否" }), code).await;
    }
    judge.does("submitScoreSheet", json!({ "bidId": second, "marks": judged(&competition, "80") })).await;
    marked(&app, &competition, &judges[1..], &[&["80", "70"], &["70", "90"], &["90", "60"], &["60", "80"]]).await;
    let closed = close(&app, &competition).await;
    // Four sheets of the first, none left out of four: 75; five of the second, the highest and the lowest left out.
    assert_eq!(closed["ranking"][0]["score"], "76.67");
    assert_eq!(closed["ranking"][1]["score"], "75.00");
    let seen = app.person("organizer").await.asks(
        "query($id: ID!) { challenge(id: $id) { panel { judges { sheetsSubmitted sheetsTotal } statistics { icc2k ratings note } } } }",
        json!({ "id": competition.challenge }),
    ).await["challenge"]["panel"].clone();
    assert!(
        seen["judges"].as_array().unwrap().iter().all(|seat| seat["sheetsSubmitted"] == 2 && seat["sheetsTotal"] == 2)
    );
    assert_eq!((&seen["statistics"]["icc2k"], &seen["statistics"]["ratings"]), (&Value::Null, &json!(9)));
    assert!(seen["statistics"]["note"].as_str().unwrap().contains("弃权"));
}

#[tokio::test]
async fn a_bid_that_too_few_have_marked_cannot_be_ranked() {
    let app = TestApp::new().await;
    let (competition, judges) = declared(&app, json!({}), 2).await;
    let [(_, first), (_, second)] = &competition.bids[..] else { panic!() };
    for judge in &judges[..3] {
        let judge = app.person(judge).await;
        judge.does("abstainFromBid", json!({ "bidId": first, "reason": "不熟悉" })).await;
        judge.does("submitScoreSheet", json!({ "bidId": second, "marks": judged(&competition, "80") })).await;
    }
    marked(&app, &competition, &judges[3..], &[&["80", "70"], &["70", "90"]]).await;
    let id = json!({ "challengeId": competition.challenge });
    assert_eq!(reason(&app, "organizer", "closeReview", id.clone()).await, "too_few_sheets");
    // Another judge in the place of one of them, who marks.
    let replace = json!({ "challengeId": competition.challenge, "judgeId": seat_of(&app, &competition, &judges[0]).await, "reason": "多次弃权" });
    app.person("organizer").await.does("replaceJudge", replace).await;
    let newcomer = competition.judges(&app).await.into_iter().find(|judge| !judges.contains(judge)).unwrap();
    let person = app.person(&newcomer).await;
    person.does("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true })).await;
    for bid in [first, second] {
        person.does("submitScoreSheet", json!({ "bidId": bid, "marks": judged(&competition, "75") })).await;
    }
    let closed = close(&app, &competition).await;
    assert_eq!(closed["ranking"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_sheet_is_opened_again_by_an_organizer_with_a_reason_alone() {
    let app = TestApp::new().await;
    let (competition, judges) = declared(&app, json!({}), 2).await;
    let (_, bid) = &competition.bids[0];
    let (seat, other) = (seat_of(&app, &competition, &judges[0]).await, seat_of(&app, &competition, &judges[1]).await);
    let again = json!({ "bidId": bid, "judgeId": seat, "reason": "专家来电：录入有误" });
    assert_eq!(reason(&app, "organizer", "reopenScoreSheet", again.clone()).await, "sheet_open");
    let judge = app.person(&judges[0]).await;
    judge.does("submitScoreSheet", json!({ "bidId": bid, "marks": judged(&competition, "8") })).await;
    for (who, code) in [
        ("supervisor", "FORBIDDEN"),
        ("urban", "FORBIDDEN"),
        (judges[1].as_str(), "NOT_FOUND"),
        (judges[0].as_str(), "NOT_FOUND"),
        ("aurora", "FORBIDDEN"),
    ] {
        app.person(who).await.may_not("reopenScoreSheet", again.clone(), code).await;
    }
    app.anybody().may_not("reopenScoreSheet", again.clone(), "UNAUTHENTICATED").await;
    let organizer = app.person("organizer").await;
    organizer
        .may_not(
            "reopenScoreSheet",
            json!({ "bidId": bid, "judgeId": "jdg_00000000000000000000000001", "reason": "x" }),
            "INVALID_INPUT",
        )
        .await;
    assert_eq!(
        reason(&app, "organizer", "reopenScoreSheet", json!({ "bidId": bid, "judgeId": other, "reason": "x" })).await,
        "sheet_open"
    );
    assert_eq!(
        organizer.fails("reopenScoreSheet", json!({ "bidId": bid, "judgeId": seat, "reason": "" })).await.fields,
        ["reason: required"]
    );
    let opened = organizer.does("reopenScoreSheet", again.clone()).await;
    assert_eq!(
        opened["panel"]["judges"].as_array().unwrap().iter().filter(|one| one["sheetsSubmitted"] == 1).count(),
        0
    );
    // What it held is still there, and can be handed in anew.
    let held = "query($id: ID!) { node(id: $id) { ... on Bid { sheets { submitted total unmarked { name } marks { score } } } } }";
    let sheet = judge.asks(held, json!({ "id": bid })).await["node"]["sheets"][0].clone();
    assert_eq!((&sheet["submitted"], &sheet["total"], &sheet["unmarked"]), (&json!(false), &Value::Null, &json!([])));
    assert_eq!(sheet["marks"][0]["score"], "8");
    let corrected = judge.does("submitScoreSheet", json!({ "bidId": bid, "marks": judged(&competition, "80") })).await;
    assert_eq!(corrected["sheet"]["total"], "80.00");
    // Behind the end of the round it stays what it is.
    judge
        .does("submitScoreSheet", json!({ "bidId": competition.bids[1].1, "marks": judged(&competition, "70") }))
        .await;
    marked(&app, &competition, &judges[1..], &[&["80", "70"][..]; 4]).await;
    close(&app, &competition).await;
    organizer.may_not("reopenScoreSheet", again, "NOT_NOW").await;
    let events = app.person("supervisor").await.reads("events", json!({ "subject": corrected["sheet"]["id"] })).await;
    let kinds: Vec<&str> =
        events["nodes"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["sheet.submitted", "sheet.reopened", "sheet.submitted"]);
}

/// A price criterion follows the bids that still count.
#[tokio::test]
async fn a_price_is_reckoned_anew_when_a_bid_falls() {
    let app = TestApp::new().await;
    let criteria = json!([
        { "name": "技术方案", "weight": 50, "minimum": 60 }, { "name": "报价", "weight": 50, "priceFormula": "LOWEST_PRICE" },
    ]);
    let (competition, judges) = declared(&app, json!({ "criteria": criteria }), 3).await;
    let [(_, first), _, (_, cheapest)] = &competition.bids[..] else { panic!() };
    let technical = |mark: &str| json!([{ "criterionId": competition.criteria[0], "score": mark }]);
    let judge = app.person(&judges[0]).await;
    let sheet =
        judge.does("submitScoreSheet", json!({ "bidId": first, "marks": technical("80") })).await["sheet"].clone();
    // 140 / 160 of 100.
    let sheet_now = "query($id: ID!) { node(id: $id) { ... on ScoreSheet { total marks { score } } } }";
    let seen = judge.asks(sheet_now, json!({ "id": sheet["id"] })).await["node"].clone();
    assert_eq!(
        (&seen["marks"][1]["score"], &seen["total"], &sheet["total"]),
        (&json!("87.5"), &json!("83.75"), &json!("83.75"))
    );

    // One organizer finds it unfit, and the same again; then another.
    let organizer = app.person("organizer").await;
    let unfit = json!({ "bidId": cheapest, "reason": "提供虚假业绩材料" });
    for (who, code) in
        [("urban", "FORBIDDEN"), (judges[0].as_str(), "NOT_FOUND"), ("supervisor", "FORBIDDEN"), ("delta", "NOT_FOUND")]
    {
        app.person(who).await.may_not("disqualifyBid", unfit.clone(), code).await;
    }
    for _ in 0..2 {
        let found = organizer.does("disqualifyBid", unfit.clone()).await;
        assert_eq!((&found["disqualified"], &found["bid"]["status"]), (&json!(false), &json!("FORMAL_PASSED")));
    }
    let told = |who: &'static str| {
        let app = &app;
        async move {
            let query = "query($id: ID!) { node(id: $id) { ... on Bid { status disqualification { because confirmedBecause } } } }";
            app.person(who).await.asks(query, json!({ "id": cheapest })).await["node"].clone()
        }
    };
    assert_eq!(told("cedar").await, json!({ "status": "FORMAL_PASSED", "disqualification": null }));
    assert_eq!(told("supervisor").await["disqualification"]["because"], "提供虚假业绩材料");
    let second = json!({ "bidId": cheapest, "reason": "经核实属实" });
    let fallen = app.person("organizer2").await.does("disqualifyBid", second.clone()).await;
    assert_eq!((&fallen["disqualified"], &fallen["bid"]["status"]), (&json!(true), &json!("DISQUALIFIED")));
    app.person("organizer2").await.may_not("disqualifyBid", second, "NOT_NOW").await;
    assert_eq!(told("cedar").await["disqualification"]["confirmedBecause"], "经核实属实");
    assert_eq!(told("aurora").await["disqualification"], Value::Null);
    judge.may_not("saveScoreSheet", json!({ "bidId": cheapest, "marks": technical("80") }), "NOT_NOW").await;

    // 150 / 160 now.
    let seen = judge.asks(sheet_now, json!({ "id": sheet["id"] })).await["node"].clone();
    assert_eq!((&seen["marks"][1]["score"], &seen["total"]), (&json!("93.75"), &json!("86.875")));
    let rest = &competition.bids[..2];
    for (place, name) in judges.iter().enumerate() {
        for (number, (_, bid)) in rest.iter().enumerate() {
            if (place, number) != (0, 0) {
                let marks = technical(if number == 0 { "80" } else { "70" });
                app.person(name).await.does("submitScoreSheet", json!({ "bidId": bid, "marks": marks })).await;
            }
        }
    }
    let closed = close(&app, &competition).await;
    assert_eq!(order(&closed["ranking"], &competition), ["aurora", "beacon"]);
    assert_eq!((&closed["ranking"][0]["score"], &closed["ranking"][1]["score"]), (&json!("86.88"), &json!("85.00")));

    // Behind the closed review, too: the other is alone, and its price the lowest.
    for (who, reason) in [("organizer2", "串通投标"), ("organizer3", "查证属实")] {
        app.person(who).await.does("disqualifyBid", json!({ "bidId": competition.bids[1].1, "reason": reason })).await;
    }
    let again = ranking(&app, "organizer", &competition).await;
    assert_eq!(again["status"], "NEGOTIATING");
    assert_eq!(again["ranking"]["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(again["ranking"]["nodes"][0]["score"], "90.00");
    // The last one takes the challenge with it.
    for (who, reason) in [("organizer2", "串通投标"), ("organizer3", "查证属实")] {
        app.person(who).await.does("disqualifyBid", json!({ "bidId": first, "reason": reason })).await;
    }
    assert_eq!(ranking(&app, "organizer", &competition).await["status"], "FAILED");
}

#[tokio::test]
async fn a_total_far_from_the_median_asks_for_a_reason_and_moves_nothing() {
    let app = TestApp::new().await;
    let (competition, judges) = declared(&app, json!({}), 2).await;
    // The first judge gives the second bid twenty points less than the median; the second judge a hundredth more than twenty.
    marked(
        &app,
        &competition,
        &judges,
        &[&["80", "60"], &["80", "59.99"], &["81", "80"], &["79", "82"], &["80", "80"]],
    )
    .await;
    let far = app.person(&judges[1]).await;
    let own = |name: String| {
        let app = &app;
        async move { app.person(&name).await.reads("judgeWork", json!({})).await["deviations"].as_array().unwrap().clone() }
    };
    // Before the end of the round nobody learns what the others gave.
    assert!(own(judges[1].clone()).await.is_empty());
    let sheets = "query($id: ID!) { node(id: $id) { ... on Bid { sheets { id deviation } } } }";
    let sheet = far.asks(sheets, json!({ "id": competition.bids[1].1 })).await["node"]["sheets"][0].clone();
    assert_eq!(sheet["deviation"], Value::Null);
    let explain = json!({ "sheetId": sheet["id"], "reason": "该方案未说明夜间工况" });
    far.may_not("explainDeviation", explain.clone(), "NOT_NOW").await;
    let closed = close(&app, &competition).await;
    assert_eq!(closed["ranking"][1]["score"], "73.33");

    let found = own(judges[1].clone()).await;
    assert_eq!((found.len(), &found[0]["id"], &found[0]["deviation"]), (1, &sheet["id"], &json!("-20.01")));
    for other in &judges[2..] {
        assert!(own(other.clone()).await.is_empty(), "{other}");
    }
    assert!(own(judges[0].clone()).await.is_empty(), "just at the limit is not farther");
    for (who, code) in [(judges[0].as_str(), "NOT_FOUND"), ("organizer", "NOT_FOUND"), ("aurora", "NOT_FOUND")] {
        app.person(who).await.may_not("explainDeviation", explain.clone(), code).await;
    }
    let statistics = || async {
        let query = "query($id: ID!) { challenge(id: $id) { panel { statistics { disagreements { bid { id } range explained } judges { user { id } } } } } }";
        app.person("organizer").await.asks(query, json!({ "id": competition.challenge })).await["challenge"]["panel"]["statistics"].clone()
    };
    let before = statistics().await;
    assert_eq!(
        before["disagreements"],
        json!([{ "bid": { "id": competition.bids[1].1 }, "range": "22.01", "explained": false }])
    );
    far.does("explainDeviation", explain.clone()).await;
    far.may_not("explainDeviation", explain, "NOT_NOW").await;
    assert_eq!(statistics().await["disagreements"][0]["explained"], true);
    assert!(own(judges[1].clone()).await.is_empty());
    let after = ranking(&app, "organizer", &competition).await;
    assert_eq!(after["ranking"]["nodes"][1]["score"], "73.33");
}

#[tokio::test]
async fn the_panel_talks_where_the_notice_said_so_and_both_rounds_are_kept() {
    let app = TestApp::new().await;
    let urban = app.person("urban").await;
    let refused = Competition::drafted_with(&app, json!({ "decidedBy": "CONSENSUS" })).await;
    let faults = urban.fails("submitChallenge", json!({ "challengeId": refused.challenge })).await.fields;
    assert_eq!(faults, ["decidedBy: no_consensus_round"]);

    let (competition, judges) = declared(&app, json!({ "consensusRound": true, "decidedBy": "CONSENSUS" }), 2).await;
    let id = json!({ "challengeId": competition.challenge });
    assert_eq!(reason(&app, "organizer", "beginConsensus", id.clone()).await, "sheets_missing");
    marked(&app, &competition, &judges, &[&["90", "70"][..]; 5]).await;
    assert_eq!(reason(&app, "organizer", "closeReview", id.clone()).await, "consensus_not_begun");
    let sheets = "query($id: ID!) { node(id: $id) { ... on Bid { sheets { total judge { id } } consensusSheet { total comment } availableActions } } }";
    let seen = |who: String| {
        let (app, bid) = (&app, competition.bids[0].1.clone());
        async move { app.person(&who).await.asks(sheets, json!({ "id": bid })).await["node"].clone() }
    };
    assert_eq!(seen(judges[0].clone()).await["sheets"].as_array().unwrap().len(), 1);
    for who in ["supervisor", "urban", judges[0].as_str(), "aurora"] {
        app.person(who).await.may_not("beginConsensus", id.clone(), "FORBIDDEN").await;
    }
    let begun = app.person("organizer").await.does("beginConsensus", id.clone()).await;
    assert!(begun["panel"]["chair"].is_string() && begun["panel"]["consensusAt"].is_string());
    assert_eq!(reason(&app, "organizer", "beginConsensus", id.clone()).await, "consensus_begun");

    // Who sits reads what the others gave, not who gave it; nobody else does, and what is in stays as it is.
    let mut chairs = Vec::new();
    for judge in &judges {
        let told = seen(judge.clone()).await;
        let sheets = told["sheets"].as_array().unwrap();
        assert_eq!((sheets.len(), sheets.iter().filter(|sheet| sheet["judge"].is_null()).count()), (5, 4));
        if told["availableActions"].as_array().unwrap().contains(&json!("submitConsensusSheet")) {
            chairs.push(judge.clone());
        }
    }
    assert_eq!(chairs.len(), 1);
    for other in ["organizer", "supervisor", "aurora", "urban"] {
        assert_eq!(seen(other.to_owned()).await["sheets"], json!([]), "{other}");
    }
    let reopen = json!({ "bidId": competition.bids[0].1, "judgeId": seat_of(&app, &competition, &judges[0]).await, "reason": "x" });
    assert_eq!(reason(&app, "organizer", "reopenScoreSheet", reopen).await, "consensus_begun");
    let agreed = |bid: usize, mark: &str| json!({ "bidId": competition.bids[bid].1, "marks": judged(&competition, mark), "comment": "合议认为夜间工况更重要" });
    let member = judges.iter().find(|judge| !chairs.contains(judge)).unwrap();
    assert_eq!(reason(&app, member, "submitConsensusSheet", agreed(0, "75")).await, "not_chair");
    app.person("organizer").await.may_not("submitConsensusSheet", agreed(0, "75"), "FORBIDDEN").await;
    let chair = app.person(&chairs[0]).await;
    let mut part = agreed(0, "75");
    part["marks"].as_array_mut().unwrap().pop();
    assert_eq!(chair.fails("submitConsensusSheet", part).await.fields, ["marks: mark_missing"]);
    chair.does("submitConsensusSheet", agreed(0, "75")).await;
    assert_eq!(reason(&app, "organizer", "closeReview", id.clone()).await, "consensus_missing");
    chair.does("submitConsensusSheet", agreed(1, "80")).await;
    // Thought better of it.
    let kept = chair.does("submitConsensusSheet", agreed(0, "76")).await["bid"]["consensusSheet"].clone();
    assert_eq!(kept["total"], "76.00");
    assert_eq!(seen(member.clone()).await["consensusSheet"]["total"], "76.00");
    for other in ["organizer", "supervisor", "aurora", "urban"] {
        assert_eq!(seen(other.to_owned()).await["consensusSheet"], Value::Null, "{other}");
    }

    // One of the panel leaves: what was agreed on is void, and the next one writes before the panel talks again.
    let replace = json!({ "challengeId": competition.challenge, "judgeId": seat_of(&app, &competition, member).await, "reason": "病假" });
    app.person("organizer").await.does("replaceJudge", replace).await;
    let newcomer = competition.judges(&app).await.into_iter().find(|judge| !judges.contains(judge)).unwrap();
    let person = app.person(&newcomer).await;
    person.does("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true })).await;
    assert!(seen(newcomer.clone()).await["sheets"].as_array().unwrap().is_empty());
    marked(&app, &competition, std::slice::from_ref(&newcomer), &[&["90", "70"]]).await;
    app.person("organizer").await.does("beginConsensus", id.clone()).await;
    assert_eq!(seen(newcomer.clone()).await["consensusSheet"], Value::Null);
    for judge in competition.judges(&app).await {
        if seen(judge.clone()).await["availableActions"].as_array().unwrap().contains(&json!("submitConsensusSheet")) {
            for (bid, mark) in [(0, "75"), (1, "80")] {
                app.person(&judge).await.does("submitConsensusSheet", agreed(bid, mark)).await;
            }
        }
    }
    let closed = close(&app, &competition).await;
    assert_eq!(order(&closed["ranking"], &competition), ["beacon", "aurora"]);
    let told = ranking(&app, "organizer", &competition).await;
    assert_eq!((&told["rankedBy"], &told["ranking"]["nodes"][0]["score"]), (&json!("CONSENSUS"), &json!("80.00")));
    assert_eq!(order(&told["raw"]["nodes"], &competition), ["aurora", "beacon"]);
    assert_eq!((&told["raw"]["totalCount"], &told["consensus"]["totalCount"]), (&json!(2), &json!(0)));
    for other in ["urban", "aurora", "delta"] {
        let told = ranking(&app, other, &competition).await;
        assert_eq!((&told["rankedBy"], &told["raw"]["totalCount"]), (&Value::Null, &Value::Null), "{other}");
    }
}

/// Where every judge has enough sheets, standard scores stand beside the raw ones, and decide where the notice said so.
#[tokio::test]
async fn a_strict_judge_weighs_as_much_as_a_lenient_one_where_the_notice_said_so() {
    let app = TestApp::new().await;
    let (competition, judges) =
        declared(&app, json!({ "decidedBy": "NORMALISED", "criteria": [{ "name": "技术方案", "weight": 100 }] }), 5)
            .await;
    // The first judge uses the whole scale and turns the raw ranking alone; trimmed, three of five count.
    let marks: [&[&str]; 5] = [
        &["70", "100", "75", "72", "71"],
        &["90", "89", "88", "87", "86"],
        &["90", "89", "88", "87", "86"],
        &["80", "95", "78", "77", "76"],
        &["80", "95", "78", "77", "76"],
    ];
    marked(&app, &competition, &judges, &marks).await;
    let closed = close(&app, &competition).await;
    assert_eq!(order(&closed["ranking"], &competition)[0], "beacon");
    let told = ranking(&app, "supervisor", &competition).await;
    assert_eq!(
        (&told["rankedBy"], &told["raw"]["totalCount"], &told["normalised"]["totalCount"]),
        (&json!("NORMALISED"), &json!(5), &json!(0))
    );
    let score: f64 = told["ranking"]["nodes"][0]["score"].as_str().unwrap().parse().unwrap();
    assert!(score > 0.0 && score < 3.0, "{score}");

    // Too few bids to normalise: the raw scores decide, and why is told.
    let app = TestApp::new().await;
    let (competition, judges) = declared(&app, json!({ "decidedBy": "NORMALISED" }), 2).await;
    marked(&app, &competition, &judges, &[&["90", "70"][..]; 5]).await;
    close(&app, &competition).await;
    assert_eq!(ranking(&app, "organizer", &competition).await["rankedBy"], "RAW");
    let query = "query($id: ID!) { challenge(id: $id) { panel { statistics { unnormalised } } } }";
    let told = app.person("organizer").await.asks(query, json!({ "id": competition.challenge })).await;
    assert!(told["challenge"]["panel"]["statistics"]["unnormalised"].as_str().unwrap().contains("标准分"));
}

#[tokio::test]
async fn a_closed_review_is_signed_and_its_report_is_complete() {
    let app = TestApp::new().await;
    let competition = Competition::ranked(&app).await;
    let judges = competition.judges(&app).await;
    assert!(judges.is_empty(), "nothing is left to score");
    let id = json!({ "challengeId": competition.challenge });
    let mut sitting = Vec::new();
    for number in 1..=12 {
        let name = format!("judge{number}");
        let work = app.person(&name).await.reads("judgeWork", json!({})).await;
        if work["reviewsToSign"].as_array().unwrap().iter().any(|one| one["id"] == competition.challenge.as_str()) {
            sitting.push(name);
        }
    }
    assert_eq!(sitting.len(), 5);
    let outsider = (1..=12).map(|number| format!("judge{number}")).find(|name| !sitting.contains(name)).unwrap();
    for (who, code) in [("organizer", "FORBIDDEN"), (outsider.as_str(), "FORBIDDEN"), ("aurora", "FORBIDDEN")] {
        app.person(who).await.may_not("signReview", id.clone(), code).await;
    }
    let dissent = json!({ "challengeId": competition.challenge, "dissent": "方案 <b>A</b> 的工期不可信" });
    app.person(&sitting[0]).await.does("signReview", dissent.clone()).await;
    assert_eq!(reason(&app, &sitting[0], "signReview", dissent).await, "already_signed");
    for judge in &sitting[1..4] {
        app.person(judge).await.does("signReview", id.clone()).await;
    }
    let report = app
        .person("organizer")
        .await
        .reads("reviewReport", json!({ "id": competition.challenge, "whole": true }))
        .await;
    let told = &report["reviewReport"];
    assert_eq!(
        (&told["seats"], &told["signed"], &told["deviations"], &told["unexplained"]),
        (&json!(5), &json!(4), &json!(0), &json!(0))
    );
    assert_eq!(
        report["bids"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|bid| bid["sheets"].as_array().unwrap().len())
            .sum::<usize>(),
        15
    );
    let page = told["page"].as_str().unwrap().to_owned();

    let got = |who: Option<&'static str>| {
        let (app, page) = (&app, page.clone());
        async move {
            let door = app.door();
            let mut request = door.get(page);
            if let Some(who) = who {
                request = request.header("authorization", format!("Bearer {}", app.person(who).await.token().unwrap()));
            }
            request.send().await.0
        }
    };
    for who in ["organizer", "supervisor"] {
        let answer = got(Some(who)).await;
        let (status, policy) = (answer.status(), answer.headers().get("content-security-policy").cloned());
        let text = answer.into_body().into_string().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{text}");
        let policy = policy.unwrap().to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        for part in [
            "评审报告",
            "Review report",
            "90.00",
            "80.50",
            "60.00",
            "方案 A",
            "未签字",
            "Krippendorff",
            "方案 &lt;b&gt;A",
            "技术方案",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(!text.contains("<script") && !text.contains("<b>A</b>"));
    }
    for (who, status) in [
        (None, StatusCode::NOT_FOUND),
        (Some("urban"), StatusCode::NOT_FOUND),
        (Some("aurora"), StatusCode::NOT_FOUND),
        (Some("judge1"), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(got(who).await.status(), status, "{who:?}");
    }
    // After the notice nobody signs any more.
    let (competition, _) = competition.notices(&app).await;
    assert_eq!(
        reason(&app, &sitting[4], "signReview", json!({ "challengeId": competition.challenge })).await,
        "not_in_this_state"
    );
}

#[tokio::test]
async fn in_a_blind_review_nothing_a_judge_reads_says_who_bids() {
    let app = TestApp::new().await;
    let mut competition = Competition::published_with(&app, json!({ "blind": true })).await;
    let person = app.person("aurora").await;
    let named = person.asks("{ viewer { organization { name } } }", json!({})).await["viewer"]["organization"]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    competition.bid(&app, "beacon", 140_000_000).await;
    let mut solution = support::solution_input(&competition.indicators, "内涝预报", 150_000_000);
    solution["summary"] = json!(format!("由{named}承担。"));
    let drafted = person.does("draftBid", json!({ "challengeId": competition.challenge, "solution": solution })).await;
    let bid = drafted["bid"]["id"].as_str().unwrap().to_owned();
    person.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
    competition.bids.push(("aurora".into(), bid.clone()));
    let competition = competition.opens(&app).await;
    let query =
        "query($id: ID!) { node(id: $id) { ... on Bid { bidder { name } members { name } submittedAt namedInBlindPart
        solution { title principalInvestigator teamIntroduction attachments { name } attachmentIds } } } }";
    let seen = |who: String, bid: String| {
        let app = &app;
        async move { app.person(&who).await.asks(query, json!({ "id": bid })).await["node"].clone() }
    };
    // Those who check see that the text names the bidder, and that the other one's does not.
    assert_eq!(seen("organizer".into(), bid.clone()).await["namedInBlindPart"], true);
    assert_eq!(seen("organizer".into(), competition.bids[0].1.clone()).await["namedInBlindPart"], false);
    assert_eq!(seen("organizer".into(), bid.clone()).await["solution"]["principalInvestigator"], "沈望舒");
    let (competition, judges) = competition.checks(&app).await.draws(&app).await.0.declares(&app).await;
    let told = seen(judges[0].clone(), bid.clone()).await;
    assert_eq!(
        (&told["bidder"], &told["members"], &told["submittedAt"], &told["namedInBlindPart"]),
        (&Value::Null, &json!([]), &Value::Null, &Value::Null)
    );
    let solution = &told["solution"];
    assert_eq!(solution["title"], "内涝预报");
    assert_eq!(
        (&solution["principalInvestigator"], &solution["teamIntroduction"], &solution["attachments"]),
        (&json!(""), &json!(""), &json!([]))
    );
    // From the end of the review on it is told.
    marked(&app, &competition, &judges, &[&["90", "80"][..]; 5]).await;
    close(&app, &competition).await;
    assert_eq!(seen(judges[0].clone(), bid).await["solution"]["principalInvestigator"], "沈望舒");
}
