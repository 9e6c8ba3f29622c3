//! `reshareOpeningKey`: organizers have joined or left: two who hold shares make the key again, and it is split anew among those who may open
//! now. Shares of the old split fit no share of the new one. The recipient that bids are encrypted to stays.

use anyhow::anyhow;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::gather::{Brought, Gathered, gather, unlock};
use super::{Lock, seal, store};
use crate::access::{Viewer, challenges as policy};
use crate::accounts;
use crate::app::App;
use crate::base::id::ChallengeId;
use crate::base::{Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `reshareOpeningKey` is given, as for `openBids`.
#[derive(Clone, Debug, Serialize)]
pub struct ReshareOpeningKey {
    pub challenge_id: String,
    #[serde(skip)]
    pub share: Option<String>,
    #[serde(skip)]
    pub waiting_share: Option<String>,
    #[serde(skip)]
    pub passphrase: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for ReshareOpeningKey {
    const MUTATION: &'static str = "reshareOpeningKey";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Reshared {
    pub challenge: ChallengeId,
    /// Whether the key is split anew; otherwise the first share waits for a second.
    pub done: bool,
}

/// Hands a share in for a new split; the second one splits.
pub async fn reshare(app: &App, viewer: &Viewer, new: ReshareOpeningKey) -> Result<Reshared> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    if let Some(first) = app.db.recalled(&once).await? {
        return Ok(first);
    }
    let passphrase = &unlock(app, actor, challenge, new.passphrase.as_deref()).await?;
    let brought = &Brought { share: new.share.clone(), waiting_share: new.waiting_share.clone() };
    app.db
        .once(&once, move |txn| async move {
            let held = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?;
            let sealed = store::find_seal(&*txn, challenge).await?;
            let opening = sealed.as_ref().is_some_and(|seal| seal.waiting_share.is_some());
            let proof = policy::may_reshare(viewer, &held.facts, opening)?;
            let sealed = sealed.ok_or_else(|| anyhow!("{challenge} has no seal"))?;
            let waiting = sealed.reshare_waiting.as_deref().zip(sealed.reshare_from);
            let happening = |public| Happening {
                kind: EventKind::OpeningKeyReshared,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: app.clock.now(),
                public,
                private: json!({}),
            };
            match gather(&txn, &sealed, brought, passphrase, waiting, actor.user).await? {
                Gathered::Waiting(share) => {
                    store::let_reshare_wait(&txn, &proof, share).await?;
                    events::append(&txn, happening(json!({ "done": false }))).await?;
                    Ok(Reshared { challenge, done: false })
                }
                Gathered::Key(key) => {
                    let openers = accounts::openers(&*txn, held.facts.department()).await?;
                    let shares = seal::share(&key, &openers)?;
                    let openers = seal::holders(&shares);
                    store::reshare(&txn, &proof, shares).await?;
                    events::append(&txn, happening(json!({ "done": true, "openers": openers }))).await?;
                    Ok(Reshared { challenge, done: true })
                }
            }
        })
        .await
}
