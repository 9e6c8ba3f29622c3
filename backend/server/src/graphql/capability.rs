//! The capability list (能力清单): what organizations say that they can do.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::base::id::{CapabilityId, OrganizationId};
use jiebang_platform::base::{Error, Page};
use jiebang_platform::capabilities::read::{self, CapabilityView, Tags};
use jiebang_platform::capabilities::{self, AddCapability, Changes, RemoveCapability, ReviseCapability};

use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::{Batch, Failed, batches, pages};
use super::organization::Organization;
use super::page::{self, Connection, Total};
use super::words::Domain;

/// Something that an organization can do. Whoever sees the organization sees it.
pub struct Capability(CapabilityView);

#[Object]
impl Capability {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn organization(&self, ctx: &Context<'_>) -> Answer<Organization> {
        Organization::named(asking(ctx), self.0.organization).await
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn domains(&self, ctx: &Context<'_>) -> Answer<Vec<Domain>> {
        let found = asking(ctx).loaders().load_one(TagsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().domains.into_iter().map(Domain::from).collect())
    }

    async fn description(&self) -> &str {
        &self.0.description
    }

    /// What demands find it by, in one form: half width, small letters.
    async fn words(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        Ok(asking(ctx).loaders().load_one(TagsOf(self.0.id)).await?.unwrap_or_default().words)
    }

    /// The optimistic lock, moved by its owner's edits alone.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The mutations that would be accepted from this viewer now, by name.
    async fn available_actions(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        let actions = read::actions(&asking(ctx).viewer()?, &self.0);
        Ok(actions.into_iter().map(str::to_owned).collect())
    }
}

impl Capability {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: CapabilityId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(asking.loaders().load_one(id).await?.map(Self))
    }

    async fn named(asking: &Asking, id: CapabilityId) -> Answer<Self> {
        Ok(Self::find(asking, id).await?.ok_or(Error::Hidden)?)
    }
}

