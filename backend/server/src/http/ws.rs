//! `/graphql` over a WebSocket: graphql-transport-ws to the letter. One task per socket reads and writes, each operation has its
//! own; nothing is queued between them, so who reads slowly waits, and takes up little memory.

mod message;
mod operation;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use futures_util::stream::BoxStream;
use futures_util::{SinkExt, StreamExt};
use jiebang_platform::accounts;
use jiebang_platform::base::error::Limit;
use jiebang_platform::base::id::{Kind, RowId};
use jiebang_platform::base::{Error, Result};
use poem::http::{StatusCode, header};
use poem::web::websocket::{CloseCode, Message, WebSocket, WebSocketConfig, WebSocketStream};
use poem::{FromRequest, IntoResponse, Request, RequestBody, Response};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use self::message::{Said, read};
use self::operation::{Operations, Told, run};
use super::graphql::{MOST_BYTES, bearer, came, token_of};
use super::limits::Bounds;
use super::question::{self, Unreadable};
use super::{Doors, LONGEST};
use crate::graphql::context::Came;
use crate::graphql::error::{self, Finished};
use crate::graphql::guard;

const PROTOCOL: &str = "graphql-transport-ws";
/// Operations under way on one socket.
const MOST_OPERATIONS: usize = 100;
/// How often it is looked whether a token still holds.
const LOOK: Duration = Duration::from_secs(2);
/// How long the other side may take to close as well.
const LINGER: Duration = Duration::from_secs(1);
/// Many sockets are open and silent: each has small buffers.
const BUFFER: usize = 16 * 1024;
/// The most bytes of a close frame's reason (RFC 6455, 5.5).
const MOST_REASON: usize = 123;

#[cfg(fuzzing)]
pub(super) fn is_a_message(text: &str) -> bool {
    read(text).is_some()
}

/// Whether somebody wants to leave HTTP.
pub(super) fn is_wanted(request: &Request) -> bool {
    let upgrades = request.headers().get_all(header::UPGRADE).iter().filter_map(|value| value.to_str().ok());
    upgrades.flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case("websocket"))
}

/// Opens a socket, or says why not.
pub(super) async fn open(request: &Request, doors: Arc<Doors>) -> std::result::Result<Response, Unreadable> {
    if !comes_from_here(request, &doors.origins) {
        return Err((StatusCode::FORBIDDEN, "foreign_origin"));
    }
    let wanted = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    let spoken = wanted.is_some_and(|all| all.split(',').any(|one| one.trim() == PROTOCOL));
    let upgrade = WebSocket::from_request(request, &mut RequestBody::default())
        .await
        .map_err(|_| (StatusCode::BAD_REQUEST, "bad_upgrade"))?;
    // A cookie travels with HTTP only: here it could not be answered with the next one.
    let came = Came { cookie: None, ..came(request, doors.proxies) };
    let token = bearer(request).map(str::to_owned);
    let stopping = Bounds::of(request).map(|bounds| bounds.stopping.clone()).unwrap_or_default();
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(MOST_BYTES))
        .max_frame_size(Some(MOST_BYTES));
    let opened = upgrade.protocols([PROTOCOL]).config(config).on_upgrade(move |stream| async move {
        let socket = Socket::new(stream, doors, came, token, stopping);
        if spoken {
            socket.serve().await;
        } else {
            socket.close(Close::code(4406, "Subprotocol not acceptable")).await;
        }
    });
    Ok(opened.into_response())
}

/// A browser says whose page asks. Only one's own may, and those that the settings name; whoever is no browser says nothing.
fn comes_from_here(request: &Request, allowed: &[String]) -> bool {
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    // TLS ends before the door: of one's own address only the name and the port are known.
    let own = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let same =
        origin.split_once("://").is_some_and(|(_, place)| own.is_some_and(|own| place.eq_ignore_ascii_case(own)));
    origins.next().is_none() && (same || allowed.iter().any(|one| one.eq_ignore_ascii_case(origin)))
}

/// Why a socket ends.
struct Close {
    code: CloseCode,
    reason: String,
}

impl Close {
    fn new(code: CloseCode, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(MOST_REASON));
        Self { code, reason }
    }

    fn code(code: u16, reason: impl Into<String>) -> Self {
        Self::new(CloseCode::Reserved(code), reason)
    }

    fn invalid() -> Self {
        Self::code(4400, "Invalid message")
    }

    /// What the library says of bytes that are no message.
    fn broken(fault: &std::io::Error) -> Self {
        let fault = fault.to_string();
        if fault.contains("too long") {
            Self::new(CloseCode::Size, "Message too big")
        } else if fault.contains("UTF-8") {
            Self::new(CloseCode::Invalid, "Not UTF-8")
        } else {
            Self::new(CloseCode::Protocol, "Not a WebSocket frame")
        }
    }

    /// A token that does not hold, or that could not be looked at.
    fn refused(fault: &Error, came: &Came) -> Self {
        match fault {
            Error::SignIn(_) => {
                let told = error::told(fault, came);
                let words = told.get("message").and_then(Value::as_str).unwrap_or_default();
                Self::code(4403, format!("Forbidden: {words}"))
            }
            _ => Self::new(CloseCode::Again, "Try again later"),
        }
    }
}

