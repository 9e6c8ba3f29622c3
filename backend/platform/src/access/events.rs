//! The log: everybody reads what concerns them; who watches over the process also walks the chains.

use super::actor::Viewer;
use crate::base::id::{OrganizationId, UserId};
use crate::base::words::Role;
use crate::base::{Error, Reason, Result};

/// Which streams a viewer reads, besides those for everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hears {
    /// Those for the staff, and those of every department.
    pub staff: bool,
    /// Those for supervisors.
    pub supervision: bool,
    /// Those of every person.
    pub people: bool,
    /// Those of this department.
    pub department: Option<OrganizationId>,
    /// Those of this bidder.
    pub bidder: Option<OrganizationId>,
    /// Those of this person.
    pub person: Option<UserId>,
}

/// Which streams the viewer reads. What the staff is told is not divided by departments: an organizer who also acts for one is
/// told only what that department is, since nobody stands on both sides.
pub fn hears(viewer: &Viewer) -> Hears {
    let Some(actor) = viewer.actor() else { return Hears::default() };
    let department = actor.acts_for(Role::Demander);
    let organizes = actor.has(Role::Organizer) && department.is_none();
    Hears {
        staff: organizes || actor.has(Role::Supervisor) || actor.has(Role::AuditAdmin),
        supervision: actor.has(Role::Supervisor),
        people: actor.has(Role::SecurityAdmin) || actor.has(Role::AuditAdmin),
        department,
        bidder: actor.acts_for(Role::Bidder),
        person: Some(actor.user),
    }
}

/// Whether it is told who acted: the staff, the security administrator, and the person.
pub fn sees_actor(viewer: &Viewer, actor: Option<UserId>) -> bool {
    let staff = [Role::Organizer, Role::Supervisor, Role::AuditAdmin, Role::SecurityAdmin];
    staff.into_iter().any(|role| viewer.is(role)) || viewer.user() == actor
}

/// `verifyEvents`: supervisors and the audit administrator.
pub fn may_verify(viewer: &Viewer) -> Result<()> {
    let actor = viewer.person()?;
    if actor.has(Role::Supervisor) || actor.has(Role::AuditAdmin) {
        Ok(())
    } else {
        Err(Error::NotYours(Reason::RoleNeeded))
    }
}
