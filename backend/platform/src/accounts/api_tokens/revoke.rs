//! `revokeApiToken`: the holder, or an owner of the organization that it acts for, ends an API token. It holds for no further request.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::App;
use crate::access::{Viewer, members as policy};
use crate::base::id::ApiTokenId;
use crate::base::{Error, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `revokeApiToken` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RevokeApiToken {
    pub token_id: String,
    pub idempotency_key: Option<String>,
}

impl Content for RevokeApiToken {
    const MUTATION: &'static str = "revokeApiToken";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApiTokenRevoked {
    pub token: ApiTokenId,
}

/// Ends a token.
pub async fn revoke_api_token(app: &App, viewer: &Viewer, new: RevokeApiToken) -> Result<ApiTokenRevoked> {
    let actor = viewer.person()?;
    let token: ApiTokenId = faults::id("tokenId", &new.token_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::facts(&txn, token).await?.ok_or(Error::Hidden)?;
            let proof = policy::may_revoke_token(viewer, &facts)?;
            store::revoke(&txn, &proof, app.clock.machine_now()).await?;
            let happening = Happening {
                kind: EventKind::ApiTokenRevoked,
                subject: facts.holder.to_string(),
                challenge: None,
                audience: Audience::Person(facts.holder),
                by: By::Person(actor.user),
                at: app.clock.now(),
                public: json!({ "token": token }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(ApiTokenRevoked { token })
        })
        .await
}
