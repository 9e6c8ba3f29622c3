//! The rows of a target.

use sea_orm::entity::prelude::*;

use crate::base::Decimal;
use crate::base::id::TargetId;
use crate::base::words::{Comparator, TargetMetric};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "targets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TargetId,
    pub year: i32,
    pub metric: TargetMetric,
    pub name: String,
    pub comparator: Comparator,
    pub value: Decimal,
    pub unit: String,
    /// Its place on the board.
    pub position: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// What was recorded of a target that the platform does not compute; days are kept as `YYYY-MM-DD`. Nothing is overwritten.
pub(crate) mod value {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{TargetId, TargetValueId, UserId};
    use crate::base::{Decimal, Instant};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "target_values")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: TargetValueId,
        pub target_id: TargetId,
        pub as_of: String,
        pub value: Decimal,
        pub source: String,
        /// None: the operator.
        pub recorded_by: Option<UserId>,
        pub at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
