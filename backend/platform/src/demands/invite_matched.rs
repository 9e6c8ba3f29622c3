//! `inviteMatched`: an organizer invites all who match a listed demand, alike and on the record. Nobody is chosen: who matches is the
//! rule's to say.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::DemandId;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `inviteMatched` is given.
#[derive(Clone, Debug, Serialize)]
pub struct InviteMatched {
    pub demand_id: String,
    pub message: String,
    pub idempotency_key: Option<String>,
}

impl Content for InviteMatched {
    const MUTATION: &'static str = "inviteMatched";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct MatchedInvited {
    /// To which demand.
    pub demand: DemandId,
    /// How many were invited by this act.
    pub invited: usize,
}

/// Invites whoever matches now and has not been invited, with the text of the first invitation; `NotNow(NobodyToInvite)` where there
/// is nobody, `Conflict(InvitationFixed)` with another text.
pub async fn invite_matched(app: &App, viewer: &Viewer, new: InviteMatched) -> Result<MatchedInvited> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::locked(&txn, viewer, demand).await?.facts;
            let proof = policy::may_invite(viewer, &facts)?;
            let mut faults = Faults::new();
            let message = faults.text("message", &new.message, Length::NOTE);
            faults.done()?;
            if store::invitation_text(&*txn, demand).await?.is_some_and(|first| first != message) {
                return Err(Error::Conflict(Reason::InvitationFixed));
            }
            let now = app.clock.now();
            let invited = super::read::to_invite(&*txn, demand, now).await?;
            if invited.is_empty() {
                return Err(Error::NotNow(Reason::NobodyToInvite));
            }
            store::invite(&txn, &proof, &invited, &message, now).await?;
            // Who they are is bound by the private facts' digest, whose salt keeps it from being tried out.
            let happening = Happening {
                kind: EventKind::MatchedInvited,
                subject: demand.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({ "invited": invited.len(), "message": message }),
                private: json!({ "organizations": invited }),
            };
            events::append(&txn, happening).await?;
            Ok(MatchedInvited { demand, invited: invited.len() })
        })
        .await
}
