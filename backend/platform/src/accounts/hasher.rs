//! Password hashing: argon2id at OWASP's floor (19 MiB, t=2, p=1), one permit a core, owned by the task that hashes, so that a
//! caller who hangs up frees nothing early.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::base::{Error, Result};

const QUEUE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(2);

/// Hashes passwords, a bounded number at once.
#[derive(Clone, Debug)]
pub struct Hasher {
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Hasher {
    /// One permit for each core.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { permits: Arc::new(Semaphore::new(cores)), waiting: Arc::new(AtomicUsize::new(0)) }
    }

    /// The hash to keep.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move || {
            let hash = Argon2::default().hash_password(password.as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|fault| anyhow!("cannot hash: {fault}").into())
        })
        .await
    }

    /// Whether the password is the one that was hashed. Without a hash the work is done all the same, so that an unknown name
    /// takes as long as a wrong password.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let password = password.to_owned();
        let hash = hash.map(str::to_owned);
        self.run(move || {
            let Some(hash) = hash else {
                let _ = Argon2::default().hash_password(password.as_bytes());
                return Ok(false);
            };
            let hash = PasswordHash::new(&hash).map_err(|fault| anyhow!("a kept hash is broken: {fault}"))?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= QUEUE {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(Error::Unavailable("too many sign-ins at once".into()));
        }
        let permit = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned()).await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let permit = permit
            .map_err(|_| Error::Unavailable("sign-ins are queueing".into()))?
            .map_err(|closed| Error::Unavailable(closed.to_string()))?;
        let hashed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        hashed.await.map_err(|fault| anyhow!("hashing was cut off: {fault}"))?
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}
