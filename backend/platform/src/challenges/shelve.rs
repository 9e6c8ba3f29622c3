//! Putting challenges where they are found by their words: with every act that makes or changes what they say, and at a server's
//! start what an earlier version left out.

use std::sync::Arc;

use super::{Lock, store};
use crate::app::App;
use crate::base::Result;
use crate::base::id::ChallengeId;
use crate::db::Txn;
use crate::search::{self, Shelved};

impl Shelved for ChallengeId {
    async fn missing(app: &App, most: u64) -> Result<Vec<Self>> {
        store::not_shelved(app.db.read(), most).await
    }

    async fn shelve(self, txn: Arc<Txn>) -> Result<()> {
        store::locked(&txn, self, Lock::Update).await?;
        store::shelve(&txn, self).await
    }
}

/// Puts onto their shelves the challenges that are on none: how many there were.
pub async fn shelve_all(app: &App) -> Result<u64> {
    search::shelve_all::<ChallengeId>(app).await
}
