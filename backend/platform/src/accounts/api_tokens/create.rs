//! `createApiToken`: somebody who acts for an organization that bids lets a program act on its behalf. The token is shown once.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::attempt::{Whose, attempt, uncount};
use super::super::totp::{self, CODE_MOST, Shown};
use super::super::{PASSWORD_MOST, store as accounts};
use super::{make, store};
use crate::App;
use crate::access::{Viewer, members as policy};
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::ApiTokenId;
use crate::base::words::TokenScope;
use crate::base::{Error, Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

const NAME: Length = Length(1, 60);
/// The longest life of a token, in days.
const MOST_DAYS: i32 = 366;

/// What `createApiToken` is given.
#[derive(Clone, Debug, Serialize)]
pub struct CreateApiToken {
    /// What it is for.
    pub name: String,
    pub scope: TokenScope,
    /// How long it holds.
    pub days: i32,
    /// The present password of who makes it.
    #[serde(skip)]
    pub password: String,
    /// A code of the second factor, or a recovery code, where the person has one.
    #[serde(skip)]
    pub totp: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for CreateApiToken {
    const MUTATION: &'static str = "createApiToken";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApiTokenCreated {
    pub token: ApiTokenId,
    /// Kept nowhere: none on a repeat.
    #[serde(skip)]
    pub secret: Option<String>,
}

/// Makes a token.
pub async fn create_api_token(app: &App, viewer: &Viewer, new: CreateApiToken) -> Result<ApiTokenCreated> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    // Nobody makes the server hash without leave; the check that decides stands in the transaction.
    policy::may_make_token(viewer, new.scope, 0)?;
    let mut faults = Faults::new();
    let name = faults.text("name", &new.name, NAME);
    faults.check((1..=MOST_DAYS).contains(&new.days), "days", FaultCode::OutOfRange);
    let shown = new.totp.as_deref();
    if shown.is_some_and(|code| code.chars().count() > CODE_MOST) {
        faults.add_with("totp", FaultCode::TooLong, CODE_MOST);
    }
    faults.check(new.password.chars().count() <= PASSWORD_MOST, "password", FaultCode::PasswordWrong);
    faults.done()?;
    let wrong = || Error::invalid("password", FaultCode::PasswordWrong);
    let tried = attempt(app, Whose::User(actor.user), &new.password, None).await?;
    let known = tried.right.as_ref().ok_or_else(wrong)?;
    let (secret, hash) = &make()?;
    let (new, name, digest) = (&new, &name, &tried.digest);
    let made = app
        .db
        .once(&once, move |txn| async move {
            let now = app.clock.machine_now();
            if !accounts::still(&txn, known).await? {
                return Err(wrong());
            }
            match totp::show(app, &txn, actor.user, shown, now).await? {
                Shown::NotNeeded | Shown::Code | Shown::RecoveryCode => {}
                Shown::Missing => return Err(Error::invalid("totp", FaultCode::Required)),
                Shown::Wrong => return Err(Error::invalid("totp", FaultCode::TotpWrong)),
            }
            accounts::forget_failures(&txn, digest).await?;
            let there = store::count(&txn, actor.user, now).await?;
            let proof = policy::may_make_token(viewer, new.scope, there)?;
            let expires_at = now + TimeDelta::days(new.days.into());
            let entry = store::Entry { name: name.clone(), scope: new.scope, hash, expires_at };
            let token = store::create(&txn, &proof, entry, now).await?;
            let happening = Happening {
                kind: EventKind::ApiTokenCreated,
                subject: actor.user.to_string(),
                challenge: None,
                audience: Audience::Person(actor.user),
                by: By::Person(actor.user),
                at: app.clock.now(),
                public: json!({ "token": token, "name": name, "scope": new.scope, "expiresAt": expires_at }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(ApiTokenCreated { token, secret: Some(secret.clone()) })
        })
        .await;
    if let Err(Error::Invalid(faults)) = &made
        && faults.iter().any(|fault| fault.path == "totp" && fault.code == FaultCode::Required)
    {
        // Who is asked for a code knows the password and has guessed at nothing.
        uncount(app, tried.counted, None).await?;
    }
    made
}
