//! Scenario demands (场景需求), what is said about them, and who might meet them.

mod acts;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jiebang_platform::access::demands::{self as policy, Heard};
use jiebang_platform::base::error::FaultCode;
use jiebang_platform::base::id::{DemandId, InterestId, InvitationId, OpinionId, ReleaseBatchId, UserId};
use jiebang_platform::base::{Error, Page, faults};
use jiebang_platform::demands::content;
use jiebang_platform::demands::matching::{Reason, Wanted};
use jiebang_platform::demands::read::{
    self, BatchView, DemandView, InterestView, InvitationView, MatchView, OpinionView,
};

pub use acts::DemandMutation;

use super::account::User;
use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::{Batch, Failed, batches, pages};
use super::organization::Organization;
use super::page::{self, Connection, Total};
use super::scalars::{DateTime, Decimal, Fen};
use super::words::{
    Comparator, CooperationMode, DemandStatus, Domain, MatchKind, OpinionGiver, OpinionVerdict, ResourceKind,
    ScenarioScale,
};

/// What a department needs (场景需求), before it becomes a challenge. Null and empty: not yet filled in.
pub struct ScenarioDemand(Arc<DemandView>);

#[Object]
impl ScenarioDemand {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn domain(&self) -> Option<Domain> {
        self.0.domain.map(Domain::from)
    }

    async fn scale(&self) -> Option<ScenarioScale> {
        self.0.scale.map(ScenarioScale::from)
    }

    /// Where, and how far it reaches (地点、范围).
    async fn site(&self) -> &str {
        &self.0.site
    }

    /// What is wrong today (现状痛点).
    async fn pain_points(&self) -> &str {
        &self.0.pain_points
    }

    /// What is to be built (建设内容).
    async fn content(&self) -> &str {
        &self.0.content
    }

    /// What is to be reached, in figures (预期目标).
    async fn goals(&self) -> Vec<DemandGoal> {
        self.0.goals.iter().cloned().map(DemandGoal::from).collect()
    }

    /// What is opened to whoever tries a solution (可开放资源).
    async fn open_resources(&self) -> Vec<OpenResource> {
        self.0.open_resources.iter().cloned().map(OpenResource::from).collect()
    }

    async fn technical_requirements(&self) -> &str {
        &self.0.technical_requirements
    }

    /// How the department would work with whoever meets it (合作方式).
    async fn cooperation(&self) -> Option<CooperationMode> {
        self.0.cooperation.map(CooperationMode::from)
    }

    async fn budget_from(&self) -> Option<Fen> {
        self.0.budget_from.map(Fen::from)
    }

    async fn budget_to(&self) -> Option<Fen> {
        self.0.budget_to.map(Fen::from)
    }

    async fn schedule(&self) -> &str {
        &self.0.schedule
    }

    /// The office to ask, by its telephone.
    async fn contact(&self) -> &str {
        &self.0.contact
    }

    /// Words that matching holds against capability lists, in one form: half width, small letters.
    async fn wanted_words(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        Ok(asking(ctx).loaders().load_one(WantedOf(self.0.id)).await?.unwrap_or_default().words)
    }

    /// Kinds of qualifications that matching looks for, such as HNTE.
    async fn wanted_qualifications(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        Ok(asking(ctx).loaders().load_one(WantedOf(self.0.id)).await?.unwrap_or_default().qualifications)
    }

    async fn department(&self) -> Organization {
        Organization(self.0.department.clone())
    }

    /// Who drafted it: for the department, organizers and supervisors.
    async fn author(&self, ctx: &Context<'_>) -> Answer<Option<User>> {
        match self.0.author {
            Some(author) => Ok(Some(User::named(asking(ctx), author).await?)),
            None => Ok(None),
        }
    }

    async fn status(&self) -> DemandStatus {
        self.0.status.into()
    }

