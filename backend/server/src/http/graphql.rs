//! `POST /graphql`, JSON in and out, one operation at a time.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use jiebang_platform::base::{self, Error};
use poem::error::ReadBodyError;
use poem::http::{Method, StatusCode, header};
use poem::{Endpoint, Request, Response, Result};
use serde_json::{Value, json};

use super::trace::RequestId;
use super::{Doors, session};
use crate::graphql::context::{Came, Locale};
use crate::graphql::error::Asked;
use crate::graphql::{Asking, error, guard};

const MOST_BYTES: usize = 512 * 1024;
/// How long a request may take in all.
const LONGEST: Duration = Duration::from_secs(10);
const RESPONSE_JSON: &str = "application/graphql-response+json";
const PLAIN_JSON: &str = "application/json";

pub(super) struct Graphql(pub(super) Arc<Doors>);

impl Endpoint for Graphql {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let came = came(&request, self.0.proxies);
        let kind = answer_kind(&request);
        let refuse = |status, told: Value| Ok(answer(status, kind, &json!({ "errors": [told] })));
        if request.method() != Method::POST {
            let mut refused = answer(
                StatusCode::METHOD_NOT_ALLOWED,
                kind,
                &json!({ "errors": [error::unreadable("post_only", &came)] }),
            );
            refused.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
            return Ok(refused);
        }
        if !is_json(&request) {
            return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, error::unreadable("json_only", &came));
        }
        let body = match request.take_body().into_bytes_limit(MOST_BYTES).await {
            Ok(body) => body,
            Err(ReadBodyError::PayloadTooLarge) => {
                return refuse(StatusCode::PAYLOAD_TOO_LARGE, error::told(&Error::TooLarge, &came));
            }
            Err(_) => return refuse(StatusCode::BAD_REQUEST, error::unreadable("malformed", &came)),
        };
        // An array would be a batch, or the fields of a request by position: neither is taken.
        // Nothing that is meant has a NUL in it, and PostgreSQL has no text with one.
        let nul = body.windows(6).any(|six| six == br"\u0000");
        let object = !nul && body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let Some(asked) = serde_json::from_slice::<async_graphql::Request>(&body).ok().filter(|_| object) else {
            return refuse(StatusCode::BAD_REQUEST, error::unreadable("malformed", &came));
        };
        if let Err(refused) = guard::check(&asked.query) {
            return refuse(StatusCode::BAD_REQUEST, error::told(&refused, &came));
        }
        let (query, operation) = (asked.query.clone(), asked.operation_name.clone());
        let executed = self.0.app.db.while_alive(self.execute(asked, &came, bearer(&request)));
        let answered = tokio::time::timeout(LONGEST, async { executed.await.flatten() }).await;
        let response = match answered.unwrap_or_else(|_| Err(Error::Unavailable("no answer in time".into()))) {
            Ok(response) => response,
            Err(fault) => {
                let status = match fault {
                    Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                return refuse(status, error::told(&fault, &came));
            }
        };
        let asked = Asked { shape: &self.0.shape, query: &query, operation: operation.as_deref() };
        let finished = error::finish(&response, &asked, &came);
        let status = if finished.executed { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        let mut answered = answer(status, kind, &finished.body);
        for (name, value) in &response.http_headers {
            answered.headers_mut().append(name, value.clone());
        }
        Ok(answered)
    }
}

impl Graphql {
    /// Finds out who asks, and answers.
    async fn execute(
        &self,
        asked: async_graphql::Request,
        came: &Came,
        bearer: Option<&str>,
    ) -> base::Result<async_graphql::Response> {
        let asking = Asking::new(self.0.app.clone(), came.clone(), bearer).await?;
        Ok(self.0.schema.execute(asked.data(asking)).await)
    }
}

fn answer(status: StatusCode, kind: &'static str, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .content_type(format!("{kind}; charset=utf-8"))
        .header(header::CACHE_CONTROL, "no-store")
        .body(body.to_string())
}

fn came(request: &Request, proxies: usize) -> Came {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    Came {
        id: request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        locale: Locale::preferred(text(header::ACCEPT_LANGUAGE)),
        address: Some(address(request, proxies)),
        user_agent: text(header::USER_AGENT).map(str::to_owned),
        cookie: session::refresh_token(request),
    }
}

/// The client's address: the connection's, or what one's own proxies have seen. Whoever is unknown shares one.
fn address(request: &Request, proxies: usize) -> IpAddr {
    let forwarded = || {
        let all = request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<_> = all.flat_map(|value| value.split(',')).map(str::trim).collect();
        hops.iter().rev().nth(proxies.checked_sub(1)?)?.parse().ok()
    };
    let socket = || request.remote_addr().as_socket_addr().map(|socket| socket.ip());
    forwarded().or_else(socket).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

fn bearer(request: &Request) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim()),
        // Credentials that are none of ours are not nobody's.
        _ => Some(""),
    }
}

fn is_json(request: &Request) -> bool {
    let kind = request.content_type().and_then(|kind| kind.split(';').next()).map(str::trim);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case(PLAIN_JSON))
}

fn answer_kind(request: &Request) -> &'static str {
    let accepts = request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepts.flat_map(|value| value.split(',')).filter_map(|kind| kind.split(';').next()).map(str::trim);
    if kinds.any(|kind| kind.eq_ignore_ascii_case(RESPONSE_JSON)) { RESPONSE_JSON } else { PLAIN_JSON }
}
