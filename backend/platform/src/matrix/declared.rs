//! The fields without a row of their own, each with the reason why it needs none. A field that is in no row and not here fails
//! the tests: whoever adds one says here that it is no secret, or adds a row.

use std::collections::BTreeSet;
use std::fmt::Write;

/// A reason, and the fields that it holds for, by type.
struct Group {
    why: &'static str,
    fields: &'static [(&'static str, &'static str)],
}

/// The viewer decides only whether there is a parent to ask.
const WITH_PARENT: Group = Group {
    why: "Told to everybody who is told of the thing they belong to",
    fields: &[
        ("Attachment", "id name mediaType size sha256 url"),
        ("Amendment", "id summary material at newDeadline changes"),
        ("Budget", "total fiscal demander bidder"),
        ("Capability", "id organization title domains description words version"),
        ("ChainVerdict", "intact checked firstBreak"),
        (
            "Challenge",
            "id code title domain scale mechanism piLed legalRoute status department background problemStatement \
         siteConditions ipTerms eligibility acceptanceMethod contact durationMonths budget indicators criteria \
         consortium ruleSet demand ipOwnership eligibilityRegion fairCompetitionReviewNo routeApprovalNo externalUrl openData \
         requiredQualifications checklist blind tieOrder consensusRound decidedBy othersNamed race suspendedAt suspendedFrom urgentReason reason externalResult publishedAt questionsCloseAt submissionDeadline questions unsettledQuestions clarified amendments offers sealRecipient seal \
         version notice projects rerunOf",
        ),
        ("Clock", "now rehearsal"),
        ("ConsortiumRequest", "id challenge lead members askedAt agreed answeredAt"),
        ("ConsortiumPolicy", "allowed maxMembers"),
        ("DemandGoal", "name unit comparator target"),
        ("DemandMatch", "organization reasons interested invitedAt"),
        ("Expert", "id user organization kind fields title years unavailableUntil confirmedAt relations version"),
        ("ExpertRelation", "id kind organization from until endedBecause confirmed"),
        ("RevealedRelation", "id name note"),
        ("DrawStep", "excluded departed seated"),
        ("Event", "id at kind subject summary publicText privateDigest previousHash hash"),
        ("FieldChange", "field before after"),
        ("OpeningRecord", "root"),
        ("Correction", "asked askedAt dueAt answers answeredAt"),
        ("CorrectionItem", "field what"),
        ("CorrectionAnswer", "field text"),
        ("FormalFinding", "foundBy at items"),
        ("FormalCheck", "passed items"),
        ("FormalCheckItem", "name passed reason"),
        ("Indicator", "id name unit comparator target tolerance testMethod mandatory weight"),
        ("IndicatorCommitment", "indicator value note"),
        ("IntegrityCase", "id violation basis banFrom banTo recordedAt exemptedAt exemptionGrounds"),
        ("Interest", "id organization note registeredAt withdrawnAt"),
        ("Invitation", "id organization message at"),
        ("JudgeSeverity", "meanDeviation spread without"),
        ("RankingWithout", "firstStays mostPlaces samePass"),
        ("CriterionAgreement", "criterion krippendorffAlpha"),
        ("Disagreement", "bid range explained"),
        ("ConsensusSheet", "marks total comment submittedAt"),
        ("Disqualification", "because foundBy foundAt confirmedBecause confirmedBy confirmedAt"),
        ("ReviewReport", "page closedAt seats signed deviations unexplained"),
        ("MatchReason", "kind detail"),
        ("Mark", "criterion score reason"),
        ("Member", "user right joinedAt suspended"),
        ("MemberInvitation", "id right note invitedBy createdAt expiresAt"),
        ("MembershipOffer", "organizationName right expiresAt"),
        ("ApiToken", "id holder name scope createdAt expiresAt lastUsedAt"),
        ("Notice", "id challenge startsAt endsAt over voidedAt voidedBecause page"),
        (
            "Objection",
            "id challenge notice grounds requestedRemedy status ruling raisedAt ruledAt dueAt overdue remedy remedyBid \
             evidence",
        ),
        (
            "Complaint",
            "id challenge objection grounds requestedRemedy status raisedAt dueAt overdue decision decidedAt remedy evidence",
        ),
        ("Negotiation", "id topic minutes agreed heldAt recordedAt people reason offer"),
        ("NegotiatedOffer", "funding durationMonths indicators text"),
        ("IndicatorValue", "indicator value"),
        (
            "Agreement",
            "contractNo contractSha256 registrationNo durationMonths budgetMode indicators principalInvestigator pledge \
         pledgedAt",
        ),
        ("AgreedIndicator", "indicator committed agreed"),
        ("Race", "stages racers"),
        ("RaceStage", "name months pool keepMost share"),
        ("OpenResource", "kind detail"),
        ("Opinion", "id round giver verdict text at"),
        ("Organization", "id name kind uscc verified registeredInZone qualifications"),
        ("Offer", "id challenge kind description whereabouts takesPlaceAt offeredAt"),
        ("Panel", "id challenge draw"),
        ("PanelDraw", "algorithm seedCommitment candidatesHash"),
        ("PanelJudge", "id kind declared"),
        ("PanelStatistics", "krippendorffAlpha icc2k ratings note judges criteria disagreements unnormalised"),
        ("PendingDeclaration", "challenge parties"),
        (
            "Project",
            "id challenge bid lead status agreementEffectiveAt agreementDueAt agreementOverdue amount endsAt endedAt \
         endedBecause revokedOn countsTowardTarget",
        ),
        ("Qualification", "kind certificateNo validFrom validTo"),
        ("Query", "clock verifyReceipt projects targets ruleSets releaseBatches releaseBatch"),
        ("ExternalResult", "result url"),
        ("Question", "id challenge text askedAt answerDueAt answer answeredAt declinedAt declinedBecause"),
        ("RankedBid", "rank bid score passed tieBrokenBy"),
        ("Receipt", "bidId version commitment salt sealedAt signature keyId compact"),
        ("ReceiptVerdict", "valid inForce reason bidId sealedAt"),
        ("ReleaseBatch", "id code year number title releasedAt"),
        ("ReviewTask", "bid sheet"),
        (
            "RuleSet",
            "id version minOpenDays publicityWorkingDays panelSize minValidBids trimFrom passMark \
         urgentMinOpenDays questionsCloseDays answerDays clarificationLeadDays raceMinWinners raceMaxWinners agreementDays \
         expertOpenReviews conflictYears correctionDays minSheets deviationPoints normaliseFrom \
         objectionDays complaintDays complaintAcceptDays complaintDecideDays piActiveProjects",
        ),
        (
            "RuleSetVersion",
            "id version since minOpenDays urgentMinOpenDays questionsCloseDays answerDays clarificationLeadDays \
         publicityWorkingDays panelSize panelSizeLarge panelSizeLargeFrom minValidBids minValidBidsPartnership trimFrom \
         passMark raceMinWinners raceMaxWinners agreementDays expertYears expertConfirmedDays expertOpenReviews \
         expertSpread conflictYears correctionDays minSheets deviationPoints normaliseFrom \
         objectionDays complaintDays complaintAcceptDays complaintDecideDays piActiveProjects",
        ),
        (
            "ScenarioDemand",
            "id title domain scale site painPoints content goals openResources technicalRequirements cooperation budgetFrom \
         budgetTo schedule contact wantedWords wantedQualifications department status submittedAt listedAt batch version",
        ),
        ("ScoreSheet", "id bid marks unmarked total comment submitted submittedAt abstainedBecause deviationBecause"),
        ("ScoringCriterion", "id name weight minimum guidance priceFormula"),
        ("Seal", "mode recipient openers escrowRecipient note"),
        ("Session", "id createdAt lastUsedAt userAgent current"),
        (
            "Solution",
            "title summary technicalApproach implementationPlan teamIntroduction principalInvestigator \
         requestedFunding readinessLevel commitments attachments attachmentIds",
        ),
        (
            "StatedQualification",
            "id organization kind certificateNo issuedBy validFrom validTo evidence verifiedAt endedAt endedBecause",
        ),
        ("Upload", "id name mediaType size received finished sha256 createdAt url"),
        ("Tie", "id organizations kind basis recordedAt endedAt"),
        ("Target", "id year metric name comparator value unit actual met"),
        ("TargetEvidence", "subject counts reason reasonCode"),
        (
            "Technology",
            "id name field principle replaces lead readinessLevel status admittedAt opinion countsTowardTarget",
        ),
        ("Totp", "enrolled required recoveryCodesLeft"),
        ("User", "id name"),
    ],
};

