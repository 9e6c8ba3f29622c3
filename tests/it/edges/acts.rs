//! The acts of the course from the ranking to the agreement: who is let do each where it is let at all, to what, and with which input
//! beyond reproach.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use support::{Person, TestApp};

/// What a state's acts are about. Where nothing of a kind has ever been, an id stands that nothing has.
#[derive(Clone)]
pub struct Known {
    /// Tokens by user name.
    pub people: Arc<BTreeMap<String, String>>,
    pub challenge: String,
    /// All bids, in the order of the ranking.
    pub bids: Vec<String>,
    /// The first who could win.
    pub candidate: String,
    /// One that could be found unfit.
    pub other: String,
    pub criteria: Vec<String>,
    /// The last judge to hand in.
    pub judge: String,
    /// The seat of the first.
    pub seat: String,
    pub notice: String,
    pub objection: String,
    pub complaint: String,
    pub project: String,
}

/// An id of this kind that nothing has.
pub fn nothing(kind: &str) -> String {
    format!("{kind}_{}", "0".repeat(26))
}

impl Known {
    pub fn of(people: BTreeMap<String, String>) -> Self {
        Self {
            people: Arc::new(people),
            challenge: nothing("chl"),
            bids: Vec::new(),
            candidate: nothing("bid"),
            other: nothing("bid"),
            criteria: Vec::new(),
            judge: "judge1".to_owned(),
            seat: nothing("seat"),
            notice: nothing("ntc"),
            objection: nothing("obj"),
            complaint: nothing("cpl"),
            project: nothing("prj"),
        }
    }

    /// Somebody at the door; `nobody` has not signed in.
    pub fn person(&self, app: &TestApp, name: &str) -> Person {
        self.people.get(name).map_or_else(|| app.anybody(), |token| app.bearer(token))
    }

    /// Does the act of this name, and notes what it has made.
    pub async fn does(&mut self, app: &TestApp, who: &str, act: &str) {
        let act = Act::named(act);
        let made = self.person(app, who).does(act.mutation, act.input(self)).await;
        let of = |id: &Value, before: &mut String| {
            if let Some(id) = id.as_str() {
                *before = id.to_owned();
            }
        };
        of(&made["notice"]["id"], &mut self.notice);
        of(&made["objection"]["id"], &mut self.objection);
        of(&made["complaint"]["id"], &mut self.complaint);
        of(&made["projects"][0]["id"], &mut self.project);
    }
}

/// On what the door says whether the act would be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    Challenge,
    /// The candidate's bid.
    Candidate,
    /// The other bid.
    Other,
    Objection,
    Complaint,
    Project,
}

/// One way to do one mutation.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    /// The column of the table.
    pub name: &'static str,
    pub mutation: &'static str,
    pub on: On,
    /// Whose act it is; `judge`: the last judge to hand in.
    who: &'static str,
}

const fn act(name: &'static str, mutation: &'static str, on: On, who: &'static str) -> Act {
    Act { name, mutation, on, who }
}

/// Every column of the table, in its order.
pub const ACTS: [Act; 31] = [
    act("talk", "recordNegotiation", On::Candidate, "organizer"),
    act("notice", "publishNotice", On::Challenge, "organizer"),
    act("void", "voidNotice", On::Challenge, "organizer"),
    // objections: raised by one who bids there, taken back by whoever raised the one there is, ruled on by who took no part
    act("object", "raiseObjection", On::Challenge, "cedar"),
    act("take back", "withdrawObjection", On::Objection, "beacon"),
    act("dismiss", "resolveObjection", On::Objection, "organizer3"),
    act("uphold", "resolveObjection", On::Objection, "organizer3"),
    act("uphold: rescore", "resolveObjection", On::Objection, "organizer3"),
    act("uphold: disqualify", "resolveObjection", On::Objection, "organizer3"),
    // complaints
    act("complain", "raiseComplaint", On::Objection, "beacon"),
    act("accept", "acceptComplaint", On::Complaint, "supervisor"),
    act("decide against", "decideComplaint", On::Complaint, "supervisor"),
    act("decide for", "decideComplaint", On::Complaint, "supervisor"),
    act("decide for: rescore", "decideComplaint", On::Complaint, "supervisor"),
    act("withdraw", "withdrawComplaint", On::Complaint, "beacon"),
    // projects
    act("award", "awardChallenge", On::Challenge, "organizer"),
    act("revoke", "revokeAward", On::Project, "organizer"),
    act("pledge", "signPledge", On::Project, "aurora"),
    act("sign", "signAgreement", On::Project, "organizer"),
    act("register", "registerContract", On::Project, "organizer"),
    // orders
    act("suspend", "suspendChallenge", On::Challenge, "organizer"),
    act("resume", "resumeChallenge", On::Challenge, "organizer"),
    // ends
    act("cancel", "cancelChallenge", On::Challenge, "organizer"),
    act("fail", "failChallenge", On::Challenge, "organizer"),
    act("terminate", "terminateChallenge", On::Challenge, "organizer"),
    // the review, which a ruling opens again
    act("mark", "submitScoreSheet", On::Candidate, "judge"),
    act("reopen", "reopenScoreSheet", On::Candidate, "organizer"),
    act("close", "closeReview", On::Challenge, "organizer"),
    act("sign the review", "signReview", On::Challenge, "judge"),
    act("disqualify", "disqualifyBid", On::Other, "organizer"),
    act("rerun", "rerunChallenge", On::Challenge, "urban"),
];

