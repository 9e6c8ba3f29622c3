//! Equal information: questions fall due and are settled before anything is opened; what is shown to one is offered to all.

use serde_json::{Value, json};
use support::{Competition, DEADLINE, TestApp};

/// Asks, as this enterprise; the question's id.
async fn asked(app: &TestApp, competition: &Competition, who: &str) -> Value {
    let ask = json!({ "challengeId": competition.challenge, "text": format!("{who} 想知道雨量数据的频率") });
    app.person(who).await.does("askQuestion", ask).await["question"]["id"].clone()
}

/// The ids of the questions that wait for this person.
async fn due(app: &TestApp, who: &str) -> Vec<Value> {
    let due = app.person(who).await.reads("questionsDue", json!({})).await["questionsDue"].clone();
    let nodes = due["nodes"].as_array().unwrap();
    assert_eq!(due["totalCount"], nodes.len());
    nodes.iter().map(|node| node["id"].clone()).collect()
}

#[tokio::test]
async fn a_question_waits_for_the_department_and_the_organizers_until_it_is_settled() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let first = asked(&app, &competition, "aurora").await;
    let second = asked(&app, &competition, "beacon").await;
    for host in ["urban", "organizer", "organizer2"] {
        assert_eq!(due(&app, host).await, [first.clone(), second.clone()], "{host}");
    }
    for other in ["social", "aurora", "judge1", "supervisor", "sysadmin"] {
        assert!(due(&app, other).await.is_empty(), "{other}");
    }
    let page = app.person("urban").await.reads("questionsDue", json!({ "first": 1 })).await["questionsDue"].clone();
    assert_eq!(page["nodes"][0]["answerDueAt"], "2026-03-05T16:00:00.000Z");
    assert_eq!(page["nodes"][0]["challenge"]["id"], competition.challenge.as_str());
    let rest = json!({ "first": 1, "after": page["pageInfo"]["endCursor"] });
    let rest = app.person("urban").await.reads("questionsDue", rest).await["questionsDue"].clone();
    assert_eq!((&rest["nodes"][0]["id"], &rest["pageInfo"]["hasNextPage"]), (&second, &json!(false)));

    app.person("urban").await.does("answerQuestion", json!({ "questionId": first, "answer": "每分钟一次。" })).await;
    let decline = json!({ "questionId": second, "reason": "与第一问相同，见其答复。" });
    for other in ["urban", "beacon", "judge1"] {
        app.person(other).await.may_not("declineQuestion", decline.clone(), "FORBIDDEN").await;
    }
    app.anybody().may_not("declineQuestion", decline.clone(), "UNAUTHENTICATED").await;
    let refusal =
        app.person("organizer").await.fails("declineQuestion", json!({ "questionId": second, "reason": " " })).await;
    assert_eq!(refusal.fields, ["reason: required"]);
    let declined = app.person("organizer").await.does("declineQuestion", decline.clone()).await["question"].clone();
    assert_eq!(declined["declinedBecause"], "与第一问相同，见其答复。");
    app.person("organizer").await.may_not("declineQuestion", decline, "NOT_NOW").await;
    let answer = json!({ "questionId": second, "answer": "每分钟。" });
    app.person("urban").await.may_not("answerQuestion", answer, "NOT_NOW").await;
    assert!(due(&app, "urban").await.is_empty());

    // Before questions close more may come; from then on the period has closed, everything being settled.
    let seen = |app: &TestApp| {
        let (anybody, id) = (app.anybody(), json!({ "id": competition.challenge }));
        async move { anybody.reads("challenge", id).await }
    };
    let open = seen(&app).await;
    assert_eq!((&open["unsettledQuestions"], &open["clarified"]), (&json!(0), &json!(false)));
    app.drift("2026-03-27T17:00:00+08:00");
    assert_eq!(seen(&app).await["clarified"], true);
}

#[tokio::test]
async fn an_unsettled_question_keeps_the_clarification_open_and_the_bids_closed() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let question = asked(&app, &competition, "delta").await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    let open = competition.opening();
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!((&seen["unsettledQuestions"], &seen["clarified"]), (&json!(1), &json!(false)));
    let refusal = app.person("organizer").await.fails("openBids", open.clone()).await;
    assert_eq!(refusal.code, "NOT_NOW");
    assert!(refusal.message.contains("条例"), "the rule is named: {}", refusal.message);
    let actions = |seen: &Value| seen["availableActions"].as_array().unwrap().clone();
    let seen = app.person("organizer").await.reads("challenge", json!({ "id": competition.challenge })).await;
    assert!(actions(&seen).contains(&json!("declineQuestion")) && !actions(&seen).contains(&json!("openBids")));

    // Too late for an answer; that there is none is said, with its reason.
    let answer = json!({ "questionId": question, "answer": "可以。" });
    app.person("urban").await.may_not("answerQuestion", answer, "DEADLINE_PASSED").await;
    let decline = json!({ "questionId": question, "reason": "逾期未答，所问不影响方案编制。" });
    app.person("organizer").await.does("declineQuestion", decline.clone()).await;
    for organizer in ["organizer", "organizer2"] {
        app.person(organizer).await.does("openBids", open.clone()).await;
    }
    app.person("organizer").await.may_not("declineQuestion", decline, "NOT_NOW").await;
}

