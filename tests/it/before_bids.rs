//! What happens before anybody bids: drafting, handing in, approving, publishing, questions, amendments, calling off.

use serde_json::{Value, json};
use support::{Competition, DEADLINE, TestApp, challenge_input, solution_input};

fn with(mut input: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

#[tokio::test]
async fn a_draft_may_be_incomplete_but_not_malformed() {
    let app = TestApp::new().await;
    let urban = app.person("urban").await;
    let drafted = urban.does("draftChallenge", json!({ "title": "只有标题" })).await;
    assert_eq!(drafted["challenge"]["status"], "DRAFT");
    assert_eq!(
        drafted["challenge"]["availableActions"],
        json!(["reviseChallenge", "submitChallenge", "withdrawChallenge"])
    );

    let wrong = with(
        challenge_input(),
        json!({
            "title": " ",
            "background": "x".repeat(20_001),
            "durationMonths": 0,
            "budget": { "total": -1, "fiscal": 1.5, "demander": "x", "bidder": 9_007_199_254_740_992i64 },
            "indicators": [
                { "name": "", "unit": "%", "comparator": "GTE", "target": "1e3", "tolerance": "1", "testMethod": "x",
                  "mandatory": true, "weight": 101 },
                { "name": "x", "unit": "%", "comparator": "APPROX", "target": "1", "testMethod": "x", "mandatory": true,
                  "weight": 1 },
            ],
            "criteria": [{ "name": "x", "weight": 0, "minimum": 101 }],
            "consortiumMaxMembers": 11,
        }),
    );
    let refusal = urban.fails("draftChallenge", wrong).await;
    assert_eq!(refusal.code, "INVALID_INPUT");
    assert_eq!(
        refusal.fields,
        [
            "background: too_long",
            "budget.bidder: not_money",
            "budget.demander: not_money",
            "budget.fiscal: not_money",
            "budget.total: not_money",
            "consortiumMaxMembers: out_of_range",
            "criteria.0.minimum: out_of_range",
            "criteria.0.weight: out_of_range",
            "durationMonths: out_of_range",
            "indicators.0.name: required",
            "indicators.0.target: not_a_decimal",
            "indicators.0.tolerance: tolerance_only_approx",
            "indicators.0.weight: out_of_range",
            "indicators.1.tolerance: tolerance_needed",
            "title: required",
        ]
    );
}

#[tokio::test]
async fn handing_in_names_all_that_is_missing_or_does_not_add_up() {
    let app = TestApp::new().await;
    let urban = app.person("urban").await;
    let bare = urban.does("draftChallenge", json!({ "title": "只有标题" })).await;
    let refusal = urban.fails("submitChallenge", json!({ "challengeId": bare["challenge"]["id"] })).await;
    assert_eq!(refusal.code, "INVALID_INPUT");
    let missing = [
        "acceptanceMethod",
        "background",
        "budget",
        "contact",
        "criteria",
        "domain",
        "durationMonths",
        "eligibility",
        "indicators",
        "ipTerms",
        "legalRoute",
        "mechanism",
        "problemStatement",
        "scale",
        "siteConditions",
    ];
    assert_eq!(refusal.fields, missing.map(|field| format!("{field}: required")));

    let wrong = with(
        challenge_input(),
        json!({
            "budget": { "total": 100, "fiscal": 50, "demander": 49, "bidder": 0 },
            "criteria": [{ "name": "技术", "weight": 50 }, { "name": "其他", "weight": 49 }],
        }),
    );
    let drafted = urban.does("draftChallenge", wrong).await;
    let refusal = urban.fails("submitChallenge", json!({ "challengeId": drafted["challenge"]["id"] })).await;
    assert_eq!(refusal.fields, ["budget: shares_sum", "criteria: weights_sum"]);
}

#[tokio::test]
async fn only_the_department_drafts_and_only_in_its_states() {
    let app = TestApp::new().await;
    let competition = Competition::drafted(&app).await;
    let id = json!({ "challengeId": competition.challenge });
    let change = json!({ "challengeId": competition.challenge, "changes": { "title": "新题" } });

    app.anybody().may_not("draftChallenge", challenge_input(), "UNAUTHENTICATED").await;
    app.anybody().may_not("reviseChallenge", change.clone(), "UNAUTHENTICATED").await;
    for other in ["organizer", "aurora", "judge1", "supervisor", "sysadmin"] {
        app.person(other).await.may_not("draftChallenge", challenge_input(), "FORBIDDEN").await;
    }
    // Another department may not know of it; an organizer knows, but does not write.
    app.person("social").await.may_not("reviseChallenge", change.clone(), "NOT_FOUND").await;
    app.person("aurora").await.may_not("submitChallenge", id.clone(), "NOT_FOUND").await;
    app.person("organizer").await.may_not("reviseChallenge", change.clone(), "FORBIDDEN").await;
    app.person("organizer").await.may_not("approveChallenge", id.clone(), "NOT_NOW").await;
    app.person("organizer")
        .await
        .may_not("returnChallenge", with(id.clone(), json!({ "reason": "" })), "NOT_NOW")
        .await;

    let urban = app.person("urban").await;
    urban.does("reviseChallenge", change.clone()).await;
    let stale = with(change.clone(), json!({ "expectedVersion": 1 }));
    urban.may_not("reviseChallenge", stale, "CONFLICT").await;
    urban.does("reviseChallenge", with(change.clone(), json!({ "expectedVersion": 2 }))).await;
    urban.does("submitChallenge", id.clone()).await;
    urban.may_not("reviseChallenge", change.clone(), "NOT_NOW").await;
    urban.may_not("submitChallenge", id.clone(), "NOT_NOW").await;
    urban.may_not("approveChallenge", id.clone(), "FORBIDDEN").await;

    let organizer = app.person("organizer").await;
    let refusal = organizer.fails("returnChallenge", with(id.clone(), json!({ "reason": " " }))).await;
    assert_eq!(refusal.fields, ["reason: required"]);
    organizer.does("returnChallenge", with(id.clone(), json!({ "reason": "指标不可测" }))).await;
    organizer.may_not("approveChallenge", id.clone(), "NOT_NOW").await;
    urban.does("reviseChallenge", change).await;
    urban.does("submitChallenge", id.clone()).await;
    organizer.does("approveChallenge", id.clone()).await;
    organizer.may_not("approveChallenge", id, "NOT_NOW").await;
}

#[tokio::test]
async fn an_author_does_not_approve_though_an_organizer_too() {
    let app = TestApp::new().await;
    let departments =
        app.person("sysadmin").await.reads("organizations", json!({ "filter": { "kind": "DEPARTMENT" } })).await;
    let department = departments["nodes"][0]["id"].clone();
    let account = |name: &str| {
        json!({ "username": name, "password": "Rehearsal-2026", "name": "两职", "roles": ["DEMANDER", "ORGANIZER"],
                "organizationId": department })
    };
    let sysadmin = app.person("sysadmin").await;
    sysadmin.does("createAccount", account("both")).await;
    sysadmin.does("createAccount", account("colleague")).await;
    let both = app.person("both").await;
    let drafted = both.does("draftChallenge", challenge_input()).await;
    let id = json!({ "challengeId": drafted["challenge"]["id"] });
    both.does("submitChallenge", id.clone()).await;
    both.may_not("approveChallenge", id.clone(), "FORBIDDEN").await;
    // Nor does a colleague of the same department: nobody acts on both sides.
    app.person("colleague").await.may_not("approveChallenge", id.clone(), "FORBIDDEN").await;
    app.person("organizer").await.does("approveChallenge", id).await;
}

#[tokio::test]
async fn publication_keeps_the_days_that_the_law_asks_for() {
    let app = TestApp::new().await;
    let competition = Competition::approved(&app).await;
    let organizer = app.person("organizer").await;
    let publish = |deadline: &str| json!({ "challengeId": competition.challenge, "submissionDeadline": deadline });
    app.person("urban").await.may_not("publishChallenge", publish(DEADLINE), "FORBIDDEN").await;
    for (deadline, fault) in [
        ("yesterday", "not_an_instant"),
        ("2026-04-01", "not_an_instant"),
        ("2026-03-02T09:00:00+08:00", "in_the_past"),
        ("2026-03-22T08:59:59.999+08:00", "too_soon"),
        ("2027-06-01T00:00:00+08:00", "too_far"),
    ] {
        let refusal = organizer.fails("publishChallenge", publish(deadline)).await;
        assert_eq!(refusal.fields, [format!("submissionDeadline: {fault}")], "{deadline}");
    }
    let urgent = with(publish("2026-03-10T09:00:00+08:00"), json!({ "urgentReason": "汛期将至" }));
    // Who approved may not hurry.
    organizer.may_not("publishChallenge", urgent.clone(), "FORBIDDEN").await;
    let too_urgent = with(urgent.clone(), json!({ "submissionDeadline": "2026-03-09T08:59:59+08:00" }));
    let organizer2 = app.person("organizer2").await;
    let refusal = organizer2.fails("publishChallenge", too_urgent).await;
    assert_eq!(refusal.fields, ["submissionDeadline: too_soon"]);
    let published = organizer2.does("publishChallenge", urgent).await["challenge"].clone();
    assert_eq!(published["status"], "PUBLISHED");
    assert_eq!(published["publishedAt"], "2026-03-02T01:00:00.000Z");
    // Questions close five days before the deadline, at the latest half-way.
    assert_eq!(published["questionsCloseAt"], "2026-03-06T01:00:00.000Z");
    organizer2.may_not("publishChallenge", publish(DEADLINE), "NOT_NOW").await;
}

#[tokio::test]
async fn publication_freezes_rules_and_commits_to_the_draw() {
    let app = TestApp::new().await;
    let competition = Competition::approved(&app).await;
    let input = json!({ "challengeId": competition.challenge, "submissionDeadline": "2026-03-22T09:00:00+08:00" });
    let published = app.person("organizer").await.does("publishChallenge", input).await["challenge"].clone();
    let code = published["code"].as_str().unwrap();
    assert!(code.starts_with("JB-2026-") && code.len() == 12, "{code}");
    let rules = &published["ruleSet"];
    assert_eq!(
        *rules,
        json!({ "id": rules["id"], "version": 5, "minOpenDays": 20, "publicityWorkingDays": 5, "panelSize": 5,
                "minValidBids": 1, "trimFrom": 5, "passMark": "70" })
    );
    let draw = &published["panel"]["draw"];
    assert_eq!(draw["seedCommitment"].as_str().unwrap().len(), 64);
    assert_eq!(draw["candidatesHash"].as_str().unwrap().len(), 64);
    assert_eq!(draw["seed"], Value::Null);
    let by_code = app.anybody().reads("challenge", json!({ "code": code })).await;
    assert_eq!(by_code["id"], published["id"]);
}

#[tokio::test]
async fn questions_are_asked_unseen_and_answered_for_all() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let ask = json!({ "challengeId": competition.challenge, "text": "可否使用自备雷达？" });
    app.anybody().may_not("askQuestion", ask.clone(), "UNAUTHENTICATED").await;
    for other in ["urban", "organizer", "judge1", "eagle"] {
        app.person(other).await.may_not("askQuestion", ask.clone(), "FORBIDDEN").await;
    }
    let asked = app.person("aurora").await.does("askQuestion", ask.clone()).await["question"].clone();
    let answer = json!({ "questionId": asked["id"], "answer": "可以。" });
    app.person("aurora").await.may_not("answerQuestion", answer.clone(), "FORBIDDEN").await;
    app.person("social").await.may_not("answerQuestion", answer.clone(), "FORBIDDEN").await;
    app.person("urban").await.does("answerQuestion", answer.clone()).await;
    app.person("organizer").await.may_not("answerQuestion", answer.clone(), "NOT_NOW").await;

    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    let question = json!({ "id": asked["id"], "text": "可否使用自备雷达？", "askedAt": asked["askedAt"],
                           "answerDueAt": "2026-03-05T16:00:00.000Z", "answer": "可以。",
                           "answeredAt": "2026-03-02T01:00:00.000Z", "declinedAt": null, "declinedBecause": null });
    assert_eq!(seen["questions"], json!({ "nodes": [question], "totalCount": 1 }));
    // Who asked is told by no event, not even to those who run the process.
    let asker = app.person("aurora").await.reads("viewer", json!({})).await["user"]["id"].clone();
    for viewer in ["organizer", "supervisor", "auditor", "urban"] {
        let events = app.person(viewer).await.reads("events", json!({ "subject": competition.challenge })).await;
        let asked: Vec<_> =
            events["nodes"].as_array().unwrap().iter().filter(|event| event["kind"] == "question.asked").collect();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0]["actor"], Value::Null);
        assert!(!events.to_string().contains(asker.as_str().unwrap()), "{viewer} can tell who asked");
    }

    let later = app.person("beacon").await;
    let second = later.does("askQuestion", ask.clone()).await["question"]["id"].clone();
    app.drift("2026-03-27T17:00:00+08:00");
    later.may_not("askQuestion", ask, "DEADLINE_PASSED").await;
    let answer = json!({ "questionId": second, "answer": "同前。" });
    app.drift(DEADLINE);
    app.person("urban").await.may_not("answerQuestion", answer, "DEADLINE_PASSED").await;
}