/// What a mutation answers with: to whoever was let do it.
const WITH_ACT: Group = Group {
    why: "Told to whoever was let do the mutation; the things in it as everywhere",
    fields: &[
        ("AcceptDemandPayload", "demand"),
        ("AcceptInvitationPayload", "organization user"),
        ("CreateApiTokenPayload", "token secret"),
        ("InviteMemberPayload", "invitation code link"),
        ("RemoveMemberPayload", "userId"),
        ("RevokeApiTokenPayload", "tokenId"),
        ("RevokeInvitationPayload", "invitationId"),
        ("SetMemberRightPayload", "member"),
        ("AddCapabilityPayload", "capability"),
        ("RequestCorrectionPayload", "bid"),
        ("CorrectBidPayload", "bid"),
        ("ConfirmExpertPayload", "expert"),
        ("ConfirmExpertRelationPayload", "expert"),
        ("EndExpertRelationPayload", "expert"),
        ("RecordExpertRelationPayload", "expert relationId"),
        ("RevealExpertPayload", "expert phone relations"),
        ("StateExpertisePayload", "expert"),
        ("AdmitTechnologyPayload", "technology"),
        ("AskOpinionsPayload", "demand"),
        ("DraftDemandPayload", "demand"),
        ("InviteMatchedPayload", "demand invited"),
        ("MergeDemandsPayload", "demand"),
        ("RecordOpinionPayload", "demand opinion"),
        ("RegisterInterestPayload", "demand interest"),
        ("RejectDemandPayload", "demand"),
        ("ReleaseDemandsPayload", "batch"),
        ("RemoveCapabilityPayload", "capabilityId"),
        ("ReturnDemandPayload", "demand"),
        ("ReviseCapabilityPayload", "capability"),
        ("ReviseDemandPayload", "demand"),
        ("SubmitDemandPayload", "demand"),
        ("WithdrawDemandPayload", "demand"),
        ("WithdrawInterestPayload", "demand"),
        ("AmendChallengePayload", "challenge amendment"),
        ("AnswerQuestionPayload", "question"),
        ("ApproveChallengePayload", "challenge"),
        ("AskQuestionPayload", "question"),
        ("AwardChallengePayload", "challenge projects"),
        ("CancelChallengePayload", "challenge"),
        ("RerunChallengePayload", "challenge"),
        ("RejectChallengePayload", "challenge"),
        ("WithdrawChallengePayload", "challenge"),
        ("RecordExternalResultPayload", "challenge"),
        ("ChangePasswordPayload", "endedSessions"),
        ("CloseReviewPayload", "challenge ranking"),
        ("AbstainFromBidPayload", "sheet"),
        ("BeginConsensusPayload", "panel"),
        ("DisqualifyBidPayload", "bid disqualified"),
        ("ExplainDeviationPayload", "sheet"),
        ("ReopenScoreSheetPayload", "panel"),
        ("SignReviewPayload", "challenge"),
        ("SubmitConsensusSheetPayload", "bid"),
        ("CreateAccountPayload", "user"),
        ("CreateOrganizationPayload", "organization"),
        ("ConfirmTotpPayload", "recoveryCodes endedSessions"),
        ("AnswerConsortiumPayload", "request"),
        ("RecordQualificationPayload", "qualification"),
        ("VerifyQualificationPayload", "qualification"),
        ("EndQualificationPayload", "qualification"),
        ("RecordIntegrityCasePayload", "case"),
        ("GrantExemptionPayload", "case"),
        ("RecordTiePayload", "tie"),
        ("EndTiePayload", "tie"),
        ("ConfirmBidPayload", "bid"),
        ("DeclineQuestionPayload", "question"),
        ("OfferAccessPayload", "offer"),
        ("DeclareInterestPayload", "challenge recused"),
        ("DraftBidPayload", "bid"),
        ("DraftChallengePayload", "challenge"),
        ("DrawPanelPayload", "panel"),
        ("EndSessionPayload", "sessionId"),
        ("EnrolTotpPayload", "secret url"),
        ("NominateTechnologyPayload", "technology"),
        ("OpeningKey", "recipient kept registeredAt"),
        ("OpenBidsPayload", "challenge opened approvals broken"),
        ("PublishChallengePayload", "challenge"),
        ("PublishNoticePayload", "notice"),
        ("VoidNoticePayload", "notice"),
        ("RaiseObjectionPayload", "objection"),
        ("WithdrawObjectionPayload", "objection"),
        ("RaiseComplaintPayload", "complaint"),
        ("AcceptComplaintPayload", "complaint"),
        ("DecideComplaintPayload", "complaint"),
        ("WithdrawComplaintPayload", "complaint"),
        ("SuspendChallengePayload", "challenge"),
        ("ResumeChallengePayload", "challenge"),
        ("FailChallengePayload", "challenge"),
        ("TerminateChallengePayload", "challenge terminated"),
        ("RevokeAwardPayload", "project revoked"),
        ("SignPledgePayload", "project"),
        ("RegisterContractPayload", "project"),
        ("RegisterOpeningKeyPayload", "openingKey"),
        ("CreateUploadPayload", "upload"),
        ("DiscardUploadPayload", "uploadId bid"),
        ("FinishUploadPayload", "upload attachment"),
        ("ReadSealedBidPayload", "solution salt content"),
        ("RecordFormalCheckPayload", "bid"),
        ("RecordNegotiationPayload", "bid"),
        ("RecordTargetValuePayload", "target"),
        ("RefuseOrganizationPayload", "organization"),
        ("RegisterEnterprisePayload", "organization user"),
        ("ReinstateUserPayload", "user"),
        ("ReplaceJudgePayload", "panel"),
        ("ResetTotpPayload", "user endedSessions"),
        ("ReshareOpeningKeyPayload", "challenge done"),
        ("ResolveObjectionPayload", "objection"),
        ("ReturnChallengePayload", "challenge"),
        ("ReviseBidPayload", "bid"),
        ("ReviseRuleSetPayload", "ruleSet"),
        ("ReviseChallengePayload", "challenge"),
        ("SaveScoreSheetPayload", "sheet"),
        ("SetClockPayload", "clock"),
        ("SetTargetPayload", "target"),
        ("SignAgreementPayload", "project"),
        ("SignInPayload", "accessToken expiresAt refreshToken viewer"),
        ("SignOutPayload", "signedOut"),
        ("SubmitBidPayload", "bid receipt recoveryKey"),
        ("SubmitChallengePayload", "challenge"),
        ("SubmitScoreSheetPayload", "sheet"),
        ("SuspendUserPayload", "user"),
        ("VerifyOrganizationPayload", "organization"),
        ("WithdrawBidPayload", "bid"),
    ],
};

