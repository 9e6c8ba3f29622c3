//! The pool of experts (专家库): what each is, who vouches for it, and what stands between it and others.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::access::experts as policy;
use jiebang_platform::base::id::{ExpertId, UserId};
use jiebang_platform::base::{Error, Page};
use jiebang_platform::experts::roster::read::{self, ExpertView, Load, RelationView};
use jiebang_platform::experts::roster::{
    self, Changes, ConfirmExpert, ConfirmExpertRelation, EndExpertRelation, RecordExpertRelation, RevealExpert,
    StateExpertise,
};

use super::account::User;
use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::{Batch, Failed, batches, pages};
use super::organization::Organization;
use super::page::{self, Connection, Total};
use super::scalars::{Date, DateTime};
use super::words::{Domain, JudgeKind, RelationKind};

/// An expert of the pool: for organizers who belong to no department, for supervisors, and for the expert itself.
pub struct Expert(ExpertView);

#[Object]
impl Expert {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn user(&self, ctx: &Context<'_>) -> Answer<User> {
        User::named(asking(ctx), self.0.user).await
    }

    /// For which organization the expert acts now.
    async fn organization(&self, ctx: &Context<'_>) -> Answer<Option<Organization>> {
        match self.0.organization {
            Some(id) => Ok(Some(Organization::named(asking(ctx), id).await?)),
            None => Ok(None),
        }
    }

    /// What the expert judges by; null once the account judges no more.
    async fn kind(&self) -> Option<JudgeKind> {
        self.0.kind.map(JudgeKind::from)
    }

    /// The fields in which the expert is drawn.
    async fn fields(&self, ctx: &Context<'_>) -> Answer<Vec<Domain>> {
        let found = asking(ctx).loaders().load_one(FieldsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(Domain::from).collect())
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    /// In the field.
    async fn years(&self) -> i32 {
        self.0.years
    }

    /// Masked but for the expert itself; `revealExpert` tells it for a purpose.
    async fn phone(&self) -> &str {
        &self.0.phone
    }

    /// The last day on which the expert is not drawn.
    async fn unavailable_until(&self) -> Option<Date> {
        self.0.unavailable_until.map(Date::from)
    }

    /// When an organizer last vouched for it. It holds for as many days as the rule set says; then it is to be confirmed again.
    async fn confirmed_at(&self) -> Option<DateTime> {
        self.0.confirmed_at.map(DateTime::from)
    }

    /// What stands between the expert, or its family, and others; oldest first.
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<ExpertRelation>> {
        let (id, loaders) = (self.0.id, asking(ctx).loaders());
        let request = page::request(first, after.as_deref())?;
        let found = loaders.load_one(RelationsOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(RelationCount(id)).await?.unwrap_or(0)) }
        });
        Ok(page::connection(found, total, ExpertRelation))
    }

    /// Reviews that the expert sits in now; for supervisors.
    async fn open_reviews(&self, ctx: &Context<'_>) -> Answer<Option<i32>> {
        Ok(load(asking(ctx), self.0.user).await?.map(|load| number(load.open)))
    }

    /// How often the expert was drawn in the last 365 days; for supervisors.
    async fn drawn_in_a_year(&self, ctx: &Context<'_>) -> Answer<Option<i32>> {
        Ok(load(asking(ctx), self.0.user).await?.map(|load| number(load.drawn)))
    }

    /// The optimistic lock, moved by what is stated of the expert.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The mutations that would be accepted from this viewer now, by name.
    async fn available_actions(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        let asking = asking(ctx);
        let there = asking.loaders().load_one(RelationsThere(self.0.id)).await?.unwrap_or_default();
        let actions = read::actions(&asking.viewer()?, &self.0, there);
        Ok(actions.into_iter().map(str::to_owned).collect())
    }
}

async fn load(asking: &Asking, user: UserId) -> Answer<Option<Load>> {
    if !policy::sees_load(&asking.viewer()?) {
        return Ok(None);
    }
    Ok(Some(asking.loaders().load_one(LoadOf(user)).await?.unwrap_or_default()))
}

