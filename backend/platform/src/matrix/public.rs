//! Fields without a row of their own: whoever is shown the thing that they belong to is shown them too.

/// By type.
pub(super) const PUBLIC: &[(&str, &str)] = &[
    ("Amendment", "id summary material at newDeadline"),
    ("Attachment", "id name mediaType size sha256 url"),
    ("Bid", "availableActions"),
    ("Budget", "total fiscal demander bidder"),
    ("ChainVerdict", "intact checked firstBreak"),
    (
        "Challenge",
        "id code title domain scale mechanism piLed legalRoute status department background problemStatement \
         siteConditions ipTerms eligibility acceptanceMethod contact durationMonths budget indicators \
         criteria consortium ruleSet publishedAt questionsCloseAt submissionDeadline questions amendments \
         attachments openingShare waitingShare sealRecipient version availableActions projects",
    ),
    ("Clock", "now rehearsal"),
    ("ConsortiumPolicy", "allowed maxMembers"),
    ("Disagreement", "bid range explained"),
    ("Event", "id at kind subject summary publicText privateDigest previousHash hash"),
    ("FormalCheck", "passed items"),
    ("FormalCheckItem", "name passed reason"),
    ("Indicator", "id name unit comparator target tolerance testMethod mandatory weight"),
    ("IndicatorCommitment", "indicator value note"),
    ("JudgeSeverity", "user meanDeviation"),
    ("Mark", "criterion score reason"),
    ("Notice", "challenge startsAt endsAt voidedAt"),
    ("Objection", "grounds requestedRemedy status ruling raisedAt ruledAt"),
    ("Organization", "id name kind uscc verified registeredInZone qualifications"),
    ("PanelStatistics", "krippendorffAlpha icc2k ratings note judges disagreements"),
    ("PendingDeclaration", "challenge parties dueAt"),
    ("Project", "id challenge bid lead status agreementEffectiveAt countsTowardTarget availableActions"),
    ("Qualification", "kind certificateNo validFrom validTo"),
    ("Query", "node clock verifyReceipt projects targets"),
    ("Question", "id text askedAt answer answeredAt"),
    ("RankedBid", "rank bid score passed tieBrokenBy"),
    ("Receipt", "bidId version commitment sealedAt signature keyId compact"),
    ("ReceiptVerdict", "valid inForce reason bidId sealedAt"),
    ("ReviewTask", "bid sheet deadline"),
    ("RuleSet", "id version minOpenDays publicityWorkingDays panelSize minValidBids trimFrom passMark"),
    ("ScoreSheet", "id bid marks total comment submitted submittedAt"),
    ("ScoringCriterion", "id name weight minimum guidance"),
    ("Session", "id createdAt lastUsedAt userAgent current"),
    (
        "Solution",
        "title summary technicalApproach implementationPlan teamIntroduction principalInvestigator \
         requestedFunding readinessLevel commitments attachments",
    ),
    ("Target", "id year metric name comparator value unit actual met evidence"),
    ("TargetEvidence", "subject counts reason reasonCode"),
    (
        "Technology",
        "name field principle replaces lead readinessLevel status admittedAt opinion countsTowardTarget \
         availableActions",
    ),
    ("Totp", "enrolled required recoveryCodesLeft"),
];
