//! The people who act for an organization that bids: invited by link, with a right each, let go again. An account belongs to one
//! organization for good, so that nobody carries what one bids to another; whoever comes back comes with another account.

mod accept_invitation;
mod invite;
pub mod read;
mod remove;
mod revoke_invitation;
mod set_right;
mod store;

pub use accept_invitation::{AcceptInvitation, Joined, accept_invitation};
pub use invite::{InviteMember, Invited, invite_member};
pub use remove::{MemberRemoved, RemoveMember, remove_member};
pub use revoke_invitation::{InvitationRevoked, RevokeInvitation, revoke_invitation};
pub use set_right::{RightSet, SetMemberRight, set_member_right};

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::base::Instant;
use crate::base::id::{MemberInvitationId, OrganizationId, UserId};
use crate::base::words::MemberRight;
use crate::events::{Audience, By, EventKind, Happening};

pub(super) use store::has_owner;

/// An invitation runs out after this long.
pub const INVITATION_LIFE: TimeDelta = TimeDelta::days(7);

/// What happened among the people of an organization: for themselves to read.
pub(super) fn happening(
    kind: EventKind,
    organization: OrganizationId,
    by: By,
    at: Instant,
    public: Value,
) -> Happening {
    Happening {
        kind,
        subject: organization.to_string(),
        challenge: None,
        audience: Audience::Bidder(organization),
        by,
        at,
        public,
        private: json!({}),
    }
}

/// Somebody acts for an organization from now on: by an invitation, or by whom it was made so.
pub(super) fn joined(
    organization: OrganizationId,
    user: UserId,
    right: MemberRight,
    invitation: Option<MemberInvitationId>,
    by: By,
    at: Instant,
) -> Happening {
    let person = match by {
        By::Person(person) => Some(person),
        _ => None,
    };
    let public = json!({ "user": user, "right": right, "invitation": invitation, "person": person });
    happening(EventKind::MemberJoined, organization, by, at, public)
}
