//! What stands against an opened bid by the law, whatever its content: who bids no longer meets what the challenge asks, or does not bid
//! alone. It is asked at the formal check, at the notice and at the award; before the opening it would tell that there is another bid.

use crate::base::error::FaultCode;
use crate::base::id::{BidId, OrganizationId};
use crate::base::{Instant, Result};
use crate::challenges::model::Model as Challenge;
use crate::db::Conn;
use crate::eligibility;
use crate::eligibility::check::{Asked, Hindrance, Party, hindrances};

use super::findings::{self, Finding};
use super::store;

/// One thing that stands against a bid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Against {
    /// Somebody behind it may not bid, or not any more (招标投标法实施条例 38).
    Party(Party, Hindrance),
    /// Another bid.
    Other(Finding),
}

impl Against {
    /// The item of the formal check that it fails, and why.
    pub(super) fn item(&self) -> (&'static str, String) {
        match self {
            Self::Other(finding) => finding.item(),
            Self::Party(party, hindrance) => {
                let who = match party {
                    Party::Bidder => "揭榜方".to_owned(),
                    Party::Member(place) => format!("联合体第 {} 名成员", place + 1),
                };
                let why = match hindrance {
                    Hindrance::NotVerified => "未通过单位核验".to_owned(),
                    Hindrance::Banned(until) => format!("处于科研失信惩戒期内，至 {until}"),
                    Hindrance::TiedToDemander => "与需求单位存在隶属、股权、控股或管理关系".to_owned(),
                    Hindrance::NotInZone => "不是区内企业".to_owned(),
                    Hindrance::QualificationMissing(kind) => format!("缺少在申报截止日有效并经核验的资质 {kind}"),
                };
                ("符合榜单公布的揭榜方条件（招标投标法实施条例第三十八条）", format!("{who}{why}。"))
            }
        }
    }

    /// The same as a fault, and what its words name, at the bid's own path.
    pub(crate) fn fault(&self, path: &str) -> (String, FaultCode, Option<String>) {
        match self {
            Self::Party(party, hindrance) => {
                let (code, figure) = hindrance.fault();
                match party {
                    Party::Bidder => (path.to_owned(), code, figure),
                    Party::Member(place) => (format!("{path}.memberIds.{place}"), code, figure),
                }
            }
            Self::Other(Finding::SameOrganization(other)) => {
                (path.to_owned(), FaultCode::InTwoBids, Some(other.clone()))
            }
            Self::Other(Finding::Tied(other)) => (path.to_owned(), FaultCode::TiedToBid, Some(other.clone())),
        }
    }
}

/// What the challenge asks of who bids.
pub(super) fn asked<'a>(
    challenge: &'a Challenge,
    bidder: OrganizationId,
    members: &'a [OrganizationId],
    now: Instant,
) -> Asked<'a> {
    Asked {
        bidder,
        members,
        department: challenge.department_id,
        region: challenge.terms.eligibility_region,
        qualifications: &challenge.terms.required_qualifications,
        deadline: challenge.submission_deadline.unwrap_or(now),
    }
}

/// All that stands against these opened bids of a challenge now.
pub(crate) async fn against(
    conn: &impl Conn,
    challenge: &Challenge,
    bids: &[BidId],
    now: Instant,
) -> Result<Vec<(BidId, Against)>> {
    let behind = store::behind(conn, challenge.id).await?;
    let mut found = Vec::new();
    for one in behind.iter().filter(|one| bids.contains(&one.bid)) {
        let asked = asked(challenge, one.bidder, &one.members, now);
        let hindrances = hindrances(conn, &asked, now).await?;
        let of = |(party, hindrance)| (one.bid, Against::Party(party, hindrance));
        found.extend(hindrances.into_iter().map(of));
    }
    let all: Vec<OrganizationId> =
        behind.iter().flat_map(|one| std::iter::once(one.bidder).chain(one.members.iter().copied())).collect();
    let ties = eligibility::ties_among(conn, &all, &all).await?;
    let mut compared = findings::find(&behind, &ties);
    for bid in bids {
        let findings = compared.remove(bid).unwrap_or_default();
        found.extend(findings.into_iter().map(|finding| (*bid, Against::Other(finding))));
    }
    Ok(found)
}
