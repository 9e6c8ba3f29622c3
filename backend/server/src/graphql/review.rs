//! Reviews (评审): panels, declarations, sheets, the ranking. What of them is shown to whom has been decided by the platform.

mod acts;
pub mod report;
mod trust;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, SimpleObject};
use futures_util::future::try_join_all;
use jiebang_platform::access::reviews::Sheet;
use jiebang_platform::access::scoring;
use jiebang_platform::awards;
use jiebang_platform::base::id::{BidId, ChallengeId, PanelId, SheetId, UserId};
use jiebang_platform::base::words as w;
use jiebang_platform::base::{Error, Page};
use jiebang_platform::bids::read::BidView;
use jiebang_platform::challenges::read::ChallengeView;
use jiebang_platform::experts::verify::Step;
use jiebang_platform::reviews::read::{
    self, ConsensusView, DisqualificationView, DrawView, JudgeView, MarkView, PanelView, PendingView, RankedView,
    SheetView, Stand, TaskView,
};

pub use acts::ReviewMutation;

use super::account::User;
use super::bid::Bid;
use super::challenge::{Challenge, ScoringCriterion};
use super::context::{Asking, asking};
use super::error::Answer;
use super::expert::Expert;
use super::loaders::{Batch, Failed, batches, pages};
use super::organization::Organization;
use super::page::{self, Connection, Total};
use super::scalars::{DateTime, Decimal};
use super::words::{JudgeKind, RankingBasis, TieRule};
use trust::PanelStatistics;

/// The judges of a challenge, and the record of their draw. There is one from publication on: the draw is committed to then.
pub struct Panel(PanelView);

#[Object]
impl Panel {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn challenge(&self, ctx: &Context<'_>) -> Answer<Challenge> {
        Challenge::named(asking(ctx), self.0.challenge).await
    }

    /// Until the notice for organizers and supervisors only, empty to everybody else.
    async fn judges(&self) -> Vec<PanelJudge> {
        self.0.judges.iter().cloned().map(PanelJudge).collect()
    }

    async fn draw(&self) -> Option<PanelDraw> {
        Some((*self.0.draw).clone().into())
    }

    /// How the judges agree with one another: for organizers and supervisors once the review is closed, for everybody after the award.
    async fn statistics(&self, ctx: &Context<'_>) -> Answer<Option<PanelStatistics>> {
        PanelStatistics::of(asking(ctx), self.0.challenge).await
    }

    /// The seat of who leads the consensus round; for organizers and supervisors, and the panel.
    async fn chair(&self) -> Option<ID> {
        self.0.chair.map(|seat| seat.to_string().into())
    }

    /// From when on the panel talked; for organizers and supervisors, and the panel.
    async fn consensus_at(&self) -> Option<DateTime> {
        self.0.consensus_at.map(DateTime::from)
    }

    /// When the review was closed; for organizers and supervisors, and for everybody after the award.
    async fn closed_at(&self) -> Option<DateTime> {
        self.0.closed_at.map(DateTime::from)
    }
}

impl Panel {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: PanelId) -> Answer<Option<Self>> {
        let found = read::panels_by_ids(asking.app().db.read(), &asking.viewer()?, &[id]).await?;
        Ok(found.into_iter().next().map(Self))
    }

    /// Of a challenge that the viewer sees.
    async fn of(asking: &Asking, challenge: ChallengeId) -> Answer<Self> {
        Ok(Self(asking.loaders().load_one(PanelOf(challenge)).await?.ok_or(Error::Hidden)?))
    }
}

/// A seat. `user` and `organization` are null, except to supervisors, until the judge has declared to be free of conflicts; recused
/// judges, and the events about them, are for supervisors.
pub struct PanelJudge(JudgeView);

#[Object]
impl PanelJudge {
    /// The seat's id; ReplaceJudgeInput.judgeId takes it.
    async fn id(&self) -> ID {
        self.0.seat.to_string().into()
    }

    async fn user(&self, ctx: &Context<'_>) -> Answer<Option<User>> {
        named(asking(ctx), self.0.user).await
    }

    async fn organization(&self, ctx: &Context<'_>) -> Answer<Option<Organization>> {
        match self.0.organization {
            Some(id) => Ok(Some(Organization::named(asking(ctx), id).await?)),
            None => Ok(None),
        }
    }

    async fn kind(&self) -> JudgeKind {
        self.0.kind.into()
    }

    /// Whether the judge has declared to be free of conflicts.
    async fn declared(&self) -> bool {
        self.0.declared
    }

