//! Signing out, here or everywhere.

use serde_json::json;

use super::store;
use crate::App;
use crate::access::Viewer;
use crate::base::Result;
use crate::events::{self, Audience, By, EventKind, Happening};

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct SignedOut {
    /// How many sessions ended.
    pub signed_out: u64,
}

/// Ends the session that asks, or all sessions of the person.
pub async fn sign_out(app: &App, viewer: &Viewer, everywhere: bool) -> Result<SignedOut> {
    let actor = viewer.in_person()?;
    let now = app.clock.machine_now();
    app.db
        .write(move |txn| async move {
            let txn = &*txn;
            let signed_out = store::end_own(txn, actor, everywhere, now).await?;
            events::append(
                txn,
                Happening {
                    kind: EventKind::SignedOut,
                    subject: actor.user.to_string(),
                    challenge: None,
                    audience: Audience::Person(actor.user),
                    by: By::Person(actor.user),
                    at: app.clock.now(),
                    public: json!({ "everywhere": everywhere, "sessions": signed_out }),
                    private: json!({}),
                },
            )
            .await?;
            Ok(SignedOut { signed_out })
        })
        .await
}
