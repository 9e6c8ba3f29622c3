//! Scenario demands (场景需求): what departments need, filed all year, argued (需求论证), listed in numbered batches (机会清单), and
//! shown to those who might meet it, before there is a challenge.

mod accept;
mod ask_opinions;
pub mod content;
mod draft;
mod find;
mod give_back;
mod invite_matched;
pub mod lifecycle;
pub mod matching;
mod merge;
pub(crate) mod model;
mod money;
pub mod read;
mod record_opinion;
mod register_interest;
mod reject;
mod release;
mod return_;
mod revise;
mod shelve;
mod store;
mod submit;
mod take_up;
#[cfg(test)]
mod tests;
mod withdraw;
mod withdraw_interest;

pub use accept::{AcceptDemand, accept_demand};
pub use ask_opinions::{AskOpinions, ask_opinions};
pub use draft::{DraftDemand, draft_demand};
pub use give_back::give_back;
pub use invite_matched::{InviteMatched, MatchedInvited, invite_matched};
pub use merge::{MergeDemands, merge_demands};
pub use record_opinion::{OpinionRecorded, RecordOpinion, record_opinion};
pub use register_interest::{InterestRegistered, RegisterInterest, register_interest};
pub use reject::{RejectDemand, reject_demand};
pub use release::{BatchReleased, ReleaseDemands, release_demands};
pub use return_::{ReturnDemand, return_demand};
pub use revise::{ReviseDemand, revise_demand};
pub use shelve::shelve_all;
pub(crate) use store::facts;
pub use store::opinion_givers;
pub use submit::{SubmitDemand, submit_demand};
pub use take_up::{Brief, take_up};
pub use withdraw::{WithdrawDemand, withdraw_demand};
pub use withdraw_interest::{WithdrawInterest, withdraw_interest};

use serde::{Deserialize, Serialize};

use crate::access::demands::DemandFacts;
use crate::base::Instant;
use crate::base::id::{DemandId, UserId};
use crate::events::{Audience, By, EventKind, Happening};

/// What came of an act on a demand: which one. What it is now is read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Done {
    /// The demand.
    pub demand: DemandId,
}

/// Who may know what a department does to its demand: until that is handed in nobody else.
fn desk_or_department(facts: &DemandFacts) -> Audience {
    if facts.handed_in() { Audience::Department(facts.department()) } else { Audience::Desk(facts.department()) }
}

/// Something that a person did to a demand.
fn happening(
    kind: EventKind,
    demand: DemandId,
    audience: Audience,
    by: UserId,
    at: Instant,
    public: serde_json::Value,
) -> Happening {
    Happening {
        kind,
        subject: demand.to_string(),
        challenge: None,
        audience,
        by: By::Person(by),
        at,
        public,
        private: serde_json::json!({}),
    }
}
