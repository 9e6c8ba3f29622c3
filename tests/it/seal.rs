//! Sealed: who is not the bidder cannot tell that there is a bid, and nobody can read one, before two organizers open.

use std::collections::BTreeSet;
use std::io::Read;

use chrono::TimeDelta;
use serde_json::{Value, json};
use support::{Competition, DEADLINE, Person, TestApp, solution_input};

const EVERYBODY: [&str; 9] =
    ["organizer", "organizer2", "urban", "beacon", "delta", "judge1", "supervisor", "sysadmin", "auditor"];

/// All that a viewer can ask about a challenge and around it.
async fn view(person: &Person, challenge: &str) -> Value {
    let mut answers = vec![
        person.reads("challenge", json!({ "id": challenge })).await,
        person.reads("bids", json!({ "id": challenge })).await,
        person.reads("challenges", json!({ "first": 100 })).await,
        person.reads("projects", json!({})).await,
        person.reads("organizations", json!({ "first": 100 })).await,
    ];
    let events = person.reads("events", json!({ "subject": challenge, "first": 100 })).await;
    answers.push(events);
    if person.token().is_some() {
        let mine = person.reads("myBids", json!({ "challenge": challenge })).await;
        answers.push(mine);
    }
    json!(answers)
}

#[tokio::test]
async fn a_bid_leaves_no_trace_for_others() {
    let app = TestApp::new().await;
    let mut competition = Competition::published(&app).await;
    let mut before = Vec::new();
    before.push(view(&app.anybody(), &competition.challenge).await);
    for name in EVERYBODY {
        before.push(view(&app.person(name).await, &competition.challenge).await);
    }
    let bid = competition.bid(&app, "aurora", 150_000_000).await;
    let mut after = Vec::new();
    after.push(view(&app.anybody(), &competition.challenge).await);
    for name in EVERYBODY {
        after.push(view(&app.person(name).await, &competition.challenge).await);
    }
    for (place, (before, after)) in before.iter().zip(&after).enumerate() {
        assert_eq!(before, after, "{place} can tell");
    }
    for name in EVERYBODY {
        let person = app.person(name).await;
        assert_eq!(person.reads("node", json!({ "id": bid })).await, Value::Null, "{name}");
        for (verb, input) in [
            ("withdrawBid", json!({ "bidId": bid })),
            ("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })),
            ("reviseBid", json!({ "bidId": bid, "solution": {} })),
            ("readSealedBid", json!({ "bidId": bid, "recoveryKey": "AGE-SECRET-KEY-1" })),
            ("recordFormalCheck", json!({ "bidId": bid, "items": [] })),
        ] {
            person.may_not(verb, input, "NOT_FOUND").await;
        }
        let events = person.reads("events", json!({ "subject": bid })).await;
        assert_eq!(events["totalCount"], 0, "{name}");
    }
    // The bidder itself sees one bid, no count, and no content.
    let own = app.person("aurora").await.reads("bids", json!({ "id": competition.challenge })).await;
    assert_eq!(own["bidCount"], Value::Null);
    assert_eq!(own["bids"]["totalCount"], 1);
    let seen = &own["bids"]["nodes"][0];
    assert_eq!((&seen["label"], &seen["status"]), (&json!("方案"), &json!("SUBMITTED")));
    assert_eq!((&seen["solution"], &seen["draft"]), (&Value::Null, &Value::Null));
    assert_eq!(seen["availableActions"], json!(["createUpload", "reviseBid", "withdrawBid", "readSealedBid"]));
}

#[tokio::test]
async fn the_database_holds_no_plaintext_before_the_opening() {
    let app = TestApp::new().await;
    let mut competition = Competition::published(&app).await;
    let aurora = app.person("aurora").await;
    let solution = solution_input(&competition.indicators, "CANARYTITLE", 123_456_781);
    let drafted = aurora.does("draftBid", json!({ "challengeId": competition.challenge, "solution": solution })).await;
    let bid = drafted["bid"]["id"].clone();
    let submitted = aurora.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
    competition.bids.push(("aurora".into(), bid.as_str().unwrap().to_owned()));
    let Some(bytes) = app.bytes_on_disk() else {
        // On PostgreSQL the search is by the columns themselves.
        let found = app.tamper(
            "do $$ begin if exists (select 1 from bid_submissions where position('CANARYTITLE'::bytea in sealed) > 0)
             or exists (select 1 from bid_drafts) or exists (select 1 from bid_solutions s join bids b on b.id = s.bid_id
             where s.content like '%CANARYTITLE%') then raise exception 'found'; end if; end $$",
        );
        found.await;
        return;
    };
    let holds = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(holds(competition.challenge.as_str().get(..3).unwrap()), "the search finds what is there");
    let recovery = submitted["recoveryKey"].as_str().unwrap();
    for needle in ["CANARYTITLE", "123456781", "沈望舒", recovery, submitted["receipt"]["salt"].as_str().unwrap()] {
        assert!(!holds(needle), "{needle} lies in the database");
    }
}

/// The keys of drafts that are kept.
async fn draft_keys(app: &TestApp) -> BTreeSet<String> {
    app.objects().await.into_keys().filter(|name| name.starts_with("draft-keys/")).collect()
}

#[tokio::test]
async fn a_draft_is_encrypted_to_a_key_of_its_own_that_is_gone_once_it_is_handed_in() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let before = draft_keys(&app).await;
    let (aurora, beacon) = (app.person("aurora").await, app.person("beacon").await);
    let input = |title: &str| {
        let solution = solution_input(&competition.indicators, title, 1_000);
        json!({ "challengeId": competition.challenge, "solution": solution })
    };
    let one = aurora.does("draftBid", input("甲")).await["bid"]["id"].clone();
    let first: BTreeSet<_> = &draft_keys(&app).await - &before;
    beacon.does("draftBid", input("乙")).await;
    let both: BTreeSet<_> = &draft_keys(&app).await - &before;
    assert_eq!((first.len(), both.len()), (1, 2));
    // Revised it keeps its key; what is refused leaves none.
    let revise = json!({ "bidId": one, "solution": solution_input(&competition.indicators, "甲二", 1_000) });
    aurora.does("reviseBid", revise.clone()).await;
    aurora.fails("draftBid", input("丙")).await;
    aurora.fails("reviseBid", json!({ "bidId": one, "solution": {}, "expectedVersion": 9 })).await;
    app.person("urban").await.fails("draftBid", input("丁")).await;
    assert_eq!(&draft_keys(&app).await - &before, both);
    let own = json!({ "challenge": competition.challenge });
    assert_eq!(aurora.reads("myBids", own.clone()).await["bids"]["nodes"][0]["draft"]["title"], "甲二");

    // Who has the database and the server's secrets, and not the key, reads nothing.
    let bare = app.without_files().await;
    let (_, told) = bare.bearer(aurora.token().unwrap()).sends(&support::operation("myBids"), own.clone()).await;
    assert_eq!(told["data"]["viewer"]["bids"]["nodes"][0]["draft"], Value::Null, "{told}");
    assert!(!told.to_string().contains("甲二"));

    // Handed in: that key is gone, the other bidder's is not.
    let left: BTreeSet<_> = &both - &first;
    aurora.fails("submitBid", json!({ "bidId": one, "pledgeAccepted": false })).await;
    assert_eq!(&draft_keys(&app).await - &before, both);
    aurora.does("submitBid", json!({ "bidId": one, "pledgeAccepted": true })).await;
    assert_eq!(&draft_keys(&app).await - &before, left);
    // A next revision has a next key.
    aurora.does("reviseBid", revise.clone()).await;
    let next: BTreeSet<_> = &(&draft_keys(&app).await - &before) - &left;
    assert!(next.len() == 1 && next != first);

    // Left by a crash: erased once it is old enough to belong to nothing that is under way.
    let stray = "draft-keys/00000000-0000-4000-8000-000000000000";
    app.tamper_object(stray, Some(b"x".to_vec())).await;
    app.sweeps().await;
    assert!(draft_keys(&app).await.contains(stray));
    app.machine_runs(TimeDelta::minutes(16));
    app.sweeps().await;
    assert_eq!(&(&draft_keys(&app).await - &before) - &left, next);

    // As long as the store itself is away nothing is taken for lost.
    let aurora = app.person("aurora").await;
    for name in next.iter().map(String::as_str).chain(["installation"]) {
        app.tamper_object(name, None).await;
    }
    for (verb, input) in [
        ("reviseBid", revise.clone()),
        ("createUpload", json!({ "bidId": one, "name": "x.txt", "size": 1, "noStateSecret": true })),
        ("draftBid", json!({ "challengeId": competition.challenge, "solution": {} })),
    ] {
        let who = if verb == "draftBid" { &app.person("cedar").await } else { &aurora };
        assert_eq!(who.fails(verb, input).await.code, "UNAVAILABLE", "{verb}");
    }
    // A key that is lost takes its draft along, and no more: it is written anew.
    app.tamper_object("installation", Some(b"x".to_vec())).await;
    let refused = aurora.fails("submitBid", json!({ "bidId": one, "pledgeAccepted": true })).await;
    assert!(refused.code == "NOT_NOW" && refused.message.contains("密钥已丢失"), "{refused:?}");
    aurora.does("reviseBid", revise).await;
    assert_eq!(aurora.reads("myBids", own).await["bids"]["nodes"][0]["draft"]["title"], "甲二");
}

