//! Reviews: who may draw, declare, mark and close; who sees the panel, the sheets and the ranking.

use super::actor::Viewer;
use super::bids::{BidFacts, Ties, may_know, own_of, standing};
use super::challenges::{ChallengeFacts, Reach, WithoutWinner, organizer, organizes, oversees};
use crate::base::id::{BidId, ChallengeId, OrganizationId, PanelId, SeatId, SheetId, UserId};
use crate::base::words::{BidCommand, BidStatus, ChallengeCommand, ChallengeStatus, Role};
use crate::base::{Error, Instant, Reason, Result};

/// What policy asks of a panel. Made by `reviews::store` alone.
#[derive(Clone, Debug)]
pub struct PanelFacts {
    pub(crate) panel: PanelId,
    /// Whether it has been drawn.
    pub(crate) drawn: bool,
    /// How many judges the challenge's rules ask for.
    pub(crate) size: u32,
    /// Opened bids without a formal check.
    pub(crate) unchecked: u64,
    /// Bids to be scored.
    pub(crate) passed: u64,
    /// Judges who sit: drawn, neither stepped aside nor replaced.
    pub(crate) seated: u64,
    /// Of these, who has declared to be free of conflicts.
    pub(crate) declared: u64,
    /// Sheets that those have handed in for the bids to be scored, abstentions among them.
    pub(crate) handed_in: u64,
    /// Bids to be scored that have fewer sheets with marks than the rules ask for.
    pub(crate) thin: u64,
    /// Whether the notice said that the panel talks once every sheet is in.
    pub(crate) talks: bool,
    /// Who leads it; none before it talks.
    pub(crate) chair: Option<SeatId>,
    /// When it last began to talk, whether or not it still does.
    pub(crate) talked_at: Option<Instant>,
    /// Bids to be scored on which it has agreed.
    pub(crate) agreed: u64,
}

impl PanelFacts {
    /// That every seat is filled, everybody on one has declared, every sheet is in, and every bid has been marked often enough.
    pub(super) fn is_complete(&self) -> Result<()> {
        if !self.drawn {
            return Err(Error::NotNow(Reason::NotDrawnYet));
        }
        let size = u64::from(self.size);
        if self.seated != size {
            return Err(Error::NotNow(Reason::SeatVacant));
        }
        if self.declared != size || self.handed_in != size * self.passed {
            return Err(Error::NotNow(Reason::SheetsMissing));
        }
        if self.thin > 0 {
            return Err(Error::NotNow(Reason::TooFewSheets));
        }
        Ok(())
    }
}

/// How a person stands to the panel of a challenge. Made by `reviews::store` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Was not drawn.
    None,
    /// Was drawn and has not yet declared.
    Drawn(SeatId),
    /// Sits, free of conflicts.
    Declared(SeatId),
    /// Stepped aside: out of the whole challenge.
    SteppedAside,
    /// Was replaced.
    Replaced,
}

/// A seat, as an organizer names it. Made by `reviews::store` alone.
#[derive(Clone, Copy, Debug)]
pub struct SeatFacts {
    pub(crate) seat: SeatId,
    pub(crate) challenge: ChallengeId,
    pub(crate) seated_at: Instant,
    pub(crate) stepped_aside: bool,
    pub(crate) replaced: bool,
}

/// A judge's sheet for a bid. Made by `reviews::store` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// Nothing has been written.
    Unwritten,
    /// Begun.
    Begun(SheetId),
    /// Handed in, and final.
    Submitted(SheetId),
}

/// Leave to draw a panel.
#[derive(Debug)]
pub struct MayDraw {
    panel: PanelId,
    challenge: ChallengeId,
    by: UserId,
    size: u32,
}

impl MayDraw {
    /// Which panel.
    pub fn panel(&self) -> PanelId {
        self.panel
    }

    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who draws.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// How many judges.
    pub fn size(&self) -> u32 {
        self.size
    }
}

/// `drawPanel`: an organizer, once, when every bid has been checked.
pub fn may_draw(viewer: &Viewer, challenge: &ChallengeFacts, panel: Option<&PanelFacts>) -> Result<MayDraw> {
    let by = organizer(viewer, challenge)?.user;
    challenge.step(ChallengeCommand::DrawPanel)?;
    let panel = panel.ok_or(Error::NotNow(Reason::NotInThisState))?;
    if panel.drawn {
        return Err(Error::NotNow(Reason::AlreadyDrawn));
    }
    if panel.unchecked > 0 {
        return Err(Error::NotNow(Reason::BidsUnchecked));
    }
    Ok(MayDraw { panel: panel.panel, challenge: challenge.id(), by, size: panel.size })
}

