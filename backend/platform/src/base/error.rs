//! How the platform says no. Closed: the doors translate every variant, and only they.

use super::faults::Fault;
use super::words::Unknown;
use crate::words;

/// A result of the platform.
pub type Result<T> = std::result::Result<T, Error>;

/// Every way in which the platform refuses or fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or signing in did not succeed.
    #[error("sign in: {0}")]
    SignIn(Reason),
    /// There is nothing that this viewer may know of.
    #[error("hidden")]
    Hidden,
    /// Known to the viewer, but not for the viewer to do.
    #[error("not yours: {0}")]
    NotYours(Reason),
    /// Not in this state.
    #[error("not now: {0}")]
    NotNow(Reason),
    /// Not in this state: so many are missing.
    #[error("not now: {0}, by {1}")]
    Short(Reason, usize),
    /// The deadline has passed (at the deadline's own instant it has).
    #[error("too late: {0}")]
    TooLate(Reason),
    /// The input is at fault; every faulty field is named.
    #[error("invalid: {0:?}")]
    Invalid(Vec<Fault>),
    /// The input is well, but contradicts what is already there.
    #[error("conflict: {0}")]
    Conflict(Reason),
    /// A computation needs working days of a year whose calendar has not been loaded.
    #[error("no calendar for {0}")]
    CalendarNotLoaded(i32),
    /// Too many attempts; again after this many seconds.
    #[error("too many, again in {0} s")]
    TooMany(u64),
    /// The request is too complex.
    #[error("too complex")]
    TooComplex(Limit, usize),
    /// The request is too large.
    #[error("too large")]
    TooLarge,
    /// More of this work is waiting than can be done; again after this many seconds.
    #[error("busy, again in {0} s")]
    Busy(u64),
    /// The platform cannot serve this just now.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The database asks for the whole transaction again; never leaves `db`.
    #[error("again: {0}")]
    Again(String),
    /// A fault of the platform: logged, never told.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl Error {
    /// Whether it is certain that nothing was done.
    pub fn is_refusal(&self) -> bool {
        !matches!(self, Self::Unavailable(_) | Self::Again(_) | Self::Internal(_))
    }

    /// One faulty field.
    pub fn invalid(path: impl Into<String>, code: FaultCode) -> Self {
        Self::Invalid(vec![Fault::new(path, code)])
    }
}

impl From<Unknown> for Error {
    fn from(unknown: Unknown) -> Self {
        Self::Internal(unknown.into())
    }
}

impl From<serde_json::Error> for Error {
    fn from(fault: serde_json::Error) -> Self {
        Self::Internal(fault.into())
    }
}

words! {
    /// What a request asks too much of.
    pub enum Limit {
        /// Bytes of the document's text.
        Text = "text",
        /// Tokens of the document.
        Tokens = "tokens",
        /// Brackets within brackets.
        Nesting = "nesting",
        /// Fields within fields.
        Depth = "depth",
        /// Aliases in the document.
        Aliases = "aliases",
        /// Directives in the document.
        Directives = "directives",
        /// Fields, once fragments are written out.
        Fields = "fields",
        /// Variables of an operation.
        Variables = "variables",
        /// Lists within lists of what introspection tells.
        Introspection = "introspection",
        /// What an operation costs.
        Cost = "cost",
        /// Operations under way on one socket.
        Operations = "operations",
    }
}