/// Drafts of a version that encrypted them to the server's key are read, handed in and written anew.
#[tokio::test]
async fn drafts_of_an_earlier_version_are_read_until_they_are_written_anew() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let aurora = app.person("aurora").await;
    let solution = solution_input(&competition.indicators, "旧稿", 1_000);
    let draft = json!({ "challengeId": competition.challenge, "solution": solution });
    let bid = aurora.does("draftBid", draft).await["bid"]["id"].clone();
    let content = json!({
        "title": "旧稿", "summary": "", "technicalApproach": "", "implementationPlan": "", "teamIntroduction": "",
        "principalInvestigator": "", "requestedFunding": null, "readinessLevel": null, "commitments": [], "members": []
    });
    let sealed = age::encrypt(&app.keys().seal_recipient(), content.to_string().as_bytes()).unwrap();
    let hex = hex::encode(sealed);
    let bytes = if support::postgres().is_some() { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") };
    app.tamper(&format!("update bid_drafts set sealed = {bytes}")).await;
    app.tamper("update bids set draft_key = null").await;
    let own = json!({ "challenge": competition.challenge });
    let read = async || aurora.reads("myBids", own.clone()).await["bids"]["nodes"][0]["draft"]["title"].clone();
    assert_eq!(read().await, "旧稿");
    let refusal = aurora.fails("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
    assert!(refusal.fields.contains(&"solution.summary: required".to_owned()), "{:?}", refusal.fields);
    let keys = draft_keys(&app).await;
    let solution = solution_input(&competition.indicators, "新稿", 1_000);
    aurora.does("reviseBid", json!({ "bidId": bid, "solution": solution })).await;
    assert_eq!(read().await, "新稿");
    assert_eq!(draft_keys(&app).await.len(), keys.len() + 1);
}

#[tokio::test]
async fn the_bidder_reads_its_own_with_the_key_that_only_it_has() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let aurora = app.person("aurora").await;
    let solution = solution_input(&competition.indicators, "本方案", 150_000_000);
    let input = json!({ "challengeId": competition.challenge, "solution": solution });
    let bid = aurora.does("draftBid", input).await["bid"]["id"].clone();
    let submitted = aurora.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
    let key = submitted["recoveryKey"].as_str().unwrap();
    assert!(key.starts_with("AGE-SECRET-KEY-1"));
    let read = aurora.does("readSealedBid", json!({ "bidId": bid, "recoveryKey": key })).await["solution"].clone();
    assert_eq!(read["title"], "本方案");
    assert_eq!(read["requestedFunding"], 150_000_000);
    assert_eq!(
        read["commitments"][0],
        json!({ "indicator": { "id": competition.indicators[0] }, "value": "12", "note": "夜间同样" })
    );
    let other = age::x25519::Identity::generate();
    let other = age::secrecy::ExposeSecret::expose_secret(&other.to_string()).to_owned();
    for wrong in [other.as_str(), "x", ""] {
        let refusal = aurora.fails("readSealedBid", json!({ "bidId": bid, "recoveryKey": wrong })).await;
        assert_eq!(refusal.fields, ["recoveryKey: not_a_recovery_key"]);
    }

    // With a recipient of its own no key is made, and the own identity reads.
    let identity = age::x25519::Identity::generate();
    aurora
        .does("reviseBid", json!({ "bidId": bid, "solution": solution_input(&competition.indicators, "二稿", 1) }))
        .await;
    let wrong = json!({ "bidId": bid, "pledgeAccepted": false, "recoveryRecipient": "age1x" });
    let refusal = aurora.fails("submitBid", wrong).await;
    assert_eq!(refusal.fields, ["pledgeAccepted: pledge_needed", "recoveryRecipient: not_a_recipient"]);
    let input = json!({ "bidId": bid, "pledgeAccepted": true, "recoveryRecipient": identity.to_public().to_string() });
    let submitted = aurora.does("submitBid", input).await;
    assert_eq!(submitted["recoveryKey"], Value::Null);
    assert_eq!(submitted["receipt"]["version"], 2);
    let key = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
    let read = aurora.does("readSealedBid", json!({ "bidId": bid, "recoveryKey": key })).await;
    assert_eq!(read["solution"]["title"], "二稿");
}

