//! `recordExternalResult`: what came of a challenge that an official procurement system runs, told where the demand was published
//! (domain rules 2.13). It ends the challenge here, and counts for no target.

use serde::Serialize;
use serde_json::json;

use super::close;
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::ChallengeId;
use crate::base::{Faults, Result, faults};
use crate::challenges::terms::link;
use crate::challenges::{self, Done, Lock};
use crate::db::{Content, Once};
use crate::demands;
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `recordExternalResult` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RecordExternalResult {
    pub challenge_id: String,
    /// Whether somebody won.
    pub won: bool,
    /// Who, for how much, or why nobody did.
    pub result: String,
    /// The official notice of it.
    pub url: String,
    pub idempotency_key: Option<String>,
}

impl Content for RecordExternalResult {
    const MUTATION: &'static str = "recordExternalResult";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Tells the result of the official system.
pub async fn record_result(app: &App, viewer: &Viewer, new: RecordExternalResult) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            close::close(&txn, challenge, app.clock.now()).await?;
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_record_result(viewer, &held.facts)?;
            let mut faults = Faults::new();
            let result = faults.text("result", &new.result, Length::NOTE);
            let url = link("url", &new.url, &mut faults);
            faults.done()?;
            let at = app.clock.now();
            if !new.won {
                demands::give_back(&txn, proof.lost(), held.row.demand_id, at).await?;
            }
            challenges::record_result(&txn, proof, new.won, result.clone(), url.clone()).await?;
            let happening = Happening {
                kind: EventKind::ExternalResultRecorded,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at,
                public: json!({ "won": new.won, "result": result, "url": url }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
