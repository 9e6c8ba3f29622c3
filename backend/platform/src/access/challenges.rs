//! Challenges: who may see one, and who may move it.

use super::actor::{Actor, Power, Viewer};
use super::rules::Revision;
use crate::base::id::{ChallengeId, OrganizationId, UserId};
use crate::base::words::{ChallengeCommand, ChallengeStatus, LegalRoute, Role, Verification};
use crate::base::{Error, Instant, Reason, Result};

/// What policy asks of a challenge. Made by `challenges::store` alone, from a row that is locked where it is acted on.
#[derive(Clone, Debug)]
pub struct ChallengeFacts {
    pub(crate) id: ChallengeId,
    /// The state as the clock has it.
    pub(crate) status: ChallengeStatus,
    /// Where a command leads from there.
    pub(crate) next: fn(ChallengeStatus, ChallengeCommand) -> Option<ChallengeStatus>,
    /// Whether it can be ordered to stand still somewhere.
    pub(crate) can_stand_still: fn(ChallengeStatus) -> bool,
    pub(crate) department: OrganizationId,
    pub(crate) author: UserId,
    pub(crate) approver: Option<UserId>,
    pub(crate) approved_rules: Option<i32>,
    pub(crate) published: bool,
    pub(crate) route: Option<LegalRoute>,
    pub(crate) questions_close_at: Option<Instant>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) opened: bool,
    pub(crate) version: i32,
    /// Questions neither answered nor declined.
    pub(crate) open_questions: i32,
    /// How many material amendments there have been, and the last of them that bids have to be replaced for.
    pub(crate) material_amendments: i32,
    pub(crate) replacing_amendment: i32,
    /// Judges are not told who bids until the review is closed.
    pub(crate) blind: bool,
    /// Those who did not win are named after the award.
    pub(crate) others_named: bool,
    /// Where a suspended challenge goes on from.
    pub(crate) suspended_from: Option<ChallengeStatus>,
    /// In which part somebody has ordered it to stand still.
    pub(crate) ordered_as: Option<Role>,
    /// Whether it has ever been awarded.
    pub(crate) awarded: bool,
}

impl ChallengeFacts {
    /// Which challenge.
    pub fn id(&self) -> ChallengeId {
        self.id
    }

    /// The state as the clock has it.
    pub fn status(&self) -> ChallengeStatus {
        self.status
    }

    /// Where it is in its course, whether or not it stands still there: what is seen of it hangs on this.
    pub fn phase(&self) -> ChallengeStatus {
        match self.status {
            ChallengeStatus::Suspended => self.suspended_from.unwrap_or(self.status),
            status => status,
        }
    }

    /// Whether somebody has ordered it to stand still.
    pub fn stands_still(&self) -> bool {
        self.ordered_as.is_some() && self.status == ChallengeStatus::Suspended
    }

    /// The department whose scenario it is.
    pub fn department(&self) -> OrganizationId {
        self.department
    }

    /// The optimistic lock.
    pub fn version(&self) -> i32 {
        self.version
    }

    /// The submission deadline, from publication on.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Questions neither answered nor declined.
    pub fn open_questions(&self) -> i32 {
        self.open_questions
    }

    /// Whether the bids have been opened.
    pub fn opened(&self) -> bool {
        self.opened
    }

    /// Whether judges are not told who bids until the review is closed.
    pub fn is_blind(&self) -> bool {
        self.blind
    }

    /// Whether the clarification period has closed: questions have, and each is answered or declined with a reason
    /// (招标投标法实施条例 22: what was asked is answered before anything goes on).
    pub fn clarified(&self, now: Instant) -> bool {
        self.open_questions == 0 && self.questions_close_at.is_some_and(|close| now >= close)
    }

    /// Whether bids are taken here: consultations and tenders run in the official procurement systems (domain rules 2.13).
    pub fn takes_bids(&self) -> bool {
        self.route.is_some_and(|route| !route.runs_elsewhere())
    }

