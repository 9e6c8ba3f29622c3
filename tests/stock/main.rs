//! What the abuse corpus of `tests/it/abuse.rs` is held against: the library's own handlers behind the framework's own server, with
//! every limit that both have turned on. It prints where it listens, and serves until it is killed.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql::{Context, Data, Object, Result, Schema, SimpleObject, Subscription, Upload};
use async_graphql_poem::{GraphQL, GraphQLProtocol, GraphQLWebSocket};
use futures_util::stream;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::middleware::SizeLimit;
use poem::web::websocket::WebSocket;
use poem::{EndpointExt, IntoResponse, Response, Route, Server, get, handler};

#[derive(SimpleObject)]
struct Challenge {
    id: String,
}

#[derive(SimpleObject)]
struct Challenges {
    nodes: Vec<Challenge>,
}

struct Query;

#[Object]
impl Query {
    async fn challenges(&self, first: Option<i32>) -> Challenges {
        let count = first.unwrap_or(1).clamp(0, 100);
        Challenges { nodes: (0..count).map(|number| Challenge { id: number.to_string() }).collect() }
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn attach(&self, context: &Context<'_>, file: Upload) -> Result<String> {
        Ok(file.value(context)?.filename)
    }
}

struct Watch;

#[Subscription]
impl Watch {
    async fn challenge_changed(&self, challenge_id: String) -> impl stream::Stream<Item = Challenge> {
        let _ = challenge_id;
        stream::pending()
    }
}

/// As the library documents it for those who sign in.
#[handler]
fn sockets(
    schema: poem::web::Data<&Schema<Query, Mutation, Watch>>,
    protocol: GraphQLProtocol,
    socket: WebSocket,
) -> Response {
    let schema = schema.0.clone();
    let serves = move |stream| GraphQLWebSocket::new(stream, schema, protocol).on_connection_init(let_in).serve();
    socket.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(serves).into_response()
}

/// When this began.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Who shows a token is let in while it holds; it says for how many seconds of this process that is.
async fn let_in(payload: serde_json::Value) -> Result<Data> {
    if let Some(shown) = payload["authorization"].as_str() {
        let holds = Duration::from_secs(shown.trim_start_matches("Bearer ").parse()?);
        if BEGAN.elapsed() >= holds {
            return Err("it has ended".into());
        }
    }
    Ok(Data::default())
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    LazyLock::force(&BEGAN);
    let schema = Schema::build(Query, Mutation, Watch)
        .limit_depth(10)
        .limit_complexity(250)
        .limit_recursive_depth(32)
        .limit_directives(20)
        .disable_introspection()
        .disable_suggestions()
        .finish();
    let graphql = get(GraphQL::new(schema.clone())).post(GraphQL::new(schema.clone()));
    let routes = Route::new()
        .at("/graphql", graphql)
        .at("/limited", poem::post(GraphQL::new(schema.clone())).with(SizeLimit::new(512 * 1024)))
        .at("/sockets", get(sockets.data(schema)));
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await?;
    for address in acceptor.local_addr() {
        println!("{address}");
    }
    Server::new_with_acceptor(acceptor).run(routes).await
}
