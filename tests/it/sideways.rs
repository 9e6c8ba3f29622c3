//! The seal holds sideways: worlds that differ in nothing but what is sealed answer every question alike, byte for byte. The
//! questions are made of the schema; each field, argument, value that narrows or orders, and mutation is asked, by every kind of
//! viewer but those who may see the difference.

#[path = "sideways/questions.rs"]
mod questions;
#[path = "sideways/schema.rs"]
mod schema;
#[path = "sideways/walk.rs"]
mod walk;

use std::collections::BTreeSet;

use jiebang_platform::base::id::{EventId, Kind as _};
use serde_json::{Value, json};
use support::files::{pdf, uploads};
use support::ws::Client;
use support::{Competition, DEADLINE, Person, Rest, TestApp, deep, solution_input};

use schema::Schema;
use walk::{Viewer, Walk, World};

/// Everybody who may know nothing of what is sealed: all but the bidders whose bids differ.
const UNINVOLVED: [&str; 15] = [
    "urban",
    "social",
    "service",
    "organizer",
    "organizer2",
    "organizer3",
    "both",
    "beacon",
    "delta",
    "eagle",
    "judge1",
    "supervisor",
    "sysadmin",
    "secadmin",
    "auditor",
];

/// A database in which one bid is sealed, and its people.
struct Stage {
    rest: Rest,
    people: Vec<Viewer>,
    /// Where `beacon` has a bid in every world.
    first: Competition,
    /// Where nobody has.
    second: Competition,
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::new().await;
        let mut first = Competition::published(&app).await;
        first.bid(&app, "beacon", 140_000_000).await;
        let second = Competition::published(&app).await;
        both(&app).await;
        let people = everybody(&app, &["aurora", "cedar"]).await;
        Self { rest: app.rests().await, people, first, second }
    }

    fn people(&self, names: &[&str]) -> Vec<Viewer> {
        named(&self.people, names)
    }

    fn person(&self, app: &TestApp, name: &str) -> Person {
        self.people(&[name])[0].person(app)
    }
}

/// Somebody of the department who is an organizer as well.
async fn both(app: &TestApp) {
    let department = app.person("urban").await.asks("{ viewer { organization { id } } }", json!({})).await;
    let both = json!({
        "username": "both", "password": "Rehearsal-2026", "name": "两职", "roles": ["DEMANDER", "ORGANIZER"],
        "organizationId": department["viewer"]["organization"]["id"],
    });
    app.person("sysadmin").await.does("createAccount", both).await;
}

/// All are signed in, and one of them is suspended after that.
async fn everybody(app: &TestApp, more: &[&str]) -> Vec<Viewer> {
    let mut people = vec![Viewer { name: "anybody".into(), token: None }];
    for name in UNINVOLVED.iter().chain(more) {
        let token = app.person(name).await.token().map(str::to_owned);
        people.push(Viewer { name: (*name).to_owned(), token });
    }
    let service = people.iter().find(|one| one.name == "service").unwrap();
    let service = app.bearer(service.token.as_deref().unwrap()).asks("{ viewer { user { id } } }", json!({})).await;
    let suspend = json!({ "userId": service["viewer"]["user"]["id"], "reason": "调离" });
    app.person("secadmin").await.does("suspendUser", suspend).await;
    people
}

fn named(people: &[Viewer], names: &[&str]) -> Vec<Viewer> {
    let find =
        |name: &&str| people.iter().find(|one| one.name == **name).unwrap_or_else(|| panic!("{name} is not there"));
    names.iter().map(|name| find(name).clone()).collect()
}

fn viewers(people: &[Viewer]) -> Vec<Viewer> {
    named(people, &[&["anybody"][..], &UNINVOLVED].concat())
}

/// What is sealed in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sealed {
    Nothing,
    Drafts,
    One,
    /// Replaced twice with others in the consortium, one withdrawn, one elsewhere.
    Many,
    /// As many, and not a word the same.
    Others,
}

async fn sealed_world(stage: &Stage, sealed: Sealed) -> World {
    seal(stage, stage.rest.begins().await, sealed).await
}

