//! `disqualifyBid` (否决): a bid that has passed its formal check is found unfit: by one organizer, and then by another. Behind a closed
//! review the others are ranked anew without it, by the same pure function; where none is left that could win, the challenge has failed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::rank::Field;
use super::{panel, store};
use crate::access::scoring::{MayDisqualify, MayFall};
use crate::access::{Viewer, scoring as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{BidId, ChallengeId};
use crate::base::words::{BidStatus, ChallengeStatus};
use crate::base::{Faults, Result, faults};
use crate::bids::{self, Locked};
use crate::challenges::{self, Lock};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::keys::Keys;
use crate::{demands, rules};

/// What `disqualifyBid` is given.
#[derive(Clone, Debug, Serialize)]
pub struct Disqualify {
    pub bid_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for Disqualify {
    const MUTATION: &'static str = "disqualifyBid";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Disqualified {
    pub bid: BidId,
    /// Whether it has fallen: another organizer had found it unfit before.
    pub disqualified: bool,
}

/// Finds a bid unfit.
pub async fn disqualify(app: &App, viewer: &Viewer, new: Disqualify) -> Result<Disqualified> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = bids::locked(&txn, bid, Lock::Update, &app.clock).await?;
            let proof = policy::may_disqualify(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let why = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let first = store::disqualification(&*txn, bid).await?.filter(|first| first.found_by != proof.by());
            let Some(first) = first else {
                store::find_unfit(&txn, &proof, why.clone(), held.now).await?;
                let found =
                    happening(&held, &proof, EventKind::DisqualificationFound, json!({}), json!({ "reason": why }));
                events::append(&txn, found).await?;
                return Ok(Disqualified { bid, disqualified: false });
            };
            store::disqualify(&txn, &proof, why.clone(), held.now).await?;
            let public = json!({ "foundBefore": first.found_by });
            let private = json!({ "first": first.why, "second": why });
            events::append(&txn, happening(&held, &proof, EventKind::BidDisqualified, public, private)).await?;
            let (goes_on, why_not) = match held.challenge.status {
                ChallengeStatus::Negotiating => {
                    (rank_again(&app.keys, &txn, &held, &proof, EventKind::RankedAgain).await?, "none_passes")
                }
                // As the formal check counts: what is not checked yet may pass.
                _ => {
                    let states = [BidStatus::Opened, BidStatus::FormalPassed];
                    let left = bids::in_states(&*txn, proof.challenge(), &states).await?.len() as u64;
                    let least = rules::of_challenge(&*txn, proof.challenge()).await?.resolved.min_valid_bids;
                    (left >= least.into(), "too_few_valid_bids")
                }
            };
            if !goes_on {
                fail(&txn, &held, &proof, why_not).await?;
            }
            Ok(Disqualified { bid, disqualified: true })
        })
        .await
}

/// Bids fall by rulings on objections or a complaint (招标投标法实施条例 54, 61), the notice being void; then the others are ranked anew, where
/// `rank` says so or none is left. Whether the challenge goes on.
pub(crate) async fn fell(
    app: &App,
    txn: &Txn,
    challenge: ChallengeId,
    fall: &[(BidId, MayFall, &str)],
    rank: bool,
) -> Result<bool> {
    let mut last = None;
    for (bid, ruling, why) in fall {
        let held = bids::locked(txn, *bid, Lock::Update, &app.clock).await?;
        let Some(proof) = ruling.disqualifies(&held.facts) else { continue };
        store::find_unfit(txn, &proof, (*why).to_owned(), held.now).await?;
        store::disqualify(txn, &proof, (*why).to_owned(), held.now).await?;
        let felled = happening(&held, &proof, EventKind::BidFelled, json!({}), json!({ "why": why }));
        events::append(txn, felled).await?;
        last = Some((held, proof));
    }
    let Some((held, proof)) = last else { return Ok(true) };
    let states = [BidStatus::Shortlisted, BidStatus::NotShortlisted, BidStatus::Negotiating];
    if !rank && !bids::in_states(txn, challenge, &states).await?.is_empty() {
        return Ok(true);
    }
    let goes_on = rank_again(&app.keys, txn, &held, &proof, EventKind::RankedByRuling).await?;
    if !goes_on {
        fail(txn, &held, &proof, "none_passes").await?;
    }
    Ok(goes_on)
}

/// Ranks the others anew; whether one of them passes.
async fn rank_again(keys: &Keys, txn: &Txn, held: &Locked, proof: &MayDisqualify, kind: EventKind) -> Result<bool> {
    let challenge = proof.challenge();
    let Some(record) = challenges::panels(txn, &[challenge]).await?.pop() else { return Ok(false) };
    // Who has won a race already stays in it.
    let states = [BidStatus::Shortlisted, BidStatus::NotShortlisted, BidStatus::Negotiating, BidStatus::Won];
    let rows = bids::in_states(txn, challenge, &states).await?;
    let seed = panel::seed(keys, txn, &record).await?;
    let rankings = Field::read(txn, &held.challenge, &rows).await?.rankings(&held.challenge, &seed)?;
    let mut settled = Vec::new();
    for row in &rows {
        let facts = bids::facts(row, held.facts.challenge().clone(), false);
        settled.extend(policy::settled_again(&facts, rankings.passes(row.id)?).map(|to| (row.id, to)));
    }
    store::rank_again(txn, proof, record.id, &rankings, settled).await?;
    let ranked = happening(held, proof, kind, json!({}), rankings.facts());
    events::append(txn, Happening { subject: challenge.to_string(), ..ranked }).await?;
    Ok(rankings.any_passes())
}

async fn fail(txn: &Txn, held: &Locked, proof: &MayDisqualify, why: &str) -> Result<()> {
    demands::give_back(txn, proof.lost(), held.challenge.demand_id, held.now).await?;
    store::fail(txn, proof, held.now).await?;
    let why = json!({ "why": why });
    let failed = Happening {
        subject: proof.challenge().to_string(),
        audience: Audience::Everybody,
        ..happening(held, proof, EventKind::ChallengeFailed, why, json!({}))
    };
    events::append(txn, failed).await?;
    Ok(())
}

fn happening(held: &Locked, proof: &MayDisqualify, kind: EventKind, public: Value, private: Value) -> Happening {
    Happening {
        kind,
        subject: proof.bid().to_string(),
        challenge: Some(proof.challenge()),
        audience: Audience::Staff(Some(held.facts.challenge().department())),
        by: By::Person(proof.by()),
        at: held.now,
        public,
        private,
    }
}