    /// Whether the judge stepped aside; for supervisors.
    async fn recused(&self) -> Option<bool> {
        self.0.recused
    }

    /// Why the seat was left; for supervisors.
    async fn left_because(&self) -> Option<&str> {
        self.0.left_because.as_deref()
    }

    /// Who took the seat over; for supervisors.
    async fn replaced_by(&self, ctx: &Context<'_>) -> Answer<Option<User>> {
        named(asking(ctx), self.0.replaced_by).await
    }

    /// For organizers and supervisors.
    async fn sheets_submitted(&self) -> Option<i32> {
        self.0.sheets_submitted.map(number)
    }

    /// For organizers and supervisors.
    async fn sheets_total(&self) -> Option<i32> {
        self.0.sheets_total.map(number)
    }

    /// When the judge signed the closed review; for organizers and supervisors, and for everybody after the award. Who does not sign, and does
    /// not say why, is taken to agree (招标投标法实施条例 53).
    async fn signed_at(&self) -> Option<DateTime> {
        self.0.signed.as_ref().map(|(at, _)| DateTime::from(*at))
    }

    /// What the judge says against the result.
    async fn dissent(&self) -> Option<&str> {
        self.0.signed.as_ref().and_then(|(_, dissent)| dissent.as_deref())
    }

    /// The judge's name in the draw, from the notice on.
    async fn pseudonym(&self) -> Option<&str> {
        self.0.pseudonym.as_ref().map(|(pseudonym, _)| pseudonym.as_str())
    }

    /// With it anybody can see whose pseudonym it is: SHA-256(salt ‖ user id), cut to 128 bits; in hex, from the notice on.
    async fn pseudonym_salt(&self) -> Option<&str> {
        self.0.pseudonym.as_ref().map(|(_, salt)| salt.as_str())
    }
}

async fn named(asking: &Asking, user: Option<UserId>) -> Answer<Option<User>> {
    match user {
        Some(id) => Ok(Some(User::named(asking, id).await?)),
        None => Ok(None),
    }
}

