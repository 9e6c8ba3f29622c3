//! The accounts' rows.

use serde::{Deserialize, Serialize};

use crate::base::words::Role;
use crate::db::json_value;

/// The roles of a person, as one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(pub Vec<Role>);

json_value!(Roles);

/// A person's account.
pub mod user {
    use sea_orm::entity::prelude::*;

    use super::Roles;
    use crate::base::Instant;
    use crate::base::id::{OrganizationId, UserId};
    use crate::base::words::{JudgeKind, MemberRight};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: UserId,
        pub username: String,
        pub name: String,
        pub password_hash: String,
        pub password_changed_at: Instant,
        pub roles: Roles,
        pub judge_kind: Option<JudgeKind>,
        pub organization_id: Option<OrganizationId>,
        /// How far a bidder acts for its organization.
        pub member_right: Option<MemberRight>,
        pub suspended_at: Option<Instant>,
        /// Acts for the organization no more: an account belongs to one for good.
        pub removed_at: Option<Instant>,
        pub created_at: Instant,
        /// The second factor's secret, wrapped; none before it is confirmed.
        pub totp_secret: Option<Vec<u8>>,
        /// The last step of thirty seconds whose code was used; with `totp_secret`, and only with it.
        pub totp_step: Option<i64>,
        /// A secret that waits to be confirmed, wrapped.
        pub totp_pending: Option<Vec<u8>>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A password that was in use before.
pub mod former_password {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{RowId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "former_passwords")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: RowId,
        pub user_id: UserId,
        pub password_hash: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A recovery code, of which only an HMAC is kept.
pub mod recovery_code {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::UserId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recovery_codes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub digest: Vec<u8>,
        pub user_id: UserId,
        pub used_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A session: one family of refresh tokens.
pub mod session {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{SessionId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: SessionId,
        pub user_id: UserId,
        pub created_at: Instant,
        pub last_used_at: Instant,
        pub expires_at: Instant,
        pub ended_at: Option<Instant>,
        pub user_agent: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A refresh token, of which only the SHA-256 is kept.
pub mod refresh_token {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::SessionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "refresh_tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: Vec<u8>,
        pub session_id: SessionId,
        pub issued_at: Instant,
        pub used_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A try at a password that did not succeed, or has not yet.
pub mod sign_in_failure {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::RowId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_failures")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: RowId,
        pub name_digest: Vec<u8>,
        pub at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What an organizer's shares of opening keys are encrypted to.
pub mod opening_key {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::UserId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "opening_keys")]
    pub struct Model {
        /// An age recipient.
        #[sea_orm(primary_key, auto_increment = false)]
        pub recipient: String,
        pub user_id: UserId,
        /// How a passphrase becomes the key that unwraps it (PHC); none where the officer keeps it.
        pub derivation: Option<String>,
        /// The identity, wrapped by a passphrase that is kept nowhere.
        pub wrapped: Option<Vec<u8>>,
        pub registered_at: Instant,
        /// Shares made before are opened with it; new ones are not made for it.
        pub replaced_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// An invitation to act for an organization that bids; of its code only the SHA-256 is kept.
pub mod member_invitation {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{MemberInvitationId, OrganizationId, UserId};
    use crate::base::words::MemberRight;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "member_invitations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: MemberInvitationId,
        pub organization_id: OrganizationId,
        pub member_right: MemberRight,
        /// For whom it is meant, in the inviter's words.
        pub note: String,
        pub code_hash: Vec<u8>,
        pub invited_by: UserId,
        pub created_at: Instant,
        pub expires_at: Instant,
        pub accepted_by: Option<UserId>,
        pub accepted_at: Option<Instant>,
        pub revoked_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// An API token, of which only the SHA-256 is kept.
pub mod api_token {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{ApiTokenId, UserId};
    use crate::base::words::TokenScope;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ApiTokenId,
        /// On whose behalf.
        pub user_id: UserId,
        pub name: String,
        pub scope: TokenScope,
        pub hash: Vec<u8>,
        pub created_at: Instant,
        pub expires_at: Instant,
        pub last_used_at: Option<Instant>,
        pub revoked_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
