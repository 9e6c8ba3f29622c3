//! Rehearsal (演练): what an installation is for, and the clock that a rehearsal moves. A database is marked by its first use
//! and never changes sides: no rehearsed bid can be taken for a real one.

mod installation;
pub(crate) mod model;
mod set_clock;
mod store;

pub use installation::{Found, keep_clock, laid_out, open_files, open_real, open_rehearsal};
pub use set_clock::{ClockSet, SetClock, set_clock};
