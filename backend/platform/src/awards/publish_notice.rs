//! `publishNotice` (公示): an organizer proposes the winners to everybody, for working days of the real calendar. With the first
//! notice the seed of the panel's draw is revealed, so that anybody can run the draw again.

use std::collections::HashMap;

use chrono::Datelike;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::{self, NewNotice};
use crate::access::{Viewer, awards as policy};
use crate::app::App;
use crate::base::clock::china_day;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{BidId, ChallengeId, Kind, NoticeId};
use crate::base::words::BidStatus;
use crate::base::{Faults, Result, faults};
use crate::bids::model::Model as Bid;
use crate::bids::standing;
use crate::challenges::{self, Lock};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind, timers};
use crate::organizations::read::OrganizationView;
use crate::{bids, calendar, organizations, reviews, rules};

/// What `publishNotice` is given.
#[derive(Clone, Debug, Serialize)]
pub struct PublishNotice {
    pub challenge_id: String,
    /// In the order in which the notice names them.
    pub winner_bid_ids: Vec<String>,
    /// Needed where a better-ranked candidate is passed over.
    pub reason: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for PublishNotice {
    const MUTATION: &'static str = "publishNotice";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct NoticePublished {
    /// The notice.
    pub notice: NoticeId,
}

/// Publishes a notice. `CalendarNotLoaded` where its period runs into a year without a calendar.
pub async fn publish_notice(app: &App, viewer: &Viewer, new: PublishNotice) -> Result<NoticePublished> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_publish_notice(viewer, &held.facts)?;
            let now = app.clock.now();
            let rules = rules::of_challenge(&*txn, challenge).await?.resolved;
            let candidates =
                bids::in_states(&*txn, challenge, &[BidStatus::Shortlisted, BidStatus::Negotiating]).await?;
            let ranks = store::ranks(&*txn, challenge).await?;
            let mut faults = Faults::new();
            let won = bids::in_states(&*txn, challenge, &[BidStatus::Won]).await?.len();
            // Who has won a race already stays in it.
            let (least, most) = store::number_of_winners(held.row.mechanism, &rules);
            let number = (least.saturating_sub(won).max(1), most.saturating_sub(won));
            let winners = check_winners(&new.winner_bid_ids, &candidates, number, &mut faults);
            if faults.is_empty() {
                let proposed: Vec<BidId> = winners.iter().map(|bid| bid.id).collect();
                for (bid, against) in standing::against(&*txn, &held.row, &proposed, now).await? {
                    let place = proposed.iter().position(|one| *one == bid).unwrap_or(0);
                    let (path, code, figure) = against.fault(&format!("{WINNERS}.{place}"));
                    faults.add_about(path, code, figure);
                }
            }
            let reason = faults.optional("reason", new.reason.as_deref(), Length::NOTE);
            let reason = reason.filter(|reason| !reason.is_empty());
            let over = passes_over(&winners, &candidates, &ranks);
            faults.check(!over || reason.is_some(), "reason", FaultCode::ReasonNeeded);
            if over && store::in_rankings_order(&*txn, challenge).await? {
                faults.add(WINNERS, FaultCode::InRankingsOrder);
            }
            faults.done()?;
            let year = china_day(now).year();
            let calendar = calendar::read::calendar(&*txn, year..=year + 1).await?;
            let (starts_at, ends_at) = calendar.half_open_period(now, rules.publicity_working_days)?;

            let seed = reviews::reveal_seed(&app.keys, &txn, &proof).await?;
            let named = named(&txn, &winners).await?;
            let notice = NewNotice { at: now, starts_at, ends_at, reason: reason.clone(), winners: &winners };
            let notice = store::publish_notice(&txn, proof, notice).await?;
            timers::reset(&txn, TimerKind::EndNotice, challenge.uuid(), Some(ends_at)).await?;
            let happening = Happening {
                kind: EventKind::NoticePublished,
                subject: notice.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({ "endsAt": ends_at, "seed": seed, "startsAt": starts_at, "winners": named }),
                private: json!({ "reason": reason }),
            };
            events::append(&txn, happening).await?;
            Ok(NoticePublished { notice })
        })
        .await
}

const WINNERS: &str = "winnerBidIds";

fn check_winners<'a>(
    given: &[String],
    candidates: &'a [Bid],
    (least, most): (usize, usize),
    faults: &mut Faults,
) -> Vec<&'a Bid> {
    if !(least..=most).contains(&given.len()) {
        let figure = if least == most { least.to_string() } else { format!("{least} … {most}") };
        faults.add_with(WINNERS, FaultCode::WinnersNumber, figure);
    }
    let mut winners: Vec<&Bid> = Vec::new();
    for (place, text) in given.iter().enumerate().take(MOST) {
        let path = format!("{WINNERS}.{place}");
        let Some(id) = faults.id::<BidId>(&path, text) else { continue };
        match candidates.iter().find(|bid| bid.id == id) {
            None => faults.add(path, FaultCode::NotShortlisted),
            Some(bid) if winners.iter().any(|known| known.id == bid.id) => faults.add(path, FaultCode::Duplicate),
            Some(bid) => winners.push(bid),
        }
    }
    winners
}

/// As many as are looked at: one list cannot make an endless answer.
const MOST: usize = 100;

/// Whether a candidate that does not win stands before one that does.
fn passes_over(winners: &[&Bid], candidates: &[Bid], ranks: &HashMap<BidId, i32>) -> bool {
    let rank = |bid: &Bid| ranks.get(&bid.id).copied().unwrap_or(i32::MAX);
    let last = winners.iter().map(|bid| rank(bid)).max().unwrap_or(0);
    candidates.iter().any(|bid| rank(bid) < last && winners.iter().all(|winner| winner.id != bid.id))
}

/// The winners as everybody is told them, and who bids together with them.
async fn named(txn: &Txn, winners: &[&Bid]) -> Result<Vec<serde_json::Value>> {
    let (bids, bidders): (Vec<_>, Vec<_>) = winners.iter().map(|bid| (bid.id, bid.bidder_id)).unzip();
    let bidders = organizations::read::named(txn, &bidders).await?;
    let members = bids::read::members(txn, &bids).await?;
    let member = |one: &OrganizationView| json!({ "organization": one.id, "name": one.name, "uscc": one.uscc });
    let one = |bid: &&Bid| {
        let bidder = bidders.iter().find(|bidder| bidder.id == bid.bidder_id);
        let members: Vec<_> = members.get(&bid.id).into_iter().flatten().map(member).collect();
        json!({
            "bid": bid.id, "bidder": bid.bidder_id, "label": bid.label, "name": bidder.map(|bidder| &bidder.name),
            "uscc": bidder.map(|bidder| &bidder.uscc), "members": members,
        })
    };
    Ok(winners.iter().map(one).collect())
}