    /// Why it was last sent back, rejected, merged or withdrawn: for the department, organizers and supervisors; for everybody of
    /// what was withdrawn from the list.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    async fn submitted_at(&self) -> Option<DateTime> {
        self.0.submitted_at.map(DateTime::from)
    }

    /// From then on it is everybody's to see.
    async fn listed_at(&self) -> Option<DateTime> {
        self.0.listed_at.map(DateTime::from)
    }

    /// The list that it was released in.
    async fn batch(&self, ctx: &Context<'_>) -> Answer<Option<ReleaseBatch>> {
        match self.0.batch {
            Some(batch) => ReleaseBatch::find(asking(ctx), batch).await,
            None => Ok(None),
        }
    }

    /// The demand that it became part of, if the viewer may see that one.
    async fn merged_into(&self, ctx: &Context<'_>) -> Answer<Option<ScenarioDemand>> {
        match self.0.merged_into {
            Some(demand) => ScenarioDemand::find(asking(ctx), demand).await,
            None => Ok(None),
        }
    }

    /// The demands that became part of it, as far as the viewer may see them, oldest first.
    async fn sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<ScenarioDemand>> {
        let (asking, id) = (asking(ctx), self.0.id);
        let loaders = asking.loaders();
        let request = page::request(first, after.as_deref())?;
        let found = loaders.load_one(SourcesOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(SourceCount(id)).await?.unwrap_or(0)) }
        });
        ScenarioDemand::page(asking, found, total).await
    }

    /// What was said in its argument (需求论证), oldest first: for organizers and supervisors; for the department once a round is
    /// decided; to whoever said it the own.
    async fn opinions(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Opinion>> {
        let (loaders, id) = (asking(ctx).loaders(), self.0.id);
        let request = page::request(first, after.as_deref())?;
        let found = loaders.load_one(OpinionsOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(OpinionCount(id)).await?.unwrap_or(0)) }
        });
        Ok(page::connection(found, total, Opinion))
    }

    /// Who is asked for an opinion in the present round: for organizers and supervisors, empty to everybody else.
    async fn asked_experts(&self, ctx: &Context<'_>) -> Answer<Vec<User>> {
        let asking = asking(ctx);
        if !policy::names_asked(&asking.viewer()?, &self.0.facts) {
            return Ok(Vec::new());
        }
        let found = asking.loaders().load_one(AskedOf(self.0.id)).await?.unwrap_or_default();
        let mut users = asking.loaders().load_many(found.iter().copied()).await?;
        Ok(found.iter().filter_map(|user| users.remove(user)).map(User).collect())
    }

    /// Who has registered an interest, oldest first: for organizers and supervisors; to an enterprise its own. Empty to everybody
    /// else, whoever did.
    async fn interests(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Interest>> {
        let (loaders, id) = (asking(ctx).loaders(), self.0.id);
        let request = page::request(first, after.as_deref())?;
        let found = loaders.load_one(InterestsOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(InterestCount(id)).await?.unwrap_or(0)) }
        });
        Ok(page::connection(found, total, Interest))
    }

    /// Who matches it today, each with the reasons, in the order of their ids: for organizers and supervisors, null to everybody
    /// else. A registered interest is shown beside and changes nothing.
    async fn matches(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Option<Connection<DemandMatch>>> {
        let (asking, id) = (asking(ctx), self.0.id);
        let request = page::request(first, after.as_deref())?;
        if !policy::sees_matches(&asking.viewer()?, &self.0.facts) {
            return Ok(None);
        }
        let loaders = asking.loaders();
        let found = loaders.load_one(MatchesOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(MatchCount(id)).await?.unwrap_or(0)) }
        });
        Ok(Some(page::connection(found, total, DemandMatch)))
    }

    /// Who has been invited, oldest first: for organizers and supervisors; to an enterprise its own. Empty to everybody else.
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Invitation>> {
        let (loaders, id) = (asking(ctx).loaders(), self.0.id);
        let request = page::request(first, after.as_deref())?;
        let found = loaders.load_one(InvitationsOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(InvitationCount(id)).await?.unwrap_or(0)) }
        });
        Ok(page::connection(found, total, Invitation))
    }

    /// The optimistic lock, moved by its owner's edits alone.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The mutations that would be accepted from this viewer now, by name.
    async fn available_actions(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        let asking = asking(ctx);
        let viewer = asking.viewer()?;
        // Nothing can be done without signing in: the public page asks for no opinions.
        if viewer.actor().is_none() {
            return Ok(Vec::new());
        }
        let heard = asking.loaders().load_one(HeardOf(self.0.id)).await?.unwrap_or_default();
        Ok(read::actions(&viewer, &self.0.facts, heard).into_iter().map(str::to_owned).collect())
    }
}

impl ScenarioDemand {
    /// As the viewer has been found to see it.
    fn of(view: DemandView) -> Self {
        Self(Arc::new(view))
    }

    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: DemandId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(asking.loaders().load_one(id).await?.map(Self::of))
    }

    async fn named(asking: &Asking, id: DemandId) -> Answer<Self> {
        Ok(Self::find(asking, id).await?.ok_or(Error::Hidden)?)
    }

    /// A page of demands that the viewer has been found to see.
    async fn page(asking: &Asking, found: Page<DemandId>, total: Total) -> Answer<Connection<Self>> {
        let ids: Vec<DemandId> = found.rows.iter().map(|(_, id)| *id).collect();
        let views = asking.loaders().load_many(ids).await?;
        let (has_next, has_previous) = (found.has_next, found.has_previous);
        let rows = found.rows.into_iter().filter_map(|(cursor, id)| Some((cursor, views.get(&id)?.clone()))).collect();
        Ok(page::connection(Page { rows, has_next, has_previous }, total, Self::of))
    }
}

