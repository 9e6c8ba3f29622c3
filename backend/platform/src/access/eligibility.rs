//! Who may bid is on the record: enterprises state their qualifications, organizers verify them, keep the integrity files and know
//! what ties organizations together.

use super::actor::{Power, Viewer};
use super::challenges::verified_bidder;
use crate::base::id::{IntegrityCaseId, OrganizationId, TieId, UserId};
use crate::base::words::Role;
use crate::base::{Error, Reason, Result};

/// What policy asks of a stated qualification. Made by `eligibility::store` alone.
#[derive(Clone, Copy, Debug)]
pub struct QualificationFacts {
    pub(crate) organization: OrganizationId,
    pub(crate) verified: bool,
    pub(crate) verified_by: Option<UserId>,
    pub(crate) ended: bool,
}

/// What policy asks of an integrity case. Made by `eligibility::store` alone.
#[derive(Clone, Copy, Debug)]
pub struct CaseFacts {
    pub(crate) id: IntegrityCaseId,
    pub(crate) recorded_by: UserId,
    pub(crate) exempted: bool,
}

/// What policy asks of a tie. Made by `eligibility::store` alone.
#[derive(Clone, Copy, Debug)]
pub struct TieFacts {
    pub(crate) id: TieId,
    pub(crate) recorded_by: UserId,
    pub(crate) ended: bool,
}

/// Leave to look up what may not be there, for whoever keeps these files.
#[derive(Debug)]
pub struct MayLookUp(UserId);

macro_rules! proofs {
    ($($(#[$meta:meta])* $name:ident($about:ident: $kind:ty)),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name { $about: $kind, by: UserId }
        impl $name {
            /// What it is about.
            pub fn $about(&self) -> $kind { self.$about }
            /// Who acts.
            pub fn by(&self) -> UserId { self.by }
        }
    )+};
}

proofs! {
    /// Leave to state a qualification of the own organization.
    MayQualify(organization: OrganizationId),
    /// Leave to take a stated qualification for true.
    MayVerify(organization: OrganizationId),
    /// Leave to find that an organization was diligent.
    MayExempt(case: IntegrityCaseId),
    /// Leave to record that a tie is over.
    MayEndTie(tie: TieId),
}

/// Leave to find that a qualification counts no more.
#[derive(Debug)]
pub struct MayEndQualification {
    organization: OrganizationId,
    verified: bool,
}

impl MayEndQualification {
    /// Whose it is.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Whether it had been taken for true.
    pub fn verified(&self) -> bool {
        self.verified
    }
}

/// Leave to record an integrity case.
#[derive(Debug)]
pub struct MayRecordCase(UserId);

/// Leave to record a tie.
#[derive(Debug)]
pub struct MayRecordTie(UserId);

impl MayRecordCase {
    /// Who records it.
    pub fn by(&self) -> UserId {
        self.0
    }
}

impl MayRecordTie {
    /// Who records it.
    pub fn by(&self) -> UserId {
        self.0
    }
}

/// `recordQualification`: a bidder of a verified enterprise, university or institute.
pub fn may_qualify(viewer: &Viewer) -> Result<MayQualify> {
    let actor = viewer.person()?;
    Ok(MayQualify { organization: verified_bidder(actor, Power::Draft)?, by: actor.user })
}

/// An organizer who belongs to no department: what is on these files decides who may bid for every challenge, the own department's
/// among them.
pub fn may_look_up(viewer: &Viewer) -> Result<MayLookUp> {
    let actor = viewer.person()?;
    actor.needs(Role::Organizer)?;
    match actor.member() {
        Some(_) => Err(Error::NotYours(Reason::KeepsNoFiles)),
        None => Ok(MayLookUp(actor.user)),
    }
}

/// Whether the viewer keeps the files: [`may_look_up`].
pub fn keeps_files(viewer: &Viewer) -> bool {
    may_look_up(viewer).is_ok()
}

/// As [`may_look_up`], or a supervisor: for integrity cases.
pub fn may_oversee(viewer: &Viewer) -> Result<MayLookUp> {
    let actor = viewer.person()?;
    if viewer.is(Role::Supervisor) { Ok(MayLookUp(actor.user)) } else { may_look_up(viewer) }
}

/// `endQualification`: not by who took it for true, once.
pub fn may_end_qualification(leave: MayLookUp, facts: Option<&QualificationFacts>) -> Result<MayEndQualification> {
    let facts = facts.ok_or(Error::Hidden)?;
    if facts.verified_by == Some(leave.0) {
        return Err(Error::NotYours(Reason::TookPartBefore));
    }
    if facts.ended {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    Ok(MayEndQualification { organization: facts.organization, verified: facts.verified })
}

/// `verifyQualification`: an organizer, once.
pub fn may_verify(leave: MayLookUp, facts: Option<&QualificationFacts>) -> Result<MayVerify> {
    let facts = facts.ok_or(Error::Hidden)?;
    if facts.verified || facts.ended {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    Ok(MayVerify { organization: facts.organization, by: leave.0 })
}

/// `recordIntegrityCase`: an organizer.
pub fn may_record_case(leave: MayLookUp, known: bool) -> Result<MayRecordCase> {
    if known { Ok(MayRecordCase(leave.0)) } else { Err(Error::Hidden) }
}

/// `recordTie`: an organizer.
pub fn may_record_tie(leave: MayLookUp, known: bool) -> Result<MayRecordTie> {
    if known { Ok(MayRecordTie(leave.0)) } else { Err(Error::Hidden) }
}

/// `grantExemption`: not by who recorded the case, once.
pub fn may_exempt(leave: MayLookUp, facts: Option<&CaseFacts>) -> Result<MayExempt> {
    let facts = facts.ok_or(Error::Hidden)?;
    if facts.recorded_by == leave.0 {
        return Err(Error::NotYours(Reason::TookPartBefore));
    }
    if facts.exempted {
        return Err(Error::NotNow(Reason::AlreadyDecided));
    }
    Ok(MayExempt { case: facts.id, by: leave.0 })
}

/// `endTie`: not by who recorded it, once.
pub fn may_end_tie(leave: MayLookUp, facts: Option<&TieFacts>) -> Result<MayEndTie> {
    let facts = facts.ok_or(Error::Hidden)?;
    if facts.recorded_by == leave.0 {
        return Err(Error::NotYours(Reason::TookPartBefore));
    }
    if facts.ended {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    Ok(MayEndTie { tie: facts.id, by: leave.0 })
}

/// Whether the viewer reads what is kept about this organization besides what everybody does: its own people, organizers, supervisors.
pub fn sees_file(viewer: &Viewer, organization: OrganizationId) -> bool {
    let own = viewer.actor().and_then(super::Actor::member).map(|member| member.organization);
    sees_ties(viewer) || own == Some(organization)
}

/// Whether the viewer reads what ties organizations together: organizers and supervisors.
pub fn sees_ties(viewer: &Viewer) -> bool {
    viewer.is(Role::Organizer) || viewer.is(Role::Supervisor)
}
