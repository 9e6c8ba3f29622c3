//! `decideComplaint`: a supervisor who took no part decides an accepted complaint (招标投标法实施条例 61: within thirty working days). Upheld before
//! the award, the notice is void and what was ordered is carried out; after it, an award is taken back by `revokeAward`, which takes two.

use serde::Serialize;
use serde_json::json;

use super::Complained;
use super::rulings::{self, NewRemedy};
use super::store::{self, Ruling};
use crate::access::Viewer;
use crate::access::awards::MayHear;
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{ComplaintId, Kind};
use crate::base::words::{ChallengeCommand, ChallengeStatus, ComplaintStatus};
use crate::base::{Faults, Instant, Result, faults};
use crate::challenges::Locked;
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind, timers};

/// What `decideComplaint` is given.
#[derive(Clone, Debug, Serialize)]
pub struct DecideComplaint {
    pub complaint_id: String,
    pub upheld: bool,
    pub decision: String,
    /// What is ordered beside a new notice, where it is upheld before the award.
    pub remedy: NewRemedy,
    pub idempotency_key: Option<String>,
}

impl Content for DecideComplaint {
    const MUTATION: &'static str = "decideComplaint";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Decides a complaint.
pub async fn decide_complaint(app: &App, viewer: &Viewer, new: DecideComplaint) -> Result<Complained> {
    let actor = viewer.person()?;
    let complaint: ComplaintId = faults::id("complaintId", &new.complaint_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let (held, proof) = rulings::hearing(app, &txn, viewer, complaint, ComplaintStatus::Accepted).await?;
            let challenge = proof.challenge();
            let mut faults = Faults::new();
            let text = faults.text("decision", &new.decision, Length::TEXT);
            let remedy =
                rulings::read(&txn, challenge, (new.upheld, actor.user), &new.remedy, &text, &mut faults).await?;
            let undecided = before_award(&held);
            faults.check(remedy.is_none() || undecided, "remedy", FaultCode::AfterAward);
            faults.done()?;
            let now = app.clock.now();
            let ruling = Ruling { upheld: new.upheld, text, remedy };
            let to = if ruling.upheld { ComplaintStatus::Upheld } else { ComplaintStatus::Dismissed };
            store::end_complaint(&txn, &proof, to, Some(&ruling), now).await?;
            let void = ruling.upheld && undecided && make_void(&txn, &held, &proof, now).await?;
            if let Some(ordered) = ruling.remedy {
                rulings::carry_out(app, &txn, challenge, &proof.fells(), &[ordered], now).await?;
            }
            let happening = |subject: String, audience, by, public| Happening {
                kind: EventKind::ComplaintDecided,
                subject,
                challenge: Some(challenge),
                audience,
                by,
                at: now,
                public,
                private: json!({}),
            };
            let told = json!({ "void": void });
            let told = happening(challenge.to_string(), Audience::Everybody, By::Unseen(actor.user), told);
            events::append(&txn, told).await?;
            let decided = json!({ "upheld": new.upheld, "remedy": new.remedy.remedy });
            let staff = Audience::Staff(Some(held.facts.department()));
            events::append(&txn, happening(complaint.to_string(), staff, By::Person(actor.user), decided)).await?;
            Ok(Complained { complaint })
        })
        .await
}

/// Whether the result is still to be awarded.
fn before_award(held: &Locked) -> bool {
    let undecided = [ChallengeStatus::Negotiating, ChallengeStatus::Publicity, ChallengeStatus::Suspended];
    undecided.contains(&held.facts.phase())
}

/// The notice that stands, if any does, counts no more.
async fn make_void(txn: &Txn, held: &Locked, proof: &MayHear, now: Instant) -> Result<bool> {
    let challenge = proof.challenge();
    let Some((_, notice)) = store::current(txn, challenge).await? else { return Ok(false) };
    let Ok(void) = held.facts.step(ChallengeCommand::VoidNotice) else { return Ok(false) };
    store::void_by_complaint(txn, &held.facts, notice.id(), (proof.by(), void), now).await?;
    timers::reset(txn, TimerKind::EndNotice, challenge.uuid(), None).await?;
    let happening = Happening {
        kind: EventKind::NoticeVoided,
        subject: notice.id().to_string(),
        challenge: Some(challenge),
        audience: Audience::Everybody,
        by: By::Unseen(proof.by()),
        at: now,
        public: json!({ "reason": "投诉成立", "status": void }),
        private: json!({}),
    };
    events::append(txn, happening).await?;
    Ok(true)
}
