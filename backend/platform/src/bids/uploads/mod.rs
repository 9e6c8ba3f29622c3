//! The files of a bid: begun, sent in as many stretches as the way to the platform breaks into, finished, named by the draft, and handed in
//! with it. Each is encrypted to a key of its own from the first byte; that key lies in the draft, encrypted to the draft's key, and once
//! it is handed in inside the bid's seal and nowhere else.

pub mod create;
pub mod discard;
pub mod fetch;
pub mod finish;
pub(super) mod model;
pub mod read;
pub mod receive;
pub(super) mod store;
pub mod warn;

use std::collections::HashMap;

pub(crate) use store::{any, forget_stale, known};

use age::x25519;
use serde_json::json;

use super::draft_keys::DraftKey;
use super::store::Locked;
use crate::base::error::FaultCode;
use crate::base::id::{AttachmentId, UserId};
use crate::base::{Faults, Result};
use crate::events::{Audience, By, EventKind, Happening};
use crate::files::upload::{Attached, Details};
use crate::keys;

fn seal(key: &DraftKey, details: &Details) -> Result<Vec<u8>> {
    key.encrypt(&serde_json::to_vec(details)?)
}

fn open(key: &x25519::Identity, sealed: &[u8]) -> Result<Details> {
    Ok(serde_json::from_slice(&keys::decrypt(key, sealed)?)?)
}

/// Notes which of the files that a draft names are none of its bid's.
pub(super) fn check_named(named: &[AttachmentId], begun: &[model::Model], faults: &mut Faults) {
    for (place, id) in named.iter().enumerate() {
        let known = begun.iter().any(|row| row.id == *id);
        faults.check(known, format!("solution.attachmentIds.{place}"), FaultCode::Unknown);
    }
}

/// The files that a draft names, as they are handed in; notes those that are gone or have not come whole.
pub(super) fn attached(
    key: &x25519::Identity,
    named: &[AttachmentId],
    begun: Vec<model::Model>,
    faults: &mut Faults,
) -> Result<Vec<Attached>> {
    check_named(named, &begun, faults);
    let mut begun: HashMap<AttachmentId, model::Model> = begun.into_iter().map(|row| (row.id, row)).collect();
    let mut all = Vec::new();
    for (place, id) in named.iter().enumerate() {
        let Some(row) = begun.remove(id) else { continue };
        match open(key, &row.sealed)?.attached(*id, row.size.unsigned_abs()) {
            Some(attached) => all.push(attached),
            None => faults.add(format!("solution.attachmentIds.{place}"), FaultCode::UploadUnfinished),
        }
    }
    Ok(all)
}

/// What happened to a file of this bid: told to its bidder alone, without a word of what is sealed.
fn happening(kind: EventKind, held: &Locked, file: AttachmentId, by: UserId) -> Happening {
    Happening {
        kind,
        subject: held.row.id.to_string(),
        challenge: Some(held.challenge.id),
        audience: Audience::Bidder(held.row.bidder_id),
        by: By::Person(by),
        at: held.now,
        public: json!({ "upload": file, "person": by }),
        private: json!({}),
    }
}
