//! The row of a project.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::id::{BidId, ChallengeId, OrganizationId, ProjectId};
use crate::base::words::ProjectStatus;

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
