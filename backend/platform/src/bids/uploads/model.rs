//! The rows of files.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::id::{AttachmentId, BidId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bid_files")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttachmentId,
    pub bid_id: BidId,
    /// The submission that it was handed in with; none before.
    pub version: Option<i32>,
    /// `Details`, encrypted to the draft's key; nothing once it is handed in.
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
pub enum Relation {
    #[sea_orm(belongs_to = "crate::bids::model::Entity", from = "Column::BidId", to = "crate::bids::model::Column::Id")]
    Bid,
}
impl Related<crate::bids::model::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Bid.def()
    }
}
impl ActiveModelBehavior for ActiveModel {}

/// The objects of a file.
pub(crate) mod part {
    use sea_orm::entity::prelude::*;

    use crate::base::id::AttachmentId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bid_file_parts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub object: Uuid,
        pub file_id: AttachmentId,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
