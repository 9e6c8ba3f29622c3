//! Around every request: its id, its time, one line in the log, and the word that this is a rehearsal.

use std::any::Any;
use std::time::Duration;

use jiebang_platform::base::id::{Kind, RowId};
use poem::http::{HeaderValue, StatusCode};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use serde_json::json;
use tokio::time::timeout_at;

use super::limits::Bounds;

/// Whoever answers knows the time and says it better; this is for who does not.
const GRACE: Duration = Duration::from_millis(500);

/// The request's id, as an extension of the request.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) String);

pub(super) struct Trace {
    pub(super) rehearsal: bool,
}

impl<E: Endpoint> Middleware<E> for Trace {
    type Output = Traced<E>;

    fn transform(&self, inner: E) -> Traced<E> {
        Traced { inner, rehearsal: self.rehearsal }
    }
}

pub(super) struct Traced<E> {
    inner: E,
    rehearsal: bool,
}

impl<E: Endpoint> Endpoint for Traced<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = RowId::new().uuid().to_string();
        request.extensions_mut().insert(RequestId(id.clone()));
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let began = std::time::Instant::now();
        let until = Bounds::of(&request).map(|bounds| bounds.until + GRACE);
        let answered = self.inner.get_response(request);
        let mut response = match until {
            Some(until) => timeout_at(until, answered).await.unwrap_or_else(|_| too_late(&id)),
            None => answered.await,
        };
        if response.extensions().get::<Panicked>().is_some() {
            response = failed(&id);
        }
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = response.status().as_u16();
        tracing::info!(request = id, %method, path, status, milliseconds, rehearsal = self.rehearsal, "answered");
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-request-id", id);
        }
        if self.rehearsal {
            response.headers_mut().insert("x-jiebang-mode", HeaderValue::from_static("rehearsal"));
        }
        Ok(response)
    }
}

/// Marks the answer to a request that panicked.
#[derive(Clone)]
struct Panicked;

/// A panic is a fault of the platform, told as one.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked");
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Panicked);
    response
}

fn too_late(id: &str) -> Response {
    told(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "There was no answer in time.", id)
}

fn failed(id: &str) -> Response {
    told(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "The platform failed; this has been noted.", id)
}

fn told(status: StatusCode, code: &str, message: &str, id: &str) -> Response {
    let extensions = json!({ "code": code, "fields": [], "requestId": id });
    let body = json!({ "errors": [{ "message": message, "extensions": extensions }] });
    Response::builder().status(status).content_type("application/json").body(body.to_string())
}

#[cfg(test)]
mod tests {
    use poem::middleware::CatchPanic;
    use poem::{EndpointExt, handler};
    use serde_json::Value;
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::*;

    #[handler]
    async fn panics() {
        panic!("for a test");
    }

    #[handler]
    async fn waits() {
        std::future::pending().await
    }

    #[tokio::test(start_paused = true)]
    async fn who_panics_or_is_late_is_told_with_the_id_of_the_request() {
        let bounds = Bounds { until: Instant::now(), stopping: CancellationToken::new() };
        let late = Request::builder().extension(bounds).finish();
        for (endpoint, request, code) in
            [(panics.boxed(), Request::default(), "INTERNAL"), (waits.boxed(), late, "UNAVAILABLE")]
        {
            let door = endpoint.with(CatchPanic::new().with_handler(panicked)).with(Trace { rehearsal: false });
            let answer = door.get_response(request).await;
            let id = answer.headers().get("x-request-id").unwrap().to_str().unwrap().to_owned();
            let body: Value = serde_json::from_slice(&answer.into_body().into_vec().await.unwrap()).unwrap();
            let extensions = &body["errors"][0]["extensions"];
            assert_eq!(
                (extensions["code"].as_str(), extensions["requestId"].as_str()),
                (Some(code), Some(id.as_str()))
            );
        }
    }
}
