//! An account with its roles, made by the system administrator or, from the command line, by the operator.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::members::{has_owner, joined};
use super::store::{self, Entry};
use super::{opening_key, password};
use crate::App;
use crate::access::accounts::{self as access, MayGrant};
use crate::access::{Actor, Viewer};
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{Kind, OrganizationId, UserId};
use crate::base::words::{JudgeKind, Role};
use crate::base::{Error, Faults, Result, faults};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::organizations;

const USERNAME: Length = Length(3, 40);
const PERSON_NAME: Length = Length(1, 60);

/// What `createAccount` is given.
#[derive(Clone, Debug, Serialize)]
pub struct CreateAccount {
    pub username: String,
    #[serde(skip)]
    pub password: String,
    pub name: String,
    pub roles: Vec<Role>,
    /// With JUDGE, and only with it.
    pub judge_kind: Option<JudgeKind>,
    pub organization_id: Option<String>,
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Content for CreateAccount {
    const MUTATION: &'static str = "createAccount";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountCreated {
    pub user: UserId,
}

/// Makes an account, asked by the system administrator.
pub async fn create_account(app: &App, viewer: &Viewer, new: CreateAccount) -> Result<AccountCreated> {
    let actor = viewer.person()?;
    create(app, Some(actor), new).await
}

/// Makes an account, asked from the command line: the first accounts have to come from somewhere.
pub async fn create_account_as_operator(app: &App, new: CreateAccount) -> Result<AccountCreated> {
    create(app, None, new).await
}

fn may_grant(actor: Option<&Actor>) -> Result<MayGrant> {
    actor.map_or_else(|| Ok(access::operator_may_grant()), access::may_grant)
}

async fn create(app: &App, actor: Option<&Actor>, new: CreateAccount) -> Result<AccountCreated> {
    let organization: Option<OrganizationId> =
        new.organization_id.as_deref().map(|id| faults::id("organizationId", id)).transpose()?;
    // Nobody makes the server hash without leave; the check that decides stands in the transaction.
    may_grant(actor)?;
    let user = actor.map_or(UserId::from_uuid(Uuid::nil()), |actor| actor.user);
    let once = Once::new(user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let hash = app.hasher.hash(&cut(&new.password)).await?;
    // In a rehearsal the passphrase of an organizer's opening key is its password.
    let opens = app.settings.rehearsal && new.roles.contains(&Role::Organizer);
    let key = if opens { Some(opening_key::make(app, &cut(&new.password)).await?) } else { None };
    let now = app.clock.machine_now();
    let (new, hash, key) = (&new, &hash, &key);
    app.db
        .once(&once, move |txn| async move {
            let txn = &*txn;
            let member = match organization {
                Some(id) => Some(organizations::member(txn, id).await?.ok_or(Error::Hidden)?),
                None => None,
            };
            let grant = may_grant(actor)?;
            let mut faults = Faults::new();
            let person = Person { username: &new.username, name: ("name", &new.name), password: &new.password };
            let entry = person.read(&mut faults, hash);
            let proof = grant.roles(&mut faults, &new.roles, new.judge_kind, member);
            let joins = organization.zip(proof.right());
            if let Some((own, _)) = joins {
                // Once somebody owns it, its own people decide who joins: nobody else lets anybody see what it bids.
                faults.check(!has_owner(txn, own).await?, "organizationId", FaultCode::HasOwner);
            }
            faults.done()?;
            let roles = proof.roles().to_vec();
            let user = store::create(txn, proof, entry, now).await?;
            if let Some((key, proof)) = key.as_ref().zip(access::rehearsal_may_register_opening_key(user, opens)) {
                store::register_opening_key(txn, &proof, key, now).await?;
            }
            let by = actor.map_or(By::Operator, |actor| By::Person(actor.user));
            created(app, txn, user, by, &roles).await?;
            if let Some((own, right)) = joins {
                events::append(txn, joined(own, user, right, None, by, app.clock.now())).await?;
            }
            Ok(AccountCreated { user })
        })
        .await
}

/// Notes in the person's stream that the account was made.
pub(super) async fn created(app: &App, txn: &Txn, user: UserId, by: By, roles: &[Role]) -> Result<()> {
    events::append(
        txn,
        Happening {
            kind: EventKind::AccountCreated,
            subject: user.to_string(),
            challenge: None,
            audience: Audience::Person(user),
            by,
            at: app.clock.now(),
            public: json!({ "roles": roles }),
            private: json!({}),
        },
    )
    .await?;
    Ok(())
}

/// What every account is made from.
pub(super) struct Person<'a> {
    pub username: &'a str,
    /// The name with its path in the input.
    pub name: (&'a str, &'a str),
    pub password: &'a str,
}

impl Person<'_> {
    pub fn read(&self, faults: &mut Faults, hash: &str) -> Entry {
        let username = faults.text("username", &normal(self.username), USERNAME);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        if !username.chars().all(plain) {
            faults.add("username", FaultCode::BadCharacters);
        }
        password::check(faults, "password", self.password, &username);
        let (path, name) = self.name;
        Entry { name: faults.text(path, name, PERSON_NAME), username, password_hash: hash.to_owned() }
    }
}

/// A user name in its normal form: names differ by more than capitals.
pub(super) fn normal(username: &str) -> String {
    username.trim().to_lowercase()
}

/// No more of a password than any may have is ever hashed; that it was longer is told as a fault.
pub(super) fn cut(password: &str) -> String {
    password.chars().take(super::PASSWORD_MOST).collect()
}
