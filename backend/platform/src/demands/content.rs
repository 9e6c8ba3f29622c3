//! What a demand says: the form of what is given, and what is missing from a whole one.

use serde::{Deserialize, Serialize};

use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::words::{Comparator, CooperationMode, Domain, ResourceKind, ScenarioScale};
use crate::base::{Decimal, Faults, Fen};
use crate::capabilities::tags;

/// What is given of a demand; only the fields given are set or changed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Changes {
    pub title: Option<String>,
    pub domain: Option<Domain>,
    pub scale: Option<ScenarioScale>,
    pub site: Option<String>,
    pub pain_points: Option<String>,
    pub content: Option<String>,
    pub goals: Option<Vec<NewGoal>>,
    pub open_resources: Option<Vec<OpenResource>>,
    pub technical_requirements: Option<String>,
    pub cooperation: Option<CooperationMode>,
    /// Amounts in 分, unread.
    pub budget_from: Option<String>,
    pub budget_to: Option<String>,
    pub schedule: Option<String>,
    pub contact: Option<String>,
    pub wanted_words: Option<Vec<String>>,
    pub wanted_qualifications: Option<Vec<String>>,
}

/// A goal as it comes in.
#[derive(Clone, Debug, Serialize)]
pub struct NewGoal {
    pub name: String,
    pub unit: String,
    pub comparator: Comparator,
    pub target: String,
}

/// What is to be reached, in figures (预期目标).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    pub name: String,
    pub unit: String,
    pub comparator: Comparator,
    pub target: Decimal,
}

/// What is opened to whoever tries a solution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenResource {
    pub kind: ResourceKind,
    /// Which, and under what conditions.
    pub detail: String,
}

/// Goals, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goals(pub Vec<Goal>);
crate::db::json_value!(Goals);

/// Resources, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenResources(pub Vec<OpenResource>);
crate::db::json_value!(OpenResources);

/// Well-formed changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Checked {
    pub(super) title: Option<String>,
    pub(super) domain: Option<Domain>,
    pub(super) scale: Option<ScenarioScale>,
    pub(super) site: Option<String>,
    pub(super) pain_points: Option<String>,
    pub(super) content: Option<String>,
    pub(super) goals: Option<Goals>,
    pub(super) open_resources: Option<OpenResources>,
    pub(super) technical_requirements: Option<String>,
    pub(super) cooperation: Option<CooperationMode>,
    pub(super) budget_from: Option<Fen>,
    pub(super) budget_to: Option<Fen>,
    pub(super) schedule: Option<String>,
    pub(super) contact: Option<String>,
    pub(super) wanted_words: Option<Vec<String>>,
    pub(super) wanted_qualifications: Option<Vec<String>>,
}

/// At most so many goals, so many resources, so many words, so many kinds of qualifications.
const MOST: usize = 20;

impl Changes {
    /// Checks the form of what is given; a draft need not be whole. `under` is the path's beginning (`changes.` or nothing).
    pub(super) fn check(&self, under: &str, faults: &mut Faults) -> Checked {
        let at = |name: &str| format!("{under}{name}");
        let long = |faults: &mut Faults, name: &str, text: &Option<String>| {
            faults.optional(&at(name), text.as_deref(), Length::TEXT)
        };
        let money = |faults: &mut Faults, name: &str, text: &Option<String>| {
            text.as_deref().and_then(|text| faults.money(&at(name), text))
        };
        Checked {
            title: self.title.as_deref().map(|title| faults.text(&at("title"), title, Length::NAME)),
            domain: self.domain,
            scale: self.scale,
            site: long(faults, "site", &self.site),
            pain_points: long(faults, "painPoints", &self.pain_points),
            content: long(faults, "content", &self.content),
            goals: self.goals.as_deref().map(|given| goals(&at("goals"), given, faults)),
            open_resources: self.open_resources.as_deref().map(|given| resources(&at("openResources"), given, faults)),
            technical_requirements: long(faults, "technicalRequirements", &self.technical_requirements),
            cooperation: self.cooperation,
            budget_from: money(faults, "budgetFrom", &self.budget_from),
            budget_to: money(faults, "budgetTo", &self.budget_to),
            schedule: long(faults, "schedule", &self.schedule),
            contact: self.contact.as_deref().map(|text| contact(&at("contact"), text, faults)),
            wanted_words: self.wanted_words.as_deref().map(|given| tags::read(&at("wantedWords"), given, MOST, faults)),
            wanted_qualifications: self
                .wanted_qualifications
                .as_deref()
                .map(|given| kinds(&at("wantedQualifications"), given, faults)),
        }
    }
}

