//! API tokens: a program acts on somebody's behalf, as far as the token's scope and its holder's own right go, until it is revoked, runs
//! out, or its holder may act no more.

mod create;
pub mod read;
mod revoke;
mod store;

pub use create::{ApiTokenCreated, CreateApiToken, create_api_token};
pub use revoke::{ApiTokenRevoked, RevokeApiToken, revoke_api_token};

pub(super) use store::{holder, touch};

use sha2::{Digest, Sha256};

use crate::base::{Result, random};

/// What every token begins with: so scanners know one where none belongs.
pub(super) const BEGINS: &str = "jbt_";

/// A new token: what its holder gets, and what is kept of it.
fn make() -> Result<(String, Vec<u8>)> {
    let token = format!("{BEGINS}{}", hex::encode(random::bytes::<32>()?));
    let hash = hash(&token);
    Ok((token, hash))
}

/// What is kept of a token.
pub(super) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
