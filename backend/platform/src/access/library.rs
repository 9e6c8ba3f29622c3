//! The cultivation library: who puts a technology forward, and who takes it in.

use super::actor::{Actor, Power, Viewer};
use crate::base::id::{OrganizationId, TechnologyId, UserId};
use crate::base::words::{Role, TechnologyCommand, TechnologyStatus, Verification};
use crate::base::{Error, Reason, Result};

/// What policy asks of a technology. Made by `library::store` alone.
#[derive(Clone, Debug)]
pub struct TechnologyFacts {
    pub(crate) id: TechnologyId,
    pub(crate) status: TechnologyStatus,
    /// Where a command leads from there.
    pub(crate) next: fn(TechnologyStatus, TechnologyCommand) -> Option<TechnologyStatus>,
    pub(crate) lead: OrganizationId,
    pub(crate) nominator: UserId,
    /// The organization that the nominator acted for.
    pub(crate) nominated_for: Option<OrganizationId>,
    pub(crate) admitted: bool,
}

impl TechnologyFacts {
    /// Which technology.
    pub fn id(&self) -> TechnologyId {
        self.id
    }
}

/// Which technologies a viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// All.
    All,
    /// What has once been admitted, what this person put forward, and what this organization leads or put forward.
    Admitted {
        /// This person.
        by: Option<UserId>,
        /// This organization.
        own: Option<OrganizationId>,
    },
}

/// What has once been admitted is everybody's to see; before, it is for organizers, supervisors, and the organizations that lead
/// it or put it forward.
pub fn sees(viewer: &Viewer) -> Seen {
    if viewer.is(Role::Organizer) || viewer.is(Role::Supervisor) {
        return Seen::All;
    }
    let own = viewer.actor().and_then(Actor::member).map(|member| member.organization);
    Seen::Admitted { by: viewer.user(), own }
}

/// Whether the viewer sees this technology: [`sees`].
pub fn may_see(viewer: &Viewer, facts: &TechnologyFacts) -> Result<()> {
    let seen = match sees(viewer) {
        Seen::All => true,
        Seen::Admitted { by, own } => {
            let theirs = |own| own == facts.lead || Some(own) == facts.nominated_for;
            facts.admitted || by == Some(facts.nominator) || own.is_some_and(theirs)
        }
    };
    if seen { Ok(()) } else { Err(Error::Hidden) }
}

/// Leave to put a technology forward.
#[derive(Debug)]
pub struct MayNominate {
    by: UserId,
    own: Option<OrganizationId>,
    own_only: bool,
}

impl MayNominate {
    /// Who puts it forward.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The organization that the nominator acts for: it leads where none is named.
    pub fn own(&self) -> Option<OrganizationId> {
        self.own
    }

    /// Refuses a lead that this nominator may not name: a bidder names its own organization only.
    pub fn lead(&self, lead: OrganizationId) -> Result<OrganizationId> {
        if self.own_only && self.own != Some(lead) {
            return Err(Error::NotYours(Reason::NotNominator));
        }
        Ok(lead)
    }
}

/// `nominateTechnology`: a bidder of a verified organization, a demander, an organizer.
pub fn may_nominate(viewer: &Viewer) -> Result<MayNominate> {
    let actor = viewer.person()?;
    if actor.has(Role::Organizer) || actor.has(Role::Demander) {
        let own = actor.acts_for(Role::Demander);
        return Ok(MayNominate { by: actor.user, own, own_only: false });
    }
    actor.needs(Role::Bidder)?;
    actor.may(Power::Submit)?;
    let member = actor.member().ok_or(Error::NotYours(Reason::RoleNeeded))?;
    match member.verification {
        Verification::Verified => Ok(MayNominate { by: actor.user, own: Some(member.organization), own_only: true }),
        Verification::Pending | Verification::Refused => Err(Error::NotYours(Reason::OrganizationNotVerified)),
    }
}

/// Leave to take a technology into the library.
#[derive(Debug)]
pub struct MayAdmit {
    technology: TechnologyId,
    by: UserId,
    to: TechnologyStatus,
}

impl MayAdmit {
    /// Which technology.
    pub fn technology(&self) -> TechnologyId {
        self.technology
    }

    /// Who takes it in.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state that it leads to.
    pub fn to(&self) -> TechnologyStatus {
        self.to
    }
}

/// `admitTechnology`: an organizer who did not put it forward.
pub fn may_admit(viewer: &Viewer, facts: &TechnologyFacts) -> Result<MayAdmit> {
    let actor = viewer.person()?;
    may_see(viewer, facts)?;
    actor.needs(Role::Organizer)?;
    if actor.user == facts.nominator {
        return Err(Error::NotYours(Reason::TookPartBefore));
    }
    let to = (facts.next)(facts.status, TechnologyCommand::Admit).ok_or(Error::NotNow(Reason::NotInThisState))?;
    Ok(MayAdmit { technology: facts.id, by: actor.user, to })
}