/// What is to be reached, in figures.
#[derive(SimpleObject)]
struct DemandGoal {
    name: String,
    unit: String,
    comparator: Comparator,
    target: Decimal,
}

impl From<content::Goal> for DemandGoal {
    fn from(goal: content::Goal) -> Self {
        Self { name: goal.name, unit: goal.unit, comparator: goal.comparator.into(), target: goal.target.into() }
    }
}

/// What is opened to whoever tries a solution.
#[derive(SimpleObject)]
struct OpenResource {
    kind: ResourceKind,
    /// Which, and under what conditions.
    detail: String,
}

impl From<content::OpenResource> for OpenResource {
    fn from(resource: content::OpenResource) -> Self {
        Self { kind: resource.kind.into(), detail: resource.detail }
    }
}

/// What somebody said in the argument of a demand. It is never changed.
pub struct Opinion(OpinionView);

#[Object]
impl Opinion {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn demand(&self, ctx: &Context<'_>) -> Answer<ScenarioDemand> {
        ScenarioDemand::named(asking(ctx), self.0.demand).await
    }

    /// Each handing-in begins a round; the first is 1.
    async fn round(&self) -> i32 {
        self.0.round
    }

    async fn giver(&self) -> OpinionGiver {
        self.0.giver.into()
    }

    async fn verdict(&self) -> OpinionVerdict {
        self.0.verdict.into()
    }

    async fn text(&self) -> &str {
        &self.0.text
    }

    async fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// For organizers and supervisors, and for whoever said it.
    async fn author(&self, ctx: &Context<'_>) -> Answer<Option<User>> {
        match self.0.author {
            Some(author) => Ok(Some(User::named(asking(ctx), author).await?)),
            None => Ok(None),
        }
    }
}

impl Opinion {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: OpinionId) -> Answer<Option<Self>> {
        Ok(read::opinion(asking.app().db.read(), &asking.viewer()?, id).await?.map(Self))
    }
}

/// A numbered list of demands (机会清单), everybody's to see.
#[derive(Clone)]
pub struct ReleaseBatch(BatchView);

#[Object]
impl ReleaseBatch {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// E.g. JH-2026-03: numbered by the year in China, without holes.
    async fn code(&self) -> &str {
        &self.0.code
    }

    async fn year(&self) -> i32 {
        self.0.year
    }

    /// Its place in the year.
    async fn number(&self) -> i32 {
        self.0.number
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn released_at(&self) -> DateTime {
        self.0.released_at.into()
    }

    /// Oldest first.
    async fn demands(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<ScenarioDemand>> {
        let (asking, id) = (asking(ctx), self.0.id);
        let loaders = asking.loaders();
        let request = page::request(first, after.as_deref())?;
        let found = loaders.load_one(DemandsOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(BatchSize(id)).await?.unwrap_or(0)) }
        });
        ScenarioDemand::page(asking, found, total).await
    }
}

impl ReleaseBatch {
    /// It is everybody's to see.
    pub async fn find(asking: &Asking, id: ReleaseBatchId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(asking.loaders().load_one(id).await?.map(Self))
    }
}

/// An organization's registered interest in a demand.
pub struct Interest(InterestView);

#[Object]
impl Interest {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn demand(&self, ctx: &Context<'_>) -> Answer<ScenarioDemand> {
        ScenarioDemand::named(asking(ctx), self.0.demand).await
    }

    async fn organization(&self, ctx: &Context<'_>) -> Answer<Organization> {
        Organization::named(asking(ctx), self.0.organization).await
    }

    async fn note(&self) -> &str {
        &self.0.note
    }

    async fn registered_at(&self) -> DateTime {
        self.0.registered_at.into()
    }

    /// Shown to the organization itself, which may register it again; to nobody else is what was taken back.
    async fn withdrawn_at(&self) -> Option<DateTime> {
        self.0.withdrawn_at.map(DateTime::from)
    }
}

impl Interest {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: InterestId) -> Answer<Option<Self>> {
        Ok(read::interest(asking.app().db.read(), &asking.viewer()?, id).await?.map(Self))
    }
}

/// An invitation to look at a demand, sent to all who matched alike.
pub struct Invitation(InvitationView);

