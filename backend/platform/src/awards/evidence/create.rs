//! `createUpload` beside a notice: a bidder begins a file of evidence.

use serde::Serialize;

use super::store::{self, Begun};
use super::{glance, happening, hold, seal};
use crate::access::Viewer;
use crate::app::App;
use crate::base::id::{AttachmentId, Kind, NoticeId};
use crate::base::{Error, Reason, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, EventKind};
use crate::files::Limits;
use crate::files::upload::{Details, Handled, MOST_BEGUN, NewFile};

/// What `createUpload` is given for a notice.
#[derive(Clone, Debug, Serialize)]
pub struct CreateEvidence {
    pub notice_id: String,
    #[serde(flatten)]
    pub file: NewFile,
    pub idempotency_key: Option<String>,
}

impl Content for CreateEvidence {
    const MUTATION: &'static str = "createUpload";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Begins a file.
pub async fn create_evidence(app: &App, viewer: &Viewer, new: CreateEvidence) -> Result<Handled> {
    let actor = viewer.person()?;
    let notice: NoticeId = faults::id("noticeId", &new.notice_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    glance(app, viewer, notice).await?;
    let (details, size) = Details::begin(&new.file, app.settings.files.file)?;
    let upload = AttachmentId::new();
    let sealed = &seal(&app.keys, upload, details)?;
    app.db
        .once(&once, move |txn| async move {
            // One after the other: the count and the room are everybody's of this bidder.
            let proof = hold(app, &txn, viewer, notice, Lock::Update).await?;
            let (begun, bytes) = store::taken(&*txn, notice, proof.organization()).await?;
            if begun >= MOST_BEGUN {
                return Err(Error::NotNow(Reason::TooManyUploads));
            }
            let room = app.settings.files.bid.saturating_mul(Limits::SUBMISSIONS);
            if bytes.saturating_add(size) > room {
                return Err(Error::NotNow(Reason::NoRoomForFiles));
            }
            let (at, machine_now) = (app.clock.now(), app.clock.machine_now());
            let new = Begun { id: upload, sealed: sealed.clone(), size, at, machine_now };
            store::begin(&txn, &proof, new).await?;
            events::append(&txn, happening(EventKind::EvidenceBegun, &proof, upload, at)).await?;
            Ok(Handled::of(None, upload))
        })
        .await
}
