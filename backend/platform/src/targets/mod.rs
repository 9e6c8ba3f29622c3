//! The board: the year's targets, two of them computed from the platform's own records.

pub mod counting;
