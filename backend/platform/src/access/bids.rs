//! Bids: that there is one is its bidder's alone until the opening.

use super::actor::{Actor, Power, Viewer};
use super::challenges::{ChallengeFacts, WithoutWinner, organizer, verified_bidder};
use crate::base::id::{BidId, ChallengeId, ConsentId, OrganizationId, UserId};
use crate::base::words::{AmendmentResponse, BidCommand, BidStatus, ChallengeCommand, ChallengeStatus, Role};
use crate::base::{Error, Instant, Reason, Result};

/// What policy asks of a bid. Made by `bids::store` alone.
#[derive(Clone, Debug)]
pub struct BidFacts {
    pub(crate) id: BidId,
    pub(crate) challenge: ChallengeFacts,
    pub(crate) bidder: OrganizationId,
    pub(crate) status: BidStatus,
    /// Where a command leads from there.
    pub(crate) next: fn(BidStatus, BidCommand) -> Option<BidStatus>,
    pub(crate) version: i32,
    pub(crate) in_force: Option<i32>,
    /// Whether the challenge has been awarded.
    pub(crate) awarded: bool,
    /// What a material amendment asks of its bidder before what was handed in counts again.
    pub(crate) asked: Option<AmendmentResponse>,
}

impl BidFacts {
    /// Which bid.
    pub fn id(&self) -> BidId {
        self.id
    }

    /// Its challenge.
    pub fn challenge(&self) -> &ChallengeFacts {
        &self.challenge
    }

    /// Whose it is.
    pub fn bidder(&self) -> OrganizationId {
        self.bidder
    }

    /// Its state.
    pub fn status(&self) -> BidStatus {
        self.status
    }

    /// The optimistic lock, moved by its bidder's edits alone.
    pub fn version(&self) -> i32 {
        self.version
    }

    /// What a material amendment asks of its bidder; none: what was handed in counts.
    pub fn asked(&self) -> Option<AmendmentResponse> {
        self.asked
    }

    /// The submission that counts.
    pub fn in_force(&self) -> Option<i32> {
        self.in_force
    }

    pub(crate) fn step(&self, command: BidCommand) -> Result<BidStatus> {
        (self.next)(self.status, command).ok_or(Error::NotNow(Reason::NotInThisState))
    }
}

/// How a viewer stands to the bids of a challenge besides the roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ties {
    /// The viewer's organization has a bid there that was opened.
    pub bids_there: bool,
    /// The viewer was drawn, has declared to be free of conflicts, and still sits.
    pub judges_there: bool,
}

/// How a viewer stands to one bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Acts for its bidder.
    Bidder,
    /// Runs the process.
    Organizer,
    /// Watches the process.
    Supervisor,
    /// Acts for the department whose scenario it is.
    Department,
    /// Sits on the panel.
    Judge,
    /// Acts for another bidder of the challenge.
    Rival,
    /// Anybody else.
    Public,
}

/// How the viewer stands to the bid.
pub fn standing(viewer: &Viewer, facts: &BidFacts, ties: Ties) -> Standing {
    if own_of(viewer) == Some(facts.bidder) {
        Standing::Bidder
    } else if viewer.acts_for(Role::Demander) == Some(facts.challenge.department()) {
        // Also for an organizer of that department: nobody stands on both sides.
        Standing::Department
    } else if viewer.is(Role::Organizer) {
        Standing::Organizer
    } else if viewer.is(Role::Supervisor) {
        Standing::Supervisor
    } else if viewer.is(Role::Judge) && ties.judges_there {
        Standing::Judge
    } else if viewer.is(Role::Bidder) && ties.bids_there {
        Standing::Rival
    } else {
        Standing::Public
    }
}

/// Which bids a viewer may know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeesBids {
    /// Every one of this organization.
    pub own: Option<OrganizationId>,
    /// Of those that were opened.
    pub opened: SeesOpened,
}

/// Which opened bids a viewer may know of, besides what everybody knows from the notice and the award on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeesOpened {
    /// All.
    All,
    /// Where the viewer has a part.
    Where {
        /// In the challenges of this department.
        department: Option<OrganizationId>,
        /// Where the viewer sits on the panel, having declared.
        judges: bool,
        /// Where this organization has an opened bid, too.
        rival: Option<OrganizationId>,
    },
}