fn number(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Enough for anybody to run the draw again once the notice is out. The seed's commitment and the candidates' hash are fixed at
/// publication; later changes of the pool only remove.
#[derive(SimpleObject)]
struct PanelDraw {
    /// How it is drawn, by name; the words of it are in the guide.
    algorithm: String,
    /// SHA-256 of the seed, in hex.
    seed_commitment: String,
    /// In hex; null until the notice.
    seed: Option<String>,
    /// SHA-256 over the candidates' lines, sorted and joined by line feeds.
    candidates_hash: String,
    /// `pseudonym|KIND|organization pseudonym`; null until the notice.
    candidates: Option<Vec<String>>,
    /// The in-force commitments, sorted; null until the draw.
    entropy: Option<Vec<String>>,
    /// Pseudonyms that were not drawn from any more: in conflict with a party, suspended, away, laden, or took part before. Null until the notice.
    excluded: Option<Vec<String>>,
    /// Seats that were left and taken over, in order; null until the notice.
    steps: Option<Vec<DrawStep>>,
    /// All of it as one text, for `jiebang draw verify`; null until the notice, and of a panel whose judges left before steps were kept.
    record: Option<String>,
    drawn_at: Option<DateTime>,
}

/// Seats were left, and taken over by the next reserves whom the rules allow.
#[derive(SimpleObject)]
struct DrawStep {
    /// Pseudonyms that could not be drawn any more by then.
    excluded: Vec<String>,
    /// Who left. Whose pseudonyms these are is told to nobody but supervisors.
    departed: Vec<String>,
    /// Who came; empty where no reserve fitted, so that the seat stayed empty.
    seated: Vec<String>,
}

impl From<Step> for DrawStep {
    fn from(step: Step) -> Self {
        Self { excluded: step.excluded, departed: step.departed, seated: step.seated }
    }
}

impl From<DrawView> for PanelDraw {
    fn from(view: DrawView) -> Self {
        Self {
            algorithm: view.algorithm,
            seed_commitment: view.seed_commitment,
            seed: view.seed,
            candidates_hash: view.candidates_hash,
            candidates: view.candidates,
            entropy: view.entropy,
            excluded: view.excluded,
            steps: view.steps.map(|steps| steps.into_iter().map(DrawStep::from).collect()),
            record: view.record.map(|record| record.to_text()),
            drawn_at: view.drawn_at.map(DateTime::from),
        }
    }
}

/// A challenge that the viewer was drawn for and has not declared on.
pub struct PendingDeclaration(PendingView);

#[Object]
impl PendingDeclaration {
    async fn challenge(&self, ctx: &Context<'_>) -> Answer<Challenge> {
        Challenge::named(asking(ctx), self.0.challenge).await
    }

    /// Demander, bidders and members, sorted by name, tied to no bid.
    async fn parties(&self) -> Vec<Organization> {
        self.0.parties.iter().cloned().map(Organization).collect()
    }

    /// No day is set.
    async fn due_at(&self) -> Option<DateTime> {
        None
    }
}

/// A bid that the viewer has to score.
pub struct ReviewTask(TaskView);

#[Object]
impl ReviewTask {
    async fn bid(&self, ctx: &Context<'_>) -> Answer<Bid> {
        Bid::named(asking(ctx), self.0.bid).await
    }

    /// The viewer's own; null until something is kept.
    async fn sheet(&self) -> Option<ScoreSheet> {
        self.0.sheet.clone().map(ScoreSheet)
    }

    /// No day is set.
    async fn deadline(&self) -> Option<DateTime> {
        None
    }
}

/// A judge's marks for a bid.
pub struct ScoreSheet(SheetView);

#[Object]
impl ScoreSheet {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn bid(&self, ctx: &Context<'_>) -> Answer<Bid> {
        Bid::named(asking(ctx), self.0.bid).await
    }

    /// For the judge, organizers and supervisors.
    async fn judge(&self, ctx: &Context<'_>) -> Answer<Option<User>> {
        named(asking(ctx), self.0.judge).await
    }

    /// In the order of the criteria.
    async fn marks(&self) -> Vec<Mark> {
        self.0.marks.iter().cloned().map(Mark::from).collect()
    }

    /// The criteria that are still to be marked: what is not marked has no mark, which is not zero.
    async fn unmarked(&self) -> Vec<ScoringCriterion> {
        self.0.unmarked.iter().cloned().map(ScoringCriterion::from).collect()
    }

    /// Why the judge gives this bid no mark; null: it does, or has still to.
    async fn abstained_because(&self) -> Option<&str> {
        self.0.abstained_why.as_deref()
    }

    /// How far the total lies above the panel's median of this bid, in points, where that is farther than `ruleSet.deviationPoints` and the
    /// review is closed; for the judge, organizers and supervisors. It moves no score.
    async fn deviation(&self) -> Option<Decimal> {
        self.0.far_off.map(Decimal::from)
    }

    /// Why it does, in the judge's words.
    async fn deviation_because(&self) -> Option<&str> {
        self.0.explained.as_deref()
    }

    /// Σ weight × score / 100, exact, with what formulas give as things stand now; null until it is handed in, and where the judge abstains.
    async fn total(&self) -> Option<Decimal> {
        self.0.total.map(Decimal::from)
    }

    async fn comment(&self) -> Option<&str> {
        self.0.comment.as_deref()
    }

    /// Whether it has been handed in, and is final.
    async fn submitted(&self) -> bool {
        self.0.submitted_at.is_some()
    }

    async fn submitted_at(&self) -> Option<DateTime> {
        self.0.submitted_at.map(DateTime::from)
    }
}

impl ScoreSheet {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: SheetId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(asking.loaders().load_one(id).await?.map(Self))
    }

    /// The viewer's own.
    async fn own(asking: &Asking, id: SheetId) -> Answer<Self> {
        Ok(Self::find(asking, id).await?.ok_or(Error::Hidden)?)
    }
}

/// A mark, 0 … 100 with at most two places.
#[derive(SimpleObject)]
struct Mark {
    criterion: ScoringCriterion,
    score: Decimal,
    reason: Option<String>,
}

impl From<MarkView> for Mark {
    fn from(view: MarkView) -> Self {
        Self { criterion: view.criterion.into(), score: view.score.into(), reason: view.reason }
    }
}

/// What the panel agreed on for a bid, as its chair wrote it down.
pub struct ConsensusSheet(ConsensusView);

#[Object]
impl ConsensusSheet {
    /// In the order of the criteria.
    async fn marks(&self) -> Vec<Mark> {
        self.0.marks.iter().cloned().map(Mark::from).collect()
    }

    /// Σ weight × score / 100, exact.
    async fn total(&self) -> Option<Decimal> {
        self.0.total.map(Decimal::from)
    }

    /// How the panel came to it.
    async fn comment(&self) -> Option<&str> {
        self.0.comment.as_deref()
    }

