//! An organizer's opening key: an age recipient whose identity the officer keeps, or, the weaker convenience, an identity kept here under a
//! passphrase that is kept nowhere. Neither the database nor the server's keys open what is encrypted to it.

use age::secrecy::ExposeSecret;
use age::x25519;
use anyhow::{Context, anyhow};
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use super::attempt::{count, uncount};
use super::store;
use crate::App;
use crate::access::Actor;
use crate::base::{Error, Result, random};

const NONCE: usize = 24;
/// So many wrong passphrases within the window lock: more than of passwords, since only a signed-in officer tries its own, and several
/// tries at once with the right one lock nobody out on the day of the opening.
const GUESSES: usize = 50;

/// A key as it is registered.
#[derive(Clone, Debug)]
pub(super) struct NewKey {
    pub recipient: String,
    pub kept: Option<Kept>,
}

/// An identity that lies here, wrapped.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub derivation: String,
    pub wrapped: Vec<u8>,
}

/// Makes an identity and wraps it.
pub(super) async fn make(app: &App, passphrase: &str) -> Result<NewKey> {
    let identity = x25519::Identity::generate();
    let (derivation, key) = app.hasher.derive_key(passphrase, None).await?;
    let nonce = random::bytes::<NONCE>()?;
    let text = identity.to_string();
    let sealed = XChaCha20Poly1305::new(&key.into())
        .encrypt(&XNonce::from(nonce), text.expose_secret().as_bytes())
        .map_err(|fault| anyhow!("cannot wrap a key: {fault}"))?;
    let wrapped = [nonce.as_slice(), &sealed].concat();
    Ok(NewKey { recipient: identity.to_public().to_string(), kept: Some(Kept { derivation, wrapped }) })
}

/// What a passphrase came to.
pub enum Unlocked {
    Open(x25519::Identity),
    Wrong,
    /// Too many were wrong; not looked at.
    Locked,
    /// The officer keeps it: there is nothing here to open.
    NotKept,
}

/// Opens an officer's own key. Wrong passphrases are counted, and lock for a while.
pub async fn unlock(app: &App, actor: &Actor, recipient: &str, passphrase: &str) -> Result<Unlocked> {
    let Some(row) = store::opening_key(app.db.read(), recipient).await?.filter(|row| row.user_id == actor.user) else {
        return Ok(Unlocked::NotKept);
    };
    let Some((derivation, wrapped)) = row.derivation.zip(row.wrapped) else { return Ok(Unlocked::NotKept) };
    if passphrase.chars().count() > super::PASSWORD_MOST {
        return Ok(Unlocked::Wrong);
    }
    app.hasher.has_room()?;
    let digest = app.keys.mac("opening passphrase of", &[actor.user.to_string().as_bytes()])?.to_vec();
    let Some(counted) = count(app, &digest, GUESSES).await? else { return Ok(Unlocked::Locked) };
    let (_, key) = match app.hasher.derive_key(passphrase, Some(&derivation)).await {
        // Nothing was tried.
        Err(busy @ Error::Busy(_)) => {
            uncount(app, Some(counted), None).await?;
            return Err(busy);
        }
        derived => derived?,
    };
    let opened = wrapped.split_at_checked(NONCE).and_then(|(nonce, sealed)| {
        XChaCha20Poly1305::new(&key.into()).decrypt(XNonce::from_slice(nonce), sealed).ok()
    });
    let Some(opened) = opened else { return Ok(Unlocked::Wrong) };
    let digest = &digest;
    app.db.write(move |txn| async move { store::forget_failures(&txn, digest).await }).await?;
    let text = String::from_utf8(opened).context("an opening key is text")?;
    Ok(Unlocked::Open(text.parse().map_err(|fault| anyhow!("an opening key is no age identity: {fault}"))?))
}
