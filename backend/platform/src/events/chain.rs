//! The hash chain: `hash = SHA-256(previous hash ‖ public text ‖ SHA-256(salt ‖ private facts))`. Anybody can walk it from
//! what is published; the salt keeps private facts from being guessed.

use sha2::{Digest, Sha256};

/// The previous hash of a stream's first event.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The digest that stands for the private facts.
pub fn private_digest(salt: &[u8], private_facts: &str) -> String {
    hex::encode(Sha256::new().chain_update(salt).chain_update(private_facts).finalize())
}

/// The hash of an event, in hex; all three parts go in as the text that is published.
pub fn hash(previous_hash: &str, public_text: &str, private_digest: &str) -> String {
    let sha = Sha256::new().chain_update(previous_hash).chain_update(public_text).chain_update(private_digest);
    hex::encode(sha.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula_is_plain_sha256() {
        let digest = private_digest(b"salt", "{}");
        assert_eq!(digest, hex::encode(Sha256::digest(b"salt{}")));
        assert_eq!(hash(GENESIS, "text", &digest), hex::encode(Sha256::digest(format!("{GENESIS}text{digest}"))));
    }
}
