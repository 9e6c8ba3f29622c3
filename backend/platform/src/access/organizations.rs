//! Who may do what with an organization.

use super::{Actor, Viewer};
use crate::base::id::OrganizationId;
use crate::base::words::{Role, Verification};
use crate::base::{Error, Reason, Result};

/// Where an organization stands. Made by the organizations' store.
#[derive(Clone, Debug)]
pub struct OrganizationFacts {
    pub(crate) id: OrganizationId,
    pub(crate) verification: Verification,
}

/// Leave to enter an organization that needs no verification.
#[derive(Debug)]
pub struct MayCreate(());

/// Leave to enter an organization that an organizer has still to look at.
#[derive(Debug)]
pub struct MayRegister(());

/// Leave to vouch for an organization.
#[derive(Debug)]
pub struct MayVerify(());

/// Leave to refuse to vouch, or to stop vouching, for an organization.
#[derive(Debug)]
pub struct MayRefuse {
    /// Whether it had been vouched for until now.
    pub was_verified: bool,
}

/// The system administrator enters organizations.
pub fn may_create(actor: &Actor) -> Result<MayCreate> {
    actor.needs(Role::SystemAdmin)?;
    Ok(MayCreate(()))
}

/// Anybody may register an enterprise.
pub fn may_register() -> MayRegister {
    MayRegister(())
}

/// Which organizations a viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// All.
    All,
    /// Those that an organizer vouches for, and the viewer's own.
    Verified(Option<OrganizationId>),
}

/// Verified ones are everybody's to see; all of them for organizers, supervisors and the system administrator; its own for a
/// member.
pub fn sees(viewer: &Viewer) -> Seen {
    const STAFF: [Role; 3] = [Role::Organizer, Role::Supervisor, Role::SystemAdmin];
    if STAFF.into_iter().any(|role| viewer.is(role)) {
        Seen::All
    } else {
        Seen::Verified(viewer.actor().and_then(Actor::member).map(|member| member.organization))
    }
}

/// Whether the viewer sees this organization: [`sees`].
pub fn may_see(viewer: &Viewer, organization: &OrganizationFacts) -> Result<()> {
    let seen = match sees(viewer) {
        Seen::All => true,
        Seen::Verified(own) => organization.verification == Verification::Verified || own == Some(organization.id),
    };
    if seen { Ok(()) } else { Err(Error::Hidden) }
}

/// Who looks after organizations: an organizer who belongs to none, since whom they vouch for may bid for every challenge. Whom it is
/// hidden from is told that it is not there.
fn organizes(viewer: &Viewer, organization: &OrganizationFacts) -> Result<()> {
    let actor = viewer.person()?;
    may_see(viewer, organization)?;
    actor.needs(Role::Organizer)?;
    match actor.member() {
        Some(_) => Err(Error::NotYours(Reason::KeepsNoFiles)),
        None => Ok(()),
    }
}

/// An organizer vouches for what waits or has been refused.
pub fn may_verify(viewer: &Viewer, organization: &OrganizationFacts) -> Result<MayVerify> {
    organizes(viewer, organization)?;
    match organization.verification {
        Verification::Pending | Verification::Refused => Ok(MayVerify(())),
        Verification::Verified => Err(Error::NotNow(Reason::NotInThisState)),
    }
}

/// An organizer refuses what waits, or stops vouching for what was verified.
pub fn may_refuse(viewer: &Viewer, organization: &OrganizationFacts) -> Result<MayRefuse> {
    organizes(viewer, organization)?;
    match organization.verification {
        Verification::Pending => Ok(MayRefuse { was_verified: false }),
        Verification::Verified => Ok(MayRefuse { was_verified: true }),
        Verification::Refused => Err(Error::NotNow(Reason::NotInThisState)),
    }
}
