//! Receipts (回执): proof of what was handed in and when, which anybody can check offline with a key that stays published.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{sealing, store};
use crate::app::App;
use crate::base::id::{BidId, ChallengeId};
use crate::base::words::BidStatus;
use crate::base::{Error, Instant, Result};
use crate::keys::Keys;

/// The `typ` of a receipt's header.
pub const TYPE: &str = "bid-receipt+jws";

/// What a receipt says. The salt is not in it: only the bidder is given that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    /// The installation that received the bid.
    pub iss: String,
    /// The bid.
    pub bid: BidId,
    /// Its challenge.
    pub challenge: ChallengeId,
    /// Which of this bid's submissions.
    pub version: i32,
    /// SHA-256 over salt and canonical content, in hex.
    pub commitment: String,
    /// SHA-256 of the ciphertext as stored, in hex.
    pub sealed_sha256: String,
    /// When it was received, by the platform's clock.
    pub sealed_at: Instant,
}

/// What a receipt turned out to be.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Genuine, and what it speaks of is held.
    pub valid: bool,
    /// It is the submission that counts; none where the receipt is not valid.
    pub in_force: Option<bool>,
    /// Why it is not valid.
    pub reason: Option<Flaw>,
    /// The bid, of a valid receipt.
    pub bid: Option<BidId>,
    /// When it was received, of a valid receipt.
    pub sealed_at: Option<Instant>,
}

crate::words! {
    /// Why a receipt is not valid.
    pub enum Flaw {
        Malformed = "malformed",
        UnknownKey = "unknown_key",
        WrongSignature = "wrong_signature",
        NotHeld = "not_held",
    }
}

/// Signs a receipt: a JWS in compact form.
pub(super) fn sign(keys: &Keys, claims: &Claims) -> Result<String> {
    let header =
        Header { typ: Some(TYPE.to_owned()), kid: Some(keys.receipt.id.clone()), ..Header::new(Algorithm::EdDSA) };
    let key = EncodingKey::from_ed_der(&keys.receipt.der()?);
    Ok(jsonwebtoken::encode(&header, claims, &key).map_err(anyhow::Error::from)?)
}

/// The signature part of a compact receipt.
pub fn signature(compact: &str) -> &str {
    compact.rsplit('.').next().unwrap_or_default()
}

/// The key that a receipt says it is signed with, if the text is a receipt at all.
pub fn named_key(compact: &str) -> std::result::Result<String, Flaw> {
    if compact.len() > 4_096 {
        return Err(Flaw::Malformed);
    }
    let header = jsonwebtoken::decode_header(compact.trim()).map_err(|_| Flaw::Malformed)?;
    if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(TYPE) {
        return Err(Flaw::Malformed);
    }
    // A key's name is its thumbprint in base64url: nothing else is worth a look, and not all that JSON holds a database does.
    let named = |kid: &String| kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    header.kid.filter(named).ok_or(Flaw::UnknownKey)
}

/// What a receipt says, if this public key (base64url, as a JWK's `x`) signed it. Needs no platform: anybody can check it offline.
pub fn read(compact: &str, public: &str) -> Result<std::result::Result<Claims, Flaw>> {
    let key = DecodingKey::from_ed_components(public).map_err(anyhow::Error::from)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let token = jsonwebtoken::decode::<Claims>(compact.trim(), &key, &validation);
    Ok(token.map(|token| token.claims).map_err(|_| Flaw::WrongSignature))
}

/// Whether a content, as `readSealedBid` gives it, and its salt are what a receipt commits to.
pub fn fits(claims: &Claims, salt: &str, content: &str) -> Result<bool> {
    Ok(sealing::commitment_of(salt, content)?.as_ref() == Some(&claims.commitment))
}

