//! The Open Contracting Data Standard, version 1.1.5, as far as a challenge fills it. Names are the standard's
//! (<https://standard.open-contracting.org/1.1/en/schema/reference/>); what is not known is left out.

use chrono::SecondsFormat;
use serde::{Serialize, Serializer};
use serde_json::Number;

use crate::base::id::ChallengeId;
use crate::base::{Fen, Instant};
use crate::words;

/// The version that packages say they are of.
pub const VERSION: &str = "1.1";

/// The unified social credit code (统一社会信用代码, GB 32100-2015), as a scheme of identifiers: the codelist is open, and has none for it.
const SCHEME: &str = "CN-USCC";

/// The identifier of a contracting process: the publisher's prefix and the challenge's id, which stays what it is wherever data is
/// joined. A code counts anew in every installation.
pub fn ocid(prefix: &str, challenge: ChallengeId) -> String {
    format!("{prefix}-{challenge}")
}

/// The challenge that an identifier names; none where it is not one of this publisher's.
pub fn challenge_of(prefix: &str, ocid: &str) -> Option<ChallengeId> {
    ocid.strip_prefix(prefix)?.strip_prefix('-')?.parse().ok()
}

words! {
    /// What a release is about (codelist releaseTag).
    pub enum Tag {
        Planning = "planning",
        PlanningUpdate = "planningUpdate",
        Tender = "tender",
        TenderAmendment = "tenderAmendment",
        TenderUpdate = "tenderUpdate",
        TenderCancellation = "tenderCancellation",
        Award = "award",
        AwardUpdate = "awardUpdate",
        AwardCancellation = "awardCancellation",
        Contract = "contract",
        ContractTermination = "contractTermination",
    }
    /// How far a tender is (codelist tenderStatus).
    pub enum TenderStatus {
        Active = "active",
        Cancelled = "cancelled",
        Unsuccessful = "unsuccessful",
        Complete = "complete",
    }
    /// How far an award is (codelist awardStatus). One that is noticed is pending: it may still be objected to.
    pub enum AwardStatus {
        Pending = "pending",
        Active = "active",
        Cancelled = "cancelled",
    }
    /// How far a contract is (codelist contractStatus).
    pub enum ContractStatus {
        Active = "active",
        Terminated = "terminated",
    }
}

/// An instant, RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub Instant);

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// Releases that are handed out together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    pub uri: String,
    pub version: &'static str,
    /// A package that is made when it is asked for is as old as what it holds.
    pub published_date: Date,
    pub publisher: Publisher,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publication_policy: Option<String>,
    pub releases: Vec<Release>,
}

/// Who publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Publisher {
    pub name: String,
    pub uri: String,
}

/// What is published at once about one process.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    pub ocid: String,
    /// The event's.
    pub id: String,
    pub date: Date,
    pub tag: Vec<Tag>,
    pub initiation_type: &'static str,
    pub language: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Party>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planning: Option<Planning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tender: Option<Tender>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub awards: Vec<Award>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<Contract>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_processes: Vec<RelatedProcess>,
}

/// An organization that takes part, and as what. Persons take no part in open data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Party {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Identifier>,
    pub roles: Vec<&'static str>,
}

impl Party {
    /// An organization by what is public of it.
    pub fn new(id: String, name: Option<String>, uscc: Option<String>, roles: &[&'static str]) -> Self {
        let identifier = uscc.map(|id| Identifier { scheme: SCHEME, id, legal_name: name.clone() });
        Self { id, name, identifier, roles: roles.to_vec() }
    }

    /// As it is named elsewhere in a release.
    pub fn reference(&self) -> Reference {
        Reference { id: self.id.clone(), name: self.name.clone() }
    }
}

/// How an organization is known outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identifier {
    pub scheme: &'static str,
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_name: Option<String>,
}

/// One of the parties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An amount in yuan. The platform counts 分.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Value {
    pub amount: Number,
    pub currency: &'static str,
}

