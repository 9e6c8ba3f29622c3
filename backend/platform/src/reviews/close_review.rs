//! `closeReview`: when every sheet is in, the bids are ranked and the round ends. The ranking is a pure function of the frozen rules
//! and the sheets; where none passes, the challenge has failed (流标).

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Serialize;
use serde_json::{Value, json};

use super::ranking::{self, Contender, Ranked, Scheme};
use super::{Done, model, panel, sheet, store};
use crate::access::reviews::MayClose;
use crate::access::{Viewer, reviews as policy};
use crate::app::App;
use crate::base::id::{BidId, ChallengeId};
use crate::base::words::BidStatus;
use crate::base::{Result, faults};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::{bids, challenges, demands, rules};

/// What `closeReview` is given.
#[derive(Clone, Debug, Serialize)]
pub struct CloseReview {
    pub challenge_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for CloseReview {
    const MUTATION: &'static str = "closeReview";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Closes the review.
pub async fn close_review(app: &App, viewer: &Viewer, new: CloseReview) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, challenge, &app.clock).await?;
            let proof = policy::may_close(viewer, &held.challenge.facts, held.facts.as_ref())?;
            let seed = panel::seed(&app.keys, &txn, held.record()?).await?;
            let rows = bids::in_states(&*txn, challenge, &[BidStatus::FormalPassed]).await?;
            let ranked = rank(&txn, &held.challenge.row, &seed, &rows).await?;
            let settled = settle(&held.challenge.facts, &proof, &rows, &ranked)?;
            store::close(&txn, &proof, &ranked, settled, held.now).await?;
            let happening = |kind, audience, public| Happening {
                kind,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience,
                by: By::Person(proof.by()),
                at: held.now,
                public,
                private: json!({}),
            };
            let facts = json!({ "ranking": ranked.iter().map(fact).collect::<Value>() });
            // Who is told the ranking, and when, is decided where it is read: the log keeps it to itself.
            let staff = Audience::Staff(Some(held.challenge.facts.department()));
            let closed = Happening { private: facts, ..happening(EventKind::ReviewClosed, staff, json!({})) };
            events::append(&txn, closed).await?;
            if !ranked.iter().any(|one| one.passed) {
                demands::give_back(&txn, proof.lost(), held.challenge.row.demand_id, held.now).await?;
                let why = json!({ "why": "none_passes" });
                events::append(&txn, happening(EventKind::ChallengeFailed, Audience::Everybody, why)).await?;
            }
            Ok(Done { challenge })
        })
        .await
}

async fn rank(
    txn: &Txn,
    of: &challenges::model::Model,
    seed: &[u8; 32],
    rows: &[bids::model::Model],
) -> Result<Vec<Ranked>> {
    let challenge = of.id;
    let rules = rules::of_challenge(txn, challenge).await?.resolved;
    let criteria = sheet::scheme(&challenges::criteria(txn, challenge).await?)?;
    let mut sheets: BTreeMap<BidId, Vec<model::sheet::Model>> = BTreeMap::new();
    for sheet in store::counting(txn, &[challenge]).await? {
        sheets.entry(sheet.bid_id).or_default().push(sheet);
    }
    let contender = |row: &bids::model::Model| {
        let sheets = sheets.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        Ok(Contender {
            bid: row.id,
            sheets: sheets.iter().map(|sheet| sheet.marks.marks()).collect(),
            requested_funding: row.requested_funding,
            submitted_at: row.submitted_at.with_context(|| format!("{} was never handed in", row.id))?,
        })
    };
    let contenders: Vec<Contender> = rows.iter().map(contender).collect::<Result<_>>()?;
    let scheme = Scheme {
        criteria: &criteria,
        trim_from: rules.trim_from,
        pass_mark: rules.pass_mark,
        tie_order: &of.terms.tie_order,
        seed,
    };
    ranking::rank(&scheme, &contenders)
}

/// Where each bid goes.
fn settle(
    challenge: &crate::access::challenges::ChallengeFacts,
    proof: &MayClose,
    rows: &[bids::model::Model],
    ranked: &[Ranked],
) -> Result<Vec<(BidId, BidStatus)>> {
    let settled = rows.iter().map(|row| {
        let place = ranked.iter().find(|one| one.bid == row.id);
        let place = place.with_context(|| format!("{} was not ranked", row.id))?;
        let facts = bids::facts(row, challenge.clone(), false);
        Ok((row.id, proof.settled(&facts, place.passed)?))
    });
    settled.collect()
}

fn fact(one: &Ranked) -> Value {
    json!({
        "bid": one.bid, "rank": one.rank, "score": one.score.display(), "sum": one.score.sum, "count": one.score.count,
        "passed": one.passed, "tieBrokenBy": one.tie_broken_by,
    })
}
