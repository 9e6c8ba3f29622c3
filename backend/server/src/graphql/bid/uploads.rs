//! The files of bids: their bytes come and go by HTTP (`http::files`), what is said about them here.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::access::Sealed;
use jiebang_platform::access::bids as policy;
use jiebang_platform::awards::evidence::read as evidence_read;
use jiebang_platform::base::Error;
use jiebang_platform::base::error::FaultCode;
use jiebang_platform::base::faults::{self, Fault};
use jiebang_platform::base::id::{AttachmentId, BidId};
use jiebang_platform::bids::read::BidView;
use jiebang_platform::bids::uploads::create::{self, CreateUpload};
use jiebang_platform::bids::uploads::discard::{self, DiscardUpload};
use jiebang_platform::bids::uploads::finish::{self, FinishUpload};
use jiebang_platform::bids::uploads::read;
use jiebang_platform::bids::{self, solution};
use jiebang_platform::files::upload::{AttachmentView, Handled, NewFile, UploadView};

use super::{Bid, SolutionOf};
use crate::graphql::context::{Asking, asking};
use crate::graphql::error::Answer;
use crate::graphql::evidence;
use crate::graphql::loaders::batches;
use crate::graphql::scalars::DateTime;

/// A file, to whoever may read what it goes with. Its bytes are handed out at `url`, to whoever shows who it is, as an attachment.
#[derive(SimpleObject)]
pub struct Attachment {
    #[graphql(owned)]
    pub id: ID,
    name: String,
    media_type: String,
    /// In bytes.
    size: i32,
    sha256: String,
    /// Where it is got, at this server and with `authorization: Bearer …`. Null while it is sealed: until the opening the platform can hand
    /// it out to nobody, its bidder neither.
    url: Option<String>,
}

impl From<AttachmentView> for Attachment {
    fn from(view: AttachmentView) -> Self {
        Self {
            url: view.open.then(|| format!("/attachments/{}", view.id)),
            id: view.id.to_string().into(),
            name: view.name,
            media_type: view.media_type,
            size: size(view.size),
            sha256: view.sha256,
        }
    }
}

/// Files are no larger than a graph's number.
fn size(bytes: u64) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
}

impl Attachment {
    /// If the viewer may read what it goes with.
    pub async fn find(asking: &Asking, id: AttachmentId) -> Answer<Option<Self>> {
        asking.viewer()?;
        let Some((bid, version)) = read::place(asking.app(), id).await? else {
            return evidence::find(asking, id).await;
        };
        let Some(view) = asking.loaders().load_one(bid).await? else { return Ok(None) };
        if version.is_none() {
            let found = own(asking, &view).await?;
            return Ok(found.iter().find(|upload| upload.id == id).and_then(AttachmentView::of_upload).map(Self::from));
        }
        let Ok(proof) = policy::may_read_opened(view.standing, &view.facts) else { return Ok(None) };
        let found = asking.loaders().load_one(SolutionOf(bid)).await?;
        let reads = policy::reads(view.standing, &view.facts);
        let attached = found.and_then(|found| {
            let content = bids::read::as_read(found.reveal(&proof).clone(), reads);
            content.attachments.iter().find(|file| file.id == id).map(|file| AttachmentView::of(file, true))
        });
        Ok(attached.map(Self::from))
    }

    /// Those of a solution that was handed in.
    pub(super) fn handed_in(content: &solution::Solution, open: bool) -> Vec<Self> {
        content.attachments.iter().map(|file| AttachmentView::of(file, open).into()).collect()
    }

    /// Those that a draft names and that have come whole.
    pub(super) async fn of_draft(asking: &Asking, bid: BidId, content: &solution::Solution) -> Answer<Vec<Self>> {
        let Some(view) = asking.loaders().load_one(bid).await?.filter(|_| !content.uploads.is_empty()) else {
            return Ok(Vec::new());
        };
        let uploads = own(asking, &view).await?;
        let mut known: HashMap<AttachmentId, AttachmentView> =
            uploads.iter().filter_map(|upload| Some((upload.id, AttachmentView::of_upload(upload)?))).collect();
        Ok(content.uploads.iter().filter_map(|id| known.remove(id)).map(Self::from).collect())
    }
}

