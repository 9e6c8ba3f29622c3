//! `stateExpertise`: what an expert judges in, with what standing, and when it is not to be drawn. A judge says so of itself, or,
//! but for absences, an organizer of a judge for whom nobody vouches yet; either way another organizer confirms before anybody is drawn.

use serde::Serialize;
use serde_json::json;

use super::content::Changes;
use super::{Done, store, told};
use crate::access::{Viewer, experts as policy};
use crate::app::App;
use crate::base::id::UserId;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::db::{Content, Once};
use crate::events::{Audience, By, EventKind, Happening};

/// What `stateExpertise` is given.
#[derive(Clone, Debug, Serialize)]
pub struct StateExpertise {
    /// Whose; one's own where none is named.
    pub user_id: Option<String>,
    pub content: Changes,
    pub expected_version: Option<i32>,
    pub idempotency_key: Option<String>,
}

impl Content for StateExpertise {
    const MUTATION: &'static str = "stateExpertise";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// States it. Another field, title or number of years has to be confirmed anew; another version than expected is a conflict.
pub async fn state_expertise(app: &App, viewer: &Viewer, new: StateExpertise) -> Result<Done> {
    let actor = viewer.person()?;
    let user: UserId = match new.user_id.as_deref() {
        Some(id) => faults::id("userId", id)?,
        None => actor.user,
    };
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_name(viewer)?;
            let proof = policy::may_state(
                leave,
                store::judge(&txn, user).await?.as_ref(),
                new.content.unavailable_until.is_some(),
            )?;
            let mut faults = Faults::new();
            let content = new.content.check(&mut faults);
            let before = proof.expert();
            if before.is_none() {
                content.require_all(&mut faults);
            }
            faults.done()?;
            if new.expected_version.is_some_and(|expected| expected != before.map_or(0, |before| before.version())) {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            let now = app.clock.now();
            let expert = store::state(&txn, &proof, &content, now).await?;
            let happening = Happening {
                kind: EventKind::ExpertStated,
                subject: expert.to_string(),
                challenge: None,
                audience: Audience::Person(proof.user()),
                by: By::Person(actor.user),
                at: now,
                public: json!({
                    "fields": content.fields, "title": content.title, "years": content.years,
                    "toBeConfirmed": content.touches_confirmation(),
                }),
                private: json!({ "phone": content.phone, "unavailableUntil": content.unavailable_until }),
            };
            told(&txn, happening).await?;
            Ok(Done { expert })
        })
        .await
}
