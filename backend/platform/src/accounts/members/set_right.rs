//! `setMemberRight`: an owner changes how far somebody acts for the organization.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::confirm_password;
use super::{happening, store};
use crate::App;
use crate::access::{Viewer, members as policy};
use crate::base::id::UserId;
use crate::base::words::MemberRight;
use crate::base::{Error, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, By, EventKind};

/// What `setMemberRight` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SetMemberRight {
    pub user_id: String,
    pub right: MemberRight,
    /// The present password of who asks.
    #[serde(skip)]
    pub password: String,
    pub idempotency_key: Option<String>,
}

impl Content for SetMemberRight {
    const MUTATION: &'static str = "setMemberRight";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RightSet {
    pub user: UserId,
}

/// Sets a right. The same as before is done, and no event.
pub async fn set_member_right(app: &App, viewer: &Viewer, new: SetMemberRight) -> Result<RightSet> {
    let actor = viewer.person()?;
    let user: UserId = faults::id("userId", &new.user_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    // Nobody makes the server hash without an organization to look after.
    policy::looks_after(viewer)?;
    confirm_password(app, actor, "password", &new.password).await?;
    let right = new.right;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::facts(&txn, user).await?.ok_or(Error::Hidden)?;
            let viewer = &store::still(&txn, viewer).await?;
            let proof = policy::may_set_right(viewer, &facts, right)?;
            if right != facts.right {
                store::set_right(&txn, &proof, app.clock.machine_now()).await?;
                let public = json!({ "user": user, "from": facts.right, "to": right, "person": actor.user });
                let (by, at) = (By::Person(actor.user), app.clock.now());
                events::append(&txn, happening(EventKind::MemberRightSet, facts.organization, by, at, public)).await?;
            }
            Ok(RightSet { user })
        })
        .await
}
