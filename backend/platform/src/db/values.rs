//! How our values stand in columns: ids as UUIDs, words and decimals as text, money as a long, JSON as text.

use sea_orm::{ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable, Value, sea_query};
use uuid::Uuid;

use crate::base::id::{self, Kind};
use crate::base::words;
use crate::base::{Decimal, Fen};

macro_rules! value {
    ($name:ty as $raw:ty, $to:expr, $from:expr, $array:ident) => {
        impl From<$name> for Value {
            fn from(value: $name) -> Self {
                let to: fn($name) -> $raw = $to;
                to(value).into()
            }
        }
        impl TryGetable for $name {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                let raw = <$raw>::try_get_by(row, index)?;
                let from: fn($raw) -> Option<$name> = $from;
                from(raw)
                    .ok_or_else(|| TryGetError::DbErr(DbErr::Type(concat!("not a ", stringify!($name)).to_owned())))
            }
        }
        impl sea_query::ValueType for $name {
            fn try_from(value: Value) -> Result<Self, sea_query::ValueTypeErr> {
                let raw = <$raw as sea_query::ValueType>::try_from(value)?;
                let from: fn($raw) -> Option<$name> = $from;
                from(raw).ok_or(sea_query::ValueTypeErr)
            }
            fn type_name() -> String {
                stringify!($name).to_owned()
            }
            fn array_type() -> sea_query::ArrayType {
                sea_query::ArrayType::$array
            }
            fn column_type() -> sea_query::ColumnType {
                <$raw as sea_query::ValueType>::column_type()
            }
        }
        impl sea_query::Nullable for $name {
            fn null() -> Value {
                <$raw as sea_query::Nullable>::null()
            }
        }
        impl sea_orm::IntoActiveValue<$name> for $name {
            fn into_active_value(self) -> sea_orm::ActiveValue<$name> {
                sea_orm::ActiveValue::Set(self)
            }
        }
    };
}

macro_rules! id_values {
    ($($name:ident),+ $(,)?) => {$(
        value!(id::$name as Uuid, |id| id.uuid(), |raw| Some(<id::$name as Kind>::from_uuid(raw)), Uuid);
        impl TryFromU64 for id::$name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

macro_rules! word_values {
    ($($name:ident),+ $(,)?) => {$(
        value!(words::$name as String, |word| word.word().to_owned(), |raw| raw.parse().ok(), String);
    )+};
}

/// Lets a serialisable struct stand in a text column as JSON.
macro_rules! json_value {
    ($name:ty) => {
        impl From<$name> for sea_orm::Value {
            fn from(value: $name) -> Self {
                serde_json::to_string(&value).unwrap_or_default().into()
            }
        }
        impl sea_orm::TryGetable for $name {
            fn try_get_by<I: sea_orm::ColIdx>(
                row: &sea_orm::QueryResult,
                index: I,
            ) -> std::result::Result<Self, sea_orm::TryGetError> {
                let text = String::try_get_by(row, index)?;
                serde_json::from_str(&text)
                    .map_err(|fault| sea_orm::TryGetError::DbErr(sea_orm::DbErr::Json(fault.to_string())))
            }
        }
        impl sea_orm::sea_query::ValueType for $name {
            fn try_from(value: sea_orm::Value) -> std::result::Result<Self, sea_orm::sea_query::ValueTypeErr> {
                let text = <String as sea_orm::sea_query::ValueType>::try_from(value)?;
                serde_json::from_str(&text).map_err(|_| sea_orm::sea_query::ValueTypeErr)
            }
            fn type_name() -> String {
                stringify!($name).to_owned()
            }
            fn array_type() -> sea_orm::sea_query::ArrayType {
                sea_orm::sea_query::ArrayType::String
            }
            fn column_type() -> sea_orm::sea_query::ColumnType {
                sea_orm::sea_query::ColumnType::Text
            }
        }
        impl sea_orm::sea_query::Nullable for $name {
            fn null() -> sea_orm::Value {
                <String as sea_orm::sea_query::Nullable>::null()
            }
        }
        impl sea_orm::IntoActiveValue<$name> for $name {
            fn into_active_value(self) -> sea_orm::ActiveValue<$name> {
                sea_orm::ActiveValue::Set(self)
            }
        }
    };
}
pub(crate) use json_value;

id_values!(
    AttachmentId,
    UserId,
    OrganizationId,
    QualificationId,
    SessionId,
    ChallengeId,
    IndicatorId,
    CriterionId,
    RuleSetId,
    QuestionId,
    AmendmentId,
    OfferId,
    IntegrityCaseId,
    TieId,
    ExpertId,
    ExpertRelationId,
    ConsentId,
    BidId,
    PanelId,
    SeatId,
    SheetId,
    NegotiationId,
    NoticeId,
    ObjectionId,
    ComplaintId,
    ProjectId,
    TechnologyId,
    TargetId,
    TargetValueId,
    DemandId,
    OpinionId,
    ReleaseBatchId,
    CapabilityId,
    InterestId,
    InvitationId,
    MemberInvitationId,
    ApiTokenId,
    EventId,
    TimerId,
    RowId,
);

word_values!(
    Domain,
    ScenarioScale,
    Mechanism,
    LegalRoute,
    OrganizationKind,
    Verification,
    InstallationKind,
    ChallengeStatus,
    BidStatus,
    ProjectStatus,
    TechnologyStatus,
    Comparator,
    DayKind,
    ObjectionStatus,
    ComplaintStatus,
    Remedy,
    RevocationGround,
    Role,
    OfferKind,
    IpOwnership,
    EligibilityRegion,
    QualificationKind,
    SealMode,
    TieKind,
    RelationKind,
    JudgeKind,
    MemberRight,
    TokenScope,
    PriceFormula,
    TieRule,
    RankingBasis,
    TargetMetric,
    DemandStatus,
    CooperationMode,
    OpinionGiver,
    OpinionVerdict,
);

impl TryFromU64 for words::RankingBasis {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("RankingBasis"))
    }
}

value!(Fen as i64, |fen| fen.0, |raw| Some(Fen(raw)), BigInt);
value!(Decimal as String, |decimal| decimal.to_string(), |raw| raw.parse().ok(), String);
