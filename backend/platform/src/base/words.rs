//! Closed vocabularies, spelled as the public contract spells them.

/// Declares an enumeration whose variants are known outside by a fixed word: in the database, in JSON and in the contract.
#[macro_export]
macro_rules! words {
    ($($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[$inner])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every variant, in the order of its declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The fixed word of this variant.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::base::words::Unknown;
            fn from_str(word: &str) -> std::result::Result<Self, Self::Err> {
                match word { $($word => Ok(Self::$variant),)+ _ => Err($crate::base::words::Unknown(stringify!($name))) }
            }
        }
    )+};
}

/// A word that the named vocabulary does not have.
#[derive(Debug, thiserror::Error)]
#[error("not a word of {0}")]
pub struct Unknown(pub &'static str);

words! {
    /// What a person may be asked to do. A role alone permits nothing: policy also asks for the standing on the thing.
    pub enum Role {
        Demander = "DEMANDER",
        Organizer = "ORGANIZER",
        Bidder = "BIDDER",
        Judge = "JUDGE",
        Supervisor = "SUPERVISOR",
        SystemAdmin = "SYSTEM_ADMIN",
        SecurityAdmin = "SECURITY_ADMIN",
        AuditAdmin = "AUDIT_ADMIN",
    }
    /// How far a person acts for the organization that it bids for.
    pub enum MemberRight {
        /// Sees all that is the organization's own.
        Reader = "READER",
        /// Also drafts, asks and files.
        Editor = "EDITOR",
        /// Also binds the organization, and looks after its people.
        Owner = "OWNER",
    }
    /// How far an API token acts for its holder; each includes the ones before it.
    pub enum TokenScope {
        /// Reads what its holder reads.
        Read = "READ",
        /// Also drafts, asks and files.
        Draft = "DRAFT",
        /// Also binds the organization.
        Submit = "SUBMIT",
    }
    /// Field of application of a scenario.
    pub enum Domain {
        UrbanOperation = "URBAN_OPERATION",
        SocialGovernance = "SOCIAL_GOVERNANCE",
        MarketRegulation = "MARKET_REGULATION",
        GovernmentService = "GOVERNMENT_SERVICE",
        OtherSmartCity = "OTHER_SMART_CITY",
    }
    /// Size of a scenario (国办发〔2025〕37号).
    pub enum ScenarioScale {
        Comprehensive = "COMPREHENSIVE",
        Integrated = "INTEGRATED",
        SmallCut = "SMALL_CUT",
    }
    /// How the winner is found: 揭榜挂帅, 赛马制, PI制.
    pub enum Mechanism {
        OpenCompetition = "OPEN_COMPETITION",
        HorseRace = "HORSE_RACE",
        PiSystem = "PI_SYSTEM",
    }
    /// The legal path (办理路径) that a challenge takes.
    pub enum LegalRoute {
        TestbedTrial = "TESTBED_TRIAL",
        RndGrant = "RND_GRANT",
        InnovationPartnership = "INNOVATION_PARTNERSHIP",
        CompetitiveConsultation = "COMPETITIVE_CONSULTATION",
        TenderExternal = "TENDER_EXTERNAL",
    }
    /// What an organization is.
    pub enum OrganizationKind {
        Department = "DEPARTMENT",
        Enterprise = "ENTERPRISE",
        University = "UNIVERSITY",
        Institute = "INSTITUTE",
        Fund = "FUND",
        TechPlatform = "TECH_PLATFORM",
    }
    /// Whether an organizer has vouched for an organization.
    pub enum Verification {
        Pending = "PENDING",
        Verified = "VERIFIED",
        Refused = "REFUSED",
    }
    /// What an installation is for.
    pub enum InstallationKind {
        Real = "REAL",
        Rehearsal = "REHEARSAL",
    }
    /// Where a challenge stands; the table of moves is `challenges::lifecycle`.
    pub enum ChallengeStatus {
        Draft = "DRAFT",
        Submitted = "SUBMITTED",
        Arguing = "ARGUING",
        Returned = "RETURNED",
        Rejected = "REJECTED",
        Approved = "APPROVED",
        Published = "PUBLISHED",
        Closed = "CLOSED",
        Reviewing = "REVIEWING",
        Negotiating = "NEGOTIATING",
        Publicity = "PUBLICITY",
        Awarded = "AWARDED",
        Executing = "EXECUTING",
        Completed = "COMPLETED",
        Suspended = "SUSPENDED",
        Failed = "FAILED",
        Cancelled = "CANCELLED",
        Terminated = "TERMINATED",
    }
    /// Where a bid stands; the table of moves is `bids::lifecycle`.
    pub enum BidStatus {
        Draft = "DRAFT",
        Submitted = "SUBMITTED",
        Withdrawn = "WITHDRAWN",
        Opened = "OPENED",
        FormalPassed = "FORMAL_PASSED",
        FormalFailed = "FORMAL_FAILED",
        Scored = "SCORED",
        Shortlisted = "SHORTLISTED",
        NotShortlisted = "NOT_SHORTLISTED",
        Negotiating = "NEGOTIATING",
        ProposedWinner = "PROPOSED_WINNER",
        Won = "WON",
        Lost = "LOST",
        Disqualified = "DISQUALIFIED",
    }
    /// Where a project stands.
    pub enum ProjectStatus {
        ContractPending = "CONTRACT_PENDING",
        InProgress = "IN_PROGRESS",
        AcceptancePending = "ACCEPTANCE_PENDING",
        Accepted = "ACCEPTED",
        Rectifying = "RECTIFYING",
        AcceptanceFailed = "ACCEPTANCE_FAILED",
        Closed = "CLOSED",
        Suspended = "SUSPENDED",
        Terminated = "TERMINATED",
    }
    /// Where a technology of the cultivation library stands.
    pub enum TechnologyStatus {
        Nominated = "NOMINATED",
        FormalCheck = "FORMAL_CHECK",
        Identifying = "IDENTIFYING",
        Scoring = "SCORING",
        Publicity = "PUBLICITY",
        Admitted = "ADMITTED",
        Cultivating = "CULTIVATING",
        Converted = "CONVERTED",
        Graduated = "GRADUATED",
        Rejected = "REJECTED",
        Withdrawn = "WITHDRAWN",
        Eliminated = "ELIMINATED",
    }
    /// How a value is held against a target.
    pub enum Comparator {
        Gte = "GTE",
        Gt = "GT",
        Lte = "LTE",
        Lt = "LT",
        Eq = "EQ",
        Approx = "APPROX",
    }
    /// What a loaded calendar says of a day that is not as its weekday would have it.
    pub enum DayKind {
        Holiday = "HOLIDAY",
        MakeupWorkday = "MAKEUP_WORKDAY",
    }
    /// Where an objection stands.
    pub enum ObjectionStatus {
        Open = "OPEN",
        Upheld = "UPHELD",
        Dismissed = "DISMISSED",
        Withdrawn = "WITHDRAWN",
    }
    /// What an upheld objection or complaint leads to, besides a new notice.
    pub enum Remedy {
        /// The bid that it is about is disqualified, and the others are ranked anew.
        Disqualify = "DISQUALIFY",
        /// The panel scores again.
        Rescore = "RESCORE",
        /// The winners are proposed in the order of the ranking: nobody is passed over any more.
        Reorder = "REORDER",
    }
    /// Where a complaint stands.
    pub enum ComplaintStatus {
        /// It waits to be accepted.
        Open = "OPEN",
        /// It waits to be decided.
        Accepted = "ACCEPTED",
        /// It is not looked into (不予受理).
        Refused = "REFUSED",
        Upheld = "UPHELD",
        Dismissed = "DISMISSED",
        Withdrawn = "WITHDRAWN",
    }
    /// Why an award is taken back before the agreement is signed (招标投标法实施条例 55).
    pub enum RevocationGround {
        /// The winner gives it up.
        GaveUp = "GAVE_UP",
        /// It cannot perform, and it is not its fault.
        ForceMajeure = "FORCE_MAJEURE",
        /// The agreement was not signed in time.
        NotSigned = "NOT_SIGNED",
        /// It came by something unlawful.
        Unlawful = "UNLAWFUL",
    }
    /// How the money of a project is looked at.
    pub enum BudgetMode {
        /// By budget lines.
        LineItem = "LINE_ITEM",
        /// Its total and a list of what it is not for (包干制).
        LumpSum = "LUMP_SUM",
    }
    /// What an expert judges by.
    pub enum JudgeKind {
        Technical = "TECHNICAL",
        Economic = "ECONOMIC",
        Legal = "LEGAL",
        User = "USER",
    }
    /// By what a ranking is made.
    pub enum RankingBasis {
        /// The means of the judges' totals.
        Raw = "RAW",
        /// The same of their standard scores: how far each total lies above its judge's own mean, in that judge's own spread.
        Normalised = "NORMALISED",
        /// The sheets that the panel agreed on.
        Consensus = "CONSENSUS",
    }
    /// The rule that separated two equal scores.
    pub enum TieRule {
        TechnicalMean = "TECHNICAL_MEAN",
        SumOfTotals = "SUM_OF_TOTALS",
        LowerFunding = "LOWER_FUNDING",
        EarlierSubmission = "EARLIER_SUBMISSION",
        RecordedDraw = "RECORDED_DRAW",
    }
    /// What computes a price criterion's mark, in place of the judges.
    pub enum PriceFormula {
        /// The lowest price that passed the formal check ÷ this price × 100 (财政部令第87号 55).
        LowestPrice = "LOWEST_PRICE",
    }
    /// Who owns what comes of a challenge (产权归属).
    pub enum IpOwnership {
        BidderOwns = "BIDDER_OWNS",
        DemanderOwns = "DEMANDER_OWNS",
        Joint = "JOINT",
    }
    /// Where a bidder has to be registered.
    pub enum EligibilityRegion {
        Any = "ANY",
        ZoneOnly = "ZONE_ONLY",
    }
    /// Who holds the key that opens a challenge's bids.
    pub enum SealMode {
        /// Two of the organizers: nobody else, the machine's administrators among them.
        Organizers = "ORGANIZERS",
        /// The server: disks and backups are protected, not against the machine's administrator.
        Server = "SERVER",
    }
    /// A dated qualification of an enterprise.
    pub enum QualificationKind {
        TechSme = "TECH_SME",
        Hnte = "HNTE",
        Gazelle = "GAZELLE",
        PotentialGazelle = "POTENTIAL_GAZELLE",
        Unicorn = "UNICORN",
        SeedUnicorn = "SEED_UNICORN",
        HiddenChampion = "HIDDEN_CHAMPION",
        SrdiSme = "SRDI_SME",
        LittleGiant = "LITTLE_GIANT",
        AboveScaleIndustry = "ABOVE_SCALE_INDUSTRY",
    }
    /// What ties two organizations to one another (招标投标法实施条例 34).
    pub enum TieKind {
        SamePersonInCharge = "SAME_PERSON_IN_CHARGE",
        Holding = "HOLDING",
        Management = "MANAGEMENT",
        Equity = "EQUITY",
        Subordinate = "SUBORDINATE",
    }
    /// What a bid may be corrected in after the opening: its form, never its substance (招标投标法实施条例 52).
    pub enum FormalField {
        SignatureSeal = "SIGNATURE_SEAL",
        ConsortiumAgreement = "CONSORTIUM_AGREEMENT",
        QualificationProof = "QUALIFICATION_PROOF",
        AuthorizationLetter = "AUTHORIZATION_LETTER",
        Contact = "CONTACT",
        FileFormat = "FILE_FORMAT",
        Anonymity = "ANONYMITY",
    }
    /// What stands between an expert, or a spouse or lineal kin, and an organization or a person (招标投标法实施条例 46).
    pub enum RelationKind {
        /// Employed by it, or its adviser.
        Employed = "EMPLOYED",
        /// Its director, supervisor, shareholder or investor.
        DirectorShareholder = "DIRECTOR_SHAREHOLDER",
        /// Spouse, lineal or collateral kin within three generations, close in-law.
        Kinship = "KINSHIP",
        /// Supervisor or student of the person.
        TeacherStudent = "TEACHER_STUDENT",
        /// A project, paper or patent together.
        Cooperation = "COOPERATION",
        /// A dispute at law.
        Dispute = "DISPUTE",
    }
    /// Why an expert may not judge a challenge.
    pub enum ConflictCode {
        /// Belongs to the demander, the lead or a member now.
        SameOrg = "SAME_ORG",
        /// Was employed by one of them, or its adviser, within the look-back.
        Employed3Y = "EMPLOYED_3Y",
        /// Director, supervisor, shareholder or investor of one of them within the look-back.
        DirectorShareholder = "DIRECTOR_SHAREHOLDER",
        /// Kin of somebody there.
        Kinship = "KINSHIP",
        /// Supervisor or student of the principal investigator.
        TeacherStudent = "TEACHER_STUDENT",
        /// Joint work within the look-back.
        Cooperation3Y = "COOPERATION_3Y",
        /// A dispute at law within the look-back.
        Dispute3Y = "DISPUTE_3Y",
        /// Wrote or argued the demand, or acted on the challenge.
        DemandAuthor = "DEMAND_AUTHOR",
        /// Belongs to what is under common control with one of them.
        SameControl = "SAME_CONTROL",
        /// Takes part in a bid of this challenge.
        BidderInSameList = "BIDDER_IN_SAME_LIST",
        /// Declared by the expert.
        Declared = "DECLARED",
    }
    /// What is offered to all who may bid: a look at the site, or a sample of the data.
    pub enum OfferKind {
        SiteVisit = "SITE_VISIT",
        DataSample = "DATA_SAMPLE",
    }
    /// What a material amendment asks of a bidder before what was handed in counts again.
    pub enum AmendmentResponse {
        Confirm = "CONFIRM",
        Replace = "REPLACE",
    }
    /// What a target counts.
    pub enum TargetMetric {
        OpenCompetitionProjects = "OPEN_COMPETITION_PROJECTS",
        DisruptiveTechnologies = "DISRUPTIVE_TECHNOLOGIES",
        Other = "OTHER",
    }
    /// Where a scenario demand stands; the table of moves is `demands::lifecycle`.
    pub enum DemandStatus {
        Draft = "DRAFT",
        Submitted = "SUBMITTED",
        Arguing = "ARGUING",
        Returned = "RETURNED",
        Accepted = "ACCEPTED",
        Listed = "LISTED",
        TakenUp = "TAKEN_UP",
        Merged = "MERGED",
        Rejected = "REJECTED",
        Withdrawn = "WITHDRAWN",
    }
    /// How a department would work with whoever meets its demand (合作方式).
    pub enum CooperationMode {
        Trial = "TRIAL",
        JointResearch = "JOINT_RESEARCH",
        Procurement = "PROCUREMENT",
        Franchise = "FRANCHISE",
        DataCooperation = "DATA_COOPERATION",
    }
    /// What a department opens to whoever tries a solution (可开放资源).
    pub enum ResourceKind {
        Data = "DATA",
        Site = "SITE",
        Equipment = "EQUIPMENT",
        Interface = "INTERFACE",
        Users = "USERS",
    }
    /// In which part somebody argues a demand.
    pub enum OpinionGiver {
        Expert = "EXPERT",
        Organizer = "ORGANIZER",
    }
    /// What an opinion comes to.
    pub enum OpinionVerdict {
        Support = "SUPPORT",
        Revise = "REVISE",
        Oppose = "OPPOSE",
    }
    /// Why an organization matches a demand.
    pub enum MatchKind {
        Domain = "DOMAIN",
        Qualification = "QUALIFICATION",
        Word = "WORD",
    }
}

words! {
    /// What can be done to a challenge.
    pub enum ChallengeCommand {
        Revise = "reviseChallenge",
        Submit = "submitChallenge",
        Return = "returnChallenge",
        Approve = "approveChallenge",
        Publish = "publishChallenge",
        Reject = "rejectChallenge",
        Withdraw = "withdrawChallenge",
        AskQuestion = "askQuestion",
        AnswerQuestion = "answerQuestion",
        DeclineQuestion = "declineQuestion",
        OfferAccess = "offerAccess",
        Amend = "amendChallenge",
        Cancel = "cancelChallenge",
        Close = "close",
        RecordResult = "recordExternalResult",
        DraftBid = "draftBid",
        ChangeBid = "changeBid",
        Open = "openBids",
        Fail = "fail",
        CheckBid = "recordFormalCheck",
        DrawPanel = "drawPanel",
        ReplaceJudge = "replaceJudge",
        DeclareInterest = "declareInterest",
        Score = "saveScoreSheet",
        BeginConsensus = "beginConsensus",
        CloseReview = "closeReview",
        ExplainDeviation = "explainDeviation",
        SignReview = "signReview",
        DisqualifyBid = "disqualifyBid",
        Negotiate = "recordNegotiation",
        PublishNotice = "publishNotice",
        RaiseObjection = "raiseObjection",
        ResumeNotice = "resumeNotice",
        VoidNotice = "voidNotice",
        Award = "awardChallenge",
        SignAgreement = "signAgreement",
        ReopenReview = "reopenReview",
        RevokeAward = "revokeAward",
        /// Others have won already, and go on without a further winner.
        KeepAward = "keepAward",
        Terminate = "terminateChallenge",
    }
    /// What can be done to a bid, by its bidder or by the course of its challenge.
    pub enum BidCommand {
        Revise = "reviseBid",
        Submit = "submitBid",
        Withdraw = "withdrawBid",
        Confirm = "confirmBid",
        Lapse = "lapse",
        ReadSealed = "readSealedBid",
        Open = "open",
        PassCheck = "passFormalCheck",
        FailCheck = "failFormalCheck",
        Score = "score",
        Disqualify = "disqualifyBid",
        Shortlist = "shortlist",
        SetAside = "setAside",
        Negotiate = "recordNegotiation",
        Propose = "propose",
        Unpropose = "unpropose",
        Win = "win",
        Lose = "lose",
        /// The panel scores it again.
        Rescore = "rescore",
        /// Its award is taken back.
        Revoke = "revokeAward",
        /// A winner has fallen away: it may win after all.
        Readmit = "readmit",
    }
    /// What can be done to a project.
    pub enum ProjectCommand {
        SignAgreement = "signAgreement",
        RevokeAward = "revokeAward",
        Terminate = "terminateChallenge",
    }
    /// What can be done to a technology.
    pub enum TechnologyCommand {
        Admit = "admitTechnology",
    }
    /// What can be done to a scenario demand.
    pub enum DemandCommand {
        Revise = "reviseDemand",
        Submit = "submitDemand",
        Withdraw = "withdrawDemand",
        AskOpinions = "askOpinions",
        RecordOpinion = "recordOpinion",
        Return = "returnDemand",
        Reject = "rejectDemand",
        /// Becomes part of another.
        Merge = "mergeDemands",
        /// Others become part of it.
        TakeIn = "takeIn",
        Accept = "acceptDemand",
        Release = "releaseDemands",
        RegisterInterest = "registerInterest",
        WithdrawInterest = "withdrawInterest",
        Invite = "inviteMatched",
        TakeUp = "takeUp",
        GiveBack = "giveBack",
    }
}

impl OrganizationKind {
    /// Whether such organizations bid (domain rules 2.1): a demander does not, nor do those that fund or test.
    pub fn bids(self) -> bool {
        match self {
            Self::Enterprise | Self::University | Self::Institute => true,
            Self::Department | Self::Fund | Self::TechPlatform => false,
        }
    }
}

impl LegalRoute {
    /// Whether an official procurement system runs it, and the platform tells of the demand and the result only (domain rules 2.13).
    pub fn runs_elsewhere(self) -> bool {
        match self {
            Self::CompetitiveConsultation | Self::TenderExternal => true,
            Self::TestbedTrial | Self::RndGrant | Self::InnovationPartnership => false,
        }
    }
}
