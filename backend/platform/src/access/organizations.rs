//! Who may do what with an organization.

use super::Actor;
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

/// Who sees organizations that nobody has vouched for.
pub const STAFF: [Role; 3] = [Role::Organizer, Role::Supervisor, Role::SystemAdmin];

/// Who looks after organizations: whom it is hidden from is told that it is not there.
fn organizes(actor: &Actor, organization: &OrganizationFacts) -> Result<()> {
    let own = actor.member().is_some_and(|member| member.organization == organization.id);
    let seen =
        own || organization.verification == Verification::Verified || STAFF.into_iter().any(|role| actor.has(role));
    if seen { actor.needs(Role::Organizer) } else { Err(Error::Hidden) }
}

/// An organizer vouches for what waits or has been refused.
pub fn may_verify(actor: &Actor, organization: &OrganizationFacts) -> Result<MayVerify> {
    organizes(actor, organization)?;
    match organization.verification {
        Verification::Pending | Verification::Refused => Ok(MayVerify(())),
        Verification::Verified => Err(Error::NotNow(Reason::NotInThisState)),
    }
}

/// An organizer refuses what waits, or stops vouching for what was verified.
pub fn may_refuse(actor: &Actor, organization: &OrganizationFacts) -> Result<MayRefuse> {
    organizes(actor, organization)?;
    match organization.verification {
        Verification::Pending => Ok(MayRefuse { was_verified: false }),
        Verification::Verified => Ok(MayRefuse { was_verified: true }),
        Verification::Refused => Err(Error::NotNow(Reason::NotInThisState)),
    }
}