#[tokio::test]
async fn handing_in_names_all_that_is_missing_or_too_weak() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let aurora = app.person("aurora").await;
    let wrong = json!({
        "title": "x".repeat(201), "requestedFunding": -1, "readinessLevel": 14, "attachmentIds": ["att_x"],
        "commitments": [
            { "indicatorId": competition.challenge, "value": "x" },
            { "indicatorId": "ind_00000000000000000000000001", "value": "1" },
            { "indicatorId": competition.indicators[0], "value": "1" },
            { "indicatorId": competition.indicators[0], "value": "1" },
        ],
    });
    let input = json!({ "challengeId": competition.challenge, "solution": wrong, "memberIds": ["org_x"] });
    let refusal = aurora.fails("draftBid", input).await;
    assert_eq!(
        refusal.fields,
        [
            "memberIds.0: not_an_id",
            "solution.attachmentIds.0: not_an_id",
            "solution.commitments.0.indicatorId: not_an_id",
            "solution.commitments.0.value: not_a_decimal",
            "solution.commitments.1.indicatorId: unknown",
            "solution.commitments.3.indicatorId: duplicate",
            "solution.readinessLevel: out_of_range",
            "solution.requestedFunding: not_money",
            "solution.title: too_long",
        ]
    );
    let weak = json!({
        "requestedFunding": 200_000_001,
        "commitments": [{ "indicatorId": competition.indicators[0], "value": "9.99" }],
    });
    let input = json!({ "challengeId": competition.challenge, "solution": weak });
    let bid = aurora.does("draftBid", input).await["bid"]["id"].clone();
    let refusal = aurora.fails("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
    assert_eq!(refusal.code, "INVALID_INPUT");
    assert_eq!(
        refusal.fields,
        [
            "solution.commitments.0.value: weaker_than_target",
            "solution.commitments: commitment_missing",
            "solution.implementationPlan: required",
            "solution.principalInvestigator: required",
            "solution.requestedFunding: above_budget",
            "solution.summary: required",
            "solution.teamIntroduction: required",
            "solution.technicalApproach: required",
            "solution.title: required",
        ]
    );
}

#[tokio::test]
async fn bids_are_replaced_and_withdrawn_before_the_deadline_and_not_after() {
    let app = TestApp::new().await;
    let mut competition = Competition::published(&app).await;
    let bid = competition.bid(&app, "aurora", 150_000_000).await;
    let aurora = app.person("aurora").await;
    let own = json!({ "bidId": bid });
    let submit = json!({ "bidId": bid, "pledgeAccepted": true });
    aurora.may_not("submitBid", submit.clone(), "NOT_NOW").await;
    let solution = solution_input(&competition.indicators, "改过的方案", 140_000_000);
    let revise = json!({ "bidId": bid, "solution": solution, "expectedVersion": 1 });
    let revised = aurora.does("reviseBid", revise.clone()).await["bid"].clone();
    assert_eq!((&revised["status"], &revised["version"]), (&json!("SUBMITTED"), &json!(2)));
    aurora.may_not("reviseBid", revise.clone(), "CONFLICT").await;
    let second = aurora.does("submitBid", submit.clone()).await;
    assert_eq!(second["receipt"]["version"], 2);
    aurora.does("withdrawBid", own.clone()).await;
    aurora.may_not("withdrawBid", own.clone(), "NOT_NOW").await;
    // Handed in again as it was, under the same id and the same receipt.
    let again = aurora.does("submitBid", submit.clone()).await;
    assert_eq!(again["bid"]["status"], "SUBMITTED");
    assert_eq!(again["receipt"]["commitment"], second["receipt"]["commitment"]);
    let draft = json!({ "challengeId": competition.challenge, "solution": {} });
    aurora.may_not("draftBid", draft.clone(), "CONFLICT").await;

    app.drift("2026-04-01T16:59:59.999+08:00");
    aurora.does("reviseBid", json!({ "bidId": bid, "solution": solution })).await;
    aurora.does("submitBid", submit.clone()).await;
    // The deadline's own instant is late, timer or no timer.
    app.drift(DEADLINE);
    aurora.may_not("reviseBid", json!({ "bidId": bid, "solution": {} }), "DEADLINE_PASSED").await;
    aurora.may_not("submitBid", submit, "DEADLINE_PASSED").await;
    aurora.may_not("withdrawBid", own, "DEADLINE_PASSED").await;
    app.person("delta").await.may_not("draftBid", draft, "DEADLINE_PASSED").await;
    let seen = app.anybody().reads("challenges", json!({ "filter": { "statuses": ["CLOSED"] } })).await;
    assert!(seen["nodes"].as_array().unwrap().iter().any(|one| one["id"] == competition.challenge));
}

