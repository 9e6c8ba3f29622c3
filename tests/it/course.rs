//! From the ranking to the agreement, and every way off it: talks, orders to stand still, objections and complaints, winners that fall
//! away, races, pledges, failure and termination.

use serde_json::{Value, json};
use support::{Competition, TestApp, operation, solution_input};

use crate::scoring;

const AFTER_THE_NOTICE: &str = "2026-04-20T09:00:00+08:00";

/// Why an act is refused: the code and the reason.
async fn refused(app: &TestApp, who: &str, act: &str, input: Value) -> (String, String) {
    let (_, answer) = app.person(who).await.sends(&operation(act), json!({ "input": input })).await;
    let extensions = &answer["errors"][0]["extensions"];
    let text = |name: &str| extensions[name].as_str().unwrap_or_default().to_owned();
    (text("code"), text("reason"))
}

fn no(code: &str, reason: &str) -> (String, String) {
    (code.to_owned(), reason.to_owned())
}

async fn does(app: &TestApp, who: &str, act: &str, input: Value) -> Value {
    app.person(who).await.does(act, input).await
}

/// What a supervisor sees of the challenge.
async fn seen(app: &TestApp, challenge: &str) -> Value {
    let query = "query($id: ID!) { challenge(id: $id) { status suspendedFrom suspendedAt reason submissionDeadline
        notice { id voidedAt } bids { nodes { id status } } projects { id status revokedOn agreementOverdue }
        race { stages { name pool keepMost share } racers { id } }
        ranking { nodes { rank bid { id } } } } }";
    app.person("supervisor").await.asks(query, json!({ "id": challenge })).await["challenge"].clone()
}

async fn status(app: &TestApp, challenge: &str) -> String {
    seen(app, challenge).await["status"].as_str().unwrap().to_owned()
}

/// The states of a competition's bids, in their order.
async fn bids(app: &TestApp, competition: &Competition) -> Vec<String> {
    let seen = seen(app, &competition.challenge).await;
    let all = seen["bids"]["nodes"].as_array().unwrap();
    let state = |id: &str| all.iter().find(|bid| bid["id"] == id).unwrap()["status"].as_str().unwrap().to_owned();
    competition.bids.iter().map(|(_, id)| state(id)).collect()
}

fn notice(competition: &Competition, winners: &[usize], reason: Option<&str>) -> Value {
    let winners: Vec<_> = winners.iter().map(|place| competition.bids[*place].1.clone()).collect();
    json!({ "challengeId": competition.challenge, "winnerBidIds": winners, "reason": reason })
}