/// Which bids the viewer may know of: [`may_know`], before there is a bid to ask about.
pub fn sees(viewer: &Viewer) -> SeesBids {
    let opened = if viewer.is(Role::Organizer) || viewer.is(Role::Supervisor) {
        SeesOpened::All
    } else {
        SeesOpened::Where {
            department: viewer.acts_for(Role::Demander),
            judges: viewer.is(Role::Judge),
            rival: own_of(viewer),
        }
    };
    SeesBids { own: own_of(viewer), opened }
}

/// Whose bids are the viewer's own.
pub fn own_of(viewer: &Viewer) -> Option<OrganizationId> {
    viewer.acts_for(Role::Bidder)
}

/// Whether the viewer is given a list of bids, however empty: from the opening on everybody, before it a bidder, for its own.
pub fn may_list(viewer: &Viewer, challenge: &ChallengeFacts) -> bool {
    challenge.opened() || own_of(viewer).is_some()
}

/// Whether the number of bids is told: to nobody before the opening, to everybody after it.
pub fn tells_count(challenge: &ChallengeFacts) -> bool {
    challenge.opened()
}

/// Whether the viewer may know that this bid exists.
pub fn may_know(standing: Standing, facts: &BidFacts) -> Result<()> {
    if standing == Standing::Bidder {
        return Ok(());
    }
    let handed_in = match facts.status {
        BidStatus::Draft | BidStatus::Submitted | BidStatus::Withdrawn => false,
        BidStatus::Opened
        | BidStatus::FormalPassed
        | BidStatus::FormalFailed
        | BidStatus::Scored
        | BidStatus::Shortlisted
        | BidStatus::NotShortlisted
        | BidStatus::Negotiating
        | BidStatus::ProposedWinner
        | BidStatus::Won
        | BidStatus::Lost
        | BidStatus::Disqualified => true,
    };
    let known = facts.challenge.opened()
        && handed_in
        && match standing {
            Standing::Bidder
            | Standing::Organizer
            | Standing::Supervisor
            | Standing::Department
            | Standing::Judge
            | Standing::Rival => true,
            Standing::Public => facts.awarded || matches!(facts.status, BidStatus::ProposedWinner | BidStatus::Won),
        };
    if known { Ok(()) } else { Err(Error::Hidden) }
}

/// The state as this viewer is told it: before the notice the result is told by no state, and the formal check is for its
/// bidder, the organizers and the supervisors.
pub fn shown_status(standing: Standing, facts: &BidFacts) -> BidStatus {
    use BidStatus::{FormalFailed, FormalPassed, Negotiating, Opened};
    let challenge = facts.challenge.phase();
    let undecided = match challenge {
        ChallengeStatus::Reviewing => Some(FormalPassed),
        // Called off without a notice: nobody was told a result.
        ChallengeStatus::Negotiating | ChallengeStatus::Cancelled => Some(Negotiating),
        _ => None,
    };
    let scored = matches!(
        facts.status,
        BidStatus::Scored
            | BidStatus::Shortlisted
            | BidStatus::NotShortlisted
            | BidStatus::Negotiating
            | BidStatus::ProposedWinner
    );
    match standing {
        Standing::Organizer | Standing::Supervisor => facts.status,
        Standing::Bidder => undecided.filter(|_| scored).unwrap_or(facts.status),
        Standing::Department if challenge == ChallengeStatus::Reviewing => Opened,
        Standing::Department if facts.status == FormalFailed && !facts.awarded => Opened,
        Standing::Department => facts.status,
        // What has fallen is out of the judge's tasks: the state says no less.
        Standing::Judge if challenge == ChallengeStatus::Reviewing && facts.status == BidStatus::Disqualified => {
            facts.status
        }
        Standing::Judge if challenge == ChallengeStatus::Reviewing && facts.status != FormalFailed => FormalPassed,
        // Until the award nothing but who is proposed: a mask with exceptions would tell by them.
        Standing::Judge | Standing::Rival | Standing::Public
            if facts.awarded || (undecided.is_none() && facts.status == BidStatus::ProposedWinner) =>
        {
            facts.status
        }
        Standing::Judge | Standing::Rival | Standing::Public => Opened,
    }
}

/// Leave to read the content of a bid.
#[derive(Debug)]
pub struct MayRead(());

/// Its bidder sees the draft and the receipt with its salt.
pub fn sees_own(standing: Standing) -> bool {
    standing == Standing::Bidder
}

