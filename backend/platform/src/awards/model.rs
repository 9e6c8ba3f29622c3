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
    /// When it came to count no more: an objection or a complaint was upheld, or a winner unfit.
    pub voided_at: Option<Instant>,
    pub voided_because: Option<String>,
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
    use crate::base::id::{BidId, ChallengeId, NoticeId, ObjectionId, OrganizationId, UserId};
    use crate::base::words::{ObjectionStatus, Remedy};

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
        /// By when it is to be ruled on; none where no calendar tells.
        pub due_at: Option<Instant>,
        /// What upholding it leads to, and to which bid.
        pub remedy: Option<Remedy>,
        pub remedy_bid_id: Option<BidId>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Complaints (投诉).
pub(crate) mod complaint {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{BidId, ChallengeId, ComplaintId, ObjectionId, OrganizationId, UserId};
    use crate::base::words::{ComplaintStatus, Remedy};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "complaints")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ComplaintId,
        pub objection_id: ObjectionId,
        pub challenge_id: ChallengeId,
        pub raised_by: UserId,
        pub organization_id: OrganizationId,
        pub grounds: String,
        pub requested_remedy: Option<String>,
        pub status: ComplaintStatus,
        pub raised_at: Instant,
        /// By when it is accepted or not.
        pub accept_due_at: Instant,
        pub accepted_at: Option<Instant>,
        pub accepted_by: Option<UserId>,
        /// By when it is decided, once it is accepted.
        pub decide_due_at: Option<Instant>,
        /// The decision, or why it is not looked into.
        pub decision: Option<String>,
        pub decided_by: Option<UserId>,
        pub decided_at: Option<Instant>,
        pub remedy: Option<Remedy>,
        pub remedy_bid_id: Option<BidId>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Rounds of negotiation (对接洽谈).
pub(crate) mod negotiation {
    use sea_orm::entity::prelude::*;

    use crate::awards::ledger::Offer;
    use crate::base::Instant;
    use crate::base::id::{BidId, ChallengeId, NegotiationId, UserId};

    /// Who was there, by name and part.
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    pub struct People(pub Vec<String>);
    crate::db::json_value!(People);

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
        /// When the talk was held.
        pub held_at: Option<Instant>,
        pub people: People,
        /// Why a better-ranked candidate was passed over for it.
        pub reason: Option<String>,
        /// What was offered in it; it binds where the round ended agreed.
        pub offer: Option<Offer>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
