//! The rows of evidence.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::id::{AttachmentId, ComplaintId, NoticeId, ObjectionId, OrganizationId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttachmentId,
    pub notice_id: NoticeId,
    pub organization_id: OrganizationId,
    /// What it was handed in with; neither before.
    pub objection_id: Option<ObjectionId>,
    pub complaint_id: Option<ComplaintId>,
    /// What is kept of the file, and of which, encrypted to the server's key.
    pub sealed: Vec<u8>,
    pub size: i64,
    pub received: i64,
    pub finished_at: Option<Instant>,
    pub created_by: UserId,
    pub created_at: Instant,
    /// When something of it last came, by the machine's clock.
    pub touched_at: Instant,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// The objects of a file.
pub(crate) mod part {
    use sea_orm::entity::prelude::*;

    use crate::base::id::AttachmentId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "evidence_parts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub object: Uuid,
        pub evidence_id: AttachmentId,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
