//! The clock, and in a rehearsal the hand on it.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use jiebang_platform::{App, rehearsal};

use super::context::asking;
use super::error::Answer;
use super::scalars::DateTime;

/// What the server takes to be now.
#[derive(SimpleObject)]
pub struct Clock {
    now: DateTime,
    /// Whether this is a rehearsal (演练), where the clock can be moved.
    rehearsal: bool,
}

impl Clock {
    fn of(app: &App) -> Self {
        Self { now: app.clock.now().into(), rehearsal: app.settings.rehearsal }
    }
}

#[derive(Default)]
pub struct ClockQuery;

#[Object]
impl ClockQuery {
    /// What the server takes to be now; movable only in a rehearsal.
    async fn clock(&self, ctx: &Context<'_>) -> Clock {
        Clock::of(asking(ctx).app())
    }
}

#[derive(InputObject)]
struct SetClockInput {
    /// Later than now.
    now: DateTime,
}

#[derive(SimpleObject)]
struct SetClockPayload {
    clock: Clock,
}

#[derive(Default)]
pub struct RehearsalMutation;

#[Object]
impl RehearsalMutation {
    /// Rehearsal only, forward only. What falls due in between happens, in order.
    async fn set_clock(&self, ctx: &Context<'_>, input: SetClockInput) -> Answer<SetClockPayload> {
        let asking = asking(ctx);
        let new = rehearsal::SetClock { now: input.now.0 };
        rehearsal::set_clock(asking.app(), &asking.viewer()?, new).await?;
        Ok(SetClockPayload { clock: Clock::of(asking.app()) })
    }
}
