//! `raiseObjection` (异议): a bidder of the challenge objects to the notice; until every objection has been ruled on, the challenge
//! is suspended (招标投标法实施条例 54).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::evidence::{self, Filed};
use super::store::{self, NewObjection};
use super::{read, rulings};
use crate::access::{Viewer, awards as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{NoticeId, ObjectionId};
use crate::base::{Faults, Result, faults};
use crate::challenges::{self, Lock};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::rules;

/// What `raiseObjection` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RaiseObjection {
    pub notice_id: String,
    pub grounds: String,
    pub requested_remedy: Option<String>,
    /// Evidence that was uploaded beside the notice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachment_ids: Vec<String>,
    pub idempotency_key: Option<String>,
}

impl Content for RaiseObjection {
    const MUTATION: &'static str = "raiseObjection";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ObjectionRaised {
    /// The objection.
    pub objection: ObjectionId,
}

/// Raises an objection. Everybody is told that there is one; whose it is and what it says is for organizers, supervisors and the
/// bidder.
pub async fn raise_objection(app: &App, viewer: &Viewer, new: RaiseObjection) -> Result<ObjectionRaised> {
    let actor = viewer.person()?;
    let notice: NoticeId = faults::id("noticeId", &new.notice_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let challenge = store::notice(&*txn, notice).await?.challenge_id;
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let facts = store::facts(&store::notice(&*txn, notice).await?);
            let bids_there = !read::bids_there(&*txn, viewer, &[challenge]).await?.is_empty();
            let now = app.clock.now();
            let proof = policy::may_object(viewer, &held.facts, &facts, bids_there, now)?;
            let mut faults = Faults::new();
            let grounds = faults.text("grounds", &new.grounds, Length::TEXT);
            let remedy = faults.optional("requestedRemedy", new.requested_remedy.as_deref(), Length::NOTE);
            let (organization, status) = (proof.organization(), proof.to());
            let whose = (notice, organization);
            let named = evidence::named(&txn, &app.keys, whose, &new.attachment_ids, &mut faults).await?;
            faults.done()?;
            let rules = rules::of_challenge(&*txn, challenge).await?.resolved;
            let due_at = rulings::after_working_days(&*txn, now, rules.objection_days).await?;
            let requested_remedy = remedy.filter(|remedy| !remedy.is_empty());
            let objection =
                store::object(&txn, proof, NewObjection { grounds, requested_remedy, at: now, due_at }).await?;
            evidence::hand_in(&txn, &named, Filed::With(objection)).await?;
            let happening = |subject: String, audience, by, public| Happening {
                kind: EventKind::ObjectionRaised,
                subject,
                challenge: Some(challenge),
                audience,
                by,
                at: now,
                public,
                private: json!({}),
            };
            let told = json!({ "status": status, "dueAt": due_at });
            let told = happening(notice.to_string(), Audience::Everybody, By::Unseen(actor.user), told);
            events::append(&txn, told).await?;
            let raised = json!({ "notice": notice, "organization": organization, "evidence": named.told() });
            let staff = Audience::Staff(Some(held.facts.department()));
            let raised = happening(objection.to_string(), staff, By::Person(actor.user), raised);
            events::append(&txn, raised).await?;
            Ok(ObjectionRaised { objection })
        })
        .await
}
