//! What the eight writers do: whole competitions, a stock of them at every stage, so that openings, closings and awards are under
//! way when the kill comes; and beside them drafts, technologies, accounts and sessions. What was acknowledged is written down.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use jiebang_platform::db::kept_key;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{challenge_input, operation, solution_input};

use crate::audit::{Seen, bare};
use crate::dice::Dice;
use course::{Course, Way};

#[path = "course.rs"]
mod course;

pub use course::OF_EVERYTHING;

/// Who works at which desk. Each does one act after the other.
pub const DESKS: [&str; 8] =
    ["departments", "organizer", "organizer2", "aurora", "beacon", "cedar", "judges", "judges and office"];
const DEPARTMENTS: usize = 0;
const ORGANIZER: usize = 1;
const ORGANIZER2: usize = 2;
const AURORA: usize = 3;
const BEACON: usize = 4;
const CEDAR: usize = 5;
const JUDGES: usize = 6;
const OFFICE: usize = 7;
const BIDDERS: [(&str, usize); 3] = [("aurora", AURORA), ("beacon", BEACON), ("cedar", CEDAR)];
/// The names of their accounts.
const INVESTIGATORS: [&str; 3] = ["纪明曦", "邓远灯", "柏松年"];
const DEPARTMENT: [&str; 4] = ["urban", "social", "market", "service"];
/// Whose sessions are renewed again and again.
const RENEWED: [&str; 4] = ["auditor", "secadmin", "supervisor", "delta"];
/// How many competitions are at each stage.
const STOCK: usize = 16;
/// From one move of the clock to the next: longer than a challenge is open.
const LEAP: TimeDelta = TimeDelta::days(10);
/// The calendars end with 2026, and notices need one.
const LAST: &str = "2026-12-10T00:00:00Z";

/// What is done, and with that what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Draft,
    Revise,
    Submit,
    Approve,
    Publish,
    /// A query: the ids of the indicators and criteria.
    Look,
    Ask,
    Answer,
    DraftBid(usize),
    SubmitBid(usize),
    ReviseBid(usize),
    Replace(usize),
    Withdraw(usize),
    HandInAgain(usize),
    Open,
    Check(usize),
    Draw,
    /// A query: who sits.
    Sit,
    Declare(usize),
    Save(usize, usize),
    Sheet(usize, usize),
    CloseReview,
    Talk,
    Notice,
    Object,
    TakeBack,
    Rule,
    Complain,
    Accept,
    Decide,
    Suspend,
    Resume,
    Award,
    Revoke(usize),
    Pledge,
    Sign,
    Register,
    SetClock,
    Scratch,
    ScratchRevise,
    Account,
    Nominate,
    Admit,
    Renew(usize),
    /// A refresh token that was used up is brought once more.
    Replay(usize),
    SignIn(usize),
}

/// One request, the same however often it has to be sent.
#[derive(Clone, Debug)]
pub struct Act {
    pub step: Step,
    /// Who; nobody in particular where a token or a password is brought.
    pub who: Option<&'static str>,
    pub operation: &'static str,
    pub variables: Value,
    pub key: Option<String>,
    /// Which competition.
    pub case: Option<usize>,
    /// Sent before, without an answer.
    pub sent: u32,
}

/// One competition.
#[derive(Default)]
struct Case {
    department: &'static str,
    challenge: String,
    indicators: Vec<String>,
    criteria: Vec<String>,
    question: String,
    bids: [String; 3],
    /// How many of three bids are in, and of the one question answered.
    ready: usize,
    checked: usize,
    judges: Vec<&'static str>,
    declared: usize,
    sheets: usize,
    opened: bool,
    notice_ends: Option<DateTime<Utc>>,
    project: String,
    stage: Stage,
    course: Course,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Being prepared, or open.
    #[default]
    Open,
    Judged,
    Noticed,
    Awarded,
}

/// A session that is renewed again and again.
#[derive(Clone, Default)]
struct Session {
    token: String,
    former: Option<String>,
}

/// All that is under way and all that was acknowledged.
pub struct Work {
    secret: [u8; 32],
    queues: [VecDeque<Act>; 8],
    /// What each desk has sent and not been answered.
    pub doubts: [Option<Act>; 8],
    cases: Vec<Case>,
    sessions: Vec<Session>,
    /// Access tokens by name.
    pub tokens: HashMap<String, String>,
    names: HashMap<String, &'static str>,
    nominated: VecDeque<String>,
    scratch: Option<String>,
    clock: DateTime<Utc>,
    dice: Dice,
    number: u64,
    /// Hashes of refresh tokens that are known to be used up though nobody heard of it.
    pub spent: HashSet<String>,
    pub ledger: Ledger,
}

