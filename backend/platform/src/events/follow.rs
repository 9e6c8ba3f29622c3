//! Following the log: one look for all who watch, however many they are.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::sync::broadcast::{Receiver, Sender, WeakSender, channel};

use super::read::{self, EventView};
use crate::base::id::{ChallengeId, EventId, Kind};
use crate::base::{Error, Result};
use crate::db::{Conn, Db};

/// How long is waited at most before the log is looked at again: what another process wrote wakes nobody here.
const PATIENCE: Duration = Duration::from_secs(1);
/// However much is written, the log is looked at no more often than this.
const PAUSE: Duration = Duration::from_millis(100);
/// How far a watcher may fall behind before it has to begin anew.
const BACKLOG: usize = 1_024;
/// How much later than an event that was told one may come to light whose id is older: ids are made inside transactions, which
/// commit in another order, and by machines whose clocks differ a little.
const LATE: u128 = 30_000;

/// An event of a challenge's public life.
#[derive(Clone, Debug)]
pub struct Happened {
    /// Whose.
    pub challenge: ChallengeId,
    /// What, as everybody sees it.
    pub event: EventView,
}

/// Looks at the log as long as somebody watches.
#[derive(Clone, Debug, Default)]
pub struct Follow(Arc<Mutex<Option<WeakSender<Arc<Happened>>>>>);

impl Follow {
    /// What happens in public from now on, each event once.
    pub async fn listen(&self, db: &Db) -> Result<Receiver<Arc<Happened>>> {
        let mut running = self.0.lock().await;
        if let Some(teller) = running.as_ref().and_then(WeakSender::upgrade) {
            return Ok(teller.subscribe());
        }
        let mut changes = db.changes();
        let mut feed = Feed::new(db.read()).await?;
        let (teller, listener) = channel(BACKLOG);
        *running = Some(teller.downgrade());
        let (follow, db) = (self.clone(), db.clone());
        tokio::spawn(async move {
            while let Some(teller) = follow.unless_alone(&teller).await {
                match db.while_alive(feed.news(db.read())).await.flatten() {
                    // Nobody may be left to hear it.
                    Ok(news) => news.into_iter().for_each(|one| drop(teller.send(Arc::new(one)))),
                    // The database comes back, and nothing is missed.
                    Err(Error::Unavailable(cause)) => tracing::debug!(cause, "the log cannot be followed"),
                    Err(fault) => return tracing::error!(%fault, "the log is not followed any more"),
                }
                tokio::time::sleep(PAUSE).await;
                let _ = tokio::time::timeout(PATIENCE, changes.changed()).await;
            }
        });
        Ok(listener)
    }

    /// The way to tell, as long as somebody listens. Nobody begins to in between: they wait for the same lock.
    async fn unless_alone<'t>(&self, teller: &'t Sender<Arc<Happened>>) -> Option<&'t Sender<Arc<Happened>>> {
        let mut running = self.0.lock().await;
        if teller.receiver_count() == 0 {
            *running = None;
            return None;
        }
        Some(teller)
    }
}

/// The public log from some moment on.
struct Feed {
    /// Told, or there before; nothing older than the latest of them by more than [`LATE`].
    told: BTreeSet<EventId>,
}

impl Feed {
    async fn new(conn: &impl Conn) -> Result<Self> {
        let mut feed = Self { told: read::last_public(conn).await?.into_iter().collect() };
        feed.news(conn).await?;
        Ok(feed)
    }

    /// What was not told yet, in the order of ids.
    async fn news(&mut self, conn: &impl Conn) -> Result<Vec<Happened>> {
        let mut news = read::public_after(conn, self.floor()).await?;
        news.retain(|one| self.told.insert(one.event.id));
        if let Some(floor) = self.floor() {
            self.told = self.told.split_off(&floor);
        }
        Ok(news)
    }

    /// Nothing before it can be new.
    fn floor(&self) -> Option<EventId> {
        // The first 48 bits of a UUIDv7 are milliseconds.
        let milliseconds = self.told.last()?.uuid().as_u128() >> 80;
        Some(EventId::from_uuid(uuid::Uuid::from_u128(milliseconds.saturating_sub(LATE) << 80)))
    }
}
