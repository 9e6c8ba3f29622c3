//! Objects that are encrypted while they are written and decrypted while they are read, a chunk at a time: memory does not grow with the
//! file.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use age::stream::StreamWriter;
use age::{Decryptor, Encryptor, x25519};
use bytes::Bytes;
use futures_util::io::{AsyncWrite, AsyncWriteExt};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use object_store::buffered::BufWriter;
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt, TokioAsyncWriteCompatExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::ahead::Ahead;
use super::{Files, Shelf};
use crate::base::{Error, Result};

/// What was written.
pub(crate) struct Written {
    pub(crate) size: u64,
    /// The digest of all that has come of the file so far.
    pub(crate) running: Running,
    /// Of what lies in the store, in hex.
    pub(crate) sealed_sha256: String,
}

/// A SHA-256 that goes on where it was left: what comes in several stretches is hashed once.
#[derive(Clone, Default)]
pub(crate) struct Running(Sha256);

impl Running {
    /// In hex, of what has come.
    pub(crate) fn digest(&self) -> String {
        hex::encode(self.0.clone().finalize())
    }

    /// To be kept.
    pub(crate) fn kept(&self) -> String {
        hex::encode(self.0.serialize())
    }

    /// As it was kept.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let bytes = hex::decode(text).map_err(anyhow::Error::from)?;
        let state = SerializedState::<Sha256>::try_from(bytes.as_slice()).map_err(anyhow::Error::from)?;
        let hash = Sha256::deserialize(&state).map_err(|fault| anyhow::anyhow!("a digest's state: {fault}"))?;
        Ok(Self(hash))
    }
}

/// An object that is being written. What has come is encrypted by a task of its own, while more comes and is hashed.
pub(crate) struct Writing {
    to_seal: mpsc::Sender<Bytes>,
    sealing: JoinHandle<io::Result<StreamWriter<Hashed>>>,
    sealed: Arc<Mutex<Sha256>>,
    running: Running,
    size: u64,
}

/// So many stretches of what has come wait for it at most.
const WAITING: usize = 1;

/// Hashes what goes by on its way into the store.
struct Hashed {
    inner: Compat<BufWriter>,
    hash: Arc<Mutex<Sha256>>,
}

impl AsyncWrite for Hashed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, bytes))?;
        self.hash.lock().unwrap_or_else(PoisonError::into_inner).update(bytes.get(..written).unwrap_or(bytes));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}

impl Writing {
    /// Begins an object that is encrypted to this recipient.
    pub(crate) async fn begin(files: &Files, id: Uuid, to: &x25519::Recipient, running: Running) -> Result<Self> {
        let sealed = Arc::new(Mutex::new(Sha256::new()));
        let inner = Hashed { inner: files.writer(Shelf::Parts, id).compat_write(), hash: sealed.clone() };
        let encryptor = Encryptor::with_recipients(std::iter::once(to as &dyn age::Recipient));
        let encryptor = encryptor.map_err(|fault| anyhow::anyhow!("cannot encrypt: {fault}"))?;
        let writer = encryptor.wrap_async_output(inner).await.map_err(away)?;
        let (to_seal, come) = mpsc::channel(WAITING);
        let sealing = tokio::spawn(seal(writer, come, Ahead::of(files, Shelf::Parts, id)));
        Ok(Self { to_seal, sealing, sealed, running, size: 0 })
    }

    /// How much has come.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.running.0.update(&bytes);
        self.size += bytes.len() as u64;
        if self.to_seal.send(bytes).await.is_err() {
            written(&mut self.sealing).await?;
        }
        Ok(())
    }

    /// From here on it is there, whatever becomes of the machine. Where it does not come to this nothing is.
    pub(crate) async fn finish(self) -> Result<Written> {
        let Self { to_seal, mut sealing, sealed, running, size } = self;
        drop(to_seal);
        written(&mut sealing).await?.close().await.map_err(away)?;
        let sealed = sealed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Written { size, running, sealed_sha256: hex::encode(sealed.finalize()) })
    }
}

/// What has written all that came, or why it has not.
async fn written(sealing: &mut JoinHandle<io::Result<StreamWriter<Hashed>>>) -> Result<StreamWriter<Hashed>> {
    sealing.await.map_err(|fault| anyhow::anyhow!("a file's task: {fault}"))?.map_err(away)
}

