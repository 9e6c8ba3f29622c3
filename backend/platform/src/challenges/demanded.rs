//! What a solution has to answer and is sealed to, kept by the version of its challenge: in the last hour all who hand in ask for the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use age::x25519;
use anyhow::Context;

use super::model::{Model, indicator};
use super::{seal, store};
use crate::base::Result;
use crate::base::id::ChallengeId;
use crate::db::Conn;
use crate::events::{EventKind, verify};

/// So many challenges' at most; then all are forgotten and read anew.
const MOST: usize = 1_000;

/// What has been read. It decides nothing: whoever hands in holds the challenge's version against it under the lock.
#[derive(Default)]
pub(crate) struct Demanded(Mutex<HashMap<ChallengeId, Arc<Asked>>>);

/// What one version of a challenge demands.
pub(crate) struct Asked {
    version: i32,
    pub(crate) indicators: Vec<indicator::Model>,
    /// The challenge's own; the bidder's comes to it.
    pub(crate) recipient: x25519::Recipient,
}

impl Demanded {
    /// Of this challenge as it was read, or as it has become since: that it has is found under the lock.
    pub(crate) async fn of(&self, conn: &impl Conn, challenge: &Model) -> Result<Arc<Asked>> {
        let (id, version) = (challenge.id, challenge.version);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(asked) = known.filter(|asked| asked.version == version) {
            return Ok(asked);
        }
        let indicators = store::indicators(conn, id).await?;
        // As it was published, and not as a row is made to say.
        let published = verify::of_challenge(conn, id, &[EventKind::ChallengePublished]).await?;
        let recipient = published.last().and_then(|event| seal::recipient(event.text("sealRecipient")?));
        let recipient = recipient.with_context(|| format!("{id} is sealed to no recipient"))?;
        let asked = Arc::new(Asked { version, indicators, recipient });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(id, asked.clone());
        Ok(asked)
    }
}
