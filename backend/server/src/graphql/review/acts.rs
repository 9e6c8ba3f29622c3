//! What is done in a review: inputs, and the verbs they are read for.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::reviews::{self, NewMark, read};

use super::{Panel, RankedBid, ScoreSheet};
use crate::graphql::challenge::Challenge;
use crate::graphql::context::{Asking, asking};
use crate::graphql::error::Answer;
use crate::graphql::scalars::Decimal;

#[derive(InputObject)]
struct DrawPanelInput {
    challenge_id: ID,
    idempotency_key: Option<String>,
}

/// A conflict is with parties of the challenge, or has a reason.
#[derive(InputObject)]
struct DeclareInterestInput {
    challenge_id: ID,
    conflict_free: bool,
    conflict_with: Option<Vec<ID>>,
    reason: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ReplaceJudgeInput {
    challenge_id: ID,
    /// The seat's id.
    judge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct MarkInput {
    criterion_id: ID,
    /// 0 … 100, at most two places.
    score: Decimal,
    reason: Option<String>,
}

impl From<MarkInput> for NewMark {
    fn from(given: MarkInput) -> Self {
        Self { criterion_id: given.criterion_id.0, score: given.score.0, reason: given.reason }
    }
}

/// Marks are added to those kept before; one given again replaces its mark.
#[derive(InputObject)]
struct SaveScoreSheetInput {
    bid_id: ID,
    marks: Vec<MarkInput>,
    comment: Option<String>,
    idempotency_key: Option<String>,
}

/// Marks are added to those kept before; every criterion has to be marked then.
#[derive(InputObject)]
struct SubmitScoreSheetInput {
    bid_id: ID,
    marks: Option<Vec<MarkInput>>,
    comment: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct CloseReviewInput {
    challenge_id: ID,
    idempotency_key: Option<String>,
}

/// The panel as the organizer sees it: no names until the judges declare.
#[derive(SimpleObject)]
struct DrawPanelPayload {
    panel: Panel,
}

#[derive(SimpleObject)]
struct DeclareInterestPayload {
    challenge: Challenge,
    /// Whether the judge is out of the challenge.
    recused: bool,
}

#[derive(SimpleObject)]
struct ReplaceJudgePayload {
    panel: Panel,
}

#[derive(SimpleObject)]
struct SaveScoreSheetPayload {
    sheet: ScoreSheet,
}

#[derive(SimpleObject)]
struct SubmitScoreSheetPayload {
    sheet: ScoreSheet,
}

#[derive(SimpleObject)]
struct CloseReviewPayload {
    challenge: Challenge,
    ranking: Vec<RankedBid>,
}

fn marks(given: Vec<MarkInput>) -> Vec<NewMark> {
    given.into_iter().map(NewMark::from).collect()
}

async fn sheet(asking: &Asking, written: reviews::Written) -> Answer<ScoreSheet> {
    ScoreSheet::own(asking, written.sheet).await
}

#[derive(Default)]
pub struct ReviewMutation;

#[Object]
impl ReviewMutation {
    /// ORGANIZER, every bid checked: the panel is drawn by lot, with the seed committed to at publication.
    async fn draw_panel(&self, ctx: &Context<'_>, input: DrawPanelInput) -> Answer<DrawPanelPayload> {
        let asking = asking(ctx);
        let new = reviews::DrawPanel { challenge_id: input.challenge_id.0, idempotency_key: input.idempotency_key };
        let done = reviews::draw_panel(asking.app(), &asking.viewer()?, new).await?;
        Ok(DrawPanelPayload { panel: Panel::of(asking, done.challenge).await? })
    }

    /// JUDGE drawn, once, before any content is visible; with a conflict the judge is out of the whole challenge.
    async fn declare_interest(&self, ctx: &Context<'_>, input: DeclareInterestInput) -> Answer<DeclareInterestPayload> {
        let asking = asking(ctx);
        let conflict_with = input.conflict_with.unwrap_or_default();
        let new = reviews::DeclareInterest {
            challenge_id: input.challenge_id.0,
            conflict_free: input.conflict_free,
            conflict_with: conflict_with.into_iter().map(|id| id.0).collect(),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = reviews::declare_interest(asking.app(), &asking.viewer()?, new).await?;
        let challenge = Challenge::named(asking, done.challenge).await?;
        Ok(DeclareInterestPayload { challenge, recused: done.recused })
    }

    /// ORGANIZER: the next reserve takes the seat; what the replaced judge wrote is void.
    async fn replace_judge(&self, ctx: &Context<'_>, input: ReplaceJudgeInput) -> Answer<ReplaceJudgePayload> {
        let asking = asking(ctx);
        let new = reviews::ReplaceJudge {
            challenge_id: input.challenge_id.0,
            judge_id: input.judge_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = reviews::replace_judge(asking.app(), &asking.viewer()?, new).await?;
        Ok(ReplaceJudgePayload { panel: Panel::of(asking, done.challenge).await? })
    }

    /// JUDGE who has declared keeps marks for a bid; not all have to be there yet.
    async fn save_score_sheet(&self, ctx: &Context<'_>, input: SaveScoreSheetInput) -> Answer<SaveScoreSheetPayload> {
        let asking = asking(ctx);
        let new = reviews::SaveScoreSheet {
            bid_id: input.bid_id.0,
            marks: marks(input.marks),
            comment: input.comment,
            idempotency_key: input.idempotency_key,
        };
        let written = reviews::save_score_sheet(asking.app(), &asking.viewer()?, new).await?;
        Ok(SaveScoreSheetPayload { sheet: sheet(asking, written).await? })
    }

    /// JUDGE who has declared hands a sheet in, every criterion marked; it is final.
    async fn submit_score_sheet(
        &self,
        ctx: &Context<'_>,
        input: SubmitScoreSheetInput,
    ) -> Answer<SubmitScoreSheetPayload> {
        let asking = asking(ctx);
        let new = reviews::SubmitScoreSheet {
            bid_id: input.bid_id.0,
            marks: input.marks.map(marks),
            comment: input.comment,
            idempotency_key: input.idempotency_key,
        };
        let written = reviews::submit_score_sheet(asking.app(), &asking.viewer()?, new).await?;
        Ok(SubmitScoreSheetPayload { sheet: sheet(asking, written).await? })
    }

    /// ORGANIZER, all sheets in: the bids are ranked and short-listed; where none passes, the challenge has failed.
    async fn close_review(&self, ctx: &Context<'_>, input: CloseReviewInput) -> Answer<CloseReviewPayload> {
        let asking = asking(ctx);
        let (app, viewer) = (asking.app(), asking.viewer()?);
        let new = reviews::CloseReview { challenge_id: input.challenge_id.0, idempotency_key: input.idempotency_key };
        let done = reviews::close_review(app, &viewer, new).await?;
        let ranking = read::whole_ranking(app.db.read(), &viewer, &[], done.challenge).await?;
        let challenge = Challenge::named(asking, done.challenge).await?;
        Ok(CloseReviewPayload { challenge, ranking: ranking.into_iter().map(RankedBid).collect() })
    }
}
