//! What an amendment does to a challenge and to what has been handed in: on the record, alike for all, and told to nobody else.

use serde_json::{Value, json};
use support::{Competition, Person, TestApp, challenge_input, solution_input};

/// Amends, as `organizer`: the payload.
async fn amended(app: &TestApp, competition: &Competition, material: bool, changes: Value) -> Value {
    let input =
        json!({ "challengeId": competition.challenge, "summary": "变更", "material": material, "changes": changes });
    app.person("organizer").await.does("amendChallenge", input).await
}

/// The viewer's bid there.
async fn own(person: &Person, competition: &Competition) -> Value {
    let query = "query($challenge: ID) { viewer { bids(challenge: $challenge) {
        nodes { id status responseNeeded availableActions receipt { compact } } } } }";
    person.asks(query, json!({ "challenge": competition.challenge })).await["viewer"]["bids"]["nodes"][0].clone()
}

/// Whether what the receipt says counts.
async fn in_force(app: &TestApp, bid: &Value) -> Value {
    let receipt = json!({ "receipt": bid["receipt"]["compact"] });
    app.anybody().reads("verifyReceipt", receipt).await["inForce"].clone()
}

/// Opens, behind the deadline.
async fn opened(app: &TestApp, competition: &Competition, at: &str) {
    app.set_clock(at).await;
    for organizer in ["organizer", "organizer2"] {
        app.person(organizer).await.does("openBids", competition.opening()).await;
    }
}

