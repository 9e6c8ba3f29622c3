//! The log: everybody reads what concerns them; who watches over the process also walks the chains.

use super::actor::Viewer;
use super::challenges::{Reach, oversees};
use crate::base::id::{Kind, OrganizationId, UserId};
use crate::base::words::Role;
use crate::base::{Error, Reason, Result};
use crate::words;

words! {
    /// What kind of people an event is for.
    pub enum Circle {
        Everybody = "EVERYBODY",
        Staff = "STAFF",
        Department = "DEPARTMENT",
        Desk = "DESK",
        Bidder = "BIDDER",
        Supervision = "SUPERVISION",
        Person = "PERSON",
    }
}

/// Who may walk a stream. A stream has one subject and one audience, so that no walk has holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Everybody,
    /// Organizers, supervisors and the audit administrator; in a challenge of this department not the organizers who belong to it.
    Staff(Option<OrganizationId>),
    /// A department, and the staff.
    Department(OrganizationId),
    /// A department alone: what it has not handed in.
    Desk(OrganizationId),
    /// A bidder alone: that there is a bid is sealed.
    Bidder(OrganizationId),
    /// Supervisors.
    Supervision,
    /// One person, the security and the audit administrator.
    Person(UserId),
}

impl Audience {
    /// What kind of people it is.
    pub fn circle(self) -> Circle {
        match self {
            Self::Everybody => Circle::Everybody,
            Self::Staff(_) => Circle::Staff,
            Self::Department(_) => Circle::Department,
            Self::Desk(_) => Circle::Desk,
            Self::Bidder(_) => Circle::Bidder,
            Self::Supervision => Circle::Supervision,
            Self::Person(_) => Circle::Person,
        }
    }

    /// Which of them: an organization or a person.
    pub fn id(self) -> Option<uuid::Uuid> {
        match self {
            Self::Everybody | Self::Supervision => None,
            Self::Staff(department) => department.map(|id| id.uuid()),
            Self::Department(id) | Self::Desk(id) | Self::Bidder(id) => Some(id.uuid()),
            Self::Person(id) => Some(id.uuid()),
        }
    }
}

/// Which streams of one circle a viewer walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// None.
    Nothing,
    /// Those of one organization or person.
    Of(uuid::Uuid),
    /// All but those of one organization.
    AllBut(uuid::Uuid),
    /// All.
    All,
}

impl Walk {
    fn one(id: Option<uuid::Uuid>) -> Self {
        id.map_or(Self::Nothing, Self::Of)
    }
}

/// Which streams of this circle the viewer walks.
pub fn walks(viewer: &Viewer, circle: Circle) -> Walk {
    let audits = viewer.is(Role::AuditAdmin);
    match circle {
        Circle::Everybody => Walk::All,
        Circle::Staff if audits => Walk::All,
        Circle::Staff => match oversees(viewer) {
            Reach::Nothing => Walk::Nothing,
            Reach::Others(own) => Walk::AllBut(own.uuid()),
            Reach::Everything => Walk::All,
        },
        Circle::Department if audits || oversees(viewer) != Reach::Nothing => Walk::All,
        Circle::Department => Walk::one(viewer.acts_for(Role::Demander).map(|id| id.uuid())),
        Circle::Desk => Walk::one(viewer.acts_for(Role::Demander).map(|id| id.uuid())),
        Circle::Bidder => Walk::one(viewer.acts_for(Role::Bidder).map(|id| id.uuid())),
        Circle::Supervision if viewer.is(Role::Supervisor) => Walk::All,
        Circle::Supervision => Walk::Nothing,
        Circle::Person if audits || viewer.is(Role::SecurityAdmin) => Walk::All,
        // What one does with passwords, sessions and tokens is for no program to read.
        Circle::Person => {
            Walk::one(viewer.actor().filter(|actor| actor.token().is_none()).map(|actor| actor.user.uuid()))
        }
    }
}

/// Whether the viewer walks the streams of this audience: [`walks`].
pub fn may_walk(viewer: &Viewer, audience: Audience) -> bool {
    match walks(viewer, audience.circle()) {
        Walk::Nothing => false,
        Walk::Of(own) => audience.id() == Some(own),
        Walk::AllBut(own) => audience.id() != Some(own),
        Walk::All => true,
    }
}

/// Who acted is shown to those who look after the process or after people, and to the person.
pub fn sees_actor(viewer: &Viewer, actor: UserId) -> bool {
    let looks_after =
        oversees(viewer) != Reach::Nothing || viewer.is(Role::AuditAdmin) || viewer.is(Role::SecurityAdmin);
    looks_after || viewer.user() == Some(actor)
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
