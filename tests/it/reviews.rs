//! The panel's draw, its judges' declarations, sheets and the ranking: who learns what, when, and what is refused.

use std::collections::BTreeSet;

use jiebang_platform::experts::{Candidate, draw};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{Competition, TestApp};

const PANEL: &str = "query($id: ID!) { challenge(id: $id) { availableActions panel { id judges {
    id user { id name } organization { name } kind declared recused leftBecause replacedBy { name } sheetsSubmitted sheetsTotal
    pseudonym pseudonymSalt } draw { seedCommitment seed candidatesHash candidates entropy excluded drawnAt } } } }";
const SHEET: &str = "query($id: ID!) { node(id: $id) { ... on ScoreSheet {
    id total submitted comment judge { id } bid { id } marks { score reason criterion { id } } } } }";
const SHEETS: &str = "query($id: ID!) { node(id: $id) { ... on Bid { sheets { id total judge { id } } } } }";

const RANKING: &str =
    "query($id: ID!) { challenge(id: $id) { ranking { totalCount nodes { rank score bid { id status } } } } }";

async fn panel(app: &TestApp, who: Option<&str>, competition: &Competition) -> Value {
    let person = match who {
        Some(name) => app.person(name).await,
        None => app.anybody(),
    };
    person.asks(PANEL, json!({ "id": competition.challenge })).await["challenge"].clone()
}

fn judges(challenge: &Value) -> Vec<Value> {
    challenge["panel"]["judges"].as_array().unwrap().clone()
}

fn all_null<'a>(mut values: impl Iterator<Item = &'a Value>) -> bool {
    values.all(Value::is_null)
}

async fn user_id(app: &TestApp, name: &str) -> Value {
    app.person(name).await.asks("{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"].clone()
}

/// The seat of a judge, as a supervisor sees it.
async fn seat_of(app: &TestApp, competition: &Competition, judge: &str) -> Value {
    let id = user_id(app, judge).await;
    let seats = judges(&panel(app, Some("supervisor"), competition).await);
    seats.into_iter().find(|seat| seat["user"]["id"] == id).unwrap()
}

/// Suspends a judge; whom.
async fn suspend(app: &TestApp, judge: &str) -> Value {
    let id = user_id(app, judge).await;
    app.person("secadmin").await.does("suspendUser", json!({ "userId": id, "reason": "长期出国" })).await;
    id
}

