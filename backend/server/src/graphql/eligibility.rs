//! Who may bid: qualifications with their evidence, integrity cases, and what ties organizations to one another.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::access::eligibility as policy;
use jiebang_platform::base::id::{IntegrityCaseId, OrganizationId, QualificationId, TieId};
use jiebang_platform::base::{Error, Page, faults};
use jiebang_platform::eligibility::read::{self, CaseView, StatedView, TieView};
use jiebang_platform::eligibility::{
    end_qualification, end_tie, exempt, qualify, record_case, record_tie, verify_qualification,
};

use super::context::asking;
use super::error::Answer;
use super::loaders::{Failed, batches, pages};
use super::organization::Organization;
use super::page::{self, Connection, Total};
use super::scalars::{Date, DateTime};
use super::words::{QualificationKind, TieKind};

/// What an organization has stated, to whoever sees its file.
pub(super) async fn stated_page(
    ctx: &Context<'_>,
    of: OrganizationId,
    first: Option<i32>,
    after: Option<String>,
) -> Answer<Connection<StatedQualification>> {
    let (asking, request) = (asking(ctx), page::request(first, after.as_deref())?);
    if !policy::sees_file(&asking.viewer()?, of) {
        return Ok(page::connection(Page::<StatedView>::empty(), Total::known(0), StatedQualification::from));
    }
    let loaders = asking.loaders();
    let found = loaders.load_one(StatedOf(of, request)).await?.transpose()?.unwrap_or_else(Page::empty);
    let total = Total::new(move || {
        let loaders = loaders.clone();
        async move { Ok::<_, Failed>(loaders.load_one(StatedCount(of)).await?.unwrap_or(0)) }
    });
    Ok(page::connection(found, total, StatedQualification::from))
}

/// The integrity cases of an organization, to whoever sees its file.
pub(super) async fn case_page(
    ctx: &Context<'_>,
    of: OrganizationId,
    first: Option<i32>,
    after: Option<String>,
) -> Answer<Connection<IntegrityCase>> {
    let (asking, request) = (asking(ctx), page::request(first, after.as_deref())?);
    if !policy::sees_file(&asking.viewer()?, of) {
        return Ok(page::connection(Page::<CaseView>::empty(), Total::known(0), IntegrityCase::from));
    }
    let loaders = asking.loaders();
    let found = loaders.load_one(CasesOf(of, request)).await?.transpose()?.unwrap_or_else(Page::empty);
    let total = Total::new(move || {
        let loaders = loaders.clone();
        async move { Ok::<_, Failed>(loaders.load_one(CaseCount(of)).await?.unwrap_or(0)) }
    });
    Ok(page::connection(found, total, IntegrityCase::from))
}

/// A qualification as an enterprise has stated it; it counts once an organizer has verified it.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct StatedQualification {
    #[graphql(owned)]
    pub id: ID,
    #[graphql(skip)]
    whose: OrganizationId,
    kind: String,
    certificate_no: Option<String>,
    issued_by: Option<String>,
    valid_from: Date,
    /// The last day; null until further notice.
    valid_to: Option<Date>,
    /// Where the evidence can be looked at.
    evidence: Option<String>,
    verified_at: Option<DateTime>,
    /// From when on it does not count.
    ended_at: Option<DateTime>,
    ended_because: Option<String>,
}

impl From<StatedView> for StatedQualification {
    fn from(view: StatedView) -> Self {
        Self {
            id: view.id.to_string().into(),
            whose: view.organization,
            kind: view.kind,
            certificate_no: view.certificate_no,
            issued_by: view.issued_by,
            valid_from: view.valid_from.into(),
            valid_to: view.valid_to.map(Date::from),
            evidence: view.evidence,
            verified_at: view.verified_at.map(DateTime::from),
            ended_at: view.ended_at.map(DateTime::from),
            ended_because: view.ended_because,
        }
    }
}

#[ComplexObject]
impl StatedQualification {
    /// Whose it is.
    async fn organization(&self, ctx: &Context<'_>) -> Answer<Option<Organization>> {
        Ok(Organization::all_named(asking(ctx), &[self.whose]).await?.pop())
    }
}

/// What an organization did, and for how long it is barred from bidding. An exempted case bars nobody.
#[derive(SimpleObject)]
pub struct IntegrityCase {
    #[graphql(owned)]
    pub id: ID,
    violation: String,
    /// The decision or provision that it rests on.
    basis: String,
    ban_from: DateTime,
    /// At this instant it is over.
    ban_to: DateTime,
    recorded_at: DateTime,
    /// 尽职免责: found to have been diligent.
    exempted_at: Option<DateTime>,
    exemption_grounds: Option<String>,
}

impl From<CaseView> for IntegrityCase {
    fn from(view: CaseView) -> Self {
        Self {
            id: view.id.to_string().into(),
            violation: view.violation,
            basis: view.basis,
            ban_from: view.ban_from.into(),
            ban_to: view.ban_to.into(),
            recorded_at: view.recorded_at.into(),
            exempted_at: view.exempted_at.map(DateTime::from),
            exemption_grounds: view.exemption_grounds,
        }
    }
}

