//! The year's targets: two that the platform counts from its own records, and the rest of the board with recorded values.

pub mod counting;
mod load;
mod model;
pub mod read;
mod record;
mod set;
mod store;
#[cfg(test)]
mod tests;

pub use load::{LoadedTargets, load};
pub use record::{RecordTargetValue, TargetValueRecorded, record_target_value};
pub use set::{SetTarget, TargetSet, set_target};
