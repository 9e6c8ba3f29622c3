//! `withdrawComplaint`: the bidder that complained takes it back while it is not decided.

use serde::Serialize;
use serde_json::json;

use super::{Complained, store};
use crate::access::{Viewer, awards as policy};
use crate::app::App;
use crate::base::id::ComplaintId;
use crate::base::words::ComplaintStatus;
use crate::base::{Result, faults};
use crate::challenges::{self, Lock};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `withdrawComplaint` is given.
#[derive(Clone, Debug, Serialize)]
pub struct WithdrawComplaint {
    pub complaint_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for WithdrawComplaint {
    const MUTATION: &'static str = "withdrawComplaint";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Takes a complaint back.
pub async fn withdraw_complaint(app: &App, viewer: &Viewer, new: WithdrawComplaint) -> Result<Complained> {
    let actor = viewer.person()?;
    let complaint: ComplaintId = faults::id("complaintId", &new.complaint_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let challenge = store::complaint(&*txn, complaint).await?.challenge_id;
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let facts = store::complaint_facts(&store::complaint(&*txn, complaint).await?);
            let proof = policy::may_withdraw_complaint(viewer, &held.facts, &facts)?;
            let now = app.clock.now();
            store::end_complaint(&txn, &proof, ComplaintStatus::Withdrawn, None, now).await?;
            let happening = |subject: String, audience, by| Happening {
                kind: EventKind::ComplaintWithdrawn,
                subject,
                challenge: Some(challenge),
                audience,
                by,
                at: now,
                public: json!({}),
                private: json!({}),
            };
            events::append(&txn, happening(challenge.to_string(), Audience::Everybody, By::Unseen(proof.by()))).await?;
            let staff = Audience::Staff(Some(held.facts.department()));
            events::append(&txn, happening(complaint.to_string(), staff, By::Person(proof.by()))).await?;
            Ok(Complained { complaint })
        })
        .await
}
