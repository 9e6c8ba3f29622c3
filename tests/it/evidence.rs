//! Evidence (证据): the files behind objections and complaints, from the bidder's desk to whoever rules.

use chrono::TimeDelta;
use futures_util::future::join_all;
use poem::http::StatusCode;
use serde_json::{Value, json};
use support::files::{gets, pdf, puts, sha256, uploads};
use support::{Competition, Person, TestApp, operation};

const BEHIND_THE_NOTICE: &str = "2026-04-20T09:00:00+08:00";

fn beside(notice: &str) -> Value {
    json!({ "noticeId": notice })
}

fn begun(notice: &str, name: &str) -> Value {
    json!({ "noticeId": notice, "name": name, "size": 1_000, "noStateSecret": true })
}

fn objects(notice: &str, files: &[&str]) -> Value {
    json!({ "noticeId": notice, "grounds": "中标候选人业绩材料存疑", "attachmentIds": files })
}

/// The names of what somebody is shown of a notice's uploads, or of an objection's or a complaint's evidence.
async fn shown(who: &Person, id: &Value) -> Vec<String> {
    let node = who.reads("evidence", json!({ "id": id })).await;
    let files = node.get("uploads").or(node.get("evidence")).and_then(Value::as_array).cloned().unwrap_or_default();
    files.iter().map(|file| file["name"].as_str().unwrap().to_owned()).collect()
}

/// The code and the reason that an act is refused with.
async fn refused(who: &Person, act: &str, input: Value) -> (String, String) {
    let (_, answer) = who.sends(&operation(act), json!({ "input": input })).await;
    let extensions = &answer["errors"][0]["extensions"];
    let text = |name: &str| extensions[name].as_str().unwrap_or_default().to_owned();
    (text("code"), text("reason"))
}

fn no(code: &str, reason: &str) -> (String, String) {
    (code.to_owned(), reason.to_owned())
}

