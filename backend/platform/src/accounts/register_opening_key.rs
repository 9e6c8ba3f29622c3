//! `registerOpeningKey`: an organizer says what its shares of opening keys are encrypted to: a recipient of its own, or a key kept here under
//! a passphrase. It replaces the one before for challenges published from now on; shares made before are opened with the old one.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::create_account::cut;
use super::opening_key::{self, NewKey};
use super::{password, store};
use crate::App;
use crate::access::{Viewer, accounts as access};
use crate::base::error::FaultCode;
use crate::base::id::UserId;
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::keys;

/// What `registerOpeningKey` is given: one of the two.
#[derive(Clone, Debug, Serialize)]
pub struct RegisterOpeningKey {
    /// An age recipient (age1…) whose identity the officer keeps.
    pub recipient: Option<String>,
    #[serde(skip)]
    pub passphrase: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for RegisterOpeningKey {
    const MUTATION: &'static str = "registerOpeningKey";
    fn key(&self) -> Option<&str> {
        // A passphrase is in no digest: what cannot be compared is done again, and answers nobody with another's key.
        self.idempotency_key.as_deref().filter(|_| self.passphrase.is_none())
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpeningKeyRegistered {
    pub user: UserId,
    pub recipient: String,
}

/// Registers a key.
pub async fn register_opening_key(app: &App, viewer: &Viewer, new: RegisterOpeningKey) -> Result<OpeningKeyRegistered> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    // Nobody makes the server hash without leave; the check that decides stands in the transaction.
    access::may_register_opening_key(viewer)?;
    let mut faults = Faults::new();
    let key = match (&new.recipient, &new.passphrase) {
        (Some(recipient), None) => {
            let known = keys::recipient(recipient);
            faults.check(known.is_some(), "recipient", FaultCode::NotARecipient);
            known.map(|known| NewKey { recipient: known.to_string(), kept: None })
        }
        (None, Some(passphrase)) => {
            password::check(&mut faults, "passphrase", passphrase, "");
            // The password passes through the server at every sign-in; a rehearsal's passphrase is the password.
            let same = !app.settings.rehearsal && is_password(app, actor.user, passphrase).await?;
            faults.check(!same, "passphrase", FaultCode::PasswordReused);
            if faults.is_empty() { Some(opening_key::make(app, passphrase).await?) } else { None }
        }
        (None, None) | (Some(_), Some(_)) => {
            faults.add("recipient", FaultCode::ExactlyOne);
            None
        }
    };
    let key = &faults.give(key)?;
    app.db
        .once(&once, move |txn| async move {
            let proof = access::may_register_opening_key(viewer)?;
            let user = proof.user();
            let mut faults = Faults::new();
            let taken = store::opening_key(&*txn, &key.recipient).await?.is_some();
            faults.check(!taken, "recipient", FaultCode::Duplicate);
            faults.done()?;
            store::register_opening_key(&txn, &proof, key, app.clock.machine_now()).await?;
            let happening = Happening {
                kind: EventKind::OpeningKeyRegistered,
                subject: user.to_string(),
                challenge: None,
                // A key that an officer did not register shows.
                audience: Audience::Staff(None),
                by: By::Person(user),
                at: app.clock.now(),
                public: json!({ "recipient": key.recipient, "kept": key.kept.is_some() }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(OpeningKeyRegistered { user, recipient: key.recipient.clone() })
        })
        .await
}

async fn is_password(app: &App, user: UserId, passphrase: &str) -> Result<bool> {
    let kept = store::credentials(app.db.read(), user).await?.map(|known| known.password_hash);
    app.hasher.verify(&cut(passphrase), kept.as_deref()).await
}
