//! What the writers do behind a closed review, each competition in its own way: talks, notices, objections, complaints and orders to stand
//! still, awards that are taken back, pledges, agreements and their registration.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Act, BEACON, BIDDERS, CEDAR, ORGANIZER, ORGANIZER2, Stage, Step, Work, kinds, text};
use crate::audit::bare;

/// How a competition goes on from its first notice or award. Its number says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Noticed, awarded, signed.
    Straight,
    /// An objection is dismissed; the complaint behind it, too.
    Dismissed,
    /// An objection is taken back.
    TakenBack,
    /// An objection is upheld: the notice is void, and comes again.
    Upheld,
    /// The proposed winner is disqualified by a ruling, and the next is proposed.
    Felled,
    /// A supervisor has it stand still under the notice.
    Ordered,
    /// The award is taken back by two, and the next wins.
    Revoked,
    /// One principal investigator pledges.
    Pledged,
    /// An objection is dismissed; the complaint behind it is upheld, and the notice is void.
    Complained,
    /// An organizer has it stand still behind the award.
    OrderedLate,
}

const WAYS: [Way; 10] = [
    Way::Straight,
    Way::Dismissed,
    Way::Upheld,
    Way::Revoked,
    Way::Pledged,
    Way::Felled,
    Way::Complained,
    Way::Ordered,
    Way::TakenBack,
    Way::OrderedLate,
];

/// What has to have been done before there is something of everything in the database.
pub const OF_EVERYTHING: [&str; 5] =
    ["signAgreement", "registerContract", "revokeAward", "decideComplaint", "withdrawObjection"];

impl Way {
    pub fn of(case: usize) -> Self {
        WAYS[case % WAYS.len()]
    }
}

/// Where a competition has come to.
#[derive(Default)]
pub struct Course {
    /// The bids that can win, best first; whoever falls is taken out.
    ranking: Vec<String>,
    notice: String,
    notices: usize,
    objection: String,
    complaint: String,
    /// The award was taken back.
    revoked: bool,
}

