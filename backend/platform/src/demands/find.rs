//! Looking for demands by their words. Pure.

use crate::access::demands::Seen;
use crate::base::Faults;
use crate::base::error::FaultCode;
use crate::base::id::{OrganizationId, UserId};
use crate::search::{Query, Shelf, Sought, mark};

/// What is looked for.
#[derive(Debug)]
pub(super) enum Wanted {
    /// Any demand.
    All,
    /// Those that say this.
    Saying(Query),
    /// What no demand can say: mere punctuation.
    Nothing,
}

/// Reads a text to look for.
pub(super) fn read(text: Option<&str>, faults: &mut Faults) -> Wanted {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Wanted::All };
    if text.chars().count() > Query::LONGEST {
        faults.add_with("filter.text", FaultCode::TooLong, Query::LONGEST);
        return Wanted::Nothing;
    }
    Query::read(text).map_or(Wanted::Nothing, Wanted::Saying)
}

/// Where a viewer finds such demands: shelves of which it may see all, and of the others what bears a mark of its own.
pub(super) fn shelves(query: &Query, sees: &Seen) -> Vec<(Shelf, Sought)> {
    let all = || Sought::new(Some(query), Vec::new());
    let mut found = vec![(Shelf::Demands, all())];
    if sees.handed_in {
        found.push((Shelf::UnlistedDemands, all()));
    } else if let Some(user) = sees.asked {
        found.push((Shelf::UnlistedDemands, all().and(asked_mark(user))));
    }
    if let Some(own) = sees.department {
        if !sees.handed_in {
            found.push((Shelf::UnlistedDemands, all().and(department_mark(own))));
        }
        found.push((Shelf::DraftDemands, all().and(department_mark(own))));
    }
    found
}

/// By what else than its words a demand is found.
pub(super) fn marks(department: OrganizationId, asked: impl IntoIterator<Item = UserId>) -> Vec<String> {
    std::iter::once(department_mark(department)).chain(asked.into_iter().map(asked_mark)).collect()
}

fn department_mark(department: OrganizationId) -> String {
    mark("department", department)
}

fn asked_mark(user: UserId) -> String {
    mark("asked", user)
}
