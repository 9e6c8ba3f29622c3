//! `inviteMember`: an owner invites somebody to act for the organization. Whoever has the code accepts; it is shown once.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::{confirm_password, token};
use super::{happening, store};
use crate::App;
use crate::access::{Viewer, members as policy};
use crate::base::faults::Length;
use crate::base::id::MemberInvitationId;
use crate::base::words::MemberRight;
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, By, EventKind};

/// What `inviteMember` is given.
#[derive(Clone, Debug, Serialize)]
pub struct InviteMember {
    pub right: MemberRight,
    /// For whom it is meant.
    pub note: String,
    /// The present password of who invites.
    #[serde(skip)]
    pub password: String,
    pub idempotency_key: Option<String>,
}

impl Content for InviteMember {
    const MUTATION: &'static str = "inviteMember";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invited {
    pub invitation: MemberInvitationId,
    /// Kept nowhere: none on a repeat.
    #[serde(skip)]
    pub code: Option<String>,
}

/// Invites.
pub async fn invite_member(app: &App, viewer: &Viewer, new: InviteMember) -> Result<Invited> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    // Nobody makes the server hash without leave; the check that decides stands in the transaction.
    let organization = policy::may_invite(viewer, 0)?.organization();
    let mut faults = Faults::new();
    let note = &faults.text("note", &new.note, Length::NAME);
    faults.done()?;
    confirm_password(app, actor, "password", &new.password).await?;
    let (code, hash) = &token::refresh()?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let now = app.clock.machine_now();
            let waiting = store::count_waiting(&txn, organization, now).await?;
            let viewer = &store::still(&txn, viewer).await?;
            let proof = policy::may_invite(viewer, waiting)?;
            let invitation = store::invite(&txn, &proof, new.right, note, hash, now).await?;
            let public = json!({ "invitation": invitation, "right": new.right, "note": note, "person": proof.by() });
            let by = By::Person(proof.by());
            events::append(&txn, happening(EventKind::MemberInvited, organization, by, app.clock.now(), public))
                .await?;
            Ok(Invited { invitation, code: Some(code.clone()) })
        })
        .await
}
