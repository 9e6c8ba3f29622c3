//! The second factor (RFC 6238: SHA-1, six digits, thirty seconds, one step either way), by the machine's clock. A code is good
//! once; ten recovery codes stand in for a lost device, each good once too.

use anyhow::anyhow;
use serde::Serialize;
use totp_rs::{Builder, Totp};

use super::store;
use crate::App;
use crate::base::id::UserId;
use crate::base::{Instant, Result, random};
use crate::db::Txn;
use crate::keys::{self, Keys};

/// The most characters that are looked at.
pub(super) const CODE_MOST: usize = 40;

const SECRET: usize = 20;
const RECOVERY_CODES: usize = 10;
/// Sixteen characters of 32 kinds: 80 bits.
const RECOVERY: usize = 16;
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new secret: as it is kept, and as its owner gets it.
pub(super) struct New {
    pub wrapped: Vec<u8>,
    /// Base32, to be typed.
    pub secret: String,
    /// `otpauth://…`, to be scanned.
    pub url: String,
}

/// Makes a secret for a person.
pub(super) fn new(app: &App, user: UserId, username: &str) -> Result<New> {
    let secret = random::bytes::<SECRET>()?;
    // Whose it is lies inside: copied to another account it is worth nothing.
    let wrapped = keys::encrypt(&[app.keys.seal.to_public()], &[user.to_string().as_bytes(), &secret].concat())?;
    // A colon would end the issuer's name.
    let issuer = app.settings.issuer.rsplit("//").next().unwrap_or_default().replace(':', "_");
    let totp = totp(&secret, Some((issuer, username)))?;
    let url = totp.to_url().map_err(|fault| anyhow!("no otpauth URL: {fault}"))?;
    Ok(New { wrapped, secret: totp.secret().to_base32(), url })
}

fn totp(secret: &[u8], named: Option<(String, &str)>) -> anyhow::Result<Totp> {
    let mut builder = Builder::new().with_secret(secret.to_vec());
    if let Some((issuer, username)) = named {
        builder = builder.with_issuer(Some(issuer)).with_account_name(username);
    }
    builder.build().map_err(|fault| anyhow!("no TOTP: {fault}"))
}

/// The step of a code, if it is right and later than `last`.
pub(super) fn step(
    keys: &Keys,
    user: UserId,
    wrapped: &[u8],
    code: &str,
    last: Option<i64>,
    now: Instant,
) -> Result<Option<i64>> {
    let plain = keys::decrypt(&keys.seal, wrapped)?;
    let secret = plain.strip_prefix(user.to_string().as_bytes()).filter(|secret| secret.len() == SECRET);
    let secret = secret.ok_or_else(|| anyhow!("the second factor of {user} is somebody else's"))?;
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let step = totp(secret, None)?.check(&plainly(code), seconds).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| last.is_none_or(|last| *step > last)))
}

/// New recovery codes: as their owner gets them, and what is kept of each.
pub(super) fn recovery_codes(keys: &Keys, user: UserId) -> Result<(Vec<String>, Vec<Vec<u8>>)> {
    let mut both = (Vec::new(), Vec::new());
    for _ in 0..RECOVERY_CODES {
        let letters = random::bytes::<RECOVERY>()?.map(|byte| LETTERS.get(usize::from(byte & 31)).copied());
        let code: String = letters.into_iter().flatten().map(char::from).collect();
        both.1.push(digest(keys, user, &code)?);
        let groups: Vec<&str> = [0, 4, 8, 12].iter().filter_map(|at| code.get(*at..at + 4)).collect();
        both.0.push(groups.join("-"));
    }
    Ok(both)
}

/// Keyed, so that who reads the database has nothing to guess against.
fn digest(keys: &Keys, user: UserId, code: &str) -> Result<Vec<u8>> {
    Ok(keys.mac("recovery code", &[user.to_string().as_bytes(), code.as_bytes()])?.to_vec())
}

/// As it was meant, whatever a person puts between the characters.
fn plainly(code: &str) -> String {
    code.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a person showed beside the password.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Shown {
    /// Nothing, and nothing was needed.
    NotNeeded,
    Code,
    RecoveryCode,
    /// Nothing, though it was needed.
    Missing,
    /// A code that is wrong or was used.
    Wrong,
}

/// Holds what was shown against the person's second factor and uses it up. The person's row stays locked, so that of two who
/// show the same code at once one is refused.
pub(super) async fn show(app: &App, txn: &Txn, user: UserId, shown: Option<&str>, now: Instant) -> Result<Shown> {
    let factor = store::factor(txn, user).await?;
    let Some((secret, last)) = factor.and_then(|factor| Some((factor.secret?, factor.step))) else {
        return Ok(Shown::NotNeeded);
    };
    let code = shown.map(plainly).unwrap_or_default();
    if code.is_empty() {
        return Ok(Shown::Missing);
    }
    if code.len() == RECOVERY {
        let used = store::use_recovery_code(txn, user, &digest(&app.keys, user, &code)?, now).await?;
        return Ok(if used { Shown::RecoveryCode } else { Shown::Wrong });
    }
    match step(&app.keys, user, &secret, &code, last, now)? {
        Some(step) => {
            store::use_step(txn, user, step).await?;
            Ok(Shown::Code)
        }
        None => Ok(Shown::Wrong),
    }
}
