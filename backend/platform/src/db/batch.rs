//! SQLite has one writer, and a commit waits for the disk: acts that wait for the writer at the same time are committed together. Each
//! runs within a savepoint, so that what one is refused undoes nothing of another's; each is answered once the commit of all is on
//! the disk, and not before.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;
use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{Db, Txn};
use crate::base::{Error, Result};

/// Acts that are committed together.
pub(super) struct Batch {
    outer: Txn,
    /// A savepoint around all: released only in the transaction in which it was set.
    name: String,
    /// An act has not ended, or not well: whether the transaction is still the one that was begun is not known.
    doubtful: AtomicBool,
    end: watch::Sender<End>,
}

/// What became of a batch.
#[derive(Clone, Debug)]
enum End {
    Open,
    Committed,
    /// Nothing was kept.
    Undone(String),
    /// Nobody knows.
    Unknown(String),
}

/// The batch that is open now, and who waits for the writer.
#[derive(Debug, Default)]
pub(super) struct Batches {
    open: Mutex<Option<Arc<Batch>>>,
    waiting: AtomicUsize,
    begun: AtomicU64,
}

/// Somebody who waits.
pub(super) struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An act's place in a batch. Its fields are let go in this order: what it did and did not end, then the writer.
struct Place {
    txn: Txn,
    batch: Arc<Batch>,
    turn: OwnedSemaphorePermit,
}

