//! Password hashing: argon2id at OWASP's floor (19 MiB, t=2, p=1), one permit a core, owned by the task that hashes, so that a
//! caller who hangs up frees nothing early. So many may wait; a caller who hangs up waits no more.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::base::{Error, Result};

const QUEUE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(2);
/// When a caller who was sent away may try again, in seconds.
const AGAIN: u64 = 2;
/// What a password is held against where there is no account: of a random password, by the same parameters.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$LQWNS4XgnR1gr1tiUU9U5g$DXL1Okgm43z3GF1ANKjvCOAXtCPQKTeqYhmxgxfmw7M";

/// Hashes passwords, a bounded number at once.
#[derive(Clone, Debug)]
pub struct Hasher {
    permits: Arc<Semaphore>,
    /// Places in the queue.
    places: Arc<Semaphore>,
}

impl Hasher {
    /// One permit for each core.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { permits: Arc::new(Semaphore::new(cores)), places: Arc::new(Semaphore::new(QUEUE)) }
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
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        self.run(move || {
            let hash = PasswordHash::new(&hash).map_err(|fault| anyhow!("a kept hash is broken: {fault}"))?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _place = self.places.try_acquire().map_err(|_| Error::Busy(AGAIN))?;
                let permit = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned()).await;
                permit.map_err(|_| Error::Busy(AGAIN))?.map_err(|closed| anyhow!("{closed}"))?
            }
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;

    #[tokio::test]
    async fn nobodys_hash_is_as_much_work_as_anybodys() {
        let hasher = Hasher::new();
        let kept = hasher.hash("Rehearsal-2026").await.unwrap();
        let (kept, nobody) = (PasswordHash::new(&kept).unwrap(), PasswordHash::new(NOBODY).unwrap());
        assert_eq!((kept.algorithm, kept.version), (nobody.algorithm, nobody.version));
        assert_eq!(kept.params.to_string(), nobody.params.to_string());
        assert_eq!(kept.hash.map(|hash| hash.len()), nobody.hash.map(|hash| hash.len()));
        assert!(!hasher.verify("", None).await.unwrap());
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_who_hangs_up_leaves_it() {
        let hasher = Hasher { permits: Arc::new(Semaphore::new(1)), places: Arc::new(Semaphore::new(3)) };
        let held = hasher.permits.clone().try_acquire_owned().unwrap();
        for _ in 0..5 {
            let waiting = join_all((0..3).map(|_| hasher.verify("x", None)));
            let hung_up = tokio::time::timeout(Duration::from_millis(20), waiting).await;
            assert!(hung_up.is_err());
        }
        let all = join_all((0..5).map(|_| hasher.verify("x", None)));
        let (all, ()) = tokio::join!(all, async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(held);
        });
        assert_eq!(all.iter().filter(|outcome| matches!(outcome, Ok(false))).count(), 3);
        assert_eq!(all.iter().filter(|outcome| matches!(outcome, Err(Error::Busy(AGAIN)))).count(), 2);
    }
}
