//! Who is asking.

use crate::base::id::{ApiTokenId, OrganizationId, SessionId, UserId};
use crate::base::words::{JudgeKind, MemberRight, OrganizationKind, Role, TokenScope, Verification};
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
    right: Option<MemberRight>,
    token: Option<(ApiTokenId, TokenScope)>,
    enrolling: bool,
}

/// How far somebody acts for the organization that it bids for: what its right gives, and no more than the token that it comes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// Sees what is the organization's own.
    Read,
    /// Drafts, asks and files.
    Draft,
    /// Binds the organization: hands in, takes back, agrees, objects.
    Submit,
    /// Looks after its people and their tokens.
    Manage,
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

    /// The person itself, with or without the second factor, and no program on its behalf: for passwords, sessions and the second factor.
    pub fn in_person(&self) -> Result<&Actor> {
        match self.signed_in()? {
            actor if actor.token.is_some() => Err(Error::NotYours(Reason::NotByToken)),
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
        Self { user, session, roles, member, judge_kind, right: None, token: None, enrolling: false }
    }

    /// This person, who acts so far for its organization; without a right it acts for none.
    pub fn with_right(self, right: Option<MemberRight>) -> Self {
        Self { right, ..self }
    }

    /// This person, on whose behalf a program asks: as a bidder and in no other role.
    pub fn by_token(mut self, token: ApiTokenId, scope: TokenScope) -> Self {
        self.roles.retain(|role| *role == Role::Bidder);
        Self { token: Some((token, scope)), ..self }
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

    /// How far this person acts for its organization.
    pub fn right(&self) -> Option<MemberRight> {
        self.right
    }

    /// The token by which a program asks on this person's behalf.
    pub fn token(&self) -> Option<ApiTokenId> {
        self.token.map(|(token, _)| token)
    }

    /// Refuses who does not act so far for the organization that it bids for.
    pub fn may(&self, power: Power) -> Result<()> {
        let by_right = self.right.map(|right| match right {
            MemberRight::Reader => Power::Read,
            MemberRight::Editor => Power::Draft,
            MemberRight::Owner => Power::Manage,
        });
        let by_token = self.token.map(|(_, scope)| match scope {
            TokenScope::Read => Power::Read,
            TokenScope::Draft => Power::Draft,
            TokenScope::Submit => Power::Submit,
        });
        if by_right.is_none_or(|by_right| by_right < power) {
            Err(Error::NotYours(Reason::RightNeeded))
        } else if by_token.is_some_and(|by_token| by_token < power) {
            Err(Error::NotYours(Reason::NotByToken))
        } else {
            Ok(())
        }
    }

    /// What this judge judges by.
    pub fn judge_kind(&self) -> Option<JudgeKind> {
        self.judge_kind
    }

    /// The organization that this person acts for in this role.
    pub fn acts_for(&self, role: Role) -> Option<OrganizationId> {
        let acts = self.has(role) && (role != Role::Bidder || self.right.is_some());
        self.member.filter(|_| acts).map(|member| member.organization)
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
    fn a_token_acts_no_further_than_its_holder() {
        use Power::{Draft, Manage, Read, Submit};
        let actor = |right| Actor::new(UserId::new(), None, vec![Role::Bidder], None, None).with_right(right);
        let reach =
            |actor: &Actor| [Read, Draft, Submit, Manage].into_iter().filter(|power| actor.may(*power).is_ok()).count();
        for (right, far) in
            [(None, 0), (Some(MemberRight::Reader), 1), (Some(MemberRight::Editor), 2), (Some(MemberRight::Owner), 4)]
        {
            let person = actor(right);
            assert_eq!(reach(&person), far, "{right:?}");
            for (scope, most) in [(TokenScope::Read, 1), (TokenScope::Draft, 2), (TokenScope::Submit, 3)] {
                let program = person.clone().by_token(ApiTokenId::new(), scope);
                assert_eq!(reach(&program), far.min(most), "{right:?} {scope}");
                assert!(Viewer::Person(program).in_person().is_err());
            }
            assert!(Viewer::Person(person).in_person().is_ok());
        }
    }

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
