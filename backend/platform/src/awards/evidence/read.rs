//! Reading evidence: its bidder's own before it is handed in; from then on whoever reads the objection or the complaint.

use std::collections::HashMap;

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::model::{Column, Entity, Model};
use super::{Filed, open, store};
use crate::access::awards as policy;
use crate::access::{Viewer, bids};
use crate::app::App;
use crate::awards::read as awards;
use crate::base::id::{AttachmentId, ComplaintId, NoticeId, ObjectionId};
use crate::base::{Error, Result};
use crate::db::Conn;
use crate::files::upload::{AttachmentView, UploadView};
use crate::keys::Keys;

/// Whether this file is evidence, and no bid's.
pub async fn is_evidence(app: &App, id: AttachmentId) -> Result<bool> {
    let found = Entity::find_by_id(id).select_only().column(Column::Id).into_tuple::<AttachmentId>();
    Ok(found.one(app.db.read()).await?.is_some())
}

/// The row of a file, if the viewer reads it.
pub(super) async fn seen(conn: &impl Conn, viewer: &Viewer, id: AttachmentId) -> Result<Option<Model>> {
    let Some(row) = Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    let seen = match (row.objection_id, row.complaint_id) {
        (Some(objection), _) => !awards::objections_by_ids(conn, viewer, &[objection]).await?.is_empty(),
        (None, Some(complaint)) => !awards::complaints_by_ids(conn, viewer, &[complaint]).await?.is_empty(),
        (None, None) => policy::may_read_brought(viewer, row.organization_id).is_ok(),
    };
    Ok(seen.then_some(row))
}

/// A file that has come whole, if the viewer reads it.
pub async fn by_id(app: &App, viewer: &Viewer, id: AttachmentId) -> Result<Option<AttachmentView>> {
    let Some(row) = seen(app.db.read(), viewer, id).await? else { return Ok(None) };
    attachment(&app.keys, &row)
}

/// What the viewer's organization has begun beside each of these notices and not handed in, in that order.
pub async fn uploads(app: &App, viewer: &Viewer, ids: &[NoticeId]) -> Result<HashMap<NoticeId, Vec<UploadView>>> {
    let Some(own) = bids::own_of(viewer) else { return Ok(HashMap::new()) };
    let of = Entity::find().filter(Column::NoticeId.is_in(ids.iter().copied())).filter(Column::OrganizationId.eq(own));
    let rows = of.filter(store::not_handed_in()).order_by_asc(Column::Id).all(app.db.read()).await?;
    let mut found: HashMap<NoticeId, Vec<UploadView>> = HashMap::new();
    for row in rows {
        found.entry(row.notice_id).or_default().push(upload(&app.keys, &row)?);
    }
    Ok(found)
}

/// A file that the viewer's organization has begun, handed in or not: a repeated act is answered as the first was.
pub async fn own(app: &App, viewer: &Viewer, id: AttachmentId) -> Result<UploadView> {
    upload(&app.keys, &store::own(app.db.read(), viewer, id).await?.ok_or(Error::Hidden)?)
}

/// What goes with each of these, in the order in which it was begun. Whoever asks has been shown them.
pub async fn filed(app: &App, with: &[Filed]) -> Result<HashMap<Filed, Vec<AttachmentView>>> {
    let objections: Vec<ObjectionId> = with.iter().filter_map(|one| one.objection()).collect();
    let complaints: Vec<ComplaintId> = with.iter().filter_map(|one| one.complaint()).collect();
    let of = Column::ObjectionId.is_in(objections).or(Column::ComplaintId.is_in(complaints));
    let rows = Entity::find().filter(of).order_by_asc(Column::Id).all(app.db.read()).await?;
    let mut found: HashMap<Filed, Vec<AttachmentView>> = HashMap::new();
    for row in rows {
        let with = row.objection_id.map(Filed::With).or(row.complaint_id.map(Filed::Behind));
        let (Some(with), Some(view)) = (with, attachment(&app.keys, &row)?) else { continue };
        found.entry(with).or_default().push(view);
    }
    Ok(found)
}

fn attachment(keys: &Keys, row: &Model) -> Result<Option<AttachmentView>> {
    let attached = open(keys, row)?.attached(row.id, row.size.unsigned_abs());
    Ok(attached.map(|attached| AttachmentView::of(&attached, true)))
}

fn upload(keys: &Keys, row: &Model) -> Result<UploadView> {
    let (size, received) = (row.size.unsigned_abs(), row.received.unsigned_abs());
    Ok(open(keys, row)?.upload(row.id, (size, received), row.finished_at.is_some(), row.created_at))
}
