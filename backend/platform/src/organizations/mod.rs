//! Organizations: departments, enterprises, universities, institutes, funds and technology platforms.

mod create;
pub(crate) mod model;
pub mod read;
mod refuse;
mod register;
mod store;
mod verify;

pub use create::{CreateOrganization, OrganizationCreated, create_organization};
pub use refuse::{OrganizationRefused, RefuseOrganization, refuse_organization};
pub use verify::{OrganizationVerified, VerifyOrganization, verify_organization};

pub(crate) use register::{Registration, register};
pub(crate) use store::{hold, member};
