//! Challenges (榜单): what one says and what was asked about it.

mod acts;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Enum, ID, InputObject, MergedObject, Object, SimpleObject};
use jiebang_platform::access::rules::Revision;
use jiebang_platform::base::error::FaultCode;
use jiebang_platform::base::id::{AmendmentId, ChallengeId, CriterionId, IndicatorId, OfferId, QuestionId, RuleSetId};
use jiebang_platform::base::{Error, Page, faults};
use jiebang_platform::challenges::differences::Difference;
use jiebang_platform::challenges::read::{
    self, AmendmentView, ChallengeView, CriterionView, IndicatorView, OfferView, QuestionView, SealView, ShareView,
};
use jiebang_platform::opendata::ocds::ocid;
use jiebang_platform::rules::{self, FrozenRules};
use rust_i18n::t;

pub use acts::ChallengeMutation;

use super::bid::Attachment;
use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::{Batch, Failed, batches, pages};
use super::organization::Organization;
use super::page::{self, Connection, Total};
use super::scalars::{DateTime, Decimal, Fen};
use super::words::{
    ChallengeStatus, Comparator, Domain, EligibilityRegion, IpOwnership, LegalRoute, Mechanism, OfferKind,
    PriceFormula, QualificationKind, RankingBasis, ScenarioScale, SealMode, TieRule,
};

/// A department's scenario that enterprises can bid on. A noun that hangs something on it adds its struct here.
#[derive(MergedObject)]
pub struct Challenge(
    ChallengeBase,
    super::bid::ChallengeBids,
    super::review::ChallengeReview,
    super::award::ChallengeNotice,
    super::project::ChallengeProjects,
    super::agreement::ChallengeRace,
);

impl Challenge {
    /// For `Node`.
    pub async fn id(&self, _: &Context<'_>) -> Answer<ID> {
        Ok(self.0.0.id.to_string().into())
    }

    /// As the viewer has been found to see it.
    pub fn of(view: ChallengeView) -> Self {
        let view = Arc::new(view);
        Self(
            ChallengeBase(view.clone()),
            super::bid::ChallengeBids(view.clone()),
            super::review::ChallengeReview(view.clone()),
            super::award::ChallengeNotice(view.clone()),
            super::project::ChallengeProjects(view.clone()),
            super::agreement::ChallengeRace(view),
        )
    }

    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: ChallengeId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(asking.loaders().load_one(id).await?.map(Self::of))
    }

    /// Named by something that the viewer sees.
    pub async fn named(asking: &Asking, id: ChallengeId) -> Answer<Self> {
        Ok(Self::find(asking, id).await?.ok_or(Error::Hidden)?)
    }
}

/// What a challenge says.
pub struct ChallengeBase(Arc<ChallengeView>);

#[Object]
impl ChallengeBase {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Given at publication, e.g. JB-2026-0007.
    async fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Null: not yet filled in a draft.
    async fn domain(&self) -> Option<Domain> {
        self.0.domain.map(Domain::from)
    }

    async fn scale(&self) -> Option<ScenarioScale> {
        self.0.scale.map(ScenarioScale::from)
    }

    async fn mechanism(&self) -> Option<Mechanism> {
        self.0.mechanism.map(Mechanism::from)
    }

    /// A mechanism may be combined with one principal investigator and a lump sum.
    async fn pi_led(&self) -> bool {
        self.0.pi_led
    }

    async fn legal_route(&self) -> Option<LegalRoute> {
        self.0.legal_route.map(LegalRoute::from)
    }

    /// The state as the clock has it: past its deadline a challenge is closed.
    async fn status(&self) -> ChallengeStatus {
        self.0.status.into()
    }

    async fn department(&self) -> Organization {
        Organization(self.0.department.clone())
    }

    async fn background(&self) -> &str {
        &self.0.background
    }

    async fn problem_statement(&self) -> &str {
        &self.0.problem_statement
    }

    async fn site_conditions(&self) -> &str {
        &self.0.site_conditions
    }

