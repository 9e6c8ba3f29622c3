//! A challenge is drafted from a listed demand. Called by `draftChallenge`, within its transaction.

use serde_json::json;

use super::store;
use crate::access::{Viewer, demands as policy};
use crate::base::id::{ChallengeId, DemandId};
use crate::base::words::{Domain, ScenarioScale};
use crate::base::{Instant, Result};
use crate::db::Txn;
use crate::events::{self, Audience, By, EventKind, Happening};

/// What a challenge begins with where its draft says nothing else.
#[derive(Clone, Debug)]
pub struct Brief {
    pub domain: Option<Domain>,
    pub scale: Option<ScenarioScale>,
    pub pain_points: String,
    pub content: String,
    pub site: String,
    pub contact: String,
}

/// Takes a demand of the viewer's own department up, while it is listed. Which challenge came of it is for the platform's own record until
/// that is published.
pub async fn take_up(
    txn: &Txn,
    viewer: &Viewer,
    demand: DemandId,
    challenge: ChallengeId,
    now: Instant,
) -> Result<Brief> {
    let held = store::locked(txn, viewer, demand).await?;
    let proof = policy::may_take_up(viewer, &held.facts)?;
    store::take_up(txn, &proof).await?;
    let happening = Happening {
        kind: EventKind::DemandTakenUp,
        subject: demand.to_string(),
        challenge: None,
        audience: Audience::Everybody,
        by: By::Person(proof.by()),
        at: now,
        public: json!({}),
        private: json!({ "challenge": challenge }),
    };
    events::append(txn, happening).await?;
    let row = held.row;
    Ok(Brief {
        domain: row.domain,
        scale: row.scale,
        pain_points: row.pain_points,
        content: row.content,
        site: row.site,
        contact: row.contact,
    })
}