macro_rules! seat_proofs {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name { challenge: ChallengeId, seat: SeatId, by: UserId }
        impl $name {
            /// Of which challenge.
            pub fn challenge(&self) -> ChallengeId { self.challenge }
            /// Which seat.
            pub fn seat(&self) -> SeatId { self.seat }
            /// Who acts.
            pub fn by(&self) -> UserId { self.by }
        }
    )+};
}

seat_proofs! {
    /// Leave to declare on the own seat.
    MayDeclare,
    /// Leave to replace the judge on a seat.
    MayReplace,
}

/// `declareInterest`: a judge who was drawn, once.
pub fn may_declare(viewer: &Viewer, challenge: &ChallengeFacts, seat: Seat) -> Result<MayDeclare> {
    let actor = viewer.person()?;
    super::challenges::may_see(viewer, challenge)?;
    actor.needs(Role::Judge)?;
    match seat {
        Seat::None | Seat::Replaced => Err(Error::NotYours(Reason::NotDrawn)),
        Seat::SteppedAside => Err(Error::NotYours(Reason::SteppedAside)),
        Seat::Declared(_) => {
            challenge.step(ChallengeCommand::DeclareInterest)?;
            Err(Error::NotNow(Reason::AlreadyDeclared))
        }
        Seat::Drawn(seat) => {
            challenge.step(ChallengeCommand::DeclareInterest)?;
            Ok(MayDeclare { challenge: challenge.id(), seat, by: actor.user })
        }
    }
}

/// Leave to replace some judge of a challenge: the seat is looked up behind it, so that nobody else learns which seats there are.
#[derive(Debug)]
pub struct MayLookUpSeat {
    challenge: ChallengeId,
    by: UserId,
}

/// `replaceJudge`, first step: an organizer.
pub fn may_look_up_seat(viewer: &Viewer, challenge: &ChallengeFacts) -> Result<MayLookUpSeat> {
    let by = organizer(viewer, challenge)?.user;
    Ok(MayLookUpSeat { challenge: challenge.id(), by })
}

