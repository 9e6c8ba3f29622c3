//! The notice (公示) of proposed winners, for everybody: a page in both languages, or the same as data. Nobody signs in for it, and whoever
//! has is shown no more.

use std::sync::Arc;

use jiebang_platform::base::Error;
use jiebang_platform::base::id::NoticeId;
use poem::http::{HeaderValue, header};
use poem::{Endpoint, Request, Response, Result};
use serde_json::{Value, json};

use super::Doors;
use super::graphql::came;
use super::pages::{ask, printed, refused};
use crate::graphql::context::Came;
use crate::graphql::error;

const NOTICE: &str = include_str!("../../../../schema/operations/noticePage.graphql");
/// That a notice is void, or over, is to be seen at once: whoever keeps it asks again before showing it.
const CACHE: &str = "public, no-cache";

/// `GET /notices/ID`: HTML, or with `?format=json` or `Accept: application/json` what the operation `noticePage` tells nobody in particular.
pub(super) struct NoticePage(pub(super) Arc<Doors>);

impl Endpoint for NoticePage {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let came = came(&request, self.0.proxies);
        let id = request.path_params::<String>().unwrap_or_default();
        let data = match self.data(&id, &came).await {
            Ok(data) => data,
            Err(refused) => return Ok(refused),
        };
        let page = if wants_data(&request) {
            Ok(Response::builder()
                .content_type("application/json; charset=utf-8")
                .header(header::CACHE_CONTROL, CACHE)
                .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
                .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
                .body(data.to_string()))
        } else {
            printed("notice", "notice", data.get("node").unwrap_or(&Value::Null), CACHE)
        };
        let mut page = page.unwrap_or_else(|fault| refused(&error::told(&Error::Internal(fault), &came)));
        page.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
        Ok(page)
    }
}

impl NoticePage {
    async fn data(&self, id: &str, came: &Came) -> std::result::Result<Value, Response> {
        let hidden = || refused(&error::told(&Error::Hidden, came));
        let id: NoticeId = id.parse().map_err(|_| hidden())?;
        let data = ask(&self.0, NOTICE, json!({ "id": id }), came, None).await?;
        if data.get("node").is_some_and(Value::is_object) { Ok(data) } else { Err(hidden()) }
    }
}

/// Whether a program asks: who names HTML at all is shown the page.
fn wants_data(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes()).any(|(name, form)| name == "format" && form == "json");
    let accepted = request.headers().get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok()).unwrap_or_default();
    asked || (accepted.contains("application/json") && !accepted.contains("text/html"))
}
