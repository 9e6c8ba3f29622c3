//! `discardUpload`: a bidder takes a file away again that was not handed in.

use serde::Serialize;

use super::{happening, store};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::id::AttachmentId;
use crate::base::{Error, Result, faults};
use crate::bids::store as bids;
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, EventKind};
use crate::files::Shelf;
use crate::files::upload::Handled;

/// What `discardUpload` is given.
#[derive(Clone, Debug, Serialize)]
pub struct DiscardUpload {
    pub upload_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for DiscardUpload {
    const MUTATION: &'static str = "discardUpload";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Takes a file away.
pub async fn discard_upload(app: &App, viewer: &Viewer, new: DiscardUpload) -> Result<Handled> {
    let actor = viewer.person()?;
    let upload: AttachmentId = faults::id("uploadId", &new.upload_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    let Some(file) = store::glance(app.db.read(), upload).await? else {
        // It may have been taken away by the first of two calls just now.
        return app.db.recalled(&once).await?.ok_or(Error::Hidden);
    };
    let bid = file.bid_id;
    let discarded = app
        .db
        .once(&once, move |txn| async move {
            let held = bids::locked(&txn, bid, Lock::Share, &app.clock).await?;
            let proof = policy::may_upload(viewer, &held.facts)?;
            store::held(&txn, upload).await?.ok_or(Error::Hidden)?;
            let objects = store::discard(&txn, &proof, upload).await?;
            events::append(&txn, happening(EventKind::UploadDiscarded, &held, upload, proof.by())).await?;
            Ok(Handled { bid: Some(bid), upload, objects })
        })
        .await?;
    app.files.let_go(Shelf::Parts, &discarded.objects).await;
    Ok(discarded)
}
