//! The rows of rule sets.

use sea_orm::entity::prelude::*;

use super::Numbers;
use crate::base::Instant;
use crate::base::id::{RuleSetId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rule_sets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RuleSetId,
    pub name: String,
    pub version: i32,
    pub numbers: Numbers,
    pub created_at: Instant,
    /// None: loaded by the operator.
    pub revised_by: Option<UserId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A challenge's own resolved copy.
pub mod frozen {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{ChallengeId, RuleSetId};
    use crate::rules::Resolved;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "challenge_rule_sets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: RuleSetId,
        pub challenge_id: ChallengeId,
        pub rule_set_id: RuleSetId,
        pub version: i32,
        pub numbers: Resolved,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
