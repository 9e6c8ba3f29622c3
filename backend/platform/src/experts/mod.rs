//! The pool of experts, and the draw of a panel from it. At publication the pool is written down under salted pseudonyms and
//! its hash is published; what happens to the pool afterwards only takes candidates away.

pub mod draw;
pub(crate) mod model;
mod read;
mod store;

pub use draw::{Candidate, Draw, PanelRule, Shortage};
pub(crate) use read::pseudonyms;
pub use read::{PoolEntry, available, candidates, lines};
pub(crate) use store::snapshot;
