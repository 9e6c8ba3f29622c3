//! The second factor of somebody who has lost it is taken off, by the security administrator or, from the command line, by the
//! operator: the last security administrator may lose a device too.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::create_account::normal;
use super::store;
use crate::App;
use crate::access::accounts::{self as access};
use crate::access::{Actor, Viewer};
use crate::base::error::FaultCode;
use crate::base::faults::{self, Length};
use crate::base::id::UserId;
use crate::base::{Error, Faults, Result};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `resetTotp` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ResetTotp {
    pub user_id: String,
    pub reason: String,
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Content for ResetTotp {
    const MUTATION: &'static str = "resetTotp";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TotpReset {
    pub user: UserId,
    /// How many sessions of that person ended.
    pub ended_sessions: u64,
}

/// Takes somebody else's second factor off and ends all sessions of that person.
pub async fn reset_totp(app: &App, viewer: &Viewer, new: ResetTotp) -> Result<TotpReset> {
    let actor = viewer.person()?;
    let user: UserId = faults::id("userId", &new.user_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db.once(&once, move |txn| async move { reset(app, &txn, user, &new.reason, Some(actor)).await }).await
}

/// Takes the second factor of `username` off, asked from the command line.
pub async fn reset_totp_as_operator(app: &App, username: &str, reason: &str) -> Result<TotpReset> {
    let known = store::credentials_by_name(app.db.read(), &normal(username)).await?;
    let user = known.ok_or_else(|| Error::invalid("username", FaultCode::Unknown))?.user;
    app.db.write(move |txn| async move { reset(app, &txn, user, reason, None).await }).await
}

async fn reset(app: &App, txn: &Txn, user: UserId, reason: &str, actor: Option<&Actor>) -> Result<TotpReset> {
    let facts = store::facts(txn, user).await?.ok_or(Error::Hidden)?;
    let proof = match actor {
        Some(actor) => access::may_reset_totp(actor, &facts)?,
        None => access::operator_may_reset_totp(&facts)?,
    };
    let mut faults = Faults::new();
    let reason = faults.text("reason", reason, Length::NOTE);
    faults.done()?;
    let ended_sessions = store::reset_totp(txn, proof, app.clock.machine_now()).await?;
    events::append(
        txn,
        Happening {
            kind: EventKind::TotpReset,
            subject: user.to_string(),
            challenge: None,
            audience: Audience::Person(user),
            by: actor.map_or(By::Operator, |actor| By::Person(actor.user)),
            at: app.clock.now(),
            public: json!({ "reason": reason, "endedSessions": ended_sessions }),
            private: json!({}),
        },
    )
    .await?;
    Ok(TotpReset { user, ended_sessions })
}
