//! `answerConsortium`: a member that a lead names says whether it bids together with it. A consortium stands before anything is handed in
//! (招标投标法 31, 实施条例 37).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::access::bids::{BidFacts, ConsentFacts};
use crate::access::{Viewer, bids as policy};
use crate::app::App;
use crate::base::id::{ConsentId, OrganizationId};
use crate::base::{Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `answerConsortium` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AnswerConsortium {
    pub consent_id: String,
    pub agreed: bool,
    pub idempotency_key: Option<String>,
}

impl Content for AnswerConsortium {
    const MUTATION: &'static str = "answerConsortium";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// The consent answered.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Consented {
    pub consent: ConsentId,
}

/// What policy asks of a consent.
pub(crate) fn facts(id: ConsentId, member: OrganizationId, agreed: bool, bid: BidFacts) -> ConsentFacts {
    ConsentFacts { id, member, agreed, bid }
}

/// Agrees, or does not.
pub async fn answer(app: &App, viewer: &Viewer, new: AnswerConsortium) -> Result<Consented> {
    let actor = viewer.person()?;
    let consent: ConsentId = faults::id("consentId", &new.consent_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let agreed = new.agreed;
    app.db
        .once(&once, move |txn| async move {
            let asked = store::consent(&*txn, consent).await?;
            let held = store::locked(&txn, asked.bid_id, Lock::Share, &app.clock).await?;
            // Read once more, now that nobody else answers.
            let asked = store::consent(&*txn, consent).await?;
            let member = asked.organization_id;
            let facts = facts(consent, member, asked.agreed == Some(true), held.facts);
            let proof = policy::may_consent(viewer, &facts)?;
            store::answer(&txn, proof, agreed, held.now).await?;
            let happening = Happening {
                kind: EventKind::ConsortiumAnswered,
                subject: consent.to_string(),
                challenge: Some(held.challenge.id),
                audience: Audience::Bidder(member),
                by: By::Person(actor.user),
                at: held.now,
                public: json!({ "agreed": agreed, "person": actor.user }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Consented { consent })
        })
        .await
}