async fn seal(stage: &Stage, app: TestApp, sealed: Sealed) -> World {
    let [aurora, cedar] = ["aurora", "cedar"].map(|name| stage.person(&app, name));
    let member =
        cedar.asks("{ viewer { organization { id } } }", json!({})).await["viewer"]["organization"]["id"].clone();
    let (word, funding) = if sealed == Sealed::Others { ("另一套", 99_999_999) } else { ("一套", 150_000_000) };
    let solution = |competition: &Competition, title: &str| {
        solution_input(&competition.indicators, &format!("{word}{title}"), funding)
    };
    let draft = |competition: &Competition, title: &str, members: Value| json!({ "challengeId": competition.challenge, "solution": solution(competition, title), "memberIds": members });
    let submit = |bid: &Value| json!({ "bidId": bid, "pledgeAccepted": true });
    let id = |drafted: Value| drafted["bid"]["id"].clone();
    if sealed != Sealed::Nothing {
        let bid = id(aurora.does("draftBid", draft(&stage.first, "方案", json!([]))).await);
        if sealed != Sealed::Drafts {
            aurora.does("submitBid", submit(&bid)).await;
        }
        if matches!(sealed, Sealed::Many | Sealed::Others) {
            for title in ["二稿", "三稿"] {
                let revised = json!({ "bidId": bid, "solution": solution(&stage.first, title), "memberIds": [member] });
                aurora.does("reviseBid", revised).await;
                let requests =
                    cedar.reads("consortiumRequests", json!({})).await["consortiumRequests"]["nodes"].clone();
                for request in requests.as_array().unwrap().iter().filter(|request| request["agreed"].is_null()) {
                    cedar.does("answerConsortium", json!({ "consentId": request["id"], "agreed": true })).await;
                }
                let submitted = aurora.does("submitBid", submit(&bid)).await;
                let read = json!({ "bidId": bid, "recoveryKey": submitted["recoveryKey"] });
                aurora.does("readSealedBid", read).await;
            }
            let bid = id(cedar.does("draftBid", draft(&stage.first, "方案", json!([]))).await);
            cedar.does("submitBid", submit(&bid)).await;
            cedar.does("withdrawBid", json!({ "bidId": bid, "reason": word })).await;
            let bid = id(cedar.does("draftBid", draft(&stage.second, "方案", json!([]))).await);
            cedar.does("submitBid", submit(&bid)).await;
        } else if sealed == Sealed::Drafts {
            cedar.does("draftBid", draft(&stage.second, "方案", json!([]))).await;
        }
    }
    World { name: format!("{sealed:?}"), app }
}

#[tokio::test]
async fn before_the_deadline_worlds_are_alike_to_all_but_the_bidder() {
    let schema = Schema::read();
    let stage = Stage::set().await;
    let mut worlds = Vec::new();
    let all = [Sealed::Nothing, Sealed::Drafts, Sealed::One, Sealed::Many, Sealed::Others];
    for sealed in if deep() { &all[..] } else { &[Sealed::Nothing, Sealed::Many] } {
        worlds.push(sealed_world(&stage, *sealed).await);
    }
    let mut walk = Walk::new(schema, "sealed");
    let insiders = stage.people(&["aurora", "cedar", "supervisor"]);
    let focus = [stage.first.challenge.clone()];
    walk.learn(&worlds, &insiders, &focus).await;
    walk.compare(&worlds, &viewers(&stage.people)).await;
    walk.is_the_same();

    // The walk finds what there is to find: to the bidder itself no two of these worlds are alike.
    for (place, world) in worlds.iter().enumerate() {
        for other in &worlds[place + 1..] {
            let mut seen = Walk::with(schema, "the bidder's own", &walk);
            seen.compare(&[world, other], &stage.people(&["aurora"])).await;
            assert!(seen.differs(), "{} and {}: the bidder sees no difference", world.name, other.name);
        }
    }

    // Every mutation, where most is sealed and where nothing is.
    let mut worlds = worlds.into_iter();
    let nothing = worlds.next().unwrap();
    let many = worlds.find(|world| world.name == "Many").unwrap();
    walk.try_acts(vec![nothing, many], &viewers(&stage.people), 1).await;
    walk.is_the_same();
    walk.has_asked_all();
    walk.says();
}

