//! `amendChallenge`: a dated record, field by field, of what changed in an open challenge. A material change inside the lead time
//! moves the deadline by itself (招标投标法 23), and voids what was handed in until its bidder confirms or replaces it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::content::Changes;
use super::publish::{LONGEST, questions_close};
use super::{Lock, WARNED, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{AmendmentId, ChallengeId, Kind};
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind, timers};
use crate::rules;

/// What `amendChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AmendChallenge {
    pub challenge_id: String,
    pub summary: String,
    pub material: bool,
    pub new_deadline: Option<String>,
    pub changes: Option<Changes>,
    pub idempotency_key: Option<String>,
}

impl Content for AmendChallenge {
    const MUTATION: &'static str = "amendChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// The amendment made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Amended {
    pub challenge: ChallengeId,
    pub amendment: AmendmentId,
}

/// Amends an open challenge.
pub async fn amend(app: &App, viewer: &Viewer, new: AmendChallenge) -> Result<Amended> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_amend(viewer, &held.facts)?;
            let now = app.clock.now();
            let (Some(deadline), Some(published_at)) = (held.facts.deadline(), held.row.published_at) else {
                return Err(Error::NotNow(Reason::NotInThisState));
            };
            let rules = rules::of_challenge(&*txn, challenge).await?;
            let frozen = &rules.resolved;
            let mut faults = Faults::new();
            let summary = faults.text("summary", &new.summary, Length::NOTE);
            let content = match &new.changes {
                Some(changes) => {
                    changes.check_amendable(new.material, "changes.", &mut faults);
                    changes.check("changes.", &mut faults)
                }
                None => Default::default(),
            };
            for (name, text) in content.texts() {
                faults.check(text.is_none_or(|text| !text.is_empty()), format!("changes.{name}"), FaultCode::Required);
            }
            let given = new.new_deadline.as_deref().and_then(|text| faults.instant("newDeadline", text));
            if let Some(given) = given {
                faults.within("newDeadline", given, deadline + TimeDelta::milliseconds(1)..=now + LONGEST);
            }
            // They have to be valid at the deadline: whoever has handed in is asked again.
            let asks = !held.row.terms.required_qualifications.is_empty();
            faults.check(given.is_none() || !asks || new.material, "material", FaultCode::MaterialNeeded);
            if let (Some(budget), Some(mechanism), Some(route)) =
                (&content.budget, held.row.mechanism, held.row.legal_route)
            {
                // The rules were chosen by the total, and are frozen.
                let numbers = rules::numbers(&*txn, rules.version).await?;
                let same = rules::resolve(&numbers, budget.total, mechanism, route).panel_size == frozen.panel_size;
                faults.check(same, "changes.budget.total", FaultCode::NotAmendable);
            }
            faults.done()?;
            let lead = lead(deadline - published_at, frozen.clarification_lead_days);
            let due = (new.material && deadline - now < lead).then(|| now + lead);
            let new_deadline = given.max(due);
            let questions_close_at = new_deadline.map(|deadline| questions_close(now, deadline, frozen));
            let material = new.material;
            let mut amendment = store::NewAmendment {
                summary: summary.clone(),
                material,
                at: now,
                new_deadline,
                questions_close_at,
                content,
            };
            let (changes, content) = store::amend(&txn, &proof, &held.row, &mut amendment).await?;
            let changed: Vec<_> = changes.0.iter().map(|changed| changed.field.clone()).collect();
            let digest = hex::encode(Sha256::digest(serde_json::to_vec(&changes)?));
            let amendment = store::keep_amendment(&txn, proof, amendment, changes).await?;
            if new_deadline.is_some() {
                timers::reset(&txn, TimerKind::CloseChallenge, challenge.uuid(), new_deadline).await?;
                let warned = new_deadline.map(|deadline| deadline - WARNED);
                timers::reset(&txn, TimerKind::WarnOfUploads, challenge.uuid(), warned).await?;
            }
            let happening = Happening {
                kind: EventKind::ChallengeAmended,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({
                    "amendment": amendment, "summary": summary, "material": material, "newDeadline": new_deadline,
                    "changed": changed, "changesSha256": digest, "questionsCloseAt": questions_close_at, "content": content,
                }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Amended { challenge, amendment })
        })
        .await
}

/// What is amended as material has to be known for so long before the deadline: half of a window that is shorter than 20 days
/// (domain rules 2.4; 招标投标法 23).
fn lead(window: TimeDelta, days: u32) -> TimeDelta {
    let lead = TimeDelta::days(days.into());
    if window < TimeDelta::days(20) { lead.min(window / 2) } else { lead }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_window_that_is_shorter_than_twenty_days_halves_the_lead() {
        let of = |days| lead(TimeDelta::days(days), 15);
        assert_eq!(of(7), TimeDelta::hours(84));
        assert_eq!(
            lead(TimeDelta::days(20) - TimeDelta::milliseconds(2), 15),
            TimeDelta::days(10) - TimeDelta::milliseconds(1)
        );
        for days in [20, 25, 30, 365] {
            assert_eq!(of(days), TimeDelta::days(15));
        }
    }
}
