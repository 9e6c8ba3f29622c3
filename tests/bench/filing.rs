//! Files: what comes in with a bid of them, beside the disk that they are written to; and what one takes of memory, however large it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use support::{Client, operation};
use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

use crate::measure::{Figures, Work, round};
use crate::stage::{Bid, Queue};

/// How large a file is that a bid brings.
pub const FILE: usize = 5_000_000;
/// How large one is that is to take no more memory.
pub const LARGE: usize = 256 * 1024 * 1024;
/// More than so many MiB neither client nor server may grow by while it comes.
pub const GROWS: f64 = 32.0;
/// A chunk of it.
pub const CHUNK: usize = 64 * 1024;
/// How long somebody waits who is told to come again.
const AGAIN: Duration = Duration::from_millis(50);

/// A file's bytes: what begins like a PDF and cannot be made smaller.
pub fn pdf(length: usize) -> Arc<Vec<u8>> {
    let rest = (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8);
    Arc::new(b"%PDF-1.7\n".iter().copied().chain(rest).take(length).collect())
}

/// Brings a file for each bid and hands it in with it.
pub struct Filer {
    pub client: Client,
    pub bytes: Arc<Vec<u8>>,
    pub drafts: Arc<Queue>,
    pub spent: Arc<Queue>,
}

impl Work for Filer {
    async fn once(&mut self) -> Result<bool> {
        let Some(bid) = self.drafts.pop() else { return Ok(false) };
        let (id, _) = brought(&mut self.client, &bid, &self.bytes, 1).await?;
        bid.revises_with(&mut self.client, &[id]).await?;
        bid.submits(&mut self.client).await?;
        self.spent.push(bid);
        Ok(true)
    }
}

/// Brings a file of so many times these bytes; its id, and how long its `PUT` took.
pub async fn brought(client: &mut Client, bid: &Bid, bytes: &[u8], times: usize) -> Result<(String, Duration)> {
    let create =
        json!({ "bidId": bid.id.to_string(), "name": "x.pdf", "size": bytes.len() * times, "noStateSecret": true });
    let begun = client.asks(Some(&bid.token), &operation("createUpload"), json!({ "input": create })).await?;
    let (id, url) = (&begun["upload"]["id"], &begun["upload"]["url"]);
    let url = url.as_str().context("no address")?;
    let took = loop {
        let begun = Instant::now();
        let (status, answer) = client.puts(&bid.token, url, bytes, times).await?;
        if status == 200 {
            break begun.elapsed();
        }
        ensure!(status == 503, "{status}: {}", String::from_utf8_lossy(answer));
        sleep(AGAIN).await;
    };
    client.asks(Some(&bid.token), &operation("finishUpload"), json!({ "input": { "uploadId": id } })).await?;
    Ok((id.as_str().context("no id")?.to_owned(), took))
}

/// As much written to a file of its own, and to the disk, past everything. It stays until the round is over, as the server's do: what
/// is written where a file has just been taken away costs less.
struct Writer {
    folder: PathBuf,
    bytes: Arc<Vec<u8>>,
    number: Arc<AtomicUsize>,
}

impl Work for Writer {
    async fn once(&mut self) -> Result<bool> {
        let path = self.folder.join(format!("raw{}", self.number.fetch_add(1, Ordering::Relaxed)));
        let mut file = tokio::fs::File::create(&path).await?;
        file.write_all(&self.bytes).await?;
        file.sync_all().await?;
        Ok(true)
    }
}

/// The disk alone: so many files written side by side.
pub async fn disk(folder: &Path, clients: usize, time: Duration) -> Result<Figures> {
    let (bytes, number) = (pdf(FILE), Arc::new(AtomicUsize::new(0)));
    let folder = tempfile::tempdir_in(folder)?;
    let writer = |_| Writer { folder: folder.path().to_owned(), bytes: bytes.clone(), number: number.clone() };
    Ok(round((0..clients).map(writer).collect(), time).await?.0)
}

/// One large file, written to the disk in the pieces that come in.
pub async fn disk_large(folder: &Path, size: usize) -> Result<Duration> {
    let (chunk, path) = (pdf(CHUNK), folder.join("large"));
    let begun = Instant::now();
    let mut file = tokio::fs::File::create(&path).await?;
    for _ in 0..size / CHUNK {
        file.write_all(&chunk).await?;
    }
    file.sync_all().await?;
    let took = begun.elapsed();
    tokio::fs::remove_file(&path).await?;
    Ok(took)
}

/// By how many MiB this process grew at most while one file of so many bytes came in (Linux), and how long that took.
pub async fn grown(client: &mut Client, bid: &Bid, size: usize) -> Result<(f64, Duration)> {
    let chunk = pdf(CHUNK);
    std::fs::write("/proc/self/clear_refs", "5").context("the peak of memory could not be set back")?;
    let before = kilobytes("VmRSS")?;
    let (id, took) = brought(client, bid, &chunk, size / CHUNK).await?;
    let peak = kilobytes("VmHWM")?;
    let discard = json!({ "input": { "uploadId": id } });
    let discarded: Value = client.asks(Some(&bid.token), &operation("discardUpload"), discard).await?;
    ensure!(discarded["uploadId"] == id.as_str(), "{discarded}");
    Ok((peak.saturating_sub(before) as f64 / 1024.0, took))
}

fn kilobytes(name: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).context("no figure")?;
    line.trim().split(' ').next().and_then(|number| number.parse().ok()).context("no number")
}
