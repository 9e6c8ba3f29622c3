//! The pool of experts: who states, who vouches, what keeps somebody from a panel, and a draw that anybody runs again.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::{Competition, Refusal, TestApp, program};

/// The faulty fields of a refusal, sorted.
fn paths(refusal: &Refusal) -> Vec<&str> {
    refusal.fields.iter().filter_map(|field| field.split(':').next()).collect()
}

async fn expert_of(app: &TestApp, judge: &str) -> Value {
    app.person(judge).await.reads("ownExpert", json!({})).await["expert"].clone()
}

async fn user_id(app: &TestApp, name: &str) -> Value {
    app.person(name).await.asks("{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"].clone()
}

async fn organization_of(app: &TestApp, name: &str) -> Value {
    let viewer = app.person(name).await.asks("{ viewer { organization { id } } }", json!({})).await;
    viewer["viewer"]["organization"]["id"].clone()
}

/// Judges of the rehearsal, by the id of the account.
async fn judges(app: &TestApp) -> Vec<(String, Value)> {
    let mut judges = Vec::new();
    for number in 1..=12 {
        let name = format!("judge{number}");
        let id = user_id(app, &name).await;
        judges.push((name, id));
    }
    judges
}

async fn seated(app: &TestApp, competition: &Competition) -> BTreeSet<String> {
    let panel = app.person("supervisor").await.reads("panel", json!({ "id": competition.challenge })).await;
    let seats = panel["panel"]["judges"].as_array().unwrap().clone();
    seats
        .iter()
        .filter(|seat| seat["recused"] == false)
        .map(|seat| seat["user"]["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_judge_states_it_another_organizer_vouches_for_it_and_changes_are_vouched_for_anew() {
    let app = TestApp::new().await;
    let (organizer, second) = (app.person("organizer").await, app.person("organizer2").await);
    let account = json!({ "username": "newjudge", "password": "Eine-lange-Nacht-7", "name": "严新知", "roles": ["JUDGE"],
        "judgeKind": "TECHNICAL", "organizationId": organization_of(&app, "judge1").await });
    app.person("sysadmin").await.does("createAccount", account).await;
    let judge = app.sign_in("newjudge", "Eine-lange-Nacht-7").await;
    assert!(judge.reads("ownExpert", json!({})).await["expert"].is_null());

    let whole = json!({ "fields": ["URBAN_OPERATION"], "title": "副教授", "years": 5, "phone": "13800001234" });
    let refusal = judge.fails("stateExpertise", json!({ "title": "" })).await;
    assert_eq!((refusal.code.as_str(), paths(&refusal)), ("INVALID_INPUT", vec!["fields", "phone", "title", "years"]));
    let wrong = json!({ "fields": ["URBAN_OPERATION", "URBAN_OPERATION"], "title": "副教授", "years": 81, "phone": "电话号码" });
    let refusal = judge.fails("stateExpertise", wrong).await;
    assert_eq!(paths(&refusal), ["fields.1", "phone", "years"]);
    judge.does("stateExpertise", whole.clone()).await;
    let own = judge.reads("ownExpert", json!({})).await["expert"].clone();
    assert_eq!((&own["phone"], &own["version"], &own["confirmedAt"]), (&json!("13800001234"), &json!(1), &Value::Null));
    assert_eq!(own["availableActions"], json!(["stateExpertise", "recordExpertRelation"]));
    judge.may_not("stateExpertise", json!({ "title": "教授", "expectedVersion": 7 }), "CONFLICT").await;

    // Fewer years than the rules ask need a reason; nobody vouches for what it stated itself; nobody else may.
    let confirm = json!({ "expertId": own["id"], "expectedVersion": 1 });
    assert_eq!(paths(&organizer.fails("confirmExpert", confirm.clone()).await), ["equalStanding"]);
    let mut equal = confirm.clone();
    equal["equalStanding"] = json!("主持国家重点项目，等同高级职称");
    app.anybody().may_not("confirmExpert", equal.clone(), "UNAUTHENTICATED").await;
    judge.may_not("confirmExpert", equal.clone(), "FORBIDDEN").await;
    for other in ["aurora", "urban", "supervisor", "sysadmin", "auditor"] {
        app.person(other).await.may_not("confirmExpert", equal.clone(), "FORBIDDEN").await;
        app.person(other)
            .await
            .may_not("stateExpertise", json!({ "userId": user_id(&app, "judge1").await, "title": "x" }), "FORBIDDEN")
            .await;
    }
    for other in ["judge1", "judge12"] {
        app.person(other).await.may_not("confirmExpert", equal.clone(), "NOT_FOUND").await;
        let theirs = json!({ "userId": user_id(&app, "judge2").await, "title": "院士" });
        app.person(other).await.may_not("stateExpertise", theirs, "NOT_FOUND").await;
    }
    let mut stale = equal.clone();
    stale["expectedVersion"] = json!(2);
    organizer.may_not("confirmExpert", stale, "CONFLICT").await;
    let confirmed = organizer.does("confirmExpert", equal.clone()).await;
    assert!(confirmed["expert"]["confirmedAt"].is_string());
    // A telephone number or an absence are the expert's own to change; what was vouched for is not.
    judge.does("stateExpertise", json!({ "phone": "13800004321", "unavailableUntil": "2026-04-30" })).await;
    assert!(judge.reads("ownExpert", json!({})).await["expert"]["confirmedAt"].is_string());
    judge.does("stateExpertise", json!({ "years": 9 })).await;
    let own = judge.reads("ownExpert", json!({})).await["expert"].clone();
    assert_eq!((&own["confirmedAt"], &own["version"]), (&Value::Null, &json!(3)));
    // An organizer who states it for the judge, while nobody vouches for it, leaves that to another.
    let user = judge.asks("{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"].clone();
    second.does("stateExpertise", json!({ "userId": user, "title": "教授", "expectedVersion": 3 })).await;
    let away = json!({ "userId": user, "unavailableUntil": "2026-12-31" });
    second.may_not("stateExpertise", away.clone(), "FORBIDDEN").await;
    let confirm = json!({ "expertId": own["id"], "expectedVersion": 4 });
    second.may_not("confirmExpert", confirm.clone(), "FORBIDDEN").await;
    organizer.does("confirmExpert", confirm).await;
    // Nobody takes a confirmed expert out of the pool by stating it anew.
    organizer.may_not("stateExpertise", json!({ "userId": user, "title": "讲师" }), "FORBIDDEN").await;
    organizer.may_not("stateExpertise", away, "FORBIDDEN").await;
}

#[tokio::test]
async fn particulars_are_masked_and_whoever_reads_them_says_what_for() {
    let app = TestApp::new().await;
    let expert = expert_of(&app, "judge1").await;
    let own = app.person("judge1").await;
    let kin =
        json!({ "expertId": expert["id"], "kind": "KINSHIP", "name": "周小满", "from": "1990-01-01", "note": "堂弟" });
    own.does("recordExpertRelation", kin.clone()).await;
    let employer = json!({ "expertId": expert["id"], "kind": "EMPLOYED", "organizationId": organization_of(&app, "aurora").await,
        "from": "2019-07-01", "until": "2024-06-30" });
    app.person("organizer").await.does("recordExpertRelation", employer).await;
    for (wrong, at) in [
        (json!({ "kind": "KINSHIP", "from": "2020-01-01" }), vec!["name"]),
        (json!({ "kind": "EMPLOYED", "name": "甲", "from": "2020-01-02", "until": "2020-01-01" }), vec!["until"]),
        (
            json!({ "kind": "EMPLOYED", "organizationId": "org_00000000000000000000000001", "from": "2020-01-01" }),
            vec!["organizationId"],
        ),
    ] {
        let mut input = wrong;
        input["expertId"] = expert["id"].clone();
        assert_eq!(paths(&own.fails("recordExpertRelation", input).await), at);
    }
    app.person("judge2").await.may_not("recordExpertRelation", kin.clone(), "NOT_FOUND").await;
    app.person("aurora").await.may_not("recordExpertRelation", kin, "FORBIDDEN").await;

    let listed = async |name: &'static str| -> Vec<Value> {
        let found = app.person(name).await.reads("experts", json!({ "first": 100 })).await;
        assert_eq!(found["totalCount"], json!(found["nodes"].as_array().unwrap().len()), "{name}");
        found["nodes"].as_array().unwrap().clone()
    };
    for nobody in ["aurora", "urban", "sysadmin", "secadmin", "auditor"] {
        assert!(listed(nobody).await.is_empty(), "{nobody}");
    }
    assert_eq!(listed("judge2").await.len(), 1);
    let mine = listed("judge1").await;
    assert_eq!((mine.len(), mine[0]["phone"].as_str().unwrap().contains('*')), (1, false));
    let names = async |reader: &str| -> Vec<String> {
        let seen = app.person(reader).await.reads("expert", json!({ "id": expert["id"] })).await;
        let relations = seen["relations"]["nodes"].as_array().unwrap().clone();
        relations.iter().map(|relation| relation["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("judge1").await[0], "周小满");
    for nobody in ["judge2", "aurora", "urban", "auditor"] {
        assert!(app.person(nobody).await.reads("expert", json!({ "id": expert["id"] })).await.is_null(), "{nobody}");
    }
    for reader in ["organizer", "supervisor"] {
        let all = listed(reader).await;
        assert_eq!(all.len(), 12);
        assert!(all.iter().all(|expert| expert["phone"].as_str().unwrap().contains("****")), "{reader}");
        let names = names(reader).await;
        assert_eq!(names[0], "周**");
        assert!(!names[1].contains('*'), "an organization that is registered here is no secret");
        let loads =
            all.iter().filter(|expert| expert["openReviews"].is_i64() && expert["drawnInAYear"].is_i64()).count();
        assert_eq!(loads, if reader == "supervisor" { 12 } else { 0 }, "what experts carry tells who was drawn");
    }

    let reveal = json!({ "expertId": expert["id"], "purpose": "通知参加评审" });
    for other in ["judge1", "judge2", "aurora", "urban", "sysadmin", "auditor"] {
        app.person(other).await.may_not("revealExpert", reveal.clone(), "FORBIDDEN").await;
    }
    app.anybody().may_not("revealExpert", reveal.clone(), "UNAUTHENTICATED").await;
    let organizer = app.person("organizer").await;
    assert_eq!(
        paths(&organizer.fails("revealExpert", json!({ "expertId": expert["id"], "purpose": " " })).await),
        ["purpose"]
    );
    let told = organizer.does("revealExpert", reveal.clone()).await;
    assert_eq!(told["phone"], mine[0]["phone"]);
    assert_eq!((&told["relations"][0]["name"], &told["relations"][0]["note"]), (&json!("周小满"), &json!("堂弟")));
    app.person("supervisor").await.does("revealExpert", reveal).await;
    let log = own.reads("events", json!({ "subject": expert["id"] })).await["nodes"].as_array().unwrap().clone();
    let purposes: Vec<_> = log.iter().filter(|event| event["kind"] == "expert.revealed").collect();
    assert_eq!(purposes.len(), 2);
    assert!(purposes[0]["publicText"].as_str().unwrap().contains("通知参加评审"));
    assert!(!log.iter().any(|event| event.to_string().contains("周小满")), "no name stands in the log's public text");
}

#[tokio::test]
async fn what_stands_between_an_expert_and_a_party_keeps_it_from_the_panel() {
    let app = TestApp::new().await;
    let mut competition = Competition::published(&app).await;
    let organizer = app.person("organizer").await;
    let second = app.person("organizer2").await;
    let relate = async |judge: &str, mut relation: Value| {
        relation["expertId"] = expert_of(&app, judge).await["id"].clone();
        let relation = organizer.does("recordExpertRelation", relation).await["relationId"].clone();
        organizer.may_not("confirmExpertRelation", json!({ "relationId": relation }), "FORBIDDEN").await;
        second.does("confirmExpertRelation", json!({ "relationId": relation })).await;
        second.may_not("confirmExpertRelation", json!({ "relationId": relation }), "NOT_NOW").await;
        relation
    };
    let (aurora, beacon) = (organization_of(&app, "aurora").await, organization_of(&app, "beacon").await);
    let urban = organization_of(&app, "urban").await;
    // Within three years of a bidder; shares of another; the pupil of the principal investigator of all; kin at the demander.
    relate(
        "judge1",
        json!({ "kind": "EMPLOYED", "organizationId": aurora, "from": "2015-01-01", "until": "2023-04-03" }),
    )
    .await;
    relate("judge2", json!({ "kind": "DIRECTOR_SHAREHOLDER", "organizationId": beacon, "from": "2020-01-01" })).await;
    relate(
        "judge6",
        json!({ "kind": "TEACHER_STUDENT", "name": "沈望舒", "from": "2001-09-01", "until": "2004-07-01" }),
    )
    .await;
    relate("judge9", json!({ "kind": "KINSHIP", "organizationId": urban, "from": "1980-01-01" })).await;
    // A day too long ago: it stays. Ended by another organizer: not long enough ago.
    relate(
        "judge3",
        json!({ "kind": "EMPLOYED", "organizationId": aurora, "from": "2015-01-01", "until": "2023-03-31" }),
    )
    .await;
    let over = relate("judge4", json!({ "kind": "COOPERATION", "organizationId": beacon, "from": "2016-01-01" })).await;
    let today = app.now().date_naive().to_string();
    let end = json!({ "relationId": over, "until": today, "reason": "项目已结题，有验收书" });
    organizer.may_not("endExpertRelation", end.clone(), "FORBIDDEN").await;
    app.person("judge4").await.may_not("endExpertRelation", end.clone(), "FORBIDDEN").await;
    app.person("judge5").await.may_not("endExpertRelation", end.clone(), "NOT_FOUND").await;
    let second = app.person("organizer2").await;
    assert_eq!(
        paths(
            &second
                .fails("endExpertRelation", json!({ "relationId": over, "until": "2030-01-01", "reason": "x" }))
                .await
        ),
        ["until"]
    );
    // What was recorded as running ended no sooner than it was recorded: its look-back begins now.
    let long_ago = json!({ "relationId": over, "until": "2020-12-31", "reason": "x" });
    assert_eq!(paths(&second.fails("endExpertRelation", long_ago).await), ["until"]);
    second.does("endExpertRelation", end.clone()).await;
    second.may_not("endExpertRelation", end, "NOT_NOW").await;
    // What one organizer alone has recorded keeps nobody away.
    let alone = json!({ "expertId": expert_of(&app, "judge11").await["id"], "kind": "KINSHIP", "organizationId": urban, "from": "1980-01-01" });
    organizer.does("recordExpertRelation", alone).await;
    // One is away that day.
    app.person("judge12").await.does("stateExpertise", json!({ "unavailableUntil": "2026-04-02" })).await;

    for (bidder, funding) in [("aurora", 150_000_000), ("beacon", 140_000_000), ("cedar", 130_000_000)] {
        competition.bid(&app, bidder, funding).await;
    }
    let competition = competition.opens(&app).await.checks(&app).await;
    organizer.does("drawPanel", json!({ "challengeId": competition.challenge })).await;
    let panel = seated(&app, &competition).await;
    let judges = judges(&app).await;
    let out = |name: &str| judges.iter().find(|(judge, _)| judge == name).unwrap().1.as_str().unwrap().to_owned();
    for judge in ["judge1", "judge2", "judge4", "judge6", "judge9", "judge12"] {
        assert!(!panel.contains(&out(judge)), "{judge}");
    }
    // Four technical and economic experts are left for four seats, and one of the user's side: they have to sit.
    assert_eq!(panel, ["judge3", "judge5", "judge7", "judge8", "judge11"].map(out).into_iter().collect());
    let id = app.person("supervisor").await.reads("panel", json!({ "id": competition.challenge })).await["panel"]["id"]
        .clone();
    let log = app.person("supervisor").await.reads("events", json!({ "subject": id })).await.to_string();
    for code in ["COOPERATION_3Y", "EMPLOYED_3Y", "DIRECTOR_SHAREHOLDER", "TEACHER_STUDENT", "KINSHIP"] {
        assert!(log.contains(code), "{code}");
    }
    let staff = organizer.reads("events", json!({ "subject": id })).await["nodes"].as_array().unwrap().clone();
    assert!(!staff.is_empty());
    for event in &staff {
        let told = event["publicText"].as_str().unwrap();
        assert!(!told.contains("KINSHIP") && !told.contains("seat"), "{told}");
    }
}

#[tokio::test]
async fn a_pool_that_could_make_no_panel_lets_nothing_be_published_and_says_how_many_are_missing() {
    let app = TestApp::new().await;
    let competition = Competition::approved(&app).await;
    for judge in ["judge11", "judge12"] {
        app.person(judge).await.does("stateExpertise", json!({ "fields": ["MARKET_REGULATION"] })).await;
    }
    let publish = json!({ "challengeId": competition.challenge, "submissionDeadline": support::DEADLINE });
    let refusal = app.person("organizer2").await.fails("publishChallenge", publish.clone()).await;
    assert_eq!((refusal.code.as_str(), refusal.message.as_str()), ("NOT_NOW", "没有可抽取的用户方专家，还差 1 名。"));
    // In the field again, and vouched for again.
    let (organizer, expert) = (app.person("organizer").await, expert_of(&app, "judge12").await);
    app.person("judge12").await.does("stateExpertise", json!({ "fields": ["URBAN_OPERATION"] })).await;
    app.person("organizer2").await.may_not("publishChallenge", publish.clone(), "NOT_NOW").await;
    let version = expert["version"].as_i64().unwrap() + 1;
    organizer.does("confirmExpert", json!({ "expertId": expert["id"], "expectedVersion": version })).await;
    app.person("organizer2").await.does("publishChallenge", publish).await;
}

#[tokio::test]
async fn the_published_record_is_run_again_offline_with_all_who_stepped_aside() {
    let app = TestApp::new().await;
    let (competition, _) = Competition::drawn(&app).await;
    let before = app.anybody().reads("panel", json!({ "id": competition.challenge })).await["panel"]["draw"].clone();
    // Two step aside, one after the other; their reserves come by themselves.
    let judges = judges(&app).await;
    for turn in 0..2 {
        let panel = seated(&app, &competition).await;
        let (name, _) = judges.iter().find(|(_, id)| panel.contains(id.as_str().unwrap())).unwrap();
        let input = json!({ "challengeId": competition.challenge, "conflictFree": false, "reason": "与投标方有合作" });
        let told = app.person(name).await.does("declareInterest", input).await;
        assert_eq!(told["recused"], true, "{turn}");
    }
    let staff = app.person("organizer").await.reads("panel", json!({ "id": competition.challenge })).await;
    assert!(staff["panel"]["draw"]["steps"].is_null() && staff["panel"]["draw"]["record"].is_null());
    let panel = seated(&app, &competition).await;
    let (competition, sitting) = competition.declares(&app).await;
    let (competition, _) = competition.scores(&app, &sitting).await.ranks(&app).await.notices(&app).await;

    let draw = app.anybody().reads("panel", json!({ "id": competition.challenge })).await["panel"]["draw"].clone();
    let record: Value = serde_json::from_str(draw["record"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&record["seedCommitment"], &record["candidatesHash"]),
        (&before["seedCommitment"], &before["candidatesHash"])
    );
    assert_eq!(draw["steps"].as_array().unwrap().len(), 2);
    let members: BTreeSet<String> =
        record["panel"].as_array().unwrap().iter().map(|one| one["user"].as_str().unwrap().to_owned()).collect();
    assert_eq!(members, panel);
    // Nobody who stepped aside is named, and no salt but the members'.
    for (_, id) in judges.iter().filter(|(_, id)| !panel.contains(id.as_str().unwrap())) {
        assert!(!draw.to_string().contains(id.as_str().unwrap()));
    }

    let folder = tempfile::TempDir::new().unwrap();
    let verify = |record: &str, more: &[&str]| {
        let arguments = [&["draw", "verify", "-"], more].concat();
        program::run(folder.path(), &arguments, record)
    };
    let good = verify(draw["record"].as_str().unwrap(), &[]);
    assert!(good.status.success(), "{good:?}");
    let said = String::from_utf8(good.stdout).unwrap();
    assert!(panel.iter().all(|user| said.contains(user)), "{said}");
    let root =
        app.anybody().reads("openingRecord", json!({ "id": competition.challenge })).await["openingRecord"]["root"]
            .clone();
    let noted =
        ["--seed-commitment", before["seedCommitment"].as_str().unwrap(), "--closing-root", root.as_str().unwrap()];
    assert!(verify(draw["record"].as_str().unwrap(), &noted).status.success());
    assert!(!verify(draw["record"].as_str().unwrap(), &["--candidates-hash", &"0".repeat(64)]).status.success());
    let mut forged = record.clone();
    forged["panel"][0]["user"] = judges.iter().find(|(_, id)| !panel.contains(id.as_str().unwrap())).unwrap().1.clone();
    assert!(!verify(&forged.to_string(), &[]).status.success());
    assert!(!verify("no record", &[]).status.success());
}

#[tokio::test]
async fn whoever_declares_against_the_record_is_out_all_the_same() {
    let app = TestApp::new().await;
    let (competition, sitting) = Competition::drawn(&app).await;
    let judge = sitting[0].as_str();
    let before = seated(&app, &competition).await;
    // What comes on record after the draw, by the judge's own hand.
    let relation = json!({ "expertId": expert_of(&app, judge).await["id"], "kind": "COOPERATION",
        "organizationId": organization_of(&app, "aurora").await, "from": "2025-06-01" });
    app.person(judge).await.does("recordExpertRelation", relation).await;
    let free = json!({ "challengeId": competition.challenge, "conflictFree": true });
    let told = app.person(judge).await.does("declareInterest", free).await;
    assert_eq!(told["recused"], true);
    let after = seated(&app, &competition).await;
    assert_eq!((after.len(), after.difference(&before).count()), (5, 1));
    let work = app.person(judge).await.reads("reviewTasks", json!({})).await;
    let tasks = work["reviewTasks"]["nodes"].as_array().unwrap();
    assert!(tasks.iter().all(|task| task["bid"]["challenge"]["id"] != competition.challenge.as_str()));
}
