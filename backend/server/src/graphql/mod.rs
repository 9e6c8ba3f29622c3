//! The graph. One file per noun: its type, its inputs, its mutations. A resolver reads its input, calls a verb, wraps what came
//! of it, and decides nothing.

pub mod account;
pub mod award;
pub mod bid;
pub mod challenge;
pub mod context;
pub mod error;
pub mod event;
pub mod guard;
pub mod loaders;
pub mod node;
pub mod nulls;
pub mod organization;
pub mod page;
pub mod project;
pub mod rehearsal;
pub mod review;
pub mod scalars;
pub mod target;
pub mod technology;
pub mod words;

use async_graphql::{MergedObject, ObjectType, Request, Response, SchemaBuilder};

pub use context::Asking;

/// Everything that can be asked. A noun that has queries adds its struct here.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    account::AccountQuery,
    rehearsal::ClockQuery,
    organization::OrganizationQuery,
    challenge::ChallengeQuery,
    bid::BidQuery,
    project::ProjectQuery,
    technology::TechnologyQuery,
    target::TargetQuery,
    event::EventQuery,
);

/// Everything that can be done in any installation. A noun that has mutations adds its struct here.
#[derive(MergedObject, Default)]
pub struct Acts(
    account::AccountMutation,
    organization::OrganizationMutation,
    challenge::ChallengeMutation,
    bid::BidMutation,
    review::ReviewMutation,
    award::AwardMutation,
    project::ProjectMutation,
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

const DEPTH: usize = 15;
const COMPLEXITY: usize = 1_000;
const DIRECTIVES: usize = 20;

/// The schema that is served.
#[derive(Clone)]
pub enum Schema {
    /// For real.
    Real(async_graphql::Schema<Query, Mutation, Subscription>),
    /// For a rehearsal: with `setClock`.
    Rehearsal(async_graphql::Schema<Query, MutationInRehearsal, Subscription>),
}

impl Schema {
    /// The schema of an installation.
    pub fn of(rehearsal: bool) -> Self {
        if rehearsal { Self::rehearsal() } else { Self::real() }
    }

    /// For real.
    pub fn real() -> Self {
        Self::Real(limited(async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription)).finish())
    }

    /// For a rehearsal.
    pub fn rehearsal() -> Self {
        let mutation = MutationInRehearsal::default();
        Self::Rehearsal(limited(async_graphql::Schema::build(Query::default(), mutation, Subscription)).finish())
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
}

fn limited<M: ObjectType + 'static>(
    schema: SchemaBuilder<Query, M, Subscription>,
) -> SchemaBuilder<Query, M, Subscription> {
    schema
        .limit_depth(DEPTH)
        .limit_complexity(COMPLEXITY)
        .limit_directives(DIRECTIVES)
        .register_output_type::<words::ErrorCode>()
}