/// Both clocks stand: what the clock alone makes true, then what timers do, then the first of two approvals.
#[tokio::test]
async fn from_the_deadline_to_the_opening_worlds_are_alike_to_all_but_the_bidder() {
    let schema = Schema::read();
    let stage = Stage::set().await;
    let before = World { name: "before".into(), app: stage.rest.begins().await };
    let worlds = [sealed_world(&stage, Sealed::Nothing).await, sealed_world(&stage, Sealed::Many).await];
    let mut walk = Walk::new(schema, "closed");
    walk.turns = None;
    let focus = [stage.first.challenge.clone(), stage.second.challenge.clone()];
    walk.learn(&worlds, &stage.people(&["aurora", "cedar"]), &focus).await;
    for world in &worlds {
        world.app.drift(DEADLINE);
    }
    walk.compare(&worlds, &viewers(&stage.people)).await;
    walk.is_the_same();

    walk.go_apart(&before, EventId::new(), &stage.people(&["organizer", "supervisor", "beacon"])).await;
    for world in &worlds {
        world.app.run_timers().await;
    }
    walk.compare(&worlds, &viewers(&stage.people)).await;
    for world in &worlds {
        let organizer = stage.person(&world.app, "organizer");
        for challenge in &focus {
            organizer.does("openBids", support::opening(challenge)).await;
        }
    }
    walk.compare(&worlds, &viewers(&stage.people)).await;
    walk.is_the_same();
    if deep() {
        // Before anybody has approved: the second approval opens, and then tells.
        let worlds = [sealed_world(&stage, Sealed::Nothing).await, sealed_world(&stage, Sealed::Many).await];
        for world in &worlds {
            world.app.drift(DEADLINE);
            world.app.run_timers().await;
        }
        walk.try_acts(worlds.into(), &viewers(&stage.people), 1).await;
        walk.is_the_same();
    }
    walk.says();
}

/// A review under way, and its people.
struct Review {
    rest: Rest,
    competition: Competition,
    /// By their names, in the order of the seats that they were drawn for.
    judges: Vec<String>,
    people: Vec<Viewer>,
    since: EventId,
}

/// Who is told of what others are not, all through a review.
const ORGANIZERS: [&str; 3] = ["organizer", "organizer2", "organizer3"];

impl Review {
    async fn of(app: TestApp, competition: Competition, judges: Vec<String>) -> Self {
        both(&app).await;
        let more = ["aurora", "cedar"].into_iter().chain(judges.iter().map(String::as_str));
        let more: Vec<&str> = more.filter(|name| !UNINVOLVED.contains(name)).collect();
        let people = everybody(&app, &more).await;
        Self { rest: app.rests().await, competition, judges, people, since: EventId::new() }
    }

    async fn world(&self, name: &str) -> World {
        World { name: name.into(), app: self.rest.begins().await }
    }

    fn person(&self, world: &World, name: &str) -> Person {
        named(&self.people, &[name])[0].person(&world.app)
    }

    /// All but these, who may see the difference.
    fn all_but(&self, but: &[&[&str]]) -> Vec<Viewer> {
        let but = but.concat();
        self.people.iter().filter(|one| !but.contains(&one.name.as_str())).cloned().collect()
    }