#[tokio::test]
async fn amendments_are_on_the_record_and_a_late_one_moves_the_deadline() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let organizer = app.person("organizer").await;
    let amend = |changes: Value| {
        with(json!({ "challengeId": competition.challenge, "summary": "补充场地", "material": false }), changes)
    };
    app.person("urban").await.may_not("amendChallenge", amend(json!({})), "FORBIDDEN").await;
    // What bidders build on is material, in whatever words.
    let texts = ["acceptanceMethod", "eligibility", "ipTerms", "problemStatement", "siteConditions"];
    for text in texts {
        let refusal = organizer.fails("amendChallenge", amend(json!({ "changes": { text: "另有规定。" } }))).await;
        assert_eq!(refusal.fields, [format!("changes.{text}: material_needed")]);
    }
    let far = json!({ "newDeadline": "2027-04-01T17:00:00+08:00" });
    assert_eq!(organizer.fails("amendChallenge", amend(far)).await.fields, ["newDeadline: too_far"]);
    let fixed = json!({ "changes": { "title": "改题", "durationMonths": 3, "criteria": [] },
                        "newDeadline": "2026-03-31T17:00:00+08:00" });
    let refusal = organizer.fails("amendChallenge", amend(fixed)).await;
    assert_eq!(
        refusal.fields,
        [
            "changes.criteria: material_needed",
            "changes.durationMonths: material_needed",
            "changes.title: not_amendable",
            "newDeadline: too_soon"
        ]
    );
    let amended = organizer
        .does("amendChallenge", amend(json!({ "material": true, "changes": { "siteConditions": "另开放两处。" } })))
        .await;
    assert_eq!(amended["challenge"]["submissionDeadline"], "2026-04-01T09:00:00.000Z");

    app.drift("2026-03-30T09:00:00+08:00");
    let amended = organizer.does("amendChallenge", amend(json!({ "material": true }))).await;
    assert_eq!(amended["amendment"]["newDeadline"], "2026-04-14T01:00:00.000Z");
    assert_eq!(amended["challenge"]["submissionDeadline"], "2026-04-14T01:00:00.000Z");
    // The closing moves with it.
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["status"], "PUBLISHED");
    assert_eq!(seen["siteConditions"], "另开放两处。");
    assert_eq!(seen["amendments"]["totalCount"], 2);
    app.set_clock("2026-04-14T09:00:00+08:00").await;
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["status"], "CLOSED");
    organizer.may_not("amendChallenge", amend(json!({})), "DEADLINE_PASSED").await;
}

