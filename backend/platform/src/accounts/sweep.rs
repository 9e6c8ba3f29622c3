//! Housekeeping: what nothing can come of any more is removed.

use super::store;
use crate::App;
use crate::base::Result;

/// Removes old failures and used-up refresh tokens. Called now and then by the server.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.clock.machine_now();
    app.db.write(move |txn| async move { store::sweep(&txn, now).await }).await
}
