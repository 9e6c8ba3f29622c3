//! `recordIntegrityCase`: an organizer records what an organization did and for how long it is barred. A ban ends by itself.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::access::{Viewer, eligibility as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{IntegrityCaseId, OrganizationId};
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// No ban is longer: the longest of the tender law and of science projects is 5 years.
const LONGEST: TimeDelta = TimeDelta::days(5 * 366);

/// What `recordIntegrityCase` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RecordIntegrityCase {
    pub organization_id: String,
    pub violation: String,
    /// The decision or provision that it rests on.
    pub basis: String,
    pub ban_from: String,
    pub ban_to: String,
    pub idempotency_key: Option<String>,
}

impl Content for RecordIntegrityCase {
    const MUTATION: &'static str = "recordIntegrityCase";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// The case.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Recorded {
    pub case: IntegrityCaseId,
}

/// Records a case.
pub async fn record_case(app: &App, viewer: &Viewer, new: RecordIntegrityCase) -> Result<Recorded> {
    let actor = viewer.person()?;
    let organization: OrganizationId = faults::id("organizationId", &new.organization_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_look_up(viewer)?;
            let proof = policy::may_record_case(leave, store::is_known(&txn, organization).await?)?;
            let mut faults = Faults::new();
            let violation = faults.text("violation", &new.violation, Length::NOTE);
            let basis = faults.text("basis", &new.basis, Length::NOTE);
            let from = faults.instant("banFrom", &new.ban_from);
            let to = faults.instant("banTo", &new.ban_to);
            if let (Some(from), Some(to)) = (from, to) {
                faults.within("banTo", to, from + TimeDelta::milliseconds(1)..=from + LONGEST);
            }
            let (ban_from, ban_to) = faults.give(from.zip(to))?;
            let at = app.clock.now();
            let row = store::NewCase { organization, violation: violation.clone(), basis: basis.clone(), ban_from, ban_to, at };
            let case = store::record_case(&txn, proof, row).await?;
            let happening = Happening {
                kind: EventKind::IntegrityCaseRecorded,
                subject: case.to_string(),
                challenge: None,
                audience: Audience::Staff(None),
                by: By::Person(actor.user),
                at,
                public: json!({
                    "organization": organization, "violation": violation, "basis": basis, "banFrom": ban_from, "banTo": ban_to,
                }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Recorded { case })
        })
        .await
}
