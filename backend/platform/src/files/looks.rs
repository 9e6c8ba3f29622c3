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

/// What has been looked at, as long as somebody waits for the rest of it.
#[derive(Clone, Default)]
pub struct Looks(Arc<Mutex<HashMap<Uuid, Look>>>);

/// What one act wants to know: by object, its SHA-256.
#[derive(Clone, Default)]
struct Look {
    found: Arc<Mutex<HashMap<Uuid, Option<String>>>>,
    /// Whoever comes again waits for the look that is under way.
    under_way: Arc<tokio::sync::Mutex<()>>,
}

impl Looks {
    /// The SHA-256 of each of these objects, in hex, and none of one that is not there; busy while it takes longer. `what` it is for: who
    /// comes again for the same goes on with what has been looked at. Once it is answered nothing of it is remembered.
    pub(crate) async fn at(
        &self,
        what: Uuid,
        files: &Files,
        objects: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, Option<String>>> {
        let look = locked(&self.0).entry(what).or_default().clone();
        let (files, all, found) = (files.clone(), objects.clone(), look.found.clone());
        let looking = tokio::spawn(async move { look.on(&files, all).await });
        let looked = tokio::time::timeout(PATIENCE, looking).await.map_err(|_| Error::Busy(AGAIN))?;
        locked(&self.0).remove(&what);
        looked.map_err(anyhow::Error::from)??;
        let mut found = locked(&found);
        Ok(objects.into_iter().map(|object| (object, found.remove(&object).flatten())).collect())
    }
}

impl Look {
    async fn on(&self, files: &Files, mut objects: Vec<Uuid>) -> Result<()> {
        let _one = self.under_way.lock().await;
        objects.retain(|object| !locked(&self.found).contains_key(object));
        let looks = objects.into_iter().map(|object| async move {
            let sha256 = sealing::sealed_sha256(files, object).await?;
            locked(&self.found).insert(object, sha256);
            Ok(())
        });
        stream::iter(looks).buffer_unordered(AT_ONCE).try_collect().await
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

    #[tokio::test(start_paused = true)]
    async fn what_takes_long_is_busy_and_then_done() {
        let slow = ThrottleConfig { wait_get_per_call: Duration::from_secs(4), ..ThrottleConfig::default() };
        let files = Files::of(Arc::new(ThrottledStore::new(InMemory::new(), slow)));
        let objects: Vec<Uuid> = (0..10).map(Uuid::from_u128).collect();
        for object in &objects[1..] {
            files.keep(Shelf::Parts, *object, object.to_string().into_bytes()).await.unwrap();
        }
        let (looks, what) = (Looks::default(), Uuid::from_u128(100));
        // Ten objects, four at a time, four seconds each: it is told to come again, and twice at once is one look.
        assert!(matches!(looks.at(what, &files, objects.clone()).await, Err(Error::Busy(_))));
        let both = tokio::join!(looks.at(what, &files, objects.clone()), looks.at(what, &files, objects.clone()));
        assert!(matches!(both, (Err(Error::Busy(_)), Err(Error::Busy(_)))));
        let found = looks.at(what, &files, objects.clone()).await.unwrap();
        assert_eq!((found.len(), &found[&objects[0]]), (10, &None));
        for object in &objects[1..] {
            assert_eq!(found[object], Some(hex::encode(Sha256::digest(object.to_string()))));
        }
        assert!(locked(&looks.0).is_empty(), "what was answered is looked at anew");
    }
}
