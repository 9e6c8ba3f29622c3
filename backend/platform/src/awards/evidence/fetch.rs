//! Handing evidence out, decrypted on its way, to whoever reads what it goes with.

use super::{open, read};
use crate::access::Viewer;
use crate::app::App;
use crate::base::id::AttachmentId;
use crate::base::{Error, Result};
use crate::files::upload::Fetched;

/// Hands a file out.
pub async fn fetch(app: &App, viewer: &Viewer, id: AttachmentId) -> Result<Fetched> {
    let file = read::seen(app.db.read(), viewer, id).await?.ok_or(Error::Hidden)?;
    let size = file.size.unsigned_abs();
    let attached = open(&app.keys, &file)?.attached(id, size).ok_or(Error::Hidden)?;
    attached.hand_out(&app.files, &app.receiving)
}
