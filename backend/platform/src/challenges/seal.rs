//! A challenge's own key, an age identity made at its publication. By default two of the organizers hold it: split among them, each share
//! encrypted to its holder, so that database, server's key and disk together open nothing. In the mode `SERVER` it is wrapped under the
//! server's key, which is in no database: that protects disks and backups, not against the machine's administrator.

use age::secrecy::ExposeSecret;
use age::x25519;
use anyhow::{Context, anyhow};

use super::shares;
use crate::base::id::UserId;
use crate::base::words::SealMode;
use crate::base::{Error, Reason, Result};
use crate::keys::Keys;
pub(crate) use crate::keys::{decrypt, decrypt_text, encrypt, encrypt_text, recipient};

/// The public part, known to all from publication on, and who holds the secret part.
pub(crate) struct NewSeal {
    pub(crate) mode: SealMode,
    pub(crate) recipient: String,
    /// Under the server's key.
    pub(crate) wrapped_identity: Option<Vec<u8>>,
    pub(crate) shares: Vec<NewShare>,
    /// The recipient, and the key encrypted to it.
    pub(crate) escrow: Option<(String, String)>,
}

/// A holder's share, encrypted to it.
pub(crate) struct NewShare {
    pub(crate) holder: UserId,
    pub(crate) recipient: String,
    pub(crate) sealed: String,
    pub(crate) sha256: String,
}

/// Makes a challenge's key for the server to hold.
pub(crate) fn for_server(keys: &Keys) -> Result<NewSeal> {
    let identity = x25519::Identity::generate();
    let wrapped_identity = Some(wrap(keys, &identity)?);
    let recipient = identity.to_public().to_string();
    Ok(NewSeal { mode: SealMode::Server, recipient, wrapped_identity, shares: Vec::new(), escrow: None })
}

/// Makes a challenge's key for two of these organizers to hold, each with what is encrypted to.
pub(crate) fn for_organizers(openers: &[(UserId, String)], escrow: Option<&x25519::Recipient>) -> Result<NewSeal> {
    let identity = x25519::Identity::generate();
    let escrow = match escrow {
        Some(to) => {
            Some((to.to_string(), encrypt_text(std::slice::from_ref(to), identity.to_string().expose_secret())?))
        }
        None => None,
    };
    let recipient = identity.to_public().to_string();
    let shares = share(&identity, openers)?;
    Ok(NewSeal { mode: SealMode::Organizers, recipient, wrapped_identity: None, shares, escrow })
}

/// Splits a key among these organizers; two of them make it again.
pub(crate) fn share(identity: &x25519::Identity, openers: &[(UserId, String)]) -> Result<Vec<NewShare>> {
    let openers = openers.get(..shares::MOST).unwrap_or(openers);
    if openers.len() < shares::NEEDED {
        return Err(Error::NotNow(Reason::TooFewOpeners));
    }
    let texts = shares::split(identity.to_string().expose_secret(), openers.len())?;
    let one = |((holder, to), text): (&(UserId, String), String)| {
        let recipient = recipient(to).with_context(|| format!("the opening key of {holder} is none"))?;
        let sealed = encrypt_text(&[recipient], &text)?;
        Ok(NewShare { holder: *holder, recipient: to.clone(), sealed, sha256: shares::digest(&text) })
    };
    openers.iter().zip(texts).map(one).collect()
}

/// The recipients that hold it, to be published: whoever holds one sees who else does, and strangers among them.
pub(crate) fn holders(shares: &[NewShare]) -> Vec<String> {
    shares.iter().map(|share| share.recipient.clone()).collect()
}

/// The key that two shares make, held against the challenge's recipient.
pub(crate) fn join(one: &str, other: &str, recipient: &str) -> Result<x25519::Identity> {
    let text = shares::combine(one, other)?;
    let identity: x25519::Identity =
        text.parse().map_err(|fault| anyhow!("two shares make no age identity: {fault}"))?;
    if identity.to_public().to_string() == recipient {
        Ok(identity)
    } else {
        Err(Error::Internal(anyhow!("two shares make another challenge's key")))
    }
}

fn wrap(keys: &Keys, identity: &x25519::Identity) -> Result<Vec<u8>> {
    encrypt(&[keys.seal.to_public()], identity.to_string().expose_secret().as_bytes())
}

/// What was sealed to a challenge's key, sealed to the server's.
pub(crate) fn hand_over(keys: &Keys, key: &x25519::Identity, sealed: &[u8]) -> Result<Vec<u8>> {
    encrypt(&[keys.seal.to_public()], &decrypt(key, sealed)?)
}

/// Releases a challenge's key, where the server holds it. Only for `openBids` after its second approval, and for the draw after the opening.
pub(crate) fn release(keys: &Keys, wrapped_identity: Option<&[u8]>) -> Result<x25519::Identity> {
    let wrapped = wrapped_identity.context("the organizers hold this key")?;
    let text = String::from_utf8(decrypt(&keys.seal, wrapped)?).context("a wrapped key is no text")?;
    Ok(text.parse().map_err(|fault| anyhow!("a wrapped key is no age identity: {fault}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Kind;
    use crate::keys::KeyTexts;

    fn officers(count: usize) -> (Vec<x25519::Identity>, Vec<(UserId, String)>) {
        let identities: Vec<_> = (0..count).map(|_| x25519::Identity::generate()).collect();
        let openers = identities.iter().map(|one| (UserId::new(), one.to_public().to_string())).collect();
        (identities, openers)
    }

    #[test]
    fn any_two_officers_make_the_key_and_the_server_s_opens_none_of_it() {
        let keys = Keys::read(&KeyTexts::generate().unwrap()).unwrap();
        let (identities, openers) = officers(4);
        let escrow = x25519::Identity::generate();
        let seal = for_organizers(&openers, Some(&escrow.to_public())).unwrap();
        assert!(seal.wrapped_identity.is_none() && release(&keys, None).is_err());
        for (share, (holder, recipient)) in seal.shares.iter().zip(&openers) {
            assert_eq!((&share.holder, &share.recipient), (holder, recipient));
            assert!(decrypt_text(&keys.seal, &share.sealed).is_err());
        }
        let shares: Vec<String> =
            (0..4).map(|one| decrypt_text(&identities[one], &seal.shares[one].sealed).unwrap()).collect();
        for (one, other) in [(0, 1), (1, 3), (3, 0), (2, 1)] {
            let identity = join(&shares[one], &shares[other], &seal.recipient).unwrap();
            assert_eq!(identity.to_public().to_string(), seal.recipient);
            // Nobody reads another's share.
            assert!(decrypt_text(&identities[one], &seal.shares[other].sealed).is_err());
        }
        let another = for_organizers(&openers, None).unwrap();
        assert!(join(&shares[0], &shares[1], &another.recipient).is_err());
        let foreign = decrypt_text(&identities[1], &another.shares[1].sealed).unwrap();
        assert!(join(&shares[0], &foreign, &seal.recipient).is_err());
        let (to, escrowed) = seal.escrow.unwrap();
        assert_eq!(to, escrow.to_public().to_string());
        let kept: x25519::Identity = decrypt_text(&escrow, &escrowed).unwrap().parse().unwrap();
        assert_eq!(kept.to_public().to_string(), seal.recipient);
        assert!(decrypt_text(&keys.seal, &escrowed).is_err());
    }

    #[test]
    fn one_officer_is_too_few() {
        for count in [0, 1] {
            let refused = for_organizers(&officers(count).1, None);
            assert!(matches!(refused, Err(Error::NotNow(Reason::TooFewOpeners))));
        }
    }
}
