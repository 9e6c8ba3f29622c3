//! `recordQualification`: an enterprise states a dated qualification with its evidence. It counts once an organizer has verified it.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::access::{Viewer, eligibility as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{OrganizationId, QualificationId};
use crate::base::words::QualificationKind;
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// An organization states at most so many.
const MOST: u64 = 100;

/// What `recordQualification` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RecordQualification {
    pub kind: QualificationKind,
    pub certificate_no: String,
    pub issued_by: String,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day; none: until further notice.
    pub valid_to: Option<String>,
    /// Where the evidence can be looked at: a file number, a register's address.
    pub evidence: String,
    pub idempotency_key: Option<String>,
}

impl Content for RecordQualification {
    const MUTATION: &'static str = "recordQualification";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// The qualification stated.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Qualified {
    pub organization: OrganizationId,
    pub qualification: QualificationId,
}

/// States a qualification of the own organization.
pub async fn qualify(app: &App, viewer: &Viewer, new: RecordQualification) -> Result<Qualified> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let proof = policy::may_qualify(viewer)?;
            let organization = proof.organization();
            let mut faults = Faults::new();
            let certificate_no = faults.text("certificateNo", &new.certificate_no, Length::SHORT);
            let issued_by = faults.text("issuedBy", &new.issued_by, Length::NAME);
            let evidence = faults.text("evidence", &new.evidence, Length::NOTE);
            let from = faults.day("validFrom", &new.valid_from);
            let to = new.valid_to.as_deref().and_then(|day| faults.day("validTo", day));
            if let (Some(from), Some(to)) = (from, to)
                && to < from
            {
                faults.add_with("validTo", FaultCode::TooSoon, from);
            }
            let many = store::count_qualifications(&txn, organization).await? >= MOST;
            if many {
                faults.add_with("kind", FaultCode::TooLong, MOST);
            }
            let valid_from = faults.give(from)?;
            let row = store::NewQualification {
                kind: new.kind,
                certificate_no: certificate_no.clone(),
                issued_by,
                valid_from,
                valid_to: to,
                evidence,
            };
            let qualification = store::qualify(&txn, proof, row).await?;
            let happening = Happening {
                kind: EventKind::QualificationRecorded,
                subject: organization.to_string(),
                challenge: None,
                audience: Audience::Bidder(organization),
                by: By::Person(actor.user),
                at: app.clock.now(),
                public: json!({
                    "qualification": qualification, "kind": new.kind, "certificateNo": certificate_no,
                    "validFrom": valid_from, "validTo": to,
                }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Qualified { organization, qualification })
        })
        .await
}
