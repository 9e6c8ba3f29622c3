//! What can be done to a challenge up to its cancellation: inputs, and the verbs they are read for.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::base::Error;
use jiebang_platform::base::id::QuestionId;
use jiebang_platform::bids::record_result;
use jiebang_platform::challenges::content::{Changes, NewBudget, NewCriterion, NewIndicator};
use jiebang_platform::challenges::terms::NewTerms;
use jiebang_platform::challenges::{
    self, amend, answer, approve, ask, cancel, decline, draft, offer, publish, reject, rerun, reshare, return_, revise,
    submit, withdraw,
};

use super::{Amendment, Challenge, Offer, Question};
use crate::graphql::agreement::RaceStageInput;
use crate::graphql::context::{Asking, asking};
use crate::graphql::error::Answer;
use crate::graphql::scalars::{DateTime, Decimal, Fen};
use crate::graphql::words::{
    Comparator, Domain, EligibilityRegion, IpOwnership, LegalRoute, Mechanism, OfferKind, PriceFormula,
    QualificationKind, RankingBasis, ScenarioScale, TieRule,
};

#[derive(InputObject)]
struct BudgetInput {
    total: Fen,
    fiscal: Fen,
    demander: Fen,
    bidder: Fen,
}

impl From<BudgetInput> for NewBudget {
    fn from(given: BudgetInput) -> Self {
        Self { total: given.total.0, fiscal: given.fiscal.0, demander: given.demander.0, bidder: given.bidder.0 }
    }
}

#[derive(InputObject)]
struct IndicatorInput {
    name: String,
    unit: String,
    comparator: Comparator,
    target: Decimal,
    /// With APPROX, and only with it.
    tolerance: Option<Decimal>,
    test_method: String,
    mandatory: bool,
    weight: i32,
}

impl From<IndicatorInput> for NewIndicator {
    fn from(given: IndicatorInput) -> Self {
        Self {
            name: given.name,
            unit: given.unit,
            comparator: given.comparator.into(),
            target: given.target.0,
            tolerance: given.tolerance.map(|tolerance| tolerance.0),
            test_method: given.test_method,
            mandatory: given.mandatory,
            weight: given.weight,
        }
    }
}

#[derive(InputObject)]
struct CriterionInput {
    name: String,
    weight: i32,
    minimum: Option<i32>,
    guidance: Option<String>,
    /// For one criterion at most: its mark is computed from the funding that a bid asks for, and judges give none.
    price_formula: Option<PriceFormula>,
}

impl From<CriterionInput> for NewCriterion {
    fn from(given: CriterionInput) -> Self {
        Self {
            name: given.name,
            weight: given.weight,
            minimum: given.minimum,
            guidance: given.guidance,
            price_formula: given.price_formula.map(Into::into),
        }
    }
}

fn each<G, N: From<G>>(given: Option<Vec<G>>) -> Option<Vec<N>> {
    given.map(|given| given.into_iter().map(N::from).collect())
}

/// What may be given of a challenge besides its title.
#[derive(InputObject)]
struct ContentInput {
    domain: Option<Domain>,
    scale: Option<ScenarioScale>,
    mechanism: Option<Mechanism>,
    pi_led: Option<bool>,
    legal_route: Option<LegalRoute>,
    background: Option<String>,
    problem_statement: Option<String>,
    site_conditions: Option<String>,
    ip_terms: Option<String>,
    eligibility: Option<String>,
    acceptance_method: Option<String>,
    contact: Option<String>,
    duration_months: Option<i32>,
    budget: Option<BudgetInput>,
    indicators: Option<Vec<IndicatorInput>>,
    criteria: Option<Vec<CriterionInput>>,
    consortium_allowed: Option<bool>,
    consortium_max_members: Option<i32>,
    /// BIDDER_OWNS unless something else is said.
    ip_ownership: Option<IpOwnership>,
    /// ANY unless something else is said.
    eligibility_region: Option<EligibilityRegion>,
    /// Needed with ZONE_ONLY; an empty text takes it away.
    fair_competition_review_no: Option<String>,
    /// Needed on the route INNOVATION_PARTNERSHIP; an empty text takes it away.
    route_approval_no: Option<String>,
    /// Where the official system runs it (https); an empty text takes it away.
    external_url: Option<String>,
    required_qualifications: Option<Vec<QualificationKind>>,
    blind: Option<bool>,
    /// All rules in the order of their declaration unless something else is said; the recorded draw comes last.
    tie_order: Option<Vec<TieRule>>,
    /// Whether the panel talks once every sheet is in, and agrees on a sheet for each bid; no unless it is said.
    consensus_round: Option<bool>,
    /// RAW unless something else is said.
    decided_by: Option<RankingBasis>,
    /// What the formal check has to look at, item by item; none: what the organizer finds fit.
    checklist: Option<Vec<String>>,
    /// Whether those who do not win are named beside their scores after the award; yes unless it is said.
    others_named: Option<bool>,
    /// The stages of a race, in their order; none: one, over all of its time and money.
    race_stages: Option<Vec<RaceStageInput>>,
}

