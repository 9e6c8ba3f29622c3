//! The course of a challenge as people bend it: it stands still, goes on, fails, or ends before its time.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::challenges::suspend::{self, SuspendChallenge};
use jiebang_platform::projects::{self, FailChallenge, ResumeChallenge, TerminateChallenge};

use super::challenge::Challenge;
use super::context::asking;
use super::error::Answer;

#[derive(InputObject)]
struct SuspendChallengeInput {
    challenge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ResumeChallengeInput {
    challenge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct FailChallengeInput {
    challenge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct TerminateChallengeInput {
    challenge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct SuspendChallengePayload {
    challenge: Challenge,
}

#[derive(SimpleObject)]
struct ResumeChallengePayload {
    challenge: Challenge,
}

#[derive(SimpleObject)]
struct FailChallengePayload {
    challenge: Challenge,
}

#[derive(SimpleObject)]
struct TerminateChallengePayload {
    challenge: Challenge,
    /// Whether it has ended: another organizer had said so before.
    terminated: bool,
}

#[derive(Default)]
pub struct CourseMutation;

#[Object]
impl CourseMutation {
    /// SUPERVISOR or ORGANIZER has a challenge stand still where it is (暂停), from the publication to the end. While it is open, the time
    /// that it loses is given back.
    async fn suspend_challenge(
        &self,
        ctx: &Context<'_>,
        input: SuspendChallengeInput,
    ) -> Answer<SuspendChallengePayload> {
        let asking = asking(ctx);
        let new = SuspendChallenge {
            challenge_id: input.challenge_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = suspend::suspend(asking.app(), &asking.viewer()?, new).await?;
        Ok(SuspendChallengePayload { challenge: Challenge::named(asking, done.challenge).await? })
    }

    /// SUPERVISOR, or ORGANIZER where an organizer ordered it, lets a challenge go on from where it was (恢复).
    async fn resume_challenge(&self, ctx: &Context<'_>, input: ResumeChallengeInput) -> Answer<ResumeChallengePayload> {
        let asking = asking(ctx);
        let new = ResumeChallenge {
            challenge_id: input.challenge_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = projects::resume(asking.app(), &asking.viewer()?, new).await?;
        Ok(ResumeChallengePayload { challenge: Challenge::named(asking, done.challenge).await? })
    }

    /// ORGANIZER says that nobody is found (流标), from the deadline to the notice. Where others have won already, they go on.
    async fn fail_challenge(&self, ctx: &Context<'_>, input: FailChallengeInput) -> Answer<FailChallengePayload> {
        let asking = asking(ctx);
        let new = FailChallenge {
            challenge_id: input.challenge_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = projects::fail(asking.app(), &asking.viewer()?, new).await?;
        Ok(FailChallengePayload { challenge: Challenge::named(asking, done.challenge).await? })
    }

    /// ORGANIZER ends what was awarded before its time (终止); it takes two. The projects under way end with it.
    async fn terminate_challenge(
        &self,
        ctx: &Context<'_>,
        input: TerminateChallengeInput,
    ) -> Answer<TerminateChallengePayload> {
        let asking = asking(ctx);
        let new = TerminateChallenge {
            challenge_id: input.challenge_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = projects::terminate(asking.app(), &asking.viewer()?, new).await?;
        let challenge = Challenge::named(asking, done.challenge).await?;
        Ok(TerminateChallengePayload { challenge, terminated: done.terminated })
    }
}
