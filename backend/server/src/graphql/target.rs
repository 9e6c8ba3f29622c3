//! The year's board: what was promised, what has been reached, and what that is counted from.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::Datelike;
use jiebang_platform::base::clock::china_day;
use jiebang_platform::base::id::{ChallengeId, ProjectId, TargetId, TechnologyId};
use jiebang_platform::base::{Error, Page};
use jiebang_platform::targets::read::{self, Evidence, TargetView};
use jiebang_platform::targets::{self, RecordTargetValue, SetTarget};
use rust_i18n::t;

use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::{Batch, Failed};
use super::node::Node;
use super::page::{self, Connection, Total};
use super::project::Project;
use super::scalars::{Date, Decimal};
use super::technology::Technology;
use super::words::{Comparator, TargetMetric};

/// A target of a year.
pub struct Target(TargetView);

#[Object]
impl Target {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn year(&self) -> i32 {
        self.0.year
    }

    /// What it counts; OTHER takes recorded values.
    async fn metric(&self) -> TargetMetric {
        self.0.metric.into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn comparator(&self) -> Comparator {
        self.0.comparator.into()
    }

    async fn value(&self) -> Decimal {
        self.0.value.into()
    }

    async fn unit(&self) -> &str {
        &self.0.unit
    }

    /// Computed, or the latest recorded. Null where nothing has been recorded.
    async fn actual(&self) -> Option<Decimal> {
        self.0.actual.map(Decimal::from)
    }

    /// Null where nothing has been recorded.
    async fn met(&self) -> Option<bool> {
        self.0.met
    }

    /// Each thing that was looked at, oldest first: whether it counts, and why. Technologies only as far as the viewer may see
    /// them; those that count are everybody's to see.
    async fn evidence(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(50)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<TargetEvidence>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let request = page::request(first.or(Some(50)), after.as_deref())?;
        let found = read::evidence(app.db.read(), &viewer, app.clock.now(), &self.0, &request).await?;
        let target = self.0.clone();
        let total = Total::new(move || {
            let (app, viewer, target) = (app.clone(), viewer.clone(), target.clone());
            async move { read::evidence_count(app.db.read(), &viewer, &target).await }
        });
        let found = subjects(asking, found).await?;
        Ok(page::connection(found, total, |(evidence, subject)| TargetEvidence { evidence, subject }))
    }
}

/// What was looked at, each with its node.
async fn subjects(asking: &Asking, page: Page<Evidence>) -> Answer<Page<(Evidence, Node)>> {
    let (mut projects, mut technologies) = (Vec::new(), Vec::new());
    for (_, evidence) in &page.rows {
        match evidence {
            Evidence::Project(verdict) => projects.push(verdict.subject),
            Evidence::Technology(verdict) => technologies.push(verdict.subject),
        }
    }
    let mut projects = Project::all(asking, projects).await?;
    let mut technologies = Technology::all(asking, technologies).await?;
    let rows = page.rows.into_iter().filter_map(|(cursor, evidence)| {
        let subject = match evidence {
            Evidence::Project(verdict) => Node::Project(projects.remove(&verdict.subject)?),
            Evidence::Technology(verdict) => Node::Technology(technologies.remove(&verdict.subject)?),
        };
        Some((cursor, (evidence, subject)))
    });
    Ok(Page { rows: rows.collect(), has_next: page.has_next, has_previous: page.has_previous })
}

impl Target {
    /// The board is everybody's.
    pub async fn find(asking: &Asking, id: TargetId) -> Answer<Option<Self>> {
        asking.viewer()?;
        let app = asking.app();
        Ok(read::by_ids(app.db.read(), app.clock.now(), &[id]).await?.pop().map(Self))
    }

    async fn named(asking: &Asking, id: TargetId) -> Answer<Self> {
        Ok(Self::find(asking, id).await?.ok_or(Error::Hidden)?)
    }
}

/// A thing that was looked at for a target.
pub struct TargetEvidence {
    evidence: Evidence,
    subject: Node,
}

#[Object]
impl TargetEvidence {
    /// A project or a technology.
    async fn subject(&self) -> &Node {
        &self.subject
    }

    async fn counts(&self) -> bool {
        match self.evidence {
            Evidence::Project(verdict) => verdict.counts,
            Evidence::Technology(verdict) => verdict.counts,
        }
    }

    /// Why, or why not, in the client's language.
    async fn reason(&self, ctx: &Context<'_>) -> String {
        t!(format!("evidence.{}", self.word()), locale = asking(ctx).came.locale.tag()).into_owned()
    }

    /// The same as a fixed word.
    async fn reason_code(&self) -> &'static str {
        self.word()
    }
}

impl TargetEvidence {
    fn word(&self) -> &'static str {
        match self.evidence {
            Evidence::Project(verdict) => verdict.reason.word(),
            Evidence::Technology(verdict) => verdict.reason.word(),
        }
    }
}

fn this_year(asking: &Asking) -> i32 {
    china_day(asking.app().clock.now()).year()
}