/// What was acknowledged.
#[derive(Default)]
pub struct Ledger {
    /// Writes.
    pub acknowledged: u64,
    /// By mutation.
    pub by_mutation: BTreeMap<&'static str, u64>,
    /// Of them after an earlier try without an answer.
    pub repeated: u64,
    keys: Vec<(String, String)>,
    /// Kind and subject of the events that there have to be, and how many.
    events: BTreeMap<(&'static str, String), u64>,
    /// Table, id, column: what was told last, by an act of this competition.
    told: HashMap<(&'static str, String, &'static str), (String, Option<usize>)>,
    /// Hashes of refresh tokens that were given.
    given: Vec<String>,
    /// Hashes of refresh tokens that were used up, acknowledged.
    used: Vec<String>,
    /// Receipts, bid and version.
    pub receipts: Vec<(String, String, String)>,
    /// Tries of the acts that no key makes one.
    clock_tries: u64,
    base: BTreeMap<String, u64>,
}

/// The events that a mutation appends, whatever else.
fn kinds(mutation: &str) -> &'static [&'static str] {
    match mutation {
        "draftChallenge" => &["challenge.drafted"],
        "reviseChallenge" => &["challenge.revised"],
        "submitChallenge" => &["challenge.submitted"],
        "approveChallenge" => &["challenge.approved"],
        "publishChallenge" => &["challenge.published"],
        "askQuestion" => &["question.asked"],
        "answerQuestion" => &["question.answered"],
        "draftBid" => &["bid.drafted"],
        "reviseBid" => &["bid.revised"],
        "submitBid" => &["bid.submitted"],
        "withdrawBid" => &["bid.withdrawn"],
        "openBids" => &["challenge.opening_approved"],
        "recordFormalCheck" => &["bid.formally_checked"],
        "drawPanel" => &["panel.drawn", "panel.drawn"],
        "declareInterest" => &["panel.interest_declared"],
        "saveScoreSheet" => &["sheet.saved"],
        "submitScoreSheet" => &["sheet.submitted"],
        "closeReview" => &["challenge.review_closed"],
        "recordNegotiation" => &["bid.negotiated"],
        "publishNotice" => &["notice.published"],
        // Of the notice, for everybody, and of the objection, for whoever may know of it.
        "raiseObjection" => &["objection.raised"; 2],
        "resolveObjection" => &["objection.resolved"; 2],
        "withdrawObjection" => &["objection.withdrawn"; 2],
        // Of the challenge and of the complaint.
        "raiseComplaint" => &["complaint.raised"; 2],
        "acceptComplaint" => &["complaint.accepted"; 2],
        "decideComplaint" => &["complaint.decided"; 2],
        "suspendChallenge" => &["challenge.suspended"],
        "resumeChallenge" => &["challenge.resumed"],
        "awardChallenge" => &["challenge.awarded"],
        // The first word, or the second.
        "revokeAward" => &["award.revocation_found", "award.revoked"],
        "signPledge" => &["project.pledge_signed"],
        "signAgreement" => &["project.agreement_signed"],
        "registerContract" => &["project.contract_registered"],
        "nominateTechnology" => &["technology.nominated"],
        "admitTechnology" => &["technology.admitted"],
        "createAccount" => &["account.created"],
        _ => &[],
    }
}

impl Act {
    fn new(step: Step, who: &'static str, operation: &'static str, variables: Value) -> Self {
        Self { step, who: Some(who), operation, variables, key: None, case: None, sent: 0 }
    }

    fn is_query(&self) -> bool {
        matches!(self.step, Step::Look | Step::Sit)
    }

    pub fn document(&self) -> String {
        operation(self.operation)
    }
}

fn text(value: &Value) -> Result<String> {
    Ok(value.as_str().with_context(|| format!("no text: {value}"))?.to_owned())
}

pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

impl Work {
    /// `names` are the user names by id; `secret` is what the server digests the keys of calls with.
    pub fn new(dice: Dice, clock: DateTime<Utc>, names: HashMap<String, &'static str>, secret: [u8; 32]) -> Self {
        let mut work = Self {
            secret,
            queues: Default::default(),
            doubts: Default::default(),
            cases: Vec::new(),
            sessions: vec![Session::default(); RENEWED.len()],
            tokens: HashMap::new(),
            names,
            nominated: VecDeque::new(),
            scratch: None,
            clock,
            dice,
            number: 0,
            spent: HashSet::new(),
            ledger: Ledger::default(),
        };
        for slot in 0..RENEWED.len() {
            let act = work.sign_in(slot);
            work.queues[OFFICE].push_back(act);
        }
        work.stock();
        work
    }

