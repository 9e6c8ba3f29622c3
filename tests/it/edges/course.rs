//! Every state of a challenge's course, each at rest, so that any number of acts can be tried from it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use support::{Competition, DEADLINE, Rest, TestApp, challenge_input, solution_input};

use super::acts::Known;

/// Who is signed in everywhere.
const PEOPLE: [&str; 14] = [
    "organizer",
    "organizer2",
    "organizer3",
    "supervisor",
    "urban",
    "social",
    "aurora",
    "beacon",
    "cedar",
    "delta",
    "sysadmin",
    "secadmin",
    "auditor",
    "eagle",
];

/// Behind the opening; the notice is out on the same day, and five working days later, at the end of 10 April, it is over.
const NOTICE_OVER: &str = "2026-04-13T09:00:00+08:00";
/// The last hours in which an objection can be raised.
const LAST_DAY: &str = "2026-04-10T10:00:00+08:00";
/// More than ten days behind a ruling.
const COMPLAINT_LATE: &str = "2026-04-27T09:00:00+08:00";

/// A state at rest.
pub struct State {
    /// Its row in the table.
    pub name: &'static str,
    pub rest: Rest,
    pub known: Known,
}

impl State {
    /// What comes of it by these acts: `who: act`, or `clock: time`.
    async fn then(&self, name: &'static str, acts: &[&str]) -> Self {
        self.on(name, acts, async |_, _| {}).await
    }

    /// The same with something else before.
    async fn on(&self, name: &'static str, acts: &[&str], first: impl AsyncFnOnce(&TestApp, &mut Known)) -> Self {
        let app = self.rest.begins().await;
        let mut known = self.known.clone();
        first(&app, &mut known).await;
        for act in acts {
            match act.split_once(": ").unwrap() {
                ("clock", time) => app.set_clock(time).await,
                (who, act) => known.does(&app, who, act).await,
            }
        }
        Self { name, rest: app.rests().await, known }
    }
}

async fn tokens(app: &TestApp) -> BTreeMap<String, String> {
    let mut people = BTreeMap::new();
    let judges = (1..=12).map(|number| format!("judge{number}"));
    for name in PEOPLE.into_iter().map(str::to_owned).chain(judges) {
        let token = app.person(&name).await.token().unwrap().to_owned();
        people.insert(name, token);
    }
    people
}

/// A scenario for one principal investigator.
fn scenario() -> Value {
    let mut scenario = challenge_input();
    scenario["mechanism"] = json!("PI_SYSTEM");
    scenario
}

async fn does(app: &TestApp, known: &Known, who: &str, mutation: &str, more: Value) -> Value {
    let mut input = json!({ "challengeId": known.challenge });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    known.person(app, who).does(mutation, input).await
}

/// At the desks of the department and the organizers.
async fn drafted() -> State {
    let app = TestApp::new().await;
    let mut known = Known::of(tokens(&app).await);
    let drafted = known.person(&app, "urban").does("draftChallenge", scenario()).await;
    known.challenge = drafted["challenge"]["id"].as_str().unwrap().to_owned();
    State { name: "drafted", rest: app.rests().await, known }
}

async fn submitted(drafted: &State) -> State {
    let hand_in = async |app: &TestApp, known: &mut Known| {
        does(app, known, "urban", "submitChallenge", json!({})).await;
    };
    drafted.on("submitted", &[], hand_in).await
}

async fn approved(submitted: &State) -> State {
    let approve = async |app: &TestApp, known: &mut Known| {
        does(app, known, "organizer", "approveChallenge", json!({})).await;
    };
    submitted.on("approved", &[], approve).await
}

/// Open, with three bids in.
async fn published(approved: &State) -> State {
    let publish = async |app: &TestApp, known: &mut Known| {
        does(app, known, "organizer2", "publishChallenge", json!({ "submissionDeadline": DEADLINE })).await;
        let seen = Competition::of(&app.anybody(), known.challenge.clone()).await;
        known.criteria = seen.criteria;
        for (bidder, funding) in [("aurora", 150_000_000), ("beacon", 140_000_000), ("cedar", 130_000_000)] {
            let person = known.person(app, bidder);
            let mut solution = solution_input(&seen.indicators, &format!("{bidder} 的方案"), funding);
            // The account of that name.
            solution["principalInvestigator"] = json!("纪明曦");
            let bid = does(app, known, bidder, "draftBid", json!({ "solution": solution })).await;
            let bid = bid["bid"]["id"].as_str().unwrap().to_owned();
            person.does("submitBid", json!({ "bidId": bid, "pledgeAccepted": true })).await;
            known.bids.push(bid);
        }
        (known.candidate, known.other) = (known.bids[0].clone(), known.bids[1].clone());
    };
    approved.on("published", &[], publish).await
}

