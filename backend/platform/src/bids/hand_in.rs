//! `submitBid` under the lock, for all who wait at the same time: by the same statements, each checked, refused and answered by itself.
//! Whatever can be refused is refused before the first row is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context;
use serde_json::json;

use super::read::ReceiptView;
use super::receipt::{self, Claims};
use super::sealing::SealedBid;
use super::standing::all_may_bid;
use super::store::{self, Locked, Submission};
use super::submit::{Prepared, Spent, Submitted};
use super::uploads;
use crate::access::bids::MaySubmit;
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::id::{AttachmentId, BidId};
use crate::base::{Error, Reason, Result};
use crate::db::{Once, Txn, Waits, first_answers, keep_first_answers};
use crate::events::{self, Audience, By, EventKind, Happening};

/// A bid that waits to be handed in: by whom, by which call, and what has been made of its draft.
pub(super) struct Turn {
    pub(super) viewer: Viewer,
    pub(super) bid: BidId,
    pub(super) once: Once,
    pub(super) prepared: Prepared,
}

/// One that is under the lock, and where its outcome is told.
struct Held<'a> {
    turn: &'a Turn,
    told: &'a mut Option<Result<Submitted>>,
    locked: Locked,
    proof: MaySubmit,
}

/// Hands these in, and says of each in its place what came of it.
pub(super) async fn hand_in(app: &App, txn: &Txn, turns: &[Arc<Turn>], waits: Waits) -> Result<Vec<Result<Submitted>>> {
    let calls: Vec<&Once> = turns.iter().map(|turn| &turn.once).collect();
    let mut told: Vec<_> = first_answers(txn, &calls).await?.into_iter().map(Result::transpose).collect();
    let (mut bids, mut keys) = (BTreeMap::new(), BTreeSet::new());
    let mut open = Vec::new();
    for (turn, told) in turns.iter().zip(&mut told).filter(|(_, told)| told.is_none()) {
        // Of two the second comes behind what the first has done.
        if !bids.contains_key(&turn.bid) && turn.once.key().is_none_or(|key| keys.insert(key)) {
            bids.insert(turn.bid, turn.prepared.challenge);
            open.push((turn, told));
        } else {
            *told = Some(Err(Error::Again("another of the round is about the same".into())));
        }
    }
    let mut locked = store::locked_beside(txn, &bids, waits, &app.clock).await?;
    let last = store::last_submissions(txn, locked.values().map(|locked| &locked.row)).await?;
    let mut all = Vec::new();
    for (turn, told) in open {
        let Some(locked) = locked.remove(&turn.bid) else {
            let gone = if waits == Waits::Yes { Error::Hidden } else { Error::Again("somebody holds it".into()) };
            *told = Some(Err(gone));
            continue;
        };
        match turn.checked(&locked, last.get(&turn.bid).copied()) {
            Ok(proof) => all.push(Held { turn, told, locked, proof }),
            Err(refused) => *told = Some(Err(refused)),
        }
    }
    // As whoever else writes for several bids goes through them.
    all.sort_unstable_by_key(|one| one.turn.bid);
    let parties: Vec<_> = all.iter().map(|one| (&one.locked, one.turn.prepared.members.as_deref())).collect();
    let faults = all_may_bid(txn, &parties).await?;
    let begun = uploads::store::begun(txn, &all.iter().map(|one| one.turn.bid).collect::<Vec<_>>()).await?;
    let mut taken = Vec::new();
    for (one, faults) in all.into_iter().zip(faults) {
        match faults.done().and_then(|()| one.turn.has_its_files(&begun)) {
            Ok(()) => taken.push(one),
            Err(refused) => *one.told = Some(Err(refused)),
        }
    }
    keep(app, txn, taken, &begun).await?;
    told.into_iter().map(|told| told.context("a bid without an outcome").map_err(Error::from)).collect()
}

