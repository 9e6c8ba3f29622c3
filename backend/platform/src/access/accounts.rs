//! Who may do what with an account.

use super::{Actor, Member, Viewer};
use crate::base::error::FaultCode;
use crate::base::id::{SessionId, UserId};
use crate::base::words::{JudgeKind, MemberRight, OrganizationKind, Role};
use crate::base::{Error, Faults, Reason, Result};

/// Where an account stands. Made by the accounts' store.
#[derive(Clone, Debug)]
pub struct AccountFacts {
    pub(crate) user: UserId,
    pub(crate) suspended: bool,
    /// Has a second factor.
    pub(crate) enrolled: bool,
}

/// Whose a session is. Made by the accounts' store.
#[derive(Clone, Debug)]
pub struct SessionFacts {
    pub(crate) session: SessionId,
    pub(crate) user: UserId,
    pub(crate) live: bool,
}

/// Leave to make an account with exactly these roles.
#[derive(Debug)]
pub struct MayCreate {
    roles: Vec<Role>,
    judge_kind: Option<JudgeKind>,
    member: Option<Member>,
    right: Option<MemberRight>,
}

/// Leave to make accounts.
#[derive(Debug)]
pub struct MayGrant(());

/// Leave to suspend an account.
#[derive(Debug)]
pub struct MaySuspend(UserId);

/// Leave to reinstate an account.
#[derive(Debug)]
pub struct MayReinstate(UserId);

/// Leave to take a person's second factor off.
#[derive(Debug)]
pub struct MayResetTotp(UserId);

/// Leave to end a session.
#[derive(Debug)]
pub struct MayEndSession(SessionId);

/// Leave to say what one's own shares of opening keys are encrypted to.
#[derive(Debug)]
pub struct MayRegisterOpeningKey(UserId);

impl MayRegisterOpeningKey {
    /// Whose key it is.
    pub fn user(&self) -> UserId {
        self.0
    }
}

/// `registerOpeningKey`: an organizer, for itself.
pub fn may_register_opening_key(viewer: &Viewer) -> Result<MayRegisterOpeningKey> {
    let actor = viewer.person()?;
    actor.needs(Role::Organizer)?;
    Ok(MayRegisterOpeningKey(actor.user))
}

/// A rehearsal's organizer begins with a key under its own password.
pub(crate) fn rehearsal_may_register_opening_key(user: UserId, rehearsal: bool) -> Option<MayRegisterOpeningKey> {
    rehearsal.then_some(MayRegisterOpeningKey(user))
}

/// The system administrator makes accounts.
pub fn may_grant(actor: &Actor) -> Result<MayGrant> {
    actor.needs(Role::SystemAdmin)?;
    Ok(MayGrant(()))
}

/// The operator makes accounts from the command line: the first one has to come from somewhere.
pub fn operator_may_grant() -> MayGrant {
    MayGrant(())
}

/// Whoever registers an enterprise owns it, whoever is invited acts for it as far as the invitation says; and is nothing else.
pub fn may_register(member: Member, right: MemberRight) -> MayCreate {
    MayCreate { roles: vec![Role::Bidder], judge_kind: None, member: Some(member), right: Some(right) }
}

impl MayGrant {
    /// Which roles go together, and with what. Faults are noted; without any there is leave.
    pub fn roles(
        self,
        faults: &mut Faults,
        roles: &[Role],
        judge_kind: Option<JudgeKind>,
        member: Option<Member>,
    ) -> MayCreate {
        let mut roles = roles.to_vec();
        roles.sort();
        roles.dedup();
        let has = |role| roles.contains(&role);
        faults.check(!roles.is_empty(), "roles", FaultCode::Required);
        // Duties are kept apart: only a department's own officer may also organize.
        faults.check(roles.len() <= 1 || roles == [Role::Demander, Role::Organizer], "roles", FaultCode::RolesConflict);
        // Who runs or watches over competitions belongs to a department or to nobody: to none of those that compete, fund or test.
        let apart = roles.iter().any(|role| STAFF.contains(role)) && !has(Role::Demander);
        let elsewhere = member.is_some_and(|member| member.kind != OrganizationKind::Department);
        faults.check(!(apart && elsewhere), "organizationId", FaultCode::OrganizationKindWrong);
        if has(Role::Demander) || has(Role::Bidder) {
            let wanted = |kind| (kind == OrganizationKind::Department) == has(Role::Demander);
            match member {
                None => faults.add("organizationId", FaultCode::OrganizationNeeded),
                Some(member) => {
                    faults.check(wanted(member.kind), "organizationId", FaultCode::OrganizationKindWrong);
                }
            }
        }
        match judge_kind {
            None => faults.check(!has(Role::Judge), "judgeKind", FaultCode::JudgeKindNeeded),
            Some(_) => faults.check(has(Role::Judge), "judgeKind", FaultCode::JudgeKindUnwanted),
        }
        let right = has(Role::Bidder).then_some(MemberRight::Owner);
        MayCreate { roles, judge_kind, member, right }
    }
}

impl MayCreate {
    /// The roles, without repetition.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// What the judge judges by.
    pub fn judge_kind(&self) -> Option<JudgeKind> {
        self.judge_kind
    }

    /// How far the person acts for an organization that bids.
    pub fn right(&self) -> Option<MemberRight> {
        self.right
    }

    /// For whom the person acts.
    pub fn member(&self) -> Option<&Member> {
        self.member.as_ref()
    }
}

/// Who runs or watches over the platform; they see every person.
const STAFF: [Role; 5] = [Role::Organizer, Role::Supervisor, Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];

