//! Open data: each challenge as releases of the Open Contracting Data Standard (OCDS 1.1), a pure function of its public log. Nothing is
//! stored here: what is append-only is the log.

mod facts;
pub mod ocds;
mod process;
pub mod read;
mod tender;

pub use facts::Told;
pub use process::releases;
