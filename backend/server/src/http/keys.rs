//! The public keys, for whoever checks an access token or a receipt without asking the platform.

use std::sync::Arc;

use jiebang_platform::keys::Signing;
use poem::{Endpoint, Request, Response, Result};
use serde_json::{Value, json};

use super::Doors;

pub(super) struct Tokens(pub(super) Arc<Doors>);

impl Endpoint for Tokens {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        Ok(set(vec![jwk(&self.0.app.keys.token)]))
    }
}

pub(super) struct Receipts(pub(super) Arc<Doors>);

impl Endpoint for Receipts {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        Ok(set(vec![jwk(&self.0.app.keys.receipt)]))
    }
}

/// RFC 8037.
fn jwk(key: &Signing) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id, "x": key.public() })
}

fn set(keys: Vec<Value>) -> Response {
    Response::builder()
        .content_type("application/jwk-set+json")
        .header("cache-control", "public, max-age=300")
        .body(json!({ "keys": keys }).to_string())
}
