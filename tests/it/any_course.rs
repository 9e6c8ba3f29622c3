//! Whatever people do behind a ranking, in whatever order: nothing is awarded without a clean notice, no bid is lost, and no challenge
//! counts twice. Made-up courses; `JIEBANG_ORACLE` says how many, `JIEBANG_ORACLE_SEED` repeats them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use support::{Competition, Person, TestApp, operation};

use crate::oracle::dice::Dice;
use crate::scoring;

/// So much is tried in one course.
const ACTS: usize = 45;

/// What has to come about in some course, or nothing is said of it.
const STATES: [&str; 4] = ["NEGOTIATING", "PUBLICITY", "SUSPENDED", "AWARDED"];

/// So many more courses each mechanism gets for them: one in three is awarded.
const MORE: usize = 60;

/// What is known of the challenge, as a supervisor sees it.
#[derive(Clone, Debug)]
struct Known {
    status: String,
    notice: Value,
    bids: BTreeMap<String, String>,
    /// Each project's bid and state.
    projects: BTreeMap<String, (String, String)>,
    objections: Vec<(String, String)>,
    complaints: Vec<(String, String)>,
    counted: String,
}

struct Course<'a> {
    app: &'a TestApp,
    people: &'a BTreeMap<String, String>,
    competition: &'a Competition,
    judges: &'a [String],
    dice: Dice,
    /// Notices that were ever out, in their order.
    notices: Vec<String>,
    log: Vec<String>,
}

#[tokio::test]
async fn nothing_is_awarded_without_a_clean_notice_lost_or_counted_twice() {
    let (count, seed) = support::made_up();
    let seed = seed.unwrap_or_else(|| Dice::seed().unwrap());
    println!("again with JIEBANG_ORACLE_SEED={seed}");
    let mut dice = Dice::of(seed);
    for mechanism in ["OPEN_COMPETITION", "HORSE_RACE"] {
        let app = TestApp::new().await;
        let (competition, judges) = scoring::declared(&app, json!({ "mechanism": mechanism }), 4).await;
        for judge in &judges {
            let person = app.person(judge).await;
            for ((_, bid), mark) in competition.bids.iter().zip(["90", "85", "80", "60"]) {
                person.does("submitScoreSheet", json!({ "bidId": bid, "marks": competition.marks(mark) })).await;
            }
        }
        let competition = competition.ranks(&app).await;
        let mut people = BTreeMap::new();
        let named =
            ["organizer", "organizer2", "organizer3", "supervisor", "urban", "aurora", "beacon", "cedar", "delta"];
        for name in named.into_iter().chain(judges.iter().map(String::as_str)) {
            people.insert(name.to_owned(), app.person(name).await.token().unwrap().to_owned());
        }
        let rest = app.rests().await;
        let enough = count.div_ceil(10);
        let mut reached: BTreeSet<String> = BTreeSet::new();
        let all = |reached: &BTreeSet<String>| STATES.iter().all(|state| reached.contains(*state));
        let mut round = 0;
        while round < enough || (round < enough + MORE && !all(&reached)) {
            let app = rest.begins().await;
            let dice = Dice::of(dice.below(u64::MAX));
            let mut course = Course {
                app: &app,
                people: &people,
                competition: &competition,
                judges: &judges,
                dice,
                notices: Vec::new(),
                log: vec![format!("{mechanism} {round}, seed {seed}")],
            };
            let mut known = course.known().await;
            for _ in 0..ACTS {
                known = course.step(known).await;
                reached.insert(known.status.clone());
            }
            let verdict = course.person("supervisor").reads("verifyEvents", json!({})).await;
            assert_eq!(verdict["intact"], true, "{:#?}", course.log);
            round += 1;
        }
        println!("{mechanism}, {round} courses: {reached:?}");
        assert!(all(&reached), "{mechanism} never came to one of {STATES:?}: {reached:?}");
    }
}

