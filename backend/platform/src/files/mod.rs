//! Where lies what is not for the database: a folder, or an S3-compatible store. Knows objects by their names alone; what they are is for
//! the slice whose they are. What is kept here is there after a crash of the machine.

mod ahead;
pub(crate) mod kinds;
mod looks;
mod receiving;
pub(crate) mod sealing;
pub mod upload;

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path as Folder, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::base::{Error, Instant, Result};

pub use looks::Looks;
pub use receiving::Receiving;

/// A store of objects.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// How much of an object is held in memory while it is written.
    piece: usize,
    /// Of a store that is a folder: which.
    folder: Option<PathBuf>,
}

/// How large files may be, in bytes: what the operator chose.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One file.
    pub file: u64,
    /// All of one bid that are not handed in yet; of all its submissions together [`Limits::SUBMISSIONS`] times as much.
    pub bid: u64,
}

impl Limits {
    /// So often a bidder can replace the most that it may hand in.
    pub(crate) const SUBMISSIONS: u64 = 10;
}

/// An S3-compatible store.
pub struct S3 {
    /// Where it is reached; none for Amazon's own.
    pub endpoint: Option<String>,
    pub region: String,
    pub bucket: String,
    /// Whether the bucket is named in the path, and not in the host's name.
    pub path_style: bool,
    pub key_id: String,
    pub secret: SecretString,
}

/// What an object is for: the folder it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// Keys of drafts.
    DraftKeys,
    /// Parts of files.
    Parts,
}

impl Shelf {
    fn name(self) -> &'static str {
        match self {
            Self::DraftKeys => "draft-keys",
            Self::Parts => "parts",
        }
    }

    fn path(self, id: Uuid) -> Path {
        Path::from_iter([self.name().to_owned(), id.to_string()])
    }
}

/// How much is written to a disk at once.
const DISK_PIECE: usize = 1024 * 1024;
/// The least that S3 takes as a piece.
const S3_PIECE: usize = 5 * 1024 * 1024;
/// The object that says that a store is this installation's.
const MARK: &str = "installation";
/// A store that does not answer for so long is not there.
const PATIENCE: Duration = Duration::from_secs(5);