/// A person sees itself, the staff sees everybody.
pub fn may_see(viewer: &Viewer, user: UserId) -> bool {
    viewer.actor().is_some_and(|actor| sees(actor, user))
}

fn sees(actor: &Actor, user: UserId) -> bool {
    actor.user == user || STAFF.into_iter().any(|role| actor.has(role))
}

/// User names are for the person, organizers and the administrators.
pub fn sees_username(viewer: &Viewer, user: UserId) -> bool {
    const NAMES: [Role; 4] = [Role::Organizer, Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
    viewer.signed_in().is_ok_and(|actor| actor.user == user) || NAMES.into_iter().any(|role| viewer.is(role))
}

/// The security administrator suspends, but nobody suspends oneself.
pub fn may_suspend(actor: &Actor, account: &AccountFacts) -> Result<MaySuspend> {
    oversees(actor, account)?;
    if account.suspended { Err(Error::NotNow(Reason::NotInThisState)) } else { Ok(MaySuspend(account.user)) }
}

/// The security administrator reinstates.
pub fn may_reinstate(actor: &Actor, account: &AccountFacts) -> Result<MayReinstate> {
    oversees(actor, account)?;
    if account.suspended { Ok(MayReinstate(account.user)) } else { Err(Error::NotNow(Reason::NotInThisState)) }
}

/// The security administrator takes off the second factor of who has lost it.
pub fn may_reset_totp(actor: &Actor, account: &AccountFacts) -> Result<MayResetTotp> {
    oversees(actor, account)?;
    operator_may_reset_totp(account)
}

/// The operator does so from the command line: the last security administrator may lose a device too.
pub fn operator_may_reset_totp(account: &AccountFacts) -> Result<MayResetTotp> {
    if account.enrolled { Ok(MayResetTotp(account.user)) } else { Err(Error::NotNow(Reason::NotInThisState)) }
}

/// Whether these roles may do nothing without a second factor (等保 2.0, level 3): all but bidders', outside a rehearsal.
pub fn needs_totp(roles: &[Role], rehearsal: bool) -> bool {
    !rehearsal && roles.iter().any(|role| *role != Role::Bidder)
}

fn oversees(actor: &Actor, account: &AccountFacts) -> Result<()> {
    if !sees(actor, account.user) {
        return Err(Error::Hidden);
    }
    actor.needs(Role::SecurityAdmin)?;
    if actor.user == account.user { Err(Error::NotYours(Reason::OwnAccount)) } else { Ok(()) }
}

/// Everybody ends own sessions; of others' nobody is told that they exist.
pub fn may_end_session(actor: &Actor, session: &SessionFacts) -> Result<MayEndSession> {
    if session.user == actor.user && session.live { Ok(MayEndSession(session.session)) } else { Err(Error::Hidden) }
}

impl MaySuspend {
    /// Whom.
    pub fn user(&self) -> UserId {
        self.0
    }
}

impl MayReinstate {
    /// Whom.
    pub fn user(&self) -> UserId {
        self.0
    }
}

impl MayResetTotp {
    /// Whose.
    pub fn user(&self) -> UserId {
        self.0
    }
}

impl MayEndSession {
    /// Which.
    pub fn session(&self) -> SessionId {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::{Kind, OrganizationId};
    use crate::base::words::Verification;

    fn faults(roles: &[Role], kind: Option<JudgeKind>, organization: Option<OrganizationKind>) -> Vec<FaultCode> {
        let member = organization.map(|kind| Member {
            organization: OrganizationId::new(),
            kind,
            verification: Verification::Verified,
        });
        let mut faults = Faults::new();
        operator_may_grant().roles(&mut faults, roles, kind, member);
        match faults.done() {
            Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.code).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn only_a_departments_officer_may_also_organize() {
        let (department, enterprise) = (Some(OrganizationKind::Department), Some(OrganizationKind::Enterprise));
        for one in Role::ALL {
            for other in Role::ALL.iter().filter(|other| *other > one) {
                let both = faults(&[*other, *one], None, department);
                let fits = (*one, *other) == (Role::Demander, Role::Organizer);
                assert_eq!(!both.contains(&FaultCode::RolesConflict), fits, "{one} {other}");
            }
        }
        assert_eq!(faults(&[Role::Organizer, Role::Demander], None, department), []);
        assert_eq!(faults(&[Role::Demander], None, enterprise), [FaultCode::OrganizationKindWrong]);
        assert_eq!(faults(&[Role::Demander], None, None), [FaultCode::OrganizationNeeded]);
        assert_eq!(faults(&[Role::Bidder], None, department), [FaultCode::OrganizationKindWrong]);
        assert_eq!(faults(&[Role::Bidder], None, enterprise), []);
        assert_eq!(faults(&[Role::Judge], None, None), [FaultCode::JudgeKindNeeded]);
        assert_eq!(faults(&[Role::Judge], Some(JudgeKind::Legal), None), []);
        assert_eq!(faults(&[Role::AuditAdmin], Some(JudgeKind::Legal), None), [FaultCode::JudgeKindUnwanted]);
        assert_eq!(faults(&[], None, None), [FaultCode::Required]);
        let both = [Role::Demander, Role::Organizer];
        assert_eq!(faults(&both, None, enterprise), [FaultCode::OrganizationKindWrong]);
        for role in STAFF {
            assert_eq!(faults(&[role], None, None), [], "{role}");
            assert_eq!(faults(&[role], None, department), [], "{role}");
            assert_eq!(faults(&[role], None, enterprise), [FaultCode::OrganizationKindWrong], "{role}");
        }
    }
}
