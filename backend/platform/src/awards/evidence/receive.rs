//! What comes of evidence in one stretch.

use std::io;

use bytes::Bytes;
use futures_util::Stream;

use super::store::{self, Arrived};
use super::{glance, hold, open, seal};
use crate::access::Viewer;
use crate::app::App;
use crate::base::id::AttachmentId;
use crate::base::words::Role;
use crate::base::{Error, Reason, Result, random};
use crate::challenges::Lock;
use crate::files::Shelf;
use crate::files::upload::{Details, Received, Stretch};

/// Takes a stretch in. Nothing of it is read before it is clear whose it is and where it belongs.
pub async fn receive<S>(app: &App, viewer: &Viewer, upload: AttachmentId, stretch: Stretch<S>) -> Result<Received>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    let (size, details) = app.db.while_alive(standing(app, viewer, upload, &stretch)).await??;
    let _place = app.receiving.begin(viewer.person()?.acts_for(Role::Bidder).ok_or(Error::Hidden)?)?;
    let (object, from) = (random::uuid()?, stretch.from);
    let (written, broken) = details.take(&app.files, object, (from, size), stretch.bytes).await?;
    let received = from + written.size;
    let sealed = &seal(&app.keys, upload, details.with(object, written))?;
    let kept = app.db.while_alive(app.db.write(move |txn| async move {
        let file = store::glance(&*txn, viewer, upload).await?.ok_or(Error::Hidden)?;
        let proof = hold(app, &txn, viewer, file.notice_id, Lock::Share).await?;
        if store::held(&txn, &proof, upload).await?.received.unsigned_abs() != from {
            return Err(Error::Conflict(Reason::UploadStandsElsewhere));
        }
        let machine_now = app.clock.machine_now();
        store::receive(&txn, &proof, upload, Arrived { sealed: sealed.clone(), received, object, machine_now }).await
    }));
    let kept = kept.await?;
    // Where the database went away it may have been noted all the same.
    if kept.as_ref().is_err_and(Error::is_refusal) {
        app.files.let_go(Shelf::Parts, &[object]).await;
    }
    kept?;
    broken.map_or(Ok(Received { upload, received, size }), Err)
}

/// How large the file is, and what is known of it, if the stretch goes on where it stands.
async fn standing<S>(app: &App, viewer: &Viewer, upload: AttachmentId, stretch: &Stretch<S>) -> Result<(u64, Details)> {
    let file = store::glance(app.db.read(), viewer, upload).await?.ok_or(Error::Hidden)?;
    glance(app, viewer, file.notice_id).await?;
    let size = file.size.unsigned_abs();
    stretch.goes_on(file.received.unsigned_abs(), size)?;
    Ok((size, open(&app.keys, &file)?))
}