/// Its bidder reads the own draft, and the own sealed bid with the recovery key.
pub fn may_read_own(viewer: &Viewer, facts: &BidFacts) -> Result<MayRead> {
    own(viewer, facts, Ties::default())?;
    Ok(MayRead(()))
}

/// What was opened: its bidder, organizers, supervisors and declared judges; the department from the negotiation on.
pub fn may_read_opened(standing: Standing, facts: &BidFacts) -> Result<MayRead> {
    may_know(standing, facts)?;
    let opened = facts.challenge.opened();
    let reads = match standing {
        Standing::Bidder | Standing::Organizer | Standing::Supervisor | Standing::Judge => true,
        Standing::Department => match facts.challenge.phase() {
            ChallengeStatus::Negotiating
            | ChallengeStatus::Publicity
            | ChallengeStatus::Suspended
            | ChallengeStatus::Awarded
            | ChallengeStatus::Executing
            | ChallengeStatus::Completed
            | ChallengeStatus::Terminated => true,
            ChallengeStatus::Draft
            | ChallengeStatus::Submitted
            | ChallengeStatus::Arguing
            | ChallengeStatus::Returned
            | ChallengeStatus::Rejected
            | ChallengeStatus::Approved
            | ChallengeStatus::Published
            | ChallengeStatus::Closed
            | ChallengeStatus::Reviewing
            | ChallengeStatus::Failed
            | ChallengeStatus::Cancelled => false,
        },
        Standing::Rival | Standing::Public => false,
    };
    if opened && reads { Ok(MayRead(())) } else { Err(Error::NotYours(Reason::RoleNeeded)) }
}

/// The platform itself reads what it has been given leave to open.
pub(crate) fn may_read_opening(_: &MayOpen) -> MayRead {
    MayRead(())
}

/// The platform itself reads a draft that it has been given leave to seal.
pub(crate) fn may_read_sealing(_: &MaySubmit) -> MayRead {
    MayRead(())
}

/// Who bids is hidden from the judges of a blind review until it is closed, and of those who did not win from everybody where the notice
/// said that they stay under their labels.
pub fn sees_bidder(standing: Standing, facts: &BidFacts) -> bool {
    let won = matches!(facts.status, BidStatus::ProposedWinner | BidStatus::Won);
    if standing == Standing::Public && !won && !facts.challenge.others_named {
        return false;
    }
    let hidden = facts.challenge.blind && facts.challenge.phase() == ChallengeStatus::Reviewing;
    !(hidden && standing == Standing::Judge)
}

/// How much of an opened bid is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// All of it.
    Whole,
    /// What does not say whose it is.
    Blind,
}

/// How much of an opened bid whoever may read it reads.
pub fn reads(standing: Standing, facts: &BidFacts) -> Reads {
    if sees_bidder(standing, facts) { Reads::Whole } else { Reads::Blind }
}

/// Its bidder, organizers and supervisors see the formal check.
pub fn sees_check(standing: Standing, facts: &BidFacts) -> bool {
    let looks_after = matches!(standing, Standing::Bidder | Standing::Organizer | Standing::Supervisor);
    looks_after && facts.challenge.opened() && may_know(standing, facts).is_ok()
}

/// Whether the viewer is told which officers opened the bids of a challenge: who runs or watches it, its department, and whoever bids
/// there (招标投标法 36: the opening is recorded, and bidders may read the record).
pub fn sees_openers(viewer: &Viewer, challenge: &ChallengeFacts, bids_there: bool) -> bool {
    let department = viewer.acts_for(Role::Demander) == Some(challenge.department());
    let runs = viewer.is(Role::Organizer) || viewer.is(Role::Supervisor);
    runs || department || (viewer.is(Role::Bidder) && bids_there)
}

/// Organizers and supervisors see what one organizer has found and another has still to find.
pub fn sees_finding(standing: Standing, facts: &BidFacts) -> bool {
    matches!(standing, Standing::Organizer | Standing::Supervisor) && sees_check(standing, facts)
}

fn own<'a>(viewer: &'a Viewer, facts: &BidFacts, ties: Ties) -> Result<&'a Actor> {
    let actor = viewer.person()?;
    may_know(standing(viewer, facts, ties), facts)?;
    actor.needs(Role::Bidder)?;
    if actor.acts_for(Role::Bidder) == Some(facts.bidder) {
        Ok(actor)
    } else {
        Err(Error::NotYours(Reason::NotBidderHere))
    }
}

