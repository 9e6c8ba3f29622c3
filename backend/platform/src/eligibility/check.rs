//! What the platform checks by itself when a bid is handed in: each refusal names its rule. What compares bids is looked at after the
//! opening: before it a refusal would tell that there is another bid.

use super::store::{banned, qualified, tied_to};
use crate::base::clock::china_day;
use crate::base::error::FaultCode;
use crate::base::id::OrganizationId;
use crate::base::words::{EligibilityRegion, QualificationKind};
use crate::base::{Faults, Instant, Result};
use crate::db::Conn;
use crate::organizations::read as organizations;

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

/// Notes why they may not bid, all at once: a ban that runs now, a tie to the demander, for the bidder itself the zone and the
/// qualifications, each verified and valid on the day of the deadline.
pub(crate) async fn check(conn: &impl Conn, asked: &Asked<'_>, now: Instant, faults: &mut Faults) -> Result<()> {
    let parties: Vec<OrganizationId> = std::iter::once(asked.bidder).chain(asked.members.iter().copied()).collect();
    let banned = banned(conn, &parties, now).await?;
    let tied = tied_to(conn, asked.department, &parties).await?;
    for (place, party) in parties.iter().enumerate() {
        let path = place.checked_sub(1).map_or_else(|| "bidId".to_owned(), |member| format!("memberIds.{member}"));
        if let Some((_, until)) = banned.iter().find(|(id, _)| id == party) {
            faults.add_with(path.clone(), FaultCode::Banned, china_day(*until));
        }
        faults.check(!tied.contains(party), path, FaultCode::TiedToDemander);
    }
    if asked.region == EligibilityRegion::ZoneOnly {
        let bidder = organizations::named(conn, &[asked.bidder]).await?;
        let in_zone = bidder.iter().any(|known| known.registered_in_zone);
        faults.check(in_zone, "bidId", FaultCode::NotInZone);
    }
    if !asked.qualifications.is_empty() {
        let held = qualified(conn, asked.bidder, china_day(asked.deadline)).await?;
        for kind in asked.qualifications {
            if !held.contains(kind) {
                faults.add_with("bidId", FaultCode::QualificationMissing, kind);
            }
        }
    }
    Ok(())
}
