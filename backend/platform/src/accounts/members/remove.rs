//! `removeMember`: an owner lets somebody go, or somebody leaves. Its sessions and tokens end at once.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::confirm_password;
use super::{happening, store};
use crate::App;
use crate::access::{Viewer, members as policy};
use crate::base::id::UserId;
use crate::base::{Error, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, By, EventKind};

/// What `removeMember` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RemoveMember {
    pub user_id: String,
    /// The present password of who asks.
    #[serde(skip)]
    pub password: String,
    pub idempotency_key: Option<String>,
}

impl Content for RemoveMember {
    const MUTATION: &'static str = "removeMember";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberRemoved {
    pub user: UserId,
}

/// Lets somebody go.
pub async fn remove_member(app: &App, viewer: &Viewer, new: RemoveMember) -> Result<MemberRemoved> {
    let actor = viewer.person()?;
    let user: UserId = faults::id("userId", &new.user_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    // Nobody makes the server hash without an organization to look after.
    policy::looks_after(viewer)?;
    confirm_password(app, actor, "password", &new.password).await?;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::facts(&txn, user).await?.ok_or(Error::Hidden)?;
            let viewer = &store::still(&txn, viewer).await?;
            let proof = policy::may_remove(viewer, &facts)?;
            store::remove(&txn, &proof, app.clock.machine_now()).await?;
            let public = json!({ "user": user, "left": user == actor.user, "person": actor.user });
            let (by, at) = (By::Person(actor.user), app.clock.now());
            events::append(&txn, happening(EventKind::MemberRemoved, facts.organization, by, at, public)).await?;
            Ok(MemberRemoved { user })
        })
        .await
}
