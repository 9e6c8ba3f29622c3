//! The rows of a challenge.

use sea_orm::entity::prelude::*;

use crate::base::id::{ChallengeId, DemandId, OrganizationId, UserId};
use crate::base::words::{ChallengeStatus, Domain, LegalRoute, Mechanism, Role, ScenarioScale};
use crate::base::{Fen, Instant};
use crate::challenges::terms::Terms;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "challenges")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChallengeId,
    pub code: Option<String>,
    pub title: String,
    pub domain: Option<Domain>,
    pub scale: Option<ScenarioScale>,
    pub mechanism: Option<Mechanism>,
    pub pi_led: bool,
    pub legal_route: Option<LegalRoute>,
    pub status: ChallengeStatus,
    pub suspended_from: Option<ChallengeStatus>,
    pub department_id: OrganizationId,
    pub author_id: UserId,
    pub approver_id: Option<UserId>,
    /// The version of the rules that it was approved under.
    pub approved_rules: Option<i32>,
    pub background: String,
    pub problem_statement: String,
    pub site_conditions: String,
    pub ip_terms: String,
    pub eligibility: String,
    pub acceptance_method: String,
    pub contact: String,
    pub duration_months: Option<i32>,
    pub budget_total: Option<Fen>,
    pub budget_fiscal: Option<Fen>,
    pub budget_demander: Option<Fen>,
    pub budget_bidder: Option<Fen>,
    pub consortium_allowed: bool,
    pub consortium_max_members: i32,
    pub created_at: Instant,
    pub return_reason: Option<String>,
    pub urgent_reason: Option<String>,
    pub cancel_reason: Option<String>,
    pub external_result: Option<String>,
    pub external_result_url: Option<String>,
    pub published_at: Option<Instant>,
    pub questions_close_at: Option<Instant>,
    pub submission_deadline: Option<Instant>,
    pub opened_at: Option<Instant>,
    pub bid_count: Option<i32>,
    pub awarded_at: Option<Instant>,
    /// The deadline, or a day past all deadlines for what has none: the order of lists.
    pub listed_deadline: Instant,
    /// The time of publication, or of drafting before it: the order of lists.
    pub listed_at: Instant,
    pub version: i32,
    /// Questions neither answered nor declined.
    pub open_questions: i32,
    /// How many material amendments there have been, and the last of them that bids have to be replaced for.
    pub material_amendments: i32,
    pub replacing_amendment: i32,
    pub terms: Terms,
    /// The demand that it was drafted from.
    pub demand_id: Option<DemandId>,
    /// The one that found no winner, of which this is a copy.
    pub rerun_of: Option<ChallengeId>,
    /// The order to stand still that lies over it.
    pub ordered_at: Option<Instant>,
    pub ordered_by: Option<UserId>,
    pub ordered_as: Option<Role>,
    pub order_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "crate::organizations::model::Entity",
        from = "Column::DepartmentId",
        to = "crate::organizations::model::Column::Id"
    )]
    Department,
}
impl Related<crate::organizations::model::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Department.def()
    }
}
impl ActiveModelBehavior for ActiveModel {}

/// Indicators (考核指标).
pub(crate) mod indicator {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{ChallengeId, IndicatorId};
    use crate::base::words::Comparator;
    use crate::base::{Decimal, Instant};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "indicators")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: IndicatorId,
        pub challenge_id: ChallengeId,
        pub position: i32,
        pub name: String,
        pub unit: String,
        pub comparator: Comparator,
        pub target: Decimal,
        pub tolerance: Option<Decimal>,
        pub test_method: String,
        pub mandatory: bool,
        pub weight: i32,
        /// When an amendment put others in its place.
        pub amended_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Scoring criteria (评分项).
pub(crate) mod criterion {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{ChallengeId, CriterionId};
    use crate::base::words::PriceFormula;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "criteria")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: CriterionId,
        pub challenge_id: ChallengeId,
        pub position: i32,
        pub name: String,
        pub weight: i32,
        pub minimum: Option<i32>,
        pub guidance: Option<String>,
        pub price_formula: Option<PriceFormula>,
        /// When an amendment put others in its place.
        pub amended_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Questions. Who asked is for the platform's own record.
