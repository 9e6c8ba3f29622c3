//! Looking at what lies in the store, however much it is: an act has seconds, so that what takes longer goes on behind it, and the act is
//! told to come again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Files, sealing};
use crate::base::{Error, Result};

/// So many objects are read at once.
const AT_ONCE: usize = 4;
/// So long an act waits, and after so many seconds it is to come again.
const PATIENCE: Duration = Duration::from_secs(5);
const AGAIN: u64 = 5;
/// What nobody has come for again within this is looked at anew.
const KEPT: Duration = Duration::from_secs(60);

/// What is being looked at, by what it is for.
#[derive(Clone, Default)]
pub struct Looks(Arc<Mutex<HashMap<Uuid, Look>>>);

/// What one act wants to know: by object, its SHA-256. Of what is not there nothing is remembered.
#[derive(Clone, Default)]
struct Look {
    found: Arc<Mutex<HashMap<Uuid, String>>>,
    /// Whoever comes again waits for the look that is under way.
    under_way: Arc<tokio::sync::Mutex<()>>,
    ended: Arc<Mutex<Option<Instant>>>,
}

impl Looks {
    /// The SHA-256 of each of these objects, in hex, and none of one that is not there; busy while it takes longer. `what` it is for: who
    /// comes again for the same, before a minute is over, goes on with what has been looked at. Once it is answered all is looked at anew.
    pub(crate) async fn at(
        &self,
        what: Uuid,
        files: &Files,
        objects: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, Option<String>>> {
        let look = self.look(what);
        let (own, files, all) = (look.clone(), files.clone(), objects.clone());
        let looking = tokio::spawn(async move { own.on(&files, all).await });
        let looked = tokio::time::timeout(PATIENCE, looking).await.map_err(|_| Error::Busy(AGAIN))?;
        // Others may still wait for this look: it stays as it is, for them.
        locked(&self.0).retain(|_, other| !Arc::ptr_eq(&other.found, &look.found));
        looked.map_err(anyhow::Error::from)??;
        let found = locked(&look.found);
        Ok(objects.into_iter().map(|object| (object, found.get(&object).cloned())).collect())
    }

    fn look(&self, what: Uuid) -> Look {
        let mut looks = locked(&self.0);
        looks.retain(|_, look| locked(&look.ended).is_none_or(|ended| ended.elapsed() < KEPT));
        looks.entry(what).or_default().clone()
    }
}

impl Look {
    async fn on(&self, files: &Files, mut objects: Vec<Uuid>) -> Result<()> {
        let _one = self.under_way.lock().await;
        *locked(&self.ended) = None;
        objects.retain(|object| !locked(&self.found).contains_key(object));
        let looks = objects.into_iter().map(|object| async move {
            if let Some(sha256) = sealing::sealed_sha256(files, object).await? {
                locked(&self.found).insert(object, sha256);
            }
            Ok(())
        });
        let looked = stream::iter(looks).buffer_unordered(AT_ONCE).try_collect().await;
        *locked(&self.ended) = Some(Instant::now());
        looked
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;
    use object_store::throttle::{ThrottleConfig, ThrottledStore};
    use sha2::{Digest, Sha256};

    use super::super::Shelf;
    use super::*;

    async fn stocked(files: &Files) -> Vec<Uuid> {
        let objects: Vec<Uuid> = (0..10).map(Uuid::from_u128).collect();
        for object in &objects {
            files.keep(Shelf::Parts, *object, object.to_string().into_bytes()).await.unwrap();
        }
        objects
    }

    fn slow() -> Files {
        let slow = ThrottleConfig { wait_get_per_call: Duration::from_secs(4), ..ThrottleConfig::default() };
        Files::of(Arc::new(ThrottledStore::new(InMemory::new(), slow)))
    }

    fn digest(object: Uuid) -> Option<String> {
        Some(hex::encode(Sha256::digest(object.to_string())))
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_long_is_busy_and_then_done() {
        let (looks, what, files) = (Looks::default(), Uuid::from_u128(100), slow());
        let objects = stocked(&files).await;
        // Ten objects, four at a time, four seconds each: it is told to come again, and twice at once is one look.
        assert!(matches!(looks.at(what, &files, objects.clone()).await, Err(Error::Busy(_))));
        let both = tokio::join!(looks.at(what, &files, objects.clone()), looks.at(what, &files, objects.clone()));
        assert!(matches!(both, (Err(Error::Busy(_)), Err(Error::Busy(_)))));
        // Both wait as it ends, and both are told all of it.
        let (one, other) =
            tokio::join!(looks.at(what, &files, objects.clone()), looks.at(what, &files, objects.clone()));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(one == other && objects.iter().all(|object| one[object] == digest(*object)));
        assert!(locked(&looks.0).is_empty(), "what was answered is looked at anew");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_remembered_of_what_is_not_there_or_of_yesterday() {
        let (looks, what, files) = (Looks::default(), Uuid::from_u128(100), slow());
        let objects = stocked(&files).await;
        files.erase(Shelf::Parts, objects[0]).await.unwrap();
        // Looked at to its end behind the one who left; the object comes back, another changes, a day passes.
        assert!(matches!(looks.at(what, &files, objects.clone()).await, Err(Error::Busy(_))));
        tokio::time::sleep(Duration::from_secs(86_400)).await;
        files.keep(Shelf::Parts, objects[0], objects[0].to_string().into_bytes()).await.unwrap();
        files.keep(Shelf::Parts, objects[1], b"changed".to_vec()).await.unwrap();
        let mut told = looks.at(what, &files, objects.clone()).await;
        while matches!(told, Err(Error::Busy(_))) {
            told = looks.at(what, &files, objects.clone()).await;
        }
        let told = told.unwrap();
        assert_eq!(told[&objects[0]], digest(objects[0]));
        assert_eq!(told[&objects[1]], Some(hex::encode(Sha256::digest("changed"))));
    }
}
