//! Projects: who awards a challenge, and who signs with the winner.

use super::actor::Viewer;
use super::awards::NoticeFacts;
use super::challenges::{ChallengeFacts, organizer};
use crate::base::id::{ChallengeId, NoticeId, ProjectId, UserId};
use crate::base::words::{ChallengeCommand, ChallengeStatus, ProjectCommand, ProjectStatus};
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
}

impl ProjectFacts {
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
    now: Instant,
) -> Result<MayAward> {
    let by = organizer(viewer, challenge)?.user;
    if challenge.status() == ChallengeStatus::Suspended || objections_open {
        return Err(Error::NotNow(Reason::ObjectionsOpen));
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
    Ok(MaySign {
        project: facts.id,
        challenge: facts.challenge.id(),
        by,
        to: to.ok_or(Error::NotNow(why))?,
        challenge_to: facts.challenge.step(ChallengeCommand::SignAgreement)?,
    })
}
