//! The security administrator gives a person's access back.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::App;
use crate::access::{Viewer, accounts as access};
use crate::base::faults::{self, Length};
use crate::base::id::UserId;
use crate::base::{Error, Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `reinstateUser` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ReinstateUser {
    pub user_id: String,
    pub reason: String,
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Content for ReinstateUser {
    const MUTATION: &'static str = "reinstateUser";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserReinstated {
    pub user: UserId,
}

/// Lets a suspended person sign in again.
pub async fn reinstate_user(app: &App, viewer: &Viewer, new: ReinstateUser) -> Result<UserReinstated> {
    let actor = viewer.person()?;
    let user: UserId = faults::id("userId", &new.user_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let txn = &*txn;
            let facts = store::facts(txn, user).await?.ok_or(Error::Hidden)?;
            let proof = access::may_reinstate(actor, &facts)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            store::reinstate(txn, proof).await?;
            events::append(
                txn,
                Happening {
                    kind: EventKind::UserReinstated,
                    subject: user.to_string(),
                    challenge: None,
                    audience: Audience::Person(user),
                    by: By::Person(actor.user),
                    at: app.clock.now(),
                    public: json!({ "reason": reason }),
                    private: json!({}),
                },
            )
            .await?;
            Ok(UserReinstated { user })
        })
        .await
}
