//! The one log. Every verb appends one event in its own transaction; from it come the audit trail, the public feed, and
//! whatever has to know that something happened. There is no second place where "what happened" is written.

mod append;
pub mod chain;
pub mod follow;
mod kinds;
pub(crate) mod model;
pub mod read;
pub mod timers;
pub mod verify;

pub use crate::access::events::Audience;
pub(crate) use append::append_all;
pub use append::{By, Happening, append};
pub use kinds::{EventKind, TimerKind};
