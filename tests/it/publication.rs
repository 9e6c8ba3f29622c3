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
    let (unlawful, unlinked) = ("eligibilityRegion: zone_only_unlawful", "externalUrl: required");
    for (route, changes, faults) in [
        ("TESTBED_TRIAL", json!({}), &none[..]),
        ("TESTBED_TRIAL", zone.clone(), &["fairCompetitionReviewNo: required"]),
        ("TESTBED_TRIAL", reviewed.clone(), &none),
        ("RND_GRANT", reviewed.clone(), &none),
        ("INNOVATION_PARTNERSHIP", json!({}), &["routeApprovalNo: required"]),
        ("INNOVATION_PARTNERSHIP", approved.clone(), &none),
        ("INNOVATION_PARTNERSHIP", with(approved, reviewed.clone()), &[unlawful]),
        ("COMPETITIVE_CONSULTATION", reviewed.clone(), &[unlawful, unlinked]),
        ("TENDER_EXTERNAL", zone, &[unlawful, unlinked, "fairCompetitionReviewNo: required"]),
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
    let revise = |changes: Value| with(json!({ "expectedVersion": 5, "reason": "按新规调整" }), changes);
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
    assert_eq!((&made["ruleSet"]["version"], &made["ruleSet"]["minOpenDays"]), (&json!(6), &json!(25)));
    organizer.may_not("reviseRuleSet", revise(json!({ "minOpenDays": 30 })), "CONFLICT").await;

    let versions = app.anybody().reads("ruleSets", json!({ "first": 1 })).await;
    assert_eq!((&versions["nodes"][0]["version"], &versions["totalCount"]), (&json!(6), &json!(2)));
    let rest = json!({ "after": versions["pageInfo"]["endCursor"] });
    let rest = app.anybody().reads("ruleSets", rest).await;
    assert_eq!((&rest["nodes"][0]["version"], &rest["nodes"][0]["minOpenDays"]), (&json!(5), &json!(20)));

    let seen = app.anybody().reads("challenge", json!({ "id": before.challenge })).await;
    assert_eq!((&seen["ruleSet"]["version"], &seen["ruleSet"]["minOpenDays"]), (&json!(5), &json!(20)));
    let next = Competition::approved(&app).await;
    let publish = |deadline: &str| json!({ "challengeId": next.challenge, "submissionDeadline": deadline });
    let colleague = app.person("organizer2").await;
    let refusal = colleague.fails("publishChallenge", publish("2026-03-25T09:00:00+08:00")).await;
    assert_eq!(refusal.fields, ["submissionDeadline: too_soon"]);
    let published = colleague.does("publishChallenge", publish(DEADLINE)).await["challenge"].clone();
    assert_eq!((&published["ruleSet"]["version"], &published["ruleSet"]["minOpenDays"]), (&json!(6), &json!(25)));
}

#[tokio::test]
async fn under_rules_of_ones_own_making_somebody_else_approves_or_publishes() {
    let app = TestApp::new().await;
    let (organizer, colleague) = (app.person("organizer").await, app.person("organizer2").await);
    let revise = |version: i32| json!({ "expectedVersion": version, "reason": "按新规调整", "minOpenDays": 15 });
    let publish = |of: &Competition| json!({ "challengeId": of.challenge, "submissionDeadline": DEADLINE });
    let publishes = async |who: &support::Person, of: &Competition| {
        let seen = who.reads("challenge", json!({ "id": of.challenge })).await;
        seen["availableActions"].as_array().unwrap().iter().any(|action| action == "publishChallenge")
    };
    // Approved by `organizer`, who then makes rules: nobody else has stood behind these.
    let first = Competition::approved(&app).await;
    assert!(publishes(&organizer, &first).await);
    app.drift("2026-03-02T10:00:00+08:00");
    organizer.does("reviseRuleSet", revise(5)).await;
    assert!(!publishes(&organizer, &first).await && publishes(&colleague, &first).await);
    assert_eq!(organizer.fails("publishChallenge", publish(&first)).await.code, "FORBIDDEN");
    colleague.does("publishChallenge", publish(&first)).await;
    // Approved by somebody else, but before: what was approved were other rules.
    let second = Competition::approved(&app).await;
    app.drift("2026-03-02T11:00:00+08:00");
    colleague.does("reviseRuleSet", revise(6)).await;
    colleague.may_not("publishChallenge", publish(&second), "FORBIDDEN").await;
    organizer.does("publishChallenge", publish(&second)).await;
    // Approved by somebody else, since.
    app.drift("2026-03-02T12:00:00+08:00");
    let third = Competition::approved(&app).await;
    colleague.does("publishChallenge", publish(&third)).await;
}

