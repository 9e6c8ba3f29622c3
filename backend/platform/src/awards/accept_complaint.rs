//! `acceptComplaint` (受理): a supervisor looks into a complaint, or says why not (招标投标法实施条例 61: within three working days).

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::json;

use super::store::{self, Ruling};
use super::{Complained, rulings};
use crate::access::Viewer;
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::ComplaintId;
use crate::base::words::ComplaintStatus;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::rules;

/// What `acceptComplaint` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AcceptComplaint {
    pub complaint_id: String,
    pub accepted: bool,
    /// Needed where it is not.
    pub reason: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for AcceptComplaint {
    const MUTATION: &'static str = "acceptComplaint";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Accepts a complaint, or does not.
pub async fn accept_complaint(app: &App, viewer: &Viewer, new: AcceptComplaint) -> Result<Complained> {
    let actor = viewer.person()?;
    let complaint: ComplaintId = faults::id("complaintId", &new.complaint_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let (held, proof) = rulings::hearing(app, &txn, viewer, complaint, ComplaintStatus::Open).await?;
            let challenge = proof.challenge();
            let mut faults = Faults::new();
            let reason = faults.optional("reason", new.reason.as_deref(), Length::TEXT).filter(|text| !text.is_empty());
            faults.check(new.accepted || reason.is_some(), "reason", FaultCode::ReasonNeeded);
            faults.done()?;
            let now = app.clock.now();
            let kind = if new.accepted {
                let days = rules::of_challenge(&*txn, challenge).await?.resolved.complaint_decide_days;
                let due = rulings::after_working_days(&*txn, now, days).await?;
                // Where no calendar tells, as many days: sooner than it need be.
                let due = due.unwrap_or(now + TimeDelta::days(days.into()));
                store::accept_complaint(&txn, &proof, now, due).await?;
                EventKind::ComplaintAccepted
            } else {
                let ruling = Ruling { upheld: false, text: reason.unwrap_or_default(), remedy: None };
                store::end_complaint(&txn, &proof, ComplaintStatus::Refused, Some(&ruling), now).await?;
                EventKind::ComplaintRefused
            };
            let happening = |subject: String, audience, by| Happening {
                kind,
                subject,
                challenge: Some(challenge),
                audience,
                by,
                at: now,
                public: json!({}),
                private: json!({}),
            };
            events::append(&txn, happening(challenge.to_string(), Audience::Everybody, By::Unseen(actor.user))).await?;
            let staff = Audience::Staff(Some(held.facts.department()));
            events::append(&txn, happening(complaint.to_string(), staff, By::Person(actor.user))).await?;
            Ok(Complained { complaint })
        })
        .await
}