impl Value {
    /// None where a JSON reader's double would say another amount. Below 2^46 yuan doubles are less than a 分 apart: the quotient is the one
    /// next to the decimal, and prints as that decimal. Whole yuan are integers.
    pub fn of(fen: Fen) -> Option<Self> {
        let amount = match fen.0 {
            outside if !(0..=Fen::MAX.0).contains(&outside) => None,
            whole if whole % 100 == 0 => Some(Number::from(whole / 100)),
            fine if fine < FINEST => Number::from_f64(fine as f64 / 100.0),
            _ => None,
        };
        amount.map(|amount| Self { amount, currency: "CNY" })
    }
}

/// 2^46 yuan, in 分: from here on doubles are more than a 分 apart.
const FINEST: i64 = 100 << 46;

/// What came before.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Planning {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<Milestone>,
}

/// The money there is for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Budget {
    pub amount: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The challenge itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tender {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TenderStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procuring_entity: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procurement_method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procurement_method_details: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub award_criteria: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub award_criteria_details: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub submission_method: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tender_period: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enquiry_period: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eligibility_criteria: Option<String>,
    /// Once the bids are opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_of_tenderers: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
    /// The indicators (考核指标), and what is offered and happens on the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<Milestone>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amendments: Vec<Amendment>,
}

/// From when to when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Period {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Date>,
}

/// Something to be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_met: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
}

/// A change of the tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amendment {
    pub id: String,
    pub date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
    #[serde(rename = "amendsReleaseID", skip_serializing_if = "Option::is_none")]
    pub amends_release: Option<String>,
    #[serde(rename = "releaseID")]
    pub release: String,
}

/// What can be read elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    pub id: String,
    pub document_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_published: Option<Date>,
}

/// One winner: proposed, then awarded, or neither any more.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Award {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub status: AwardStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppliers: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
}

/// The agreement of a project (揭榜协议).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    pub id: String,
    #[serde(rename = "awardID")]
    pub award: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub status: ContractStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    pub date_signed: Date,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<Milestone>,
}

/// Another process that this one has to do with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelatedProcess {
    pub id: String,
    pub relationship: Vec<&'static str>,
    pub scheme: &'static str,
    pub identifier: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::id::Kind;

    proptest! {
        #[test]
        fn yuan_are_the_same_decimal(fen in 0..=Fen::MAX.0) {
            let Some(value) = Value::of(Fen(fen)) else {
                prop_assert!(fen % 100 != 0 && fen >= FINEST);
                return Ok(());
            };
            let text = value.amount.to_string();
            let read: rust_decimal::Decimal = text.parse().unwrap();
            prop_assert_eq!(read, rust_decimal::Decimal::new(fen, 2), "{}", text);
            // And whoever reads it as a double and rounds to 分 has the same.
            let double: f64 = text.parse().unwrap();
            prop_assert_eq!(format!("{double:.2}"), rust_decimal::Decimal::new(fen, 2).to_string());
        }
    }

    #[test]
    fn what_no_reader_reads_exactly_is_left_out() {
        assert_eq!(Value::of(Fen(-1)), None);
        assert_eq!(Value::of(Fen(Fen::MAX.0 + 1)), None);
        assert_eq!(Value::of(Fen::MAX), None);
        assert_eq!(Value::of(Fen(FINEST - 1)).unwrap().amount.to_string(), "70368744177663.99");
        assert_eq!(Value::of(Fen(200_000_000)).unwrap().amount.to_string(), "2000000");
        assert_eq!(Value::of(Fen(1)).unwrap().amount.to_string(), "0.01");
    }

    #[test]
    fn an_identifier_names_one_challenge_of_one_publisher() {
        let challenge = ChallengeId::new();
        let text = ocid("ocds-abc123", challenge);
        assert_eq!(challenge_of("ocds-abc123", &text), Some(challenge));
        assert_eq!(challenge_of("ocds-abc124", &text), None);
        assert_eq!(challenge_of("ocds-abc123", &text.replace("-chl", "chl")), None);
        assert_eq!(challenge_of("ocds-abc123", &text.replace("chl_", "bid_")), None);
    }
}
