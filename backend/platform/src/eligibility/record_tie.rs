//! `recordTie`: an organizer records what ties two organizations to one another: a bidder may not be tied to the demander (长沙, 宣城 and
//! others), and tied bidders may not bid against each other (招标投标法实施条例 34).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::access::{Viewer, eligibility as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{OrganizationId, TieId};
use crate::base::words::TieKind;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `recordTie` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RecordTie {
    pub organization_id: String,
    pub other_id: String,
    pub kind: TieKind,
    /// Where it is known from.
    pub basis: String,
    pub idempotency_key: Option<String>,
}

impl Content for RecordTie {
    const MUTATION: &'static str = "recordTie";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// The tie.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Tied {
    pub tie: TieId,
}

/// Records a tie.
pub async fn record_tie(app: &App, viewer: &Viewer, new: RecordTie) -> Result<Tied> {
    let actor = viewer.person()?;
    let first: OrganizationId = faults::id("organizationId", &new.organization_id)?;
    let second: OrganizationId = faults::id("otherId", &new.other_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_look_up(viewer)?;
            let known = store::is_known(&txn, first).await? && store::is_known(&txn, second).await?;
            let proof = policy::may_record_tie(leave, known)?;
            let mut faults = Faults::new();
            faults.check(first != second, "otherId", FaultCode::Duplicate);
            let basis = faults.text("basis", &new.basis, Length::NOTE);
            faults.done()?;
            let at = app.clock.now();
            let row = store::NewTie { first, second, kind: new.kind, basis: basis.clone(), at };
            let tie = store::record_tie(&txn, proof, row).await?;
            let happening = Happening {
                kind: EventKind::TieRecorded,
                subject: tie.to_string(),
                challenge: None,
                audience: Audience::Staff(None),
                by: By::Person(actor.user),
                at,
                public: json!({ "organizations": [first, second], "kind": new.kind, "basis": basis }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Tied { tie })
        })
        .await
}