/// Opened and checked; every judge has handed in but the last.
async fn judged(published: &State) -> State {
    let judge = async |app: &TestApp, known: &mut Known| {
        app.set_clock("2026-04-02T09:00:00+08:00").await;
        for organizer in ["organizer", "organizer2"] {
            known.person(app, organizer).does("openBids", support::opening(&known.challenge)).await;
        }
        for bid in &known.bids {
            let items = json!([{ "name": "材料完整", "passed": true }]);
            known.person(app, "organizer").does("recordFormalCheck", json!({ "bidId": bid, "items": items })).await;
        }
        does(app, known, "organizer", "drawPanel", json!({})).await;
        let judges = sitting(app, known).await;
        for (judge, _) in &judges {
            does(app, known, judge, "declareInterest", json!({ "conflictFree": true })).await;
        }
        known.seat = judges[0].1.clone();
        known.judge = judges.last().unwrap().0.clone();
        hand_in(app, known, &judges[..judges.len() - 1]).await;
    };
    published.on("the panel is at work", &[], judge).await
}

/// Who sits, by name, and on which seat.
pub async fn sitting(app: &TestApp, known: &Known) -> Vec<(String, String)> {
    let panel = known.person(app, "supervisor").reads("panel", json!({ "id": known.challenge })).await;
    let seats = panel["panel"]["judges"].as_array().unwrap().clone();
    let mut judges = Vec::new();
    for number in 1..=12 {
        let name = format!("judge{number}");
        let own = known.person(app, &name).asks("{ viewer { user { id } } }", json!({})).await;
        let seat = seats.iter().find(|seat| seat["user"]["id"] == own["viewer"]["user"]["id"]);
        judges.extend(seat.map(|seat| (name, seat["id"].as_str().unwrap().to_owned())));
    }
    judges
}

/// These judges hand in every sheet: aurora passes at 90, beacon at 80.5, and cedar does not.
async fn hand_in(app: &TestApp, known: &Known, judges: &[(String, String)]) {
    for (judge, _) in judges {
        for (bid, mark) in known.bids.iter().zip(["90", "80.5", "60"]) {
            let marks: Value = known.criteria.iter().map(|id| json!({ "criterionId": id, "score": mark })).collect();
            known.person(app, judge).does("submitScoreSheet", json!({ "bidId": bid, "marks": marks })).await;
        }
    }
}

async fn all_handed_in(judged: &State) -> State {
    let last = async |app: &TestApp, known: &mut Known| {
        hand_in(app, known, &[(known.judge.clone(), String::new())]).await;
    };
    judged.on("every sheet is in", &[], last).await
}

async fn ranked(published: &State) -> State {
    all_handed_in(&judged(published).await).await.then("ranked", &["organizer: close"]).await
}

async fn open() -> State {
    published(&approved(&submitted(&drafted().await).await).await).await
}

/// From the draft to the last sheet.
pub async fn before_the_ranking() -> Vec<State> {
    let drafted = drafted().await;
    let submitted = submitted(&drafted).await;
    let approved = approved(&submitted).await;
    let published = published(&approved).await;
    let judged = judged(&published).await;
    let all_in = all_handed_in(&judged).await;
    let said = |mutation: &'static str, who: &'static str| {
        async move |app: &TestApp, known: &mut Known| {
            does(app, known, who, mutation, json!({ "reason": "范围不清" })).await;
        }
    };
    let elsewhere = async |app: &TestApp, known: &mut Known| {
        let mut scenario = challenge_input();
        scenario["legalRoute"] = json!("TENDER_EXTERNAL");
        scenario["externalUrl"] = json!("https://ggzy.example.invalid/1");
        let drafted = known.person(app, "urban").does("draftChallenge", scenario).await;
        known.challenge = drafted["challenge"]["id"].as_str().unwrap().to_owned();
        does(app, known, "urban", "submitChallenge", json!({})).await;
        does(app, known, "organizer", "approveChallenge", json!({})).await;
        does(app, known, "organizer2", "publishChallenge", json!({ "submissionDeadline": DEADLINE })).await;
        app.set_clock("2026-04-02T09:00:00+08:00").await;
        let result = json!({ "won": true, "result": "由澜山公司中标", "url": "https://ggzy.example.invalid/2" });
        does(app, known, "organizer", "recordExternalResult", result).await;
    };
    let mut states = vec![
        submitted.on("returned", &[], said("returnChallenge", "organizer")).await,
        submitted.on("rejected", &[], said("rejectChallenge", "organizer")).await,
        submitted.on("withdrawn", &[], said("withdrawChallenge", "urban")).await,
        drafted.on("run elsewhere", &[], elsewhere).await,
        published.then("closed", &["clock: 2026-04-02T09:00:00+08:00"]).await,
        published.then("called off", &["organizer: cancel"]).await,
        judged.then("stands still in review", &["organizer2: suspend"]).await,
    ];
    let still = published.then("stands still while open", &["organizer2: suspend"]).await;
    states.push(still.then("stands still past its deadline", &["clock: 2026-04-02T09:00:00+08:00"]).await);
    states.extend([drafted, submitted, approved, published, judged, all_in, still]);
    states
}

