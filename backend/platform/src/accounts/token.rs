//! Access tokens (RFC 9068 shape: `typ` at+jwt, EdDSA, five minutes) and refresh tokens (32 random bytes, kept as SHA-256).

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::App;
use crate::base::id::{SessionId, UserId};
use crate::base::{Error, Instant, Reason, Result, random};

/// For whom access tokens are: this platform.
pub const AUDIENCE: &str = "jiebang";

const KIND: &str = "at+jwt";
const LIFE: TimeDelta = TimeDelta::minutes(5);
/// The machine's clock may be set back a little between two requests.
const LEEWAY: i64 = 5;
/// Ours have about 500; nothing longer is looked at.
const MOST: usize = 2_000;

/// All are required, and of these types: a number of another kind is a refusal, not an absence.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    exp: i64,
    nbf: i64,
    iat: i64,
    jti: String,
    sid: SessionId,
}

/// A token that was issued, and until when it is good.
pub(super) struct Access {
    pub token: String,
    pub expires_at: Instant,
}

/// Issues an access token.
pub(super) fn issue(app: &App, user: UserId, session: SessionId) -> Result<Access> {
    let now = app.clock.machine_now();
    let expires_at = now + LIFE;
    let claims = Claims {
        iss: app.settings.issuer.clone(),
        aud: AUDIENCE.to_owned(),
        sub: user,
        exp: expires_at.timestamp(),
        nbf: now.timestamp(),
        iat: now.timestamp(),
        jti: hex::encode(random::bytes::<16>()?),
        sid: session,
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(KIND.to_owned());
    header.kid = Some(app.keys.token.id.clone());
    let key = EncodingKey::from_ed_der(&app.keys.token.der()?);
    let token = jsonwebtoken::encode(&header, &claims, &key).map_err(|fault| Error::Internal(fault.into()))?;
    Ok(Access { token, expires_at })
}

/// Who a token says is asking. Whether the session still lives is another question.
pub(super) fn read(app: &App, token: &str) -> Result<(UserId, SessionId)> {
    let refused = || Error::SignIn(Reason::SessionEnded);
    if token.len() > MOST {
        return Err(refused());
    }
    let kid = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid).ok_or_else(refused)?;
    let (_, public) = app.keys.token_keys().find(|(id, _)| *id == kid).ok_or_else(refused)?;
    let key = DecodingKey::from_ed_components(&public).map_err(|fault| Error::Internal(fault.into()))?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[&app.settings.issuer]);
    validation.required_spec_claims = HashSet::from(["exp", "nbf", "aud", "iss", "sub"].map(str::to_owned));
    // The library reads the system's clock; the comparison below reads ours.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let read = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| refused())?;
    let ours = Header { typ: Some(KIND.to_owned()), kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
    let now = app.clock.machine_now().timestamp();
    let Claims { exp, nbf, iat, sub, sid, .. } = read.claims;
    let timely = now < exp && nbf <= now.saturating_add(LEEWAY) && iat <= now.saturating_add(LEEWAY);
    // No `jku`, `jwk`, `x5u`, `crit` and the like: our own headers are exactly these.
    if read.header != ours || !timely || exp.saturating_sub(iat) > LIFE.num_seconds() {
        return Err(refused());
    }
    Ok((sub, sid))
}

/// A new refresh token: what its owner gets, and what is kept of it.
pub(super) fn refresh() -> Result<(String, Vec<u8>)> {
    let token = URL_SAFE_NO_PAD.encode(random::bytes::<32>()?);
    let hash = hash(&token);
    Ok((token, hash))
}

/// What is kept of a refresh token.
pub(super) fn hash(refresh: &str) -> Vec<u8> {
    Sha256::digest(refresh).to_vec()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::id::Kind;
    use crate::testing;

    #[tokio::test]
    async fn only_the_token_itself_is_good() {
        let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        let (user, session) = (UserId::new(), SessionId::new());
        let good = issue(&app, user, session).unwrap().token;
        assert_eq!(read(&app, &good).unwrap(), (user, session));
        let texts = prop_oneof![4 => testing::mutated(&good), 1 => any::<String>(), 1 => "[!-~]{0,40}\\.[!-~]{0,40}\\.[!-~]{0,40}"];
        for text in testing::samples(texts) {
            let read = read(&app, &text);
            assert_eq!(read.is_ok(), text == good, "{text}");
            assert!(matches!(read, Ok(_) | Err(Error::SignIn(_))), "{text}: {read:?}");
        }
    }

    proptest! {
        #[test]
        fn any_refresh_token_has_a_hash_of_its_own(one: String, other: String) {
            prop_assert_eq!(hash(&one).len(), 32);
            prop_assert_eq!(hash(&one) == hash(&other), one == other);
        }
    }
}
