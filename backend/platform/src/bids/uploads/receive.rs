//! What comes of a file in one stretch is encrypted on its way into the store. Where the stretch breaks off, what has come is kept, and the
//! next one goes on behind it.

use std::io;

use bytes::Bytes;
use futures_util::Stream;
use uuid::Uuid;

use super::store::{self, Arrived};
use super::{open, seal};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::id::{AttachmentId, BidId, OrganizationId};
use crate::base::{Error, Reason, Result, random};
use crate::bids::draft_keys::DraftKey;
use crate::bids::store as bids;
use crate::challenges::Lock;
use crate::files::Shelf;
use crate::files::sealing::Written;
use crate::files::upload::{Details, Received, Stretch};

/// What a stretch belongs to.
struct Target {
    upload: AttachmentId,
    bid: BidId,
    bidder: OrganizationId,
    size: u64,
    from: u64,
    key: DraftKey,
    details: Details,
}

/// Takes a stretch in. Nothing of it is read before it is clear whose it is and where it belongs.
pub async fn receive<S>(app: &App, viewer: &Viewer, upload: AttachmentId, stretch: Stretch<S>) -> Result<Received>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    viewer.person()?;
    let target = app.db.while_alive(target(app, viewer, upload, &stretch)).await??;
    let _place = app.receiving.begin(target.bidder)?;
    let object = random::uuid()?;
    let (written, broken) = target.details.take(&app.files, object, (target.from, target.size), stretch.bytes).await?;
    let kept = app.db.while_alive(keep(app, viewer, target, object, written)).await??;
    broken.map_or(Ok(kept), Err)
}

async fn target<S>(app: &App, viewer: &Viewer, upload: AttachmentId, stretch: &Stretch<S>) -> Result<Target> {
    let file = store::glance(app.db.read(), upload).await?.ok_or(Error::Hidden)?;
    let (held, _) = bids::glance(app.db.read(), file.bid_id, app.clock.now()).await?;
    policy::may_upload(viewer, &held.facts)?;
    let (size, from) = (file.size.unsigned_abs(), stretch.from);
    stretch.goes_on(file.received.unsigned_abs(), size)?;
    let key = DraftKey::to_read(app, file.bid_id, held.row.draft_key).await?;
    let details = open(key.identity(), &file.sealed)?;
    Ok(Target { upload, bid: file.bid_id, bidder: held.row.bidder_id, size, from, key, details })
}

/// Notes what was written. What came while another stretch did, or too late, is not kept.
async fn keep(app: &App, viewer: &Viewer, target: Target, object: Uuid, written: Written) -> Result<Received> {
    let Target { upload, bid, size, from, key, details, .. } = target;
    let received = from + written.size;
    let (key, sealed) = (&key, &seal(&key, &details.with(object, written))?);
    let kept = app
        .db
        .write(move |txn| async move {
            let held = bids::locked(&txn, bid, Lock::Share, &app.clock).await?;
            let proof = policy::may_upload(viewer, &held.facts)?;
            let file = store::held(&txn, upload).await?.ok_or(Error::Hidden)?;
            if file.received.unsigned_abs() != from || held.row.draft_key != Some(key.id) {
                return Err(Error::Conflict(Reason::UploadStandsElsewhere));
            }
            let machine_now = app.clock.machine_now();
            store::receive(&txn, &proof, upload, Arrived { sealed: sealed.clone(), received, object, machine_now })
                .await
        })
        .await;
    // Where the database went away it may have been noted all the same.
    if kept.as_ref().is_err_and(Error::is_refusal) {
        app.files.let_go(Shelf::Parts, &[object]).await;
    }
    kept.map(|()| Received { upload, received, size })
}
