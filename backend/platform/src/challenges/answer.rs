//! `answerQuestion`: the department or an organizer answers, for all to read.

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

/// What `answerQuestion` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AnswerQuestion {
    pub question_id: String,
    pub answer: String,
    pub idempotency_key: Option<String>,
}

impl Content for AnswerQuestion {
    const MUTATION: &'static str = "answerQuestion";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Answers a question, once.
pub async fn answer(app: &App, viewer: &Viewer, new: AnswerQuestion) -> Result<Asked> {
    let actor = viewer.person()?;
    let question: QuestionId = faults::id("questionId", &new.question_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let challenge = store::question(&*txn, question).await?.challenge_id;
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_answer(viewer, &held.facts)?;
            let now = app.clock.now();
            let mut faults = Faults::new();
            let answer = faults.text("answer", &new.answer, Length::TEXT);
            faults.done()?;
            store::answer(&txn, proof, &held.row, question, answer.clone(), now).await?;
            let happening = Happening {
                kind: EventKind::QuestionAnswered,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({ "question": question, "answer": answer }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Asked { question })
        })
        .await
}