#[tokio::test]
async fn it_goes_with_the_objection_and_with_the_complaint_behind_it() {
    let app = TestApp::new().await;
    let (competition, notice) = Competition::noticed(&app).await;
    let notice_id = json!(notice);
    let [beacon, aurora] = [app.person("beacon").await, app.person("aurora").await];
    let [supervisor, organizer3] = [app.person("supervisor").await, app.person("organizer3").await];
    let photo = pdf(300_000);
    let one = uploads(&app, &beacon, beside(&notice), "检测报告.pdf", &photo).await;
    let two = uploads(&app, &beacon, beside(&notice), "现场记录.txt", "三月二日，现场。".as_bytes()).await;
    let half = beacon.does("createUpload", begun(&notice, "补充.pdf")).await["upload"]["id"].clone();
    let half = half.as_str().unwrap();
    let others = uploads(&app, &aurora, beside(&notice), "答辩.pdf", &pdf(500)).await;

    // Before it is handed in it is its bidder's alone, whose every account reads it.
    assert_eq!(shown(&beacon, &notice_id).await, ["检测报告.pdf", "现场记录.txt", "补充.pdf"]);
    assert_eq!(shown(&aurora, &notice_id).await, ["答辩.pdf"]);
    assert_eq!(gets(&app, &beacon, &one).await, (StatusCode::OK, photo.clone()));
    for who in [&aurora, &supervisor, &organizer3] {
        assert_eq!(gets(&app, who, &one).await.0, StatusCode::NOT_FOUND);
        assert_eq!(puts(&app, who, half, None, &pdf(1_000)).await.0, StatusCode::NOT_FOUND);
        assert_eq!(refused(who, "finishUpload", json!({ "uploadId": half })).await.0, "NOT_FOUND");
        assert_eq!(refused(who, "discardUpload", json!({ "uploadId": one })).await.0, "NOT_FOUND");
    }
    assert_eq!(shown(&supervisor, &notice_id).await, [""; 0]);
    // What one does with its files is told to it alone, in a place that tells of nobody else's.
    for (who, file) in [(&beacon, half), (&aurora, &others)] {
        let own = who.reads("events", json!({ "subject": file, "first": 10 })).await;
        assert!(own["nodes"][0]["publicText"].as_str().unwrap().contains("\"seq\":1"), "{own}");
        let rivals = app.person("cedar").await.reads("events", json!({ "subject": file, "first": 10 })).await;
        assert_eq!(rivals["totalCount"], 0);
    }

    // Only what is one's own, whole, and named once.
    let bad = beacon.fails("raiseObjection", objects(&notice, &[&one, half, &one, &others, "x"])).await;
    assert_eq!(
        bad.fields,
        [
            "attachmentIds.1: upload_unfinished",
            "attachmentIds.2: unknown",
            "attachmentIds.3: unknown",
            "attachmentIds.4: not_an_id"
        ]
    );
    let finish = json!({ "uploadId": two, "idempotencyKey": "finished" });
    let finished = beacon.does("finishUpload", finish.clone()).await;
    let objection = beacon.does("raiseObjection", objects(&notice, &[&one, &two])).await["objection"]["id"].clone();
    assert_eq!(beacon.does("finishUpload", finish).await, finished, "a repeat is answered as the first call was");
    assert_eq!(shown(&beacon, &notice_id).await, ["补充.pdf"]);
    assert_eq!(refused(&beacon, "discardUpload", json!({ "uploadId": one })).await.0, "NOT_FOUND");
    for who in [&beacon, &supervisor, &organizer3] {
        assert_eq!(shown(who, &objection).await, ["检测报告.pdf", "现场记录.txt"]);
        assert_eq!(gets(&app, who, &one).await, (StatusCode::OK, photo.clone()));
    }
    for who in ["aurora", "cedar", "urban"] {
        let who = app.person(who).await;
        assert_eq!(shown(&who, &objection).await, [""; 0]);
        assert_eq!(gets(&app, &who, &one).await.0, StatusCode::NOT_FOUND);
        assert_eq!(who.reads("node", json!({ "id": one })).await, Value::Null);
    }
    assert_eq!(gets(&app, &app.anybody(), &one).await.0, StatusCode::NOT_FOUND);
    // What was handed in is in the log by its digest: it cannot be exchanged behind anybody's back.
    let feed = supervisor.reads("events", json!({ "subject": objection, "first": 100 })).await;
    let told = feed["nodes"].as_array().unwrap().iter().find(|one| one["kind"] == "objection.raised").unwrap();
    assert!(told["publicText"].as_str().unwrap().contains(&sha256(&photo)), "{told}");

    // Dismissed, it can be complained about: evidence is brought behind the notice too, by this bidder alone.
    let rule = json!({ "objectionId": objection, "upheld": false, "ruling": "材料经核属实。" });
    app.set_clock("2026-04-13T09:00:00+08:00").await;
    app.person("organizer3").await.does("resolveObjection", rule).await;
    app.set_clock(BEHIND_THE_NOTICE).await;
    let beacon = app.person("beacon").await;
    puts(&app, &beacon, half, None, &pdf(1_000)).await;
    beacon.does("finishUpload", json!({ "uploadId": half })).await;
    let aurora = app.person("aurora").await;
    let late = no("DEADLINE_PASSED", "notice_over");
    assert_eq!(refused(&aurora, "createUpload", begun(&notice, "x.pdf")).await, late);
    assert_eq!(refused(&aurora, "discardUpload", json!({ "uploadId": others })).await, late);
    let complain = json!({ "objectionId": objection, "grounds": "答复未回应检测报告", "attachmentIds": [half] });
    let complaint = beacon.does("raiseComplaint", complain).await["complaint"]["id"].clone();
    assert_eq!(refused(&beacon, "createUpload", begun(&notice, "x.pdf")).await, late);
    for (who, sees) in [("beacon", 1), ("supervisor", 1), ("organizer", 1), ("cedar", 0), ("urban", 0)] {
        let who = app.person(who).await;
        assert_eq!(shown(&who, &complaint).await.len(), sees);
        let status = if sees == 1 { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(gets(&app, &who, half).await.0, status);
    }
    assert_eq!(shown(&beacon, &objection).await.len(), 2);

    // What never came whole is forgotten after a week, what was never handed in after sixty days; what was stays.
    let left = async || {
        app.sweeps().await;
        app.sweeps().await;
        app.objects().await.into_keys().filter(|name| name.starts_with("parts/")).count()
    };
    app.machine_runs(TimeDelta::days(8));
    assert_eq!(left().await, 4);
    app.machine_runs(TimeDelta::days(53));
    assert_eq!(left().await, 3);
    assert_eq!(gets(&app, &app.person("supervisor").await, &two).await.0, StatusCode::OK);
    assert_eq!(competition.bids.len(), 3);
}

#[tokio::test]
async fn it_is_brought_by_whoever_may_object_within_its_limits() {
    let app = TestApp::new().await;
    let (competition, notice) = Competition::noticed(&app).await;
    let beacon = app.person("beacon").await;
    for (who, code) in [("organizer", "FORBIDDEN"), ("supervisor", "FORBIDDEN"), ("urban", "FORBIDDEN")] {
        app.person(who).await.may_not("createUpload", begun(&notice, "x.pdf"), code).await;
    }
    app.anybody().may_not("createUpload", begun(&notice, "x.pdf"), "UNAUTHENTICATED").await;
    // Of one place, and of the kind, size and declaration that a file has.
    let mut both = begun(&notice, "x.pdf");
    both["bidId"] = json!(competition.bids[1].1);
    assert_eq!(beacon.fails("createUpload", both).await.fields, ["noticeId: one_of_two"]);
    let neither = json!({ "name": "x.pdf", "size": 1, "noStateSecret": true });
    assert_eq!(beacon.fails("createUpload", neither).await.fields, ["bidId: one_of_two"]);
    let bad = json!({ "noticeId": notice, "name": "x.exe", "size": 0, "sha256": "x", "noStateSecret": false });
    assert_eq!(
        beacon.fails("createUpload", bad).await.fields,
        ["name: kind_not_taken", "noStateSecret: declaration_needed", "sha256: not_a_hash", "size: file_too_large"]
    );
    // A file that is not what its name says, or that was said to be another.
    let id = beacon.does("createUpload", begun(&notice, "x.pdf")).await["upload"]["id"].clone();
    let id = id.as_str().unwrap();
    assert_eq!(refused(&beacon, "finishUpload", json!({ "uploadId": id })).await, no("NOT_NOW", "upload_incomplete"));
    assert_eq!(puts(&app, &beacon, id, None, &[b'x'; 1_001]).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    puts(&app, &beacon, id, None, &[b'x'; 1_000]).await;
    let wrong = beacon.fails("finishUpload", json!({ "uploadId": id })).await;
    assert_eq!(wrong.fields, ["uploadId: not_what_its_name_says"]);
    let discard = json!({ "uploadId": id, "idempotencyKey": "away" });
    for _ in 0..2 {
        let told = join_all((0..2).map(|_| beacon.does("discardUpload", discard.clone()))).await;
        assert!(told.iter().all(|one| one["uploadId"] == id), "{told:?}");
    }
    // A key stands for one file.
    let mut keyed = begun(&notice, "x.pdf");
    keyed["idempotencyKey"] = json!("one");
    let all = join_all((0..4).map(|_| beacon.does("createUpload", keyed.clone()))).await;
    assert!(all.iter().all(|one| one["upload"]["id"] == all[0]["upload"]["id"]));
    // So many at a time, and so many with one objection.
    for _ in 1..32 {
        beacon.does("createUpload", begun(&notice, "x.pdf")).await;
    }
    join_all((0..16).map(|_| refused(&beacon, "createUpload", begun(&notice, "x.pdf")))).await;
    assert_eq!(shown(&beacon, &json!(notice)).await.len(), 40);
    assert_eq!(refused(&beacon, "createUpload", begun(&notice, "x.pdf")).await, no("NOT_NOW", "too_many_uploads"));
    let many: Vec<&str> = vec![id; 21];
    assert_eq!(beacon.fails("raiseObjection", objects(&notice, &many)).await.fields, ["attachmentIds: too_many"]);
    // Beside a notice that counts no more there is nothing to bring.
    let objection =
        app.person("cedar").await.does("raiseObjection", objects(&notice, &[])).await["objection"]["id"].clone();
    let rule = json!({ "objectionId": objection, "upheld": true, "ruling": "成立。" });
    app.person("organizer3").await.does("resolveObjection", rule).await;
    assert_eq!(refused(&beacon, "createUpload", begun(&notice, "x.pdf")).await, no("NOT_NOW", "not_in_this_state"));
}

#[tokio::test]
async fn a_file_goes_with_one_objection_only() {
    let app = TestApp::new().await;
    let (_, notice) = Competition::noticed(&app).await;
    let beacon = app.person("beacon").await;
    let file = uploads(&app, &beacon, beside(&notice), "x.pdf", &pdf(100)).await;
    let act = operation("raiseObjection");
    let raise = || beacon.sends(&act, json!({ "input": objects(&notice, &[&file]) }));
    let answers = join_all((0..8).map(|_| raise())).await;
    let done = answers.iter().filter(|(_, answer)| answer.get("errors").is_none()).count();
    assert_eq!(done, 1, "{answers:?}");
    for (_, answer) in answers.iter().filter(|(_, answer)| answer.get("errors").is_some()) {
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{answer}");
    }
}
