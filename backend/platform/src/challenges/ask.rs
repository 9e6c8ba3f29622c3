//! `askQuestion`: a verified enterprise asks while questions are open. Who asked is for the platform's own record.

use chrono::{Datelike, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Lock, read, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::clock::{china_day, china_midnight};
use crate::base::error::Reason;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, QuestionId};
use crate::base::words::Role;
use crate::base::{Error, Faults, Instant, Result, faults};
use crate::calendar;
use crate::db::{Conn, Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::rules;

/// What `askQuestion` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AskQuestion {
    pub challenge_id: String,
    pub text: String,
    pub idempotency_key: Option<String>,
}

impl Content for AskQuestion {
    const MUTATION: &'static str = "askQuestion";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// The question asked.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Asked {
    pub question: QuestionId,
}

/// Asks a question.
pub async fn ask(app: &App, viewer: &Viewer, new: AskQuestion) -> Result<Asked> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let now = app.clock.now();
            let waiting = read::waiting(&*txn, viewer, &[challenge]).await?.remove(&challenge).unwrap_or(0);
            let proof = policy::may_ask(viewer, &held.facts, waiting, now)?;
            let organization = actor.acts_for(Role::Bidder).ok_or(Error::NotYours(Reason::RoleNeeded))?;
            let mut faults = Faults::new();
            let text = faults.text("text", &new.text, Length::NOTE);
            faults.done()?;
            let days = rules::of_challenge(&*txn, challenge).await?.resolved.answer_days;
            let answer_due_at = answer_due(&*txn, now, days, held.facts.deadline()).await?;
            let new = store::NewQuestion { organization, text: text.clone(), at: now, answer_due_at };
            let question = store::ask(&txn, proof, &held.row, new).await?;
            let happening = Happening {
                kind: EventKind::QuestionAsked,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Unseen(actor.user),
                at: now,
                public: json!({ "question": question, "text": text }),
                private: json!({ "organization": organization }),
            };
            events::append(&txn, happening).await?;
            Ok(Asked { question })
        })
        .await
}

/// When an answer is due: at the end of its term, counted by the calendar, and at the deadline at the latest. Where the year is not loaded
/// the term is not stretched to a working day: no asker waits for a calendar, and nothing is due later than it should be.
async fn answer_due(conn: &impl Conn, now: Instant, days: u32, deadline: Option<Instant>) -> Result<Instant> {
    let year = china_day(now).year();
    let due = match calendar::read::calendar(conn, year..=year + 1).await?.end_of_term(now, days) {
        Err(Error::CalendarNotLoaded(_)) => china_midnight(china_day(now)) + TimeDelta::days(i64::from(days) + 1),
        due => due?,
    };
    Ok(deadline.map_or(due, |deadline| due.min(deadline)))
}
