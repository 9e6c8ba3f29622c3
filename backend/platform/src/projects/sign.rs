//! `signAgreement` (签约): the agreement of a project is on record, held field by field against what binds; the project runs.

use chrono::{Months, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::{self, Agreement};
use crate::access::{Viewer, projects as policy};
use crate::app::App;
use crate::awards::ledger::{Ledger, NewOffer};
use crate::base::clock::{china_day, china_midnight};
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::ProjectId;
use crate::base::{Faults, Instant, Result, faults};
use crate::challenges::{self, Lock};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::{awards, bids};

/// What `signAgreement` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SignAgreement {
    pub project_id: String,
    pub contract_no: String,
    /// SHA-256 of the signed document, 64 hex digits.
    pub contract_sha256: Option<String>,
    /// From when it is in force; now where it is not given.
    pub effective_at: Option<String>,
    /// Under which it is registered as a technology contract, where it is by now.
    pub registration_no: Option<String>,
    /// Where it is stricter than what binds already: the notice, the bid, and what was agreed since.
    pub terms: NewOffer,
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

/// Puts an agreement on record. Nothing in it is weaker, dearer or later than the notice, the bid and what was agreed since (招标投标法 46); what
/// is not given is as that has it. That it came later after the award than the rules have it (招标投标法 46) does not stop it; the
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
            let awarded_at = held.row.created_at;
            let binds = binding(&txn, viewer, &held).await?;
            let mut faults = Faults::new();
            let agreement = read(new, binds, awarded_at, held.now, &mut faults);
            let agreement = faults.give(agreement)?;
            let challenge = held.challenge.id;
            let late = held.facts.is_overdue(held.now);
            let public = json!({
                "challenge": challenge, "bid": held.row.bid_id, "effectiveAt": agreement.effective_at,
                "endsAt": agreement.ends_at, "amount": agreement.ledger.funding(), "late": late, "lead": held.row.lead_id,
            });
            let lines = agreement.ledger.lines().map(|(indicator, committed, agreed)| {
                json!({ "indicator": indicator, "committed": committed, "agreed": agreed })
            });
            let private = json!({
                "contractNo": agreement.contract_no, "contractSha256": agreement.contract_sha256,
                "registrationNo": agreement.registration_no, "indicators": lines.collect::<Vec<_>>(), "text": new.terms.text,
            });
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

/// What binds: the notice, the bid, and what was agreed with its bidder since.
async fn binding(txn: &Txn, viewer: &Viewer, held: &store::Locked) -> Result<Ledger> {
    let bid = bids::locked(txn, held.row.bid_id, Lock::Update, &held.clock).await?;
    let solution = bids::read::opened(txn, viewer, &bid.facts).await?;
    let indicators = challenges::indicators(txn, held.challenge.id).await?;
    let ledger = Ledger::of(&held.challenge, indicators, &solution);
    Ok(awards::agreed_offers(txn, held.row.bid_id).await?.iter().fold(ledger, Ledger::with))
}

fn read(
    new: &SignAgreement,
    binds: Ledger,
    awarded_at: Instant,
    now: Instant,
    faults: &mut Faults,
) -> Option<Agreement> {
    let terms = binds.read(&new.terms, "terms.", faults);
    let ledger = binds.with(&terms);
    let registration_no = faults.optional("registrationNo", new.registration_no.as_deref(), Length::SHORT);
    let registration_no = registration_no.filter(|number| !number.is_empty());
    let contract_no = faults.text("contractNo", &new.contract_no, Length::SHORT);
    let hash = new.contract_sha256.as_deref().map(|hash| hash.trim().to_ascii_lowercase());
    let is_hash = |hash: &String| hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    faults.check(hash.as_ref().is_none_or(is_hash), "contractSha256", FaultCode::NotAHash);
    const EFFECTIVE: &str = "effectiveAt";
    let effective_at = match new.effective_at.as_deref() {
        None => Some(now),
        Some(text) => faults.instant(EFFECTIVE, text),
    }?;
    faults.check(effective_at >= awarded_at, EFFECTIVE, FaultCode::BeforeAward);
    faults.within(EFFECTIVE, effective_at, ..=now + FARTHEST);
    // The agreed months, in days of the calendar in China (民法典 202: from day to day).
    let months = u32::try_from(ledger.months()).ok()?;
    let last = china_day(effective_at).checked_add_months(Months::new(months));
    let ends_at = last.map_or(Instant::MAX_UTC, china_midnight);
    Some(Agreement { contract_no, contract_sha256: hash, registration_no, effective_at, ends_at, ledger })
}
