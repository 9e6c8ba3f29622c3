//! `endTie`: an organizer records that what tied two organizations to one another is over.

use serde::Serialize;
use serde_json::json;

use super::record_tie::Tied;
use super::store;
use crate::access::{Viewer, eligibility as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::TieId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `endTie` is given.
#[derive(Clone, Debug, Serialize)]
pub struct EndTie {
    pub tie_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for EndTie {
    const MUTATION: &'static str = "endTie";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Ends a tie, once.
pub async fn end_tie(app: &App, viewer: &Viewer, new: EndTie) -> Result<Tied> {
    let actor = viewer.person()?;
    let tie: TieId = faults::id("tieId", &new.tie_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_look_up(viewer)?;
            let facts = store::tie(&txn, tie).await?;
            let proof = policy::may_end_tie(leave, facts.as_ref())?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let at = app.clock.now();
            store::end_tie(&txn, proof, at).await?;
            let happening = Happening {
                kind: EventKind::TieEnded,
                subject: tie.to_string(),
                challenge: None,
                audience: Audience::Staff(None),
                by: By::Person(actor.user),
                at,
                public: json!({ "reason": reason }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Tied { tie })
        })
        .await
}