    /// Everybody but these finds the worlds alike, and these do not, each of them. The doors that opened to somebody.
    async fn is_sealed(
        &self,
        name: &'static str,
        worlds: Vec<World>,
        insiders: &[&str],
        others: &[&[&str]],
    ) -> BTreeSet<&'static str> {
        let schema = Schema::read();
        let mut walk = Walk::new(schema, name);
        walk.turns = None;
        let people = self.all_but(&[&[insiders], others].concat());
        let insiders = named(&self.people, insiders);
        let focus = [&[self.competition.challenge.clone()][..], &self.ids()].concat();
        walk.learn_since(
            &worlds,
            &insiders,
            &focus,
            (&self.world("before").await, self.since),
            &named(&self.people, &["organizer", "supervisor"]),
        )
        .await;
        walk.compare(&worlds, &people).await;
        walk.is_the_same();
        let mut opened = walk.opened().clone();
        for insider in insiders {
            let mut seen = Walk::with(schema, name, &walk);
            // What is sealed first, and only if need be everything.
            for turns in [None, Some(1)] {
                seen.turns = turns;
                if !seen.differs() {
                    seen.compare(&worlds, std::slice::from_ref(&insider)).await;
                }
            }
            assert!(seen.differs(), "{name}: {} sees no difference", insider.name);
            opened.extend(seen.opened());
        }
        if deep() {
            walk.try_acts(worlds, &people, 4).await;
            walk.is_the_same();
        }
        walk.says();
        opened
    }

    fn ids(&self) -> Vec<String> {
        self.competition.bids.iter().map(|(_, bid)| bid.clone()).collect()
    }
}

#[tokio::test]
async fn the_formal_check_of_a_bid_is_for_its_bidder_and_those_who_check() {
    let app = TestApp::new().await;
    let competition = Competition::opened(&app).await;
    let review = Review::of(app, competition, Vec::new()).await;
    let mut worlds = Vec::new();
    for (name, passed) in [("all pass", true), ("one fails", false)] {
        let world = review.world(name).await;
        for (bidder, bid) in &review.competition.bids {
            let passes = passed || bidder != "cedar";
            let items = json!([{ "name": "材料完整", "passed": passes, "reason": "缺签章" }]);
            for officer in ["organizer", "organizer2"].into_iter().take(if passes { 1 } else { 2 }) {
                let input = json!({ "bidId": bid, "items": items });
                review.person(&world, officer).does("recordFormalCheck", input).await;
            }
        }
        worlds.push(world);
    }
    review.is_sealed("checked", worlds, &["cedar", "organizer", "supervisor"], &[&ORGANIZERS, &["auditor"]]).await;
}

