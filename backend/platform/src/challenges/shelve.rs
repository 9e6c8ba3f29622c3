//! Putting challenges where they are found by their words: with every act that makes or changes what they say, and at a server's
//! start what an earlier version left out.

use super::{Lock, store};
use crate::app::App;
use crate::base::Result;

/// So many in one transaction.
const BATCH: u64 = 50;

/// Puts onto their shelves the challenges that are on none: how many there were. It may be stopped anywhere, and goes on from there; of
/// several servers that do it at once each finds done what another has done.
pub async fn shelve_all(app: &App) -> Result<u64> {
    let mut done = 0;
    loop {
        let missing = store::not_shelved(app.db.read(), BATCH).await?;
        if missing.is_empty() {
            return Ok(done);
        }
        let missing = &missing;
        app.db
            .write(move |txn| async move {
                for id in missing {
                    store::locked(&txn, *id, Lock::Update).await?;
                    store::shelve(&txn, *id).await?;
                }
                Ok(())
            })
            .await?;
        done += missing.len() as u64;
    }
}
