//! Challenges (榜单): a department's scenario up to publication, and what is said about it while it is open.

pub mod amend;
pub mod answer;
pub mod approve;
pub mod ask;
pub mod cancel;
pub mod content;
pub mod decline;
pub mod differences;
pub mod draft;
mod find;
pub mod lifecycle;
pub(crate) mod model;
pub mod offer;
pub mod publish;
pub mod read;
pub mod reject;
pub mod return_;
pub mod revise;
pub(crate) mod seal;
mod shelve;
mod store;
pub mod submit;
pub mod terms;
pub mod withdraw;

pub use shelve::shelve_all;
pub(crate) use store::{
    Lock, Locked, Move, PanelStep, close_seal, criteria, facts, facts_of, indicators, locked, make, meets, panels,
    record_result, seal, step_panel,
};

use serde::{Deserialize, Serialize};

use crate::base::id::ChallengeId;

/// What came of an act on a challenge: which one. What it is now is read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Done {
    /// The challenge.
    pub challenge: ChallengeId,
}