/// Encrypts what comes, until nothing more does.
async fn seal(
    mut writer: StreamWriter<Hashed>,
    mut come: mpsc::Receiver<Bytes>,
    mut ahead: Ahead,
) -> io::Result<StreamWriter<Hashed>> {
    while let Some(bytes) = come.recv().await {
        writer.write_all(&bytes).await?;
        ahead.wrote(bytes.len() as u64);
    }
    Ok(writer)
}

/// What lies in these objects, one behind the other, decrypted. What is not there, or is not what was written, ends it with an error.
pub(crate) fn read(files: &Files, parts: Vec<Uuid>, key: x25519::Identity) -> BoxStream<'static, io::Result<Bytes>> {
    let files = files.clone();
    let open = move |part| open(files.clone(), part, key.clone());
    stream::iter(parts).then(open).try_flatten().boxed()
}

/// How much is decrypted at once: a chunk of age's.
const CHUNK: usize = 64 * 1024;

async fn open(files: Files, id: Uuid, key: x25519::Identity) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
    let found = files.bytes(Shelf::Parts, id).await.map_err(io::Error::other)?;
    let sealed = found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("{id} is not there")))?;
    let decryptor = Decryptor::new_async(sealed.into_async_read()).await.map_err(io::Error::other)?;
    let plain = decryptor.decrypt_async(std::iter::once(&key as &dyn age::Identity)).map_err(io::Error::other)?;
    Ok(ReaderStream::with_capacity(plain.compat(), CHUNK).boxed())
}

/// The SHA-256 of what lies in the store, in hex; none where nothing does.
pub(crate) async fn sealed_sha256(files: &Files, id: Uuid) -> Result<Option<String>> {
    let Some(mut sealed) = files.bytes(Shelf::Parts, id).await? else { return Ok(None) };
    let mut hash = Sha256::new();
    while let Some(bytes) = sealed.try_next().await.map_err(away)? {
        hash.update(&bytes);
    }
    Ok(Some(hex::encode(hash.finalize())))
}

fn away(fault: io::Error) -> Error {
    Error::Unavailable(format!("the store of files: {fault}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::S3;
    use super::*;

    const STRETCH: Bytes = Bytes::from_static(&[7; 1024 * 1024]);

    async fn writing(files: &Files, id: Uuid) -> Writing {
        let key = x25519::Identity::generate();
        Writing::begin(files, id, &key.to_public(), Running::default()).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_let_go_of_leaves_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let files = Files::in_folder(folder.path()).unwrap();
        let [let_go, kept] = [1, 2].map(Uuid::from_u128);
        // Of one nothing has been written to the disk yet, of the other some has.
        for stretches in [1, 3] {
            let mut one = writing(&files, let_go).await;
            for _ in 0..stretches {
                one.write(STRETCH).await.unwrap();
            }
        }
        let mut whole = writing(&files, kept).await;
        whole.write(STRETCH).await.unwrap();
        whole.finish().await.unwrap();
        let shelf = folder.path().join(Shelf::Parts.name());
        let there = || -> Vec<_> {
            let all = std::fs::read_dir(&shelf).unwrap();
            all.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        for _ in 0..1_000 {
            if there().len() == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(there(), [kept.to_string()]);
    }

    #[tokio::test]
    async fn what_a_store_cannot_keep_is_told() {
        let folder = tempfile::TempDir::new().unwrap();
        let files = Files::in_folder(folder.path()).unwrap();
        let mut lost = writing(&files, Uuid::from_u128(1)).await;
        for _ in 0..3 {
            lost.write(STRETCH).await.unwrap();
        }
        let shelf = folder.path().join(Shelf::Parts.name());
        let _ = std::fs::remove_dir_all(&shelf);
        std::fs::write(&shelf, b"no folder").unwrap();
        let told = lost.finish().await;
        assert!(matches!(told, Err(Error::Unavailable(_))), "{:?}", told.map(|written| written.size));
    }

    #[tokio::test]
    async fn a_store_that_is_away_is_told_of_before_the_end() {
        let s3 = S3 {
            endpoint: Some("http://127.0.0.1:1".into()),
            region: "any".into(),
            bucket: "any".into(),
            path_style: true,
            key_id: "any".into(),
            secret: "any".into(),
        };
        let mut writing = writing(&Files::in_s3(&s3).unwrap(), Uuid::from_u128(1)).await;
        for _ in 0..64 {
            if let Err(fault) = writing.write(STRETCH).await {
                return assert!(matches!(fault, Error::Unavailable(_)), "{fault}");
            }
        }
        panic!("64 MiB were taken for a store that is away");
    }
}