    async fn submitted_at(&self) -> DateTime {
        self.0.submitted_at.into()
    }
}

/// That a bid was found unfit behind its formal check: by one organizer, and by another.
pub struct Disqualification(DisqualificationView);

#[Object]
impl Disqualification {
    /// In the words of who found it first.
    async fn because(&self) -> &str {
        &self.0.why
    }

    async fn found_by(&self, ctx: &Context<'_>) -> Answer<User> {
        User::named(asking(ctx), self.0.found_by).await
    }

    async fn found_at(&self) -> DateTime {
        self.0.found_at.into()
    }

    /// In the words of who found it too.
    async fn confirmed_because(&self) -> Option<&str> {
        self.0.confirmed_why.as_deref()
    }

    /// Null while another has still to find it.
    async fn confirmed_by(&self, ctx: &Context<'_>) -> Answer<Option<User>> {
        named(asking(ctx), self.0.confirmed_by).await
    }

    async fn confirmed_at(&self) -> Option<DateTime> {
        self.0.confirmed_at.map(DateTime::from)
    }
}

/// A line of the ranking.
pub struct RankedBid(RankedView);

#[Object]
impl RankedBid {
    /// 1 … n, all distinct.
    async fn rank(&self) -> i32 {
        self.0.rank
    }

    async fn bid(&self, ctx: &Context<'_>) -> Answer<Bid> {
        Bid::named(asking(ctx), self.0.bid).await
    }

    /// The mean of the totals, the highest and the lowest left out from `ruleSet.trimFrom` sheets on; half-up to two places here,
    /// compared unrounded. In a normalised ranking the mean of the standard scores, to four places.
    async fn score(&self) -> Decimal {
        self.0.score.into()
    }

    async fn passed(&self) -> bool {
        self.0.passed
    }

    /// Among bids of equal score, the rule that set this one behind the one above it, or the first before the one below.
    async fn tie_broken_by(&self) -> Option<TieRule> {
        self.0.tie_broken_by.map(TieRule::from)
    }
}

/// The panel and the ranking of a challenge.
pub struct ChallengeReview(pub(super) Arc<ChallengeView>);

#[Object]
impl ChallengeReview {
    /// Exists from publication (the draw's commitments), without judges.
    async fn panel(&self, ctx: &Context<'_>) -> Answer<Option<Panel>> {
        Ok(asking(ctx).loaders().load_one(PanelOf(self.0.id)).await?.map(Panel))
    }

    /// Organizers and supervisors once the review is closed; a bidder its own line once the notice has ended; everybody the whole
    /// after the award.
    async fn ranking(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Option<Connection<RankedBid>>> {
        let (loaders, id) = (asking(ctx).loaders(), self.0.id);
        let request = page::request(first.or(Some(100)), after.as_deref())?;
        let Some(found) = loaders.load_one(RankingOf(id, request)).await?.transpose()? else { return Ok(None) };
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(RankingCount(id)).await?.unwrap_or(0)) }
        });
        Ok(Some(page::connection(found, total, RankedBid)))
    }

    /// By what the ranking was made: as `decidedBy` says, or by raw scores where that could not be. Null until the review is closed.
    async fn ranked_by(&self, ctx: &Context<'_>) -> Answer<Option<RankingBasis>> {
        if !matches!(self.ranking_seen(ctx).await?, Some(true)) {
            return Ok(None);
        }
        Ok(asking(ctx).loaders().load_one(DecidedBy(self.0.id)).await?.map(RankingBasis::from))
    }

    /// A ranking that stands beside the one that decides, for those who see that one, and as far as they do; empty where there is none.
    async fn ranking_beside(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "RankingBasis::Normalised")] basis: RankingBasis,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Option<Connection<RankedBid>>> {
        if self.ranking_seen(ctx).await?.is_none() {
            return Ok(None);
        }
        let (loaders, key) = (asking(ctx).loaders(), (self.0.id, basis.into()));
        let request = page::request(first.or(Some(100)), after.as_deref())?;
        let found = loaders.load_one(BesideOf(key, request)).await?.transpose()?;
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(BesideCount(key)).await?.unwrap_or(0)) }
        });
        Ok(Some(page::connection(found.unwrap_or_else(Page::empty), total, RankedBid)))
    }

    /// The review report (评审报告): complete enough to file, as data here and as a page to print at `page`. For organizers and supervisors
    /// once the review is closed.
    async fn review_report(&self, ctx: &Context<'_>) -> Answer<Option<report::ReviewReport>> {
        report::ReviewReport::of(asking(ctx), &self.0).await
    }
}