#[tokio::test]
async fn marks_and_departures_are_their_judge_s_and_supervision_s() {
    let app = TestApp::new().await;
    let (competition, judges) = Competition::drawn(&app).await;
    let review = Review::of(app, competition, judges).await;
    let challenge = &review.competition.challenge;
    let judge = review.judges[0].as_str();
    let bidder = {
        let world = review.world("asked").await;
        let own = review.person(&world, "aurora").asks("{ viewer { organization { id } } }", json!({})).await;
        own["viewer"]["organization"]["id"].clone()
    };
    // Why somebody stepped aside.
    let mut worlds = Vec::new();
    for (name, with, why) in [("a pupil", json!([]), json!("师生关系")), ("a share", json!([bidder]), Value::Null)]
    {
        let world = review.world(name).await;
        let aside = json!({ "challengeId": challenge, "conflictFree": false, "conflictWith": with, "reason": why });
        review.person(&world, judge).does("declareInterest", aside).await;
        worlds.push(world);
    }
    // The rules are the same on both engines: on PostgreSQL less is asked where time is short.
    let asks_all = deep() || support::postgres().is_none();
    if asks_all {
        review.is_sealed("stepped aside", worlds, &["supervisor"], &[&[judge]]).await;
    }
    let free = json!({ "challengeId": challenge, "conflictFree": true });
    // That somebody did, but for those who sit down in the place.
    if deep() {
        let worlds = vec![review.world("a pupil").await, review.world("nobody").await];
        let aside =
            json!({ "challengeId": challenge, "conflictFree": false, "conflictWith": [], "reason": "师生关系" });
        review.person(&worlds[0], judge).does("declareInterest", aside).await;
        review.person(&worlds[1], judge).does("declareInterest", free.clone()).await;
        let others: Vec<&str> = UNINVOLVED.into_iter().filter(|name| name.starts_with("judge")).collect();
        let insiders = ["supervisor", "organizer", judge];
        review.is_sealed("sits or does not", worlds, &insiders, &[&ORGANIZERS, &others]).await;
    }

    // What a judge marks, whether or not it has been handed in.
    let declared = async |name: &str| {
        let world = review.world(name).await;
        for judge in &review.judges {
            review.person(&world, judge).does("declareInterest", free.clone()).await;
        }
        world
    };
    let marked = async |name: &str, marks: [&str; 2]| {
        let world = declared(name).await;
        let acts = ["submitScoreSheet", "saveScoreSheet"];
        for (act, ((_, bid), mark)) in acts.into_iter().zip(review.competition.bids.iter().zip(marks)) {
            let sheet = json!({ "bidId": bid, "marks": review.competition.marks(mark), "comment": name });
            review.person(&world, judge).does(act, sheet).await;
        }
        world
    };
    if asks_all {
        let worlds = vec![marked("high", ["90", "20"]).await, marked("low", ["30", "99"]).await];
        review.is_sealed("marked", worlds, &[judge], &[&["supervisor"]]).await;
    }
    // Nor that a judge has marked or abstained at all, how far it has come, or in which order, but for those who count the sheets.
    let worlds = vec![marked("some", ["90", "20"]).await, declared("none").await];
    let abstain = json!({ "bidId": review.competition.bids[2].1, "reason": "不熟悉" });
    review.person(&worlds[0], judge).does("abstainFromBid", abstain).await;
    review.is_sealed("marked or not", worlds, &[judge, "organizer"], &[&ORGANIZERS, &["supervisor"]]).await;

    // How the bids rank, until the notice: three of five judges think otherwise.
    let mut worlds = Vec::new();
    let (same, otherwise) = review.judges.split_at(2);
    for (name, marks) in [("one wins", ["90", "80", "20"]), ("another wins", ["20", "95", "85"])] {
        let world = declared(name).await;
        for judge in &review.judges {
            let person = review.person(&world, judge);
            let marks = if same.contains(judge) { ["70", "71", "72"] } else { marks };
            for ((_, bid), mark) in review.competition.bids.iter().zip(marks) {
                let sheet = json!({ "bidId": bid, "marks": review.competition.marks(mark) });
                person.does("submitScoreSheet", sheet).await;
            }
        }
        review.person(&world, "organizer").does("closeReview", json!({ "challengeId": challenge })).await;
        worlds.push(world);
    }
    let otherwise: Vec<&str> = otherwise.iter().map(String::as_str).collect();
    // The judges' own sheets were made in each world by itself: their ids are nobody's to compare.
    let same: Vec<&str> = same.iter().map(String::as_str).collect();
    let others = [&ORGANIZERS[..], &["supervisor", "auditor", "both"], &otherwise, &same];
    review.is_sealed("ranked", worlds, &["organizer", "urban", otherwise[0]], &others).await;
}

/// What stands between an expert and others is for whoever keeps the pool, and for itself: no bidder, department or other judge learns of it.
#[tokio::test]
async fn what_is_known_of_an_expert_is_its_own_and_those_who_keep_the_pool() {
    let app = TestApp::new().await;
    let competition = Competition::with_bids(&app).await;
    let review = Review::of(app, competition, Vec::new()).await;
    let mut worlds = Vec::new();
    for (name, phone, kin) in [("one", "13800001111", "赵一"), ("another", "13900002222", "钱二")] {
        let world = review.world(name).await;
        let judge = review.person(&world, "judge1");
        let expert = judge.reads("ownExpert", json!({})).await["expert"]["id"].clone();
        judge.does("stateExpertise", json!({ "phone": phone })).await;
        let kin = json!({ "expertId": expert, "kind": "KINSHIP", "name": kin, "from": "1990-01-01", "note": kin });
        judge.does("recordExpertRelation", kin).await;
        worlds.push(world);
    }
    review.is_sealed("expert", worlds, &["judge1", "organizer", "supervisor"], &[&ORGANIZERS, &["auditor"]]).await;
}

