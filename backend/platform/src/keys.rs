//! The server's secrets, read once by the doors from files or the environment and never from the database: they are in no
//! log, no answer and no error.

use std::io::{Read, Write};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::secrecy::ExposeSecret;
use age::{Decryptor, Encryptor, x25519};
use anyhow::{Context, anyhow};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, spki::der::pem::LineEnding};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::base::{Result, random};

/// What can be encrypted to.
pub use age::x25519::Recipient;

/// The secrets as text, the form in which they are kept in files.
#[derive(Clone)]
pub struct KeyTexts {
    /// 32 random bytes in hex: keys the HMACs.
    pub secret: String,
    /// Ed25519 in PKCS#8 PEM: signs access tokens.
    pub token: String,
    /// Ed25519, private or public part in PEM: access tokens that it signed hold too. None but around a rotation.
    pub token_beside: Option<String>,
    /// Ed25519 in PKCS#8 PEM: signs receipts.
    pub receipt: String,
    /// An age identity: wraps the challenges' identities.
    pub seal: String,
}

impl KeyTexts {
    /// Fresh secrets.
    pub fn generate() -> Result<Self> {
        Ok(Self {
            secret: hex::encode(random::bytes::<32>()?),
            token: signing_pem()?,
            token_beside: None,
            receipt: signing_pem()?,
            seal: x25519::Identity::generate().to_string().expose_secret().to_owned(),
        })
    }
}

fn signing_pem() -> Result<String> {
    let key = SigningKey::from_bytes(&random::bytes()?);
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|fault| anyhow!("cannot encode a key: {fault}"))?;
    Ok(pem.to_string())
}

/// The server's secrets, ready for use.
pub struct Keys {
    secret: Vec<u8>,
    /// Keys the digests by which a repeated call is recognised.
    pub idempotency: [u8; 32],
    /// Signs access tokens.
    pub token: Signing,
    token_beside: Option<Verifying>,
    /// Signs receipts.
    pub receipt: Signing,
    /// Wraps the challenges' identities.
    pub(crate) seal: x25519::Identity,
}

/// A key of which only the public part is used.
struct Verifying {
    key: VerifyingKey,
    id: String,
}

impl Verifying {
    /// Either part will do: after a rotation one has the old private key, before it the next one's public part.
    fn read(pem: &str) -> anyhow::Result<Self> {
        let private = SigningKey::from_pkcs8_pem(pem).map(|key| key.verifying_key());
        let key = private.or_else(|_| VerifyingKey::from_public_key_pem(pem));
        let key = key.map_err(|_| anyhow!("not an Ed25519 key in PEM"))?;
        Ok(Self { id: thumbprint(&key), key })
    }
}

/// A signing key and its public name.
pub struct Signing {
    key: SigningKey,
    /// The RFC 7638 thumbprint of the public key.
    pub id: String,
}

impl Keys {
    /// Reads the secrets.
    pub fn read(texts: &KeyTexts) -> Result<Self> {
        let secret = hex::decode(texts.secret.trim()).ok().filter(|secret| secret.len() == 32);
        let secret = secret.context("the server's secret is not 32 bytes in hex")?;
        Ok(Self {
            idempotency: mac(&secret, "idempotency", &[])?,
            secret,
            token: Signing::read(&texts.token).context("the token key")?,
            token_beside: texts
                .token_beside
                .as_deref()
                .map(Verifying::read)
                .transpose()
                .context("the token key beside")?,
            receipt: Signing::read(&texts.receipt).context("the receipt key")?,
            seal: texts.seal.trim().parse().map_err(|fault| anyhow!("the seal key: {fault}"))?,
        })
    }

    /// Every key whose access tokens hold, the one that signs first: its name, and its public part as in a JWK's `x`.
    pub fn token_keys(&self) -> impl Iterator<Item = (&str, String)> {
        let beside = self.token_beside.iter().filter(|beside| beside.id != self.token.id);
        std::iter::once((self.token.id.as_str(), self.token.public()))
            .chain(beside.map(|beside| (beside.id.as_str(), encoded(&beside.key))))
    }

    /// What the server's own seal is encrypted to.
    pub fn seal_recipient(&self) -> Recipient {
        self.seal.to_public()
    }

    /// HMAC-SHA256 of `parts` under the server's secret, each use apart from every other by its `purpose`.
    pub fn mac(&self, purpose: &str, parts: &[&[u8]]) -> Result<[u8; 32]> {
        mac(&self.secret, purpose, parts)
    }
}

fn mac(secret: &[u8], purpose: &str, parts: &[&[u8]]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|fault| anyhow!("{fault}"))?;
    for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

impl Signing {
    fn read(pem: &str) -> anyhow::Result<Self> {
        let key =
            SigningKey::from_pkcs8_pem(pem).map_err(|fault| anyhow!("not an Ed25519 key in PKCS#8 PEM: {fault}"))?;
        let id = thumbprint(&key.verifying_key());
        Ok(Self { key, id })
    }

    /// The public part, base64url as in a JWK's `x`.
    pub fn public(&self) -> String {
        encoded(&self.key.verifying_key())
    }

    /// The public key.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(message).to_bytes().to_vec()
    }

    /// PKCS#8 DER, for the token library.
    pub(crate) fn der(&self) -> Result<Vec<u8>> {
        let der = self.key.to_pkcs8_der().map_err(|fault| anyhow!("cannot encode a key: {fault}"))?;
        Ok(der.as_bytes().to_vec())
    }
}

fn encoded(key: &VerifyingKey) -> String {
    URL_SAFE_NO_PAD.encode(key.as_bytes())
}

