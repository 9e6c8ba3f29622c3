//! What a challenge says: the form of what is given, and what is missing from a whole one.

use serde::{Deserialize, Serialize};

use super::terms::{NewTerms, Terms};
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::words::{Comparator, Domain, LegalRoute, Mechanism, PriceFormula, ScenarioScale};
use crate::base::{Decimal, Faults, Fen};
use crate::demands::Brief;
use crate::demands::content::names_a_mobile;

/// What is given of a challenge; only the fields given are set or changed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Changes {
    pub title: Option<String>,
    pub domain: Option<Domain>,
    pub scale: Option<ScenarioScale>,
    pub mechanism: Option<Mechanism>,
    pub pi_led: Option<bool>,
    pub legal_route: Option<LegalRoute>,
    pub background: Option<String>,
    pub problem_statement: Option<String>,
    pub site_conditions: Option<String>,
    pub ip_terms: Option<String>,
    pub eligibility: Option<String>,
    pub acceptance_method: Option<String>,
    pub contact: Option<String>,
    pub duration_months: Option<i32>,
    pub budget: Option<NewBudget>,
    pub indicators: Option<Vec<NewIndicator>>,
    pub criteria: Option<Vec<NewCriterion>>,
    pub consortium_allowed: Option<bool>,
    pub consortium_max_members: Option<i32>,
    pub terms: NewTerms,
}

/// A budget as it comes in: amounts in 分, unread.
#[derive(Clone, Debug, Serialize)]
pub struct NewBudget {
    pub total: String,
    pub fiscal: String,
    pub demander: String,
    pub bidder: String,
}

/// An indicator as it comes in.
#[derive(Clone, Debug, Serialize)]
pub struct NewIndicator {
    pub name: String,
    pub unit: String,
    pub comparator: Comparator,
    pub target: String,
    pub tolerance: Option<String>,
    pub test_method: String,
    pub mandatory: bool,
    pub weight: i32,
}

/// A scoring criterion as it comes in.
#[derive(Clone, Debug, Serialize)]
pub struct NewCriterion {
    pub name: String,
    pub weight: i32,
    pub minimum: Option<i32>,
    pub guidance: Option<String>,
    pub price_formula: Option<PriceFormula>,
}

/// The money of a challenge: a total and who bears which share of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    pub total: Fen,
    pub fiscal: Fen,
    pub demander: Fen,
    pub bidder: Fen,
}

/// A measurable target, well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    pub name: String,
    pub unit: String,
    pub comparator: Comparator,
    pub target: Decimal,
    pub tolerance: Option<Decimal>,
    pub test_method: String,
    pub mandatory: bool,
    pub weight: i32,
}

/// A criterion, well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    pub name: String,
    pub weight: i32,
    pub minimum: Option<i32>,
    pub guidance: Option<String>,
    /// What computes its mark; none: the judges give it.
    pub price_formula: Option<PriceFormula>,
}

/// Well-formed changes.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    pub title: Option<String>,
    pub domain: Option<Domain>,
    pub scale: Option<ScenarioScale>,
    pub mechanism: Option<Mechanism>,
    pub pi_led: Option<bool>,
    pub legal_route: Option<LegalRoute>,
    pub background: Option<String>,
    pub problem_statement: Option<String>,
    pub site_conditions: Option<String>,
    pub ip_terms: Option<String>,
    pub eligibility: Option<String>,
    pub acceptance_method: Option<String>,
    pub contact: Option<String>,
    pub duration_months: Option<i32>,
    pub budget: Option<Budget>,
    pub indicators: Option<Vec<Indicator>>,
    pub criteria: Option<Vec<Criterion>>,
    pub consortium_allowed: Option<bool>,
    pub consortium_max_members: Option<i32>,
    pub terms: NewTerms,
}

impl Checked {
    /// What is given, and where nothing is, what the demand says.
    pub(super) fn or(self, brief: Brief) -> Self {
        Self {
            domain: self.domain.or(brief.domain),
            scale: self.scale.or(brief.scale),
            background: self.background.or(Some(brief.pain_points)),
            problem_statement: self.problem_statement.or(Some(brief.content)),
            site_conditions: self.site_conditions.or(Some(brief.site)),
            contact: self.contact.or(Some(brief.contact)),
            ..self
        }
    }