#[tokio::test]
async fn an_amendment_says_field_by_field_what_it_changed() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let organizer = app.person("organizer").await;
    let input = |material: bool, changes: Value| json!({ "challengeId": competition.challenge, "summary": "放宽工期", "material": material, "changes": changes });
    let heavier = json!([{ "name": "技术方案", "weight": 60 }, { "name": "经费", "weight": 40 }]);
    let calculated = json!({ "durationMonths": 12, "criteria": heavier, "consortiumMaxMembers": 3 });
    let refusal = organizer.fails("amendChallenge", input(false, calculated.clone())).await;
    assert_eq!(
        refusal.fields,
        [
            "changes.consortiumMaxMembers: material_needed",
            "changes.criteria: material_needed",
            "changes.durationMonths: material_needed"
        ]
    );
    // The whole stays whole.
    let light = json!({ "criteria": [{ "name": "技术方案", "weight": 60 }], "indicators": [], "contact": "" });
    let refusal = organizer.fails("amendChallenge", input(true, light)).await;
    assert_eq!(refusal.fields, ["changes.contact: required"]);
    let light = json!({ "criteria": [{ "name": "技术方案", "weight": 60 }], "indicators": [] });
    let refusal = organizer.fails("amendChallenge", input(true, light)).await;
    assert_eq!(refusal.fields, ["changes.criteria: weights_sum", "changes.indicators: required"]);

    let same = json!({ "contact": challenge_input()["contact"], "indicators": challenge_input()["indicators"] });
    let nothing = organizer.does("amendChallenge", input(true, same)).await["amendment"].clone();
    assert_eq!(nothing["changes"], json!([]));
    let unchanged = Competition::of(&app.anybody(), competition.challenge.clone()).await;
    assert_eq!(unchanged.indicators, competition.indicators);

    // A total by which the frozen rules would have been others.
    let budget = |total: i64| json!({ "budget": { "total": total, "fiscal": total, "demander": 0, "bidder": 0 } });
    let refusal = organizer.fails("amendChallenge", input(true, budget(5_000_000_000))).await;
    assert_eq!(refusal.fields, ["changes.budget.total: not_amendable"]);

    let amended = organizer.does("amendChallenge", input(true, calculated)).await["amendment"].clone();
    let before = "技术方案 50 ≥60 · 先进性与可行性\n实施计划 30\n经费合理性 20";
    assert_eq!(
        amended["changes"],
        json!([
            { "field": "durationMonths", "before": "9", "after": "12" },
            { "field": "criteria", "before": before, "after": "技术方案 60\n经费 40" },
            { "field": "consortiumMaxMembers", "before": "2", "after": "3" },
        ])
    );
    // Everybody reads the same, and the log names the fields and the differences' hash.
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["amendments"]["nodes"][1], amended);
    assert_eq!(seen["criteria"][1]["name"], "经费");
    let events = app.anybody().reads("events", json!({ "subject": competition.challenge })).await;
    let text = events["nodes"].as_array().unwrap().last().unwrap()["publicText"].as_str().unwrap().to_owned();
    assert!(text.contains(r#""changed":["durationMonths","criteria","consortiumMaxMembers"]"#), "{text}");
}

#[tokio::test]
async fn a_material_amendment_voids_what_was_handed_in_until_it_is_confirmed_or_replaced() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let [aurora, beacon, cedar] = [app.person("aurora").await, app.person("beacon").await, app.person("cedar").await];
    let bid = own(&aurora, &competition).await;
    let confirm = json!({ "bidId": bid["id"] });
    aurora.may_not("confirmBid", confirm.clone(), "NOT_NOW").await;
    amended(&app, &competition, false, json!({ "contact": "市政设施科 0371-11111111" })).await;
    assert_eq!(
        (own(&aurora, &competition).await["responseNeeded"].clone(), in_force(&app, &bid).await),
        (Value::Null, json!(true))
    );

    amended(&app, &competition, true, json!({ "siteConditions": "改为四处隧道。" })).await;
    for bidder in [&aurora, &beacon, &cedar] {
        let bid = own(bidder, &competition).await;
        assert_eq!((&bid["responseNeeded"], &bid["status"]), (&json!("CONFIRM"), &json!("SUBMITTED")));
        assert!(bid["availableActions"].as_array().unwrap().contains(&json!("confirmBid")));
        assert_eq!(in_force(&app, &bid).await, false);
    }
    for other in ["beacon", "organizer", "urban", "judge1"] {
        app.person(other).await.may_not("confirmBid", confirm.clone(), "NOT_FOUND").await;
    }
    app.anybody().may_not("confirmBid", confirm.clone(), "UNAUTHENTICATED").await;
    let confirmed = aurora.does("confirmBid", confirm.clone()).await["bid"].clone();
    assert_eq!((&confirmed["status"], &confirmed["responseNeeded"]), (&json!("SUBMITTED"), &Value::Null));
    assert_eq!(in_force(&app, &bid).await, true);
    aurora.may_not("confirmBid", confirm, "NOT_NOW").await;
    // Handing in anew answers as well.
    let replaced = own(&beacon, &competition).await["id"].clone();
    let solution = solution_input(&competition.indicators, "四处隧道的方案", 120_000_000);
    beacon.does("reviseBid", json!({ "bidId": replaced, "solution": solution })).await;
    beacon.does("submitBid", json!({ "bidId": replaced, "pledgeAccepted": true })).await;
    assert_eq!(own(&beacon, &competition).await["responseNeeded"], Value::Null);

    // cedar lets it pass: taken back at the opening, told to it alone.
    let silent = own(&cedar, &competition).await["id"].clone();
    let deadline = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(deadline["submissionDeadline"], "2026-04-01T09:00:00.000Z");
    opened(&app, &competition, "2026-04-02T09:00:00+08:00").await;
    let seen = app.anybody().reads("bids", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["bidCount"], 2);
    assert_eq!(own(&cedar, &competition).await["status"], "WITHDRAWN");
    let lapsed = cedar.reads("events", json!({ "subject": silent })).await["nodes"].to_string();
    assert!(lapsed.contains("bid.lapsed"), "{lapsed}");
    for other in ["organizer", "aurora", "supervisor"] {
        let events = app.person(other).await.reads("events", json!({ "subject": silent })).await;
        assert_eq!(events["totalCount"], 0, "{other}");
    }
    // The closing committed to the two that counted: the opening's list fits its root.
    let events = app.anybody().reads("events", json!({ "subject": competition.challenge, "first": 100 })).await;
    let of = |kind: &str| -> Value {
        let nodes = events["nodes"].as_array().unwrap();
        let event = nodes.iter().find(|event| event["kind"] == kind).unwrap();
        serde_json::from_str::<Value>(event["publicText"].as_str().unwrap()).unwrap()
    };
    let (closed, opened) = (of("challenge.closed"), of("challenge.opened"));
    let find = |value: &Value, key: &str| find(value, key).unwrap_or_else(|| panic!("{key} in {value}"));
    let commitments: Vec<String> = serde_json::from_value(find(&opened, "commitments")).unwrap();
    assert_eq!(commitments.len(), 2);
    let nonce = find(&opened, "nonce").as_str().unwrap().to_owned();
    let root = jiebang_platform::bids::close::root(&nonce, commitments.clone());
    assert_eq!(find(&closed, "root"), json!(root));
}

/// The value of a key, wherever it lies.
fn find(value: &Value, key: &str) -> Option<Value> {
    match value {
        Value::Object(fields) => {
            fields.get(key).cloned().or_else(|| fields.values().find_map(|inner| find(inner, key)))
        }
        Value::Array(items) => items.iter().find_map(|inner| find(inner, key)),
        _ => None,
    }
}