    async fn ip_terms(&self) -> &str {
        &self.0.ip_terms
    }

    async fn eligibility(&self) -> &str {
        &self.0.eligibility
    }

    async fn acceptance_method(&self) -> &str {
        &self.0.acceptance_method
    }

    async fn contact(&self) -> &str {
        &self.0.contact
    }

    async fn duration_months(&self) -> Option<i32> {
        self.0.duration_months
    }

    async fn budget(&self) -> Option<Budget> {
        self.0.budget.map(|budget| Budget {
            total: budget.total.into(),
            fiscal: budget.fiscal.into(),
            demander: budget.demander.into(),
            bidder: budget.bidder.into(),
        })
    }

    /// In their order.
    async fn indicators(&self, ctx: &Context<'_>) -> Answer<Vec<Indicator>> {
        let found = asking(ctx).loaders().load_one(IndicatorsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(Indicator::from).collect())
    }

    /// In their order.
    async fn criteria(&self, ctx: &Context<'_>) -> Answer<Vec<ScoringCriterion>> {
        let found = asking(ctx).loaders().load_one(CriteriaOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(ScoringCriterion::from).collect())
    }

    async fn consortium(&self) -> ConsortiumPolicy {
        ConsortiumPolicy { allowed: self.0.consortium_allowed, max_members: self.0.consortium_max_members }
    }

    /// The demand that it was drafted from.
    async fn demand(&self, ctx: &Context<'_>) -> Answer<Option<super::demand::ScenarioDemand>> {
        match self.0.demand {
            Some(demand) => super::demand::ScenarioDemand::find(asking(ctx), demand).await,
            None => Ok(None),
        }
    }

    /// The one that found no winner, of which it is a copy.
    async fn rerun_of(&self, ctx: &Context<'_>) -> Answer<Option<Challenge>> {
        match self.0.rerun_of {
            Some(failed) => Challenge::find(asking(ctx), failed).await,
            None => Ok(None),
        }
    }

    /// Who owns what comes of it; `ipTerms` says the rest.
    async fn ip_ownership(&self) -> IpOwnership {
        self.0.terms.ip_ownership.into()
    }

    /// ZONE_ONLY where the route allows it, and a fair-competition review has been held.
    async fn eligibility_region(&self) -> EligibilityRegion {
        self.0.terms.eligibility_region.into()
    }

    async fn fair_competition_review_no(&self) -> Option<&str> {
        self.0.terms.fair_competition_review_no.as_deref()
    }

    /// The approval that an innovation partnership needs.
    async fn route_approval_no(&self) -> Option<&str> {
        self.0.terms.route_approval_no.as_deref()
    }

    /// Where the official system runs what the platform only tells of.
    async fn external_url(&self) -> Option<&str> {
        self.0.terms.external_url.as_deref()
    }

    /// Each has to be valid at the deadline.
    async fn required_qualifications(&self) -> Vec<QualificationKind> {
        self.0.terms.required_qualifications.iter().copied().map(QualificationKind::from).collect()
    }

    /// Judges are not told who bids until the review is closed.
    async fn blind(&self) -> bool {
        self.0.terms.blind
    }

    /// The rules that separate equal scores, in their order.
    async fn tie_order(&self) -> Vec<TieRule> {
        self.0.terms.tie_order.iter().copied().map(TieRule::from).collect()
    }

    /// Whether the panel talks once every sheet is in, and agrees on a sheet for each bid.
    async fn consensus_round(&self) -> bool {
        self.0.terms.consensus_round
    }

    /// Which ranking decides.
    async fn decided_by(&self) -> RankingBasis {
        self.0.terms.decided_by.into()
    }

    /// What the formal check has to look at, item by item; empty: what the organizer finds fit.
    async fn checklist(&self) -> &[String] {
        &self.0.terms.checklist
    }

    /// Whether those who do not win are named beside their scores after the award, or stay under their labels.
    async fn others_named(&self) -> bool {
        self.0.terms.others_named
    }

