//! An organizer refuses to vouch for an organization, or stops vouching for it.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::App;
use crate::access::{Viewer, organizations as access};
use crate::base::faults::{self, Length};
use crate::base::id::OrganizationId;
use crate::base::{Error, Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `refuseOrganization` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RefuseOrganization {
    pub organization_id: String,
    pub reason: String,
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Content for RefuseOrganization {
    const MUTATION: &'static str = "refuseOrganization";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrganizationRefused {
    pub organization: OrganizationId,
}

/// PENDING or VERIFIED → REFUSED. The reason is for the staff and the organization; the public is told only that somebody
/// whom it knew as verified no longer is.
pub async fn refuse_organization(app: &App, viewer: &Viewer, new: RefuseOrganization) -> Result<OrganizationRefused> {
    let actor = viewer.person()?;
    let organization: OrganizationId = faults::id("organizationId", &new.organization_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let txn = &*txn;
            let facts = store::facts(txn, organization).await?.ok_or(Error::Hidden)?;
            let proof = access::may_refuse(viewer, &facts)?;
            let was_verified = proof.was_verified;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            store::refuse(txn, proof, organization, &reason).await?;
            let told = json!({ "reason": reason });
            let mut audiences = vec![(Audience::Staff(None), told.clone()), (Audience::Bidder(organization), told)];
            if was_verified {
                audiences.push((Audience::Everybody, json!({})));
            }
            let at = app.clock.now();
            for (audience, public) in audiences {
                events::append(
                    txn,
                    Happening {
                        kind: EventKind::OrganizationRefused,
                        subject: organization.to_string(),
                        challenge: None,
                        audience,
                        by: By::Person(actor.user),
                        at,
                        public,
                        private: json!({}),
                    },
                )
                .await?;
            }
            Ok(OrganizationRefused { organization })
        })
        .await
}