/// `replaceJudge`: a judge who sits. That somebody stepped aside is for supervisors.
pub fn may_replace(leave: MayLookUpSeat, challenge: &ChallengeFacts, seat: Option<&SeatFacts>) -> Result<MayReplace> {
    let seat = seat.filter(|seat| seat.challenge == leave.challenge && !seat.stepped_aside).ok_or(Error::Hidden)?;
    challenge.step(ChallengeCommand::ReplaceJudge)?;
    if seat.replaced {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    Ok(MayReplace { challenge: leave.challenge, seat: seat.seat, by: leave.by })
}

/// Whether there is somebody on the panel whom `replaceJudge` could be about.
pub fn may_replace_some(viewer: &Viewer, challenge: &ChallengeFacts, panel: Option<&PanelFacts>) -> Result<()> {
    organizer(viewer, challenge)?;
    challenge.step(ChallengeCommand::ReplaceJudge)?;
    if panel.is_some_and(|panel| panel.seated > 0) { Ok(()) } else { Err(Error::NotNow(Reason::NotDrawnYet)) }
}

/// Leave to mark a bid.
#[derive(Debug)]
pub struct MayMark {
    bid: BidId,
    challenge: ChallengeId,
    seat: SeatId,
    sheet: Option<SheetId>,
    by: UserId,
}

impl MayMark {
    /// Which bid.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// From which seat.
    pub fn seat(&self) -> SeatId {
        self.seat
    }

    /// The sheet, if one has been begun.
    pub fn sheet(&self) -> Option<SheetId> {
        self.sheet
    }

    /// Who marks.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `saveScoreSheet`, `submitScoreSheet` and `abstainFromBid`: a judge who sits and has declared, for a bid that passed the formal check, until the
/// sheet is handed in. Who has not declared may not know that the bid exists.
pub fn may_mark(viewer: &Viewer, bid: &BidFacts, seat: Seat, sheet: Sheet) -> Result<MayMark> {
    let actor = viewer.person()?;
    let ties = Ties { bids_there: false, judges_there: sits(seat) };
    may_know(standing(viewer, bid, ties), bid)?;
    actor.needs(Role::Judge)?;
    let seat = match seat {
        Seat::None | Seat::Replaced => return Err(Error::NotYours(Reason::NotDrawn)),
        Seat::SteppedAside => return Err(Error::NotYours(Reason::SteppedAside)),
        Seat::Drawn(_) => return Err(Error::NotNow(Reason::DeclareFirst)),
        Seat::Declared(seat) => seat,
    };
    let challenge = bid.challenge();
    challenge.step(ChallengeCommand::Score)?;
    bid.step(BidCommand::Score)?;
    let sheet = match sheet {
        Sheet::Unwritten => None,
        Sheet::Begun(sheet) => Some(sheet),
        Sheet::Submitted(_) => return Err(Error::NotNow(Reason::SheetSubmitted)),
    };
    Ok(MayMark { bid: bid.id(), challenge: challenge.id(), seat, sheet, by: actor.user })
}

/// Whether somebody sits on the panel, free of conflicts.
pub fn sits(seat: Seat) -> bool {
    match seat {
        Seat::Declared(_) => true,
        Seat::None | Seat::Drawn(_) | Seat::SteppedAside | Seat::Replaced => false,
    }
}

/// Leave to close a review.
#[derive(Debug)]
pub struct MayClose {
    panel: PanelId,
    challenge: ChallengeId,
    by: UserId,
    to: ChallengeStatus,
    failed: ChallengeStatus,
}

impl MayClose {
    /// Of which panel.
    pub fn panel(&self) -> PanelId {
        self.panel
    }

    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who closes.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state that the challenge goes to.
    pub fn to(&self, any_passed: bool) -> ChallengeStatus {
        if any_passed { self.to } else { self.failed }
    }

    /// No bid passes.
    pub(crate) fn lost(&self) -> WithoutWinner {
        WithoutWinner { challenge: self.challenge, by: self.by }
    }

    /// The state that a bid goes to: scored first, then short-listed or set aside.
    pub fn settled(&self, bid: &BidFacts, passed: bool) -> Result<BidStatus> {
        let scored = bid.step(BidCommand::Score)?;
        let settle = if passed { BidCommand::Shortlist } else { BidCommand::SetAside };
        (bid.next)(scored, settle).ok_or(Error::NotNow(Reason::NotInThisState))
    }
}

/// `closeReview`: an organizer, when the panel's work is complete, and where it talks, it has agreed on every bid.
pub fn may_close(viewer: &Viewer, challenge: &ChallengeFacts, panel: Option<&PanelFacts>) -> Result<MayClose> {
    let by = organizer(viewer, challenge)?.user;
    let to = challenge.step(ChallengeCommand::CloseReview)?;
    let failed = challenge.step(ChallengeCommand::Fail)?;
    let panel = panel.ok_or(Error::NotNow(Reason::NotInThisState))?;
    panel.is_complete()?;
    if panel.talks && panel.chair.is_none() {
        return Err(Error::NotNow(Reason::ConsensusNotBegun));
    }
    if panel.talks && panel.agreed != panel.passed {
        return Err(Error::NotNow(Reason::ConsensusMissing));
    }
    Ok(MayClose { panel: panel.panel, challenge: challenge.id(), by, to, failed })
}

/// How much of a panel a viewer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelSight {
    /// Every seat with its judge, those stepped aside and replaced too.
    All,
    /// Who sits, by name once declared, and how far each has come.
    Staff,
    /// Who sits, by name.
    Names,
    /// The record of the draw, without judges.
    Record,
    /// Nothing: who stepped aside is out of the challenge.
    Nothing,
}

/// How much of a panel the viewer is shown; `noticed`: the first notice is out.
pub fn panel_sight(viewer: &Viewer, department: OrganizationId, seat: Seat, noticed: bool) -> PanelSight {
    if viewer.is(Role::Supervisor) {
        PanelSight::All
    } else if organizes(viewer).has(department) {
        PanelSight::Staff
    } else if noticed {
        PanelSight::Names
    } else if seat == Seat::SteppedAside {
        PanelSight::Nothing
    } else {
        PanelSight::Record
    }
}

impl PanelSight {
    /// Whether a seat is shown: `sits`, neither stepped aside nor replaced.
    pub fn shows_seat(self, sits: bool) -> bool {
        match self {
            Self::All => true,
            Self::Staff | Self::Names => sits,
            Self::Record | Self::Nothing => false,
        }
    }

    /// Whether it is told who sits on a seat that is shown: to others than supervisors once the judge has declared.
    pub fn names(self, declared: bool) -> bool {
        match self {
            Self::All => true,
            Self::Staff | Self::Names => declared,
            Self::Record | Self::Nothing => false,
        }
    }

    /// Whether it is told who stepped aside or was replaced, why, and by whom.
    pub fn tells_departures(self) -> bool {
        match self {
            Self::All => true,
            Self::Staff | Self::Names | Self::Record | Self::Nothing => false,
        }
    }

    /// Whether it is told how far each judge has come and, once the round has ended, how they agree.
    pub fn tells_work(self) -> bool {
        match self {
            Self::All | Self::Staff => true,
            Self::Names | Self::Record | Self::Nothing => false,
        }
    }

    /// Whether the panel is shown at all.
    pub fn shows_panel(self) -> bool {
        self != Self::Nothing
    }
}

/// Whether the record of the draw is out (seed, candidates, who was excluded, pseudonyms): for everybody alike, with the first
/// notice.
pub fn tells_draw(noticed: bool) -> bool {
    noticed
}

/// Whether the viewer is told how the judges agree: who sees their work once the round has ended, everybody after the award.
pub fn sees_statistics(sight: PanelSight, closed: bool, awarded: bool) -> bool {
    closed && (awarded || sight.tells_work())
}

/// Whether the viewer is told whose sheets are whose, the own ones apart.
pub fn sees_judges(viewer: &Viewer, department: OrganizationId) -> bool {
    oversees(viewer).has(department)
}

/// Whether the viewer is told whose sheet it is: the judge, organizers and supervisors.
pub fn sees_judge(viewer: &Viewer, department: OrganizationId, judge: UserId) -> bool {
    viewer.user() == Some(judge) || sees_judges(viewer, department)
}

/// Whose judge's work is the viewer's own.
pub fn judge(viewer: &Viewer) -> Option<UserId> {
    viewer.actor().filter(|actor| actor.has(Role::Judge)).map(|actor| actor.user)
}

/// How far a review has come. Made of what the panel and the notice say.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// The panel talks, or has talked.
    pub talks: bool,
    /// The round has ended.
    pub closed: bool,
    /// The notice that holds is over.
    pub notice_over: bool,
}

