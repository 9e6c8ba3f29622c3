//! Bids (揭榜): sealed solutions, from the draft to the formal check. That there is a bid is its bidder's alone to know until
//! the opening.

pub mod check;
pub mod close;
pub mod confirm;
pub mod consent;
pub mod correct;
pub mod draft;
mod draft_keys;
pub mod findings;
mod hand_in;
pub mod lapse_correction;
mod late;
pub mod lifecycle;
mod logged;
pub(crate) mod model;
pub mod open;
pub mod read;
pub mod read_sealed;
pub mod receipt;
pub mod record_result;
pub mod request_correction;
pub mod revise;
mod sealing;
pub mod solution;
pub(crate) mod standing;
mod store;
pub mod submit;
pub mod uploads;
pub mod withdraw;

pub(crate) use logged::opened;
pub(crate) use store::{
    Locked, RANKED, any_draft_key, closings, draft_keys_among, facts, give_time_back, in_states, investigators, locked,
    make, parties, ranked, tally,
};

use serde::{Deserialize, Serialize};

use crate::base::id::BidId;

/// What came of an act on a bid: which one. What it is now is read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Done {
    /// The bid.
    pub bid: BidId,
}