impl Work {
    /// What was told of an act behind the review is written down, and what follows is put on the desks.
    pub(super) fn goes_its_course(&mut self, act: &Act, answer: &Value, case: usize) -> Result<()> {
        let (challenge, project) = (self.case(case)?.challenge.clone(), self.case(case)?.project.clone());
        let [notice, objection, complaint] = {
            let course = &self.case(case)?.course;
            [course.notice.clone(), course.objection.clone(), course.complaint.clone()]
        };
        match act.step {
            Step::CloseReview => {
                self.appends(act, &challenge);
                self.case(case)?.stage = Stage::Judged;
                let lines = answer["ranking"].as_array().context("no ranking")?;
                let ranking = lines.iter().map(|line| text(&line["bid"]["id"])).collect::<Result<Vec<_>>>()?;
                let winner = ranking.first().context("nobody is ranked")?.clone();
                self.case(case)?.course.ranking = ranking;
                let offer = json!({ "funding": 120_000_000, "text": format!("第{case}号场景首月只接入两处。") });
                let talk = json!({ "bidId": winner, "topic": "里程碑", "minutes": "双方同意。", "agreed": true, "offer": offer });
                self.push(ORGANIZER2, Step::Talk, "organizer2", "recordNegotiation", talk, case);
            }
            Step::Talk => {
                self.appends(act, &text(&answer["bid"]["id"])?);
                self.proposes(case)?;
            }
            Step::Notice => {
                let id = text(&answer["notice"]["id"])?;
                self.appends(act, &id);
                self.stands(act, &challenge, "PUBLICITY");
                let this = self.case(case)?;
                this.notice_ends = Some(text(&answer["notice"]["endsAt"])?.parse()?);
                this.stage = Stage::Noticed;
                this.course.notice = id.clone();
                this.course.notices += 1;
                if this.course.notices == 1 {
                    self.is_said_against(case, &challenge, &id);
                }
            }
            Step::Object => {
                let id = text(&answer["objection"]["id"])?;
                self.appends_to(act, &[&notice, &id]);
                self.tells(act, "objections", &id, &[("status", &json!("OPEN"))]);
                self.stands(act, &challenge, "SUSPENDED");
                self.case(case)?.course.objection = id.clone();
                let rule = |upheld: bool| json!({ "objectionId": id, "upheld": upheld, "ruling": format!("第{case}号场景：经查。") });
                match Way::of(case) {
                    Way::TakenBack => {
                        let input = json!({ "objectionId": id });
                        self.push(BEACON, Step::TakeBack, "beacon", "withdrawObjection", input, case);
                    }
                    way => {
                        let mut ruling = rule(matches!(way, Way::Upheld | Way::Felled));
                        if way == Way::Felled {
                            ruling["remedy"] = json!("DISQUALIFY");
                            ruling["bidId"] = json!(self.case(case)?.course.ranking.first());
                        }
                        // Who rules has taken no part in any of them.
                        self.push(ORGANIZER, Step::Rule, "organizer3", "resolveObjection", ruling, case);
                    }
                }
            }
            Step::TakeBack => {
                self.appends_to(act, &[&notice, &objection]);
                self.tells(act, "objections", &objection, &[("status", &json!("WITHDRAWN"))]);
                self.stands(act, &challenge, "PUBLICITY");
            }
            Step::Rule => {
                self.appends_to(act, &[&notice, &objection]);
                self.tells(act, "objections", &objection, &[("status", &answer["objection"]["status"])]);
                let void = matches!(Way::of(case), Way::Upheld | Way::Felled);
                self.stands(act, &challenge, if void { "NEGOTIATING" } else { "PUBLICITY" });
                match Way::of(case) {
                    Way::Upheld => self.proposes(case)?,
                    Way::Felled => {
                        let fallen = self.case(case)?.course.ranking.remove(0);
                        self.tells(act, "bids", &fallen, &[("status", &json!("DISQUALIFIED"))]);
                        self.proposes(case)?;
                    }
                    _ => {
                        let input =
                            json!({ "objectionId": objection, "grounds": format!("第{case}号场景：答复未回应。") });
                        self.push(BEACON, Step::Complain, "beacon", "raiseComplaint", input, case);
                    }
                }
            }
            Step::Complain => {
                let id = text(&answer["complaint"]["id"])?;
                self.appends_to(act, &[&challenge, &id]);
                self.case(case)?.course.complaint = id.clone();
                let input = json!({ "complaintId": id, "accepted": true });
                self.push(ORGANIZER2, Step::Accept, "supervisor", "acceptComplaint", input, case);
            }
            Step::Accept => {
                self.appends_to(act, &[&challenge, &complaint]);
                let upheld = Way::of(case) == Way::Complained;
                let input = json!({ "complaintId": complaint, "upheld": upheld, "decision": format!("第{case}号场景：经查。") });
                self.push(ORGANIZER2, Step::Decide, "supervisor", "decideComplaint", input, case);
            }
            Step::Decide => {
                self.appends_to(act, &[&challenge, &complaint]);
                self.tells(act, "complaints", &complaint, &[("status", &answer["complaint"]["status"])]);
                if Way::of(case) == Way::Complained {
                    self.stands(act, &challenge, "NEGOTIATING");
                    self.proposes(case)?;
                }
            }
            Step::Suspend => {
                self.appends(act, &challenge);
                self.stands(act, &challenge, "SUSPENDED");
                let input = json!({ "challengeId": challenge, "reason": "查无实据" });
                // What a supervisor has ordered a supervisor lifts; what an organizer has, another may.
                let (desk, who) = match Way::of(case) {
                    Way::Ordered => (ORGANIZER2, "supervisor"),
                    _ => (ORGANIZER2, "organizer2"),
                };
                self.push(desk, Step::Resume, who, "resumeChallenge", input, case);
            }
            Step::Resume => {
                self.appends(act, &challenge);
                self.tells(act, "challenges", &challenge, &[("status", &answer["challenge"]["status"])]);
                if Way::of(case) == Way::OrderedLate {
                    self.signs(case, &project);
                }
            }
            Step::Award => {
                self.appends(act, &challenge);
                let project = text(&answer["projects"][0]["id"])?;
                let bid = text(&answer["projects"][0]["bid"]["id"])?;
                self.tells(act, "bids", &bid, &[("status", &json!("WON"))]);
                self.stands(act, &challenge, "AWARDED");
                self.case(case)?.project = project.clone();
                self.is_awarded(case, &challenge, &project)?;
            }
            Step::Revoke(_) => {
                // Which of the two is heard of first is nobody's to say.
                let project = text(&act.variables["input"]["projectId"])?;
                let revoked = answer["revoked"] == true;
                self.appended(if revoked { "award.revoked" } else { "award.revocation_found" }, &project);
                if revoked {
                    self.case(case)?.course.revoked = true;
                    self.stands(act, &challenge, "NEGOTIATING");
                    let fallen = self.case(case)?.course.ranking.remove(0);
                    self.tells(act, "bids", &fallen, &[("status", &json!("DISQUALIFIED"))]);
                    self.tells(act, "projects", &project, &[("status", &json!("TERMINATED"))]);
                    let this = self.case(case)?;
                    (this.project, this.stage) = (String::new(), Stage::Judged);
                    self.proposes(case)?;
                }
            }
            Step::Pledge => {
                self.appends(act, &project);
                self.signs(case, &project);
            }
            Step::Sign => {
                self.tells(act, "projects", &project, &[("contract_no", &json!(format!("GX-{case}")))]);
                self.tells(act, "projects", &project, &[("amount", &json!(money(case)))]);
                self.stands(act, &challenge, "EXECUTING");
                self.appends(act, &project);
                self.case(case)?.stage = Stage::Awarded;
                let input = json!({ "projectId": project, "registrationNo": format!("20264101{case:08}") });
                self.push(ORGANIZER, Step::Register, "organizer", "registerContract", input, case);
            }
            Step::Register => {
                self.appends(act, &project);
                let number = json!(format!("20264101{case:08}"));
                self.tells(act, "projects", &project, &[("registration_no", &number)]);
            }
            step => anyhow::bail!("not of the course: {step:?}"),
        }
        Ok(())
    }

