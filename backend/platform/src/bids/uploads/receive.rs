//! What comes of a file in one stretch is encrypted on its way into the store. Where the stretch breaks off, what has come is kept, and the
//! next one goes on behind it.

use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::store::{self, Arrived};
use super::{Details, Part};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::id::{AttachmentId, BidId};
use crate::base::{Error, Reason, Result, faults, random};
use crate::bids::draft_keys::DraftKey;
use crate::bids::store as bids;
use crate::challenges::Lock;
use crate::files::Shelf;
use crate::files::sealing::{Writing, Written};

/// A stretch of a file.
pub struct Stretch<S> {
    pub upload: String,
    /// Where it begins.
    pub from: u64,
    pub bytes: S,
}

/// What has come of a file.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    pub upload: AttachmentId,
    pub received: u64,
    pub size: u64,
}

/// A stretch that broke off is kept from this length on: nobody makes a file of crumbs.
const LEAST: u64 = 64 * 1024;

/// What a stretch belongs to.
struct Place {
    upload: AttachmentId,
    bid: BidId,
    size: u64,
    from: u64,
    key: DraftKey,
    details: Details,
}

/// Takes a stretch in. Nothing of it is read before it is clear whose it is and where it belongs.
pub async fn receive<S>(app: &App, viewer: &Viewer, stretch: Stretch<S>) -> Result<Received>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    viewer.person()?;
    let upload: AttachmentId = faults::id("upload", &stretch.upload)?;
    let file = store::glance(app.db.read(), upload).await?.ok_or(Error::Hidden)?;
    let (held, _) = bids::glance(app.db.read(), file.bid_id, app.clock.now()).await?;
    policy::may_upload(viewer, &held.facts)?;
    let (size, received) = (file.size.unsigned_abs(), file.received.unsigned_abs());
    if stretch.from != received || file.finished_at.is_some() {
        return Err(Error::Conflict(Reason::UploadStandsElsewhere));
    }
    let _place = app.receiving.begin(held.row.bidder_id)?;
    let key = DraftKey::to_read(app, file.bid_id, held.row.draft_key).await?;
    let details = Details::open(key.identity(), &file.sealed)?;
    let place = Place { upload, bid: file.bid_id, size, from: stretch.from, key, details };
    if received == size {
        return Ok(Received { upload, received, size });
    }
    let object = random::uuid()?;
    let kept = match written(app, &place, object, stretch.bytes).await {
        Ok((written, broken)) => keep(app, viewer, place, object, written).await.and_then(|kept| match broken {
            Some(broken) => Err(broken),
            None => Ok(kept),
        }),
        Err(refused) => Err(refused),
    };
    kept
}

/// Writes what comes; it is erased again where it is not worth keeping or too long. Beside it, why it broke off.
async fn written<S>(app: &App, place: &Place, object: uuid::Uuid, mut bytes: S) -> Result<(Written, Option<Error>)>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    let room = place.size - place.from;
    let mut writing = Writing::begin(&app.files, object, &place.details.identity()?.to_public()).await?;
    let mut broken = None;
    while let Some(some) = bytes.next().await {
        match some {
            Ok(some) if writing.size() + some.len() as u64 > room => {
                broken = Some(Error::TooLarge);
                break;
            }
            Ok(some) => writing.write(&some).await?,
            Err(_) => {
                broken = Some(Error::NotNow(Reason::UploadBrokeOff));
                break;
            }
        }
    }
    let keep = match &broken {
        None => writing.size() == room || writing.size() >= LEAST,
        Some(Error::TooLarge) => false,
        Some(_) => writing.size() >= LEAST,
    };
    let written = writing.finish().await?;
    if keep {
        return Ok((written, broken));
    }
    erase(app, object).await;
    Err(broken.unwrap_or(Error::NotNow(Reason::UploadBrokeOff)))
}

/// Notes what was written. What came while another stretch did, or too late, is not kept.
async fn keep(app: &App, viewer: &Viewer, place: Place, object: uuid::Uuid, written: Written) -> Result<Received> {
    let Place { upload, bid, size, from, key, mut details } = place;
    let received = from + written.size;
    let Written { size: length, sha256, sealed_sha256 } = written;
    details.parts.push(Part { object, size: length, sha256, sealed_sha256 });
    let (key, sealed) = (&key, details.seal(&key)?);
    let sealed = &sealed;
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
    match kept {
        Ok(()) => Ok(Received { upload, received, size }),
        Err(refused) => {
            // Where the database went away it may have been noted all the same.
            if refused.is_refusal() {
                erase(app, object).await;
            }
            Err(refused)
        }
    }
}

/// What belongs to no file is erased; what is not erased now is swept.
async fn erase(app: &App, object: uuid::Uuid) {
    if let Err(fault) = app.files.erase(Shelf::Parts, object).await {
        tracing::warn!(%fault, "an object that belongs to no file is still there");
    }
}
