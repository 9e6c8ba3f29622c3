//! The contract's enumerations. Each mirrors a vocabulary of the platform, variant by variant, which the compiler holds.

use async_graphql::Enum;

/// What a person may be asked to do. A role alone permits nothing: policy also asks for the standing on the thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::Role")]
pub enum Role {
    Demander,
    Organizer,
    Bidder,
    Judge,
    Supervisor,
    SystemAdmin,
    SecurityAdmin,
    AuditAdmin,
}

/// How far a person acts for the organization that it bids for; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::MemberRight")]
pub enum MemberRight {
    /// Sees all that is the organization's own.
    Reader,
    /// Also drafts, asks and files.
    Editor,
    /// Also binds the organization (hands in, takes back, agrees, objects), and looks after its people.
    Owner,
}

/// How far a program acts on its holder's behalf; each includes the ones before it, and none goes further than the holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::TokenScope")]
pub enum TokenScope {
    /// Reads what its holder reads.
    Read,
    /// Also drafts, asks and files.
    Draft,
    /// Also binds the organization.
    Submit,
}

/// Field of application of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::Domain")]
pub enum Domain {
    UrbanOperation,
    SocialGovernance,
    MarketRegulation,
    GovernmentService,
    OtherSmartCity,
}

/// Size of a scenario (国办发〔2025〕37号).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::ScenarioScale")]
pub enum ScenarioScale {
    Comprehensive,
    Integrated,
    SmallCut,
}

/// How the winner is found: 揭榜挂帅, 赛马制, PI制.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::Mechanism")]
pub enum Mechanism {
    OpenCompetition,
    HorseRace,
    PiSystem,
}

/// The legal path (办理路径) that a challenge takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::LegalRoute")]
pub enum LegalRoute {
    TestbedTrial,
    RndGrant,
    InnovationPartnership,
    CompetitiveConsultation,
    TenderExternal,
}

/// What an organization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::OrganizationKind")]
pub enum OrganizationKind {
    Department,
    Enterprise,
    University,
    Institute,
    Fund,
    TechPlatform,
}

/// Where a challenge stands; the table of moves is `challenges::lifecycle`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::ChallengeStatus")]
pub enum ChallengeStatus {
    Draft,
    Submitted,
    Arguing,
    Returned,
    Rejected,
    Approved,
    Published,
    Closed,
    Reviewing,
    Negotiating,
    Publicity,
    Awarded,
    Executing,
    Completed,
    Suspended,
    Failed,
    Cancelled,
    Terminated,
}

/// Where a bid stands; the table of moves is `bids::lifecycle`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::BidStatus")]
pub enum BidStatus {
    Draft,
    Submitted,
    Withdrawn,
    Opened,
    FormalPassed,
    FormalFailed,
    Scored,
    Shortlisted,
    NotShortlisted,
    Negotiating,
    ProposedWinner,
    Won,
    Lost,
    Disqualified,
}

/// Where a project stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::ProjectStatus")]
pub enum ProjectStatus {
    ContractPending,
    InProgress,
    AcceptancePending,
    Accepted,
    Rectifying,
    AcceptanceFailed,
    Closed,
    Suspended,
    Terminated,
}

/// Where a technology of the cultivation library stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::TechnologyStatus")]
pub enum TechnologyStatus {
    Nominated,
    FormalCheck,
    Identifying,
    Scoring,
    Publicity,
    Admitted,
    Cultivating,
    Converted,
    Graduated,
    Rejected,
    Withdrawn,
    Eliminated,
}

/// How a value is held against a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::Comparator")]
pub enum Comparator {
    Gte,
    Gt,
    Lte,
    Lt,
    Eq,
    Approx,
}

/// Where an objection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::ObjectionStatus")]
pub enum ObjectionStatus {
    Open,
    Upheld,
    Dismissed,
    Withdrawn,
}

/// What an expert judges by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::JudgeKind")]
pub enum JudgeKind {
    Technical,
    Economic,
    Legal,
    User,
}

/// What computes a price criterion's mark, in place of the judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::PriceFormula")]
pub enum PriceFormula {
    /// The lowest price that passed the formal check ÷ this price × 100, half up to two places (财政部令第87号 55).
    LowestPrice,
}

/// By what a ranking is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::RankingBasis")]
pub enum RankingBasis {
    /// The means of the judges' totals.
    Raw,
    /// The means of their standard scores: how far each total lies above its judge's own mean, in that judge's own spread.
    Normalised,
    /// The sheets that the panel agreed on.
    Consensus,
}

/// The rule that separated two equal scores. The technical criterion is the heaviest that judges mark, the first among equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::TieRule")]
pub enum TieRule {
    TechnicalMean,
    SumOfTotals,
    LowerFunding,
    EarlierSubmission,
    RecordedDraw,
}

/// Who owns what comes of a challenge (产权归属).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::IpOwnership")]
pub enum IpOwnership {
    BidderOwns,
    DemanderOwns,
    Joint,
}

/// Where a bidder has to be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::EligibilityRegion")]
pub enum EligibilityRegion {
    Any,
    ZoneOnly,
}

/// A dated qualification of an enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::QualificationKind")]
pub enum QualificationKind {
    TechSme,
    Hnte,
    Gazelle,
    PotentialGazelle,
    Unicorn,
    SeedUnicorn,
    HiddenChampion,
    SrdiSme,
    LittleGiant,
    AboveScaleIndustry,
}

/// What ties two organizations to one another (招标投标法实施条例 34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::TieKind")]
pub enum TieKind {
    SamePersonInCharge,
    Holding,
    Management,
    Equity,
    Subordinate,
}