/// What says the same as other rows do.
const BY_ROWS: Group = Group {
    why: "Told as the rows say of what they name, list or count",
    fields: &[
        ("Bid", "availableActions"),
        ("Capability", "availableActions"),
        ("Expert", "availableActions"),
        ("ExpertRelation", "availableActions"),
        ("ScenarioDemand", "availableActions"),
        ("Challenge", "availableActions"),
        ("Project", "availableActions"),
        ("Objection", "availableActions"),
        ("Complaint", "availableActions"),
        ("Technology", "availableActions"),
        ("PageInfo", "hasPreviousPage hasNextPage startCursor endCursor"),
        ("…Connection", "pageInfo edges nodes totalCount"),
        ("…Edge", "node cursor"),
    ],
};

/// Nothing is behind them as yet. Whoever puts something there adds a row.
const EMPTY: Group = Group {
    why: "Null or empty to everybody as yet",
    fields: &[("Challenge", "attachments"), ("PendingDeclaration", "dueAt"), ("ReviewTask", "deadline")],
};

const ALL: [Group; 4] = [WITH_PARENT, WITH_ACT, BY_ROWS, EMPTY];

/// `Type.field` of every field that needs no row; `…Connection` and `…Edge` stand for all types that end so.
pub fn declared() -> BTreeSet<String> {
    let fields = ALL.iter().flat_map(|group| group.fields);
    fields.flat_map(|(of, names)| names.split_whitespace().map(move |name| format!("{of}.{name}"))).collect()
}

/// The end of the page.
pub(super) fn page() -> String {
    let mut page = String::new();
    for group in ALL {
        let _ = write!(page, "\n\n== {} ==\n\n", group.why);
        for (of, names) in group.fields {
            let names: Vec<&str> = names.split_whitespace().collect();
            page.push_str(&super::wrapped(&names, &format!("{of}: "), " "));
        }
    }
    page
}