impl ContentInput {
    fn titled(self, title: Option<String>) -> Changes {
        Changes {
            title,
            domain: self.domain.map(Into::into),
            scale: self.scale.map(Into::into),
            mechanism: self.mechanism.map(Into::into),
            pi_led: self.pi_led,
            legal_route: self.legal_route.map(Into::into),
            background: self.background,
            problem_statement: self.problem_statement,
            site_conditions: self.site_conditions,
            ip_terms: self.ip_terms,
            eligibility: self.eligibility,
            acceptance_method: self.acceptance_method,
            contact: self.contact,
            duration_months: self.duration_months,
            budget: self.budget.map(Into::into),
            indicators: each(self.indicators),
            criteria: each(self.criteria),
            consortium_allowed: self.consortium_allowed,
            consortium_max_members: self.consortium_max_members,
            terms: NewTerms {
                ip_ownership: self.ip_ownership.map(Into::into),
                eligibility_region: self.eligibility_region.map(Into::into),
                fair_competition_review_no: self.fair_competition_review_no,
                route_approval_no: self.route_approval_no,
                external_url: self.external_url,
                required_qualifications: each(self.required_qualifications),
                blind: self.blind,
                tie_order: each(self.tie_order),
                consensus_round: self.consensus_round,
                decided_by: self.decided_by.map(Into::into),
                checklist: self.checklist,
                others_named: self.others_named,
                race_stages: each(self.race_stages),
            },
        }
    }
}

#[derive(InputObject)]
struct DraftChallengeInput {
    title: String,
    /// A listed demand of the department that it comes of: it begins with what that says, and the demand is taken up.
    demand_id: Option<ID>,
    #[graphql(flatten)]
    content: ContentInput,
    idempotency_key: Option<String>,
}

/// Only the fields given change.
#[derive(InputObject)]
struct ChallengeChangesInput {
    title: Option<String>,
    #[graphql(flatten)]
    content: ContentInput,
}

impl From<ChallengeChangesInput> for Changes {
    fn from(given: ChallengeChangesInput) -> Self {
        given.content.titled(given.title)
    }
}

