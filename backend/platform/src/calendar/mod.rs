//! Working days of mainland China, from the yearly notices of the State Council, loaded as data. A year that has not been
//! loaded is an error and never a guess: weekends become working days (调休) and no rule foretells which.

mod load;
pub(crate) mod model;
pub mod read;
mod store;
mod working_days;

pub use load::{CalendarFile, LoadedYear, load};
pub use working_days::Calendar;
