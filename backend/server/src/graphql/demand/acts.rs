//! What can be done to a demand: inputs, and the verbs they are read for.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::base::Error;
use jiebang_platform::demands::content::{self, Changes, NewGoal};
use jiebang_platform::demands::{
    self, AcceptDemand, AskOpinions, DraftDemand, InviteMatched, MergeDemands, RecordOpinion, RegisterInterest,
    RejectDemand, ReleaseDemands, ReturnDemand, ReviseDemand, SubmitDemand, WithdrawDemand, WithdrawInterest,
};

use super::{Interest, Opinion, ReleaseBatch, ScenarioDemand};
use crate::graphql::context::{Asking, asking};
use crate::graphql::error::Answer;
use crate::graphql::scalars::{Decimal, Fen};
use crate::graphql::words::{Comparator, CooperationMode, Domain, OpinionVerdict, ResourceKind, ScenarioScale};

#[derive(InputObject)]
struct DemandGoalInput {
    name: String,
    unit: String,
    comparator: Comparator,
    target: Decimal,
}

impl From<DemandGoalInput> for NewGoal {
    fn from(given: DemandGoalInput) -> Self {
        Self { name: given.name, unit: given.unit, comparator: given.comparator.into(), target: given.target.0 }
    }
}

#[derive(InputObject)]
struct OpenResourceInput {
    kind: ResourceKind,
    detail: String,
}

impl From<OpenResourceInput> for content::OpenResource {
    fn from(given: OpenResourceInput) -> Self {
        Self { kind: given.kind.into(), detail: given.detail }
    }
}

/// What may be given of a demand besides its title.
#[derive(InputObject)]
struct DemandContentInput {
    domain: Option<Domain>,
    scale: Option<ScenarioScale>,
    site: Option<String>,
    pain_points: Option<String>,
    content: Option<String>,
    goals: Option<Vec<DemandGoalInput>>,
    open_resources: Option<Vec<OpenResourceInput>>,
    technical_requirements: Option<String>,
    cooperation: Option<CooperationMode>,
    budget_from: Option<Fen>,
    budget_to: Option<Fen>,
    schedule: Option<String>,
    /// The office to ask, by its telephone: nobody's own.
    contact: Option<String>,
    /// Words that matching holds against capability lists; 20 at most.
    wanted_words: Option<Vec<String>>,
    /// Kinds of qualifications that matching looks for, such as HNTE.
    wanted_qualifications: Option<Vec<String>>,
}

impl DemandContentInput {
    fn titled(self, title: Option<String>) -> Changes {
        Changes {
            title,
            domain: self.domain.map(Into::into),
            scale: self.scale.map(Into::into),
            site: self.site,
            pain_points: self.pain_points,
            content: self.content,
            goals: self.goals.map(|goals| goals.into_iter().map(Into::into).collect()),
            open_resources: self.open_resources.map(|resources| resources.into_iter().map(Into::into).collect()),
            technical_requirements: self.technical_requirements,
            cooperation: self.cooperation.map(Into::into),
            budget_from: self.budget_from.map(|fen| fen.0),
            budget_to: self.budget_to.map(|fen| fen.0),
            schedule: self.schedule,
            contact: self.contact,
            wanted_words: self.wanted_words,
            wanted_qualifications: self.wanted_qualifications,
        }
    }
}

#[derive(InputObject)]
struct DraftDemandInput {
    title: String,
    #[graphql(flatten)]
    content: DemandContentInput,
    idempotency_key: Option<String>,
}

/// Only the fields given change.
#[derive(InputObject)]
struct DemandChangesInput {
    title: Option<String>,
    #[graphql(flatten)]
    content: DemandContentInput,
}

