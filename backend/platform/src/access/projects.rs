//! Projects: who awards a challenge, and who signs with the winner.

use super::actor::{Power, Viewer};
use super::awards::NoticeFacts;
use super::challenges::{ChallengeFacts, WithoutWinner, organizer, oversees};
use crate::base::id::{BidId, ChallengeId, NoticeId, OrganizationId, ProjectId, UserId};
use crate::base::words::{
    BidCommand, BidStatus, ChallengeCommand, ChallengeStatus, ProjectCommand, ProjectStatus, Role,
};
use crate::base::{Error, Instant, Reason, Result};

/// What policy asks of a project. Made by `projects::store` alone.
#[derive(Clone, Debug)]
pub struct ProjectFacts {
    pub(crate) id: ProjectId,
    pub(crate) challenge: ChallengeFacts,
    pub(crate) status: ProjectStatus,
    /// Where a command leads from there.
    pub(crate) next: fn(ProjectStatus, ProjectCommand) -> Option<ProjectStatus>,
    pub(crate) signed: bool,
    pub(crate) bid: BidId,
    pub(crate) lead: OrganizationId,
    /// Whether one principal investigator answers for it.
    pub(crate) pi_led: bool,
    /// Who has pledged.
    pub(crate) investigator: Option<UserId>,
    pub(crate) registered: bool,
    pub(crate) due_at: Option<Instant>,
}

impl ProjectFacts {
    /// Whether the agreement should have been signed by now.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.status == ProjectStatus::ContractPending && self.due_at.is_some_and(|due| now >= due)
    }

    /// By when the agreement is to be signed.
    pub fn due_at(&self) -> Option<Instant> {
        self.due_at
    }

    /// Whether one principal investigator answers for it (PI制), under a lump sum.
    pub fn is_pi_led(&self) -> bool {
        self.pi_led
    }

    /// Which project.
    pub fn id(&self) -> ProjectId {
        self.id
    }

    /// The challenge that it solves.
    pub fn challenge(&self) -> &ChallengeFacts {
        &self.challenge
    }

    /// Its state.
    pub fn status(&self) -> ProjectStatus {
        self.status
    }
}

/// Leave to award a challenge to the winners of its notice.
#[derive(Debug)]
pub struct MayAward {
    challenge: ChallengeId,
    notice: NoticeId,
    by: UserId,
    to: ChallengeStatus,
}

impl MayAward {
    /// Which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// By which notice.
    pub fn notice(&self) -> NoticeId {
        self.notice
    }

    /// The winners' side: `fit`, whether nothing stands against their bids by the law.
    pub fn to_winners(self, fit: bool) -> Result<Self> {
        if fit { Ok(self) } else { Err(Error::NotNow(Reason::WinnerUnfit)) }
    }

    /// Who awards.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state that the award leads to.
    pub fn to(&self) -> ChallengeStatus {
        self.to
    }
}

/// `awardChallenge`: an organizer, once the notice (the latest that is not void) is over and no objection is open.
pub fn may_award(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    notice: Option<&NoticeFacts>,
    objections_open: bool,
    complaints_open: bool,
    now: Instant,
) -> Result<MayAward> {
    let by = organizer(viewer, challenge)?.user;
    if objections_open || (challenge.status() == ChallengeStatus::Suspended && !challenge.stands_still()) {
        return Err(Error::NotNow(Reason::ObjectionsOpen));
    }
    if complaints_open {
        return Err(Error::NotNow(Reason::ComplaintsOpen));
    }
    let to = challenge.step(ChallengeCommand::Award)?;
    let notice = notice.ok_or(Error::NotNow(Reason::NotInThisState))?;
    if !notice.is_over(now) {
        return Err(Error::NotNow(Reason::NoticeRunning));
    }
    Ok(MayAward { challenge: challenge.id(), notice: notice.id(), by, to })
}