/// What ties two organizations to one another. For organizers and supervisors.
pub struct Tie(TieView);

impl From<TieView> for Tie {
    fn from(view: TieView) -> Self {
        Self(view)
    }
}

#[Object]
impl Tie {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The two, in the order in which they were given.
    async fn organizations(&self, ctx: &Context<'_>) -> Answer<Vec<Organization>> {
        Organization::all_named(asking(ctx), &[self.0.first, self.0.second]).await
    }

    async fn kind(&self) -> TieKind {
        self.0.kind.into()
    }

    /// Where it is known from.
    async fn basis(&self) -> &str {
        &self.0.basis
    }

    async fn recorded_at(&self) -> DateTime {
        self.0.recorded_at.into()
    }

    async fn ended_at(&self) -> Option<DateTime> {
        self.0.ended_at.map(DateTime::from)
    }
}

#[derive(Default)]
pub struct EligibilityQuery;

#[Object]
impl EligibilityQuery {
    /// What ties organizations to one another, oldest first; empty to everybody but organizers and supervisors.
    async fn ties(
        &self,
        ctx: &Context<'_>,
        organization: Option<ID>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Tie>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let of: Option<OrganizationId> = organization.map(|id| faults::id("organization", &id)).transpose()?;
        let request = page::request(first, after.as_deref())?;
        let found = read::ties(app.db.read(), &viewer, of, &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { read::tie_count(app.db.read(), &viewer, of).await }
        });
        Ok(page::connection(found, total, Tie::from))
    }

    /// Qualifications that wait to be verified, oldest first; empty to everybody but ORGANIZERs who belong to no department.
    async fn waiting_qualifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<StatedQualification>> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app().clone(), asking.viewer()?);
        let request = page::request(first, after.as_deref())?;
        let found = read::waiting(app.db.read(), &viewer, &request).await?;
        let total = Total::new(move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { read::waiting_count(app.db.read(), &viewer).await }
        });
        Ok(page::connection(found, total, StatedQualification::from))
    }
}

