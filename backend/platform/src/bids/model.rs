//! The rows of a bid. Content lies in tables of its own.

use sea_orm::entity::prelude::*;

use crate::base::id::{BidId, ChallengeId, OrganizationId, UserId};
use crate::base::words::BidStatus;
use crate::base::{Fen, Instant};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bids")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BidId,
    pub challenge_id: ChallengeId,
    pub bidder_id: OrganizationId,
    pub author_id: UserId,
    pub status: BidStatus,
    pub version: i32,
    /// Given at the opening.
    pub label: Option<String>,
    pub created_at: Instant,
    pub submitted_at: Option<Instant>,
    /// The submission that counts.
    pub in_force: Option<i32>,
    pub withdrawn_at: Option<Instant>,
    pub withdraw_reason: Option<String>,
    /// Why the content could not be opened.
    pub broken: Option<String>,
    /// Known from the opening on.
    pub requested_funding: Option<Fen>,
    /// How many material amendments its bidder has answered, by confirming or by handing in anew; and by handing in anew.
    pub amendments_seen: i32,
    pub amendments_answered: i32,
    /// What the revision in progress is encrypted to; none where there is none, or where it is of an earlier version.
    pub draft_key: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "crate::challenges::model::Entity",
        from = "Column::ChallengeId",
        to = "crate::challenges::model::Column::Id"
    )]
    Challenge,
    #[sea_orm(
        belongs_to = "crate::organizations::model::Entity",
        from = "Column::BidderId",
        to = "crate::organizations::model::Column::Id"
    )]
    Bidder,
    #[sea_orm(has_one = "draft::Entity")]
    Draft,
}
impl Related<crate::challenges::model::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}
impl Related<crate::organizations::model::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Bidder.def()
    }
}
impl Related<draft::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Draft.def()
    }
}
impl ActiveModelBehavior for ActiveModel {}

/// Members of a consortium, known from the opening on.
pub(crate) mod member {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{BidId, OrganizationId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bid_members")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub organization_id: OrganizationId,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::organizations::model::Entity",
            from = "Column::OrganizationId",
            to = "crate::organizations::model::Column::Id"
        )]
        Organization,
    }
    impl Related<crate::organizations::model::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Organization.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
}

/// A member's consent to bid together. Told to the member and to the lead alone.
pub(crate) mod consent {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{BidId, ConsentId, OrganizationId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "consortium_consents")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ConsentId,
        pub bid_id: BidId,
        pub organization_id: OrganizationId,
        pub asked_at: Instant,
        pub agreed: Option<bool>,
        pub answered_at: Option<Instant>,
        pub answered_by: Option<UserId>,
        /// Whether the draft names it now.
        pub named: bool,
        /// Whether it was a member of what was handed in last.
        pub handed_in: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::Entity", from = "Column::BidId", to = "super::Column::Id")]
        Bid,
    }
    impl Related<super::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Bid.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
}

/// The revision in progress, encrypted.
pub(crate) mod draft {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::BidId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bid_drafts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        pub sealed: Vec<u8>,
        pub updated_at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::Entity", from = "Column::BidId", to = "super::Column::Id")]
        Bid,
    }
    impl Related<super::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Bid.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
}

/// What was handed in, sealed, each version for ever.
pub(crate) mod submission {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{BidId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bid_submissions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        pub submitted_by: UserId,
        pub sealed_at: Instant,
        pub sealed: Vec<u8>,
        pub sealed_sha256: String,
        pub commitment: String,
        pub receipt: String,
        pub key_id: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What was opened.
pub(crate) mod solution {
    use sea_orm::entity::prelude::*;

    use crate::base::id::BidId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bid_solutions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        pub content: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Who approved the opening.
pub(crate) mod approval {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{ChallengeId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "opening_approvals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub challenge_id: ChallengeId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub organizer_id: UserId,
        pub at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The formal check (形式审查) of a bid.
pub(crate) mod formal_check {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{BidId, UserId};
    use crate::bids::check::Items;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "formal_checks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        pub passed: bool,
        pub items: Items,
        pub checked_by: UserId,
        pub at: Instant,
        /// Who found a failure before, and which; none of a bid that passed, and where the clock decided.
        pub first_found_by: Option<UserId>,
        pub first_items: Option<Items>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A failure that one organizer has found, and another has still to find.
pub(crate) mod finding {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{BidId, UserId};
    use crate::bids::check::Items;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "formal_findings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        pub items: Items,
        pub found_by: UserId,
        pub at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The one round in which a bid's form may be corrected.
pub(crate) mod correction {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{BidId, UserId};
    use crate::bids::check::Items;
    use crate::bids::correct::CorrectedAll;
    use crate::bids::request_correction::AskedAll;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "corrections")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        pub asked: AskedAll,
        pub asked_by: UserId,
        pub asked_at: Instant,
        /// At that instant it is too late.
        pub due_at: Instant,
        /// Who had found the defect, and what.
        pub found_by: UserId,
        pub found_items: Items,
        pub answers: Option<CorrectedAll>,
        pub answered_by: Option<UserId>,
        pub answered_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The public keys that receipts are checked with, published for ever.
pub(crate) mod signing_key {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "signing_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key_id: String,
        pub purpose: String,
        pub public_key: String,
        pub since: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
