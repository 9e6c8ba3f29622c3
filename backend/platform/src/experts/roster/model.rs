//! The rows of the roster.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::id::{ExpertId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "experts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExpertId,
    pub user_id: UserId,
    pub title: String,
    /// In the field.
    pub years: i32,
    pub phone: String,
    /// The last day on which this expert is not to be drawn, `YYYY-MM-DD`.
    pub unavailable_until: Option<String>,
    pub version: i32,
    /// When something was first stated.
    pub joined_at: Instant,
    pub stated_by: UserId,
    pub stated_at: Instant,
    pub confirmed_at: Option<Instant>,
    pub confirmed_by: Option<UserId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// The fields that an expert judges in.
pub(crate) mod field {
    use sea_orm::entity::prelude::*;

    use crate::base::id::ExpertId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "expert_fields")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub expert_id: ExpertId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub domain: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What stands between an expert and an organization or a person; days are kept as `YYYY-MM-DD`.
pub(crate) mod relation {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{ExpertId, ExpertRelationId, OrganizationId, UserId};
    use crate::base::words::RelationKind;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "expert_relations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ExpertRelationId,
        pub expert_id: ExpertId,
        pub kind: RelationKind,
        /// Where it is registered here.
        pub organization_id: Option<OrganizationId>,
        pub name: String,
        /// In the form of [`crate::base::form::name_form`].
        pub name_form: String,
        pub from_day: String,
        /// The last day; none: until further notice.
        pub to_day: Option<String>,
        pub note: Option<String>,
        pub recorded_by: UserId,
        pub recorded_at: Instant,
        /// Who has found true what an organizer recorded; the expert itself of what it recorded of itself.
        pub confirmed_by: Option<UserId>,
        pub ended_by: Option<UserId>,
        pub ended_because: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