/// Leave to draft a bid.
#[derive(Debug)]
pub struct MayDraftBid {
    challenge: ChallengeId,
    bidder: OrganizationId,
    by: UserId,
}

impl MayDraftBid {
    /// On which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// For which organization.
    pub fn bidder(&self) -> OrganizationId {
        self.bidder
    }

    /// Who drafts.
    pub fn by(&self) -> UserId {
        self.by
    }
}

macro_rules! proofs {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name { bid: BidId, by: UserId, to: BidStatus }
        impl $name {
            /// The bid that the proof is about.
            pub fn bid(&self) -> BidId { self.bid }
            /// Who acts.
            pub fn by(&self) -> UserId { self.by }
            /// The state that the act leads to.
            pub fn to(&self) -> BidStatus { self.to }
        }
    )+};
}

proofs! {
    /// Leave to revise the own bid.
    MayReviseBid,
    /// Leave to hand the own bid in.
    MaySubmit,
    /// Leave to take the own bid back.
    MayWithdraw,
    /// Leave to let the own bid stand as it is behind an amendment.
    MayConfirm,
}

/// Leave to put files to the own bid.
#[derive(Debug)]
pub struct MayUpload {
    bid: BidId,
    by: UserId,
}

impl MayUpload {
    /// The bid that the proof is about.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// Who acts.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `draftBid`: an editor of a verified enterprise, while the challenge is open, on a route that takes bids.
pub fn may_draft(viewer: &Viewer, challenge: &ChallengeFacts) -> Result<MayDraftBid> {
    let actor = viewer.person()?;
    super::challenges::may_see(viewer, challenge)?;
    let bidder = verified_bidder(actor, Power::Draft)?;
    challenge.step_in_time(ChallengeCommand::DraftBid)?;
    challenge.needs_bids()?;
    Ok(MayDraftBid { challenge: challenge.id(), bidder, by: actor.user })
}

fn in_time(viewer: &Viewer, facts: &BidFacts, power: Power, command: BidCommand) -> Result<(UserId, BidStatus)> {
    let actor = own(viewer, facts, Ties::default())?;
    verified_bidder(actor, power)?;
    facts.challenge.step_in_time(ChallengeCommand::ChangeBid)?;
    Ok((actor.user, facts.step(command)?))
}

/// `reviseBid`.
pub fn may_revise(viewer: &Viewer, facts: &BidFacts) -> Result<MayReviseBid> {
    let (by, to) = in_time(viewer, facts, Power::Draft, BidCommand::Revise)?;
    Ok(MayReviseBid { bid: facts.id, by, to })
}

/// `createUpload`, `PUT /uploads/…`, `finishUpload`, `discardUpload` and what comes between: as [`may_revise`].
pub fn may_upload(viewer: &Viewer, facts: &BidFacts) -> Result<MayUpload> {
    let (by, _) = in_time(viewer, facts, Power::Draft, BidCommand::Revise)?;
    Ok(MayUpload { bid: facts.id, by })
}

/// `submitBid`; also replaces what was handed in, and hands a withdrawn bid in again.
pub fn may_submit(viewer: &Viewer, facts: &BidFacts) -> Result<MaySubmit> {
    let (by, to) = in_time(viewer, facts, Power::Submit, BidCommand::Submit)?;
    Ok(MaySubmit { bid: facts.id, by, to })
}

/// `withdrawBid`.
pub fn may_withdraw(viewer: &Viewer, facts: &BidFacts) -> Result<MayWithdraw> {
    let (by, to) = in_time(viewer, facts, Power::Submit, BidCommand::Withdraw)?;
    Ok(MayWithdraw { bid: facts.id, by, to })
}

/// `confirmBid`: behind a material amendment that left what bids commit to as it was.
pub fn may_confirm(viewer: &Viewer, facts: &BidFacts) -> Result<MayConfirm> {
    let (by, to) = in_time(viewer, facts, Power::Submit, BidCommand::Confirm)?;
    match facts.asked {
        Some(AmendmentResponse::Confirm) => Ok(MayConfirm { bid: facts.id, by, to }),
        Some(AmendmentResponse::Replace) => Err(Error::NotNow(Reason::ReplaceBidInstead)),
        None => Err(Error::NotNow(Reason::NoAmendmentToConfirm)),
    }
}

/// What policy asks of a member's consent. Made by `bids::consent` alone.
#[derive(Clone, Debug)]
pub struct ConsentFacts {
    pub(crate) id: ConsentId,
    pub(crate) member: OrganizationId,
    pub(crate) agreed: bool,
    pub(crate) bid: BidFacts,
}

/// Leave to say whether the own organization bids together with others.
#[derive(Debug)]
pub struct MayConsent {
    consent: ConsentId,
    by: UserId,
}

impl MayConsent {
    /// The consent that is asked for.
    pub fn consent(&self) -> ConsentId {
        self.consent
    }

