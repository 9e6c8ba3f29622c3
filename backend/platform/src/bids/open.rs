//! `openBids` (开启): after the deadline two organizers open; the second approval makes, or releases, the challenge's key. The bids are held
//! against the log, and that against what the challenge was closed over: nothing is slipped in or taken out afterwards. One that does not
//! fit is reported, and no other. The labels are given in random order.

use std::collections::{BTreeMap, HashMap};

use age::x25519;
use anyhow::anyhow;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::logged::{self, Logged};
use super::sealing::{self, Identity};
use super::store::{self, OpenedBid};
use super::uploads;
use super::{close, model};
use crate::access::bids::MayOpen;
use crate::access::challenges::ChallengeFacts;
use crate::access::{Actor, Viewer, bids as policy};
use crate::accounts;
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{BidId, ChallengeId, Kind, UserId};
use crate::base::words::SealMode;
use crate::base::{Error, Faults, Instant, Reason, Result, faults, random};
use crate::challenges::gather::{Brought, Gathered, gather, unlock};
use crate::challenges::model::seal::Model as Seal;
use crate::challenges::{self, Lock, Locked, PanelStep, seal};
use crate::db::{Content, Once, Txn};
use crate::demands;
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::files::upload::Part;
use crate::rules;

/// What `openBids` is given. Where the organizers hold the key: the caller's share, decrypted outside the platform, or the passphrase of its
/// key that is kept here; from the second opener the waiting share of the first as well. Where the server holds it, a passphrase, if
/// given, is the caller's password.
#[derive(Clone, Debug, Serialize)]
pub struct OpenBids {
    pub challenge_id: String,
    #[serde(skip)]
    pub share: Option<String>,
    #[serde(skip)]
    pub waiting_share: Option<String>,
    #[serde(skip)]
    pub passphrase: Option<String>,
    pub escrow: Option<WithEscrow>,
    pub idempotency_key: Option<String>,
}

/// The organizers' keys are lost: the key that was escrowed opens. Loud: everybody reads that it is done, and why.
#[derive(Clone, Debug, Serialize)]
pub struct WithEscrow {
    pub reason: String,
    /// The challenge's key, decrypted offline from what is escrowed. Without it this announces; another organizer than who announced
    /// brings it.
    #[serde(skip)]
    pub key: Option<String>,
}

impl Content for OpenBids {
    const MUTATION: &'static str = "openBids";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of an approval.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opening {
    pub challenge: ChallengeId,
    /// Whether the bids are open now.
    pub opened: bool,
    /// How many organizers have approved.
    pub approvals: u64,
    /// Bids whose content is not what was committed to.
    pub broken: Vec<BidId>,
}

/// How many organizers it takes.
const APPROVALS: u64 = 2;

