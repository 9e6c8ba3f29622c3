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

use age::secrecy::{ExposeSecret, SecretString};
use age::x25519;
use anyhow::anyhow;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::draft_keys::DraftKey;
use super::store::Locked;
use crate::base::error::FaultCode;
use crate::base::id::{AttachmentId, UserId};
use crate::base::{Faults, Result};
use crate::events::{Audience, By, EventKind, Happening};
use crate::keys;

/// So many files a bid names at most, and so many are begun and not handed in.
pub const MOST_NAMED: usize = 20;
pub const MOST_BEGUN: usize = 40;

/// What is known of a file while it is not handed in. It is kept encrypted to the draft's key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Details {
    name: String,
    media_type: String,
    /// An age identity, as text.
    key: String,
    /// What the client said that it would be.
    expected: Option<String>,
    /// The SHA-256 of what has come, to go on with.
    running: String,
    /// Known once it is finished.
    sha256: Option<String>,
    parts: Vec<Part>,
}

/// What came in one stretch: an object in the store, an age file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    pub object: Uuid,
    pub size: u64,
    /// Of the object as it lies there.
    pub sealed_sha256: String,
}

/// A file as it is handed in, inside the seal: with the key that opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attached {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub sha256: String,
    /// The age identity that opens its parts.
    pub key: String,
    /// Its stretches, in order.
    pub parts: Vec<Part>,
}

impl Details {
    fn seal(&self, key: &DraftKey) -> Result<Vec<u8>> {
        key.encrypt(&serde_json::to_vec(self)?)
    }

    fn open(key: &x25519::Identity, sealed: &[u8]) -> Result<Self> {
        Ok(serde_json::from_slice(&keys::decrypt(key, sealed)?)?)
    }

    fn identity(&self) -> Result<x25519::Identity> {
        identity(&self.key)
    }

    /// As it is handed in; none while it is not finished.
    fn attached(self, id: AttachmentId, size: u64) -> Option<Attached> {
        let Self { name, media_type, key, sha256, parts, .. } = self;
        Some(Attached { id, name, media_type, size, sha256: sha256?, key, parts })
    }
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
        match Details::open(key, &row.sealed)?.attached(*id, row.size.unsigned_abs()) {
            Some(attached) => all.push(attached),
            None => faults.add(format!("solution.attachmentIds.{place}"), FaultCode::UploadUnfinished),
        }
    }
    Ok(all)
}

fn identity(text: &str) -> Result<x25519::Identity> {
    Ok(text.parse::<x25519::Identity>().map_err(|fault| anyhow!("the key of a file: {fault}"))?)
}

/// A new key of a file, as text.
fn new_key() -> String {
    let text: SecretString = x25519::Identity::generate().to_string();
    text.expose_secret().to_owned()
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
