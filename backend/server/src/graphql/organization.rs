//! Organizations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::base::Error;
use jiebang_platform::base::id::OrganizationId;
use jiebang_platform::eligibility::read::{QualificationView, verified};
use jiebang_platform::organizations::read::{self, OrganizationView};
use jiebang_platform::organizations::{self, CreateOrganization, RefuseOrganization, VerifyOrganization};

use super::capability::{self, Capability};
use super::context::{Asking, asking};
use super::error::Answer;
use super::loaders::{Batch, Failed};
use super::page::{self, Connection, Total};
use super::scalars::Date;
use super::words::OrganizationKind;

/// A department, an enterprise, a university, an institute, a fund or a technology platform.
pub struct Organization(pub OrganizationView);

#[Object]
impl Organization {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn kind(&self) -> OrganizationKind {
        self.0.kind.into()
    }

    /// The unified social credit code (统一社会信用代码).
    async fn uscc(&self) -> &str {
        &self.0.uscc
    }

    /// Whether an organizer vouches for it.
    async fn verified(&self) -> bool {
        self.0.verified
    }

    /// Whether an organizer has found it registered in the zone.
    async fn registered_in_zone(&self) -> bool {
        self.0.registered_in_zone
    }

    /// What it has stated, verified or not, oldest first; empty to everybody but its own people, organizers and supervisors.
    async fn stated_qualifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<super::eligibility::StatedQualification>> {
        super::eligibility::stated_page(ctx, self.0.id, first, after).await
    }

    /// Integrity cases (科研失信), oldest first; empty to everybody but its own people, organizers and supervisors.
    async fn integrity_cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<super::eligibility::IntegrityCase>> {
        super::eligibility::case_page(ctx, self.0.id, first, after).await
    }

    /// Who acts for it, oldest account first; empty to everybody but its own people, organizers, supervisors and administrators.
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<super::member::Member>> {
        super::member::of_organization(ctx, self.0.id, first, after).await
    }

    /// Dated qualifications that an organizer has verified, oldest first.
    async fn qualifications(&self, ctx: &Context<'_>) -> Answer<Vec<Qualification>> {
        let found = asking(ctx).loaders().load_one(QualificationsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(Qualification::from).collect())
    }

    /// What it says that it can do (能力清单), oldest first.
    async fn capabilities(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Capability>> {
        capability::of_organization(asking(ctx), self.0.id, first, after.as_deref()).await
    }
}

/// A dated qualification of an organization, such as HNTE.
#[derive(SimpleObject)]
struct Qualification {
    kind: String,
    certificate_no: Option<String>,
    valid_from: Date,
    /// The last day; null until further notice.
    valid_to: Option<Date>,
}

impl From<QualificationView> for Qualification {
    fn from(view: QualificationView) -> Self {
        Self {
            kind: view.kind,
            certificate_no: view.certificate_no,
            valid_from: view.valid_from.into(),
            valid_to: view.valid_to.map(Date::from),
        }
    }
}

impl Organization {
    /// If the viewer may see it by itself.
    pub async fn find(asking: &Asking, id: OrganizationId) -> Answer<Option<Self>> {
        let found = read::by_ids(asking.app().db.read(), &asking.viewer()?, &[id]).await?;
        Ok(found.into_iter().next().map(Self))
    }

    /// Named by something that the viewer sees: whether it is shown has been decided there.
    pub async fn named(asking: &Asking, id: OrganizationId) -> Answer<Self> {
        let found = asking.loaders().load_one(id).await?;
        Ok(Self(found.ok_or(Error::Hidden)?))
    }

    /// As [`Organization::named`], in the order of `ids`.
    pub async fn all_named(asking: &Asking, ids: &[OrganizationId]) -> Answer<Vec<Self>> {
        let mut found = asking.loaders().load_many(ids.iter().copied()).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).map(Self).collect())
    }
}

impl Loader<OrganizationId> for Batch {
    type Value = OrganizationView;
    type Error = Failed;

