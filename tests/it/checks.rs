//! The opening's record, the formal check by two, the one round of correction, and beginning anew where nobody won.

use serde_json::{Value, json};
use support::{Competition, TestApp};

const FAILS: fn() -> Value = || json!([{ "name": "签字盖章", "passed": false, "reason": "缺法定代表人签章" }]);
const PASSES: fn() -> Value = || json!([{ "name": "签字盖章", "passed": true }]);

async fn seen(app: &TestApp, who: &str, bid: &str) -> Value {
    app.person(who).await.reads("formalCheck", json!({ "id": bid })).await
}

#[tokio::test]
async fn every_bidder_reads_the_record_of_the_opening() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let id = json!({ "id": competition.challenge });
    assert!(app.person("aurora").await.reads("openingRecord", id.clone()).await["openingRecord"].is_null());
    let competition = competition.opens(&app).await;
    let mut records = Vec::new();
    for reader in ["aurora", "cedar", "organizer", "urban", "supervisor"] {
        let record = app.person(reader).await.reads("openingRecord", id.clone()).await["openingRecord"].clone();
        assert_eq!(record["openedBy"].as_array().unwrap().len(), 2, "{reader}");
        records.push(record);
    }
    assert!(records.windows(2).all(|two| two[0] == two[1]));
    let record = &records[0];
    let commitments: Vec<String> =
        record["commitments"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    assert_eq!(commitments.len(), 3);
    let root = jiebang_platform::bids::close::root(record["nonce"].as_str().unwrap(), commitments.clone());
    assert_eq!(record["root"], root.as_str());
    // Whoever has no part in it reads the commitments, and not the officers' names.
    for reader in ["delta", "social", "judge1", "sysadmin"] {
        let record = app.person(reader).await.reads("openingRecord", id.clone()).await["openingRecord"].clone();
        assert_eq!((&record["openedBy"], &record["root"]), (&Value::Null, &json!(root)), "{reader}");
    }
    assert!(app.anybody().reads("openingRecord", id).await["openingRecord"]["openedBy"].is_null());
    assert_eq!(competition.bids.len(), 3);
}

#[tokio::test]
async fn a_failure_takes_two_and_a_pass_one() {
    let app = TestApp::new().await;
    let competition = Competition::opened(&app).await;
    let (organizer, second) = (app.person("organizer").await, app.person("organizer2").await);
    let bid = competition.bids[0].1.as_str();
    let check = |items: Value| json!({ "bidId": bid, "items": items });
    let first = organizer.does("recordFormalCheck", check(FAILS())).await;
    assert_eq!((&first["bid"]["status"], &first["bid"]["formalCheck"]), (&json!("OPENED"), &Value::Null));
    organizer.may_not("drawPanel", json!({ "challengeId": competition.challenge }), "NOT_NOW").await;
    // The same officer once more is still one; colleagues and supervisors read what was found, nobody else.
    organizer.does("recordFormalCheck", check(FAILS())).await;
    for reader in ["organizer", "organizer2", "supervisor"] {
        let finding = seen(&app, reader, bid).await["formalFinding"].clone();
        assert_eq!(finding["items"][0]["reason"], "缺法定代表人签章", "{reader}");
    }
    for reader in ["aurora", "beacon", "urban"] {
        assert!(seen(&app, reader, bid).await["formalFinding"].is_null(), "{reader}");
    }
    // Another who finds something else has not found the same.
    let else_ = json!([{ "name": "联合体协议", "passed": false, "reason": "缺页" }]);
    assert_eq!(second.does("recordFormalCheck", check(else_)).await["bid"]["status"], "OPENED");
    organizer.does("recordFormalCheck", check(FAILS())).await;
    let failed = second.does("recordFormalCheck", check(FAILS())).await;
    assert_eq!(failed["bid"]["status"], "FORMAL_FAILED");
    assert!(seen(&app, "organizer", bid).await["formalFinding"].is_null());
    assert_eq!(seen(&app, "aurora", bid).await["formalCheck"]["passed"], false);
    // Where the second finds nothing, nothing is found.
    let other = competition.bids[1].1.as_str();
    let check = |items: Value| json!({ "bidId": other, "items": items });
    organizer.does("recordFormalCheck", check(FAILS())).await;
    let passed = second.does("recordFormalCheck", check(PASSES())).await;
    assert_eq!(passed["bid"]["status"], "FORMAL_PASSED");
    organizer.may_not("recordFormalCheck", check(FAILS()), "NOT_NOW").await;
}