/// So many open-competition projects count this year.
async fn counted(app: &TestApp) -> String {
    let board = app.anybody().asks("{ targets(year: 2026) { metric actual } }", json!({})).await;
    let of = board["targets"].as_array().unwrap().iter().find(|one| one["metric"] == "OPEN_COMPETITION_PROJECTS");
    of.unwrap()["actual"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn talks_go_by_rank_and_what_was_agreed_in_them_binds() {
    let app = TestApp::new().await;
    let competition = Competition::ranked(&app).await;
    let (first, second) = (&competition.bids[0].1, &competition.bids[1].1);
    let talk = |bid: &str| json!({ "bidId": bid, "topic": "里程碑与数据接入", "minutes": "双方同意先接入两处隧道。", "agreed": true });
    let organizer = app.person("organizer").await;
    // The second candidate only with a reason.
    assert_eq!(organizer.fails("recordNegotiation", talk(second)).await.fields, ["reason: reason_needed"]);
    let mut over = talk(second);
    over["reason"] = json!("第一名不接受数据不出域的要求");
    over["agreed"] = json!(false);
    organizer.does("recordNegotiation", over).await;
    // Nothing weaker, dearer or later than notice and bid.
    let [ahead, wrong] = [&competition.indicators[0], &competition.indicators[1]];
    let mut weak = talk(first);
    weak["offer"] = json!({ "funding": 150_000_001, "durationMonths": 10, "indicators": [
        { "indicatorId": ahead, "value": "11" }, { "indicatorId": wrong, "value": "4.6" } ] });
    weak["heldAt"] = json!("2027-01-01T00:00:00Z");
    assert_eq!(
        organizer.fails("recordNegotiation", weak).await.fields,
        [
            "heldAt: in_the_future",
            "offer.durationMonths: longer_than_notice",
            "offer.funding: above_bid",
            "offer.indicators.0.value: weaker_than_bid",
            "offer.indicators.1.value: weaker_than_bid",
        ]
    );
    let mut weaker = talk(first);
    weaker["offer"] = json!({ "funding": 200_000_001, "indicators": [{ "indicatorId": ahead, "value": "9" }] });
    assert_eq!(
        organizer.fails("recordNegotiation", weaker).await.fields,
        ["offer.funding: above_budget", "offer.indicators.0.value: weaker_than_target"]
    );
    let mut good = talk(first);
    good["people"] = json!(["市政设施科 科长", "揭榜方 技术负责人"]);
    good["offer"] = json!({ "funding": 145_000_000, "durationMonths": 8, "text": "首月只接入两处隧道",
        "indicators": [{ "indicatorId": ahead, "value": "15" }] });
    organizer.does("recordNegotiation", good).await;
    // What was agreed once is not taken back in a later round.
    let mut back = talk(first);
    back["offer"] = json!({ "funding": 149_000_000, "indicators": [{ "indicatorId": ahead, "value": "14" }] });
    assert_eq!(
        organizer.fails("recordNegotiation", back).await.fields,
        ["offer.funding: above_bid", "offer.indicators.0.value: weaker_than_bid"]
    );
    // Who reads it.
    let read = async |who: &str| {
        let bid = app.person(who).await.reads("negotiations", json!({ "bid": first })).await;
        bid["negotiations"]["totalCount"].as_u64()
    };
    for (who, sees) in [("organizer3", 1), ("supervisor", 1), ("urban", 1), ("aurora", 1), ("beacon", 0)] {
        assert_eq!(read(who).await, Some(sees), "{who}");
    }
    let told = app.person("aurora").await.reads("negotiations", json!({ "bid": first })).await;
    let offer = &told["negotiations"]["nodes"][0]["offer"];
    assert_eq!((&offer["funding"], &offer["durationMonths"]), (&json!(145_000_000), &json!(8)));
    assert_eq!(offer["indicators"][0]["value"], "15");

    let (competition, _) = competition.notices(&app).await;
    app.set_clock(AFTER_THE_NOTICE).await;
    let awarded = organizer.does("awardChallenge", json!({ "challengeId": competition.challenge })).await;
    let project = awarded["projects"][0]["id"].clone();
    let sign = |terms: Value| json!({ "projectId": project, "contractNo": "GX-1", "terms": terms, "effectiveAt": "2026-05-01T00:00:00+08:00" });
    let [ahead, wrong] = [&competition.indicators[0], &competition.indicators[1]];
    // What was agreed binds; what was not is as the bid has it.
    let refusal = organizer
        .fails(
            "signAgreement",
            sign(json!({ "funding": 150_000_000, "durationMonths": 9, "indicators": [
            { "indicatorId": ahead, "value": "14" }, { "indicatorId": wrong, "value": "4.5" } ] })),
        )
        .await;
    assert_eq!(
        refusal.fields,
        [
            "terms.durationMonths: longer_than_notice",
            "terms.funding: above_bid",
            "terms.indicators.0.value: weaker_than_bid"
        ]
    );
    organizer.does("signAgreement", sign(json!({ "funding": 140_000_000 }))).await;
    let signed = app.person("aurora").await.reads("agreement", json!({ "project": project })).await;
    assert_eq!((&signed["amount"], &signed["endsAt"]), (&json!(140_000_000), &json!("2026-12-31T16:00:00.000Z")));
    assert_eq!(signed["agreement"]["budgetMode"], "LINE_ITEM");
    let lines: Vec<_> = signed["agreement"]["indicators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["indicator"]["target"].clone(), line["committed"].clone(), line["agreed"].clone()))
        .collect();
    assert_eq!(lines, [(json!("10"), json!("12"), json!("15")), (json!("5.0"), json!("4.5"), json!("4.5"))]);
    // Its money and time are everybody's, what stands in it is not.
    for who in ["beacon", "judge1"] {
        let other = app.person(who).await.reads("agreement", json!({ "project": project })).await;
        assert_eq!((&other["amount"], &other["agreement"]), (&json!(140_000_000), &Value::Null), "{who}");
    }
    organizer.does("registerContract", json!({ "projectId": project, "registrationNo": "2026410100000001" })).await;
    let again = json!({ "projectId": project, "registrationNo": "2026410100000002" });
    assert_eq!(refused(&app, "organizer2", "registerContract", again).await, no("NOT_NOW", "already_there"));
}

#[tokio::test]
async fn a_winner_falls_away_and_the_next_is_proposed_in_a_new_notice() {
    let app = TestApp::new().await;
    let (competition, project) = Competition::awarded(&app).await;
    let challenge = &competition.challenge;
    let revoke = |ground: &str| json!({ "projectId": project, "ground": ground, "reason": "来函放弃" });
    for who in ["aurora", "urban", "supervisor", "judge1"] {
        app.person(who).await.may_not("revokeAward", revoke("GAVE_UP"), "FORBIDDEN").await;
    }
    let organizer = app.person("organizer").await;
    assert_eq!(organizer.fails("revokeAward", revoke("NOT_SIGNED")).await.fields, ["ground: too_early"]);
    // One word is none, nor the same person's twice, nor another ground.
    for (who, ground) in [("organizer", "GAVE_UP"), ("organizer", "GAVE_UP"), ("organizer2", "UNLAWFUL")] {
        assert_eq!(does(&app, who, "revokeAward", revoke(ground)).await["revoked"], false, "{who} {ground}");
    }
    assert_eq!(does(&app, "organizer", "revokeAward", revoke("UNLAWFUL")).await["revoked"], true);
    assert_eq!(refused(&app, "organizer", "revokeAward", revoke("UNLAWFUL")).await, no("NOT_NOW", "not_in_this_state"));
    assert_eq!(bids(&app, &competition).await, ["DISQUALIFIED", "SHORTLISTED", "LOST"]);
    assert_eq!(status(&app, challenge).await, "NEGOTIATING");
    // An award that was taken back was one: it is not called off any more.
    organizer.may_not("cancelChallenge", json!({ "challengeId": challenge, "reason": "不做了" }), "NOT_NOW").await;
    app.anybody().may_not("awardChallenge", json!({ "challengeId": challenge }), "UNAUTHENTICATED").await;
    organizer.may_not("awardChallenge", json!({ "challengeId": challenge }), "NOT_NOW").await;
    // Who has fallen is not proposed again.
    assert_eq!(
        organizer.fails("publishNotice", notice(&competition, &[0], None)).await.fields,
        ["winnerBidIds.0: not_shortlisted"]
    );
    let second = organizer.does("publishNotice", notice(&competition, &[1], None)).await["notice"].clone();
    organizer.may_not("awardChallenge", json!({ "challengeId": challenge }), "NOT_NOW").await;
    app.set_clock("2026-05-06T09:00:00+08:00").await;
    let awarded = organizer.does("awardChallenge", json!({ "challengeId": challenge })).await;
    let project = awarded["projects"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(bids(&app, &competition).await, ["DISQUALIFIED", "WON", "LOST"]);
    assert_eq!(seen(&app, challenge).await["notice"]["id"], second["id"]);
    assert_eq!(counted(&app).await, "0");

    // Nobody signs in time: it shows, and is a ground. Then nobody is left.
    let overdue = async || {
        let query = "query($overdue: Boolean!) { projects(filter: { agreementOverdue: $overdue }, first: 100) { nodes { id agreementOverdue } } }";
        let mut told = Vec::new();
        for overdue in [true, false] {
            let all = app.anybody().asks(query, json!({ "overdue": overdue })).await["projects"]["nodes"].clone();
            let own = all.as_array().unwrap().iter().find(|one| one["id"] == project.as_str()).cloned();
            told.extend(own.map(|one| (overdue, one["agreementOverdue"].as_bool().unwrap())));
        }
        told
    };
    assert_eq!(overdue().await, [(false, false)]);
    app.set_clock("2026-06-30T09:00:00+08:00").await;
    assert_eq!(overdue().await, [(true, true)]);
    let told = app.anybody().reads("events", json!({ "subject": project, "first": 100 })).await;
    // What is for everybody names no officer.
    assert!(told["nodes"].as_array().unwrap().iter().all(|one| !one["publicText"].as_str().unwrap().contains("usr_")));
    let late = told["nodes"].as_array().unwrap().iter().filter(|one| one["kind"] == "project.agreement_overdue");
    assert_eq!(late.count(), 1);
    let revoke = json!({ "projectId": project, "ground": "NOT_SIGNED", "reason": "逾期未签" });
    does(&app, "organizer", "revokeAward", revoke.clone()).await;
    does(&app, "organizer3", "revokeAward", revoke).await;
    let told = app.anybody().reads("events", json!({ "subject": project, "first": 100 })).await;
    let revoked = told["nodes"].as_array().unwrap().iter().find(|one| one["kind"] == "award.revoked").unwrap();
    assert!(!revoked["publicText"].as_str().unwrap().contains("usr_"), "{revoked}");
    let end = seen(&app, challenge).await;
    assert_eq!((&end["status"], &end["reason"]), (&json!("FAILED"), &json!("逾期未签")));
    assert_eq!(end["projects"].as_array().unwrap().len(), 2);
    assert!(end["projects"].as_array().unwrap().iter().all(|project| project["status"] == "TERMINATED"));
    assert_eq!(counted(&app).await, "0");
}

#[tokio::test]
async fn what_stands_still_goes_on_from_there_with_the_time_it_has_lost() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let challenge = &competition.challenge;
    let order = json!({ "challengeId": challenge, "reason": "收到实名举报" });
    for who in ["urban", "aurora", "judge1", "sysadmin"] {
        app.person(who).await.may_not("suspendChallenge", order.clone(), "FORBIDDEN").await;
    }
    app.set_clock("2026-03-30T09:00:00+08:00").await;
    does(&app, "organizer", "suspendChallenge", order.clone()).await;
    assert_eq!(refused(&app, "organizer2", "suspendChallenge", order.clone()).await, no("NOT_NOW", "stands_still"));
    // A supervisor's order takes its place, and is a supervisor's to lift.
    does(&app, "supervisor", "suspendChallenge", order.clone()).await;
    let told = app
        .anybody()
        .asks(
            "query($id: ID!) { challenge(id: $id) { status reason suspendedFrom bidCount } }",
            json!({ "id": challenge }),
        )
        .await;
    assert_eq!(
        told["challenge"],
        json!({ "status": "SUSPENDED", "reason": "收到实名举报", "suspendedFrom": "PUBLISHED", "bidCount": null })
    );
    let bid = json!({ "bidId": competition.bids[0].1 });
    // The deadline passes: it stands still all the same, and is not over.
    app.set_clock("2026-04-03T09:00:00+08:00").await;
    assert_eq!(status(&app, challenge).await, "SUSPENDED");
    assert_eq!(refused(&app, "aurora", "withdrawBid", bid.clone()).await, no("NOT_NOW", "stands_still"));
    let ask = json!({ "challengeId": challenge, "text": "何时恢复？" });
    app.person("beacon").await.may_not("askQuestion", ask, "NOT_NOW").await;
    app.person("organizer").await.may_not("openBids", competition.opening(), "NOT_NOW").await;
    let go_on = json!({ "challengeId": challenge, "reason": "查无实据" });
    assert_eq!(
        refused(&app, "organizer", "resumeChallenge", go_on.clone()).await,
        no("FORBIDDEN", "supervisors_order")
    );
    let resumed = does(&app, "supervisor", "resumeChallenge", go_on.clone()).await["challenge"].clone();
    assert_eq!(resumed["status"], "PUBLISHED");
    // Four days were lost, and are given back.
    assert_eq!(resumed["submissionDeadline"], "2026-04-05T09:00:00.000Z");
    assert_eq!(refused(&app, "supervisor", "resumeChallenge", go_on.clone()).await, no("NOT_NOW", "not_in_this_state"));
    app.set_clock("2026-04-05T16:59:59+08:00").await;
    does(&app, "aurora", "withdrawBid", bid.clone()).await;
    let submit = json!({ "bidId": competition.bids[0].1, "pledgeAccepted": true });
    does(&app, "aurora", "submitBid", submit.clone()).await;
    app.set_clock("2026-04-05T17:00:00+08:00").await;
    assert_eq!(status(&app, challenge).await, "CLOSED");
    app.person("aurora").await.may_not("submitBid", submit, "DEADLINE_PASSED").await;

    // In review: no result is told by it, nobody scores, and it goes on where it was.
    app.set_clock("2026-04-06T09:00:00+08:00").await;
    for organizer in ["organizer", "organizer2"] {
        does(&app, organizer, "openBids", competition.opening()).await;
    }
    let (competition, judges) = competition.checks(&app).await.draws(&app).await.0.declares(&app).await;
    let competition = competition.scores(&app, &judges).await;
    does(&app, "organizer", "suspendChallenge", order.clone()).await;
    let challenge = &competition.challenge;
    app.person("organizer").await.may_not("closeReview", json!({ "challengeId": challenge }), "NOT_NOW").await;
    does(&app, "organizer2", "resumeChallenge", go_on.clone()).await;
    let competition = competition.ranks(&app).await;
    does(&app, "organizer", "suspendChallenge", order.clone()).await;
    let own = async |who: &str, place: usize| {
        let query = "query($id: ID!) { node(id: $id) { ... on Bid { status } } }";
        app.person(who).await.asks(query, json!({ "id": competition.bids[place].1 })).await["node"]["status"].clone()
    };
    assert_eq!((own("aurora", 0).await, own("cedar", 2).await), (json!("NEGOTIATING"), json!("NEGOTIATING")));
    does(&app, "organizer2", "resumeChallenge", go_on.clone()).await;

    // Under a notice: objections are heard and ruled on meanwhile, since its time runs.
    let (competition, notice) = competition.notices(&app).await;
    let challenge = &competition.challenge;
    does(&app, "organizer", "suspendChallenge", order.clone()).await;
    let object = json!({ "noticeId": notice, "grounds": "业绩材料存疑" });
    let objection = does(&app, "beacon", "raiseObjection", object).await["objection"]["id"].clone();
    does(&app, "organizer2", "resumeChallenge", go_on.clone()).await;
    // The order is lifted, the objection is not.
    assert_eq!(status(&app, challenge).await, "SUSPENDED");
    does(&app, "organizer", "suspendChallenge", order.clone()).await;
    let rule = json!({ "objectionId": objection, "upheld": false, "ruling": "经核属实" });
    does(&app, "organizer3", "resolveObjection", rule).await;
    assert_eq!(status(&app, challenge).await, "SUSPENDED");
    does(&app, "organizer", "resumeChallenge", go_on.clone()).await;
    assert_eq!(status(&app, challenge).await, "PUBLICITY");
    // What stands still is not awarded, and can be called off.
    app.set_clock("2026-04-25T09:00:00+08:00").await;
    does(&app, "organizer", "suspendChallenge", order.clone()).await;
    app.person("organizer").await.may_not("awardChallenge", json!({ "challengeId": challenge }), "NOT_NOW").await;
    does(&app, "organizer", "cancelChallenge", json!({ "challengeId": challenge, "reason": "需求变更" })).await;
    assert_eq!(status(&app, challenge).await, "CANCELLED");
    app.person("organizer").await.may_not("suspendChallenge", order, "NOT_NOW").await;
    app.person("organizer").await.may_not("resumeChallenge", go_on, "NOT_NOW").await;
}

#[tokio::test]
async fn a_correction_gets_the_time_back_that_it_has_lost() {
    let app = TestApp::new().await;
    let competition = Competition::opened(&app).await;
    let bid = &competition.bids[0].1;
    let order = json!({ "challengeId": competition.challenge, "reason": "核查" });
    let fails = json!([{ "name": "签章", "passed": false, "reason": "缺公章" }]);
    does(&app, "organizer2", "recordFormalCheck", json!({ "bidId": bid, "items": fails })).await;
    let ask = json!([{ "field": "SIGNATURE_SEAL", "what": "补盖公章" }]);
    let due = json!({ "bidId": bid, "items": ask, "dueAt": "2026-04-07T17:00:00+08:00" });
    does(&app, "organizer", "requestCorrection", due).await;
    app.set_clock("2026-04-06T09:00:00+08:00").await;
    does(&app, "organizer", "suspendChallenge", order.clone()).await;
    // Past its time it is neither lost nor taken.
    app.set_clock("2026-04-09T09:00:00+08:00").await;
    let answer = json!({ "bidId": bid, "answers": [{ "field": "SIGNATURE_SEAL", "text": "已补盖" }] });
    app.person("aurora").await.may_not("correctBid", answer.clone(), "NOT_NOW").await;
    does(&app, "organizer", "resumeChallenge", order).await;
    app.set_clock("2026-04-10T16:59:00+08:00").await;
    does(&app, "aurora", "correctBid", answer).await;
}

#[tokio::test]
async fn what_several_rulings_order_is_carried_out_together() {
    let app = TestApp::new().await;
    let (competition, notice_id) = Competition::noticed(&app).await;
    let object = json!({ "noticeId": notice_id, "grounds": "材料存疑" });
    let mut objections = Vec::new();
    for who in ["beacon", "cedar"] {
        objections.push(does(&app, who, "raiseObjection", object.clone()).await["objection"]["id"].clone());
    }
    // The two that pass both fall: nobody is left, and it has failed once.
    for (objection, place) in objections.iter().zip([0, 1]) {
        let rule = json!({ "objectionId": objection, "upheld": true, "ruling": "材料虚假。",
            "remedy": "DISQUALIFY", "bidId": competition.bids[place].1 });
        does(&app, "organizer3", "resolveObjection", rule).await;
    }
    assert_eq!(status(&app, &competition.challenge).await, "FAILED");
    assert_eq!(bids(&app, &competition).await, ["DISQUALIFIED", "DISQUALIFIED", "NOT_SHORTLISTED"]);
    let feed = app.anybody().reads("events", json!({ "subject": competition.challenge, "first": 100 })).await;
    let failed = feed["nodes"].as_array().unwrap().iter().filter(|event| event["kind"] == "challenge.failed");
    assert_eq!(failed.count(), 1);
}

#[tokio::test]
async fn a_complaint_stops_the_award_and_upheld_has_the_result_made_anew() {
    let app = TestApp::new().await;
    let (competition, notice_id) = Competition::noticed(&app).await;
    let challenge = &competition.challenge;
    let object = json!({ "noticeId": notice_id, "grounds": "业绩材料存疑", "requestedRemedy": "取消资格" });
    let objection = does(&app, "beacon", "raiseObjection", object).await["objection"]["id"].clone();
    let complain =
        json!({ "objectionId": objection, "grounds": "异议答复未回应检测报告造假", "requestedRemedy": "取消资格" });
    assert_eq!(refused(&app, "beacon", "raiseComplaint", complain.clone()).await, no("NOT_NOW", "objection_waits"));
    let list =
        async |who: &str, filter: Value| app.person(who).await.reads("objections", json!({ "filter": filter })).await;
    assert_eq!(list("supervisor", json!({ "open": true, "overdue": false })).await["totalCount"], 1);
    assert_eq!(list("cedar", json!({})).await["totalCount"], 0);
    let actions = list("organizer3", json!({})).await["nodes"][0]["availableActions"].clone();
    assert_eq!(actions, json!(["resolveObjection"]));
    let dismiss = json!({ "objectionId": objection, "upheld": false, "ruling": "材料经核属实。" });
    let mut ordered = dismiss.clone();
    ordered["remedy"] = json!("RESCORE");
    assert_eq!(
        app.person("organizer3").await.fails("resolveObjection", ordered).await.fields,
        ["remedy: out_of_range"]
    );
    does(&app, "organizer3", "resolveObjection", dismiss).await;
    assert_eq!(status(&app, challenge).await, "PUBLICITY");
    for (who, code) in
        [("cedar", "NOT_FOUND"), ("aurora", "NOT_FOUND"), ("urban", "NOT_FOUND"), ("organizer", "FORBIDDEN")]
    {
        app.person(who).await.may_not("raiseComplaint", complain.clone(), code).await;
    }
    let complaint = does(&app, "beacon", "raiseComplaint", complain.clone()).await["complaint"].clone();
    assert_eq!(refused(&app, "beacon", "raiseComplaint", complain).await, no("NOT_NOW", "already_there"));
    let id = complaint["id"].clone();
    // That there is one is public; whose it is and what it says is not.
    let feed = app.anybody().reads("events", json!({ "subject": challenge, "first": 100 })).await;
    let told = feed["nodes"].as_array().unwrap().iter().find(|one| one["kind"] == "complaint.raised").unwrap().clone();
    assert!(!told["publicText"].as_str().unwrap().contains("org_") && told["actor"].is_null());
    let node = "query($id: ID!) { node(id: $id) { id } }";
    for (who, sees) in [("cedar", false), ("urban", false), ("beacon", true), ("supervisor", true), ("organizer", true)]
    {
        let found = app.person(who).await.asks(node, json!({ "id": id })).await["node"].clone();
        assert_eq!(found.is_object(), sees, "{who}");
    }
    app.set_clock(AFTER_THE_NOTICE).await;
    let award = json!({ "challengeId": challenge });
    assert_eq!(refused(&app, "organizer", "awardChallenge", award.clone()).await, no("NOT_NOW", "complaints_open"));
    let overdue = app.person("supervisor").await.reads("complaints", json!({ "filter": { "overdue": true } })).await;
    assert_eq!(overdue["nodes"][0]["availableActions"], json!(["acceptComplaint"]));
    let decide = json!({ "complaintId": id, "upheld": true, "decision": "检测报告系伪造。", "remedy": "DISQUALIFY", "bidId": competition.bids[0].1 });
    assert_eq!(
        refused(&app, "supervisor", "decideComplaint", decide.clone()).await,
        no("NOT_NOW", "not_in_this_state")
    );
    let accept = json!({ "complaintId": id, "accepted": true });
    app.person("organizer3").await.may_not("acceptComplaint", accept.clone(), "FORBIDDEN").await;
    let refuse = json!({ "complaintId": id, "accepted": false });
    assert_eq!(app.person("supervisor").await.fails("acceptComplaint", refuse).await.fields, ["reason: reason_needed"]);
    does(&app, "supervisor", "acceptComplaint", accept).await;
    let mut wrong = decide.clone();
    wrong["bidId"] = Value::Null;
    assert_eq!(app.person("supervisor").await.fails("decideComplaint", wrong).await.fields, ["bidId: bid_needed"]);
    does(&app, "supervisor", "decideComplaint", decide.clone()).await;
    assert_eq!(refused(&app, "supervisor", "decideComplaint", decide).await, no("NOT_NOW", "already_resolved"));
    // The notice is void, the bid has fallen, the others are ranked anew, and nothing is lost.
    let now = seen(&app, challenge).await;
    assert_eq!((&now["status"], &now["notice"]), (&json!("NEGOTIATING"), &Value::Null));
    assert_eq!(bids(&app, &competition).await, ["DISQUALIFIED", "SHORTLISTED", "NOT_SHORTLISTED"]);
    assert_eq!(now["ranking"]["nodes"][0]["bid"]["id"], competition.bids[1].1.as_str());
    app.person("organizer").await.may_not("awardChallenge", award.clone(), "NOT_NOW").await;
    does(&app, "organizer", "publishNotice", notice(&competition, &[1], None)).await;
    app.set_clock("2026-05-06T09:00:00+08:00").await;
    does(&app, "organizer", "awardChallenge", award).await;
}

#[tokio::test]
async fn an_upheld_objection_has_the_panel_score_again_or_the_ranking_followed() {
    let app = TestApp::new().await;
    let (competition, notice_id) = Competition::noticed(&app).await;
    let challenge = &competition.challenge;
    let object = |notice: &Value| json!({ "noticeId": notice, "grounds": "第二项评分与公告不符" });
    let first = does(&app, "beacon", "raiseObjection", object(&json!(notice_id))).await["objection"]["id"].clone();
    let other = does(&app, "cedar", "raiseObjection", object(&json!(notice_id))).await["objection"]["id"].clone();
    // The one is taken back by whoever raised it.
    app.person("beacon").await.may_not("withdrawObjection", json!({ "objectionId": other }), "NOT_FOUND").await;
    app.person("supervisor").await.may_not("withdrawObjection", json!({ "objectionId": other }), "FORBIDDEN").await;
    does(&app, "cedar", "withdrawObjection", json!({ "objectionId": other })).await;
    assert_eq!(status(&app, challenge).await, "SUSPENDED");
    let again = json!({ "objectionId": first, "upheld": true, "ruling": "须重新评审。", "remedy": "RESCORE" });
    does(&app, "organizer3", "resolveObjection", again).await;
    assert_eq!(status(&app, challenge).await, "REVIEWING");
    assert_eq!(bids(&app, &competition).await, ["FORMAL_PASSED"; 3]);
    let judges = competition.judges(&app).await;
    assert_eq!(judges.len(), 5);
    let organizer = app.person("organizer").await;
    organizer.may_not("closeReview", json!({ "challengeId": challenge }), "NOT_NOW").await;
    organizer.may_not("publishNotice", notice(&competition, &[0], None), "NOT_NOW").await;
    for judge in &judges {
        let person = app.person(judge).await;
        for ((_, bid), mark) in competition.bids.iter().zip(["75", "88", "91"]) {
            person.does("submitScoreSheet", json!({ "bidId": bid, "marks": competition.marks(mark) })).await;
        }
    }
    let competition = competition.ranks(&app).await;
    let challenge = &competition.challenge;
    let order = seen(&app, challenge).await["ranking"]["nodes"].clone();
    let order: Vec<_> = order.as_array().unwrap().iter().map(|line| line["bid"]["id"].as_str().unwrap()).collect();
    assert_eq!(order, [&competition.bids[2].1, &competition.bids[1].1, &competition.bids[0].1]);

    // The second is passed over for no good reason: from then on the ranking is followed.
    let over = notice(&competition, &[1], Some("更熟悉场地"));
    let second = does(&app, "organizer", "publishNotice", over.clone()).await["notice"]["id"].clone();
    let objection = does(&app, "cedar", "raiseObjection", object(&second)).await["objection"]["id"].clone();
    let follow = json!({ "objectionId": objection, "upheld": true, "ruling": "理由不成立。", "remedy": "REORDER" });
    does(&app, "supervisor", "resolveObjection", follow).await;
    assert_eq!(status(&app, challenge).await, "NEGOTIATING");
    assert_eq!(organizer.fails("publishNotice", over).await.fields, ["winnerBidIds: in_rankings_order"]);
    does(&app, "organizer", "publishNotice", notice(&competition, &[2], None)).await;
    app.set_clock("2026-05-20T09:00:00+08:00").await;
    does(&app, "organizer", "awardChallenge", json!({ "challengeId": challenge })).await;
    assert_eq!(bids(&app, &competition).await, ["LOST", "LOST", "WON"]);
}

#[tokio::test]
async fn a_race_has_several_winners_and_counts_once() {
    let app = TestApp::new().await;
    let stages = |pools: [i64; 2], months: [i32; 2], keep: [i32; 2]| {
        json!([
            { "name": "样机", "months": months[0], "pool": pools[0], "keepMost": keep[0] },
            { "name": "实测", "months": months[1], "pool": pools[1], "keepMost": keep[1] },
        ])
    };
    let wrong = Competition::drafted_with(
        &app,
        json!({ "mechanism": "HORSE_RACE", "raceStages": stages([150_000_000, 60_000_000], [6, 4], [1, 2]) }),
    )
    .await;
    let refusal = app.person("urban").await.fails("submitChallenge", json!({ "challengeId": wrong.challenge })).await;
    assert_eq!(
        refusal.fields,
        ["raceStages.1.keepMost: keep_most_rises", "raceStages: pools_above_budget", "raceStages: stages_too_long"]
    );
    let none = Competition::drafted_with(&app, json!({ "raceStages": stages([1, 1], [1, 1], [2, 1]) })).await;
    let refusal = app.person("urban").await.fails("submitChallenge", json!({ "challengeId": none.challenge })).await;
    assert_eq!(refusal.fields, ["raceStages: only_for_races"]);

    let race = json!({ "mechanism": "HORSE_RACE", "raceStages": stages([60_000_001, 120_000_000], [3, 6], [2, 1]) });
    let (competition, judges) = scoring::declared(&app, race, 4).await;
    for judge in &judges {
        let person = app.person(judge).await;
        for ((_, bid), mark) in competition.bids.iter().zip(["90", "85", "80", "60"]) {
            person.does("submitScoreSheet", json!({ "bidId": bid, "marks": competition.marks(mark) })).await;
        }
    }
    let competition = competition.ranks(&app).await;
    let challenge = &competition.challenge;
    let organizer = app.person("organizer").await;
    for few in [&[0][..], &[0, 1, 2, 3][..]] {
        let refusal = organizer.fails("publishNotice", notice(&competition, few, None)).await;
        assert!(refusal.fields.contains(&"winnerBidIds: winners_number".to_owned()), "{refusal:?}");
    }
    // The third may be talked to without a reason: three can win.
    let talk = json!({ "bidId": competition.bids[2].1, "topic": "路线", "minutes": "另一技术路线。", "agreed": true });
    organizer.does("recordNegotiation", talk).await;
    organizer.does("publishNotice", notice(&competition, &[0, 1], None)).await;
    app.set_clock(AFTER_THE_NOTICE).await;
    let awarded = organizer.does("awardChallenge", json!({ "challengeId": challenge })).await;
    let projects: Vec<String> =
        awarded["projects"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(projects.len(), 2);
    let told = app.anybody().reads("race", json!({ "id": challenge })).await["race"].clone();
    assert_eq!(told["stages"][0]["share"], 30_000_000);
    assert_eq!(told["stages"][1]["share"], Value::Null);
    assert_eq!(told["racers"].as_array().unwrap().len(), 2);
    // One falls away before it signs: too few are left, and the third may start after all.
    let revoke = json!({ "projectId": projects[0], "ground": "GAVE_UP", "reason": "来函放弃" });
    organizer.does("signAgreement", json!({ "projectId": projects[1], "contractNo": "GX-1" })).await;
    assert_eq!(counted(&app).await, "1");
    does(&app, "organizer", "revokeAward", revoke.clone()).await;
    does(&app, "organizer2", "revokeAward", revoke).await;
    assert_eq!(status(&app, challenge).await, "NEGOTIATING");
    assert_eq!(bids(&app, &competition).await, ["DISQUALIFIED", "WON", "SHORTLISTED", "LOST"]);
    // Who has started goes on counting, once.
    assert_eq!(counted(&app).await, "1");
    let second = organizer.does("publishNotice", notice(&competition, &[2], None)).await["notice"]["id"].clone();
    // Who has won was scored in the same round: that is not held again.
    let object = json!({ "noticeId": second, "grounds": "评分有误" });
    let objection = does(&app, "delta", "raiseObjection", object).await["objection"]["id"].clone();
    let rule = |upheld: bool, remedy: Value| json!({ "objectionId": objection, "upheld": upheld, "ruling": "经查。", "remedy": remedy });
    let refusal = app.person("organizer3").await.fails("resolveObjection", rule(true, json!("RESCORE"))).await;
    assert_eq!(refusal.fields, ["remedy: after_award"]);
    does(&app, "organizer3", "resolveObjection", rule(true, Value::Null)).await;
    // The notice before does not come back with that: nobody is proposed.
    assert_eq!(seen(&app, challenge).await["notice"], Value::Null);
    organizer.does("publishNotice", notice(&competition, &[2], None)).await;
    app.set_clock("2026-05-06T09:00:00+08:00").await;
    let awarded = organizer.does("awardChallenge", json!({ "challengeId": challenge })).await;
    assert_eq!(awarded["challenge"]["status"], "EXECUTING");
    let third = awarded["projects"][0]["id"].clone();
    organizer.does("signAgreement", json!({ "projectId": third, "contractNo": "GX-2" })).await;
    assert_eq!(counted(&app).await, "1");
    let all = app
        .anybody()
        .asks(
            "query($id: ID!) { challenge(id: $id) { projects { countsTowardTarget status } } }",
            json!({ "id": challenge }),
        )
        .await;
    let all = all["challenge"]["projects"].as_array().unwrap().clone();
    assert_eq!(all.iter().filter(|one| one["countsTowardTarget"] == true).count(), 1);
    assert_eq!(all.iter().filter(|one| one["status"] == "IN_PROGRESS").count(), 2);
}

#[tokio::test]
async fn where_nobody_is_found_those_who_have_won_go_on_and_otherwise_it_has_failed() {
    let app = TestApp::new().await;
    let (competition, judges) = scoring::declared(&app, json!({ "mechanism": "HORSE_RACE" }), 3).await;
    let competition = competition.scores(&app, &judges).await.ranks(&app).await;
    let challenge = &competition.challenge;
    let organizer = app.person("organizer").await;
    organizer.does("publishNotice", notice(&competition, &[0, 1], None)).await;
    app.set_clock(AFTER_THE_NOTICE).await;
    let awarded = organizer.does("awardChallenge", json!({ "challengeId": challenge })).await;
    let fail = json!({ "challengeId": challenge, "reason": "无人可递补" });
    organizer.may_not("failChallenge", fail.clone(), "NOT_NOW").await;
    // Nobody passes behind them: the race goes on with one.
    let revoke = json!({ "projectId": awarded["projects"][0]["id"], "ground": "FORCE_MAJEURE", "reason": "厂房失火" });
    does(&app, "organizer", "revokeAward", revoke.clone()).await;
    does(&app, "organizer2", "revokeAward", revoke).await;
    assert_eq!(status(&app, challenge).await, "AWARDED");
    let terminate = json!({ "challengeId": challenge, "reason": "技术路线不可行" });
    app.person("supervisor").await.may_not("terminateChallenge", terminate.clone(), "FORBIDDEN").await;
    assert_eq!(does(&app, "organizer", "terminateChallenge", terminate.clone()).await["terminated"], false);
    assert_eq!(does(&app, "organizer", "terminateChallenge", terminate.clone()).await["terminated"], false);
    assert_eq!(does(&app, "organizer3", "terminateChallenge", terminate.clone()).await["terminated"], true);
    let end = seen(&app, challenge).await;
    assert_eq!((&end["status"], &end["reason"]), (&json!("TERMINATED"), &json!("技术路线不可行")));
    organizer.may_not("terminateChallenge", terminate, "NOT_NOW").await;

    let app = TestApp::new().await;
    let competition = Competition::ranked(&app).await;
    let challenge = &competition.challenge;
    let fail = json!({ "challengeId": challenge, "reason": "洽谈均未达成一致" });
    for who in ["urban", "aurora", "supervisor", "judge1"] {
        app.person(who).await.may_not("failChallenge", fail.clone(), "FORBIDDEN").await;
    }
    does(&app, "organizer", "failChallenge", fail).await;
    let end = seen(&app, challenge).await;
    assert_eq!((&end["status"], &end["reason"]), (&json!("FAILED"), &json!("洽谈均未达成一致")));
    assert_eq!(end["bids"]["nodes"].as_array().unwrap().len(), 3);
    does(&app, "urban", "rerunChallenge", json!({ "challengeId": challenge })).await;
}

#[tokio::test]
async fn one_investigator_pledges_for_so_many_projects_and_no_more() {
    let app = TestApp::new().await;
    let rules = app.anybody().reads("ruleSets", json!({ "first": 1 })).await["nodes"][0]["version"].clone();
    let one = json!({ "expectedVersion": rules, "reason": "试行一人一题", "piActiveProjects": 1 });
    does(&app, "organizer3", "reviseRuleSet", one).await;
    let own = app.person("aurora").await.asks("{ viewer { user { id name } } }", json!({})).await;
    let own = own["viewer"]["user"].clone();
    let mut made = Vec::new();
    for number in 0..3 {
        let changes = json!({ "mechanism": "PI_SYSTEM", "title": format!("第 {number} 题") });
        let mut competition = Competition::published_with(&app, changes).await;
        let mut solution = solution_input(&competition.indicators, "方案", 150_000_000);
        // The third names another.
        if number < 2 {
            solution["principalInvestigator"] = json!(format!("{} 教授", own["name"].as_str().unwrap()));
        }
        let aurora = app.person("aurora").await;
        let bid = aurora.does("draftBid", json!({ "challengeId": competition.challenge, "solution": solution })).await;
        let bid = bid["bid"]["id"].as_str().unwrap().to_owned();
        aurora.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
        competition.bids.push(("aurora".to_owned(), bid));
        made.push(competition);
    }
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    let mut noticed = Vec::new();
    for competition in made {
        for organizer in ["organizer", "organizer2"] {
            does(&app, organizer, "openBids", competition.opening()).await;
        }
        let (competition, _) = competition.checks(&app).await.draws(&app).await;
        let (competition, judges) = competition.declares(&app).await;
        let competition = competition.scores(&app, &judges).await.ranks(&app).await;
        noticed.push(competition.notices(&app).await.0);
    }
    app.set_clock(AFTER_THE_NOTICE).await;
    let mut projects = Vec::new();
    for competition in &noticed {
        let awarded = does(&app, "organizer", "awardChallenge", json!({ "challengeId": competition.challenge })).await;
        projects.push(awarded["projects"][0]["id"].clone());
    }
    let pledge = |project: &Value| json!({ "projectId": project, "pledge": "如期完成全部指标，未完成则退回经费。" });
    let sign = |project: &Value, number: &str| json!({ "projectId": project, "contractNo": number });
    let unsigned = refused(&app, "organizer", "signAgreement", sign(&projects[0], "A")).await;
    assert_eq!(unsigned, no("NOT_NOW", "pledge_missing"));
    for who in ["beacon", "organizer", "urban"] {
        app.person(who).await.may_not("signPledge", pledge(&projects[0]), "FORBIDDEN").await;
    }
    let other = app.person("aurora").await.fails("signPledge", pledge(&projects[2])).await;
    assert_eq!(other.fields, ["projectId: not_the_investigator"]);
    does(&app, "aurora", "signPledge", pledge(&projects[0])).await;
    assert_eq!(refused(&app, "aurora", "signPledge", pledge(&projects[0])).await, no("NOT_NOW", "already_signed"));
    does(&app, "organizer", "signAgreement", sign(&projects[0], "A")).await;
    let signed = app.person("urban").await.reads("agreement", json!({ "project": projects[0] })).await;
    assert_eq!(signed["agreement"]["budgetMode"], "LUMP_SUM");
    assert_eq!(signed["agreement"]["principalInvestigator"]["id"], own["id"]);
    // One at a time, by the rules that they were published under.
    assert_eq!(refused(&app, "aurora", "signPledge", pledge(&projects[1])).await, no("NOT_NOW", "too_many_projects"));
}

#[tokio::test]
async fn those_who_did_not_win_stay_under_their_labels_where_the_notice_said_so() {
    let app = TestApp::new().await;
    let (competition, judges) = scoring::declared(&app, json!({ "othersNamed": false }), 3).await;
    let competition = competition.scores(&app, &judges).await.ranks(&app).await;
    let (competition, _) = competition.notices(&app).await;
    app.set_clock(AFTER_THE_NOTICE).await;
    does(&app, "organizer", "awardChallenge", json!({ "challengeId": competition.challenge })).await;
    let query = "query($id: ID!) { challenge(id: $id) { othersNamed ranking { nodes { rank score bid { label bidder { name } members { name } submittedAt } } } } }";
    let table = app.anybody().asks(query, json!({ "id": competition.challenge })).await["challenge"].clone();
    let rows = table["ranking"]["nodes"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows[0]["bid"]["bidder"].is_object());
    for row in &rows[1..] {
        assert!(row["score"].is_string() && row["bid"]["label"].as_str().unwrap().starts_with("方案"));
        assert_eq!((&row["bid"]["bidder"], &row["bid"]["submittedAt"]), (&Value::Null, &Value::Null));
    }
    let organizer = app.person("organizer").await.asks(query, json!({ "id": competition.challenge })).await;
    assert!(
        organizer["challenge"]["ranking"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["bid"]["bidder"].is_object())
    );
}

#[tokio::test]
async fn a_complaint_has_its_days_and_a_project_its_order() {
    let app = TestApp::new().await;
    let (competition, notice_id) = Competition::noticed(&app).await;
    let object = json!({ "noticeId": notice_id, "grounds": "业绩材料存疑" });
    let objection = does(&app, "beacon", "raiseObjection", object).await["objection"]["id"].clone();
    let dismiss = json!({ "objectionId": objection, "upheld": false, "ruling": "材料经核属实。" });
    does(&app, "organizer3", "resolveObjection", dismiss).await;
    app.set_clock(AFTER_THE_NOTICE).await;
    let complain = json!({ "objectionId": objection, "grounds": "答复未回应检测报告" });
    assert_eq!(refused(&app, "beacon", "raiseComplaint", complain).await, no("DEADLINE_PASSED", "complaint_late"));
    let awarded = does(&app, "organizer", "awardChallenge", json!({ "challengeId": competition.challenge })).await;
    let project = &awarded["projects"][0]["id"];
    // Nobody pledges for what no single investigator leads, and no contract is registered before there is one.
    let pledge = json!({ "projectId": project, "pledge": "如期完成全部指标。" });
    assert_eq!(refused(&app, "aurora", "signPledge", pledge).await, no("NOT_NOW", "not_pi_led"));
    let register = json!({ "projectId": project, "registrationNo": "2026410100000001" });
    assert_eq!(refused(&app, "organizer", "registerContract", register).await, no("NOT_NOW", "not_signed"));
}
