//! Evidence (证据): the files that go with an objection, or with a complaint behind it. A bidder begins them beside the notice, sends and
//! finishes them as a bid's, and names them when it objects or complains; from then on they are read by whoever reads what they go with.
//! Their keys lie in the database, encrypted to the server's: they are no sealed bids, and whoever rules has to read them.

mod create;
mod discard;
mod fetch;
mod finish;
pub(super) mod model;
pub mod read;
mod receive;
mod store;

use std::collections::HashMap;

use anyhow::anyhow;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use create::{CreateEvidence, create_evidence};
pub use discard::{DiscardEvidence, discard_evidence};
pub use fetch::fetch;
pub use finish::{FinishEvidence, finish_evidence};
pub use receive::receive;
pub(crate) use store::{any, forget_stale, known};

use self::model::Model;
use super::{read as awards, rulings, store as notices};
use crate::access::Viewer;
use crate::access::awards::{self as policy, MayBringEvidence};
use crate::access::challenges::ChallengeFacts;
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::id::{AttachmentId, ComplaintId, NoticeId, ObjectionId, OrganizationId};
use crate::base::{Faults, Instant, Result};
use crate::challenges::{self, Lock};
use crate::db::{Conn, Txn};
use crate::events::{Audience, By, EventKind, Happening};
use crate::files::upload::{Details, MOST_NAMED};
use crate::keys::{self, Keys};
use crate::rules;

/// What evidence goes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filed {
    /// An objection.
    With(ObjectionId),
    /// A complaint behind one.
    Behind(ComplaintId),
}

impl Filed {
    fn objection(self) -> Option<ObjectionId> {
        match self {
            Self::With(objection) => Some(objection),
            Self::Behind(_) => None,
        }
    }

    fn complaint(self) -> Option<ComplaintId> {
        match self {
            Self::With(_) => None,
            Self::Behind(complaint) => Some(complaint),
        }
    }
}

/// What is named by whoever objects or complains, held to be handed in.
pub(super) struct Named(Vec<(AttachmentId, String)>);

impl Named {
    /// As the log tells it: which files, and what they are.
    pub(super) fn told(&self) -> Value {
        self.0.iter().map(|(id, sha256)| json!({ "file": id, "sha256": sha256 })).collect()
    }
}

/// The files that somebody names, of those that this bidder has begun beside this notice; notes what is not to be handed in.
pub(super) async fn named(
    txn: &Txn,
    keys: &Keys,
    (notice, organization): (NoticeId, OrganizationId),
    given: &[String],
    faults: &mut Faults,
) -> Result<Named> {
    if given.len() > MOST_NAMED {
        faults.add_with("attachmentIds", FaultCode::TooMany, MOST_NAMED as u64);
        return Ok(Named(Vec::new()));
    }
    let begun = store::begun(txn, notice, organization).await?;
    let mut begun: HashMap<AttachmentId, Model> = begun.into_iter().map(|row| (row.id, row)).collect();
    let mut named = Vec::new();
    for (place, id) in given.iter().enumerate() {
        let path = format!("attachmentIds.{place}");
        let Some(id) = faults.id::<AttachmentId>(&path, id) else { continue };
        // Named twice, it is not there the second time.
        let Some(row) = begun.remove(&id) else {
            faults.add(path, FaultCode::Unknown);
            continue;
        };
        match open(keys, &row)?.sha256 {
            Some(sha256) => named.push((row.id, sha256)),
            None => faults.add(path, FaultCode::UploadUnfinished),
        }
    }
    Ok(Named(named))
}

/// Hands in what was named.
pub(super) async fn hand_in(txn: &Txn, named: &Named, with: Filed) -> Result<()> {
    let ids: Vec<AttachmentId> = named.0.iter().map(|(id, _)| *id).collect();
    store::hand_in(txn, &ids, with).await
}

/// What is kept of a file: of which, so that no row takes another's place.
#[derive(Serialize, Deserialize)]
struct Kept {
    file: AttachmentId,
    #[serde(flatten)]
    details: Details,
}

fn seal(keys: &Keys, file: AttachmentId, details: Details) -> Result<Vec<u8>> {
    keys::encrypt(&[keys.seal_recipient()], &serde_json::to_vec(&Kept { file, details })?)
}

fn open(keys: &Keys, row: &Model) -> Result<Details> {
    let kept: Kept = serde_json::from_slice(&keys::decrypt(&keys.seal, &row.sealed)?)?;
    if kept.file == row.id { Ok(kept.details) } else { Err(anyhow!("{} holds what is {}'s", row.id, kept.file).into()) }
}

/// The leave to bring evidence as things stand: asked again by whatever is written on it.
async fn glance(app: &App, viewer: &Viewer, notice: NoticeId) -> Result<MayBringEvidence> {
    let (conn, now) = (app.db.read(), app.clock.now());
    let challenge = notices::notice(conn, notice).await?.challenge_id;
    let facts = challenges::glance(conn, challenge, now).await?;
    leave(conn, viewer, &facts, notice, now).await
}

/// The leave to bring evidence, while the challenge stays as it is.
async fn hold(app: &App, txn: &Txn, viewer: &Viewer, notice: NoticeId, lock: Lock) -> Result<MayBringEvidence> {
    let challenge = notices::notice(txn, notice).await?.challenge_id;
    let held = challenges::facts_of(txn, challenge, lock, &app.clock).await?;
    leave(txn, viewer, &held.facts, notice, app.clock.now()).await
}

async fn leave(
    conn: &impl Conn,
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    notice: NoticeId,
    now: Instant,
) -> Result<MayBringEvidence> {
    let facts = notices::facts(&notices::notice(conn, notice).await?);
    let bids_there = !awards::bids_there(conn, viewer, &[challenge.id()]).await?.is_empty();
    let stands = policy::may_bring_evidence(viewer, challenge, &facts, (bids_there, false), now);
    if stands.is_ok() || !bids_there || !complains(conn, viewer, challenge, notice, now).await? {
        return stands;
    }
    policy::may_bring_evidence(viewer, challenge, &facts, (bids_there, true), now)
}

/// Whether an objection of the viewer's organization to this notice can be complained about now.
async fn complains(
    conn: &impl Conn,
    viewer: &Viewer,
    challenge: &ChallengeFacts,
    notice: NoticeId,
    now: Instant,
) -> Result<bool> {
    let objections = store::not_complained_about(conn, viewer, notice).await?;
    if objections.is_empty() {
        return Ok(false);
    }
    let days = rules::of_challenge(conn, challenge.id()).await?.resolved.complaint_days;
    for row in objections {
        let until = rulings::complainable_until(conn, &row, days).await?;
        if policy::complainable(challenge, &notices::objection_facts(&row), (until, false), now).is_ok() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What happened to evidence that is not handed in: told to its bidder alone. Each file is a stream of its own: its places tell of nobody
/// else's.
fn happening(kind: EventKind, proof: &MayBringEvidence, file: AttachmentId, at: Instant) -> Happening {
    Happening {
        kind,
        subject: file.to_string(),
        challenge: Some(proof.challenge()),
        audience: Audience::Bidder(proof.organization()),
        by: By::Person(proof.by()),
        at,
        public: json!({ "notice": proof.notice(), "person": proof.by() }),
        private: json!({}),
    }
}
