//! `createUpload`: a bidder begins a file of its bid.

use serde::{Deserialize, Serialize};

use super::store::{self, Begun};
use super::{Details, MOST_BEGUN, happening, new_key, warn};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{AttachmentId, BidId};
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::bids::draft_keys::DraftKey;
use crate::bids::store as bids;
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, EventKind};
use crate::files::sealing::Running;
use crate::files::{Limits, kinds};
use crate::keys::decrypt;

/// What `createUpload` is given.
#[derive(Clone, Debug, Serialize)]
pub struct CreateUpload {
    pub bid_id: String,
    /// As people call it, with its ending.
    pub name: String,
    /// In bytes.
    pub size: i64,
    /// What it is to be, in hex; checked when it is finished.
    pub sha256: Option<String>,
    /// That there is no state secret in it (保守国家秘密法).
    pub no_state_secret: bool,
    pub idempotency_key: Option<String>,
}

impl Content for CreateUpload {
    const MUTATION: &'static str = "createUpload";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct UploadBegun {
    pub bid: BidId,
    pub upload: AttachmentId,
}

/// How often a colleague may begin another file, or write the draft, at the same time.
const ATTEMPTS: usize = 5;

/// Begins a file.
pub async fn create_upload(app: &App, viewer: &Viewer, new: CreateUpload) -> Result<UploadBegun> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    for _ in 0..ATTEMPTS {
        match attempt(app, viewer, bid, &new, &once).await {
            // Another file was begun at the same time, and with it the key of both.
            Err(Error::Conflict(Reason::VersionMoved)) => {}
            outcome => return outcome,
        }
    }
    Err(Error::Conflict(Reason::VersionMoved))
}

async fn attempt(app: &App, viewer: &Viewer, bid: BidId, new: &CreateUpload, once: &Once) -> Result<UploadBegun> {
    let (glanced, draft) = bids::glance(app.db.read(), bid, app.clock.now()).await?;
    policy::may_upload(viewer, &glanced.facts)?;
    let (details, size) = read(app, new)?;
    let before = glanced.row.draft_key;
    let key = DraftKey::to_write(app, before).await?;
    // A draft of an earlier version is encrypted anew; one whose key is lost is lost.
    let draft = match draft {
        Some(draft) if before.is_none() => Some(key.encrypt(&decrypt(&app.keys.seal, &draft.sealed)?)?),
        _ => None,
    };
    let (draft_key, details, draft) = (&key, &details, &draft);
    let begun = app
        .db
        .once(once, move |txn| async move {
            let held = bids::locked(&txn, bid, Lock::Share, &app.clock).await?;
            let proof = policy::may_upload(viewer, &held.facts)?;
            if (held.row.draft_key, held.row.version) != (before, glanced.row.version) {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            if before != Some(draft_key.id) {
                bids::exchange_key(&txn, &proof, draft_key.id, draft.clone()).await?;
                store::forget_begun(&txn, bid).await?;
            }
            let taken = store::taken(&*txn, bid).await?;
            if taken.begun >= MOST_BEGUN {
                return Err(Error::NotNow(Reason::TooManyUploads));
            }
            let most = app.settings.files.bid;
            let begun = taken.begun_bytes.saturating_add(size);
            if begun > most || begun.saturating_add(taken.handed_in_bytes) > most.saturating_mul(Limits::SUBMISSIONS) {
                return Err(Error::NotNow(Reason::NoRoomForFiles));
            }
            let sealed = details.seal(draft_key)?;
            let new = Begun { sealed, size, at: held.now, machine_now: app.clock.machine_now() };
            let upload = store::begin(&txn, &proof, new).await?;
            warn::see_to_it(&txn, &held).await?;
            events::append(&txn, happening(EventKind::UploadBegun, &held, upload, proof.by())).await?;
            Ok(UploadBegun { bid, upload })
        })
        .await;
    key.drop_unused(app, &begun).await;
    begun
}

fn read(app: &App, new: &CreateUpload) -> Result<(Details, u64)> {
    let mut faults = Faults::new();
    let name = faults.text("name", &new.name, Length::NAME);
    let kind = kinds::by_name(&name);
    if name.contains(['/', '\\', ':']) {
        faults.add("name", FaultCode::BadCharacters);
    } else if kind.is_none() && !name.is_empty() {
        faults.add_about("name", FaultCode::KindNotTaken, Some(kinds::endings()));
    }
    let most = app.settings.files.file;
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
    let details = Details { name, media_type, key, expected, running, sha256: None, parts: Vec::new() };
    Ok((details, size.unwrap_or_default()))
}
