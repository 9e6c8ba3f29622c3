//! Who is asking.

use crate::base::id::{OrganizationId, SessionId, UserId};
use crate::base::words::{JudgeKind, OrganizationKind, Role, Verification};
use crate::base::{Error, Reason, Result};

/// Who looks or asks: somebody signed in, or anybody.
#[derive(Clone, Debug)]
pub enum Viewer {
    /// Nobody is signed in.
    Anybody,
    /// A signed-in person.
    Person(Actor),
}

/// A signed-in person who is not suspended, as the database had it when the request began.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The person.
    pub user: UserId,
    /// The session that the request came in on; none for commands.
    pub session: Option<SessionId>,
    roles: Vec<Role>,
    member: Option<Member>,
    judge_kind: Option<JudgeKind>,
    enrolling: bool,
}

/// The organization that a person acts for.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Which.
    pub organization: OrganizationId,
    /// What it is.
    pub kind: OrganizationKind,
    /// Whether an organizer has vouched for it.
    pub verification: Verification,
}

impl Viewer {
    /// The person, or the demand to sign in; a person who still lacks a second factor that it needs is refused.
    pub fn person(&self) -> Result<&Actor> {
        match self.signed_in()? {
            actor if actor.enrolling => Err(Error::NotYours(Reason::EnrolTotpFirst)),
            actor => Ok(actor),
        }
    }

    /// As [`Self::person`], with or without the second factor: for signing out, for enrolling, and for what the person is.
    pub fn signed_in(&self) -> Result<&Actor> {
        match self {
            Self::Anybody => Err(Error::SignIn(Reason::SignInFirst)),
            Self::Person(actor) => Ok(actor),
        }
    }

    /// The person, if somebody is signed in with all that it needs; whoever is still enrolling is nobody yet.
    pub fn actor(&self) -> Option<&Actor> {
        self.person().ok()
    }

    /// Whether somebody with this role is signed in.
    pub fn is(&self, role: Role) -> bool {
        self.actor().is_some_and(|actor| actor.has(role))
    }

    /// The organization that the viewer acts for in this role.
    pub fn acts_for(&self, role: Role) -> Option<OrganizationId> {
        self.actor().and_then(|actor| actor.acts_for(role))
    }

    /// The organization that the viewer belongs to, in whatever role.
    pub fn organization(&self) -> Option<OrganizationId> {
        self.actor().and_then(Actor::member).map(|member| member.organization)
    }

    /// Who is asking, if anybody.
    pub fn user(&self) -> Option<UserId> {
        self.actor().map(|actor| actor.user)
    }
}

impl Actor {
    /// `judge_kind` belongs to judges only. Who belongs to anybody but a department is of no staff, whatever its account says: nobody
    /// stands on two sides.
    pub fn new(
        user: UserId,
        session: Option<SessionId>,
        mut roles: Vec<Role>,
        member: Option<Member>,
        judge_kind: Option<JudgeKind>,
    ) -> Self {
        if member.is_some_and(|member| member.kind != OrganizationKind::Department) {
            roles.retain(|role| match role {
                Role::Bidder | Role::Judge => true,
                Role::Demander | Role::Organizer | Role::Supervisor => false,
                Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin => false,
            });
        }
        Self { user, session, roles, member, judge_kind, enrolling: false }
    }

    /// This person, who may do nothing but enrol a second factor.
    pub fn enrolling(self) -> Self {
        Self { enrolling: true, ..self }
    }

    /// Whether this person has the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// The roles.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The organization.
    pub fn member(&self) -> Option<&Member> {
        self.member.as_ref()
    }

    /// What this judge judges by.
    pub fn judge_kind(&self) -> Option<JudgeKind> {
        self.judge_kind
    }

    /// The organization that this person acts for in this role.
    pub fn acts_for(&self, role: Role) -> Option<OrganizationId> {
        self.member.filter(|_| self.has(role)).map(|member| member.organization)
    }

    /// Refuses who lacks the role.
    pub fn needs(&self, role: Role) -> Result<()> {
        if self.has(role) { Ok(()) } else { Err(Error::NotYours(Reason::RoleNeeded)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Kind;

    #[test]
    fn who_belongs_to_anybody_but_a_department_is_of_no_staff() {
        for kind in OrganizationKind::ALL {
            let member =
                Member { organization: OrganizationId::new(), kind: *kind, verification: Verification::Verified };
            let actor = Actor::new(UserId::new(), None, Role::ALL.to_vec(), Some(member), None);
            let left = actor.roles().to_vec();
            if *kind == OrganizationKind::Department {
                assert_eq!(left, Role::ALL);
            } else {
                assert_eq!(left, [Role::Bidder, Role::Judge], "{kind}");
            }
        }
        let nobody_s = Actor::new(UserId::new(), None, Role::ALL.to_vec(), None, None);
        assert_eq!(nobody_s.roles(), Role::ALL);
    }
}
