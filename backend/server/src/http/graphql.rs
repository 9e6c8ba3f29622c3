//! `/graphql`: GraphQL over HTTP, one operation at a time; a WebSocket begins here.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use jiebang_platform::base::Error;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, Request, Response, Result};
use serde_json::{Value, json};

use super::limits::{Bounds, Unread, read_body};
use super::question::{self, Kind};
use super::trace::RequestId;
use super::{Doors, session, ws};
use crate::graphql::context::{Came, Locale};
use crate::graphql::error::{self, Finished, Outcome};
use crate::graphql::guard;

pub(super) const MOST_BYTES: usize = 512 * 1024;

pub(super) struct Graphql(pub(super) Arc<Doors>);

impl Endpoint for Graphql {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let doors = &self.0;
        let came = came(&request, doors.proxies);
        let kind = Kind::accepted_by(&request);
        let unreadable = |(status, words)| {
            let mut refused = answer(status, kind, &json!({ "errors": [error::unreadable(words, &came)] }));
            if status == StatusCode::METHOD_NOT_ALLOWED {
                refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static(question::methods(doors.open)));
            }
            Ok(refused)
        };
        if request.method() == Method::GET && ws::is_wanted(&request) {
            return match ws::open(&request, doors.clone()).await {
                Ok(opened) => Ok(opened),
                Err(refused) => unreadable(refused),
            };
        }
        let question = match question::read(&request, doors.open) {
            Ok(Some(question)) => Ok(question),
            Ok(None) => match read_body(&mut request, MOST_BYTES).await {
                Ok(body) => question::from_body(&body),
                Err(Unread::TooLarge) => {
                    let told = error::told(&Error::TooLarge, &came);
                    return Ok(answer(StatusCode::PAYLOAD_TOO_LARGE, kind, &json!({ "errors": [told] })));
                }
                Err(Unread::TooSlow) => Err((StatusCode::REQUEST_TIMEOUT, "too_slow")),
                Err(Unread::Broken) => Err((StatusCode::BAD_REQUEST, "malformed")),
            },
            Err(refused) => Err(refused),
        };
        let question = match question {
            Ok(question) => question,
            Err(refused) => return unreadable(refused),
        };
        let admitted = match guard::admit(question, &doors.shape) {
            Ok(admitted) => admitted,
            Err(refused) => return Ok(finished(kind, &Finished::refused(&refused, &came))),
        };
        match admitted.kind {
            OperationType::Mutation if request.method() == Method::GET => {
                return unreadable((StatusCode::METHOD_NOT_ALLOWED, "get_reads_only"));
            }
            OperationType::Subscription => return unreadable((StatusCode::BAD_REQUEST, "subscribe_elsewhere")),
            OperationType::Query | OperationType::Mutation => {}
        }
        let until = Bounds::of(&request).map(|bounds| bounds.until);
        let (answered, headers) = doors.answer(admitted, &came, bearer(&request), until).await;
        let mut answer = finished(kind, &answered);
        answer.headers_mut().extend(headers);
        Ok(answer)
    }
}

/// With `application/json` whatever could be read and served is 200.
fn finished(kind: Kind, finished: &Finished) -> Response {
    let status = match finished.outcome {
        Outcome::Executed => StatusCode::OK,
        Outcome::Refused if kind == Kind::Json => StatusCode::OK,
        Outcome::Refused => StatusCode::BAD_REQUEST,
        Outcome::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Outcome::Failed => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut answer = answer(status, kind, &finished.body);
    if let Some(seconds) = finished.retry_after() {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

fn answer(status: StatusCode, kind: Kind, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .content_type(kind.name())
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::VARY, "accept, accept-language")
        .body(body.to_string())
}

/// What a request came with.
pub(super) fn came(request: &Request, proxies: usize) -> Came {
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

pub(super) fn bearer(request: &Request) -> Option<&str> {
    Some(token_of(request.headers().get(header::AUTHORIZATION)?.to_str().unwrap_or_default()))
}

/// The token of an authorization. Credentials that are none of ours are not nobody's: they are an empty token.
pub(super) fn token_of(authorization: &str) -> &str {
    match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_forwarded_address_is_the_proxies_or_the_connections(
            forwarded in prop_oneof![
                "\\PC{0,30}",
                proptest::collection::vec(prop_oneof![any::<IpAddr>().prop_map(|one| one.to_string()), Just("x".to_owned())], 0..5)
                    .prop_map(|hops| hops.join(", ")),
            ],
            proxies in 0usize..4,
        ) {
            let Ok(value) = HeaderValue::from_str(&forwarded) else { return Ok(()) };
            let request = Request::builder().header("x-forwarded-for", value).finish();
            let nobody = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
            let hops: Vec<_> = forwarded.split(',').map(str::trim).collect();
            // The nearest proxy's word stands last; what stands before the outermost one's is anybody's.
            let place = hops.len().checked_sub(proxies).filter(|_| proxies > 0);
            let expected = place.and_then(|place| hops[place].parse().ok()).unwrap_or(nobody);
            prop_assert_eq!(address(&request, proxies), expected);
        }

        #[test]
        fn any_authorization_is_a_token_or_an_empty_one(scheme in "(?i)(bearer|basic|\\PC{0,6})", token in "\\PC{0,20}") {
            let read = token_of(&format!("{scheme} {token}")).to_owned();
            if scheme.eq_ignore_ascii_case("bearer") {
                prop_assert_eq!(read, token.trim());
            } else {
                prop_assert!(read.is_empty() || scheme.to_ascii_lowercase().starts_with("bearer "));
            }
        }
    }
}