/// Does this receipt match what the platform holds?
pub async fn verify(app: &App, compact: &str) -> Result<Verdict> {
    let flawed = |flaw| Verdict { valid: false, in_force: None, reason: Some(flaw), bid: None, sealed_at: None };
    let kid = match named_key(compact) {
        Ok(kid) => kid,
        Err(flaw) => return Ok(flawed(flaw)),
    };
    let public = if kid == app.keys.receipt.id {
        Some(app.keys.receipt.public())
    } else {
        store::receipt_key(app.db.read(), &kid).await?
    };
    let Some(public) = public else { return Ok(flawed(Flaw::UnknownKey)) };
    let claims = match read(compact, &public)? {
        Ok(claims) => claims,
        Err(flaw) => return Ok(flawed(flaw)),
    };
    let Some((bid, held)) = store::submission(app.db.read(), claims.bid, claims.version).await? else {
        return Ok(flawed(Flaw::NotHeld));
    };
    let same = held.commitment == claims.commitment
        && held.sealed_sha256 == claims.sealed_sha256
        && sealing::digest(&held.sealed) == claims.sealed_sha256
        && held.sealed_at == claims.sealed_at
        && bid.challenge_id == claims.challenge;
    if !same {
        return Ok(flawed(Flaw::NotHeld));
    }
    let handed_in = bid.in_force == Some(claims.version) && bid.status != BidStatus::Withdrawn;
    let in_force = handed_in && store::counts(app.db.read(), claims.bid).await?;
    Ok(Verdict {
        valid: true,
        in_force: Some(in_force),
        reason: None,
        bid: Some(claims.bid),
        sealed_at: Some(claims.sealed_at),
    })
}

/// Publishes this installation's receipt key; it stays published for ever. Refuses a database whose bids were sealed under
/// another server key: nothing in it could ever be opened.
pub async fn announce_key(app: &App) -> Result<()> {
    let (id, public, at) = (app.keys.receipt.id.clone(), app.keys.receipt.public(), app.clock.machine_now());
    let seal = app.keys.seal_recipient().to_string();
    let (id, public, seal) = (&id, &public, &seal);
    app.db
        .write(move |txn| async move {
            if !store::know_seal(&txn, seal, at).await? {
                let why = "the server's keys are not those that this database was sealed with; put the old ones back";
                return Err(Error::Unavailable(why.into()));
            }
            store::announce_key(&txn, id, public, at).await
        })
        .await
}

/// Every key that receipts were ever signed with: key id and public part (base64url, as a JWK's `x`).
pub async fn keys(app: &App) -> Result<Vec<(String, String)>> {
    store::receipt_keys(app.db.read()).await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::id::Kind;
    use crate::testing;

    #[tokio::test]
    async fn any_text_gets_a_verdict_and_only_the_receipt_itself_is_genuine() {
        let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        let claims = Claims {
            iss: app.settings.issuer.clone(),
            bid: BidId::new(),
            challenge: ChallengeId::new(),
            version: 1,
            commitment: "c".into(),
            sealed_sha256: "s".into(),
            sealed_at: app.clock.now(),
        };
        let good = sign(&app.keys, &claims).unwrap();
        // Genuine, but the platform has no such bid: no other flaw is found after the signature.
        assert_eq!(verify(&app, &good).await.unwrap().reason, Some(Flaw::NotHeld));
        let texts = prop_oneof![4 => testing::mutated(&good), 1 => any::<String>(), 1 => "[!-~]{0,40}\\.[!-~]{0,40}\\.[!-~]{0,40}"];
        for text in testing::samples(texts) {
            let verdict = verify(&app, &text).await.unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert!(!verdict.valid, "{text}");
            assert_eq!(verdict.reason == Some(Flaw::NotHeld), text.trim() == good, "{text}");
            assert!(text.ends_with(signature(&text)));
        }
        // Every bit of it.
        let public = app.keys.receipt.public();
        assert!(read(&good, &public).unwrap().is_ok());
        let genuine = |text: &str| named_key(text).is_ok() && read(text, &public).unwrap().is_ok();
        for (place, bit) in (0..good.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
            let mut flipped = good.clone().into_bytes();
            flipped[place] ^= 1 << bit;
            assert!(!String::from_utf8(flipped).is_ok_and(|text| genuine(&text)), "bit {bit} of byte {place}");
        }
    }
}
