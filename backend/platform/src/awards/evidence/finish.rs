//! `finishUpload` of evidence: all of a file has come; it is held against its name and against what it was said to be.

use serde::Serialize;

use super::{glance, happening, hold, open, seal, store};
use crate::access::Viewer;
use crate::app::App;
use crate::base::id::AttachmentId;
use crate::base::{Error, Reason, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, EventKind};
use crate::files::upload::Handled;

/// What `finishUpload` is given for evidence.
#[derive(Clone, Debug, Serialize)]
pub struct FinishEvidence {
    pub upload_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for FinishEvidence {
    const MUTATION: &'static str = "finishUpload";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Finishes a file. One that is finished stays so.
pub async fn finish_evidence(app: &App, viewer: &Viewer, new: FinishEvidence) -> Result<Handled> {
    let actor = viewer.person()?;
    let upload: AttachmentId = faults::id("uploadId", &new.upload_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    let file = store::own(app.db.read(), viewer, upload).await?.ok_or(Error::Hidden)?;
    let finished = Handled::of(None, upload);
    if file.finished_at.is_some() {
        return Ok(finished);
    }
    glance(app, viewer, file.notice_id).await?;
    if file.received != file.size {
        return Err(Error::NotNow(Reason::UploadIncomplete));
    }
    let details = open(&app.keys, &file)?.finished(&app.files, file.size.unsigned_abs()).await?;
    let (file, sealed) = (&file, &seal(&app.keys, upload, details)?);
    let finished = &finished;
    app.db
        .once(&once, move |txn| async move {
            let proof = hold(app, &txn, viewer, file.notice_id, Lock::Share).await?;
            let held = store::held(&txn, &proof, upload).await?;
            if held.finished_at.is_some() {
                return Ok(finished.clone());
            }
            if held.sealed != file.sealed {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            let now = app.clock.now();
            store::finish(&txn, &proof, upload, sealed.clone(), (now, app.clock.machine_now())).await?;
            events::append(&txn, happening(EventKind::EvidenceFinished, &proof, upload, now)).await?;
            Ok(finished.clone())
        })
        .await
}
