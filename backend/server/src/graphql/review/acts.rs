//! What is done in a review: inputs, and the verbs they are read for.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::reviews::{self, NewMark, read};

use super::{Panel, RankedBid, ScoreSheet};
use crate::graphql::bid::Bid;
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

/// No mark is given, and none is counted as zero. A conflict of interests is declared instead: it takes the judge out of the challenge.
#[derive(InputObject)]
struct AbstainFromBidInput {
    bid_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ReopenScoreSheetInput {
    bid_id: ID,
    /// The seat's id.
    judge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct BeginConsensusInput {
    challenge_id: ID,
    idempotency_key: Option<String>,
}

/// Every criterion is marked that no formula gives; what is handed in again takes the place of what was.
#[derive(InputObject)]
struct SubmitConsensusSheetInput {
    bid_id: ID,
    marks: Vec<MarkInput>,
    /// How the panel came to it.
    comment: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ExplainDeviationInput {
    sheet_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct SignReviewInput {
    challenge_id: ID,
    /// What the judge says against the result; none: it agrees.
    dissent: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct DisqualifyBidInput {
    bid_id: ID,
    reason: String,
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
struct AbstainFromBidPayload {
    sheet: ScoreSheet,
}

#[derive(SimpleObject)]
struct ReopenScoreSheetPayload {
    panel: Panel,
}

#[derive(SimpleObject)]
struct BeginConsensusPayload {
    panel: Panel,
}

#[derive(SimpleObject)]
struct SubmitConsensusSheetPayload {
    bid: Bid,
}

#[derive(SimpleObject)]
struct ExplainDeviationPayload {
    sheet: ScoreSheet,
}

#[derive(SimpleObject)]
struct SignReviewPayload {
    challenge: Challenge,
}

#[derive(SimpleObject)]
struct DisqualifyBidPayload {
    bid: Bid,
    /// Whether it has fallen: another organizer had found it unfit before.
    disqualified: bool,
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

    /// JUDGE who has declared hands a sheet in, every criterion marked; it is final, unless an organizer opens it again.
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

    /// JUDGE who has declared and cannot judge a bid says why: the sheet is handed in without marks.
    async fn abstain_from_bid(&self, ctx: &Context<'_>, input: AbstainFromBidInput) -> Answer<AbstainFromBidPayload> {
        let asking = asking(ctx);
        let new =
            reviews::Abstain { bid_id: input.bid_id.0, reason: input.reason, idempotency_key: input.idempotency_key };
        let written = reviews::abstain(asking.app(), &asking.viewer()?, new).await?;
        Ok(AbstainFromBidPayload { sheet: sheet(asking, written).await? })
    }

    /// ORGANIZER, with a reason: a sheet that was handed in is its judge's again, until the panel talks or the review is closed.
    async fn reopen_score_sheet(
        &self,
        ctx: &Context<'_>,
        input: ReopenScoreSheetInput,
    ) -> Answer<ReopenScoreSheetPayload> {
        let asking = asking(ctx);
        let new = reviews::ReopenScoreSheet {
            bid_id: input.bid_id.0,
            judge_id: input.judge_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = reviews::reopen_score_sheet(asking.app(), &asking.viewer()?, new).await?;
        Ok(ReopenScoreSheetPayload { panel: Panel::of(asking, done.challenge).await? })
    }

    /// ORGANIZER, all sheets in, where the notice said that the panel talks: the chair is drawn, and who sits reads what the others gave.
    async fn begin_consensus(&self, ctx: &Context<'_>, input: BeginConsensusInput) -> Answer<BeginConsensusPayload> {
        let asking = asking(ctx);
        let new =
            reviews::BeginConsensus { challenge_id: input.challenge_id.0, idempotency_key: input.idempotency_key };
        let done = reviews::begin_consensus(asking.app(), &asking.viewer()?, new).await?;
        Ok(BeginConsensusPayload { panel: Panel::of(asking, done.challenge).await? })
    }

    /// JUDGE who leads the consensus round writes down what the panel agreed on for a bid.
    async fn submit_consensus_sheet(
        &self,
        ctx: &Context<'_>,
        input: SubmitConsensusSheetInput,
    ) -> Answer<SubmitConsensusSheetPayload> {
        let asking = asking(ctx);
        let new = reviews::SubmitConsensusSheet {
            bid_id: input.bid_id.0,
            marks: marks(input.marks),
            comment: input.comment,
            idempotency_key: input.idempotency_key,
        };
        let done = reviews::submit_consensus_sheet(asking.app(), &asking.viewer()?, new).await?;
        Ok(SubmitConsensusSheetPayload { bid: Bid::named(asking, done.bid).await? })
    }

    /// JUDGE, review closed, until the notice: why the total of an own sheet lies far from the panel's median. It moves no score.
    async fn explain_deviation(
        &self,
        ctx: &Context<'_>,
        input: ExplainDeviationInput,
    ) -> Answer<ExplainDeviationPayload> {
        let asking = asking(ctx);
        let new = reviews::ExplainDeviation {
            sheet_id: input.sheet_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let written = reviews::explain_deviation(asking.app(), &asking.viewer()?, new).await?;
        Ok(ExplainDeviationPayload { sheet: sheet(asking, written).await? })
    }

    /// JUDGE who sits, review closed, until the notice: signs it, with a dissent if there is one.
    async fn sign_review(&self, ctx: &Context<'_>, input: SignReviewInput) -> Answer<SignReviewPayload> {
        let asking = asking(ctx);
        let new = reviews::SignReview {
            challenge_id: input.challenge_id.0,
            dissent: input.dissent,
            idempotency_key: input.idempotency_key,
        };
        let done = reviews::sign_review(asking.app(), &asking.viewer()?, new).await?;
        Ok(SignReviewPayload { challenge: Challenge::named(asking, done.challenge).await? })
    }

    /// ORGANIZER finds a bid unfit behind its formal check, until it is proposed; it falls when another one does too. Behind a closed review
    /// the others are ranked anew; where none is left that could win, the challenge has failed.
    async fn disqualify_bid(&self, ctx: &Context<'_>, input: DisqualifyBidInput) -> Answer<DisqualifyBidPayload> {
        let asking = asking(ctx);
        let new = reviews::Disqualify {
            bid_id: input.bid_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = reviews::disqualify(asking.app(), &asking.viewer()?, new).await?;
        Ok(DisqualifyBidPayload { bid: Bid::named(asking, done.bid).await?, disqualified: done.disqualified })
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
