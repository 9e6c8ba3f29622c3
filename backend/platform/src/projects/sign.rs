//! `signAgreement` (签约): the agreement of a project is on record; the project runs.

use chrono::{SecondsFormat, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::{self, Agreement};
use crate::access::{Viewer, projects as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::ProjectId;
use crate::base::{Faults, Instant, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::rules;

/// What `signAgreement` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SignAgreement {
    pub project_id: String,
    pub contract_no: String,
    /// SHA-256 of the signed document, 64 hex digits.
    pub contract_sha256: Option<String>,
    /// From when it is in force; now where it is not given.
    pub effective_at: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for SignAgreement {
    const MUTATION: &'static str = "signAgreement";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AgreementSigned {
    /// The project.
    pub project: ProjectId,
}

/// An agreement signed now comes into force within a year.
const FARTHEST: TimeDelta = TimeDelta::days(366);

/// Puts an agreement on record. That it came later after the award than the rules have it (招标投标法 46) does not stop it; the
/// event says so.
pub async fn sign_agreement(app: &App, viewer: &Viewer, new: SignAgreement) -> Result<AgreementSigned> {
    let actor = viewer.person()?;
    let project: ProjectId = faults::id("projectId", &new.project_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, project, &app.clock).await?;
            let proof = policy::may_sign(viewer, &held.facts)?;
            let awarded_at = held.challenge.awarded_at.unwrap_or(held.row.created_at);
            let mut faults = Faults::new();
            let agreement = read(new, awarded_at, held.now, &mut faults);
            let agreement = faults.give(agreement)?;
            let challenge = held.challenge.id;
            let days = rules::of_challenge(&*txn, challenge).await?.resolved.agreement_days;
            let late = held.now > awarded_at + TimeDelta::days(days.into());
            let public = json!({
                "challenge": challenge, "effectiveAt": agreement.effective_at, "late": late, "lead": held.row.lead_id,
            });
            let private = json!({ "contractNo": agreement.contract_no, "contractSha256": agreement.contract_sha256 });
            store::sign(&txn, proof, agreement).await?;
            let happening = Happening {
                kind: EventKind::AgreementSigned,
                subject: project.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: held.now,
                public,
                private,
            };
            events::append(&txn, happening).await?;
            Ok(AgreementSigned { project })
        })
        .await
}

fn read(new: &SignAgreement, awarded_at: Instant, now: Instant, faults: &mut Faults) -> Option<Agreement> {
    let contract_no = faults.text("contractNo", &new.contract_no, Length::SHORT);
    let hash = new.contract_sha256.as_deref().map(|hash| hash.trim().to_ascii_lowercase());
    let is_hash = |hash: &String| hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    faults.check(hash.as_ref().is_none_or(is_hash), "contractSha256", FaultCode::NotAHash);
    const EFFECTIVE: &str = "effectiveAt";
    let effective_at = match new.effective_at.as_deref() {
        None => Some(now),
        Some(text) => faults.instant(EFFECTIVE, text),
    }?;
    let farthest = now + FARTHEST;
    faults.check(effective_at >= awarded_at, EFFECTIVE, FaultCode::BeforeAward);
    if effective_at > farthest {
        faults.add_with(EFFECTIVE, FaultCode::TooFar, farthest.to_rfc3339_opts(SecondsFormat::Secs, true));
    }
    Some(Agreement { contract_no, contract_sha256: hash, effective_at })
}
