//! `withdrawObjection`: the bidder that objected takes it back while it is not ruled on. If none is open then, the notice goes on, or is
//! void where another was upheld.

use serde::Serialize;
use serde_json::json;

use super::{ObjectionResolved, rulings, store};
use crate::access::{Viewer, awards as policy};
use crate::app::App;
use crate::base::id::ObjectionId;
use crate::base::{Result, faults};
use crate::challenges::{self, Lock};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `withdrawObjection` is given.
#[derive(Clone, Debug, Serialize)]
pub struct WithdrawObjection {
    pub objection_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for WithdrawObjection {
    const MUTATION: &'static str = "withdrawObjection";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Takes an objection back.
pub async fn withdraw_objection(app: &App, viewer: &Viewer, new: WithdrawObjection) -> Result<ObjectionResolved> {
    let actor = viewer.person()?;
    let objection: ObjectionId = faults::id("objectionId", &new.objection_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let challenge = store::objection(&*txn, objection).await?.challenge_id;
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let facts = store::objection_facts(&store::objection(&*txn, objection).await?);
            let proof = policy::may_take_back(viewer, &held.facts, &facts)?;
            let (now, notice) = (app.clock.now(), proof.notice());
            store::withdraw(&txn, &proof, now).await?;
            let leads = (proof.resumed(), proof.void());
            let outcome = rulings::settle(app, &txn, &held.facts, notice, leads, &proof.fells(), now).await?;
            let happening = |subject: String, audience, by, public| Happening {
                kind: EventKind::ObjectionWithdrawn,
                subject,
                challenge: Some(challenge),
                audience,
                by,
                at: now,
                public,
                private: json!({}),
            };
            let told = json!({ "status": outcome.status, "void": outcome.void });
            events::append(&txn, happening(notice.to_string(), Audience::Everybody, By::Unseen(proof.by()), told))
                .await?;
            let staff = Audience::Staff(Some(held.facts.department()));
            let public = json!({ "notice": notice });
            events::append(&txn, happening(objection.to_string(), staff, By::Person(proof.by()), public)).await?;
            Ok(ObjectionResolved { objection })
        })
        .await
}