    /// Who answers.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `answerConsortium`: a bidder of the member that is asked, while the challenge is open. An agreement stays once it is given, whatever
/// has become of the bid since: what may be answered must not tell that a bid has been handed in.
pub fn may_consent(viewer: &Viewer, facts: &ConsentFacts) -> Result<MayConsent> {
    let actor = viewer.person()?;
    if own_of(viewer) != Some(facts.member) {
        return Err(Error::Hidden);
    }
    verified_bidder(actor, Power::Submit)?;
    facts.bid.challenge.step_in_time(ChallengeCommand::ChangeBid)?;
    if facts.agreed {
        return Err(Error::NotNow(Reason::AlreadyDecided));
    }
    Ok(MayConsent { consent: facts.id, by: actor.user })
}

/// Leave to close a challenge at its deadline; the clock's alone.
#[derive(Debug)]
pub struct MayClose {
    challenge: ChallengeId,
    to: ChallengeStatus,
}

impl MayClose {
    /// Which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// The state that it leads to.
    pub fn to(&self) -> ChallengeStatus {
        self.to
    }
}

/// The deadline has passed: what the clock has made true is made visible.
pub fn may_close(challenge: &ChallengeFacts) -> Result<MayClose> {
    if challenge.status() != ChallengeStatus::Closed {
        return Err(Error::NotNow(Reason::NotYetDeadline));
    }
    Ok(MayClose { challenge: challenge.id(), to: ChallengeStatus::Closed })
}

/// Leave to approve the opening, and to open when enough have.
#[derive(Debug)]
pub struct MayOpen {
    challenge: ChallengeId,
    by: UserId,
    to: ChallengeStatus,
    failed: ChallengeStatus,
}

impl MayOpen {
    /// Which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who approves.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state that the opening leads to.
    pub fn to(&self) -> ChallengeStatus {
        self.to
    }

    /// The state that too few bids lead to.
    pub fn failed(&self) -> ChallengeStatus {
        self.failed
    }

    /// There are too few.
    pub(crate) fn lost(&self) -> WithoutWinner {
        WithoutWinner { challenge: self.challenge, by: self.by }
    }
}

/// `openBids`: an organizer, after the deadline.
pub fn may_open(viewer: &Viewer, challenge: &ChallengeFacts) -> Result<MayOpen> {
    let by = organizer(viewer, challenge)?.user;
    if challenge.status() == ChallengeStatus::Published {
        return Err(Error::NotNow(Reason::NotYetDeadline));
    }
    let to = challenge.step(ChallengeCommand::Open)?;
    challenge.needs_bids()?;
    if challenge.open_questions > 0 {
        return Err(Error::NotNow(Reason::QuestionsUnanswered));
    }
    Ok(MayOpen { challenge: challenge.id(), by, to, failed: challenge.step(ChallengeCommand::Fail)? })
}

/// Leave to record a formal check.
#[derive(Debug)]
pub struct MayCheck {
    bid: BidId,
    challenge: ChallengeId,
    by: UserId,
    passed: BidStatus,
    failed: BidStatus,
    challenge_failed: ChallengeStatus,
}

impl MayCheck {
    /// Which bid.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who checks.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state that the check leads to.
    pub fn to(&self, passed: bool) -> BidStatus {
        if passed { self.passed } else { self.failed }
    }

    /// The state of the challenge when too few are left.
    pub fn challenge_failed(&self) -> ChallengeStatus {
        self.challenge_failed
    }

