//! Evidence (证据): the files behind objections and complaints. They are begun, finished and taken away by the same mutations as a bid's.

use std::collections::HashMap;

use async_graphql::ID;
use async_graphql::dataloader::Loader;
use jiebang_platform::awards::evidence::read;
use jiebang_platform::awards::evidence::{self as verbs, CreateEvidence, DiscardEvidence, Filed, FinishEvidence};
use jiebang_platform::base::id::{AttachmentId, NoticeId};
use jiebang_platform::files::upload::{AttachmentView, Handled, NewFile, UploadView};

use super::bid::{Attachment, Upload};
use super::context::Asking;
use super::error::Answer;
use super::loaders::{Batch, Failed, batches};

/// The ids of what is named.
pub fn named(ids: Option<Vec<ID>>) -> Vec<String> {
    ids.unwrap_or_default().into_iter().map(|id| id.0).collect()
}

/// What the viewer's organization has begun beside a notice and not handed in.
pub async fn uploads(asking: &Asking, notice: NoticeId) -> Answer<Vec<Upload>> {
    let found = asking.loaders().load_one(UploadsBeside(notice)).await?;
    Ok(found.unwrap_or_default().into_iter().map(Upload::from).collect())
}

/// What goes with an objection or a complaint that the viewer is shown.
pub async fn filed(asking: &Asking, with: Filed) -> Answer<Vec<Attachment>> {
    let found = asking.loaders().load_one(FiledWith(with)).await?;
    Ok(found.unwrap_or_default().into_iter().map(Attachment::from).collect())
}

/// A file of evidence, if the viewer reads what it goes with.
pub async fn find(asking: &Asking, id: AttachmentId) -> Answer<Option<Attachment>> {
    Ok(read::by_id(asking.app(), &asking.viewer()?, id).await?.map(Attachment::from))
}

/// A file that the viewer's organization has begun.
pub async fn own(asking: &Asking, id: AttachmentId) -> Answer<UploadView> {
    Ok(read::own(asking.app(), &asking.viewer()?, id).await?)
}

/// A file is begun beside a notice.
pub async fn create(asking: &Asking, notice: ID, file: NewFile, key: Option<String>) -> Answer<Handled> {
    let new = CreateEvidence { notice_id: notice.0, file, idempotency_key: key };
    Ok(verbs::create_evidence(asking.app(), &asking.viewer()?, new).await?)
}

/// All of a file has come.
pub async fn finish(asking: &Asking, upload: ID, key: Option<String>) -> Answer<Handled> {
    let new = FinishEvidence { upload_id: upload.0, idempotency_key: key };
    Ok(verbs::finish_evidence(asking.app(), &asking.viewer()?, new).await?)
}

/// A file is taken away.
pub async fn discard(asking: &Asking, upload: ID, key: Option<String>) -> Answer<Handled> {
    let new = DiscardEvidence { upload_id: upload.0, idempotency_key: key };
    Ok(verbs::discard_evidence(asking.app(), &asking.viewer()?, new).await?)
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct FiledWith(Filed);

impl Loader<FiledWith> for Batch {
    type Value = Vec<AttachmentView>;
    type Error = Failed;

    async fn load(&self, keys: &[FiledWith]) -> Result<HashMap<FiledWith, Self::Value>, Failed> {
        let with: Vec<Filed> = keys.iter().map(|key| key.0).collect();
        let found = read::filed(&self.app, &with).await.map_err(Failed::new)?;
        Ok(found.into_iter().map(|(with, files)| (FiledWith(with), files)).collect())
    }
}

batches! {
    UploadsBeside(NoticeId) -> Vec<UploadView> = |batch, ids| read::uploads(&batch.app, &batch.viewer, &ids).await,
}
