//! `submitBid` (揭榜): the draft is sealed and handed in before the deadline, by the server's clock; replaces what was handed in
//! before, and hands a withdrawn bid in again. The slow work is done before the lock; the clock is read under it.

use age::x25519;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::read::{self, ReceiptView};
use super::receipt::{self, Claims};
use super::sealing::{self, Identity, SealedBid};
use super::solution::Demands;
use super::store::{self, Locked, Submission};
use super::{draft_keys, late, standing, uploads};
use crate::access::bids::MaySubmit;
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::id::{AttachmentId, BidId, ChallengeId, OrganizationId};
use crate::base::{Error, Faults, Fen, Instant, Reason, Result, faults};
use crate::challenges::{self, Lock, seal};
use crate::db::{Conn, Content, Once, Txn};
use crate::eligibility::check::{self as eligibility, Party};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::files::Shelf;

/// What `submitBid` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SubmitBid {
    pub bid_id: String,
    pub pledge_accepted: bool,
    /// An age recipient of the bidder's own; without one a recovery key is made and shown once.
    pub recovery_recipient: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for SubmitBid {
    const MUTATION: &'static str = "submitBid";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What was handed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submitted {
    pub bid: BidId,
    /// Which of this bid's submissions.
    pub version: i32,
    /// Shown once, kept nowhere: not even with the first answer.
    #[serde(skip)]
    pub recovery_key: Option<String>,
    /// Of what was sealed just now; of an earlier submission it is read.
    #[serde(skip)]
    pub receipt: Option<ReceiptView>,
    /// Nothing of an earlier submission, whose repeat this may be: that is let go already.
    #[serde(skip)]
    spent: Spent,
}

/// What is of no use to anybody from now on.
#[derive(Clone, Debug, Default)]
struct Spent {
    key: Vec<Uuid>,
    objects: Vec<Uuid>,
}

/// What the slow work made, and of which state.
struct Prepared {
    challenge: ChallengeId,
    /// The challenge that it was held against.
    challenge_version: i32,
    bid_version: i32,
    last: Option<i32>,
    /// The other members; as they were, where what was withdrawn is handed in again.
    members: Option<Vec<OrganizationId>>,
    /// None: there is no draft, what was withdrawn is handed in again.
    sealed: Option<(i32, SealedBid)>,
    /// The files whose keys it holds.
    files: Vec<AttachmentId>,
    recovery_key: Option<String>,
    /// What the draft is encrypted to.
    draft_key: Option<Uuid>,
}

/// How often a colleague may change the draft, or an organizer the challenge, between sealing and handing in.
const ATTEMPTS: usize = 3;

/// Hands the bid in.
pub async fn submit(app: &App, viewer: &Viewer, new: SubmitBid) -> Result<Submitted> {
    viewer.person()?;
    let bid: BidId = faults::id("bidId", &new.bid_id)?;
    late::recorded(app, viewer, bid, "submitBid", in_time(app, viewer, bid, new).await).await
}

async fn in_time(app: &App, viewer: &Viewer, bid: BidId, new: SubmitBid) -> Result<Submitted> {
    let actor = viewer.person()?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    for _ in 0..ATTEMPTS {
        let prepared = match prepare(app, viewer, bid, &new).await {
            Ok(prepared) => prepared,
            // A colleague has handed it in while it was read.
            Err(Error::Conflict(Reason::VersionMoved)) => continue,
            // A repeat that ran beside the first call and found its draft gone is answered like any other.
            Err(refused) => return app.db.recalled(&once).await?.ok_or(refused),
        };
        let prepared = &prepared;
        let outcome = app
            .db
            .once(&once, move |txn| async move {
                let held = store::locked_under(&txn, prepared.challenge, bid, Lock::Share, &app.clock).await?;
                let proof = policy::may_submit(viewer, &held.facts)?;
                let last = store::last_submission(&*txn, &held.row).await?;
                let now = (held.challenge.version, held.row.version, last);
                if now != (prepared.challenge_version, prepared.bid_version, prepared.last) {
                    return Err(Error::Conflict(Reason::VersionMoved));
                }
                let mut faults = Faults::new();
                may_bid(&*txn, &held, prepared.members.as_deref(), &mut faults).await?;
                faults.done()?;
                hand_in(app, &txn, &held, proof, prepared).await
            })
            .await;
        match outcome {
            Ok(submitted) => {
                app.files.let_go(Shelf::DraftKeys, &submitted.spent.key).await;
                app.files.let_go(Shelf::Parts, &submitted.spent.objects).await;
                return Ok(submitted);
            }
            // A colleague was quicker; nothing was kept. Once more, with what is there now.
            Err(Error::Conflict(Reason::VersionMoved)) => {}
            Err(refused) => return Err(refused),
        }
    }
    Err(Error::Conflict(Reason::VersionMoved))
}

