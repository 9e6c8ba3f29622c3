//! Files: their bytes come in at `/uploads/…` and go out at `/attachments/…`, past the graph, through the same gates.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiebang_platform::awards::evidence;
use jiebang_platform::base::id::AttachmentId;
use jiebang_platform::base::{Error, faults};
use jiebang_platform::bids::uploads::{fetch, read, receive};
use jiebang_platform::files::upload::{Fetched, Received, Stretch};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use poem::http::{StatusCode, header};
use poem::{Body, Endpoint, Request, Response, Result};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Doors;
use super::graphql::{bearer, came};
use crate::graphql::Asking;
use crate::graphql::context::Came;
use crate::graphql::error::{self, Answer, Refusal};

/// How long a file may take to begin.
const FIRST_BYTE: Duration = Duration::from_secs(10);
/// Where uploads are put.
pub(super) const UPLOADS: &str = "/uploads/";

/// `PUT /uploads/ID`: bytes of a file, from the place on that `Content-Range` says, or from its beginning. What came of them is answered:
/// how many bytes have come.
pub(super) struct Upload(pub(super) Arc<Doors>);

impl Endpoint for Upload {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let came = came(&request, self.0.proxies);
        let upload = request.path_params::<String>().unwrap_or_default();
        let Some((from, whole)) = place_of(&request) else {
            let told = error::unreadable("content_range", &came);
            return Ok(answer(StatusCode::BAD_REQUEST, &json!({ "errors": [told] })));
        };
        let asking = self.0.app.db.while_alive(Asking::new(self.0.app.clone(), came.clone(), bearer(&request))).await;
        let viewer = match asking.flatten().map_err(Refusal::from).and_then(|asking| asking.viewer()) {
            Ok(viewer) => viewer,
            Err(refused) => return Ok(refused_with(refused.error(), &came)),
        };
        let (app, bytes) = (self.0.app.clone(), Box::pin(request.take_body().into_bytes_stream()));
        // A client that goes away does not take along what it has sent.
        let receiving = tokio::spawn(async move {
            viewer.person()?;
            let upload: AttachmentId = faults::id("upload", &upload)?;
            let stretch = Stretch { from, whole, bytes };
            if app.db.while_alive(evidence::read::is_evidence(&app, upload)).await?? {
                evidence::receive(&app, &viewer, upload, stretch).await
            } else {
                receive::receive(&app, &viewer, upload, stretch).await
            }
        });
        let received = receiving.await.unwrap_or_else(|fault| Err(anyhow::Error::from(fault).into()));
        Ok(match received {
            Ok(Received { upload, received, size }) => {
                let body = json!({ "upload": { "id": upload.to_string(), "received": received, "size": size } });
                answer(StatusCode::OK, &body)
            }
            Err(refused) => refused_with(&refused, &came),
        })
    }
}

/// Where the bytes belong, and of how many they are, where that is said (RFC 9110 14.4, 14.5); none where it is not readable.
fn place_of(request: &Request) -> Option<(u64, Option<u64>)> {
    let Some(range) = request.headers().get(header::CONTENT_RANGE) else { return Some((0, None)) };
    let (range, whole) = range.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    let (from, to) = range.split_once('-')?;
    let (from, to) = (from.parse::<u64>().ok()?, to.parse::<u64>().ok()?);
    let whole = if whole == "*" { None } else { Some(whole.parse::<u64>().ok().filter(|whole| to < *whole)?) };
    (from <= to).then_some((from, whole))
}

/// `GET /attachments/ID`: the bytes of a file, to whoever may read what it goes with, as an attachment that no page can show as its own.
pub(super) struct Download(pub(super) Arc<Doors>);

impl Endpoint for Download {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let came = came(&request, self.0.proxies);
        let id = request.path_params::<String>().unwrap_or_default();
        // Until its first byte is there; from then on the connection's own times hold.
        let found = timeout(FIRST_BYTE, self.0.app.db.while_alive(self.found(&request, &came, &id))).await;
        let late = |_| Ok(Err(Error::Unavailable("no first byte in time".into()).into()));
        Ok(match found.unwrap_or_else(late).unwrap_or_else(|silent| Err(silent.into())) {
            Ok(file) => handed_out(file),
            Err(refused) => refused_with(refused.error(), &came),
        })
    }
}

impl Download {
    async fn found(&self, request: &Request, came: &Came, id: &str) -> Answer<Fetched> {
        let id: AttachmentId = faults::id("attachment", id)?;
        let asking = Asking::new(self.0.app.clone(), came.clone(), bearer(request)).await?;
        let viewer = asking.viewer()?;
        let mut file = match read::place(&self.0.app, id).await? {
            Some((bid, _)) => {
                let view = asking.loaders().load_one(bid).await?;
                fetch::fetch(&self.0.app, &viewer, &view.ok_or(Error::Hidden)?, id).await?
            }
            None => evidence::fetch(&self.0.app, &viewer, id).await?,
        };
        // What cannot be read at all is told before it is promised.
        let away = |fault: std::io::Error| Error::Unavailable(format!("a file cannot be read: {fault}"));
        if let Some(first) = file.bytes.try_next().await.map_err(away)? {
            file.bytes = stream::once(async { Ok(first) }).chain(file.bytes).boxed();
        }
        Ok(file)
    }
}

fn handed_out(file: Fetched) -> Response {
    let ending = file.name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    let ending: String = ending.chars().filter(char::is_ascii_alphanumeric).collect();
    let named = utf8_percent_encode(&file.name, NON_ALPHANUMERIC);
    Response::builder()
        .content_type(&file.media_type)
        .header(header::CONTENT_LENGTH, file.size)
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"file.{ending}\"; filename*=UTF-8''{named}"),
        )
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")
        .header("cross-origin-resource-policy", "same-origin")
        .body(Body::from_bytes_stream(file.bytes))
}

fn refused_with(refused: &Error, came: &Came) -> Response {
    let status = match refused {
        Error::SignIn(_) => StatusCode::UNAUTHORIZED,
        Error::NotYours(_) => StatusCode::FORBIDDEN,
        Error::Hidden => StatusCode::NOT_FOUND,
        Error::Invalid(_) | Error::TooComplex(..) => StatusCode::BAD_REQUEST,
        Error::NotNow(_) | Error::Short(..) | Error::TooLate(_) | Error::Conflict(_) | Error::CalendarNotLoaded(_) => {
            StatusCode::CONFLICT
        }
        Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Busy(_) | Error::Unavailable(_) | Error::Again(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut refusal = answer(status, &json!({ "errors": [error::told(refused, came)] }));
    if let Error::TooMany(seconds) | Error::Busy(seconds) = refused {
        refusal.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
    }
    refusal
}

fn answer(status: StatusCode, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .content_type("application/json; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::VARY, "accept-language")
        .body(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_or_refused() {
        let at = |range: Option<&str>| {
            let request = Request::builder();
            place_of(&match range {
                Some(range) => request.header("content-range", range).finish(),
                None => request.finish(),
            })
        };
        assert_eq!(at(None), Some((0, None)));
        assert_eq!(at(Some("bytes 5-9/10")), Some((5, Some(10))));
        assert_eq!(at(Some("bytes 0-0/*")), Some((0, None)));
        for bad in [
            "",
            "bytes",
            "bytes */10",
            "bytes 9-5/10",
            "bytes -5/10",
            "bytes 5-/10",
            "items 0-1/2",
            "bytes 0-1",
            "bytes 5-9/9",
        ] {
            assert_eq!(at(Some(bad)), None, "{bad}");
        }
    }
}
