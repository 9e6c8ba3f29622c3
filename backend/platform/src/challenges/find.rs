//! What a list of challenges is asked for. Pure.

use super::read::ChallengeFilter;
use crate::base::error::FaultCode;
use crate::base::id::OrganizationId;
use crate::base::words::{ChallengeStatus, Domain, Mechanism};
use crate::base::{Faults, Fen, Instant, Result};
use crate::search::{Query, Sought, mark};

/// A filter, read.
#[derive(Debug)]
pub(super) struct Wanted {
    query: Option<Query>,
    domains: Option<Vec<Domain>>,
    mechanism: Option<Mechanism>,
    department: Option<OrganizationId>,
    /// The states of which it is one; all, where none are named.
    pub(super) states: Option<Vec<State>>,
    /// Both ends of the total budget, included.
    pub(super) budget: (Option<Fen>, Option<Fen>),
    /// Both ends of the submission deadline, included.
    pub(super) deadline: (Option<Instant>, Option<Instant>),
}

/// A state as lists tell it apart: the clock closes what is stored as published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Another than published, as it is stored.
    Stored(ChallengeStatus),
    /// Published, before its deadline.
    Open,
    /// Published, and closed by the clock.
    Overdue,
}

/// Reads a filter; none where nothing can be in such a list. All faults at once.
pub(super) fn read(filter: &ChallengeFilter) -> Result<Option<Wanted>> {
    let mut faults = Faults::new();
    let text = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.chars().count() > Query::LONGEST) {
        faults.add_with("filter.text", FaultCode::TooLong, Query::LONGEST);
    }
    let department = filter.department.as_deref().map(|id| faults.id::<OrganizationId>("filter.department", id));
    let budget = faults.range("filter.budget", filter.budget_from.as_deref(), filter.budget_to.as_deref());
    let mut instant =
        |name: &str, at: &Option<String>| at.as_deref().and_then(|at| faults.instant(&format!("filter.{name}"), at));
    let deadline = (instant("deadlineFrom", &filter.deadline_from), instant("deadlineTo", &filter.deadline_to));
    faults.check(!is_reversed(deadline), "filter.deadlineTo", FaultCode::OutOfRange);
    faults.done()?;
    let query = text.map(Query::read);
    // Of mere punctuation there is nothing to be found.
    if query == Some(None) {
        return Ok(None);
    }
    Ok(Some(Wanted {
        query: query.flatten(),
        domains: filter.domains.as_ref().map(|domains| distinct(domains.iter().copied())),
        mechanism: filter.mechanism,
        department: department.flatten(),
        states: states(filter),
        budget,
        deadline,
    }))
}

fn is_reversed<T: PartialOrd>(ends: (Option<T>, Option<T>)) -> bool {
    matches!(ends, (Some(from), Some(to)) if from > to)
}

fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

fn states(filter: &ChallengeFilter) -> Option<Vec<State>> {
    if filter.statuses.is_none() && filter.open_now.is_none() {
        return None;
    }
    let named = filter.statuses.as_deref().unwrap_or(ChallengeStatus::ALL);
    let states = distinct(named.iter().flat_map(|status| match status {
        ChallengeStatus::Published => vec![State::Open],
        ChallengeStatus::Closed => vec![State::Stored(*status), State::Overdue],
        other => vec![State::Stored(*other)],
    }));
    let open_now = filter.open_now;
    Some(states.into_iter().filter(|state| open_now.is_none_or(|open| open == (*state == State::Open))).collect())
}

impl Wanted {
    /// What is sought, once for each domain where domains are named; of one department alone, where the viewer sees no other's.
    pub(super) fn sought(&self, own: Option<OrganizationId>) -> Vec<Sought> {
        let mechanism = self.mechanism.map(mechanism_mark);
        let departments = [self.department, own].into_iter().flatten().map(department_mark);
        let marks = mechanism.into_iter().chain(distinct(departments)).collect();
        let sought = Sought::new(self.query.as_ref(), marks);
        match &self.domains {
            None => vec![sought],
            Some(domains) => domains.iter().map(|domain| sought.clone().and(domain_mark(*domain))).collect(),
        }
    }
}

/// By what else than its words a challenge is found.
pub(super) fn marks(department: OrganizationId, domain: Option<Domain>, mechanism: Option<Mechanism>) -> Vec<String> {
    let domain = domain.map(domain_mark);
    [Some(department_mark(department)), domain, mechanism.map(mechanism_mark)].into_iter().flatten().collect()
}

fn department_mark(department: OrganizationId) -> String {
    mark("department", department)
}

fn domain_mark(domain: Domain) -> String {
    mark("domain", domain.word())
}

fn mechanism_mark(mechanism: Mechanism) -> String {
    mark("mechanism", mechanism.word())
}