/// With the program alone, and with nothing of the platform but the published keys: any change of receipt, salt or content is found.
fn verifies_offline(keys: &Value, compact: &str, salt: &str, content: &str) {
    let folder = tempfile::TempDir::new().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let keys = put("keys.json", &keys.to_string());
    let verify = |receipt: &str, more: &[&str]| {
        let arguments = [&["receipt", "verify", "--keys", &keys], more, &[receipt]].concat();
        let run = std::process::Command::new(support::program()).args(arguments).output().unwrap();
        let told = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
        (run.status.success(), told)
    };
    let (genuine, told) = verify(compact, &[]);
    assert!(genuine && told.contains("genuine") && told.contains("commitment"), "{told}");
    // The order and the white space of a JSON text are nobody's content.
    let mut shuffled: Value = serde_json::from_str(content).unwrap();
    let pretty = put("pretty.json", &serde_json::to_string_pretty(&shuffled).unwrap());
    let (fits, told) = verify(compact, &["--salt", salt, "--content", &pretty]);
    assert!(fits && told.contains("what it commits to"), "{told}");
    shuffled["solution"]["title"] = json!("换过的标题");
    let changed = put("changed.json", &shuffled.to_string());
    let other_salt = format!("{}{}", if salt.starts_with('0') { "1" } else { "0" }, &salt[1..]);
    for (salt, content) in [(salt, &changed), (other_salt.as_str(), &pretty)] {
        let (fits, told) = verify(compact, &["--salt", salt, "--content", content]);
        assert!(!fits && told.contains("not what the receipt commits to"), "{told}");
    }
    let empty = put("none.json", r#"{"keys":[]}"#);
    let (signed, signature) = compact.rsplit_once('.').unwrap();
    let swapped: String = signature.chars().rev().collect();
    for (receipt, why) in [(format!("{signed}.{swapped}"), "signature"), ("a.b.c".to_owned(), "no receipt")] {
        let (genuine, told) = verify(&receipt, &[]);
        assert!(!genuine && told.contains(why), "{told}");
    }
    let run = std::process::Command::new(support::program())
        .args(["receipt", "verify", "--keys", &empty, compact])
        .output()
        .unwrap();
    assert!(!run.status.success() && String::from_utf8(run.stderr).unwrap().contains("not among those published"));
}

#[tokio::test]
async fn receipts_can_be_checked_by_anybody_and_offline() {
    use base64::Engine;
    use ed25519_dalek::{Signature, Verifier, VerifyingKey};
    let b64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let aurora = app.person("aurora").await;
    let solution = solution_input(&competition.indicators, "本方案", 150_000_000);
    let input = json!({ "challengeId": competition.challenge, "solution": solution });
    let bid = aurora.does("draftBid", input).await["bid"]["id"].clone();
    let submit = json!({ "bidId": bid, "pledgeAccepted": true });
    let handed_in = aurora.does("submitBid", submit.clone()).await;
    let receipt = handed_in["receipt"].clone();
    let compact = receipt["compact"].as_str().unwrap();

    // Offline: the published key, and nothing else.
    let keys: Value = {
        let answer = app.door().get("/.well-known/receipt-keys.json").send().await;
        serde_json::from_str(&answer.0.into_body().into_string().await.unwrap()).unwrap()
    };
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == receipt["keyId"]).unwrap();
    let key: [u8; 32] = b64.decode(key["x"].as_str().unwrap()).unwrap().try_into().unwrap();
    let (signed, signature) = compact.rsplit_once('.').unwrap();
    assert_eq!(receipt["signature"], signature);
    let signature = Signature::from_slice(&b64.decode(signature).unwrap()).unwrap();
    VerifyingKey::from_bytes(&key).unwrap().verify(signed.as_bytes(), &signature).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let read = |part: &str| -> Value { serde_json::from_slice(&b64.decode(part).unwrap()).unwrap() };
    assert_eq!(read(header), json!({ "alg": "EdDSA", "typ": "bid-receipt+jws", "kid": receipt["keyId"] }));
    let claims = read(claims);
    assert_eq!(claims["bid"], bid);
    assert_eq!(claims["challenge"], competition.challenge);
    assert_eq!(claims["commitment"], receipt["commitment"]);
    // The salt is shown once; with the recovery key its bidder reads it inside the seal, and nobody else has it.
    let salt = receipt["salt"].as_str().unwrap();
    assert!(!compact.contains(salt));
    let again = aurora
        .asks("query($id: ID!) { node(id: $id) { ... on Bid { receipt { salt } } } }", json!({ "id": bid }))
        .await;
    assert_eq!(again["node"]["receipt"]["salt"], Value::Null);
    let own = json!({ "bidId": bid, "recoveryKey": handed_in["recoveryKey"] });
    let read = aurora.does("readSealedBid", own).await;
    assert_eq!(read["salt"], salt);
    verifies_offline(&keys, compact, salt, read["content"].as_str().unwrap());

    // Online, by anybody.
    let verdict = app.anybody().reads("verifyReceipt", json!({ "receipt": compact })).await;
    assert_eq!(
        verdict,
        json!({ "valid": true, "inForce": true, "reason": null, "bidId": bid, "sealedAt": receipt["sealedAt"] })
    );
    aurora.does("reviseBid", json!({ "bidId": bid, "solution": solution })).await;
    let second = aurora.does("submitBid", submit).await["receipt"].clone();
    assert_ne!(second["commitment"], receipt["commitment"]);
    let verdict = app.anybody().reads("verifyReceipt", json!({ "receipt": compact })).await;
    assert_eq!((&verdict["valid"], &verdict["inForce"]), (&json!(true), &json!(false)));
    let mut forged = compact.to_owned();
    forged.replace_range(
        compact.len() - 20..compact.len() - 19,
        if &compact[compact.len() - 20..compact.len() - 19] == "A" { "B" } else { "A" },
    );
    let header = json!({ "alg": "EdDSA", "typ": "bid-receipt+jws", "kid": "\0" }).to_string();
    let (_, rest) = compact.split_once('.').unwrap();
    let strange = format!("{}.{rest}", b64.encode(header));
    let flawed = [
        (forged.as_str(), "wrong_signature"),
        (strange.as_str(), "unknown_key"),
        ("a.b.c", "malformed"),
        ("", "malformed"),
    ];
    for (text, reason) in flawed {
        let verdict = app.anybody().reads("verifyReceipt", json!({ "receipt": text })).await;
        assert_eq!((&verdict["valid"], &verdict["reason"]), (&json!(false), &json!(reason)));
    }
    // Another key signs since; a receipt holds for ever.
    let app = app.started_again(&jiebang_platform::keys::KeyTexts::generate().unwrap());
    let verdict = app.anybody().reads("verifyReceipt", json!({ "receipt": compact })).await;
    assert_eq!(verdict["valid"], true);
    let answer = app.door().get("/.well-known/receipt-keys.json").send().await;
    let listed = answer.0.into_body().into_string().await.unwrap();
    assert!(listed.contains(receipt["keyId"].as_str().unwrap()));
}