#[tokio::test]
async fn what_came_of_it_in_the_official_system_is_told_where_it_was_published() {
    let app = TestApp::new().await;
    let terms = json!({ "legalRoute": "TENDER_EXTERNAL", "externalUrl": "https://ggzy.example.invalid/zbgg/1" });
    let competition = Competition::published_with(&app, terms).await;
    let organizer = app.person("organizer").await;
    let result = json!({ "challengeId": competition.challenge, "won": true, "result": "中标单位：星河科技，138 万元。",
                         "url": "https://ggzy.example.invalid/zbjg/1" });
    organizer.may_not("recordExternalResult", result.clone(), "NOT_NOW").await;
    // What belongs to the official system is not done here; where that is may be put right.
    let ask = json!({ "challengeId": competition.challenge, "text": "能否延期？" });
    app.person("aurora").await.may_not("askQuestion", ask, "NOT_NOW").await;
    let visit = json!({ "challengeId": competition.challenge, "kind": "SITE_VISIT", "description": "踏勘",
                        "whereabouts": "市政处", "takesPlaceAt": "2026-03-20T09:00:00+08:00" });
    app.person("urban").await.may_not("offerAccess", visit, "NOT_NOW").await;
    let moved = json!({ "externalUrl": "https://ggzy.example.invalid/zbgg/2" });
    let amend =
        json!({ "challengeId": competition.challenge, "summary": "更正链接", "material": false, "changes": moved });
    let changes = organizer.does("amendChallenge", amend).await["amendment"]["changes"].clone();
    assert_eq!((&changes[0]["field"], &changes[0]["after"]), (&json!("externalUrl"), &moved["externalUrl"]));
    // The clock has closed it; the timer has not come yet.
    app.drift("2026-04-02T09:00:00+08:00");
    organizer.may_not("openBids", json!({ "challengeId": competition.challenge }), "NOT_NOW").await;
    app.anybody().may_not("recordExternalResult", result.clone(), "UNAUTHENTICATED").await;
    for other in ["urban", "aurora", "judge1", "supervisor", "sysadmin"] {
        app.person(other).await.may_not("recordExternalResult", result.clone(), "FORBIDDEN").await;
    }
    let faulty = with(result.clone(), json!({ "url": "http://plain.example.invalid", "result": " " }));
    let refusal = organizer.fails("recordExternalResult", faulty).await;
    assert_eq!(refusal.fields, ["result: required", "url: not_a_link"]);
    let actions =
        organizer.reads("challenge", json!({ "id": competition.challenge })).await["availableActions"].clone();
    assert_eq!(actions, json!(["cancelChallenge", "recordExternalResult", "suspendChallenge"]));
    organizer.does("recordExternalResult", result.clone()).await;
    organizer.may_not("recordExternalResult", result.clone(), "NOT_NOW").await;
    let events = app.anybody().reads("events", json!({ "subject": competition.challenge })).await;
    let kinds: Vec<_> =
        events["nodes"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"challenge.closed") && kinds.contains(&"challenge.external_result_recorded"), "{kinds:?}");
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["status"], "COMPLETED");
    assert_eq!(seen["externalResult"], json!({ "result": result["result"], "url": result["url"] }));
}

#[tokio::test]
async fn a_consultation_that_nobody_won_has_failed() {
    let app = TestApp::new().await;
    let terms = json!({ "legalRoute": "COMPETITIVE_CONSULTATION", "externalUrl": "https://zfcg.example.invalid/1" });
    let competition = Competition::published_with(&app, terms).await;
    let draft = json!({ "challengeId": competition.challenge, "solution": { "title": "x" } });
    app.person("aurora").await.may_not("draftBid", draft, "NOT_NOW").await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    let result = json!({ "challengeId": competition.challenge, "won": false, "result": "供应商不足三家。",
                         "url": "https://zfcg.example.invalid/2" });
    let done = app.person("organizer2").await.does("recordExternalResult", result).await;
    assert_eq!(done["challenge"]["status"], "FAILED");
}

#[tokio::test]
async fn why_there_are_fewer_days_is_published_with_it() {
    let app = TestApp::new().await;
    let competition = Competition::approved(&app).await;
    let hurry = json!({ "challengeId": competition.challenge, "submissionDeadline": "2026-03-12T17:00:00+08:00",
                        "urgentReason": "汛期前须完成部署" });
    app.person("organizer").await.may_not("publishChallenge", hurry.clone(), "FORBIDDEN").await;
    app.person("organizer2").await.does("publishChallenge", hurry).await;
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["urgentReason"], "汛期前须完成部署");
    let events = app.anybody().reads("events", json!({ "subject": competition.challenge })).await;
    let published = events["nodes"].as_array().unwrap().iter().find(|event| event["kind"] == "challenge.published");
    assert!(published.unwrap()["publicText"].as_str().unwrap().contains("汛期前须完成部署"));
}

#[tokio::test]
async fn what_is_run_here_has_no_result_elsewhere() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    let result = json!({ "challengeId": competition.challenge, "won": false, "result": "x", "url": "https://x.example.invalid" });
    let refusal = app.person("organizer").await.fails("recordExternalResult", result).await;
    assert_eq!((&refusal.code[..], &refusal.message[..]), ("NOT_NOW", "该办理路径在本平台办理，不登记外部结果。"));
}

