//! Identifiers: a UUIDv7 inside, a TypeID (prefix, underscore, 26 characters of base32) outside. One type per kind of
//! thing, so that the wrong kind of id is a fault of the input and never a look-up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A new time-ordered id. The only place where ids are made.
fn fresh() -> Uuid {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    Uuid::now_v7()
}

/// A kind of identifier.
pub trait Kind: Copy + Eq + Send + Sync + 'static {
    /// The letters before the underscore.
    const PREFIX: &'static str;
    /// Takes the raw value, as the database holds it.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The raw value, as the database holds it.
    fn uuid(self) -> Uuid;
    /// A new id of this kind.
    fn new() -> Self {
        Self::from_uuid(fresh())
    }
}

/// Text that is no identifier of the expected kind.
#[derive(Debug, thiserror::Error)]
#[error("not an id of this kind")]
pub struct WrongId;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl Kind for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            fn uuid(self) -> Uuid { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write_type_id(f, $prefix, self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
        impl FromStr for $name {
            type Err = WrongId;
            fn from_str(text: &str) -> Result<Self, WrongId> { parse($prefix, text).map(Self) }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A person's account.
    UserId = "usr",
    /// An organization.
    OrganizationId = "org",
    /// A dated qualification of an organization.
    QualificationId = "qual",
    /// An integrity case (科研失信).
    IntegrityCaseId = "itg",
    /// What ties two organizations together.
    TieId = "tie",
    /// An expert of the pool (专家库).
    ExpertId = "exp",
    /// What stands between an expert and an organization or a person.
    ExpertRelationId = "xrl",
    /// A member's consent to bid together.
    ConsentId = "cst",
    /// An invitation to act for an organization.
    MemberInvitationId = "mbi",
    /// An API token.
    ApiTokenId = "tok",
    /// A signed-in session.
    SessionId = "ses",
    /// A challenge (榜单).
    ChallengeId = "chl",
    /// An indicator (考核指标).
    IndicatorId = "ind",
    /// A scoring criterion (评分项).
    CriterionId = "cri",
    /// A rule set, base or resolved.
    RuleSetId = "rul",
    /// A question (答疑).
    QuestionId = "qst",
    /// An amendment (变更).
    AmendmentId = "amd",
    /// What is offered to all: a site visit, a data sample.
    OfferId = "ofr",
    /// A file.
    AttachmentId = "att",
    /// A bid (揭榜).
    BidId = "bid",
    /// A review panel.
    PanelId = "pnl",
    /// A seat on a panel.
    SeatId = "seat",
    /// A score sheet.
    SheetId = "sht",
    /// A record of one round of negotiation.
    NegotiationId = "neg",
    /// A public notice (公示).
    NoticeId = "ntc",
    /// An objection (异议).
    ObjectionId = "obj",
    /// A complaint (投诉).
    ComplaintId = "cpl",
    /// A project.
    ProjectId = "prj",
    /// A technology of the cultivation library.
    TechnologyId = "tec",
    /// A target of the year.
    TargetId = "tgt",
    /// A recorded value of a target.
    TargetValueId = "tgv",
    /// A scenario demand (场景需求).
    DemandId = "dmd",
    /// An opinion in the argument of a demand (需求论证).
    OpinionId = "opn",
    /// A release batch of demands (机会清单).
    ReleaseBatchId = "rel",
    /// A capability of an organization (能力清单).
    CapabilityId = "cap",
    /// An organization's registered interest in a demand.
    InterestId = "itr",
    /// An invitation to look at a demand.
    InvitationId = "inv",
    /// An event of the log.
    EventId = "evt",
    /// A timer.
    TimerId = "tmr",
    /// A row that nobody outside refers to.
    RowId = "row",
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn write_type_id(f: &mut fmt::Formatter<'_>, prefix: &str, uuid: Uuid) -> fmt::Result {
    let value = uuid.as_u128();
    write!(f, "{prefix}_")?;
    for place in (0..26).rev() {
        let digit = (value >> (5 * place)) as usize & 31;
        write!(f, "{}", ALPHABET.get(digit).copied().unwrap_or(b'0') as char)?;
    }
    Ok(())
}

fn parse(prefix: &str, text: &str) -> Result<Uuid, WrongId> {
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(WrongId)?;
    // 26 digits of five bits are 130: the first may carry three only.
    if digits.len() != 26 || digits.as_bytes().first().is_none_or(|first| *first > b'7') {
        return Err(WrongId);
    }
    let value = digits.bytes().try_fold(0u128, |value, digit| {
        let digit = ALPHABET.iter().position(|letter| *letter == digit).ok_or(WrongId)?;
        Ok(value << 5 | digit as u128)
    })?;
    Ok(Uuid::from_u128(value))
}

/// The prefix of a TypeID, whatever its kind.
pub fn prefix(text: &str) -> Option<&str> {
    text.rsplit_once('_').map(|(prefix, _)| prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vectors_of_the_typeid_specification() {
        for (text, uuid) in [
            ("usr_00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
            ("usr_00000000000000000000000001", "00000000-0000-0000-0000-000000000001"),
            ("usr_0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"),
            ("usr_7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
            ("usr_0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"),
            ("usr_01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"),
        ] {
            let id: UserId = text.parse().unwrap();
            assert_eq!(id.uuid().to_string(), uuid);
            assert_eq!(id.to_string(), text);
        }
        for text in [
            "usr_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "usr_1234567890",
            "usr_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "org_00000000000000000000000000",
            "usr_0000000000000000000000000u",
            "_00000000000000000000000000",
            "",
        ] {
            assert!(text.parse::<UserId>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_value_comes_back(value: u128) {
            let id = BidId::from_uuid(Uuid::from_u128(value));
            prop_assert_eq!(id.to_string().parse::<BidId>().unwrap(), id);
        }

        #[test]
        fn any_text_is_refused_or_prints_itself(
            text in prop_oneof![any::<String>(), "\\PC{0,40}", "[a-z]{3}_[0-9a-z]{25,27}", "bid_[0-7][0-9a-hj-km-np-tv-z]{25}"],
        ) {
            let _ = prefix(&text);
            if let Ok(id) = text.parse::<BidId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
