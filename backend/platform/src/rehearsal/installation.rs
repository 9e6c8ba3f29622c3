//! What an installation is for, marked by its first use.

use anyhow::anyhow;
use chrono::{DateTime, TimeZone};

use super::store;
use crate::App;
use crate::base::clock::china;
use crate::base::words::InstallationKind;
use crate::base::{Clock, Error, Instant, Result, random};
use crate::db::Db;
use crate::events;
use crate::files::Files;
use crate::outside;

/// Marks a database as used for real; refuses a rehearsal's.
pub async fn open_real(db: &Db, now: Instant) -> Result<()> {
    db.write(move |txn| async move {
        match store::installation(&*txn).await? {
            Some(row) if row.kind == InstallationKind::Rehearsal => {
                Err(refusal("this database belongs to a rehearsal: start with --rehearsal, or name another database"))
            }
            Some(_) => Ok(()),
            None => store::mark(&txn, InstallationKind::Real, now).await,
        }
    })
    .await
}

/// How a rehearsal's database was found.
#[derive(Clone, Debug)]
pub enum Found {
    /// Nothing has happened in it: it waits to be laid out.
    Empty(Clock),
    /// Laying it out was cut short: nobody may rely on what is in it.
    Unfinished,
    /// Laid out; the clock runs on from where it was left, and never before the latest event.
    LaidOut(Clock),
}

/// Marks a database as a rehearsal's; refuses a database that has ever been used for real.
pub async fn open_rehearsal(db: &Db, now: Instant) -> Result<Found> {
    db.write(move |txn| async move {
        let txn = &*txn;
        let latest = events::read::latest(txn).await?;
        match store::installation(txn).await? {
            None if latest.is_some() => {
                Err(refusal("something has happened in this database already: it cannot be rehearsed on"))
            }
            None => {
                store::mark(txn, InstallationKind::Rehearsal, now).await?;
                Ok(Found::Empty(Clock::rehearsal(start())))
            }
            Some(row) if row.kind == InstallationKind::Real => {
                Err(refusal("this database is used for real and cannot be rehearsed on"))
            }
            Some(row) => Ok(match (row.clock_at, latest) {
                (None, None) => Found::Empty(Clock::rehearsal(start())),
                (None, Some(_)) => Found::Unfinished,
                (Some(kept), latest) => Found::LaidOut(Clock::rehearsal(latest.map_or(kept, |at| kept.max(at)))),
            }),
        }
    })
    .await
}

/// The part of the store of files that is this installation's; refuses one that has not what its database speaks of: an empty folder in
/// the place of one that is not mounted, or another bucket.
pub async fn open_files(app: &App) -> Result<Files> {
    let new = random::uuid()?;
    let files = app.files.within(app.db.write(move |txn| async move { store::files_id(&txn, new).await }).await?);
    if !files.is_marked().await? {
        if outside::is_spoken_of(app.db.read()).await? {
            return Err(refusal("the store of files is not the one that this database speaks of: put it back"));
        }
        files.mark().await?;
    }
    Ok(files)
}

/// A rehearsal is laid out to its end: from now on it is kept, and its clock with it.
pub async fn laid_out(app: &App) -> Result<()> {
    app.db.write(move |txn| async move { store::start_clock(&txn, app.clock.now()).await }).await
}

/// Notes where a rehearsal's clock stands, so that the next start goes on from there, and follows another server that has gone
/// further on the same database.
pub async fn keep_clock(app: &App) -> Result<()> {
    if !app.settings.rehearsal {
        return Ok(());
    }
    let stored = app.db.write(move |txn| async move {
        store::keep_clock(&txn, app.clock.now()).await?;
        store::locked_clock(&txn).await
    });
    if let Some(stored) = stored.await? {
        app.clock.advance(stored);
    }
    Ok(())
}

/// Every rehearsal begins on 2026-03-02 at 09:00 in China, whatever the day: they are all alike.
fn start() -> Instant {
    let start = china().with_ymd_and_hms(2026, 3, 2, 9, 0, 0).single();
    start.map_or(DateTime::UNIX_EPOCH, |start| start.to_utc())
}

fn refusal(words: &'static str) -> Error {
    Error::Internal(anyhow!(words))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn a_store_that_has_not_what_the_database_speaks_of_is_refused() {
        let (mut app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        open_real(&app.db, app.clock.now()).await.unwrap();
        let stores = [InMemory::new(), InMemory::new()].map(|store| Files::of(Arc::new(store)));
        let [good, empty] = &stores;
        app.files = good.clone();
        assert!(open_files(&app).await.unwrap().is_marked().await.unwrap());
        // As yet nothing is spoken of: another store will do.
        app.files = empty.clone();
        open_files(&app).await.unwrap();
        let sql = "insert into bid_file_parts (object, file_id) values ($1, $2)";
        app.db.tamper("drop table bid_file_parts").await.unwrap();
        app.db.tamper("create table bid_file_parts (object uuid, file_id uuid)").await.unwrap();
        let nobody = random::uuid().unwrap();
        testing::run(&app, sql, vec![nobody.into(), nobody.into()]).await;
        assert!(open_files(&app).await.is_ok());
        app.files = Files::of(Arc::new(InMemory::new()));
        assert!(matches!(open_files(&app).await, Err(Error::Internal(_))));
        app.files = good.clone();
        assert!(open_files(&app).await.is_ok());
    }
}
