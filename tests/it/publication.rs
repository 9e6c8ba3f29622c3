//! What a challenge is published with: what its legal route asks for, how it is decided, and the rules of that day, all frozen.

use serde_json::{Value, json};
use support::{Competition, DEADLINE, TestApp, challenge_input};

fn with(mut input: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

#[tokio::test]
async fn each_route_asks_for_what_the_law_does() {
    let app = TestApp::new().await;
    let urban = app.person("urban").await;
    let zone = json!({ "eligibilityRegion": "ZONE_ONLY" });
    let reviewed = json!({ "eligibilityRegion": "ZONE_ONLY", "fairCompetitionReviewNo": "郑高公竞〔2026〕3号" });
    let approved = json!({ "routeApprovalNo": "豫财购〔2026〕12号" });
    let none: [&str; 0] = [];
    let unlawful = "eligibilityRegion: zone_only_unlawful";
    for (route, changes, faults) in [
        ("TESTBED_TRIAL", json!({}), &none[..]),
        ("TESTBED_TRIAL", zone.clone(), &["fairCompetitionReviewNo: required"]),
        ("TESTBED_TRIAL", reviewed.clone(), &none),
        ("RND_GRANT", reviewed.clone(), &none),
        ("INNOVATION_PARTNERSHIP", json!({}), &["routeApprovalNo: required"]),
        ("INNOVATION_PARTNERSHIP", approved.clone(), &none),
        ("INNOVATION_PARTNERSHIP", with(approved, reviewed.clone()), &[unlawful]),
        ("COMPETITIVE_CONSULTATION", reviewed.clone(), &[unlawful]),
        ("TENDER_EXTERNAL", zone, &[unlawful, "fairCompetitionReviewNo: required"]),
        ("TENDER_EXTERNAL", json!({ "externalUrl": "https://ggzy.example.invalid/zbgg/1" }), &none),
    ] {
        let input = with(with(challenge_input(), json!({ "legalRoute": route })), changes.clone());
        let drafted = urban.does("draftChallenge", input).await;
        let id = json!({ "challengeId": drafted["challenge"]["id"] });
        if faults.is_empty() {
            urban.does("submitChallenge", id).await;
        } else {
            assert_eq!(urban.fails("submitChallenge", id).await.fields, faults, "{route} {changes}");
        }
    }
    for (changes, fault) in [
        (json!({ "externalUrl": "http://plain.example.invalid" }), "externalUrl: not_a_link"),
        (json!({ "externalUrl": "javascript:alert(1)" }), "externalUrl: not_a_link"),
        (json!({ "routeApprovalNo": "x".repeat(61) }), "routeApprovalNo: too_long"),
        (json!({ "requiredQualifications": ["HNTE", "TECH_SME", "HNTE"] }), "requiredQualifications.2: duplicate"),
        (json!({ "tieOrder": ["LOWER_FUNDING"] }), "tieOrder: draw_last"),
        (json!({ "tieOrder": [] }), "tieOrder: draw_last"),
        (json!({ "tieOrder": ["RECORDED_DRAW", "RECORDED_DRAW"] }), "tieOrder.1: duplicate"),
    ] {
        let refusal = urban.fails("draftChallenge", with(challenge_input(), changes)).await;
        assert_eq!(refusal.fields, [fault]);
    }
    // A number given and taken away again.
    let drafted = urban.does("draftChallenge", with(challenge_input(), reviewed)).await["challenge"]["id"].clone();
    let away = json!({ "challengeId": drafted, "changes": { "fairCompetitionReviewNo": "" } });
    urban.does("reviseChallenge", away).await;
    let seen = urban.reads("challenge", json!({ "id": drafted })).await;
    assert_eq!((&seen["fairCompetitionReviewNo"], &seen["eligibilityRegion"]), (&Value::Null, &json!("ZONE_ONLY")));
}

#[tokio::test]
async fn how_it_is_decided_is_published_and_stays() {
    let app = TestApp::new().await;
    let order = json!(["LOWER_FUNDING", "RECORDED_DRAW"]);
    let terms = json!({ "ipOwnership": "JOINT", "tieOrder": order, "blind": true, "requiredQualifications": ["HNTE"] });
    let competition = Competition::published_with(&app, terms.clone()).await;
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    for (field, value) in terms.as_object().unwrap() {
        assert_eq!(seen[field], *value, "{field}");
    }
    assert_eq!(seen["urgentReason"], Value::Null);
    // The log says what was published, and a hash over the rest.
    let events = app.anybody().reads("events", json!({ "subject": competition.challenge })).await;
    let nodes = events["nodes"].as_array().unwrap();
    let published = nodes.iter().find(|event| event["kind"] == "challenge.published").unwrap();
    let text = published["publicText"].as_str().unwrap();
    assert!(text.contains("contentSha256") && text.contains(r#""blind":true"#), "{text}");
    let changes = json!({ "blind": false, "tieOrder": ["RECORDED_DRAW"], "requiredQualifications": [],
                          "eligibilityRegion": "ANY", "ipOwnership": "BIDDER_OWNS" });
    let amend = |material: bool, changes: &Value| json!({ "challengeId": competition.challenge, "summary": "改", "material": material, "changes": changes });
    let organizer = app.person("organizer").await;
    let refusal = organizer.fails("amendChallenge", amend(false, &changes)).await;
    assert_eq!(
        refusal.fields,
        [
            "changes.blind: not_amendable",
            "changes.eligibilityRegion: not_amendable",
            "changes.ipOwnership: material_needed",
            "changes.requiredQualifications: not_amendable",
            "changes.tieOrder: not_amendable",
        ]
    );
    let amended = organizer.does("amendChallenge", amend(true, &json!({ "ipOwnership": "BIDDER_OWNS" }))).await;
    let change = json!([{ "field": "ipOwnership", "before": "JOINT", "after": "BIDDER_OWNS" }]);
    assert_eq!(amended["amendment"]["changes"], change);
}

#[tokio::test]
async fn the_published_order_of_tie_rules_decides_and_a_blind_judge_is_told_no_bidder() {
    let app = TestApp::new().await;
    // By submission the earlier wins: beacon, though cedar asks for less.
    let terms = json!({ "tieOrder": ["EARLIER_SUBMISSION", "RECORDED_DRAW"], "blind": true });
    let mut competition = Competition::published_with(&app, terms).await;
    competition.bid(&app, "beacon", 150_000_000).await;
    app.drift("2026-03-03T09:00:00+08:00");
    competition.bid(&app, "cedar", 10_000_000).await;
    let (competition, judges) = competition.opens(&app).await.checks(&app).await.draws(&app).await;
    for judge in &judges {
        let person = app.person(judge).await;
        let free = json!({ "challengeId": competition.challenge, "conflictFree": true });
        person.does("declareInterest", free).await;
        let tasks = person.reads("reviewTasks", json!({})).await["reviewTasks"]["nodes"].clone();
        let tasks = tasks.as_array().unwrap().iter();
        let tasks: Vec<_> = tasks.filter(|task| task["bid"]["challenge"]["id"] == *competition.challenge).collect();
        assert_eq!(tasks.len(), 2);
        for task in tasks {
            assert_eq!(task["bid"]["bidder"], Value::Null);
            let query = "query($id: ID!) { node(id: $id) { ... on Bid { label bidder { id } members { id }
                         solution { title principalInvestigator } } } }";
            let bid = person.asks(query, json!({ "id": task["bid"]["id"] })).await["node"].clone();
            assert_eq!((&bid["bidder"], &bid["members"]), (&Value::Null, &json!([])));
            assert_eq!(bid["solution"]["principalInvestigator"], "");
            assert!(bid["label"].as_str().unwrap().starts_with("方案 "));
            let marks = competition.marks("80");
            person.does("submitScoreSheet", json!({ "bidId": task["bid"]["id"], "marks": marks })).await;
        }
    }
    // An organizer is told; so is everybody once the review is closed, as far as they see the bid at all.
    let seen = app.person("organizer").await.reads("bids", json!({ "id": competition.challenge })).await;
    assert!(seen["bids"]["nodes"].as_array().unwrap().iter().all(|bid| bid["bidder"]["id"].is_string()));
    let closed = json!({ "challengeId": competition.challenge });
    let ranking = app.person("organizer").await.does("closeReview", closed).await["ranking"].clone();
    assert_eq!(
        (&ranking[0]["bid"]["id"], &ranking[0]["tieBrokenBy"]),
        (&json!(competition.bids[0].1), &json!("EARLIER_SUBMISSION"))
    );
    let judge = app.person(&judges[0]).await.reads("bids", json!({ "id": competition.challenge })).await;
    assert!(judge["bids"]["nodes"].as_array().unwrap().iter().all(|bid| bid["bidder"]["id"].is_string()));
}

