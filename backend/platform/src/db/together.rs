//! Acts of one kind that come while one of them is done are done together: in one transaction, by the same statements, each with an answer
//! of its own. Who comes alone is done at once, by the same code.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::anyhow;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::{Db, Txn};
use crate::base::{Error, Result};

/// So many at most: whoever comes last does not wait for a whole crowd, and a statement keeps its size.
const MOST: usize = 64;

/// Does these in one transaction, and says of each in its place what came of it; [`Error::Again`]: it is to be done alone. A refusal undoes
/// nothing: whatever can be refused is refused before anything is written. As with [`Db::write`] it may run more than once.
pub(crate) type Act<C, J, T> = for<'a> fn(&'a C, &'a Txn, &'a [Arc<J>], Waits) -> BoxFuture<'a, Result<Vec<Result<T>>>>;

/// Whether what others hold is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// By who is alone.
    Yes,
    /// Nobody waits for what another of the round has to wait for.
    No,
}

/// Those who wait to be done together: jobs, and what comes of each.
pub(crate) struct Together<J, T>(Mutex<Line<J, T>>);

struct Line<J, T> {
    waiting: VecDeque<Waiting<J, T>>,
    at_work: bool,
}

struct Waiting<J, T> {
    job: Arc<J>,
    answer: oneshot::Sender<Result<T>>,
}

impl<J, T> Default for Together<J, T> {
    fn default() -> Self {
        Self(Mutex::new(Line { waiting: VecDeque::new(), at_work: false }))
    }
}

impl<J: Send + Sync + 'static, T: Send + 'static> Together<J, T> {
    /// Waits until this job has been done with those who wait beside it. It is done too where whoever waits gives up once it is begun.
    pub(crate) async fn join<C>(self: &Arc<Self>, db: &Db, context: &C, act: Act<C, J, T>, job: J) -> Result<T>
    where
        C: Clone + Send + Sync + 'static,
    {
        let (answer, told) = oneshot::channel();
        let idle = {
            let mut line = self.line();
            line.waiting.push_back(Waiting { job: Arc::new(job), answer });
            !std::mem::replace(&mut line.at_work, true)
        };
        if idle {
            let (line, doing) = (self.clone(), Doing { db: db.clone(), context: context.clone(), act });
            tokio::spawn(async move {
                while let Some(round) = line.next() {
                    doing.round(round).await;
                }
            });
        }
        told.await.map_err(|_| broke())?
    }

    /// The next to be done, in the order in which they came; none: whoever comes next begins anew. A power of two, so that the statements
    /// that are compiled for so many are few.
    fn next(&self) -> Option<Vec<Waiting<J, T>>> {
        let mut line = self.line();
        line.waiting.retain(|one| !one.answer.is_closed());
        let Some(power) = line.waiting.len().min(MOST).checked_ilog2() else {
            line.at_work = false;
            return None;
        };
        Some(line.waiting.drain(..1 << power).collect())
    }

    fn line(&self) -> MutexGuard<'_, Line<J, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn broke() -> Error {
    anyhow!("what was done together broke").into()
}

/// What is done, and with what.
struct Doing<C, J, T> {
    db: Db,
    context: C,
    act: Act<C, J, T>,
}

impl<C: Clone, J, T> Clone for Doing<C, J, T> {
    fn clone(&self) -> Self {
        Self { db: self.db.clone(), context: self.context.clone(), act: self.act }
    }
}

