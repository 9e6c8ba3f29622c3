//! The capability list (能力清单): who keeps one. Who sees it sees its organization: `access::organizations`.

use super::actor::{Power, Viewer};
use super::challenges::verified_bidder;
use crate::base::id::{CapabilityId, OrganizationId, UserId};
use crate::base::{Error, Reason, Result};

/// How many capabilities an organization keeps at most.
pub const MOST: u64 = 50;

/// What policy asks of a capability. Made by the capabilities' store.
#[derive(Clone, Debug)]
pub struct CapabilityFacts {
    pub(crate) id: CapabilityId,
    pub(crate) organization: OrganizationId,
    /// Whether an organizer vouches for the organization.
    pub(crate) verified: bool,
    pub(crate) version: i32,
}

impl CapabilityFacts {
    /// Whose it is.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// The optimistic lock.
    pub fn version(&self) -> i32 {
        self.version
    }
}

/// Leave to add to the own organization's list.
#[derive(Debug)]
pub struct MayAdd {
    organization: OrganizationId,
    by: UserId,
}

impl MayAdd {
    /// To whose list.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Who adds.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// Leave to change a capability, or to take it off the list.
#[derive(Debug)]
pub struct MayKeep {
    capability: CapabilityId,
    by: UserId,
}

impl MayKeep {
    /// Which capability.
    pub fn capability(&self) -> CapabilityId {
        self.capability
    }

    /// Who changes it.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// Whose list the viewer keeps: a bidder of a verified enterprise, university or institute its own.
pub fn keeps(viewer: &Viewer) -> Result<MayAdd> {
    let actor = viewer.person()?;
    Ok(MayAdd { organization: verified_bidder(actor, Power::Draft)?, by: actor.user })
}

/// `addCapability`, when there are so many already.
pub fn may_add(viewer: &Viewer, there: u64) -> Result<MayAdd> {
    let proof = keeps(viewer)?;
    if there < MOST { Ok(proof) } else { Err(Error::NotNow(Reason::CapabilitiesFull)) }
}

/// `reviseCapability`, `removeCapability`: of one's own verified organization. What is not there for others is not told.
pub fn may_keep(viewer: &Viewer, facts: &CapabilityFacts) -> Result<MayKeep> {
    let actor = viewer.person()?;
    let own = actor.member().is_some_and(|member| member.organization == facts.organization);
    let seen = facts.verified || own || super::organizations::sees(viewer) == super::organizations::Seen::All;
    if !seen {
        return Err(Error::Hidden);
    }
    if verified_bidder(actor, Power::Draft)? != facts.organization {
        return Err(Error::NotYours(Reason::RoleNeeded));
    }
    Ok(MayKeep { capability: facts.id, by: actor.user })
}
