//! The numbers that the rules run by, in versions. A challenge freezes its own resolved copy at publication.

mod load;
pub(crate) mod model;
mod numbers;
mod read;
pub mod revise;
mod store;

pub use load::{LoadedRules, load};
pub use numbers::{Numbers, Resolved, resolve};
pub(crate) use read::numbers;
pub use read::{
    FrozenRules, RulesView, by_id, of_challenge, of_challenges, revision, version_by_id, version_count, versions,
};
pub(crate) use store::{current, freeze};
