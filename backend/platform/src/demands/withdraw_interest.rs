//! `withdrawInterest`: whoever registered an interest takes it back.

use serde::Serialize;
use serde_json::json;

use super::{Done, store};
use crate::access::{Viewer, demands as policy};
use crate::app::App;
use crate::base::id::DemandId;
use crate::base::{Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `withdrawInterest` is given.
#[derive(Clone, Debug, Serialize)]
pub struct WithdrawInterest {
    pub demand_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for WithdrawInterest {
    const MUTATION: &'static str = "withdrawInterest";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Takes the own organization's interest back; `NotNow(NoInterest)` where there is none.
pub async fn withdraw_interest(app: &App, viewer: &Viewer, new: WithdrawInterest) -> Result<Done> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::locked(&txn, viewer, demand).await?.facts;
            let proof = policy::may_withdraw_interest(viewer, &facts)?;
            let now = app.clock.now();
            let organization = proof.organization();
            let interest = store::withdraw_interest(&txn, &proof, now).await?;
            let happening = Happening {
                kind: EventKind::InterestWithdrawn,
                subject: interest.to_string(),
                challenge: None,
                audience: Audience::Bidder(organization),
                by: By::Person(actor.user),
                at: now,
                public: json!({ "demand": demand }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { demand })
        })
        .await
}
