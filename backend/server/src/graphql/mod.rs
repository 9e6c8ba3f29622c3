//! The graph. One file per noun: its type, its inputs, its mutations. A resolver reads its input, calls a verb, wraps what came
//! of it, and decides nothing.

pub mod account;
mod agreement;
pub mod award;
pub mod bid;
pub mod capability;
pub mod challenge;
pub mod context;
mod course;
pub mod demand;
mod eligibility;
pub mod error;
pub mod event;
mod evidence;
mod expert;
pub mod guard;
pub mod loaders;
mod member;
mod negotiation;
pub mod node;
pub mod nulls;
mod objection;
pub mod organization;
pub mod page;
pub mod project;
pub mod rehearsal;
pub mod review;
mod rule;
pub mod scalars;
pub mod target;
pub mod technology;
pub mod words;

use async_graphql::{MergedObject, ObjectType, Request, Response, SchemaBuilder};

use futures_util::StreamExt;
use futures_util::stream::BoxStream;

pub use context::Asking;

/// Everything that can be asked. A noun that has queries adds its struct here.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    account::AccountQuery,
    member::MemberQuery,
    rehearsal::ClockQuery,
    organization::OrganizationQuery,
    rule::RuleQuery,
    eligibility::EligibilityQuery,
    expert::ExpertQuery,
    capability::CapabilityQuery,
    demand::DemandQuery,
    challenge::ChallengeQuery,
    bid::BidQuery,
    objection::ObjectionQuery,
    project::ProjectQuery,
    technology::TechnologyQuery,
    target::TargetQuery,
    event::EventQuery,
);

/// Everything that can be done in any installation. A noun that has mutations adds its struct here.
#[derive(MergedObject, Default)]
pub struct Acts(
    account::AccountMutation,
    member::MemberMutation,
    organization::OrganizationMutation,
    rule::RuleMutation,
    eligibility::EligibilityMutation,
    expert::ExpertMutation,
    capability::CapabilityMutation,
    demand::DemandMutation,
    challenge::ChallengeMutation,
    bid::BidMutation,
    bid::UploadMutation,
    review::ReviewMutation,
    award::AwardMutation,
    objection::ObjectionMutation,
    project::ProjectMutation,
    agreement::AgreementMutation,
    course::CourseMutation,
    technology::TechnologyMutation,
    target::TargetMutation,
);

/// Everything that can be done for real.
#[derive(MergedObject, Default)]
pub struct Mutation(Acts);

/// As [`Mutation`], and the clock: it is not hidden where there is no rehearsal, it is not there.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
pub struct MutationInRehearsal(Acts, rehearsal::RehearsalMutation);

/// What can be watched.
pub use event::EventSubscription as Subscription;

/// The schema that is served.
#[derive(Clone)]
pub enum Schema {
    /// For real.
    Real(async_graphql::Schema<Query, Mutation, Subscription>),
    /// For a rehearsal: with `setClock`.
    Rehearsal(async_graphql::Schema<Query, MutationInRehearsal, Subscription>),
}

impl Schema {
    /// The schema of an installation; an open one tells clients what there is and what they may have meant.
    pub fn of(rehearsal: bool, open: bool) -> Self {
        let (query, acts) = (Query::default(), Acts::default());
        if rehearsal {
            let mutation = MutationInRehearsal(acts, rehearsal::RehearsalMutation);
            Self::Rehearsal(told(async_graphql::Schema::build(query, mutation, Subscription), open).finish())
        } else {
            Self::Real(told(async_graphql::Schema::build(query, Mutation(acts), Subscription), open).finish())
        }
    }

    /// The contract as text.
    pub fn sdl(&self) -> String {
        match self {
            Self::Real(schema) => schema.sdl(),
            Self::Rehearsal(schema) => schema.sdl(),
        }
    }

    /// Answers a request, which carries its [`Asking`].
    pub async fn execute(&self, request: Request) -> Response {
        match self {
            Self::Real(schema) => schema.execute(request).await,
            Self::Rehearsal(schema) => schema.execute(request).await,
        }
    }

    /// Answers a request as often as there is something to tell.
    pub fn execute_stream(&self, request: Request) -> BoxStream<'static, Response> {
        match self {
            Self::Real(schema) => schema.execute_stream(request).boxed(),
            Self::Rehearsal(schema) => schema.execute_stream(request).boxed(),
        }
    }
}

/// What may be asked at most is the guard's.
fn told<M: ObjectType + 'static>(
    schema: SchemaBuilder<Query, M, Subscription>,
    open: bool,
) -> SchemaBuilder<Query, M, Subscription> {
    let schema = schema.register_output_type::<words::ErrorCode>();
    if open { schema } else { schema.disable_introspection().disable_suggestions() }
}