    /// What belongs to the official system where that runs the challenge is not done here.
    pub(crate) fn needs_bids(&self) -> Result<()> {
        if self.takes_bids() { Ok(()) } else { Err(Error::NotNow(Reason::RouteTakesNoBids)) }
    }

    /// Where the command leads, or that it leads nowhere now. While a challenge stands still by order, it can be ended; what is said
    /// against a notice is heard and ruled on, since its time runs.
    pub(crate) fn step(&self, command: ChallengeCommand) -> Result<ChallengeStatus> {
        use ChallengeCommand::{Cancel, RaiseObjection, ResumeNotice, Terminate, VoidNotice};
        let from = match command {
            _ if !self.stands_still() => self.status,
            Cancel | Terminate => self.phase(),
            RaiseObjection | ResumeNotice | VoidNotice if self.phase() == ChallengeStatus::Publicity => self.status,
            _ => return Err(Error::NotNow(Reason::StandsStill)),
        };
        (self.next)(from, command).ok_or(Error::NotNow(Reason::NotInThisState))
    }

    /// As [`Self::step`], for what ends with the deadline: after it the answer is that it has passed.
    pub(crate) fn step_in_time(&self, command: ChallengeCommand) -> Result<ChallengeStatus> {
        let closed =
            self.phase() != ChallengeStatus::Published && (self.next)(ChallengeStatus::Published, command).is_some();
        match self.step(command) {
            Err(_) if closed && self.published && self.status != ChallengeStatus::Cancelled => {
                Err(Error::TooLate(Reason::DeadlinePassed))
            }
            step => step,
        }
    }
}

/// Which challenges a viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// All.
    All,
    /// What has been published, and all of the department that the viewer acts for.
    Published(Option<OrganizationId>),
}

/// Published ones for everybody, own drafts for a department, all for an organizer.
pub fn sees(viewer: &Viewer) -> Seen {
    if viewer.is(Role::Organizer) { Seen::All } else { Seen::Published(viewer.acts_for(Role::Demander)) }
}

/// Whether the viewer sees this challenge: [`sees`].
pub fn may_see(viewer: &Viewer, facts: &ChallengeFacts) -> Result<()> {
    let seen = match sees(viewer) {
        Seen::All => true,
        Seen::Published(own) => facts.published || own == Some(facts.department),
    };
    if seen { Ok(()) } else { Err(Error::Hidden) }
}

/// Of which departments' challenges a viewer sees what only those see who run or watch over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Of none.
    Nothing,
    /// Of all but the viewer's own: nobody stands on both sides.
    Others(OrganizationId),
    /// Of all.
    Everything,
}

impl Reach {
    /// Whether it reaches this department's challenges.
    pub fn has(self, department: OrganizationId) -> bool {
        match self {
            Self::Nothing => false,
            Self::Others(own) => own != department,
            Self::Everything => true,
        }
    }
}

/// Whose challenges the viewer runs: an organizer all but those of the own department.
pub fn organizes(viewer: &Viewer) -> Reach {
    match viewer.organization() {
        _ if !viewer.is(Role::Organizer) => Reach::Nothing,
        Some(own) => Reach::Others(own),
        None => Reach::Everything,
    }
}

/// Whose challenges the viewer runs or watches over: a supervisor all, an organizer as [`organizes`] says.
pub fn oversees(viewer: &Viewer) -> Reach {
    if viewer.is(Role::Supervisor) { Reach::Everything } else { organizes(viewer) }
}

fn seen_by<'a>(viewer: &'a Viewer, facts: &ChallengeFacts) -> Result<&'a Actor> {
    let actor = viewer.person()?;
    may_see(viewer, facts)?;
    Ok(actor)
}

/// A demander of the very department.
pub(crate) fn demander<'a>(viewer: &'a Viewer, facts: &ChallengeFacts) -> Result<&'a Actor> {
    let actor = seen_by(viewer, facts)?;
    actor.needs(Role::Demander)?;
    if actor.acts_for(Role::Demander) == Some(facts.department) {
        Ok(actor)
    } else {
        Err(Error::NotYours(Reason::OtherDepartment))
    }
}