/// Leave to sign the agreement of a project.
#[derive(Debug)]
pub struct MaySign {
    project: ProjectId,
    challenge: ChallengeId,
    by: UserId,
    to: ProjectStatus,
    challenge_to: ChallengeStatus,
}

impl MaySign {
    /// Of which project.
    pub fn project(&self) -> ProjectId {
        self.project
    }

    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who signs.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state of the project that it leads to.
    pub fn to(&self) -> ProjectStatus {
        self.to
    }

    /// The state of the challenge that it leads to.
    pub fn challenge_to(&self) -> ChallengeStatus {
        self.challenge_to
    }
}

/// `signAgreement`: an organizer, once for each project.
pub fn may_sign(viewer: &Viewer, facts: &ProjectFacts) -> Result<MaySign> {
    let by = organizer(viewer, &facts.challenge)?.user;
    let to = (facts.next)(facts.status, ProjectCommand::SignAgreement);
    let why = if facts.signed { Reason::AlreadySigned } else { Reason::NotInThisState };
    let to = to.ok_or(Error::NotNow(why))?;
    if facts.pi_led && facts.investigator.is_none() {
        return Err(Error::NotNow(Reason::PledgeMissing));
    }
    Ok(MaySign {
        project: facts.id,
        challenge: facts.challenge.id(),
        by,
        to,
        challenge_to: facts.challenge.step(ChallengeCommand::SignAgreement)?,
    })
}

/// Leave to pledge for a project (军令状).
#[derive(Debug)]
pub struct MayPledge {
    project: ProjectId,
    challenge: ChallengeId,
    by: UserId,
}

