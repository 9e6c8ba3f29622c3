//! Once only: a repeat is answered with the first result, and of two at once one acts.

use futures_util::future::join_all;
use serde_json::{Value, json};
use support::{Competition, DEADLINE, TestApp, challenge_input, solution_input};

fn keyed(mut input: Value, key: &str) -> Value {
    input["idempotencyKey"] = json!(key);
    input
}

#[tokio::test]
async fn a_repeat_is_answered_with_the_first_result_whatever_the_state_is_by_then() {
    let app = TestApp::new().await;
    let urban = app.person("urban").await;
    let first = urban.does("draftChallenge", keyed(challenge_input(), "k1")).await["challenge"]["id"].clone();
    assert_eq!(urban.does("draftChallenge", keyed(challenge_input(), "k1")).await["challenge"]["id"], first);
    let other = keyed(json!({ "title": "另一件" }), "k1");
    urban.may_not("draftChallenge", other.clone(), "CONFLICT").await;
    // Another person's key, and another mutation's, are others.
    assert_ne!(app.person("social").await.does("draftChallenge", other).await["challenge"]["id"], first);
    let submit = keyed(json!({ "challengeId": first }), "k1");
    urban.does("submitChallenge", submit.clone()).await;
    app.person("organizer").await.does("approveChallenge", json!({ "challengeId": first })).await;
    urban.does("submitChallenge", submit).await;
    let refusal = urban.fails("draftChallenge", keyed(challenge_input(), &"k".repeat(201))).await;
    assert_eq!(refusal.fields, ["idempotencyKey: too_long"]);
    app.anybody().may_not("draftChallenge", keyed(challenge_input(), "k1"), "UNAUTHENTICATED").await;
}

#[tokio::test]
async fn a_repeated_submission_shows_no_key_again_and_counts_once() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let aurora = app.person("aurora").await;
    let solution = solution_input(&competition.indicators, "本方案", 150_000_000);
    let draft = keyed(json!({ "challengeId": competition.challenge, "solution": solution }), "d");
    let bid = aurora.does("draftBid", draft.clone()).await["bid"]["id"].clone();
    let submit = keyed(json!({ "bidId": bid, "pledgeAccepted": true }), "s");
    let first = aurora.does("submitBid", submit.clone()).await;
    let revised = solution_input(&competition.indicators, "改后的方案", 150_000_000);
    aurora.does("reviseBid", json!({ "bidId": bid, "solution": revised })).await;
    let second = aurora.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
    assert_ne!(second["receipt"], first["receipt"]);
    app.drift(DEADLINE);
    let again = aurora.does("submitBid", submit).await;
    assert!(first["recoveryKey"].is_string());
    assert_eq!(again["recoveryKey"], Value::Null);
    assert!(first["receipt"]["salt"].is_string());
    assert_eq!(again["receipt"]["salt"], Value::Null);
    assert_eq!(again["receipt"]["compact"], first["receipt"]["compact"]);
    assert_eq!(aurora.does("draftBid", draft).await["bid"]["id"], bid);
}

#[tokio::test]
async fn secrets_are_no_part_of_what_a_repeat_has_to_agree_with() {
    let app = TestApp::new().await;
    let register = |password: &str| {
        keyed(
            json!({ "name": "新晖科技", "uscc": "91350100M000100Y43", "username": "xinhui", "password": password,
                    "contactName": "陆见深" }),
            "r",
        )
    };
    let first = app.anybody().does("registerEnterprise", register("Rehearsal-2026")).await;
    assert_eq!(app.anybody().does("registerEnterprise", register("Different-2026")).await, first);
    // Not even that it would be too weak by now.
    assert_eq!(app.anybody().does("registerEnterprise", register("weak")).await, first);
    app.sign_in("xinhui", "Rehearsal-2026").await;
}

#[tokio::test]
async fn a_stranger_s_key_is_in_nobody_s_way() {
    let app = TestApp::new().await;
    let register = |name: &str, uscc: &str| {
        keyed(
            json!({ "name": name, "uscc": uscc, "username": format!("u{uscc}"), "password": "Rehearsal-2026", "contactName": "陆" }),
            "same",
        )
    };
    let one = app.anybody().does("registerEnterprise", register("甲", "91410100MA0000007G")).await;
    let two = app.anybody().does("registerEnterprise", register("乙", "91410100MA000020X0")).await;
    assert_eq!((&one["organization"]["name"], &two["organization"]["name"]), (&json!("甲"), &json!("乙")));
    assert_eq!(app.anybody().does("registerEnterprise", register("甲", "91410100MA0000007G")).await, one);
}

#[tokio::test]
async fn one_address_registers_so_many_enterprises_and_no_more() {
    let app = TestApp::new().await;
    let taken = |number: u32| {
        json!({ "name": "甲", "uscc": "91350100M000100Y43", "username": format!("user{number}"),
                "password": "Rehearsal-2026", "contactName": "陆" })
    };
    app.anybody().does("registerEnterprise", taken(0)).await;
    for number in 1..10 {
        app.anybody().may_not("registerEnterprise", taken(number), "CONFLICT").await;
    }
    app.anybody().may_not("registerEnterprise", taken(10), "RATE_LIMITED").await;
    app.machine_runs(chrono::TimeDelta::minutes(20));
    app.anybody().may_not("registerEnterprise", taken(11), "CONFLICT").await;
}

