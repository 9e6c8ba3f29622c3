//! The rows of a demand.

use sea_orm::entity::prelude::*;

use super::content::{Goals, OpenResources};
use crate::base::id::{DemandId, OrganizationId, ReleaseBatchId, UserId};
use crate::base::words::{CooperationMode, DemandStatus, Domain, ScenarioScale};
use crate::base::{Fen, Instant};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "demands")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DemandId,
    pub title: String,
    pub domain: Option<Domain>,
    pub scale: Option<ScenarioScale>,
    pub site: String,
    pub pain_points: String,
    pub content: String,
    pub goals: Goals,
    pub open_resources: OpenResources,
    pub technical_requirements: String,
    pub cooperation: Option<CooperationMode>,
    pub budget_from: Option<Fen>,
    pub budget_to: Option<Fen>,
    /// Both ends of the money and their node, as `money::Span` has them; nothing where none is named.
    pub money_low: Option<i64>,
    pub money_high: Option<i64>,
    pub money_node: Option<i64>,
    pub schedule: String,
    pub contact: String,
    pub status: DemandStatus,
    /// How often it has been handed in.
    pub round: i32,
    /// The last round that ended in a decision.
    pub decided_round: i32,
    /// Of the last act that sent it back or ended it.
    pub reason: Option<String>,
    pub department_id: OrganizationId,
    pub author_id: UserId,
    pub created_at: Instant,
    pub submitted_at: Option<Instant>,
    pub listed_at: Option<Instant>,
    /// The time of listing, or of drafting before it: the order of lists.
    pub ordered_at: Instant,
    pub batch_id: Option<ReleaseBatchId>,
    pub merged_into: Option<DemandId>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "crate::organizations::model::Entity",
        from = "Column::DepartmentId",
        to = "crate::organizations::model::Column::Id"
    )]
    Department,
}
impl Related<crate::organizations::model::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Department.def()
    }
}
impl ActiveModelBehavior for ActiveModel {}

/// Words that it looks for.
pub(crate) mod word {
    use sea_orm::entity::prelude::*;

    use crate::base::id::DemandId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "demand_words")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub demand_id: DemandId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub word: String,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Kinds of qualifications that it looks for.
pub(crate) mod qualification {
    use sea_orm::entity::prelude::*;

    use crate::base::id::DemandId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "demand_qualifications")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub demand_id: DemandId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Experts who were asked about it, round by round.
pub(crate) mod expert {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{DemandId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "demand_experts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub demand_id: DemandId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub round: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: UserId,
        pub asked_at: Instant,
        pub asked_by: UserId,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Opinions, never changed.
pub(crate) mod opinion {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{DemandId, OpinionId, UserId};
    use crate::base::words::{OpinionGiver, OpinionVerdict};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "opinions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: OpinionId,
        pub demand_id: DemandId,
        pub round: i32,
        pub author_id: UserId,
        pub giver: OpinionGiver,
        pub verdict: OpinionVerdict,
        pub reasons: String,
        pub at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Release batches (机会清单).
pub(crate) mod batch {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{ReleaseBatchId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "release_batches")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ReleaseBatchId,
        pub code: String,
        pub year: i32,
        pub number: i32,
        pub title: String,
        pub released_at: Instant,
        pub released_by: UserId,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The year's running number of batches.
pub(crate) mod counter {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "release_counters")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub year: i32,
        pub last: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Registered interests: the enterprise's and the organizers' business alone.
pub(crate) mod interest {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{DemandId, InterestId, OrganizationId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "interests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: InterestId,
        pub demand_id: DemandId,
        pub organization_id: OrganizationId,
        pub note: String,
        pub registered_at: Instant,
        pub registered_by: UserId,
        pub withdrawn_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Invitations, never changed.
pub(crate) mod invitation {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{DemandId, InvitationId, OrganizationId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "invitations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: InvitationId,
        pub demand_id: DemandId,
        pub organization_id: OrganizationId,
        pub message: String,
        pub at: Instant,
        pub invited_by: UserId,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