/// An organizer who does not belong to the department: nobody acts on both sides of one challenge.
pub(crate) fn organizer<'a>(viewer: &'a Viewer, facts: &ChallengeFacts) -> Result<&'a Actor> {
    let actor = seen_by(viewer, facts)?;
    actor.needs(Role::Organizer)?;
    if actor.user == facts.author {
        return Err(Error::NotYours(Reason::AuthorMayNotApprove));
    }
    match actor.member() {
        // Whatever else it does there.
        Some(member) if member.organization == facts.department => Err(Error::NotYours(Reason::OwnDepartment)),
        _ => Ok(actor),
    }
}

/// Who may fetch what is escrowed, for whoever keeps the escrow's key: organizers.
pub fn sees_escrowed(viewer: &Viewer) -> bool {
    viewer.is(Role::Organizer)
}

/// Leave to split an opening key anew.
#[derive(Debug)]
pub struct MayReshare {
    challenge: ChallengeId,
    by: UserId,
}

impl MayReshare {
    /// Of which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who hands a share in.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `reshareOpeningKey`: an organizer, from the publication until the opening has begun (`opening`: a share waits for it). That it holds a
/// share is found where shares are.
pub fn may_reshare(viewer: &Viewer, facts: &ChallengeFacts, opening: bool) -> Result<MayReshare> {
    let by = organizer(viewer, facts)?.user;
    match facts.status() {
        ChallengeStatus::Published | ChallengeStatus::Closed if !opening => {}
        _ => return Err(Error::NotNow(Reason::NotInThisState)),
    }
    facts.needs_bids()?;
    Ok(MayReshare { challenge: facts.id(), by })
}

/// Who may hold a share of the key that opens a department's bids: an organizer that does not belong to it.
pub fn may_hold_share(viewer: &Viewer, department: OrganizationId) -> bool {
    viewer.is(Role::Organizer) && viewer.organization() != Some(department)
}

/// Whoever speaks for the challenge: an organizer, or a demander of its department.
fn host<'a>(viewer: &'a Viewer, facts: &ChallengeFacts) -> Result<&'a Actor> {
    match organizer(viewer, facts) {
        Err(Error::NotYours(_)) => demander(viewer, facts),
        answer => answer,
    }
}

/// Of which departments' challenges the viewer has to answer the questions: an organizer's, or the own department's.
pub fn answers_for(viewer: &Viewer) -> (Reach, Option<OrganizationId>) {
    (organizes(viewer), viewer.acts_for(Role::Demander))
}

/// A bidder of a verified enterprise, university or institute, who acts so far for it.
pub(crate) fn verified_bidder(actor: &Actor, power: Power) -> Result<OrganizationId> {
    actor.needs(Role::Bidder)?;
    actor.may(power)?;
    let member = actor.member().ok_or(Error::NotYours(Reason::RoleNeeded))?;
    if !member.kind.bids() {
        return Err(Error::NotYours(Reason::RoleNeeded));
    }
    match member.verification {
        Verification::Verified => Ok(member.organization),
        Verification::Pending | Verification::Refused => Err(Error::NotYours(Reason::OrganizationNotVerified)),
    }
}

macro_rules! proofs {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name { challenge: ChallengeId, by: UserId, to: ChallengeStatus }
        impl $name {
            /// The challenge that the proof is about.
            pub fn challenge(&self) -> ChallengeId { self.challenge }
            /// Who acts.
            pub fn by(&self) -> UserId { self.by }
            /// The state that the act leads to.
            pub fn to(&self) -> ChallengeStatus { self.to }
        }
    )+};
}

