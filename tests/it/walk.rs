//! The main job, from a department's draft to a running project and a target that moves; and beside the path, the refusals.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::{Competition, TestApp};

/// The board's row of one computed metric.
async fn target(app: &TestApp, metric: &str) -> Value {
    let board = app.anybody().reads("targets", json!({ "year": 2026 })).await;
    board.as_array().unwrap().iter().find(|target| target["metric"] == metric).unwrap().clone()
}

#[tokio::test]
async fn a_departments_scenario_becomes_a_running_project() {
    let app = TestApp::new().await;
    // In two parts: all of it in one function is more than a test's stack holds.
    let competition = Box::pin(published_to_ranked(&app)).await;
    Box::pin(noticed_to_running(&app, &competition)).await;
}

async fn published_to_ranked(app: &TestApp) -> Competition {
    assert_eq!(target(app, "OPEN_COMPETITION_PROJECTS").await["actual"], "0");

    // Draft, argue, publish; question and answer; three bids, one replaced, one withdrawn and handed in again.
    let mut competition = Competition::published(app).await;
    let id = json!({ "challengeId": competition.challenge });
    let ask = json!({ "challengeId": competition.challenge, "text": "夜间可否进场？" });
    let asked = app.person("beacon").await.does("askQuestion", ask).await;
    let answer = json!({ "questionId": asked["question"]["id"], "answer": "可以，提前一日报备。" });
    app.person("urban").await.does("answerQuestion", answer).await;
    for (bidder, funding) in [("aurora", 150_000_000), ("beacon", 140_000_000), ("cedar", 130_000_000)] {
        competition.bid(app, bidder, funding).await;
    }
    let aurora = app.person("aurora").await;
    let again = support::solution_input(&competition.indicators, "aurora 的方案", 145_000_000);
    aurora.does("reviseBid", json!({ "bidId": competition.bids[0].1, "solution": again })).await;
    aurora.does("submitBid", json!({ "bidId": competition.bids[0].1, "pledgeAccepted": true })).await;
    let cedar = app.person("cedar").await;
    cedar.does("withdrawBid", json!({ "bidId": competition.bids[2].1 })).await;
    cedar.does("submitBid", json!({ "bidId": competition.bids[2].1, "pledgeAccepted": true })).await;

    // The deadline by the server's clock; two organizers open; the formal check.
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    let (organizer, organizer2) = (app.person("organizer").await, app.person("organizer2").await);
    organizer.does("openBids", competition.opening()).await;
    assert_eq!(organizer2.does("openBids", competition.opening()).await["opened"], true);
    organizer.may_not("drawPanel", id.clone(), "NOT_NOW").await;
    for (_, bid) in &competition.bids {
        let items = json!([{ "name": "材料完整", "passed": true }, { "name": "按时提交", "passed": true }]);
        organizer.does("recordFormalCheck", json!({ "bidId": bid, "items": items })).await;
    }

    // The panel, which nobody picked; interests before content.
    let drawn = organizer.does("drawPanel", id.clone()).await["panel"].clone();
    assert_eq!(drawn["judges"].as_array().unwrap().len(), 5);
    assert!(drawn["judges"].as_array().unwrap().iter().all(|seat| seat["user"] == Value::Null));
    let kinds: Vec<_> = drawn["judges"].as_array().unwrap().iter().map(|seat| seat["kind"].as_str().unwrap()).collect();
    assert!(kinds.iter().filter(|kind| ["TECHNICAL", "ECONOMIC"].contains(kind)).count() >= 4, "{kinds:?}");
    assert!(kinds.contains(&"USER"), "{kinds:?}");
    organizer.may_not("drawPanel", id.clone(), "NOT_NOW").await;
    let judges = competition.judges(app).await;
    assert_eq!(judges.len(), 5);
    let first = app.person(&judges[0]).await;
    let work = first.reads("reviewTasks", json!({})).await;
    let here = |one: &&Value| one["challenge"]["id"] == competition.challenge;
    let tasks = work["reviewTasks"]["nodes"].as_array().unwrap();
    assert!(!tasks.iter().any(|task| here(&&task["bid"])));
    let pending = work["pendingDeclarations"].as_array().unwrap().iter().find(here).unwrap();
    let parties: BTreeSet<_> =
        pending["parties"].as_array().unwrap().iter().map(|party| party["name"].as_str().unwrap()).collect();
    assert_eq!(parties.len(), 4, "the department and three bidders");
    let marks = competition.marks("90");
    let sheet = json!({ "bidId": competition.bids[0].1, "marks": marks });
    first.may_not("saveScoreSheet", sheet.clone(), "NOT_FOUND").await;
    assert_eq!(first.reads("bids", json!({ "id": competition.challenge })).await["bids"]["totalCount"], 0);
    for judge in &judges {
        let declared = app
            .person(judge)
            .await
            .does("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true }))
            .await;
        assert_eq!(declared["recused"], false);
    }
    first
        .may_not("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true }), "NOT_NOW")
        .await;
    organizer.may_not("closeReview", id.clone(), "NOT_NOW").await;

    // Sheets, saved as they are typed, submitted once.
    let saved = first.does("saveScoreSheet", json!({ "bidId": competition.bids[0].1, "marks": [marks[0]] })).await;
    assert_eq!((&saved["sheet"]["total"], &saved["sheet"]["submitted"]), (&Value::Null, &json!(false)));
    let table = [["92", "90.5", "88", "91", "85.25"], ["80", "82", "79.5", "81", "70"], ["60", "61", "62", "63", "99"]];
    for (place, judge) in judges.iter().enumerate() {
        let person = app.person(judge).await;
        for ((_, bid), marks) in competition.bids.iter().zip(&table) {
            let sheet = person
                .does("submitScoreSheet", json!({ "bidId": bid, "marks": competition.marks(marks[place]) }))
                .await;
            assert_eq!(sheet["sheet"]["submitted"], true);
        }
        person.may_not("saveScoreSheet", json!({ "bidId": competition.bids[0].1, "marks": [] }), "NOT_NOW").await;
    }

    // The ranking: one highest and one lowest total dropped, exact.
    let ranked = organizer.does("closeReview", id.clone()).await;
    assert_eq!(ranked["challenge"]["status"], "NEGOTIATING");
    let lines: Vec<_> = ranked["ranking"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (line["rank"].as_i64().unwrap(), line["score"].as_str().unwrap(), line["passed"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(lines, [(1, "89.83", true), (2, "80.17", true), (3, "62.00", false)]);
    assert_eq!(ranked["ranking"][0]["bid"]["id"], competition.bids[0].1);
    assert_eq!(ranked["ranking"][2]["bid"]["status"], "NOT_SHORTLISTED");
    // The result is not told by the state, nor the ranking to a bidder, before the notice.
    for (bidder, _) in &competition.bids {
        let person = app.person(bidder).await;
        let own = person.reads("myBids", json!({ "challenge": competition.challenge })).await;
        assert_eq!(own["bids"]["nodes"][0]["status"], "NEGOTIATING", "{bidder}");
        assert_eq!(person.reads("ranking", json!({ "id": competition.challenge })).await["ranking"], Value::Null);
    }
    let negotiation =
        json!({ "bidId": competition.bids[0].1, "topic": "里程碑", "minutes": "按月验收。", "agreed": true });
    assert_eq!(organizer.does("recordNegotiation", negotiation).await["bid"]["status"], "NEGOTIATING");
    competition
}

async fn noticed_to_running(app: &TestApp, competition: &Competition) {
    let organizer = app.person("organizer").await;
    let id = json!({ "challengeId": competition.challenge });
    // The notice, for working days of the real calendar: 3 April is a Friday, Qingming is off on the 4th to the 6th.
    app.set_clock("2026-04-03T10:00:00+08:00").await;
    let winners = json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[0].1] });
    let noticed = organizer.does("publishNotice", winners).await["notice"].clone();
    assert_eq!(noticed["startsAt"], "2026-04-06T16:00:00.000Z");
    assert_eq!(noticed["endsAt"], "2026-04-13T16:00:00.000Z");
    let seen = app.anybody().reads("ranking", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["status"], "PUBLICITY");
    assert_eq!(seen["ranking"], Value::Null);
    assert_eq!(seen["notice"]["winners"][0]["id"], competition.bids[0].1);
    let panel = app.anybody().reads("panel", json!({ "id": competition.challenge })).await["panel"].clone();
    assert_eq!(panel["draw"]["seed"].as_str().unwrap().len(), 64);
    assert_eq!(panel["judges"].as_array().unwrap().len(), 5);
    assert!(panel["judges"].as_array().unwrap().iter().all(|seat| seat["user"]["name"].is_string()));
    organizer.may_not("awardChallenge", id.clone(), "NOT_NOW").await;

    // Award, agreement, and the target moves.
    app.set_clock("2026-04-14T00:00:00+08:00").await;
    let lost = app.person("beacon").await.reads("ranking", json!({ "id": competition.challenge })).await;
    assert_eq!(lost["ranking"]["totalCount"], 1);
    assert_eq!(lost["ranking"]["nodes"][0]["score"], "80.17");
    let awarded = organizer.does("awardChallenge", id.clone()).await;
    assert_eq!(awarded["challenge"]["status"], "AWARDED");
    let project = &awarded["projects"][0];
    assert_eq!((&project["status"], &project["countsTowardTarget"]), (&json!("CONTRACT_PENDING"), &json!(false)));
    organizer.may_not("awardChallenge", id.clone(), "NOT_NOW").await;
    let seen = app.anybody().reads("bids", json!({ "id": competition.challenge })).await;
    let states: Vec<_> =
        seen["bids"]["nodes"].as_array().unwrap().iter().map(|bid| bid["status"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "WON").count(), 1);
    assert_eq!(states.iter().filter(|state| **state == "LOST").count(), 2);
    let table = app.anybody().reads("ranking", json!({ "id": competition.challenge })).await;
    assert_eq!(table["ranking"]["totalCount"], 3);
    assert_eq!(target(app, "OPEN_COMPETITION_PROJECTS").await["actual"], "0");

    let sign = |hash: &str| json!({ "projectId": project["id"], "contractNo": "YC-2026-001", "contractSha256": hash });
    app.person("aurora").await.may_not("signAgreement", sign(&"a".repeat(64)), "FORBIDDEN").await;
    let refusal = organizer.fails("signAgreement", sign("xyz")).await;
    assert_eq!(refusal.fields, ["contractSha256: not_a_hash"]);
    let signed = organizer.does("signAgreement", sign(&"a".repeat(64))).await["project"].clone();
    assert_eq!((&signed["status"], &signed["countsTowardTarget"]), (&json!("IN_PROGRESS"), &json!(true)));
    assert_eq!(signed["challenge"]["status"], "EXECUTING");
    organizer.may_not("signAgreement", sign(&"a".repeat(64)), "NOT_NOW").await;
    let target = target(app, "OPEN_COMPETITION_PROJECTS").await;
    assert_eq!((&target["actual"], &target["met"]), (&json!("1"), &json!(false)));
    let counted = target["evidence"]["nodes"].as_array().unwrap().iter().filter(|one| one["counts"] == true).count();
    assert_eq!(counted, 1);
    assert_eq!(target["evidence"]["totalCount"], 2);

    // And the log tells it all, unbroken.
    let verdict = app.person("supervisor").await.reads("verifyEvents", json!({})).await;
    assert_eq!((&verdict["intact"], &verdict["firstBreak"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn a_judge_with_a_conflict_is_out_of_the_whole_challenge() {
    let app = TestApp::new().await;
    let (competition, judges) = Competition::drawn(&app).await;
    let declare = |changes: Value| {
        let mut input = json!({ "challengeId": competition.challenge, "conflictFree": false });
        for (key, value) in changes.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    let judge = app.person(&judges[0]).await;
    let refusal = judge.fails("declareInterest", declare(json!({}))).await;
    assert_eq!((refusal.code.as_str(), refusal.fields), ("INVALID_INPUT", vec!["reason: reason_needed".to_owned()]));
    let stranger = app.person("delta").await.reads("viewer", json!({})).await["organization"]["id"].clone();
    let refusal = judge.fails("declareInterest", declare(json!({ "conflictWith": [stranger] }))).await;
    assert_eq!(refusal.fields, ["conflictWith.0: not_among_parties"]);
    let bidder = app.person("aurora").await.reads("viewer", json!({})).await["organization"]["id"].clone();
    let aside = declare(json!({ "conflictWith": [bidder], "reason": "三年内有合作" }));
    assert_eq!(judge.does("declareInterest", aside.clone()).await["recused"], true);
    judge.may_not("declareInterest", aside, "FORBIDDEN").await;
    let seen = judge.reads("bids", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["bids"]["totalCount"], 0);
    assert_eq!(judge.reads("panel", json!({ "id": competition.challenge })).await["panel"], Value::Null);
    // The next of the reserves sits already, before any organizer has seen a name, and nobody but a supervisor learns why.
    let now = competition.judges(&app).await;
    assert_eq!(now.len(), 5);
    assert!(!now.contains(&judges[0]));
    let seats =
        app.person("organizer").await.reads("panel", json!({ "id": competition.challenge })).await["panel"]["judges"]
            .clone();
    assert_eq!(seats.as_array().unwrap().len(), 5);
    assert!(!seats.to_string().contains("true"), "{seats}");
    let seats =
        app.person("supervisor").await.reads("panel", json!({ "id": competition.challenge })).await["panel"]["judges"]
            .clone();
    assert_eq!(seats.as_array().unwrap().iter().filter(|seat| seat["recused"] == true).count(), 1);
    for viewer in ["organizer", "urban", "aurora"] {
        let events =
            app.person(viewer).await.reads("events", json!({ "first": 100, "subject": competition.challenge })).await;
        assert!(!events.to_string().contains("stepped_aside"), "{viewer}");
    }
}

#[tokio::test]
async fn a_replaced_judges_opinions_are_void() {
    let app = TestApp::new().await;
    let competition = Competition::scored(&app).await;
    let organizer = app.person("organizer").await;
    let seats = organizer.reads("panel", json!({ "id": competition.challenge })).await["panel"]["judges"].clone();
    let replace =
        json!({ "challengeId": competition.challenge, "judgeId": seats[0]["id"], "reason": "私下接触揭榜方" });
    app.person("urban").await.may_not("replaceJudge", replace.clone(), "FORBIDDEN").await;
    organizer.does("replaceJudge", replace.clone()).await;
    organizer.may_not("replaceJudge", replace, "NOT_NOW").await;
    organizer.may_not("closeReview", json!({ "challengeId": competition.challenge }), "NOT_NOW").await;
    // The successor declares and reviews from scratch.
    for name in competition.judges(&app).await {
        let person = app.person(&name).await;
        let work = person.reads("reviewTasks", json!({})).await;
        let waits = work["pendingDeclarations"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["challenge"]["id"] == competition.challenge);
        if waits {
            person.does("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true })).await;
            for (_, bid) in &competition.bids {
                person.does("submitScoreSheet", json!({ "bidId": bid, "marks": competition.marks("75") })).await;
            }
        }
    }
    let ranked = organizer.does("closeReview", json!({ "challengeId": competition.challenge })).await;
    let scores: Vec<_> =
        ranked["ranking"].as_array().unwrap().iter().map(|line| line["score"].as_str().unwrap()).collect();
    assert_eq!(scores, ["90.00", "80.50", "60.00"]);
}

#[tokio::test]
async fn sheets_name_their_faults() {
    let app = TestApp::new().await;
    let (competition, judges) = Competition::declared(&app).await;
    let judge = app.person(&judges[0]).await;
    let bid = &competition.bids[0].1;
    let marks = json!([
        { "criterionId": competition.criteria[0], "score": "100.01" },
        { "criterionId": competition.criteria[1], "score": "88.888" },
        { "criterionId": competition.criteria[1], "score": "1" },
        { "criterionId": "cri_00000000000000000000000001", "score": "x" },
    ]);
    let refusal = judge.fails("saveScoreSheet", json!({ "bidId": bid, "marks": marks })).await;
    assert_eq!(
        refusal.fields,
        [
            "marks.0.score: out_of_range",
            "marks.1.score: mark_places",
            "marks.2.criterionId: duplicate",
            "marks.3.criterionId: unknown",
            "marks.3.score: not_a_decimal",
        ]
    );
    let one = json!([{ "criterionId": competition.criteria[0], "score": "80" }]);
    let refusal = judge.fails("submitScoreSheet", json!({ "bidId": bid, "marks": one })).await;
    assert_eq!(refusal.fields, ["marks: mark_missing", "marks: mark_missing"]);
    // Who was not drawn, and who bids, may not know.
    for other in ["aurora", "urban", "organizer"] {
        app.person(other).await.may_not("saveScoreSheet", json!({ "bidId": bid, "marks": [] }), "FORBIDDEN").await;
    }
    let stranger = (1..=12).map(|number| format!("judge{number}")).find(|name| !judges.contains(name)).unwrap();
    app.person(&stranger).await.may_not("saveScoreSheet", json!({ "bidId": bid, "marks": [] }), "NOT_FOUND").await;
}

#[tokio::test]
async fn a_review_that_nobody_passes_fails_the_challenge() {
    let app = TestApp::new().await;
    let (competition, judges) = Competition::declared(&app).await;
    for judge in &judges {
        let person = app.person(judge).await;
        for (_, bid) in &competition.bids {
            person.does("submitScoreSheet", json!({ "bidId": bid, "marks": competition.marks("69.99") })).await;
        }
    }
    let closed =
        app.person("organizer").await.does("closeReview", json!({ "challengeId": competition.challenge })).await;
    assert_eq!(closed["challenge"]["status"], "FAILED");
    // Equal in every mark: the lower funding ranks first, and says so.
    let lines = closed["ranking"].as_array().unwrap();
    assert_eq!(lines[0]["bid"]["id"], competition.bids[2].1);
    assert!(lines.iter().all(|line| line["tieBrokenBy"] == "LOWER_FUNDING" && line["passed"] == false));
}

#[tokio::test]
async fn a_notice_keeps_the_order_and_the_number_of_winners() {
    let app = TestApp::new().await;
    let competition = Competition::ranked(&app).await;
    let organizer = app.person("organizer").await;
    let notice = |winners: Value| json!({ "challengeId": competition.challenge, "winnerBidIds": winners });
    let (first, second, third) = (&competition.bids[0].1, &competition.bids[1].1, &competition.bids[2].1);
    app.person("urban").await.may_not("publishNotice", notice(json!([first])), "FORBIDDEN").await;
    for (winners, faults) in [
        (json!([]), vec!["winnerBidIds: winners_number"]),
        (json!([first, second]), vec!["winnerBidIds: winners_number"]),
        (json!([third]), vec!["winnerBidIds.0: not_shortlisted"]),
        (json!([second]), vec!["reason: reason_needed"]),
        (json!(["bid_x"]), vec!["winnerBidIds.0: not_an_id"]),
    ] {
        let refusal = organizer.fails("publishNotice", notice(winners.clone())).await;
        assert_eq!(refusal.fields, faults, "{winners}");
    }
    let mut second_best = notice(json!([second]));
    second_best["reason"] = json!("第一名放弃");
    let noticed = organizer.does("publishNotice", second_best).await;
    assert_eq!(noticed["notice"]["winners"][0]["id"], *second);
}

#[tokio::test]
async fn a_notice_needs_a_calendar() {
    let app = TestApp::new().await;
    let competition = Competition::ranked(&app).await;
    app.set_clock("2026-12-28T09:00:00+08:00").await;
    let notice = json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[0].1] });
    let refusal = app.person("organizer").await.fails("publishNotice", notice).await;
    assert_eq!(refusal.code, "CALENDAR_NOT_LOADED");
}

#[tokio::test]
async fn an_objection_suspends_and_a_ruling_decides() {
    let app = TestApp::new().await;
    let (competition, notice) = Competition::noticed(&app).await;
    let object = json!({ "noticeId": notice, "grounds": "样机指标与承诺不符", "requestedRemedy": "复核" });
    app.anybody().may_not("raiseObjection", object.clone(), "UNAUTHENTICATED").await;
    for other in ["delta", "urban", "organizer", "judge1"] {
        app.person(other).await.may_not("raiseObjection", object.clone(), "FORBIDDEN").await;
    }
    let beacon = app.person("beacon").await;
    let refusal = beacon.fails("raiseObjection", json!({ "noticeId": notice, "grounds": "" })).await;
    assert_eq!(refusal.fields, ["grounds: required"]);
    let first = beacon.does("raiseObjection", object.clone()).await["objection"]["id"].clone();
    let second = app.person("cedar").await.does("raiseObjection", object.clone()).await["objection"]["id"].clone();
    let status =
        async || app.anybody().reads("ranking", json!({ "id": competition.challenge })).await["status"].clone();
    assert_eq!(status().await, "SUSPENDED");

    let rule = |id: &Value, upheld: bool| json!({ "objectionId": id, "upheld": upheld, "ruling": "经复核……" });
    // Who took part does not rule; who did not, may.
    app.person("organizer").await.may_not("resolveObjection", rule(&first, false), "FORBIDDEN").await;
    app.person("delta").await.may_not("resolveObjection", rule(&first, false), "NOT_FOUND").await;
    beacon.may_not("resolveObjection", rule(&first, false), "FORBIDDEN").await;
    app.person("organizer3").await.does("resolveObjection", rule(&first, false)).await;
    app.person("organizer3").await.may_not("resolveObjection", rule(&first, true), "NOT_NOW").await;
    assert_eq!(status().await, "SUSPENDED");
    app.person("organizer")
        .await
        .may_not("awardChallenge", json!({ "challengeId": competition.challenge }), "NOT_NOW")
        .await;
    app.person("supervisor").await.does("resolveObjection", rule(&second, true)).await;
    assert_eq!(status().await, "NEGOTIATING");
    let seen = app.person("organizer").await.reads("bids", json!({ "id": competition.challenge })).await;
    assert!(seen["bids"]["nodes"].as_array().unwrap().iter().all(|bid| bid["status"] != "PROPOSED_WINNER"));
    let again = json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[0].1] });
    let notice = app.person("organizer").await.does("publishNotice", again).await["notice"]["id"].clone();
    let third = json!({ "noticeId": notice, "grounds": "仍有异议" });
    let third = beacon.does("raiseObjection", third).await["objection"]["id"].clone();
    app.person("supervisor").await.does("resolveObjection", rule(&third, false)).await;
    assert_eq!(status().await, "PUBLICITY");
    app.drift("2026-04-20T09:00:00+08:00");
    beacon.may_not("raiseObjection", json!({ "noticeId": notice, "grounds": "迟了" }), "DEADLINE_PASSED").await;
    app.person("organizer").await.does("awardChallenge", json!({ "challengeId": competition.challenge })).await;
}

#[tokio::test]
async fn the_library_counts_from_admission_only() {
    let app = TestApp::new().await;
    let before = target(&app, "DISRUPTIVE_TECHNOLOGIES").await;
    assert_eq!((&before["actual"], &before["met"]), (&json!("8"), &json!(false)));
    // What is only nominated is not for everybody to see; an organizer sees each thing that was looked at.
    assert_eq!(before["evidence"]["totalCount"], 8);
    let board = app.person("organizer").await.reads("targets", json!({ "year": 2026 })).await;
    let library = board.as_array().unwrap().iter().find(|one| one["metric"] == "DISRUPTIVE_TECHNOLOGIES").unwrap();
    assert_eq!((&library["actual"], &library["evidence"]["totalCount"]), (&json!("8"), &json!(14)));
    let nominate = json!({ "name": "磁悬浮井盖位移感知", "field": "高端装备", "principle": "磁通变化反演微小位移。",
                           "replaces": "人工巡检", "readinessLevel": 5 });
    app.anybody().may_not("nominateTechnology", nominate.clone(), "UNAUTHENTICATED").await;
    app.person("judge1").await.may_not("nominateTechnology", nominate.clone(), "FORBIDDEN").await;
    let mut wrong = nominate.clone();
    wrong["readinessLevel"] = json!(0);
    wrong["name"] = json!("");
    let refusal = app.person("aurora").await.fails("nominateTechnology", wrong).await;
    assert_eq!(refusal.fields, ["name: required", "readinessLevel: out_of_range"]);
    let aurora = app.person("aurora").await;
    let nominated = aurora.does("nominateTechnology", nominate.clone()).await["technology"].clone();
    aurora.may_not("nominateTechnology", nominate, "CONFLICT").await;
    assert_eq!(target(&app, "DISRUPTIVE_TECHNOLOGIES").await["actual"], "8");
    assert_eq!(app.anybody().reads("node", json!({ "id": nominated["id"] })).await, Value::Null);
    let admit = json!({ "technologyId": nominated["id"], "opinion": "原理成立，替代路径清楚。" });
    aurora.may_not("admitTechnology", admit.clone(), "FORBIDDEN").await;
    app.person("beacon").await.may_not("admitTechnology", admit.clone(), "NOT_FOUND").await;
    let admitted = app.person("organizer").await.does("admitTechnology", admit.clone()).await["technology"].clone();
    assert_eq!((&admitted["status"], &admitted["countsTowardTarget"]), (&json!("ADMITTED"), &json!(true)));
    app.person("organizer").await.may_not("admitTechnology", admit, "NOT_NOW").await;
    let after = target(&app, "DISRUPTIVE_TECHNOLOGIES").await;
    assert_eq!(after["actual"], "9");
    assert_eq!(after["evidence"]["nodes"].as_array().unwrap().iter().filter(|one| one["counts"] == true).count(), 9);
}

#[tokio::test]
async fn the_rest_of_the_board_takes_recorded_values() {
    let app = TestApp::new().await;
    let organizer = app.person("organizer").await;
    let set = json!({ "year": 2026, "metric": "OTHER", "name": "推广应用场景", "comparator": "GTE", "value": "6", "unit": "个" });
    app.person("urban").await.may_not("setTarget", set.clone(), "FORBIDDEN").await;
    let made = organizer.does("setTarget", set.clone()).await["target"].clone();
    assert_eq!((&made["actual"], &made["met"]), (&Value::Null, &Value::Null));
    let record = |as_of: &str, value: &str| json!({ "targetId": made["id"], "asOf": as_of, "value": value, "source": "推广台账" });
    let refusal = organizer.fails("recordTargetValue", record("2026-13-01", "x")).await;
    assert_eq!(refusal.fields, ["asOf: not_a_date", "value: not_a_decimal"]);
    let refusal = organizer.fails("recordTargetValue", record("2026-03-03", "7")).await;
    assert_eq!(refusal.fields, ["asOf: in_the_future"]);
    organizer.does("recordTargetValue", record("2026-03-01", "7")).await;
    let told = organizer.does("recordTargetValue", record("2026-02-01", "5")).await["target"].clone();
    assert_eq!((&told["actual"], &told["met"]), (&json!("7"), &json!(true)));
    let computed = target(&app, "OPEN_COMPETITION_PROJECTS").await;
    let record = json!({ "targetId": computed["id"], "asOf": "2026-03-01", "value": "99", "source": "x" });
    organizer.may_not("recordTargetValue", record, "NOT_NOW").await;
    let board = app.anybody().reads("targets", json!({ "year": 2026 })).await;
    assert_eq!(board.as_array().unwrap().len(), 22);
}

#[tokio::test]
async fn a_rehearsal_begins_with_something_on_every_screen() {
    let app = TestApp::new().await;
    let clock = app.anybody().reads("clock", json!({})).await;
    assert_eq!(clock, json!({ "now": "2026-03-02T01:00:00.000Z", "rehearsal": true }));
    let organizer = app.person("organizer").await;
    let all = organizer.reads("challenges", json!({ "first": 100 })).await;
    let mut states: Vec<_> =
        all["nodes"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    states.sort_unstable();
    let open = ["PUBLISHED"; 7];
    assert_eq!(states, [&["APPROVED", "AWARDED", "DRAFT"][..], &open[..], &["REVIEWING", "SUBMITTED"][..]].concat());
    let projects = app.anybody().reads("projects", json!({})).await;
    assert_eq!(projects["totalCount"], 1);
    let library = app.anybody().reads("technologies", json!({ "first": 100 })).await;
    assert_eq!(library["totalCount"], 8);
    let library = organizer.reads("technologies", json!({ "first": 100 })).await;
    assert_eq!(library["totalCount"], 14);
    organizer.may_not("setClock", json!({ "now": "2026-03-02T08:59:59+08:00" }), "INVALID_INPUT").await;
    app.person("urban").await.may_not("setClock", json!({ "now": "2027-01-01T00:00:00Z" }), "FORBIDDEN").await;
    let verdict = app.person("auditor").await.reads("verifyEvents", json!({})).await;
    assert_eq!(verdict["intact"], true);
}

#[tokio::test]
async fn a_byte_changed_in_the_log_is_found() {
    let app = TestApp::new().await;
    app.tamper(
        "update events set private_facts = replace(private_facts, '}', ' }') where kind = 'challenge.published'",
    )
    .await;
    let verdict = app.person("supervisor").await.reads("verifyEvents", json!({})).await;
    assert_eq!(verdict["intact"], false);
    assert!(verdict["firstBreak"].as_str().unwrap().starts_with("evt_"));
    app.person("organizer").await.fails_to_read("verifyEvents", json!({})).await;
}
