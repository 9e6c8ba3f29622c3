//! `rerunChallenge` (重新发榜): a challenge that found no winner is copied into a new draft of its department, in one step: its content,
//! indicators, criteria and terms, and its demand. What was opened, answered or amended stays with the one that failed.

use serde::Serialize;
use serde_json::json;

use super::{Done, Lock, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::id::{ChallengeId, Kind};
use crate::base::{Result, faults};
use crate::db::{Content, Once};
use crate::demands;
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `rerunChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RerunChallenge {
    pub challenge_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for RerunChallenge {
    const MUTATION: &'static str = "rerunChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Copies a failed challenge into a draft; the draft is what comes of it. `NotNow(RerunThere)` while another rerun is under way.
pub async fn rerun(app: &App, viewer: &Viewer, new: RerunChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let failed: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, failed, Lock::Update, &app.clock).await?;
            let under_way = store::rerun_under_way(&*txn, failed).await?;
            let proof = policy::may_rerun(viewer, &held.facts, under_way)?;
            let (now, challenge) = (app.clock.now(), ChallengeId::new());
            if let Some(demand) = held.row.demand_id {
                demands::take_up(&txn, viewer, demand, challenge, now).await?;
            }
            let content = store::content(&txn, &held.row).await?;
            store::rerun(&txn, proof, (challenge, &held.row), content, now).await?;
            let happening = Happening {
                kind: EventKind::ChallengeDrafted,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Department(held.facts.department()),
                by: By::Person(actor.user),
                at: now,
                public: json!({ "rerunOf": failed }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