    /// Since when it stands still by order, and why (`reason`); null: it does not.
    async fn suspended_at(&self) -> Option<DateTime> {
        self.0.ordered_at.map(DateTime::from)
    }

    /// Where a suspended challenge goes on from.
    async fn suspended_from(&self) -> Option<ChallengeStatus> {
        self.0.suspended_from.map(ChallengeStatus::from)
    }

    /// Why it is open for fewer days than usual; null: it is not.
    async fn urgent_reason(&self) -> Option<&str> {
        self.0.urgent_reason.as_deref()
    }

    /// Why it was returned, rejected, taken back or called off, stands still, has failed by declaration or was ended, while it is that;
    /// null otherwise.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What came of it, where an official system runs it; null: nothing yet, or it is run here.
    async fn external_result(&self) -> Option<ExternalResult> {
        let (result, url) = self.0.external_result.clone()?;
        Some(ExternalResult { result, url })
    }

    /// The numbers it is run by, frozen at publication; null before.
    async fn rule_set(&self, ctx: &Context<'_>) -> Answer<Option<RuleSet>> {
        if self.0.published_at.is_none() {
            return Ok(None);
        }
        Ok(asking(ctx).loaders().load_one(RulesOf(self.0.id)).await?.map(RuleSet::from))
    }

    async fn published_at(&self) -> Option<DateTime> {
        self.0.published_at.map(DateTime::from)
    }

    async fn questions_close_at(&self) -> Option<DateTime> {
        self.0.questions_close_at.map(DateTime::from)
    }

    /// At this instant it is already too late.
    async fn submission_deadline(&self) -> Option<DateTime> {
        self.0.submission_deadline.map(DateTime::from)
    }

    /// Oldest first. Nobody is shown who asked.
    async fn questions(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Question>> {
        let (loaders, id) = (asking(ctx).loaders(), self.0.id);
        let request = page::request(first, after.as_deref())?;
        let found = loaders.load_one(QuestionsOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(QuestionCount(id)).await?.unwrap_or(0)) }
        });
        Ok(page::connection(found, total, Question::from))
    }

    /// How many questions are neither answered nor declined. Nothing is opened while there is one.
    async fn unsettled_questions(&self) -> i32 {
        self.0.facts.open_questions()
    }

    /// Whether the clarification period has closed: questions have, and each is answered or declined with a reason.
    async fn clarified(&self, ctx: &Context<'_>) -> bool {
        self.0.facts.clarified(asking(ctx).app().clock.now())
    }

    /// What is offered to all who may bid, oldest first: site visits and data samples.
    async fn offers(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Offer>> {
        let (loaders, id) = (asking(ctx).loaders(), self.0.id);
        let request = page::request(first, after.as_deref())?;
        let found = loaders.load_one(OffersOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(OfferCount(id)).await?.unwrap_or(0)) }
        });
        Ok(page::connection(found, total, Offer::from))
    }

    /// Oldest first.
    async fn amendments(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Amendment>> {
        let (loaders, id) = (asking(ctx).loaders(), self.0.id);
        let request = page::request(first, after.as_deref())?;
        let found = loaders.load_one(AmendmentsOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(AmendmentCount(id)).await?.unwrap_or(0)) }
        });
        Ok(page::connection(found, total, Amendment::from))
    }

    /// None as yet: the files are those of bids.
    async fn attachments(&self) -> Vec<Attachment> {
        Vec::new()
    }

    /// This organizer's encrypted share of the opening key (age armor); null where it holds none.
    async fn opening_share(&self, ctx: &Context<'_>) -> Answer<Option<String>> {
        Ok(asking(ctx).loaders().load_one(OwnShare(self.0.id)).await?.map(|own| own.share))
    }

    /// The first opener's share, re-encrypted to this organizer (age armor); null where none waits for it.
    async fn waiting_share(&self, ctx: &Context<'_>) -> Answer<Option<String>> {
        Ok(asking(ctx).loaders().load_one(OwnShare(self.0.id)).await?.and_then(|own| own.waiting))
    }

    /// The age recipient that bids are encrypted to, known to all from publication on.
    async fn seal_recipient(&self, ctx: &Context<'_>) -> Answer<Option<String>> {
        Ok(asking(ctx).loaders().load_one(SealOf(self.0.id)).await?.map(|seal| seal.recipient))
    }

    /// Who holds the key that opens its bids; null before it is published.
    async fn seal(&self, ctx: &Context<'_>) -> Answer<Option<Seal>> {
        Ok(asking(ctx).loaders().load_one(SealOf(self.0.id)).await?.map(Seal))
    }

    /// The optimistic lock, moved by its owner's edits alone.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Where its public life is handed out as releases of the Open Contracting Data Standard, at this server and without signing in; null
    /// before it is published.
    async fn open_data(&self, ctx: &Context<'_>) -> Option<String> {
        self.0.published_at?;
        Some(format!("/open-data/ocds/{}", ocid(&asking(ctx).app().settings.open_data.prefix, self.0.id)))
    }

    /// The mutations that would be accepted from this viewer now, by name.
    async fn available_actions(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        let asking = asking(ctx);
        let (viewer, now) = (asking.viewer()?, asking.app().clock.now());
        // Nothing can be done without signing in: the public page asks no notice and no bids for it.
        if viewer.actor().is_none() {
            return Ok(Vec::new());
        }
        let mut beside = read::Beside::default();
        match ChallengeStatus::from(self.0.status) {
            ChallengeStatus::Approved => beside.rules = asking.loaders().load_one(RulesRevision(())).await?,
            ChallengeStatus::Published => {
                beside.waiting = asking.loaders().load_one(Waiting(self.0.id)).await?.unwrap_or(0);
            }
            ChallengeStatus::Failed => {
                beside.rerun = asking.loaders().load_one(RerunUnderWay(self.0.id)).await?.is_some();
            }
            _ => {}
        }
        let mut actions = read::actions(&viewer, &self.0.facts, beside, now);
        actions.extend(super::bid::challenge_actions(asking, &self.0).await?);
        actions.extend(super::review::challenge_actions(asking, &self.0).await?);
        actions.extend(super::award::challenge_actions(asking, &self.0).await?);
        actions.extend(super::project::challenge_actions(asking, &self.0).await?);
        Ok(actions.into_iter().map(str::to_owned).collect())
    }
}

