//! The organizations' rows.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::id::OrganizationId;
use crate::base::words::{OrganizationKind, Verification};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganizationId,
    pub name: String,
    pub kind: OrganizationKind,
    pub uscc: String,
    pub verification: Verification,
    pub registered_in_zone: bool,
    pub refusal: Option<String>,
    pub created_at: Instant,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
