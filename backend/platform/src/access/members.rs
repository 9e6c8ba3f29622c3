//! The people of an organization that bids: owners look after them. Who is of it, and how far each acts, is told to its own people,
//! to organizers and supervisors, and to those who look after people.

use super::actor::{Actor, Power, Viewer};
use super::challenges::oversees;
use crate::access::challenges::Reach;
use crate::base::id::{ApiTokenId, MemberInvitationId, OrganizationId, UserId};
use crate::base::words::{MemberRight, Role, TokenScope};
use crate::base::{Error, Instant, Reason, Result};

/// How many invitations of an organization may wait at once.
pub const MOST_INVITATIONS: u64 = 20;
/// How many API tokens a person may have at once.
pub const MOST_TOKENS: u64 = 20;

/// Where somebody of an organization stands. Made by the accounts' store.
#[derive(Clone, Debug)]
pub struct MemberFacts {
    pub(crate) user: UserId,
    pub(crate) organization: OrganizationId,
    pub(crate) right: MemberRight,
    /// How many others own the organization who can sign in.
    pub(crate) other_owners: u64,
}

/// Where an invitation stands. Made by the accounts' store.
#[derive(Clone, Debug)]
pub struct InvitationFacts {
    pub(crate) id: MemberInvitationId,
    pub(crate) organization: OrganizationId,
    pub(crate) right: MemberRight,
    pub(crate) expires_at: Instant,
    /// Neither accepted nor revoked, and whoever invited still owns the organization and can sign in.
    pub(crate) waits: bool,
}

/// Where an API token stands. Made by the accounts' store.
#[derive(Clone, Debug)]
pub struct TokenFacts {
    pub(crate) id: ApiTokenId,
    pub(crate) holder: UserId,
    /// For whom its holder acts.
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) revoked: bool,
}

/// Leave to invite somebody.
#[derive(Debug)]
pub struct MayInvite {
    organization: OrganizationId,
    by: UserId,
}

impl MayInvite {
    /// To act for whom.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Who invites.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// Leave to revoke an invitation.
#[derive(Debug)]
pub struct MayRevokeInvitation(MemberInvitationId);

/// Leave to act for an organization from now on.
#[derive(Debug)]
pub struct MayJoin {
    invitation: MemberInvitationId,
    organization: OrganizationId,
    right: MemberRight,
}

impl MayJoin {
    /// By which invitation.
    pub fn invitation(&self) -> MemberInvitationId {
        self.invitation
    }

    /// Which organization.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// How far.
    pub fn right(&self) -> MemberRight {
        self.right
    }
}

/// Leave to change how far somebody acts.
#[derive(Debug)]
pub struct MaySetRight {
    user: UserId,
    right: MemberRight,
}

impl MaySetRight {
    /// Whose right.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// What it will be.
    pub fn right(&self) -> MemberRight {
        self.right
    }
}

/// Leave to let somebody act for the organization no more.
#[derive(Debug)]
pub struct MayRemove(UserId);

/// Leave to make an API token.
#[derive(Debug)]
pub struct MayMakeToken(UserId);

/// Leave to revoke an API token.
#[derive(Debug)]
pub struct MayRevokeToken(ApiTokenId);

macro_rules! proof_of {
    ($($name:ident: $verb:ident -> $what:ty),+ $(,)?) => {$(
        impl $name {
            /// Whom or what it is about.
            pub fn $verb(&self) -> $what {
                self.0
            }
        }
    )+};
}

proof_of! {
    MayRevokeInvitation: invitation -> MemberInvitationId,
    MayRemove: user -> UserId,
    MayMakeToken: user -> UserId,
    MayRevokeToken: token -> ApiTokenId,
}

/// An owner of an organization that bids, in person; which.
fn owner(viewer: &Viewer) -> Result<(&Actor, OrganizationId)> {
    let actor = viewer.person()?;
    let own = bids_for(actor)?;
    actor.may(Power::Manage)?;
    Ok((actor, own))
}

fn bids_for(actor: &Actor) -> Result<OrganizationId> {
    actor.acts_for(Role::Bidder).ok_or(Error::NotYours(Reason::RoleNeeded))
}

/// Whoever acts for an organization that bids, in person: which of its people is asked about is looked at later.
pub fn looks_after(viewer: &Viewer) -> Result<()> {
    bids_for(viewer.person()?)?;
    viewer.in_person().map(|_| ())
}

/// `inviteMember`: an owner; `waiting` invitations of the organization wait already.
pub fn may_invite(viewer: &Viewer, waiting: u64) -> Result<MayInvite> {
    let (actor, organization) = owner(viewer)?;
    if waiting >= MOST_INVITATIONS {
        return Err(Error::NotNow(Reason::TooManyInvitations));
    }
    Ok(MayInvite { organization, by: actor.user })
}

/// `revokeInvitation`: an owner; of another organization's it is not told that there are any.
pub fn may_revoke_invitation(viewer: &Viewer, facts: &InvitationFacts) -> Result<MayRevokeInvitation> {
    let actor = viewer.person()?;
    if actor.acts_for(Role::Bidder) != Some(facts.organization) {
        return Err(Error::Hidden);
    }
    actor.may(Power::Manage)?;
    if facts.waits { Ok(MayRevokeInvitation(facts.id)) } else { Err(Error::NotNow(Reason::InvitationOver)) }
}

/// `acceptInvitation`: whoever has its code, once, until it runs out, and as long as the inviter could invite.
pub fn may_join(facts: &InvitationFacts, now: Instant) -> Result<MayJoin> {
    if !facts.waits || now >= facts.expires_at {
        return Err(Error::NotNow(Reason::InvitationOver));
    }
    Ok(MayJoin { invitation: facts.id, organization: facts.organization, right: facts.right })
}

/// `setMemberRight`: an owner, also for itself; somebody has to stay an owner.
pub fn may_set_right(viewer: &Viewer, facts: &MemberFacts, right: MemberRight) -> Result<MaySetRight> {
    of_own(viewer, facts)?.may(Power::Manage)?;
    if right != MemberRight::Owner {
        keeps_an_owner(facts)?;
    }
    Ok(MaySetRight { user: facts.user, right })
}

/// `removeMember`: an owner, and everybody for oneself; somebody has to stay an owner.
pub fn may_remove(viewer: &Viewer, facts: &MemberFacts) -> Result<MayRemove> {
    let actor = of_own(viewer, facts)?;
    if actor.user == facts.user {
        viewer.in_person()?;
    } else {
        actor.may(Power::Manage)?;
    }
    keeps_an_owner(facts)?;
    Ok(MayRemove(facts.user))
}

fn of_own<'a>(viewer: &'a Viewer, facts: &MemberFacts) -> Result<&'a Actor> {
    let actor = viewer.person()?;
    if actor.acts_for(Role::Bidder) == Some(facts.organization) { Ok(actor) } else { Err(Error::Hidden) }
}

