//! `failChallenge` (流标): an organizer says that nobody is found: the bids cannot be opened, no panel can be drawn, or nobody comes to terms.
//! Where others have won already, they go on without a further winner. It is here since winners are.

use serde::Serialize;
use serde_json::json;

use super::{award, lifecycle, store};
use crate::access::{Viewer, challenges as policy, projects};
use crate::app::App;
use crate::awards;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, Kind};
use crate::base::words::{BidCommand, BidStatus};
use crate::base::{Faults, Result, faults};
use crate::challenges::{self, Done, Lock, Move};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind, timers};
use crate::{bids, demands, experts};

/// What `failChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct FailChallenge {
    pub challenge_id: String,
    pub reason: String,
    pub idempotency_key: Option<String>,
}

impl Content for FailChallenge {
    const MUTATION: &'static str = "failChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Says that nobody is found.
pub async fn fail(app: &App, viewer: &Viewer, new: FailChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_fail(viewer, &held.facts)?;
            let won = store::of_challenge(&*txn, challenge).await?;
            let live = won.iter().filter(|one| lifecycle::is_live(one.status));
            let signed = live.clone().any(|one| one.agreement_effective_at.is_some());
            let keep = projects::may_keep(viewer, &held.facts, live.count() > 0, signed)?;
            let mut faults = Faults::new();
            let reason = faults.text("reason", &new.reason, Length::NOTE);
            faults.done()?;
            let now = app.clock.now();
            let (kind, why) = match keep {
                Some(keep) => {
                    let states = [BidStatus::Shortlisted, BidStatus::Negotiating];
                    for bid in bids::in_states(&*txn, challenge, &states).await? {
                        awards::step(&txn, &bid, BidCommand::Lose).await?;
                    }
                    challenges::make(&txn, Move::to(challenge, keep.to())).await?;
                    let due_at = award::due(&txn, challenge, now).await?;
                    store::begin_time_anew(&txn, challenge, due_at).await?;
                    (EventKind::AwardKept, None)
                }
                None => {
                    demands::give_back(&txn, proof.lost(), held.row.demand_id, now).await?;
                    challenges::forget_waiting(&txn, challenge).await?;
                    timers::reset(&txn, TimerKind::CloseChallenge, challenge.uuid(), None).await?;
                    experts::release(&txn, challenge, now).await?;
                    let end = Move { ended_because: Some(reason.clone()), ..Move::to(challenge, proof.to()) };
                    challenges::make(&txn, end).await?;
                    (EventKind::ChallengeFailed, Some("declared"))
                }
            };
            let happening = Happening {
                kind,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(proof.by()),
                at: now,
                public: json!({ "why": why, "reason": reason }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}
