//! The cultivation library of disruptive technologies.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::base::Error;
use jiebang_platform::base::id::TechnologyId;
use jiebang_platform::library::read::{self, TechnologyView};
use jiebang_platform::library::{self, AdmitTechnology, NominateTechnology};

use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::{Batch, Failed};
use super::organization::Organization;
use super::page::{self, Connection, Total};
use super::scalars::DateTime;
use super::target;
use super::words::TechnologyStatus;

/// A technology put forward for the cultivation library (颠覆性技术转化培育库), or in it.
pub struct Technology(TechnologyView);

#[Object]
impl Technology {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its field, such as 人工智能.
    async fn field(&self) -> &str {
        &self.0.field
    }

    /// How it works.
    async fn principle(&self) -> &str {
        &self.0.principle
    }

    /// The mainstream technology that it would replace.
    async fn replaces(&self) -> &str {
        &self.0.replaces
    }

    async fn lead(&self, ctx: &Context<'_>) -> Answer<Organization> {
        Organization::named(asking(ctx), self.0.lead).await
    }

    /// 1 … 9 by GB/T 22900, to 13 with its extension to markets.
    async fn readiness_level(&self) -> i32 {
        self.0.readiness_level
    }

    async fn status(&self) -> TechnologyStatus {
        self.0.status.into()
    }

    async fn admitted_at(&self) -> Option<DateTime> {
        self.0.admitted_at.map(DateTime::from)
    }

    /// With what it was admitted.
    async fn opinion(&self) -> Option<&str> {
        self.0.opinion.as_deref()
    }

    /// Of that year's target; this year's when not given.
    async fn counts_toward_target(&self, ctx: &Context<'_>, year: Option<i32>) -> Answer<bool> {
        target::technology_counts(asking(ctx), year, self.0.id).await
    }

    /// The mutations that would be accepted from this viewer now, by name.
    async fn available_actions(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        let actions = read::actions(&asking(ctx).viewer()?, &self.0);
        Ok(actions.into_iter().map(str::to_owned).collect())
    }
}

impl Technology {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: TechnologyId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(asking.loaders().load_one(id).await?.map(Self))
    }

    /// Those of `ids` that the viewer may see.
    pub async fn all(asking: &Asking, ids: Vec<TechnologyId>) -> Answer<HashMap<TechnologyId, Self>> {
        let found = asking.loaders().load_many(ids).await?;
        Ok(found.into_iter().map(|(id, view)| (id, Self(view))).collect())
    }

    async fn named(asking: &Asking, id: TechnologyId) -> Answer<Self> {
        Ok(Self::find(asking, id).await?.ok_or(Error::Hidden)?)
    }
}

/// What is not given does not narrow.
#[derive(InputObject, Default)]
struct TechnologyFilter {
    /// Part of the name or of the field.
    text: Option<String>,
    statuses: Option<Vec<TechnologyStatus>>,
}

impl From<TechnologyFilter> for read::TechnologyFilter {
    fn from(given: TechnologyFilter) -> Self {
        let statuses = given.statuses.map(|statuses| statuses.into_iter().map(Into::into).collect());
        Self { text: given.text, statuses }
    }
}

#[derive(Default)]
pub struct TechnologyQuery;

#[Object]
impl TechnologyQuery {
    /// Oldest first. What has been admitted for everybody; what is put forward for organizers, supervisors, and the organizations
    /// that lead it or put it forward.
    async fn technologies(
        &self,
        ctx: &Context<'_>,
        filter: Option<TechnologyFilter>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Technology>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let filter: read::TechnologyFilter = filter.unwrap_or_default().into();
        let request = page::request(first, after.as_deref())?;
        let found = read::page(app.db.read(), &viewer, &filter, &request).await?;
        let total = Total::new(move || {
            let (app, viewer, filter) = (app.clone(), viewer.clone(), filter.clone());
            async move { read::count(app.db.read(), &viewer, &filter).await }
        });
        Ok(page::connection(found, total, Technology))
    }
}

#[derive(InputObject)]
struct NominateTechnologyInput {
    name: String,
    field: String,
    principle: String,
    replaces: String,
    /// The nominator's own organization when not given; an organizer gives it.
    lead_organization_id: Option<ID>,
    /// 1 … 13.
    readiness_level: i32,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct AdmitTechnologyInput {
    technology_id: ID,
    opinion: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct NominateTechnologyPayload {
    technology: Technology,
}

#[derive(SimpleObject)]
struct AdmitTechnologyPayload {
    technology: Technology,
}

#[derive(Default)]
pub struct TechnologyMutation;

#[Object]
impl TechnologyMutation {
    /// BIDDER for its own organization, DEMANDER or ORGANIZER for any verified one.
    async fn nominate_technology(
        &self,
        ctx: &Context<'_>,
        input: NominateTechnologyInput,
    ) -> Answer<NominateTechnologyPayload> {
        let asking = asking(ctx);
        let new = NominateTechnology {
            name: input.name,
            field: input.field,
            principle: input.principle,
            replaces: input.replaces,
            lead_organization_id: input.lead_organization_id.map(|id| id.0),
            readiness_level: input.readiness_level,
            idempotency_key: input.idempotency_key,
        };
        let done = library::nominate_technology(asking.app(), &asking.viewer()?, new).await?;
        Ok(NominateTechnologyPayload { technology: Technology::named(asking, done.technology).await? })
    }

    /// ORGANIZER who did not put it forward takes it in (入库), with an opinion: it counts from now on.
    async fn admit_technology(&self, ctx: &Context<'_>, input: AdmitTechnologyInput) -> Answer<AdmitTechnologyPayload> {
        let asking = asking(ctx);
        let new = AdmitTechnology {
            technology_id: input.technology_id.0,
            opinion: input.opinion,
            idempotency_key: input.idempotency_key,
        };
        let done = library::admit_technology(asking.app(), &asking.viewer()?, new).await?;
        Ok(AdmitTechnologyPayload { technology: Technology::named(asking, done.technology).await? })
    }
}

impl Loader<TechnologyId> for Batch {
    type Value = TechnologyView;
    type Error = Failed;

    async fn load(&self, ids: &[TechnologyId]) -> Result<HashMap<TechnologyId, TechnologyView>, Failed> {
        let found = read::by_ids(self.app.db.read(), &self.viewer, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}
