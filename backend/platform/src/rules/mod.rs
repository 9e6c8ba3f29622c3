//! The numbers that the rules run by, in versions. A challenge freezes its own resolved copy at publication.

mod load;
pub(crate) mod model;
mod numbers;
pub mod read;
mod store;

pub use load::{LoadedRules, load};
pub use numbers::{Numbers, Resolved, resolve};
pub use read::FrozenRules;
pub(crate) use store::{Current, current, freeze};
