//! Reading files: of the own draft with its key, of what was opened with what lay in the seal. The gate is the bid's.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::{open, store};
use crate::access::Sealed;
use crate::app::App;
use crate::base::id::{AttachmentId, BidId};
use crate::base::{Error, Result};
use crate::bids::{draft_keys, store as bids};
use crate::files::upload::UploadView;

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
                let (size, received) = (row.size.unsigned_abs(), row.received.unsigned_abs());
                let details = open(&key, &row.sealed)?;
                Ok(details.upload(row.id, (size, received), row.finished_at.is_some(), row.created_at))
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
