//! Around every request: its id, its time, one line in the log, and the word that this is a rehearsal.

use std::any::Any;
use std::time::Duration;

use jiebang_platform::base::id::{Kind, RowId};
use poem::http::{HeaderValue, StatusCode};
use poem::{Endpoint, Middleware, Request, Response, Result};
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
            Some(until) => timeout_at(until, answered).await.unwrap_or_else(|_| too_late()),
            None => answered.await,
        };
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

fn too_late() -> Response {
    Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).content_type("application/json").body(
        r#"{"errors":[{"message":"There was no answer in time.","extensions":{"code":"UNAVAILABLE","fields":[]}}]}"#,
    )
}

/// A panic is a fault of the platform, told as one.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked");
    Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR).content_type("application/json").body(
        r#"{"errors":[{"message":"The platform failed; this has been noted.","extensions":{"code":"INTERNAL","fields":[]}}]}"#,
    )
}