#[tokio::test]
async fn the_checklist_of_the_notice_is_gone_through_item_by_item() {
    let app = TestApp::new().await;
    let urban = app.person("urban").await;
    let mut wrong = support::challenge_input();
    wrong["checklist"] = json!(["签字盖章", "", "签字盖章"]);
    let refusal = urban.fails("draftChallenge", wrong).await;
    assert_eq!(refusal.fields, ["checklist.1: required", "checklist.2: duplicate"]);
    let list = json!({ "checklist": ["签字盖章", "联合体协议"] });
    let mut competition = Competition::published_with(&app, list.clone()).await;
    let shown = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(shown["checklist"], list["checklist"]);
    let amend = json!({ "challengeId": competition.challenge, "summary": "改清单", "material": true, "changes": { "checklist": [] } });
    let refusal = app.person("organizer").await.fails("amendChallenge", amend).await;
    assert_eq!(refusal.fields, ["changes.checklist: not_amendable"]);
    competition.bid(&app, "aurora", 150_000_000).await;
    let competition = competition.opens(&app).await;
    let organizer = app.person("organizer").await;
    let check = |items: Value| json!({ "bidId": competition.bids[0].1, "items": items });
    let refusal = organizer.fails("recordFormalCheck", check(PASSES())).await;
    assert_eq!(refusal.fields, ["items: item_missing"]);
    let whole = json!([{ "name": "联合体协议", "passed": true }, { "name": "签字盖章", "passed": true }, { "name": "其他", "passed": true }]);
    assert_eq!(organizer.does("recordFormalCheck", check(whole)).await["bid"]["status"], "FORMAL_PASSED");
}

