//! Signing in by name and password, and by a code of the second factor where the person has one.

use std::net::IpAddr;

use serde_json::json;

use super::attempt::{Whose, attempt, take_back, uncount, uncount_behind};
use super::create_account::normal;
use super::totp::{self, CODE_MOST, Shown};
use super::{PASSWORD_MOST, store, token};
use crate::App;
use crate::base::error::FaultCode;
use crate::base::id::{SessionId, UserId};
use crate::base::{Error, Faults, Instant, Reason, Result};
use crate::events::{self, Audience, By, EventKind, Happening};

const NAME_MOST: usize = 100;
const AGENT_MOST: usize = 200;

/// What `signIn` is given.
pub struct SignIn {
    pub username: String,
    pub password: String,
    /// A code of the second factor, or a recovery code; not looked at where the person has none.
    pub totp: Option<String>,
    /// What the client says it is.
    pub user_agent: Option<String>,
    /// From where.
    pub address: Option<IpAddr>,
}

/// Somebody is signed in.
pub struct SignedIn {
    pub user: UserId,
    pub session: SessionId,
    /// Good for five minutes.
    pub access_token: String,
    pub expires_at: Instant,
    /// Good for one use.
    pub refresh_token: String,
}

/// Opens a session. A wrong password, an unknown name, a suspended person and a locked name are told alike. That a code is
/// needed or wrong is told to who knows the password.
pub async fn sign_in(app: &App, new: SignIn) -> Result<SignedIn> {
    let mut faults = Faults::new();
    for (path, text, most) in [("username", &new.username, NAME_MOST), ("password", &new.password, PASSWORD_MOST)] {
        if text.chars().count() > most {
            faults.add_with(path, FaultCode::TooLong, most);
        }
    }
    let shown = new.totp.as_deref();
    if shown.is_some_and(|code| code.chars().count() > CODE_MOST) {
        faults.add_with("totp", FaultCode::TooLong, CODE_MOST);
    }
    faults.done()?;

    let wrong = || Error::SignIn(Reason::WrongCredentials);
    let tried = attempt(app, Whose::Name(&normal(&new.username)), &new.password, new.address).await?;
    let known = tried.right.as_ref().ok_or_else(wrong)?;
    let (refresh_token, refresh_hash) = token::refresh()?;
    let now = app.clock.machine_now();
    let agent = new.user_agent.map(|agent| agent.chars().filter(|c| !c.is_control()).take(AGENT_MOST).collect());
    let (digest, refresh_hash, agent): (_, _, &Option<String>) = (&tried.digest, &refresh_hash, &agent);
    let opened = app
        .db
        .write(move |txn| async move {
            let txn = &*txn;
            if !store::still(txn, known).await? {
                return Err(wrong());
            }
            let factor = match totp::show(app, txn, known.user, shown, now).await? {
                Shown::NotNeeded => None,
                shown @ (Shown::Code | Shown::RecoveryCode) => Some(shown),
                Shown::Missing => return Err(Error::SignIn(Reason::TotpNeeded)),
                Shown::Wrong => return Err(Error::SignIn(Reason::WrongTotp)),
            };
            store::forget_failures(txn, digest).await?;
            let session = store::open_session(txn, known.user, refresh_hash.clone(), agent.clone(), now).await?;
            events::append(
                txn,
                Happening {
                    kind: EventKind::SignedIn,
                    subject: known.user.to_string(),
                    challenge: None,
                    audience: Audience::Person(known.user),
                    by: By::Person(known.user),
                    at: app.clock.now(),
                    public: json!({ "session": session, "secondFactor": factor }),
                    private: json!({ "address": new.address, "userAgent": agent }),
                },
            )
            .await?;
            Ok(session)
        })
        .await;
    match &opened {
        Ok(_) => take_back(app, new.address),
        Err(Error::SignIn(Reason::WrongCredentials | Reason::WrongTotp)) => {}
        // Who is asked for a code knows the password and has guessed at nothing.
        Err(Error::SignIn(Reason::TotpNeeded)) => uncount(app, tried.counted, new.address).await?,
        // Nor has whom a fault of ours stopped.
        Err(_) => uncount_behind(app, tried.counted, new.address),
    }
    let session = opened?;
    let access = token::issue(app, known.user, session)?;
    Ok(SignedIn { user: known.user, session, access_token: access.token, expires_at: access.expires_at, refresh_token })
}