impl ChallengeReview {
    /// Whether a line of the ranking is shown; none: the viewer sees nothing of it.
    async fn ranking_seen(&self, ctx: &Context<'_>) -> Answer<Option<bool>> {
        let request = page::request(Some(1), None)?;
        let found = asking(ctx).loaders().load_one(RankingOf(self.0.id, request)).await?.transpose()?;
        Ok(found.map(|page| !page.rows.is_empty()))
    }
}

/// The sheets of a bid.
pub struct BidSheets(pub(super) Arc<BidView>);

#[Object]
impl BidSheets {
    /// What the judges wrote: for organizers and supervisors once the review is closed, for its bidder once the notice has ended, for
    /// everybody after the award; to a judge, the own one, and once the panel talks, those of the panel.
    async fn sheets(&self, ctx: &Context<'_>) -> Answer<Vec<ScoreSheet>> {
        let found = asking(ctx).loaders().load_one(SheetsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(ScoreSheet).collect())
    }

    /// What the panel agreed on; for the panel once it talks, for others as the sheets are.
    async fn consensus_sheet(&self, ctx: &Context<'_>) -> Answer<Option<ConsensusSheet>> {
        Ok(asking(ctx).loaders().load_one(ConsensusOf(self.0.id)).await?.map(ConsensusSheet))
    }

    /// That it was found unfit behind its formal check; for its bidder once two organizers have, for organizers and supervisors from the
    /// first on.
    async fn disqualification(&self, ctx: &Context<'_>) -> Answer<Option<Disqualification>> {
        if !scoring::sees_disqualification(self.0.standing, true) {
            return Ok(None);
        }
        let found = asking(ctx).loaders().load_one(DisqualificationOf(self.0.id)).await?;
        let told = found.filter(|found| scoring::sees_disqualification(self.0.standing, found.confirmed_at.is_some()));
        Ok(told.map(Disqualification))
    }
}

/// What a judge has to do.
#[derive(Default)]
pub struct ViewerReviews;

#[Object]
impl ViewerReviews {
    /// Challenges this judge was drawn for and has not yet declared on.
    async fn pending_declarations(&self, ctx: &Context<'_>) -> Answer<Vec<PendingDeclaration>> {
        let asking = asking(ctx);
        let found = read::pending_declarations(asking.app().db.read(), &asking.viewer()?).await?;
        Ok(found.into_iter().map(PendingDeclaration).collect())
    }

    /// What the viewer has stated of itself as an expert.
    async fn expert(&self, ctx: &Context<'_>) -> Answer<Option<Expert>> {
        Expert::own(asking(ctx)).await
    }

    /// The bid to score next: each judge is led round the bids from another place, so that none is left behind; whose sheets are in moves
    /// nobody's order.
    async fn next_review_task(&self, ctx: &Context<'_>) -> Answer<Option<ReviewTask>> {
        let asking = asking(ctx);
        let found = read::next_task(asking.app().db.read(), &asking.viewer()?).await?;
        Ok(found.map(ReviewTask))
    }

    /// The judge's own sheets whose totals lie far from their panel's median: each asks for a reason (explainDeviation), until the notice.
    async fn deviations(&self, ctx: &Context<'_>) -> Answer<Vec<ScoreSheet>> {
        let asking = asking(ctx);
        let found = read::deviations(asking.app().db.read(), &asking.viewer()?).await?;
        Ok(found.into_iter().map(ScoreSheet).collect())
    }

    /// Challenges whose closed review this judge has not signed.
    async fn reviews_to_sign(&self, ctx: &Context<'_>) -> Answer<Vec<Challenge>> {
        let asking = asking(ctx);
        let found = read::reviews_to_sign(asking.app().db.read(), &asking.viewer()?).await?;
        let challenges = found.into_iter().map(|id| Challenge::named(asking, id));
        try_join_all(challenges).await
    }

    /// A judge's work: one entry for each bid to score, own sheets only; empty until declared.
    async fn review_tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<ReviewTask>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let request = page::request(first, after.as_deref())?;
        let found = read::review_tasks(app.db.read(), &viewer, &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { read::review_task_count(app.db.read(), &viewer).await }
        });
        Ok(page::connection(found, total, ReviewTask))
    }
}