    /// The long texts, each by its name in the contract.
    pub(super) fn texts(&self) -> [(&'static str, Option<&String>); 7] {
        [
            ("background", self.background.as_ref()),
            ("problemStatement", self.problem_statement.as_ref()),
            ("siteConditions", self.site_conditions.as_ref()),
            ("ipTerms", self.ip_terms.as_ref()),
            ("eligibility", self.eligibility.as_ref()),
            ("acceptanceMethod", self.acceptance_method.as_ref()),
            ("contact", self.contact.as_ref()),
        ]
    }
}

/// At most so many indicators, and so many criteria.
const MOST: usize = 50;
const MONTHS: i32 = 120;
pub(crate) const MEMBERS: i32 = 10;

impl Changes {
    /// Checks the form of what is given; a draft need not be whole. `under` is the path's beginning (`changes.` or nothing).
    pub fn check(&self, under: &str, faults: &mut Faults) -> Checked {
        let at = |name: &str| format!("{under}{name}");
        let long = |faults: &mut Faults, name: &str, text: &Option<String>| {
            faults.optional(&at(name), text.as_deref(), Length::TEXT)
        };
        Checked {
            title: self.title.as_deref().map(|title| faults.text(&at("title"), title, Length::NAME)),
            domain: self.domain,
            scale: self.scale,
            mechanism: self.mechanism,
            pi_led: self.pi_led,
            legal_route: self.legal_route,
            background: long(faults, "background", &self.background),
            problem_statement: long(faults, "problemStatement", &self.problem_statement),
            site_conditions: long(faults, "siteConditions", &self.site_conditions),
            ip_terms: long(faults, "ipTerms", &self.ip_terms),
            eligibility: long(faults, "eligibility", &self.eligibility),
            acceptance_method: long(faults, "acceptanceMethod", &self.acceptance_method),
            contact: long(faults, "contact", &self.contact).inspect(|contact| {
                faults.check(!names_a_mobile(contact), at("contact"), FaultCode::OfficePhone);
            }),
            duration_months: self.duration_months.map(|months| faults.number(&at("durationMonths"), months, 1, MONTHS)),
            budget: self.budget.as_ref().and_then(|budget| budget.check(&at("budget"), faults)),
            indicators: self
                .indicators
                .as_ref()
                .map(|given| each(given, &at("indicators"), faults, NewIndicator::check)),
            criteria: self.criteria.as_ref().map(|given| each(given, &at("criteria"), faults, NewCriterion::check)),
            consortium_allowed: self.consortium_allowed,
            consortium_max_members: self
                .consortium_max_members
                .map(|members| faults.number(&at("consortiumMaxMembers"), members, 0, MEMBERS)),
            terms: self.terms.check(under, faults),
        }
    }