fn goals(path: &str, given: &[NewGoal], faults: &mut Faults) -> Goals {
    bounded(path, given, faults);
    let goals = given.iter().take(MOST).enumerate().filter_map(|(place, goal)| {
        let at = |name: &str| format!("{path}.{place}.{name}");
        let name = faults.text(&at("name"), &goal.name, Length::NAME);
        let unit = faults.text(&at("unit"), &goal.unit, Length::SHORT);
        let target = faults.decimal(&at("target"), &goal.target)?;
        Some(Goal { name, unit, comparator: goal.comparator, target })
    });
    Goals(goals.collect())
}

fn resources(path: &str, given: &[OpenResource], faults: &mut Faults) -> OpenResources {
    bounded(path, given, faults);
    let resources = given.iter().take(MOST).enumerate().map(|(place, resource)| OpenResource {
        kind: resource.kind,
        detail: faults.text(&format!("{path}.{place}.detail"), &resource.detail, Length::NOTE),
    });
    OpenResources(resources.collect())
}

/// Kinds of qualifications as they are recorded: capitals, digits and underscores.
fn kinds(path: &str, given: &[String], faults: &mut Faults) -> Vec<String> {
    bounded(path, given, faults);
    let mut kinds: Vec<String> = Vec::new();
    for (place, kind) in given.iter().take(MOST).enumerate() {
        let path = format!("{path}.{place}");
        let kind = faults.text(&path, kind, Length::SHORT);
        let sound = kind.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        if !sound {
            faults.add(path, FaultCode::BadCharacters);
        } else if kinds.contains(&kind) {
            faults.add(path, FaultCode::Duplicate);
        } else {
            kinds.push(kind);
        }
    }
    kinds
}

fn bounded<T>(path: &str, given: &[T], faults: &mut Faults) {
    if given.len() > MOST {
        faults.add_with(path, FaultCode::TooLong, MOST);
    }
}

/// Whom to ask: an office, not somebody's own telephone (个人信息保护法 6: no more personal data than needed).
fn contact(path: &str, text: &str, faults: &mut Faults) -> String {
    let text = faults.text(path, text, Length(0, Length::NAME.1));
    faults.check(!names_a_mobile(&text), path, FaultCode::OfficePhone);
    text
}

/// Whether a text holds a mainland mobile number: eleven digits from 13 to 19, alone or behind 86, however they are set apart.
pub(crate) fn names_a_mobile(text: &str) -> bool {
    let mut runs = vec![String::new()];
    for c in text.chars() {
        match (c.to_digit(10), runs.last_mut()) {
            (Some(_), Some(run)) => run.push(c),
            (None, _) if matches!(c, ' ' | '-' | '\u{2010}'..='\u{2015}') => {}
            _ => runs.push(String::new()),
        }
    }
    runs.iter().any(|run| {
        let run = run.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(run);
        run.len() == 11
            && run.starts_with('1')
            && !run.starts_with("10")
            && !run.starts_with("11")
            && !run.starts_with("12")
    })
}

/// A demand as far as completeness asks.
#[derive(Clone, Debug)]
pub(super) struct Whole<'a> {
    pub(super) texts: [(&'static str, &'a str); 7],
    pub(super) given: [(&'static str, bool); 5],
    pub(super) budget: (Option<Fen>, Option<Fen>),
}

impl Whole<'_> {
    /// Names all that is missing or does not add up. The budget may be left open.
    pub(super) fn check(&self, faults: &mut Faults) {
        for (path, text) in self.texts {
            faults.check(!text.is_empty(), path, FaultCode::Required);
        }
        for (path, given) in self.given {
            faults.check(given, path, FaultCode::Required);
        }
        if let (Some(from), Some(to)) = self.budget
            && from > to
        {
            faults.add_with("budgetTo", FaultCode::OutOfRange, format!("{} …", from.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::names_a_mobile;

    #[test]
    fn an_office_s_telephone_is_told_from_somebody_s_own() {
        for text in ["张工 13812345678", "+86 138-1234-5678", "86-19912345678", "15100000000、0371-1"] {
            assert!(names_a_mobile(text), "{text}");
        }
        for text in ["市政设施科 0371-00000000", "12345", "0371-12345678-1234", "", "10012345678", "138123456789"]
        {
            assert!(!names_a_mobile(text), "{text}");
        }
    }
}