/// Whether a project counts towards a year's target; this year's where none is given.
pub async fn project_counts(
    asking: &Asking,
    year: Option<i32>,
    project: ProjectId,
    challenge: ChallengeId,
) -> Answer<bool> {
    let key = ProjectCounts { year: year.unwrap_or_else(|| this_year(asking)), project, challenge };
    Ok(asking.loaders().load_one(key).await?.is_some())
}

/// Whether a technology counts towards a year's target; this year's where none is given.
pub async fn technology_counts(asking: &Asking, year: Option<i32>, technology: TechnologyId) -> Answer<bool> {
    let key = TechnologyCounts { year: year.unwrap_or_else(|| this_year(asking)), technology };
    Ok(asking.loaders().load_one(key).await?.is_some())
}

#[derive(Default)]
pub struct TargetQuery;

#[Object]
impl TargetQuery {
    /// The board: at least 10 open-competition projects, at least 30 technologies in the library, and the rest of the year's
    /// targets.
    async fn targets(&self, ctx: &Context<'_>, year: i32) -> Answer<Vec<Target>> {
        let asking = asking(ctx);
        asking.viewer()?;
        let app = asking.app();
        let found = read::board(app.db.read(), app.clock.now(), year).await?;
        Ok(found.into_iter().map(Target).collect())
    }
}

#[derive(InputObject)]
struct SetTargetInput {
    year: i32,
    metric: TargetMetric,
    name: String,
    comparator: Comparator,
    value: Decimal,
    unit: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RecordTargetValueInput {
    target_id: ID,
    /// Not in the future.
    as_of: Date,
    value: Decimal,
    source: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct SetTargetPayload {
    target: Target,
}

#[derive(SimpleObject)]
struct RecordTargetValuePayload {
    target: Target,
}

#[derive(Default)]
pub struct TargetMutation;

#[Object]
impl TargetMutation {
    /// ORGANIZER sets a target, or sets anew the year's of the same computed metric or the same name.
    async fn set_target(&self, ctx: &Context<'_>, input: SetTargetInput) -> Answer<SetTargetPayload> {
        let asking = asking(ctx);
        let new = SetTarget {
            year: input.year,
            metric: input.metric.into(),
            name: input.name,
            comparator: input.comparator.into(),
            value: input.value.0,
            unit: input.unit,
            idempotency_key: input.idempotency_key,
        };
        let done = targets::set_target(asking.app(), &asking.viewer()?, new).await?;
        Ok(SetTargetPayload { target: Target::named(asking, done.target).await? })
    }

    /// ORGANIZER records what has been reached of a target that the platform does not compute, with its source.
    async fn record_target_value(
        &self,
        ctx: &Context<'_>,
        input: RecordTargetValueInput,
    ) -> Answer<RecordTargetValuePayload> {
        let asking = asking(ctx);
        let new = RecordTargetValue {
            target_id: input.target_id.0,
            as_of: input.as_of.0,
            value: input.value.0,
            source: input.source,
            idempotency_key: input.idempotency_key,
        };
        let done = targets::record_target_value(asking.app(), &asking.viewer()?, new).await?;
        Ok(RecordTargetValuePayload { target: Target::named(asking, done.target).await? })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ProjectCounts {
    year: i32,
    project: ProjectId,
    challenge: ChallengeId,
}

impl Loader<ProjectCounts> for Batch {
    type Value = ();
    type Error = Failed;

    async fn load(&self, keys: &[ProjectCounts]) -> Result<HashMap<ProjectCounts, ()>, Failed> {
        let mut counting = HashMap::new();
        for (year, keys) in by_year(keys, |key| key.year) {
            let pairs: Vec<_> = keys.iter().map(|key| (key.project, key.challenge)).collect();
            let found = read::projects_counting(self.app.db.read(), self.app.clock.now(), year, &pairs).await;
            let found = found.map_err(Arc::new)?;
            counting.extend(keys.into_iter().filter(|key| found.contains(&key.project)).map(|key| (key, ())));
        }
        Ok(counting)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct TechnologyCounts {
    year: i32,
    technology: TechnologyId,
}

impl Loader<TechnologyCounts> for Batch {
    type Value = ();
    type Error = Failed;

    async fn load(&self, keys: &[TechnologyCounts]) -> Result<HashMap<TechnologyCounts, ()>, Failed> {
        let mut counting = HashMap::new();
        for (year, keys) in by_year(keys, |key| key.year) {
            let ids: Vec<_> = keys.iter().map(|key| key.technology).collect();
            let found = read::technologies_counting(self.app.db.read(), self.app.clock.now(), year, &ids).await;
            let found = found.map_err(Arc::new)?;
            counting.extend(keys.into_iter().filter(|key| found.contains(&key.technology)).map(|key| (key, ())));
        }
        Ok(counting)
    }
}

fn by_year<K: Copy>(keys: &[K], year: impl Fn(&K) -> i32) -> HashMap<i32, Vec<K>> {
    let mut years: HashMap<i32, Vec<K>> = HashMap::new();
    for key in keys {
        years.entry(year(key)).or_default().push(*key);
    }
    years
}
