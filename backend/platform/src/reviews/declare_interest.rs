//! `declareInterest` (回避声明): a judge who was drawn says, before any content is visible, whether there is a conflict with a party
//! of the challenge. One with a conflict is out of the whole challenge, since scores across bids come from one panel; the next
//! reserve takes the seat at once.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::panel;
use super::store::{self, Held};
use crate::access::reviews::MayDeclare;
use crate::access::{Viewer, reviews as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, OrganizationId};
use crate::base::{Faults, Result, faults};
use crate::bids;
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `declareInterest` is given.
#[derive(Clone, Debug, Serialize)]
pub struct DeclareInterest {
    pub challenge_id: String,
    pub conflict_free: bool,
    /// Parties of the challenge.
    pub conflict_with: Vec<String>,
    pub reason: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for DeclareInterest {
    const MUTATION: &'static str = "declareInterest";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of a declaration.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Declared {
    pub challenge: ChallengeId,
    /// Whether the judge is out.
    pub recused: bool,
}

/// What was declared.
struct Conflict {
    with: Vec<OrganizationId>,
    why: Option<String>,
}

/// Declares; who names a conflict steps aside.
pub async fn declare_interest(app: &App, viewer: &Viewer, new: DeclareInterest) -> Result<Declared> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, challenge, &app.clock).await?;
            let seat = store::seat_of(&*txn, actor.user, challenge).await?;
            let proof = policy::may_declare(viewer, &held.challenge.facts, seat)?;
            let mut conflict = check(&txn, &held, new).await?;
            let known = panel::known_conflicts(&txn, &held, actor.user).await?;
            if new.conflict_free && !known.is_empty() {
                // What data tell stands whatever is declared: the seat goes to the next, and supervisors read why.
                let codes: Vec<&str> = known.iter().map(|code| code.word()).collect();
                conflict.why = Some(codes.join(" "));
            }
            let free = new.conflict_free && known.is_empty();
            if free {
                let declared = happening(&held, &proof, EventKind::InterestDeclared, json!({ "seat": proof.seat() }))?;
                store::declare(&txn, proof, held.now).await?;
                events::append(&txn, declared).await?;
            } else {
                step_aside(app, &txn, &held, proof, conflict).await?;
            }
            Ok(Declared { challenge, recused: !free })
        })
        .await
}

/// A conflict is with parties of this challenge, or has a reason; freedom from conflicts has neither.
async fn check(txn: &Txn, held: &Held, new: &DeclareInterest) -> Result<Conflict> {
    let mut faults = Faults::new();
    let why = faults.optional("reason", new.reason.as_deref(), Length::NOTE).filter(|why| !why.is_empty());
    let with: Vec<OrganizationId> = faults.ids("conflictWith", &new.conflict_with);
    if new.conflict_free {
        faults.check(new.conflict_with.is_empty(), "conflictWith", FaultCode::ConflictUnwanted);
    } else {
        faults.check(why.is_some() || !new.conflict_with.is_empty(), "reason", FaultCode::ReasonNeeded);
        let challenge = held.challenge.facts.id();
        let mut parties = bids::parties(txn, &[challenge]).await?.remove(&challenge).unwrap_or_default();
        parties.insert(held.challenge.facts.department());
        for (place, text) in new.conflict_with.iter().enumerate() {
            let known = text.parse().map_or(true, |id: OrganizationId| parties.contains(&id));
            faults.check(known, format!("conflictWith.{place}"), FaultCode::NotAmongParties);
        }
    }
    faults.done()?;
    Ok(Conflict { with, why })
}

async fn step_aside(app: &App, txn: &Txn, held: &Held, proof: MayDeclare, conflict: Conflict) -> Result<()> {
    store::step_aside(txn, &proof, conflict.why.clone(), &conflict.with, held.now).await?;
    let filled = panel::fill(&app.keys, txn, held).await?;
    let seated = filled.as_ref().map(Vec::as_slice).unwrap_or_default();
    let facts = json!({
        "seat": proof.seat(), "conflictWith": conflict.with, "reason": conflict.why,
        "seated": panel::seated_facts(seated),
    });
    events::append(txn, happening(held, &proof, EventKind::JudgeSteppedAside, facts)?).await?;
    if let Err(shortage) = filled {
        // Organizers have to know that a seat is empty, and not whose it was.
        let vacant = Happening {
            audience: Audience::Staff(Some(held.challenge.facts.department())),
            by: By::Unseen(proof.by()),
            public: json!({ "rule": shortage.rule, "missing": shortage.by }),
            ..happening(held, &proof, EventKind::SeatVacant, json!({}))?
        };
        events::append(txn, vacant).await?;
    }
    Ok(())
}

fn happening(held: &Held, proof: &MayDeclare, kind: EventKind, public: serde_json::Value) -> Result<Happening> {
    Ok(Happening {
        kind,
        subject: held.record()?.id.to_string(),
        challenge: Some(proof.challenge()),
        audience: Audience::Supervision,
        by: By::Person(proof.by()),
        at: held.now,
        public,
        private: json!({}),
    })
}