#[Object]
impl Invitation {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn demand(&self, ctx: &Context<'_>) -> Answer<ScenarioDemand> {
        ScenarioDemand::named(asking(ctx), self.0.demand).await
    }

    async fn organization(&self, ctx: &Context<'_>) -> Answer<Organization> {
        Organization::named(asking(ctx), self.0.organization).await
    }

    /// The same to all.
    async fn message(&self) -> &str {
        &self.0.message
    }

    async fn at(&self) -> DateTime {
        self.0.at.into()
    }
}

impl Invitation {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: InvitationId) -> Answer<Option<Self>> {
        Ok(read::invitation(asking.app().db.read(), &asking.viewer()?, id).await?.map(Self))
    }
}

/// An organization that matches a demand, and why.
pub struct DemandMatch(MatchView);

#[Object]
impl DemandMatch {
    async fn organization(&self, ctx: &Context<'_>) -> Answer<Organization> {
        Organization::named(asking(ctx), self.0.organization).await
    }

    /// At least one.
    async fn reasons(&self) -> Vec<MatchReason> {
        self.0.reasons.iter().cloned().map(MatchReason::from).collect()
    }

    /// Whether it has registered an interest: shown beside, and no advantage.
    async fn interested(&self) -> bool {
        self.0.interested
    }

    async fn invited_at(&self) -> Option<DateTime> {
        self.0.invited_at.map(DateTime::from)
    }
}

/// Why an organization matches.
#[derive(SimpleObject)]
struct MatchReason {
    kind: MatchKind,
    /// Which domain, kind of qualification or word.
    detail: String,
}

impl From<Reason> for MatchReason {
    fn from(reason: Reason) -> Self {
        Self { kind: reason.kind.into(), detail: reason.detail }
    }
}

/// The viewer's own invitations.
#[derive(Default)]
pub struct ViewerInvitations;

#[Object]
impl ViewerInvitations {
    /// The invitations of the viewer's organization to look at demands, newest first.
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Invitation>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let request = page::request(first, after.as_deref())?;
        let found = read::own_invitations(app.db.read(), &viewer, &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { read::own_invitation_count(app.db.read(), &viewer).await }
        });
        Ok(page::connection(found, total, Invitation))
    }
}

batches! {
    WantedOf(DemandId) -> Wanted = |batch, ids| read::wanted(batch.app.db.read(), &ids).await,
    AskedOf(DemandId) -> Vec<UserId> = |batch, ids| read::asked(batch.app.db.read(), &ids).await,
    HeardOf(DemandId) -> Heard = |batch, ids| read::heard(batch.app.db.read(), &ids).await,
    SourceCount(DemandId) -> u64 =
        |batch, ids| read::source_counts(batch.app.db.read(), &batch.viewer, &ids).await,
    OpinionCount(DemandId) -> u64 =
        |batch, ids| read::opinion_counts(batch.app.db.read(), &batch.viewer, &ids).await,
    InterestCount(DemandId) -> u64 =
        |batch, ids| read::interest_counts(batch.app.db.read(), &batch.viewer, &ids).await,
    InvitationCount(DemandId) -> u64 =
        |batch, ids| read::invitation_counts(batch.app.db.read(), &batch.viewer, &ids).await,
    MatchCount(DemandId) -> u64 = |batch, ids| {
        read::match_counts(batch.app.db.read(), &batch.viewer, batch.app.clock.now(), &ids).await
    },
    BatchSize(ReleaseBatchId) -> u64 =
        |batch, ids| read::batch_sizes(batch.app.db.read(), &batch.viewer, &ids).await,
}

pages! {
    SourcesOf(DemandId) -> DemandId =
        |batch, ids, request| read::sources(batch.app.db.read(), &batch.viewer, &ids, &request).await,
    OpinionsOf(DemandId) -> OpinionView =
        |batch, ids, request| read::opinions(batch.app.db.read(), &batch.viewer, &ids, &request).await,
    InterestsOf(DemandId) -> InterestView =
        |batch, ids, request| read::interests(batch.app.db.read(), &batch.viewer, &ids, &request).await,
    InvitationsOf(DemandId) -> InvitationView =
        |batch, ids, request| read::invitations(batch.app.db.read(), &batch.viewer, &ids, &request).await,
    MatchesOf(DemandId) -> MatchView = |batch, ids, request| {
        read::matches(batch.app.db.read(), &batch.viewer, batch.app.clock.now(), &ids, &request).await
    },
    DemandsOf(ReleaseBatchId) -> DemandId =
        |batch, ids, request| read::of_batches(batch.app.db.read(), &batch.viewer, &ids, &request).await,
}

