//! What the platform checks by itself of who bids: when a bid is handed in, where each refusal names its rule, and again after the opening.
//! What compares bids is looked at after the opening only: before it a refusal would tell that there is another bid.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::store::{Qualified, Record, qualified, records};
use crate::base::clock::china_day;
use crate::base::error::FaultCode;
use crate::base::id::OrganizationId;
use crate::base::words::{EligibilityRegion, QualificationKind, Verification};
use crate::base::{Instant, Result};
use crate::db::Conn;

/// Who bids, and what the challenge asks.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    pub bidder: OrganizationId,
    /// The other members, in their order.
    pub members: &'a [OrganizationId],
    pub department: OrganizationId,
    pub region: EligibilityRegion,
    pub qualifications: &'a [QualificationKind],
    pub deadline: Instant,
}

/// What keeps somebody from bidding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// No organizer vouches for it.
    NotVerified,
    /// Barred until that day.
    Banned(NaiveDate),
    TiedToDemander,
    NotInZone,
    QualificationMissing(QualificationKind),
}

impl Hindrance {
    /// The same as a fault, and what its words name.
    pub fn fault(&self) -> (FaultCode, Option<String>) {
        match self {
            Self::NotVerified => (FaultCode::OrganizationNotVerified, None),
            Self::Banned(until) => (FaultCode::Banned, Some(until.to_string())),
            Self::TiedToDemander => (FaultCode::TiedToDemander, None),
            Self::NotInZone => (FaultCode::NotInZone, None),
            Self::QualificationMissing(kind) => (FaultCode::QualificationMissing, Some(kind.to_string())),
        }
    }
}

/// One of those who bid: the bidder itself, or a member by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Bidder,
    Member(usize),
}

/// Why each of these may not bid, all at once: no organizer vouches for one of them, a ban that runs now, a tie to the demander; for the
/// bidder itself the zone and the qualifications, each verified and valid on the day of the deadline. It is asked again after the opening:
/// who no longer meets what the challenge asks has no valid bid (招标投标法实施条例 38). Two statements at most, however many are asked about.
pub(crate) async fn hindrances(
    conn: &impl Conn,
    all: &[Asked<'_>],
    now: Instant,
) -> Result<Vec<Vec<(Party, Hindrance)>>> {
    let everybody = all.iter().flat_map(|asked| asked.members.iter().chain([&asked.bidder])).copied().collect();
    let demanders = all.iter().map(|asked| asked.department).collect();
    let records = if all.is_empty() { Vec::new() } else { records(conn, &everybody, &demanders, now).await? };
    let bidders: BTreeSet<_> =
        all.iter().filter(|asked| !asked.qualifications.is_empty()).map(|asked| asked.bidder).collect();
    let qualified = if bidders.is_empty() { Vec::new() } else { qualified(conn, &bidders).await? };
    Ok(all.iter().map(|asked| of_one(asked, &records, &qualified)).collect())
}

fn of_one(asked: &Asked<'_>, records: &[Record], qualified: &[Qualified]) -> Vec<(Party, Hindrance)> {
    let mut found = Vec::new();
    let members = asked.members.iter().enumerate().map(|(place, member)| (Party::Member(place), *member));
    for (party, id) in std::iter::once((Party::Bidder, asked.bidder)).chain(members) {
        let of = || records.iter().filter(move |record| record.id == id);
        let record = of().next();
        if record.is_none_or(|record| record.verification != Verification::Verified) {
            found.push((party, Hindrance::NotVerified));
        }
        if let Some(until) = record.and_then(|record| record.banned_until) {
            found.push((party, Hindrance::Banned(china_day(until))));
        }
        if of().any(|record| record.tied_to == Some(asked.department)) {
            found.push((party, Hindrance::TiedToDemander));
        }
    }
    let in_zone = records.iter().any(|record| record.id == asked.bidder && record.registered_in_zone);
    if asked.region == EligibilityRegion::ZoneOnly && !in_zone {
        found.push((Party::Bidder, Hindrance::NotInZone));
    }
    let day = china_day(asked.deadline);
    let holds = |kind| qualified.iter().any(|one| one.organization == asked.bidder && one.kind == kind && one.on(day));
    let missing = asked.qualifications.iter().filter(|kind| !holds(**kind));
    found.extend(missing.map(|kind| (Party::Bidder, Hindrance::QualificationMissing(*kind))));
    found
}