#[tokio::test]
async fn two_organizers_open_after_the_deadline() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let open = competition.opening();
    let (first, second) = (app.person("organizer").await, app.person("organizer2").await);
    first.may_not("openBids", open.clone(), "NOT_NOW").await;
    app.drift("2026-04-01T16:59:59.999+08:00");
    first.may_not("openBids", open.clone(), "NOT_NOW").await;
    app.drift(DEADLINE);
    for other in ["urban", "aurora", "judge1", "supervisor", "sysadmin"] {
        app.person(other).await.may_not("openBids", open.clone(), "FORBIDDEN").await;
    }
    let with = |changes: Value| {
        let mut input = json!({ "challengeId": competition.challenge });
        input.as_object_mut().unwrap().append(&mut changes.as_object().unwrap().clone());
        input
    };
    for (given, fault) in [
        (json!({}), "share: required"),
        (json!({ "share": "x" }), "share: wrong_share"),
        (json!({ "passphrase": "wrong" }), "passphrase: passphrase_wrong"),
        (json!({ "share": "x", "waitingShare": "y", "passphrase": "x".repeat(500) }), "passphrase: passphrase_wrong"),
    ] {
        assert_eq!(first.fails("openBids", with(given)).await.fields, [fault]);
    }
    let approved = first.does("openBids", open.clone()).await;
    assert_eq!((&approved["opened"], &approved["approvals"]), (&json!(false), &json!(1)));
    first.may_not("openBids", open.clone(), "CONFLICT").await;
    let sealed = first.reads("bids", json!({ "id": competition.challenge })).await;
    assert_eq!((&sealed["bids"], &sealed["bidCount"]), (&Value::Null, &Value::Null));

    let opened = second.does("openBids", open.clone()).await;
    assert_eq!(opened["opened"], true);
    assert_eq!(opened["challenge"], json!({ "id": competition.challenge, "status": "REVIEWING", "bidCount": 3 }));
    second.may_not("openBids", open, "NOT_NOW").await;

    let seen = first.reads("bids", json!({ "id": competition.challenge })).await;
    let bids = seen["bids"]["nodes"].as_array().unwrap();
    let mut labels: Vec<_> = bids.iter().map(|bid| bid["label"].as_str().unwrap()).collect();
    labels.sort_unstable();
    assert_eq!(labels, ["方案 A", "方案 B", "方案 C"]);
    for bid in bids {
        assert_eq!(bid["status"], "OPENED");
        assert!(bid["solution"]["title"].as_str().unwrap().ends_with("的方案"));
        assert_eq!(bid["receipt"], Value::Null);
    }
    // The department and rivals know who bids, not what; the public knows how many.
    for other in ["urban", "beacon"] {
        let seen = app.person(other).await.reads("bids", json!({ "id": competition.challenge })).await;
        assert_eq!(seen["bids"]["totalCount"], 3, "{other}");
        let read =
            seen["bids"]["nodes"].as_array().unwrap().iter().filter(|bid| bid["solution"] != Value::Null).count();
        assert_eq!(read, usize::from(other == "beacon"), "{other}");
    }
    let seen = app.anybody().reads("bids", json!({ "id": competition.challenge })).await;
    assert_eq!((&seen["bidCount"], &seen["bids"]["totalCount"]), (&json!(3), &json!(0)));
    let seen = app.person("delta").await.reads("bids", json!({ "id": competition.challenge })).await;
    assert_eq!(seen["bids"]["totalCount"], 0);
}

#[tokio::test]
async fn the_closing_commits_to_the_bids_in_force() {
    use sha2::{Digest, Sha256};
    let app = TestApp::new().await;
    let competition = Competition::opened(&app).await;
    let events = app.anybody().reads("events", json!({ "subject": competition.challenge })).await;
    let facts = |kind: &str| -> Value {
        let event = events["nodes"].as_array().unwrap().iter().find(|event| event["kind"] == kind).unwrap();
        serde_json::from_str::<Value>(event["publicText"].as_str().unwrap()).unwrap()["facts"].clone()
    };
    let closed = events["nodes"].as_array().unwrap().iter().find(|event| event["kind"] == "challenge.closed").unwrap();
    assert_eq!(closed["at"], "2026-04-01T09:00:00.000Z");
    let opened = facts("challenge.opened");
    let mut sha = Sha256::new().chain_update(opened["nonce"].as_str().unwrap());
    for commitment in opened["commitments"].as_array().unwrap() {
        sha.update(commitment.as_str().unwrap());
    }
    assert_eq!(facts("challenge.closed"), json!({ "root": hex::encode(sha.finalize()) }));
    // Anybody can walk the stream.
    let mut previous = "0".repeat(64);
    for event in events["nodes"].as_array().unwrap() {
        assert_eq!(event["previousHash"], previous.as_str());
        let text = ["previousHash", "publicText", "privateDigest"].map(|part| event[part].as_str().unwrap()).concat();
        previous = hex::encode(Sha256::digest(text));
        assert_eq!(event["hash"], previous.as_str());
    }
}

#[tokio::test]
async fn a_changed_byte_breaks_that_bid_and_no_other() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    // The first ciphertext in the order of commitments loses its last byte.
    app.tamper(
        "update bid_submissions set sealed = substr(sealed, 1, length(sealed) - 1) where bid_id =
         (select bid_id from bid_submissions where bid_id in (select id from bids where in_force is not null
          and status = 'SUBMITTED') order by commitment limit 1)",
    )
    .await;
    app.person("organizer").await.does("openBids", competition.opening()).await;
    let organizer = app.person("organizer2").await;
    let document = "mutation($input: OpenBidsInput!) { openBids(input: $input) { opened broken } }";
    let opened = organizer.asks(document, json!({ "input": competition.opening() })).await["openBids"].clone();
    assert_eq!(opened["opened"], true);
    let broken = opened["broken"].as_array().unwrap();
    assert_eq!(broken.len(), 1);
    let seen = organizer.reads("bids", json!({ "id": competition.challenge })).await;
    for bid in seen["bids"]["nodes"].as_array().unwrap() {
        assert_eq!(bid["solution"] == Value::Null, bid["id"] == broken[0]);
    }
    let check = |passed: bool| json!({ "bidId": broken[0], "items": [{ "name": "封存完好", "passed": passed, "reason": "密文已被改动" }] });
    organizer.may_not("recordFormalCheck", check(true), "NOT_NOW").await;
    organizer.does("recordFormalCheck", check(false)).await;
    let checked = app.person("organizer3").await.does("recordFormalCheck", check(false)).await;
    assert_eq!(checked["bid"]["status"], "FORMAL_FAILED");
}

