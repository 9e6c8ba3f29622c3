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

/// An object that is being written.
pub(crate) struct Writing {
    writer: StreamWriter<Hashed>,
    sealed: Arc<Mutex<Sha256>>,
    running: Running,
    size: u64,
    ahead: Ahead,
}

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
        Ok(Self { writer, sealed, running, size: 0, ahead: Ahead::of(files, Shelf::Parts, id) })
    }

    /// How much has come.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.running.0.update(bytes);
        self.size += bytes.len() as u64;
        self.writer.write_all(bytes).await.map_err(away)?;
        self.ahead.wrote(bytes.len() as u64);
        Ok(())
    }

    /// From here on it is there, whatever becomes of the machine.
    pub(crate) async fn finish(mut self) -> Result<Written> {
        self.writer.close().await.map_err(away)?;
        let sealed = self.sealed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Written { size: self.size, running: self.running, sealed_sha256: hex::encode(sealed.finalize()) })
    }
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
