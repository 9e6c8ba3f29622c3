//! The keys of drafts: each made when its draft is begun, kept outside the database and wrapped under the server's, and erased once the
//! bid is handed in. What is left of the draft then, in dead rows, logs of the database and backups of it, nobody can read.

use age::secrecy::ExposeSecret;
use age::x25519;
use anyhow::{Context, anyhow};
use uuid::Uuid;

use super::store;
use crate::app::App;
use crate::base::id::BidId;
use crate::base::{Error, Reason, Result, random};
use crate::files::Shelf;
use crate::keys::{decrypt, encrypt};

/// The key of one draft.
pub(super) struct DraftKey {
    pub(super) id: Uuid,
    identity: x25519::Identity,
    /// Made just now: of no use where the act that needs it is refused.
    made: bool,
}

impl DraftKey {
    /// A new one, kept.
    pub(super) async fn made(app: &App) -> Result<Self> {
        app.files.needs_mark().await?;
        let key = Self { id: random::uuid()?, identity: x25519::Identity::generate(), made: true };
        let text = key.identity.to_string();
        let wrapped = encrypt(&[app.keys.seal_recipient()], text.expose_secret().as_bytes())?;
        app.files.keep(Shelf::DraftKeys, key.id, wrapped).await?;
        Ok(key)
    }

    /// That of a draft to be written: its own, or a new one where it has none.
    pub(super) async fn to_write(app: &App, id: Option<Uuid>) -> Result<Self> {
        if let Some(id) = id
            && let Some(identity) = kept(app, id).await?
        {
            return Ok(Self { id, identity, made: false });
        }
        Self::made(app).await
    }

    /// That of a bid's draft that has one.
    pub(super) async fn to_read(app: &App, bid: BidId, id: Option<Uuid>) -> Result<Self> {
        let moved = || Error::Conflict(Reason::VersionMoved);
        let id = id.ok_or_else(moved)?;
        let identity = opens(app, bid, Some(id)).await?.ok_or_else(moved)?;
        Ok(Self { id, identity, made: false })
    }

    /// What it opens with.
    pub(super) fn identity(&self) -> &x25519::Identity {
        &self.identity
    }

    /// Encrypts to it.
    pub(super) fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>> {
        encrypt(&[self.identity.to_public()], plain)
    }

    /// Nothing came of what it was made for. Where that is not certain, as when the database went away, it is left to the sweep.
    pub(super) async fn drop_unused<T>(&self, app: &App, outcome: &Result<T>) {
        if self.made && outcome.as_ref().is_err_and(|refused| refused.is_refusal()) {
            app.files.let_go(Shelf::DraftKeys, &[self.id]).await;
        }
    }
}

/// The identity that opens a bid's draft: its own key's, or, of a draft of an earlier version, the server's. None where the draft was
/// handed in meanwhile, or its key is lost: then nobody reads it any more, and the log says so.
pub(super) async fn opens(app: &App, bid: BidId, id: Option<Uuid>) -> Result<Option<x25519::Identity>> {
    let Some(id) = id else { return Ok(Some(app.keys.seal.clone())) };
    let found = kept(app, id).await?;
    if found.is_none() && store::draft_keys_of(app.db.read(), &[bid]).await?.get(&bid) == Some(&id) {
        tracing::error!(%bid, key = %id, "the key of a draft is not there: the draft is lost");
    }
    Ok(found)
}

async fn kept(app: &App, id: Uuid) -> Result<Option<x25519::Identity>> {
    let Some(wrapped) = app.files.read(Shelf::DraftKeys, id).await? else { return Ok(None) };
    let text = String::from_utf8(decrypt(&app.keys.seal, &wrapped)?).context("the key of a draft")?;
    Ok(Some(text.parse().map_err(|fault| anyhow!("the key of a draft: {fault}"))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Kind;
    use crate::bids::sealing;
    use crate::bids::solution::Solution;
    use crate::testing;

    #[tokio::test]
    async fn the_servers_key_alone_opens_no_draft() {
        let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        let (key, bid) = (DraftKey::made(&app).await.unwrap(), BidId::new());
        let solution = Solution { title: "积水预报".into(), ..Solution::default() };
        let sealed = sealing::seal_draft(&key, &solution).unwrap();
        assert!(sealing::open_draft(&app.keys.seal, &sealed).is_err());
        let opens = opens(&app, bid, Some(key.id)).await.unwrap().unwrap();
        assert!(sealing::open_draft(&opens, &sealed).is_ok());
        // What lies in the store is of use only with the server's key, and then no more once it is erased.
        let kept = app.files.read(Shelf::DraftKeys, key.id).await.unwrap().unwrap();
        assert!(decrypt(&key.identity, &kept).is_err() && decrypt(&app.keys.seal, &kept).is_ok());
        app.files.let_go(Shelf::DraftKeys, &[key.id]).await;
        assert!(super::opens(&app, bid, Some(key.id)).await.unwrap().is_none());
    }
}
