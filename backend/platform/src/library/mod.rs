//! The cultivation library of disruptive technologies (颠覆性技术转化培育库): put forward, and taken in.

mod admit;
pub mod lifecycle;
pub(crate) mod model;
mod nominate;
pub mod read;
mod store;

pub use admit::{AdmitTechnology, TechnologyAdmitted, admit_technology};
pub use nominate::{NominateTechnology, TechnologyNominated, nominate_technology};
