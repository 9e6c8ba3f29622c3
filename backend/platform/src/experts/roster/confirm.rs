//! `confirmExpert`: an organizer has looked at what was stated and vouches for it, for a year. Whoever has fewer years in the field than
//! the rules ask needs equal standing (招标投标法 37), and the organizer's words for it; the user's side is asked for its use of the
//! thing, not for years.

use serde::Serialize;
use serde_json::json;

use super::{Done, store, told};
use crate::access::{Viewer, experts as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::ExpertId;
use crate::base::words::JudgeKind;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::db::{Content, Once};
use crate::events::{Audience, By, EventKind, Happening};
use crate::rules;

/// What `confirmExpert` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ConfirmExpert {
    pub expert_id: String,
    /// The version that the organizer has looked at.
    pub expected_version: i32,
    /// Why the standing is equal, where there are fewer years than the rules ask.
    pub equal_standing: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for ConfirmExpert {
    const MUTATION: &'static str = "confirmExpert";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Confirms an expert; another version than expected is a conflict.
pub async fn confirm_expert(app: &App, viewer: &Viewer, new: ConfirmExpert) -> Result<Done> {
    let actor = viewer.person()?;
    let expert: ExpertId = faults::id("expertId", &new.expert_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_name(viewer)?;
            let facts = store::expert(&txn, expert).await?;
            let proof = policy::may_confirm(leave, facts.as_ref())?;
            let stated = store::stated(&*txn, expert).await?.ok_or(Error::Hidden)?;
            let mut faults = Faults::new();
            let standing = faults.optional("equalStanding", new.equal_standing.as_deref(), Length::NOTE);
            let standing = standing.filter(|standing| !standing.is_empty());
            let asked = match stated.kind {
                Some(JudgeKind::User) => 0,
                Some(JudgeKind::Technical | JudgeKind::Economic | JudgeKind::Legal) | None => {
                    rules::current(&*txn).await?.numbers.expert_years
                }
            };
            let enough = u32::try_from(stated.years).unwrap_or(0) >= asked;
            if !enough && standing.is_none() {
                faults.add_with("equalStanding", FaultCode::ReasonNeeded, asked);
            }
            faults.done()?;
            if new.expected_version != stated.version {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            let now = app.clock.now();
            store::confirm(&txn, &proof, now).await?;
            let happening = Happening {
                kind: EventKind::ExpertConfirmed,
                subject: expert.to_string(),
                challenge: None,
                audience: Audience::Person(proof.user()),
                by: By::Person(proof.by()),
                at: now,
                public: json!({ "version": stated.version, "years": stated.years, "equalStanding": standing }),
                private: json!({}),
            };
            told(&txn, happening).await?;
            Ok(Done { expert })
        })
        .await
}
