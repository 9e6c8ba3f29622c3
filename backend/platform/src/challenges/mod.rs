//! Challenges (榜单): a department's scenario up to publication, and what is said about it while it is open.

pub mod amend;
pub mod answer;
pub mod approve;
pub mod ask;
pub mod cancel;
pub mod content;
pub mod decline;
pub(crate) mod demanded;
pub mod differences;
pub mod draft;
mod find;
pub(crate) mod gather;
pub mod lifecycle;
pub(crate) mod model;
pub mod offer;
pub mod publish;
pub mod read;
pub mod reject;
pub mod rerun;
pub mod reshare;
pub mod return_;
pub mod revise;
pub(crate) mod seal;
pub(crate) mod shares;
mod shelve;
mod store;
pub mod submit;
pub mod suspend;
pub mod terms;
mod told;
pub mod withdraw;

pub use shelve::shelve_all;
pub(crate) use store::{
    Lock, Locked, Move, PanelRanked, PanelStep, announce_escrow, close_seal, criteria, facts, facts_of, forget_waiting,
    glance, indicators, is_held_by_server, let_share_wait, locked, locked_beside, make, meets, panels, record_result,
    resume, seal, shares, step_panel, talks,
};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::base::id::ChallengeId;

/// So long before the deadline bidders are told which of their files have not come whole.
pub(crate) const WARNED: TimeDelta = TimeDelta::days(1);

/// What came of an act on a challenge: which one. What it is now is read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Done {
    /// The challenge.
    pub challenge: ChallengeId,
}
