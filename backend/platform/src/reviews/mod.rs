//! Reviews (评审): the panel's draw, its judges' declarations, their sheets, and the ranking that follows from them. A judge sees the
//! bids when free of conflicts, and nobody else's sheet; the round's end opens the sheets to organizers and supervisors.

mod abstain;
mod begin_consensus;
mod close_review;
mod declare_interest;
mod disqualify;
mod draw_panel;
mod explain_deviation;
pub mod marks;
pub(crate) mod model;
mod normal;
mod panel;
pub mod price;
mod rank;
pub mod ranking;
pub mod read;
mod reopen_review;
mod reopen_score_sheet;
mod replace_judge;
mod rotation;
mod save_score_sheet;
mod sheet;
mod sign_review;
pub mod statistics;
mod store;
mod submit_consensus_sheet;
mod submit_score_sheet;
pub mod trust;

pub use abstain::{Abstain, abstain};
pub use begin_consensus::{BeginConsensus, begin_consensus};
pub use close_review::{CloseReview, close_review};
pub use declare_interest::{DeclareInterest, Declared, declare_interest};
pub(crate) use disqualify::fell;
pub use disqualify::{Disqualified, Disqualify, disqualify};
pub use draw_panel::{DrawPanel, draw_panel};
pub use explain_deviation::{ExplainDeviation, explain_deviation};
pub(crate) use panel::reveal_seed;
pub(crate) use reopen_review::reopen_review;
pub use reopen_score_sheet::{ReopenScoreSheet, reopen_score_sheet};
pub use replace_judge::{ReplaceJudge, replace_judge};
pub use save_score_sheet::{SaveScoreSheet, save_score_sheet};
pub use sheet::NewMark;
pub use sign_review::{SignReview, sign_review};
pub use submit_consensus_sheet::{Agreed, SubmitConsensusSheet, submit_consensus_sheet};
pub use submit_score_sheet::{SubmitScoreSheet, submit_score_sheet};

use serde::{Deserialize, Serialize};

use crate::base::id::{ChallengeId, SheetId};

/// What came of an act on a panel: of which challenge. What it is now is read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Done {
    /// The challenge.
    pub challenge: ChallengeId,
}

/// What came of writing: which sheet. What it holds now is read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Written {
    /// The sheet.
    pub sheet: SheetId,
}
