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
        pub marks: SheetMarks,
        /// In 1/10000 of a point, from handing in on.
        pub total: Option<i64>,
        pub remark: Option<String>,
        pub submitted_at: Option<Instant>,
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

/// The ranking, as it was computed when the review was closed.
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