impl<C: Clone + Send + Sync + 'static, J: Send + Sync + 'static, T: Send + 'static> Doing<C, J, T> {
    /// Answers all of a round. Where it fails as a whole each is done alone, beside the next round: nobody's act fails with another's, nor
    /// waits for what another's has to wait for.
    async fn round(&self, round: Vec<Waiting<J, T>>) {
        let jobs: Vec<Arc<J>> = round.iter().map(|one| one.job.clone()).collect();
        let (many, together) = (jobs.len(), self.clone());
        // In a task of its own: what breaks there stops nobody who comes after.
        let told = tokio::spawn(async move { together.done(&jobs, Waits::No).await }).await;
        let told = match told.unwrap_or_else(|_| Err(broke())) {
            Ok(told) => told,
            // It is this one's, and would only come again.
            Err(fault) if many == 1 => vec![Err(fault)],
            Err(fault) => {
                tracing::warn!(%fault, many, "not done together: each is done alone");
                Vec::new()
            }
        };
        let told = told.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        for (Waiting { job, answer }, told) in round.into_iter().zip(told) {
            match told {
                // Whoever has given up hears nothing.
                Some(told) if !matches!(told, Err(Error::Again(_))) => drop(answer.send(told)),
                _ if answer.is_closed() => {}
                _ => drop(tokio::spawn(self.clone().alone(job, answer))),
            }
        }
    }

    async fn alone(self, job: Arc<J>, answer: oneshot::Sender<Result<T>>) {
        let told = self.done(&[job], Waits::Yes).await.and_then(|told| {
            told.into_iter().next().unwrap_or_else(|| Err(anyhow!("an act without an outcome").into()))
        });
        drop(answer.send(told));
    }

    /// Nobody's request ends it where the database has fallen silent.
    async fn done(&self, jobs: &[Arc<J>], waits: Waits) -> Result<Vec<Result<T>>> {
        let write = self.db.write(move |txn| async move { (self.act)(&self.context, &txn, jobs, waits).await });
        self.db.while_alive(write).await.flatten()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use sea_orm::ConnectionTrait;
    use tokio::sync::Notify;

    use super::*;
    use crate::base::Reason;
    use crate::testing;

    /// What the tests' act does, and what is seen of it.
    #[derive(Default)]
    struct Seen {
        rounds: Mutex<Vec<(usize, Waits)>>,
        begun: Notify,
        go: Notify,
    }

    const WAITS: i64 = -1;
    const BREAKS: i64 = -2;
    const FAULTY: i64 = -3;
    const REFUSED: i64 = -4;

    fn act<'a>(
        seen: &'a Arc<Seen>,
        txn: &'a Txn,
        jobs: &'a [Arc<i64>],
        waits: Waits,
    ) -> BoxFuture<'a, Result<Vec<Result<i64>>>> {
        Box::pin(async move {
            seen.rounds.lock().unwrap().push((jobs.len(), waits));
            let mut told = Vec::new();
            for job in jobs {
                match **job {
                    WAITS => {
                        seen.begun.notify_one();
                        seen.go.notified().await;
                    }
                    BREAKS => panic!("as it was told to"),
                    _ => {}
                }
                if **job == REFUSED {
                    told.push(Err(Error::NotNow(Reason::NothingToSubmit)));
                    continue;
                }
                // The faulty one is of no row.
                let row = if **job == FAULTY { "null".to_owned() } else { job.to_string() };
                txn.execute_unprepared(&format!("insert into done (number) values ({row})")).await?;
                told.push(Ok(**job));
            }
            Ok(told)
        })
    }

    async fn app() -> (crate::app::App, tempfile::TempDir) {
        let (app, folder) = testing::app("2026-03-02T01:00:00Z").await;
        app.db.tamper("create table done (number bigint not null unique)").await.unwrap();
        (app, folder)
    }

    /// These come while one is at work.
    async fn beside(app: &crate::app::App, jobs: &[i64]) -> (Arc<Seen>, Vec<Result<i64>>) {
        let (seen, line) = (Arc::<Seen>::default(), Arc::<Together<i64, i64>>::default());
        let join = |job| line.join(&app.db, &seen, act, job);
        let others = async {
            seen.begun.notified().await;
            let told = join_all(jobs.iter().map(|job| join(*job)));
            let release = async {
                while line.line().waiting.len() < jobs.len() {
                    tokio::task::yield_now().await;
                }
                seen.go.notify_one();
            };
            tokio::join!(told, release).0
        };
        let (first, told) = tokio::join!(join(WAITS), others);
        assert_eq!(first.unwrap(), WAITS);
        (seen, told)
    }

    #[tokio::test]
    async fn who_comes_meanwhile_is_done_together_and_answered_alone() {
        let (app, _folder) = app().await;
        let (seen, told) = beside(&app, &[1, REFUSED, 3]).await;
        assert_eq!(*seen.rounds.lock().unwrap(), [(1, Waits::No), (2, Waits::No), (1, Waits::No)]);
        assert!(matches!(told[..], [Ok(1), Err(Error::NotNow(Reason::NothingToSubmit)), Ok(3)]), "{told:?}");
        assert_eq!(app.db.tamper("delete from done").await.unwrap(), 3);
    }

    #[tokio::test]
    async fn no_more_than_so_many_at_once() {
        let (app, _folder) = app().await;
        let jobs: Vec<i64> = (0..MOST as i64 + 5).collect();
        let (seen, told) = beside(&app, &jobs).await;
        assert_eq!(*seen.rounds.lock().unwrap(), [1, MOST, 4, 1].map(|many| (many, Waits::No)));
        assert!(told.into_iter().zip(jobs).all(|(told, job)| told.unwrap() == job));
    }

    #[tokio::test]
    async fn a_fault_is_of_the_one_whose_it_is() {
        let (app, _folder) = app().await;
        let (seen, told) = beside(&app, &[1, FAULTY, 3, REFUSED]).await;
        assert!(matches!(told[..], [Ok(1), Err(Error::Internal(_)), Ok(3), Err(Error::NotNow(_))]), "{told:?}");
        let alone = (1, Waits::Yes);
        assert_eq!(*seen.rounds.lock().unwrap(), [(1, Waits::No), (4, Waits::No), alone, alone, alone, alone]);
        assert_eq!(app.db.tamper("delete from done").await.unwrap(), 3);
    }

    #[tokio::test]
    async fn what_breaks_is_told_and_stops_nobody_who_comes_after() {
        let (app, _folder) = app().await;
        let (seen, line) = (Arc::<Seen>::default(), Arc::<Together<i64, i64>>::default());
        let broken = line.join(&app.db, &seen, act, BREAKS).await;
        assert!(matches!(broken, Err(Error::Internal(_))), "{broken:?}");
        assert_eq!(line.join(&app.db, &seen, act, 7).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn who_has_given_up_before_it_begins_is_not_done() {
        let (app, _folder) = app().await;
        let (seen, line) = (Arc::<Seen>::default(), Arc::<Together<i64, i64>>::default());
        let others = async {
            seen.begun.notified().await;
            // Asked once, and never again.
            let mut given_up = Box::pin(line.join(&app.db, &seen, act, 5));
            assert!(futures_util::poll!(&mut given_up).is_pending());
            drop(given_up);
            seen.go.notify_one();
            line.join(&app.db, &seen, act, 6).await
        };
        let (first, second) = tokio::join!(line.join(&app.db, &seen, act, WAITS), others);
        assert_eq!((first.unwrap(), second.unwrap()), (WAITS, 6));
        assert_eq!(app.db.tamper("delete from done where number <> 5").await.unwrap(), 2);
        assert_eq!(app.db.tamper("delete from done").await.unwrap(), 0);
    }
}
