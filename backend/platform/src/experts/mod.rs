//! The pool of experts (专家库), and the draw of a panel from it. At publication those who could be drawn are written down under salted
//! pseudonyms and their hash is published; what happens to the pool afterwards only takes candidates away.

pub mod balance;
pub mod conflicts;
pub mod draw;
pub(crate) mod model;
mod read;
pub mod roster;
mod store;
pub mod verify;

pub use draw::{Candidate, Draw, PanelRule, Shortage};
pub(crate) use read::{PoolEntry, available, candidates, lines, loads, profiles, pseudonyms, unavailable};
pub(crate) use store::{Snapshot, release, released, seated, snapshot};