#[tokio::test]
async fn a_challenge_can_be_called_off_until_the_award() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let cancel = json!({ "challengeId": competition.challenge, "reason": "场地另有他用" });
    app.person("urban").await.may_not("cancelChallenge", cancel.clone(), "FORBIDDEN").await;
    app.person("organizer").await.does("cancelChallenge", cancel.clone()).await;
    app.person("organizer").await.may_not("cancelChallenge", cancel, "NOT_NOW").await;
    let seen = app.anybody().reads("bids", json!({ "id": competition.challenge })).await;
    assert_eq!(seen, json!({ "id": competition.challenge, "status": "CANCELLED", "bidCount": null, "bids": null }));
    let solution = solution_input(&competition.indicators, "x", 1);
    let draft = json!({ "challengeId": competition.challenge, "solution": solution });
    app.person("delta").await.may_not("draftBid", draft, "NOT_NOW").await;
    // The deadline passes over it.
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["status"], "CANCELLED");
}

#[tokio::test]
async fn no_bids_are_taken_where_the_law_has_another_system() {
    let app = TestApp::new().await;
    let drafted = app
        .person("urban")
        .await
        .does(
            "draftChallenge",
            with(
                challenge_input(),
                json!({ "legalRoute": "TENDER_EXTERNAL", "externalUrl": "https://ggzy.example.invalid/1" }),
            ),
        )
        .await;
    let id = json!({ "challengeId": drafted["challenge"]["id"] });
    app.person("urban").await.does("submitChallenge", id.clone()).await;
    app.person("organizer").await.does("approveChallenge", id.clone()).await;
    app.person("organizer")
        .await
        .does("publishChallenge", with(id.clone(), json!({ "submissionDeadline": DEADLINE })))
        .await;
    let draft = with(id, json!({ "solution": { "title": "x" } }));
    app.person("aurora").await.may_not("draftBid", draft, "NOT_NOW").await;
}