/// Reads the draft, checks that it is whole, and seals it, without a lock.
async fn prepare(app: &App, viewer: &Viewer, bid: BidId, new: &SubmitBid) -> Result<Prepared> {
    let conn = app.db.read();
    let (held, draft) = store::glance(conn, bid, app.clock.now()).await?;
    let proof = policy::may_submit(viewer, &held.facts)?;
    let last = store::last_submission(conn, &held.row).await?;
    let (challenge, bid_version, challenge_version) = (held.challenge.id, held.row.version, held.challenge.version);
    let mut faults = Faults::new();
    faults.check(new.pledge_accepted, "pledgeAccepted", FaultCode::PledgeNeeded);
    let Some(draft) = draft else {
        let again = held.row.withdrawn_at.is_some() && last.is_some();
        if !again {
            return Err(Error::NotNow(Reason::NothingToSubmit));
        }
        if held.row.amendments_answered < held.challenge.replacing_amendment {
            return Err(Error::NotNow(Reason::ReplaceBidInstead));
        }
        // What was withdrawn is sealed already; nobody can seal it to another key.
        faults.check(new.recovery_recipient.is_none(), "recoveryRecipient", FaultCode::NotSupportedYet);
        if !faults.is_empty() {
            may_bid(conn, &held, None, &mut faults).await?;
        }
        faults.done()?;
        return Ok(Prepared {
            challenge,
            challenge_version,
            bid_version,
            last,
            members: None,
            sealed: None,
            files: Vec::new(),
            recovery_key: None,
            draft_key: None,
        });
    };
    let Some(key) = draft_keys::opens(app, bid, held.row.draft_key).await? else {
        let now = store::draft_keys_of(conn, &[bid]).await?.remove(&bid);
        let lost = now == held.row.draft_key;
        return Err(if lost { Error::NotNow(Reason::DraftLost) } else { Error::Conflict(Reason::VersionMoved) });
    };
    let mut solution = sealing::open_draft(&key, &draft.sealed)?.open(&policy::may_read_sealing(&proof));
    let files = std::mem::take(&mut solution.uploads);
    if !files.is_empty() {
        let begun = uploads::store::begun(conn, &[bid]).await?;
        solution.attachments = uploads::attached(&key, &files, begun, &mut faults)?;
    }
    let indicators = challenges::indicators(conn, challenge).await?;
    let demands = Demands {
        budget_total: held.challenge.budget_total.unwrap_or(Fen(0)),
        indicators: &indicators,
        consortium_allowed: held.challenge.consortium_allowed,
        consortium_max_members: held.challenge.consortium_max_members,
    };
    solution.check_whole(&demands, &mut faults);
    let (recovery_key, recovery) = recovery(new.recovery_recipient.as_deref(), &mut faults);
    // Whether they may bid is asked under the lock; here only so that every fault is named at once.
    if !faults.is_empty() {
        may_bid(conn, &held, Some(&solution.members), &mut faults).await?;
    }
    faults.done()?;
    let challenge_key = challenges::seal(conn, challenge).await?.recipient;
    let to = [seal::recipient(&challenge_key), recovery].into_iter().flatten().collect::<Vec<_>>();
    let version = last.unwrap_or(0) + 1;
    let identity = Identity { bid, challenge, bidder: held.row.bidder_id, version };
    let sealed = sealing::seal_bid(identity, &solution, &to)?;
    let (members, sealed) = (Some(solution.members.clone()), Some((version, sealed)));
    let draft_key = held.row.draft_key;
    Ok(Prepared { challenge, challenge_version, bid_version, last, members, sealed, files, recovery_key, draft_key })
}