impl Turn {
    /// Checks what was prepared against what is there now.
    fn checked(&self, locked: &Locked, last: Option<i32>) -> Result<MaySubmit> {
        let (prepared, row) = (&self.prepared, &locked.row);
        let proof = policy::may_submit(&self.viewer, &locked.facts)?;
        let then = (prepared.challenge_version, prepared.bid_version, prepared.last);
        // What was withdrawn may have been handed in again by a colleague, which moves no version.
        let in_force_again = prepared.sealed.is_none() && row.withdrawn_at.is_none();
        if (locked.challenge.version, row.version, last) != then || in_force_again {
            return Err(Error::Conflict(Reason::VersionMoved));
        }
        Ok(proof)
    }

    fn has_its_files(&self, begun: &[uploads::model::Model]) -> Result<()> {
        let is_there = |file: &AttachmentId| begun.iter().any(|row| row.bid_id == self.bid && row.id == *file);
        // A colleague has taken one away.
        if self.prepared.files.iter().all(is_there) { Ok(()) } else { Err(Error::Conflict(Reason::VersionMoved)) }
    }
}

/// Signs the receipts with the time that was read under the lock, and keeps all.
async fn keep(app: &App, txn: &Txn, all: Vec<Held<'_>>, begun: &[uploads::model::Model]) -> Result<()> {
    let files = all.iter().filter(|one| one.turn.prepared.sealed.is_some());
    let files = files.map(|one| (&one.proof, one.turn.prepared.version, one.turn.prepared.files.as_slice()));
    let mut objects = uploads::store::hand_in(txn, &files.collect::<Vec<_>>(), begun).await?;
    let (mut sealed, mut again, mut happenings, mut done) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for Held { turn, told, locked, proof } in all {
        let (bid, by, prepared) = (proof.bid(), proof.by(), &turn.prepared);
        let (version, amendments) = (prepared.version, locked.challenge.material_amendments);
        let receipt = match &prepared.sealed {
            None => {
                again.push((proof, version, locked.now, amendments));
                None
            }
            Some(content) => {
                let compact = receipt::sign(&app.keys, &claims(app, &locked, version, content))?;
                let key_id = app.keys.receipt.id.clone();
                let receipt = ReceiptView {
                    bid,
                    version,
                    salt: Some(content.salt.clone()),
                    commitment: content.commitment.clone(),
                    sealed_at: locked.now,
                    key_id: key_id.clone(),
                    compact: compact.clone(),
                };
                let submission = Submission {
                    version,
                    bid: content.clone(),
                    receipt: compact,
                    key_id,
                    at: locked.now,
                    amendments,
                    with_members: prepared.members.as_ref().is_some_and(|members| !members.is_empty()),
                };
                sealed.push((proof, submission));
                Some(receipt)
            }
        };
        let commitment = receipt.as_ref().map(|receipt| receipt.commitment.as_str());
        let sealed_sha256 = turn.prepared.sealed.as_ref().map(|content| content.sealed_sha256.as_str());
        happenings.push(Happening {
            kind: EventKind::BidSubmitted,
            subject: bid.to_string(),
            challenge: Some(locked.challenge.id),
            audience: Audience::Bidder(locked.row.bidder_id),
            by: By::Person(by),
            at: locked.now,
            public: json!({
                "version": version,
                "commitment": commitment,
                "sealedSha256": sealed_sha256,
                "again": receipt.is_none(),
                "person": by,
            }),
            private: json!({}),
        });
        let spent =
            Spent { key: prepared.draft_key.into_iter().collect(), objects: objects.remove(&bid).unwrap_or_default() };
        let recovery_key = prepared.recovery_key.clone();
        done.push((told, &turn.once, Submitted { bid, version, recovery_key, receipt, spent }));
    }
    store::submit(txn, sealed).await?;
    store::resubmit(txn, again).await?;
    events::append_all(txn, happenings).await?;
    keep_first_answers(txn, done.iter().map(|(_, once, submitted)| (*once, submitted))).await?;
    for (told, _, submitted) in done {
        *told = Some(Ok(submitted));
    }
    Ok(())
}

fn claims(app: &App, locked: &Locked, version: i32, sealed: &SealedBid) -> Claims {
    Claims {
        iss: app.settings.issuer.clone(),
        bid: locked.row.id,
        challenge: locked.challenge.id,
        version,
        commitment: sealed.commitment.clone(),
        sealed_sha256: sealed.sealed_sha256.clone(),
        sealed_at: locked.now,
    }
}
