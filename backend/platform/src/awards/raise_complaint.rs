//! `raiseComplaint` (投诉): the bidder whose objection was dismissed, or not ruled on in time, turns to the supervisors (招标投标法实施条例 60:
//! within ten days; about a result only behind an objection). Until it is decided nothing is awarded.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::evidence::{self, Filed};
use super::rulings;
use super::store::{self, NewComplaint};
use crate::access::{Viewer, awards as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{ComplaintId, ObjectionId};
use crate::base::{Faults, Result, faults};
use crate::challenges::{self, Lock};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::rules;

/// What `raiseComplaint` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RaiseComplaint {
    pub objection_id: String,
    pub grounds: String,
    pub requested_remedy: Option<String>,
    /// Evidence that was uploaded beside the notice that the objection was raised against.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachment_ids: Vec<String>,
    pub idempotency_key: Option<String>,
}

impl Content for RaiseComplaint {
    const MUTATION: &'static str = "raiseComplaint";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of an act on a complaint.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Complained {
    /// The complaint.
    pub complaint: ComplaintId,
}

/// Complains. Everybody is told that there is a complaint; whose it is and what it says is told as of objections.
pub async fn raise_complaint(app: &App, viewer: &Viewer, new: RaiseComplaint) -> Result<Complained> {
    let actor = viewer.person()?;
    let objection: ObjectionId = faults::id("objectionId", &new.objection_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let challenge = store::objection(&*txn, objection).await?.challenge_id;
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let row = store::objection(&*txn, objection).await?;
            let facts = store::objection_facts(&row);
            let now = app.clock.now();
            let rules = rules::of_challenge(&*txn, challenge).await?.resolved;
            let until = rulings::complainable_until(&*txn, &row, rules.complaint_days).await?;
            let complained = store::complained(&*txn, objection).await?;
            let proof = policy::may_complain(viewer, &held.facts, &facts, until, complained, now)?;
            let mut faults = Faults::new();
            let grounds = faults.text("grounds", &new.grounds, Length::TEXT);
            let remedy = faults.optional("requestedRemedy", new.requested_remedy.as_deref(), Length::NOTE);
            let whose = (facts.notice(), proof.organization());
            let named = evidence::named(&txn, &app.keys, whose, &new.attachment_ids, &mut faults).await?;
            faults.done()?;
            let days = rules.complaint_accept_days;
            let accept_due_at = rulings::after_working_days(&*txn, now, days).await?;
            // Where no calendar tells, as many days: sooner than it need be.
            let accept_due_at = accept_due_at.unwrap_or(now + TimeDelta::days(days.into()));
            let requested_remedy = remedy.filter(|remedy| !remedy.is_empty());
            let (by, organization) = (proof.by(), proof.organization());
            let complaint = NewComplaint { grounds, requested_remedy, at: now, accept_due_at };
            let complaint = store::complain(&txn, &proof, complaint).await?;
            evidence::hand_in(&txn, &named, Filed::Behind(complaint)).await?;
            let happening = |subject: String, audience, by, public| Happening {
                kind: EventKind::ComplaintRaised,
                subject,
                challenge: Some(challenge),
                audience,
                by,
                at: now,
                public,
                private: json!({}),
            };
            let told = json!({ "dueAt": accept_due_at });
            events::append(&txn, happening(challenge.to_string(), Audience::Everybody, By::Unseen(by), told)).await?;
            let raised = json!({ "objection": objection, "organization": organization, "evidence": named.told() });
            let staff = Audience::Staff(Some(held.facts.department()));
            events::append(&txn, happening(complaint.to_string(), staff, By::Person(by), raised)).await?;
            Ok(Complained { complaint })
        })
        .await
}
