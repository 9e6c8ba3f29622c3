//! Attacks over a WebSocket.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Found, PATIENCE, Target, http};

struct Client(WebSocketStream<TcpStream>);

/// What a server says in the end, or does not.
#[derive(Debug, PartialEq)]
enum Heard {
    Says(Value),
    Closes(u16),
    Cuts,
    Nothing,
}

impl Client {
    async fn open(target: Target, origin: Option<&str>) -> Result<Self, String> {
        let address = format!("ws://{}{}", target.at, target.sockets);
        let mut request = address.into_client_request().map_err(|fault| fault.to_string())?;
        for (name, value) in [("sec-websocket-protocol", Some("graphql-transport-ws")), ("origin", origin)] {
            if let Some(value) = value {
                request.headers_mut().insert(name, value.parse().unwrap());
            }
        }
        let stream = TcpStream::connect(target.at).await.map_err(|fault| fault.to_string())?;
        let opened = client_async(request, stream).await.map_err(|fault| fault.to_string())?;
        Ok(Self(opened.0))
    }

    async fn acknowledged(target: Target) -> Result<Self, String> {
        let mut client = Self::open(target, None).await?;
        client.says(json!({ "type": "connection_init" })).await;
        client.is_acknowledged().await?;
        Ok(client)
    }

    async fn is_acknowledged(&mut self) -> Found {
        match self.hears().await {
            Heard::Says(told) if told["type"] == "connection_ack" => Ok(()),
            other => Err(format!("not acknowledged: {other:?}")),
        }
    }

    async fn says(&mut self, message: Value) {
        // Who has closed already is heard next.
        let _ = self.0.send(Message::text(message.to_string())).await;
    }

    async fn subscribes(&mut self, id: &str, query: &str) {
        self.says(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    async fn hears(&mut self) -> Heard {
        let next = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Text(text))) => break Heard::Says(serde_json::from_str(&text).unwrap()),
                    Some(Ok(Message::Close(Some(close)))) => break Heard::Closes(close.code.into()),
                    _ => break Heard::Cuts,
                }
            }
        };
        timeout(PATIENCE, next).await.unwrap_or(Heard::Nothing)
    }

    async fn is_closed_with(&mut self, code: u16) -> Found {
        match self.hears().await {
            Heard::Closes(closed) if closed == code => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }

    /// An `error` for this operation.
    async fn is_refused(&mut self, id: &str) -> Found {
        match self.hears().await {
            Heard::Says(told) if told["type"] == "error" && told["id"] == id => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}

fn watch(target: Target) -> String {
    format!("subscription {{ challengeChanged(challengeId: \"{}\") {{ id }} }}", target.challenge)
}

pub async fn a_deep_list_overflows_the_stack(target: Target) -> Found {
    let mut client = Client::acknowledged(target).await?;
    client.subscribes("1", &format!("{{ __typename(a: {}", "[".repeat(7_000))).await;
    client.is_refused("1").await
}

pub async fn doubling_fragments_stall_a_worker(target: Target) -> Found {
    let mut client = Client::acknowledged(target).await?;
    client.subscribes("1", &http::doubling()).await;
    client.is_refused("1").await
}

pub async fn an_operation_before_its_init_is_a_fault_of_the_server(target: Target) -> Found {
    let mut client = Client::open(target, None).await?;
    client.subscribes("1", "{ __typename }").await;
    client.is_closed_with(4401).await
}

pub async fn what_is_no_message_is_a_fault_of_the_protocol(target: Target) -> Found {
    let mut client = Client::acknowledged(target).await?;
    client.says(json!({ "type": "hello" })).await;
    client.is_closed_with(4400).await
}

pub async fn nobody_has_to_say_who_it_is(target: Target) -> Found {
    Client::open(target, None).await?.is_closed_with(4408).await
}

pub async fn an_id_is_used_twice(target: Target) -> Found {
    let mut client = Client::acknowledged(target).await?;
    client.subscribes("1", &watch(target)).await;
    client.subscribes("1", &watch(target)).await;
    client.is_closed_with(4409).await
}

pub async fn an_id_is_empty(target: Target) -> Found {
    let mut client = Client::acknowledged(target).await?;
    client.subscribes("", "{ __typename }").await;
    client.is_closed_with(4400).await
}

pub async fn a_refusal_comes_as_a_result(target: Target) -> Found {
    let mut client = Client::acknowledged(target).await?;
    client.subscribes("1", "{ nothing }").await;
    client.is_refused("1").await
}

pub async fn a_message_of_a_mebibyte_is_taken(target: Target) -> Found {
    let mut client = Client::acknowledged(target).await?;
    client.says(json!({ "type": "ping", "payload": { "a": "x".repeat(1024 * 1024) } })).await;
    client.is_closed_with(1009).await
}

pub async fn operations_are_unbounded(target: Target) -> Found {
    let mut client = Client::acknowledged(target).await?;
    for number in 0..101 {
        client.subscribes(&number.to_string(), &watch(target)).await;
    }
    client.is_refused("100").await
}

pub async fn a_page_of_another_site_opens_a_socket(target: Target) -> Found {
    match Client::open(target, Some("https://evil.example")).await {
        Ok(_) => Err("it is open".into()),
        Err(_) => Ok(()),
    }
}

pub async fn an_end_is_told_back_to_who_told_it(target: Target) -> Found {
    let mut client = Client::acknowledged(target).await?;
    client.subscribes("1", &watch(target)).await;
    client.says(json!({ "id": "1", "type": "complete" })).await;
    client.says(json!({ "type": "ping" })).await;
    match client.hears().await {
        Heard::Says(told) if told["type"] == "pong" => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

pub async fn a_reason_is_too_long_for_its_frame(target: Target) -> Found {
    let mut client = Client::acknowledged(target).await?;
    client.says(json!({ "type": "x".repeat(200) })).await;
    match client.hears().await {
        Heard::Closes(_) => Ok(()),
        other => Err(format!("no frame that can be read: {other:?}")),
    }
}

pub async fn a_token_outlives_its_end(target: Target) -> Found {
    let mut client = Client::open(target, None).await?;
    let authorization = format!("Bearer {}", target.token);
    client.says(json!({ "type": "connection_init", "payload": { "authorization": authorization } })).await;
    client.is_acknowledged().await?;
    // It ends within two patiences, and every 2 s somebody looks.
    for _ in 0..2 {
        match client.hears().await {
            Heard::Closes(4403) => return Ok(()),
            Heard::Nothing => {}
            other => return Err(format!("{other:?}")),
        }
    }
    client.is_closed_with(4403).await
}
