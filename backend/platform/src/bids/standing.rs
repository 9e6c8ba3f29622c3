//! Who may bid, when a bid is handed in; and what stands against an opened bid by the law, whatever its content: who bids no longer meets what
//! the challenge asks, or does not bid alone. The latter is asked at the formal check, at the notice and at the award; before the opening it
//! would tell that there is another bid.

use crate::base::error::FaultCode;
use crate::base::id::{BidId, OrganizationId};
use crate::base::{Faults, Instant, Result};
use crate::challenges::model::Model as Challenge;
use crate::db::Conn;
use crate::eligibility;
use crate::eligibility::check::{Asked, Hindrance, Party, hindrances};

use super::findings::{self, Finding};
use super::store::{self, Locked};

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

/// Notes what keeps the bidder and its members from bidding here; none are given where what is sealed already is to count again.
pub(super) async fn may_bid(
    conn: &impl Conn,
    held: &Locked,
    members: Option<&[OrganizationId]>,
    faults: &mut Faults,
) -> Result<()> {
    for found in all_may_bid(conn, &[(held, members)]).await? {
        faults.join(found);
    }
    Ok(())
}

/// As [`may_bid`], of each of these in its place.
pub(super) async fn all_may_bid(conn: &impl Conn, all: &[(&Locked, Option<&[OrganizationId]>)]) -> Result<Vec<Faults>> {
    let bids = |which: fn(&Option<&[OrganizationId]>) -> bool| {
        let bids = all.iter().filter(move |(_, members)| which(members));
        bids.map(|(held, _)| held.row.id).collect::<Vec<_>>()
    };
    let before = store::handed_in_with(conn, &bids(|members| members.is_none())).await?;
    let agreed = store::agreed(conn, &bids(|members| members.is_some_and(|members| !members.is_empty()))).await?;
    let (mut parties, mut noted) = (Vec::new(), Vec::new());
    for (held, members) in all {
        let (bid, mut faults) = (held.row.id, Faults::new());
        parties.push(match members {
            None => before.iter().filter(|(of, _)| *of == bid).map(|(_, member)| *member).collect(),
            Some(members) => {
                let agreed = |member: &OrganizationId| agreed.contains(&(bid, *member));
                for (place, member) in members.iter().enumerate() {
                    faults.check(agreed(member), format!("memberIds.{place}"), FaultCode::MemberNotAgreed);
                }
                // Whoever has not agreed is nobody whose bans and ties a bidder may ask about.
                if members.iter().all(agreed) { members.to_vec() } else { Vec::new() }
            }
        });
        noted.push(faults);
    }
    let Some(now) = all.first().map(|(held, _)| held.now) else { return Ok(noted) };
    let asked: Vec<_> = all
        .iter()
        .zip(&parties)
        .map(|((held, _), members)| asked(&held.challenge, held.row.bidder_id, members, held.now))
        .collect();
    for (hindrances, faults) in hindrances(conn, &asked, now).await?.into_iter().zip(&mut noted) {
        for (party, hindrance) in hindrances {
            let path = match party {
                Party::Bidder => "bidId".to_owned(),
                Party::Member(place) => format!("memberIds.{place}"),
            };
            let (code, figure) = hindrance.fault();
            faults.add_about(path, code, figure);
        }
    }
    Ok(noted)
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
    let ours: Vec<_> = behind.iter().filter(|one| bids.contains(&one.bid)).collect();
    let all: Vec<_> = ours.iter().map(|one| asked(challenge, one.bidder, &one.members, now)).collect();
    for (one, hindrances) in ours.iter().zip(hindrances(conn, &all, now).await?) {
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
