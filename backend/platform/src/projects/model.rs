//! The row of a project.

use sea_orm::entity::prelude::*;

use crate::base::id::{BidId, ChallengeId, OrganizationId, ProjectId, UserId};
use crate::base::words::{ProjectStatus, RevocationGround};
use crate::base::{Fen, Instant};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "projects")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProjectId,
    pub challenge_id: ChallengeId,
    pub bid_id: BidId,
    pub lead_id: OrganizationId,
    pub status: ProjectStatus,
    pub contract_no: Option<String>,
    /// SHA-256 of the signed document, in hex.
    pub contract_sha256: Option<String>,
    pub agreement_effective_at: Option<Instant>,
    /// The award.
    pub created_at: Instant,
    /// By when the agreement is to be signed.
    pub due_at: Option<Instant>,
    /// What is paid at most, in 分.
    pub amount: Option<Fen>,
    pub duration_months: Option<i32>,
    /// The first instant at which the agreed time is over.
    pub ends_at: Option<Instant>,
    /// Under which the contract is registered as a technology contract (技术合同认定登记).
    pub registration_no: Option<String>,
    /// When and why it ended before its time.
    pub ended_at: Option<Instant>,
    pub ended_because: Option<String>,
    /// Of an award that was taken back: on which ground.
    pub ended_ground: Option<RevocationGround>,
    /// The principal investigator, and what was pledged (军令状).
    pub investigator_id: Option<UserId>,
    pub pledge: Option<String>,
    pub pledged_at: Option<Instant>,
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
        from = "Column::LeadId",
        to = "crate::organizations::model::Column::Id"
    )]
    Lead,
}
impl Related<crate::challenges::model::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}
impl Related<crate::organizations::model::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Lead.def()
    }
}
impl ActiveModelBehavior for ActiveModel {}

/// The ledger of indicators: what was agreed for each.
pub(crate) mod line {
    use sea_orm::entity::prelude::*;

    use crate::base::Decimal;
    use crate::base::id::{IndicatorId, ProjectId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "agreement_indicators")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub project_id: ProjectId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub indicator_id: IndicatorId,
        pub position: i32,
        /// What the bid had committed to.
        pub committed: Option<Decimal>,
        pub agreed: Decimal,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What takes two organizers, and the first of them has said.
pub(crate) mod first_word {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    use crate::base::Instant;
    use crate::base::id::UserId;
    use crate::base::words::RevocationGround;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "first_words")]
    pub struct Model {
        /// Of which act.
        #[sea_orm(primary_key, auto_increment = false)]
        pub act: String,
        /// On which thing.
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject_id: Uuid,
        pub said_by: UserId,
        pub because: String,
        pub ground: Option<RevocationGround>,
        pub said_at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