/// What a bid may be corrected in after the opening: its form, never its substance (招标投标法实施条例 52).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::FormalField")]
pub enum FormalField {
    /// 签字盖章
    SignatureSeal,
    /// 联合体协议
    ConsortiumAgreement,
    /// 资质证明
    QualificationProof,
    /// 授权委托书
    AuthorizationLetter,
    /// 联系方式
    Contact,
    /// A file that cannot be read, or is not in the form that was asked for.
    FileFormat,
    /// What a blind part must not show.
    Anonymity,
}

/// What stands between an expert, or a spouse or lineal kin, and an organization or a person (招标投标法实施条例 46).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::RelationKind")]
pub enum RelationKind {
    /// Employed by it, or its adviser; now or in the past.
    Employed,
    /// Its director, supervisor, shareholder or investor.
    DirectorShareholder,
    /// Spouse, lineal or collateral kin within three generations, close in-law of somebody there.
    Kinship,
    /// Supervisor or student of the person.
    TeacherStudent,
    /// A project, paper or patent together.
    Cooperation,
    /// A dispute at law.
    Dispute,
}

/// What is offered to all who may bid: a look at the site, or a sample of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::OfferKind")]
pub enum OfferKind {
    SiteVisit,
    DataSample,
}

/// What a material amendment asks of a bidder before what was handed in counts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::AmendmentResponse")]
pub enum AmendmentResponse {
    Confirm,
    Replace,
}

/// What a target counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::TargetMetric")]
pub enum TargetMetric {
    OpenCompetitionProjects,
    DisruptiveTechnologies,
    Other,
}

/// Where a scenario demand stands; the table of moves is `demands::lifecycle`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::DemandStatus")]
pub enum DemandStatus {
    Draft,
    Submitted,
    Arguing,
    Returned,
    Accepted,
    Listed,
    TakenUp,
    Merged,
    Rejected,
    Withdrawn,
}

/// How a department would work with whoever meets its demand (合作方式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::CooperationMode")]
pub enum CooperationMode {
    Trial,
    JointResearch,
    Procurement,
    Franchise,
    DataCooperation,
}

/// What a department opens to whoever tries a solution (可开放资源).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::ResourceKind")]
pub enum ResourceKind {
    Data,
    Site,
    Equipment,
    Interface,
    Users,
}

/// In which part somebody argues a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::OpinionGiver")]
pub enum OpinionGiver {
    Expert,
    Organizer,
}

/// What an opinion comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::OpinionVerdict")]
pub enum OpinionVerdict {
    Support,
    Revise,
    Oppose,
}

/// Why an organization matches a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::MatchKind")]
pub enum MatchKind {
    Domain,
    Qualification,
    Word,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ErrorCode {
    /// Nobody is signed in, or signing in did not succeed.
    Unauthenticated,
    /// Known to the viewer, but not for the viewer to do.
    Forbidden,
    /// There is nothing that this viewer may know of.
    NotFound,
    /// The input is at fault; `fields` names every faulty one.
    InvalidInput,
    /// Not in this state.
    NotNow,
    /// The deadline has passed.
    DeadlinePassed,
    /// The input contradicts what is already there.
    Conflict,
    /// Working days of a year are needed whose calendar has not been loaded.
    CalendarNotLoaded,
    /// Too many attempts.
    RateLimited,
    /// The request is too complex.
    TooComplex,
    /// The request is too large.
    PayloadTooLarge,
    /// Not just now; try again.
    Unavailable,
    /// A fault of the platform.
    Internal,
}

impl ErrorCode {
    /// The code as it is sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidInput => "INVALID_INPUT",
            Self::NotNow => "NOT_NOW",
            Self::DeadlinePassed => "DEADLINE_PASSED",
            Self::Conflict => "CONFLICT",
            Self::CalendarNotLoaded => "CALENDAR_NOT_LOADED",
            Self::RateLimited => "RATE_LIMITED",
            Self::TooComplex => "TOO_COMPLEX",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// Who holds the key that opens a challenge's bids.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "jiebang_platform::base::words::SealMode")]
pub enum SealMode {
    /// Two of the organizers: nobody else opens them early, the machine's administrators among them.
    Organizers,
    /// The server: disks and backups are protected, not against the machine's administrator.
    Server,
}

/// What an upheld objection or complaint leads to, besides a new notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::Remedy")]
pub enum Remedy {
    /// The bid that it is about is disqualified, and the others are ranked anew.
    Disqualify,
    /// The panel scores again.
    Rescore,
    /// The winners are proposed in the order of the ranking: nobody is passed over any more.
    Reorder,
}

/// Where a complaint stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::ComplaintStatus")]
pub enum ComplaintStatus {
    /// It waits to be accepted.
    Open,
    /// It waits to be decided.
    Accepted,
    /// It is not looked into (不予受理).
    Refused,
    Upheld,
    Dismissed,
    Withdrawn,
}

/// Why an award is taken back before the agreement is signed (招标投标法实施条例 55).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::RevocationGround")]
pub enum RevocationGround {
    /// The winner gives it up.
    GaveUp,
    /// It cannot perform, and it is not its fault.
    ForceMajeure,
    /// The agreement was not signed in time.
    NotSigned,
    /// It came by something unlawful.
    Unlawful,
}

/// How the money of a project is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jiebang_platform::base::words::BudgetMode")]
pub enum BudgetMode {
    /// By budget lines.
    LineItem,
    /// Its total and a list of what it is not for (包干制).
    LumpSum,
}