const LOW_ORDER: &str = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";

/// An officer's own key, as the stock tool makes it.
pub fn own_key() -> (age::x25519::Identity, String) {
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    (identity, recipient)
}

/// What the stock tool reads with this key.
pub fn decrypted(identity: &age::x25519::Identity, armored: &Value) -> Option<String> {
    let mut text = String::new();
    let armor = age::armor::ArmoredReader::new(armored.as_str()?.as_bytes());
    let decryptor = age::Decryptor::new(armor).ok()?;
    decryptor.decrypt(std::iter::once(identity as &dyn age::Identity)).ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}

#[tokio::test]
async fn two_officers_open_with_shares_that_they_decrypt_themselves() {
    let app = TestApp::new().await;
    let (first, second) = (app.person("organizer").await, app.person("organizer2").await);
    let ((one, one_to), (two, two_to)) = (own_key(), own_key());
    let register = |to: &str| json!({ "recipient": to });
    app.anybody().may_not("registerOpeningKey", register(&one_to), "UNAUTHENTICATED").await;
    for other in ["urban", "aurora", "judge1", "supervisor", "sysadmin"] {
        app.person(other).await.may_not("registerOpeningKey", register(&one_to), "FORBIDDEN").await;
    }
    for (given, fault) in [
        (json!({}), "recipient: exactly_one"),
        (json!({ "recipient": one_to, "passphrase": "Geheim-2026-Geheim" }), "recipient: exactly_one"),
        (json!({ "recipient": "age1x" }), "recipient: not_a_recipient"),
        // Of low order: nothing can be encrypted to it.
        (json!({ "recipient": LOW_ORDER }), "recipient: not_a_recipient"),
        (json!({ "passphrase": "kurz" }), "passphrase: too_short"),
    ] {
        assert_eq!(first.fails("registerOpeningKey", given).await.fields, [fault]);
    }
    first.does("registerOpeningKey", register(&one_to)).await;
    // Nobody registers another's.
    assert_eq!(second.fails("registerOpeningKey", register(&one_to)).await.fields, ["recipient: duplicate"]);
    let key = second.does("registerOpeningKey", register(&two_to)).await["openingKey"].clone();
    assert_eq!((&key["recipient"], &key["kept"]), (&json!(two_to), &json!(false)));

    let competition = Competition::with_bids(&app).await;
    let id = json!({ "id": competition.challenge });
    let seen = async |who: &str| app.person(who).await.reads("openingShare", id.clone()).await;
    let asks = "query($id: ID!) { challenge(id: $id) { openingShare waitingShare seal { mode openers note } } }";
    let shown = app.anybody().asks(asks, id.clone()).await["challenge"].clone();
    assert_eq!((&shown["openingShare"], &shown["seal"]["mode"]), (&Value::Null, &json!("ORGANIZERS")));
    let holders = shown["seal"]["openers"].as_array().unwrap();
    assert!(holders.contains(&json!(one_to)) && holders.contains(&json!(two_to)));
    assert!(shown["seal"]["note"].as_str().unwrap().contains("两名"));
    for other in ["urban", "aurora", "supervisor", "sysadmin"] {
        let shares = app.person(other).await.asks(asks, id.clone()).await["challenge"].clone();
        assert_eq!((&shares["openingShare"], &shares["waitingShare"]), (&Value::Null, &Value::Null), "{other}");
    }
    let open = |share: Option<&str>, waiting: Option<&str>| json!({ "challengeId": competition.challenge, "share": share, "waitingShare": waiting });
    // Each reads its own share and no other.
    let (of_one, of_two) = (seen("organizer").await, seen("organizer2").await);
    let of = |seen: &Value| seen["openingShare"].clone();
    let (of_one, of_two) = (of(&of_one), of(&of_two));
    assert!(decrypted(&two, &of_one).is_none() && decrypted(&one, &of_two).is_none());
    let (share_one, share_two) = (decrypted(&one, &of_one).unwrap(), decrypted(&two, &of_two).unwrap());
    app.drift(DEADLINE);
    // The password opens nothing here, and another's share is none.
    let by_password = json!({ "challengeId": competition.challenge, "passphrase": "Rehearsal-2026" });
    assert_eq!(first.fails("openBids", by_password).await.fields, ["passphrase: key_not_kept"]);
    assert_eq!(first.fails("openBids", open(Some(&share_two), None)).await.fields, ["share: wrong_share"]);
    first.does("openBids", open(Some(&share_one), None)).await;
    // What waits is for the others alone, in the database too: neither clear, nor for one key more than theirs.
    let waits = |such: &str| format!("update seals set waiting_share = waiting_share where waiting_share {such}");
    assert_eq!(app.tamper(&waits("is not null")).await, 1);
    assert_eq!(app.tamper(&waits(&format!("like '%{share_one}%'"))).await, 0);
    let armored = seen("organizer2").await["waitingShare"].clone();
    let armored = armored.as_str().unwrap();
    assert_eq!(app.tamper(&waits(&format!("= '{armored}'"))).await, 1);
    let mut sealed = Vec::new();
    age::armor::ArmoredReader::new(armored.as_bytes()).read_to_end(&mut sealed).unwrap();
    let stanzas = sealed.windows(11).filter(|window| window == b"\n-> X25519 ").count();
    assert_eq!(stanzas, holders.len() - 1);
    assert_eq!(seen("organizer").await["waitingShare"], Value::Null);
    let waiting = seen("organizer2").await["waitingShare"].clone();
    assert!(decrypted(&one, &waiting).is_none());
    let waiting = decrypted(&two, &waiting).unwrap();
    assert_eq!(waiting, share_one);
    assert_eq!(second.fails("openBids", open(Some(&share_two), None)).await.fields, ["waitingShare: wrong_share"]);
    let twice = open(Some(&share_two), Some(&share_two));
    assert_eq!(second.fails("openBids", twice).await.fields, ["waitingShare: wrong_share"]);
    let opened = second.does("openBids", open(Some(&share_two), Some(&waiting))).await;
    assert_eq!((&opened["opened"], &opened["challenge"]["bidCount"]), (&json!(true), &json!(3)));
    assert_eq!(seen("organizer2").await["waitingShare"], Value::Null);
}

