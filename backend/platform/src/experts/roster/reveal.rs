//! `revealExpert`: who needs an expert's telephone number or the names that stand behind its relations says what for. It is on the log
//! (个人信息保护法 10.2 of the domain rules), and the expert can read it there.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{read, store, told};
use crate::access::{Viewer, experts as policy};
use crate::app::App;
use crate::base::faults::Length;
use crate::base::id::{ExpertId, ExpertRelationId};
use crate::base::{Error, Faults, Result, faults};
use crate::events::{Audience, By, EventKind, Happening};

/// What `revealExpert` is given.
#[derive(Clone, Debug)]
pub struct RevealExpert {
    pub expert_id: String,
    /// What it is needed for.
    pub purpose: String,
}

/// What is masked elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revealed {
    pub expert: ExpertId,
    pub phone: String,
    /// The names and notes of the relations.
    pub relations: Vec<(ExpertRelationId, String, Option<String>)>,
}

/// Tells it, each time with its purpose on the log: there is no repeat without one.
pub async fn reveal_expert(app: &App, viewer: &Viewer, new: RevealExpert) -> Result<Revealed> {
    let expert: ExpertId = faults::id("expertId", &new.expert_id)?;
    let new = &new;
    app.db
        .write(move |txn| async move {
            let proof = policy::may_reveal(viewer, store::expert(&txn, expert).await?.as_ref())?;
            let mut faults = Faults::new();
            let purpose = faults.text("purpose", &new.purpose, Length::NOTE);
            faults.done()?;
            let stated = store::stated(&*txn, expert).await?.ok_or(Error::Hidden)?;
            let relations = read::names(&*txn, expert).await?;
            let happening = Happening {
                kind: EventKind::ExpertRevealed,
                subject: expert.to_string(),
                challenge: None,
                audience: Audience::Person(stated.user),
                by: By::Person(proof.by()),
                at: app.clock.now(),
                public: json!({ "purpose": purpose }),
                private: json!({}),
            };
            told(&txn, happening).await?;
            Ok(Revealed { expert, phone: stated.phone, relations })
        })
        .await
}
