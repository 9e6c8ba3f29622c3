//! `declineQuestion`: an organizer says, for all to read, why a question is not answered. It settles the question as an answer does:
//! nothing is opened while one is open, and after the deadline an answer would help nobody.

use serde::Serialize;
use serde_json::json;

use super::ask::Asked;
use super::{Lock, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::QuestionId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `declineQuestion` is given.
#[derive(Clone, Debug, Serialize)]
pub struct DeclineQuestion {
    pub question_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for DeclineQuestion {
    const MUTATION: &'static str = "declineQuestion";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Declines a question, once.
pub async fn decline(app: &App, viewer: &Viewer, new: DeclineQuestion) -> Result<Asked> {
    let actor = viewer.person()?;
    let question: QuestionId = faults::id("questionId", &new.question_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let challenge = store::question(&*txn, question).await?.challenge_id;
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_decline(viewer, &held.facts)?;
            let now = app.clock.now();
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            store::decline(&txn, proof, &held.row, question, reason.clone(), now).await?;
            let happening = Happening {
                kind: EventKind::QuestionDeclined,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({ "question": question, "reason": reason }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Asked { question })
        })
        .await
}
