//! What an installation is for, marked by its first use.

use anyhow::anyhow;
use chrono::{DateTime, TimeZone};

use super::store;
use crate::App;
use crate::base::clock::china;
use crate::base::words::InstallationKind;
use crate::base::{Clock, Error, Instant, Result};
use crate::db::Db;
use crate::events;

/// Marks a database as used for real; refuses a rehearsal's.
pub async fn open_real(db: &Db, now: Instant) -> Result<()> {
    db.write(move |txn| async move {
        match store::installation(&*txn).await? {
            Some(row) if row.kind == InstallationKind::Rehearsal => {
                Err(refusal("this database belongs to a rehearsal: start with --rehearsal, or name another database"))
            }
            Some(_) => Ok(()),
            None => store::mark(&txn, InstallationKind::Real, now, None).await,
        }
    })
    .await
}

/// Marks a database as a rehearsal's and gives its clock, which runs on from where it was left and never before the latest
/// event; refuses a database that has ever been used for real. The second value: whether nobody is in it
/// yet.
pub async fn open_rehearsal(db: &Db, now: Instant) -> Result<(Clock, bool)> {
    let (position, first) = db
        .write(move |txn| async move {
            let txn = &*txn;
            let used = store::is_used(txn).await?;
            let kept = match store::installation(txn).await? {
                Some(row) if row.kind == InstallationKind::Rehearsal => row.clock_at,
                Some(_) => return Err(refusal("this database is used for real and cannot be rehearsed on")),
                None if used => {
                    return Err(refusal("this database holds accounts or organizations and cannot be rehearsed on"));
                }
                None => {
                    store::mark(txn, InstallationKind::Rehearsal, now, Some(start())).await?;
                    None
                }
            };
            let latest = events::read::latest(txn).await?;
            Ok((kept.into_iter().chain(latest).fold(start(), Instant::max), !used))
        })
        .await?;
    Ok((Clock::rehearsal(position), first))
}

/// Whether a database belongs to a rehearsal.
pub async fn is_rehearsal(db: &Db) -> Result<bool> {
    let row = store::installation(db.read()).await?;
    Ok(row.is_some_and(|row| row.kind == InstallationKind::Rehearsal))
}

/// Notes where a rehearsal's clock stands, so that the next start goes on from there.
pub async fn keep_clock(app: &App) -> Result<()> {
    if !app.settings.rehearsal {
        return Ok(());
    }
    app.db.write(move |txn| async move { store::keep_clock(&txn, app.clock.now()).await }).await
}

/// Every rehearsal begins on 2026-03-02 at 09:00 in China, whatever the day: they are all alike.
fn start() -> Instant {
    let start = china().with_ymd_and_hms(2026, 3, 2, 9, 0, 0).single();
    start.map_or(DateTime::UNIX_EPOCH, |start| start.to_utc())
}

fn refusal(words: &'static str) -> Error {
    Error::Internal(anyhow!(words))
}
