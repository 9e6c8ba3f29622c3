//! What can be done to a bid up to its formal check: inputs, and the verbs they are read for.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::base::id::BidId;
use jiebang_platform::base::{Error, faults};
use jiebang_platform::bids::solution::{NewCommitment, NewSolution};
use jiebang_platform::bids::{
    self, check, confirm, consent, correct, draft, open, read, read_sealed, request_correction, revise, submit,
    withdraw,
};

use super::{Bid, ConsortiumRequest, Receipt, Solution, Stage};
use crate::graphql::challenge::Challenge;
use crate::graphql::context::{Asking, asking};
use crate::graphql::error::Answer;
use crate::graphql::scalars::{DateTime, Decimal, Fen};
use crate::graphql::words::FormalField;

#[derive(InputObject)]
struct CommitmentInput {
    indicator_id: ID,
    value: Decimal,
    note: Option<String>,
}

#[derive(InputObject)]
struct SolutionInput {
    title: Option<String>,
    summary: Option<String>,
    technical_approach: Option<String>,
    implementation_plan: Option<String>,
    team_introduction: Option<String>,
    principal_investigator: Option<String>,
    requested_funding: Option<Fen>,
    readiness_level: Option<i32>,
    commitments: Option<Vec<CommitmentInput>>,
    /// Which of the bid's uploads go with it, in order; what is not named is not handed in. A bid that was handed in has none any more: whoever
    /// revises it brings its files anew.
    attachment_ids: Option<Vec<ID>>,
}

impl From<SolutionInput> for NewSolution {
    fn from(given: SolutionInput) -> Self {
        let commitment = |given: CommitmentInput| NewCommitment {
            indicator_id: given.indicator_id.0,
            value: given.value.0,
            note: given.note,
        };
        Self {
            title: given.title,
            summary: given.summary,
            technical_approach: given.technical_approach,
            implementation_plan: given.implementation_plan,
            team_introduction: given.team_introduction,
            principal_investigator: given.principal_investigator,
            requested_funding: given.requested_funding.map(|funding| funding.0),
            readiness_level: given.readiness_level,
            commitments: given.commitments.map(|given| given.into_iter().map(commitment).collect()),
            attachment_ids: given.attachment_ids.map(texts),
        }
    }
}

fn texts(ids: Vec<ID>) -> Vec<String> {
    ids.into_iter().map(|id| id.0).collect()
}

#[derive(InputObject)]
struct DraftBidInput {
    challenge_id: ID,
    solution: SolutionInput,
    member_ids: Option<Vec<ID>>,
    idempotency_key: Option<String>,
}

/// Replaces the whole solution.
#[derive(InputObject)]
struct ReviseBidInput {
    bid_id: ID,
    solution: SolutionInput,
    member_ids: Option<Vec<ID>>,
    expected_version: Option<i32>,
    idempotency_key: Option<String>,
}

