//! The capability list (能力清单): what verified organizations say that they can do, by which demands find them.

mod add;
mod content;
pub(crate) mod model;
pub mod read;
mod remove;
mod revise;
mod store;
pub(crate) mod tags;

pub use add::{AddCapability, CapabilityAdded, add_capability};
pub use content::Changes;
pub use remove::{CapabilityRemoved, RemoveCapability, remove_capability};
pub use revise::{CapabilityRevised, ReviseCapability, revise_capability};
