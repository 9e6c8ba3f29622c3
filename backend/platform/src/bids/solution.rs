//! What a bid says: the form of what is given, and what is missing from a whole one.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::form::name_form;
use crate::base::id::{AttachmentId, IndicatorId, OrganizationId};
use crate::base::{Decimal, Faults, Fen};
use crate::challenges::model::indicator;
use crate::challenges::{self};
use crate::files::upload::{Attached, MOST_NAMED};

/// A solution as it comes in: nothing read, much may be missing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewSolution {
    pub title: Option<String>,
    pub summary: Option<String>,
    pub technical_approach: Option<String>,
    pub implementation_plan: Option<String>,
    pub team_introduction: Option<String>,
    pub principal_investigator: Option<String>,
    pub requested_funding: Option<String>,
    pub readiness_level: Option<i32>,
    pub commitments: Option<Vec<NewCommitment>>,
    pub attachment_ids: Option<Vec<String>>,
}

/// A commitment as it comes in.
#[derive(Clone, Debug, Serialize)]
pub struct NewCommitment {
    pub indicator_id: String,
    pub value: String,
    pub note: Option<String>,
}

/// A solution (解决方案), well formed. It is kept sealed and has no `Debug`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Solution {
    pub title: String,
    pub summary: String,
    pub technical_approach: String,
    pub implementation_plan: String,
    pub team_introduction: String,
    pub principal_investigator: String,
    pub requested_funding: Option<Fen>,
    pub readiness_level: Option<i32>,
    pub commitments: Vec<Commitment>,
    /// The other members of the consortium.
    pub members: Vec<OrganizationId>,
    /// In a draft: which of the bid's files go with it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<AttachmentId>,
    /// In what is handed in: these files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attached>,
}

impl Solution {
    /// What a judge reads of it in a blind review: nothing that says whose it is by its nature, neither the team, its head, nor a file,
    /// whose name and inner data a bidder seldom knows all of. That the texts do not say it is for the formal check ([`Self::names`]).
    pub(crate) fn blinded(self) -> Self {
        Self {
            team_introduction: String::new(),
            principal_investigator: String::new(),
            members: Vec::new(),
            uploads: Vec::new(),
            attachments: Vec::new(),
            ..self
        }
    }

    /// Whether one of these names, or that of the investigator, stands in what a judge reads in a blind review.
    pub(crate) fn names(&self, names: &[String]) -> bool {
        let notes = self.commitments.iter().filter_map(|commitment| commitment.note.as_deref());
        let texts = [&self.title, &self.summary, &self.technical_approach, &self.implementation_plan];
        let read: Vec<String> = texts.into_iter().map(String::as_str).chain(notes).map(name_form).collect();
        let own = std::iter::once(&self.principal_investigator).chain(names).map(|name| name_form(name));
        // One letter is in every text.
        own.filter(|name| name.chars().count() > 1).any(|name| read.iter().any(|text| text.contains(&name)))
    }
}

/// What is promised for one indicator.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commitment {
    pub indicator: IndicatorId,
    pub value: Decimal,
    pub note: Option<String>,
}

/// GB/T 22900 knows levels 1 … 9; its extension to markets goes to 13.
const READINESS: (i32, i32) = (1, 13);
const MOST_COMMITMENTS: usize = 50;

impl NewSolution {
    /// Checks the form of what is given; a draft need not be whole.
    pub fn check(&self, members: &[String], indicators: &[indicator::Model], faults: &mut Faults) -> Solution {
        let text = |faults: &mut Faults, name: &str, text: &Option<String>, length: Length| {
            faults.optional(&format!("solution.{name}"), text.as_deref(), length).unwrap_or_default()
        };
        Solution {
            title: text(faults, "title", &self.title, Length::NAME),
            summary: text(faults, "summary", &self.summary, Length::TEXT),
            technical_approach: text(faults, "technicalApproach", &self.technical_approach, Length::TEXT),
            implementation_plan: text(faults, "implementationPlan", &self.implementation_plan, Length::TEXT),
            team_introduction: text(faults, "teamIntroduction", &self.team_introduction, Length::TEXT),
            principal_investigator: text(faults, "principalInvestigator", &self.principal_investigator, Length::NAME),
            requested_funding: self
                .requested_funding
                .as_deref()
                .and_then(|money| faults.money("solution.requestedFunding", money)),
            readiness_level: self
                .readiness_level
                .map(|level| faults.number("solution.readinessLevel", level, READINESS.0, READINESS.1)),
            commitments: self.commitments(indicators, faults),
            members: faults.ids("memberIds", members),
            uploads: self.uploads(faults),
            attachments: Vec::new(),
        }
    }

