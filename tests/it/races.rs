//! Fifty at once, half of them at a second server on the same database: exactly one effect, and the same answer to every repeat.
//! `make test` runs few rounds, `make races` a hundred (`JIEBANG_TEST_ROUNDS`).

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use support::{Competition, DEADLINE, Person, TestApp, challenge_input, operation, rounds, solution_input};

const AT_ONCE: usize = 50;
const AFTER_THE_DEADLINE: &str = "2026-04-02T09:00:00+08:00";
const AFTER_THE_NOTICE: &str = "2026-04-20T09:00:00+08:00";

/// Two servers on one database.
struct Doors {
    one: TestApp,
    other: TestApp,
}

/// Somebody who stands at both doors.
struct Twice {
    one: Person,
    other: Person,
}

/// An answer in brief: what was done, or why not.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Done(Value),
    Refused(String),
}

impl Doors {
    async fn open() -> Self {
        let one = TestApp::new().await;
        let other = one.beside().await;
        Self { one, other }
    }

    async fn person(&self, username: &str) -> Twice {
        let one = self.one.person(username).await;
        let other = self.other.bearer(one.token().unwrap());
        Twice { one, other }
    }

    fn anybody(&self) -> Twice {
        Twice { one: self.one.anybody(), other: self.other.anybody() }
    }

    async fn set_clock(&self, at: &str) {
        self.one.set_clock(at).await;
        self.other.keeps_its_clock().await;
    }
}

/// All of these at once, each in a task of its own; with two people, each does every other.
async fn at_once(people: &[&Twice], name: &str, inputs: &[Value]) -> Vec<Told> {
    let document = operation(name);
    let tries = (0..AT_ONCE).map(|number| {
        let who = people[number % people.len()];
        let at = if (number / people.len()).is_multiple_of(2) { &who.one } else { &who.other };
        let (at, document) = (at.clone(), document.clone());
        let variables = json!({ "input": inputs[number % inputs.len()] });
        tokio::spawn(async move { at.sends(&document, variables).await.1 })
    });
    let answers = join_all(tries).await;
    answers.into_iter().map(|answer| told(&answer.unwrap())).collect()
}

fn told(answer: &Value) -> Told {
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => Told::Refused(code.to_owned()),
        None => Told::Done(answer["data"].as_object().unwrap().values().next().unwrap().clone()),
    }
}

fn done(all: &[Told]) -> Vec<&Value> {
    all.iter().filter_map(|told| if let Told::Done(done) = told { Some(done) } else { None }).collect()
}

/// Exactly one was let through; the others were refused so.
fn one_of(all: &[Told], refused: &[&str]) -> Value {
    let codes: BTreeSet<_> =
        all.iter().filter_map(|told| if let Told::Refused(code) = told { Some(code.as_str()) } else { None }).collect();
    assert!(codes.iter().all(|code| refused.contains(code)), "{codes:?}");
    let done = done(all);
    assert_eq!(done.len(), 1, "{all:#?}");
    done[0].clone()
}

/// All were answered, and all the same.
fn all_the_same(all: &[Told], at: &str) -> Value {
    let answers: Vec<_> = done(all).into_iter().map(|done| done.pointer(at).unwrap()).collect();
    assert_eq!(answers.len(), all.len(), "{all:#?}");
    assert!(answers.iter().all(|answer| *answer == answers[0] && !answer.is_null()), "{answers:#?}");
    answers[0].clone()
}

