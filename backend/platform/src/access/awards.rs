//! Awards: who talks to whom, who proposes, who objects, who rules.

use super::actor::{Power, Viewer};
use super::bids::{BidFacts, Standing, Ties, may_know, standing};
use super::challenges::{ChallengeFacts, Reach, organizer, oversees};
use super::scoring::MayFall;
use crate::base::id::{BidId, ChallengeId, ComplaintId, NoticeId, ObjectionId, OrganizationId, UserId};
use crate::base::words::{
    BidCommand, BidStatus, ChallengeCommand, ChallengeStatus, ComplaintStatus, ObjectionStatus, Role,
};
use crate::base::{Error, Instant, Reason, Result};

/// What policy asks of a notice. Made by `awards::store` alone.
#[derive(Clone, Debug)]
pub struct NoticeFacts {
    pub(crate) id: NoticeId,
    pub(crate) ends_at: Instant,
    pub(crate) void: bool,
}

impl NoticeFacts {
    /// Which notice.
    pub fn id(&self) -> NoticeId {
        self.id
    }

    /// The instant at which it is over.
    pub fn ends_at(&self) -> Instant {
        self.ends_at
    }

    /// Whether it is over by the clock (at its own end it is). A void notice never is.
    pub fn is_over(&self, now: Instant) -> bool {
        !self.void && now >= self.ends_at
    }
}

/// What policy asks of an objection. Made by `awards::store` alone.
#[derive(Clone, Debug)]
pub struct ObjectionFacts {
    pub(crate) id: ObjectionId,
    pub(crate) notice: NoticeId,
    pub(crate) organization: OrganizationId,
    pub(crate) status: ObjectionStatus,
    pub(crate) due_at: Option<Instant>,
    pub(crate) ruled_by: Option<UserId>,
}

impl ObjectionFacts {
    /// Whether it should have been ruled on by now.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.status == ObjectionStatus::Open && self.due_at.is_some_and(|due| now >= due)
    }

    /// Which objection.
    pub fn id(&self) -> ObjectionId {
        self.id
    }

    /// To which notice.
    pub fn notice(&self) -> NoticeId {
        self.notice
    }
}

/// Leave to record a round of negotiation.
#[derive(Debug)]
pub struct MayNegotiate {
    bid: BidId,
    challenge: ChallengeId,
    by: UserId,
    to: BidStatus,
}

impl MayNegotiate {
    /// With the bidder of which bid.
    pub fn bid(&self) -> BidId {
        self.bid
    }

    /// On which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who records it.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state of the bid that it leads to.
    pub fn to(&self) -> BidStatus {
        self.to
    }
}

/// `recordNegotiation`: an organizer, once the review is closed, on a route that allows to negotiate before the award.
pub fn may_negotiate(viewer: &Viewer, facts: &BidFacts) -> Result<MayNegotiate> {
    viewer.person()?;
    may_know(standing(viewer, facts, Ties::default()), facts)?;
    let challenge = facts.challenge();
    let by = organizer(viewer, challenge)?.user;
    // 招标投标法 43: in a tender nothing of substance is negotiated before the winner is fixed.
    if !challenge.takes_bids() {
        return Err(Error::NotNow(Reason::NoNegotiationOnRoute));
    }
    challenge.step(ChallengeCommand::Negotiate)?;
    Ok(MayNegotiate { bid: facts.id(), challenge: challenge.id(), by, to: facts.step(BidCommand::Negotiate)? })
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
    /// Leave to propose winners by a public notice.
    MayPublishNotice,
    /// Leave to take a notice back whose winner has become unfit.
    MayVoidNotice,
}