/// What came of a challenge that an official procurement system runs.
#[derive(SimpleObject)]
struct ExternalResult {
    /// Who won, for how much, or why nobody did.
    result: String,
    /// The official notice of it.
    url: String,
}

/// Money in 分, and who bears which share of it.
#[derive(SimpleObject)]
struct Budget {
    total: Fen,
    fiscal: Fen,
    demander: Fen,
    bidder: Fen,
}

/// A measurable target (考核指标).
#[derive(SimpleObject)]
pub struct Indicator {
    #[graphql(owned)]
    pub id: ID,
    name: String,
    unit: String,
    comparator: Comparator,
    target: Decimal,
    /// Belongs to APPROX.
    tolerance: Option<Decimal>,
    test_method: String,
    mandatory: bool,
    weight: i32,
}

impl From<IndicatorView> for Indicator {
    fn from(view: IndicatorView) -> Self {
        Self {
            id: view.id.to_string().into(),
            name: view.name,
            unit: view.unit,
            comparator: view.comparator.into(),
            target: view.target.into(),
            tolerance: view.tolerance.map(Decimal::from),
            test_method: view.test_method,
            mandatory: view.mandatory,
            weight: view.weight,
        }
    }
}

/// Each criterion is marked 0 … 100; weights sum to 100; a sheet's total is Σ weight × score / 100.
#[derive(SimpleObject)]
pub struct ScoringCriterion {
    #[graphql(owned)]
    pub id: ID,
    name: String,
    weight: i32,
    /// A mean mark below which a bid cannot pass.
    minimum: Option<i32>,
    guidance: Option<String>,
    /// What computes its mark from the funding that a bid asks for; null: the judges give it.
    price_formula: Option<PriceFormula>,
}

