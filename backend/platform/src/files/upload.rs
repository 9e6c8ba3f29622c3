//! A file on its way in and out, whosever it is: what is known of it, the stretches that it comes in, and what it is held against once it
//! has come. Where that is kept, and who brings and gets it, is for the slice whose it is.

use std::io;
use std::time::{Duration, Instant};

use age::secrecy::{ExposeSecret, SecretString};
use age::x25519;
use anyhow::anyhow;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use uuid::Uuid;

use super::sealing::{self, Running, Writing, Written};
use super::{Files, Receiving, Shelf, kinds};
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{AttachmentId, BidId};
use crate::base::{Error, Faults, Reason, Result};

/// So many files go with one act at most, and so many are begun and not handed in.
pub const MOST_NAMED: usize = 20;
pub(crate) const MOST_BEGUN: usize = 40;

/// A stretch that breaks off is kept from this length on, or from a hundredth of its file: nobody makes a file of crumbs.
const LEAST: u64 = 64 * 1024;
const MOST_PARTS: u64 = 100;
/// A sender that is silent for so long, or through so long slower than this, gives its place to others.
const PATIENCE: Duration = Duration::from_secs(10);
const LEAST_PER_SECOND: u64 = 8 * 1024;

/// What a file is said to be before anything of it has come.
#[derive(Clone, Debug, Serialize)]
pub struct NewFile {
    /// As people call it, with its ending.
    pub name: String,
    /// In bytes.
    pub size: i64,
    /// What it is to be, in hex; checked when it is finished.
    pub sha256: Option<String>,
    /// That there is no state secret in it (保守国家秘密法).
    pub no_state_secret: bool,
}

/// A stretch of a file.
pub struct Stretch<S> {
    /// Where it begins.
    pub from: u64,
    /// How long the sender takes the whole file to be, where it says.
    pub whole: Option<u64>,
    /// What comes.
    pub bytes: S,
}

impl<S> Stretch<S> {
    /// Whether it goes on where a file of this size stands.
    pub(crate) fn goes_on(&self, received: u64, size: u64) -> Result<()> {
        let there = self.from == received && self.from < size && self.whole.is_none_or(|whole| whole == size);
        if there { Ok(()) } else { Err(Error::Conflict(Reason::UploadStandsElsewhere)) }
    }
}

/// What has come of a file.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// Which file.
    pub upload: AttachmentId,
    /// How many bytes of it.
    pub received: u64,
    /// Of how many.
    pub size: u64,
}

/// What came of an act on a file that is not handed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handled {
    /// The bid that it is of; none of evidence.
    #[serde(default)]
    pub bid: Option<BidId>,
    /// Which file.
    pub upload: AttachmentId,
    /// What is left to be erased.
    #[serde(skip)]
    pub(crate) objects: Vec<Uuid>,
}

impl Handled {
    pub(crate) fn of(bid: Option<BidId>, upload: AttachmentId) -> Self {
        Self { bid, upload, objects: Vec::new() }
    }
}

/// A file on its way out.
pub struct Fetched {
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub bytes: BoxStream<'static, io::Result<Bytes>>,
}

/// A file that is not handed in yet, as its bidder is shown it.
#[derive(Clone, Debug)]
pub struct UploadView {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub received: u64,
    pub finished: bool,
    /// Known once it is finished.
    pub sha256: Option<String>,
    pub created_at: crate::base::Instant,
}

/// A file as whoever may read what it goes with is shown it.
#[derive(Clone, Debug)]
pub struct AttachmentView {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub sha256: String,
    /// Whether the platform can hand it out: what is sealed it cannot.
    pub open: bool,
}

impl AttachmentView {
    /// A file that was handed in.
    pub fn of(attached: &Attached, open: bool) -> Self {
        let Attached { id, name, media_type, size, sha256, .. } = attached.clone();
        Self { id, name, media_type, size, sha256, open }
    }

    /// A file that is not handed in, once it is finished.
    pub fn of_upload(upload: &UploadView) -> Option<Self> {
        let UploadView { id, name, media_type, size, sha256, .. } = upload.clone();
        Some(Self { id, name, media_type, size, sha256: sha256?, open: true })
    }
}

/// What is known of a file while it is not handed in. It is kept encrypted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    pub(crate) name: String,
    pub(crate) media_type: String,
    /// An age identity, as text.
    key: String,
    /// What the client said that it would be.
    expected: Option<String>,
    /// The SHA-256 of what has come, to go on with.
    running: String,
    /// Known once it is finished.
    pub(crate) sha256: Option<String>,
    parts: Vec<Part>,
}

/// What came in one stretch: an object in the store, an age file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    pub object: Uuid,
    pub size: u64,
    /// Of the object as it lies there.
    pub sealed_sha256: String,
}

/// A file as it is handed in: with the key that opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attached {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub sha256: String,
    /// The age identity that opens its parts.
    pub key: String,
    /// Its stretches, in order.
    pub parts: Vec<Part>,
}

