//! The public door. TLS ends before it.

mod accept;
mod connection;
mod files;
mod graphql;
mod health;
mod keys;
mod limits;
mod notices;
mod open_data;
mod pages;
mod question;
pub mod session;
mod trace;
mod ws;

use std::sync::Arc;
use std::time::Duration;

use jiebang_platform::App;
use jiebang_platform::base::Error;
use poem::http::HeaderMap;
use poem::middleware::CatchPanic;
use poem::{Endpoint, EndpointExt, Response, Route, get, put};
use tokio::time::{Instant, timeout_at};

pub use accept::{Bound, bind, stop_on_signals};

use crate::config::Server;
use crate::graphql::context::Came;
use crate::graphql::error::{self, Finished};
use crate::graphql::guard::Admitted;
use crate::graphql::nulls::Shape;
use crate::graphql::{Asking, Schema};

/// How long a request may take that came over no socket of ours.
const LONGEST: Duration = Duration::from_secs(10);

/// What the handlers share.
pub(crate) struct Doors {
    app: App,
    schema: Schema,
    shape: Shape,
    /// Whether clients are told what could be asked.
    open: bool,
    /// How many proxies of one's own stand in front.
    proxies: usize,
    /// Of which other sites the pages may open sockets.
    origins: Vec<String>,
    /// How long a socket may say nothing of who it is.
    socket_init: Duration,
    /// How often a socket is asked whether it is still there.
    socket_ping: Duration,
}

impl Doors {
    /// Finds out who asks, and answers, in time or not at all.
    async fn answer(
        &self,
        admitted: Admitted,
        came: &Came,
        bearer: Option<&str>,
        until: Option<Instant>,
    ) -> (Finished, HeaderMap) {
        let Admitted { request, asked, .. } = admitted;
        let executed = self.app.db.while_alive(async {
            let asking = Asking::new(self.app.clone(), came.clone(), bearer).await?;
            Ok(self.schema.execute(request.data(asking)).await)
        });
        let late = |_| Err(Error::Unavailable("no answer in time".into()));
        let until = until.unwrap_or_else(|| Instant::now() + LONGEST);
        match timeout_at(until, async { executed.await.flatten() }).await.unwrap_or_else(late) {
            Ok(response) => {
                let finished = error::finish(&response, &asked, &self.shape, came);
                (finished, response.http_headers)
            }
            Err(fault) => (Finished::failed(&fault, came), HeaderMap::new()),
        }
    }
}

/// Whether a text is a message of the socket's protocol.
#[cfg(fuzzing)]
pub fn is_a_message(text: &str) -> bool {
    ws::is_a_message(text)
}

/// Everything that is served, ready to be bound to a port or called in process.
pub fn app_endpoint(app: App, server: &Server) -> impl Endpoint<Output = Response> + 'static {
    let open = server.profile.is_open(app.settings.rehearsal);
    let schema = Schema::of(app.settings.rehearsal, open);
    let shape = Shape::of(&schema);
    let doors = Arc::new(Doors {
        schema,
        shape,
        open,
        proxies: server.proxies,
        origins: server.origins.split_whitespace().map(str::to_owned).collect(),
        socket_init: Duration::from_secs(server.socket_init_seconds),
        // A period of nothing is no period.
        socket_ping: Duration::from_secs(server.socket_ping_seconds.max(1)),
        app,
    });
    Route::new()
        .at("/graphql", graphql::Graphql(doors.clone()))
        .at("/uploads/:id", put(files::Upload(doors.clone())))
        .at("/attachments/:id", get(files::Download(doors.clone())))
        .at("/challenges/:id/review-report", get(pages::ReviewReport(doors.clone())))
        .at("/notices/:id", get(notices::NoticePage(doors.clone())))
        .at("/open-data/ocds", get(open_data::Index(doors.clone())))
        .at("/open-data/ocds/:ocid", get(open_data::Package(doors.clone())))
        .at("/healthz", get(health::alive))
        .at("/readyz", get(health::Ready(doors.clone())))
        .at("/.well-known/jwks.json", get(keys::Tokens(doors.clone())))
        .at("/.well-known/receipt-keys.json", get(keys::Receipts(doors.clone())))
        .with(CatchPanic::new().with_handler(trace::panicked))
        .with(trace::Trace { rehearsal: doors.app.settings.rehearsal })
        .map_to_response()
}
