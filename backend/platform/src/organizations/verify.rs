//! An organizer vouches for an organization: from now on it can bid.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::App;
use crate::access::{Viewer, organizations as access};
use crate::base::id::OrganizationId;
use crate::base::{Error, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `verifyOrganization` is given.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyOrganization {
    pub organization_id: String,
    /// What the organizer found.
    pub registered_in_zone: bool,
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Content for VerifyOrganization {
    const MUTATION: &'static str = "verifyOrganization";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrganizationVerified {
    pub organization: OrganizationId,
}

/// PENDING or REFUSED → VERIFIED.
pub async fn verify_organization(app: &App, viewer: &Viewer, new: VerifyOrganization) -> Result<OrganizationVerified> {
    let actor = viewer.person()?;
    let organization: OrganizationId = faults::id("organizationId", &new.organization_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let txn = &*txn;
            let facts = store::facts(txn, organization).await?.ok_or(Error::Hidden)?;
            let proof = access::may_verify(viewer, &facts)?;
            store::verify(txn, proof, organization, new.registered_in_zone).await?;
            events::append(
                txn,
                Happening {
                    kind: EventKind::OrganizationVerified,
                    subject: organization.to_string(),
                    challenge: None,
                    audience: Audience::Everybody,
                    by: By::Person(actor.user),
                    at: app.clock.now(),
                    public: json!({ "registeredInZone": new.registered_in_zone }),
                    private: json!({}),
                },
            )
            .await?;
            Ok(OrganizationVerified { organization })
        })
        .await
}
