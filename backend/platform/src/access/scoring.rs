//! Scoring: who abstains, reopens a sheet, talks in the consensus round, explains a total, signs, and finds a bid unfit; who sees it.

use super::actor::Viewer;
use super::bids::{BidFacts, Standing, Ties, may_know, standing};
use super::challenges::{ChallengeFacts, WithoutWinner, organizer};
use super::reviews::{PanelFacts, Seat, SeatFacts, Sheet, sits};
use crate::base::id::{BidId, ChallengeId, PanelId, SeatId, SheetId, UserId};
use crate::base::words::{BidCommand, BidStatus, ChallengeCommand, ChallengeStatus, Role};
use crate::base::{Error, Reason, Result};

/// Leave to open a sheet again that was handed in.
#[derive(Debug)]
pub struct MayReopen {
    challenge: ChallengeId,
    bid: BidId,
    seat: SeatId,
    sheet: SheetId,
    by: UserId,
}

impl MayReopen {
    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// For which bid.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// From which seat.
    pub fn seat(&self) -> SeatId {
        self.seat
    }

    /// Which sheet.
    pub fn sheet(&self) -> SheetId {
        self.sheet
    }

    /// Who opens it.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `reopenScoreSheet`, first step: an organizer. The seat is looked up behind it, so that nobody else learns which there are.
pub fn may_reopen_any(viewer: &Viewer, bid: &BidFacts) -> Result<()> {
    viewer.person()?;
    may_know(standing(viewer, bid, Ties::default()), bid)?;
    organizer(viewer, bid.challenge())?;
    Ok(())
}

/// `reopenScoreSheet`: for a judge who sits, until the panel talks or the review is closed.
pub fn may_reopen(
    viewer: &Viewer,
    bid: &BidFacts,
    panel: Option<&PanelFacts>,
    seat: Option<&SeatFacts>,
    sheet: Sheet,
) -> Result<MayReopen> {
    viewer.person()?;
    may_know(standing(viewer, bid, Ties::default()), bid)?;
    let challenge = bid.challenge();
    let by = organizer(viewer, challenge)?.user;
    let seat = seat.filter(|seat| seat.challenge == challenge.id() && !seat.stepped_aside).ok_or(Error::Hidden)?;
    challenge.step(ChallengeCommand::Score)?;
    bid.step(BidCommand::Score)?;
    if seat.replaced {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    // Also where the panel has stopped talking, since one of it left: who sat then has read what the others gave.
    let talked = panel.and_then(|panel| panel.talked_at).is_some_and(|at| seat.seated_at <= at);
    if talked {
        return Err(Error::NotNow(Reason::ConsensusBegun));
    }
    match sheet {
        Sheet::Submitted(sheet) => {
            Ok(MayReopen { challenge: challenge.id(), bid: bid.id(), seat: seat.seat, sheet, by })
        }
        Sheet::Unwritten | Sheet::Begun(_) => Err(Error::NotNow(Reason::SheetOpen)),
    }
}

/// Whether there could be a sheet of a bid that an organizer opens again.
pub fn may_reopen_some(viewer: &Viewer, bid: &BidFacts, panel: Option<&PanelFacts>) -> Result<()> {
    may_reopen_any(viewer, bid)?;
    bid.challenge().step(ChallengeCommand::Score)?;
    bid.step(BidCommand::Score)?;
    match panel {
        Some(panel) if panel.handed_in > 0 && panel.chair.is_none() => Ok(()),
        Some(_) | None => Err(Error::NotNow(Reason::SheetOpen)),
    }
}

/// Leave to begin the consensus round.
#[derive(Debug)]
pub struct MayBeginConsensus {
    panel: PanelId,
    challenge: ChallengeId,
    by: UserId,
}

impl MayBeginConsensus {
    /// Of which panel.
    pub fn panel(&self) -> PanelId {
        self.panel
    }

    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who begins it.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `beginConsensus`: an organizer, where the notice said that the panel talks, once every sheet is in.
pub fn may_begin_consensus(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    panel: Option<&PanelFacts>,
) -> Result<MayBeginConsensus> {
    let by = organizer(viewer, challenge)?.user;
    challenge.step(ChallengeCommand::BeginConsensus)?;
    let panel = panel.ok_or(Error::NotNow(Reason::NotInThisState))?;
    if !panel.talks {
        return Err(Error::NotNow(Reason::NoConsensusRound));
    }
    panel.is_complete()?;
    if panel.chair.is_some() {
        return Err(Error::NotNow(Reason::ConsensusBegun));
    }
    Ok(MayBeginConsensus { panel: panel.panel, challenge: challenge.id(), by })
}

/// Leave to write down what the panel agreed on.
#[derive(Debug)]
pub struct MayAgree {
    challenge: ChallengeId,
    bid: BidId,
    seat: SeatId,
    by: UserId,
}

impl MayAgree {
    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// For which bid.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// The chair's seat.
    pub fn seat(&self) -> SeatId {
        self.seat
    }

    /// Who writes.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `submitConsensusSheet`: the chair, from the beginning of the consensus round until the review is closed; what is handed in again
/// takes the place of what was.
pub fn may_agree(viewer: &Viewer, bid: &BidFacts, seat: Seat, panel: Option<&PanelFacts>) -> Result<MayAgree> {
    let actor = viewer.person()?;
    let ties = Ties { bids_there: false, judges_there: sits(seat) };
    may_know(standing(viewer, bid, ties), bid)?;
    actor.needs(Role::Judge)?;
    let Seat::Declared(seat) = seat else { return Err(Error::NotYours(Reason::NotDrawn)) };
    let challenge = bid.challenge();
    challenge.step(ChallengeCommand::Score)?;
    bid.step(BidCommand::Score)?;
    match panel.and_then(|panel| panel.chair) {
        None => Err(Error::NotNow(Reason::ConsensusNotBegun)),
        Some(chair) if chair != seat => Err(Error::NotYours(Reason::NotChair)),
        Some(seat) => Ok(MayAgree { challenge: challenge.id(), bid: bid.id(), seat, by: actor.user }),
    }
}

/// What is to be explained of a sheet. Made by `reviews` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deviation {
    /// Its total lies with the panel's, or there is none.
    Near,
    /// It lies far from the panel's, and why is not said yet.
    Far,
    /// It lies far from the panel's, and why has been said.
    Explained,
}

/// Leave to say why a total lies far from the panel's.
#[derive(Debug)]
pub struct MayExplain {
    challenge: ChallengeId,
    bid: BidId,
    sheet: SheetId,
    by: UserId,
}

impl MayExplain {
    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// For which bid.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// Which sheet.
    pub fn sheet(&self) -> SheetId {
        self.sheet
    }

    /// Who explains.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `explainDeviation`: the judge who wrote the sheet, once the round has ended and until the notice. Before the end of the round to ask
/// would tell what the others gave.
pub fn may_explain(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    (bid, sheet): (BidId, SheetId),
    seat: Seat,
    deviation: Deviation,
) -> Result<MayExplain> {
    let by = judge_there(viewer, challenge, seat)?;
    challenge.step(ChallengeCommand::ExplainDeviation)?;
    match deviation {
        Deviation::Near => Err(Error::NotNow(Reason::NothingToExplain)),
        Deviation::Explained => Err(Error::NotNow(Reason::AlreadyExplained)),
        Deviation::Far => Ok(MayExplain { challenge: challenge.id(), bid, sheet, by }),
    }
}

/// Leave to sign the review.
#[derive(Debug)]
pub struct MaySign {
    challenge: ChallengeId,
    seat: SeatId,
    by: UserId,
}

impl MaySign {
    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// From which seat.
    pub fn seat(&self) -> SeatId {
        self.seat
    }

    /// Who signs.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `signReview`: a judge who sits, once, from the end of the round until the notice (招标投标法实施条例 53).
pub fn may_sign(viewer: &Viewer, challenge: &ChallengeFacts, seat: Seat, signed: bool) -> Result<MaySign> {
    let by = judge_there(viewer, challenge, seat)?;
    challenge.step(ChallengeCommand::SignReview)?;
    match seat {
        Seat::Declared(seat) if !signed => Ok(MaySign { challenge: challenge.id(), seat, by }),
        _ => Err(Error::NotNow(Reason::AlreadySigned)),
    }
}

/// A judge who sits on the panel, free of conflicts.
fn judge_there(viewer: &Viewer, challenge: &ChallengeFacts, seat: Seat) -> Result<UserId> {
    let actor = viewer.person()?;
    super::challenges::may_see(viewer, challenge)?;
    actor.needs(Role::Judge)?;
    match seat {
        Seat::Declared(_) => Ok(actor.user),
        Seat::SteppedAside => Err(Error::NotYours(Reason::SteppedAside)),
        Seat::None | Seat::Drawn(_) | Seat::Replaced => Err(Error::NotYours(Reason::NotDrawn)),
    }
}

/// Leave to find a bid unfit.
#[derive(Debug)]
pub struct MayDisqualify {
    challenge: ChallengeId,
    bid: BidId,
    by: UserId,
    to: BidStatus,
    failed: ChallengeStatus,
}

impl MayDisqualify {
    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Which bid.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// Who finds it.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state that the bid goes to.
    pub fn to(&self) -> BidStatus {
        self.to
    }

    /// The state that the challenge goes to where no bid is left that could win.
    pub fn failed(&self) -> ChallengeStatus {
        self.failed
    }

    /// No bid is left that could win.
    pub(crate) fn lost(&self) -> WithoutWinner {
        WithoutWinner { challenge: self.challenge, by: self.by }
    }
}

/// Word that a bid falls by a ruling on an objection or a complaint, and whose ruling it is. Made from the proof of the ruling.
#[derive(Debug)]
pub struct MayFall {
    by: UserId,
}

impl MayFall {
    pub(super) fn by_ruling(by: UserId) -> Self {
        Self { by }
    }

    /// The bid falls, whatever it has come to, as by two organizers; none where it has fallen or been settled before.
    pub(crate) fn disqualifies(&self, bid: &BidFacts) -> Option<MayDisqualify> {
        let to = bid.step(BidCommand::Disqualify).ok()?;
        let failed = ChallengeStatus::Failed;
        Some(MayDisqualify { challenge: bid.challenge().id(), bid: bid.id(), by: self.by, to, failed })
    }

    /// The same of another's ruling, which is carried out with this one.
    pub(crate) fn given_by(&self, by: UserId) -> Self {
        Self { by }
    }

    /// Who rules.
    pub(crate) fn by(&self) -> UserId {
        self.by
    }
}

/// `disqualifyBid`: an organizer, of a bid that has passed its formal check, until it is proposed; it takes two.
pub fn may_disqualify(viewer: &Viewer, bid: &BidFacts) -> Result<MayDisqualify> {
    viewer.person()?;
    may_know(standing(viewer, bid, Ties::default()), bid)?;
    let challenge = bid.challenge();
    let by = organizer(viewer, challenge)?.user;
    challenge.step(ChallengeCommand::DisqualifyBid)?;
    let to = bid.step(BidCommand::Disqualify)?;
    let failed = challenge.step(ChallengeCommand::Fail)?;
    Ok(MayDisqualify { challenge: challenge.id(), bid: bid.id(), by, to, failed })
}

/// Where a bid goes that another's fall has ranked anew: nowhere where it stays what it is. The lowest price only rises by that, so that
/// no mark falls, and no bid that passed fails.
pub fn settled_again(bid: &BidFacts, passed: bool) -> Option<BidStatus> {
    match (bid.status(), passed) {
        (BidStatus::NotShortlisted, true) => bid.step(BidCommand::Shortlist).ok(),
        _ => None,
    }
}

/// Its bidder, organizers and supervisors read why a bid was found unfit; what one organizer alone has found, the last two.
pub fn sees_disqualification(standing: Standing, confirmed: bool) -> bool {
    match standing {
        Standing::Organizer | Standing::Supervisor => true,
        Standing::Bidder => confirmed,
        Standing::Department | Standing::Judge | Standing::Rival | Standing::Public => false,
    }
}