proofs! {
    /// Leave to revise a draft.
    MayRevise,
    /// Leave to hand a scenario in for argument.
    MaySubmit,
    /// Leave to return it with a reason.
    MayReturn,
    /// Leave to approve it.
    MayApprove,
    /// Leave to say that it will not be published.
    MayReject,
    /// Leave to take it back.
    MayWithdraw,
    /// Leave to publish it.
    MayPublish,
    /// Leave to ask.
    MayAsk,
    /// Leave to answer.
    MayAnswer,
    /// Leave to say why a question is not answered.
    MayDecline,
    /// Leave to offer all the same look at the site or the data.
    MayOffer,
    /// Leave to amend what is published.
    MayAmend,
    /// Leave to call it off.
    MayCancel,
    /// Leave to say that nobody is found.
    MayFail,
}

/// Leave to order a challenge to stand still.
#[derive(Debug)]
pub struct MaySuspend {
    challenge: ChallengeId,
    by: UserId,
    by_role: Role,
    from: ChallengeStatus,
}

impl MaySuspend {
    /// Which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who orders it.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// In which part.
    pub fn by_role(&self) -> Role {
        self.by_role
    }

    /// Where it goes on from later.
    pub fn from(&self) -> ChallengeStatus {
        self.from
    }
}

/// Leave to let a challenge go on.
#[derive(Debug)]
pub struct MayResume {
    challenge: ChallengeId,
    by: UserId,
    to: ChallengeStatus,
}

impl MayResume {
    /// Which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who lets it.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// Where it goes on from.
    pub fn to(&self) -> ChallengeStatus {
        self.to
    }
}

/// Leave to tell what came of a challenge elsewhere.
#[derive(Debug)]
pub struct MayRecordResult {
    challenge: ChallengeId,
    by: UserId,
    to: ChallengeStatus,
    failed: ChallengeStatus,
}

impl MayRecordResult {
    /// The challenge that the proof is about.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// The state that it leads to: somebody won, or nobody did.
    pub fn to(&self, won: bool) -> ChallengeStatus {
        if won { self.to } else { self.failed }
    }

    /// Nobody won.
    pub(crate) fn lost(&self) -> WithoutWinner {
        WithoutWinner { challenge: self.challenge, by: self.by }
    }
}

/// Word that a challenge ends without a winner, and whose word it is. Made from the proof of the act that ends it.
#[derive(Debug)]
pub struct WithoutWinner {
    pub(super) challenge: ChallengeId,
    pub(super) by: UserId,
}

impl WithoutWinner {
    /// Which challenge.
    pub(crate) fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Whose word it is.
    pub(crate) fn by(&self) -> UserId {
        self.by
    }
}

macro_rules! ends_without_winner {
    ($($name:ident),+) => {$(
        impl $name {
            /// It ends without a winner.
            pub(crate) fn lost(&self) -> WithoutWinner {
                WithoutWinner { challenge: self.challenge, by: self.by }
            }
        }
    )+};
}

ends_without_winner!(MayReject, MayWithdraw, MayCancel, MayFail);

/// Leave to draft a scenario for the department.
#[derive(Debug)]
pub struct MayDraft {
    department: OrganizationId,
    by: UserId,
}

impl MayDraft {
    /// The department whose scenario it will be.
    pub fn department(&self) -> OrganizationId {
        self.department
    }

