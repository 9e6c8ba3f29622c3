//! A new password in the place of the old one. It ends all other sessions of the person.

use serde_json::json;

use super::attempt::{Whose, attempt};
use super::{
    PASSWORD_MOST, opening_key, password,
    store::{self, Credentials},
};
use crate::App;
use crate::access::{Viewer, accounts as access};
use crate::base::error::FaultCode;
use crate::base::words::Role;
use crate::base::{Error, Faults, Result};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `changePassword` is given.
pub struct ChangePassword {
    pub current_password: String,
    pub new_password: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct PasswordChanged {
    /// How many other sessions ended.
    pub ended_sessions: u64,
}

/// Changes the caller's password. The present one has to be right, which is counted like a sign-in.
pub async fn change_password(app: &App, viewer: &Viewer, new: ChangePassword) -> Result<PasswordChanged> {
    viewer.in_person()?;
    let actor = viewer.person()?;
    let wrong = || Error::invalid("currentPassword", FaultCode::PasswordWrong);
    // Longer than any password may be: wrong without a look, and not counted.
    let long = new.current_password.chars().count() > PASSWORD_MOST;
    let tried = match long {
        true => None,
        false => Some(attempt(app, Whose::User(actor.user), &new.current_password, None).await?),
    };
    let mut faults = Faults::new();
    let Some((digest, old)) = tried.as_ref().and_then(|tried| Some((&tried.digest, tried.right.as_ref()?))) else {
        faults.add("currentPassword", FaultCode::PasswordWrong);
        password::check(&mut faults, "newPassword", &new.new_password, "");
        faults.done()?;
        return Err(wrong());
    };
    password::check(&mut faults, "newPassword", &new.new_password, &old.username);
    if faults.is_empty() && is_former(app, old, &new.new_password).await? {
        faults.add("newPassword", FaultCode::PasswordReused);
    }
    if !faults.is_empty() {
        // Who knows the present password has not guessed at it, however often the new one is refused.
        app.db.write(move |txn| async move { store::forget_failures(&txn, digest).await }).await?;
    }
    faults.done()?;
    let hash = app.hasher.hash(&new.new_password).await?;
    // In a rehearsal the passphrase is the password: of what is published from now on. Shares made before stay under the old one.
    let opens = app.settings.rehearsal && actor.has(Role::Organizer);
    let key = if opens { Some(opening_key::make(app, &new.new_password).await?) } else { None };
    let now = app.clock.machine_now();
    let (hash, key) = (&hash, &key);
    app.db
        .write(move |txn| async move {
            let txn = &*txn;
            if !store::still(txn, old).await? {
                return Err(wrong());
            }
            store::forget_failures(txn, digest).await?;
            store::change_password(txn, old, hash, now).await?;
            if let Some((key, proof)) = key.as_ref().zip(access::rehearsal_may_register_opening_key(actor.user, opens))
            {
                store::register_opening_key(txn, &proof, key, now).await?;
            }
            let ended_sessions = store::end_others(txn, actor, now).await?;
            events::append(
                txn,
                Happening {
                    kind: EventKind::PasswordChanged,
                    subject: actor.user.to_string(),
                    challenge: None,
                    audience: Audience::Person(actor.user),
                    by: By::Person(actor.user),
                    at: app.clock.now(),
                    public: json!({ "endedSessions": ended_sessions }),
                    private: json!({}),
                },
            )
            .await?;
            Ok(PasswordChanged { ended_sessions })
        })
        .await
}

/// Whether a new password is the present one or one of those before it.
async fn is_former(app: &App, old: &Credentials, new: &str) -> Result<bool> {
    let former = store::former_passwords(app.db.read(), old.user).await?;
    for hash in std::iter::once(&old.password_hash).chain(&former) {
        if app.hasher.verify(new, Some(hash)).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