#[tokio::test]
async fn the_draw_is_committed_to_at_publication_and_names_nobody() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let before = panel(&app, None, &competition).await;
    let record = before["panel"]["draw"].clone();
    assert!(judges(&before).is_empty());
    assert_eq!(record["seedCommitment"].as_str().unwrap().len(), 64);
    assert_eq!(record["candidatesHash"].as_str().unwrap().len(), 64);
    let unknown = ["seed", "candidates", "entropy", "excluded", "drawnAt"];
    assert!(all_null(unknown.iter().map(|field| &record[field])), "{record}");

    let id = json!({ "challengeId": competition.challenge });
    let organizer = app.person("organizer").await;
    organizer.may_not("drawPanel", id.clone(), "NOT_NOW").await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    for organizer in ["organizer", "organizer2"] {
        app.person(organizer).await.does("openBids", competition.opening()).await;
    }
    assert_eq!(organizer.fails("drawPanel", id.clone()).await.code, "NOT_NOW");
    assert_eq!(
        panel(&app, Some("organizer"), &competition).await["availableActions"],
        json!(["cancelChallenge", "suspendChallenge", "failChallenge"])
    );
    for (_, bid) in &competition.bids {
        let input = json!({ "bidId": bid, "items": [{ "name": "材料完整", "passed": true }] });
        organizer.does("recordFormalCheck", input).await;
    }
    app.anybody().may_not("drawPanel", id.clone(), "UNAUTHENTICATED").await;
    for other in ["urban", "aurora", "judge1", "supervisor", "sysadmin"] {
        app.person(other).await.may_not("drawPanel", id.clone(), "FORBIDDEN").await;
    }
    organizer.may_not("drawPanel", json!({ "challengeId": competition.bids[0].1 }), "INVALID_INPUT").await;
    organizer.may_not("drawPanel", json!({ "challengeId": "chl_00000000000000000000000001" }), "NOT_FOUND").await;
    let actions = panel(&app, Some("organizer"), &competition).await["availableActions"].clone();
    assert_eq!(actions, json!(["cancelChallenge", "drawPanel", "suspendChallenge", "failChallenge"]));
    organizer.does("drawPanel", id.clone()).await;

    // Organizers know the seats, supervisors who sits on them, the others that there was a draw.
    let seen = panel(&app, Some("organizer"), &competition).await;
    assert_eq!(
        seen["availableActions"],
        json!(["cancelChallenge", "replaceJudge", "suspendChallenge", "failChallenge"])
    );
    let seats = judges(&seen);
    assert_eq!(seats.len(), 5);
    for seat in &seats {
        let hidden = ["user", "organization", "recused", "leftBecause", "replacedBy", "pseudonym", "pseudonymSalt"];
        assert!(all_null(hidden.iter().map(|field| &seat[field])), "{seat}");
        assert_eq!(
            (&seat["declared"], &seat["sheetsSubmitted"], &seat["sheetsTotal"]),
            (&json!(false), &json!(0), &json!(3))
        );
    }
    let seats = judges(&panel(&app, Some("supervisor"), &competition).await);
    let organizations: BTreeSet<_> = seats.iter().map(|seat| seat["organization"]["name"].as_str().unwrap()).collect();
    assert_eq!((seats.len(), organizations.len()), (5, 5));
    assert!(seats.iter().all(|seat| seat["user"]["name"].is_string() && seat["recused"] == false));
    for other in [None, Some("urban"), Some("aurora"), Some("delta"), Some("auditor"), Some("judge1")] {
        let seen = panel(&app, other, &competition).await;
        assert!(judges(&seen).is_empty(), "{other:?}");
        let draw = &seen["panel"]["draw"];
        assert_eq!(draw["entropy"].as_array().unwrap().len(), 3);
        assert!(draw["drawnAt"].is_string() && draw["seed"].is_null() && draw["candidates"].is_null());
        assert_eq!(draw["seedCommitment"], record["seedCommitment"]);
    }

    // The log: counts for the staff, names for the supervision, nothing for the rest.
    let subject = json!({ "subject": seen["panel"]["id"] });
    let events = |name: &'static str| {
        let (app, subject) = (&app, subject.clone());
        async move { app.person(name).await.reads("events", subject).await["nodes"].as_array().unwrap().clone() }
    };
    let (staff, supervision, bidder) = (events("organizer").await, events("supervisor").await, events("aurora").await);
    assert_eq!((staff.len(), supervision.len(), bidder.len()), (1, 2, 0));
    assert!(staff[0]["publicText"].as_str().unwrap().contains("\"judges\":5"));
    assert!(!staff[0].to_string().contains("seat"));
    assert!(supervision.iter().any(|event| event["publicText"].as_str().unwrap().contains("usr_")));
}

#[tokio::test]
async fn who_cannot_judge_any_more_is_not_drawn() {
    let app = TestApp::new().await;
    let competition = Competition::checked(&app).await;
    let mut gone = Vec::new();
    for judge in ["judge1", "judge6", "judge11"] {
        gone.push(suspend(&app, judge).await);
    }
    app.person("organizer").await.does("drawPanel", json!({ "challengeId": competition.challenge })).await;
    let seats = judges(&panel(&app, Some("supervisor"), &competition).await);
    assert_eq!(seats.len(), 5);
    assert!(seats.iter().all(|seat| !gone.contains(&seat["user"]["id"])));
}

