//! The organization's part of an enterprise's registration; the verb is `accounts::register_enterprise`.

use super::create::code;
use super::store::{self, Entry};
use crate::access::organizations::MayRegister;
use crate::base::faults::Length;
use crate::base::id::OrganizationId;
use crate::base::uscc::Uscc;
use crate::base::words::OrganizationKind;
use crate::base::{Faults, Instant, Result};
use crate::db::Txn;

/// An enterprise's name and code, checked as far as they are right.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub name: String,
    pub uscc: Option<Uscc>,
}

impl Registration {
    /// Reads name and code (GB 32100-2015; an enterprise's begins with 9).
    pub fn read(faults: &mut Faults, name: &str, uscc: &str) -> Self {
        let name = faults.text("name", name, Length::NAME);
        Self { name, uscc: code(faults, "uscc", uscc, OrganizationKind::Enterprise) }
    }
}

/// Enters an enterprise that an organizer has still to look at.
pub(crate) async fn register(
    txn: &Txn,
    proof: MayRegister,
    name: String,
    uscc: Uscc,
    at: Instant,
) -> Result<OrganizationId> {
    let entry = Entry { name, kind: OrganizationKind::Enterprise, uscc, registered_in_zone: false };
    store::register(txn, proof, entry, at).await
}
