//! Projects: what comes of an award.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::base::Error;
use jiebang_platform::base::id::{ChallengeId, ProjectId};
use jiebang_platform::challenges::read::ChallengeView;
use jiebang_platform::projects::read::{self, ProjectView};
use jiebang_platform::projects::{self, AwardChallenge, SignAgreement};

use super::agreement::Agreement;
use super::bid::Bid;
use super::challenge::Challenge;
use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::{Batch, Failed, batches};
use super::negotiation::OfferInput;
use super::objection::Complained;
use super::organization::Organization;
use super::page::{self, Connection, Total};
use super::scalars::{DateTime, Fen};
use super::words::{ProjectStatus, RevocationGround};
use super::{award, target};

/// What a winner carries out.
pub struct Project(Arc<ProjectView>);

#[Object]
impl Project {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn challenge(&self, ctx: &Context<'_>) -> Answer<Challenge> {
        Challenge::named(asking(ctx), self.0.challenge).await
    }

    async fn bid(&self, ctx: &Context<'_>) -> Answer<Bid> {
        Bid::named(asking(ctx), self.0.bid).await
    }

    async fn lead(&self, ctx: &Context<'_>) -> Answer<Organization> {
        Organization::named(asking(ctx), self.0.lead).await
    }

    async fn status(&self) -> ProjectStatus {
        self.0.status.into()
    }

    /// From when the agreement is in force.
    async fn agreement_effective_at(&self) -> Option<DateTime> {
        self.0.agreement_effective_at.map(DateTime::from)
    }

    /// By when the agreement is to be signed.
    async fn agreement_due_at(&self) -> Option<DateTime> {
        self.0.agreement_due_at.map(DateTime::from)
    }

    /// Whether it should have been signed by now.
    async fn agreement_overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.facts.is_overdue(asking(ctx).app().clock.now())
    }

    /// What is paid at most, in 分, once the agreement is signed.
    async fn amount(&self) -> Option<Fen> {
        self.0.amount.map(Fen::from)
    }

    /// At this instant the agreed time is over.
    async fn ends_at(&self) -> Option<DateTime> {
        self.0.ends_at.map(DateTime::from)
    }

    /// When it ended before its time.
    async fn ended_at(&self) -> Option<DateTime> {
        self.0.ended_at.map(DateTime::from)
    }

    /// Why it ended before its time.
    async fn ended_because(&self) -> Option<&str> {
        self.0.ended_because.as_deref()
    }

    /// On which ground the award was taken back.
    async fn revoked_on(&self) -> Option<RevocationGround> {
        self.0.ended_ground.map(RevocationGround::from)
    }

    /// What was agreed; null to whoever may not read it.
    async fn agreement(&self, ctx: &Context<'_>) -> Answer<Option<Agreement>> {
        Agreement::of(asking(ctx), &self.0)
    }

    /// Of that year's target; this year's when not given. A race counts once.
    async fn counts_toward_target(&self, ctx: &Context<'_>, year: Option<i32>) -> Answer<bool> {
        target::project_counts(asking(ctx), year, self.0.id, self.0.challenge).await
    }

    /// The mutations that would be accepted from this viewer now, by name.
    async fn available_actions(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        let actions = read::actions(&asking(ctx).viewer()?, &self.0);
        Ok(actions.into_iter().map(str::to_owned).collect())
    }
}

impl Project {
    /// As it has been read.
    pub fn of(view: ProjectView) -> Self {
        Self(Arc::new(view))
    }

    /// A project is everybody's.
    pub async fn find(asking: &Asking, id: ProjectId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(asking.loaders().load_one(id).await?.map(Self::of))
    }

    /// Those of `ids` that there are.
    pub async fn all(asking: &Asking, ids: Vec<ProjectId>) -> Answer<HashMap<ProjectId, Self>> {
        let found = asking.loaders().load_many(ids).await?;
        Ok(found.into_iter().map(|(id, view)| (id, Self::of(view))).collect())
    }
}

/// The projects of a challenge.
pub struct ChallengeProjects(pub(super) Arc<ChallengeView>);

#[Object]
impl ChallengeProjects {
    /// One for each winner, from the award on.
    async fn projects(&self, ctx: &Context<'_>) -> Answer<Vec<Project>> {
        let found = asking(ctx).loaders().load_one(ProjectsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(Project::of).collect())
    }
}