#[tokio::test]
async fn a_bidder_corrects_the_form_once_and_nobody_decides_before() {
    let app = TestApp::new().await;
    let competition = Competition::opened(&app).await;
    let (organizer, aurora) = (app.person("organizer").await, app.person("aurora").await);
    let bid = competition.bids[0].1.as_str();
    let ask = |items: Value, due: &str| json!({ "bidId": bid, "items": items, "dueAt": due });
    let items =
        json!([{ "field": "SIGNATURE_SEAL", "what": "补盖公章" }, { "field": "CONTACT", "what": "补联系电话" }]);
    let due = "2026-04-07T17:00:00+08:00";
    // Two people stand behind it: one finds the defect, another asks.
    organizer.may_not("requestCorrection", ask(items.clone(), due), "NOT_NOW").await;
    app.person("organizer2").await.does("recordFormalCheck", json!({ "bidId": bid, "items": FAILS() })).await;
    app.person("organizer2").await.may_not("requestCorrection", ask(items.clone(), due), "NOT_NOW").await;
    for (wrong, fields) in [
        (ask(json!([]), due), vec!["items: required"]),
        (ask(items.clone(), "2026-04-02T10:00:00+08:00"), vec!["dueAt: too_soon"]),
        (ask(items.clone(), "2026-06-02T10:00:00+08:00"), vec!["dueAt: too_far"]),
        (
            ask(json!([{ "field": "CONTACT", "what": "" }, { "field": "CONTACT", "what": "x" }]), due),
            vec!["items.0.what: required", "items.1.field: duplicate"],
        ),
    ] {
        assert_eq!(organizer.fails("requestCorrection", wrong).await.fields, fields);
    }
    for other in ["urban", "aurora", "supervisor"] {
        app.person(other).await.may_not("requestCorrection", ask(items.clone(), due), "FORBIDDEN").await;
    }
    for other in ["beacon", "delta"] {
        app.person(other).await.may_not("requestCorrection", ask(items.clone(), due), "NOT_FOUND").await;
    }
    app.person("delta").await.may_not("requestCorrection", ask(items.clone(), due), "NOT_FOUND").await;
    let mend = |answers: Value| json!({ "bidId": bid, "answers": answers });
    let whole = json!([{ "field": "CONTACT", "text": "0371-1" }, { "field": "SIGNATURE_SEAL", "text": "已补盖，原件今日送达" }]);
    aurora.may_not("correctBid", mend(whole.clone()), "NOT_NOW").await;
    let asked = organizer.does("requestCorrection", ask(items.clone(), due)).await;
    assert!(!asked["bid"]["availableActions"].as_array().unwrap().contains(&json!("recordFormalCheck")));
    organizer.may_not("requestCorrection", ask(items, due), "NOT_NOW").await;
    organizer.may_not("recordFormalCheck", json!({ "bidId": bid, "items": FAILS() }), "NOT_NOW").await;

    // Its bidder alone answers, in what it was asked and nothing else; what it handed in stays as it is.
    assert!(seen(&app, "organizer", bid).await["formalFinding"].is_null(), "what was found before counts no more");
    assert_eq!(seen(&app, "aurora", bid).await["availableActions"], json!(["readSealedBid", "correctBid"]));
    for (other, code) in [("beacon", "NOT_FOUND"), ("organizer", "FORBIDDEN"), ("urban", "FORBIDDEN")] {
        app.person(other).await.may_not("correctBid", mend(whole.clone()), code).await;
        let shown = seen(&app, other, bid).await["correction"].is_object();
        assert_eq!(shown, other == "organizer", "{other}");
    }
    let partly = json!([{ "field": "CONTACT", "text": "0371-1" }, { "field": "ANONYMITY", "text": "x" }]);
    let refusal = aurora.fails("correctBid", mend(partly)).await;
    assert_eq!(refusal.fields, ["answers.1.field: unknown", "answers: required"]);
    aurora.may_not("reviseBid", json!({ "bidId": bid, "solution": { "title": "另一个" } }), "DEADLINE_PASSED").await;
    aurora.does("correctBid", mend(whole.clone())).await;
    aurora.may_not("correctBid", mend(whole), "NOT_NOW").await;
    let correction = seen(&app, "organizer", bid).await["correction"].clone();
    assert_eq!(correction["answers"].as_array().unwrap().len(), 2);
    // The time goes by, and nothing more happens.
    app.set_clock("2026-04-08T09:00:00+08:00").await;
    app.run_timers().await;
    let passed = organizer.does("recordFormalCheck", json!({ "bidId": bid, "items": PASSES() })).await;
    assert_eq!(passed["bid"]["status"], "FORMAL_PASSED");
}

#[tokio::test]
async fn a_missed_due_time_decides_by_itself() {
    let app = TestApp::new().await;
    let competition = Competition::opened(&app).await;
    let (organizer, aurora) = (app.person("organizer").await, app.person("aurora").await);
    let due = "2026-04-07T17:00:00+08:00";
    for (_, bid) in &competition.bids {
        let items = json!([{ "field": "SIGNATURE_SEAL", "what": "补盖公章" }]);
        app.person("organizer2").await.does("recordFormalCheck", json!({ "bidId": bid, "items": FAILS() })).await;
        organizer.does("requestCorrection", json!({ "bidId": bid, "items": items, "dueAt": due })).await;
    }
    let bid = competition.bids[0].1.as_str();
    // At the instant itself it is too late, whether or not the timer has run; nobody slips a decision in between.
    app.drift(due);
    let late = json!({ "bidId": bid, "answers": [{ "field": "SIGNATURE_SEAL", "text": "来了" }] });
    aurora.may_not("correctBid", late, "DEADLINE_PASSED").await;
    organizer.may_not("recordFormalCheck", json!({ "bidId": bid, "items": PASSES() }), "NOT_NOW").await;
    app.run_timers().await;
    let failed = seen(&app, "aurora", bid).await;
    assert_eq!(
        (&failed["status"], &failed["formalCheck"]["items"][0]["name"]),
        (&json!("FORMAL_FAILED"), &json!("SIGNATURE_SEAL"))
    );
    let log = aurora.reads("events", json!({ "subject": bid })).await.to_string();
    assert!(log.contains("bid.correction_requested") && log.contains("bid.correction_lapsed"));
    // All three let it go by: nobody is left, and the challenge has failed.
    let challenge = app.anybody().reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(challenge["status"], "FAILED");
}

