//! The row of a candidate, written at publication and never changed.

use sea_orm::entity::prelude::*;

use crate::base::id::{ChallengeId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "draw_candidates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub challenge_id: ChallengeId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    pub pseudonym: String,
    /// With it the platform can show whose pseudonym it is.
    pub salt: Vec<u8>,
    pub line: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
