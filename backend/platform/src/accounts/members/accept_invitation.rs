//! `acceptInvitation`: whoever has an invitation's code makes an account that acts for the organization.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::super::attempt::take_back;
use super::super::create_account::{Person, created, cut};
use super::super::{store as accounts, token};
use super::{joined, store};
use crate::App;
use crate::access::{accounts as access, members as policy};
use crate::base::id::{OrganizationId, UserId};
use crate::base::words::Role;
use crate::base::{Error, Faults, Result};
use crate::db::{Content, Once};
use crate::events::{self, By};
use crate::organizations;

/// What `acceptInvitation` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AcceptInvitation {
    pub code: String,
    pub username: String,
    #[serde(skip)]
    pub password: String,
    pub name: String,
    /// From where.
    #[serde(skip)]
    pub address: Option<IpAddr>,
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Content for AcceptInvitation {
    const MUTATION: &'static str = "acceptInvitation";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Joined {
    pub organization: OrganizationId,
    pub user: UserId,
}

/// Joins. A code that is none is told as what is not there.
pub async fn accept_invitation(app: &App, new: AcceptInvitation) -> Result<Joined> {
    let once = Once::of_anybody(&new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    // Nobody makes the server hash without a code that holds; the check that decides stands in the transaction.
    let code = &token::hash(&new.code);
    let facts = store::by_code(app.db.read(), code).await?.ok_or(Error::Hidden)?;
    policy::may_join(&facts, app.clock.machine_now())?;
    read(&new, "")?;
    // A try, and none once it succeeds: of colleagues behind one address each may join.
    if let Some(address) = new.address {
        app.throttle.begin(address)?;
    }
    let hash = app.hasher.hash(&cut(&new.password)).await;
    if hash.is_err() {
        take_back(app, new.address);
    }
    let hash = hash?;
    let (new, hash, invitation) = (&new, &hash, facts.id);
    let joined = app
        .db
        .once(&once, move |txn| async move {
            let now = app.clock.machine_now();
            let facts = store::invitation(&txn, invitation).await?.ok_or(Error::Hidden)?;
            let proof = policy::may_join(&facts, now)?;
            let entry = read(new, hash)?;
            let organization = proof.organization();
            let member = organizations::member(&*txn, organization).await?.ok_or(Error::Hidden)?;
            let user = accounts::create(&txn, access::may_register(member, proof.right()), entry, now).await?;
            store::accept(&txn, &proof, user, now).await?;
            created(app, &txn, user, By::Person(user), &[Role::Bidder]).await?;
            let (by, at) = (By::Person(user), app.clock.now());
            events::append(&txn, joined(organization, user, proof.right(), Some(proof.invitation()), by, at)).await?;
            Ok(Joined { organization, user })
        })
        .await;
    // Nor is what a fault of ours stopped a try.
    if matches!(&joined, Ok(_) | Err(Error::Unavailable(_) | Error::Internal(_))) {
        take_back(app, new.address);
    }
    joined
}

fn read(new: &AcceptInvitation, hash: &str) -> Result<accounts::Entry> {
    let mut faults = Faults::new();
    let person = Person { username: &new.username, name: ("name", &new.name), password: &new.password };
    let entry = person.read(&mut faults, hash);
    faults.done()?;
    Ok(entry)
}
