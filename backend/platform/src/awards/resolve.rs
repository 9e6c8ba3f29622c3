//! `resolveObjection`: a supervisor, or an organizer who took no part before, rules on an objection. With the last ruling the notice
//! goes on, or it is void: the candidates are considered again, and what was ordered is carried out.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rulings::{self, NewRemedy};
use super::store::{self, Ruling};
use crate::access::{Viewer, awards as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::ObjectionId;
use crate::base::{Faults, Result, faults};
use crate::challenges::{self, Lock};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `resolveObjection` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ResolveObjection {
    pub objection_id: String,
    pub upheld: bool,
    pub ruling: String,
    /// What is ordered beside a new notice, where it is upheld.
    pub remedy: NewRemedy,
    pub idempotency_key: Option<String>,
}

impl Content for ResolveObjection {
    const MUTATION: &'static str = "resolveObjection";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ObjectionResolved {
    /// The objection.
    pub objection: ObjectionId,
}

/// Rules on an objection.
pub async fn resolve_objection(app: &App, viewer: &Viewer, new: ResolveObjection) -> Result<ObjectionResolved> {
    let actor = viewer.person()?;
    let objection: ObjectionId = faults::id("objectionId", &new.objection_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let challenge = store::objection(&*txn, objection).await?.challenge_id;
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let facts = store::objection_facts(&store::objection(&*txn, objection).await?);
            let took_part = events::read::took_part(&*txn, challenge, actor.user).await?;
            let proof = policy::may_resolve(viewer, &held.facts, &facts, took_part)?;
            let mut faults = Faults::new();
            let text = faults.text("ruling", &new.ruling, Length::TEXT);
            let remedy =
                rulings::read(&txn, challenge, (new.upheld, proof.by()), &new.remedy, &text, &mut faults).await?;
            faults.done()?;
            let now = app.clock.now();
            let notice = proof.notice();
            store::resolve(&txn, &proof, Ruling { upheld: new.upheld, text, remedy }, now).await?;
            let leads = (proof.resumed(), proof.void());
            let outcome = rulings::settle(app, &txn, &held.facts, notice, leads, &proof.fells(), now).await?;
            let told = json!({ "status": outcome.status, "void": outcome.void });
            let happening = |subject: String, audience, by, public| Happening {
                kind: EventKind::ObjectionResolved,
                subject,
                challenge: Some(challenge),
                audience,
                by,
                at: now,
                public,
                private: json!({}),
            };
            events::append(&txn, happening(notice.to_string(), Audience::Everybody, By::Unseen(actor.user), told))
                .await?;
            let ruled = json!({ "notice": notice, "upheld": new.upheld, "remedy": new.remedy.remedy });
            let staff = Audience::Staff(Some(held.facts.department()));
            events::append(&txn, happening(objection.to_string(), staff, By::Person(actor.user), ruled)).await?;
            Ok(ObjectionResolved { objection })
        })
        .await
}