#[tokio::test]
async fn an_organizer_makes_the_next_version_of_the_rules_and_what_is_published_keeps_its_own() {
    let app = TestApp::new().await;
    let before = Competition::published(&app).await;
    let organizer = app.person("organizer").await;
    let revise = |changes: Value| with(json!({ "expectedVersion": 2, "reason": "按新规调整" }), changes);
    app.anybody().may_not("reviseRuleSet", revise(json!({})), "UNAUTHENTICATED").await;
    for other in ["urban", "aurora", "judge1", "supervisor", "sysadmin"] {
        app.person(other).await.may_not("reviseRuleSet", revise(json!({})), "FORBIDDEN").await;
    }
    let unlawful = json!({ "panelSize": 4, "publicityWorkingDays": 2, "passMark": "70.001", "minValidBids": -1,
                           "panelSizeLargeFrom": 0.5, "reason": "" });
    let refusal = organizer.fails("reviseRuleSet", revise(unlawful)).await;
    assert_eq!(
        refusal.fields,
        [
            "minValidBids: out_of_range",
            "panelSize: out_of_range",
            "panelSize: out_of_range",
            "panelSizeLargeFrom: not_money",
            "passMark: mark_places",
            "publicityWorkingDays: out_of_range",
            "reason: required",
        ]
    );
    organizer.may_not("reviseRuleSet", revise(json!({ "expectedVersion": 1 })), "CONFLICT").await;
    let made = organizer.does("reviseRuleSet", revise(json!({ "minOpenDays": 25, "answerDays": 2 }))).await;
    assert_eq!((&made["ruleSet"]["version"], &made["ruleSet"]["minOpenDays"]), (&json!(3), &json!(25)));
    organizer.may_not("reviseRuleSet", revise(json!({ "minOpenDays": 30 })), "CONFLICT").await;

    let versions = app.anybody().reads("ruleSets", json!({ "first": 1 })).await;
    assert_eq!((&versions["nodes"][0]["version"], &versions["totalCount"]), (&json!(3), &json!(2)));
    let rest = json!({ "after": versions["pageInfo"]["endCursor"] });
    let rest = app.anybody().reads("ruleSets", rest).await;
    assert_eq!((&rest["nodes"][0]["version"], &rest["nodes"][0]["minOpenDays"]), (&json!(2), &json!(20)));

    let seen = app.anybody().reads("challenge", json!({ "id": before.challenge })).await;
    assert_eq!((&seen["ruleSet"]["version"], &seen["ruleSet"]["minOpenDays"]), (&json!(2), &json!(20)));
    let next = Competition::approved(&app).await;
    let publish = |deadline: &str| json!({ "challengeId": next.challenge, "submissionDeadline": deadline });
    let refusal = organizer.fails("publishChallenge", publish("2026-03-25T09:00:00+08:00")).await;
    assert_eq!(refusal.fields, ["submissionDeadline: too_soon"]);
    let published = organizer.does("publishChallenge", publish(DEADLINE)).await["challenge"].clone();
    assert_eq!((&published["ruleSet"]["version"], &published["ruleSet"]["minOpenDays"]), (&json!(3), &json!(25)));
}
