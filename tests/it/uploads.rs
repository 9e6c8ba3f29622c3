//! The files of bids: they come in stretches, lie encrypted, are handed in with the bid and opened with it.

use std::io::Read;
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;
use jiebang_platform::files::{Files, S3};
use poem::http::StatusCode;
use serde_json::{Value, json};
use support::files::{file, gets, pdf, puts, sha256, uploads};
use support::{Competition, DEADLINE, Person, TestApp, solution_input};

/// More than a store takes in one piece.
const LARGE: usize = (6 << 20) + 123;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The bid of somebody, being drafted.
struct Desk<'a> {
    app: &'a TestApp,
    person: Person,
    competition: &'a Competition,
    bid: String,
}

impl<'a> Desk<'a> {
    async fn of(app: &'a TestApp, competition: &'a Competition, bidder: &str) -> Self {
        let person = app.person(bidder).await;
        let solution = solution_input(&competition.indicators, bidder, 1_000);
        let draft = json!({ "challengeId": competition.challenge, "solution": solution });
        let bid = text(&person.does("draftBid", draft).await["bid"]["id"]);
        Self { app, person, competition, bid }
    }

    async fn begins(&self, name: &str, size: usize) -> String {
        let input = json!({ "bidId": self.bid, "name": name, "size": size, "noStateSecret": true });
        text(&self.person.does("createUpload", input).await["upload"]["id"])
    }

    /// Puts bytes; the status and the answer.
    async fn puts(&self, id: &str, range: Option<&str>, bytes: &[u8]) -> (StatusCode, Value) {
        puts(self.app, &self.person, id, range, bytes).await
    }

    async fn finishes(&self, id: &str) -> Value {
        self.person.does("finishUpload", json!({ "uploadId": id })).await
    }

    /// A whole file: its id.
    async fn uploads(&self, name: &str, bytes: &[u8]) -> String {
        uploads(self.app, &self.person, json!({ "bidId": self.bid }), name, bytes).await
    }

    async fn names(&self, ids: &[&str]) {
        let mut solution = solution_input(&self.competition.indicators, "带附件", 1_000);
        solution["attachmentIds"] = json!(ids);
        self.person.does("reviseBid", json!({ "bidId": self.bid, "solution": solution })).await;
    }

    async fn hands_in(&self) -> Value {
        self.person.does("submitBid", json!({ "bidId": self.bid, "pledgeAccepted": true })).await
    }

    /// What is known of the files that are not handed in.
    async fn sees(&self) -> Value {
        self.person.reads("uploads", json!({ "id": self.bid })).await
    }
}