/// Who was drawn: in one world other experts are away than in the other, so that another panel sits. The same ones say in both until when,
/// since that somebody has said so is what those who watch over the accounts may know.
#[tokio::test]
async fn who_sits_on_the_panel_is_supervision_s_to_know() {
    let app = TestApp::new().await;
    let competition = Competition::checked(&app).await;
    let review = Review::of(app, competition, Vec::new()).await;
    let mut worlds = Vec::new();
    let (one, other) = (["judge2", "judge6", "judge11"], ["judge3", "judge7", "judge12"]);
    for away in [one, other] {
        let world = review.world(away[0]).await;
        for judge in [one, other].concat() {
            let until = if away.contains(&judge) { "2026-12-31" } else { "2026-01-01" };
            world.app.person(judge).await.does("stateExpertise", json!({ "unavailableUntil": until })).await;
        }
        let draw = json!({ "challengeId": review.competition.challenge });
        review.person(&world, "organizer").does("drawPanel", draw).await;
        worlds.push(world);
    }
    // Organizers read who is away; whether the judge who looks was drawn is its own to know.
    review.is_sealed("drawn", worlds, &["supervisor"], &[&ORGANIZERS, &["judge1", "auditor"]]).await;
}

#[tokio::test]
async fn an_objection_a_complaint_and_evidence_are_their_bidder_s_and_those_who_rule() {
    let app = TestApp::new().await;
    let (competition, notice) = Competition::noticed(&app).await;
    let mut objections = Vec::new();
    for bidder in ["aurora", "beacon"] {
        let object = json!({ "noticeId": notice, "grounds": "业绩材料存疑" });
        objections.push(app.person(bidder).await.does("raiseObjection", object).await["objection"]["id"].clone());
    }
    for objection in &objections {
        let dismiss = json!({ "objectionId": objection, "upheld": false, "ruling": "材料经核属实。" });
        app.person("organizer3").await.does("resolveObjection", dismiss).await;
    }
    let review = Review::of(app, competition, Vec::new()).await;
    let beside = json!({ "noticeId": notice });
    let rule: [&[&str]; 2] = [&ORGANIZERS, &["supervisor", "auditor"]];

    // What is brought and not handed in is its bidder's alone, that there is something too.
    let worlds = vec![review.world("nothing").await, review.world("a file").await];
    uploads(&worlds[1].app, &review.person(&worlds[1], "cedar"), beside.clone(), "检测报告.pdf", &pdf(3_000)).await;
    review.is_sealed("brought", worlds, &["cedar"], &[]).await;

    // Both objections are there; of one more everybody hears, not whose it is, what it says, or what came with it.
    let mut worlds = Vec::new();
    for (bidder, grounds, length) in [("aurora", "标准不一", 2_000), ("beacon", "评委回避不当", 5_000)] {
        let world = review.world(bidder).await;
        let person = review.person(&world, bidder);
        let file = uploads(&world.app, &person, beside.clone(), &format!("{grounds}.pdf"), &pdf(length)).await;
        let object =
            json!({ "noticeId": notice, "grounds": grounds, "requestedRemedy": grounds, "attachmentIds": [file] });
        person.does("raiseObjection", object).await;
        worlds.push(world);
    }
    review.is_sealed("objected", worlds, &["aurora", "beacon", "organizer"], &rule).await;

    // Nor who complains, about which ruling, and with what in hand.
    let mut worlds = Vec::new();
    for ((bidder, objection), (grounds, length)) in
        ["aurora", "beacon"].into_iter().zip(&objections).zip([("答复有误", 2_000), ("答复未回应检测报告", 5_000)])
    {
        let world = review.world(bidder).await;
        let person = review.person(&world, bidder);
        let file = uploads(&world.app, &person, beside.clone(), &format!("{grounds}.pdf"), &pdf(length)).await;
        let complain = json!({ "objectionId": objection, "grounds": grounds, "attachmentIds": [file] });
        person.does("raiseComplaint", complain).await;
        worlds.push(world);
    }
    let opened = review.is_sealed("complained", worlds, &["aurora", "beacon", "organizer"], &rule).await;
    for door in
        ["/notices/", "/open-data/ocds", "/open-data/ocds/ocds-abc123-", "/challenges/@/review-report", "/attachments/"]
    {
        assert!(opened.contains(door), "{door} opened to nobody: {opened:?}");
    }
}