/// How a socket goes on.
type Flow = std::result::Result<(), Close>;

struct Socket {
    stream: WebSocketStream,
    doors: Arc<Doors>,
    came: Came,
    token: Option<String>,
    stopping: CancellationToken,
    acknowledged: bool,
    operations: Operations,
    /// Comes when the token holds no longer.
    ended: BoxStream<'static, Error>,
}

impl Socket {
    fn new(
        stream: WebSocketStream,
        doors: Arc<Doors>,
        came: Came,
        token: Option<String>,
        stopping: CancellationToken,
    ) -> Self {
        let ended = futures_util::stream::pending().boxed();
        Self { stream, doors, came, token, stopping, acknowledged: false, operations: Operations::new(), ended }
    }

    async fn serve(mut self) {
        let began = Instant::now();
        let Err(close) = self.goes_on(began).await else { return };
        tracing::info!(
            request = self.came.id,
            code = u16::from(close.code),
            reason = close.reason,
            operations = self.operations.count(),
            seconds = began.elapsed().as_secs(),
            "a socket is closed"
        );
        self.close(close).await;
    }

    /// Until it is to be closed; or until the other side has.
    async fn goes_on(&mut self, began: Instant) -> Flow {
        let patience = sleep_until(began + self.doors.socket_init);
        tokio::pin!(patience);
        let mut ping = interval_at(began + self.doors.socket_ping, self.doors.socket_ping);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = true;
        let stopping = self.stopping.clone();
        let mut stops = false;
        loop {
            tokio::select! {
                // What is being executed is answered before the socket goes.
                () = stopping.cancelled(), if !stops => {
                    stops = true;
                    self.operations.end_lasting();
                }
                Some(fault) = self.ended.next() => return Err(Close::refused(&fault, &self.came)),
                () = &mut patience, if !self.acknowledged => {
                    return Err(Close::code(4408, "Connection initialisation timeout"));
                }
                _ = ping.tick() => {
                    if !std::mem::take(&mut heard) {
                        return Err(Close::new(CloseCode::Policy, "Pings are not answered"));
                    }
                    self.send(Message::Ping(Vec::new())).await?;
                }
                said = self.stream.next(), if !stops => {
                    heard = true;
                    match said {
                        Some(Ok(Message::Text(text))) => self.hear(&text).await?,
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Binary(_))) => return Err(Close::invalid()),
                        Some(Err(fault)) => return Err(Close::broken(&fault)),
                        Some(Ok(Message::Close(_))) | None => {
                            // The library's own close frame goes out while it is read on.
                            let _ = timeout(LINGER, self.stream.next()).await;
                            return Ok(());
                        }
                    }
                }
                (id, told) = self.operations.next() => self.tell(&id, told).await?,
            }
            if stops && self.operations.count() == 0 {
                return Err(Close::new(CloseCode::Away, "Going away"));
            }
        }
    }

    async fn hear(&mut self, text: &str) -> Flow {
        match read(text).ok_or_else(Close::invalid)? {
            Said::ConnectionInit { .. } if self.acknowledged => {
                Err(Close::code(4429, "Too many initialisation requests"))
            }
            Said::ConnectionInit { payload } => self.acknowledge(payload.unwrap_or_default()).await,
            Said::Ping { payload } => match payload {
                Some(payload) => self.say(json!({ "type": "pong", "payload": payload })).await,
                None => self.say(json!({ "type": "pong" })).await,
            },
            Said::Pong { .. } => Ok(()),
            Said::Subscribe { .. } if !self.acknowledged => Err(Close::code(4401, "Unauthorized")),
            Said::Subscribe { id, payload } => {
                let question = question::from_object(payload).ok_or_else(Close::invalid)?;
                self.subscribe(id, question).await
            }
            Said::Complete { id } => {
                self.operations.end(&id);
                Ok(())
            }
        }
    }

    /// Lets in whoever shows a token that holds, or none.
    async fn acknowledge(&mut self, payload: Map<String, Value>) -> Flow {
        if let Some(authorization) = payload.get("authorization").filter(|value| !value.is_null()) {
            self.token = Some(token_of(authorization.as_str().unwrap_or_default()).to_owned());
        }
        if let Some(token) = &self.token {
            let look = look(self.doors.clone(), token.clone());
            let late = |_| Err(Error::Unavailable("no answer in time".into()));
            let holds = timeout(LONGEST, look).await.unwrap_or_else(late);
            holds.map_err(|fault| Close::refused(&fault, &self.came))?;
            self.ended = ends(self.doors.clone(), token.clone());
        }
        self.acknowledged = true;
        self.say(json!({ "type": "connection_ack" })).await
    }

    async fn subscribe(&mut self, id: String, question: guard::Question) -> Flow {
        if self.operations.has(&id) {
            return Err(Close::code(4409, format!("Subscriber for {id} already exists")));
        }
        let came = Came { id: RowId::new().uuid().to_string(), ..self.came.clone() };
        if self.operations.count() >= MOST_OPERATIONS {
            let refused = error::fault(Error::TooComplex(Limit::Operations, MOST_OPERATIONS));
            return self.tell(&id, Told::of(Finished::refused(&refused, &came))).await;
        }
        let admitted = match guard::admit(question, &self.doors.shape) {
            Ok(admitted) => admitted,
            Err(refused) => return self.tell(&id, Told::of(Finished::refused(&refused, &came))).await,
        };
        let lasting = admitted.kind == OperationType::Subscription;
        let told = run(self.doors.clone(), admitted, came, self.token.clone());
        self.operations.begin(id, lasting, told);
        Ok(())
    }

    async fn tell(&mut self, id: &str, told: Told) -> Flow {
        match told {
            Told::Next(payload) => self.say(json!({ "id": id, "type": "next", "payload": payload })).await,
            Told::Error(payload) => {
                self.operations.end(id);
                self.say(json!({ "id": id, "type": "error", "payload": payload })).await
            }
            Told::Complete => {
                self.operations.end(id);
                self.say(json!({ "id": id, "type": "complete" })).await
            }
        }
    }

    async fn say(&mut self, message: Value) -> Flow {
        self.send(Message::Text(message.to_string())).await
    }

    /// Sends, and waits until it is gone, as long as the connection does (`server.answer_seconds`). Nobody who has lost the right
    /// to hear is waited for.
    async fn send(&mut self, message: Message) -> Flow {
        tokio::select! {
            biased;
            sent = self.stream.send(message) => {
                sent.map_err(|_| Close::new(CloseCode::Policy, "Messages are not taken"))
            }
            Some(fault) = self.ended.next() => Err(Close::refused(&fault, &self.came)),
        }
    }

    /// Says why, and leaves the other side a moment to hear it: a connection that is cut with something unread takes it back.
    async fn close(mut self, close: Close) {
        let told = Message::Close(Some((close.code, close.reason)));
        let goodbye = async {
            if self.stream.send(told).await.is_ok() {
                while let Some(Ok(said)) = self.stream.next().await {
                    if said.is_close() {
                        return;
                    }
                }
                std::future::pending().await
            }
        };
        let _ = timeout(LINGER, goodbye).await;
    }
}

