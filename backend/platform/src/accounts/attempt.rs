//! A try at a password. Counted before it is known to be wrong; five within fifteen minutes lock for fifteen, with the same
//! words and the same work as any wrong password, whether or not there is such an account.

use std::net::IpAddr;

use super::store::{self, Credentials};
use crate::App;
use crate::base::id::{RowId, UserId};
use crate::base::{Error, Result};

/// Whose password is tried.
pub(super) enum Whose<'a> {
    /// Of who uses this name, if anybody does.
    Name(&'a str),
    /// Of somebody already signed in. Counted apart, so that a stranger who guesses at the name does not lock this door too.
    User(UserId),
}

/// What is kept of a try under somebody's name.
pub(super) struct Try {
    /// Under what it is counted.
    pub digest: Vec<u8>,
    /// As which try.
    pub counted: Option<RowId>,
    /// The account, when the password was right and nothing is locked.
    pub right: Option<Credentials>,
}

/// Tries. Whoever acts on success also calls [`store::forget_failures`], in its own transaction, and takes the try back from the
/// address.
pub(super) async fn attempt(app: &App, whose: Whose<'_>, password: &str, address: Option<IpAddr>) -> Result<Try> {
    app.hasher.has_room()?;
    if let Some(address) = address {
        app.throttle.begin(address)?;
    }
    let digest = match &whose {
        Whose::Name(name) => app.keys.mac("sign-in name", &[name.as_bytes()])?,
        Whose::User(user) => app.keys.mac("password of", &[user.to_string().as_bytes()])?,
    }
    .to_vec();
    let counted = match count(app, &digest, store::FAILURES).await {
        Ok(counted) => counted,
        Err(fault) => {
            take_back(app, address);
            return Err(fault);
        }
    };
    let (credentials, fits) = match compare(app, whose, password).await {
        Ok(compared) => compared,
        // Nothing was tried. Whoever floods this door locks nobody out by it.
        Err(busy @ Error::Busy(_)) => {
            uncount(app, counted, address).await?;
            return Err(busy);
        }
        Err(fault) => {
            uncount_behind(app, counted, address);
            return Err(fault);
        }
    };
    let right = credentials.filter(|credentials| fits && counted.is_some() && !credentials.suspended);
    Ok(Try { digest, counted, right })
}

/// Whose password it is, if anybody's, and whether it is right. As much work for nobody as for somebody.
async fn compare(app: &App, whose: Whose<'_>, password: &str) -> Result<(Option<Credentials>, bool)> {
    let credentials = match whose {
        Whose::Name(name) => store::credentials_by_name(app.db.read(), name).await?,
        Whose::User(user) => store::credentials(app.db.read(), user).await?,
    };
    let kept = credentials.as_ref().map(|credentials| credentials.password_hash.as_str());
    let fits = app.hasher.verify(password, kept).await?;
    Ok((credentials, fits))
}

/// What was counted was no guess, neither at the name nor from the address.
pub(super) async fn uncount(app: &App, counted: Option<RowId>, address: Option<IpAddr>) -> Result<()> {
    take_back(app, address);
    match counted {
        Some(counted) => app.db.write(move |txn| async move { store::forget_try(&txn, counted).await }).await,
        None => Ok(()),
    }
}

/// As [`uncount`], of a try that a fault of ours stopped: behind the answer, which does not wait for a database that is away.
pub(super) fn uncount_behind(app: &App, counted: Option<RowId>, address: Option<IpAddr>) {
    take_back(app, address);
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(fault) = uncount(&app, counted, None).await {
            tracing::debug!(%fault, "a try that was none stays counted until it is forgotten");
        }
    });
}

/// A try that began from an address was none.
pub(super) fn take_back(app: &App, address: Option<IpAddr>) {
    if let Some(address) = address {
        app.throttle.succeeded(address);
    }
}

/// Counts a try under a digest; none when that is locked.
pub(super) async fn count(app: &App, digest: &[u8], most: usize) -> Result<Option<RowId>> {
    let now = app.clock.machine_now();
    app.db.write(move |txn| async move { store::count_try(&txn, digest, most, now).await }).await
}
