//! Looking at what lies in the store, however much it is: an act has seconds, so that what takes longer goes on behind it, and the act is
//! told to come again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use uuid::Uuid;

use super::{Files, sealing};
use crate::base::{Error, Result};

/// So many objects are read at once.
const AT_ONCE: usize = 4;
/// So long an act waits, and after so many seconds it is to come again.
const PATIENCE: Duration = Duration::from_secs(5);
const AGAIN: u64 = 5;

/// What has been looked at.
#[derive(Clone, Default)]
pub struct Looks {
    found: Arc<Mutex<HashMap<Uuid, Option<String>>>>,
    /// Whoever comes again waits for the look that is under way.
    under_way: Arc<tokio::sync::Mutex<()>>,
}

impl Looks {
    /// The SHA-256 of each of these objects, in hex, of those that are there; busy while it takes longer.
    pub(crate) async fn at(&self, files: &Files, objects: Vec<Uuid>) -> Result<HashMap<Uuid, String>> {
        let (looks, files, all) = (self.clone(), files.clone(), objects.clone());
        let look = tokio::spawn(async move { looks.look(&files, all).await });
        let looked = tokio::time::timeout(PATIENCE, look).await.map_err(|_| Error::Busy(AGAIN))?;
        looked.map_err(anyhow::Error::from)??;
        let found = self.found();
        let there = |object: &Uuid| Some((*object, found.get(object)?.clone()?));
        Ok(objects.iter().filter_map(there).collect())
    }

    /// What is decided need not be remembered.
    pub(crate) fn forget(&self, objects: impl IntoIterator<Item = Uuid>) {
        let mut found = self.found();
        for object in objects {
            found.remove(&object);
        }
    }

    async fn look(&self, files: &Files, mut objects: Vec<Uuid>) -> Result<()> {
        let _one = self.under_way.lock().await;
        objects.retain(|object| !self.found().contains_key(object));
        let looks = objects.into_iter().map(|object| async move {
            let sha256 = sealing::sealed_sha256(files, object).await?;
            self.found().insert(object, sha256);
            Ok(())
        });
        stream::iter(looks).buffer_unordered(AT_ONCE).try_collect().await
    }

    fn found(&self) -> MutexGuard<'_, HashMap<Uuid, Option<String>>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;
    use object_store::throttle::{ThrottleConfig, ThrottledStore};
    use sha2::{Digest, Sha256};

    use super::super::Shelf;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_takes_long_is_busy_and_then_done() {
        let slow = ThrottleConfig { wait_get_per_call: Duration::from_secs(4), ..ThrottleConfig::default() };
        let files = Files::of(Arc::new(ThrottledStore::new(InMemory::new(), slow)));
        let objects: Vec<Uuid> = (0..10).map(Uuid::from_u128).collect();
        for object in &objects[1..] {
            files.keep(Shelf::Parts, *object, object.to_string().into_bytes()).await.unwrap();
        }
        let looks = Looks::default();
        // Ten objects, four at a time, four seconds each: it is told to come again, and twice at once is one look.
        assert!(matches!(looks.at(&files, objects.clone()).await, Err(Error::Busy(_))));
        let both = tokio::join!(looks.at(&files, objects.clone()), looks.at(&files, objects.clone()));
        assert!(matches!(both, (Err(Error::Busy(_)), Err(Error::Busy(_)))));
        let found = looks.at(&files, objects.clone()).await.unwrap();
        assert_eq!(found.len(), 9);
        for object in &objects[1..] {
            assert_eq!(found[object], hex::encode(Sha256::digest(object.to_string())));
        }
        looks.forget(objects);
        assert!(looks.found().is_empty());
    }
}
