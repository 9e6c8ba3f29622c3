//! Sealing: a salted commitment over the canonical content (JCS, RFC 8785), and the content encrypted to the challenge's key and
//! to the bidder's recovery key. What is sealed names its challenge, bidder, bid and version, so that a copied ciphertext cannot
//! be entered as another's (age has no associated data).

use age::secrecy::ExposeSecret;
use age::x25519;
use anyhow::{Context, anyhow, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::draft_keys::DraftKey;
use super::solution::Solution;
use crate::access::Sealed;
use crate::base::id::{BidId, ChallengeId, OrganizationId};
use crate::base::{Result, random};
use crate::challenges::seal;

/// Whose content it is, written inside the seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) bid: BidId,
    pub(super) challenge: ChallengeId,
    pub(super) bidder: OrganizationId,
    pub(super) version: i32,
}

#[derive(Serialize, Deserialize)]
struct Content {
    bid: BidId,
    challenge: ChallengeId,
    bidder: OrganizationId,
    version: i32,
    solution: Solution,
}

/// What lies inside the seal.
#[derive(Serialize, Deserialize)]
struct Enclosed {
    salt: String,
    /// The canonical content, byte for byte as it was committed to.
    content: String,
}

/// A sealed bid, ready to be stored.
#[derive(Clone)]
pub(super) struct SealedBid {
    pub(super) sealed: Vec<u8>,
    pub(super) sealed_sha256: String,
    pub(super) commitment: String,
    /// For the bidder alone; kept nowhere.
    pub(super) salt: String,
}

/// The salt of one submission: 128 bits that lie inside the seal and nowhere else, and are shown to the bidder once. Who has the database
/// and the server's keys has nothing to test guesses of the content with.
fn salt() -> Result<String> {
    Ok(hex::encode(random::bytes::<16>()?))
}

/// SHA-256 over the salt's hexadecimal text and the canonical content, in hex.
fn commitment(salt: &str, content: &str) -> String {
    hex::encode(Sha256::new().chain_update(salt).chain_update(content).finalize())
}

/// Seals a solution to the challenge's recipient and to the bidder's.
pub(super) fn seal_bid(identity: Identity, solution: &Solution, recipients: &[x25519::Recipient]) -> Result<SealedBid> {
    let Identity { bid, challenge, bidder, version } = identity;
    let content = Content { bid, challenge, bidder, version, solution: solution.clone() };
    let content = serde_json_canonicalizer::to_string(&content)?;
    let salt = salt()?;
    let commitment = commitment(&salt, &content);
    let enclosed = Enclosed { salt: salt.clone(), content };
    let sealed = seal::encrypt(recipients, &serde_json::to_vec(&enclosed)?)?;
    Ok(SealedBid { sealed_sha256: digest(&sealed), sealed, commitment, salt })
}

/// SHA-256 of a ciphertext, in hex.
pub(super) fn digest(sealed: &[u8]) -> String {
    hex::encode(Sha256::digest(sealed))
}

/// What lay inside the seal.
pub(super) struct OpenedBid {
    pub(super) solution: Sealed<Solution>,
    pub(super) salt: String,
    /// The canonical text that was committed to.
    pub(super) content: String,
}

/// The commitment to a content with its salt, whatever the white space and the order of the content's text. None where it is no content, or
/// names a key twice: whoever reads it could believe the one, and the other be committed to.
pub(super) fn commitment_of(salt: &str, content: &str) -> Result<Option<String>> {
    if serde_json::from_str::<Content>(content).is_err() {
        return Ok(None);
    }
    let content: serde_json::Value = serde_json::from_str(content)?;
    Ok(Some(commitment(salt.trim(), &serde_json_canonicalizer::to_string(&content)?)))
}

/// Opens a sealed bid and checks it against what was committed to; the error says in which way it is broken.
pub(super) fn open_bid(
    key: &x25519::Identity,
    identity: Identity,
    sealed: &[u8],
    committed: &str,
) -> anyhow::Result<OpenedBid> {
    let enclosed: Enclosed = serde_json::from_slice(&seal::decrypt(key, sealed)?).context("no content inside")?;
    ensure!(commitment(&enclosed.salt, &enclosed.content) == committed, "it is not what was committed to");
    let content: Content = serde_json::from_str(&enclosed.content).context("the content is malformed")?;
    let Content { bid, challenge, bidder, version, solution } = content;
    ensure!(Identity { bid, challenge, bidder, version } == identity, "it is another bid's content");
    Ok(OpenedBid { solution: Sealed::new(solution), salt: enclosed.salt, content: enclosed.content })
}

/// Encrypts a draft to its own key: it is in no database in the clear.
pub(super) fn seal_draft(key: &DraftKey, solution: &Solution) -> Result<Vec<u8>> {
    key.encrypt(&serde_json::to_vec(solution)?)
}

/// Reads a draft back.
pub(super) fn open_draft(key: &x25519::Identity, sealed: &[u8]) -> Result<Sealed<Solution>> {
    let solution = serde_json::from_slice(&seal::decrypt(key, sealed)?)?;
    Ok(Sealed::new(solution))
}

/// A recovery key that is shown once and kept nowhere.
pub(super) fn recovery() -> (String, x25519::Recipient) {
    let identity = x25519::Identity::generate();
    (identity.to_string().expose_secret().to_owned(), identity.to_public())
}