/// `voidNotice`: an organizer, while a notice stands against one of whose winners something stands by the law. Whoever took part may:
/// what stands against a winner is on the record, and the platform finds it.
pub fn may_void_notice(viewer: &Viewer, challenge: &ChallengeFacts, unfit: bool) -> Result<MayVoidNotice> {
    let by = organizer(viewer, challenge)?.user;
    if challenge.status() != ChallengeStatus::Publicity {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    let to = challenge.step(ChallengeCommand::VoidNotice)?;
    if unfit { Ok(MayVoidNotice { challenge: challenge.id(), by, to }) } else { Err(Error::NotNow(Reason::WinnersFit)) }
}

/// `publishNotice`: an organizer, once the review is closed.
pub fn may_publish_notice(viewer: &Viewer, challenge: &ChallengeFacts) -> Result<MayPublishNotice> {
    let by = organizer(viewer, challenge)?.user;
    Ok(MayPublishNotice { challenge: challenge.id(), by, to: challenge.step(ChallengeCommand::PublishNotice)? })
}

/// Leave to object to a notice.
#[derive(Debug)]
pub struct MayObject {
    notice: NoticeId,
    challenge: ChallengeId,
    organization: OrganizationId,
    by: UserId,
    from: ChallengeStatus,
    to: ChallengeStatus,
}

impl MayObject {
    /// To which notice.
    pub fn notice(&self) -> NoticeId {
        self.notice
    }

    /// On which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// For which bidder.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Who objects.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state in which the challenge is suspended, if this objection is what suspends it.
    pub fn suspends(&self) -> Option<ChallengeStatus> {
        (self.from != self.to).then_some(self.from)
    }

    /// The state that it leads to.
    pub fn to(&self) -> ChallengeStatus {
        self.to
    }
}

/// `raiseObjection`: a bidder of that challenge (`bids_there`: its organization has a bid there that was opened), until the
/// notice is over.
pub fn may_object(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    notice: &NoticeFacts,
    bids_there: bool,
    now: Instant,
) -> Result<MayObject> {
    let (by, organization) = bidder_there(viewer, challenge, bids_there, Power::Submit)?;
    still_stands(notice, now)?;
    Ok(MayObject {
        notice: notice.id,
        challenge: challenge.id(),
        organization,
        by,
        from: challenge.status(),
        to: challenge.step(ChallengeCommand::RaiseObjection)?,
    })
}

/// Somebody of a bidder of that challenge, with such a power, and which bidder.
fn bidder_there(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    bids_there: bool,
    power: Power,
) -> Result<(UserId, OrganizationId)> {
    let actor = viewer.person()?;
    super::challenges::may_see(viewer, challenge)?;
    actor.needs(Role::Bidder)?;
    let organization = actor.acts_for(Role::Bidder).filter(|_| bids_there);
    let organization = organization.ok_or(Error::NotYours(Reason::NotBidderHere))?;
    actor.may(power)?;
    Ok((actor.user, organization))
}

fn still_stands(notice: &NoticeFacts, now: Instant) -> Result<()> {
    if notice.is_over(now) {
        Err(Error::TooLate(Reason::NoticeOver))
    } else if notice.void {
        Err(Error::NotNow(Reason::NotInThisState))
    } else {
        Ok(())
    }
}

/// Leave to bring evidence beside a notice.
#[derive(Debug)]
pub struct MayBringEvidence {
    notice: NoticeId,
    challenge: ChallengeId,
    organization: OrganizationId,
    by: UserId,
}

impl MayBringEvidence {
    /// Beside which notice.
    pub fn notice(&self) -> NoticeId {
        self.notice
    }

    /// On which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// For which bidder.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Who brings it.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `createUpload` beside a notice, and what follows: whoever drafts for a bidder of that challenge (`bids_there`), until the notice is over;
/// behind it while an objection of the bidder's can be complained about (`complains`).
pub fn may_bring_evidence(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    notice: &NoticeFacts,
    (bids_there, complains): (bool, bool),
    now: Instant,
) -> Result<MayBringEvidence> {
    let (by, organization) = bidder_there(viewer, challenge, bids_there, Power::Draft)?;
    if !complains {
        still_stands(notice, now)?;
        challenge.step(ChallengeCommand::RaiseObjection)?;
    }
    Ok(MayBringEvidence { notice: notice.id, challenge: challenge.id(), organization, by })
}

/// Evidence that is not handed in is its bidder's alone: whoever reads for it.
pub fn may_read_brought(viewer: &Viewer, organization: OrganizationId) -> Result<()> {
    if super::bids::own_of(viewer) == Some(organization) { Ok(()) } else { Err(Error::Hidden) }
}

/// Whether evidence may be brought for a complaint behind this objection, by this viewer.
pub fn may_bring_for_complaint(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    objection: &ObjectionFacts,
    still: (Option<Instant>, bool),
    now: Instant,
) -> Result<()> {
    objector(viewer, challenge, objection, Power::Draft)?;
    complainable(challenge, objection, still, now)
}

/// Which objections a viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeesObjections {
    /// All in the challenges that it reaches.
    pub overseen: Reach,
    /// Those of this organization.
    pub own: Option<OrganizationId>,
}

/// Organizers and supervisors see the objections in the challenges that they run or watch over, a bidder its own; to others there
/// is none.
pub fn sees_objections(viewer: &Viewer) -> SeesObjections {
    SeesObjections { overseen: oversees(viewer), own: viewer.acts_for(Role::Bidder) }
}

/// Whether the viewer sees this objection, in a challenge of this department: [`sees_objections`].
pub fn may_see_objection(viewer: &Viewer, department: OrganizationId, facts: &ObjectionFacts) -> Result<()> {
    let sees = sees_objections(viewer);
    let seen = sees.overseen.has(department) || sees.own == Some(facts.organization);
    if seen { Ok(()) } else { Err(Error::Hidden) }
}

/// Leave to take an objection back, with what it leads to as a ruling does.
#[derive(Debug)]
pub struct MayTakeBack {
    objection: ObjectionId,
    notice: NoticeId,
    challenge: ChallengeId,
    by: UserId,
    resumed: ChallengeStatus,
    void: ChallengeStatus,
}

impl MayTakeBack {
    /// Which objection.
    pub fn objection(&self) -> ObjectionId {
        self.objection
    }

    /// To which notice.
    pub fn notice(&self) -> NoticeId {
        self.notice
    }

    /// On which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who takes it back.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state that it leads to when every objection was dismissed or taken back.
    pub fn resumed(&self) -> ChallengeStatus {
        self.resumed
    }

    /// The state that it leads to when another was upheld.
    pub fn void(&self) -> ChallengeStatus {
        self.void
    }

    /// What others were told is carried out: a bid falls by a ruling that was given before.
    pub(crate) fn fells(&self) -> MayFall {
        MayFall::by_ruling(self.by)
    }
}

/// `withdrawObjection`: whoever may object for the bidder that did, while it is not ruled on.
pub fn may_take_back(viewer: &Viewer, challenge: &ChallengeFacts, objection: &ObjectionFacts) -> Result<MayTakeBack> {
    let by = objector(viewer, challenge, objection, Power::Submit)?;
    open(objection)?;
    Ok(MayTakeBack {
        objection: objection.id,
        notice: objection.notice,
        challenge: challenge.id(),
        by,
        resumed: challenge.step(ChallengeCommand::ResumeNotice)?,
        void: challenge.step(ChallengeCommand::VoidNotice)?,
    })
}

/// Somebody with such a power of the bidder that objected.
fn objector(viewer: &Viewer, challenge: &ChallengeFacts, objection: &ObjectionFacts, power: Power) -> Result<UserId> {
    let actor = viewer.person()?;
    may_see_objection(viewer, challenge.department(), objection)?;
    actor.needs(Role::Bidder)?;
    if actor.acts_for(Role::Bidder) != Some(objection.organization) {
        return Err(Error::NotYours(Reason::NotBidderHere));
    }
    actor.may(power)?;
    Ok(actor.user)
}

fn open(objection: &ObjectionFacts) -> Result<()> {
    match objection.status {
        ObjectionStatus::Open => Ok(()),
        ObjectionStatus::Upheld | ObjectionStatus::Dismissed | ObjectionStatus::Withdrawn => {
            Err(Error::NotNow(Reason::AlreadyResolved))
        }
    }
}

/// What policy asks of a complaint. Made by `awards::store` alone.
#[derive(Clone, Debug)]
pub struct ComplaintFacts {
    pub(crate) id: ComplaintId,
    pub(crate) organization: OrganizationId,
    pub(crate) status: ComplaintStatus,
}

impl ComplaintFacts {
    /// Whether it waits for somebody.
    pub fn is_open(&self) -> bool {
        matches!(self.status, ComplaintStatus::Open | ComplaintStatus::Accepted)
    }
}

/// Leave to complain.
#[derive(Debug)]
pub struct MayComplain {
    objection: ObjectionId,
    challenge: ChallengeId,
    organization: OrganizationId,
    by: UserId,
}

impl MayComplain {
    /// Behind which objection.
    pub fn objection(&self) -> ObjectionId {
        self.objection
    }

    /// On which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// For which bidder.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Who complains.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `raiseComplaint` (投诉; 招标投标法实施条例 60): the bidder whose objection was dismissed, until `until`, or was not ruled on in time. Once an
/// objection.
pub fn may_complain(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    objection: &ObjectionFacts,
    until: Option<Instant>,
    complained: bool,
    now: Instant,
) -> Result<MayComplain> {
    let by = objector(viewer, challenge, objection, Power::Submit)?;
    complainable(challenge, objection, (until, complained), now)?;
    Ok(MayComplain { objection: objection.id, challenge: challenge.id(), organization: objection.organization, by })
}

/// Whether an objection can be complained about now, by whoever binds the bidder that raised it.
pub(crate) fn complainable(
    challenge: &ChallengeFacts,
    objection: &ObjectionFacts,
    (until, complained): (Option<Instant>, bool),
    now: Instant,
) -> Result<()> {
    match objection.status {
        ObjectionStatus::Open if !objection.is_overdue(now) => return Err(Error::NotNow(Reason::ObjectionWaits)),
        ObjectionStatus::Open | ObjectionStatus::Dismissed => {}
        ObjectionStatus::Upheld | ObjectionStatus::Withdrawn => return Err(Error::NotNow(Reason::NotInThisState)),
    }
    if complained {
        return Err(Error::NotNow(Reason::AlreadyThere));
    }
    match challenge.phase() {
        ChallengeStatus::Reviewing
        | ChallengeStatus::Negotiating
        | ChallengeStatus::Publicity
        | ChallengeStatus::Suspended
        | ChallengeStatus::Awarded
        | ChallengeStatus::Executing => {}
        _ => return Err(Error::NotNow(Reason::NotInThisState)),
    }
    if until.is_some_and(|until| now >= until) { Err(Error::TooLate(Reason::ComplaintLate)) } else { Ok(()) }
}

/// Leave to go on with a complaint.
#[derive(Debug)]
pub struct MayHear {
    complaint: ComplaintId,
    challenge: ChallengeId,
    by: UserId,
}

impl MayHear {
    /// Which complaint.
    pub fn complaint(&self) -> ComplaintId {
        self.complaint
    }

    /// On which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who hears it.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// A bid falls by the decision.
    pub(crate) fn fells(&self) -> MayFall {
        MayFall::by_ruling(self.by)
    }
}

/// `acceptComplaint`, `decideComplaint`: a supervisor who has neither ruled on the objection behind it nor acted on the challenge otherwise
/// (`took_part`); first the one, then the other.
pub fn may_hear(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    (objection, complaint): (&ObjectionFacts, &ComplaintFacts),
    took_part: bool,
    at: ComplaintStatus,
) -> Result<MayHear> {
    let actor = viewer.person()?;
    may_see_complaint(viewer, challenge.department(), complaint)?;
    actor.needs(Role::Supervisor)?;
    if objection.ruled_by == Some(actor.user) || took_part {
        return Err(Error::NotYours(Reason::TookPartBefore));
    }
    if complaint.status != at {
        let answered = !complaint.is_open();
        return Err(Error::NotNow(if answered { Reason::AlreadyResolved } else { Reason::NotInThisState }));
    }
    Ok(MayHear { complaint: complaint.id, challenge: challenge.id(), by: actor.user })
}

/// `withdrawComplaint`: whoever binds the bidder that complained, while it is not decided.
pub fn may_withdraw_complaint(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    complaint: &ComplaintFacts,
) -> Result<MayHear> {
    let actor = viewer.person()?;
    may_see_complaint(viewer, challenge.department(), complaint)?;
    actor.needs(Role::Bidder)?;
    if actor.acts_for(Role::Bidder) != Some(complaint.organization) {
        return Err(Error::NotYours(Reason::NotBidderHere));
    }
    actor.may(Power::Submit)?;
    if !complaint.is_open() {
        return Err(Error::NotNow(Reason::AlreadyResolved));
    }
    Ok(MayHear { complaint: complaint.id, challenge: challenge.id(), by: actor.user })
}

/// Whether the viewer sees this complaint: as objections are seen.
pub fn may_see_complaint(viewer: &Viewer, department: OrganizationId, facts: &ComplaintFacts) -> Result<()> {
    let sees = sees_objections(viewer);
    let seen = sees.overseen.has(department) || sees.own == Some(facts.organization);
    if seen { Ok(()) } else { Err(Error::Hidden) }
}

/// Leave to rule on an objection.
#[derive(Debug)]
pub struct MayResolve {
    objection: ObjectionId,
    notice: NoticeId,
    challenge: ChallengeId,
    by: UserId,
    resumed: ChallengeStatus,
    void: ChallengeStatus,
}

impl MayResolve {
    /// On which objection.
    pub fn objection(&self) -> ObjectionId {
        self.objection
    }

    /// To which notice.
    pub fn notice(&self) -> NoticeId {
        self.notice
    }

    /// On which challenge.
    pub fn challenge(&self) -> ChallengeId {
        self.challenge
    }

    /// Who rules.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// The state that the last ruling leads to when every objection was dismissed.
    pub fn resumed(&self) -> ChallengeStatus {
        self.resumed
    }

    /// The state that the last ruling leads to when one was upheld.
    pub fn void(&self) -> ChallengeStatus {
        self.void
    }

    /// A bid falls by the ruling.
    pub(crate) fn fells(&self) -> MayFall {
        MayFall::by_ruling(self.by)
    }
}

/// `resolveObjection`: a supervisor, or an organizer who took no part in the challenge before.
pub fn may_resolve(
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    objection: &ObjectionFacts,
    took_part: bool,
) -> Result<MayResolve> {
    let actor = viewer.person()?;
    may_see_objection(viewer, challenge.department(), objection)?;
    if !actor.has(Role::Supervisor) {
        organizer(viewer, challenge)?;
        if took_part {
            return Err(Error::NotYours(Reason::TookPartBefore));
        }
    }
    open(objection)?;
    Ok(MayResolve {
        objection: objection.id,
        notice: objection.notice,
        challenge: challenge.id(),
        by: actor.user,
        resumed: challenge.step(ChallengeCommand::ResumeNotice)?,
        void: challenge.step(ChallengeCommand::VoidNotice)?,
    })
}

/// Who reads what was talked over with a candidate: its bidder, who sat there, and who runs, watches or owns the challenge.
pub fn sees_talks(standing: Standing) -> bool {
    match standing {
        Standing::Bidder | Standing::Organizer | Standing::Supervisor | Standing::Department => true,
        Standing::Judge | Standing::Rival | Standing::Public => false,
    }
}

/// Leave to tell that a notice is over; the clock's alone.
#[derive(Debug)]
pub struct MayEnd {
    notice: NoticeId,
    at: Instant,
}

impl MayEnd {
    /// Which notice.
    pub fn notice(&self) -> NoticeId {
        self.notice
    }

    /// When it was over.
    pub fn at(&self) -> Instant {
        self.at
    }
}

/// The notice is over: what the clock has made true is made visible.
pub fn may_end(notice: &NoticeFacts, now: Instant) -> Result<MayEnd> {
    if !notice.is_over(now) {
        return Err(Error::NotNow(Reason::NoticeRunning));
    }
    Ok(MayEnd { notice: notice.id, at: notice.ends_at })
}