/// Approves the opening; the second approval opens.
pub async fn open(app: &App, viewer: &Viewer, new: OpenBids) -> Result<Opening> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    // Hashing is slow: before the lock. What it says counts only behind the policy's answer.
    let password = confirmed(app, actor, challenge, new.passphrase.as_deref()).await?;
    let passphrase = &unlock(app, actor, challenge, new.passphrase.as_deref()).await?;
    // So is reading files. Nobody changes them any more.
    let found = &files_found(app, viewer, challenge).await?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            close::close(&txn, challenge, app.clock.now()).await?;
            let held = challenges::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let proof = policy::may_open(viewer, &held.facts)?;
            let now = app.clock.now();
            let seal = challenges::seal(&*txn, challenge).await?;
            let key = match seal.mode {
                SealMode::Server => by_server(new, password)?,
                SealMode::Organizers => match &new.escrow {
                    None => {
                        let brought = Brought { share: new.share.clone(), waiting_share: new.waiting_share.clone() };
                        let waiting = seal.waiting_share.as_deref().zip(seal.waiting_from);
                        match gather(&txn, &seal, &brought, passphrase, waiting, actor.user).await? {
                            Gathered::Waiting(share) => Key::Waiting(share),
                            Gathered::Key(key) => Key::Joined(key),
                        }
                    }
                    Some(escrow) => by_escrow(escrow, &seal, actor.user)?,
                },
            };
            // Whoever has approved may still bring what opens, or say that the escrowed key will.
            let again = matches!(key, Key::Joined(_) | Key::Announced);
            let approvals = store::approve_opening(&txn, &proof, again, now).await?;
            let approved = |public| Happening {
                kind: EventKind::OpeningApproved,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Staff(Some(held.facts.department())),
                by: By::Person(actor.user),
                at: now,
                public,
                private: json!({}),
            };
            events::append(&txn, approved(json!({ "approvals": approvals }))).await?;
            let mut opening = Opening { challenge, opened: false, approvals, broken: Vec::new() };
            if let Key::Waiting(share) = &key {
                challenges::let_share_wait(&txn, challenge, share, actor.user).await?;
            }
            if matches!(key, Key::Announced) {
                challenges::announce_escrow(&txn, challenge, actor.user).await?;
            }
            let whole = matches!(key, Key::Joined(_) | Key::Wrapped);
            if approvals >= APPROVALS && whole {
                opening.broken = open_all(app, &txn, &held, &proof, now, (key, found), &mut opening.opened).await?;
            }
            if let Some(escrow) = &new.escrow {
                let told = json!({ "reason": escrow.reason.trim(), "opened": opening.opened });
                let audience = Audience::Everybody;
                let used = Happening { kind: EventKind::EscrowUsed, audience, ..approved(told) };
                events::append(&txn, used).await?;
            }
            Ok(opening)
        })
        .await
}

/// What an approval brings.
enum Key {
    /// The first share, encrypted to the other holders.
    Waiting(String),
    /// That the escrowed key is to be fetched.
    Announced,
    /// The key itself.
    Joined(Box<x25519::Identity>),
    /// The server holds it.
    Wrapped,
}

/// Whether a passphrase is the caller's password: where the server holds the key. Found out before any lock, since hashing is slow.
async fn confirmed(app: &App, actor: &Actor, challenge: ChallengeId, passphrase: Option<&str>) -> Result<bool> {
    let by_server = challenges::is_held_by_server(app.db.read(), challenge).await?;
    let Some(passphrase) = passphrase.filter(|_| by_server) else { return Ok(true) };
    match accounts::confirm_password(app, actor, "passphrase", passphrase).await {
        Ok(()) => Ok(true),
        Err(Error::Invalid(_)) => Ok(false),
        Err(failed) => Err(failed),
    }
}

/// What lies in the store of the files of bids in force: by object, its SHA-256, none where it is gone. None at all: who asked might not open.
type Found = Option<HashMap<Uuid, Option<String>>>;

/// Looks at the files of the bids in force, for who may open them: each is held against what was committed to. Whoever may not is refused
/// under the lock, where a repeat of what was let through is let through.
async fn files_found(app: &App, viewer: &Viewer, challenge: ChallengeId) -> Result<Found> {
    if policy::may_open(viewer, &challenges::glance(app.db.read(), challenge, app.clock.now()).await?).is_err() {
        return Ok(None);
    }
    let objects = uploads::store::in_force(app.db.read(), challenge).await?;
    let found = app.looks.at(challenge.uuid(), &app.files, objects).await?;
    // A store that is not there breaks nobody's bid.
    if found.values().any(Option::is_none) {
        app.files.needs_mark().await?;
    }
    Ok(Some(found))
}

fn by_server(new: &OpenBids, password: bool) -> Result<Key> {
    let mut faults = Faults::new();
    faults.check(new.share.is_none(), "share", FaultCode::DoesNotApply);
    faults.check(new.waiting_share.is_none(), "waitingShare", FaultCode::DoesNotApply);
    faults.check(new.escrow.is_none(), "escrow", FaultCode::DoesNotApply);
    faults.check(password, "passphrase", FaultCode::PasswordWrong);
    faults.done()?;
    Ok(Key::Wrapped)
}

