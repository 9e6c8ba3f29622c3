//! The graph. One file per noun: its type, its inputs, its mutations. A resolver reads its input, calls a verb, wraps what came
//! of it, and decides nothing.

pub mod account;
pub mod context;
pub mod error;
pub mod guard;
pub mod loaders;
pub mod node;
pub mod organization;
pub mod page;
pub mod rehearsal;
pub mod scalars;
pub mod words;

use async_graphql::{EmptySubscription, MergedObject, ObjectType, Request, Response, SchemaBuilder};

pub use context::Asking;

/// Everything that can be asked. A noun that has queries adds its struct here.
#[derive(MergedObject, Default)]
pub struct Query(node::NodeQuery, account::AccountQuery, rehearsal::ClockQuery, organization::OrganizationQuery);

/// Everything that can be done. A noun that has mutations adds its struct here.
#[derive(MergedObject, Default)]
pub struct Mutation(account::AccountMutation, organization::OrganizationMutation);

/// As [`Mutation`], and the clock: it is not hidden where there is no rehearsal, it is not there.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
pub struct MutationInRehearsal(Mutation, rehearsal::RehearsalMutation);

const DEPTH: usize = 15;
const COMPLEXITY: usize = 1_000;
const DIRECTIVES: usize = 20;

/// The schema that is served.
#[derive(Clone)]
pub enum Schema {
    /// For real.
    Real(async_graphql::Schema<Query, Mutation, EmptySubscription>),
    /// For a rehearsal: with `setClock`.
    Rehearsal(async_graphql::Schema<Query, MutationInRehearsal, EmptySubscription>),
}

impl Schema {
    /// The schema of an installation.
    pub fn of(rehearsal: bool) -> Self {
        if rehearsal { Self::rehearsal() } else { Self::real() }
    }

    /// For real.
    pub fn real() -> Self {
        Self::Real(
            limited(async_graphql::Schema::build(Query::default(), Mutation::default(), EmptySubscription)).finish(),
        )
    }

    /// For a rehearsal.
    pub fn rehearsal() -> Self {
        let mutation = MutationInRehearsal::default();
        Self::Rehearsal(limited(async_graphql::Schema::build(Query::default(), mutation, EmptySubscription)).finish())
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
    schema: SchemaBuilder<Query, M, EmptySubscription>,
) -> SchemaBuilder<Query, M, EmptySubscription> {
    schema
        .limit_depth(DEPTH)
        .limit_complexity(COMPLEXITY)
        .limit_directives(DIRECTIVES)
        .register_output_type::<words::ErrorCode>()
}
