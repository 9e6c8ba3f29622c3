//! What objections and complaints share: by when they are settled, what can be ordered, and how it is carried out.

use chrono::Datelike;
use serde::Serialize;

use super::model::objection;
use super::store::{self, Ordered, Outcome};
use crate::access::Viewer;
use crate::access::awards::{self as policy, MayHear};
use crate::access::challenges::ChallengeFacts;
use crate::access::scoring::MayFall;
use crate::app::App;
use crate::base::clock::china_day;
use crate::base::error::FaultCode;
use crate::base::id::{BidId, ChallengeId, ComplaintId, Kind, NoticeId, UserId};
use crate::base::words::{BidStatus, ChallengeStatus, ComplaintStatus, ObjectionStatus, Remedy};
use crate::base::{Error, Faults, Instant, Result};
use crate::challenges::{self, Lock, Locked};
use crate::db::{Conn, Txn};
use crate::events::{self, TimerKind, timers};
use crate::{bids, calendar, reviews};

/// What is ordered beside a new notice, as it comes in.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewRemedy {
    pub remedy: Option<Remedy>,
    /// Which bid is disqualified.
    pub bid_id: Option<String>,
}

/// The end of so many working days; none where no calendar tells: nobody's right to be heard hangs on one that is not loaded yet.
pub(super) async fn after_working_days(conn: &impl Conn, from: Instant, days: u32) -> Result<Option<Instant>> {
    let year = china_day(from).year();
    let calendar = calendar::read::calendar(conn, year..=year + 1).await?;
    told(calendar.half_open_period(from, days).map(|(_, end)| end))
}

/// The end of a term of calendar days; none where no calendar tells.
pub(crate) async fn after_days(conn: &impl Conn, from: Instant, days: u32) -> Result<Option<Instant>> {
    let year = china_day(from).year();
    told(calendar::read::calendar(conn, year..=year + 1).await?.end_of_term(from, days))
}

fn told(end: Result<Instant>) -> Result<Option<Instant>> {
    match end {
        Err(Error::CalendarNotLoaded(_)) => Ok(None),
        end => end.map(Some),
    }
}

/// A complaint that a supervisor goes on with, under its challenge's lock, and the leave to.
pub(super) async fn hearing(
    app: &App,
    txn: &Txn,
    viewer: &Viewer,
    complaint: ComplaintId,
    at: ComplaintStatus,
) -> Result<(Locked, MayHear)> {
    let challenge = store::complaint(txn, complaint).await?.challenge_id;
    let held = challenges::facts_of(txn, challenge, Lock::Update, &app.clock).await?;
    let row = store::complaint(txn, complaint).await?;
    let objection = store::objection_facts(&store::objection(txn, row.objection_id).await?);
    let took_part = events::read::took_part(txn, challenge, viewer.person()?.user).await?;
    let proof = policy::may_hear(viewer, &held.facts, (&objection, &store::complaint_facts(&row)), took_part, at)?;
    Ok((held, proof))
}

/// Reads what is ordered. Nothing is ordered of what is dismissed.
pub(super) async fn read(
    txn: &Txn,
    challenge: ChallengeId,
    (upheld, by): (bool, UserId),
    new: &NewRemedy,
    because: &str,
    faults: &mut Faults,
) -> Result<Option<Ordered>> {
    let Some(remedy) = new.remedy else {
        faults.check(new.bid_id.is_none(), "remedy", FaultCode::Required);
        return Ok(None);
    };
    faults.check(upheld, "remedy", FaultCode::OutOfRange);
    // Who has won a race already was scored in the same round.
    if remedy == Remedy::Rescore && !bids::in_states(txn, challenge, &[BidStatus::Won]).await?.is_empty() {
        faults.add("remedy", FaultCode::AfterAward);
    }
    let bid = new.bid_id.as_deref().and_then(|text| faults.id::<BidId>("bidId", text));
    let named = new.bid_id.is_some();
    faults.check(named == (remedy == Remedy::Disqualify), "bidId", FaultCode::BidNeeded);
    if let Some(bid) = bid {
        let states = [
            BidStatus::ProposedWinner,
            BidStatus::Shortlisted,
            BidStatus::NotShortlisted,
            BidStatus::Negotiating,
            BidStatus::FormalPassed,
        ];
        let known = bids::in_states(txn, challenge, &states).await?.iter().any(|row| row.id == bid);
        faults.check(known, "bidId", FaultCode::Unknown);
    }
    Ok(Some(Ordered { remedy, bid, by, because: because.to_owned() }))
}

/// What has come of the notice.
pub(super) struct Settled {
    /// The challenge's state now.
    pub(super) status: ChallengeStatus,
    /// Whether the notice is void.
    pub(super) void: bool,
}

/// An objection has been settled: with the last of them the notice goes on, or is void and what was ordered is carried out.
pub(super) async fn settle(
    app: &App,
    txn: &Txn,
    facts: &ChallengeFacts,
    notice: NoticeId,
    leads: (ChallengeStatus, ChallengeStatus),
    ruling: &MayFall,
    now: Instant,
) -> Result<Settled> {
    let void = match store::settle(txn, facts, notice, leads, now).await? {
        Outcome::Waiting => return Ok(Settled { status: facts.status(), void: false }),
        Outcome::Resumed => false,
        Outcome::Void => {
            timers::reset(txn, TimerKind::EndNotice, facts.id().uuid(), None).await?;
            let ordered = store::remedies(txn, notice).await?;
            carry_out(app, txn, facts.id(), ruling, &ordered, now).await?;
            true
        }
    };
    let row = challenges::locked(txn, facts.id(), Lock::Update).await?;
    Ok(Settled { status: row.status, void })
}

/// Carries out what was ordered, once the notice is void: bids fall first, then the panel scores what is left, or it is ranked anew. The
/// order of the ranking binds the next notice.
pub(super) async fn carry_out(
    app: &App,
    txn: &Txn,
    challenge: ChallengeId,
    ruling: &MayFall,
    ordered: &[Ordered],
    now: Instant,
) -> Result<()> {
    let fall = ordered.iter().filter(|one| one.remedy == Remedy::Disqualify);
    let fall: Vec<_> = fall.filter_map(|one| Some((one.bid?, ruling.given_by(one.by), one.because.as_str()))).collect();
    let rescore = ordered.iter().find(|one| one.remedy == Remedy::Rescore);
    let left = reviews::fell(app, txn, challenge, &fall, rescore.is_none()).await?;
    if let Some(rescore) = rescore.filter(|_| left) {
        reviews::reopen_review(txn, challenge, &ruling.given_by(rescore.by), now).await?;
    }
    Ok(())
}

/// Until when an objection can be complained about, where anything says.
pub(super) async fn complainable_until(conn: &impl Conn, row: &objection::Model, days: u32) -> Result<Option<Instant>> {
    match row.ruled_at.filter(|_| row.status == ObjectionStatus::Dismissed) {
        // Where no calendar tells, the time to complain does not run out.
        Some(ruled_at) => after_days(conn, ruled_at, days).await,
        None => Ok(None),
    }
}
