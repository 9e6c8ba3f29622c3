//! What can happen, and who may know.

use crate::base::id::{OrganizationId, UserId};
use crate::words;

words! {
    /// A stable name of what happened. New ones may come; none is renamed.
    pub enum EventKind {
        AccountCreated = "account.created",
        PasswordChanged = "account.password_changed",
        TotpEnrolled = "account.totp_enrolled",
        TotpReset = "account.totp_reset",
        SignedIn = "account.signed_in",
        SignedOut = "account.signed_out",
        SessionEnded = "account.session_ended",
        RefreshReused = "account.refresh_reused",
        UserSuspended = "account.suspended",
        UserReinstated = "account.reinstated",
        EnterpriseRegistered = "organization.registered",
        OrganizationCreated = "organization.created",
        OrganizationVerified = "organization.verified",
        OrganizationRefused = "organization.refused",
        ClockSet = "rehearsal.clock_set",
        CalendarLoaded = "calendar.loaded",
        RuleSetLoaded = "rule_set.loaded",
        ChallengeDrafted = "challenge.drafted",
        ChallengeRevised = "challenge.revised",
        ChallengeSubmitted = "challenge.submitted",
        ChallengeReturned = "challenge.returned",
        ChallengeApproved = "challenge.approved",
        ChallengePublished = "challenge.published",
        ChallengeAmended = "challenge.amended",
        ChallengeCancelled = "challenge.cancelled",
        ChallengeClosed = "challenge.closed",
        ChallengeFailed = "challenge.failed",
        QuestionAsked = "question.asked",
        QuestionAnswered = "question.answered",
        BidDrafted = "bid.drafted",
        BidRevised = "bid.revised",
        BidSubmitted = "bid.submitted",
        BidWithdrawn = "bid.withdrawn",
        BidRead = "bid.read",
        OpeningApproved = "challenge.opening_approved",
        BidsOpened = "challenge.opened",
        BidBroken = "bid.broken",
        FormalCheckRecorded = "bid.formally_checked",
        PanelDrawn = "panel.drawn",
        InterestDeclared = "panel.interest_declared",
        JudgeSteppedAside = "panel.stepped_aside",
        JudgeReplaced = "panel.judge_replaced",
        SeatVacant = "panel.seat_vacant",
        SheetSaved = "sheet.saved",
        SheetSubmitted = "sheet.submitted",
        ReviewClosed = "challenge.review_closed",
        NegotiationRecorded = "bid.negotiated",
        NoticePublished = "notice.published",
        NoticeEnded = "notice.ended",
        ObjectionRaised = "objection.raised",
        ObjectionResolved = "objection.resolved",
        ChallengeAwarded = "challenge.awarded",
        AgreementSigned = "project.agreement_signed",
        TechnologyNominated = "technology.nominated",
        TechnologyAdmitted = "technology.admitted",
        TargetsLoaded = "targets.loaded",
        TargetSet = "target.set",
        TargetValueRecorded = "target.value_recorded",
    }
    /// What a timer does when it falls due.
    pub enum TimerKind {
        CloseChallenge = "CLOSE_CHALLENGE",
        EndNotice = "END_NOTICE",
    }
}

/// Who may walk a stream. A stream has one subject and one audience, so that no walk has holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Everybody,
    /// Organizers, supervisors and the audit administrator.
    Staff,
    /// A department, and the staff.
    Department(OrganizationId),
    /// A bidder alone: that there is a bid is sealed.
    Bidder(OrganizationId),
    /// Supervisors.
    Supervision,
    /// One person, the security and the audit administrator.
    Person(UserId),
}

impl Audience {
    /// The word under which the audience is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Everybody => "EVERYBODY",
            Self::Staff => "STAFF",
            Self::Department(_) => "DEPARTMENT",
            Self::Bidder(_) => "BIDDER",
            Self::Supervision => "SUPERVISION",
            Self::Person(_) => "PERSON",
        }
    }
}