/// A recovery key as its bidder brings it.
pub(super) fn recovery_identity(text: &str) -> anyhow::Result<x25519::Identity> {
    text.trim().parse().map_err(|fault| anyhow!("{fault}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use crate::base::Fen;
    use crate::base::id::Kind;

    fn identity() -> Identity {
        Identity { bid: BidId::new(), challenge: ChallengeId::new(), bidder: OrganizationId::new(), version: 1 }
    }

    #[test]
    fn only_the_right_keys_open() {
        let identity = identity();
        let (challenge, recovery, other) =
            (x25519::Identity::generate(), x25519::Identity::generate(), x25519::Identity::generate());
        let solution = Solution { title: "积水预报 CANARY".into(), ..Solution::default() };
        let to = [challenge.to_public(), recovery.to_public()];
        let bid = seal_bid(identity, &solution, &to).unwrap();
        assert!(!bid.sealed.windows(6).any(|window| window == b"CANARY"));
        for key in [&challenge, &recovery] {
            assert!(open_bid(key, identity, &bid.sealed, &bid.commitment).is_ok());
        }
        assert!(open_bid(&other, identity, &bid.sealed, &bid.commitment).is_err());
        // Entered as another's, in another competition, as another of the bidder's, as a later version.
        for copied in [
            Identity { bidder: OrganizationId::new(), ..identity },
            Identity { challenge: ChallengeId::new(), ..identity },
            Identity { bid: BidId::new(), ..identity },
            Identity { version: 2, ..identity },
        ] {
            assert!(open_bid(&challenge, copied, &bid.sealed, &bid.commitment).is_err(), "{copied:?}");
        }
        assert!(open_bid(&challenge, identity, &bid.sealed, &"0".repeat(64)).is_err());
    }

    #[test]
    fn the_canonical_form_is_that_of_rfc_8785() {
        let canonical = |text: &str| {
            serde_json_canonicalizer::to_string(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap()
        };
        // RFC 8785, 3.2.2.
        let given = r#"{ "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false] }"#;
        let told = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(canonical(given), told);
        // 3.2.3: keys in the order of their UTF-16 units.
        let given = r#"{"\u20ac":0,"\r":1,"\ufb33":2,"1":3,"\ud83d\ude00":4,"\u0080":5,"\u00f6":6}"#;
        assert_eq!(canonical(given), "{\"\\r\":1,\"1\":3,\"\u{80}\":5,\"ö\":6,\"€\":0,\"😀\":4,\"\u{fb33}\":2}");
    }

    /// Seals what is said to lie inside.
    fn enclosing(key: &x25519::Identity, salt: &str, content: &str) -> Vec<u8> {
        let enclosed = Enclosed { salt: salt.to_owned(), content: content.to_owned() };
        seal::encrypt(&[key.to_public()], &serde_json::to_vec(&enclosed).unwrap()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_commitment_is_to_the_content_however_it_is_written_and_to_every_bit_of_it(
            (title, plan) in any::<(String, String)>(),
            funding in prop::option::of(0..=Fen::MAX.0),
            readiness_level in any::<Option<i32>>(),
            place in any::<prop::sample::Index>(),
            bit in 0..8u8,
        ) {
            let (identity, key) = (identity(), x25519::Identity::generate());
            let requested_funding = funding.map(Fen);
            let solution =
                Solution { title, implementation_plan: plan, requested_funding, readiness_level, ..Solution::default() };
            let bid = seal_bid(identity, &solution, &[key.to_public()]).unwrap();
            let opened = open_bid(&key, identity, &bid.sealed, &bid.commitment).unwrap();
            let written: serde_json::Value = serde_json::from_str(&opened.content).unwrap();
            let spaced = serde_json::to_string_pretty(&written).unwrap();
            prop_assert_eq!(commitment_of(&format!(" {}\n", bid.salt), &spaced).unwrap(), Some(bid.commitment.clone()));
            let twice = opened.content.replacen('{', "{\"version\":7,", 1);
            prop_assert_eq!(commitment_of(&bid.salt, &twice).unwrap(), None);
            prop_assert_eq!(&written["solution"], &serde_json::to_value(&solution).unwrap());
            // Sealed anew, so that it is not the cipher that finds it.
            prop_assert!(open_bid(&key, identity, &enclosing(&key, &bid.salt, &opened.content), &bid.commitment).is_ok());
            let whole = format!("{}{}", bid.salt, opened.content);
            let mut flipped = whole.clone().into_bytes();
            let place = place.index(flipped.len());
            flipped[place] ^= 1 << bit;
            if let Ok(flipped) = String::from_utf8(flipped)
                && let Some((salt, content)) = flipped.split_at_checked(bid.salt.len())
            {
                let sealed = enclosing(&key, salt, content);
                prop_assert!(open_bid(&key, identity, &sealed, &bid.commitment).is_err());
            }
        }

        #[test]
        fn any_flipped_bit_is_found(place: prop::sample::Index, bit in 0..8u8) {
            let (identity, key) = (identity(), x25519::Identity::generate());
            let bid = seal_bid(identity, &Solution::default(), &[key.to_public()]).unwrap();
            let mut sealed = bid.sealed.clone();
            let place = place.index(sealed.len());
            sealed[place] ^= 1 << bit;
            prop_assert!(open_bid(&key, identity, &sealed, &bid.commitment).is_err());
        }
    }
}
