//! `reviseRuleSet`: an organizer makes the next version of the rules, with a reason, for all to read. Challenges already published go
//! on by their own copies.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::load::RuleFile;
use super::{Numbers, store};
use crate::access::{Viewer, rules as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::RuleSetId;
use crate::base::{Decimal, Error, Faults, Fen, Reason, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `reviseRuleSet` is given; only the numbers given change.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReviseRuleSet {
    /// The version that the organizer has seen; another one in force is a conflict.
    pub expected_version: i32,
    pub reason: String,
    pub min_open_days: Option<i32>,
    pub urgent_min_open_days: Option<i32>,
    pub questions_close_days: Option<i32>,
    pub answer_days: Option<i32>,
    pub clarification_lead_days: Option<i32>,
    pub publicity_working_days: Option<i32>,
    pub panel_size: Option<i32>,
    pub panel_size_large: Option<i32>,
    pub panel_size_large_from: Option<String>,
    pub min_valid_bids: Option<i32>,
    pub min_valid_bids_partnership: Option<i32>,
    pub trim_from: Option<i32>,
    pub pass_mark: Option<String>,
    pub race_min_winners: Option<i32>,
    pub race_max_winners: Option<i32>,
    pub agreement_days: Option<i32>,
    pub expert_years: Option<i32>,
    pub expert_confirmed_days: Option<i32>,
    pub expert_open_reviews: Option<i32>,
    pub expert_spread: Option<i32>,
    pub conflict_years: Option<i32>,
    pub correction_days: Option<i32>,
    pub min_sheets: Option<i32>,
    pub deviation_points: Option<i32>,
    pub normalise_from: Option<i32>,
    pub objection_days: Option<i32>,
    pub complaint_days: Option<i32>,
    pub complaint_accept_days: Option<i32>,
    pub complaint_decide_days: Option<i32>,
    pub pi_active_projects: Option<i32>,
    pub idempotency_key: Option<String>,
}

impl Content for ReviseRuleSet {
    const MUTATION: &'static str = "reviseRuleSet";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// The version made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RulesRevised {
    pub rule_set: RuleSetId,
}

/// Makes the next version of `default`. `Conflict(VersionMoved)` where a colleague was quicker.
pub async fn revise(app: &App, viewer: &Viewer, new: ReviseRuleSet) -> Result<RulesRevised> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let proof = policy::may_revise(viewer)?;
            let current = store::current(&*txn).await?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            let numbers = new.put_into(current.numbers, &mut faults);
            numbers.check(contract_name, &mut faults);
            faults.done()?;
            if new.expected_version != current.version {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            let at = app.clock.now();
            let file = RuleFile { name: store::DEFAULT.to_owned(), version: current.version + 1, numbers };
            let rule_set = store::insert(&txn, &file, Some(proof), at).await?;
            let happening = Happening {
                kind: EventKind::RuleSetRevised,
                subject: rule_set.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at,
                public: json!({ "numbers": file.numbers, "reason": reason, "version": file.version }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(RulesRevised { rule_set })
        })
        .await
}

impl ReviseRuleSet {
    fn put_into(&self, mut numbers: Numbers, faults: &mut Faults) -> Numbers {
        let mut given: Vec<(&str, Option<i32>, &mut u32)> = vec![
            ("minOpenDays", self.min_open_days, &mut numbers.min_open_days),
            ("urgentMinOpenDays", self.urgent_min_open_days, &mut numbers.urgent_min_open_days),
            ("questionsCloseDays", self.questions_close_days, &mut numbers.questions_close_days),
            ("answerDays", self.answer_days, &mut numbers.answer_days),
            ("clarificationLeadDays", self.clarification_lead_days, &mut numbers.clarification_lead_days),
            ("publicityWorkingDays", self.publicity_working_days, &mut numbers.publicity_working_days),
            ("panelSize", self.panel_size, &mut numbers.panel_size),
            ("panelSizeLarge", self.panel_size_large, &mut numbers.panel_size_large),
            ("minValidBids", self.min_valid_bids, &mut numbers.min_valid_bids),
            ("minValidBidsPartnership", self.min_valid_bids_partnership, &mut numbers.min_valid_bids_partnership),
            ("trimFrom", self.trim_from, &mut numbers.trim_from),
            ("raceMinWinners", self.race_min_winners, &mut numbers.race_min_winners),
            ("raceMaxWinners", self.race_max_winners, &mut numbers.race_max_winners),
            ("agreementDays", self.agreement_days, &mut numbers.agreement_days),
            ("expertYears", self.expert_years, &mut numbers.expert_years),
            ("expertConfirmedDays", self.expert_confirmed_days, &mut numbers.expert_confirmed_days),
            ("expertOpenReviews", self.expert_open_reviews, &mut numbers.expert_open_reviews),
            ("expertSpread", self.expert_spread, &mut numbers.expert_spread),
            ("conflictYears", self.conflict_years, &mut numbers.conflict_years),
            ("correctionDays", self.correction_days, &mut numbers.correction_days),
            ("minSheets", self.min_sheets, &mut numbers.min_sheets),
            ("deviationPoints", self.deviation_points, &mut numbers.deviation_points),
            ("normaliseFrom", self.normalise_from, &mut numbers.normalise_from),
            ("objectionDays", self.objection_days, &mut numbers.objection_days),
            ("complaintDays", self.complaint_days, &mut numbers.complaint_days),
            ("complaintAcceptDays", self.complaint_accept_days, &mut numbers.complaint_accept_days),
            ("complaintDecideDays", self.complaint_decide_days, &mut numbers.complaint_decide_days),
            ("piActiveProjects", self.pi_active_projects, &mut numbers.pi_active_projects),
        ];
        for (path, given, number) in &mut given {
            let Some(given) = given else { continue };
            match u32::try_from(*given) {
                Ok(given) => **number = given,
                Err(_) => faults.add(*path, FaultCode::OutOfRange),
            }
        }
        if let Some(money) = self.panel_size_large_from.as_deref() {
            let read: Option<Fen> = faults.money("panelSizeLargeFrom", money);
            numbers.panel_size_large_from = read.unwrap_or(numbers.panel_size_large_from);
        }
        if let Some(mark) = self.pass_mark.as_deref() {
            let read: Option<Decimal> = faults.decimal("passMark", mark);
            numbers.pass_mark = read.unwrap_or(numbers.pass_mark);
        }
        numbers
    }
}

/// A number's name in the contract: `panel_size` is `panelSize`.
fn contract_name(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (head, tail) = word.split_at_checked(1).unwrap_or((word, ""));
        camel.push_str(&head.to_uppercase());
        camel.push_str(tail);
    }
    camel
}