fn code(told: &Value) -> &str {
    told["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("not refused: {told}"))
}

fn reason(told: &Value) -> &str {
    told["errors"][0]["extensions"]["reason"].as_str().unwrap_or_else(|| panic!("no reason: {told}"))
}

async fn opens(app: &TestApp, competition: &Competition) -> Value {
    app.set_clock(DEADLINE).await;
    app.person("organizer").await.does("openBids", competition.opening()).await;
    app.person("organizer2").await.does("openBids", competition.opening()).await
}

/// From the first byte to the opening, by everybody who has a part in it, with this store.
async fn walk(app: TestApp) {
    let mut competition = Competition::published(&app).await;
    for (bidder, funding) in [("beacon", 140_000_000), ("cedar", 130_000_000)] {
        competition.bid(&app, bidder, funding).await;
    }
    let desk = Desk::of(&app, &competition, "aurora").await;
    let (plan, picture) = (pdf(LARGE), file(b"\x89PNG\r\n\x1a\n", 3_000));
    let one = desk.uploads("CANARYNAME 方案.pdf", &plan).await;
    let two = desk.uploads("现场.PNG", &picture).await;
    // The draft names them in its order; they can be read by its bidder.
    desk.names(&[&two, &one]).await;
    let seen = desk.sees().await;
    let named: Vec<_> = seen["draft"]["attachments"].as_array().unwrap().iter().map(|file| text(&file["id"])).collect();
    assert_eq!(named, [two.as_str(), one.as_str()]);
    let told = &seen["uploads"][0];
    assert_eq!(
        (&told["name"], &told["received"], &told["finished"], &told["sha256"]),
        (&json!("CANARYNAME 方案.pdf"), &json!(LARGE), &json!(true), &json!(sha256(&plan)))
    );
    assert_eq!(gets(&app, &desk.person, &one).await, (StatusCode::OK, plan.clone()));
    let found = desk.person.reads("node", json!({ "id": one })).await;
    assert_eq!(found["__typename"], "Attachment");

    // Nobody else finds, gets, puts, finishes or takes away anything.
    let others = ["beacon", "organizer", "urban", "judge1", "supervisor", "sysadmin", "auditor"];
    let begun = desk.begins("余.txt", 10).await;
    for other in others {
        let person = app.person(other).await;
        assert_eq!(gets(&app, &person, &one).await.0, StatusCode::NOT_FOUND, "{other}");
        assert_eq!(person.reads("node", json!({ "id": one })).await, Value::Null, "{other}");
        let (status, told) = puts(&app, &person, &begun, None, b"0123456789").await;
        assert_eq!((status, code(&told)), (StatusCode::NOT_FOUND, "NOT_FOUND"), "{other}");
        for verb in ["finishUpload", "discardUpload"] {
            person.may_not(verb, json!({ "uploadId": one }), "NOT_FOUND").await;
        }
        let create = json!({ "bidId": desk.bid, "name": "x.pdf", "size": 1, "noStateSecret": true });
        person.may_not("createUpload", create, "NOT_FOUND").await;
    }
    assert_eq!(gets(&app, &app.anybody(), &one).await.0, StatusCode::NOT_FOUND);
    assert_eq!(puts(&app, &app.anybody(), &begun, None, b"0123456789").await.0, StatusCode::UNAUTHORIZED);

    // Handed in: nobody reads it any more, its bidder neither, but with the recovery key.
    let handed_in = desk.hands_in().await;
    assert_eq!(desk.sees().await["uploads"], json!([]), "what was not named is gone");
    for (id, status) in [(&one, StatusCode::FORBIDDEN), (&begun, StatusCode::NOT_FOUND)] {
        assert_eq!(gets(&app, &desk.person, id).await.0, status);
        assert_eq!(desk.person.reads("node", json!({ "id": id })).await, Value::Null);
    }
    let read = json!({ "bidId": desk.bid, "recoveryKey": handed_in["recoveryKey"] });
    let read = desk.person.does("readSealedBid", read).await;
    let listed = &read["solution"]["attachments"];
    assert_eq!(
        listed[1],
        json!({ "id": one, "name": "CANARYNAME 方案.pdf", "mediaType": "application/pdf", "size": LARGE,
                "sha256": sha256(&plan), "url": null })
    );
    let content: Value = serde_json::from_str(read["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["solution"]["attachments"][1]["sha256"], sha256(&plan));

    // Opened it is read by whoever reads the bid.
    let opened = opens(&app, &competition).await;
    assert_eq!((&opened["opened"], &opened["broken"]), (&json!(true), &json!([])));
    for reader in ["organizer", "supervisor", "aurora"] {
        let person = app.person(reader).await;
        assert_eq!(gets(&app, &person, &one).await, (StatusCode::OK, plan.clone()), "{reader}");
        assert_eq!(gets(&app, &person, &two).await, (StatusCode::OK, picture.clone()), "{reader}");
        let seen = person.reads("uploads", json!({ "id": desk.bid })).await;
        assert_eq!(seen["solution"]["attachments"][1]["url"], json!(format!("/attachments/{one}")), "{reader}");
        assert_eq!(person.reads("node", json!({ "id": two })).await["__typename"], "Attachment");
    }
    // Who knows of the bid and may not read it, and who does not know of it.
    let (known, hidden) = (StatusCode::FORBIDDEN, StatusCode::NOT_FOUND);
    for (other, status) in [("beacon", known), ("urban", known), ("judge1", hidden), ("sysadmin", hidden)] {
        let person = app.person(other).await;
        assert_eq!(gets(&app, &person, &one).await.0, status, "{other}");
        assert_eq!(person.reads("node", json!({ "id": one })).await, Value::Null, "{other}");
    }
    let kinds = "query($of: ID!) { events(subject: $of, first: 100) { nodes { kind publicText } } }";
    let told = desk.person.asks(kinds, json!({ "of": desk.bid })).await["events"].to_string();
    for kind in ["bid.upload_begun", "bid.upload_finished"] {
        assert!(told.contains(kind), "{kind}: {told}");
    }
    assert!(!told.contains("CANARYNAME"));
}

#[tokio::test]
async fn files_are_handed_in_with_their_bid_and_opened_with_it() {
    walk(TestApp::new().await).await;
}

#[tokio::test]
async fn so_they_are_in_a_folder() {
    let folder = tempfile::TempDir::new().unwrap();
    walk(TestApp::new().await.storing(Files::in_folder(folder.path()).unwrap()).await).await;
    // Nothing that was written is readable, nor named as people name it.
    let mut left = 0;
    for entry in std::fs::read_dir(folder.path().join("parts")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.starts_with(b"age-encryption.org/v1"), "{}", path.display());
        assert!(!bytes.windows(10).any(|window| window == b"CANARYFILE"));
        left += 1;
    }
    assert_eq!(left, 2);
}

/// A real S3 server, of which only the name of its bucket is known before.
async fn s3() -> (S3, tempfile::TempDir) {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("jiebang")).unwrap();
    let disk = s3s_fs::FileSystem::new(folder.path()).unwrap();
    let mut service = s3s::service::S3ServiceBuilder::new(disk);
    service.set_auth(s3s::auth::SimpleAuth::from_single("key-id", "key"));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let socket = hyper_util::rt::TokioIo::new(socket);
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(socket, service.clone()).into_future(),
            );
        }
    });
    let s3 = S3 {
        endpoint: Some(endpoint),
        region: "us-east-1".into(),
        bucket: "jiebang".into(),
        path_style: true,
        key_id: "key-id".into(),
        secret: "key".into(),
    };
    (s3, folder)
}

