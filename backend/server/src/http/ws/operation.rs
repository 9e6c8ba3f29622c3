//! The operations of a socket.

use std::any::Any;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response, ServerError};
use futures_util::{Stream, StreamExt, pin_mut};
use jiebang_platform::base::{Error, Result};
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use crate::graphql::Asking;
use crate::graphql::context::Came;
use crate::graphql::error::{self, Finished};
use crate::graphql::guard::Admitted;
use crate::http::{Doors, LONGEST};

/// Queries and mutations of one socket that are executed at once, as many as there may be answers that wait to be taken.
const TURNS: usize = 4;

/// What an operation has to say.
pub(super) enum Told {
    Next(Value),
    /// An array of errors: nothing was executed, and nothing follows.
    Error(Value),
    Complete,
}

impl Told {
    /// An answer; what has no data was refused before.
    pub(super) fn of(finished: Finished) -> Self {
        let mut body = finished.body;
        let executed = body.get("data").is_some();
        match body.get_mut("errors") {
            Some(errors) if !executed => Self::Error(errors.take()),
            _ => Self::Next(body),
        }
    }

    fn failed(fault: &Error, came: &Came) -> Self {
        Self::of(Finished::failed(fault, came))
    }
}

/// Executes. A query or a mutation has the same time as over HTTP.
pub(super) fn run(
    doors: Arc<Doors>,
    admitted: Admitted,
    came: Came,
    token: Option<String>,
) -> impl Stream<Item = Told> + Send {
    let began = std::time::Instant::now();
    let (id, panicked_in) = (came.id.clone(), came.clone());
    let told = async_stream::stream! {
        if admitted.kind != OperationType::Subscription {
            let (finished, _) = doors.answer(admitted, &came, token.as_deref(), None).await;
            yield Told::of(finished);
            return;
        }
        let Admitted { request, asked, .. } = admitted;
        let asking = match asking(&doors, &came, token.as_deref()).await {
            Ok(asking) => asking,
            Err(fault) => {
                yield Told::failed(&fault, &came);
                return;
            }
        };
        let mut happening = doors.schema.execute_stream(request.data(asking));
        while let Some(response) = happening.next().await {
            if let Some(errors) = unserved(&response) {
                let refused = Response::from_errors(errors);
                yield Told::of(error::finish(&refused, &asked, &doors.shape, &came));
                return;
            }
            yield Told::of(error::finish(&response, &asked, &doors.shape, &came));
        }
    };
    // A panic costs one operation, as it costs one request over HTTP.
    let told =
        AssertUnwindSafe(told).catch_unwind().map(move |told: std::result::Result<Told, Box<dyn Any + Send>>| {
            told.unwrap_or_else(|_| {
                Told::failed(&Error::Internal(anyhow::anyhow!("an operation panicked")), &panicked_in)
            })
        });
    async_stream::stream! {
        pin_mut!(told);
        let mut refused = false;
        while let Some(told) = told.next().await {
            refused = matches!(told, Told::Error(_));
            yield told;
            if refused {
                break;
            }
        }
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(request = id, refused, milliseconds, "answered over a socket");
        if !refused {
            yield Told::Complete;
        }
    }
}

async fn asking(doors: &Doors, came: &Came, token: Option<&str>) -> Result<Asking> {
    let asking = doors.app.db.while_alive(Asking::new(doors.app.clone(), came.clone(), token));
    let late = |_| Err(Error::Unavailable("no answer in time".into()));
    timeout(LONGEST, async { asking.await.flatten() }).await.unwrap_or_else(late)
}

/// The errors of a subscription that did not begin, or cannot go on: the library puts them at the field that is watched, where
/// no event has one that was told.
fn unserved(response: &Response) -> Option<Vec<ServerError>> {
    let at_the_root = response.errors.iter().all(|error| error.path.len() <= 1);
    let nothing = response.data == async_graphql::Value::Null;
    (nothing && at_the_root && !response.errors.is_empty())
        .then(|| response.errors.iter().map(|error| ServerError { path: Vec::new(), ..error.clone() }).collect())
}

/// Those under way, by the client's ids. Each is a task of its own: none waits half-way, with the database in its hands, for a
/// reader who takes nothing.
pub(super) struct Operations {
    under_way: HashMap<String, Operation>,
    begun: u64,
    turns: Arc<Semaphore>,
    teller: mpsc::Sender<Heard>,
    heard: mpsc::Receiver<Heard>,
}

struct Operation {
    /// An id may be used again: which of its uses this is.
    number: u64,
    /// It has no end of its own.
    lasting: bool,
    _task: AbortOnDropHandle<()>,
}

struct Heard {
    id: String,
    number: u64,
    told: Told,
}

impl Operations {
    pub(super) fn new() -> Self {
        // Nothing is heaped up for a slow reader.
        let (teller, heard) = mpsc::channel(1);
        Self { under_way: HashMap::new(), begun: 0, turns: Arc::new(Semaphore::new(TURNS)), teller, heard }
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.under_way.contains_key(id)
    }

    pub(super) fn count(&self) -> usize {
        self.under_way.len()
    }

    /// Begins an operation.
    pub(super) fn begin(&mut self, id: String, lasting: bool, told: impl Stream<Item = Told> + Send + 'static) {
        self.begun += 1;
        let (number, teller, turns, key) = (self.begun, self.teller.clone(), self.turns.clone(), id.clone());
        let task = tokio::spawn(async move {
            // The semaphore is never closed.
            let _turn = if lasting { None } else { turns.acquire_owned().await.ok() };
            pin_mut!(told);
            while let Some(told) = told.next().await {
                if teller.send(Heard { id: id.clone(), number, told }).await.is_err() {
                    return;
                }
            }
        });
        self.under_way.insert(key, Operation { number, lasting, _task: AbortOnDropHandle::new(task) });
    }

    /// What one of them tells next; waits while none does.
    pub(super) async fn next(&mut self) -> (String, Told) {
        while let Some(Heard { id, number, told }) = self.heard.recv().await {
            if self.under_way.get(&id).is_some_and(|operation| operation.number == number) {
                return (id, told);
            }
        }
        std::future::pending().await
    }

    /// Ends an operation, if there is such a one: it tells nothing more.
    pub(super) fn end(&mut self, id: &str) {
        self.under_way.remove(id);
    }

    /// Ends what would not end by itself.
    pub(super) fn end_lasting(&mut self) {
        self.under_way.retain(|_, operation| !operation.lasting);
    }
}
