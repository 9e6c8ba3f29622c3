//! A new access token for a refresh token, which is good for one use: whoever brings it a second time, thief or robbed, ends
//! the session (RFC 9700, 4.14.2).

use serde_json::json;

use super::{SignedIn, store, token};
use crate::App;
use crate::base::id::{SessionId, UserId};
use crate::base::{Error, Reason, Result};
use crate::events::{self, Audience, By, EventKind, Happening};

/// Ours have 43 characters.
const MOST: usize = 200;

/// What `refreshSession` is given.
pub struct RefreshSession {
    pub refresh_token: String,
}

enum Refreshed {
    Renewed(UserId, SessionId),
    /// Committed all the same: the session has ended.
    Refused,
}

/// Uses a refresh token up and gives the next. Of two at once exactly one succeeds.
pub async fn refresh_session(app: &App, new: RefreshSession) -> Result<SignedIn> {
    let refused = || Error::SignIn(Reason::RefreshRefused);
    if new.refresh_token.len() > MOST {
        return Err(refused());
    }
    let (next, next_hash) = token::refresh()?;
    let hash = token::hash(&new.refresh_token);
    let now = app.clock.machine_now();
    let (hash, next_hash) = (&hash, &next_hash);
    let refreshed = app
        .db
        .write(move |txn| async move {
            let txn = &*txn;
            let Some(session) = store::refreshed(txn, hash).await? else { return Ok(Refreshed::Refused) };
            let first = store::use_up(txn, hash, now).await?;
            // Read behind the token's row, for which a second user of the same token waits.
            let Some(live) = store::live(txn, session, now).await? else { return Ok(Refreshed::Refused) };
            let user = live.actor.user;
            if first {
                store::renew(txn, session, next_hash.clone(), now).await?;
                return Ok(Refreshed::Renewed(user, session));
            }
            if store::end_family(txn, session, now).await? {
                events::append(
                    txn,
                    Happening {
                        kind: EventKind::RefreshReused,
                        subject: user.to_string(),
                        challenge: None,
                        audience: Audience::Person(user),
                        by: By::Person(user),
                        at: app.clock.now(),
                        public: json!({ "session": session }),
                        private: json!({}),
                    },
                )
                .await?;
            }
            Ok(Refreshed::Refused)
        })
        .await?;
    match refreshed {
        Refreshed::Refused => Err(refused()),
        Refreshed::Renewed(user, session) => {
            let access = token::issue(app, user, session)?;
            Ok(SignedIn {
                user,
                session,
                access_token: access.token,
                expires_at: access.expires_at,
                refresh_token: next,
            })
        }
    }
}
