//! The row of a technology.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::id::{OrganizationId, TechnologyId, UserId};
use crate::base::words::TechnologyStatus;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "technologies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TechnologyId,
    pub name: String,
    pub field: String,
    pub principle: String,
    /// The mainstream technology that it would replace.
    pub replaces: String,
    pub lead_id: OrganizationId,
    pub readiness_level: i32,
    pub status: TechnologyStatus,
    pub nominated_by: UserId,
    /// The organization that the nominator acted for.
    pub nominated_for: Option<OrganizationId>,
    pub nominated_at: Instant,
    pub admitted_by: Option<UserId>,
    pub admitted_at: Option<Instant>,
    pub opinion: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