impl Loader<DemandId> for Batch {
    type Value = DemandView;
    type Error = Failed;

    async fn load(&self, ids: &[DemandId]) -> Result<HashMap<DemandId, DemandView>, Failed> {
        let found = read::by_ids(self.app.db.read(), &self.viewer, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}

impl Loader<ReleaseBatchId> for Batch {
    type Value = BatchView;
    type Error = Failed;

    async fn load(&self, ids: &[ReleaseBatchId]) -> Result<HashMap<ReleaseBatchId, BatchView>, Failed> {
        let found = read::batches_by_ids(self.app.db.read(), ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}

/// What is not given does not narrow.
#[derive(InputObject, Default)]
struct DemandFilter {
    /// Words, all of which are looked for in title, department, site, pain points, content, requirements, goals and wanted words: Chinese
    /// by any part, other words and numbers whole. At most 100 characters.
    text: Option<String>,
    domains: Option<Vec<Domain>>,
    statuses: Option<Vec<DemandStatus>>,
    department: Option<ID>,
    batch: Option<ID>,
    /// Both ends, included: a demand fits whose own range meets them. One that names no money fits none.
    budget_from: Option<Fen>,
    budget_to: Option<Fen>,
}

impl From<DemandFilter> for read::DemandFilter {
    fn from(given: DemandFilter) -> Self {
        Self {
            text: given.text,
            domains: given.domains.map(|domains| domains.into_iter().map(Into::into).collect()),
            statuses: given.statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            department: given.department.map(|id| id.0),
            batch: given.batch.map(|id| id.0),
            budget_from: given.budget_from.map(|fen| fen.0),
            budget_to: given.budget_to.map(|fen| fen.0),
        }
    }
}

/// The orders of a list of demands: by the time of listing, of what is not listed by the time of drafting.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum DemandOrder {
    ListedDesc,
    ListedAsc,
}

impl From<DemandOrder> for read::DemandOrder {
    fn from(order: DemandOrder) -> Self {
        match order {
            DemandOrder::ListedDesc => Self::NewestFirst,
            DemandOrder::ListedAsc => Self::OldestFirst,
        }
    }
}

#[derive(Default)]
pub struct DemandQuery;

#[Object]
impl DemandQuery {
    /// What the viewer may see: what has been listed for everybody, its own for a department, what has been handed in for
    /// organizers and supervisors, what it was asked about for an expert.
    async fn demands(
        &self,
        ctx: &Context<'_>,
        filter: Option<DemandFilter>,
        #[graphql(default_with = "Some(DemandOrder::ListedDesc)")] order_by: Option<DemandOrder>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<ScenarioDemand>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let filter: read::DemandFilter = filter.unwrap_or_default().into();
        let order = order_by.unwrap_or(DemandOrder::ListedDesc).into();
        let request = page::request(first, after.as_deref())?;
        let found = read::page(app.db.read(), &viewer, &filter, order, &request).await?;
        let total = Total::new(move || {
            let (app, viewer, filter) = (app.clone(), viewer.clone(), filter.clone());
            async move { read::count(app.db.read(), &viewer, &filter).await }
        });
        Ok(page::connection(found, total, ScenarioDemand::of))
    }

    /// One demand; null where the viewer may not see it.
    async fn demand(&self, ctx: &Context<'_>, id: ID) -> Answer<Option<ScenarioDemand>> {
        ScenarioDemand::find(asking(ctx), faults::id("id", &id)?).await
    }

    /// Newest first.
    async fn release_batches(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<ReleaseBatch>> {
        let asking = asking(ctx);
        asking.viewer()?;
        let app = asking.app().clone();
        let request = page::request(first, after.as_deref())?;
        let found = read::batches(app.db.read(), &request).await?;
        let total = Total::new(move || {
            let app = app.clone();
            async move { read::batch_count(app.db.read()).await }
        });
        Ok(page::connection(found, total, ReleaseBatch))
    }

    /// One batch, by its id or by its code.
    async fn release_batch(
        &self,
        ctx: &Context<'_>,
        id: Option<ID>,
        code: Option<String>,
    ) -> Answer<Option<ReleaseBatch>> {
        let asking = asking(ctx);
        match (id, code) {
            (Some(id), None) => ReleaseBatch::find(asking, faults::id("id", &id)?).await,
            (None, Some(code)) => {
                asking.viewer()?;
                Ok(read::batch_by_code(asking.app().db.read(), &code).await?.map(ReleaseBatch))
            }
            _ => Err(Error::invalid("id", FaultCode::ExactlyOne).into()),
        }
    }
}