fn keeps_an_owner(facts: &MemberFacts) -> Result<()> {
    if facts.right == MemberRight::Owner && facts.other_owners == 0 {
        return Err(Error::NotNow(Reason::LastOwner));
    }
    Ok(())
}

/// `createApiToken`: somebody who acts for an organization that bids, in person, and no further than it may itself; it has so many.
pub fn may_make_token(viewer: &Viewer, scope: TokenScope, there: u64) -> Result<MayMakeToken> {
    let actor = viewer.person()?;
    bids_for(actor)?;
    viewer.in_person()?;
    actor.may(match scope {
        TokenScope::Read => Power::Read,
        TokenScope::Draft => Power::Draft,
        TokenScope::Submit => Power::Submit,
    })?;
    if there >= MOST_TOKENS {
        return Err(Error::NotNow(Reason::TooManyTokens));
    }
    Ok(MayMakeToken(actor.user))
}

/// `revokeApiToken`: its holder, and an owner of the organization that its holder acts for.
pub fn may_revoke_token(viewer: &Viewer, facts: &TokenFacts) -> Result<MayRevokeToken> {
    let actor = viewer.person()?;
    let (own, organization) = (facts.holder == actor.user, actor.acts_for(Role::Bidder));
    if !own && (organization.is_none() || organization != facts.organization) {
        return Err(Error::Hidden);
    }
    if own {
        viewer.in_person()?;
    } else {
        actor.may(Power::Manage)?;
    }
    if facts.revoked { Err(Error::NotNow(Reason::NotInThisState)) } else { Ok(MayRevokeToken(facts.id)) }
}

/// Whether the viewer is told who acts for this organization: its own people, organizers, supervisors, and those who look after people.
pub fn sees_members(viewer: &Viewer, organization: OrganizationId) -> bool {
    const AFTER_PEOPLE: [Role; 3] = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
    viewer.acts_for(Role::Bidder) == Some(organization)
        || oversees(viewer) != Reach::Nothing
        || AFTER_PEOPLE.into_iter().any(|role| viewer.is(role))
}

/// Whose invitations the viewer sees: an owner those of the own organization.
pub fn sees_invitations(viewer: &Viewer) -> Option<OrganizationId> {
    owner(viewer).ok().map(|(_, own)| own)
}

/// Whose API tokens the viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeesTokens {
    /// Nobody's.
    Nobody,
    /// The own.
    Own(UserId),
    /// Those of everybody who acts for this organization.
    Of(OrganizationId),
}

/// The own; an owner all of the organization's. A program sees none.
pub fn sees_tokens(viewer: &Viewer) -> SeesTokens {
    match (viewer.in_person(), sees_invitations(viewer)) {
        (Err(_), _) => SeesTokens::Nobody,
        (Ok(_), Some(organization)) => SeesTokens::Of(organization),
        (Ok(actor), None) => SeesTokens::Own(actor.user),
    }
}