/// RFC 7638 over the JWK of an Ed25519 key.
fn thumbprint(key: &VerifyingKey) -> String {
    let x = encoded(key);
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

/// The points of low order on Curve25519, with either value of the bit that is not heeded, as recipients. The library takes them for
/// recipients, and panics when it encrypts to one.
const LOW_ORDER: [&str; 14] = [
    "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z",
    "age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqj7vrya",
    "age1ur4h5lpmgxu2u9jku0a0r87ydtdqnr0tnsetrlvxvgz3vh6fhqqqzyt4v9",
    "age1t7wft09r2zxzfvwsk92eeql0tvzyghxytqwgapkcyf8dm5ylz9ts6wm9s8",
    "age1anlllllllllllllllllllllllllllllllllllllllllllllllals4n2t7m",
    "age1ahlllllllllllllllllllllllllllllllllllllllllllllllalsn46ayy",
    "age1amlllllllllllllllllllllllllllllllllllllllllllllllalselrwrv",
    "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqzqqsuwj9m",
    "age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqzqqk67yly",
    "age1ur4h5lpmgxu2u9jku0a0r87ydtdqnr0tnsetrlvxvgz3vh6fhzqqxqejhu",
    "age1t7wft09r2zxzfvwsk92eeql0tvzyghxytqwgapkcyf8dm5ylz8ts72fzt7",
    "age1anllllllllllllllllllllllllllllllllllllllllllllllllls3hcv9z",
    "age1ahlllllllllllllllllllllllllllllllllllllllllllllllllsh3g6la",
    "age1amlllllllllllllllllllllllllllllllllllllllllllllllllsam3fc4",
];

/// An age recipient in its text form, if something can be encrypted to it.
pub fn recipient(text: &str) -> Option<Recipient> {
    let recipient: Recipient = text.trim().parse().ok()?;
    (!LOW_ORDER.contains(&recipient.to_string().as_str())).then_some(recipient)
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

/// As [`encrypt`], as text that the stock `age` tool reads.
pub(crate) fn encrypt_text(recipients: &[x25519::Recipient], plain: &str) -> Result<String> {
    let mut armored = Vec::new();
    let mut writer = ArmoredWriter::wrap_output(&mut armored, Format::AsciiArmor).context("cannot encrypt")?;
    writer.write_all(&encrypt(recipients, plain.as_bytes())?).context("cannot encrypt")?;
    writer.finish().context("cannot encrypt")?;
    Ok(String::from_utf8(armored).context("an armor is text")?)
}

/// Decrypts a text, or says why not.
pub(crate) fn decrypt_text(identity: &x25519::Identity, armored: &str) -> anyhow::Result<String> {
    let mut sealed = Vec::new();
    ArmoredReader::new(armored.as_bytes()).read_to_end(&mut sealed).context("not readable")?;
    String::from_utf8(decrypt(identity, &sealed)?).context("not readable")
}

/// Decrypts, or says why not.
pub(crate) fn decrypt(identity: &x25519::Identity, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
    let decryptor = Decryptor::new_buffered(sealed).map_err(|fault| anyhow!("not readable: {fault}"))?;
    let mut reader = decryptor
        .decrypt(std::iter::once(identity as &dyn age::Identity))
        .map_err(|fault| anyhow!("not readable: {fault}"))?;
    let mut plain = Vec::new();
    reader.read_to_end(&mut plain).context("not readable")?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_does_not_fit_is_not_told() {
        let good = KeyTexts::generate().unwrap();
        assert!(Keys::read(&good).is_ok());
        let canary = "sesame-open-0123456789";
        for (name, bad) in [
            ("secret", KeyTexts { secret: canary.into(), ..good.clone() }),
            ("the token key", KeyTexts { token: canary.into(), ..good.clone() }),
            ("the token key beside", KeyTexts { token_beside: Some(canary.into()), ..good.clone() }),
            ("the receipt key", KeyTexts { receipt: canary.into(), ..good.clone() }),
            ("the seal key", KeyTexts { seal: canary.into(), ..good.clone() }),
            (
                "the token key",
                KeyTexts { token: good.token.replace("KEY-----\n", &format!("KEY-----\n{canary}")), ..good },
            ),
        ] {
            let Err(crate::base::Error::Internal(fault)) = Keys::read(&bad) else { panic!("{name} is accepted") };
            let told = format!("{fault:#} {fault:?}");
            assert!(told.contains(name) && !told.contains("sesame"), "{told}");
        }
    }

    #[test]
    fn what_cannot_be_encrypted_to_is_no_recipient() {
        let good = x25519::Identity::generate().to_public().to_string();
        assert_eq!(recipient(&format!(" {good}\n")).map(|known| known.to_string()), Some(good));
        for low in LOW_ORDER {
            assert!(recipient(low).is_none() && recipient(&low.to_uppercase()).is_none(), "{low}");
            // The library takes it, and cannot encrypt to it.
            let taken: Recipient = low.parse().unwrap();
            assert!(std::panic::catch_unwind(|| encrypt(&[taken], b"x")).is_err(), "{low}");
        }
    }

    #[test]
    fn a_key_beside_is_accepted_once_and_does_not_sign() {
        let (one, two) = (KeyTexts::generate().unwrap(), KeyTexts::generate().unwrap());
        let ids =
            |texts: &KeyTexts| Keys::read(texts).unwrap().token_keys().map(|(id, _)| id.to_owned()).collect::<Vec<_>>();
        let both = KeyTexts { token_beside: Some(two.token.clone()), ..one.clone() };
        assert_eq!(ids(&both), [ids(&one), ids(&two)].concat());
        assert_eq!(ids(&KeyTexts { token_beside: Some(one.token.clone()), ..one.clone() }), ids(&one));
    }
}
