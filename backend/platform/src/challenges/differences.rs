//! What an amendment changed, field by field. Pure.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::model::{Model, criterion, indicator};
use super::terms::Terms;
use crate::base::{Instant, Result};

/// One field: what it said, and what it says now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The field's name in the contract.
    pub field: String,
    pub before: String,
    pub after: String,
}

/// All that an amendment changed, in the order of the contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differences(pub Vec<Difference>);
crate::db::json_value!(Differences);

/// What can be amended of a challenge, each field as a reader would see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fields(Vec<(&'static str, String)>);

impl Fields {
    pub(super) fn of(row: &Model, indicators: &[indicator::Model], criteria: &[criterion::Model]) -> Self {
        let money = |amount: Option<crate::base::Fen>| amount.map_or_else(String::new, |amount| amount.0.to_string());
        Self(vec![
            ("background", row.background.clone()),
            ("problemStatement", row.problem_statement.clone()),
            ("siteConditions", row.site_conditions.clone()),
            ("ipTerms", row.ip_terms.clone()),
            ("eligibility", row.eligibility.clone()),
            ("acceptanceMethod", row.acceptance_method.clone()),
            ("contact", row.contact.clone()),
            ("durationMonths", row.duration_months.map_or_else(String::new, |months| months.to_string())),
            ("budget.total", money(row.budget_total)),
            ("budget.fiscal", money(row.budget_fiscal)),
            ("budget.demander", money(row.budget_demander)),
            ("budget.bidder", money(row.budget_bidder)),
            ("indicators", lines(indicators, indicator_line)),
            ("criteria", lines(criteria, criterion_line)),
            ("ipOwnership", row.terms.ip_ownership.to_string()),
            ("externalUrl", row.terms.external_url.clone().unwrap_or_default()),
            ("consortiumAllowed", row.consortium_allowed.to_string()),
            ("consortiumMaxMembers", row.consortium_max_members.to_string()),
            ("submissionDeadline", row.submission_deadline.map_or_else(String::new, instant)),
        ])
    }

    /// SHA-256 over them and the terms, in hex: what was published is what is decided by.
    pub(super) fn digest(&self, terms: &Terms) -> Result<String> {
        Ok(hex::encode(Sha256::digest(serde_json::to_vec(&(&self.0, terms))?)))
    }

    /// Those that are no longer as they were.
    pub(super) fn differences(self, after: Self) -> Differences {
        let changed = self.0.into_iter().zip(after.0).filter(|((_, before), (_, after))| before != after);
        Differences(
            changed
                .map(|((field, before), (_, after))| Difference { field: field.to_owned(), before, after })
                .collect(),
        )
    }
}

impl Differences {
    pub(super) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|changed| changed.field == field)
    }
}

fn lines<T>(rows: &[T], line: impl Fn(&T) -> String) -> String {
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn indicator_line(row: &indicator::Model) -> String {
    let tolerance = row.tolerance.map_or_else(String::new, |tolerance| format!(" ±{tolerance}"));
    let mandatory = if row.mandatory { "mandatory" } else { "optional" };
    format!(
        "{} {} {}{tolerance} {} · {} · {mandatory} · {}",
        row.name, row.comparator, row.target, row.unit, row.test_method, row.weight
    )
}

fn criterion_line(row: &criterion::Model) -> String {
    let minimum = row.minimum.map_or_else(String::new, |minimum| format!(" ≥{minimum}"));
    let guidance = row.guidance.as_deref().map_or_else(String::new, |guidance| format!(" · {guidance}"));
    let formula = row.price_formula.map_or_else(String::new, |formula| format!(" = {formula}"));
    format!("{} {}{formula}{minimum}{guidance}", row.name, row.weight)
}

fn instant(at: Instant) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
