//! The rows of a notice, and of what comes before and after it.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::id::{ChallengeId, NoticeId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NoticeId,
    pub challenge_id: ChallengeId,
    pub starts_at: Instant,
    /// The first instant at which it is over.
    pub ends_at: Instant,
    /// Why a better-ranked candidate was passed over.
    pub reason: Option<String>,
    pub published_by: UserId,
    pub published_at: Instant,
    /// When an objection to it was upheld.
    pub voided_at: Option<Instant>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// The proposed winners, in the order in which the notice names them.
pub(crate) mod winner {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{BidId, NoticeId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_winners")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub notice_id: NoticeId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Objections (异议).
pub(crate) mod objection {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{ChallengeId, NoticeId, ObjectionId, OrganizationId, UserId};
    use crate::base::words::ObjectionStatus;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "objections")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ObjectionId,
        pub notice_id: NoticeId,
        pub challenge_id: ChallengeId,
        pub raised_by: UserId,
        pub organization_id: OrganizationId,
        pub grounds: String,
        pub requested_remedy: Option<String>,
        pub status: ObjectionStatus,
        pub ruling: Option<String>,
        pub ruled_by: Option<UserId>,
        pub raised_at: Instant,
        pub ruled_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Rounds of negotiation (对接洽谈).
pub(crate) mod negotiation {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{BidId, ChallengeId, NegotiationId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "negotiations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: NegotiationId,
        pub challenge_id: ChallengeId,
        pub bid_id: BidId,
        pub topic: String,
        pub minutes: String,
        pub agreed: bool,
        pub recorded_by: UserId,
        pub at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
