//! The system administrator enters an organization, which counts as verified at once.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::{self, Entry};
use crate::App;
use crate::access::{Viewer, organizations as access};
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::OrganizationId;
use crate::base::uscc::{Uscc, UsccFault};
use crate::base::words::OrganizationKind;
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `createOrganization` is given.
#[derive(Clone, Debug, Serialize)]
pub struct CreateOrganization {
    pub name: String,
    pub kind: OrganizationKind,
    pub uscc: String,
    /// Whether it is registered in the zone.
    pub registered_in_zone: bool,
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Content for CreateOrganization {
    const MUTATION: &'static str = "createOrganization";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrganizationCreated {
    pub organization: OrganizationId,
}

/// Enters an organization of any kind; its code has to be right and to fit the kind (GB 32100-2015).
pub async fn create_organization(app: &App, viewer: &Viewer, new: CreateOrganization) -> Result<OrganizationCreated> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let txn = &*txn;
            let proof = access::may_create(actor)?;
            let mut faults = Faults::new();
            let name = faults.text("name", &new.name, Length::NAME);
            let uscc = code(&mut faults, "uscc", &new.uscc, new.kind);
            let uscc = faults.give(uscc)?;
            let at = app.clock.now();
            let entry = Entry { name, kind: new.kind, uscc, registered_in_zone: new.registered_in_zone };
            let public = json!({
                "name": entry.name, "kind": entry.kind, "uscc": entry.uscc.as_str(),
                "registeredInZone": entry.registered_in_zone,
            });
            let organization = store::create(txn, proof, entry, at).await?;
            events::append(
                txn,
                Happening {
                    kind: EventKind::OrganizationCreated,
                    subject: organization.to_string(),
                    challenge: None,
                    audience: Audience::Everybody,
                    by: By::Person(actor.user),
                    at,
                    public,
                    private: json!({}),
                },
            )
            .await?;
            Ok(OrganizationCreated { organization })
        })
        .await
}

/// Reads a code and holds it against the kind.
pub(super) fn code(faults: &mut Faults, path: &str, text: &str, kind: OrganizationKind) -> Option<Uscc> {
    match Uscc::parse(text) {
        Ok(uscc) if uscc.fits(kind) => Some(uscc),
        Ok(_) => {
            faults.add(path, FaultCode::UsccKind);
            None
        }
        Err(UsccFault::Form) => {
            faults.add(path, FaultCode::UsccForm);
            None
        }
        Err(UsccFault::CheckDigit) => {
            faults.add(path, FaultCode::UsccCheckDigit);
            None
        }
    }
}