    /// Too few are left.
    pub(crate) fn lost(&self) -> WithoutWinner {
        WithoutWinner { challenge: self.challenge, by: self.by }
    }
}

/// How far the one round of correction of a bid has come. Made by the bids' store alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionFacts {
    /// None was asked for.
    None,
    /// Asked for by this organizer, and not answered yet: until then it may be.
    Awaited(Instant, UserId),
    /// Answered.
    Answered,
}

impl CorrectionFacts {
    /// Nobody may decide before the bidder has had its time.
    fn is_over(self, now: Instant) -> Result<()> {
        match self {
            Self::Awaited(due, _) if now < due => Err(Error::NotNow(Reason::CorrectionAwaited)),
            // The clock has decided; its timer writes it down.
            Self::Awaited(..) => Err(Error::NotNow(Reason::CorrectionOver)),
            Self::None | Self::Answered => Ok(()),
        }
    }
}

/// Leave to ask a bidder to correct its bid's form.
#[derive(Debug)]
pub struct MayRequestCorrection {
    bid: BidId,
    by: UserId,
}

impl MayRequestCorrection {
    /// Of which bid.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// Who asks.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `requestCorrection`: an organizer, of an opened bid of which another has found a defect, once: if the bidder lets the time go by, two
/// people stand behind the failure.
pub fn may_request_correction(
    viewer: &Viewer,
    facts: &BidFacts,
    correction: CorrectionFacts,
    found_by: Option<UserId>,
) -> Result<MayRequestCorrection> {
    let by = checker(viewer, facts)?;
    facts.step(BidCommand::FailCheck)?;
    match correction {
        CorrectionFacts::None => {}
        CorrectionFacts::Awaited(..) | CorrectionFacts::Answered => {
            return Err(Error::NotNow(Reason::CorrectionRequested));
        }
    }
    if found_by.is_none_or(|found_by| found_by == by) {
        return Err(Error::NotNow(Reason::FindingFirst));
    }
    Ok(MayRequestCorrection { bid: facts.id, by })
}

/// Leave to correct a bid's form.
#[derive(Debug)]
pub struct MayCorrect {
    bid: BidId,
    by: UserId,
}

impl MayCorrect {
    /// Which bid.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// Who corrects.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `correctBid`: its bidder, when it was asked to, once, until the time is over: at that instant it is.
pub fn may_correct(viewer: &Viewer, facts: &BidFacts, correction: CorrectionFacts, now: Instant) -> Result<MayCorrect> {
    let actor = own(viewer, facts, Ties::default())?;
    verified_bidder(actor, Power::Submit)?;
    match correction {
        CorrectionFacts::None | CorrectionFacts::Answered => Err(Error::NotNow(Reason::NothingToCorrect)),
        // Its time does not run while the challenge stands still.
        CorrectionFacts::Awaited(due, _) if now >= due && !facts.challenge.stands_still() => {
            Err(Error::TooLate(Reason::CorrectionOver))
        }
        CorrectionFacts::Awaited(..) => {
            facts.challenge.step(ChallengeCommand::CheckBid)?;
            facts.step(BidCommand::FailCheck)?;
            Ok(MayCorrect { bid: facts.id, by: actor.user })
        }
    }
}

/// The clock's leave to fail a bid whose bidder has let the time go by; none while there is time, or once all is settled.
pub fn may_lapse_correction(facts: &BidFacts, correction: CorrectionFacts, now: Instant) -> Option<MayCheck> {
    match correction {
        CorrectionFacts::Awaited(due, by) if now >= due => settles(facts, by).ok(),
        CorrectionFacts::Awaited(..) | CorrectionFacts::None | CorrectionFacts::Answered => None,
    }
}

/// `recordFormalCheck`: an organizer, of an opened bid, when its bidder has had its time to correct it. A failure needs another
/// organizer who finds it too.
pub fn may_check(viewer: &Viewer, facts: &BidFacts, correction: CorrectionFacts, now: Instant) -> Result<MayCheck> {
    let by = checker(viewer, facts)?;
    let proof = settles(facts, by)?;
    correction.is_over(now)?;
    Ok(proof)
}

fn checker(viewer: &Viewer, facts: &BidFacts) -> Result<UserId> {
    viewer.person()?;
    may_know(standing(viewer, facts, Ties::default()), facts)?;
    let by = organizer(viewer, &facts.challenge)?.user;
    facts.challenge.step(ChallengeCommand::CheckBid)?;
    Ok(by)
}

fn settles(facts: &BidFacts, by: UserId) -> Result<MayCheck> {
    facts.challenge.step(ChallengeCommand::CheckBid)?;
    Ok(MayCheck {
        bid: facts.id,
        challenge: facts.challenge.id(),
        by,
        passed: facts.step(BidCommand::PassCheck)?,
        failed: facts.step(BidCommand::FailCheck)?,
        challenge_failed: facts.challenge.step(ChallengeCommand::Fail)?,
    })
}