#[tokio::test]
async fn so_they_are_in_an_s3_store() {
    let (s3, _folder) = s3().await;
    walk(TestApp::new().await.storing(Files::in_s3(&s3).unwrap()).await).await;
}

/// A store that is away, or does not know us, is told as what it is, and nothing comes of it.
#[tokio::test]
async fn a_store_that_is_away_is_told() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let (s3, _folder) = s3().await;
    let nowhere = S3 { endpoint: Some("http://127.0.0.1:1".into()), secret: "key".into(), ..copy(&s3) };
    let stranger = S3 { secret: "CANARYSECRET".into(), ..copy(&s3) };
    let mut app = app;
    for s3 in [&nowhere, &stranger] {
        app = app.storing(Files::in_s3(s3).unwrap()).await;
        let aurora = app.person("aurora").await;
        let draft = json!({ "challengeId": competition.challenge, "solution": {} });
        let (_, told) = aurora.sends(&support::operation("draftBid"), json!({ "input": draft })).await;
        assert_eq!(code(&told), "UNAVAILABLE", "{told}");
        assert!(!told.to_string().contains("127.0.0.1") && !told.to_string().contains("CANARYSECRET"), "{told}");
        let own = json!({ "challenge": competition.challenge });
        assert_eq!(aurora.reads("myBids", own).await["bids"]["totalCount"], 0);
    }
}

fn copy(s3: &S3) -> S3 {
    let S3 { endpoint, region, bucket, path_style, key_id, secret } = s3;
    S3 {
        endpoint: endpoint.clone(),
        region: region.clone(),
        bucket: bucket.clone(),
        path_style: *path_style,
        key_id: key_id.clone(),
        secret: secret.clone(),
    }
}