#[tokio::test]
async fn a_pool_that_makes_no_panel_is_refused_with_the_rule() {
    let app = TestApp::new().await;
    let competition = Competition::checked(&app).await;
    let organizer = app.person("organizer").await;
    let draw = json!({ "challengeId": competition.challenge });
    suspend(&app, "judge11").await;
    let twelve = suspend(&app, "judge12").await;
    let (_, answer) = organizer.sends(&support::operation("drawPanel"), json!({ "input": draw })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_NOW");
    assert_eq!(answer["errors"][0]["extensions"]["reason"], "too_few_user_experts");
    // Nothing came of it, and with the expert back it goes on.
    app.person("secadmin").await.does("reinstateUser", json!({ "userId": twelve, "reason": "已返岗" })).await;
    for judge in ["judge1", "judge2", "judge3", "judge4", "judge5"] {
        suspend(&app, judge).await;
    }
    let (_, answer) = organizer.sends(&support::operation("drawPanel"), json!({ "input": draw })).await;
    assert_eq!(answer["errors"][0]["extensions"]["reason"], "too_few_experts");
}

#[tokio::test]
async fn a_seat_nobody_can_take_stays_empty_and_the_staff_is_told_no_more() {
    let app = TestApp::new().await;
    let (competition, sitting) = Competition::drawn(&app).await;
    // No reserve is left.
    for number in 1..=12 {
        let name = format!("judge{number}");
        if !sitting.contains(&name) {
            suspend(&app, &name).await;
        }
    }
    let judge = app.person(&sitting[0]).await;
    let aside = json!({ "challengeId": competition.challenge, "conflictFree": false, "reason": "亲属参与" });
    assert_eq!(judge.does("declareInterest", aside).await["recused"], true);
    let seen = panel(&app, Some("organizer"), &competition).await;
    assert_eq!(judges(&seen).len(), 4);
    let events = app.person("organizer").await.reads("events", json!({ "subject": seen["panel"]["id"] })).await;
    let vacant = events["nodes"].as_array().unwrap().iter().find(|event| event["kind"] == "panel.seat_vacant").unwrap();
    assert_eq!(vacant["actor"], Value::Null);
    assert!(!vacant["publicText"].as_str().unwrap().contains("usr_"), "{vacant}");
    // Nobody else could come in: the judge to be replaced stays, and the review cannot be closed.
    let replace = json!({ "challengeId": competition.challenge, "judgeId": judges(&seen)[0]["id"], "reason": "病假" });
    let organizer = app.person("organizer").await;
    organizer.may_not("replaceJudge", replace, "NOT_NOW").await;
    assert_eq!(judges(&panel(&app, Some("organizer"), &competition).await).len(), 4);
    for name in &sitting[1..] {
        let person = app.person(name).await;
        person.does("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true })).await;
        for (_, bid) in &competition.bids {
            person.does("submitScoreSheet", json!({ "bidId": bid, "marks": competition.marks("80") })).await;
        }
    }
    let close = json!({ "input": { "challengeId": competition.challenge } });
    let (_, answer) = organizer.sends(&support::operation("closeReview"), close).await;
    let refusal = &answer["errors"][0]["extensions"];
    assert_eq!((&refusal["code"], &refusal["reason"]), (&json!("NOT_NOW"), &json!("seat_vacant")));
}

#[tokio::test]
async fn declarations_come_from_those_who_were_drawn_once() {
    let app = TestApp::new().await;
    let (competition, sitting) = Competition::drawn(&app).await;
    let free = json!({ "challengeId": competition.challenge, "conflictFree": true });
    app.anybody().may_not("declareInterest", free.clone(), "UNAUTHENTICATED").await;
    let reserve = (1..=12).map(|number| format!("judge{number}")).find(|name| !sitting.contains(name)).unwrap();
    for other in ["organizer", "urban", "aurora", "supervisor", &reserve] {
        app.person(other).await.may_not("declareInterest", free.clone(), "FORBIDDEN").await;
    }
    let judge = app.person(&sitting[0]).await;
    let bidder = app.person("aurora").await.reads("viewer", json!({})).await["organization"]["id"].clone();
    let both = json!({ "challengeId": competition.challenge, "conflictFree": true, "conflictWith": [bidder, "org_x"] });
    let refusal = judge.fails("declareInterest", both).await;
    assert_eq!(refusal.fields, ["conflictWith.1: not_an_id", "conflictWith: conflict_unwanted"]);
    let actions = panel(&app, Some(&sitting[0]), &competition).await["availableActions"].clone();
    assert_eq!(actions, json!(["declareInterest"]));

    // A repeat with the same key is the first answer; with other content a conflict.
    let keyed = json!({ "challengeId": competition.challenge, "conflictFree": true, "idempotencyKey": "一次" });
    judge.does("declareInterest", keyed.clone()).await;
    judge.does("declareInterest", keyed).await;
    let other = json!({ "challengeId": competition.challenge, "conflictFree": false, "reason": "有", "idempotencyKey": "一次" });
    judge.may_not("declareInterest", other, "CONFLICT").await;
    judge.may_not("declareInterest", free, "NOT_NOW").await;
    assert_eq!(panel(&app, Some(&sitting[0]), &competition).await["availableActions"], json!([]));
    // From the declaration on organizers know who it is.
    let seats = judges(&panel(&app, Some("organizer"), &competition).await);
    let named: Vec<_> = seats.iter().filter(|seat| seat["user"].is_object()).collect();
    assert_eq!(named.len(), 1);
    assert_eq!(named[0]["user"]["id"], user_id(&app, &sitting[0]).await);
    assert!(named[0]["organization"]["name"].is_string());
}

#[tokio::test]
async fn seats_are_replaced_by_organizers_only_and_tell_nothing() {
    let app = TestApp::new().await;
    let (competition, sitting) = Competition::drawn(&app).await;
    let replace = |seat: &Value, reason: &str| json!({ "challengeId": competition.challenge, "judgeId": seat["id"], "reason": reason });
    let (aside, gone) =
        (seat_of(&app, &competition, &sitting[0]).await, seat_of(&app, &competition, &sitting[1]).await);
    let organizer = app.person("organizer").await;
    let refusal = organizer.fails("replaceJudge", replace(&gone, " ")).await;
    assert_eq!(refusal.fields, ["reason: required"]);
    organizer
        .may_not("replaceJudge", replace(&json!({ "id": "seat_00000000000000000000000001" }), "x"), "NOT_FOUND")
        .await;
    organizer
        .may_not("replaceJudge", replace(&json!({ "id": "usr_00000000000000000000000001" }), "x"), "INVALID_INPUT")
        .await;
    let other = Competition::approved(&app).await;
    let elsewhere = json!({ "challengeId": other.challenge, "judgeId": gone["id"], "reason": "x" });
    organizer.may_not("replaceJudge", elsewhere, "NOT_FOUND").await;
    // Whether there is such a seat, nobody else is told.
    for seat in [&gone, &json!({ "id": "seat_00000000000000000000000001" })] {
        for person in ["urban", "aurora", "supervisor", &sitting[2]] {
            app.person(person).await.may_not("replaceJudge", replace(seat, "x"), "FORBIDDEN").await;
        }
    }
    // Who stepped aside is for supervisors: to organizers that seat is not there.
    let input = json!({ "challengeId": competition.challenge, "conflictFree": false, "reason": "师生关系" });
    app.person(&sitting[0]).await.does("declareInterest", input).await;
    organizer.may_not("replaceJudge", replace(&aside, "x"), "NOT_FOUND").await;
    organizer.does("replaceJudge", replace(&gone, "联系不上")).await;
    app.person(&sitting[1])
        .await
        .may_not("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true }), "FORBIDDEN")
        .await;
    let seats = judges(&panel(&app, Some("organizer"), &competition).await);
    assert_eq!(seats.len(), 5);
    assert!(seats.iter().all(|seat| seat["id"] != gone["id"] && seat["leftBecause"].is_null()));
    let seats = judges(&panel(&app, Some("supervisor"), &competition).await);
    assert_eq!(seats.len(), 7);
    let left: BTreeSet<_> = seats.iter().filter_map(|seat| seat["leftBecause"].as_str()).collect();
    assert_eq!(left, ["师生关系", "联系不上"].into());
    assert_eq!(seats.iter().filter(|seat| seat["replacedBy"].is_object()).count(), 2);
    let kinds = seats.iter().filter(|seat| seat["leftBecause"].is_null()).map(|seat| seat["kind"].as_str().unwrap());
    let kinds: Vec<_> = kinds.collect();
    assert!(
        kinds.iter().filter(|kind| ["TECHNICAL", "ECONOMIC"].contains(kind)).count() >= 4 && kinds.contains(&"USER")
    );
}

#[tokio::test]
async fn a_sheet_is_its_judges_alone_until_the_round_ends() {
    let app = TestApp::new().await;
    let (competition, sitting) = Competition::declared(&app).await;
    let judge = app.person(&sitting[0]).await;
    let bid = &competition.bids[0].1;
    let marks = json!([{ "criterionId": competition.criteria[0], "score": "88.5", "reason": "思路清晰" }]);
    let saved = judge.does("saveScoreSheet", json!({ "bidId": bid, "marks": marks, "comment": "待核" })).await;
    let sheet = json!({ "id": saved["sheet"]["id"] });
    // Kept beside one another; what is given again replaces; what is not given stays.
    let marks = json!([
        { "criterionId": competition.criteria[1], "score": "70" }, { "criterionId": competition.criteria[0], "score": 90 },
    ]);
    judge.does("saveScoreSheet", json!({ "bidId": bid, "marks": marks })).await;
    let kept = judge.asks(SHEET, sheet.clone()).await["node"].clone();
    let scores: Vec<_> = kept["marks"].as_array().unwrap().iter().map(|mark| mark["score"].as_str().unwrap()).collect();
    assert_eq!(scores, ["90", "70"]);
    assert_eq!((&kept["comment"], &kept["total"], &kept["submitted"]), (&json!("待核"), &Value::Null, &json!(false)));
    let refusal = judge.fails("submitScoreSheet", json!({ "bidId": bid })).await;
    assert_eq!(refusal.fields, ["marks: mark_missing"]);
    let last = json!([{ "criterionId": competition.criteria[2], "score": "33.33" }]);
    let submitted = judge.does("submitScoreSheet", json!({ "bidId": bid, "marks": last, "comment": "" })).await;
    // 50 · 90 + 30 · 70 + 20 · 33.33, exactly.
    assert_eq!(submitted["sheet"]["total"], "72.666");
    judge.may_not("submitScoreSheet", json!({ "bidId": bid }), "NOT_NOW").await;
    assert_eq!(judge.asks(SHEET, sheet.clone()).await["node"]["comment"], Value::Null);

    let everybody = ["organizer", "supervisor", "urban", "aurora", "beacon", "auditor", &sitting[1]];
    for name in everybody {
        assert_eq!(app.person(name).await.asks(SHEET, sheet.clone()).await["node"], Value::Null, "{name}");
    }
    assert_eq!(app.anybody().asks(SHEET, sheet.clone()).await["node"], Value::Null);
    let seats = judges(&panel(&app, Some("organizer"), &competition).await);
    assert_eq!(seats.iter().map(|seat| seat["sheetsSubmitted"].as_i64().unwrap()).sum::<i64>(), 1);
    let work = judge.reads("reviewTasks", json!({})).await;
    // The judge may have work elsewhere too.
    let tasks = work["reviewTasks"]["nodes"].as_array().unwrap().iter();
    let here: Vec<_> = tasks.filter(|task| task["bid"]["challenge"]["id"] == competition.challenge).collect();
    assert_eq!(here.len(), 3);
    assert_eq!(here.iter().filter(|task| task["sheet"]["submitted"] == true).count(), 1);
    let actions = judge.reads("bids", json!({ "id": competition.challenge })).await["bids"]["nodes"].clone();
    let open = actions
        .as_array()
        .unwrap()
        .iter()
        .filter(|bid| bid["availableActions"] == json!(["saveScoreSheet", "submitScoreSheet", "abstainFromBid"]));
    assert_eq!(open.count(), 2);

    for name in &sitting {
        let person = app.person(name).await;
        for (_, other) in competition.bids.iter().filter(|(_, other)| *name != sitting[0] || other != bid) {
            person.does("submitScoreSheet", json!({ "bidId": other, "marks": competition.marks("80") })).await;
        }
    }
    app.person("organizer").await.does("closeReview", json!({ "challengeId": competition.challenge })).await;
    let own = user_id(&app, &sitting[0]).await;
    for name in ["organizer", "supervisor", &sitting[0]] {
        let seen = app.person(name).await.asks(SHEET, sheet.clone()).await["node"].clone();
        assert_eq!((&seen["total"], &seen["judge"]["id"]), (&json!("72.666"), &own), "{name}");
    }
    for name in ["urban", "aurora", "beacon", "auditor", &sitting[1]] {
        assert_eq!(app.person(name).await.asks(SHEET, sheet.clone()).await["node"], Value::Null, "{name}");
    }
    let sheets = app.person("organizer").await.asks(SHEETS, json!({ "id": bid })).await["node"]["sheets"].clone();
    assert_eq!(sheets.as_array().unwrap().len(), 5);
    // To the other judges their own only.
    let sheets = app.person(&sitting[1]).await.asks(SHEETS, json!({ "id": bid })).await["node"]["sheets"].clone();
    assert_eq!(sheets.as_array().unwrap().len(), 1);
    judge.may_not("saveScoreSheet", json!({ "bidId": bid, "marks": [] }), "NOT_NOW").await;
}

#[tokio::test]
async fn the_ranking_is_for_organizers_and_supervisors_first() {
    let app = TestApp::new().await;
    let competition = Competition::scored(&app).await;
    let ranking = json!({ "id": competition.challenge });
    let organizer = app.person("organizer").await;
    assert_eq!(organizer.asks(RANKING, ranking.clone()).await["challenge"]["ranking"], Value::Null);
    let close = json!({ "challengeId": competition.challenge });
    app.anybody().may_not("closeReview", close.clone(), "UNAUTHENTICATED").await;
    for other in ["urban", "aurora", "supervisor", "judge1"] {
        app.person(other).await.may_not("closeReview", close.clone(), "FORBIDDEN").await;
    }
    organizer.does("closeReview", close.clone()).await;
    organizer.may_not("closeReview", close, "NOT_NOW").await;
    for name in ["organizer", "organizer3", "supervisor"] {
        let seen = app.person(name).await.asks(RANKING, ranking.clone()).await["challenge"]["ranking"].clone();
        assert_eq!(seen["totalCount"], 3, "{name}");
        let ranks: Vec<_> =
            seen["nodes"].as_array().unwrap().iter().map(|line| line["rank"].as_i64().unwrap()).collect();
        assert_eq!(ranks, [1, 2, 3]);
    }
    for name in ["urban", "aurora", "delta", "auditor", "judge1"] {
        assert_eq!(
            app.person(name).await.asks(RANKING, ranking.clone()).await["challenge"]["ranking"],
            Value::Null,
            "{name}"
        );
    }
    assert_eq!(app.anybody().asks(RANKING, ranking).await["challenge"]["ranking"], Value::Null);
    // How the judges agree is told then, to the same; here every judge gave the same.
    const STATISTICS: &str = "query($id: ID!) { challenge(id: $id) { panel { statistics {
        krippendorffAlpha ratings note judges { user { id } meanDeviation } } } } }";
    let id = json!({ "id": competition.challenge });
    let told = organizer.asks(STATISTICS, id.clone()).await["challenge"]["panel"]["statistics"].clone();
    assert_eq!((&told["krippendorffAlpha"], &told["ratings"], &told["note"]), (&json!(1.0), &json!(15), &Value::Null));
    let judges = told["judges"].as_array().unwrap();
    assert!(judges.len() == 5 && judges.iter().all(|judge| judge["meanDeviation"] == 0.0 && judge["user"].is_object()));
    for name in ["urban", "aurora", "auditor"] {
        let told = app.person(name).await.asks(STATISTICS, id.clone()).await;
        assert_eq!(told["challenge"]["panel"]["statistics"], Value::Null, "{name}");
    }
    // By pages, from the place that the cursor holds.
    const PAGE: &str = "query($id: ID!, $after: String) { challenge(id: $id) { ranking(first: 2, after: $after) {
        nodes { rank } pageInfo { hasNextPage endCursor } } } }";
    let page = organizer.asks(PAGE, json!({ "id": competition.challenge })).await["challenge"]["ranking"].clone();
    assert_eq!((page["nodes"].as_array().unwrap().len(), &page["pageInfo"]["hasNextPage"]), (2, &json!(true)));
    let after = json!({ "id": competition.challenge, "after": page["pageInfo"]["endCursor"] });
    let page = organizer.asks(PAGE, after).await["challenge"]["ranking"].clone();
    assert_eq!((&page["nodes"], &page["pageInfo"]["hasNextPage"]), (&json!([{ "rank": 3 }]), &json!(false)));
}