/// The mutations of projects that would be accepted from the viewer on a challenge now.
pub async fn challenge_actions(asking: &Asking, challenge: &ChallengeView) -> Answer<Vec<&'static str>> {
    let (viewer, now) = (asking.viewer()?, asking.app().clock.now());
    let notice = award::notice_of(asking, challenge.id).await?;
    let notice = notice.as_ref().map(|notice| &notice.facts);
    let complained = asking.loaders().load_one(Complained(challenge.id)).await?.is_some();
    Ok(read::challenge_actions(&viewer, &challenge.facts, notice, complained, now))
}

/// What is not given does not narrow.
#[derive(InputObject, Default)]
struct ProjectFilter {
    statuses: Option<Vec<ProjectStatus>>,
    /// The agreement was in force in that year.
    year: Option<i32>,
    /// The agreement should have been signed by now.
    agreement_overdue: Option<bool>,
}

impl From<ProjectFilter> for read::ProjectFilter {
    fn from(given: ProjectFilter) -> Self {
        let statuses = given.statuses.map(|statuses| statuses.into_iter().map(Into::into).collect());
        Self { statuses, year: given.year, overdue: given.agreement_overdue }
    }
}

#[derive(Default)]
pub struct ProjectQuery;

#[Object]
impl ProjectQuery {
    /// Oldest first.
    async fn projects(
        &self,
        ctx: &Context<'_>,
        filter: Option<ProjectFilter>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Project>> {
        let asking = asking(ctx);
        asking.viewer()?;
        let app = asking.app().clone();
        let filter: read::ProjectFilter = filter.unwrap_or_default().into();
        let request = page::request(first, after.as_deref())?;
        let found = read::page(app.db.read(), app.clock.now(), &filter, &request).await?;
        let total = Total::new(move || {
            let (app, filter) = (app.clone(), filter.clone());
            async move { read::count(app.db.read(), app.clock.now(), &filter).await }
        });
        Ok(page::connection(found, total, Project::of))
    }
}

#[derive(InputObject)]
struct AwardChallengeInput {
    challenge_id: ID,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct SignAgreementInput {
    project_id: ID,
    contract_no: String,
    /// SHA-256 of the signed document, 64 hex digits.
    contract_sha256: Option<String>,
    /// From when it is in force; now when not given.
    effective_at: Option<DateTime>,
    /// Under which the contract is registered, where it is by now.
    registration_no: Option<String>,
    /// Where it is stricter than what binds already: the notice, the bid, and what was agreed since.
    terms: Option<OfferInput>,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct AwardChallengePayload {
    challenge: Challenge,
    projects: Vec<Project>,
}

#[derive(SimpleObject)]
struct SignAgreementPayload {
    project: Project,
}

#[derive(Default)]
pub struct ProjectMutation;

#[Object]
impl ProjectMutation {
    /// ORGANIZER awards (立项) to the winners of the notice, once it is over and nothing is open against it.
    async fn award_challenge(&self, ctx: &Context<'_>, input: AwardChallengeInput) -> Answer<AwardChallengePayload> {
        let asking = asking(ctx);
        let new = AwardChallenge { challenge_id: input.challenge_id.0, idempotency_key: input.idempotency_key };
        let done = projects::award_challenge(asking.app(), &asking.viewer()?, new).await?;
        let mut found = Project::all(asking, done.projects.clone()).await?;
        Ok(AwardChallengePayload {
            challenge: Challenge::named(asking, done.challenge).await?,
            projects: done.projects.iter().filter_map(|id| found.remove(id)).collect(),
        })
    }

    /// ORGANIZER puts the signed agreement (揭榜协议) on record: the project runs.
    async fn sign_agreement(&self, ctx: &Context<'_>, input: SignAgreementInput) -> Answer<SignAgreementPayload> {
        let asking = asking(ctx);
        let new = SignAgreement {
            project_id: input.project_id.0,
            contract_no: input.contract_no,
            contract_sha256: input.contract_sha256,
            effective_at: input.effective_at.map(|at| at.0),
            registration_no: input.registration_no,
            terms: input.terms.map(Into::into).unwrap_or_default(),
            idempotency_key: input.idempotency_key,
        };
        let done = projects::sign_agreement(asking.app(), &asking.viewer()?, new).await?;
        Ok(SignAgreementPayload { project: Project::find(asking, done.project).await?.ok_or(Error::Hidden)? })
    }
}

batches! {
    pub ProjectsOf(ChallengeId) -> Vec<ProjectView> =
        |batch, ids| read::of_challenges(batch.app.db.read(), batch.app.clock.now(), &ids).await,
}

impl Loader<ProjectId> for Batch {
    type Value = ProjectView;
    type Error = Failed;

    async fn load(&self, ids: &[ProjectId]) -> Result<HashMap<ProjectId, ProjectView>, Failed> {
        let found = read::by_ids(self.app.db.read(), self.app.clock.now(), ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}