impl Act {
    pub fn named(name: &str) -> Self {
        *ACTS.iter().find(|act| act.name == name).unwrap_or_else(|| panic!("no act is called {name}"))
    }

    /// Whose act it is.
    pub fn who<'a>(&self, known: &'a Known) -> &'a str {
        if self.who == "judge" { &known.judge } else { self.who }
    }

    /// What the door is asked about it.
    pub fn subject<'a>(&self, known: &'a Known) -> &'a str {
        match self.on {
            On::Challenge => &known.challenge,
            On::Candidate => &known.candidate,
            On::Other => &known.other,
            On::Objection => &known.objection,
            On::Complaint => &known.complaint,
            On::Project => &known.project,
        }
    }

    /// Input beyond reproach.
    pub fn input(&self, known: &Known) -> Value {
        let Known { challenge, candidate, other, notice, objection, complaint, project, .. } = known;
        let because = |reason: &str| json!({ "challengeId": challenge, "reason": reason });
        let rule = |remedy: Value, bid: Value| json!({ "objectionId": objection, "upheld": true, "ruling": "异议成立。", "remedy": remedy, "bidId": bid });
        let decide = |upheld: bool, remedy: Value| json!({ "complaintId": complaint, "upheld": upheld, "decision": "经查。", "remedy": remedy });
        match self.name {
            "talk" => json!({ "bidId": candidate, "topic": "里程碑", "minutes": "先接入两处隧道。", "agreed": true }),
            "notice" => json!({ "challengeId": challenge, "winnerBidIds": [candidate] }),
            "void" => because("中标候选人被列入失信名单"),
            "object" => json!({ "noticeId": notice, "grounds": "业绩材料存疑" }),
            "take back" => json!({ "objectionId": objection }),
            "dismiss" => json!({ "objectionId": objection, "upheld": false, "ruling": "经核属实。" }),
            "uphold" => rule(Value::Null, Value::Null),
            "uphold: rescore" => rule(json!("RESCORE"), Value::Null),
            "uphold: disqualify" => rule(json!("DISQUALIFY"), json!(candidate)),
            "complain" => json!({ "objectionId": objection, "grounds": "答复未回应质疑" }),
            "accept" => json!({ "complaintId": complaint, "accepted": true }),
            "decide against" => decide(false, Value::Null),
            "decide for" => decide(true, Value::Null),
            "decide for: rescore" => decide(true, json!("RESCORE")),
            "withdraw" => json!({ "complaintId": complaint }),
            "revoke" => json!({ "projectId": project, "ground": "GAVE_UP", "reason": "来函放弃" }),
            "pledge" => json!({ "projectId": project, "pledge": "如期完成全部指标。" }),
            "sign" => json!({ "projectId": project, "contractNo": "GX-2026-1" }),
            "register" => json!({ "projectId": project, "registrationNo": "2026410100000001" }),
            "suspend" => because("收到实名举报"),
            "resume" => because("查无实据"),
            "cancel" => because("需求变更"),
            "fail" => because("洽谈均未达成一致"),
            "terminate" => because("技术路线不可行"),
            "mark" => {
                let marks: Value =
                    known.criteria.iter().map(|id| json!({ "criterionId": id, "score": "90" })).collect();
                json!({ "bidId": candidate, "marks": marks })
            }
            "reopen" => json!({ "bidId": candidate, "judgeId": known.seat, "reason": "评委发现笔误" }),
            "disqualify" => json!({ "bidId": other, "reason": "材料虚假" }),
            "award" | "close" | "sign the review" | "rerun" => json!({ "challengeId": challenge }),
            other => panic!("no input for {other}"),
        }
    }
}
