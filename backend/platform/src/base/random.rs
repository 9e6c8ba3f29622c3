//! The one door to randomness. Everything drawn here is cryptographic.

use anyhow::anyhow;
use uuid::Uuid;

use super::Result;

/// `N` random bytes of the operating system.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    getrandom::fill(&mut bytes).map_err(|fault| anyhow!("no randomness: {fault}"))?;
    Ok(bytes)
}

/// A name that nobody can guess.
pub fn uuid() -> Result<Uuid> {
    Ok(uuid::Builder::from_random_bytes(bytes()?).into_uuid())
}

/// Puts `items` into an order that nobody can foresee (Fisher–Yates with unbiased draws).
pub fn shuffle<T>(items: &mut [T]) -> Result<()> {
    for last in (1..items.len()).rev() {
        let bound = last as u64 + 1;
        let limit = u64::MAX - u64::MAX % bound;
        let draw = loop {
            let draw = u64::from_le_bytes(bytes()?);
            if draw < limit {
                break draw % bound;
            }
        };
        items.swap(last, draw as usize);
    }
    Ok(())
}
