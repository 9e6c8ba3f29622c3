//! The challenge drafted from a demand has ended without a winner: the demand is open again. Called by the acts that end a challenge,
//! within their transactions and by their leave.

use serde_json::json;

use super::store;
use crate::access::challenges::WithoutWinner;
use crate::access::demands as policy;
use crate::base::id::DemandId;
use crate::base::{Instant, Result};
use crate::db::Txn;
use crate::events::{self, Audience, By, EventKind, Happening};

/// Lists a demand again that was taken up, if the challenge came of one. Which challenge it was is for the platform's own record.
pub async fn give_back(txn: &Txn, leave: WithoutWinner, demand: Option<DemandId>, now: Instant) -> Result<()> {
    let Some(demand) = demand else { return Ok(()) };
    let proof = policy::may_give_back(&leave, &store::taken_up(txn, demand).await?)?;
    store::give_back(txn, &proof).await?;
    let happening = Happening {
        kind: EventKind::DemandGivenBack,
        subject: demand.to_string(),
        challenge: None,
        audience: Audience::Everybody,
        by: By::Person(proof.by()),
        at: now,
        public: json!({}),
        private: json!({ "challenge": leave.challenge() }),
    };
    events::append(txn, happening).await?;
    Ok(())
}
