//! Talks (对接洽谈) with candidates: what was said, and what was offered.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jiebang_platform::access::awards as policy;
use jiebang_platform::awards::ledger::{NewOffer, NewValue, Offer};
use jiebang_platform::awards::read::{self, NegotiationView};
use jiebang_platform::base::id::BidId;
use jiebang_platform::base::{Decimal as Exact, Page};
use jiebang_platform::bids::read::BidView;
use jiebang_platform::challenges::read::IndicatorView;

use super::challenge::{Indicator, IndicatorsOf};
use super::context::asking;
use super::error::Answer;
use super::loaders::{Failed, batches, pages};
use super::page::{self, Connection, Total};
use super::scalars::{DateTime, Decimal, Fen};

/// A value for one indicator: what is offered or agreed.
#[derive(SimpleObject)]
pub struct IndicatorValue {
    indicator: Indicator,
    value: Decimal,
}

impl IndicatorValue {
    pub fn of(known: &[IndicatorView], id: jiebang_platform::base::id::IndicatorId, value: Exact) -> Option<Self> {
        let indicator = known.iter().find(|one| one.id == id)?.clone();
        Some(Self { indicator: indicator.into(), value: value.into() })
    }
}

/// What a candidate has offered in a talk: no weaker, dearer or later than notice and bid.
#[derive(SimpleObject)]
pub struct NegotiatedOffer {
    /// 分; null: as it binds already. The same holds for all that is null or not named.
    funding: Option<Fen>,
    duration_months: Option<i32>,
    indicators: Vec<IndicatorValue>,
    /// What else was talked over: milestones, site and data, who owns what.
    text: Option<String>,
}

/// A round of talks with a candidate.
pub struct Negotiation {
    view: NegotiationView,
    of: Arc<BidView>,
}

#[Object]
impl Negotiation {
    async fn id(&self) -> ID {
        self.view.id.to_string().into()
    }

    async fn topic(&self) -> &str {
        &self.view.topic
    }

    async fn minutes(&self) -> &str {
        &self.view.minutes
    }

    async fn agreed(&self) -> bool {
        self.view.agreed
    }

    async fn held_at(&self) -> DateTime {
        self.view.held_at.into()
    }

    async fn recorded_at(&self) -> DateTime {
        self.view.recorded_at.into()
    }

    /// Who was there, by name and part.
    async fn people(&self) -> &[String] {
        &self.view.people
    }

    /// Why better-ranked candidates were passed over.
    async fn reason(&self) -> Option<&str> {
        self.view.reason.as_deref()
    }

    /// What was offered; it binds where the round ended agreed.
    async fn offer(&self, ctx: &Context<'_>) -> Answer<Option<NegotiatedOffer>> {
        let Some(Offer { funding, duration_months, indicators, text }) = self.view.offer.clone() else {
            return Ok(None);
        };
        let known = asking(ctx).loaders().load_one(IndicatorsOf(self.of.challenge)).await?.unwrap_or_default();
        let value =
            |one: &jiebang_platform::awards::ledger::Value| IndicatorValue::of(&known, one.indicator, one.value);
        Ok(Some(NegotiatedOffer {
            funding: funding.map(Fen::from),
            duration_months,
            indicators: indicators.iter().filter_map(value).collect(),
            text,
        }))
    }
}

/// The talks over a bid.
pub struct BidTalks(pub(super) Arc<BidView>);

#[Object]
impl BidTalks {
    /// Oldest first; for its bidder, organizers, supervisors and the department, none for others.
    async fn negotiations(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Answer<Connection<Negotiation>> {
        let (loaders, id, of) = (asking(ctx).loaders(), self.0.id, self.0.clone());
        let request = page::request(first, after.as_deref())?;
        let sees = policy::sees_talks(self.0.standing);
        let found = match sees {
            true => loaders.load_one(TalksOf(id, request)).await?.transpose()?.unwrap_or_else(Page::empty),
            false => Page::empty(),
        };
        let total = Total::new(move || {
            let loaders = loaders.clone();
            async move {
                let counted = if sees { loaders.load_one(TalkCount(id)).await? } else { None };
                Ok::<_, Failed>(counted.unwrap_or(0))
            }
        });
        Ok(page::connection(found, total, move |view| Negotiation { view, of: of.clone() }))
    }
}

/// A value for one indicator.
#[derive(InputObject)]
pub struct IndicatorValueInput {
    indicator_id: ID,
    value: Decimal,
}

/// What is offered or agreed; what is not given stays as it binds already. Nothing is weaker, dearer or later than that.
#[derive(InputObject)]
pub struct OfferInput {
    /// 分.
    funding: Option<Fen>,
    duration_months: Option<i32>,
    #[graphql(default)]
    indicators: Vec<IndicatorValueInput>,
    /// What else is talked over: milestones, site and data, who owns what.
    text: Option<String>,
}

impl From<OfferInput> for NewOffer {
    fn from(given: OfferInput) -> Self {
        let value = |one: IndicatorValueInput| NewValue { indicator_id: one.indicator_id.0, value: one.value.0 };
        Self {
            funding: given.funding.map(|money| money.0),
            duration_months: given.duration_months,
            indicators: given.indicators.into_iter().map(value).collect(),
            text: given.text,
        }
    }
}

batches! {
    TalkCount(BidId) -> u64 = |batch, ids| read::talk_counts(batch.app.db.read(), &ids).await,
}

pages! {
    TalksOf(BidId) -> NegotiationView = |batch, ids, request| read::talks(batch.app.db.read(), &ids, &request).await,
}