impl Details {
    /// Of a file that may be begun, with its size, which is `most` bytes at most.
    pub(crate) fn begin(new: &NewFile, most: u64) -> Result<(Self, u64)> {
        let mut faults = Faults::new();
        let name = faults.text("name", &new.name, Length::NAME);
        let kind = kinds::by_name(&name);
        if name.contains(['/', '\\', ':']) {
            faults.add("name", FaultCode::BadCharacters);
        } else if kind.is_none() && !name.is_empty() {
            faults.add_about("name", FaultCode::KindNotTaken, Some(kinds::endings()));
        }
        let size = u64::try_from(new.size).ok().filter(|size| (1..=most).contains(size));
        if size.is_none() {
            faults.add_with("size", FaultCode::FileTooLarge, most);
        }
        let expected = new.sha256.as_deref().map(|text| text.trim().to_lowercase());
        let sound = |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        faults.check(expected.as_ref().is_none_or(sound), "sha256", FaultCode::NotAHash);
        faults.check(new.no_state_secret, "noStateSecret", FaultCode::DeclarationNeeded);
        faults.done()?;
        let media_type = kind.map(|kind| kind.media_type.to_owned()).unwrap_or_default();
        let (key, running) = (new_key(), Running::default().kept());
        let details = Self { name, media_type, key, expected, running, sha256: None, parts: Vec::new() };
        Ok((details, size.unwrap_or_default()))
    }

    /// Writes what comes of it, `room` bytes at most; it is erased again where it is too long or not worth keeping. Beside it, why it broke
    /// off.
    pub(crate) async fn take<S>(
        &self,
        files: &Files,
        object: Uuid,
        (from, size): (u64, u64),
        mut bytes: S,
    ) -> Result<(Written, Option<Error>)>
    where
        S: Stream<Item = io::Result<Bytes>> + Unpin,
    {
        let room = size - from;
        let to = identity(&self.key)?.to_public();
        let mut writing = Writing::begin(files, object, &to, Running::read(&self.running)?).await?;
        let (mut since, mut before) = (Instant::now(), 0);
        let mut broken = None;
        while broken.is_none() {
            match timeout(PATIENCE, bytes.next()).await {
                Ok(None) => break,
                Ok(Some(Ok(some))) if writing.size() + some.len() as u64 > room => broken = Some(Error::TooLarge),
                Ok(Some(Ok(some))) => {
                    let lasted = since.elapsed();
                    writing.write(some).await?;
                    if lasted > PATIENCE {
                        if writing.size() - before < LEAST_PER_SECOND * lasted.as_secs() {
                            broken = Some(Error::NotNow(Reason::UploadBrokeOff));
                        }
                        (since, before) = (Instant::now(), writing.size());
                    }
                }
                Ok(Some(Err(_))) | Err(_) => broken = Some(Error::NotNow(Reason::UploadBrokeOff)),
            }
        }
        let written = writing.finish().await?;
        let least = LEAST.max(size / MOST_PARTS).min(room);
        if written.size >= least && !matches!(broken, Some(Error::TooLarge)) {
            return Ok((written, broken));
        }
        files.let_go(Shelf::Parts, &[object]).await;
        Err(broken.filter(|broken| matches!(broken, Error::TooLarge)).unwrap_or(Error::NotNow(Reason::StretchTooShort)))
    }

    /// With what was written of it besides.
    pub(crate) fn with(mut self, object: Uuid, written: Written) -> Self {
        self.running = written.running.kept();
        self.parts.push(Part { object, size: written.size, sealed_sha256: written.sealed_sha256 });
        self
    }

    /// All of it has come, and is looked at: its digest is noted, and it begins as its name says.
    pub(crate) async fn finished(mut self, files: &Files, size: u64) -> Result<Self> {
        let objects = self.parts.iter().map(|part| part.object).collect();
        let mut bytes = sealing::read(files, objects, identity(&self.key)?);
        let away = |fault: io::Error| Error::Unavailable(format!("a file cannot be read: {fault}"));
        let mut head = Vec::new();
        while head.len() < kinds::HEAD
            && let Some(some) = bytes.try_next().await.map_err(away)?
        {
            head.extend_from_slice(&some);
        }
        let sha256 = Running::read(&self.running)?.digest();
        let mut faults = Faults::new();
        let whole = head.len() as u64 == size;
        let fits = kinds::by_media_type(&self.media_type).is_some_and(|kind| kind.fits(&head, whole));
        faults.check(fits, "uploadId", FaultCode::NotWhatItsNameSays);
        let expected = self.expected.as_ref().is_none_or(|expected| *expected == sha256);
        faults.check(expected, "uploadId", FaultCode::OtherDigest);
        faults.done()?;
        self.sha256 = Some(sha256);
        Ok(self)
    }

    /// As its bidder is shown it while it is not handed in.
    pub(crate) fn upload(
        self,
        id: AttachmentId,
        (size, received): (u64, u64),
        finished: bool,
        created_at: crate::base::Instant,
    ) -> UploadView {
        let Self { name, media_type, sha256, .. } = self;
        UploadView { id, name, media_type, size, received, finished, sha256, created_at }
    }

    /// As it is handed in; none while it is not finished.
    pub(crate) fn attached(self, id: AttachmentId, size: u64) -> Option<Attached> {
        let Self { name, media_type, key, sha256, parts, .. } = self;
        Some(Attached { id, name, media_type, size, sha256: sha256?, key, parts })
    }
}

impl Attached {
    /// Sends it on its way out, decrypted as it goes.
    pub(crate) fn hand_out(self, files: &Files, receiving: &Receiving) -> Result<Fetched> {
        let place = receiving.hand_out()?;
        let objects = self.parts.iter().map(|part| part.object).collect();
        // The place is held as long as something is on its way.
        let bytes = sealing::read(files, objects, identity(&self.key)?).inspect(move |_| _ = &place).boxed();
        Ok(Fetched { name: self.name, media_type: self.media_type, size: self.size, bytes })
    }
}

fn identity(text: &str) -> Result<x25519::Identity> {
    Ok(text.parse::<x25519::Identity>().map_err(|fault| anyhow!("the key of a file: {fault}"))?)
}

/// A new key of a file, as text.
fn new_key() -> String {
    let text: SecretString = x25519::Identity::generate().to_string();
    text.expose_secret().to_owned()
}