/// With the key that lies in the bid's seal the stock tool opens what lies in the store.
#[tokio::test]
async fn the_stock_tool_opens_a_file_with_the_key_in_the_seal() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let desk = Desk::of(&app, &competition, "aurora").await;
    let plan = pdf(200_000);
    let id = desk.begins("方案.pdf", plan.len()).await;
    let (_, told) = desk.puts(&id, None, &plan[..90_000]).await;
    assert_eq!(told["upload"]["received"], 90_000);
    desk.puts(&id, Some("bytes 90000-199999/200000"), &plan[90_000..]).await;
    desk.finishes(&id).await;
    desk.names(&[&id]).await;
    let recovery = desk.hands_in().await["recoveryKey"].clone();
    let read = desk.person.does("readSealedBid", json!({ "bidId": desk.bid, "recoveryKey": recovery })).await;
    let content: Value = serde_json::from_str(read["content"].as_str().unwrap()).unwrap();
    let file = &content["solution"]["attachments"][0];
    let key: age::x25519::Identity = file["key"].as_str().unwrap().parse().unwrap();
    let objects = app.objects().await;
    let mut whole = Vec::new();
    for part in file["parts"].as_array().unwrap() {
        let sealed = &objects[&format!("parts/{}", text(&part["object"]))];
        assert_eq!(part["sealedSha256"], sha256(sealed));
        let mut plain = Vec::new();
        let decryptor = age::Decryptor::new(&sealed[..]).unwrap();
        decryptor.decrypt(std::iter::once(&key as &dyn age::Identity)).unwrap().read_to_end(&mut plain).unwrap();
        whole.extend(plain);
    }
    assert_eq!(whole, plan);
    assert_eq!(file["parts"].as_array().unwrap().len(), 2);
}

