//! The rehearsal's demands and capabilities: what happens before there is a challenge.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use jiebang_platform::access::Viewer;
use jiebang_platform::base::words::{
    Comparator, CooperationMode, Domain, OpinionVerdict, ResourceKind, Role, ScenarioScale,
};
use jiebang_platform::demands::content::{Changes, NewGoal, OpenResource};
use jiebang_platform::{App, capabilities, demands};
use serde::Deserialize;

use super::rehearsal::instant;

const FILE: &str = include_str!("../../../../../seeds/rehearsal/demands.toml");

#[derive(Deserialize)]
pub(super) struct Pool {
    pub(super) capabilities: Vec<Capability>,
    pub(super) demands: Vec<Demand>,
}

#[derive(Deserialize)]
pub(super) struct Capability {
    pub(super) organization: String,
    title: String,
    domains: Vec<Domain>,
    description: String,
    words: Vec<String>,
}

/// How far a demand has come when the rehearsal begins.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum State {
    Submitted,
    Arguing,
    Listed,
}

#[derive(Deserialize)]
pub(super) struct Demand {
    pub(super) department: String,
    pub(super) title: String,
    state: State,
    drafted: String,
    domain: Domain,
    scale: ScenarioScale,
    site: String,
    pain_points: String,
    content: String,
    technical_requirements: String,
    cooperation: CooperationMode,
    budget_from: Option<i64>,
    budget_to: Option<i64>,
    schedule: String,
    contact: String,
    wanted_words: Vec<String>,
    wanted_qualifications: Vec<String>,
    goals: Vec<Goal>,
    open_resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Goal {
    name: String,
    unit: String,
    comparator: Comparator,
    target: String,
}

#[derive(Deserialize)]
struct Resource {
    kind: ResourceKind,
    detail: String,
}

/// What is there.
pub(super) fn pool() -> Result<Pool> {
    Ok(toml::from_str(FILE)?)
}

impl Capability {
    /// Its organization says so.
    pub(super) async fn add(&self, app: &App, bidder: &Viewer) -> Result<()> {
        let content = capabilities::Changes {
            title: Some(self.title.clone()),
            domains: Some(self.domains.clone()),
            description: Some(self.description.clone()),
            words: Some(self.words.clone()),
        };
        let new = capabilities::AddCapability { content, idempotency_key: None };
        capabilities::add_capability(app, bidder, new).await?;
        Ok(())
    }
}

/// One step of a demand.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Draft,
    Submit,
    Ask,
    Opine,
    Accept,
    Release,
}

/// Who argues and lists a demand.
pub(super) struct Arguing<'a> {
    pub(super) demander: &'a Viewer,
    pub(super) organizer: &'a Viewer,
    pub(super) expert: &'a Viewer,
}

impl Demand {
    /// When it was drafted.
    pub(super) fn drafted(&self) -> Result<DateTime<Utc>> {
        instant(&self.drafted)
    }

    /// What happens to it, a day for each step, as far as it has come.
    pub(super) fn steps(&self) -> &'static [Step] {
        match self.state {
            State::Submitted => &[Step::Draft, Step::Submit],
            State::Arguing => &[Step::Draft, Step::Submit, Step::Ask, Step::Opine],
            State::Listed => &[Step::Draft, Step::Submit, Step::Ask, Step::Opine, Step::Accept, Step::Release],
        }
    }

    /// Takes one step with the demand that the first one made.
    pub(super) async fn take(&self, step: Step, app: &App, who: &Arguing<'_>, id: Option<String>) -> Result<String> {
        let made = id.context("nothing has been drafted");
        let idempotency_key = None;
        match step {
            Step::Draft => {
                let new = demands::DraftDemand { content: self.changes(), idempotency_key };
                Ok(demands::draft_demand(app, who.demander, new).await?.demand.to_string())
            }
            Step::Submit => {
                let new = demands::SubmitDemand { demand_id: made?, idempotency_key };
                Ok(demands::submit_demand(app, who.demander, new).await?.demand.to_string())
            }
            Step::Ask => {
                let expert = who.expert.user().filter(|_| who.expert.is(Role::Judge)).context("no expert")?;
                let expert_ids = vec![expert.to_string()];
                let new = demands::AskOpinions { demand_id: made?, expert_ids, idempotency_key };
                Ok(demands::ask_opinions(app, who.organizer, new).await?.demand.to_string())
            }
            Step::Opine => {
                let demand_id = made?;
                self.says(app, who.expert, &demand_id, "痛点真实、目标可测，建议先小范围试用。").await?;
                self.says(app, who.organizer, &demand_id, "场地与数据已落实，同意列入机会清单。").await?;
                Ok(demand_id)
            }
            Step::Accept => {
                let new = demands::AcceptDemand { demand_id: made?, idempotency_key };
                Ok(demands::accept_demand(app, who.organizer, new).await?.demand.to_string())
            }
            Step::Release => {
                let demand_id = made?;
                let (demand_ids, title) = (vec![demand_id.clone()], "曜川高新区场景机会清单（第一批）".to_owned());
                let new = demands::ReleaseDemands { demand_ids, title, idempotency_key };
                demands::release_demands(app, who.organizer, new).await?;
                Ok(demand_id)
            }
        }
    }

    async fn says(&self, app: &App, viewer: &Viewer, demand_id: &str, text: &str) -> Result<()> {
        let new = demands::RecordOpinion {
            demand_id: demand_id.to_owned(),
            verdict: OpinionVerdict::Support,
            text: text.to_owned(),
            idempotency_key: None,
        };
        demands::record_opinion(app, viewer, new).await?;
        Ok(())
    }

    fn changes(&self) -> Changes {
        let goal = |goal: &Goal| NewGoal {
            name: goal.name.clone(),
            unit: goal.unit.clone(),
            comparator: goal.comparator,
            target: goal.target.clone(),
        };
        let resource = |one: &Resource| OpenResource { kind: one.kind, detail: one.detail.clone() };
        Changes {
            title: Some(self.title.clone()),
            domain: Some(self.domain),
            scale: Some(self.scale),
            site: Some(self.site.clone()),
            pain_points: Some(self.pain_points.clone()),
            content: Some(self.content.clone()),
            goals: Some(self.goals.iter().map(goal).collect()),
            open_resources: Some(self.open_resources.iter().map(resource).collect()),
            technical_requirements: Some(self.technical_requirements.clone()),
            cooperation: Some(self.cooperation),
            budget_from: self.budget_from.map(|fen| fen.to_string()),
            budget_to: self.budget_to.map(|fen| fen.to_string()),
            schedule: Some(self.schedule.clone()),
            contact: Some(self.contact.clone()),
            wanted_words: Some(self.wanted_words.clone()),
            wanted_qualifications: Some(self.wanted_qualifications.clone()),
        }
    }
}
