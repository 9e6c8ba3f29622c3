//! `endExpertRelation`: an organizer finds since when something stands no more between an expert and others. What has a look-back
//! counts that much longer.

use serde::Serialize;
use serde_json::json;

use super::{Done, store, told};
use crate::access::{Viewer, experts as policy};
use crate::app::App;
use crate::base::clock::china_day;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::ExpertRelationId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{Audience, By, EventKind, Happening};

/// What `endExpertRelation` is given.
#[derive(Clone, Debug, Serialize)]
pub struct EndExpertRelation {
    pub relation_id: String,
    /// The last day on which it stood, today at the latest.
    pub until: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for EndExpertRelation {
    const MUTATION: &'static str = "endExpertRelation";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Ends a relation.
pub async fn end_expert_relation(app: &App, viewer: &Viewer, new: EndExpertRelation) -> Result<Done> {
    let actor = viewer.person()?;
    let relation: ExpertRelationId = faults::id("relationId", &new.relation_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_name(viewer)?;
            let proof = policy::may_end_relation(leave, store::relation(&txn, relation).await?.as_ref())?;
            let now = app.clock.now();
            let mut faults = Faults::new();
            let until = faults.day_of_life("until", &new.until);
            // What has a look-back counts that much longer: what was recorded as running ended no sooner than it was recorded.
            let least = store::ended_no_sooner_than(&*txn, relation, china_day(now)).await?;
            let fits = |day: chrono::NaiveDate| day <= china_day(now) && day.to_string() >= least;
            faults.check(until.is_none_or(fits), "until", FaultCode::OutOfRange);
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            let until = faults.give(until)?;
            store::end_relation(&txn, &proof, until, reason.clone()).await?;
            let happening = Happening {
                kind: EventKind::ExpertRelationEnded,
                subject: proof.expert().to_string(),
                challenge: None,
                audience: Audience::Person(proof.user()),
                by: By::Person(proof.by()),
                at: now,
                public: json!({ "relation": relation, "until": until, "reason": reason }),
                private: json!({}),
            };
            told(&txn, happening).await?;
            Ok(Done { expert: proof.expert() })
        })
        .await
}