impl Course<'_> {
    fn person(&self, name: &str) -> Person {
        self.app.bearer(&self.people[name])
    }

    async fn known(&mut self) -> Known {
        let query = "query($id: ID!) { challenge(id: $id) { status notice { id endsAt } bids(first: 100) { nodes { id status } }
            projects { id status bid { id } } }
            objections(first: 100) { nodes { id status } } complaints(first: 100) { nodes { id status } }
            targets(year: 2026) { metric actual } }";
        let told = self.person("supervisor").asks(query, json!({ "id": self.competition.challenge })).await;
        let challenge = &told["challenge"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let pairs = |list: &Value| -> Vec<(String, String)> {
            list["nodes"].as_array().unwrap().iter().map(|one| (text(&one["id"]), text(&one["status"]))).collect()
        };
        let projects = challenge["projects"].as_array().unwrap().iter();
        let board = told["targets"].as_array().unwrap().iter();
        let mut target = board.filter(|one| one["metric"] == "OPEN_COMPETITION_PROJECTS");
        if let Some(notice) = challenge["notice"]["id"].as_str()
            && self.notices.last().is_none_or(|last| last != notice)
        {
            self.notices.push(notice.to_owned());
        }
        Known {
            status: text(&challenge["status"]),
            notice: challenge["notice"].clone(),
            bids: pairs(&challenge["bids"]).into_iter().collect(),
            projects: projects.map(|one| (text(&one["id"]), (text(&one["bid"]["id"]), text(&one["status"])))).collect(),
            objections: pairs(&told["objections"]),
            complaints: pairs(&told["complaints"]),
            counted: text(&target.next().unwrap()["actual"]),
        }
    }

    fn one_of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.dice.below(all.len() as u64) as usize]
    }

    fn id(&mut self, all: &[(String, String)]) -> Value {
        if all.is_empty() {
            json!("obj_00000000000000000000000000")
        } else {
            json!(all[self.dice.below(all.len() as u64) as usize].0)
        }
    }

    /// Somebody tries something; what holds then.
    async fn step(&mut self, before: Known) -> Known {
        let (who, act, input) = self.made_up(&before).await;
        let over = before.notice["endsAt"]
            .as_str()
            .is_some_and(|ends| chrono::DateTime::parse_from_rfc3339(ends).unwrap() <= self.app.now());
        let (_, answer) = self.person(&who).sends(&operation(act), json!({ "input": input })).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned);
        self.log.push(format!("{who} {act} {input} → {}", code.as_deref().unwrap_or("done")));
        let told = || format!("{:#?}\n{answer:#}", self.log);
        let done = code.is_none();
        assert!(code.as_deref() != Some("INTERNAL"), "{}", told());
        // Nothing that is refused does anything, but for the clock's own doing.
        let log = told();
        let after = self.known().await;
        if !done {
            assert_eq!(before.bids, after.bids, "{log}");
            assert_eq!(before.projects, after.projects, "{log}");
            assert_eq!(before.status, after.status, "{log}");
        }
        // No bid is lost, nor becomes what it was before the review.
        assert_eq!(before.bids.keys().collect::<Vec<_>>(), after.bids.keys().collect::<Vec<_>>(), "{log}");
        // Projects come by an award alone, and that by a clean notice; none goes.
        let made: Vec<_> = after.projects.iter().filter(|(id, _)| !before.projects.contains_key(*id)).collect();
        assert!(before.projects.keys().all(|id| after.projects.contains_key(id)), "{log}");
        if !made.is_empty() {
            assert_eq!((act, done), ("awardChallenge", true), "{log}");
            assert!(before.status == "PUBLICITY" && over, "{log}");
            assert!(before.objections.iter().all(|(_, status)| status != "OPEN"), "{log}");
            assert!(before.complaints.iter().all(|(_, status)| status != "OPEN" && status != "ACCEPTED"), "{log}");
            let proposed = before.bids.iter().filter(|(_, status)| *status == "PROPOSED_WINNER").map(|(id, _)| id);
            let won: BTreeSet<_> = made.iter().map(|(_, (bid, _))| bid).collect();
            assert_eq!(won, proposed.collect(), "{log}");
        }
        let bids: BTreeSet<_> = after.projects.values().map(|(bid, _)| bid).collect();
        assert_eq!(bids.len(), after.projects.len(), "a bid has two projects: {log}");
        for (bid, status) in &after.bids {
            let live = after.projects.values().any(|(of, state)| of == bid && state != "TERMINATED");
            let ended = after.status == "TERMINATED";
            assert!(ended || live == (status == "WON"), "{bid} is {status}: {log}");
        }
        // It counts once, while somebody carries it out, and not otherwise.
        let runs = after.projects.values().any(|(_, state)| state == "IN_PROGRESS");
        assert_eq!(after.counted, if runs { "1" } else { "0" }, "{log}");
        // The end is the end.
        if ["FAILED", "CANCELLED", "TERMINATED"].contains(&before.status.as_str()) {
            assert_eq!(before.status, after.status, "{log}");
        }
        after
    }

    /// Somebody, and something to try.
    async fn made_up(&mut self, known: &Known) -> (String, &'static str, Value) {
        let challenge = self.competition.challenge.clone();
        if known.status == "REVIEWING" && self.dice.one_in(2) {
            // The panel works, or nothing would ever come of it.
            let marks = ["71", "80", "95"];
            for judge in self.judges {
                for (bid, _) in known.bids.iter().filter(|(_, status)| *status == "FORMAL_PASSED") {
                    let mark = marks[self.dice.below(3) as usize];
                    let sheet = json!({ "bidId": bid, "marks": self.competition.marks(mark) });
                    let _ = self.person(judge).sends(&operation("submitScoreSheet"), json!({ "input": sheet })).await;
                }
            }
            return ("organizer".to_owned(), "closeReview", json!({ "challengeId": challenge }));
        }
        let ids: Vec<String> = known.bids.keys().cloned().collect();
        let some_bid = ids[self.dice.below(ids.len() as u64) as usize].clone();
        let organizer = self.one_of(&["organizer", "organizer2"]).to_owned();
        let bidder = self.one_of(&["aurora", "beacon", "cedar", "delta"]).to_owned();
        let staff = self.one_of(&["organizer3", "supervisor", "organizer"]).to_owned();
        let of_challenge = |more: Value| {
            let mut input = json!({ "challengeId": challenge });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let project = known.projects.keys().nth(self.dice.below(known.projects.len().max(1) as u64) as usize).cloned();
        let project = project.unwrap_or_else(|| "prj_00000000000000000000000000".to_owned());
        let notice = self.notices.last().cloned().unwrap_or_else(|| "ntc_00000000000000000000000000".to_owned());
        let upheld = self.dice.one_in(3);
        let (remedy, fallen) = match self.dice.below(5) {
            0 if upheld => (json!("DISQUALIFY"), json!(some_bid)),
            1 if upheld => (json!("RESCORE"), Value::Null),
            2 if upheld => (json!("REORDER"), Value::Null),
            _ => (Value::Null, Value::Null),
        };
        match self.dice.below(40) {
            0..=6 => {
                let mut winners: Vec<&String> =
                    known.bids.iter().filter(|(_, state)| *state == "SHORTLISTED").map(|(id, _)| id).collect();
                let most = 1 + self.dice.below(3) as usize;
                winners.truncate(most);
                (organizer, "publishNotice", of_challenge(json!({ "winnerBidIds": winners, "reason": "洽谈结果" })))
            }
            7..=11 => {
                let days = 1 + self.dice.below(9) as i64;
                let now = self.app.now() + chrono::TimeDelta::days(days);
                // Beyond it no calendar tells.
                let now = now.min("2026-12-20T00:00:00Z".parse().unwrap());
                ("organizer".to_owned(), "setClock", json!({ "now": now.to_rfc3339() }))
            }
            12..=16 => (organizer, "awardChallenge", of_challenge(json!({}))),
            17..=18 => (bidder, "raiseObjection", json!({ "noticeId": notice, "grounds": "存疑" })),
            19 => (bidder, "withdrawObjection", json!({ "objectionId": self.id(&known.objections) })),
            20..=23 => {
                let objection = self.id(&known.objections);
                let ruling = json!({ "objectionId": objection, "upheld": upheld, "ruling": "经查。", "remedy": remedy, "bidId": fallen });
                (staff, "resolveObjection", ruling)
            }
            24..=25 => {
                (bidder, "raiseComplaint", json!({ "objectionId": self.id(&known.objections), "grounds": "不服" }))
            }
            26 => (
                "supervisor".to_owned(),
                "acceptComplaint",
                json!({ "complaintId": self.complaint(known), "accepted": true }),
            ),
            27..=28 => {
                let complaint = self.complaint(known);
                let ruling = json!({ "complaintId": complaint, "upheld": upheld, "decision": "经查。", "remedy": remedy, "bidId": fallen });
                ("supervisor".to_owned(), "decideComplaint", ruling)
            }
            29 => (bidder, "withdrawComplaint", json!({ "complaintId": self.complaint(known) })),
            30 => (staff, "suspendChallenge", of_challenge(json!({ "reason": "核查" }))),
            31..=32 => ("supervisor".to_owned(), "resumeChallenge", of_challenge(json!({ "reason": "核毕" }))),
            33 => (organizer, "disqualifyBid", json!({ "bidId": some_bid, "reason": "材料虚假" })),
            34..=35 => {
                (organizer, "revokeAward", json!({ "projectId": project, "ground": "GAVE_UP", "reason": "放弃" }))
            }
            36..=37 => {
                let number = format!("GX-{}", self.log.len());
                (organizer, "signAgreement", json!({ "projectId": project, "contractNo": number }))
            }
            38 => {
                let talk = json!({ "bidId": some_bid, "topic": "里程碑", "minutes": "记录", "agreed": upheld, "reason": "依次洽谈" });
                (organizer, "recordNegotiation", talk)
            }
            _ => match self.dice.below(8) {
                0 => (organizer, "cancelChallenge", of_challenge(json!({ "reason": "取消" }))),
                1 => (organizer, "terminateChallenge", of_challenge(json!({ "reason": "终止" }))),
                2..=3 => (organizer, "failChallenge", of_challenge(json!({ "reason": "无人" }))),
                _ => (organizer, "voidNotice", of_challenge(json!({ "reason": "不适格" }))),
            },
        }
    }

    fn complaint(&mut self, known: &Known) -> Value {
        if known.complaints.is_empty() { json!("cpl_00000000000000000000000000") } else { self.id(&known.complaints) }
    }
}
