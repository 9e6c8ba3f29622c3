//! What is left of files that were never finished, replaced, or cut off by a crash.

use chrono::TimeDelta;

use super::store;
use crate::app::App;
use crate::base::Result;
use crate::bids::sweep::{BATCH, GRACE};
use crate::files::Shelf;

/// A file of which nothing has come for so long is given up.
const PATIENCE: TimeDelta = TimeDelta::days(7);

/// Forgets files that are given up, and erases objects that belong to no file: how many.
pub(in crate::bids) async fn sweep(app: &App) -> Result<usize> {
    let now = app.clock.machine_now();
    let stale = now - PATIENCE;
    while app.db.write(move |txn| async move { store::forget_stale(&txn, stale, BATCH as u64).await }).await? > 0 {}
    let old = app.files.older(Shelf::Parts, now - GRACE).await?;
    let mut erased = 0;
    for some in old.chunks(BATCH) {
        let known = store::known(app.db.read(), some).await?;
        for object in some.iter().filter(|object| !known.contains(object)) {
            app.files.erase(Shelf::Parts, *object).await?;
            erased += 1;
        }
    }
    app.files.tidy(Shelf::Parts, now - GRACE).await?;
    Ok(erased)
}
