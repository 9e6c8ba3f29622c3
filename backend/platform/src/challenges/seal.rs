//! A challenge's own key. Mode `SERVER`: an age identity for each challenge, wrapped under the server's key, which is in no
//! database. It protects disks and backups, not against the machine's administrator.

use std::io::{Read, Write};

use age::secrecy::ExposeSecret;
use age::{Decryptor, Encryptor, x25519};
use anyhow::{Context, anyhow};

use crate::base::Result;
use crate::keys::Keys;

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

/// Encrypts to every one of the recipients (age v1, X25519, ChaCha20-Poly1305).
pub(crate) fn encrypt(recipients: &[x25519::Recipient], plain: &[u8]) -> Result<Vec<u8>> {
    let encryptor = Encryptor::with_recipients(recipients.iter().map(|recipient| recipient as &dyn age::Recipient))
        .map_err(|fault| anyhow!("cannot encrypt: {fault}"))?;
    let mut sealed = Vec::with_capacity(plain.len() + 512);
    let mut writer = encryptor.wrap_output(&mut sealed).map_err(|fault| anyhow!("cannot encrypt: {fault}"))?;
    writer.write_all(plain).context("cannot encrypt")?;
    writer.finish().context("cannot encrypt")?;
    Ok(sealed)
}

/// Decrypts, or says why not.
pub(crate) fn decrypt(identity: &x25519::Identity, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
    let decryptor = Decryptor::new(sealed).map_err(|fault| anyhow!("not readable: {fault}"))?;
    let mut reader = decryptor
        .decrypt(std::iter::once(identity as &dyn age::Identity))
        .map_err(|fault| anyhow!("not readable: {fault}"))?;
    let mut plain = Vec::new();
    reader.read_to_end(&mut plain).context("not readable")?;
    Ok(plain)
}