    /// The best who can win is proposed.
    fn proposes(&mut self, case: usize) -> Result<()> {
        let this = self.case(case)?;
        let winner = this.course.ranking.first().context("nobody is left")?;
        let input = json!({ "challengeId": this.challenge, "winnerBidIds": [winner] });
        self.push(ORGANIZER2, Step::Notice, "organizer2", "publishNotice", input, case);
        Ok(())
    }

    /// What is done against a first notice.
    fn is_said_against(&mut self, case: usize, challenge: &str, notice: &str) {
        match Way::of(case) {
            Way::Dismissed | Way::TakenBack | Way::Upheld | Way::Felled | Way::Complained => {
                let input = json!({ "noticeId": notice, "grounds": format!("第{case}号场景：业绩材料存疑。") });
                self.push(BEACON, Step::Object, "beacon", "raiseObjection", input, case);
            }
            Way::Ordered => {
                let input = json!({ "challengeId": challenge, "reason": "收到实名举报" });
                self.push(CEDAR, Step::Suspend, "supervisor", "suspendChallenge", input, case);
            }
            Way::Straight | Way::Revoked | Way::Pledged | Way::OrderedLate => {}
        }
    }

    /// What is done behind an award.
    fn is_awarded(&mut self, case: usize, challenge: &str, project: &str) -> Result<()> {
        match Way::of(case) {
            Way::Revoked if !self.case(case)?.course.revoked => {
                let input = json!({ "projectId": project, "ground": "GAVE_UP", "reason": "来函放弃" });
                self.push(ORGANIZER, Step::Revoke(1), "organizer", "revokeAward", input.clone(), case);
                self.push(ORGANIZER2, Step::Revoke(2), "organizer2", "revokeAward", input, case);
            }
            Way::Pledged => {
                let this = self.case(case)?;
                let winner = this.course.ranking.first().context("nobody has won")?;
                let bid = this.bids.iter().position(|bid| bid == winner).context("a winner without a bid")?;
                let (who, desk) = BIDDERS[bid];
                let input = json!({ "projectId": project, "pledge": format!("第{case}号场景如期完成。") });
                self.push(desk, Step::Pledge, who, "signPledge", input, case);
            }
            Way::OrderedLate => {
                let input = json!({ "challengeId": challenge, "reason": "收到实名举报" });
                self.push(ORGANIZER, Step::Suspend, "organizer", "suspendChallenge", input, case);
            }
            _ => self.signs(case, project),
        }
        Ok(())
    }

    fn signs(&mut self, case: usize, project: &str) {
        let input = json!({ "projectId": project, "contractNo": format!("GX-{case}"), "contractSha256": "a".repeat(64),
            "terms": { "funding": money(case) } });
        self.push(ORGANIZER2, Step::Sign, "organizer2", "signAgreement", input, case);
    }

    /// The challenge was told to stand there.
    fn stands(&mut self, act: &Act, challenge: &str, status: &str) {
        self.tells(act, "challenges", challenge, &[("status", &json!(status))]);
    }

    /// One event of each of the act's kinds, each of its own subject.
    fn appends_to(&mut self, act: &Act, subjects: &[&str]) {
        for (kind, subject) in kinds(act.operation).iter().zip(subjects) {
            self.appended(kind, subject);
        }
    }

    /// One event of this kind.
    fn appended(&mut self, kind: &'static str, subject: &str) {
        *self.ledger.events.entry((kind, bare(subject))).or_default() += 1;
    }
}

/// What is agreed in the end: less than what any bid asks for, and than what was offered in the talks.
fn money(case: usize) -> usize {
    119_000_000 - case
}