    /// The people who have to be signed in.
    pub fn people() -> Vec<&'static str> {
        const JUDGE: [&str; 12] = [
            "judge1", "judge2", "judge3", "judge4", "judge5", "judge6", "judge7", "judge8", "judge9", "judge10",
            "judge11", "judge12",
        ];
        let rest = ["organizer", "organizer2", "organizer3", "aurora", "beacon", "cedar", "supervisor", "sysadmin"];
        DEPARTMENT.into_iter().chain(rest).chain(JUDGE).collect()
    }

    /// How many events of each kind there were before.
    pub fn begins_with(&mut self, seen: &Seen) {
        for event in &seen.events {
            *self.ledger.base.entry(event.kind.clone()).or_default() += 1;
        }
    }

    fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// A new act with a key of its own.
    fn keyed(
        &mut self,
        step: Step,
        who: &'static str,
        operation: &'static str,
        mut input: Value,
        case: Option<usize>,
    ) -> Act {
        let key = format!("crash-{}", self.next_number());
        input["idempotencyKey"] = json!(key);
        Act { key: Some(key), case, ..Act::new(step, who, operation, json!({ "input": input })) }
    }

    fn push(&mut self, desk: usize, step: Step, who: &'static str, operation: &'static str, input: Value, case: usize) {
        let act = self.keyed(step, who, operation, input, Some(case));
        self.queues[desk].push_back(act);
    }

    /// New competitions begin, as long as the calendar lets them end.
    fn stock(&mut self) {
        for _ in 0..STOCK {
            let case = self.cases.len();
            let department = DEPARTMENT[case % DEPARTMENT.len()];
            self.cases.push(Case { department, ..Case::default() });
            let mut input = challenge_input();
            input["title"] = json!(format!("第{case}号场景"));
            if Way::of(case) == Way::Pledged {
                input["mechanism"] = json!("PI_SYSTEM");
            }
            self.push(DEPARTMENTS, Step::Draft, department, "draftChallenge", input, case);
        }
    }

    /// Whether any competition waits for somebody.
    fn under_way(&self) -> bool {
        let acts = self.queues.iter().flatten().chain(self.doubts.iter().flatten());
        acts.into_iter().any(|act| act.case.is_some() || act.step == Step::SetClock)
    }

    fn sign_in(&self, slot: usize) -> Act {
        let input = json!({ "username": RENEWED[slot], "password": jiebang_server::commands::seed::PASSWORD });
        Act { who: None, ..Act::new(Step::SignIn(slot), "", "signIn", json!({ "input": input })) }
    }

    /// What a desk does next.
    pub fn next(&mut self, desk: usize) -> Act {
        let end: DateTime<Utc> = LAST.parse().unwrap_or_default();
        if desk == OFFICE && !self.under_way() && self.clock < end {
            let now = (self.clock + LEAP).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            let act = Act::new(Step::SetClock, "organizer3", "setClock", json!({ "input": { "now": now } }));
            return self.sends(desk, act);
        }
        let act = match self.queues[desk].pop_front() {
            Some(act) => act,
            None => self.beside(desk),
        };
        self.sends(desk, act)
    }

    fn sends(&mut self, desk: usize, act: Act) -> Act {
        self.doubts[desk] = Some(act.clone());
        act
    }

    /// What a desk does while no competition needs it.
    fn beside(&mut self, desk: usize) -> Act {
        let number = self.next_number();
        match desk {
            DEPARTMENTS => match self.scratch.take() {
                Some(challenge) => {
                    let changes = json!({ "title": format!("草稿改{number}"), "background": "补充说明。" });
                    let input = json!({ "challengeId": challenge, "changes": changes });
                    self.keyed(Step::ScratchRevise, "urban", "reviseChallenge", input, None)
                }
                None => self.keyed(
                    Step::Scratch,
                    "urban",
                    "draftChallenge",
                    json!({ "title": format!("草稿{number}") }),
                    None,
                ),
            },
            ORGANIZER | ORGANIZER2 if !self.nominated.is_empty() => {
                let technology = self.nominated.pop_front().unwrap_or_default();
                let input = json!({ "technologyId": technology, "opinion": "同意入库。" });
                let who = if desk == ORGANIZER { "organizer" } else { "organizer2" };
                self.keyed(Step::Admit, who, "admitTechnology", input, None)
            }
            AURORA | BEACON | CEDAR => {
                let (who, _) = BIDDERS[desk - AURORA];
                let input = json!({ "name": format!("技术{number}"), "field": "感知", "principle": "新原理。", "replaces": "旧办法。",
                    "readinessLevel": 5 });
                self.keyed(Step::Nominate, who, "nominateTechnology", input, None)
            }
            OFFICE if self.dice.one_in(8) => {
                let input = json!({ "username": format!("person{number}"), "password": "Crash-test-2026", "name": "测试员",
                    "roles": ["ORGANIZER"] });
                self.keyed(Step::Account, "sysadmin", "createAccount", input, None)
            }
            _ => {
                // Two slots a desk, so that nobody else uses a token up.
                let slot = if desk == OFFICE { 2 } else { 0 } + self.dice.below(2) as usize;
                if desk != OFFICE && desk != JUDGES {
                    return self.keyed(
                        Step::Scratch,
                        "social",
                        "draftChallenge",
                        json!({ "title": format!("草稿{number}") }),
                        None,
                    );
                }
                let session = &self.sessions[slot];
                let (former, token) = (session.former.clone(), session.token.clone());
                match former {
                    _ if token.is_empty() => self.sign_in(slot),
                    Some(former) if self.dice.one_in(12) => Self::renewal(Step::Replay(slot), &former),
                    _ => Self::renewal(Step::Renew(slot), &token),
                }
            }
        }
    }

    fn renewal(step: Step, token: &str) -> Act {
        Act { who: None, ..Act::new(step, "", "refreshSession", json!({ "input": { "refreshToken": token } })) }
    }

    /// An act was sent and not answered: it is sent again, the same, before anything else.
    pub fn unanswered(&mut self, desk: usize, mut act: Act) {
        act.sent += 1;
        if act.step == Step::SetClock {
            self.ledger.clock_tries += 1;
        }
        self.doubts[desk] = Some(act);
    }

    /// What a refusal means. Only those are expected that a lost answer explains, and that of a token which was used up.
    pub fn refused(&mut self, desk: usize, act: &Act, code: &str) -> bool {
        let session = |work: &mut Self, slot: usize| {
            work.sessions[slot] = Session::default();
            let act = work.sign_in(slot);
            work.queues[desk].push_front(act);
            work.doubts[desk] = None;
            true
        };
        match (act.step, code) {
            (Step::Renew(slot), "UNAUTHENTICATED") if act.sent > 0 => session(self, slot),
            (Step::Replay(slot), "UNAUTHENTICATED") => session(self, slot),
            // Moved before the answer was lost.
            (Step::SetClock, "INVALID_INPUT") if act.sent > 0 => {
                self.doubts[desk] = None;
                self.clock += LEAP;
                self.goes_on();
                true
            }
            _ => false,
        }
    }

    /// What was told is written down, and what follows is put on the desks.
    pub fn acknowledged(&mut self, desk: usize, act: &Act, answer: &Value) -> Result<()> {
        self.doubts[desk] = None;
        if !act.is_query() {
            self.writes_down(act);
        }
        let case = act.case.unwrap_or(usize::MAX);
        match act.step {
            Step::Draft => {
                let id = text(&answer["challenge"]["id"])?;
                self.tells(act, "challenges", &id, &[("title", &answer["challenge"]["title"])]);
                self.appends(act, &id);
                let department = self.case(case)?.department;
                self.case(case)?.challenge = id.clone();
                let changes = json!({ "changes": { "contact": "0371-11111111" }, "challengeId": id });
                self.push(DEPARTMENTS, Step::Revise, department, "reviseChallenge", changes, case);
            }
            Step::Revise => self.moves(act, answer, DEPARTMENTS, Step::Submit, "submitChallenge")?,
            Step::Submit => self.moves(act, answer, ORGANIZER, Step::Approve, "approveChallenge")?,
            Step::Approve => self.moves(act, answer, ORGANIZER2, Step::Publish, "publishChallenge")?,
            Step::Publish => {
                let id = self.case(case)?.challenge.clone();
                self.appends(act, &id);
                let department = self.case(case)?.department;
                let look =
                    Act { case: Some(case), ..Act::new(Step::Look, department, "challenge", json!({ "id": id })) };
                self.queues[DEPARTMENTS].push_back(look);
            }
            Step::Look => {
                let ids = |name: &str| -> Result<Vec<String>> {
                    answer[name].as_array().into_iter().flatten().map(|one| text(&one["id"])).collect()
                };
                (self.case(case)?.indicators, self.case(case)?.criteria) = (ids("indicators")?, ids("criteria")?);
                let id = self.case(case)?.challenge.clone();
                let ask = json!({ "challengeId": id, "text": format!("第{case}号场景夜间可否进场？") });
                self.push(BEACON, Step::Ask, "beacon", "askQuestion", ask, case);
                for (bid, (who, desk)) in BIDDERS.into_iter().enumerate() {
                    let input = json!({ "challengeId": id, "solution": self.solution(case, bid, 1)? });
                    self.push(desk, Step::DraftBid(bid), who, "draftBid", input, case);
                }
            }
            Step::Ask => {
                let (challenge, department) = (self.case(case)?.challenge.clone(), self.case(case)?.department);
                let id = text(&answer["question"]["id"])?;
                self.tells(act, "questions", &id, &[("question", &answer["question"]["text"])]);
                self.appends(act, &challenge);
                self.case(case)?.question = id.clone();
                let input = json!({ "questionId": id, "answer": format!("第{case}号场景可以进场，提前一日报备。") });
                self.push(DEPARTMENTS, Step::Answer, department, "answerQuestion", input, case);
            }
            Step::Answer => {
                let (challenge, id) = (self.case(case)?.challenge.clone(), self.case(case)?.question.clone());
                self.tells(act, "questions", &id, &[("answer", &answer["question"]["answer"])]);
                self.appends(act, &challenge);
                self.case(case)?.ready += 1;
            }
            Step::DraftBid(bid) => {
                let id = text(&answer["bid"]["id"])?;
                self.tells(act, "bids", &id, &[("version", &answer["bid"]["version"])]);
                self.appends(act, &id);
                self.case(case)?.bids[bid] = id;
                self.hands_in(case, bid, Step::SubmitBid(bid))?;
            }
            Step::SubmitBid(bid) | Step::Replace(bid) | Step::HandInAgain(bid) => {
                let id = self.case(case)?.bids[bid].clone();
                self.appends(act, &id);
                let receipt = &answer["receipt"];
                self.ledger.receipts.push((text(&receipt["compact"])?, bare(&id), receipt["version"].to_string()));
                match (act.step, bid) {
                    (Step::SubmitBid(_), 0) => {
                        let input = json!({ "bidId": id, "solution": self.solution(case, bid, 2)? });
                        self.push(AURORA, Step::ReviseBid(bid), "aurora", "reviseBid", input, case);
                    }
                    (Step::SubmitBid(_), 2) => {
                        self.push(
                            CEDAR,
                            Step::Withdraw(bid),
                            "cedar",
                            "withdrawBid",
                            json!({ "bidId": id, "reason": "改稿" }),
                            case,
                        );
                    }
                    _ => self.case(case)?.ready += 1,
                }
            }
            Step::ReviseBid(bid) => {
                let id = self.case(case)?.bids[bid].clone();
                self.tells(act, "bids", &id, &[("version", &answer["bid"]["version"])]);
                self.appends(act, &id);
                self.hands_in(case, bid, Step::Replace(bid))?;
            }
            Step::Withdraw(bid) => {
                let id = self.case(case)?.bids[bid].clone();
                self.appends(act, &id);
                self.hands_in(case, bid, Step::HandInAgain(bid))?;
            }
            Step::Open => {
                let id = self.case(case)?.challenge.clone();
                self.appends(act, &id);
                if answer["opened"] == true && !self.case(case)?.opened {
                    self.case(case)?.opened = true;
                    for bid in 0..BIDDERS.len() {
                        let input = json!({ "bidId": self.case(case)?.bids[bid], "items": [{ "name": "材料完整", "passed": true }] });
                        let (desk, who) = if bid == 1 { (ORGANIZER, "organizer") } else { (ORGANIZER2, "organizer2") };
                        self.push(desk, Step::Check(bid), who, "recordFormalCheck", input, case);
                    }
                }
            }
            Step::Check(bid) => {
                let id = self.case(case)?.bids[bid].clone();
                self.appends(act, &id);
                self.case(case)?.checked += 1;
                if self.case(case)?.checked == BIDDERS.len() {
                    let input = json!({ "challengeId": self.case(case)?.challenge });
                    self.push(ORGANIZER, Step::Draw, "organizer", "drawPanel", input, case);
                }
            }
            Step::Draw => {
                let panel = text(&answer["panel"]["id"])?;
                self.appends(act, &panel);
                let variables = json!({ "id": self.case(case)?.challenge });
                let sit = Act { case: Some(case), ..Act::new(Step::Sit, "supervisor", "panel", variables) };
                self.queues[ORGANIZER].push_back(sit);
            }
            Step::Sit => {
                for (place, seat) in answer["panel"]["judges"].as_array().into_iter().flatten().enumerate() {
                    let judge = *self.names.get(&text(&seat["user"]["id"])?).context("a judge whom nobody knows")?;
                    self.case(case)?.judges.push(judge);
                    let input = json!({ "challengeId": self.case(case)?.challenge, "conflictFree": true });
                    self.push(desk_of(place), Step::Declare(place), judge, "declareInterest", input, case);
                }
                ensure!(self.case(case)?.judges.len() == 5, "a panel of five: {answer}");
            }
            Step::Declare(_) => {
                self.case(case)?.declared += 1;
                if self.case(case)?.declared == 5 {
                    for place in 0..5 {
                        self.sheet(case, place, 0, Step::Save(place, 0))?;
                    }
                }
            }
            Step::Save(place, bid) => {
                let id = text(&answer["sheet"]["id"])?;
                self.appends(act, &id);
                self.sheet(case, place, bid, Step::Sheet(place, bid))?;
            }
            Step::Sheet(place, bid) => {
                let id = text(&answer["sheet"]["id"])?;
                self.appends(act, &id);
                self.case(case)?.sheets += 1;
                if bid + 1 < BIDDERS.len() {
                    self.sheet(case, place, bid + 1, Step::Sheet(place, bid + 1))?;
                } else if self.case(case)?.sheets == 5 * BIDDERS.len() {
                    let input = json!({ "challengeId": self.case(case)?.challenge });
                    self.push(ORGANIZER, Step::CloseReview, "organizer", "closeReview", input, case);
                }
            }
            Step::CloseReview
            | Step::Talk
            | Step::Notice
            | Step::Object
            | Step::TakeBack
            | Step::Rule
            | Step::Complain
            | Step::Accept
            | Step::Decide
            | Step::Suspend
            | Step::Resume
            | Step::Award
            | Step::Revoke(_)
            | Step::Pledge
            | Step::Sign
            | Step::Register => self.goes_its_course(act, answer, case)?,
            Step::SetClock => {
                self.ledger.clock_tries += 1;
                self.clock = text(&answer["clock"]["now"])?.parse()?;
                self.goes_on();
            }
            Step::Scratch | Step::ScratchRevise => {
                let id = text(&answer["challenge"]["id"])?;
                let told = [("title", &answer["challenge"]["title"]), ("version", &answer["challenge"]["version"])];
                self.tells(act, "challenges", &id, &told);
                self.appends(act, &id);
                if act.step == Step::Scratch && act.who == Some("urban") {
                    self.scratch = Some(id);
                }
            }
            Step::Account => {
                let id = text(&answer["user"]["id"])?;
                self.tells(act, "users", &id, &[("username", &act.variables["input"]["username"])]);
                self.appends(act, &id);
            }
            Step::Nominate => {
                let id = text(&answer["technology"]["id"])?;
                self.tells(act, "technologies", &id, &[("name", &answer["technology"]["name"])]);
                self.appends(act, &id);
                self.nominated.push_back(id);
            }
            Step::Admit => {
                let id = text(&answer["technology"]["id"])?;
                self.tells(act, "technologies", &id, &[("status", &json!("ADMITTED"))]);
                self.appends(act, &id);
            }
            Step::Renew(slot) => {
                let next = text(&answer["refreshToken"])?;
                let former = text(&act.variables["input"]["refreshToken"])?;
                ensure!(!self.spent.contains(&hash(&former)), "a refresh token was good twice");
                self.ledger.given.push(hash(&next));
                self.ledger.used.push(hash(&former));
                self.sessions[slot] = Session { token: next, former: Some(former) };
            }
            Step::Replay(_) => anyhow::bail!("a refresh token was good twice"),
            Step::SignIn(slot) => {
                let token = text(&answer["refreshToken"])?;
                self.ledger.given.push(hash(&token));
                self.sessions[slot] = Session { token, ..Session::default() };
            }
        }
        Ok(())
    }

    fn case(&mut self, case: usize) -> Result<&mut Case> {
        self.cases.get_mut(case).context("no such competition")
    }

    fn solution(&self, case: usize, bid: usize, draft: u32) -> Result<Value> {
        let indicators = &self.cases.get(case).context("no such competition")?.indicators;
        let mut solution =
            solution_input(indicators, &format!("{}的方案{draft}", BIDDERS[bid].0), 130_000_000 + bid as i64);
        // The bidder's own account is the investigator's.
        solution["principalInvestigator"] = json!(INVESTIGATORS[bid]);
        Ok(solution)
    }

    fn hands_in(&mut self, case: usize, bid: usize, step: Step) -> Result<()> {
        let input = json!({ "bidId": self.case(case)?.bids[bid], "pledgeAccepted": true });
        self.push(BIDDERS[bid].1, step, BIDDERS[bid].0, "submitBid", input, case);
        Ok(())
    }

    /// The next step of a challenge that somebody draws up.
    fn moves(&mut self, act: &Act, answer: &Value, desk: usize, step: Step, operation: &'static str) -> Result<()> {
        let case = act.case.context("no competition")?;
        let challenge = self.case(case)?.challenge.clone();
        let version = &answer["challenge"]["version"];
        if !version.is_null() {
            self.tells(act, "challenges", &challenge, &[("version", version)]);
        }
        self.appends(act, &challenge);
        let mut input = json!({ "challengeId": challenge });
        let who = match step {
            Step::Publish => {
                let deadline = self.clock + LEAP - TimeDelta::days(1);
                input["submissionDeadline"] = json!(deadline.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
                input["urgentReason"] = json!("汛期将至");
                "organizer2"
            }
            Step::Approve => "organizer",
            _ => self.case(case)?.department,
        };
        self.push(desk, step, who, operation, input, case);
        Ok(())
    }

    fn sheet(&mut self, case: usize, place: usize, bid: usize, step: Step) -> Result<()> {
        let best = case % BIDDERS.len();
        let mark = if bid == best { 92 } else { 80 + bid } - place % 3;
        let criteria = &self.case(case)?.criteria;
        let marks: Value = criteria.iter().map(|id| json!({ "criterionId": id, "score": mark.to_string() })).collect();
        let input = json!({ "bidId": self.case(case)?.bids[bid], "marks": marks });
        let judge = *self.case(case)?.judges.get(place).context("no such seat")?;
        let operation = if matches!(step, Step::Save(..)) { "saveScoreSheet" } else { "submitScoreSheet" };
        self.push(desk_of(place), step, judge, operation, input, case);
        Ok(())
    }

    /// The clock has moved: what was open is opened, what was noticed is awarded, and new competitions begin.
    fn goes_on(&mut self) {
        for case in 0..self.cases.len() {
            let (ready, stage, ends) = (self.cases[case].ready, self.cases[case].stage, self.cases[case].notice_ends);
            let input = json!({ "challengeId": self.cases[case].challenge });
            if stage == Stage::Open && ready == BIDDERS.len() + 1 && !self.cases[case].opened {
                let input = support::opening(&self.cases[case].challenge);
                self.push(ORGANIZER, Step::Open, "organizer", "openBids", input.clone(), case);
                self.push(ORGANIZER2, Step::Open, "organizer2", "openBids", input, case);
            } else if stage == Stage::Noticed
                && self.cases[case].project.is_empty()
                && ends.is_some_and(|ends| ends <= self.clock)
            {
                self.push(ORGANIZER, Step::Award, "organizer", "awardChallenge", input, case);
            }
        }
        self.stock();
    }

    fn writes_down(&mut self, act: &Act) {
        let key = act.key.as_deref().map(|key| self.kept(act, key));
        let ledger = &mut self.ledger;
        ledger.acknowledged += 1;
        *ledger.by_mutation.entry(act.operation).or_default() += 1;
        ledger.repeated += u64::from(act.sent > 0);
        ledger.keys.extend(key);
    }

    /// The mutation and the key of a call, as the database keeps them.
    fn kept(&self, act: &Act, key: &str) -> (String, String) {
        let kept = kept_key(&self.secret, act.operation, key).unwrap_or_else(|fault| panic!("{fault}"));
        (act.operation.to_owned(), kept)
    }

    fn appends(&mut self, act: &Act, subject: &str) {
        for kind in kinds(act.operation) {
            *self.ledger.events.entry((kind, bare(subject))).or_default() += 1;
        }
    }

    fn tells(&mut self, act: &Act, table: &'static str, id: &str, told: &[(&'static str, &Value)]) {
        for (column, value) in told {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.ledger.told.insert((table, bare(id), column), (value, act.case));
        }
    }

    /// What was acknowledged and is not there, and what is there more often than it was done. With what is still in doubt a thing
    /// may be there once more.
    pub fn lost(&self, seen: &Seen) -> (Vec<String>, Vec<String>) {
        let doubts: Vec<&Act> = self.doubts.iter().flatten().collect();
        let (mut lost, mut twice) = (Vec::new(), Vec::new());
        for key in &self.ledger.keys {
            if !seen.answers.contains_key(key) {
                lost.push(format!("the first answer of {} {}", key.0, key.1));
            }
        }
        let mut found: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
        for event in &seen.events {
            *found.entry((event.kind.as_str(), event.subject.as_str())).or_default() += 1;
            *totals.entry(event.kind.as_str()).or_default() += 1;
        }
        let unsure = |kind: &str| {
            let kinds = doubts.iter().flat_map(|act| kinds(act.operation));
            kinds.filter(|one| **one == kind).count() as u64
        };
        let mut told: BTreeMap<&str, u64> = BTreeMap::new();
        for ((kind, subject), count) in &self.ledger.events {
            let there = found.get(&(*kind, subject.as_str())).copied().unwrap_or_default();
            if there < *count {
                lost.push(format!("{kind} of {subject}: {there} of {count}"));
            } else if there > *count + unsure(kind) {
                twice.push(format!("{kind} of {subject}: {there} for {count}"));
            }
            *told.entry(kind).or_default() += count;
        }
        for (kind, count) in told {
            let base = self.ledger.base.get(kind).copied().unwrap_or_default();
            let there = totals.get(kind).copied().unwrap_or_default();
            // A declaration is told by no id: it is counted here alone.
            if there > base + count + unsure(kind) {
                twice.push(format!("{kind}: {there} events for {base} and {count}"));
            }
        }
        let declared = self.ledger.by_mutation.get("declareInterest").copied().unwrap_or_default();
        let base = self.ledger.base.get("panel.interest_declared").copied().unwrap_or_default();
        let there = totals.get("panel.interest_declared").copied().unwrap_or_default();
        if there < base + declared {
            lost.push(format!("panel.interest_declared: {there} for {base} and {declared}"));
        } else if there > base + declared + unsure("panel.interest_declared") {
            twice.push(format!("panel.interest_declared: {there} for {base} and {declared}"));
        }
        let moved = self.ledger.by_mutation.get("setClock").copied().unwrap_or_default();
        let there = totals.get("rehearsal.clock_set").copied().unwrap_or_default();
        if there < moved {
            lost.push(format!("rehearsal.clock_set: {there} for {moved}"));
        } else if there
            > self.ledger.clock_tries + doubts.iter().filter(|act| act.step == Step::SetClock).count() as u64
        {
            twice.push(format!("rehearsal.clock_set: {there} for {} tries", self.ledger.clock_tries));
        }
        for (place, (value, case)) in &self.ledger.told {
            let unsure = match case {
                Some(case) => doubts.iter().any(|act| act.case == Some(*case)),
                None => doubts.iter().any(|act| {
                    let input = &act.variables["input"];
                    [&input["challengeId"], &input["technologyId"]]
                        .iter()
                        .any(|id| bare(id.as_str().unwrap_or_default()) == place.1)
                }),
            };
            let there = seen.values.get(place);
            if there != Some(value) && (there.is_none() || !unsure) {
                lost.push(format!("{} {} {}: {there:?}, not {value}", place.0, place.1, place.2));
            }
        }
        for token in &self.ledger.given {
            if !seen.tokens.contains_key(token) {
                lost.push(format!("a refresh token that was given: {token}"));
            }
        }
        for token in &self.ledger.used {
            if seen.tokens.get(token) == Some(&false) {
                lost.push(format!("the use of a refresh token: {token}"));
            }
        }
        for (compact, bid, version) in &self.ledger.receipts {
            if !seen.submissions.contains(&(bid.clone(), version.clone(), compact.clone())) {
                lost.push(format!("the receipt of {bid} version {version}"));
            }
        }
        (lost, twice)
    }

    /// The writes in doubt, and whether each had been done before the kill: by the keys, and by the use of a token.
    pub fn unheard(&self, seen: &Seen) -> Vec<(&'static str, bool)> {
        let doubts = self.doubts.iter().flatten().filter(|act| act.sent > 0 && !act.is_query());
        let done = |act: &Act| match (&act.key, act.step) {
            (Some(key), _) => seen.answers.contains_key(&self.kept(act, key)),
            (None, Step::Renew(_)) => {
                let token = act.variables["input"]["refreshToken"].as_str().unwrap_or_default();
                seen.tokens.get(&hash(token)) == Some(&true)
            }
            _ => false,
        };
        doubts.map(|act| (act.operation, done(act))).collect()
    }

    /// Of the renewals in doubt, the tokens that have been used up: they may not be good once more.
    pub fn used_up(&self, seen: &Seen) -> Vec<String> {
        let tokens = self.doubts.iter().flatten().filter_map(|act| match act.step {
            Step::Renew(_) => act.variables["input"]["refreshToken"].as_str().map(hash),
            _ => None,
        });
        tokens.filter(|token| seen.tokens.get(token) == Some(&true)).collect()
    }
}

/// Five seats at two desks.
fn desk_of(place: usize) -> usize {
    if place.is_multiple_of(2) { JUDGES } else { OFFICE }
}
