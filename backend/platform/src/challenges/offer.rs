//! `offerAccess`: a site visit or a data sample, offered to all who may bid or to none (招标投标法实施条例 28). An offer names nobody, and
//! who takes it up is not asked: the names of those who may bid are secret until the opening (招标投标法 22).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Lock, store};
use crate::access::{Viewer, challenges as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{ChallengeId, OfferId};
use crate::base::words::OfferKind;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `offerAccess` is given.
#[derive(Clone, Debug, Serialize)]
pub struct OfferAccess {
    pub challenge_id: String,
    pub kind: OfferKind,
    pub description: String,
    /// Where to come to, or where the sample lies.
    pub whereabouts: String,
    /// When; a visit has a time.
    pub takes_place_at: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for OfferAccess {
    const MUTATION: &'static str = "offerAccess";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// The offer made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Offered {
    pub offer: OfferId,
}

/// Offers it, on the record.
pub async fn offer(app: &App, viewer: &Viewer, new: OfferAccess) -> Result<Offered> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::facts_of(&txn, challenge, Lock::Update, &app.clock).await?.facts;
            let proof = policy::may_offer(viewer, &facts)?;
            let now = app.clock.now();
            let mut faults = Faults::new();
            let description = faults.text("description", &new.description, Length::NOTE);
            let whereabouts = faults.text("whereabouts", &new.whereabouts, Length::NOTE);
            let at = new.takes_place_at.as_deref().and_then(|text| faults.instant("takesPlaceAt", text));
            if let Some(at) = at {
                faults.check(at > now, "takesPlaceAt", FaultCode::InThePast);
                let late = facts.deadline().is_some_and(|deadline| at >= deadline);
                faults.check(!late, "takesPlaceAt", FaultCode::AfterDeadline);
            }
            match new.kind {
                OfferKind::SiteVisit if new.takes_place_at.is_none() => faults.add("takesPlaceAt", FaultCode::Required),
                OfferKind::SiteVisit | OfferKind::DataSample => {}
            }
            faults.done()?;
            let offer = store::NewOffer {
                kind: new.kind,
                description: description.clone(),
                whereabouts: whereabouts.clone(),
                takes_place_at: at,
                at: now,
            };
            let offer = store::offer(&txn, proof, offer).await?;
            let happening = Happening {
                kind: EventKind::AccessOffered,
                subject: challenge.to_string(),
                challenge: Some(challenge),
                audience: Audience::Everybody,
                by: By::Person(actor.user),
                at: now,
                public: json!({
                    "offer": offer, "kind": new.kind, "description": description, "whereabouts": whereabouts,
                    "takesPlaceAt": at,
                }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(Offered { offer })
        })
        .await
}