impl From<CriterionView> for ScoringCriterion {
    fn from(view: CriterionView) -> Self {
        Self {
            id: view.id.to_string().into(),
            name: view.name,
            weight: view.weight,
            minimum: view.minimum,
            guidance: view.guidance,
            price_formula: view.price_formula.map(PriceFormula::from),
        }
    }
}

/// Whether several may bid together, and how many besides the lead.
#[derive(SimpleObject)]
struct ConsortiumPolicy {
    allowed: bool,
    max_members: i32,
}

/// The numbers a challenge is run by, frozen at publication.
#[derive(SimpleObject)]
pub struct RuleSet {
    #[graphql(owned)]
    pub id: ID,
    version: i32,
    min_open_days: i32,
    publicity_working_days: i32,
    panel_size: i32,
    min_valid_bids: i32,
    /// From so many sheets on the highest and the lowest total are dropped.
    trim_from: i32,
    pass_mark: Decimal,
    /// With a recorded reason to hurry.
    urgent_min_open_days: i32,
    /// Before the deadline.
    questions_close_days: i32,
    /// In which a question is to be answered.
    answer_days: i32,
    /// Before the deadline; a material amendment that comes later moves it.
    clarification_lead_days: i32,
    race_min_winners: i32,
    race_max_winners: i32,
    /// From the award to the agreement.
    agreement_days: i32,
    /// That an expert sits in at most, to be drawn for this one.
    expert_open_reviews: i32,
    /// For which employment, shares, joint work and disputes stand between an expert and a party.
    conflict_years: i32,
    /// That a bidder has at least to correct its bid's form.
    correction_days: i32,
    /// Sheets with marks that a bid has at least: judges may abstain.
    min_sheets: i32,
    /// Points from the panel's median beyond which a total asks for its judge's reason.
    deviation_points: i32,
    /// Sheets that every judge has written, at least, for their totals to be normalised.
    normalise_from: i32,
    /// Working days in which an objection is ruled on.
    objection_days: i32,
    /// Calendar days in which a complaint can be made.
    complaint_days: i32,
    /// Working days in which a complaint is accepted or not.
    complaint_accept_days: i32,
    /// Working days in which an accepted complaint is decided.
    complaint_decide_days: i32,
    /// That one principal investigator leads at a time, at most.
    pi_active_projects: i32,
}

impl From<FrozenRules> for RuleSet {
    fn from(frozen: FrozenRules) -> Self {
        let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        let rules = frozen.resolved;
        Self {
            id: frozen.id.to_string().into(),
            version: frozen.version,
            min_open_days: number(rules.min_open_days),
            publicity_working_days: number(rules.publicity_working_days),
            panel_size: number(rules.panel_size),
            min_valid_bids: number(rules.min_valid_bids),
            trim_from: number(rules.trim_from),
            pass_mark: rules.pass_mark.into(),
            urgent_min_open_days: number(rules.urgent_min_open_days),
            questions_close_days: number(rules.questions_close_days),
            answer_days: number(rules.answer_days),
            clarification_lead_days: number(rules.clarification_lead_days),
            race_min_winners: number(rules.race_min_winners),
            race_max_winners: number(rules.race_max_winners),
            agreement_days: number(rules.agreement_days),
            expert_open_reviews: number(rules.expert_open_reviews),
            conflict_years: number(rules.conflict_years),
            correction_days: number(rules.correction_days),
            min_sheets: number(rules.min_sheets),
            deviation_points: number(rules.deviation_points),
            normalise_from: number(rules.normalise_from),
            objection_days: number(rules.objection_days),
            complaint_days: number(rules.complaint_days),
            complaint_accept_days: number(rules.complaint_accept_days),
            complaint_decide_days: number(rules.complaint_decide_days),
            pi_active_projects: number(rules.pi_active_projects),
        }
    }
}