    /// Who drafts.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `draftChallenge`: a demander, for the own department.
pub fn may_draft(viewer: &Viewer) -> Result<MayDraft> {
    let actor = viewer.person()?;
    actor.needs(Role::Demander)?;
    let department = actor.acts_for(Role::Demander).ok_or(Error::NotYours(Reason::RoleNeeded))?;
    Ok(MayDraft { department, by: actor.user })
}

/// `rerunChallenge`: a demander of the department, of a challenge that found no winner, while no other rerun of it is under way.
pub fn may_rerun(viewer: &Viewer, facts: &ChallengeFacts, under_way: bool) -> Result<MayDraft> {
    let by = demander(viewer, facts)?.user;
    // It stays as it ended: what begins is another.
    match facts.status {
        ChallengeStatus::Failed if under_way => return Err(Error::NotNow(Reason::RerunThere)),
        ChallengeStatus::Failed => {}
        _ => return Err(Error::NotNow(Reason::NotInThisState)),
    }
    Ok(MayDraft { department: facts.department, by })
}

/// `reviseChallenge`.
pub fn may_revise(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayRevise> {
    let by = demander(viewer, facts)?.user;
    Ok(MayRevise { challenge: facts.id, by, to: facts.step(ChallengeCommand::Revise)? })
}

/// `submitChallenge`.
pub fn may_submit(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MaySubmit> {
    let by = demander(viewer, facts)?.user;
    Ok(MaySubmit { challenge: facts.id, by, to: facts.step(ChallengeCommand::Submit)? })
}

/// `returnChallenge`: an organizer, not its author.
pub fn may_return(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayReturn> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayReturn { challenge: facts.id, by, to: facts.step(ChallengeCommand::Return)? })
}

/// `approveChallenge`: an organizer, not its author.
pub fn may_approve(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayApprove> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayApprove { challenge: facts.id, by, to: facts.step(ChallengeCommand::Approve)? })
}

/// `rejectChallenge`: an organizer, not its author, until it is published.
pub fn may_reject(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayReject> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayReject { challenge: facts.id, by, to: facts.step(ChallengeCommand::Reject)? })
}

