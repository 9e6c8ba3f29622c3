//! `revokeInvitation`: an owner takes an invitation back before it is accepted.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{happening, store};
use crate::App;
use crate::access::{Viewer, members as policy};
use crate::base::id::MemberInvitationId;
use crate::base::{Error, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, By, EventKind};

/// What `revokeInvitation` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RevokeInvitation {
    pub invitation_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for RevokeInvitation {
    const MUTATION: &'static str = "revokeInvitation";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InvitationRevoked {
    pub invitation: MemberInvitationId,
}

/// Takes an invitation back.
pub async fn revoke_invitation(app: &App, viewer: &Viewer, new: RevokeInvitation) -> Result<InvitationRevoked> {
    let actor = viewer.person()?;
    let invitation: MemberInvitationId = faults::id("invitationId", &new.invitation_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::invitation(&txn, invitation).await?.ok_or(Error::Hidden)?;
            let viewer = &store::still(&txn, viewer).await?;
            let proof = policy::may_revoke_invitation(viewer, &facts)?;
            store::revoke(&txn, &proof, app.clock.machine_now()).await?;
            let (by, at) = (By::Person(actor.user), app.clock.now());
            let public = json!({ "invitation": invitation, "person": actor.user });
            events::append(&txn, happening(EventKind::InvitationRevoked, facts.organization, by, at, public)).await?;
            Ok(InvitationRevoked { invitation })
        })
        .await
}
