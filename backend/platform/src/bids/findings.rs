//! What comparing the opened bids of one challenge shows, and what the law says of it: the bids concerned are void. Pure. It is looked at
//! after the opening only: before it, it would tell that there is another bid.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::id::{BidId, OrganizationId};

/// Who stands behind an opened bid.
#[derive(Clone, Debug)]
pub struct Behind {
    pub bid: BidId,
    pub label: String,
    pub bidder: OrganizationId,
    pub members: Vec<OrganizationId>,
}

/// What was found, and with which other bid, by its label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// An organization stands behind both (招标投标法实施条例 37: all these bids are void).
    SameOrganization(String),
    /// Somebody behind the one is tied to somebody behind the other (实施条例 34: both are void).
    Tied(String),
}

impl Finding {
    /// The item of the formal check that it fails, and why.
    pub fn item(&self) -> (&'static str, String) {
        match self {
            Self::SameOrganization(other) => (
                "一家单位只参与一份方案（招标投标法实施条例第三十七条）",
                format!("有单位同时参与{other}，相关方案均无效。"),
            ),
            Self::Tied(other) => (
                "揭榜方之间无控股、管理或同一负责人关系（招标投标法实施条例第三十四条）",
                format!("与{other}的单位存在关联关系，相关方案均无效。"),
            ),
        }
    }
}

/// What is found of each bid; nothing of most. `ties` go either way round.
pub fn find(bids: &[Behind], ties: &[(OrganizationId, OrganizationId)]) -> BTreeMap<BidId, BTreeSet<Finding>> {
    let mut found: BTreeMap<BidId, BTreeSet<Finding>> = BTreeMap::new();
    for one in bids {
        for other in bids.iter().filter(|other| other.bid != one.bid) {
            let (ours, theirs) = (behind(one), behind(other));
            let mut note = |finding| found.entry(one.bid).or_default().insert(finding);
            if !ours.is_disjoint(&theirs) {
                note(Finding::SameOrganization(other.label.clone()));
            }
            let between = |(first, second): &(OrganizationId, OrganizationId)| {
                (ours.contains(first) && theirs.contains(second)) || (ours.contains(second) && theirs.contains(first))
            };
            if ties.iter().any(between) {
                note(Finding::Tied(other.label.clone()));
            }
        }
    }
    found
}

fn behind(bid: &Behind) -> BTreeSet<OrganizationId> {
    std::iter::once(bid.bidder).chain(bid.members.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::id::Kind;

    proptest! {
        /// Against a plain look at every pair: the same bids, and each finding has its mirror.
        #[test]
        fn every_pair_is_looked_at_from_both_sides(
            teams in proptest::collection::vec(proptest::collection::vec(0..8usize, 1..4), 1..6),
            ties in proptest::collection::vec((0..8usize, 0..8usize), 0..4),
        ) {
            let organizations: Vec<_> = (0..8).map(|_| OrganizationId::new()).collect();
            let bids: Vec<Behind> = teams.iter().enumerate().map(|(place, team)| Behind {
                bid: BidId::new(),
                label: place.to_string(),
                bidder: organizations[team[0]],
                members: team[1..].iter().map(|one| organizations[*one]).collect(),
            }).collect();
            let tied: Vec<_> = ties.iter().map(|(a, b)| (organizations[*a], organizations[*b])).collect();
            let found = find(&bids, &tied);
            for (i, one) in teams.iter().enumerate() {
                for (j, other) in teams.iter().enumerate().filter(|(j, _)| *j != i) {
                    let shared = one.iter().any(|a| other.contains(a));
                    let related = one.iter().any(|a| other.iter().any(|b| ties.contains(&(*a, *b)) || ties.contains(&(*b, *a))));
                    let has = |finding: &Finding| found.get(&bids[i].bid).is_some_and(|all| all.contains(finding));
                    prop_assert_eq!(has(&Finding::SameOrganization(j.to_string())), shared);
                    prop_assert_eq!(has(&Finding::Tied(j.to_string())), related);
                }
            }
        }
    }
}
