//! What comes of a file in one stretch is encrypted on its way into the store. Where the stretch breaks off, what has come is kept, and the
//! next one goes on behind it.

use std::io;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::time::timeout;
use uuid::Uuid;

use super::store::{self, Arrived};
use super::{Details, Part};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::id::{AttachmentId, BidId, OrganizationId};
use crate::base::{Error, Reason, Result, faults, random};
use crate::bids::draft_keys::DraftKey;
use crate::bids::store as bids;
use crate::challenges::Lock;
use crate::files::Shelf;
use crate::files::sealing::{Running, Writing, Written};

/// A stretch of a file.
pub struct Stretch<S> {
    pub upload: String,
    /// Where it begins.
    pub from: u64,
    /// How long the sender takes the whole file to be, where it says.
    pub whole: Option<u64>,
    pub bytes: S,
}

/// What has come of a file.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    pub upload: AttachmentId,
    pub received: u64,
    pub size: u64,
}

/// A stretch that breaks off is kept from this length on, or from a hundredth of its file: nobody makes a file of crumbs.
const LEAST: u64 = 64 * 1024;
const MOST_PARTS: u64 = 100;
/// A sender that is silent for so long, or through so long slower than this, gives its place to others.
const PATIENCE: Duration = Duration::from_secs(10);
const LEAST_PER_SECOND: u64 = 8 * 1024;

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
pub async fn receive<S>(app: &App, viewer: &Viewer, stretch: Stretch<S>) -> Result<Received>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    viewer.person()?;
    let upload: AttachmentId = faults::id("upload", &stretch.upload)?;
    let target = app.db.while_alive(target(app, viewer, upload, &stretch)).await??;
    let _place = app.receiving.begin(target.bidder)?;
    let object = random::uuid()?;
    let (written, broken) = written(app, &target, object, stretch.bytes).await?;
    let kept = app.db.while_alive(keep(app, viewer, target, object, written)).await??;
    broken.map_or(Ok(kept), Err)
}

async fn target<S>(app: &App, viewer: &Viewer, upload: AttachmentId, stretch: &Stretch<S>) -> Result<Target> {
    let file = store::glance(app.db.read(), upload).await?.ok_or(Error::Hidden)?;
    let (held, _) = bids::glance(app.db.read(), file.bid_id, app.clock.now()).await?;
    policy::may_upload(viewer, &held.facts)?;
    let (size, from) = (file.size.unsigned_abs(), stretch.from);
    let elsewhere = from != file.received.unsigned_abs() || stretch.whole.is_some_and(|whole| whole != size);
    if elsewhere || from == size {
        return Err(Error::Conflict(Reason::UploadStandsElsewhere));
    }
    let key = DraftKey::to_read(app, file.bid_id, held.row.draft_key).await?;
    let details = Details::open(key.identity(), &file.sealed)?;
    Ok(Target { upload, bid: file.bid_id, bidder: held.row.bidder_id, size, from, key, details })
}

/// Writes what comes; it is erased again where it is too long or not worth keeping. Beside it, why it broke off.
async fn written<S>(app: &App, target: &Target, object: Uuid, mut bytes: S) -> Result<(Written, Option<Error>)>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    let room = target.size - target.from;
    let running = Running::read(&target.details.running)?;
    let to = target.details.identity()?.to_public();
    let mut writing = Writing::begin(&app.files, object, &to, running).await?;
    let (mut since, mut before) = (Instant::now(), 0);
    let mut broken = None;
    while broken.is_none() {
        match timeout(PATIENCE, bytes.next()).await {
            Ok(None) => break,
            Ok(Some(Ok(some))) if writing.size() + some.len() as u64 > room => broken = Some(Error::TooLarge),
            Ok(Some(Ok(some))) => {
                let lasted = since.elapsed();
                writing.write(&some).await?;
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
    let least = LEAST.max(target.size / MOST_PARTS).min(room);
    if written.size >= least && !matches!(broken, Some(Error::TooLarge)) {
        return Ok((written, broken));
    }
    app.files.let_go(Shelf::Parts, &[object]).await;
    Err(broken.filter(|broken| matches!(broken, Error::TooLarge)).unwrap_or(Error::NotNow(Reason::StretchTooShort)))
}

/// Notes what was written. What came while another stretch did, or too late, is not kept.
async fn keep(app: &App, viewer: &Viewer, target: Target, object: Uuid, written: Written) -> Result<Received> {
    let Target { upload, bid, size, from, key, mut details, .. } = target;
    let received = from + written.size;
    details.running = written.running.kept();
    details.parts.push(Part { object, size: written.size, sealed_sha256: written.sealed_sha256 });
    let (key, sealed) = (&key, &details.seal(&key)?);
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
