//! Who is asking: an access token becomes an actor by one statement, an API token by two.

use super::{api_tokens, store, token};
use crate::App;
use crate::access::{Actor, accounts as access};
use crate::base::id::{ApiTokenId, SessionId};
use crate::base::{Error, Reason, Result};

/// The person whom an access token names, as the database has it now; or on whose behalf a program asks that shows an API token. Refused
/// when the token is not ours or has run out, when its session has ended or it was revoked, and when the person is suspended. Who needs
/// a second factor and has none comes as one who enrols.
pub async fn authenticate(app: &App, token: &str) -> Result<Actor> {
    let (by, live) = live(app, token).await?;
    if live.stale {
        let now = app.clock.machine_now();
        let touched = app
            .db
            .write(move |txn| async move {
                match by {
                    By::Session(session) => store::touch(&txn, session, now).await,
                    By::Token(token) => api_tokens::touch(&txn, token, now).await,
                }
            })
            .await;
        if let Err(fault) = touched {
            // Whoever only reads may go on doing so while nothing can be written.
            tracing::warn!(%fault, "the use of a session or token was not noted");
        }
    }
    let unproven = access::needs_totp(live.actor.roles(), app.settings.rehearsal) && !live.enrolled;
    Ok(if unproven { live.actor.enrolling() } else { live.actor })
}

/// Whether a token still holds, as [`authenticate`] would find it. Nobody uses a session by that: it runs out all the same.
pub async fn still_holds(app: &App, token: &str) -> Result<()> {
    live(app, token).await.map(|_| ())
}

/// What a request came by.
#[derive(Clone, Copy)]
enum By {
    Session(SessionId),
    Token(ApiTokenId),
}

async fn live(app: &App, token: &str) -> Result<(By, store::Live)> {
    let (ended, now) = (|| Error::SignIn(Reason::SessionEnded), app.clock.machine_now());
    if token.starts_with(api_tokens::BEGINS) {
        let held = api_tokens::holder(app.db.read(), &api_tokens::hash(token), now).await?;
        let (id, live) = held.ok_or_else(ended)?;
        return Ok((By::Token(id), live));
    }
    let (user, session) = token::read(app, token)?;
    let live = store::live(app.db.read(), session, now).await?;
    let live = live.filter(|live| live.actor.user == user).ok_or_else(ended)?;
    Ok((By::Session(session), live))
}