/// One organizer announces that the escrowed key will open, another brings it.
fn by_escrow(escrow: &WithEscrow, sealed: &Seal, by: UserId) -> Result<Key> {
    let mut faults = Faults::new();
    faults.check(sealed.escrow_recipient.is_some(), "escrow", FaultCode::DoesNotApply);
    faults.text("escrow.reason", &escrow.reason, Length::NOTE);
    let announced = sealed.escrow_announced_by.is_some_and(|announcer| announcer != by);
    let key = escrow.key.as_deref().and_then(|text| text.trim().parse::<x25519::Identity>().ok());
    let key = key.filter(|key| key.to_public().to_string() == sealed.recipient);
    if escrow.key.is_some() {
        let code = if announced { FaultCode::WrongShare } else { FaultCode::NotAnnounced };
        faults.check(announced && key.is_some(), "escrow.key", code);
    } else {
        faults.check(!announced, "escrow.key", FaultCode::Required);
    }
    faults.done()?;
    match key {
        Some(key) => Ok(Key::Joined(Box::new(key))),
        None if sealed.escrow_announced_by.is_some() => Err(Error::Conflict(Reason::AlreadyDecided)),
        None => Ok(Key::Announced),
    }
}

/// Releases the key and opens every bid in force; too few of them fail the challenge and stay sealed.
async fn open_all(
    app: &App,
    txn: &Txn,
    held: &Locked,
    proof: &MayOpen,
    now: Instant,
    (key, found): (Key, &Found),
    opened: &mut bool,
) -> Result<Vec<BidId>> {
    let (facts, demand) = (&held.facts, held.row.demand_id);
    let challenge = proof.challenge();
    challenges::forget_waiting(txn, challenge).await?;
    lapse(txn, proof, now).await?;
    let sealed = challenges::seal(txn, challenge).await?;
    let logged = logged::in_force(txn, challenge, sealed.closing_nonce.as_deref()).await?;
    let least = rules::of_challenge(txn, challenge).await?.resolved.min_valid_bids;
    let happening = |kind, public| Happening {
        kind,
        subject: challenge.to_string(),
        challenge: Some(challenge),
        audience: Audience::Everybody,
        by: By::Person(proof.by()),
        at: now,
        public,
        private: json!({}),
    };
    if (logged.len() as u64) < least.into() {
        demands::give_back(txn, proof.lost(), demand, now).await?;
        store::fail(txn, proof).await?;
        events::append(txn, happening(EventKind::ChallengeFailed, json!({ "why": "too_few_bids" }))).await?;
        return Ok(Vec::new());
    }
    let key = match key {
        Key::Joined(key) => *key,
        Key::Wrapped => seal::release(&app.keys, sealed.wrapped_identity.as_deref())?,
        Key::Waiting(_) | Key::Announced => return Err(anyhow!("{challenge} is opened without its key").into()),
    };
    // Whoever might not open a moment ago, or before the last bid was kept, has them looked at first.
    let objects = uploads::store::in_force(txn, challenge).await?;
    let found = found.as_ref().filter(|found| objects.iter().all(|object| found.contains_key(object)));
    let found = found.ok_or(Error::Conflict(Reason::VersionMoved))?;
    let bids = store::in_force(txn, challenge).await?;
    let results = open_each(&key, proof, bids, &logged, found)?;
    let broken = results.iter().filter_map(|result| Some((result.bid, result.content.as_ref().err()?.clone())));
    let broken: Vec<(BidId, String)> = broken.collect();
    report_broken(txn, facts, proof.by(), &broken, now).await?;
    store::open(txn, proof, results, logged.len(), now).await?;
    if sealed.mode == SealMode::Organizers {
        // Of all that is sealed to the key the server needs the panel's seed alone; what was replaced or taken back stays shut.
        for panel in challenges::panels(txn, &[challenge]).await? {
            let sealed_seed = Some(seal::hand_over(&app.keys, &key, &panel.sealed_seed)?);
            let step = PanelStep { sealed_seed, ..PanelStep::default() };
            challenges::step_panel(txn, panel.id, step).await?;
        }
    }
    let nonce = sealed.closing_nonce.map(hex::encode);
    let mut commitments: Vec<String> = logged.into_values().map(|bid| bid.commitment).collect();
    commitments.sort_unstable();
    let public = json!({ "count": commitments.len(), "commitments": commitments, "nonce": nonce });
    events::append(txn, happening(EventKind::BidsOpened, public)).await?;
    *opened = true;
    Ok(broken.into_iter().map(|(bid, _)| bid).collect())
}

