//! The rows of a capability.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::id::{CapabilityId, OrganizationId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "capabilities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CapabilityId,
    pub organization_id: OrganizationId,
    pub title: String,
    pub description: String,
    pub version: i32,
    pub created_at: Instant,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Its domains; the organization stands beside, so that an index finds it.
pub(crate) mod domain {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{CapabilityId, OrganizationId};
    use crate::base::words::Domain;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "capability_domains")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub capability_id: CapabilityId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub domain: String,
        pub organization_id: OrganizationId,
    }

    impl Model {
        /// The domain.
        pub(crate) fn word(&self) -> crate::base::Result<Domain> {
            Ok(self.domain.parse()?)
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Its words, in the form of [`crate::base::form`].
pub(crate) mod word {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{CapabilityId, OrganizationId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "capability_words")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub capability_id: CapabilityId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub word: String,
        pub organization_id: OrganizationId,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
