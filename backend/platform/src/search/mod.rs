//! Finding things by their words. What is searched is spelled in one way, cut into words, and each word of each thing is a row
//! behind which the things stand in the orders of their lists: a page is a walk along them, on both engines alike.
//!
//! Knows things by shelf and id only. A slice puts what it has onto a shelf in the transaction that makes or changes it, and
//! narrows by viewer itself.

pub(crate) mod model;
mod read;
mod shelve;
mod store;
mod words;

pub(crate) use read::{DUE, ID, Order, Sought, found, found_among, mark, missing, rarest_first};
pub(crate) use shelve::{Shelved, shelve_all};
pub(crate) use store::{Thing, put};
pub use words::{Query, spell, words};

/// What kind of thing, and who may look for it. Whoever may not see all that stands on a shelf is not led along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// Challenges from their publication on: everybody's.
    Challenges,
    /// Challenges before it.
    UnpublishedChallenges,
    /// Demands from their listing on: everybody's.
    Demands,
    /// Demands that were handed in, before it.
    UnlistedDemands,
    /// Demands that were never handed in.
    DraftDemands,
}

impl Shelf {
    /// As it is stored; never given to another.
    fn number(self) -> i32 {
        match self {
            Self::Challenges => 1,
            Self::UnpublishedChallenges => 2,
            Self::Demands => 3,
            Self::UnlistedDemands => 4,
            Self::DraftDemands => 5,
        }
    }
}