/// The list of an organization.
pub async fn of_organization(
    asking: &Asking,
    id: OrganizationId,
    first: Option<i32>,
    after: Option<&str>,
) -> Answer<Connection<Capability>> {
    let loaders = asking.loaders();
    let request = page::request(first, after)?;
    let found = loaders.load_one(CapabilitiesOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
    let total = Total::new(move || {
        let loaders = loaders.clone();
        async move { Ok::<_, Failed>(loaders.load_one(CapabilityCount(id)).await?.unwrap_or(0)) }
    });
    Ok(page::connection(found, total, Capability))
}

batches! {
    TagsOf(CapabilityId) -> Tags = |batch, ids| read::tags(batch.app.db.read(), &ids).await,
    CapabilityCount(OrganizationId) -> u64 =
        |batch, ids| read::counts(batch.app.db.read(), &batch.viewer, &ids).await,
}

pages! {
    CapabilitiesOf(OrganizationId) -> CapabilityView =
        |batch, ids, request| read::of_organizations(batch.app.db.read(), &batch.viewer, &ids, &request).await,
}

impl Loader<CapabilityId> for Batch {
    type Value = CapabilityView;
    type Error = Failed;

    async fn load(&self, ids: &[CapabilityId]) -> Result<HashMap<CapabilityId, CapabilityView>, Failed> {
        let found = read::by_ids(self.app.db.read(), &self.viewer, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}

/// What is not given does not narrow.
#[derive(InputObject, Default)]
struct CapabilityFilter {
    domains: Option<Vec<Domain>>,
    /// Exactly this word, whatever its width and case.
    word: Option<String>,
    organization: Option<ID>,
}

impl From<CapabilityFilter> for read::CapabilityFilter {
    fn from(given: CapabilityFilter) -> Self {
        Self {
            domains: given.domains.map(|domains| domains.into_iter().map(Into::into).collect()),
            word: given.word,
            organization: given.organization.map(|id| id.0),
        }
    }
}

#[derive(Default)]
pub struct CapabilityQuery;

#[Object]
impl CapabilityQuery {
    /// Oldest first. Those of verified organizations for everybody.
    async fn capabilities(
        &self,
        ctx: &Context<'_>,
        filter: Option<CapabilityFilter>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Capability>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let filter: read::CapabilityFilter = filter.unwrap_or_default().into();
        let request = page::request(first, after.as_deref())?;
        let found = read::page(app.db.read(), &viewer, &filter, &request).await?;
        let total = Total::new(move || {
            let (app, viewer, filter) = (app.clone(), viewer.clone(), filter.clone());
            async move { read::count(app.db.read(), &viewer, &filter).await }
        });
        Ok(page::connection(found, total, Capability))
    }
}

#[derive(InputObject)]
struct AddCapabilityInput {
    title: String,
    domains: Vec<Domain>,
    description: String,
    words: Option<Vec<String>>,
    idempotency_key: Option<String>,
}

/// Only the fields given change.
#[derive(InputObject)]
struct CapabilityChangesInput {
    title: Option<String>,
    domains: Option<Vec<Domain>>,
    description: Option<String>,
    words: Option<Vec<String>>,
}

/// Another version than expected is CONFLICT: a colleague was quicker.
#[derive(InputObject)]
struct ReviseCapabilityInput {
    capability_id: ID,
    expected_version: Option<i32>,
    changes: CapabilityChangesInput,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RemoveCapabilityInput {
    capability_id: ID,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct AddCapabilityPayload {
    capability: Capability,
}

#[derive(SimpleObject)]
struct ReviseCapabilityPayload {
    capability: Capability,
}

#[derive(SimpleObject)]
struct RemoveCapabilityPayload {
    capability_id: ID,
}

#[derive(Default)]
pub struct CapabilityMutation;

#[Object]
impl CapabilityMutation {
    /// BIDDER of a verified enterprise, university or institute adds to its list, for everybody to read; 50 at most.
    async fn add_capability(&self, ctx: &Context<'_>, input: AddCapabilityInput) -> Answer<AddCapabilityPayload> {
        let asking = asking(ctx);
        let content = Changes {
            title: Some(input.title),
            domains: Some(input.domains.into_iter().map(Into::into).collect()),
            description: Some(input.description),
            words: input.words,
        };
        let new = AddCapability { content, idempotency_key: input.idempotency_key };
        let done = capabilities::add_capability(asking.app(), &asking.viewer()?, new).await?;
        Ok(AddCapabilityPayload { capability: Capability::named(asking, done.capability).await? })
    }

    /// BIDDER changes what its organization says.
    async fn revise_capability(
        &self,
        ctx: &Context<'_>,
        input: ReviseCapabilityInput,
    ) -> Answer<ReviseCapabilityPayload> {
        let asking = asking(ctx);
        let changes = Changes {
            title: input.changes.title,
            domains: input.changes.domains.map(|domains| domains.into_iter().map(Into::into).collect()),
            description: input.changes.description,
            words: input.changes.words,
        };
        let new = ReviseCapability {
            capability_id: input.capability_id.0,
            expected_version: input.expected_version,
            changes,
            idempotency_key: input.idempotency_key,
        };
        let done = capabilities::revise_capability(asking.app(), &asking.viewer()?, new).await?;
        Ok(ReviseCapabilityPayload { capability: Capability::named(asking, done.capability).await? })
    }

    /// BIDDER takes a capability off the list.
    async fn remove_capability(
        &self,
        ctx: &Context<'_>,
        input: RemoveCapabilityInput,
    ) -> Answer<RemoveCapabilityPayload> {
        let asking = asking(ctx);
        let (capability_id, idempotency_key) = (input.capability_id.0, input.idempotency_key);
        let new = RemoveCapability { capability_id, idempotency_key };
        let done = capabilities::remove_capability(asking.app(), &asking.viewer()?, new).await?;
        Ok(RemoveCapabilityPayload { capability_id: done.capability.to_string().into() })
    }
}