/// The files of the viewer's own bid that are not handed in; none of another's.
async fn own(asking: &Asking, bid: &BidView) -> Answer<Vec<UploadView>> {
    let Ok(proof) = policy::may_read_own(&asking.viewer()?, &bid.facts) else { return Ok(Vec::new()) };
    let found = asking.loaders().load_one(UploadsOf(bid.id)).await?;
    Ok(found.map(|found| found.reveal(&proof).clone()).unwrap_or_default())
}

pub struct Upload(UploadView);

impl From<UploadView> for Upload {
    fn from(view: UploadView) -> Self {
        Self(view)
    }
}

/// A file of a bid, or evidence beside a notice, that is not handed in: begun, and finished or not. `submitBid` hands in those that the draft
/// names and forgets the others; `raiseObjection` and `raiseComplaint` hand in those that they name.
#[Object]
impl Upload {
    /// Also the id of the attachment that comes of it.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// By the name.
    async fn media_type(&self) -> &str {
        &self.0.media_type
    }

    /// In bytes.
    async fn size(&self) -> i32 {
        size(self.0.size)
    }

    /// How many bytes have come: the next ones begin here.
    async fn received(&self) -> i32 {
        size(self.0.received)
    }

    async fn finished(&self) -> bool {
        self.0.finished
    }

    /// Known once it is finished.
    async fn sha256(&self) -> Option<&str> {
        self.0.sha256.as_deref()
    }

    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Where its bytes are put, at this server and with `authorization: Bearer …`: `PUT`, with `Content-Range: bytes FROM-TO/SIZE` where they
    /// are not all. 200 tells `{"upload": {"id", "received", "size"}}`, anything else `{"errors": […]}` as the graph does. Where the
    /// connection breaks what has come is kept, from 64 KiB or a hundredth of the file on.
    async fn url(&self) -> String {
        format!("/uploads/{}", self.0.id)
    }
}

/// The files of a bid that are not handed in.
pub struct BidUploads(pub(super) Arc<BidView>);

#[Object]
impl BidUploads {
    /// For its bidder: the files that are not handed in, in the order in which they were begun.
    async fn uploads(&self, ctx: &Context<'_>) -> Answer<Vec<Upload>> {
        Ok(own(asking(ctx), &self.0).await?.into_iter().map(Upload).collect())
    }
}

batches! {
    UploadsOf(BidId) -> Arc<Sealed<Vec<UploadView>>> = |batch, ids| {
        let found = read::uploads(&batch.app, &ids).await?;
        Ok::<_, Error>(found.into_iter().map(|(bid, uploads)| (bid, Arc::new(uploads))).collect::<HashMap<_, _>>())
    },
}