/// What a material amendment voided and its bidder has not answered is taken back, and its bidder told.
async fn lapse(txn: &Txn, proof: &MayOpen, now: Instant) -> Result<()> {
    for (bid, bidder) in store::lapse(txn, proof, now).await? {
        let happening = Happening {
            kind: EventKind::BidLapsed,
            subject: bid.to_string(),
            challenge: Some(proof.challenge()),
            audience: Audience::Bidder(bidder),
            by: By::Clock,
            at: now,
            public: json!({ "why": "amendment_unanswered" }),
            private: json!({}),
        };
        events::append(txn, happening).await?;
    }
    Ok(())
}

fn open_each(
    key: &x25519::Identity,
    proof: &MayOpen,
    bids: Vec<(model::Model, model::submission::Model)>,
    logged: &BTreeMap<BidId, Logged>,
    found: &HashMap<Uuid, Option<String>>,
) -> Result<Vec<OpenedBid>> {
    let gone = logged.keys().filter(|id| bids.iter().all(|(bid, _)| bid.id != **id)).map(|id| (*id, None));
    let mut all: Vec<_> = gone.collect();
    all.extend(bids.into_iter().map(|(bid, held)| (bid.id, Some((bid, held)))));
    random::shuffle(&mut all)?;
    let leave = policy::may_read_opening(proof);
    let results = all.into_iter().enumerate().map(|(place, (id, lies))| {
        let content = match (lies, logged.get(&id)) {
            (Some((bid, held)), Some(said)) if said.is(&held) => {
                let (challenge, bidder, version) = (bid.challenge_id, bid.bidder_id, held.version);
                let identity = Identity { bid: id, challenge, bidder, version };
                sealing::open_bid(key, identity, &held.sealed, &said.commitment)
            }
            _ => Err(anyhow!("it is not what was handed in by the log")),
        };
        let content = content.map(|opened| opened.solution.open(&leave)).and_then(|solution| {
            let changed = |part: &Part| found.get(&part.object).and_then(Option::as_ref) != Some(&part.sealed_sha256);
            let changed = solution.attachments.iter().position(|file| file.parts.iter().any(changed));
            changed.map_or(Ok(solution), |place| Err(anyhow!("file {} is not what was committed to", place + 1)))
        });
        let content = content.map_err(|fault| format!("{fault:#}"));
        OpenedBid { bid: id, label: label(place), content }
    });
    Ok(results.collect())
}

async fn report_broken(
    txn: &Txn,
    facts: &ChallengeFacts,
    by: UserId,
    broken: &[(BidId, String)],
    now: Instant,
) -> Result<()> {
    for (bid, why) in broken {
        let happening = Happening {
            kind: EventKind::BidBroken,
            subject: bid.to_string(),
            challenge: Some(facts.id()),
            audience: Audience::Staff(Some(facts.department())),
            by: By::Person(by),
            at: now,
            public: json!({ "why": why }),
            private: json!({}),
        };
        events::append(txn, happening).await?;
    }
    Ok(())
}

/// 方案 A … 方案 Z, 方案 AA …
fn label(place: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = place + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    format!("方案 {}", letters.into_iter().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_go_on_behind_z() {
        for (place, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(label(place), format!("方案 {letters}"));
        }
    }
}
