//! `createUpload`: a bidder begins a file of its bid.

use serde::Serialize;

use super::store::{self, Begun};
use super::{happening, seal, warn};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::id::BidId;
use crate::base::{Error, Reason, Result, faults};
use crate::bids::draft_keys::DraftKey;
use crate::bids::store as bids;
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, EventKind};
use crate::files::Limits;
use crate::files::upload::{Details, Handled, MOST_BEGUN, NewFile};
use crate::keys::decrypt;

/// What `createUpload` is given.
#[derive(Clone, Debug, Serialize)]
pub struct CreateUpload {
    pub bid_id: String,
    #[serde(flatten)]
    pub file: NewFile,
    pub idempotency_key: Option<String>,
}

impl Content for CreateUpload {
    const MUTATION: &'static str = "createUpload";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// How often a colleague may begin another file, or write the draft, at the same time.
const ATTEMPTS: usize = 5;

/// Begins a file.
pub async fn create_upload(app: &App, viewer: &Viewer, new: CreateUpload) -> Result<Handled> {
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

async fn attempt(app: &App, viewer: &Viewer, bid: BidId, new: &CreateUpload, once: &Once) -> Result<Handled> {
    let (glanced, draft) = bids::glance(app.db.read(), bid, app.clock.now()).await?;
    policy::may_upload(viewer, &glanced.facts)?;
    let (details, size) = Details::begin(&new.file, app.settings.files.file)?;
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
            let sealed = seal(draft_key, details)?;
            let new = Begun { sealed, size, at: held.now, machine_now: app.clock.machine_now() };
            let upload = store::begin(&txn, &proof, new).await?;
            warn::see_to_it(&txn, &held).await?;
            events::append(&txn, happening(EventKind::UploadBegun, &held, upload, proof.by())).await?;
            Ok(Handled::of(Some(bid), upload))
        })
        .await;
    key.drop_unused(app, &begun).await;
    begun
}
