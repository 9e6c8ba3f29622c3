//! Notices (公示): what is proposed to everybody; and what is said of it: talks before, objections and rulings behind it.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::awards::read::{self, NoticeView, ObjectionView};
use jiebang_platform::awards::{
    self, NewRemedy, PublishNotice, RaiseObjection, RecordNegotiation, ResolveObjection, VoidNotice,
};
use jiebang_platform::base::id::{BidId, ChallengeId, NoticeId, ObjectionId};
use jiebang_platform::base::{Error, Page};
use jiebang_platform::bids::read::BidView;
use jiebang_platform::challenges::read::ChallengeView;

use super::bid::{Bid, Upload};
use super::challenge::Challenge;
use super::context::{Asking, asking};
use super::error::Answer;
use super::evidence;
use super::loaders::{Failed, batches, pages};
use super::negotiation::OfferInput;
use super::objection::Objection;
use super::page::{self, Connection, Total};
use super::scalars::DateTime;
use super::words::Remedy;

/// A public notice (公示) of proposed winners, for working days of the real calendar.
pub struct Notice(NoticeView);

#[Object]
impl Notice {
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn challenge(&self, ctx: &Context<'_>) -> Answer<Challenge> {
        Challenge::named(asking(ctx), self.0.challenge).await
    }

    async fn starts_at(&self) -> DateTime {
        self.0.starts_at.into()
    }

    /// At this instant it is over.
    async fn ends_at(&self) -> DateTime {
        self.0.ends_at.into()
    }

    /// Whether its period is over, by the platform's clock.
    async fn over(&self, ctx: &Context<'_>) -> bool {
        asking(ctx).app().clock.now() >= self.0.ends_at
    }

    /// Where it is printed for people, at this server, without signing in.
    async fn page(&self) -> String {
        format!("/notices/{}", self.0.id)
    }

    /// When it was taken back, because an objection or a complaint was upheld, or a winner is fit no more: it proposes nobody any more.
    async fn voided_at(&self) -> Option<DateTime> {
        self.0.voided_at.map(DateTime::from)
    }

    /// Why it counts no more.
    async fn voided_because(&self) -> Option<&str> {
        self.0.voided_because.as_deref()
    }

    /// In the order in which the notice names them; of a void notice those that the viewer may know of.
    async fn winners(&self, ctx: &Context<'_>) -> Answer<Vec<Bid>> {
        let asking = asking(ctx);
        let winners = asking.loaders().load_one(WinnersOf(self.0.id)).await?;
        Bid::all_known(asking, &winners.unwrap_or_default()).await
    }

    /// The evidence that the viewer's organization has begun beside it and not handed in, in that order. What has not come whole within
    /// seven days is forgotten, and what is not named by an objection or a complaint within sixty.
    async fn uploads(&self, ctx: &Context<'_>) -> Answer<Vec<Upload>> {
        evidence::uploads(asking(ctx), self.0.id).await
    }

    /// Oldest first: all for organizers and supervisors, a bidder's own for itself, none for others.
    async fn objections(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Objection>> {
        let (loaders, id) = (asking(ctx).loaders(), self.0.id);
        let request = page::request(first, after.as_deref())?;
        let found = loaders.load_one(ObjectionsOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty);
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move { Ok::<_, Failed>(loaders.load_one(ObjectionCount(id)).await?.unwrap_or(0)) }
        });
        Ok(page::connection(found, total, Objection::from))
    }
}

impl Notice {
    /// A notice is everybody's.
    pub async fn find(asking: &Asking, id: NoticeId) -> Answer<Option<Self>> {
        asking.viewer()?;
        Ok(read::by_ids(asking.app().db.read(), &[id]).await?.pop().map(Self))
    }
}

/// The notice of a challenge.
pub struct ChallengeNotice(pub(super) Arc<ChallengeView>);

#[Object]
impl ChallengeNotice {
    /// The one that holds: the latest, unless an objection to it was upheld.
    async fn notice(&self, ctx: &Context<'_>) -> Answer<Option<Notice>> {
        Ok(notice_of(asking(ctx), self.0.id).await?.map(Notice))
    }
}