words! {
    /// Why a request was refused. The words of each are in the doors' language files.
    pub enum Reason {
        SignInFirst = "sign_in_first",
        WrongCredentials = "wrong_credentials",
        TotpNeeded = "totp_needed",
        WrongTotp = "wrong_totp",
        EnrolTotpFirst = "enrol_totp_first",
        NothingToConfirm = "nothing_to_confirm",
        SessionEnded = "session_ended",
        RefreshRefused = "refresh_refused",
        RoleNeeded = "role_needed",
        RightNeeded = "right_needed",
        NotByToken = "not_by_token",
        LastOwner = "last_owner",
        TooManyInvitations = "too_many_invitations",
        TooManyTokens = "too_many_tokens",
        InvitationOver = "invitation_over",
        OwnAccount = "own_account",
        OtherDepartment = "other_department",
        OwnDepartment = "own_department",
        AuthorMayNotApprove = "author_may_not_approve",
        ApproverMayNotHurry = "approver_may_not_hurry",
        ReviserMayNotPublish = "reviser_may_not_publish",
        KeepsNoFiles = "keeps_no_files",
        OrganizationNotVerified = "organization_not_verified",
        NotBidderHere = "not_bidder_here",
        NotDrawn = "not_drawn",
        SteppedAside = "stepped_aside",
        TookPartBefore = "took_part_before",
        NotNominator = "not_nominator",
        NotInThisState = "not_in_this_state",
        NotYetDeadline = "not_yet_deadline",
        DeadlinePassed = "deadline_passed",
        QuestionsClosed = "questions_closed",
        RouteTakesNoBids = "route_takes_no_bids",
        RunHere = "run_here",
        NoNegotiationOnRoute = "no_negotiation_on_route",
        BidsUnchecked = "bids_unchecked",
        AlreadyDrawn = "already_drawn",
        NotDrawnYet = "not_drawn_yet",
        TooFewCandidates = "too_few_candidates",
        TooFewExperts = "too_few_experts",
        TooFewUserExperts = "too_few_user_experts",
        TooFewOrganizations = "too_few_organizations",
        DeclareFirst = "declare_first",
        AlreadyDeclared = "already_declared",
        SeatVacant = "seat_vacant",
        SheetsMissing = "sheets_missing",
        SheetSubmitted = "sheet_submitted",
        SheetOpen = "sheet_open",
        TooFewSheets = "too_few_sheets",
        NoConsensusRound = "no_consensus_round",
        ConsensusBegun = "consensus_begun",
        ConsensusNotBegun = "consensus_not_begun",
        ConsensusMissing = "consensus_missing",
        NotChair = "not_chair",
        NothingToExplain = "nothing_to_explain",
        AlreadyExplained = "already_explained",
        NoticeRunning = "notice_running",
        NoticeOver = "notice_over",
        ObjectionsOpen = "objections_open",
        AlreadyResolved = "already_resolved",
        AlreadyAnswered = "already_answered",
        QuestionsUnanswered = "questions_unanswered",
        TooManyQuestions = "too_many_questions",
        NoAmendmentToConfirm = "no_amendment_to_confirm",
        ReplaceBidInstead = "replace_bid_instead",
        AlreadySigned = "already_signed",
        NothingToSubmit = "nothing_to_submit",
        DraftLost = "draft_lost",
        TooManyUploads = "too_many_uploads",
        NoRoomForFiles = "no_room_for_files",
        UploadIncomplete = "upload_incomplete",
        UploadBrokeOff = "upload_broke_off",
        StretchTooShort = "stretch_too_short",
        BidBroken = "bid_broken",
        HoldsNoShare = "holds_no_share",
        TooFewOpeners = "too_few_openers",
        WinnerUnfit = "winner_unfit",
        WinnersFit = "winners_fit",
        ComputedTarget = "computed_target",
        TaxCodeTaken = "uscc_taken",
        UsernameTaken = "username_taken",
        BidExists = "bid_exists",
        VersionMoved = "version_moved",
        ClosedOverOthers = "closed_over_others",
        LogBroken = "log_broken",
        KeyReused = "key_reused",
        UploadStandsElsewhere = "upload_stands_elsewhere",
        ContractNoTaken = "contract_no_taken",
        TechnologyExists = "technology_exists",
        TargetExists = "target_exists",
        DemandElsewhere = "demand_elsewhere",
        OwnDemand = "own_demand",
        NotAsked = "not_asked",
        OpinionGiven = "opinion_given",
        OpinionsMissing = "opinions_missing",
        InterestExists = "interest_exists",
        NoInterest = "no_interest",
        NobodyToInvite = "nobody_to_invite",
        InvitationFixed = "invitation_fixed",
        CapabilitiesFull = "capabilities_full",
        RelationsFull = "relations_full",
        ExpertsOwn = "experts_own",
        FindingFirst = "finding_first",
        RerunThere = "rerun_there",
        CorrectionAwaited = "correction_awaited",
        CorrectionRequested = "correction_requested",
        NothingToCorrect = "nothing_to_correct",
        CorrectionOver = "correction_over",
        AlreadyDecided = "already_decided",
        AlreadyThere = "already_there",
        StandsStill = "stands_still",
        SupervisorsOrder = "supervisors_order",
        ComplaintsOpen = "complaints_open",
        ComplaintLate = "complaint_late",
        ObjectionWaits = "objection_waits",
        PledgeMissing = "pledge_missing",
        NotPiLed = "not_pi_led",
        TooManyProjects = "too_many_projects",
        NotSigned = "not_signed",
    }
    /// What is wrong with a field. The words of each are in the doors' language files.
    pub enum FaultCode {
        Required = "required",
        TooShort = "too_short",
        TooLong = "too_long",
        OutOfRange = "out_of_range",
        NotAnId = "not_an_id",
        Unknown = "unknown",
        NotADecimal = "not_a_decimal",
        NotAnInstant = "not_an_instant",
        NotADate = "not_a_date",
        NotMoney = "not_money",
        BadCharacters = "bad_characters",
        UsccForm = "uscc_form",
        UsccCheckDigit = "uscc_check_digit",
        UsccKind = "uscc_kind",
        WeightsSum = "weights_sum",
        SharesSum = "shares_sum",
        InThePast = "in_the_past",
        TooSoon = "too_soon",
        TooFar = "too_far",
        InTheFuture = "in_the_future",
        BeforeAward = "before_award",
        Duplicate = "duplicate",
        ToleranceOnlyApprox = "tolerance_only_approx",
        ToleranceNeeded = "tolerance_needed",
        WeakerThanTarget = "weaker_than_target",
        CommitmentMissing = "commitment_missing",
        AboveBudget = "above_budget",
        PledgeNeeded = "pledge_needed",
        NotSupportedYet = "not_supported_yet",
        DoesNotApply = "does_not_apply",
        NotAnnounced = "not_announced",
        NotARecipient = "not_a_recipient",
        NotARecoveryKey = "not_a_recovery_key",
        WrongShare = "wrong_share",
        KeyNotKept = "key_not_kept",
        PassphraseWrong = "passphrase_wrong",
        NotAHash = "not_a_hash",
        KindNotTaken = "kind_not_taken",
        FileTooLarge = "file_too_large",
        DeclarationNeeded = "declaration_needed",
        NotWhatItsNameSays = "not_what_its_name_says",
        OtherDigest = "other_digest",
        UploadUnfinished = "upload_unfinished",
        OneOfTwo = "one_of_two",
        TooMany = "too_many",
        RolesConflict = "roles_conflict",
        HasOwner = "has_owner",
        OrganizationNeeded = "organization_needed",
        OrganizationKindWrong = "organization_kind_wrong",
        JudgeKindNeeded = "judge_kind_needed",
        JudgeKindUnwanted = "judge_kind_unwanted",
        PasswordWeak = "password_weak",
        PasswordCommon = "password_common",
        PasswordReused = "password_reused",
        PasswordWrong = "password_wrong",
        TotpWrong = "totp_wrong",
        NotAmendable = "not_amendable",
        MaterialNeeded = "material_needed",
        ZoneOnlyUnlawful = "zone_only_unlawful",
        Banned = "banned",
        TiedToDemander = "tied_to_demander",
        NotInZone = "not_in_zone",
        QualificationMissing = "qualification_missing",
        MemberNotAgreed = "member_not_agreed",
        InTwoBids = "in_two_bids",
        TiedToBid = "tied_to_bid",
        DrawLast = "draw_last",
        NoConsensusRound = "no_consensus_round",
        NotALink = "not_a_link",
        AfterDeadline = "after_deadline",
        ConsortiumRefused = "consortium_refused",
        ConsortiumTooLarge = "consortium_too_large",
        MemberUnfit = "member_unfit",
        OrganizationNotVerified = "organization_not_verified",
        ItemMissing = "item_missing",
        ReasonNeeded = "reason_needed",
        WinnersNumber = "winners_number",
        NotShortlisted = "not_shortlisted",
        MarkPlaces = "mark_places",
        MarkMissing = "mark_missing",
        MarkComputed = "mark_computed",
        OnePrice = "one_price",
        JudgedNeeded = "judged_needed",
        NoMinimum = "no_minimum",
        BackwardClock = "backward_clock",
        NotAmongParties = "not_among_parties",
        ConflictUnwanted = "conflict_unwanted",
        BadCursor = "bad_cursor",
        ExactlyOne = "exactly_one",
        Malformed = "malformed",
        ExpertUnfit = "expert_unfit",
        OfficePhone = "office_phone",
        IntoItself = "into_itself",
        WeakerThanBid = "weaker_than_bid",
        AboveBid = "above_bid",
        LongerThanNotice = "longer_than_notice",
        PoolsAboveBudget = "pools_above_budget",
        StagesTooLong = "stages_too_long",
        OnlyForRaces = "only_for_races",
        KeepMostRises = "keep_most_rises",
        NotTheInvestigator = "not_the_investigator",
        InRankingsOrder = "in_rankings_order",
        BidNeeded = "bid_needed",
        AfterAward = "after_award",
        TooEarly = "too_early",
    }
}