fn number(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

impl Expert {
    /// If the viewer may see it.
    pub async fn find(asking: &Asking, id: ExpertId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(asking.loaders().load_one(id).await?.map(Self))
    }

    async fn named(asking: &Asking, id: ExpertId) -> Answer<Self> {
        Ok(Self::find(asking, id).await?.ok_or(Error::Hidden)?)
    }

    /// What the viewer has stated of itself.
    pub async fn own(asking: &Asking) -> Answer<Option<Self>> {
        let found = read::own(asking.app().db.read(), &asking.viewer()?).await?;
        Ok(found.map(Self))
    }
}

/// What stands, or stood, between an expert or its family and an organization or a person.
pub struct ExpertRelation(RelationView);

#[Object]
impl ExpertRelation {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn kind(&self) -> RelationKind {
        self.0.kind.into()
    }

    /// Where it is registered here.
    async fn organization(&self, ctx: &Context<'_>) -> Answer<Option<Organization>> {
        match self.0.organization {
            Some(id) => Ok(Organization::all_named(asking(ctx), &[id]).await?.pop()),
            None => Ok(None),
        }
    }

    /// Masked, but for the expert itself, where it is none of an organization that is registered here.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The first day.
    async fn from(&self) -> &str {
        &self.0.from
    }

    /// The last day; null until further notice.
    async fn until(&self) -> Option<&str> {
        self.0.until.as_deref()
    }

    /// Why an organizer ended it, if one did.
    async fn ended_because(&self) -> Option<&str> {
        self.0.ended_because.as_deref()
    }

    /// Whether it counts: the expert recorded it of itself, or a second organizer has found it true.
    async fn confirmed(&self) -> bool {
        self.0.confirmed
    }

    /// The mutations that would be accepted from this viewer now, by name.
    async fn available_actions(&self, ctx: &Context<'_>) -> Answer<Vec<String>> {
        let actions = read::relation_actions(&asking(ctx).viewer()?, &self.0);
        Ok(actions.into_iter().map(str::to_owned).collect())
    }
}

batches! {
    FieldsOf(ExpertId) -> Vec<jiebang_platform::base::words::Domain> =
        |batch, ids| read::fields(batch.app.db.read(), &ids).await,
    RelationCount(ExpertId) -> u64 =
        |batch, ids| read::relation_counts(batch.app.db.read(), &batch.viewer, &ids).await,
    RelationsThere(ExpertId) -> policy::Relations =
        |batch, ids| read::relations_there(batch.app.db.read(), &ids).await,
    LoadOf(UserId) -> Load =
        |batch, ids| read::loads(batch.app.db.read(), &ids, batch.app.clock.now()).await,
}

pages! {
    RelationsOf(ExpertId) -> RelationView =
        |batch, ids, request| read::relations(batch.app.db.read(), &batch.viewer, &ids, &request).await,
}

impl Loader<ExpertId> for Batch {
    type Value = ExpertView;
    type Error = Failed;

    async fn load(&self, ids: &[ExpertId]) -> Result<HashMap<ExpertId, ExpertView>, Failed> {
        let found = read::by_ids(self.app.db.read(), &self.viewer, ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}

/// What is not given does not narrow.
#[derive(InputObject, Default)]
struct ExpertFilter {
    /// Any of these.
    fields: Option<Vec<Domain>>,
    kind: Option<JudgeKind>,
    /// Whether an organizer vouches for it now: false finds those whose confirmation has run out, too.
    confirmed: Option<bool>,
}

impl From<ExpertFilter> for read::ExpertFilter {
    fn from(given: ExpertFilter) -> Self {
        Self {
            fields: given.fields.map(|fields| fields.into_iter().map(Into::into).collect()),
            kind: given.kind.map(Into::into),
            confirmed: given.confirmed,
            since: None,
        }
    }
}

#[derive(Default)]
pub struct ExpertQuery;

#[Object]
impl ExpertQuery {
    /// The pool, oldest first: all of it for organizers who belong to no department and for supervisors, a judge's own for a judge, empty
    /// to everybody else.
    async fn experts(
        &self,
        ctx: &Context<'_>,
        filter: Option<ExpertFilter>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Expert>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let mut filter: read::ExpertFilter = filter.unwrap_or_default().into();
        if filter.confirmed.is_some() {
            filter.since = Some(read::vouched_since(app.db.read(), app.clock.now()).await?);
        }
        let request = page::request(first, after.as_deref())?;
        let found = read::page(app.db.read(), &viewer, &filter, &request).await?;
        let total = Total::new(move || {
            let (app, viewer, filter) = (app.clone(), viewer.clone(), filter.clone());
            async move { read::count(app.db.read(), &viewer, &filter).await }
        });
        Ok(page::connection(found, total, Expert))
    }
}

/// Only what is given changes; fields, title, years and phone are needed the first time.
#[derive(InputObject)]
struct StateExpertiseInput {
    /// Of whom; of the viewer itself where nobody is named.
    user_id: Option<ID>,
    fields: Option<Vec<Domain>>,
    title: Option<String>,
    /// In the field.
    years: Option<i32>,
    /// Under which the office can reach the expert.
    phone: Option<String>,
    /// The last day on which the expert is not to be drawn, YYYY-MM-DD; an empty text: none.
    unavailable_until: Option<String>,
    /// Another version is CONFLICT.
    expected_version: Option<i32>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ConfirmExpertInput {
    expert_id: ID,
    /// The version that was looked at; another one is CONFLICT.
    expected_version: i32,
    /// Why the standing is equal, where there are fewer years than the rules ask.
    equal_standing: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RecordExpertRelationInput {
    expert_id: ID,
    kind: RelationKind,
    /// Where it is registered here; otherwise its name.
    organization_id: Option<ID>,
    /// Of an organization that is not registered here, or of a person.
    name: Option<String>,
    /// The first day.
    from: Date,
    /// The last day; none: until further notice.
    until: Option<Date>,
    note: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct EndExpertRelationInput {
    relation_id: ID,
    /// The last day on which it stood, today at the latest.
    until: Date,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ConfirmExpertRelationInput {
    relation_id: ID,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct ConfirmExpertRelationPayload {
    expert: Expert,
}

#[derive(InputObject)]
struct RevealExpertInput {
    expert_id: ID,
    /// What it is needed for: on the log, where the expert reads it.
    purpose: String,
}

#[derive(SimpleObject)]
struct StateExpertisePayload {
    expert: Expert,
}

#[derive(SimpleObject)]
struct ConfirmExpertPayload {
    expert: Expert,
}

#[derive(SimpleObject)]
struct RecordExpertRelationPayload {
    expert: Expert,
    relation_id: ID,
}

#[derive(SimpleObject)]
struct EndExpertRelationPayload {
    expert: Expert,
}

#[derive(SimpleObject)]
struct RevealExpertPayload {
    expert: Expert,
    phone: String,
    relations: Vec<RevealedRelation>,
}

/// A relation with what is masked elsewhere.
#[derive(SimpleObject)]
struct RevealedRelation {
    id: ID,
    name: String,
    note: Option<String>,
}

#[derive(Default)]
pub struct ExpertMutation;

#[Object]
impl ExpertMutation {
    /// JUDGE states what it is an expert in, or ORGANIZER who belongs to no department for a judge for whom nobody vouches yet; another
    /// organizer confirms it.
    async fn state_expertise(&self, ctx: &Context<'_>, input: StateExpertiseInput) -> Answer<StateExpertisePayload> {
        let asking = asking(ctx);
        let content = Changes {
            fields: input.fields.map(|fields| fields.into_iter().map(Into::into).collect()),
            title: input.title,
            years: input.years,
            phone: input.phone,
            unavailable_until: input.unavailable_until,
        };
        let new = StateExpertise {
            user_id: input.user_id.map(|id| id.0),
            content,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let done = roster::state_expertise(asking.app(), &asking.viewer()?, new).await?;
        Ok(StateExpertisePayload { expert: Expert::named(asking, done.expert).await? })
    }

    /// ORGANIZER who belongs to no department, and did not state it, vouches for an expert, for as long as the rule set says.
    async fn confirm_expert(&self, ctx: &Context<'_>, input: ConfirmExpertInput) -> Answer<ConfirmExpertPayload> {
        let asking = asking(ctx);
        let new = ConfirmExpert {
            expert_id: input.expert_id.0,
            expected_version: input.expected_version,
            equal_standing: input.equal_standing,
            idempotency_key: input.idempotency_key,
        };
        let done = roster::confirm_expert(asking.app(), &asking.viewer()?, new).await?;
        Ok(ConfirmExpertPayload { expert: Expert::named(asking, done.expert).await? })
    }

    /// JUDGE of itself, or ORGANIZER who belongs to no department, records what keeps an expert from panels on which others are parties.
    async fn record_expert_relation(
        &self,
        ctx: &Context<'_>,
        input: RecordExpertRelationInput,
    ) -> Answer<RecordExpertRelationPayload> {
        let asking = asking(ctx);
        let new = RecordExpertRelation {
            expert_id: input.expert_id.0,
            kind: input.kind.into(),
            organization_id: input.organization_id.map(|id| id.0),
            name: input.name,
            from: input.from.0,
            until: input.until.map(|day| day.0),
            note: input.note,
            idempotency_key: input.idempotency_key,
        };
        let done = roster::record_expert_relation(asking.app(), &asking.viewer()?, new).await?;
        let expert = Expert::named(asking, done.expert).await?;
        Ok(RecordExpertRelationPayload { expert, relation_id: done.relation.to_string().into() })
    }

    /// ORGANIZER who belongs to no department, and did not record it, finds it true: from then on it counts.
    async fn confirm_expert_relation(
        &self,
        ctx: &Context<'_>,
        input: ConfirmExpertRelationInput,
    ) -> Answer<ConfirmExpertRelationPayload> {
        let asking = asking(ctx);
        let new = ConfirmExpertRelation { relation_id: input.relation_id.0, idempotency_key: input.idempotency_key };
        let done = roster::confirm_expert_relation(asking.app(), &asking.viewer()?, new).await?;
        Ok(ConfirmExpertRelationPayload { expert: Expert::named(asking, done.expert).await? })
    }

    /// ORGANIZER who belongs to no department, and did not record it, finds since when something stands no more.
    async fn end_expert_relation(
        &self,
        ctx: &Context<'_>,
        input: EndExpertRelationInput,
    ) -> Answer<EndExpertRelationPayload> {
        let asking = asking(ctx);
        let new = EndExpertRelation {
            relation_id: input.relation_id.0,
            until: input.until.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = roster::end_expert_relation(asking.app(), &asking.viewer()?, new).await?;
        Ok(EndExpertRelationPayload { expert: Expert::named(asking, done.expert).await? })
    }

    /// ORGANIZER who belongs to no department, or SUPERVISOR, reads what is masked, for a purpose that the expert is told.
    async fn reveal_expert(&self, ctx: &Context<'_>, input: RevealExpertInput) -> Answer<RevealExpertPayload> {
        let asking = asking(ctx);
        let new = RevealExpert { expert_id: input.expert_id.0, purpose: input.purpose };
        let told = roster::reveal_expert(asking.app(), &asking.viewer()?, new).await?;
        let relation = |(id, name, note): (jiebang_platform::base::id::ExpertRelationId, String, Option<String>)| {
            RevealedRelation { id: id.to_string().into(), name, note }
        };
        Ok(RevealExpertPayload {
            expert: Expert::named(asking, told.expert).await?,
            phone: told.phone,
            relations: told.relations.into_iter().map(relation).collect(),
        })
    }
}
