//! Password hashing: argon2id at OWASP's floor (19 MiB, t=2, p=1), one permit a core, owned by the task that hashes, so that a
//! caller who hangs up frees nothing early. So many may wait; a caller who hangs up waits no more.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::base::{Error, Result, random};

const QUEUE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(2);
/// When a caller who was sent away may try again, in seconds.
const AGAIN: u64 = 2;
/// What a password is held against where there is no account: of a random password, by the same parameters.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$LQWNS4XgnR1gr1tiUU9U5g$DXL1Okgm43z3GF1ANKjvCOAXtCPQKTeqYhmxgxfmw7M";

/// Hashes passwords, a bounded number at once.
#[derive(Clone)]
pub struct Hasher {
    /// What a new hash costs. One that is kept costs what it did when it was made.
    cost: Params,
    permits: Arc<Semaphore>,
    /// Places in the queue.
    places: Arc<Semaphore>,
    /// Memory that nobody hashes in at the moment, one piece for each permit at most. Kept: given back, each thread's allocator
    /// would hold on to 19 MiB of its own, and the threads are many.
    spare: Arc<Mutex<Vec<Vec<Block>>>>,
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

impl Hasher {
    /// One permit for each core.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::sized(cores, QUEUE)
    }

    /// What it hashes is guessed in no time: for tests, where a password guards nothing and a quarter of the computing was hashing.
    pub fn for_tests() -> anyhow::Result<Self> {
        Ok(Self { cost: Params::new(Params::MIN_M_COST, Params::MIN_T_COST, 1, None)?, ..Self::new() })
    }

    fn sized(at_once: usize, waiting: usize) -> Self {
        Self {
            cost: Params::default(),
            permits: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(waiting)),
            spare: Arc::default(),
        }
    }

    /// Refuses at once when nobody more may wait: before anything is written for who would be sent away anyway.
    pub fn has_room(&self) -> Result<()> {
        if self.places.available_permits() == 0 { Err(Error::Busy(AGAIN)) } else { Ok(()) }
    }

    /// The hash to keep.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let (password, cost) = (password.to_owned(), self.cost.clone());
        self.run(move |memory| {
            let argon = Argon2::new(Algorithm::default(), Version::default(), cost);
            let (salt, mut out) = (random::bytes::<16>()?, [0; Params::DEFAULT_OUTPUT_LEN]);
            derive(&argon, memory, &password, &salt, &mut out)?;
            let kept = PasswordHash {
                algorithm: Algorithm::default().ident(),
                version: Some(Version::default().into()),
                params: ParamsString::try_from(argon.params())?,
                salt: Some(Salt::new(&salt)?),
                hash: Some(Output::new(&out)?),
            };
            Ok(kept.to_string())
        })
        .await
    }

    /// Whether the password is the one that was hashed. Without a hash the work is done all the same, so that an unknown name
    /// takes as long as a wrong password.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let password = password.to_owned();
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        self.run(move |memory| {
            let kept = PasswordHash::new(&hash)?;
            ensure!(kept.algorithm == Algorithm::Argon2id.ident(), "a kept hash is none of ours");
            let (salt, wanted) = kept.salt.zip(kept.hash).context("a kept hash is not whole")?;
            let version = Version::try_from(kept.version.unwrap_or_default())?;
            let argon = Argon2::new(Algorithm::Argon2id, version, Params::try_from(&kept)?);
            let mut out = vec![0; wanted.len()];
            derive(&argon, memory, &password, &salt, &mut out)?;
            Ok(bool::from(out.as_slice().ct_eq(wanted.as_bytes())) && known)
        })
        .await
    }

    /// A key of 32 bytes from a passphrase, and how it was derived; by the same derivation it is the same key.
    pub async fn derive_key(&self, passphrase: &str, derivation: Option<&str>) -> Result<(String, [u8; 32])> {
        let (passphrase, cost) = (passphrase.to_owned(), self.cost.clone());
        let derivation = derivation.map(str::to_owned);
        self.run(move |memory| {
            let (argon, salt) = match &derivation {
                None => (Argon2::new(Algorithm::Argon2id, Version::default(), cost), random::bytes::<16>()?.to_vec()),
                Some(derivation) => {
                    let kept = PasswordHash::new(derivation)?;
                    ensure!(kept.algorithm == Algorithm::Argon2id.ident(), "a derivation is none of ours");
                    let version = Version::try_from(kept.version.unwrap_or_default())?;
                    let salt = kept.salt.context("a derivation is not whole")?;
                    (Argon2::new(Algorithm::Argon2id, version, Params::try_from(&kept)?), salt.to_vec())
                }
            };
            let mut key = [0; 32];
            derive(&argon, memory, &passphrase, &salt, &mut key)?;
            // What is left there is all but the key, and is kept for the next.
            memory.fill(Block::new());
            let derivation = PasswordHash {
                algorithm: Algorithm::Argon2id.ident(),
                version: Some(Version::default().into()),
                params: ParamsString::try_from(argon.params())?,
                salt: Some(Salt::new(&salt)?),
                hash: None,
            };
            Ok((derivation.to_string(), key))
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _place = self.places.try_acquire().map_err(|_| Error::Busy(AGAIN))?;
                let permit = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned()).await;
                permit.map_err(|_| Error::Busy(AGAIN))?.map_err(|closed| anyhow!("{closed}"))?
            }
        };
        let spare = self.spare.clone();
        let hashed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut memory = spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let done = work(&mut memory);
            spare.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            done
        });
        Ok(hashed.await.context("hashing was cut off")?.context("cannot hash")?)
    }
}

fn derive(
    argon: &Argon2<'_>,
    memory: &mut Vec<Block>,
    password: &str,
    salt: &[u8],
    out: &mut [u8],
) -> anyhow::Result<()> {
    memory.resize(argon.params().block_count(), Block::new());
    argon.hash_password_into_with_memory(password.as_bytes(), salt, out, memory.as_mut_slice())?;
    Ok(())
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{PasswordHasher, PasswordVerifier};
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
        assert_eq!(hasher.spare.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn what_the_library_says_itself_is_said_here() {
        let hasher = Hasher::new();
        let ours = hasher.hash("Rehearsal-2026").await.unwrap();
        Argon2::default().verify_password(b"Rehearsal-2026", &PasswordHash::new(&ours).unwrap()).unwrap();
        let theirs: PasswordHash = Argon2::default().hash_password(b"Rehearsal-2026").unwrap();
        let older: PasswordHash =
            Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 3, 1, None).unwrap())
                .hash_password(b"Rehearsal-2026")
                .unwrap();
        for kept in [theirs.to_string(), older.to_string(), ours] {
            assert!(hasher.verify("Rehearsal-2026", Some(&kept)).await.unwrap());
            assert!(!hasher.verify("Rehearsal-2027", Some(&kept)).await.unwrap());
        }
        assert!(hasher.verify("Rehearsal-2026", Some("$2b$10$x")).await.is_err());
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_who_hangs_up_leaves_it() {
        let hasher = Hasher::sized(1, 3);
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
