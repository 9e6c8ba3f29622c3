//! `endQualification`: an organizer finds that a stated qualification does not count, or counts no more: its evidence does not hold, or the
//! issuer has taken it back.

use serde::Serialize;
use serde_json::json;

use super::qualify::Qualified;
use super::store;
use crate::access::{Viewer, eligibility as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::QualificationId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `endQualification` is given.
#[derive(Clone, Debug, Serialize)]
pub struct EndQualification {
    pub qualification_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for EndQualification {
    const MUTATION: &'static str = "endQualification";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Ends a qualification, once.
pub async fn end_qualification(app: &App, viewer: &Viewer, new: EndQualification) -> Result<Qualified> {
    let actor = viewer.person()?;
    let qualification: QualificationId = faults::id("qualificationId", &new.qualification_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_look_up(viewer)?;
            let facts = store::qualification(&txn, qualification).await?;
            let proof = policy::may_end_qualification(leave, facts.as_ref())?;
            let verified = proof.verified();
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let (organization, at) = (proof.organization(), app.clock.now());
            store::end_qualification(&txn, proof, qualification, reason.clone(), at).await?;
            let happening = |audience, public| Happening {
                kind: EventKind::QualificationEnded,
                subject: organization.to_string(),
                challenge: None,
                audience,
                by: By::Person(actor.user),
                at,
                public,
                private: json!({}),
            };
            // Everybody could read that it counted, and reads that it does no more; why is for those who see the file.
            if verified {
                let counts_no_more = json!({ "qualification": qualification });
                events::append(&txn, happening(Audience::Everybody, counts_no_more)).await?;
            }
            for audience in [Audience::Bidder(organization), Audience::Staff(None)] {
                let why = json!({ "qualification": qualification, "reason": reason });
                events::append(&txn, happening(audience, why)).await?;
            }
            Ok(Qualified { organization, qualification })
        })
        .await
}