/// Notes what keeps the bidder and its members from bidding here; none are given where what is sealed already is to count again.
pub(super) async fn may_bid(
    conn: &impl Conn,
    held: &Locked,
    members: Option<&[OrganizationId]>,
    faults: &mut Faults,
) -> Result<()> {
    let members = match members {
        None => store::handed_in_with(conn, held.row.id).await?.into_iter().collect(),
        Some([]) => Vec::new(),
        Some(members) => {
            let agreed = store::agreed(conn, held.row.id).await?;
            for (place, member) in members.iter().enumerate() {
                faults.check(agreed.contains(member), format!("memberIds.{place}"), FaultCode::MemberNotAgreed);
            }
            // Whoever has not agreed is nobody whose bans and ties a bidder may ask about.
            if members.iter().all(|member| agreed.contains(member)) { members.to_vec() } else { Vec::new() }
        }
    };
    let asked = standing::asked(&held.challenge, held.row.bidder_id, &members, held.now);
    for (party, hindrance) in eligibility::hindrances(conn, &asked, held.now).await? {
        let path = match party {
            Party::Bidder => "bidId".to_owned(),
            Party::Member(place) => format!("memberIds.{place}"),
        };
        let (code, figure) = hindrance.fault();
        faults.add_about(path, code, figure);
    }
    Ok(())
}

fn recovery(given: Option<&str>, faults: &mut Faults) -> (Option<String>, Option<x25519::Recipient>) {
    match given {
        None => {
            let (key, recipient) = sealing::recovery();
            (Some(key), Some(recipient))
        }
        Some(given) => {
            let recipient = seal::recipient(given);
            faults.check(recipient.is_some(), "recoveryRecipient", FaultCode::NotARecipient);
            (None, recipient)
        }
    }
}

/// Under the lock: signs the receipt with the time that was read there, and keeps all.
async fn hand_in(app: &App, txn: &Txn, held: &Locked, proof: MaySubmit, prepared: &Prepared) -> Result<Submitted> {
    let (bid, by, amendments) = (proof.bid(), proof.by(), held.challenge.material_amendments);
    let mut spent = Spent::default();
    let (version, receipt) = match (&prepared.sealed, prepared.last) {
        (Some((version, sealed)), _) => {
            let claims = claims(app, held, *version, sealed);
            let submission = Submission {
                version: *version,
                bid: sealed.clone(),
                receipt: receipt::sign(&app.keys, &claims)?,
                key_id: app.keys.receipt.id.clone(),
                at: held.now,
                amendments,
                with_members: prepared.members.as_ref().is_some_and(|members| !members.is_empty()),
            };
            spent.objects = uploads::store::hand_in(txn, &proof, *version, &prepared.files).await?;
            spent.key = prepared.draft_key.into_iter().collect();
            let kept = store::submit(txn, proof, submission).await?;
            (*version, Some(ReceiptView { salt: Some(sealed.salt.clone()), ..read::receipt_view(kept) }))
        }
        (None, Some(version)) => {
            store::resubmit(txn, proof, version, held.now, amendments).await?;
            (version, None)
        }
        (None, None) => return Err(Error::NotNow(Reason::NothingToSubmit)),
    };
    let commitment = receipt.as_ref().map(|receipt| receipt.commitment.as_str());
    let happening = Happening {
        kind: EventKind::BidSubmitted,
        subject: bid.to_string(),
        challenge: Some(held.challenge.id),
        audience: Audience::Bidder(held.row.bidder_id),
        by: By::Person(by),
        at: held.now,
        public: json!({ "version": version, "commitment": commitment, "again": receipt.is_none(), "person": by }),
        private: json!({}),
    };
    events::append(txn, happening).await?;
    Ok(Submitted { bid, version, recovery_key: prepared.recovery_key.clone(), receipt, spent })
}

fn claims(app: &App, held: &Locked, version: i32, sealed: &SealedBid) -> Claims {
    let sealed_at: Instant = held.now;
    Claims {
        iss: app.settings.issuer.clone(),
        bid: held.row.id,
        challenge: held.challenge.id,
        version,
        commitment: sealed.commitment.clone(),
        sealed_sha256: sealed.sealed_sha256.clone(),
        sealed_at,
    }
}