/// Whether a token still holds.
async fn look(doors: Arc<Doors>, token: String) -> Result<()> {
    doors.app.db.while_alive(accounts::still_holds(&doors.app, &token)).await.flatten()
}

/// Looks again and again. A database that cannot be asked has taken no right away; a token that has run out needs none.
fn ends(doors: Arc<Doors>, token: String) -> BoxStream<'static, Error> {
    async_stream::stream! {
        loop {
            sleep(LOOK).await;
            match look(doors.clone(), token.clone()).await {
                Err(fault @ Error::SignIn(_)) => yield fault,
                Err(fault) => tracing::debug!(%fault, "a socket's token could not be looked at"),
                Ok(()) => {}
            }
        }
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_site_is_no_page_of_ours() {
        let from = |origins: &[&str]| {
            let mut request = Request::builder().header("host", "jiebang.example:8443");
            for origin in origins {
                request = request.header("origin", *origin);
            }
            comes_from_here(&request.finish(), &["https://portal.example".to_owned()])
        };
        let ours: [&[&str]; 4] =
            [&[], &["https://jiebang.example:8443"], &["http://JIEBANG.example:8443"], &["https://portal.example"]];
        assert!(ours.into_iter().all(from));
        let others: [&[&str]; 7] = [
            &["https://evil.example"],
            &["null"],
            &[""],
            &["https://jiebang.example"],
            &["https://jiebang.example:8443.evil.example"],
            &["http://portal.example"],
            &["https://portal.example", "https://evil.example"],
        ];
        assert!(!others.into_iter().any(from));
    }

    #[test]
    fn a_reason_fits_into_its_frame() {
        let close = Close::code(4409, "榜".repeat(100));
        assert_eq!(close.reason.len(), 123);
        assert_eq!(Close::code(4409, "揭".repeat(41) + "x").reason.len(), 123);
    }
}
