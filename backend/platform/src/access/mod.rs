//! Who may do what, when. Pure: knows neither a database nor time but what it is told. One file per slice.
//!
//! A check answers in a fixed order: nobody signed in, not to be known of, not yours, not now. What it allows comes as a
//! proof, which only this module can make and which a store asks for before it writes.

pub mod accounts;
pub mod actor;
pub mod awards;
pub mod bids;
pub mod capabilities;
pub mod challenges;
pub mod demands;
pub mod eligibility;
pub mod events;
pub mod experts;
pub mod library;
pub mod members;
pub mod organizations;
pub mod projects;
pub mod rehearsal;
pub mod reviews;
pub mod rules;
pub mod scoring;
pub mod sealed;
pub mod targets;

pub use actor::{Actor, Member, Power, Viewer};
pub use sealed::Sealed;
