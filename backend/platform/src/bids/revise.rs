//! `reviseBid`: the bidder replaces the whole solution in its draft. What was handed in stays in force until the revision is.

use serde::Serialize;
use serde_json::json;

use super::draft::check_members;
use super::draft_keys::DraftKey;
use super::solution::NewSolution;
use super::store::SealedDraft;
use super::{Done, sealing, store, uploads};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::id::BidId;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::challenges::{self, Lock};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `reviseBid` is given.
#[derive(Clone, Debug, Serialize)]
pub struct ReviseBid {
    pub bid_id: String,
    pub solution: NewSolution,
    pub member_ids: Vec<String>,
    pub expected_version: Option<i32>,
    pub idempotency_key: Option<String>,
}

impl Content for ReviseBid {
    const MUTATION: &'static str = "reviseBid";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Replaces the draft; another version than expected is a conflict.
pub async fn revise(app: &App, viewer: &Viewer, new: ReviseBid) -> Result<Done> {
    let actor = viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    let (glanced, _) = store::glance(app.db.read(), bid, app.clock.now()).await?;
    policy::may_revise(viewer, &glanced.facts)?;
    let before = glanced.row.draft_key;
    let key = DraftKey::to_write(app, before).await?;
    let (new, draft_key) = (&new, &key);
    let revised = app
        .db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, bid, Lock::Share, &app.clock).await?;
            let proof = policy::may_revise(viewer, &held.facts)?;
            let indicators = challenges::indicators(&*txn, held.challenge.id).await?;
            let mut faults = Faults::new();
            let solution = new.solution.check(&new.member_ids, &indicators, &mut faults);
            check_members(&txn, held.row.bidder_id, held.challenge.department_id, &solution.members, &mut faults)
                .await?;
            // What is encrypted to a key that is lost is lost, too.
            if before.is_some_and(|before| before != draft_key.id) {
                uploads::store::forget_begun(&txn, bid).await?;
            }
            uploads::check_named(&solution.uploads, &uploads::store::begun(&*txn, &[bid]).await?, &mut faults);
            faults.done()?;
            // Behind a key that was exchanged meanwhile stands a draft that is no more.
            let moved = new.expected_version.is_some_and(|expected| expected != held.row.version);
            if moved || held.row.draft_key != before {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            let draft = SealedDraft { sealed: sealing::seal_draft(draft_key, &solution)?, key: draft_key.id };
            store::revise(&txn, proof, draft, held.row.version, held.now).await?;
            store::ask_members(&txn, bid, &solution.members, held.now).await?;
            let happening = Happening {
                kind: EventKind::BidRevised,
                subject: bid.to_string(),
                challenge: Some(held.challenge.id),
                audience: Audience::Bidder(held.row.bidder_id),
                by: By::Person(actor.user),
                at: held.now,
                public: json!({ "version": held.row.version + 1, "person": actor.user }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { bid })
        })
        .await;
    key.drop_unused(app, &revised).await;
    revised
}