#[tokio::test]
async fn two_who_hold_shares_split_the_key_anew_among_those_who_may_open_now() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let (first, second) = (app.person("organizer").await, app.person("organizer2").await);
    let asks = "query($id: ID!) { challenge(id: $id) { seal { openers } } }";
    let anybody = app.anybody();
    let openers = async || {
        let seen = anybody.asks(asks, json!({ "id": competition.challenge })).await;
        seen["challenge"]["seal"]["openers"].as_array().unwrap().len()
    };
    let before = openers().await;
    let shares =
        async |who: &str| app.person(who).await.reads("openingShare", json!({ "id": competition.challenge })).await;
    let old = shares("organizer").await["openingShare"].clone();
    let joins = json!({ "username": "joins", "password": "Rehearsal-2026", "name": "新任", "roles": ["ORGANIZER"] });
    app.person("sysadmin").await.does("createAccount", joins).await;
    assert_eq!(shares("joins").await["openingShare"], Value::Null);
    // Who holds no share cannot begin.
    app.anybody().may_not("reshareOpeningKey", competition.opening(), "UNAUTHENTICATED").await;
    for other in ["joins", "urban", "aurora", "judge1", "supervisor", "sysadmin"] {
        app.person(other).await.may_not("reshareOpeningKey", competition.opening(), "FORBIDDEN").await;
    }
    let begun = first.does("reshareOpeningKey", competition.opening()).await;
    assert_eq!((&begun["done"], openers().await), (&json!(false), before));
    assert_eq!(shares("organizer").await["waitingShare"], Value::Null);
    assert!(shares("organizer2").await["waitingShare"].is_string());
    // The same once more makes nothing of one share.
    assert_eq!(first.does("reshareOpeningKey", competition.opening()).await["done"], false);
    assert_eq!(second.does("reshareOpeningKey", competition.opening()).await["done"], true);
    assert_eq!(openers().await, before + 1);
    assert_ne!(shares("organizer").await["openingShare"], old);
    assert_eq!(shares("organizer2").await["waitingShare"], Value::Null);
    // Begun again and left: the opening does not take it for an approval.
    second.does("reshareOpeningKey", competition.opening()).await;
    app.drift(DEADLINE);
    let opened = app.person("joins").await.does("openBids", competition.opening()).await;
    assert_eq!((&opened["opened"], &opened["approvals"]), (&json!(false), &json!(1)));
    second.may_not("reshareOpeningKey", competition.opening(), "NOT_NOW").await;
    assert_eq!(first.does("openBids", competition.opening()).await["opened"], true);
}

#[tokio::test]
async fn the_escrowed_key_opens_loudly_and_takes_two() {
    let escrow = own_key();
    let app = TestApp::new().await.escrowing_to(&escrow.1);
    let competition = Competition::with_bids(&app).await;
    let (first, second) = (app.person("organizer").await, app.person("organizer2").await);
    let asks = "query($id: ID!) { challenge(id: $id) { seal { escrowRecipient escrowed } } }";
    let seen =
        async |who: &Person| who.asks(asks, json!({ "id": competition.challenge })).await["challenge"]["seal"].clone();
    let public = seen(&app.anybody()).await;
    assert_eq!((&public["escrowRecipient"], &public["escrowed"]), (&json!(escrow.1), &Value::Null));
    let key = decrypted(&escrow.0, &seen(&first).await["escrowed"]).unwrap();
    let with = |key: Option<&str>| json!({ "challengeId": competition.challenge, "escrow": { "reason": "两名持钥人员离职", "key": key } });
    app.drift(DEADLINE);
    assert_eq!(first.fails("openBids", with(Some(&key))).await.fields, ["escrow.key: not_announced"]);
    let blank = json!({ "challengeId": competition.challenge, "escrow": { "reason": " " } });
    assert_eq!(first.fails("openBids", blank).await.fields, ["escrow.reason: required"]);
    // A share that waits is no announcement.
    assert_eq!(second.does("openBids", competition.opening()).await["opened"], false);
    assert_eq!(second.fails("openBids", with(Some(&key))).await.fields, ["escrow.key: not_announced"]);
    let announced = first.does("openBids", with(None)).await;
    assert_eq!((&announced["opened"], &announced["approvals"]), (&json!(false), &json!(2)));
    first.may_not("openBids", with(None), "CONFLICT").await;
    assert_eq!(first.fails("openBids", with(Some(&key))).await.fields, ["escrow.key: not_announced"]);
    let other = own_key().0;
    let other = age::secrecy::ExposeSecret::expose_secret(&other.to_string()).to_owned();
    assert_eq!(second.fails("openBids", with(None)).await.fields, ["escrow.key: required"]);
    assert_eq!(second.fails("openBids", with(Some(&other))).await.fields, ["escrow.key: wrong_share"]);
    assert_eq!(second.does("openBids", with(Some(&key))).await["opened"], true);
    let events = app.anybody().reads("events", json!({ "subject": competition.challenge, "first": 100 })).await;
    let used =
        events["nodes"].as_array().unwrap().iter().filter(|event| event["kind"] == "challenge.escrow_used").count();
    assert_eq!(used, 2);
    // An announcement is no dead end: two shares open all the same, whoever approved before.
    let app = TestApp::new().await.escrowing_to(&escrow.1);
    let competition = Competition::with_bids(&app).await;
    app.drift(DEADLINE);
    let (first, second) = (app.person("organizer").await, app.person("organizer2").await);
    let announces = json!({ "challengeId": competition.challenge, "escrow": { "reason": "一名持钥人员离职" } });
    first.does("openBids", announces).await;
    assert_eq!(second.does("openBids", competition.opening()).await["opened"], false);
    assert_eq!(first.does("openBids", competition.opening()).await["opened"], true);
    // Where nothing is escrowed there is nothing to open with.
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    app.drift(DEADLINE);
    let with = json!({ "challengeId": competition.challenge, "escrow": { "reason": "两名持钥人员离职" } });
    assert_eq!(app.person("organizer").await.fails("openBids", with).await.fields, ["escrow: does_not_apply"]);
}

