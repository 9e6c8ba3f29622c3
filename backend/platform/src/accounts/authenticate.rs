//! Who is asking: an access token becomes an actor, by one statement.

use super::{store, token};
use crate::App;
use crate::access::{Actor, accounts as access};
use crate::base::id::SessionId;
use crate::base::{Error, Reason, Result};

/// The person whom an access token names, as the database has it now. Refused when the token is not ours or has run out, when
/// its session has ended, and when the person is suspended. Who needs a second factor and has none comes as one who enrols.
pub async fn authenticate(app: &App, access_token: &str) -> Result<Actor> {
    let (session, live) = live(app, access_token).await?;
    if live.stale {
        let now = app.clock.machine_now();
        let touched = app.db.write(move |txn| async move { store::touch(&txn, session, now).await }).await;
        if let Err(fault) = touched {
            // Whoever only reads may go on doing so while nothing can be written.
            tracing::warn!(%fault, "the use of a session was not noted");
        }
    }
    let unproven = access::needs_totp(live.actor.roles(), app.settings.rehearsal) && !live.enrolled;
    Ok(if unproven { live.actor.enrolling() } else { live.actor })
}

/// Whether an access token still holds, as [`authenticate`] would find it. Nobody uses a session by that: it runs out all the same.
pub async fn still_holds(app: &App, access_token: &str) -> Result<()> {
    live(app, access_token).await.map(|_| ())
}

async fn live(app: &App, access_token: &str) -> Result<(SessionId, store::Live)> {
    let (user, session) = token::read(app, access_token)?;
    let live = store::live(app.db.read(), session, app.clock.machine_now()).await?;
    let live = live.filter(|live| live.actor.user == user).ok_or(Error::SignIn(Reason::SessionEnded))?;
    Ok((session, live))
}