/// A connection breaks in the middle: what has come is there, and the rest is sent behind it.
#[tokio::test]
async fn a_cut_upload_goes_on_where_it_broke_off() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let desk = Desk::of(&app, &competition, "aurora").await;
    let plan = pdf(900_000);
    let id = desk.begins("方案.pdf", plan.len()).await;
    let served = app.served(|_| {}).await;
    let head = |from: usize| {
        format!(
            "PUT /uploads/{id} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\ncontent-range: bytes \
             {from}-899999/900000\r\n\r\n",
            desk.person.token().unwrap(),
            plan.len() - from
        )
    };
    // Cut thrice, once so early that it is not worth keeping.
    let mut received = 0;
    for come in [300_000, 1_000, 250_000] {
        let mut socket = served.connects().await;
        assert!(socket.sends(head(received)).await && socket.sends(&plan[received..received + come]).await);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        drop(socket);
        let kept = if come > 64 * 1024 { received + come } else { received };
        for _ in 0..100 {
            if desk.sees().await["uploads"][0]["received"] == kept {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(desk.sees().await["uploads"][0]["received"], kept);
        received = kept;
    }
    let refused = desk.person.fails("finishUpload", json!({ "uploadId": id })).await;
    assert_eq!(refused.code, "NOT_NOW");
    let mut socket = served.connects().await;
    assert!(socket.sends(head(received)).await && socket.sends(&plan[received..]).await);
    assert!(socket.answer().await.starts_with("HTTP/1.1 200"));
    assert_eq!(desk.finishes(&id).await["attachment"]["sha256"], sha256(&plan));
    assert_eq!(gets(&app, &desk.person, &id).await, (StatusCode::OK, plan));
    // Three stretches, three objects, and none of the crumb.
    assert_eq!(app.objects().await.keys().filter(|name| name.starts_with("parts/")).count(), 3);
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_named() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let desk = Desk::of(&app, &competition, "aurora").await;
    let create =
        |name: &str, size: i64| json!({ "bidId": desk.bid, "name": name, "size": size, "noStateSecret": true });
    for (input, faults) in [
        (create("x.exe", 1), vec!["name: kind_not_taken"]),
        (create("pdf", 1), vec!["name: kind_not_taken"]),
        (create("../x.pdf", 1), vec!["name: bad_characters"]),
        (create("", 1), vec!["name: required"]),
        (create("x.pdf", 0), vec!["size: file_too_large"]),
        (create("x.pdf", -1), vec!["size: file_too_large"]),
        (create("x.pdf", (16 << 20) + 1), vec!["size: file_too_large"]),
        (
            json!({ "bidId": desk.bid, "name": "x.html", "size": 0, "noStateSecret": false, "sha256": "00" }),
            vec![
                "name: kind_not_taken",
                "noStateSecret: declaration_needed",
                "sha256: not_a_hash",
                "size: file_too_large",
            ],
        ),
    ] {
        assert_eq!(desk.person.fails("createUpload", input.clone()).await.fields, faults, "{input}");
    }

    // More than was said, at another place, not at all readable.
    let id = desk.begins("x.pdf", 100_000).await;
    let plan = pdf(100_000);
    let (status, told) = desk.puts(&id, None, &pdf(100_001)).await;
    assert_eq!((status, code(&told)), (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"));
    for range in ["bytes 5-9/10", "bytes 0-9/10", "bytes 100000-100001/100002"] {
        let (status, told) = desk.puts(&id, Some(range), b"x").await;
        assert_eq!((status, reason(&told)), (StatusCode::CONFLICT, "upload_stands_elsewhere"), "{range}");
    }
    for range in ["", "bytes */5", "lines 0-5/6"] {
        assert_eq!(desk.puts(&id, Some(range), b"x").await.0, StatusCode::BAD_REQUEST, "{range}");
    }
    let (status, told) = desk.puts(&id, None, b"too short to be kept").await;
    assert_eq!((status, reason(&told)), (StatusCode::CONFLICT, "stretch_too_short"));
    assert_eq!(desk.puts("x", None, b"x").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(desk.puts(&desk.bid, None, b"x").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(
        app.objects().await.keys().filter(|name| name.starts_with("parts/")).count(),
        0,
        "nothing is left of it"
    );
    // The same twice.
    assert_eq!(desk.puts(&id, None, &plan).await.0, StatusCode::OK);
    assert_eq!(desk.puts(&id, None, &plan).await.0, StatusCode::CONFLICT);
    desk.finishes(&id).await;
    desk.finishes(&id).await;
    assert_eq!(desk.puts(&id, Some("bytes 100000-100001/100002"), b"x").await.0, StatusCode::CONFLICT);

    // Not what its name says; not what was said.
    let liar = desk.begins("x.pdf", 9).await;
    desk.puts(&liar, None, b"MZ exe ..").await;
    let refusal = desk.person.fails("finishUpload", json!({ "uploadId": liar })).await;
    assert_eq!(refusal.fields, ["uploadId: not_what_its_name_says"]);
    let mut input = create("x.md", 6);
    input["sha256"] = json!(sha256("另文".as_bytes()));
    let other = text(&desk.person.does("createUpload", input.clone()).await["upload"]["id"]);
    desk.puts(&other, None, "正文".as_bytes()).await;
    let refusal = desk.person.fails("finishUpload", json!({ "uploadId": other })).await;
    assert_eq!(refusal.fields, ["uploadId: other_digest"]);

    // A draft names its own bid's files, each once, and is handed in once all have come.
    let beacon = Desk::of(&app, &competition, "beacon").await;
    let foreign = beacon.uploads("y.txt", b"y").await;
    let mut solution = solution_input(&competition.indicators, "带附件", 1_000);
    for (ids, faults) in [
        (json!([foreign]), vec!["solution.attachmentIds.0: unknown"]),
        (json!([id, id]), vec!["solution.attachmentIds.1: duplicate"]),
        (json!(["x"]), vec!["solution.attachmentIds.0: not_an_id"]),
        (json!(vec![id.as_str(); 21]), vec!["solution.attachmentIds: too_many"]),
    ] {
        solution["attachmentIds"] = ids;
        let revise = json!({ "bidId": desk.bid, "solution": solution });
        assert_eq!(desk.person.fails("reviseBid", revise).await.fields, faults);
    }
    desk.names(&[&id, &liar]).await;
    let submit = json!({ "bidId": desk.bid, "pledgeAccepted": true });
    let refusal = desk.person.fails("submitBid", submit.clone()).await;
    assert_eq!(refusal.fields, ["solution.attachmentIds.1: upload_unfinished"]);
    desk.person.does("discardUpload", json!({ "uploadId": liar })).await;
    desk.person.may_not("discardUpload", json!({ "uploadId": liar }), "NOT_FOUND").await;
    let refusal = desk.person.fails("submitBid", submit).await;
    assert_eq!(refusal.fields, ["solution.attachmentIds.1: unknown"]);
    desk.names(&[&id]).await;
    desk.hands_in().await;

    // What was handed in counts for ten times the room of what is not: all of it but nine MiB.
    let handed_in =
        |from: i64, to: i64| format!("update bid_files set size = {to} where version is not null and size = {from}");
    let (small, large) = (i64::try_from(plan.len()).unwrap(), (400 << 20) - (9 << 20));
    assert_eq!(app.tamper(&handed_in(small, large)).await, 1);
    let refused = desk.person.fails("createUpload", create("x.pdf", 16 << 20)).await;
    assert!(refused.code == "NOT_NOW" && refused.message.contains("总大小"), "{refused:?}");
    let fits = desk.begins("x.pdf", 8 << 20).await;
    desk.person.does("discardUpload", json!({ "uploadId": fits })).await;
    assert_eq!(app.tamper(&handed_in(large, small)).await, 1);
    // What is not handed in has room, too.
    for _ in 0..2 {
        desk.begins("x.pdf", 16 << 20).await;
    }
    let refused = desk.person.fails("createUpload", create("x.pdf", 16 << 20)).await;
    assert!(refused.code == "NOT_NOW" && refused.message.contains("总大小"), "{refused:?}");
    for _ in 2..40 {
        desk.begins("x.pdf", 1).await;
    }
    let refused = desk.person.fails("createUpload", create("x.pdf", 1)).await;
    assert!(refused.code == "NOT_NOW" && refused.message.contains("尚未提交"), "{refused:?}");
}

/// Of those who send the same stretch at once one is taken; an idempotent call is one call.
#[tokio::test]
async fn of_two_stretches_for_one_place_one_is_kept() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let desk = Arc::new(Desk::of(&app, &competition, "aurora").await);
    let plan = pdf(300_000);
    for _ in 0..support::rounds() {
        let id = desk.begins("x.pdf", plan.len()).await;
        let outcomes = join_all((0..4).map(|_| desk.puts(&id, None, &plan))).await;
        let taken = outcomes.iter().filter(|(status, _)| *status == StatusCode::OK).count();
        assert_eq!(taken, 1, "{outcomes:?}");
        desk.finishes(&id).await;
        assert_eq!(gets(&app, &desk.person, &id).await.1, plan);
        desk.person.does("discardUpload", json!({ "uploadId": id })).await;
        assert_eq!(app.objects().await.keys().filter(|name| name.starts_with("parts/")).count(), 0);
    }
    let mut create =
        json!({ "bidId": desk.bid, "name": "x.pdf", "size": 5, "noStateSecret": true, "idempotencyKey": "k" });
    let first = desk.person.does("createUpload", create.clone()).await;
    assert_eq!(desk.person.does("createUpload", create.clone()).await, first);
    create["size"] = json!(6);
    desk.person.may_not("createUpload", create, "CONFLICT").await;
}

/// Several files begun at once, also where the bid's next draft has no key as yet; and what a colleague takes away while it is handed in.
#[tokio::test]
async fn what_colleagues_do_at_once_is_done_or_refused_by_name() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let desk = Desk::of(&app, &competition, "aurora").await;
    for round in 0..support::rounds() {
        let begun: std::collections::BTreeSet<_> =
            join_all((0..4).map(|number| desk.begins(["a.txt", "b.txt", "c.txt", "d.txt"][number], 1)))
                .await
                .into_iter()
                .collect();
        assert_eq!(begun.len(), 4);
        let ids: Vec<_> = begun.iter().map(String::as_str).collect();
        for id in &ids {
            desk.puts(id, None, b"x").await;
            desk.finishes(id).await;
        }
        desk.names(&ids).await;
        let submit = json!({ "input": { "bidId": desk.bid, "pledgeAccepted": true } });
        let discard = json!({ "input": { "uploadId": ids[0] } });
        let (submits, discards) = (support::operation("submitBid"), support::operation("discardUpload"));
        let (submitted, discarded) =
            tokio::join!(desk.person.sends(&submits, submit.clone()), desk.person.sends(&discards, discard));
        let (submitted, discarded) = (submitted.1, discarded.1);
        if submitted["errors"].is_null() {
            assert_eq!(code(&discarded), "NOT_FOUND", "{round}");
        } else {
            assert!(["INVALID_INPUT", "CONFLICT"].contains(&code(&submitted)), "{submitted}");
            assert!(discarded["errors"].is_null(), "{discarded}");
            desk.names(&ids[1..]).await;
            desk.hands_in().await;
        }
        assert_eq!(desk.sees().await["uploads"], json!([]));
    }
    // Drafts with files of a bid that was replaced so often open whole.
    assert_eq!(opens(&app, &competition).await["broken"], json!([]));
}

/// One byte of a file changed, or all of it gone, breaks that bid and no other.
#[tokio::test]
async fn a_changed_file_breaks_its_bid_and_no_other() {
    let app = TestApp::new().await;
    let mut competition = Competition::published(&app).await;
    let mut objects = Vec::new();
    let mut bids = Vec::new();
    for bidder in ["aurora", "beacon", "cedar", "delta"] {
        let before = app.objects().await;
        let desk = Desk::of(&app, &competition, bidder).await;
        let id = desk.uploads("x.pdf", &pdf(100_000)).await;
        desk.names(&[&id]).await;
        desk.hands_in().await;
        let new = app.objects().await.into_keys().find(|name| name.starts_with("parts/") && !before.contains_key(name));
        objects.push(new.unwrap());
        bids.push((bidder.to_owned(), desk.bid.clone()));
    }
    // The first of two looks finds all as it was, but for one that is not there as long as its store is not.
    competition.bids = bids.clone();
    app.set_clock(DEADLINE).await;
    let away = app.objects().await[&objects[3]].clone();
    app.tamper_object(&objects[3], None).await;
    app.person("organizer").await.does("openBids", competition.opening()).await;
    app.tamper_object(&objects[3], Some(away)).await;
    let mut changed = app.objects().await[&objects[0]].clone();
    changed[60_000] ^= 1;
    app.tamper_object(&objects[0], Some(changed)).await;
    app.tamper_object(&objects[1], None).await;
    // Exchanged for another's.
    let other = app.objects().await[&objects[3]].clone();
    app.tamper_object(&objects[2], Some(other)).await;
    let opened = app.person("organizer2").await.does("openBids", competition.opening()).await;
    let mut broken: Vec<_> = opened["broken"].as_array().unwrap().iter().map(text).collect();
    broken.sort();
    let mut expected: Vec<_> = bids[..3].iter().map(|(_, bid)| bid.clone()).collect();
    expected.sort();
    assert_eq!((broken, &opened["opened"]), (expected, &json!(true)));
}

/// After the deadline nothing comes any more; before it whoever has something unfinished is warned, and nobody else hears of it.
#[tokio::test]
async fn what_has_not_come_whole_is_warned_of_and_does_not_come_afterwards() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let (aurora, beacon) = (Desk::of(&app, &competition, "aurora").await, Desk::of(&app, &competition, "beacon").await);
    let id = aurora.begins("x.pdf", 100_000).await;
    aurora.begins("y.pdf", 100_000).await;
    beacon.uploads("z.txt", b"z").await;
    let warned = async |person: &Person, bid: &str| {
        let kinds = "query($of: ID!) { events(subject: $of, first: 100) { nodes { kind at publicText } } }";
        let told = person.asks(kinds, json!({ "of": bid })).await["events"]["nodes"].clone();
        let of_kind = |event: &&Value| event["kind"] == "bid.uploads_unfinished";
        told.as_array().unwrap().iter().filter(of_kind).cloned().collect::<Vec<_>>()
    };
    app.set_clock("2026-03-31T16:59:59+08:00").await;
    assert_eq!(warned(&aurora.person, &aurora.bid).await.len(), 0);
    app.set_clock("2026-03-31T17:00:00+08:00").await;
    let told = warned(&aurora.person, &aurora.bid).await;
    let facts: Value = serde_json::from_str(told[0]["publicText"].as_str().unwrap()).unwrap();
    assert_eq!((told.len(), &facts["facts"]["uploads"]), (1, &json!(2)));
    app.set_clock("2026-04-01T16:00:00+08:00").await;
    assert_eq!(warned(&aurora.person, &aurora.bid).await.len(), 2);
    assert_eq!(warned(&beacon.person, &beacon.bid).await.len(), 0);
    // Begun in the last hour.
    app.set_clock("2026-04-01T16:30:00+08:00").await;
    beacon.begins("late.pdf", 100_000).await;
    app.set_clock("2026-04-01T16:50:00+08:00").await;
    assert_eq!(warned(&aurora.person, &aurora.bid).await.len(), 3);
    assert_eq!(warned(&beacon.person, &beacon.bid).await.len(), 1);
    for other in ["beacon", "organizer", "supervisor", "urban", "auditor"] {
        assert_eq!(warned(&app.person(other).await, &aurora.bid).await.len(), 0, "{other}");
    }

    app.set_clock(DEADLINE).await;
    let (status, told) = aurora.puts(&id, None, &pdf(100_000)).await;
    assert_eq!((status, code(&told)), (StatusCode::CONFLICT, "DEADLINE_PASSED"));
    for (verb, input) in [
        ("createUpload", json!({ "bidId": aurora.bid, "name": "x.pdf", "size": 1, "noStateSecret": true })),
        ("finishUpload", json!({ "uploadId": id })),
        ("discardUpload", json!({ "uploadId": id })),
    ] {
        aurora.person.may_not(verb, input, "DEADLINE_PASSED").await;
    }
    assert_eq!(app.objects().await.keys().filter(|name| name.starts_with("parts/")).count(), 1);
}

/// What a crash, or a bidder who thought otherwise, has left behind is gone after a while; what counts is not.
#[tokio::test]
async fn what_belongs_to_nothing_is_swept() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let desk = Desk::of(&app, &competition, "aurora").await;
    let parts =
        async || -> Vec<String> { app.objects().await.into_keys().filter(|name| name.starts_with("parts/")).collect() };
    let named = desk.uploads("x.pdf", &pdf(1_000)).await;
    desk.uploads("y.pdf", &pdf(1_000)).await;
    let stray = "parts/00000000-0000-4000-8000-000000000000";
    app.tamper_object(stray, Some(b"x".to_vec())).await;
    desk.names(&[&named]).await;
    desk.hands_in().await;
    let waits = desk.begins("z.pdf", 200_000).await;
    desk.puts(&waits, None, &pdf(200_000)[..100_000]).await;
    assert_eq!(parts().await.len(), 3, "what was not named is gone at once");
    app.sweeps().await;
    assert_eq!(parts().await.len(), 3, "as yet it may belong to something");
    app.machine_runs(TimeDelta::minutes(16));
    app.sweeps().await;
    let left = parts().await;
    assert!(left.len() == 2 && !left.contains(&stray.to_owned()));
    app.machine_runs(TimeDelta::days(8));
    app.sweeps().await;
    app.sweeps().await;
    assert_eq!(parts().await.len(), 1);
    let desk = Desk { person: app.person("aurora").await, app: &app, competition: &competition, bid: desk.bid.clone() };
    assert_eq!(desk.sees().await["uploads"], json!([]));
    let opened = opens(&app, &competition).await;
    assert_eq!(opened["broken"], json!([]));
}

/// A token that drafts brings files, one that reads gets them and brings none.
#[tokio::test]
async fn programs_do_as_far_as_their_right_goes() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let desk = Desk::of(&app, &competition, "aurora").await;
    let token = async |scope: &str| {
        let password = jiebang_server::commands::seed::PASSWORD;
        let input = json!({ "name": scope, "scope": scope, "days": 30, "password": password });
        let made = desk.person.does("createApiToken", input).await;
        app.bearer(made["secret"].as_str().unwrap())
    };
    let (reads, drafts) = (token("READ").await, token("DRAFT").await);
    let create = json!({ "bidId": desk.bid, "name": "x.txt", "size": 3, "noStateSecret": true });
    reads.may_not("createUpload", create.clone(), "FORBIDDEN").await;
    let id = text(&drafts.does("createUpload", create).await["upload"]["id"]);
    assert_eq!(puts(&app, &reads, &id, None, b"abc").await.0, StatusCode::FORBIDDEN);
    assert_eq!(puts(&app, &drafts, &id, None, b"abc").await.0, StatusCode::OK);
    drafts.does("finishUpload", json!({ "uploadId": id })).await;
    assert_eq!(gets(&app, &reads, &id).await, (StatusCode::OK, b"abc".to_vec()));
}

/// Twenty files cost no more statements than one.
#[tokio::test]
async fn a_bid_with_many_files_is_read_as_cheaply_as_one_with_few() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let desk = Desk::of(&app, &competition, "aurora").await;
    let cost = async |enough: u64| app.costs(enough, async || _ = desk.sees().await).await;
    desk.uploads("x.txt", b"x").await;
    let one = cost(u64::MAX).await;
    for _ in 0..20 {
        desk.begins("x.txt", 1).await;
    }
    assert_eq!(cost(one).await, one);
}
