//! The forms of the rehearsal's files.

use jiebang_platform::base::words::{
    Comparator, Domain, JudgeKind, LegalRoute, Mechanism, OrganizationKind, Role, ScenarioScale,
};
use jiebang_platform::bids::solution::{NewCommitment, NewSolution};
use jiebang_platform::challenges::content::{Changes, NewBudget, NewCriterion, NewIndicator};
use jiebang_platform::challenges::terms::NewTerms;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct People {
    pub(super) organizations: Vec<Organization>,
    pub(super) people: Vec<Person>,
}

#[derive(Deserialize)]
pub(super) struct Organization {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) kind: OrganizationKind,
    pub(super) uscc: String,
    pub(super) registered_in_zone: bool,
    pub(super) verified: bool,
}

#[derive(Deserialize)]
pub(super) struct Person {
    pub(super) username: String,
    pub(super) name: String,
    pub(super) roles: Vec<Role>,
    pub(super) organization: Option<String>,
    pub(super) judge_kind: Option<JudgeKind>,
    pub(super) expertise: Option<Expertise>,
}

/// What an expert of the pool says of itself.
#[derive(Clone, Deserialize)]
pub(super) struct Expertise {
    pub(super) fields: Vec<Domain>,
    pub(super) title: String,
    pub(super) years: i32,
}

/// How far a scenario has come when the rehearsal begins.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum State {
    Draft,
    Submitted,
    Approved,
    Open,
    Reviewing,
    Awarded,
}

#[derive(Deserialize)]
pub(super) struct Scenario {
    pub(super) key: String,
    pub(super) department: String,
    pub(super) state: State,
    pub(super) published: Option<String>,
    pub(super) deadline: Option<String>,
    title: String,
    domain: Domain,
    scale: ScenarioScale,
    mechanism: Mechanism,
    pi_led: bool,
    legal_route: LegalRoute,
    background: String,
    problem_statement: String,
    site_conditions: String,
    ip_terms: String,
    eligibility: String,
    acceptance_method: String,
    contact: String,
    duration_months: i32,
    consortium_allowed: bool,
    consortium_max_members: i32,
    budget: Budget,
    indicators: Vec<Indicator>,
    criteria: Vec<Criterion>,
    #[serde(default)]
    pub(super) questions: Vec<Question>,
}

#[derive(Deserialize)]
struct Budget {
    total: i64,
    fiscal: i64,
    demander: i64,
    bidder: i64,
}

#[derive(Deserialize)]
struct Indicator {
    name: String,
    unit: String,
    comparator: Comparator,
    target: String,
    tolerance: Option<String>,
    test_method: String,
    mandatory: bool,
    weight: i32,
}

#[derive(Deserialize)]
struct Criterion {
    name: String,
    weight: i32,
    minimum: Option<i32>,
    guidance: Option<String>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Question {
    pub(super) text: String,
    pub(super) asker: String,
    pub(super) answer: String,
}

#[derive(Deserialize)]
pub(super) struct Bids {
    pub(super) bids: Vec<Bid>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Bid {
    pub(super) scenario: String,
    pub(super) bidder: String,
    title: String,
    summary: String,
    technical_approach: String,
    implementation_plan: String,
    team_introduction: String,
    principal_investigator: String,
    requested_funding: i64,
    readiness_level: i32,
    /// One row a seat, one mark a criterion.
    #[serde(default)]
    pub(super) marks: Vec<Vec<i64>>,
    commitments: Vec<Commitment>,
}

#[derive(Clone, Deserialize)]
struct Commitment {
    indicator: String,
    value: String,
    note: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Technologies {
    pub(super) technologies: Vec<Technology>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Technology {
    pub(super) name: String,
    pub(super) field: String,
    pub(super) principle: String,
    pub(super) replaces: String,
    pub(super) lead: String,
    pub(super) readiness_level: i32,
    pub(super) admitted: bool,
    pub(super) opinion: Option<String>,
}

impl Scenario {
    /// As the department would hand it in.
    pub(super) fn changes(&self) -> Changes {
        Changes {
            title: Some(self.title.clone()),
            domain: Some(self.domain),
            scale: Some(self.scale),
            mechanism: Some(self.mechanism),
            pi_led: Some(self.pi_led),
            legal_route: Some(self.legal_route),
            background: Some(self.background.clone()),
            problem_statement: Some(self.problem_statement.clone()),
            site_conditions: Some(self.site_conditions.clone()),
            ip_terms: Some(self.ip_terms.clone()),
            eligibility: Some(self.eligibility.clone()),
            acceptance_method: Some(self.acceptance_method.clone()),
            contact: Some(self.contact.clone()),
            duration_months: Some(self.duration_months),
            budget: Some(NewBudget {
                total: self.budget.total.to_string(),
                fiscal: self.budget.fiscal.to_string(),
                demander: self.budget.demander.to_string(),
                bidder: self.budget.bidder.to_string(),
            }),
            indicators: Some(self.indicators.iter().map(Indicator::given).collect()),
            criteria: Some(self.criteria.iter().map(Criterion::given).collect()),
            consortium_allowed: Some(self.consortium_allowed),
            consortium_max_members: Some(self.consortium_max_members),
            terms: NewTerms::default(),
        }
    }
}

impl Indicator {
    fn given(&self) -> NewIndicator {
        NewIndicator {
            name: self.name.clone(),
            unit: self.unit.clone(),
            comparator: self.comparator,
            target: self.target.clone(),
            tolerance: self.tolerance.clone(),
            test_method: self.test_method.clone(),
            mandatory: self.mandatory,
            weight: self.weight,
        }
    }
}

impl Criterion {
    fn given(&self) -> NewCriterion {
        NewCriterion {
            name: self.name.clone(),
            weight: self.weight,
            minimum: self.minimum,
            guidance: self.guidance.clone(),
            price_formula: None,
        }
    }
}

impl Bid {
    /// As the enterprise would draft it; `indicator` finds an indicator's id by its name.
    pub(super) fn solution(&self, indicator: impl Fn(&str) -> Option<String>) -> NewSolution {
        let commitments = self.commitments.iter().map(|given| NewCommitment {
            indicator_id: indicator(&given.indicator).unwrap_or_default(),
            value: given.value.clone(),
            note: given.note.clone(),
        });
        NewSolution {
            title: Some(self.title.clone()),
            summary: Some(self.summary.clone()),
            technical_approach: Some(self.technical_approach.clone()),
            implementation_plan: Some(self.implementation_plan.clone()),
            team_introduction: Some(self.team_introduction.clone()),
            principal_investigator: Some(self.principal_investigator.clone()),
            requested_funding: Some(self.requested_funding.to_string()),
            readiness_level: Some(self.readiness_level),
            commitments: Some(commitments.collect()),
            attachment_ids: None,
        }
    }
}