    fn uploads(&self, faults: &mut Faults) -> Vec<AttachmentId> {
        let given = self.attachment_ids.as_deref().unwrap_or_default();
        if given.len() > MOST_NAMED {
            faults.add_with("solution.attachmentIds", FaultCode::TooMany, MOST_NAMED);
            return Vec::new();
        }
        faults.ids("solution.attachmentIds", given)
    }

    fn commitments(&self, indicators: &[indicator::Model], faults: &mut Faults) -> Vec<Commitment> {
        let given = self.commitments.as_deref().unwrap_or_default();
        if given.len() > MOST_COMMITMENTS {
            faults.add_with("solution.commitments", FaultCode::TooLong, MOST_COMMITMENTS);
            return Vec::new();
        }
        let mut checked: Vec<Commitment> = Vec::new();
        for (place, given) in given.iter().enumerate() {
            let at = |name: &str| format!("solution.commitments.{place}.{name}");
            let indicator: Option<IndicatorId> = faults.id(&at("indicatorId"), &given.indicator_id);
            let value = faults.decimal(&at("value"), &given.value);
            let note = faults.optional(&at("note"), given.note.as_deref(), Length::NOTE);
            let Some(indicator) = indicator else { continue };
            if !indicators.iter().any(|known| known.id == indicator) {
                faults.add(at("indicatorId"), FaultCode::Unknown);
            } else if checked.iter().any(|known| known.indicator == indicator) {
                faults.add(at("indicatorId"), FaultCode::Duplicate);
            } else if let Some(value) = value {
                checked.push(Commitment { indicator, value, note });
            }
        }
        checked
    }
}

/// What a whole bid is held against.
pub(super) struct Demands<'a> {
    pub(super) budget_total: Fen,
    pub(super) indicators: &'a [indicator::Model],
    pub(super) consortium_allowed: bool,
    pub(super) consortium_max_members: i32,
}

impl Solution {
    /// Names all that is missing or too weak: every text, funding within the budget, one commitment for each indicator, the
    /// mandatory ones no weaker than the target.
    pub(super) fn check_whole(&self, demands: &Demands<'_>, faults: &mut Faults) {
        let texts = [
            ("title", &self.title),
            ("summary", &self.summary),
            ("technicalApproach", &self.technical_approach),
            ("implementationPlan", &self.implementation_plan),
            ("teamIntroduction", &self.team_introduction),
            ("principalInvestigator", &self.principal_investigator),
        ];
        for (name, text) in texts {
            faults.check(!text.is_empty(), format!("solution.{name}"), FaultCode::Required);
        }
        match self.requested_funding {
            None => faults.add("solution.requestedFunding", FaultCode::Required),
            Some(Fen(0)) => faults.add("solution.requestedFunding", FaultCode::OutOfRange),
            Some(funding) if funding > demands.budget_total => {
                faults.add_with("solution.requestedFunding", FaultCode::AboveBudget, demands.budget_total.0);
            }
            Some(_) => {}
        }
        let given: HashMap<IndicatorId, (usize, &Commitment)> =
            self.commitments.iter().enumerate().map(|(place, given)| (given.indicator, (place, given))).collect();
        for indicator in demands.indicators {
            match given.get(&indicator.id) {
                None => faults.add_with("solution.commitments", FaultCode::CommitmentMissing, &indicator.name),
                Some((place, given)) if indicator.mandatory && !challenges::meets(indicator, given.value) => faults
                    .add_with(
                        format!("solution.commitments.{place}.value"),
                        FaultCode::WeakerThanTarget,
                        indicator.target,
                    ),
                Some(_) => {}
            }
        }
        if !self.members.is_empty() && !demands.consortium_allowed {
            faults.add("memberIds", FaultCode::ConsortiumRefused);
        } else if self.members.len() > demands.consortium_max_members.unsigned_abs() as usize {
            faults.add_with("memberIds", FaultCode::ConsortiumTooLarge, demands.consortium_max_members);
        }
    }
}