#[tokio::test]
async fn a_price_is_marked_by_its_published_formula() {
    let app = TestApp::new().await;
    let criteria = |formulas: [Option<&str>; 3]| {
        let [a, b, c] = formulas;
        json!({ "criteria": [
            { "name": "技术方案", "weight": 40, "minimum": if a.is_none() { Some(90) } else { None }, "priceFormula": a },
            { "name": "实施计划", "weight": 10, "priceFormula": b },
            { "name": "报价", "weight": 50, "priceFormula": c },
        ] })
    };
    let price = Some("LOWEST_PRICE");
    let urban = app.person("urban").await;
    for (formulas, faults) in [
        ([None, price, price], &["criteria: one_price"][..]),
        ([price, price, price], &["criteria: judged_needed", "criteria: one_price"]),
    ] {
        let drafted = urban.does("draftChallenge", with(challenge_input(), criteria(formulas))).await;
        let refusal = urban.fails("submitChallenge", json!({ "challengeId": drafted["challenge"]["id"] })).await;
        assert_eq!(refusal.fields, faults);
    }
    let with_minimum = json!({ "criteria": [{ "name": "报价", "weight": 50, "minimum": 60, "priceFormula": price }] });
    let refusal = urban.fails("draftChallenge", with(challenge_input(), with_minimum)).await;
    assert_eq!(refusal.fields, ["criteria.0.minimum: no_minimum"]);
    let mut competition = Competition::published_with(&app, criteria([None, None, price])).await;
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(
        seen["criteria"].as_array().unwrap().iter().map(|one| &one["priceFormula"]).collect::<Vec<_>>(),
        [&Value::Null, &Value::Null, &json!("LOWEST_PRICE")]
    );
    for (bidder, funding) in [("aurora", 150_000_000), ("beacon", 100_000_000), ("cedar", 70_000_000)] {
        competition.bid(&app, bidder, funding).await;
    }
    let mut competition = competition.opens(&app).await;
    // The cheapest fails the formal check: it is no benchmark.
    let cheapest = competition.bids.pop().unwrap().1;
    let items = json!([{ "name": "材料完整", "passed": false, "reason": "缺少承诺书" }]);
    Competition::both_check(&app, &cheapest, items).await;
    let (competition, judges) = competition.checks(&app).await.draws(&app).await;
    let [judged, plan, computed] = &competition.criteria[..] else { panic!("three criteria") };
    let sheet = |bid: &str, marks: &[(&String, &str)]| {
        let marks = marks.iter().map(|(id, mark)| json!({ "criterionId": id, "score": mark }));
        json!({ "bidId": bid, "marks": marks.collect::<Value>() })
    };
    for judge in &judges {
        let person = app.person(judge).await;
        person.does("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true })).await;
        for ((_, bid), mark) in competition.bids.iter().zip(["95", "80"]) {
            for act in ["saveScoreSheet", "submitScoreSheet"] {
                let refusal = person.fails(act, sheet(bid, &[(judged, mark), (plan, mark), (computed, "100")])).await;
                assert_eq!(refusal.fields, ["marks.2.criterionId: mark_computed"], "{act}");
            }
            let refusal = person.fails("submitScoreSheet", sheet(bid, &[(judged, mark)])).await;
            assert_eq!(refusal.fields, ["marks: mark_missing"]);
            let handed_in = person.does("submitScoreSheet", sheet(bid, &[(judged, mark), (plan, mark)])).await;
            // 100 / 150 of the full mark, half up to two places.
            let total = if mark == "95" { "80.835" } else { "90.00" };
            assert_eq!(handed_in["sheet"]["total"], total);
        }
    }
    let closed =
        app.person("organizer").await.does("closeReview", json!({ "challengeId": competition.challenge })).await;
    let ranking = closed["ranking"].as_array().unwrap().clone();
    let placed: Vec<_> = ranking.iter().map(|one| (one["bid"]["id"].clone(), one["score"].clone())).collect();
    let [aurora, beacon] = &competition.bids[..] else { panic!("two bids") };
    assert_eq!(placed, [(json!(beacon.1), json!("90.00")), (json!(aurora.1), json!("80.84"))]);
    // Above the pass mark, and below the minimum of the technical criterion all the same.
    assert_eq!((&ranking[0]["passed"], &ranking[1]["passed"]), (&json!(false), &json!(true)));
    // The judges agree in all that they gave.
    let query = "query($id: ID!) { challenge(id: $id) { panel { statistics { krippendorffAlpha } } } }";
    let seen = app.person("organizer").await.asks(query, json!({ "id": competition.challenge })).await;
    assert_eq!(seen["challenge"]["panel"]["statistics"]["krippendorffAlpha"], 1.0);
}