/// From the ranking to the end of the notice.
pub async fn under_the_notice() -> Vec<State> {
    let ranked = ranked(&open().await).await;
    let noticed = ranked.then("notice", &["organizer: notice"]).await;
    let over = noticed.then("notice over", &[&format!("clock: {NOTICE_OVER}")]).await;
    let objected = noticed.then("objected to", &["beacon: object"]).await;
    let dismissed = objected.then("objection dismissed", &["organizer3: dismiss"]).await;
    let late = format!("clock: {COMPLAINT_LATE}");
    let complained = dismissed.then("complaint", &["beacon: complain", &format!("clock: {NOTICE_OVER}")]).await;
    let accepted = complained.then("complaint accepted", &["supervisor: accept"]).await;
    // Something stands against the proposed winner by the law.
    let banned = async |app: &TestApp, known: &mut Known| {
        let own = known.person(app, "aurora").asks("{ viewer { organization { id } } }", json!({})).await;
        let case = json!({ "organizationId": own["viewer"]["organization"]["id"], "violation": "擅自转包",
            "basis": "郑高科诚〔2026〕2号", "banFrom": "2026-03-01T00:00:00+08:00", "banTo": "2026-12-01T00:00:00+08:00" });
        known.person(app, "organizer2").does("recordIntegrityCase", case).await;
    };
    let mut states = vec![
        ranked.then("a supervisor has it stand still", &["supervisor: suspend"]).await,
        ranked.then("failed", &["organizer2: fail"]).await,
        noticed.then("stands still under the notice", &["organizer2: suspend"]).await,
        noticed.on("winner unfit", &[], banned).await,
        over.on("winner unfit, notice over", &[], banned).await,
        objected.then("objection overdue", &[&format!("clock: {NOTICE_OVER}")]).await,
        objected.then("objected to and stands still", &["organizer2: suspend"]).await,
        objected.then("objection taken back", &["beacon: take back"]).await,
        objected.then("objection upheld", &["organizer3: uphold"]).await,
        objected.then("to be scored again", &["organizer3: uphold: rescore"]).await,
        objected.then("the supervisor has ruled", &["supervisor: dismiss", "beacon: complain"]).await,
        dismissed.then("too late to complain", &[&late]).await,
        complained.then("complaint withdrawn", &["beacon: withdraw"]).await,
        complained.then("cancelled, complaint open", &["organizer2: cancel"]).await,
        accepted.then("complaint decided against", &["supervisor: decide against"]).await,
        accepted.then("complaint decided for", &["supervisor: decide for"]).await,
        accepted.then("complaint accepted, stands still", &["organizer2: suspend"]).await,
    ];
    states.extend([ranked, noticed, over, objected, dismissed, complained, accepted]);
    states
}

/// From the award to the end. An objection was dismissed on the day of the award: there is time left to complain.
pub async fn behind_the_award() -> Vec<State> {
    let acts = [
        "organizer: notice",
        &format!("clock: {LAST_DAY}"),
        "beacon: object",
        &format!("clock: {NOTICE_OVER}"),
        "organizer3: dismiss",
        "organizer2: award",
    ];
    let awarded = ranked(&open().await).await.then("awarded", &acts).await;
    let pledged = awarded.then("pledged", &["aurora: pledge"]).await;
    let executing = pledged.then("executing", &["organizer2: sign"]).await;
    let fallen = pledged.then("fallen", &["organizer2: revoke", "organizer: revoke"]).await;
    let promote = async |_: &TestApp, known: &mut Known| {
        (known.candidate, known.other) = (known.bids[1].clone(), known.bids[1].clone());
    };
    let mut states = vec![
        awarded.then("stands still behind the award", &["organizer2: suspend"]).await,
        awarded.then("complaint behind the award", &["beacon: complain", "supervisor: accept"]).await,
        pledged.then("both said by the same", &["organizer: revoke", "organizer: terminate"]).await,
        pledged.then("both said by another", &["organizer2: revoke", "organizer2: terminate"]).await,
        executing.then("registered", &["organizer2: register"]).await,
        executing.then("stands still while executed", &["organizer2: suspend"]).await,
        executing.then("termination said by another", &["organizer2: terminate"]).await,
        executing.then("terminated", &["organizer2: terminate", "organizer: terminate"]).await,
        fallen.on("the winner has fallen", &[], promote).await,
        fallen.on("the next is proposed", &["organizer: notice"], promote).await,
    ];
    states.extend([awarded, pledged, executing]);
    states
}
