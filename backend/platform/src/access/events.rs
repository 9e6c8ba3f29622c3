//! The log: everybody reads what concerns them; who watches over the process also walks the chains.

use super::actor::Viewer;
use crate::base::words::Role;
use crate::base::{Error, Reason, Result};

/// `verifyEvents`: supervisors and the audit administrator.
pub fn may_verify(viewer: &Viewer) -> Result<()> {
    let actor = viewer.person()?;
    if actor.has(Role::Supervisor) || actor.has(Role::AuditAdmin) {
        Ok(())
    } else {
        Err(Error::NotYours(Reason::RoleNeeded))
    }
}