    async fn load(&self, ids: &[OrganizationId]) -> Result<HashMap<OrganizationId, OrganizationView>, Failed> {
        let found = read::named(self.app.db.read(), ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|view| (view.id, view)).collect())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct QualificationsOf(OrganizationId);

impl Loader<QualificationsOf> for Batch {
    type Value = Vec<QualificationView>;
    type Error = Failed;

    async fn load(&self, of: &[QualificationsOf]) -> Result<HashMap<QualificationsOf, Self::Value>, Failed> {
        let ids: Vec<_> = of.iter().map(|of| of.0).collect();
        let found = verified(self.app.db.read(), &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, views)| (QualificationsOf(id), views)).collect())
    }
}

/// What is not given does not narrow.
#[derive(InputObject, Default)]
struct OrganizationFilter {
    /// Part of the name, or the beginning of the code.
    text: Option<String>,
    kind: Option<OrganizationKind>,
    verified: Option<bool>,
}

#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// By name. Verified ones for everybody; all for organizers, supervisors and the system administrator; its own for a member.
    async fn organizations(
        &self,
        ctx: &Context<'_>,
        filter: Option<OrganizationFilter>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Organization>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let filter = filter.unwrap_or_default();
        let filter = read::OrganizationFilter {
            text: filter.text,
            kind: filter.kind.map(Into::into),
            verified: filter.verified,
        };
        let request = page::request(first, after.as_deref())?;
        let found = read::page(app.db.read(), &viewer, &filter, &request).await?;
        let total = Total::new(move || {
            let (app, viewer, filter) = (app.clone(), viewer.clone(), filter.clone());
            async move { read::count(app.db.read(), &viewer, &filter).await }
        });
        Ok(page::connection(found, total, Organization))
    }
}

#[derive(InputObject)]
struct CreateOrganizationInput {
    name: String,
    kind: OrganizationKind,
    uscc: String,
    #[graphql(default_with = "Some(false)")]
    registered_in_zone: Option<bool>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct VerifyOrganizationInput {
    organization_id: ID,
    registered_in_zone: bool,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RefuseOrganizationInput {
    organization_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct CreateOrganizationPayload {
    organization: Organization,
}

#[derive(SimpleObject)]
struct VerifyOrganizationPayload {
    organization: Organization,
}

#[derive(SimpleObject)]
struct RefuseOrganizationPayload {
    organization: Organization,
}

#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// SYSTEM_ADMIN enters an organization, verified at once.
    async fn create_organization(
        &self,
        ctx: &Context<'_>,
        input: CreateOrganizationInput,
    ) -> Answer<CreateOrganizationPayload> {
        let asking = asking(ctx);
        let new = CreateOrganization {
            name: input.name,
            kind: input.kind.into(),
            uscc: input.uscc,
            registered_in_zone: input.registered_in_zone.unwrap_or(false),
            idempotency_key: input.idempotency_key,
        };
        let done = organizations::create_organization(asking.app(), &asking.viewer()?, new).await?;
        Ok(CreateOrganizationPayload { organization: Organization::named(asking, done.organization).await? })
    }

    /// ORGANIZER vouches for an organization: from now on it can bid.
    async fn verify_organization(
        &self,
        ctx: &Context<'_>,
        input: VerifyOrganizationInput,
    ) -> Answer<VerifyOrganizationPayload> {
        let asking = asking(ctx);
        let new = VerifyOrganization {
            organization_id: input.organization_id.0,
            registered_in_zone: input.registered_in_zone,
            idempotency_key: input.idempotency_key,
        };
        let done = organizations::verify_organization(asking.app(), &asking.viewer()?, new).await?;
        Ok(VerifyOrganizationPayload { organization: Organization::named(asking, done.organization).await? })
    }

    /// ORGANIZER refuses to vouch for an organization, or stops vouching for it.
    async fn refuse_organization(
        &self,
        ctx: &Context<'_>,
        input: RefuseOrganizationInput,
    ) -> Answer<RefuseOrganizationPayload> {
        let asking = asking(ctx);
        let new = RefuseOrganization {
            organization_id: input.organization_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = organizations::refuse_organization(asking.app(), &asking.viewer()?, new).await?;
        Ok(RefuseOrganizationPayload { organization: Organization::named(asking, done.organization).await? })
    }
}