/// `bidId` for a bid, or `noticeId` for evidence beside a notice. `name`: as people call it, with its ending: pdf, ofd, docx, xlsx, pptx, png,
/// jpg, txt, csv or md. `size`: in bytes. `sha256`: what it is to be, in hex; checked when it is finished. `noStateSecret`: that there is no
/// state secret in it (保守国家秘密法).
#[derive(InputObject)]
struct CreateUploadInput {
    bid_id: Option<ID>,
    notice_id: Option<ID>,
    name: String,
    size: i32,
    sha256: Option<String>,
    no_state_secret: bool,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct FinishUploadInput {
    upload_id: ID,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct DiscardUploadInput {
    upload_id: ID,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct CreateUploadPayload {
    upload: Upload,
}

#[derive(SimpleObject)]
struct FinishUploadPayload {
    upload: Upload,
    attachment: Attachment,
}

#[derive(SimpleObject)]
struct DiscardUploadPayload {
    upload_id: ID,
    /// Whose file it was; null of evidence.
    bid: Option<Bid>,
}

/// The file that an act was on.
async fn shown(asking: &Asking, done: &Handled) -> Answer<UploadView> {
    match done.bid {
        Some(bid) => named(asking, bid, done.upload).await,
        None => evidence::own(asking, done.upload).await,
    }
}

async fn named(asking: &Asking, bid: BidId, id: AttachmentId) -> Answer<UploadView> {
    let view = asking.loaders().load_one(bid).await?.ok_or(Error::Hidden)?;
    Ok(own(asking, &view).await?.into_iter().find(|upload| upload.id == id).ok_or(Error::Hidden)?)
}

#[derive(Default)]
pub struct UploadMutation;

#[Object]
impl UploadMutation {
    /// A bidder begins a file of its bid, or evidence beside a notice; the bytes are put to the upload's `url`.
    async fn create_upload(&self, ctx: &Context<'_>, input: CreateUploadInput) -> Answer<CreateUploadPayload> {
        let asking = asking(ctx);
        asking.viewer()?.person()?;
        let file = NewFile {
            name: input.name,
            size: input.size.into(),
            sha256: input.sha256,
            no_state_secret: input.no_state_secret,
        };
        let view = match (input.bid_id, input.notice_id) {
            (Some(bid), None) => {
                let new = CreateUpload { bid_id: bid.0, file, idempotency_key: input.idempotency_key };
                let done = create::create_upload(asking.app(), &asking.viewer()?, new).await?;
                shown(asking, &done).await?
            }
            (None, Some(notice)) => {
                let done = evidence::create(asking, notice, file, input.idempotency_key).await?;
                shown(asking, &done).await?
            }
            (Some(_), Some(_)) => return Err(Error::Invalid(vec![Fault::new("noticeId", FaultCode::OneOfTwo)]).into()),
            (None, None) => return Err(Error::Invalid(vec![Fault::new("bidId", FaultCode::OneOfTwo)]).into()),
        };
        Ok(CreateUploadPayload { upload: Upload(view) })
    }

    /// All bytes have come: the content is held against its name. From here on it can be handed in and read.
    async fn finish_upload(&self, ctx: &Context<'_>, input: FinishUploadInput) -> Answer<FinishUploadPayload> {
        let asking = asking(ctx);
        let done = if is_evidence(asking, &input.upload_id).await? {
            evidence::finish(asking, input.upload_id, input.idempotency_key).await?
        } else {
            let new = FinishUpload { upload_id: input.upload_id.0, idempotency_key: input.idempotency_key };
            finish::finish_upload(asking.app(), &asking.viewer()?, new).await?
        };
        let view = shown(asking, &done).await?;
        let attachment = AttachmentView::of_upload(&view).ok_or(Error::Hidden)?.into();
        Ok(FinishUploadPayload { upload: Upload(view), attachment })
    }

    /// Its bidder takes a file away that is not handed in.
    async fn discard_upload(&self, ctx: &Context<'_>, input: DiscardUploadInput) -> Answer<DiscardUploadPayload> {
        let asking = asking(ctx);
        let done = if is_evidence(asking, &input.upload_id).await? {
            evidence::discard(asking, input.upload_id, input.idempotency_key).await?
        } else {
            let new = DiscardUpload { upload_id: input.upload_id.0, idempotency_key: input.idempotency_key };
            discard::discard_upload(asking.app(), &asking.viewer()?, new).await?
        };
        let bid = match done.bid {
            Some(bid) => Some(Bid::named(asking, bid).await?),
            None => None,
        };
        Ok(DiscardUploadPayload { upload_id: done.upload.to_string().into(), bid })
    }
}

async fn is_evidence(asking: &Asking, upload: &ID) -> Answer<bool> {
    asking.viewer()?.person()?;
    Ok(evidence_read::is_evidence(asking.app(), faults::id("uploadId", upload)?).await?)
}
