//! Shares of an opening key (Shamir, two of n over GF(2^8)): any two make the key, one tells nothing of it. Pure but for its randomness.

use anyhow::{Context, anyhow};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};
use vsss_rs::Gf256;

use crate::base::{Result, random};

/// How many make the key.
pub(crate) const NEEDED: usize = 2;
/// Among how many it can be split.
pub(crate) const MOST: usize = 255;

const PREFIX: &str = "jiebang-share-1-";

/// Splits a key into so many shares, each as the text that its holder hands in.
pub(super) fn split(key: &str, among: usize) -> Result<Vec<String>> {
    let rng = StdRng::from_seed(random::bytes()?);
    let shares = Gf256::split_bytes(NEEDED, among, key.as_bytes(), rng);
    let shares = shares.map_err(|fault| anyhow!("a key cannot be split among {among}: {fault}"))?;
    Ok(shares.iter().map(|share| format!("{PREFIX}{}", hex::encode(share))).collect())
}

/// What two shares make: a key if they are of one.
pub(crate) fn combine(one: &str, other: &str) -> anyhow::Result<String> {
    let shares = [bytes(one)?, bytes(other)?];
    let key = Gf256::combine_bytes(shares).map_err(|fault| anyhow!("the shares do not fit together: {fault}"))?;
    String::from_utf8(key).context("the shares make no key")
}

/// What is kept of a share, so that a wrong one is told at once. A share is as random as it is long: its digest tells nothing of it.
pub(crate) fn digest(share: &str) -> String {
    hex::encode(Sha256::digest(share))
}

fn bytes(share: &str) -> anyhow::Result<Vec<u8>> {
    hex::decode(share.strip_prefix(PREFIX).context("it is no share")?).context("it is no share")
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret;
    use age::x25519;
    use proptest::prelude::*;

    use super::*;

    /// Multiplication in GF(2^8) with the polynomial of AES, bit by bit: another way than the library's.
    fn times(mut a: u8, mut b: u8) -> u8 {
        let mut product = 0;
        while b > 0 {
            if b & 1 == 1 {
                product ^= a;
            }
            a = (a << 1) ^ if a & 0x80 == 0 { 0 } else { 0x1b };
            b >>= 1;
        }
        product
    }

    fn inverse(a: u8) -> u8 {
        (1..=255).find(|b| times(a, *b) == 1).unwrap()
    }

    #[test]
    fn the_field_is_that_of_aes() {
        // FIPS 197, 4.2: {57} · {83} = {c1}; {53} and {ca} are inverse to one another.
        assert_eq!((times(0x57, 0x83), inverse(0x53)), (0xc1, 0xca));
        assert_eq!(u8::from(Gf256(0x57) * Gf256(0x83)), 0xc1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_two_make_the_key(key in "[ -~]{1,80}", among in 2usize..12, one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>()) {
            let shares = split(&key, among).unwrap();
            prop_assert_eq!(shares.len(), among);
            let (one, other) = (one.index(among), other.index(among));
            if one == other {
                prop_assert!(combine(&shares[one], &shares[other]).is_err());
            } else {
                prop_assert_eq!(combine(&shares[one], &shares[other]).unwrap(), key.clone());
                // The line through two points, at 0, by another multiplication.
                let (a, b) = (bytes(&shares[one]).unwrap(), bytes(&shares[other]).unwrap());
                let over = inverse(a[0] ^ b[0]);
                let at_zero = a[1..].iter().zip(&b[1..]).map(|(ya, yb)| times(times(*ya, b[0]) ^ times(*yb, a[0]), over));
                prop_assert_eq!(at_zero.collect::<Vec<_>>(), key.as_bytes());
            }
        }
    }

    #[test]
    fn one_share_fits_every_key() {
        // For whatever key somebody guesses there is a second share that makes it of the first.
        let shares = split("the key", 2).unwrap();
        let (x, y) = (1u8, bytes(&shares[0]).unwrap());
        assert_eq!(y[0], x);
        for guess in ["the kex", "another", "0000000"] {
            let second: Vec<u8> = std::iter::once(2)
                .chain(y[1..].iter().zip(guess.bytes()).map(|(y, guess)| times(y ^ guess, 2) ^ guess))
                .collect();
            let second = format!("{PREFIX}{}", hex::encode(second));
            assert_eq!(combine(&shares[0], &second).unwrap(), guess);
        }
    }

    #[test]
    fn an_identity_comes_back_whole_and_no_part_of_it_shows() {
        let identity = x25519::Identity::generate();
        let text = identity.to_string();
        let shares = split(text.expose_secret(), MOST).unwrap();
        for pair in [(0, 1), (253, 254), (0, 254)] {
            let back: x25519::Identity = combine(&shares[pair.0], &shares[pair.1]).unwrap().parse().unwrap();
            assert_eq!(back.to_public().to_string(), identity.to_public().to_string());
        }
        assert!(combine(&shares[0], "jiebang-share-1-00").is_err());
        assert!(combine(&shares[0], "sesame").is_err());
        assert!(split("x", MOST + 1).is_err());
    }
}
