//! The log's row.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::id::{ChallengeId, EventId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EventId,
    pub stream: String,
    pub seq: i32,
    pub at: Instant,
    pub kind: String,
    pub subject: String,
    pub challenge_id: Option<ChallengeId>,
    pub audience: String,
    pub audience_id: Option<Uuid>,
    pub actor_id: Option<UserId>,
    pub public_text: String,
    pub private_facts: String,
    pub salt: Vec<u8>,
    pub private_digest: String,
    pub previous_hash: String,
    pub hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// The timers' row.
pub mod timer {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::TimerId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "timers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: TimerId,
        pub kind: String,
        pub subject_id: Uuid,
        pub run_at: Instant,
        pub done_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
