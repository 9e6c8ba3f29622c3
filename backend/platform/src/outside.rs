//! What lies outside the database: whether the database speaks of any of it, and the housekeeping. What acts that were cut off, or replaced,
//! have left in the store of files is erased; files that never came whole, and evidence that was never handed in, are given up.

use chrono::TimeDelta;

use crate::app::App;
use crate::awards::evidence;
use crate::base::Result;
use crate::bids::{self, uploads};
use crate::db::Conn;
use crate::files::Shelf;

/// What is younger may belong to an act that is under way.
const GRACE: TimeDelta = TimeDelta::minutes(15);
/// A file of which nothing has come for so long is given up.
const PATIENCE: TimeDelta = TimeDelta::days(7);
/// Evidence that came whole and was not handed in is given up after so long: behind every term in which it could be.
const LONG_PATIENCE: TimeDelta = TimeDelta::days(60);
/// So many are looked up at once.
const BATCH: usize = 200;

/// Whether this database speaks of anything that lies outside it.
pub(crate) async fn is_spoken_of(conn: &impl Conn) -> Result<bool> {
    Ok(bids::any_draft_key(conn).await? || uploads::any(conn).await? || evidence::any(conn).await?)
}

/// Erases what belongs to nothing any more. Any number of servers may do it at once.
pub async fn sweep(app: &App) -> Result<()> {
    let (stale, long) = (app.clock.machine_now() - PATIENCE, app.clock.machine_now() - LONG_PATIENCE);
    let uploads = || app.db.write(|txn| async move { uploads::forget_stale(&txn, stale, BATCH as u64).await });
    while uploads().await? > 0 {}
    let evidence =
        || app.db.write(|txn| async move { evidence::forget_stale(&txn, (stale, long), BATCH as u64).await });
    while evidence().await? > 0 {}
    let (keys, objects) = (erase_unknown(app, Shelf::DraftKeys).await?, erase_unknown(app, Shelf::Parts).await?);
    if keys + objects > 0 {
        tracing::info!(keys, objects, "erased what belonged to no draft and to no file any more");
    }
    Ok(())
}

/// Erases the old objects of a shelf that the database does not know; how many.
async fn erase_unknown(app: &App, shelf: Shelf) -> Result<usize> {
    let before = app.clock.machine_now() - GRACE;
    let (conn, mut erased) = (app.db.read(), 0);
    for some in app.files.older(shelf, before).await?.chunks(BATCH) {
        let known = match shelf {
            Shelf::DraftKeys => bids::draft_keys_among(conn, some).await?,
            Shelf::Parts => [uploads::known(conn, some).await?, evidence::known(conn, some).await?].concat(),
        };
        for id in some.iter().filter(|id| !known.contains(id)) {
            app.files.erase(shelf, *id).await?;
            erased += 1;
        }
    }
    app.files.tidy(shelf, before).await?;
    Ok(erased)
}