/// The notice of a challenge that holds.
pub async fn notice_of(asking: &Asking, id: ChallengeId) -> Answer<Option<NoticeView>> {
    Ok(asking.loaders().load_one(NoticeOf(id)).await?)
}

/// The mutations of notices that would be accepted from the viewer on a challenge now.
pub async fn challenge_actions(asking: &Asking, challenge: &ChallengeView) -> Answer<Vec<&'static str>> {
    let (viewer, now) = (asking.viewer()?, asking.app().clock.now());
    let notice = notice_of(asking, challenge.id).await?;
    let bids_there = asking.loaders().load_one(BidsThere(challenge.id)).await?.is_some();
    let objections = match &notice {
        Some(notice) => asking.loaders().load_one(ObjectionsWait(notice.id)).await?.is_some(),
        None => false,
    };
    Ok(read::challenge_actions(&viewer, &challenge.facts, notice.as_ref(), bids_there, objections, now))
}

/// The mutations of this noun that would be accepted from the viewer on a bid now.
pub fn bid_actions(asking: &Asking, bid: &BidView) -> Answer<Vec<&'static str>> {
    Ok(read::bid_actions(&asking.viewer()?, bid))
}

#[derive(InputObject)]
struct RecordNegotiationInput {
    bid_id: ID,
    topic: String,
    minutes: String,
    agreed: bool,
    /// When it was held; now when not given.
    held_at: Option<DateTime>,
    /// Who was there, by name and part.
    #[graphql(default)]
    people: Vec<String>,
    /// Needed where as many candidates as may win stand before this one.
    reason: Option<String>,
    /// What was offered; it binds where the round ended agreed.
    offer: Option<OfferInput>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct PublishNoticeInput {
    challenge_id: ID,
    winner_bid_ids: Vec<ID>,
    /// Needed where a better-ranked candidate is passed over.
    reason: Option<String>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct VoidNoticeInput {
    challenge_id: ID,
    reason: String,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct RaiseObjectionInput {
    notice_id: ID,
    grounds: String,
    requested_remedy: Option<String>,
    /// Evidence, uploaded beside the notice: 20 files at most.
    attachment_ids: Option<Vec<ID>>,
    idempotency_key: Option<String>,
}

#[derive(InputObject)]
struct ResolveObjectionInput {
    objection_id: ID,
    upheld: bool,
    ruling: String,
    /// What is ordered beside a new notice, where it is upheld.
    remedy: Option<Remedy>,
    /// With DISQUALIFY: which bid.
    bid_id: Option<ID>,
    idempotency_key: Option<String>,
}

#[derive(SimpleObject)]
struct RecordNegotiationPayload {
    bid: Bid,
}

#[derive(SimpleObject)]
struct PublishNoticePayload {
    notice: Notice,
}

#[derive(SimpleObject)]
struct VoidNoticePayload {
    notice: Notice,
}

#[derive(SimpleObject)]
struct RaiseObjectionPayload {
    objection: Objection,
}

#[derive(SimpleObject)]
struct ResolveObjectionPayload {
    objection: Objection,
}

async fn objection(asking: &Asking, id: ObjectionId) -> Answer<Objection> {
    Ok(Objection::find(asking, id).await?.ok_or(Error::Hidden)?)
}

#[derive(Default)]
pub struct AwardMutation;

#[Object]
impl AwardMutation {
    /// ORGANIZER records a round of talks with a candidate (对接洽谈), once the review is closed.
    async fn record_negotiation(
        &self,
        ctx: &Context<'_>,
        input: RecordNegotiationInput,
    ) -> Answer<RecordNegotiationPayload> {
        let asking = asking(ctx);
        let new = RecordNegotiation {
            bid_id: input.bid_id.0,
            topic: input.topic,
            minutes: input.minutes,
            agreed: input.agreed,
            held_at: input.held_at.map(|at| at.0),
            people: input.people,
            reason: input.reason,
            offer: input.offer.map(Into::into),
            idempotency_key: input.idempotency_key,
        };
        let done = awards::record_negotiation(asking.app(), &asking.viewer()?, new).await?;
        Ok(RecordNegotiationPayload { bid: Bid::named(asking, done.bid).await? })
    }

    /// ORGANIZER proposes the winners to everybody; the draw of the panel can be run again by anybody from here on.
    async fn publish_notice(&self, ctx: &Context<'_>, input: PublishNoticeInput) -> Answer<PublishNoticePayload> {
        let asking = asking(ctx);
        let new = PublishNotice {
            challenge_id: input.challenge_id.0,
            winner_bid_ids: input.winner_bid_ids.into_iter().map(|id| id.0).collect(),
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = awards::publish_notice(asking.app(), &asking.viewer()?, new).await?;
        Ok(PublishNoticePayload { notice: Notice::find(asking, done.notice).await?.ok_or(Error::Hidden)? })
    }

    /// ORGANIZER takes a notice back while something stands against one of its winners by the law; others are proposed in a new one.
    async fn void_notice(&self, ctx: &Context<'_>, input: VoidNoticeInput) -> Answer<VoidNoticePayload> {
        let asking = asking(ctx);
        let new = VoidNotice {
            challenge_id: input.challenge_id.0,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        let done = awards::void_notice(asking.app(), &asking.viewer()?, new).await?;
        Ok(VoidNoticePayload { notice: Notice::find(asking, done.notice).await?.ok_or(Error::Hidden)? })
    }

    /// A bidder of that challenge objects, until the notice is over; the challenge is suspended.
    async fn raise_objection(&self, ctx: &Context<'_>, input: RaiseObjectionInput) -> Answer<RaiseObjectionPayload> {
        let asking = asking(ctx);
        let new = RaiseObjection {
            notice_id: input.notice_id.0,
            grounds: input.grounds,
            requested_remedy: input.requested_remedy,
            attachment_ids: evidence::named(input.attachment_ids),
            idempotency_key: input.idempotency_key,
        };
        let done = awards::raise_objection(asking.app(), &asking.viewer()?, new).await?;
        Ok(RaiseObjectionPayload { objection: objection(asking, done.objection).await? })
    }

    /// SUPERVISOR, or an ORGANIZER who took no part before, rules on an objection. With the last ruling the notice goes on, or is
    /// void.
    async fn resolve_objection(
        &self,
        ctx: &Context<'_>,
        input: ResolveObjectionInput,
    ) -> Answer<ResolveObjectionPayload> {
        let asking = asking(ctx);
        let new = ResolveObjection {
            objection_id: input.objection_id.0,
            upheld: input.upheld,
            ruling: input.ruling,
            remedy: NewRemedy { remedy: input.remedy.map(Into::into), bid_id: input.bid_id.map(|id| id.0) },
            idempotency_key: input.idempotency_key,
        };
        let done = awards::resolve_objection(asking.app(), &asking.viewer()?, new).await?;
        Ok(ResolveObjectionPayload { objection: objection(asking, done.objection).await? })
    }
}

batches! {
    NoticeOf(ChallengeId) -> NoticeView = |batch, ids| read::of_challenges(batch.app.db.read(), &ids).await,
    WinnersOf(NoticeId) -> Vec<BidId> = |batch, ids| read::winners(batch.app.db.read(), &ids).await,
    ObjectionCount(NoticeId) -> u64 =
        |batch, ids| read::objection_counts(batch.app.db.read(), &batch.viewer, &ids).await,
    ObjectionsWait(NoticeId) -> () = |batch, ids| {
        let found = read::objected_to(batch.app.db.read(), &ids).await?;
        Ok::<_, Error>(found.into_iter().map(|id| (id, ())).collect::<HashMap<_, _>>())
    },
    BidsThere(ChallengeId) -> () = |batch, ids| {
        let found = read::bids_there(batch.app.db.read(), &batch.viewer, &ids).await?;
        Ok::<_, Error>(found.into_iter().map(|id| (id, ())).collect::<HashMap<_, _>>())
    },
}

pages! {
    ObjectionsOf(NoticeId) -> ObjectionView =
        |batch, ids, request| read::objections(batch.app.db.read(), &batch.viewer, &ids, &request).await,
}
