//! Whether the process lives, and whether it can serve.

use std::sync::Arc;
use std::time::Duration;

use poem::http::StatusCode;
use poem::{Endpoint, Request, Response, Result, handler};

use super::Doors;

const PATIENCE: Duration = Duration::from_secs(2);

#[handler]
pub(super) fn alive() -> &'static str {
    "ok"
}

/// Whether the database answers within two seconds.
pub(super) struct Ready(pub(super) Arc<Doors>);

impl Endpoint for Ready {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let ping = tokio::time::timeout(PATIENCE, self.0.app.db.ping()).await;
        Ok(match ping {
            Ok(Ok(())) => Response::builder().body("ready"),
            Ok(Err(_)) | Err(_) => {
                Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).body("the database does not answer")
            }
        })
    }
}
