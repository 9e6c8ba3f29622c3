//! Who may do what with an organization.

use super::Actor;
use crate::base::words::{Role, Verification};
use crate::base::{Error, Reason, Result};

/// Where an organization stands. Made by the organizations' store.
#[derive(Clone, Debug)]
pub struct OrganizationFacts {
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

/// An organizer vouches for what waits or has been refused.
pub fn may_verify(actor: &Actor, organization: &OrganizationFacts) -> Result<MayVerify> {
    actor.needs(Role::Organizer)?;
    match organization.verification {
        Verification::Pending | Verification::Refused => Ok(MayVerify(())),
        Verification::Verified => Err(Error::NotNow(Reason::NotInThisState)),
    }
}

/// An organizer refuses what waits, or stops vouching for what was verified.
pub fn may_refuse(actor: &Actor, organization: &OrganizationFacts) -> Result<MayRefuse> {
    actor.needs(Role::Organizer)?;
    match organization.verification {
        Verification::Pending => Ok(MayRefuse { was_verified: false }),
        Verification::Verified => Ok(MayRefuse { was_verified: true }),
        Verification::Refused => Err(Error::NotNow(Reason::NotInThisState)),
    }
}
