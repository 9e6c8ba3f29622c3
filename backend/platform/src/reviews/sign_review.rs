//! `signReview` (签字): a judge signs the closed review, with a dissent if there is one. Who does not sign, and does not say why, is taken
//! to agree (招标投标法实施条例 53).

use serde::Serialize;
use serde_json::json;

use super::{Done, store};
use crate::access::{Viewer, scoring as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::ChallengeId;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `signReview` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SignReview {
    pub challenge_id: String,
    /// What the judge says against the result; none: it agrees.
    pub dissent: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for SignReview {
    const MUTATION: &'static str = "signReview";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Signs the review.
pub async fn sign_review(app: &App, viewer: &Viewer, new: SignReview) -> Result<Done> {
    let actor = viewer.person()?;
    let challenge: ChallengeId = faults::id("challengeId", &new.challenge_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, challenge, &app.clock).await?;
            let seat = store::seat_of(&*txn, actor.user, challenge).await?;
            let signed = store::has_signed(&*txn, actor.user, &[challenge]).await?.contains(&challenge);
            let proof = policy::may_sign(viewer, &held.challenge.facts, seat, signed)?;
            let mut faults = Faults::new();
            let dissent = faults.optional("dissent", new.dissent.as_deref(), Length::TEXT);
            let dissent = dissent.filter(|dissent| !dissent.is_empty());
            faults.done()?;
            store::sign(&txn, &proof, dissent.clone(), held.now).await?;
            let signed = Happening {
                kind: EventKind::ReviewSigned,
                subject: held.record()?.id.to_string(),
                challenge: Some(challenge),
                audience: Audience::Supervision,
                by: By::Person(proof.by()),
                at: held.now,
                public: json!({ "seat": proof.seat() }),
                private: json!({ "dissent": dissent }),
            };
            events::append(&txn, signed).await?;
            Ok(Done { challenge })
        })
        .await
}