#[tokio::test]
async fn what_is_shown_to_one_is_offered_to_all() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let offer = |kind: &str, at: Value| {
        json!({ "challengeId": competition.challenge, "kind": kind, "description": "开放两处隧道踏勘",
                "whereabouts": "科学大道下穿隧道东口", "takesPlaceAt": at })
    };
    let visit = offer("SITE_VISIT", json!("2026-03-10T09:00:00+08:00"));
    app.anybody().may_not("offerAccess", visit.clone(), "UNAUTHENTICATED").await;
    for other in ["social", "aurora", "judge1", "supervisor"] {
        app.person(other).await.may_not("offerAccess", visit.clone(), "FORBIDDEN").await;
    }
    let urban = app.person("urban").await;
    for (given, fault) in [
        (offer("SITE_VISIT", Value::Null), "takesPlaceAt: required"),
        (offer("SITE_VISIT", json!("2026-03-01T09:00:00+08:00")), "takesPlaceAt: in_the_past"),
        (offer("SITE_VISIT", json!(DEADLINE)), "takesPlaceAt: after_deadline"),
        (offer("DATA_SAMPLE", json!("soon")), "takesPlaceAt: not_an_instant"),
    ] {
        assert_eq!(urban.fails("offerAccess", given).await.fields, [fault]);
    }
    let made = urban.does("offerAccess", visit).await["offer"].clone();
    app.person("organizer").await.does("offerAccess", offer("DATA_SAMPLE", Value::Null)).await;
    // Everybody reads both, and the log has them.
    let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!((&seen["offers"]["totalCount"], &seen["offers"]["nodes"][0]), (&json!(2), &made));
    assert_eq!(app.anybody().reads("node", json!({ "id": made["id"] })).await["id"], made["id"]);
    let events = app.anybody().reads("events", json!({ "subject": competition.challenge })).await;
    let offered = |event: &&Value| event["kind"] == "challenge.access_offered";
    assert_eq!(events["nodes"].as_array().unwrap().iter().filter(offered).count(), 2);
    app.drift(DEADLINE);
    urban.may_not("offerAccess", offer("DATA_SAMPLE", Value::Null), "DEADLINE_PASSED").await;
}

#[tokio::test]
async fn nobody_buries_a_challenge_in_questions() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let mut questions = Vec::new();
    for _ in 0..20 {
        questions.push(asked(&app, &competition, "aurora").await);
    }
    let one_more = json!({ "challengeId": competition.challenge, "text": "还有一问" });
    let aurora = app.person("aurora").await;
    aurora.may_not("askQuestion", one_more.clone(), "NOT_NOW").await;
    // It is counted by organization, and what is settled does not count.
    app.person("beacon").await.does("askQuestion", one_more.clone()).await;
    let answer = json!({ "questionId": questions[0], "answer": "每分钟一次。" });
    app.person("urban").await.does("answerQuestion", answer).await;
    let decline = json!({ "questionId": questions[1], "reason": "与第一问相同，见其答复。" });
    app.person("organizer").await.does("declineQuestion", decline).await;
    aurora.does("askQuestion", one_more.clone()).await;
    aurora.does("askQuestion", one_more.clone()).await;
    aurora.may_not("askQuestion", one_more, "NOT_NOW").await;
}

#[tokio::test]
async fn questions_close_by_the_rules_of_the_day_of_publication() {
    let app = TestApp::new().await;
    let revise = json!({ "expectedVersion": 5, "reason": "按新规调整", "questionsCloseDays": 6 });
    app.person("organizer").await.does("reviseRuleSet", revise).await;
    let competition = Competition::published(&app).await;
    let closes = async || {
        let seen = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
        seen["questionsCloseAt"].clone()
    };
    assert_eq!(closes().await, "2026-03-26T09:00:00.000Z");
    // They close as much before a deadline that has moved.
    let later = json!({ "challengeId": competition.challenge, "summary": "延期", "material": false,
                        "newDeadline": "2026-04-10T17:00:00+08:00" });
    app.person("organizer").await.does("amendChallenge", later).await;
    assert_eq!(closes().await, "2026-04-04T09:00:00.000Z");
    let revise = json!({ "expectedVersion": 6, "reason": "按新规调整", "questionsCloseDays": 2 });
    app.person("organizer").await.does("reviseRuleSet", revise).await;
    assert_eq!(closes().await, "2026-04-04T09:00:00.000Z");
}

#[tokio::test]
async fn nothing_says_who_asked() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let query = "{ viewer { user { id username name } organization { id name } } }";
    let own = app.person("aurora").await.asks(query, json!({})).await["viewer"].clone();
    let question = asked(&app, &competition, "beacon").await;
    let mine = json!({ "challengeId": competition.challenge, "text": "雨量数据是否含 2024 年？" });
    app.person("aurora").await.does("askQuestion", mine).await;
    let answer = json!({ "questionId": question, "answer": "每分钟一次。" });
    app.person("urban").await.does("answerQuestion", answer).await;
    let [user, organization] = [&own["user"]["id"], &own["organization"]["id"]].map(|id| id.as_str().unwrap());
    for who in
        ["aurora", "beacon", "urban", "social", "organizer", "supervisor", "judge1", "sysadmin", "secadmin", "auditor"]
    {
        let person = app.person(who).await;
        for (name, variables) in [
            ("challenge", json!({ "id": competition.challenge })),
            ("events", json!({ "subject": competition.challenge })),
            ("events", json!({})),
            ("questionsDue", json!({})),
        ] {
            // The log tells everybody that accounts were made, and a person of its own: what is looked at is what tells of questions.
            let seen = person.reads(name, variables).await;
            let about = |node: &Value| node["kind"].as_str().is_none_or(|kind| kind.starts_with("question."));
            let nodes =
                seen["nodes"].as_array().map(|nodes| nodes.iter().filter(|node| about(node)).cloned().collect());
            let text = nodes.map_or_else(|| seen.to_string(), |nodes: Vec<Value>| json!(nodes).to_string());
            assert!(!text.contains(user) && !text.contains(organization), "{name} tells {who}: {text}");
        }
    }
}