impl RuleSet {
    /// If the viewer may see the challenge that it is run by.
    pub async fn find(asking: &Asking, id: RuleSetId) -> Answer<Option<Self>> {
        let (viewer, conn) = (asking.viewer()?, asking.app().db.read());
        let Some(frozen) = rules::by_id(conn, id).await? else { return Ok(None) };
        let seen = read::is_seen(conn, &viewer, frozen.challenge).await?;
        Ok(seen.then(|| frozen.into()))
    }
}

/// A question and its answer, for all to read; nobody is shown who asked.
pub struct Question(QuestionView);

impl From<QuestionView> for Question {
    fn from(view: QuestionView) -> Self {
        Self(view)
    }
}

#[Object]
impl Question {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn challenge(&self, ctx: &Context<'_>) -> Answer<Challenge> {
        Challenge::named(asking(ctx), self.0.challenge).await
    }

    async fn text(&self) -> &str {
        &self.0.text
    }

    async fn asked_at(&self) -> DateTime {
        self.0.asked_at.into()
    }

    /// By when it is to be answered; later it is overdue.
    /// The end of its term in days, or of the next working day where the last is none; the deadline at the latest.
    async fn answer_due_at(&self) -> Option<DateTime> {
        self.0.answer_due_at.map(DateTime::from)
    }

    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    async fn answered_at(&self) -> Option<DateTime> {
        self.0.answered_at.map(DateTime::from)
    }

    async fn declined_at(&self) -> Option<DateTime> {
        self.0.declined_at.map(DateTime::from)
    }

    /// Why it is not answered.
    async fn declined_because(&self) -> Option<&str> {
        self.0.declined_because.as_deref()
    }
}

/// A dated record of what was changed.
#[derive(SimpleObject)]
pub struct Amendment {
    #[graphql(owned)]
    pub id: ID,
    summary: String,
    /// It voids what was handed in until its bidder confirms or replaces it.
    material: bool,
    at: DateTime,
    new_deadline: Option<DateTime>,
    /// Field by field.
    changes: Vec<FieldChange>,
}

/// What one field said before an amendment, and says since; of a list, a line for each entry.
#[derive(SimpleObject)]
struct FieldChange {
    field: String,
    before: String,
    after: String,
}

impl From<AmendmentView> for Amendment {
    fn from(view: AmendmentView) -> Self {
        let change =
            |change: Difference| FieldChange { field: change.field, before: change.before, after: change.after };
        Self {
            id: view.id.to_string().into(),
            summary: view.summary,
            material: view.material,
            at: view.at.into(),
            new_deadline: view.new_deadline.map(DateTime::from),
            changes: view.changes.into_iter().map(change).collect(),
        }
    }
}

/// A site visit or a data sample, offered to all who may bid.
pub struct Offer(OfferView);

impl From<OfferView> for Offer {
    fn from(view: OfferView) -> Self {
        Self(view)
    }
}

#[Object]
impl Offer {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn challenge(&self, ctx: &Context<'_>) -> Answer<Challenge> {
        Challenge::named(asking(ctx), self.0.challenge).await
    }

    async fn kind(&self) -> OfferKind {
        self.0.kind.into()
    }

    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Where to come to, or where the sample lies.
    async fn whereabouts(&self) -> &str {
        &self.0.whereabouts
    }

    /// A visit has a time.
    async fn takes_place_at(&self) -> Option<DateTime> {
        self.0.takes_place_at.map(DateTime::from)
    }

    async fn offered_at(&self) -> DateTime {
        self.0.offered_at.into()
    }
}

/// What waits for the viewer in challenges that it speaks for.
#[derive(Default)]
pub struct ViewerChallenges;

#[Object]
impl ViewerChallenges {
    /// Questions that the viewer's department, or the viewer as an organizer, has to answer or decline: oldest first.
    async fn questions_due(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Question>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let request = page::request(first, after.as_deref())?;
        let found = read::questions_due(app.db.read(), &viewer, &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { read::questions_due_count(app.db.read(), &viewer).await }
        });
        Ok(page::connection(found, total, Question::from))
    }
}

