//! A client of graphql-transport-ws.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// The header that agrees on the protocol.
pub const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");
/// Watches a challenge.
pub const WATCH: &str = "subscription($id: ID!) { challengeChanged(challengeId: $id) { id kind subject summary } }";
/// Nothing here takes longer, or it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client of the protocol.
pub struct Client(pub WebSocketStream<TcpStream>);

impl Client {
    /// Opens with these headers, or is refused.
    pub async fn try_to_open(at: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let mut request = format!("ws://{at}/graphql").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        let (stream, _) = client_async(request, TcpStream::connect(at).await.unwrap()).await?;
        Ok(Self(stream))
    }

    /// Opened, and nothing said.
    pub async fn opened(at: SocketAddr) -> Self {
        Self::try_to_open(at, &[PROTOCOL]).await.unwrap()
    }

    /// Acknowledged as the bearer of this token.
    pub async fn of(at: SocketAddr, token: Option<&str>) -> Self {
        let mut client = Self::opened(at).await;
        client.init(token).await;
        assert_eq!(client.hears().await, json!({ "type": "connection_ack" }));
        client
    }

    /// Says who it is.
    pub async fn init(&mut self, token: Option<&str>) {
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        self.says(json!({ "type": "connection_init", "payload": payload })).await;
    }

    /// Sends a message of the protocol.
    pub async fn says(&mut self, message: Value) {
        self.sends(Message::text(message.to_string())).await;
    }

    /// Sends any message.
    pub async fn sends(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// Begins an operation.
    pub async fn subscribes(&mut self, id: &str, query: &str, variables: Value) {
        self.says(json!({ "id": id, "type": "subscribe", "payload": { "query": query, "variables": variables } }))
            .await;
    }

    /// Watches a challenge.
    pub async fn watches(&mut self, id: &str, challenge: &str) {
        self.subscribes(id, WATCH, json!({ "id": challenge })).await;
    }

    /// What comes next, but for pings.
    pub async fn next(&mut self) -> Message {
        let said = async {
            loop {
                match self.0.next().await.expect("cut").unwrap() {
                    Message::Ping(_) | Message::Pong(_) => {}
                    other => return other,
                }
            }
        };
        timeout(PATIENCE, said).await.expect("nothing comes")
    }

    /// The next message of the protocol.
    pub async fn hears(&mut self) -> Value {
        match self.next().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Whatever was on its way has come: nothing but the answer to this.
    pub async fn hears_nothing(&mut self) {
        self.says(json!({ "type": "ping" })).await;
        assert_eq!(self.hears().await, json!({ "type": "pong" }));
    }

    /// Nothing tells that a subscription has begun: it is given the time to.
    pub async fn has_begun(&mut self) {
        sleep(Duration::from_millis(500)).await;
        self.hears_nothing().await;
    }

    /// The event of a `next` of this operation.
    pub async fn hears_event(&mut self, id: &str) -> Value {
        let told = self.hears().await;
        assert_eq!((&told["id"], &told["type"]), (&json!(id), &json!("next")), "{told}");
        assert!(told["payload"].get("errors").is_none(), "{told}");
        told["payload"]["data"]["challengeChanged"].clone()
    }

    /// The first error of an `error` of this operation, after which nothing comes.
    pub async fn is_refused(&mut self, id: &str) -> (String, String) {
        let told = self.hears().await;
        assert_eq!((&told["id"], &told["type"]), (&json!(id), &json!("error")), "{told}");
        let error = &told["payload"][0];
        let extensions = &error["extensions"];
        assert!(extensions["fields"].is_array() && extensions["requestId"].as_str().is_some_and(|id| !id.is_empty()));
        assert!(error["message"].as_str().is_some_and(|words| !words.is_empty()), "{told}");
        self.hears_nothing().await;
        let word = |name: &str| extensions[name].as_str().unwrap_or_default().to_owned();
        (word("code"), word("reason"))
    }

    /// The code and the reason with which it is closed.
    pub async fn is_closed(&mut self) -> (u16, String) {
        match self.next().await {
            Message::Close(Some(close)) => (close.code.into(), close.reason.to_string()),
            other => panic!("{other:?}"),
        }
    }
}
