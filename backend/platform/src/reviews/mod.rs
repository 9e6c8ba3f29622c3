//! Reviews: judges' sheets, and the ranking that follows from them.

pub mod marks;
pub mod ranking;