#[tokio::test]
async fn a_challenge_that_nobody_could_open_is_not_published() {
    let app = TestApp::new().await;
    let competition = Competition::approved(&app).await;
    app.tamper("update opening_keys set replaced_at = registered_at").await;
    let publish = json!({ "challengeId": competition.challenge, "submissionDeadline": DEADLINE });
    let organizer = app.person("organizer").await;
    let refusal = organizer.fails("publishChallenge", publish.clone()).await;
    assert_eq!((refusal.code.as_str(), refusal.message.contains("registerOpeningKey")), ("NOT_NOW", true));
    for who in ["organizer", "organizer2"] {
        let kept = app
            .person(who)
            .await
            .does("registerOpeningKey", json!({ "passphrase": format!("Oeffnung-2026-{who}") }))
            .await;
        assert_eq!(kept["openingKey"]["kept"], true);
    }
    organizer.does("publishChallenge", publish).await;
    app.drift(DEADLINE);
    let open = |passphrase: &str| json!({ "challengeId": competition.challenge, "passphrase": passphrase });
    // Wrong ones are counted, and lock the right one out for a while; another's counts for nobody else.
    for _ in 0..50 {
        let refusal = organizer.fails("openBids", open("Oeffnung-2026-organizer2")).await;
        assert_eq!(refusal.fields, ["passphrase: passphrase_wrong"]);
    }
    let right = open("Oeffnung-2026-organizer");
    organizer.may_not("openBids", right.clone(), "RATE_LIMITED").await;
    app.person("organizer2").await.does("openBids", open("Oeffnung-2026-organizer2")).await;
    app.machine_runs(chrono::TimeDelta::minutes(16));
    let organizer = app.person("organizer").await;
    assert_eq!(organizer.does("openBids", right).await["challenge"]["status"], "FAILED");
}

#[tokio::test]
async fn a_challenge_without_bids_fails_at_the_opening() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    app.set_clock("2026-04-02T09:00:00+08:00").await;
    let open = competition.opening();
    app.person("organizer").await.does("openBids", open.clone()).await;
    let opened = app.person("organizer2").await.does("openBids", open).await;
    assert_eq!((&opened["opened"], &opened["challenge"]["status"]), (&json!(false), &json!("FAILED")));
}

#[tokio::test]
async fn the_formal_check_names_its_faults_and_the_last_failure_ends_it() {
    let app = TestApp::new().await;
    let competition = Competition::opened(&app).await;
    let organizer = app.person("organizer").await;
    let bid = &competition.bids[0].1;
    let check = |items: Value| json!({ "bidId": bid, "items": items });
    app.person("urban").await.may_not("recordFormalCheck", check(json!([])), "FORBIDDEN").await;
    let refusal = organizer.fails("recordFormalCheck", check(json!([]))).await;
    assert_eq!(refusal.fields, ["items: required"]);
    let items =
        json!([{ "name": "甲", "passed": false }, { "name": "甲", "passed": true }, { "name": "", "passed": true }]);
    let refusal = organizer.fails("recordFormalCheck", check(items)).await;
    assert_eq!(refusal.fields, ["items.0.reason: reason_needed", "items.1.name: duplicate", "items.2.name: required"]);
    let passed = organizer.does("recordFormalCheck", check(json!([{ "name": "甲", "passed": true }]))).await;
    assert_eq!(passed["bid"]["status"], "FORMAL_PASSED");
    organizer.may_not("recordFormalCheck", check(json!([{ "name": "甲", "passed": true }])), "NOT_NOW").await;
    let own = app.person("aurora").await.reads("myBids", json!({ "challenge": competition.challenge })).await;
    assert_eq!(own["bids"]["nodes"][0]["status"], "FORMAL_PASSED");

    // Another competition, in which every bid fails.
    let competition = Competition::opened(&TestApp::new().await).await;
    drop(competition);
    let app = TestApp::new().await;
    let competition = Competition::opened(&app).await;
    for (place, (_, bid)) in competition.bids.iter().enumerate() {
        let items = json!([{ "name": "甲", "passed": false, "reason": "缺签章" }]);
        let checked = Competition::both_check(&app, bid, items).await;
        let last = place + 1 == competition.bids.len();
        assert_eq!(checked["bid"]["challenge"]["status"], if last { "FAILED" } else { "REVIEWING" });
    }
}

#[tokio::test]
async fn no_department_is_a_member_and_no_organization_twice() {
    let app = TestApp::new().await;
    let competition = Competition::published(&app).await;
    let of = async |name: &str| app.person(name).await.reads("viewer", json!({})).await["organization"]["id"].clone();
    let members =
        json!([of("urban").await, of("social").await, of("aurora").await, of("eagle").await, of("beacon").await]);
    let draft = json!({ "challengeId": competition.challenge, "solution": {}, "memberIds": members });
    let refusal = app.person("aurora").await.fails("draftBid", draft).await;
    assert_eq!(refusal.fields, [0, 1, 2, 3].map(|place| format!("memberIds.{place}: member_unfit")));
}

#[tokio::test]
async fn a_rival_is_not_told_who_failed_the_formal_check() {
    let app = TestApp::new().await;
    let (competition, judges) = {
        let competition = Competition::opened(&app).await;
        let organizer = app.person("organizer").await;
        for (bidder, bid) in &competition.bids {
            let items = json!([{ "name": "甲", "passed": bidder != "cedar", "reason": "缺签章" }]);
            if bidder == "cedar" {
                Competition::both_check(&app, bid, items).await;
            } else {
                organizer.does("recordFormalCheck", json!({ "bidId": bid, "items": items })).await;
            }
        }
        organizer.does("drawPanel", json!({ "challengeId": competition.challenge })).await;
        let judges = competition.judges(&app).await;
        (competition, judges)
    };
    for judge in &judges {
        let person = app.person(judge).await;
        person.does("declareInterest", json!({ "challengeId": competition.challenge, "conflictFree": true })).await;
        for ((_, bid), mark) in competition.bids.iter().take(2).zip(["90", "60"]) {
            person.does("submitScoreSheet", json!({ "bidId": bid, "marks": competition.marks(mark) })).await;
        }
    }
    let organizer = app.person("organizer").await;
    organizer.does("closeReview", json!({ "challengeId": competition.challenge })).await;
    let notice = json!({ "challengeId": competition.challenge, "winnerBidIds": [competition.bids[0].1] });
    organizer.does("publishNotice", notice).await;
    // aurora is proposed; beacon did not pass, cedar failed the formal check: to a rival both are the same.
    let seen = app.person("aurora").await.reads("bids", json!({ "id": competition.challenge })).await;
    let mut states: Vec<_> =
        seen["bids"]["nodes"].as_array().unwrap().iter().map(|bid| bid["status"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["OPENED", "OPENED", "PROPOSED_WINNER"]);
}