/// `withdrawChallenge`: its department, until it is approved.
pub fn may_withdraw(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayWithdraw> {
    let by = demander(viewer, facts)?.user;
    Ok(MayWithdraw { challenge: facts.id, by, to: facts.step(ChallengeCommand::Withdraw)? })
}

/// `publishChallenge`; with urgency (fewer open days) not the approver, and under rules of one's own making only what somebody else
/// has approved since: two people stand behind either.
pub fn may_publish(
    viewer: &Viewer,
    facts: &ChallengeFacts,
    urgent: bool,
    rules: Option<Revision>,
) -> Result<MayPublish> {
    let by = organizer(viewer, facts)?.user;
    if urgent && facts.approver == Some(by) {
        return Err(Error::NotYours(Reason::ApproverMayNotHurry));
    }
    if let Some(rules) = rules.filter(|rules| rules.by == Some(by) && facts.status == ChallengeStatus::Approved) {
        // By their version: two acts can fall on one instant.
        let approved_under_them = facts.approved_rules == Some(rules.version) && facts.approver != Some(by);
        if !approved_under_them {
            return Err(Error::NotYours(Reason::ReviserMayNotPublish));
        }
    }
    Ok(MayPublish { challenge: facts.id, by, to: facts.step(ChallengeCommand::Publish)? })
}

/// So many of an organization's questions may wait for their answers: nobody buries those of the others, or holds the opening up.
pub const MOST_WAITING: u64 = 20;

/// `askQuestion`: a verified enterprise, while questions are open; `waiting` are those of it that are neither answered nor declined.
pub fn may_ask(viewer: &Viewer, facts: &ChallengeFacts, waiting: u64, now: Instant) -> Result<MayAsk> {
    let actor = seen_by(viewer, facts)?;
    verified_bidder(actor, Power::Draft)?;
    let to = facts.step_in_time(ChallengeCommand::AskQuestion)?;
    facts.needs_bids()?;
    if facts.questions_close_at.is_none_or(|close| now >= close) {
        return Err(Error::TooLate(Reason::QuestionsClosed));
    }
    if waiting >= MOST_WAITING {
        return Err(Error::NotNow(Reason::TooManyQuestions));
    }
    Ok(MayAsk { challenge: facts.id, by: actor.user, to })
}

/// `answerQuestion`: the department or an organizer, until the deadline.
pub fn may_answer(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayAnswer> {
    let by = host(viewer, facts)?.user;
    Ok(MayAnswer { challenge: facts.id, by, to: facts.step_in_time(ChallengeCommand::AnswerQuestion)? })
}

/// `declineQuestion`: an organizer, until the bids are opened; the reason is for all to read.
pub fn may_decline(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayDecline> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayDecline { challenge: facts.id, by, to: facts.step(ChallengeCommand::DeclineQuestion)? })
}

/// `offerAccess`: the department or an organizer, until the deadline (招标投标法实施条例 28: to all or to none).
pub fn may_offer(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayOffer> {
    let by = host(viewer, facts)?.user;
    let to = facts.step_in_time(ChallengeCommand::OfferAccess)?;
    facts.needs_bids()?;
    Ok(MayOffer { challenge: facts.id, by, to })
}

/// `amendChallenge`.
pub fn may_amend(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayAmend> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayAmend { challenge: facts.id, by, to: facts.step_in_time(ChallengeCommand::Amend)? })
}

/// `cancelChallenge`: until the award; an award that was taken back was one.
pub fn may_cancel(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayCancel> {
    let by = organizer(viewer, facts)?.user;
    let to = facts.step(ChallengeCommand::Cancel)?;
    if facts.awarded {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    Ok(MayCancel { challenge: facts.id, by, to })
}

/// `failChallenge` (流标): an organizer, past the deadline and until the notice, where bids were taken: they cannot be opened, no panel
/// can be drawn, or nobody comes to terms.
pub fn may_fail(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayFail> {
    let by = organizer(viewer, facts)?.user;
    if facts.status == ChallengeStatus::Awarded {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    let to = facts.step(ChallengeCommand::Fail)?;
    facts.needs_bids()?;
    if facts.status == ChallengeStatus::Closed && facts.open_questions > 0 {
        return Err(Error::NotNow(Reason::QuestionsUnanswered));
    }
    Ok(MayFail { challenge: facts.id, by, to })
}

/// `suspendChallenge` (暂停; 招标投标法实施条例 22, 62): a supervisor, or an organizer, from the publication until the end. An order that stands is
/// not given again, but a supervisor's takes the place of an organizer's.
pub fn may_suspend(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MaySuspend> {
    let actor = seen_by(viewer, facts)?;
    let supervises = actor.has(Role::Supervisor);
    let by = if supervises { actor.user } else { organizer(viewer, facts)?.user };
    let by_role = if supervises { Role::Supervisor } else { Role::Organizer };
    let ordered = facts.ordered_as.is_some_and(|given| !supervises || given == Role::Supervisor);
    if ordered || !(facts.can_stand_still)(facts.phase()) {
        return Err(Error::NotNow(if ordered { Reason::StandsStill } else { Reason::NotInThisState }));
    }
    Ok(MaySuspend { challenge: facts.id, by, by_role, from: facts.phase() })
}

/// `resumeChallenge`: what a supervisor has ordered a supervisor lifts; what an organizer has, either. While objections are open it stays
/// suspended for them.
pub fn may_resume(viewer: &Viewer, facts: &ChallengeFacts, objections_open: bool) -> Result<MayResume> {
    let actor = seen_by(viewer, facts)?;
    let by = if actor.has(Role::Supervisor) { actor.user } else { organizer(viewer, facts)?.user };
    match facts.ordered_as.filter(|_| facts.stands_still()) {
        None => Err(Error::NotNow(Reason::NotInThisState)),
        Some(Role::Supervisor) if !actor.has(Role::Supervisor) => Err(Error::NotYours(Reason::SupervisorsOrder)),
        Some(_) => {
            let to = if objections_open { ChallengeStatus::Suspended } else { facts.phase() };
            Ok(MayResume { challenge: facts.id, by, to })
        }
    }
}

/// `recordExternalResult`: an organizer, past the deadline, where an official system runs the challenge (domain rules 2.13: the platform
/// publishes the demand and the result only).
pub fn may_record_result(viewer: &Viewer, facts: &ChallengeFacts) -> Result<MayRecordResult> {
    let by = organizer(viewer, facts)?.user;
    let to = facts.step(ChallengeCommand::RecordResult)?;
    if facts.takes_bids() {
        return Err(Error::NotNow(Reason::RunHere));
    }
    if facts.open_questions > 0 {
        return Err(Error::NotNow(Reason::QuestionsUnanswered));
    }
    let failed = facts.step(ChallengeCommand::Fail)?;
    Ok(MayRecordResult { challenge: facts.id, by, to, failed })
}