macro_rules! parts {
    ($($name:ident by $id:ident through $read:ident),+ $(,)?) => {$(
        impl $name {
            /// If the viewer may see its challenge.
            pub async fn find(asking: &Asking, id: $id) -> Answer<Option<Self>> {
                Ok(read::$read(asking.app().db.read(), &asking.viewer()?, id).await?.map(Self::from))
            }
        }
    )+};
}

parts!(
    Indicator by IndicatorId through indicator,
    ScoringCriterion by CriterionId through criterion,
    Question by QuestionId through question,
    Amendment by AmendmentId through amendment,
    Offer by OfferId through offer,
);

/// Who holds the key that opens a challenge's bids.
struct Seal(SealView);

#[Object]
impl Seal {
    async fn mode(&self) -> SealMode {
        self.0.mode.into()
    }

    /// The age recipient that bids are encrypted to.
    async fn recipient(&self) -> &str {
        &self.0.recipient
    }

    /// The age recipients that hold a share each, any two of whom open; empty where the server holds the key. Who holds one sees who else
    /// does.
    async fn openers(&self) -> &[String] {
        &self.0.openers
    }

    /// An offline recipient that the key is escrowed to as well; null where there is none.
    async fn escrow_recipient(&self) -> Option<&str> {
        self.0.escrow_recipient.as_deref()
    }

    /// The key, encrypted to the escrow's recipient (age armor); null to everybody but organizers.
    async fn escrowed(&self) -> Option<&str> {
        self.0.escrowed.as_deref()
    }

    /// What it protects against and what not, in words.
    async fn note(&self, ctx: &Context<'_>) -> String {
        t!(format!("seal.{}", self.0.mode), locale = asking(ctx).came.locale.tag()).into_owned()
    }
}

batches! {
    pub(super) IndicatorsOf(ChallengeId) -> Vec<IndicatorView> =
        |batch, ids| read::indicators(batch.app.db.read(), &ids).await,
    pub(super) CriteriaOf(ChallengeId) -> Vec<CriterionView> =
        |batch, ids| read::criteria(batch.app.db.read(), &ids).await,
    pub(super) RulesOf(ChallengeId) -> FrozenRules = |batch, ids| rules::of_challenges(batch.app.db.read(), ids).await,
    /// The questions of the viewer's own organization that wait.
    Waiting(ChallengeId) -> u64 = |batch, ids| read::waiting(batch.app.db.read(), &batch.viewer, &ids).await,
    /// Whether a copy of a challenge that found no winner is under way.
    RerunUnderWay(ChallengeId) -> () = |batch, ids| read::reruns_under_way(batch.app.db.read(), &ids).await,
    /// The rules in force.
    RulesRevision(()) -> Revision =
        |batch, _ids| rules::revision(batch.app.db.read()).await.map(|found| found.map(|made| ((), made))),
    SealOf(ChallengeId) -> SealView = |batch, ids| read::seals(batch.app.db.read(), &batch.viewer, &ids).await,
    OwnShare(ChallengeId) -> ShareView = |batch, ids| read::own_shares(batch.app.db.read(), &batch.viewer, &ids).await,
    OfferCount(ChallengeId) -> u64 = |batch, ids| read::offer_counts(batch.app.db.read(), &ids).await,
    QuestionCount(ChallengeId) -> u64 = |batch, ids| read::question_counts(batch.app.db.read(), &ids).await,
    AmendmentCount(ChallengeId) -> u64 = |batch, ids| read::amendment_counts(batch.app.db.read(), &ids).await,
}

impl Loader<ChallengeId> for Batch {
    type Value = ChallengeView;
    type Error = Failed;