/// Another version than expected is CONFLICT: a colleague was quicker.
#[derive(InputObject)]
struct ReviseDemandInput {
    demand_id: ID,
    expected_version: Option<i32>,
    changes: DemandChangesInput,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct AskOpinionsInput {
    demand_id: ID,
    /// Judges who are not of the demand's department; 20 at most.
    expert_ids: Vec<ID>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RecordOpinionInput {
    demand_id: ID,
    verdict: OpinionVerdict,
    text: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct MergeDemandsInput {
    /// The demand that stays.
    demand_id: ID,
    /// Those that become part of it; 20 at most.
    source_ids: Vec<ID>,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ReleaseDemandsInput {
    /// 100 at most.
    demand_ids: Vec<ID>,
    /// Of the list.
    title: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RegisterInterestInput {
    demand_id: ID,
    note: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct InviteMatchedInput {
    demand_id: ID,
    /// The same to all; a later act repeats the first one's.
    message: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct SubmitDemandInput {
    demand_id: ID,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct WithdrawDemandInput {
    demand_id: ID,
    reason: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ReturnDemandInput {
    demand_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RejectDemandInput {
    demand_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct AcceptDemandInput {
    demand_id: ID,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct WithdrawInterestInput {
    demand_id: ID,
    idempotency_key: Option<String>,
}

macro_rules! payloads {
    ($($name:ident),+ $(,)?) => {$(
        #[derive(SimpleObject)]
        struct $name { demand: ScenarioDemand }
        impl $name {
            async fn of(asking: &Asking, done: demands::Done) -> Answer<Self> {
                Ok(Self { demand: ScenarioDemand::named(asking, done.demand).await? })
            }
        }
    )+};
}

payloads!(
    DraftDemandPayload,
    ReviseDemandPayload,
    SubmitDemandPayload,
    WithdrawDemandPayload,
    AskOpinionsPayload,
    ReturnDemandPayload,
    RejectDemandPayload,
    MergeDemandsPayload,
    AcceptDemandPayload,
    WithdrawInterestPayload,
);

#[derive(SimpleObject)]
struct RecordOpinionPayload {
    demand: ScenarioDemand,
    opinion: Opinion,
}

#[derive(SimpleObject)]
struct ReleaseDemandsPayload {
    batch: ReleaseBatch,
}

#[derive(SimpleObject)]
struct RegisterInterestPayload {
    demand: ScenarioDemand,
    interest: Interest,
}

#[derive(SimpleObject)]
struct InviteMatchedPayload {
    demand: ScenarioDemand,
    /// How many were invited by this act.
    invited: i32,
}

#[derive(Default)]
pub struct DemandMutation;

#[Object]
impl DemandMutation {
    /// DEMANDER begins a demand for its department, which alone knows of it until it is handed in; it may be incomplete.
    async fn draft_demand(&self, ctx: &Context<'_>, input: DraftDemandInput) -> Answer<DraftDemandPayload> {
        let asking = asking(ctx);
        let (content, idempotency_key) = (input.content.titled(Some(input.title)), input.idempotency_key);
        let new = DraftDemand { content, idempotency_key };
        let done = demands::draft_demand(asking.app(), &asking.viewer()?, new).await?;
        DraftDemandPayload::of(asking, done).await
    }

    /// DEMANDER changes its department's draft, or what was returned.
    async fn revise_demand(&self, ctx: &Context<'_>, input: ReviseDemandInput) -> Answer<ReviseDemandPayload> {
        let asking = asking(ctx);
        let new = ReviseDemand {
            demand_id: input.demand_id.0,
            expected_version: input.expected_version,
            changes: input.changes.content.titled(input.changes.title),
            idempotency_key: input.idempotency_key,
        };
        let done = demands::revise_demand(asking.app(), &asking.viewer()?, new).await?;
        ReviseDemandPayload::of(asking, done).await
    }

    /// DEMANDER hands the demand in for argument (需求论证); all that is missing is named.
    async fn submit_demand(&self, ctx: &Context<'_>, input: SubmitDemandInput) -> Answer<SubmitDemandPayload> {
        let asking = asking(ctx);
        let (demand_id, idempotency_key) = (input.demand_id.0, input.idempotency_key);
        let new = SubmitDemand { demand_id, idempotency_key };
        let done = demands::submit_demand(asking.app(), &asking.viewer()?, new).await?;
        SubmitDemandPayload::of(asking, done).await
    }

    /// DEMANDER takes the demand back, until something came of it; with a reason once it has been handed in.
    async fn withdraw_demand(&self, ctx: &Context<'_>, input: WithdrawDemandInput) -> Answer<WithdrawDemandPayload> {
        let asking = asking(ctx);
        let (demand_id, idempotency_key) = (input.demand_id.0, input.idempotency_key);
        let new = WithdrawDemand { demand_id, reason: input.reason, idempotency_key };
        let done = demands::withdraw_demand(asking.app(), &asking.viewer()?, new).await?;
        WithdrawDemandPayload::of(asking, done).await
    }

    /// ORGANIZER, neither its author nor of its department, sends it back with a reason.
    async fn return_demand(&self, ctx: &Context<'_>, input: ReturnDemandInput) -> Answer<ReturnDemandPayload> {
        let asking = asking(ctx);
        let (demand_id, idempotency_key) = (input.demand_id.0, input.idempotency_key);
        let new = ReturnDemand { demand_id, reason: input.reason, idempotency_key };
        let done = demands::return_demand(asking.app(), &asking.viewer()?, new).await?;
        ReturnDemandPayload::of(asking, done).await
    }

    /// ORGANIZER, neither its author nor of its department, ends it with a reason.
    async fn reject_demand(&self, ctx: &Context<'_>, input: RejectDemandInput) -> Answer<RejectDemandPayload> {
        let asking = asking(ctx);
        let (demand_id, idempotency_key) = (input.demand_id.0, input.idempotency_key);
        let new = RejectDemand { demand_id, reason: input.reason, idempotency_key };
        let done = demands::reject_demand(asking.app(), &asking.viewer()?, new).await?;
        RejectDemandPayload::of(asking, done).await
    }

    /// ORGANIZER, neither its author nor of its department, finds it fit to be listed, once an expert and an organizer have been heard.
    async fn accept_demand(&self, ctx: &Context<'_>, input: AcceptDemandInput) -> Answer<AcceptDemandPayload> {
        let asking = asking(ctx);
        let (demand_id, idempotency_key) = (input.demand_id.0, input.idempotency_key);
        let new = AcceptDemand { demand_id, idempotency_key };
        let done = demands::accept_demand(asking.app(), &asking.viewer()?, new).await?;
        AcceptDemandPayload::of(asking, done).await
    }

    /// BIDDER takes its registered interest back.
    async fn withdraw_interest(
        &self,
        ctx: &Context<'_>,
        input: WithdrawInterestInput,
    ) -> Answer<WithdrawInterestPayload> {
        let asking = asking(ctx);
        let (demand_id, idempotency_key) = (input.demand_id.0, input.idempotency_key);
        let new = WithdrawInterest { demand_id, idempotency_key };
        let done = demands::withdraw_interest(asking.app(), &asking.viewer()?, new).await?;
        WithdrawInterestPayload::of(asking, done).await
    }

    /// ORGANIZER, neither its author nor of its department, asks experts to argue it; who is asked is not told to the department.
    async fn ask_opinions(&self, ctx: &Context<'_>, input: AskOpinionsInput) -> Answer<AskOpinionsPayload> {
        let asking = asking(ctx);
        let new = AskOpinions {
            demand_id: input.demand_id.0,
            expert_ids: input.expert_ids.into_iter().map(|id| id.0).collect(),
            idempotency_key: input.idempotency_key,
        };
        let done = demands::ask_opinions(asking.app(), &asking.viewer()?, new).await?;
        AskOpinionsPayload::of(asking, done).await
    }

    /// An asked JUDGE, or an ORGANIZER neither its author nor of its department, says what comes of it: once each in a round, and
    /// never changed.
    async fn record_opinion(&self, ctx: &Context<'_>, input: RecordOpinionInput) -> Answer<RecordOpinionPayload> {
        let asking = asking(ctx);
        let new = RecordOpinion {
            demand_id: input.demand_id.0,
            verdict: input.verdict.into(),
            text: input.text,
            idempotency_key: input.idempotency_key,
        };
        let done = demands::record_opinion(asking.app(), &asking.viewer()?, new).await?;
        Ok(RecordOpinionPayload {
            demand: ScenarioDemand::named(asking, done.demand).await?,
            opinion: Opinion::find(asking, done.opinion).await?.ok_or(Error::Hidden)?,
        })
    }

    /// ORGANIZER, author of none and of no department concerned, makes demands that want the same part of one of them.
    async fn merge_demands(&self, ctx: &Context<'_>, input: MergeDemandsInput) -> Answer<MergeDemandsPayload> {
        let asking = asking(ctx);
        let new = MergeDemands {
            demand_id: input.demand_id.0,
            source_ids: input.source_ids.into_iter().map(|id| id.0).collect(),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = demands::merge_demands(asking.app(), &asking.viewer()?, new).await?;
        MergeDemandsPayload::of(asking, done).await
    }

    /// ORGANIZER lists accepted demands in a numbered batch (机会清单), all of them or none: from now on they are everybody's to see.
    async fn release_demands(&self, ctx: &Context<'_>, input: ReleaseDemandsInput) -> Answer<ReleaseDemandsPayload> {
        let asking = asking(ctx);
        let new = ReleaseDemands {
            demand_ids: input.demand_ids.into_iter().map(|id| id.0).collect(),
            title: input.title,
            idempotency_key: input.idempotency_key,
        };
        let done = demands::release_demands(asking.app(), &asking.viewer()?, new).await?;
        Ok(ReleaseDemandsPayload { batch: ReleaseBatch::find(asking, done.batch).await?.ok_or(Error::Hidden)? })
    }

    /// BIDDER of a verified enterprise, university or institute says that it would meet a listed demand. It gives no advantage, and
    /// nobody but itself, organizers and supervisors is told.
    async fn register_interest(
        &self,
        ctx: &Context<'_>,
        input: RegisterInterestInput,
    ) -> Answer<RegisterInterestPayload> {
        let asking = asking(ctx);
        let (demand_id, idempotency_key) = (input.demand_id.0, input.idempotency_key);
        let new = RegisterInterest { demand_id, note: input.note, idempotency_key };
        let done = demands::register_interest(asking.app(), &asking.viewer()?, new).await?;
        Ok(RegisterInterestPayload {
            demand: ScenarioDemand::named(asking, done.demand).await?,
            interest: Interest::find(asking, done.interest).await?.ok_or(Error::Hidden)?,
        })
    }

    /// ORGANIZER, neither its author nor of its department, invites all who match and have not been invited, alike and on the record.
    async fn invite_matched(&self, ctx: &Context<'_>, input: InviteMatchedInput) -> Answer<InviteMatchedPayload> {
        let asking = asking(ctx);
        let (demand_id, idempotency_key) = (input.demand_id.0, input.idempotency_key);
        let new = InviteMatched { demand_id, message: input.message, idempotency_key };
        let done = demands::invite_matched(asking.app(), &asking.viewer()?, new).await?;
        Ok(InviteMatchedPayload {
            demand: ScenarioDemand::named(asking, done.demand).await?,
            invited: i32::try_from(done.invited).unwrap_or(i32::MAX),
        })
    }
}