/// `recoveryRecipient`: an age recipient (age1…) of the bidder's own; without one a recovery key is made and shown once.
#[derive(InputObject)]
struct SubmitBidInput {
    bid_id: ID,
    pledge_accepted: bool,
    recovery_recipient: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ReadSealedBidInput {
    bid_id: ID,
    recovery_key: String,
}

#[derive(InputObject)]
struct WithdrawBidInput {
    bid_id: ID,
    reason: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct AnswerConsortiumInput {
    consent_id: ID,
    agreed: bool,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ConfirmBidInput {
    bid_id: ID,
    idempotency_key: Option<String>,
}

/// `share`: this organizer's share of the opening key, decrypted by the officer outside the platform (Challenge.openingShare holds it
/// encrypted); `waitingShare`: the first opener's, likewise; `passphrase`: the platform decrypts them instead, the weaker convenience. In
/// a rehearsal the passphrase is the password. Where the seal's mode is SERVER there are no shares, and a passphrase, if given, is the
/// caller's password.
#[derive(InputObject)]
struct OpenBidsInput {
    challenge_id: ID,
    #[graphql(secret)]
    share: Option<String>,
    #[graphql(secret)]
    waiting_share: Option<String>,
    #[graphql(secret)]
    passphrase: Option<String>,
    /// The organizers' keys are lost.
    escrow: Option<OpenWithEscrowInput>,
    idempotency_key: Option<String>,
}

/// The first approval says why, to everybody; the second one brings the challenge's key, decrypted offline from Seal.escrowed.
#[derive(InputObject)]
struct OpenWithEscrowInput {
    reason: String,
    #[graphql(secret)]
    key: Option<String>,
}

#[derive(InputObject)]
struct FormalCheckItemInput {
    name: String,
    passed: bool,
    /// Needed where it was not passed.
    reason: Option<String>,
}

#[derive(InputObject)]
struct RecordFormalCheckInput {
    bid_id: ID,
    items: Vec<FormalCheckItemInput>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct CorrectionItemInput {
    field: FormalField,
    what: String,
}

#[derive(InputObject)]
struct RequestCorrectionInput {
    bid_id: ID,
    items: Vec<CorrectionItemInput>,
    /// At that instant it is too late: at least as far from now as the rule set says, and thirty days at most.
    due_at: DateTime,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct CorrectionAnswerInput {
    field: FormalField,
    text: String,
}

#[derive(InputObject)]
struct CorrectBidInput {
    bid_id: ID,
    /// One for each field that was asked for, and no other.
    answers: Vec<CorrectionAnswerInput>,
    idempotency_key: Option<String>,
}

macro_rules! payloads {
    ($($name:ident),+ $(,)?) => {$(
        #[derive(SimpleObject)]
        struct $name { bid: Bid }
        impl $name {
            async fn of(asking: &Asking, done: bids::Done) -> Answer<Self> {
                Ok(Self { bid: Bid::named(asking, done.bid).await? })
            }
        }
    )+};
}

payloads!(
    DraftBidPayload,
    ReviseBidPayload,
    WithdrawBidPayload,
    ConfirmBidPayload,
    RecordFormalCheckPayload,
    RequestCorrectionPayload,
    CorrectBidPayload,
);

/// `recoveryKey` is shown once, kept nowhere, null on a repeat: with it the bidder can read its own sealed bid.
#[derive(SimpleObject)]
struct SubmitBidPayload {
    bid: Bid,
    receipt: Receipt,
    recovery_key: Option<String>,
}

#[derive(SimpleObject)]
struct AnswerConsortiumPayload {
    request: ConsortiumRequest,
}

#[derive(SimpleObject)]
struct ReadSealedBidPayload {
    solution: Solution,
    salt: String,
    /// The canonical text (JCS) that the receipt's commitment is over, behind the salt: `jiebang receipt verify` checks it offline.
    content: String,
}

/// Two different organizers must each call it; `opened` is false after the first.
#[derive(SimpleObject)]
struct OpenBidsPayload {
    challenge: Challenge,
    opened: bool,
    approvals: i32,
    /// Bids whose content is not what was committed to.
    broken: Vec<ID>,
}

#[derive(Default)]
pub struct BidMutation;

#[Object]
impl BidMutation {
    /// BIDDER of a verified enterprise begins its bid; it may be incomplete.
    async fn draft_bid(&self, ctx: &Context<'_>, input: DraftBidInput) -> Answer<DraftBidPayload> {
        let asking = asking(ctx);
        let new = draft::DraftBid {
            challenge_id: input.challenge_id.0,
            solution: input.solution.into(),
            member_ids: input.member_ids.map(texts).unwrap_or_default(),
            idempotency_key: input.idempotency_key,
        };
        let done = draft::draft(asking.app(), &asking.viewer()?, new).await?;
        DraftBidPayload::of(asking, done).await
    }

    /// Its bidder replaces the draft; what was handed in stays in force.
    async fn revise_bid(&self, ctx: &Context<'_>, input: ReviseBidInput) -> Answer<ReviseBidPayload> {
        let asking = asking(ctx);
        let new = revise::ReviseBid {
            bid_id: input.bid_id.0,
            solution: input.solution.into(),
            member_ids: input.member_ids.map(texts).unwrap_or_default(),
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let done = revise::revise(asking.app(), &asking.viewer()?, new).await?;
        ReviseBidPayload::of(asking, done).await
    }

    /// Its bidder hands it in, sealed, with the files that the draft names; its other uploads are forgotten. Also replaces what was handed in,
    /// and hands a withdrawn bid in again.
    async fn submit_bid(&self, ctx: &Context<'_>, input: SubmitBidInput) -> Answer<SubmitBidPayload> {
        let asking = asking(ctx);
        let new = submit::SubmitBid {
            bid_id: input.bid_id.0,
            pledge_accepted: input.pledge_accepted,
            recovery_recipient: input.recovery_recipient,
            idempotency_key: input.idempotency_key,
        };
        let done = submit::submit(asking.app(), &asking.viewer()?, new).await?;
        // That call's own, also where the bid has been handed in again since.
        let receipt = match done.receipt {
            None => read::receipt(asking.app().db.read(), done.bid, done.version).await?,
            made => made,
        };
        Ok(SubmitBidPayload {
            bid: Bid::named(asking, done.bid).await?,
            receipt: receipt.ok_or(Error::Hidden)?.into(),
            recovery_key: done.recovery_key,
        })
    }

    /// The bidder reads its own sealed bid; a mutation, so that the key is in no address, cache or log.
    async fn read_sealed_bid(&self, ctx: &Context<'_>, input: ReadSealedBidInput) -> Answer<ReadSealedBidPayload> {
        let asking = asking(ctx);
        let (bid_id, recovery_key) = (input.bid_id.0, input.recovery_key);
        let id: Option<BidId> = bid_id.parse().ok();
        let new = read_sealed::ReadSealedBid { bid_id, recovery_key };
        let read = read_sealed::read_sealed(asking.app(), &asking.viewer()?, new).await?;
        let id = id.map_or_else(|| faults::id("bidId", ""), Ok)?;
        let view = asking.loaders().load_one(id).await?.ok_or(Error::Hidden)?;
        Ok(ReadSealedBidPayload {
            solution: Solution::new(&view, read.solution, Stage::Sealed),
            salt: read.salt,
            content: read.content,
        })
    }

    /// Its bidder takes it back before the deadline.
    async fn withdraw_bid(&self, ctx: &Context<'_>, input: WithdrawBidInput) -> Answer<WithdrawBidPayload> {
        let asking = asking(ctx);
        let (bid_id, idempotency_key) = (input.bid_id.0, input.idempotency_key);
        let new = withdraw::WithdrawBid { bid_id, reason: input.reason, idempotency_key };
        let done = withdraw::withdraw(asking.app(), &asking.viewer()?, new).await?;
        WithdrawBidPayload::of(asking, done).await
    }

    /// BIDDER of a member that a lead names says whether it bids together with it, before the bid is handed in.
    async fn answer_consortium(
        &self,
        ctx: &Context<'_>,
        input: AnswerConsortiumInput,
    ) -> Answer<AnswerConsortiumPayload> {
        let asking = asking(ctx);
        let new = consent::AnswerConsortium {
            consent_id: input.consent_id.0,
            agreed: input.agreed,
            idempotency_key: input.idempotency_key,
        };
        let done = consent::answer(asking.app(), &asking.viewer()?, new).await?;
        Ok(AnswerConsortiumPayload { request: ConsortiumRequest::named(asking, done.consent).await? })
    }

    /// Its bidder lets it stand as it was handed in, behind a material amendment; until then it does not count.
    async fn confirm_bid(&self, ctx: &Context<'_>, input: ConfirmBidInput) -> Answer<ConfirmBidPayload> {
        let asking = asking(ctx);
        let new = confirm::ConfirmBid { bid_id: input.bid_id.0, idempotency_key: input.idempotency_key };
        let done = confirm::confirm(asking.app(), &asking.viewer()?, new).await?;
        ConfirmBidPayload::of(asking, done).await
    }

    /// ORGANIZER approves the opening after the deadline; the second organizer's approval opens.
    async fn open_bids(&self, ctx: &Context<'_>, input: OpenBidsInput) -> Answer<OpenBidsPayload> {
        let asking = asking(ctx);
        let new = open::OpenBids {
            challenge_id: input.challenge_id.0,
            share: input.share,
            waiting_share: input.waiting_share,
            passphrase: input.passphrase,
            escrow: input.escrow.map(|escrow| open::WithEscrow { reason: escrow.reason, key: escrow.key }),
            idempotency_key: input.idempotency_key,
        };
        let done = open::open(asking.app(), &asking.viewer()?, new).await?;
        Ok(OpenBidsPayload {
            challenge: Challenge::named(asking, done.challenge).await?,
            opened: done.opened,
            approvals: i32::try_from(done.approvals).unwrap_or(i32::MAX),
            broken: done.broken.iter().map(|id| id.to_string().into()).collect(),
        })
    }

    /// ORGANIZER records the formal check of an opened bid, once.
    async fn record_formal_check(
        &self,
        ctx: &Context<'_>,
        input: RecordFormalCheckInput,
    ) -> Answer<RecordFormalCheckPayload> {
        let asking = asking(ctx);
        let item =
            |given: FormalCheckItemInput| check::Item { name: given.name, passed: given.passed, reason: given.reason };
        let new = check::RecordFormalCheck {
            bid_id: input.bid_id.0,
            items: input.items.into_iter().map(item).collect(),
            idempotency_key: input.idempotency_key,
        };
        let done = check::check(asking.app(), &asking.viewer()?, new).await?;
        RecordFormalCheckPayload::of(asking, done).await
    }

    /// ORGANIZER asks a bidder to correct the form of its opened bid, of which another organizer has found a defect, once; until then, or until the time is over, nobody decides on it.
    async fn request_correction(
        &self,
        ctx: &Context<'_>,
        input: RequestCorrectionInput,
    ) -> Answer<RequestCorrectionPayload> {
        let asking = asking(ctx);
        let item =
            |given: CorrectionItemInput| request_correction::Asked { field: given.field.into(), what: given.what };
        let new = request_correction::RequestCorrection {
            bid_id: input.bid_id.0,
            items: input.items.into_iter().map(item).collect(),
            due_at: input.due_at.0,
            idempotency_key: input.idempotency_key,
        };
        let done = request_correction::request_correction(asking.app(), &asking.viewer()?, new).await?;
        RequestCorrectionPayload::of(asking, done).await
    }

    /// BIDDER corrects the form of its bid in what it was asked, once, until the time is over.
    async fn correct_bid(&self, ctx: &Context<'_>, input: CorrectBidInput) -> Answer<CorrectBidPayload> {
        let asking = asking(ctx);
        let answer = |given: CorrectionAnswerInput| correct::Corrected { field: given.field.into(), text: given.text };
        let new = correct::CorrectBid {
            bid_id: input.bid_id.0,
            answers: input.answers.into_iter().map(answer).collect(),
            idempotency_key: input.idempotency_key,
        };
        let done = correct::correct(asking.app(), &asking.viewer()?, new).await?;
        CorrectBidPayload::of(asking, done).await
    }
}
