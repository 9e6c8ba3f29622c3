//! What the platform checks by itself of who bids: when a bid is handed in, where each refusal names its rule, and again after the opening.
//! What compares bids is looked at after the opening only: before it a refusal would tell that there is another bid.

use chrono::NaiveDate;

use super::store::{qualified, records};
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

/// Why they may not bid, all at once: no organizer vouches for one of them, a ban that runs now, a tie to the demander; for the bidder
/// itself the zone and the qualifications, each verified and valid on the day of the deadline. It is asked again after the opening: who
/// no longer meets what the challenge asks has no valid bid (招标投标法实施条例 38).
pub(crate) async fn hindrances(conn: &impl Conn, asked: &Asked<'_>, now: Instant) -> Result<Vec<(Party, Hindrance)>> {
    let members = asked.members.iter().enumerate().map(|(place, member)| (Party::Member(place), *member));
    let parties: Vec<_> = std::iter::once((Party::Bidder, asked.bidder)).chain(members).collect();
    let ids: Vec<OrganizationId> = parties.iter().map(|(_, id)| *id).collect();
    let known = records(conn, &ids, asked.department, now).await?;
    let mut found = Vec::new();
    for (party, id) in parties {
        let record = known.iter().find(|record| record.id == id);
        if record.is_none_or(|record| record.verification != Verification::Verified) {
            found.push((party, Hindrance::NotVerified));
        }
        if let Some(until) = record.and_then(|record| record.banned_until) {
            found.push((party, Hindrance::Banned(china_day(until))));
        }
        if record.is_some_and(|record| record.tied) {
            found.push((party, Hindrance::TiedToDemander));
        }
    }
    let in_zone = known.iter().any(|record| record.id == asked.bidder && record.registered_in_zone);
    if asked.region == EligibilityRegion::ZoneOnly && !in_zone {
        found.push((Party::Bidder, Hindrance::NotInZone));
    }
    if !asked.qualifications.is_empty() {
        let held = qualified(conn, asked.bidder, china_day(asked.deadline)).await?;
        let missing = asked.qualifications.iter().filter(|kind| !held.contains(kind));
        found.extend(missing.map(|kind| (Party::Bidder, Hindrance::QualificationMissing(*kind))));
    }
    Ok(found)
}