#[tokio::test]
async fn with_the_notice_anybody_can_run_the_draw_again() {
    let app = TestApp::new().await;
    let (competition, _) = Competition::noticed(&app).await;
    let seen = panel(&app, None, &competition).await;
    let record = &seen["panel"]["draw"];
    let texts = |field: &str| -> Vec<String> {
        record[field].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let seed = hex::decode(record["seed"].as_str().unwrap()).unwrap();
    assert_eq!(hex::encode(Sha256::digest(&seed)), record["seedCommitment"].as_str().unwrap());
    let candidates: Vec<Candidate> = texts("candidates").iter().map(|line| line.parse().unwrap()).collect();
    assert_eq!(draw::candidates_hash(&candidates), record["candidatesHash"].as_str().unwrap());
    let excluded: BTreeSet<String> = texts("excluded").into_iter().collect();
    let again = draw::draw(&seed.try_into().unwrap(), &texts("entropy"), &candidates, &excluded, 5).unwrap();
    let drawn: Vec<&str> = again.members.iter().map(|member| member.pseudonym.as_str()).collect();
    let sitting = judges(&seen);
    let sitting_pseudonyms: Vec<&str> = sitting.iter().map(|seat| seat["pseudonym"].as_str().unwrap()).collect();
    assert_eq!(drawn, sitting_pseudonyms);
    for seat in &sitting {
        let salt = hex::decode(seat["pseudonymSalt"].as_str().unwrap()).unwrap();
        let hash = Sha256::new().chain_update(salt).chain_update(seat["user"]["id"].as_str().unwrap()).finalize();
        assert!(hex::encode(hash).starts_with(seat["pseudonym"].as_str().unwrap()));
        assert!(seat["sheetsSubmitted"].is_null() && seat["recused"].is_null());
    }
}

#[tokio::test]
async fn a_bidder_sees_its_own_sheets_after_the_notice_and_everybody_all_after_the_award() {
    let app = TestApp::new().await;
    let (competition, _) = Competition::noticed(&app).await;
    let own = json!({ "id": competition.bids[1].1 });
    let beacon = app.person("beacon").await;
    let sheets = |answer: Value| answer["node"]["sheets"].as_array().map(Vec::len);
    assert_eq!(sheets(beacon.asks(SHEETS, own.clone()).await), Some(0));
    app.drift("2026-04-20T09:00:00+08:00");
    let seen = beacon.asks(SHEETS, own.clone()).await;
    assert!(
        seen["node"]["sheets"]
            .as_array()
            .unwrap()
            .iter()
            .all(|sheet| sheet["total"] == "80.50" && sheet["judge"].is_null())
    );
    assert_eq!(sheets(seen), Some(5));
    assert_eq!(sheets(beacon.asks(SHEETS, json!({ "id": competition.bids[0].1 })).await), Some(0));
    assert_eq!(sheets(app.anybody().asks(SHEETS, own.clone()).await), None);
    app.run_timers().await;
    app.person("organizer").await.does("awardChallenge", json!({ "challengeId": competition.challenge })).await;
    let seen = app.anybody().asks(SHEETS, own).await;
    assert!(seen["node"]["sheets"].as_array().unwrap().iter().all(|sheet| sheet["judge"].is_null()));
    assert_eq!(sheets(seen), Some(5));
}

#[tokio::test]
async fn a_judges_page_costs_the_same_whatever_its_length() {
    let app = TestApp::new().await;
    let (_, sitting) = Competition::declared(&app).await;
    let judge = app.person(&sitting[0]).await;
    const TASKS: &str = "query($first: Int!) { viewer { reviewTasks(first: $first) { nodes {
        bid { id label challenge { id criteria { id } } solution { title } } sheet { id total } } } } }";
    let page = async |first: usize| {
        let seen = judge.asks(TASKS, json!({ "first": first })).await;
        assert_eq!(seen["viewer"]["reviewTasks"]["nodes"].as_array().unwrap().len(), first);
    };
    let one = app.costs(u64::MAX, async || page(1).await).await;
    for first in [2, 3] {
        assert_eq!(app.costs(one, async || page(first).await).await, one, "{first} tasks");
    }
}