impl Files {
    /// In a folder, which is made.
    pub fn in_folder(folder: &Folder) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let store = LocalFileSystem::new_with_prefix(folder).context("the folder of files")?;
        let store = Arc::new(store.with_fsync(true));
        Ok(Self { store, piece: DISK_PIECE, folder: Some(folder.to_owned()) })
    }

    /// In an S3-compatible store.
    pub fn in_s3(s3: &S3) -> Result<Self> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&s3.bucket)
            .with_region(&s3.region)
            .with_virtual_hosted_style_request(!s3.path_style)
            .with_access_key_id(&s3.key_id)
            .with_secret_access_key(s3.secret.expose_secret())
            .with_retry(RetryConfig { max_retries: 2, retry_timeout: PATIENCE, ..RetryConfig::default() });
        let mut client = ClientOptions::new().with_connect_timeout(PATIENCE);
        if let Some(endpoint) = &s3.endpoint {
            builder = builder.with_endpoint(endpoint);
            client = client.with_allow_http(endpoint.starts_with("http:"));
        }
        // A file may be long, and whoever gets it slow: silence is what ends it.
        client = client.with_timeout_disabled().with_read_timeout(PATIENCE);
        Ok(Self::of(Arc::new(builder.with_client_options(client).build().context("the store of files")?)))
    }

    /// In any store.
    pub fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, piece: S3_PIECE, folder: None }
    }

    /// The part of it that is this installation's: no other's objects are seen from there.
    pub(crate) fn within(&self, installation: Uuid) -> Self {
        let name = installation.to_string();
        Self {
            folder: self.folder.as_ref().map(|folder| folder.join(&name)),
            store: Arc::new(PrefixStore::new(self.store.clone(), name)),
            ..self.clone()
        }
    }

    /// Marks it as this installation's.
    pub async fn mark(&self) -> Result<()> {
        self.store.put(&Path::from(MARK), PutPayload::from_static(b"jiebang")).await.map_err(away)?;
        Ok(())
    }

    /// Whether it is this installation's: not another one, nor an empty folder in the place of one that is not mounted.
    pub(crate) async fn is_marked(&self) -> Result<bool> {
        match self.store.head(&Path::from(MARK)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(fault) => Err(away(fault)),
        }
    }

    /// Refuses where it is not this installation's: nothing is taken for lost, and nothing put where it would be.
    pub(crate) async fn needs_mark(&self) -> Result<()> {
        if self.is_marked().await? {
            return Ok(());
        }
        Err(Error::Unavailable("the store of files is not this installation's".into()))
    }

    /// Keeps a small object.
    pub(crate) async fn keep(&self, shelf: Shelf, id: Uuid, bytes: Vec<u8>) -> Result<()> {
        self.store.put(&shelf.path(id), PutPayload::from(bytes)).await.map_err(away)?;
        Ok(())
    }

    /// A small object, if it is there.
    pub(crate) async fn read(&self, shelf: Shelf, id: Uuid) -> Result<Option<Vec<u8>>> {
        match self.store.get(&shelf.path(id)).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(away)?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(fault) => Err(away(fault)),
        }
    }

    /// Erases an object; one that is not there is erased.
    pub(crate) async fn erase(&self, shelf: Shelf, id: Uuid) -> Result<()> {
        match self.store.delete(&shelf.path(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(fault) => Err(away(fault)),
        }
    }

    /// Erases what nothing belongs to any more; where that fails now, it is swept later.
    pub(crate) async fn let_go(&self, shelf: Shelf, ids: &[Uuid]) {
        for id in ids {
            if let Err(fault) = self.erase(shelf, *id).await {
                tracing::warn!(%fault, %id, "an object that nothing belongs to is still there");
            }
        }
    }

    /// The objects of a shelf that were put there before this time of the machine's.
    pub(crate) async fn older(&self, shelf: Shelf, than: Instant) -> Result<Vec<Uuid>> {
        let all = self.store.list(Some(&Path::from(shelf.name()))).map_err(away).try_filter_map(|meta| async move {
            let old = meta.last_modified < than;
            Ok(meta.location.filename().filter(|_| old).and_then(|name| name.parse::<Uuid>().ok()))
        });
        all.try_collect().await
    }

    /// Takes away the pieces of objects that were never whole, which a killed process leaves in a folder. What a store of its own has of
    /// them its operator has it forget (decision 12).
    pub(crate) async fn tidy(&self, shelf: Shelf, than: Instant) -> Result<()> {
        let Some(folder) = self.folder.as_ref().map(|folder| folder.join(shelf.name())) else { return Ok(()) };
        let tidied = tokio::task::spawn_blocking(move || {
            let Ok(all) = std::fs::read_dir(folder) else { return Ok(()) };
            for entry in all {
                let entry = entry?;
                // So `object_store` names what is not whole yet.
                let piece = entry.file_name().to_string_lossy().contains('#');
                let old = |meta: std::fs::Metadata| Ok(chrono::DateTime::<chrono::Utc>::from(meta.modified()?) < than);
                match entry.metadata().and_then(old) {
                    Ok(true) if piece => std::fs::remove_file(entry.path()),
                    Ok(_) => Ok(()),
                    Err(fault) => Err(fault),
                }
                // It has become whole, or another server was quicker.
                .or_else(|fault| if fault.kind() == ErrorKind::NotFound { Ok(()) } else { Err(fault) })?;
            }
            Ok::<_, std::io::Error>(())
        });
        tidied.await.context("tidying up")?.map_err(|fault| Error::Unavailable(format!("the folder of files: {fault}")))
    }

    /// Writes an object piece by piece; it is there once the writer is shut down.
    fn writer(&self, shelf: Shelf, id: Uuid) -> BufWriter {
        BufWriter::with_capacity(self.store.clone(), shelf.path(id), self.piece).with_max_concurrency(1)
    }

    /// The bytes of an object, if it is there.
    async fn bytes(&self, shelf: Shelf, id: Uuid) -> Result<Option<BoxStream<'static, std::io::Result<bytes::Bytes>>>> {
        match self.store.get(&shelf.path(id)).await {
            Ok(found) => Ok(Some(found.into_stream().map_err(std::io::Error::from).boxed())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(fault) => Err(away(fault)),
        }
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.store)
    }
}

fn away(fault: object_store::Error) -> Error {
    Error::Unavailable(format!("the store of files: {fault}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_installation_finds_its_own_objects_and_tidies_its_own_folder() {
        let folder = tempfile::TempDir::new().unwrap();
        let all = Files::in_folder(folder.path()).unwrap();
        let (one, other) = (all.within(Uuid::from_u128(1)), all.within(Uuid::from_u128(2)));
        one.mark().await.unwrap();
        assert!(one.is_marked().await.unwrap() && !other.is_marked().await.unwrap());
        let id = Uuid::from_u128(3);
        one.keep(Shelf::Parts, id, b"x".to_vec()).await.unwrap();
        assert_eq!(one.read(Shelf::Parts, id).await.unwrap().as_deref(), Some(b"x".as_slice()));
        assert_eq!(other.read(Shelf::Parts, id).await.unwrap(), None);
        let later = crate::base::Clock::real().machine_now() + chrono::TimeDelta::seconds(10);
        let earlier = later - chrono::TimeDelta::seconds(20);
        assert_eq!(one.older(Shelf::Parts, later).await.unwrap(), [id]);
        assert!(one.older(Shelf::Parts, earlier).await.unwrap().is_empty());
        assert!(other.older(Shelf::Parts, later).await.unwrap().is_empty());
        other.erase(Shelf::Parts, id).await.unwrap();
        // A piece that a killed process has left, and the object beside it.
        let parts = folder.path().join(Uuid::from_u128(1).to_string()).join("parts");
        let piece = parts.join(format!("{id}#1"));
        std::fs::write(&piece, b"half").unwrap();
        one.tidy(Shelf::Parts, earlier).await.unwrap();
        assert!(piece.exists());
        one.tidy(Shelf::Parts, later).await.unwrap();
        assert!(!piece.exists() && parts.join(id.to_string()).exists());
        other.tidy(Shelf::Parts, later).await.unwrap();
    }
}