/// Another version than expected is CONFLICT: a colleague was quicker.
#[derive(InputObject)]
struct ReviseChallengeInput {
    challenge_id: ID,
    expected_version: Option<i32>,
    changes: ChallengeChangesInput,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct SubmitChallengeInput {
    challenge_id: ID,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ReturnChallengeInput {
    challenge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ApproveChallengeInput {
    challenge_id: ID,
    opinion: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct PublishChallengeInput {
    challenge_id: ID,
    submission_deadline: DateTime,
    /// Allows fewer open days; recorded, published, and not by the approver.
    urgent_reason: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct AskQuestionInput {
    challenge_id: ID,
    text: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct AnswerQuestionInput {
    question_id: ID,
    answer: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct DeclineQuestionInput {
    question_id: ID,
    /// For all to read.
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct OfferAccessInput {
    challenge_id: ID,
    kind: OfferKind,
    description: String,
    /// Where to come to, or where the sample lies.
    whereabouts: String,
    /// A visit has a time, before the deadline.
    takes_place_at: Option<DateTime>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct AmendChallengeInput {
    challenge_id: ID,
    summary: String,
    /// A material change inside the lead time moves the deadline by itself, and voids what was handed in until its bidder confirms
    /// or replaces it.
    material: bool,
    /// Later than the present one.
    new_deadline: Option<DateTime>,
    /// What the challenge is (title, domain, scale, mechanism, route) cannot be amended; what bidders have calculated with, as
    /// material only.
    changes: Option<ChallengeChangesInput>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RerunChallengeInput {
    challenge_id: ID,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct CancelChallengeInput {
    challenge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

/// As for openBids.
#[derive(InputObject)]
struct ReshareOpeningKeyInput {
    challenge_id: ID,
    #[graphql(secret)]
    share: Option<String>,
    #[graphql(secret)]
    waiting_share: Option<String>,
    #[graphql(secret)]
    passphrase: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct ReshareOpeningKeyPayload {
    challenge: Challenge,
    /// Whether the key is split anew; otherwise the first share waits for a second.
    done: bool,
}

#[derive(InputObject)]
struct RejectChallengeInput {
    challenge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct WithdrawChallengeInput {
    challenge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RecordExternalResultInput {
    challenge_id: ID,
    /// Whether somebody won: the challenge is COMPLETED, else FAILED.
    won: bool,
    /// Who, for how much, or why nobody did.
    result: String,
    /// The official notice of it (https).
    url: String,
    idempotency_key: Option<String>,
}

macro_rules! payloads {
    ($($name:ident),+ $(,)?) => {$(
        #[derive(SimpleObject)]
        struct $name { challenge: Challenge }
        impl $name {
            async fn of(asking: &Asking, done: challenges::Done) -> Answer<Self> {
                Ok(Self { challenge: Challenge::named(asking, done.challenge).await? })
            }
        }
    )+};
}

payloads!(
    DraftChallengePayload,
    ReviseChallengePayload,
    SubmitChallengePayload,
    ReturnChallengePayload,
    ApproveChallengePayload,
    PublishChallengePayload,
    CancelChallengePayload,
    RerunChallengePayload,
    RejectChallengePayload,
    WithdrawChallengePayload,
    RecordExternalResultPayload,
);

#[derive(SimpleObject)]
struct AskQuestionPayload {
    question: Question,
}

#[derive(SimpleObject)]
struct AnswerQuestionPayload {
    question: Question,
}

#[derive(SimpleObject)]
struct DeclineQuestionPayload {
    question: Question,
}

#[derive(SimpleObject)]
struct OfferAccessPayload {
    offer: Offer,
}

#[derive(SimpleObject)]
struct AmendChallengePayload {
    challenge: Challenge,
    amendment: Amendment,
}

async fn question(asking: &Asking, id: QuestionId) -> Answer<Question> {
    Ok(Question::find(asking, id).await?.ok_or(Error::Hidden)?)
}

#[derive(Default)]
pub struct ChallengeMutation;

#[Object]
impl ChallengeMutation {
    /// DEMANDER begins a scenario for its department; it may be incomplete.
    async fn draft_challenge(&self, ctx: &Context<'_>, input: DraftChallengeInput) -> Answer<DraftChallengePayload> {
        let asking = asking(ctx);
        let (content, idempotency_key) = (input.content.titled(Some(input.title)), input.idempotency_key);
        let demand_id = input.demand_id.map(|id| id.0);
        let new = draft::DraftChallenge { demand_id, content, idempotency_key };
        let done = draft::draft(asking.app(), &asking.viewer()?, new).await?;
        DraftChallengePayload::of(asking, done).await
    }

    /// DEMANDER changes its department's draft, or what was returned.
    async fn revise_challenge(&self, ctx: &Context<'_>, input: ReviseChallengeInput) -> Answer<ReviseChallengePayload> {
        let asking = asking(ctx);
        let new = revise::ReviseChallenge {
            challenge_id: input.challenge_id.0,
            expected_version: input.expected_version,
            changes: input.changes.into(),
            idempotency_key: input.idempotency_key,
        };
        let done = revise::revise(asking.app(), &asking.viewer()?, new).await?;
        ReviseChallengePayload::of(asking, done).await
    }

    /// DEMANDER hands the scenario in; all that is missing is named.
    async fn submit_challenge(&self, ctx: &Context<'_>, input: SubmitChallengeInput) -> Answer<SubmitChallengePayload> {
        let asking = asking(ctx);
        let (challenge_id, idempotency_key) = (input.challenge_id.0, input.idempotency_key);
        let new = submit::SubmitChallenge { challenge_id, idempotency_key };
        let done = submit::submit(asking.app(), &asking.viewer()?, new).await?;
        SubmitChallengePayload::of(asking, done).await
    }

    /// ORGANIZER, not its author, sends it back with a reason.
    async fn return_challenge(&self, ctx: &Context<'_>, input: ReturnChallengeInput) -> Answer<ReturnChallengePayload> {
        let asking = asking(ctx);
        let (challenge_id, idempotency_key) = (input.challenge_id.0, input.idempotency_key);
        let new = return_::ReturnChallenge { challenge_id, reason: input.reason, idempotency_key };
        let done = return_::return_(asking.app(), &asking.viewer()?, new).await?;
        ReturnChallengePayload::of(asking, done).await
    }

    /// ORGANIZER, not its author, finds it fit to be published.
    async fn approve_challenge(
        &self,
        ctx: &Context<'_>,
        input: ApproveChallengeInput,
    ) -> Answer<ApproveChallengePayload> {
        let asking = asking(ctx);
        let (challenge_id, idempotency_key) = (input.challenge_id.0, input.idempotency_key);
        let new = approve::ApproveChallenge { challenge_id, opinion: input.opinion, idempotency_key };
        let done = approve::approve(asking.app(), &asking.viewer()?, new).await?;
        ApproveChallengePayload::of(asking, done).await
    }

    /// Two ORGANIZERs who hold shares split the opening key anew among those who may open now, until the opening begins.
    async fn reshare_opening_key(
        &self,
        ctx: &Context<'_>,
        input: ReshareOpeningKeyInput,
    ) -> Answer<ReshareOpeningKeyPayload> {
        let asking = asking(ctx);
        let new = reshare::ReshareOpeningKey {
            challenge_id: input.challenge_id.0,
            share: input.share,
            waiting_share: input.waiting_share,
            passphrase: input.passphrase,
            idempotency_key: input.idempotency_key,
        };
        let reshared = reshare::reshare(asking.app(), &asking.viewer()?, new).await?;
        let challenge = Challenge::named(asking, reshared.challenge).await?;
        Ok(ReshareOpeningKeyPayload { challenge, done: reshared.done })
    }

    /// ORGANIZER, not its author, says that it will not be published, until it is; the demand it came of is open again.
    async fn reject_challenge(&self, ctx: &Context<'_>, input: RejectChallengeInput) -> Answer<RejectChallengePayload> {
        let asking = asking(ctx);
        let (challenge_id, idempotency_key) = (input.challenge_id.0, input.idempotency_key);
        let new = reject::RejectChallenge { challenge_id, reason: input.reason, idempotency_key };
        let done = reject::reject(asking.app(), &asking.viewer()?, new).await?;
        RejectChallengePayload::of(asking, done).await
    }

    /// DEMANDER takes its department's scenario back, until it is approved; the demand it came of is open again.
    async fn withdraw_challenge(
        &self,
        ctx: &Context<'_>,
        input: WithdrawChallengeInput,
    ) -> Answer<WithdrawChallengePayload> {
        let asking = asking(ctx);
        let (challenge_id, idempotency_key) = (input.challenge_id.0, input.idempotency_key);
        let new = withdraw::WithdrawChallenge { challenge_id, reason: input.reason, idempotency_key };
        let done = withdraw::withdraw(asking.app(), &asking.viewer()?, new).await?;
        WithdrawChallengePayload::of(asking, done).await
    }

    /// ORGANIZER opens it for bids (发榜): its rules are frozen, its key is made, its panel's draw is committed to. Who made the rules in
    /// force publishes only what somebody else has approved under them.
    async fn publish_challenge(
        &self,
        ctx: &Context<'_>,
        input: PublishChallengeInput,
    ) -> Answer<PublishChallengePayload> {
        let asking = asking(ctx);
        let new = publish::PublishChallenge {
            challenge_id: input.challenge_id.0,
            submission_deadline: input.submission_deadline.0,
            urgent_reason: input.urgent_reason,
            idempotency_key: input.idempotency_key,
        };
        let done = publish::publish(asking.app(), &asking.viewer()?, new).await?;
        PublishChallengePayload::of(asking, done).await
    }

    /// A verified enterprise asks, while questions are open; nobody is shown who asked. At most 20 of its questions may wait at once.
    async fn ask_question(&self, ctx: &Context<'_>, input: AskQuestionInput) -> Answer<AskQuestionPayload> {
        let asking = asking(ctx);
        let (challenge_id, idempotency_key) = (input.challenge_id.0, input.idempotency_key);
        let new = ask::AskQuestion { challenge_id, text: input.text, idempotency_key };
        let done = ask::ask(asking.app(), &asking.viewer()?, new).await?;
        Ok(AskQuestionPayload { question: question(asking, done.question).await? })
    }

    /// The department or an organizer answers, for all to read, until the deadline.
    async fn answer_question(&self, ctx: &Context<'_>, input: AnswerQuestionInput) -> Answer<AnswerQuestionPayload> {
        let asking = asking(ctx);
        let (question_id, idempotency_key) = (input.question_id.0, input.idempotency_key);
        let new = answer::AnswerQuestion { question_id, answer: input.answer, idempotency_key };
        let done = answer::answer(asking.app(), &asking.viewer()?, new).await?;
        Ok(AnswerQuestionPayload { question: question(asking, done.question).await? })
    }

    /// ORGANIZER says why a question is not answered, until the bids are opened.
    async fn decline_question(&self, ctx: &Context<'_>, input: DeclineQuestionInput) -> Answer<DeclineQuestionPayload> {
        let asking = asking(ctx);
        let (question_id, idempotency_key) = (input.question_id.0, input.idempotency_key);
        let new = decline::DeclineQuestion { question_id, reason: input.reason, idempotency_key };
        let done = decline::decline(asking.app(), &asking.viewer()?, new).await?;
        Ok(DeclineQuestionPayload { question: question(asking, done.question).await? })
    }

    /// The department or an organizer offers a site visit or a data sample, to all who may bid.
    async fn offer_access(&self, ctx: &Context<'_>, input: OfferAccessInput) -> Answer<OfferAccessPayload> {
        let asking = asking(ctx);
        let new = offer::OfferAccess {
            challenge_id: input.challenge_id.0,
            kind: input.kind.into(),
            description: input.description,
            whereabouts: input.whereabouts,
            takes_place_at: input.takes_place_at.map(|at| at.0),
            idempotency_key: input.idempotency_key,
        };
        let done = offer::offer(asking.app(), &asking.viewer()?, new).await?;
        Ok(OfferAccessPayload { offer: Offer::find(asking, done.offer).await?.ok_or(Error::Hidden)? })
    }

    /// ORGANIZER amends what is open, on the record.
    async fn amend_challenge(&self, ctx: &Context<'_>, input: AmendChallengeInput) -> Answer<AmendChallengePayload> {
        let asking = asking(ctx);
        let new = amend::AmendChallenge {
            challenge_id: input.challenge_id.0,
            summary: input.summary,
            material: input.material,
            new_deadline: input.new_deadline.map(|deadline| deadline.0),
            changes: input.changes.map(Into::into),
            idempotency_key: input.idempotency_key,
        };
        let done = amend::amend(asking.app(), &asking.viewer()?, new).await?;
        Ok(AmendChallengePayload {
            challenge: Challenge::named(asking, done.challenge).await?,
            amendment: Amendment::find(asking, done.amendment).await?.ok_or(Error::Hidden)?,
        })
    }

    /// DEMANDER of the department copies a challenge that found no winner into a new draft, which is answered.
    async fn rerun_challenge(&self, ctx: &Context<'_>, input: RerunChallengeInput) -> Answer<RerunChallengePayload> {
        let asking = asking(ctx);
        let new = rerun::RerunChallenge { challenge_id: input.challenge_id.0, idempotency_key: input.idempotency_key };
        let done = rerun::rerun(asking.app(), &asking.viewer()?, new).await?;
        RerunChallengePayload::of(asking, done).await
    }

    /// ORGANIZER calls it off, until the award.
    async fn cancel_challenge(&self, ctx: &Context<'_>, input: CancelChallengeInput) -> Answer<CancelChallengePayload> {
        let asking = asking(ctx);
        let (challenge_id, idempotency_key) = (input.challenge_id.0, input.idempotency_key);
        let new = cancel::CancelChallenge { challenge_id, reason: input.reason, idempotency_key };
        let done = cancel::cancel(asking.app(), &asking.viewer()?, new).await?;
        CancelChallengePayload::of(asking, done).await
    }

    /// ORGANIZER tells, past the deadline, what came of a challenge on the route COMPETITIVE_CONSULTATION or TENDER_EXTERNAL.
    async fn record_external_result(
        &self,
        ctx: &Context<'_>,
        input: RecordExternalResultInput,
    ) -> Answer<RecordExternalResultPayload> {
        let asking = asking(ctx);
        let new = record_result::RecordExternalResult {
            challenge_id: input.challenge_id.0,
            won: input.won,
            result: input.result,
            url: input.url,
            idempotency_key: input.idempotency_key,
        };
        let done = record_result::record_result(asking.app(), &asking.viewer()?, new).await?;
        RecordExternalResultPayload::of(asking, done).await
    }
}