/// Whether a review of this state can still be acted on.
fn is_under_way(status: w::ChallengeStatus) -> bool {
    matches!(status, w::ChallengeStatus::Reviewing | w::ChallengeStatus::Negotiating)
}

/// The mutations of reviews that would be accepted from the viewer on a challenge now.
pub async fn challenge_actions(asking: &Asking, challenge: &ChallengeView) -> Answer<Vec<&'static str>> {
    let viewer = asking.viewer()?;
    if !is_under_way(challenge.status) || viewer.actor().is_none() {
        return Ok(Vec::new());
    }
    let stand = asking.loaders().load_one(StandOf(challenge.id)).await?;
    Ok(stand.map(|stand| read::challenge_actions(&viewer, &challenge.facts, &stand)).unwrap_or_default())
}

/// The mutations of reviews that would be accepted from the viewer on a bid now.
pub async fn bid_actions(asking: &Asking, bid: &BidView) -> Answer<Vec<&'static str>> {
    let viewer = asking.viewer()?;
    let takes_part = viewer.is(w::Role::Judge) || viewer.is(w::Role::Organizer);
    if !takes_part || !is_under_way(bid.facts.challenge().status()) {
        return Ok(Vec::new());
    }
    let loaders = asking.loaders();
    let Some(stand) = loaders.load_one(StandOf(bid.challenge)).await? else { return Ok(Vec::new()) };
    let sheet = match viewer.is(w::Role::Judge) {
        true => loaders.load_one(OwnSheet(bid.id)).await?.unwrap_or(Sheet::Unwritten),
        false => Sheet::Unwritten,
    };
    Ok(read::bid_actions(&viewer, &bid.facts, &stand, sheet))
}

/// The challenges of the viewer's own bids whose notice has ended.
async fn notice_over(batch: &Batch) -> Result<Vec<ChallengeId>, Error> {
    let conn = batch.app.db.read();
    match read::bidder_in(conn, &batch.viewer).await? {
        own if own.is_empty() => Ok(own),
        own => awards::read::notice_over(conn, &own, batch.app.clock.now()).await,
    }
}

batches! {
    PanelOf(ChallengeId) -> PanelView = |batch, ids| read::panels(batch.app.db.read(), &batch.viewer, &ids).await,
    RankingCount(ChallengeId) -> u64 = |batch, ids| {
        let over = notice_over(batch).await?;
        read::ranking_counts(batch.app.db.read(), &batch.viewer, &over, &ids).await
    },
    SheetsOf(BidId) -> Vec<SheetView> = |batch, ids| {
        let over = notice_over(batch).await?;
        read::sheets_of_bids(batch.app.db.read(), &batch.viewer, &over, &ids).await
    },
    ConsensusOf(BidId) -> ConsensusView = |batch, ids| {
        let over = notice_over(batch).await?;
        read::consensus_of_bids(batch.app.db.read(), &batch.viewer, &over, &ids).await
    },
    DisqualificationOf(BidId) -> DisqualificationView =
        |batch, ids| read::disqualifications(batch.app.db.read(), &ids).await,
    BesideCount(read::Beside) -> u64 = |batch, ids| {
        let over = notice_over(batch).await?;
        read::rankings_beside_counts(batch.app.db.read(), &batch.viewer, &over, &ids).await
    },
    DecidedBy(ChallengeId) -> w::RankingBasis = |batch, ids| read::decided_by(batch.app.db.read(), &ids).await,
    StandOf(ChallengeId) -> Stand = |batch, ids| read::stands(batch.app.db.read(), &batch.viewer, &ids).await,
    OwnSheet(BidId) -> Sheet = |batch, ids| read::own_sheets(batch.app.db.read(), &batch.viewer, &ids).await,
}

impl Loader<SheetId> for Batch {
    type Value = SheetView;
    type Error = Failed;

    async fn load(&self, ids: &[SheetId]) -> Result<HashMap<SheetId, SheetView>, Failed> {
        let over = notice_over(self).await.map_err(Arc::new)?;
        let found = read::sheets(self.app.db.read(), &self.viewer, &over, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}

pages! {
    BesideOf(read::Beside) -> RankedView = |batch, ids, request| {
        let over = notice_over(batch).await?;
        read::rankings_beside(batch.app.db.read(), &batch.viewer, &over, &ids, &request).await
    },
    RankingOf(ChallengeId) -> RankedView = |batch, ids, request| {
        let over = notice_over(batch).await?;
        read::ranking(batch.app.db.read(), &batch.viewer, &over, &ids, &request).await
    },
}
