//! An enterprise registers itself: an organization that an organizer has still to look at, and the account that bids for it.
//! Here and not with the organizations, since it needs both.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::create_account::{Person, created, cut};
use super::members::joined;
use super::store;
use crate::App;
use crate::access::{self, Member};
use crate::base::id::{OrganizationId, UserId};
use crate::base::uscc::Uscc;
use crate::base::words::{MemberRight, OrganizationKind, Role, Verification};
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::organizations::{self, Registration};

/// What `registerEnterprise` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RegisterEnterprise {
    pub name: String,
    pub uscc: String,
    pub username: String,
    #[serde(skip)]
    pub password: String,
    pub contact_name: String,
    /// From where.
    #[serde(skip)]
    pub address: Option<IpAddr>,
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Content for RegisterEnterprise {
    const MUTATION: &'static str = "registerEnterprise";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnterpriseRegistered {
    pub organization: OrganizationId,
    pub user: UserId,
}

/// Registers an enterprise. Anybody may; it can bid when an organizer has verified it.
pub async fn register_enterprise(app: &App, new: RegisterEnterprise) -> Result<EnterpriseRegistered> {
    let once = Once::of_anybody(&new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    // Read and counted before anything is hashed: this door is open to everybody.
    read(&new, "")?;
    if let Some(address) = new.address {
        app.throttle.register(address)?;
    }
    let hash = app.hasher.hash(&cut(&new.password)).await?;
    let now = app.clock.machine_now();
    let (new, hash) = (&new, &hash);
    app.db
        .once(&once, move |txn| async move {
            let txn = &*txn;
            let (name, uscc, entry) = read(new, hash)?;
            let at = app.clock.now();
            let public = json!({ "name": name, "uscc": uscc.as_str() });
            let organization =
                organizations::register(txn, access::organizations::may_register(), name, uscc, at).await?;
            let member =
                Member { organization, kind: OrganizationKind::Enterprise, verification: Verification::Pending };
            let user =
                store::create(txn, access::accounts::may_register(member, MemberRight::Owner), entry, now).await?;
            events::append(
                txn,
                Happening {
                    kind: EventKind::EnterpriseRegistered,
                    subject: organization.to_string(),
                    challenge: None,
                    audience: Audience::Staff(None),
                    by: By::Person(user),
                    at,
                    public,
                    private: json!({}),
                },
            )
            .await?;
            created(app, txn, user, By::Person(user), &[Role::Bidder]).await?;
            events::append(txn, joined(organization, user, MemberRight::Owner, None, By::Person(user), at)).await?;
            Ok(EnterpriseRegistered { organization, user })
        })
        .await
}

fn read(new: &RegisterEnterprise, hash: &str) -> Result<(String, Uscc, store::Entry)> {
    let mut faults = Faults::new();
    let registration = Registration::read(&mut faults, &new.name, &new.uscc);
    let person = Person { username: &new.username, name: ("contactName", &new.contact_name), password: &new.password };
    let entry = person.read(&mut faults, hash);
    Ok((registration.name, faults.give(registration.uscc)?, entry))
}
