//! `draftChallenge`: a department begins a scenario. It may be incomplete; only what is given is checked for form.

use serde::Serialize;
use serde_json::json;

use super::content::Changes;
use super::{Done, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::id::{ChallengeId, DemandId, Kind};
use crate::base::{Faults, Result};
use crate::db::{Content, Once};
use crate::demands;
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `draftChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct DraftChallenge {
    /// A listed demand of the department that it comes of.
    pub demand_id: Option<String>,
    pub content: Changes,
    pub idempotency_key: Option<String>,
}

impl Content for DraftChallenge {
    const MUTATION: &'static str = "draftChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Drafts a challenge for the actor's department.
pub async fn draft(app: &App, viewer: &Viewer, new: DraftChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let proof = policy::may_draft(viewer)?;
            let now = app.clock.now();
            let mut faults = Faults::new();
            let content = new.content.check("", &mut faults);
            faults.check(content.title.is_some(), "title", FaultCode::Required);
            let demand: Option<DemandId> = new.demand_id.as_deref().and_then(|demand| faults.id("demandId", demand));
            faults.done()?;
            let (department, challenge) = (proof.department(), ChallengeId::new());
            let content = match demand {
                Some(demand) => content.or(demands::take_up(&txn, viewer, demand, challenge, now).await?),
                None => content,
            };
            store::draft(&txn, proof, challenge, demand, content, now).await?;
            let happening = Happening {
                kind: EventKind::ChallengeDrafted,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Department(department),
                by: By::Person(actor.user),
                at: now,
                public: json!({}),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
