//! `discardUpload` of evidence: a bidder takes a file away again that was not handed in.

use serde::Serialize;

use super::{happening, hold, store};
use crate::access::Viewer;
use crate::app::App;
use crate::base::id::AttachmentId;
use crate::base::{Error, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, EventKind};
use crate::files::Shelf;
use crate::files::upload::Handled;

/// What `discardUpload` is given for evidence.
#[derive(Clone, Debug, Serialize)]
pub struct DiscardEvidence {
    pub upload_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for DiscardEvidence {
    const MUTATION: &'static str = "discardUpload";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Takes a file away.
pub async fn discard_evidence(app: &App, viewer: &Viewer, new: DiscardEvidence) -> Result<Handled> {
    let actor = viewer.person()?;
    let upload: AttachmentId = faults::id("uploadId", &new.upload_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    let Some(file) = store::glance(app.db.read(), viewer, upload).await? else {
        // It may have been taken away by the first of two calls just now.
        return app.db.recalled(&once).await?.ok_or(Error::Hidden);
    };
    let notice = file.notice_id;
    let discarded = app
        .db
        .once(&once, move |txn| async move {
            let proof = hold(app, &txn, viewer, notice, Lock::Share).await?;
            store::held(&txn, &proof, upload).await?;
            let objects = store::discard(&txn, &proof, upload).await?;
            let happening = happening(EventKind::EvidenceDiscarded, &proof, upload, app.clock.now());
            events::append(&txn, happening).await?;
            Ok(Handled { bid: None, upload, objects })
        })
        .await?;
    app.files.let_go(Shelf::Parts, &discarded.objects).await;
    Ok(discarded)
}