#[tokio::test]
async fn what_found_no_winner_begins_anew_in_one_step() {
    let app = TestApp::new().await;
    let competition = Competition::published_with(&app, json!({ "checklist": ["签字盖章"], "blind": true })).await;
    let (urban, id) = (app.person("urban").await, json!({ "challengeId": competition.challenge }));
    urban.may_not("rerunChallenge", id.clone(), "NOT_NOW").await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    for organizer in ["organizer", "organizer2"] {
        app.person(organizer).await.does("openBids", competition.opening()).await;
    }
    for (other, code) in
        [("organizer", "FORBIDDEN"), ("social", "FORBIDDEN"), ("aurora", "FORBIDDEN"), ("supervisor", "FORBIDDEN")]
    {
        app.person(other).await.may_not("rerunChallenge", id.clone(), code).await;
    }
    let failed = urban.reads("challenge", json!({ "id": competition.challenge })).await;
    assert_eq!(failed["availableActions"], json!(["rerunChallenge"]));
    let copied =
        urban.does("rerunChallenge", json!({ "challengeId": competition.challenge, "idempotencyKey": "once" })).await;
    let again =
        urban.does("rerunChallenge", json!({ "challengeId": competition.challenge, "idempotencyKey": "once" })).await;
    assert_eq!(copied["challenge"]["id"], again["challenge"]["id"]);
    urban.may_not("rerunChallenge", id.clone(), "NOT_NOW").await;
    let copy = urban.reads("challenge", json!({ "id": copied["challenge"]["id"] })).await;
    assert_eq!((&copy["status"], &copy["code"], &copy["publishedAt"]), (&json!("DRAFT"), &Value::Null, &Value::Null));
    for field in [
        "title",
        "domain",
        "mechanism",
        "legalRoute",
        "background",
        "problemStatement",
        "siteConditions",
        "ipTerms",
        "eligibility",
        "acceptanceMethod",
        "contact",
        "durationMonths",
        "budget",
        "checklist",
        "blind",
        "tieOrder",
        "consortium",
    ] {
        assert_eq!(copy[field], failed[field], "{field}");
    }
    let names = |challenge: &Value, list: &str| -> Vec<Value> {
        challenge[list].as_array().unwrap().iter().map(|one| json!([one["name"], one["weight"]])).collect()
    };
    for list in ["indicators", "criteria"] {
        assert_eq!(names(&copy, list), names(&failed, list));
    }
    assert!(app.person("aurora").await.reads("challenge", json!({ "id": copy["id"] })).await.is_null());
    // That too few had bid is on the record of the opening, and no more than that.
    let record = app.person("organizer").await.reads("openingRecord", json!({ "id": competition.challenge })).await;
    let record = &record["openingRecord"];
    assert_eq!((&record["openedAt"], record["openedBy"].as_array().unwrap().len()), (&Value::Null, 2));
    assert_eq!((&record["commitments"], &record["nonce"]), (&json!([]), &Value::Null));
    // It goes its way to a notice of its own; taken back, it leaves room for another.
    urban.does("withdrawChallenge", json!({ "challengeId": copy["id"], "reason": "重写指标" })).await;
    let second = urban.does("rerunChallenge", id).await;
    urban.does("submitChallenge", json!({ "challengeId": second["challenge"]["id"] })).await;
}
