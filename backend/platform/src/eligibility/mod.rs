//! Who may bid: dated qualifications, integrity cases and their bans, and what ties organizations to one another. All of it is on the
//! record, and machine-checked when a bid is handed in.

pub mod check;
pub mod end_qualification;
pub mod end_tie;
pub mod exempt;
pub(crate) mod model;
pub mod qualify;
pub mod read;
pub mod record_case;
pub mod record_tie;
mod store;
pub mod verify_qualification;

pub(crate) use store::{banned, tied_with, ties_among};