/// How often this happened to a subject, as this person sees it.
async fn happened(person: &Twice, subject: &Value, kind: &str) -> usize {
    let (mut count, mut after) = (0, Value::Null);
    loop {
        let page = person.other.reads("events", json!({ "subject": subject, "first": 100, "after": after })).await;
        count += page["nodes"].as_array().unwrap().iter().filter(|event| event["kind"] == kind).count();
        if page["pageInfo"]["hasNextPage"] != true {
            return count;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

fn keyed(mut input: Value, key: usize) -> Value {
    input["idempotencyKey"] = json!(format!("k{key}"));
    input
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_is_good_for_one() {
    let doors = Doors::open().await;
    let anybody = doors.anybody();
    let login = json!({ "username": "aurora", "password": "Rehearsal-2026" });
    for _ in 0..rounds() {
        let session = anybody.one.does("signIn", login.clone()).await;
        let input = json!({ "refreshToken": session["refreshToken"] });
        let won = one_of(&at_once(&[&anybody], "refreshSession", &[input]).await, &["UNAUTHENTICATED"]);
        // It was stolen or its owner was robbed: nobody goes on with it.
        let next = json!({ "refreshToken": won["refreshToken"] });
        anybody.other.may_not("refreshSession", next, "UNAUTHENTICATED").await;
        for token in [&session["accessToken"], &won["accessToken"]] {
            let ended = doors.other.bearer(token.as_str().unwrap()).fails_to_read("viewer", json!({})).await;
            assert_eq!(ended.code, "UNAUTHENTICATED");
        }
    }
    let aurora = doors.person("aurora").await;
    let user = aurora.one.reads("viewer", json!({})).await["user"]["id"].clone();
    assert_eq!(happened(&aurora, &user, "account.refresh_reused").await, rounds());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_stands_for_one_act() {
    let doors = Doors::open().await;
    let urban = doors.person("urban").await;
    let drafted = async || {
        let count = "{ challenges(first: 1, filter: { statuses: [DRAFT] }) { totalCount } }";
        let mine = urban.other.asks(count, json!({})).await;
        usize::try_from(mine["challenges"]["totalCount"].as_u64().unwrap()).unwrap()
    };
    let before = drafted().await;
    for round in 0..rounds() {
        // Others use the same key for something else meanwhile.
        let inputs = [keyed(challenge_input(), round), keyed(json!({ "title": "另一件" }), round)];
        let all = at_once(&[&urban], "draftChallenge", &inputs).await;
        let won = done(&all);
        assert_eq!(won.len(), AT_ONCE / 2, "{all:#?}");
        assert!(won.iter().all(|one| one["challenge"]["id"] == won[0]["challenge"]["id"]), "{won:#?}");
        assert_eq!(all.iter().filter(|told| **told == Told::Refused("CONFLICT".into())).count(), AT_ONCE / 2);
        assert_eq!(happened(&urban, &won[0]["challenge"]["id"], "challenge.drafted").await, 1);
    }
    assert_eq!(drafted().await - before, rounds());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bid_is_handed_in_once() {
    let doors = Doors::open().await;
    let competition = Competition::published(&doors.one).await;
    let aurora = doors.person("aurora").await;
    let solution = |title: &str| solution_input(&competition.indicators, title, 150_000_000);
    let draft = json!({ "challengeId": competition.challenge, "solution": solution("初稿") });
    let bid = aurora.one.does("draftBid", draft).await["bid"]["id"].clone();
    let submit = json!({ "bidId": bid, "pledgeAccepted": true });
    let mut commitments = BTreeSet::new();
    for round in 0..rounds() {
        let solution = solution(&format!("第{round}稿"));
        aurora.one.does("reviseBid", json!({ "bidId": bid, "solution": solution })).await;
        let receipt = if round % 2 == 0 {
            let all = at_once(&[&aurora], "submitBid", &[keyed(submit.clone(), round)]).await;
            all_the_same(&all, "/receipt/compact");
            let receipt = done(&all)[0]["receipt"].clone();
            // A recovery key is shown once, to one.
            let keys: Vec<_> = done(&all).into_iter().filter_map(|done| done["recoveryKey"].as_str()).collect();
            assert_eq!(keys.len(), 1);
            aurora.other.does("readSealedBid", json!({ "bidId": bid, "recoveryKey": keys[0] })).await;
            receipt
        } else {
            let all = at_once(&[&aurora], "submitBid", std::slice::from_ref(&submit)).await;
            one_of(&all, &["NOT_NOW"])["receipt"].clone()
        };
        assert_eq!(receipt["version"], round + 1);
        assert!(commitments.insert(receipt["commitment"].to_string()));
    }
    assert_eq!(happened(&aurora, &bid, "bid.submitted").await, rounds());
}

/// As many competitions as there are rounds, from the opening to the agreement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opening_a_sheet_an_award_and_an_agreement_happen_once() {
    let doors = Doors::open().await;
    let (urban, aurora) = (doors.person("urban").await, doors.person("aurora").await);
    let (organizer, organizer2) = (doors.person("organizer").await, doors.person("organizer2").await);
    let competitions = published(&urban.one, [&organizer.one, &organizer2.one], &aurora.one).await;
    doors.set_clock(AFTER_THE_DEADLINE).await;
    for (round, competition) in competitions.iter().enumerate() {
        let open = competition.opening();
        let both = [&organizer, &organizer2];
        let opened = if round % 2 == 0 {
            // The same words as keys: keys of two people are apart.
            let all = at_once(&both, "openBids", &[keyed(open, round)]).await;
            let of = |who: usize| all.iter().skip(who).step_by(2).cloned().collect::<Vec<_>>();
            [0, 1].map(|who| all_the_same(&of(who), "/opened") == true)
        } else {
            let all = at_once(&both, "openBids", &[open]).await;
            let of = |who: usize| all.iter().skip(who).step_by(2).cloned().collect::<Vec<_>>();
            [0, 1].map(|who| one_of(&of(who), &["CONFLICT", "NOT_NOW"])["opened"] == true)
        };
        assert!(opened[0] != opened[1], "one approves, the other opens: {opened:?}");
        let id = json!(competition.challenge);
        assert_eq!(happened(&organizer, &id, "challenge.opened").await, 1);
        assert_eq!(happened(&organizer, &id, "challenge.opening_approved").await, 2);
        let items = json!([{ "name": "材料完整", "passed": true }]);
        organizer.one.does("recordFormalCheck", json!({ "bidId": competition.bids[0].1, "items": items })).await;
        organizer.one.does("drawPanel", json!({ "challengeId": competition.challenge })).await;
    }

    let judged = sheets(&doors, &competitions).await;
    assert_eq!(judged, competitions.len() * 5);
    for competition in &competitions {
        let id = json!(competition.challenge);
        organizer.one.does("closeReview", json!({ "challengeId": id })).await;
        let notice = json!({ "challengeId": id, "winnerBidIds": [competition.bids[0].1] });
        organizer.one.does("publishNotice", notice).await;
    }

    doors.set_clock(AFTER_THE_NOTICE).await;
    let before = counted(&doors.one).await;
    for (round, competition) in competitions.iter().enumerate() {
        let award = json!({ "challengeId": competition.challenge });
        let project = if round % 2 == 0 {
            all_the_same(&at_once(&[&organizer], "awardChallenge", &[keyed(award, round)]).await, "/projects/0/id")
        } else {
            let all = at_once(&[&organizer, &organizer2], "awardChallenge", &[award]).await;
            one_of(&all, &["NOT_NOW"])["projects"][0]["id"].clone()
        };
        assert_eq!(happened(&organizer, &json!(competition.challenge), "challenge.awarded").await, 1);
        let seen = doors.other.anybody().reads("ranking", json!({ "id": competition.challenge })).await;
        assert_eq!(seen["projects"].as_array().unwrap().len(), 1);
        let sign = json!({ "projectId": project, "contractNo": format!("YC-{round}") });
        if round % 2 == 0 {
            let all = at_once(&[&organizer], "signAgreement", &[keyed(sign, round)]).await;
            assert_eq!(all_the_same(&all, "/project/id"), project);
        } else {
            one_of(&at_once(&[&organizer, &organizer2], "signAgreement", &[sign]).await, &["NOT_NOW"]);
        }
        assert_eq!(happened(&organizer, &project, "project.agreement_signed").await, 1);
    }
    assert_eq!(counted(&doors.other).await - before, competitions.len());
    let verdict = doors.one.person("auditor").await.reads("verifyEvents", json!({})).await;
    assert_eq!(verdict["intact"], true);
}

#[tokio::test]
async fn a_ruling_a_complaint_and_a_revocation_happen_once() {
    // A round is a competition from its draft on: a quarter as many of them as of others.
    for _ in 0..rounds().div_ceil(4) {
        ruled_complained_and_revoked().await;
    }
}

async fn ruled_complained_and_revoked() {
    let doors = Doors::open().await;
    let (organizer, organizer2) = (doors.person("organizer").await, doors.person("organizer2").await);
    let (beacon, supervisor, other) =
        (doors.person("beacon").await, doors.person("supervisor").await, doors.person("organizer3").await);
    let (competition, notice) = Competition::noticed(&doors.one).await;
    doors.other.keeps_its_clock().await;
    let challenge = json!(competition.challenge);

    // Objections are as many as are raised; each is ruled on once, and the notice goes on once.
    let object = json!({ "noticeId": notice, "grounds": "存疑" });
    let all = at_once(&[&beacon], "raiseObjection", &[keyed(object, 1)]).await;
    let objection = all_the_same(&all, "/objection/id");
    let rule = json!({ "objectionId": objection, "upheld": false, "ruling": "不成立" });
    one_of(&at_once(&[&supervisor, &other], "resolveObjection", &[rule]).await, &["NOT_NOW"]);
    // Who has ruled does not hear the complaint: whichever of the two it was, the supervisor may only once.
    let complain = json!({ "objectionId": objection, "grounds": "不服" });
    let complaint =
        one_of(&at_once(&[&beacon], "raiseComplaint", &[complain]).await, &["NOT_NOW"])["complaint"]["id"].clone();
    assert_eq!(happened(&organizer, &complaint, "complaint.raised").await, 1);
    one_of(&at_once(&[&beacon], "withdrawComplaint", &[json!({ "complaintId": complaint })]).await, &["NOT_NOW"]);

    // Of suspensions one counts, of resumptions too.
    let order = json!({ "challengeId": challenge, "reason": "核查" });
    one_of(&at_once(&[&organizer, &organizer2], "suspendChallenge", std::slice::from_ref(&order)).await, &["NOT_NOW"]);
    one_of(&at_once(&[&organizer, &organizer2], "resumeChallenge", &[order]).await, &["NOT_NOW"]);

    doors.set_clock(AFTER_THE_NOTICE).await;
    let awarded = organizer.one.does("awardChallenge", json!({ "challengeId": challenge })).await;
    let project = awarded["projects"][0]["id"].clone();
    // Two have to say it; whoever comes later finds it done, or says a first word that another has said already.
    let revoke = json!({ "projectId": project, "ground": "GAVE_UP", "reason": "来函放弃" });
    let all = at_once(&[&organizer, &organizer2], "revokeAward", &[revoke]).await;
    let revoked = done(&all).into_iter().filter(|done| done["revoked"] == true).count();
    assert_eq!(revoked, 1, "{all:#?}");
    assert_eq!(happened(&organizer, &project, "award.revoked").await, 1);
    let query = json!({ "id": challenge });
    let seen = supervisor
        .other
        .asks("query($id: ID!) { challenge(id: $id) { status bids { nodes { id status } } } }", query)
        .await;
    assert_eq!(seen["challenge"]["status"], "NEGOTIATING");
    let states: BTreeSet<_> = seen["challenge"]["bids"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bid| bid["status"].as_str().unwrap())
        .collect();
    assert_eq!(states, BTreeSet::from(["DISQUALIFIED", "LOST", "SHORTLISTED"]));
    let verdict = doors.one.person("auditor").await.reads("verifyEvents", json!({})).await;
    assert_eq!(verdict["intact"], true);
}

/// Open competitions with one bid each.
async fn published(urban: &Person, organizers: [&Person; 2], aurora: &Person) -> Vec<Competition> {
    let mut competitions = Vec::new();
    for _ in 0..rounds() {
        let drafted = urban.does("draftChallenge", challenge_input()).await["challenge"].clone();
        let challenge = drafted["id"].as_str().unwrap().to_owned();
        urban.does("submitChallenge", json!({ "challengeId": challenge })).await;
        organizers[0].does("approveChallenge", json!({ "challengeId": challenge })).await;
        let publish = json!({ "challengeId": challenge, "submissionDeadline": DEADLINE });
        organizers[1].does("publishChallenge", publish).await;
        let mut competition = Competition::of(aurora, challenge).await;
        let solution = solution_input(&competition.indicators, "方案", 150_000_000);
        let draft = json!({ "challengeId": competition.challenge, "solution": solution });
        let bid = aurora.does("draftBid", draft).await["bid"]["id"].as_str().unwrap().to_owned();
        aurora.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
        competition.bids.push(("aurora".into(), bid));
        competitions.push(competition);
    }
    competitions
}

/// Every judge declares and hands in every sheet, the first of each bid fifty times at once; how many there are.
async fn sheets(doors: &Doors, competitions: &[Competition]) -> usize {
    let mut judges = Vec::new();
    for number in 1..=12 {
        judges.push(doors.person(&format!("judge{number}")).await);
    }
    for judge in &judges {
        let work = judge.one.reads("reviewTasks", json!({})).await;
        for pending in work["pendingDeclarations"].as_array().unwrap() {
            let id = &pending["challenge"]["id"];
            if competitions.iter().any(|competition| *id == competition.challenge) {
                judge.one.does("declareInterest", json!({ "challengeId": id, "conflictFree": true })).await;
            }
        }
    }
    let supervisor = doors.person("supervisor").await;
    let (mut raced, mut count) = (BTreeSet::new(), 0);
    for judge in &judges {
        let work = judge.one.reads("reviewTasks", json!({})).await;
        for task in work["reviewTasks"]["nodes"].as_array().unwrap() {
            let bid = &task["bid"]["id"];
            let Some(round) = competitions.iter().position(|competition| *bid == competition.bids[0].1) else {
                continue;
            };
            count += 1;
            let sheet = json!({ "bidId": bid, "marks": competitions[round].marks("90") });
            let sheet = if !raced.insert(round) {
                judge.one.does("submitScoreSheet", sheet).await["sheet"].clone()
            } else if round % 2 == 0 {
                all_the_same(&at_once(&[judge], "submitScoreSheet", &[keyed(sheet, round)]).await, "/sheet")
            } else {
                one_of(&at_once(&[judge], "submitScoreSheet", &[sheet]).await, &["NOT_NOW"])["sheet"].clone()
            };
            assert_eq!(happened(&supervisor, &sheet["id"], "sheet.submitted").await, 1);
        }
    }
    assert_eq!(raced.len(), competitions.len());
    count
}

/// How many projects count toward the year's target.
async fn counted(app: &TestApp) -> usize {
    let board = app.anybody().reads("targets", json!({ "year": 2026 })).await;
    let target = board.as_array().unwrap().iter().find(|one| one["metric"] == "OPEN_COMPETITION_PROJECTS").unwrap();
    target["actual"].as_str().unwrap().parse().unwrap()
}
