//! The rows of qualifications, integrity cases and ties.

/// What an organization did, and for how long it is barred.
pub mod case {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{IntegrityCaseId, OrganizationId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "integrity_cases")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: IntegrityCaseId,
        pub organization_id: OrganizationId,
        pub violation: String,
        pub basis: String,
        pub ban_from: Instant,
        pub ban_to: Instant,
        pub recorded_by: UserId,
        pub recorded_at: Instant,
        pub exempted_at: Option<Instant>,
        pub exempted_by: Option<UserId>,
        pub exemption_grounds: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What ties two organizations to one another, either way round.
pub mod tie {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{OrganizationId, TieId, UserId};
    use crate::base::words::TieKind;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ties")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: TieId,
        pub first_id: OrganizationId,
        pub second_id: OrganizationId,
        pub kind: TieKind,
        pub basis: String,
        pub recorded_by: UserId,
        pub recorded_at: Instant,
        pub ended_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A dated qualification; days are kept as `YYYY-MM-DD`.
pub mod qualification {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{OrganizationId, QualificationId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "qualifications")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: QualificationId,
        pub organization_id: OrganizationId,
        pub kind: String,
        pub certificate_no: Option<String>,
        pub valid_from: String,
        pub valid_to: Option<String>,
        pub issued_by: Option<String>,
        pub evidence: Option<String>,
        pub verified_at: Option<Instant>,
        pub verified_by: Option<UserId>,
        pub ended_at: Option<Instant>,
        pub ended_because: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
