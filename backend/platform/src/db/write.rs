//! Writing: one transaction a verb, IMMEDIATE on SQLite, retried as a whole where the database asks for it. Where several wait for
//! SQLite's writer they share a commit (`batch`).

use std::sync::Arc;

use anyhow::anyhow;
use sea_orm::{DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::OwnedSemaphorePermit;

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
        let mut turn = Some(self.turn().await?);
        let mut attempt = 1;
        loop {
            let held = match turn.take() {
                Some(held) => held,
                None => self.turn().await?,
            };
            let outcome = if !self.is_postgres() && self.batches.are_of_use() {
                self.in_batch(held, &act).await
            } else {
                let outcome = self.attempt(&act).await;
                turn = Some(held);
                outcome
            };
            match outcome {
                Err(Error::Again(cause)) if attempt < ATTEMPTS => {
                    tracing::debug!(attempt, cause, "transaction again");
                    attempt += 1;
                }
                Err(Error::Again(cause)) => return Err(Error::Unavailable(cause)),
                outcome => return outcome,
            }
        }
    }

    /// Waits for its turn to write.
    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let _waiting = self.batches.wait();
        let admitted = tokio::time::timeout(self.patience, self.admission.clone().acquire_owned()).await;
        admitted
            .map_err(|_| Error::Unavailable("too many writers".into()))?
            .map_err(|closed| Error::Unavailable(closed.to_string()))
    }

    async fn attempt<T, F, A>(&self, act: &F) -> Result<T>
    where
        F: Fn(Arc<Txn>) -> A,
        A: Future<Output = Result<T>>,
    {
        // In a task of its own: whoever gives up while it begins would leave it begun on a connection that others are given next.
        let db = self.clone();
        let begun = tokio::spawn(async move { db.begin_immediate().await });
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

    pub(super) async fn begin_immediate(&self) -> Result<Txn> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        #[expect(clippy::disallowed_methods, reason = "this is the door")]
        let begun = self.write.begin_with_options(immediate).await;
        Ok(begun?)
    }
}