impl MayPledge {
    /// For which project.
    pub fn project(&self) -> ProjectId {
        self.project
    }

    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who pledges.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `signPledge`: somebody of the lead organization, before the agreement is signed, where one principal investigator answers for the
/// project. Whoever pledges is the investigator from then on; that the bid names this person is found where the bid is read.
pub fn may_pledge(viewer: &Viewer, facts: &ProjectFacts) -> Result<MayPledge> {
    let actor = viewer.person()?;
    super::challenges::may_see(viewer, &facts.challenge)?;
    actor.needs(Role::Bidder)?;
    if actor.acts_for(Role::Bidder) != Some(facts.lead) {
        return Err(Error::NotYours(Reason::NotBidderHere));
    }
    actor.may(Power::Submit)?;
    if !facts.pi_led {
        return Err(Error::NotNow(Reason::NotPiLed));
    }
    if facts.investigator.is_some() {
        return Err(Error::NotNow(Reason::AlreadySigned));
    }
    if (facts.next)(facts.status, ProjectCommand::SignAgreement).is_none() {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    // That the challenge goes on at all.
    facts.challenge.step(ChallengeCommand::SignAgreement)?;
    Ok(MayPledge { project: facts.id, challenge: facts.challenge.id(), by: actor.user })
}

/// Leave to note under which number a contract is registered.
#[derive(Debug)]
pub struct MayRegister {
    project: ProjectId,
    challenge: ChallengeId,
    by: UserId,
}

impl MayRegister {
    /// Of which project.
    pub fn project(&self) -> ProjectId {
        self.project
    }

    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who notes it.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `registerContract` (技术合同认定登记): an organizer, once, behind the signing.
pub fn may_register(viewer: &Viewer, facts: &ProjectFacts) -> Result<MayRegister> {
    let by = organizer(viewer, &facts.challenge)?.user;
    if !facts.signed {
        return Err(Error::NotNow(Reason::NotSigned));
    }
    if facts.registered {
        return Err(Error::NotNow(Reason::AlreadyThere));
    }
    Ok(MayRegister { project: facts.id, challenge: facts.challenge.id(), by })
}

/// Leave to take an award back.
#[derive(Debug)]
pub struct MayRevoke {
    project: ProjectId,
    bid: BidId,
    challenge: ChallengeId,
    by: UserId,
    to: ProjectStatus,
    promotes: ChallengeStatus,
}

impl MayRevoke {
    /// Of which project.
    pub fn project(&self) -> ProjectId {
        self.project
    }

    /// The bid that had won.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who says it.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state of the project that it leads to.
    pub fn to(&self) -> ProjectStatus {
        self.to
    }

    /// The state of the challenge that it leads to where another may win.
    pub fn promotes(&self) -> ChallengeStatus {
        self.promotes
    }

    /// Nobody is left.
    pub(crate) fn lost(&self) -> WithoutWinner {
        WithoutWinner { challenge: self.challenge, by: self.by }
    }
}

/// `revokeAward` (取消中标资格; 招标投标法实施条例 55): an organizer, before the agreement is signed; it takes two.
pub fn may_revoke(viewer: &Viewer, facts: &ProjectFacts) -> Result<MayRevoke> {
    let by = organizer(viewer, &facts.challenge)?.user;
    let to = (facts.next)(facts.status, ProjectCommand::RevokeAward);
    let why = if facts.signed { Reason::AlreadySigned } else { Reason::NotInThisState };
    Ok(MayRevoke {
        project: facts.id,
        bid: facts.bid,
        challenge: facts.challenge.id(),
        by,
        to: to.ok_or(Error::NotNow(why))?,
        promotes: facts.challenge.step(ChallengeCommand::RevokeAward)?,
    })
}

/// What becomes of a bid that lost when a winner falls away: what was ranked as passing may win after all.
pub fn readmitted(
    status: BidStatus,
    passed: bool,
    next: fn(BidStatus, BidCommand) -> Option<BidStatus>,
) -> Option<BidStatus> {
    next(status, BidCommand::Readmit).filter(|_| passed)
}

macro_rules! ends {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name { challenge: ChallengeId, by: UserId, to: ChallengeStatus }
        impl $name {
            /// Which challenge.
            pub fn challenge(&self) -> ChallengeId { self.challenge }
            /// Who says it.
            pub fn by(&self) -> UserId { self.by }
            /// The state that it leads to.
            pub fn to(&self) -> ChallengeStatus { self.to }
        }
    )+};
}

ends! {
    /// Leave to end an awarded challenge before its time.
    MayTerminate,
    /// Leave to say that no further winner is found: those who have won go on.
    MayKeep,
}

/// `terminateChallenge` (终止): an organizer, from the award on; it takes two.
pub fn may_terminate(viewer: &Viewer, challenge: &ChallengeFacts) -> Result<MayTerminate> {
    let by = organizer(viewer, challenge)?.user;
    Ok(MayTerminate { challenge: challenge.id(), by, to: challenge.step(ChallengeCommand::Terminate)? })
}

/// `failChallenge` where others have won already (`live`) and go on without a further winner; `signed`: one of them has signed.
pub fn may_keep(viewer: &Viewer, challenge: &ChallengeFacts, live: bool, signed: bool) -> Result<Option<MayKeep>> {
    let by = organizer(viewer, challenge)?.user;
    if !live {
        return Ok(None);
    }
    let awarded = challenge.step(ChallengeCommand::KeepAward)?;
    Ok(Some(MayKeep { challenge: challenge.id(), by, to: going_on(challenge, awarded, signed) }))
}

/// The state of an awarded challenge: where an agreement has been signed it is carried out.
pub fn going_on(challenge: &ChallengeFacts, awarded: ChallengeStatus, signed: bool) -> ChallengeStatus {
    let executing = (challenge.next)(awarded, ChallengeCommand::SignAgreement).filter(|_| signed);
    executing.unwrap_or(awarded)
}

/// Whether the viewer reads what was agreed: who runs or watches the challenge, its department, and the lead organization. That there is
/// an agreement, its money and its time are for everybody.
pub fn sees_agreement(viewer: &Viewer, facts: &ProjectFacts) -> bool {
    let department = facts.challenge.department();
    oversees(viewer).has(department)
        || viewer.acts_for(Role::Demander) == Some(department)
        || viewer.acts_for(Role::Bidder) == Some(facts.lead)
}
