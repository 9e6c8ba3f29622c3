//! What acts that were cut off, or replaced, have left in the store of files is erased.

use chrono::TimeDelta;

use super::{draft_keys, uploads};
use crate::app::App;
use crate::base::Result;

/// What is younger may belong to an act that is under way.
pub(super) const GRACE: TimeDelta = TimeDelta::minutes(15);
/// So many are looked up at once.
pub(super) const BATCH: usize = 200;

/// Erases what belongs to nothing any more. Any number of servers may do it at once.
pub async fn sweep(app: &App) -> Result<()> {
    let (keys, objects) = (draft_keys::sweep(app).await?, uploads::sweep::sweep(app).await?);
    if keys + objects > 0 {
        tracing::info!(keys, objects, "erased what belonged to no draft and to no file any more");
    }
    Ok(())
}
