//! Writing: one transaction a verb, IMMEDIATE on SQLite, retried as a whole where the database asks for it.

use std::sync::Arc;

use anyhow::anyhow;
use sea_orm::{DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};

use super::Db;
use crate::base::{Error, Result};

/// A write transaction: undone unless its act succeeds.
pub type Txn = DatabaseTransaction;

const ATTEMPTS: u32 = 5;

impl Db {
    /// Runs `act` in a transaction and commits. Whatever it checks, it checks against what it changes. It may run more than
    /// once and must not touch anything outside the transaction.
    pub async fn write<T, F, A>(&self, act: F) -> Result<T>
    where
        F: Fn(Arc<Txn>) -> A,
        A: Future<Output = Result<T>>,
    {
        let admitted = tokio::time::timeout(self.patience, self.admission.acquire()).await;
        let _permit = admitted
            .map_err(|_| Error::Unavailable("too many writers".into()))?
            .map_err(|closed| Error::Unavailable(closed.to_string()))?;
        let mut attempt = 1;
        loop {
            match self.attempt(&act).await {
                Err(Error::Again(cause)) if attempt < ATTEMPTS => {
                    tracing::debug!(attempt, cause, "transaction again");
                    attempt += 1;
                }
                Err(Error::Again(cause)) => return Err(Error::Unavailable(cause)),
                outcome => return outcome,
            }
        }
    }

    async fn attempt<T, F, A>(&self, act: &F) -> Result<T>
    where
        F: Fn(Arc<Txn>) -> A,
        A: Future<Output = Result<T>>,
    {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        // In a task of its own: whoever gives up while it begins would leave it begun on a connection that others are given next.
        let write = self.write.clone();
        let begun = tokio::spawn(async move {
            #[expect(clippy::disallowed_methods, reason = "this is the door")]
            write.begin_with_options(immediate).await
        });
        let txn = Arc::new(begun.await.map_err(|fault| anyhow!(fault))??);
        let outcome = act(txn.clone()).await;
        let txn = Arc::into_inner(txn).ok_or_else(|| anyhow!("an act kept its transaction"))?;
        match outcome {
            Ok(done) => {
                txn.commit().await?;
                self.changed.send_modify(|count| *count = count.wrapping_add(1));
                Ok(done)
            }
            Err(refused) => {
                // A failing rollback is the connection's end; the pool replaces it.
                let _ = txn.rollback().await;
                Err(refused)
            }
        }
    }
}
