//! The rows of a review. The record of the draw itself is a row of the challenge's, since publication fixes it.

use sea_orm::entity::prelude::*;

use crate::base::Instant;
use crate::base::id::{ChallengeId, SeatId, UserId};
use crate::base::words::JudgeKind;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "panel_seats")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SeatId,
    pub challenge_id: ChallengeId,
    pub user_id: UserId,
    pub kind: JudgeKind,
    pub seated_at: Instant,
    pub declared_at: Option<Instant>,
    pub stepped_aside_at: Option<Instant>,
    pub stepped_aside_why: Option<String>,
    /// The organizations named in the declaration, as JSON.
    pub conflict_with: Option<String>,
    pub replaced_at: Option<Instant>,
    pub replaced_why: Option<String>,
    /// Who took the seat over, whichever way it was left.
    pub replaced_by: Option<SeatId>,
    /// When the judge signed the review.
    pub signed_at: Option<Instant>,
    /// What the judge says against it.
    pub dissent: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the judge sits: neither stepped aside nor replaced.
    pub(crate) fn sits(&self) -> bool {
        self.stepped_aside_at.is_none() && self.replaced_at.is_none()
    }
}

/// Who came after those who left; the lists are JSON, of pseudonyms.
pub(crate) mod step {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::ChallengeId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "panel_steps")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub challenge_id: ChallengeId,
        /// 1, 2, …
        #[sea_orm(primary_key, auto_increment = false)]
        pub step: i32,
        pub at: Instant,
        pub excluded: String,
        pub departed: String,
        /// Empty where nobody fitted.
        pub seated: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Score sheets.
pub(crate) mod sheet {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{BidId, ChallengeId, SeatId, SheetId, UserId};
    use crate::reviews::marks::SheetMarks;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "score_sheets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: SheetId,
        pub challenge_id: ChallengeId,
        pub bid_id: BidId,
        pub seat_id: SeatId,
        pub judge_id: UserId,
        /// What the judge gave; what formulas give is reckoned when it is asked for.
        pub marks: SheetMarks,
        pub remark: Option<String>,
        pub submitted_at: Option<Instant>,
        /// Why the judge gives this bid no mark; such a sheet is handed in and counts for nothing.
        pub abstained_why: Option<String>,
        /// Why the total lies far from the panel's.
        pub explained: Option<String>,
        pub explained_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::reviews::model::Entity",
            from = "Column::SeatId",
            to = "crate::reviews::model::Column::Id"
        )]
        Seat,
    }
    impl Related<crate::reviews::model::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Seat.def()
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
}

/// What the panel agreed on for a bid, in the words of its chair.
pub(crate) mod consensus {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{BidId, ChallengeId, SeatId};
    use crate::reviews::marks::SheetMarks;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "consensus_sheets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        pub challenge_id: ChallengeId,
        pub seat_id: SeatId,
        pub marks: SheetMarks,
        pub remark: Option<String>,
        pub submitted_at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A bid that two organizers found unfit, or the first of them has.
pub(crate) mod disqualification {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::{BidId, UserId};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "disqualifications")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        pub why: String,
        pub found_by: UserId,
        pub found_at: Instant,
        pub confirmed_why: Option<String>,
        pub confirmed_by: Option<UserId>,
        pub confirmed_at: Option<Instant>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Rankings that stand beside the one that decides.
pub(crate) mod beside {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{BidId, ChallengeId};
    use crate::base::words::{RankingBasis, TieRule};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rankings_beside")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub challenge_id: ChallengeId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub basis: RankingBasis,
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        pub rank: i32,
        pub score_sum: i64,
        pub score_count: i32,
        pub passed: bool,
        pub tie_broken_by: Option<TieRule>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The ranking that decides, as it was reckoned when the review was closed, or when a bid fell after that.
pub(crate) mod ranked {
    use sea_orm::entity::prelude::*;

    use crate::base::id::{BidId, ChallengeId};
    use crate::base::words::TieRule;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ranked_bids")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub challenge_id: ChallengeId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub bid_id: BidId,
        pub rank: i32,
        pub score_sum: i64,
        pub score_count: i32,
        pub passed: bool,
        pub tie_broken_by: Option<TieRule>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