/// Of which bids a viewer sees what came of the review, once the round has ended; after the award everybody sees it of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeesResults {
    /// Of all in the challenges that it reaches.
    pub overseen: Reach,
    /// Of this organization's, once the notice is over.
    pub own: Option<OrganizationId>,
}

/// Organizers and supervisors once the round has ended, its bidder when the notice is over, everybody after the award.
pub fn sees_results(viewer: &Viewer) -> SeesResults {
    SeesResults { overseen: oversees(viewer), own: own_of(viewer) }
}

/// Whether the viewer sees what came of the review of this bid: its line of the ranking, and the sheets handed in:
/// [`sees_results`].
pub fn may_see_result(viewer: &Viewer, bid: &BidFacts, round: Round) -> bool {
    let sees = sees_results(viewer);
    round.closed
        && (bid.awarded
            || sees.overseen.has(bid.challenge.department())
            || (round.notice_over && sees.own == Some(bid.bidder)))
}

/// Whether the viewer sees the sheet of a judge who sits: the judge at any time, others what was handed in: who sits on the panel once
/// it talks, the rest as [`may_see_result`] says. What replaced judges wrote is nobody's.
pub fn may_see_sheet(viewer: &Viewer, bid: &BidFacts, by: UserId, handed_in: bool, round: Round, seat: Seat) -> bool {
    let talks = round.talks && judge(viewer).is_some() && sits(seat);
    judge(viewer) == Some(by) || (handed_in && (talks || may_see_result(viewer, bid, round)))
}

/// Whether the viewer sees what the panel agreed on for a bid: who sits on it at any time, the rest as [`may_see_result`] says.
pub fn may_see_consensus(viewer: &Viewer, bid: &BidFacts, round: Round, seat: Seat) -> bool {
    round.talks && ((judge(viewer).is_some() && sits(seat)) || may_see_result(viewer, bid, round))
}
