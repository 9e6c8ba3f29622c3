//! Reviews (评审): the panel's draw, its judges' declarations, their sheets, and the ranking that follows from them. A judge sees the
//! bids when free of conflicts, and nobody else's sheet; the round's end opens the sheets to organizers and supervisors.

pub mod close;
pub mod declare;
pub mod draw;
pub mod marks;
pub(crate) mod model;
mod panel;
pub mod ranking;
pub mod read;
pub mod replace;
pub mod save;
mod sheet;
mod store;
pub mod submit;

pub use panel::reveal_seed;
pub use sheet::NewMark;

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
