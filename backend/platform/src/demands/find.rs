//! What a list of demands is asked for, and behind which words and marks it stands. Pure.

use super::money::Span;
use super::read::DemandFilter;
use crate::access::demands::Seen;
use crate::base::error::FaultCode;
use crate::base::id::{OrganizationId, ReleaseBatchId, UserId};
use crate::base::words::{DemandStatus, Domain};
use crate::base::{Faults, Result};
use crate::search::{Query, Shelf, Sought, mark};

/// A filter, read.
#[derive(Debug)]
pub(super) struct Wanted {
    query: Option<Query>,
    domains: Option<Vec<Domain>>,
    statuses: Option<Vec<DemandStatus>>,
    department: Option<OrganizationId>,
    batch: Option<ReleaseBatchId>,
    /// The money looked for.
    pub(super) money: Option<Span>,
}

/// Reads a filter; none where nothing can be in such a list. All faults at once.
pub(super) fn read(filter: &DemandFilter) -> Result<Option<Wanted>> {
    let mut faults = Faults::new();
    let text = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    // What is too long is not read.
    let query = match text {
        Some(text) if text.chars().count() > Query::LONGEST => {
            faults.add_with("filter.text", FaultCode::TooLong, Query::LONGEST);
            None
        }
        text => text.map(Query::read),
    };
    let department = filter.department.as_deref().and_then(|id| faults.id::<OrganizationId>("filter.department", id));
    let batch = filter.batch.as_deref().and_then(|id| faults.id::<ReleaseBatchId>("filter.batch", id));
    let budget = faults.range("filter.budget", filter.budget_from.as_deref(), filter.budget_to.as_deref());
    faults.done()?;
    // Of mere punctuation there is nothing to be found.
    if query == Some(None) {
        return Ok(None);
    }
    let all = |statuses: &Vec<DemandStatus>| DemandStatus::ALL.iter().all(|status| statuses.contains(status));
    Ok(Some(Wanted {
        query: query.flatten(),
        domains: filter.domains.clone().map(distinct),
        statuses: filter.statuses.clone().map(distinct).filter(|statuses| !all(statuses)),
        department,
        batch,
        money: Span::of(budget),
    }))
}

fn distinct<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut once = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

impl Wanted {
    /// Where a viewer finds such demands: on shelves of which it may see all, and on the others what bears a mark of its own.
    pub(super) fn shelves(&self, sees: &Seen) -> Vec<(Shelf, Vec<Sought>)> {
        let mut found = vec![(Shelf::Demands, self.sought(None))];
        if sees.handed_in {
            found.push((Shelf::UnlistedDemands, self.sought(None)));
        } else if let Some(user) = sees.asked {
            found.push((Shelf::UnlistedDemands, self.sought(Some(asked_mark(user)))));
        }
        if let Some(own) = sees.department {
            if !sees.handed_in {
                found.push((Shelf::UnlistedDemands, self.sought(Some(department_mark(own)))));
            }
            found.push((Shelf::DraftDemands, self.sought(Some(department_mark(own)))));
        }
        found
    }

    /// What is sought, once for each domain and status that is named, so that each walk is along the rarest; no demand is found twice. Of
    /// many words among many of those it is one walk, which looks at each row whether it is one of them: a question stays as short.
    fn sought(&self, own: Option<String>) -> Vec<Sought> {
        let department = self.department.map(department_mark);
        let marks = [department, self.batch.map(batch_mark), own].into_iter().flatten().collect();
        let sought = Sought::new(self.query.as_ref(), distinct(marks));
        let domains =
            self.domains.as_ref().map(|all| all.iter().map(|domain| domain_mark(*domain)).collect::<Vec<_>>());
        let statuses =
            self.statuses.as_ref().map(|all| all.iter().map(|status| status_mark(*status)).collect::<Vec<_>>());
        let groups: Vec<Vec<String>> = [domains, statuses].into_iter().flatten().collect();
        let walks: usize = groups.iter().map(Vec::len).product();
        let all = if walks * (sought.len() + 1) <= MOST_LOOKED_AT {
            groups.iter().fold(vec![sought], |all, marks| each(&all, marks))
        } else {
            vec![groups.into_iter().fold(sought, Sought::and_any)]
        };
        let led = |sought: Sought| if sought.is_empty() { sought.and(any_mark()) } else { sought };
        all.into_iter().map(led).collect()
    }
}

/// So many words and marks at most are looked for, in all walks of a shelf together, before they become one walk.
const MOST_LOOKED_AT: usize = 100;

fn each(all: &[Sought], marks: &[String]) -> Vec<Sought> {
    all.iter().flat_map(|sought| marks.iter().map(|mark| sought.clone().and(mark.clone()))).collect()
}

/// By what else than its words a demand is found.
pub(super) struct Marked {
    pub(super) department: OrganizationId,
    pub(super) domain: Option<Domain>,
    pub(super) status: DemandStatus,
    pub(super) batch: Option<ReleaseBatchId>,
    /// Who has been asked for an opinion, in whatever round.
    pub(super) asked: Vec<UserId>,
}

impl Marked {
    pub(super) fn marks(self) -> Vec<String> {
        let always = [any_mark(), department_mark(self.department), status_mark(self.status)];
        let some = self.domain.map(domain_mark).into_iter().chain(self.batch.map(batch_mark));
        always.into_iter().chain(some).chain(self.asked.into_iter().map(asked_mark)).collect()
    }
}

/// Borne by every demand: where nothing else is sought, lists go along it.
pub(super) fn any_mark() -> String {
    mark("any", "demand")
}

fn department_mark(department: OrganizationId) -> String {
    mark("department", department)
}

fn domain_mark(domain: Domain) -> String {
    mark("domain", domain.word())
}

fn status_mark(status: DemandStatus) -> String {
    mark("status", status.word())
}

fn batch_mark(batch: ReleaseBatchId) -> String {
    mark("batch", batch)
}

fn asked_mark(user: UserId) -> String {
    mark("asked", user)
}
