//! The operations of a socket.

use std::any::Any;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response, ServerError};
use futures_util::stream::{AbortHandle, Abortable, BoxStream};
use futures_util::{Stream, StreamExt};
use jiebang_platform::base::{Error, Result};
use serde_json::Value;
use tokio::time::timeout;

use crate::graphql::Asking;
use crate::graphql::context::Came;
use crate::graphql::error::{self, Finished};
use crate::graphql::guard::Admitted;
use crate::http::{Doors, LONGEST};

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
        futures_util::pin_mut!(told);
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

/// Those under way, by the client's ids.
#[derive(Default)]
pub(super) struct Operations(HashMap<String, Operation>);

struct Operation {
    handle: AbortHandle,
    /// It has no end of its own.
    lasting: bool,
}

impl Operations {
    pub(super) fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Takes an operation in; what it tells comes with its id.
    pub(super) fn begin(
        &mut self,
        id: String,
        lasting: bool,
        told: impl Stream<Item = Told> + Send + 'static,
    ) -> BoxStream<'static, (String, Told)> {
        let (handle, registration) = AbortHandle::new_pair();
        self.0.insert(id.clone(), Operation { handle, lasting });
        Abortable::new(told, registration).map(move |told| (id.clone(), told)).boxed()
    }

    /// Ends an operation, if there is such a one: it tells nothing more.
    pub(super) fn end(&mut self, id: &str) {
        if let Some(operation) = self.0.remove(id) {
            operation.handle.abort();
        }
    }

    /// Ends what would not end by itself.
    pub(super) fn end_lasting(&mut self) {
        self.0.retain(|_, operation| {
            if operation.lasting {
                operation.handle.abort();
            }
            !operation.lasting
        });
    }
}