    /// What an amendment may not touch: what the challenge is, and what its rules were chosen by. What bidders have calculated with
    /// may be amended as material only.
    pub fn check_amendable(&self, material: bool, under: &str, faults: &mut Faults) {
        let fixed = [
            ("title", self.title.is_some()),
            ("domain", self.domain.is_some()),
            ("scale", self.scale.is_some()),
            ("mechanism", self.mechanism.is_some()),
            ("piLed", self.pi_led.is_some()),
            ("legalRoute", self.legal_route.is_some()),
        ];
        for (name, given) in fixed {
            faults.check(!given, format!("{under}{name}"), FaultCode::NotAmendable);
        }
        let calculated_with = [
            ("problemStatement", self.problem_statement.is_some()),
            ("siteConditions", self.site_conditions.is_some()),
            ("ipTerms", self.ip_terms.is_some()),
            ("eligibility", self.eligibility.is_some()),
            ("acceptanceMethod", self.acceptance_method.is_some()),
            ("durationMonths", self.duration_months.is_some()),
            ("budget", self.budget.is_some()),
            ("indicators", self.indicators.is_some()),
            ("criteria", self.criteria.is_some()),
            ("consortiumAllowed", self.consortium_allowed.is_some()),
            ("consortiumMaxMembers", self.consortium_max_members.is_some()),
        ];
        for (name, given) in calculated_with {
            faults.check(material || !given, format!("{under}{name}"), FaultCode::MaterialNeeded);
        }
        self.terms.check_amendable(material, under, faults);
    }
}

fn each<G, C>(
    given: &[G],
    path: &str,
    faults: &mut Faults,
    check: impl Fn(&G, &str, &mut Faults) -> Option<C>,
) -> Vec<C> {
    if given.len() > MOST {
        faults.add_with(path, FaultCode::TooLong, MOST);
        return Vec::new();
    }
    given.iter().enumerate().filter_map(|(place, given)| check(given, &format!("{path}.{place}"), faults)).collect()
}

impl NewBudget {
    fn check(&self, path: &str, faults: &mut Faults) -> Option<Budget> {
        let mut money = |name: &str, text: &str| faults.money(&format!("{path}.{name}"), text);
        let (total, fiscal) = (money("total", &self.total), money("fiscal", &self.fiscal));
        let (demander, bidder) = (money("demander", &self.demander), money("bidder", &self.bidder));
        Some(Budget { total: total?, fiscal: fiscal?, demander: demander?, bidder: bidder? })
    }
}

impl NewIndicator {
    fn check(&self, path: &str, faults: &mut Faults) -> Option<Indicator> {
        let at = |name: &str| format!("{path}.{name}");
        let name = faults.text(&at("name"), &self.name, Length::NAME);
        let unit = faults.text(&at("unit"), &self.unit, Length::SHORT);
        let test_method = faults.text(&at("testMethod"), &self.test_method, Length::NOTE);
        let weight = faults.number(&at("weight"), self.weight, 0, 100);
        let target = faults.decimal(&at("target"), &self.target);
        let tolerance = self.tolerance.as_deref().map(|tolerance| faults.decimal(&at("tolerance"), tolerance));
        match (self.comparator, &tolerance) {
            (Comparator::Approx, None) => faults.add(at("tolerance"), FaultCode::ToleranceNeeded),
            (Comparator::Approx, Some(given)) => {
                faults.check(
                    given.is_none_or(|given| given >= Decimal::whole(0)),
                    at("tolerance"),
                    FaultCode::OutOfRange,
                );
            }
            (_, Some(_)) => faults.add(at("tolerance"), FaultCode::ToleranceOnlyApprox),
            (_, None) => {}
        }
        let (comparator, mandatory) = (self.comparator, self.mandatory);
        let (target, tolerance) = (target?, tolerance.flatten());
        Some(Indicator { name, unit, comparator, target, tolerance, test_method, mandatory, weight })
    }
}

impl NewCriterion {
    fn check(&self, path: &str, faults: &mut Faults) -> Option<Criterion> {
        let at = |name: &str| format!("{path}.{name}");
        // One low price would fail everybody else.
        faults.check(self.price_formula.is_none() || self.minimum.is_none(), at("minimum"), FaultCode::NoMinimum);
        Some(Criterion {
            name: faults.text(&at("name"), &self.name, Length::NAME),
            weight: faults.number(&at("weight"), self.weight, 1, 100),
            minimum: self.minimum.map(|minimum| faults.number(&at("minimum"), minimum, 0, 100)),
            guidance: faults.optional(&at("guidance"), self.guidance.as_deref(), Length::NOTE),
            price_formula: self.price_formula,
        })
    }
}

/// A challenge as far as completeness asks.
#[derive(Clone, Debug)]
pub struct Whole<'a> {
    pub texts: [(&'static str, &'a str); 8],
    pub given: [(&'static str, bool); 5],
    pub budget: Option<Budget>,
    pub indicators: usize,
    /// The weight of each, and what computes its mark.
    pub criteria: &'a [(i32, Option<PriceFormula>)],
    pub consortium: (bool, i32),
    pub route: Option<LegalRoute>,
    pub mechanism: Option<Mechanism>,
    pub months: Option<i32>,
    pub terms: &'a Terms,
}

impl Whole<'_> {
    /// Names all that is missing or does not add up: the mandatory content of a 榜单 (长沙 2023, 南昌, 保定).
    pub fn check(&self, under: &str, faults: &mut Faults) {
        let at = |name: &str| format!("{under}{name}");
        for (path, text) in self.texts {
            faults.check(!text.is_empty(), at(path), FaultCode::Required);
        }
        for (path, given) in self.given {
            faults.check(given, at(path), FaultCode::Required);
        }
        match self.budget {
            None => faults.add(at("budget"), FaultCode::Required),
            Some(budget) => {
                faults.check(budget.total > Fen(0), at("budget.total"), FaultCode::OutOfRange);
                let shares =
                    [budget.fiscal, budget.demander, budget.bidder].iter().map(|share| i128::from(share.0)).sum();
                faults.check(i128::from(budget.total.0) == shares, at("budget"), FaultCode::SharesSum);
            }
        }
        faults.check(self.indicators > 0, at("indicators"), FaultCode::Required);
        if self.criteria.is_empty() {
            faults.add(at("criteria"), FaultCode::Required);
        } else {
            let sum: i32 = self.criteria.iter().map(|(weight, _)| weight).sum();
            if sum != 100 {
                faults.add_with(at("criteria"), FaultCode::WeightsSum, sum);
            }
            let computed = self.criteria.iter().filter(|(_, formula)| formula.is_some()).count();
            faults.check(computed <= 1, at("criteria"), FaultCode::OnePrice);
            faults.check(computed < self.criteria.len(), at("criteria"), FaultCode::JudgedNeeded);
        }
        if let (true, 0) = self.consortium {
            faults.add(at("consortiumMaxMembers"), FaultCode::Required);
        }
        self.terms.check(self.route, under, faults);
        self.terms.check_race(self.mechanism, self.budget, self.months, under, faults);
    }
}