pub(crate) mod question {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{ChallengeId, OrganizationId, QuestionId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "questions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: QuestionId,
        pub challenge_id: ChallengeId,
        pub asker_id: UserId,
        pub asker_organization_id: OrganizationId,
        pub question: String,
        pub asked_at: Instant,
        pub answer: Option<String>,
        pub answered_at: Option<Instant>,
        pub answered_by: Option<UserId>,
        pub answer_due_at: Option<Instant>,
        pub declined_at: Option<Instant>,
        pub declined_because: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Amendments.
pub(crate) mod amendment {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{AmendmentId, ChallengeId, UserId};
    use crate::challenges::differences::Differences;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "amendments")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: AmendmentId,
        pub challenge_id: ChallengeId,
        pub summary: String,
        pub material: bool,
        pub at: Instant,
        pub new_deadline: Option<Instant>,
        pub author_id: UserId,
        pub changes: Option<Differences>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What is offered to all who may bid. It names nobody: to whom else it was offered cannot be asked.
pub(crate) mod offer {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{ChallengeId, OfferId, UserId};
    use crate::base::words::OfferKind;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "offers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: OfferId,
        pub challenge_id: ChallengeId,
        pub kind: OfferKind,
        pub description: String,
        pub whereabouts: String,
        pub takes_place_at: Option<Instant>,
        pub offered_by: UserId,
        pub offered_at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The challenge's own key, and what its closing committed to.
pub(crate) mod seal {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{ChallengeId, UserId};
    use crate::base::words::SealMode;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "seals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub challenge_id: ChallengeId,
        pub mode: SealMode,
        pub recipient: String,
        /// Under the server's key: in the mode SERVER, otherwise from the opening on.
        pub wrapped_identity: Option<Vec<u8>>,
        pub closing_nonce: Option<Vec<u8>>,
        pub closing_root: Option<String>,
        /// The first opener's share, encrypted to the other holders.
        pub waiting_share: Option<String>,
        pub waiting_from: Option<UserId>,
        /// A share for a new split, encrypted to the other holders.
        pub reshare_waiting: Option<String>,
        pub reshare_from: Option<UserId>,
        pub escrow_recipient: Option<String>,
        /// The key, encrypted to the escrow's recipient.
        pub escrowed: Option<String>,
        /// Who has said that the escrowed key will open.
        pub escrow_announced_by: Option<UserId>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// An organizer's share of the challenge's key.
pub(crate) mod share {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{ChallengeId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "opening_shares")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub challenge_id: ChallengeId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub holder_id: UserId,
        /// The opening key that it is encrypted to.
        pub recipient: String,
        pub sealed: String,
        /// Of the share itself: a wrong one is told at once.
        pub sha256: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The panel's record: what its draw was committed to at publication, and what came of it.
pub(crate) mod panel {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{ChallengeId, PanelId, SeatId};
    use crate::base::words::RankingBasis;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "panels")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PanelId,
        pub challenge_id: ChallengeId,
        pub algorithm: String,
        pub seed_commitment: String,
        pub sealed_seed: Vec<u8>,
        /// Revealed with the first notice.
        pub seed: Option<String>,
        pub candidates_hash: String,
        /// The in-force commitments, sorted, as JSON.
        pub entropy: Option<String>,
        /// The pseudonyms that could not be drawn any more, sorted, as JSON.
        pub excluded: Option<String>,
        pub drawn_at: Option<Instant>,
        /// The end of the round: what the judges wrote is closed from here on.
        pub closed_at: Option<Instant>,
        /// From when on the panel talks.
        pub consensus_at: Option<Instant>,
        /// When it last began to, whether or not it still does.
        pub talked_at: Option<Instant>,
        /// Who leads it.
        pub chair_id: Option<SeatId>,
        /// Why there is no normalised ranking; none before the end of the round too.
        pub unnormalised: Option<String>,
        /// Which ranking decided.
        pub decided_by: Option<RankingBasis>,
        /// What the raw ranking would be without each judge, as JSON.
        pub stability: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The year's running number of published challenges.
pub(crate) mod code_counter {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "code_counters")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub year: i32,
        pub last: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