#[derive(InputObject)]
struct RecordQualificationInput {
    kind: QualificationKind,
    certificate_no: String,
    issued_by: String,
    valid_from: Date,
    /// The last day; none: until further notice.
    valid_to: Option<Date>,
    /// Where the evidence can be looked at: a file number, a register's address.
    evidence: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct VerifyQualificationInput {
    qualification_id: ID,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RecordIntegrityCaseInput {
    organization_id: ID,
    violation: String,
    /// The decision or provision that it rests on.
    basis: String,
    ban_from: DateTime,
    /// At most five years later.
    ban_to: DateTime,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct GrantExemptionInput {
    case_id: ID,
    grounds: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RecordTieInput {
    organization_id: ID,
    other_id: ID,
    kind: TieKind,
    /// Where it is known from.
    basis: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct EndTieInput {
    tie_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct RecordQualificationPayload {
    qualification: StatedQualification,
}

#[derive(InputObject)]
struct EndQualificationInput {
    qualification_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct EndQualificationPayload {
    qualification: StatedQualification,
}

#[derive(SimpleObject)]
struct VerifyQualificationPayload {
    qualification: StatedQualification,
}

#[derive(SimpleObject)]
struct RecordIntegrityCasePayload {
    case: IntegrityCase,
}

#[derive(SimpleObject)]
struct GrantExemptionPayload {
    case: IntegrityCase,
}

#[derive(SimpleObject)]
struct RecordTiePayload {
    tie: Tie,
}

#[derive(SimpleObject)]
struct EndTiePayload {
    tie: Tie,
}

async fn stated(ctx: &Context<'_>, id: QualificationId) -> Answer<StatedQualification> {
    let asking = asking(ctx);
    let found = read::stated_by_id(asking.app().db.read(), &asking.viewer()?, id).await?;
    Ok(found.ok_or(Error::Hidden)?.into())
}

async fn case(ctx: &Context<'_>, id: IntegrityCaseId) -> Answer<IntegrityCase> {
    let asking = asking(ctx);
    let found = read::case_by_id(asking.app().db.read(), &asking.viewer()?, id).await?;
    Ok(found.ok_or(Error::Hidden)?.into())
}

async fn tie(ctx: &Context<'_>, id: TieId) -> Answer<Tie> {
    let asking = asking(ctx);
    let found = read::tie_by_id(asking.app().db.read(), &asking.viewer()?, id).await?;
    Ok(found.ok_or(Error::Hidden)?.into())
}

#[derive(Default)]
pub struct EligibilityMutation;

#[Object]
impl EligibilityMutation {
    /// BIDDER of a verified enterprise states a qualification with its evidence.
    async fn record_qualification(
        &self,
        ctx: &Context<'_>,
        input: RecordQualificationInput,
    ) -> Answer<RecordQualificationPayload> {
        let asking = asking(ctx);
        let new = qualify::RecordQualification {
            kind: input.kind.into(),
            certificate_no: input.certificate_no,
            issued_by: input.issued_by,
            valid_from: input.valid_from.0,
            valid_to: input.valid_to.map(|day| day.0),
            evidence: input.evidence,
            idempotency_key: input.idempotency_key,
        };
        let done = qualify::qualify(asking.app(), &asking.viewer()?, new).await?;
        Ok(RecordQualificationPayload { qualification: stated(ctx, done.qualification).await? })
    }

    /// ORGANIZER who belongs to no department, and did not verify it, finds that it does not count, or counts no more.
    async fn end_qualification(
        &self,
        ctx: &Context<'_>,
        input: EndQualificationInput,
    ) -> Answer<EndQualificationPayload> {
        let asking = asking(ctx);
        let new = end_qualification::EndQualification {
            qualification_id: input.qualification_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = end_qualification::end_qualification(asking.app(), &asking.viewer()?, new).await?;
        Ok(EndQualificationPayload { qualification: stated(ctx, done.qualification).await? })
    }

    /// ORGANIZER who belongs to no department has looked at the evidence and takes it for true.
    async fn verify_qualification(
        &self,
        ctx: &Context<'_>,
        input: VerifyQualificationInput,
    ) -> Answer<VerifyQualificationPayload> {
        let asking = asking(ctx);
        let new = verify_qualification::VerifyQualification {
            qualification_id: input.qualification_id.0,
            idempotency_key: input.idempotency_key,
        };
        let done = verify_qualification::verify_qualification(asking.app(), &asking.viewer()?, new).await?;
        Ok(VerifyQualificationPayload { qualification: stated(ctx, done.qualification).await? })
    }

    /// ORGANIZER who belongs to no department records what an organization did and for how long it is barred.
    async fn record_integrity_case(
        &self,
        ctx: &Context<'_>,
        input: RecordIntegrityCaseInput,
    ) -> Answer<RecordIntegrityCasePayload> {
        let asking = asking(ctx);
        let new = record_case::RecordIntegrityCase {
            organization_id: input.organization_id.0,
            violation: input.violation,
            basis: input.basis,
            ban_from: input.ban_from.0,
            ban_to: input.ban_to.0,
            idempotency_key: input.idempotency_key,
        };
        let done = record_case::record_case(asking.app(), &asking.viewer()?, new).await?;
        Ok(RecordIntegrityCasePayload { case: case(ctx, done.case).await? })
    }

    /// ORGANIZER or SUPERVISOR who did not record the case finds that the organization was diligent: there is no ban (尽职免责).
    async fn grant_exemption(&self, ctx: &Context<'_>, input: GrantExemptionInput) -> Answer<GrantExemptionPayload> {
        let asking = asking(ctx);
        let new = exempt::GrantExemption {
            case_id: input.case_id.0,
            grounds: input.grounds,
            idempotency_key: input.idempotency_key,
        };
        let done = exempt::exempt(asking.app(), &asking.viewer()?, new).await?;
        Ok(GrantExemptionPayload { case: case(ctx, done.case).await? })
    }

    /// ORGANIZER who belongs to no department records what ties two organizations to one another.
    async fn record_tie(&self, ctx: &Context<'_>, input: RecordTieInput) -> Answer<RecordTiePayload> {
        let asking = asking(ctx);
        let new = record_tie::RecordTie {
            organization_id: input.organization_id.0,
            other_id: input.other_id.0,
            kind: input.kind.into(),
            basis: input.basis,
            idempotency_key: input.idempotency_key,
        };
        let done = record_tie::record_tie(asking.app(), &asking.viewer()?, new).await?;
        Ok(RecordTiePayload { tie: tie(ctx, done.tie).await? })
    }

    /// ORGANIZER who belongs to no department, and did not record it, finds that a tie is over.
    async fn end_tie(&self, ctx: &Context<'_>, input: EndTieInput) -> Answer<EndTiePayload> {
        let asking = asking(ctx);
        let new =
            end_tie::EndTie { tie_id: input.tie_id.0, reason: input.reason, idempotency_key: input.idempotency_key };
        let done = end_tie::end_tie(asking.app(), &asking.viewer()?, new).await?;
        Ok(EndTiePayload { tie: tie(ctx, done.tie).await? })
    }
}

pages! {
    StatedOf(OrganizationId) -> StatedView =
        |batch, ids, request| read::stated(batch.app.db.read(), &batch.viewer, &ids, &request).await,
    CasesOf(OrganizationId) -> CaseView =
        |batch, ids, request| read::cases(batch.app.db.read(), &batch.viewer, &ids, &request).await,
}

batches! {
    StatedCount(OrganizationId) -> u64 = |batch, ids| read::stated_counts(batch.app.db.read(), &batch.viewer, &ids).await,
    CaseCount(OrganizationId) -> u64 = |batch, ids| read::case_counts(batch.app.db.read(), &batch.viewer, &ids).await,
}
