//! `closeReview`: when every sheet is in, and where the panel talks, it has agreed, the bids are ranked and the round ends. The ranking
//! is a pure function of the frozen rules and the sheets; where none passes, the challenge has failed (流标).

use serde::Serialize;
use serde_json::json;

use super::rank::{Field, Rankings};
use super::{Done, panel, store};
use crate::access::reviews::MayClose;
use crate::access::{Viewer, reviews as policy};
use crate::app::App;
use crate::base::id::{BidId, ChallengeId};
use crate::base::words::BidStatus;
use crate::base::{Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::{bids, demands};

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
            let rankings =
                Field::read(&*txn, &held.challenge.row, &rows).await?.rankings(&held.challenge.row, &seed)?;
            let settled = settle(&held.challenge.facts, &proof, &rows, &rankings)?;
            store::close(&txn, &proof, &rankings, settled, held.now).await?;
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
            // Who is told the ranking, and when, is decided where it is read: the log keeps it to itself.
            let staff = Audience::Staff(Some(held.challenge.facts.department()));
            let closed =
                Happening { private: rankings.facts(), ..happening(EventKind::ReviewClosed, staff, json!({})) };
            events::append(&txn, closed).await?;
            if !rankings.any_passes() {
                demands::give_back(&txn, proof.lost(), held.challenge.row.demand_id, held.now).await?;
                let why = json!({ "why": "none_passes" });
                events::append(&txn, happening(EventKind::ChallengeFailed, Audience::Everybody, why)).await?;
            }
            Ok(Done { challenge })
        })
        .await
}

/// Where each bid goes.
fn settle(
    challenge: &crate::access::challenges::ChallengeFacts,
    proof: &MayClose,
    rows: &[bids::model::Model],
    rankings: &Rankings,
) -> Result<Vec<(BidId, BidStatus)>> {
    let settled = rows.iter().map(|row| {
        let facts = bids::facts(row, challenge.clone(), false);
        Ok((row.id, proof.settled(&facts, rankings.passes(row.id)?)?))
    });
    settled.collect()
}