impl Batches {
    pub(super) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(&self.waiting)
    }

    /// Whether whoever has the writer now had better share the commit.
    pub(super) fn are_of_use(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0 || self.open().is_some()
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Option<Arc<Batch>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Db {
    /// Runs `act` in the batch that is open, or begins one; `turn` is the writer.
    pub(super) async fn in_batch<T, F, A>(&self, turn: OwnedSemaphorePermit, act: &F) -> Result<T>
    where
        F: Fn(Arc<Txn>) -> A,
        A: Future<Output = Result<T>>,
    {
        // In a task of its own: whoever gives up meanwhile leaves nothing half begun.
        let db = self.clone();
        let placed = tokio::spawn(async move { db.place(turn).await });
        // Let go in the other order wherever this ends: the writer last, since whoever has it next takes the batch for its own.
        let Place { turn, batch, txn } = placed.await.map_err(|fault| anyhow!(fault))??;
        let mut end = batch.end.subscribe();
        let txn = Arc::new(txn);
        let outcome = act(txn.clone()).await;
        let Some(txn) = Arc::into_inner(txn) else {
            let fault = anyhow!("an act kept its transaction");
            self.undo(batch, &fault.to_string()).await?;
            return Err(fault.into());
        };
        let done = outcome.is_ok();
        let ended = if done { txn.commit().await } else { txn.rollback().await };
        if let Err(fault) = ended {
            // The engine has given the whole transaction up, as where the disk is full: the others begin anew.
            self.undo(batch, &fault.to_string()).await?;
            return outcome.and(Err(fault.into()));
        }
        batch.doubtful.store(!done, Ordering::Relaxed);
        drop((batch, turn));
        let ended = end.wait_for(|end| !matches!(end, End::Open)).await;
        // A refusal, too, may rest on what the others have done.
        match ended.as_deref() {
            Ok(End::Committed) => outcome,
            Ok(End::Undone(why)) => Err(Error::Again(why.clone())),
            Ok(End::Unknown(why)) => Err(Error::Unavailable(why.clone())),
            Ok(End::Open) | Err(_) => Err(Error::Unavailable("nobody committed".into())),
        }
    }

    async fn place(&self, turn: OwnedSemaphorePermit) -> Result<Place> {
        let open = self.batches.open().clone();
        let batch = match open {
            Some(batch) => batch,
            None => self.begin_batch().await?,
        };
        // Whoever gave up in the middle saw nothing of a transaction that the engine gave up: in none of its own an act would be kept
        // at once, and done anew with the others.
        if batch.doubtful.swap(true, Ordering::Relaxed)
            && let Err(fault) = batch.outer.execute_unprepared(&format!("release {0}; savepoint {0}", batch.name)).await
        {
            self.undo(batch, &fault.to_string()).await?;
            return Err(Error::Again(fault.to_string()));
        }
        #[expect(clippy::disallowed_methods, reason = "a savepoint of this door's transaction")]
        let txn = match batch.outer.begin().await {
            Ok(txn) => txn,
            Err(fault) => {
                self.undo(batch, &fault.to_string()).await?;
                return Err(fault.into());
            }
        };
        Ok(Place { txn, batch, turn })
    }

    async fn begin_batch(&self) -> Result<Arc<Batch>> {
        let outer = self.begin_immediate().await?;
        let name = format!("batch_{}", self.batches.begun.fetch_add(1, Ordering::Relaxed));
        outer.execute_unprepared(&format!("savepoint {name}")).await?;
        let (doubtful, end) = (AtomicBool::new(false), watch::Sender::new(End::Open));
        let batch = Arc::new(Batch { outer, name, doubtful, end });
        *self.batches.open() = Some(batch.clone());
        // Behind those who wait already, who come into the batch with it.
        let db = self.clone();
        let turn = self.admission.clone().acquire_owned();
        tokio::spawn(async move {
            let Ok(_turn) = turn.await else { return };
            let batch = db.batches.open().take();
            if let Some(batch) = batch.and_then(Arc::into_inner) {
                batch.commit(&db).await;
            }
        });
        Ok(batch)
    }

    /// Nothing of it is kept, of nobody.
    async fn undo(&self, batch: Arc<Batch>, why: &str) -> Result<()> {
        drop(self.batches.open().take());
        let Batch { outer, end, .. } = Arc::into_inner(batch).ok_or_else(|| anyhow!("a batch is held twice"))?;
        // Told first: whoever gives up here leaves nobody without an answer. The turn to begin anew comes when the writer is let go.
        end.send_replace(End::Undone(why.to_owned()));
        // A failing rollback is the connection's end; the pool replaces it.
        let _ = outer.rollback().await;
        Ok(())
    }
}

impl Batch {
    async fn commit(self, db: &Db) {
        let Self { outer, name, end, .. } = self;
        let sound = outer.execute_unprepared(&format!("release {name}")).await;
        let ended = match sound {
            Ok(_) => match outer.commit().await {
                Ok(()) => {
                    db.changed.send_modify(|count| *count = count.wrapping_add(1));
                    End::Committed
                }
                Err(fault) => End::Unknown(fault.to_string()),
            },
            Err(fault) => {
                let _ = outer.rollback().await;
                End::Undone(fault.to_string())
            }
        };
        end.send_replace(ended);
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures_util::future::join_all;
    use sea_orm::{FromQueryResult, Statement};
    use tokio::sync::Notify;

    use super::*;
    use crate::app::App;
    use crate::base::Reason;
    use crate::testing;

    async fn insert(txn: &Txn, number: usize) -> Result<()> {
        txn.execute_unprepared(&format!("insert into written (number) values ({number})")).await?;
        Ok(())
    }

    async fn written(app: &App) -> Vec<i64> {
        #[derive(FromQueryResult)]
        struct Row {
            number: i64,
        }
        let all = Statement::from_string(
            app.db.read().get_database_backend(),
            "select cast(number as bigint) as number from written order by number",
        );
        Row::find_by_statement(all).all(app.db.read()).await.unwrap().into_iter().map(|row| row.number).collect()
    }

    async fn app() -> (App, tempfile::TempDir) {
        let (app, folder) = testing::app("2026-03-02T01:00:00Z").await;
        app.db.tamper("create table written (number integer primary key)").await.unwrap();
        (app, folder)
    }

    /// The writer is held until so many wait for it.
    async fn behind_another<T>(app: &App, many: usize, acts: impl Future<Output = T>) -> T {
        let (held, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tells, waits, db) = (held.clone(), go.clone(), app.db.clone());
        let first = tokio::spawn(async move {
            let (tells, waits) = (&tells, &waits);
            db.write(move |_| async move {
                tells.notify_one();
                waits.notified().await;
                Ok(())
            })
            .await
        });
        held.notified().await;
        let release = async {
            while app.db.batches.waiting.load(Ordering::Relaxed) < many {
                tokio::task::yield_now().await;
            }
            go.notify_one();
        };
        let (done, ()) = tokio::join!(acts, release);
        first.await.unwrap().unwrap();
        done
    }

    #[tokio::test]
    async fn who_waits_shares_a_commit_and_is_refused_alone() {
        let (app, _folder) = app().await;
        if app.db.is_postgres() {
            return;
        }
        let before = *app.db.changes().borrow();
        let acts = (0..12).map(|number| {
            app.db.write(move |txn| async move {
                insert(&txn, number).await?;
                if number % 3 == 0 { Err(Error::NotNow(Reason::NothingToSubmit)) } else { Ok(number) }
            })
        });
        let told = behind_another(&app, 12, join_all(acts)).await;
        for (number, told) in told.into_iter().enumerate() {
            match told {
                Ok(done) => assert!(done == number && number % 3 != 0),
                Err(refused) => assert!(number % 3 == 0 && matches!(refused, Error::NotNow(_)), "{refused}"),
            }
        }
        assert_eq!(written(&app).await, [1, 2, 4, 5, 7, 8, 10, 11]);
        // One for who was first, one for all others.
        assert_eq!(app.db.changes().borrow().wrapping_sub(before), 2);
    }

    #[tokio::test]
    async fn nobody_is_answered_before_the_commit() {
        let (app, _folder) = app().await;
        if app.db.is_postgres() {
            return;
        }
        let act = |number: usize| {
            let app = &app;
            async move {
                app.db.write(move |txn| async move { insert(&txn, number).await }).await.unwrap();
                // Another connection sees it.
                assert!(written(app).await.contains(&(number as i64)));
            }
        };
        behind_another(&app, 8, join_all((0..8).map(act))).await;
        assert_eq!(written(&app).await.len(), 8);
    }

    #[tokio::test]
    async fn who_gives_up_takes_nobody_along() {
        gives_up("select 1").await;
    }

    /// As where a disk that fails stalls first: whoever asked is gone before it is told.
    #[tokio::test]
    async fn what_the_engine_gave_up_unseen_is_kept_once() {
        gives_up("rollback").await;
    }

    async fn gives_up(after: &'static str) {
        let (app, _folder) = app().await;
        if app.db.is_postgres() {
            return;
        }
        let begun = Arc::new(Notify::new());
        let acts = async {
            let (tells, db) = (begun.clone(), app.db.clone());
            let hangs = tokio::spawn(async move {
                let tells = &tells;
                db.write(move |txn| async move {
                    insert(&txn, 100).await?;
                    txn.execute_unprepared(after).await?;
                    tells.notify_one();
                    std::future::pending::<Result<()>>().await
                })
                .await
            });
            let others = (0..4).map(|number| app.db.write(move |txn| async move { insert(&txn, number).await }));
            let gives_up = async {
                begun.notified().await;
                hangs.abort();
            };
            tokio::join!(join_all(others), gives_up).0
        };
        let told = behind_another(&app, 5, acts).await;
        assert!(told.into_iter().all(|told| told.is_ok()));
        assert_eq!(written(&app).await, [0, 1, 2, 3]);
    }

    /// As where the disk is full: the engine itself gives the transaction up, and with it what others have done in it.
    #[tokio::test]
    async fn what_the_engine_gives_up_is_done_anew() {
        let (app, _folder) = app().await;
        if app.db.is_postgres() {
            return;
        }
        let runs = AtomicUsize::new(0);
        let (runs, app) = (&runs, &app);
        let acts = (0..6).map(|number| {
            app.db.write(move |txn| async move {
                runs.fetch_add(1, Ordering::Relaxed);
                insert(&txn, number).await?;
                if number == 3 {
                    txn.execute_unprepared("rollback").await?;
                    return Err(Error::Unavailable("the disk is full".into()));
                }
                Ok(())
            })
        });
        let told = behind_another(app, 6, join_all(acts)).await;
        for (number, told) in told.iter().enumerate() {
            assert_eq!(told.is_ok(), number != 3, "{number}: {told:?}");
        }
        assert_eq!(written(app).await, [0, 1, 2, 4, 5]);
        assert!(runs.load(Ordering::Relaxed) > 6);
        // And the connection that it happened on is no more: what comes next is kept.
        app.db.write(|txn| async move { insert(&txn, 9).await }).await.unwrap();
        let refused: Result<()> = app
            .db
            .write(|txn| async move {
                insert(&txn, 10).await?;
                Err(Error::Hidden)
            })
            .await;
        assert!(refused.is_err());
        app.db.write(|txn| async move { insert(&txn, 11).await }).await.unwrap();
        assert_eq!(written(app).await, [0, 1, 2, 4, 5, 9, 11]);
    }
}
