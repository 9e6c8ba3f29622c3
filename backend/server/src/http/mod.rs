//! The public door. TLS ends before it.

mod accept;
mod connection;
mod graphql;
mod health;
mod keys;
mod limits;
pub mod session;
mod trace;

use std::sync::Arc;

use jiebang_platform::App;
use poem::middleware::CatchPanic;
use poem::{Endpoint, EndpointExt, Response, Route, get};

pub use accept::{Bound, bind, stop_on_signals};

use crate::config::Server;
use crate::graphql::Schema;
use crate::graphql::nulls::Shape;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Doors {
    app: App,
    schema: Schema,
    shape: Arc<Shape>,
    /// How many proxies of one's own stand in front.
    proxies: usize,
}

/// Everything that is served, ready to be bound to a port or called in process.
pub fn app_endpoint(app: App, server: &Server) -> impl Endpoint<Output = Response> + 'static {
    let schema = Schema::of(app.settings.rehearsal);
    let shape = Arc::new(Shape::of(&schema));
    let doors = Arc::new(Doors { schema, shape, proxies: server.proxies, app });
    Route::new()
        .at("/graphql", graphql::Graphql(doors.clone()))
        .at("/healthz", get(health::alive))
        .at("/readyz", get(health::Ready(doors.clone())))
        .at("/.well-known/jwks.json", get(keys::Tokens(doors.clone())))
        .at("/.well-known/receipt-keys.json", get(keys::Receipts(doors.clone())))
        .with(CatchPanic::new().with_handler(trace::panicked))
        .with(trace::Trace { rehearsal: doors.app.settings.rehearsal })
        .map_to_response()
}
