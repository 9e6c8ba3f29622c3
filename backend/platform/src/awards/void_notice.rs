//! `voidNotice`: a winner that was proposed is fit no more (招标投标法实施条例 38): an organizer takes the notice back, and proposes others
//! in a new one. While the winners are fit, nobody takes a notice back; objections are ruled on.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::access::{Viewer, awards as policy};
use crate::app::App;
use crate::base::error::Reason;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, Kind, NoticeId};
use crate::base::{Error, Faults, Result, faults};
use crate::bids::standing;
use crate::challenges::{self, Lock};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind, timers};

/// What `voidNotice` is given.
#[derive(Clone, Debug, Serialize)]
pub struct VoidNotice {
    pub challenge_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for VoidNotice {
    const MUTATION: &'static str = "voidNotice";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct NoticeVoided {
    pub challenge: ChallengeId,
    pub notice: NoticeId,
}

/// Takes a notice back.
pub async fn void_notice(app: &App, viewer: &Viewer, new: VoidNotice) -> Result<NoticeVoided> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let now = app.clock.now();
            // Who may, before anything is read that only those may know.
            policy::may_void_notice(viewer, &held.facts, true)?;
            let notice = store::current(&*txn, challenge).await?.map(|(_, facts)| facts.id());
            let notice = notice.ok_or(Error::NotNow(Reason::NotInThisState))?;
            let winners = store::winners_of(&*txn, notice).await?;
            let against = standing::against(&*txn, &held.row, &winners, now).await?;
            let proof = policy::may_void_notice(viewer, &held.facts, !against.is_empty())?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            store::void(&txn, &held.facts, &proof, notice, &reason, now).await?;
            timers::reset(&txn, TimerKind::EndNotice, challenge.uuid(), None).await?;
            let happening = Happening {
                kind: EventKind::NoticeVoided,
                subject: notice.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(proof.by()),
                at: now,
                public: json!({ "reason": reason, "status": proof.to() }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(NoticeVoided { challenge, notice })
        })
        .await
}
