//! Agreements (揭榜协议): what winner and demander are bound by, and the stages of a race.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::access::projects as policy;
use jiebang_platform::base::Error;
use jiebang_platform::base::id::ProjectId;
use jiebang_platform::base::words as w;
use jiebang_platform::challenges::read::ChallengeView;
use jiebang_platform::challenges::terms::{NewRaceStage, RaceStage as Stage};
use jiebang_platform::projects::read::{self, LineView, ProjectView};
use jiebang_platform::projects::{self, RegisterContract, RevokeAward, SignPledge};

use super::account::User;
use super::challenge::{Indicator, IndicatorsOf, RulesOf};
use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::batches;
use super::project::{Project, ProjectsOf};
use super::scalars::{DateTime, Decimal, Fen};
use super::words::{BudgetMode, RevocationGround};

/// What was agreed, for organizers, supervisors, the department and the lead organization.
pub struct Agreement(Arc<ProjectView>);

impl Agreement {
    /// If the viewer may read it.
    pub fn of(asking: &Asking, view: &Arc<ProjectView>) -> Answer<Option<Self>> {
        let sees = policy::sees_agreement(&asking.viewer()?, &view.facts);
        Ok(sees.then(|| Self(view.clone())))
    }
}

#[Object]
impl Agreement {
    /// Null until it is signed.
    async fn contract_no(&self) -> Option<&str> {
        self.0.agreement.contract_no.as_deref()
    }

    /// SHA-256 of the signed document, 64 hex digits.
    async fn contract_sha256(&self) -> Option<&str> {
        self.0.agreement.contract_sha256.as_deref()
    }

    /// Under which the contract is registered as a technology contract (技术合同认定登记).
    async fn registration_no(&self) -> Option<&str> {
        self.0.agreement.registration_no.as_deref()
    }

    async fn duration_months(&self) -> Option<i32> {
        self.0.agreement.duration_months
    }

    /// LUMP_SUM where one principal investigator answers for the project (包干制).
    async fn budget_mode(&self) -> BudgetMode {
        if self.0.facts.is_pi_led() { w::BudgetMode::LumpSum.into() } else { w::BudgetMode::LineItem.into() }
    }

    /// The ledger: what the notice asks of each indicator, what the bid has committed to, and what was agreed.
    async fn indicators(&self, ctx: &Context<'_>) -> Answer<Vec<AgreedIndicator>> {
        let loaders = asking(ctx).loaders();
        let lines = loaders.load_one(LedgerOf(self.0.id)).await?.unwrap_or_default();
        let known = loaders.load_one(IndicatorsOf(self.0.challenge)).await?.unwrap_or_default();
        let line = |line: LineView| {
            let indicator = known.iter().find(|one| one.id == line.indicator)?.clone();
            Some(AgreedIndicator {
                indicator: indicator.into(),
                committed: line.committed.map(Decimal::from),
                agreed: line.agreed.into(),
            })
        };
        Ok(lines.into_iter().filter_map(line).collect())
    }

    /// The principal investigator who has pledged.
    async fn principal_investigator(&self, ctx: &Context<'_>) -> Answer<Option<User>> {
        match self.0.agreement.investigator {
            Some(user) => Ok(Some(User::named(asking(ctx), user).await?)),
            None => Ok(None),
        }
    }

    /// What was pledged (军令状).
    async fn pledge(&self) -> Option<&str> {
        self.0.agreement.pledge.as_deref()
    }

    async fn pledged_at(&self) -> Option<DateTime> {
        self.0.agreement.pledged_at.map(DateTime::from)
    }
}

/// A line of the ledger of indicators.
#[derive(SimpleObject)]
pub struct AgreedIndicator {
    indicator: Indicator,
    /// What the bid had committed to.
    committed: Option<Decimal>,
    agreed: Decimal,
}

/// A stage of a race (赛马制).
#[derive(SimpleObject)]
pub struct RaceStage {
    name: String,
    months: i32,
    /// What all racers of the stage get together, in 分.
    pool: Fen,
    /// So many of them go on at most.
    keep_most: i32,
    /// What each racer gets of the first stage, in equal parts and whole 分; null of later ones, and before the award.
    share: Option<Fen>,
}

/// A race: several winners side by side, with the same indicators.
#[derive(SimpleObject)]
pub struct Race {
    stages: Vec<RaceStage>,
    /// Who started; from the award on.
    racers: Vec<Project>,
}

/// The race that a challenge is run as.
pub struct ChallengeRace(pub(super) Arc<ChallengeView>);

