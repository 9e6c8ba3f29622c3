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
    Ok(SealedBid { sealed_sha256: hex::encode(Sha256::digest(&sealed)), sealed, commitment, salt })
}

/// What lay inside the seal.
pub(super) struct OpenedBid {
    pub(super) solution: Sealed<Solution>,
    pub(super) salt: String,
    /// The canonical text that was committed to.
    pub(super) content: String,
}

/// The commitment to a content with its salt, whatever the white space and the order of the content's text.
pub(super) fn commitment_of(salt: &str, content: &serde_json::Value) -> Result<String> {
    Ok(commitment(salt.trim(), &serde_json_canonicalizer::to_string(content)?))
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
    use crate::base::id::Kind;
    use proptest::prelude::*;

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
        let copied = Identity { bidder: OrganizationId::new(), ..identity };
        assert!(open_bid(&challenge, copied, &bid.sealed, &bid.commitment).is_err());
        assert!(open_bid(&challenge, identity, &bid.sealed, &"0".repeat(64)).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
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