/// What a department drafts, and what an enterprise is interested in, is nobody else's to know.
#[tokio::test]
async fn a_draft_demand_is_its_department_s_and_an_interest_its_enterprise_s_and_those_who_run_the_pool() {
    let app = TestApp::new().await;
    both(&app).await;
    let people = everybody(&app, &["aurora"]).await;
    let demand = app.anybody().reads("demands", json!({ "first": 1 })).await["nodes"][0]["id"].clone();
    let focus = [demand.as_str().unwrap().to_owned()];
    let rest = app.rests().await;
    let schema = Schema::read();
    let all_but = |but: &[&str]| -> Vec<Viewer> {
        people.iter().filter(|one| !but.contains(&one.name.as_str())).cloned().collect()
    };
    let world = async |name: &str| World { name: name.into(), app: rest.begins().await };
    for (name, insiders) in
        [("drafted", &["urban", "both"][..]), ("interested", &["aurora", "organizer", "supervisor"][..])]
    {
        let worlds = [world("nothing").await, world(name).await];
        let person = |name: &str| named(&people, &[name])[0].person(&worlds[1].app);
        if name == "drafted" {
            let drafted =
                person("urban").does("draftDemand", json!({ "title": "未报的需求" })).await["demand"]["id"].clone();
            let revised = json!({ "demandId": drafted, "changes": { "title": "改过的需求" } });
            person("urban").does("reviseDemand", revised).await;
        } else {
            let interest = json!({ "demandId": demand, "note": "可到场" });
            person("aurora").does("registerInterest", interest).await;
        }
        let mut walk = Walk::new(schema, name);
        walk.turns = None;
        walk.learn(&worlds, &named(&people, insiders), &focus).await;
        let others: &[&str] = if name == "drafted" { &[] } else { &ORGANIZERS };
        walk.compare(&worlds, &all_but(&[insiders, others].concat())).await;
        walk.is_the_same();
        for insider in named(&people, insiders) {
            let mut seen = Walk::with(schema, name, &walk);
            for turns in [None, Some(1)] {
                seen.turns = turns;
                if !seen.differs() {
                    seen.compare(&worlds, std::slice::from_ref(&insider)).await;
                }
            }
            assert!(seen.differs(), "{name}: {} sees no difference", insider.name);
        }
        walk.says();
    }
}

/// While bids are drafted, handed in, replaced and withdrawn, whoever watches hears nothing; then everybody hears the same.
#[tokio::test]
async fn whoever_watches_hears_nothing_of_what_is_sealed() {
    let schema = Schema::read();
    let watched: Vec<&str> = schema.fields("Subscription").iter().map(|field| field.name.as_str()).collect();
    assert_eq!(watched, ["challengeChanged"], "another subscription has to be watched here");
    let stage = Stage::set().await;
    let names = [&["anybody"][..], &UNINVOLVED].concat();
    let mut told = Vec::new();
    for sealed in [Sealed::Nothing, Sealed::Many] {
        let app = stage.rest.begins().await;
        let at = app.serve().await.unwrap();
        let mut clients = Vec::new();
        for viewer in stage.people(&names).iter().filter(|viewer| viewer.name != "service") {
            let mut client = Client::of(at, viewer.token.as_deref()).await;
            client.watches("w", &stage.first.challenge).await;
            clients.push((viewer.name.clone(), client));
        }
        for (_, client) in &mut clients {
            client.has_begun().await;
        }
        let world = seal(&stage, app, sealed).await;
        // Whatever would be told of it would be by now.
        tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
        let input = json!({ "challengeId": stage.first.challenge, "summary": "更正", "material": false });
        stage.person(&world.app, "organizer").does("amendChallenge", input).await;
        let mut heard = Vec::new();
        for (name, mut client) in clients {
            let mut event = client.hears_event("w").await;
            assert_eq!(event["kind"], "challenge.amended", "{name} hears of something else: {event}");
            event["id"].take();
            client.hears_nothing().await;
            heard.push((name, event));
        }
        told.push(heard);
    }
    assert_eq!(told[0], told[1]);
}
