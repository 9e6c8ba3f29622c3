//! The row of a candidate, written at publication; what is noted afterwards is whether it was drawn.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
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
    /// When it was seated, and since when it carries this challenge no more.
    pub drawn_at: Option<Instant>,
    pub released_at: Option<Instant>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
