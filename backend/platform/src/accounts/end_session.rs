//! Ending one of one's own sessions, such as that of a lost device.

use serde_json::json;

use super::store;
use crate::App;
use crate::access::{Viewer, accounts as access};
use crate::base::id::SessionId;
use crate::base::{Error, Result, faults};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `endSession` is given.
#[derive(Clone, Debug)]
pub struct EndSession {
    pub session_id: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct SessionEnded {
    pub session: SessionId,
}

/// Ends a session of the caller's own that still lives.
pub async fn end_session(app: &App, viewer: &Viewer, new: EndSession) -> Result<SessionEnded> {
    viewer.in_person()?;
    let actor = viewer.person()?;
    let session: SessionId = faults::id("sessionId", &new.session_id)?;
    let now = app.clock.machine_now();
    app.db
        .write(move |txn| async move {
            let txn = &*txn;
            let facts = store::session_facts(txn, session, now).await?.ok_or(Error::Hidden)?;
            let proof = access::may_end_session(actor, &facts)?;
            store::end_session(txn, proof, now).await?;
            events::append(
                txn,
                Happening {
                    kind: EventKind::SessionEnded,
                    subject: actor.user.to_string(),
                    challenge: None,
                    audience: Audience::Person(actor.user),
                    by: By::Person(actor.user),
                    at: app.clock.now(),
                    public: json!({ "session": session }),
                    private: json!({}),
                },
            )
            .await?;
            Ok(SessionEnded { session })
        })
        .await
}
