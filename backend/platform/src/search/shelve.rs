//! What an earlier version did not put where it is found: at a server's start.

use std::future::Future;
use std::sync::Arc;

use crate::app::App;
use crate::base::Result;
use crate::db::Txn;

/// Things that stand on shelves.
pub(crate) trait Shelved: Copy + Send + Sync {
    /// Some that stand on none.
    fn missing(app: &App, most: u64) -> impl Future<Output = Result<Vec<Self>>> + Send;
    /// Locks one, and puts it where it belongs.
    fn shelve(self, txn: Arc<Txn>) -> impl Future<Output = Result<()>> + Send;
}

/// So many in one transaction.
const BATCH: u64 = 50;

/// Puts onto their shelves the things of a kind that are on none: how many there were. It may be stopped anywhere, and goes on from
/// there; of several servers that do it at once each finds done what another has done.
pub(crate) async fn shelve_all<T: Shelved>(app: &App) -> Result<u64> {
    let mut done = 0;
    loop {
        let missing = T::missing(app, BATCH).await?;
        if missing.is_empty() {
            return Ok(done);
        }
        let missing = &missing;
        app.db
            .write(move |txn| async move {
                for one in missing {
                    one.shelve(txn.clone()).await?;
                }
                Ok(())
            })
            .await?;
        done += missing.len() as u64;
    }
}
