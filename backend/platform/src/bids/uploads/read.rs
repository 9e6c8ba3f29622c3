//! Reading files: of the own draft with its key, of what was opened with what lay in the seal. The gate is the bid's.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{Attached, Details, store};
use crate::access::Sealed;
use crate::app::App;
use crate::base::id::{AttachmentId, BidId};
use crate::base::{Error, Instant, Result};
use crate::bids::{draft_keys, store as bids};

/// A file that is not handed in yet, as its bidder is shown it.
#[derive(Clone, Debug)]
pub struct UploadView {
    pub id: AttachmentId,
    pub bid: BidId,
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub received: u64,
    pub finished: bool,
    /// Known once it is finished.
    pub sha256: Option<String>,
    pub created_at: Instant,
}

/// A file of a bid, as whoever may read the bid is shown it.
#[derive(Clone, Debug)]
pub struct AttachmentView {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub sha256: String,
    /// Whether the platform can hand it out: what is sealed it cannot.
    pub open: bool,
}

impl AttachmentView {
    /// A file that was handed in.
    pub fn of(attached: &Attached, open: bool) -> Self {
        let Attached { id, name, media_type, size, sha256, .. } = attached.clone();
        Self { id, name, media_type, size, sha256, open }
    }

    /// A file of the own draft, once it is finished.
    pub fn of_draft(upload: &UploadView) -> Option<Self> {
        let UploadView { id, name, media_type, size, sha256, .. } = upload.clone();
        Some(Self { id, name, media_type, size, sha256: sha256?, open: true })
    }
}

/// So many drafts' keys are fetched at once.
const AT_ONCE: usize = 8;

/// The files of these bids that are not handed in, in the order in which they were begun, still closed.
pub async fn uploads(app: &App, ids: &[BidId]) -> Result<HashMap<BidId, Sealed<Vec<UploadView>>>> {
    let mut rows: HashMap<BidId, Vec<super::model::Model>> = HashMap::new();
    for row in store::begun(app.db.read(), ids).await? {
        rows.entry(row.bid_id).or_default().push(row);
    }
    let keys = bids::draft_keys_of(app.db.read(), &rows.keys().copied().collect::<Vec<_>>()).await?;
    let views = rows.into_iter().map(|(bid, rows)| {
        let key = keys.get(&bid).copied();
        async move {
            // Handed in meanwhile, or lost.
            let key = match key {
                Some(key) => draft_keys::opens(app, bid, Some(key)).await?,
                None => None,
            };
            let Some(key) = key else { return Ok((bid, Sealed::new(Vec::new()))) };
            let views = rows.into_iter().map(|row| {
                let details = Details::open(&key, &row.sealed)?;
                Ok(UploadView {
                    id: row.id,
                    bid,
                    name: details.name,
                    media_type: details.media_type,
                    size: row.size.unsigned_abs(),
                    received: row.received.unsigned_abs(),
                    finished: row.finished_at.is_some(),
                    sha256: details.sha256,
                    created_at: row.created_at,
                })
            });
            Ok::<_, Error>((bid, Sealed::new(views.collect::<Result<Vec<_>>>()?)))
        }
    });
    stream::iter(views).buffer_unordered(AT_ONCE).try_collect().await
}

/// The bid that a file belongs to, and whether it is handed in: whether the viewer may see either is asked of the bid.
pub async fn place(app: &App, id: AttachmentId) -> Result<Option<(BidId, Option<i32>)>> {
    Ok(store::bids_of(app.db.read(), &[id]).await?.remove(&id).map(|filed| (filed.bid_id, filed.version)))
}
