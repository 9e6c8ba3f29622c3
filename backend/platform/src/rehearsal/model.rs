//! The one row that says what this installation is for.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::words::InstallationKind;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "installation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub kind: InstallationKind,
    pub since: Instant,
    /// Where a rehearsal's clock stands; none until it is laid out to its end.
    pub clock_at: Option<Instant>,
    /// By what name its objects are found in the store of files; none until that is asked for.
    pub files_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
