//! Handing a file out, decrypted on its way: a draft's to its bidder, an opened bid's to whoever may read the bid.

use super::{open, store};
use crate::access::Viewer;
use crate::access::bids::{MayRead, may_read_opened, may_read_own, reads};
use crate::app::App;
use crate::base::id::AttachmentId;
use crate::base::{Error, Result};
use crate::bids::read::{self, BidView};
use crate::bids::{draft_keys, store as bids};
use crate::files::upload::{Attached, Fetched};

/// Hands a file of this bid, as the viewer was shown it, out.
pub async fn fetch(app: &App, viewer: &Viewer, bid: &BidView, id: AttachmentId) -> Result<Fetched> {
    let filed = store::bids_of(app.db.read(), &[id]).await?.remove(&id).filter(|filed| filed.bid_id == bid.id);
    let attached = match filed.ok_or(Error::Hidden)?.version {
        None => of_draft(app, &may_read_own(viewer, &bid.facts)?, id).await?,
        Some(_) => of_opened(app, &may_read_opened(bid.standing, &bid.facts)?, bid, id).await?,
    };
    attached.hand_out(&app.files, &app.receiving)
}

async fn of_draft(app: &App, _: &MayRead, id: AttachmentId) -> Result<Attached> {
    let file = store::glance(app.db.read(), id).await?.ok_or(Error::Hidden)?;
    let key = bids::draft_keys_of(app.db.read(), &[file.bid_id]).await?.remove(&file.bid_id);
    let key = draft_keys::opens(app, file.bid_id, Some(key.ok_or(Error::Hidden)?)).await?.ok_or(Error::Hidden)?;
    let details = open(&key, &file.sealed)?;
    details.attached(id, file.size.unsigned_abs()).ok_or(Error::Hidden)
}

async fn of_opened(app: &App, proof: &MayRead, bid: &BidView, id: AttachmentId) -> Result<Attached> {
    let found = read::solutions(app.db.read(), &[bid.id]).await?.remove(&bid.id).ok_or(Error::Hidden)?;
    read::as_read(found.open(proof), reads(bid.standing, &bid.facts))
        .attachments
        .into_iter()
        .find(|attached| attached.id == id)
        .ok_or(Error::Hidden)
}
