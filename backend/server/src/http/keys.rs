//! The public keys, for whoever checks an access token or a receipt without asking the platform.

use std::sync::Arc;

use jiebang_platform::bids::receipt;
use poem::http::StatusCode;
use poem::{Endpoint, IntoResponse, Request, Response, Result};
use serde_json::{Value, json};

use super::Doors;

/// The keys whose access tokens hold.
pub(super) struct Tokens(pub(super) Arc<Doors>);

impl Endpoint for Tokens {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        Ok(set(self.0.app.keys.token_keys().map(|(id, public)| jwk(id, &public)).collect()))
    }
}

/// All that ever signed a receipt: a receipt can be checked for ever.
pub(super) struct Receipts(pub(super) Arc<Doors>);

impl Endpoint for Receipts {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        match receipt::keys(&self.0.app).await {
            Ok(keys) => Ok(set(keys.iter().map(|(id, public)| jwk(id, public)).collect())),
            Err(fault) => {
                tracing::warn!(%fault, "the receipt keys could not be read");
                Ok(StatusCode::SERVICE_UNAVAILABLE.into_response())
            }
        }
    }
}

/// RFC 8037.
fn jwk(id: &str, public: &str) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": id, "x": public })
}

fn set(keys: Vec<Value>) -> Response {
    Response::builder()
        .content_type("application/jwk-set+json")
        .header("cache-control", "public, max-age=300")
        .body(json!({ "keys": keys }).to_string())
}