#[Object]
impl ChallengeRace {
    /// Null where it is none, or is not whole yet.
    async fn race(&self, ctx: &Context<'_>) -> Answer<Option<Race>> {
        let view = &self.0;
        if view.mechanism != Some(w::Mechanism::HorseRace) {
            return Ok(None);
        }
        let loaders = asking(ctx).loaders();
        let racers = loaders.load_one(ProjectsOf(view.id)).await?.unwrap_or_default();
        let most = loaders.load_one(RulesOf(view.id)).await?.map_or(0, |rules| rules.resolved.race_max_winners);
        let (Some(budget), Some(months)) = (view.budget, view.duration_months) else { return Ok(None) };
        // Whose award was taken back has not started.
        let started: Vec<ProjectView> = racers.into_iter().filter(|one| one.ended_ground.is_none()).collect();
        let stages = view.terms.stages(budget, months, most).into_iter().enumerate();
        let stage = |(place, stage): (usize, Stage)| {
            let each = i64::try_from(started.len()).ok().filter(|count| *count > 0 && place == 0);
            RaceStage {
                share: each.map(|count| Fen((stage.pool.0 / count).to_string())),
                name: stage.name,
                months: stage.months,
                pool: stage.pool.into(),
                keep_most: stage.keep_most,
            }
        };
        let stages = stages.map(stage).collect();
        Ok(Some(Race { stages, racers: started.into_iter().map(Project::of).collect() }))
    }
}

/// A stage of a race.
#[derive(InputObject)]
pub struct RaceStageInput {
    name: String,
    months: i32,
    /// What all racers of the stage get together, in 分.
    pool: Fen,
    /// So many of them go on at most: no more than in the stage before.
    keep_most: i32,
}

impl From<RaceStageInput> for NewRaceStage {
    fn from(given: RaceStageInput) -> Self {
        Self { name: given.name, months: given.months, pool: given.pool.0, keep_most: given.keep_most }
    }
}

#[derive(InputObject)]
struct SignPledgeInput {
    project_id: ID,
    /// What is pledged, and what follows where it is not kept.
    pledge: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RegisterContractInput {
    project_id: ID,
    registration_no: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RevokeAwardInput {
    project_id: ID,
    ground: RevocationGround,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct SignPledgePayload {
    project: Project,
}

#[derive(SimpleObject)]
struct RegisterContractPayload {
    project: Project,
}

#[derive(SimpleObject)]
struct RevokeAwardPayload {
    project: Project,
    /// Whether it is taken back: another organizer had said so before.
    revoked: bool,
}

async fn project(asking: &Asking, id: ProjectId) -> Answer<Project> {
    Ok(Project::find(asking, id).await?.ok_or(Error::Hidden)?)
}

#[derive(Default)]
pub struct AgreementMutation;

#[Object]
impl AgreementMutation {
    /// The principal investigator, of the lead organization and named by the bid, pledges for a project (军令状) before it is signed.
    async fn sign_pledge(&self, ctx: &Context<'_>, input: SignPledgeInput) -> Answer<SignPledgePayload> {
        let asking = asking(ctx);
        let new =
            SignPledge { project_id: input.project_id.0, pledge: input.pledge, idempotency_key: input.idempotency_key };
        let done = projects::sign_pledge(asking.app(), &asking.viewer()?, new).await?;
        Ok(SignPledgePayload { project: project(asking, done.project).await? })
    }

    /// ORGANIZER notes under which number a signed contract is registered.
    async fn register_contract(
        &self,
        ctx: &Context<'_>,
        input: RegisterContractInput,
    ) -> Answer<RegisterContractPayload> {
        let asking = asking(ctx);
        let new = RegisterContract {
            project_id: input.project_id.0,
            registration_no: input.registration_no,
            idempotency_key: input.idempotency_key,
        };
        let done = projects::register_contract(asking.app(), &asking.viewer()?, new).await?;
        Ok(RegisterContractPayload { project: project(asking, done.project).await? })
    }

    /// ORGANIZER says that a winner falls away before the agreement is signed; it takes two, on the same ground. Where too few are left
    /// that have won, those ranked behind may win after all, by a new notice.
    async fn revoke_award(&self, ctx: &Context<'_>, input: RevokeAwardInput) -> Answer<RevokeAwardPayload> {
        let asking = asking(ctx);
        let new = RevokeAward {
            project_id: input.project_id.0,
            ground: input.ground.into(),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = projects::revoke_award(asking.app(), &asking.viewer()?, new).await?;
        Ok(RevokeAwardPayload { project: project(asking, done.project).await?, revoked: done.revoked })
    }
}

batches! {
    LedgerOf(ProjectId) -> Vec<LineView> = |batch, ids| read::ledgers(batch.app.db.read(), &ids).await,
}