#[tokio::test]
async fn where_indicators_change_confirming_is_not_enough() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let aurora = app.person("aurora").await;
    let bid = own(&aurora, &competition).await["id"].clone();
    let recovery = aurora.does("withdrawBid", json!({ "bidId": bid })).await;
    assert_eq!(recovery["bid"]["status"], "WITHDRAWN");
    let mut indicators = challenge_input()["indicators"].clone();
    indicators[0]["target"] = json!("15");
    amended(&app, &competition, true, json!({ "indicators": indicators })).await;
    // Neither confirmed nor handed in again as it was.
    aurora.may_not("submitBid", json!({ "bidId": bid, "pledgeAccepted": true }), "NOT_NOW").await;
    let beacon = app.person("beacon").await;
    let theirs = own(&beacon, &competition).await;
    assert_eq!(theirs["responseNeeded"], "REPLACE");
    beacon.may_not("confirmBid", json!({ "bidId": theirs["id"] }), "NOT_NOW").await;

    let now = Competition::of(&app.anybody(), competition.challenge.clone()).await;
    assert_eq!(now.indicators.len(), 2);
    assert_ne!(now.indicators, competition.indicators);
    let old = json!({ "bidId": bid, "solution": solution_input(&competition.indicators, "旧指标", 1_000) });
    let refusal = aurora.fails("reviseBid", old).await;
    assert_eq!(refusal.fields[0], "solution.commitments.0.indicatorId: unknown");
    let mut solution = solution_input(&now.indicators, "新指标", 1_000);
    let weak = json!({ "bidId": bid, "solution": solution });
    aurora.does("reviseBid", weak).await;
    let refusal = aurora.fails("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
    assert_eq!(refusal.fields, ["solution.commitments.0.value: weaker_than_target"]);
    solution["commitments"][0]["value"] = json!("16");
    aurora.does("reviseBid", json!({ "bidId": bid, "solution": solution })).await;
    aurora.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
    assert_eq!(own(&aurora, &competition).await["responseNeeded"], Value::Null);

    opened(&app, &competition, "2026-04-02T09:00:00+08:00").await;
    let seen = app.person("organizer").await.reads("bids", json!({ "id": competition.challenge })).await;
    assert_eq!((&seen["bidCount"], &seen["bids"]["nodes"][0]["id"]), (&json!(1), &bid));
    let criteria = json!({ "challengeId": competition.challenge, "summary": "x", "material": true,
                           "changes": { "criteria": [{ "name": "只看价格", "weight": 100 }] } });
    app.person("organizer").await.may_not("amendChallenge", criteria, "DEADLINE_PASSED").await;
}

#[tokio::test]
async fn in_a_short_window_half_of_it_is_the_lead() {
    let app = TestApp::new().await;
    let competition = Competition::approved(&app).await;
    // Open for ten days and eight hours.
    let hurry = json!({ "challengeId": competition.challenge, "submissionDeadline": "2026-03-12T17:00:00+08:00",
                        "urgentReason": "汛期前须完成部署" });
    app.person("organizer2").await.does("publishChallenge", hurry).await;
    let organizer = app.person("organizer").await;
    let amend = |text: &str| {
        json!({ "challengeId": competition.challenge, "summary": text, "material": true,
                "changes": { "siteConditions": text } })
    };
    let deadline = async || {
        let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
        seen["submissionDeadline"].clone()
    };
    // Five days and four hours before it: just early enough.
    app.drift("2026-03-07T13:00:00+08:00");
    organizer.does("amendChallenge", amend("二十二处下穿隧道")).await;
    assert_eq!(deadline().await, "2026-03-12T09:00:00.000Z");
    app.drift("2026-03-07T13:00:00.001+08:00");
    organizer.does("amendChallenge", amend("二十三处下穿隧道")).await;
    assert_eq!(deadline().await, "2026-03-12T09:00:00.001Z");
}

#[tokio::test]
async fn from_the_deadline_on_nothing_is_amended_whoever_has_approved_the_opening() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    let organizer = app.person("organizer").await;
    organizer.does("openBids", competition.opening()).await;
    let indicators = json!([{ "name": "预报准确率", "unit": "%", "comparator": "GTE", "target": "1", "testMethod": "复核",
                              "mandatory": true, "weight": 100 }]);
    let criteria = json!([{ "name": "技术方案", "weight": 100 }]);
    for changes in [json!({ "indicators": indicators }), json!({ "criteria": criteria })] {
        let amend =
            json!({ "challengeId": competition.challenge, "summary": "改", "material": true, "changes": changes });
        organizer.may_not("amendChallenge", amend, "DEADLINE_PASSED").await;
    }
}
