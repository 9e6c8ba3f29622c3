//! `publishChallenge` (发榜): the rules are frozen, the challenge's key is made, and the draw of its panel is committed to,
//! all in one act, before anybody can bid.

use chrono::{Datelike, TimeDelta};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Done, Lock, WARNED, seal, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::clock::china_day;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, Kind};
use crate::base::words::SealMode;
use crate::base::{Error, Faults, Instant, Reason, Result, faults, random};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening, TimerKind, timers};
use crate::rules::Resolved;
use crate::{accounts, demands, experts, organizations, rules};

/// What `publishChallenge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct PublishChallenge {
    pub challenge_id: String,
    pub submission_deadline: String,
    pub urgent_reason: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for PublishChallenge {
    const MUTATION: &'static str = "publishChallenge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// The longest that a challenge may stay open.
pub(super) const LONGEST: TimeDelta = TimeDelta::days(366);

/// Publishes an approved challenge.
pub async fn publish(app: &App, viewer: &Viewer, new: PublishChallenge) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let urgent = new.urgent_reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
            let base = rules::current(&*txn).await;
            let proof = policy::may_publish(viewer, &held.facts, urgent, base.as_ref().ok().map(|base| base.revision))?;
            let now = app.clock.now();
            let base = base?;
            // What was approved is looked at once more: rules may have come since.
            store::check_whole(&txn, &held.row, "").await?;
            let (Some(budget), Some(mechanism), Some(route), Some(domain)) =
                (store::budget(&held.row), held.row.mechanism, held.row.legal_route, held.row.domain)
            else {
                return Err(Error::NotNow(Reason::NotInThisState));
            };
            let resolved = rules::resolve(&base.numbers, budget.total, mechanism, route);
            let mut faults = Faults::new();
            let urgent_reason = faults.optional("urgentReason", new.urgent_reason.as_deref(), Length::NOTE);
            let deadline = faults.instant("submissionDeadline", &new.submission_deadline);
            if let Some(deadline) = deadline {
                check_deadline(&mut faults, deadline, now, urgent, &resolved);
            }
            faults.done()?;
            let deadline = deadline.ok_or_else(|| Error::invalid("submissionDeadline", FaultCode::Required))?;

            let questions_close_at = questions_close(now, deadline, &resolved);
            // Where an official system takes the bids nothing is ever sealed to it.
            let mode = if held.facts.takes_bids() { app.settings.seal } else { SealMode::Server };
            let new_seal = match mode {
                SealMode::Server => seal::for_server(&app.keys)?,
                SealMode::Organizers => {
                    let openers = accounts::openers(&*txn, held.facts.department()).await?;
                    seal::for_organizers(&openers, app.settings.escrow.as_ref())?
                }
            };
            let (mode, openers) = (new_seal.mode, seal::holders(&new_seal.shares));
            let escrow = new_seal.escrow.as_ref().map(|(to, _)| to.clone());
            let recipient = new_seal.recipient.clone();
            let argued = match held.row.demand_id {
                Some(demand) => demands::opinion_givers(&*txn, demand).await?,
                None => Vec::new(),
            };
            let wanted = experts::Snapshot {
                domain,
                department: held.facts.department(),
                without: &argued,
                size: usize::try_from(resolved.panel_size).map_err(anyhow::Error::from)?,
                confirmed_days: base.numbers.expert_confirmed_days,
                open_reviews: resolved.expert_open_reviews,
                spread: base.numbers.expert_spread,
                needed: held.facts.takes_bids(),
            };
            let candidates_hash = experts::snapshot(&txn, challenge, &wanted, now).await??;
            let seed = random::bytes::<32>()?;
            let seed_commitment = hex::encode(Sha256::digest(seed));
            let to = seal::recipient(&recipient).ok_or_else(|| anyhow::anyhow!("a fresh recipient does not parse"))?;
            let year = china_day(now).year();
            let code = format!("JB-{year}-{:04}", store::next_number(&txn, year).await?);
            let department = held.facts.department();
            let content_sha256 = store::fields(&txn, &held.row).await?.digest(&held.row.terms)?;
            let content = store::public_content(&txn, &held.row).await?;
            let named = organizations::read::named(&*txn, &[department]).await?;
            let named = named.first().map(|department| (&department.name, &department.uscc)).unzip();
            rules::freeze(&txn, challenge, &base, resolved).await?;
            let publication = store::Publication {
                at: now,
                code: code.clone(),
                deadline,
                questions_close_at,
                urgent_reason: urgent_reason.clone(),
                seal: new_seal,
                algorithm: experts::draw::ALGORITHM,
                seed_commitment: seed_commitment.clone(),
                sealed_seed: seal::encrypt(&[to], &seed)?,
                candidates_hash: candidates_hash.clone(),
            };
            store::publish(&txn, proof, publication).await?;
            timers::set(&txn, TimerKind::CloseChallenge, challenge.uuid(), deadline).await?;
            timers::set(&txn, TimerKind::WarnOfUploads, challenge.uuid(), deadline - WARNED).await?;
            let happening = Happening {
                kind: EventKind::ChallengePublished,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({
                    "code": code, "title": held.row.title, "department": department,
                    "submissionDeadline": deadline, "ruleSet": base.version, "urgentReason": urgent_reason,
                    "sealRecipient": recipient, "sealMode": mode, "openers": openers, "escrowRecipient": escrow,
                    "seedCommitment": seed_commitment, "candidatesHash": candidates_hash,
                    "terms": held.row.terms, "contentSha256": content_sha256,
                    "departmentName": named.0, "departmentUscc": named.1, "questionsCloseAt": questions_close_at,
                    "content": content, "demand": held.row.demand_id, "rerunOf": held.row.rerun_of,
                }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Done { challenge })
        })
        .await
}

/// 招标投标法 24 asks for 20 days; urgency, recorded and published by another than the approver, for fewer.
fn check_deadline(faults: &mut Faults, deadline: Instant, now: Instant, urgent: bool, rules: &Resolved) {
    let days = if urgent { rules.urgent_min_open_days } else { rules.min_open_days };
    if deadline <= now {
        faults.add("submissionDeadline", FaultCode::InThePast);
    } else {
        faults.within("submissionDeadline", deadline, now + TimeDelta::days(days.into())..=now + LONGEST);
    }
}

/// Questions close some days before the deadline, at the latest half-way.
pub(super) fn questions_close(from: Instant, deadline: Instant, rules: &Resolved) -> Instant {
    let lead = TimeDelta::days(rules.questions_close_days.into());
    deadline - lead.min((deadline - from) / 2)
}