#[tokio::test]
async fn an_organizer_of_the_department_itself_does_not_run_its_challenges() {
    let app = TestApp::new().await;
    let approved = Competition::approved(&app).await;
    let department = app.person("urban").await.asks("{ viewer { organization { id } } }", json!({})).await;
    let account = json!({
        "username": "inside", "password": "Rehearsal-2026", "name": "本局组织者", "roles": ["ORGANIZER"],
        "organizationId": department["viewer"]["organization"]["id"],
    });
    app.person("sysadmin").await.does("createAccount", account).await;
    let publish = json!({ "challengeId": approved.challenge, "submissionDeadline": DEADLINE });
    app.person("inside").await.may_not("publishChallenge", publish.clone(), "FORBIDDEN").await;
    app.person("organizer").await.does("publishChallenge", publish).await;
    let cancel = json!({ "challengeId": approved.challenge, "reason": "撤销" });
    app.person("inside").await.may_not("cancelChallenge", cancel, "FORBIDDEN").await;
}

#[tokio::test]
async fn whom_to_ask_is_an_office_and_no_mobile_number() {
    let app = TestApp::new().await;
    let urban = app.person("urban").await;
    let of = |contact: &str| json!({ "title": "联系方式", "contact": contact });
    for own in ["张工 13800000000", "+86 138-0000-0000"] {
        assert_eq!(urban.fails("draftChallenge", of(own)).await.fields, ["contact: office_phone"]);
    }
    urban.does("draftChallenge", of("市政设施科 0371-00000000")).await;
}
