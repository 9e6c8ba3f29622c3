//! `submitBid` (揭榜): the draft is sealed and handed in before the deadline, by the server's clock; replaces what was handed in
//! before, and hands a withdrawn bid in again. The slow work is done before the lock, by each for itself; what is done under it, `hand_in`,
//! is done for all who wait.

use age::x25519;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hand_in::{Turn, hand_in};
use super::read::ReceiptView;
use super::sealing::{self, Identity, SealedBid};
use super::solution::Demands;
use super::standing::may_bid;
use super::{draft_keys, late, store, uploads};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::id::{AttachmentId, BidId, ChallengeId, OrganizationId};
use crate::base::{Error, Faults, Fen, Reason, Result, faults};
use crate::challenges::demanded::Demanded;
use crate::challenges::seal;
use crate::db::{Content, Once, Together};
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
    pub(super) spent: Spent,
}

/// What is of no use to anybody from now on.
#[derive(Clone, Debug, Default)]
pub(super) struct Spent {
    pub(super) key: Vec<Uuid>,
    pub(super) objects: Vec<Uuid>,
}

/// What the slow work made, and of which state.
pub(super) struct Prepared {
    pub(super) challenge: ChallengeId,
    /// The challenge that it was held against.
    pub(super) challenge_version: i32,
    pub(super) bid_version: i32,
    pub(super) last: Option<i32>,
    /// Which of the bid's submissions is to count.
    pub(super) version: i32,
    /// The other members; as they were, where what was withdrawn is handed in again.
    pub(super) members: Option<Vec<OrganizationId>>,
    /// None: there is no draft, what was withdrawn is handed in again.
    pub(super) sealed: Option<SealedBid>,
    /// The files whose keys it holds.
    pub(super) files: Vec<AttachmentId>,
    pub(super) recovery_key: Option<String>,
    /// What the draft is encrypted to.
    pub(super) draft_key: Option<Uuid>,
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
        let turn = Turn { viewer: viewer.clone(), bid, once: once.clone(), prepared };
        let together = app.memory.of::<Together<Turn, Submitted>>();
        match together
            .join(&app.db, app, |app, txn, turns, waits| Box::pin(hand_in(app, txn, turns, waits)), turn)
            .await
        {
            Ok(submitted) => {
                app.files.let_go(Shelf::DraftKeys, &submitted.spent.key).await;
                app.files.let_go(Shelf::Parts, &submitted.spent.objects).await;
                return Ok(submitted);
            }
            // A colleague was quicker; nothing was kept. Once more, with what is there now.
            Err(Error::Conflict(Reason::VersionMoved)) => {}
            // The first call under this key may have been done at another server while this one waited.
            Err(refused) => return app.db.recalled(&once).await?.ok_or(refused),
        }
    }
    app.db.recalled(&once).await?.ok_or(Error::Conflict(Reason::VersionMoved))
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
        let again = last.filter(|_| held.row.withdrawn_at.is_some());
        let version = again.ok_or(Error::NotNow(Reason::NothingToSubmit))?;
        if held.row.amendments_answered < held.challenge.replacing_amendment {
            return Err(Error::NotNow(Reason::ReplaceBidInstead));
        }
        // What was withdrawn is sealed already; nobody can seal it to another key.
        faults.check(new.recovery_recipient.is_none(), "recoveryRecipient", FaultCode::DoesNotApply);
        if !faults.is_empty() {
            may_bid(conn, &held, None, &mut faults).await?;
        }
        faults.done()?;
        return Ok(Prepared {
            challenge,
            challenge_version,
            bid_version,
            last,
            version,
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
    let asked = app.memory.of::<Demanded>().of(conn, &held.challenge).await?;
    let demands = Demands {
        budget_total: held.challenge.budget_total.unwrap_or(Fen(0)),
        indicators: &asked.indicators,
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
    let to: Vec<_> = std::iter::once(asked.recipient.clone()).chain(recovery).collect();
    let version = last.unwrap_or(0) + 1;
    let identity = Identity { bid, challenge, bidder: held.row.bidder_id, version };
    let sealed = sealing::seal_bid(identity, &solution, &to)?;
    let (members, sealed) = (Some(solution.members.clone()), Some(sealed));
    let draft_key = held.row.draft_key;
    Ok(Prepared {
        challenge,
        challenge_version,
        bid_version,
        last,
        version,
        members,
        sealed,
        files,
        recovery_key,
        draft_key,
    })
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
