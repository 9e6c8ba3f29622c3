//! `finishUpload`: all of a file has come; it is held against its name and against what it was said to be.

use serde::Serialize;

use super::{happening, open, seal, store};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::id::AttachmentId;
use crate::base::{Error, Reason, Result, faults};
use crate::bids::draft_keys::DraftKey;
use crate::bids::store as bids;
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, EventKind};
use crate::files::upload::Handled;

/// What `finishUpload` is given.
#[derive(Clone, Debug, Serialize)]
pub struct FinishUpload {
    pub upload_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for FinishUpload {
    const MUTATION: &'static str = "finishUpload";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Finishes a file. One that is finished stays so.
pub async fn finish_upload(app: &App, viewer: &Viewer, new: FinishUpload) -> Result<Handled> {
    let actor = viewer.person()?;
    let upload: AttachmentId = faults::id("uploadId", &new.upload_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    let file = store::glance(app.db.read(), upload).await?.ok_or(Error::Hidden)?;
    let (bid, finished) = (file.bid_id, Handled::of(Some(file.bid_id), upload));
    let (glanced, _) = bids::glance(app.db.read(), bid, app.clock.now()).await?;
    policy::may_upload(viewer, &glanced.facts)?;
    if file.received != file.size {
        return Err(Error::NotNow(Reason::UploadIncomplete));
    }
    if file.finished_at.is_some() {
        return Ok(finished);
    }
    let key = DraftKey::to_read(app, bid, glanced.row.draft_key).await?;
    let details = open(key.identity(), &file.sealed)?.finished(&app.files, file.size.unsigned_abs()).await?;
    let finished = &finished;
    let (key, details, sealed) = (&key, &details, &file.sealed);
    app.db
        .once(&once, move |txn| async move {
            let held = bids::locked(&txn, bid, Lock::Share, &app.clock).await?;
            let proof = policy::may_upload(viewer, &held.facts)?;
            let now = store::held(&txn, upload).await?.ok_or(Error::Hidden)?;
            if now.finished_at.is_some() {
                return Ok(finished.clone());
            }
            if held.row.draft_key != Some(key.id) || now.sealed != *sealed {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            store::finish(&txn, &proof, upload, seal(key, details)?, held.now).await?;
            events::append(&txn, happening(EventKind::UploadFinished, &held, upload, proof.by())).await?;
            Ok(finished.clone())
        })
        .await
}
