//! A challenge's own key. Mode `SERVER`: an age identity for each challenge, wrapped under the server's key, which is in no
//! database. It protects disks and backups, not against the machine's administrator.

use age::secrecy::ExposeSecret;
use age::x25519;
use anyhow::{Context, anyhow};

use crate::base::Result;
use crate::keys::Keys;
pub(crate) use crate::keys::{decrypt, encrypt};

/// The public part, known to all from publication on, and the wrapped secret part.
pub(crate) struct NewSeal {
    pub(crate) recipient: String,
    pub(crate) wrapped_identity: Vec<u8>,
}

/// Makes a challenge's key.
pub(crate) fn make(keys: &Keys) -> Result<NewSeal> {
    let identity = x25519::Identity::generate();
    let wrapped_identity = encrypt(&[keys.seal.to_public()], identity.to_string().expose_secret().as_bytes())?;
    Ok(NewSeal { recipient: identity.to_public().to_string(), wrapped_identity })
}

/// Releases a challenge's key. Only for `openBids` after its second approval, and for the draw after the opening.
pub(crate) fn release(keys: &Keys, wrapped_identity: &[u8]) -> Result<x25519::Identity> {
    let text = String::from_utf8(decrypt(&keys.seal, wrapped_identity)?).context("a wrapped key is no text")?;
    Ok(text.parse().map_err(|fault| anyhow!("a wrapped key is no age identity: {fault}"))?)
}

/// An age recipient in its text form.
pub(crate) fn recipient(text: &str) -> Option<x25519::Recipient> {
    text.trim().parse().ok()
}