    async fn load(&self, ids: &[ChallengeId]) -> Result<HashMap<ChallengeId, ChallengeView>, Failed> {
        let now = self.app.clock.now();
        let found = read::by_ids(self.app.db.read(), &self.viewer, now, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}

pages! {
    QuestionsOf(ChallengeId) -> QuestionView =
        |batch, ids, request| read::questions(batch.app.db.read(), &ids, &request).await,
    OffersOf(ChallengeId) -> OfferView = |batch, ids, request| read::offers(batch.app.db.read(), &ids, &request).await,
    AmendmentsOf(ChallengeId) -> AmendmentView =
        |batch, ids, request| read::amendments(batch.app.db.read(), &ids, &request).await,
}

/// What is not given does not narrow.
#[derive(InputObject, Default)]
struct ChallengeFilter {
    /// Words, all of which are looked for in code, title, department, background, problem, site and indicators: Chinese by any part,
    /// other words and numbers whole. At most 100 characters.
    text: Option<String>,
    domains: Option<Vec<Domain>>,
    statuses: Option<Vec<ChallengeStatus>>,
    mechanism: Option<Mechanism>,
    department: Option<ID>,
    open_now: Option<bool>,
    /// The least total budget.
    budget_from: Option<Fen>,
    /// The greatest total budget.
    budget_to: Option<Fen>,
    /// The earliest submission deadline; what has none yet is not in the list.
    deadline_from: Option<DateTime>,
    /// The latest submission deadline.
    deadline_to: Option<DateTime>,
}

impl From<ChallengeFilter> for read::ChallengeFilter {
    fn from(given: ChallengeFilter) -> Self {
        Self {
            text: given.text,
            domains: given.domains.map(|domains| domains.into_iter().map(Into::into).collect()),
            statuses: given.statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            mechanism: given.mechanism.map(Into::into),
            department: given.department.map(|id| id.0),
            open_now: given.open_now,
            budget_from: given.budget_from.map(|fen| fen.0),
            budget_to: given.budget_to.map(|fen| fen.0),
            deadline_from: given.deadline_from.map(|at| at.0),
            deadline_to: given.deadline_to.map(|at| at.0),
        }
    }
}

/// The orders of a list of challenges; those without a deadline come last, or first where it descends.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum ChallengeOrder {
    DeadlineAsc,
    DeadlineDesc,
    PublishedDesc,
}

impl From<ChallengeOrder> for read::ChallengeOrder {
    fn from(order: ChallengeOrder) -> Self {
        match order {
            ChallengeOrder::DeadlineAsc => Self::DeadlineAscending,
            ChallengeOrder::DeadlineDesc => Self::DeadlineDescending,
            ChallengeOrder::PublishedDesc => Self::PublishedDescending,
        }
    }
}

#[derive(Default)]
pub struct ChallengeQuery;

#[Object]
impl ChallengeQuery {
    /// What the viewer may see: published ones for everybody, own drafts for a department, all for an organizer.
    async fn challenges(
        &self,
        ctx: &Context<'_>,
        filter: Option<ChallengeFilter>,
        #[graphql(default_with = "Some(ChallengeOrder::DeadlineAsc)")] order_by: Option<ChallengeOrder>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Challenge>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let filter: read::ChallengeFilter = filter.unwrap_or_default().into();
        let order = order_by.unwrap_or(ChallengeOrder::DeadlineAsc).into();
        let request = page::request(first, after.as_deref())?;
        let now = app.clock.now();
        let found = read::page(app.db.read(), &viewer, now, &filter, order, &request).await?;
        let total = Total::new(move || {
            let (app, viewer, filter) = (app.clone(), viewer.clone(), filter.clone());
            async move { read::count(app.db.read(), &viewer, now, &filter).await }
        });
        Ok(page::connection(found, total, Challenge::of))
    }

    /// One challenge, by its id or by its code; null where the viewer may not see it.
    async fn challenge(&self, ctx: &Context<'_>, id: Option<ID>, code: Option<String>) -> Answer<Option<Challenge>> {
        let asking = asking(ctx);
        match (id, code) {
            (Some(id), None) => Challenge::find(asking, faults::id("id", &id)?).await,
            (None, Some(code)) => {
                let (app, viewer) = (asking.app(), asking.viewer()?);
                let found = read::by_code(app.db.read(), &viewer, app.clock.now(), &code).await?;
                Ok(found.map(Challenge::of))
            }
            _ => Err(Error::invalid("id", FaultCode::ExactlyOne).into()),
        }
    }
}