#[tokio::test]
async fn of_many_at_once_with_one_key_all_hear_of_one_act() {
    let app = TestApp::new().await;
    let urban = app.person("urban").await;
    for round in 0..5 {
        let input = keyed(challenge_input(), &format!("round{round}"));
        let acts = (0..8).map(|_| urban.does("draftChallenge", input.clone()));
        let ids: Vec<_> = join_all(acts).await.into_iter().map(|done| done["challenge"]["id"].to_string()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
    let mine = urban.reads("challenges", json!({ "first": 100, "filter": { "statuses": ["DRAFT"] } })).await;
    let drafted =
        mine["nodes"].as_array().unwrap().iter().filter(|one| one["title"] == challenge_input()["title"]).count();
    assert_eq!(drafted, 5);
}

#[tokio::test]
async fn of_many_at_once_without_a_key_one_acts() {
    let app = TestApp::new().await;
    let mut competition = Competition::published(&app).await;
    let aurora = app.person("aurora").await;
    let input = json!({ "challengeId": competition.challenge, "solution": { "title": "方案" } });
    let document = support::operation("draftBid");
    let tries = join_all((0..8).map(|_| aurora.sends(&document, json!({ "input": input })))).await;
    let won = tries.iter().filter(|(_, answer)| answer["data"]["draftBid"].is_object()).count();
    let lost = tries.iter().filter(|(_, answer)| answer["errors"][0]["extensions"]["code"] == "CONFLICT").count();
    assert_eq!((won, lost), (1, 7));

    competition.bid(&app, "beacon", 140_000_000).await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    let open = json!({ "input": competition.opening() });
    let document = support::operation("openBids");
    let (one, two) = (app.person("organizer").await, app.person("organizer2").await);
    let tries = join_all((0..6).map(|_| one.sends(&document, open.clone()))).await;
    let approved: Vec<_> =
        tries.iter().filter(|(_, answer)| answer["data"]["openBids"].is_object()).map(|(_, answer)| answer).collect();
    assert_eq!(approved.len(), 1);
    assert_eq!(approved[0]["data"]["openBids"]["opened"], false);
    let tries = join_all((0..6).map(|_| two.sends(&document, open.clone()))).await;
    assert_eq!(tries.iter().filter(|(_, answer)| answer["data"]["openBids"]["opened"] == true).count(), 1);
}

#[tokio::test]
async fn one_award_and_one_agreement_of_many_at_once() {
    let app = TestApp::new().await;
    let (competition, _) = Competition::noticed(&app).await;
    app.set_clock("2026-04-20T09:00:00+08:00").await;
    let organizer = app.person("organizer").await;
    let award = json!({ "input": { "challengeId": competition.challenge, "idempotencyKey": "a" } });
    let document = support::operation("awardChallenge");
    let answers = join_all((0..10).map(|_| organizer.sends(&document, award.clone()))).await;
    let projects: Vec<_> =
        answers.iter().map(|(_, answer)| answer["data"]["awardChallenge"]["projects"][0]["id"].to_string()).collect();
    assert!(projects.iter().all(|id| *id == projects[0] && id.starts_with("\"prj_")), "{projects:?}");
    let sign = json!({ "input": { "projectId": answers[0].1["data"]["awardChallenge"]["projects"][0]["id"], "contractNo": "YC-1" } });
    let document = support::operation("signAgreement");
    let answers = join_all((0..10).map(|_| organizer.sends(&document, sign.clone()))).await;
    assert_eq!(answers.iter().filter(|(_, answer)| answer["data"]["signAgreement"].is_object()).count(), 1);
    let seen = app.anybody().reads("ranking", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["projects"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn of_many_submissions_with_one_key_one_is_shown_the_recovery_key_and_it_opens() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let aurora = app.person("aurora").await;
    let document = support::operation("submitBid");
    let solution = solution_input(&competition.indicators, "本方案", 150_000_000);
    let input = json!({ "challengeId": competition.challenge, "solution": solution });
    let bid = aurora.does("draftBid", input).await["bid"]["id"].clone();
    let submit = json!({ "input": { "bidId": bid, "pledgeAccepted": true, "idempotencyKey": "s" } });
    let answers = join_all((0..8).map(|_| aurora.sends(&document, submit.clone()))).await;
    let answers: Vec<_> = answers.iter().map(|(_, answer)| &answer["data"]["submitBid"]).collect();
    let compact = |answer: &Value| answer["receipt"]["compact"].clone();
    assert!(answers.iter().all(|answer| compact(answer) == compact(answers[0])), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer["receipt"]["salt"].is_string()).count(), 1);
    let keys: Vec<_> = answers.iter().filter_map(|answer| answer["recoveryKey"].as_str()).collect();
    assert_eq!(keys.len(), 1);
    aurora.does("readSealedBid", json!({ "bidId": bid, "recoveryKey": keys[0] })).await;
}
