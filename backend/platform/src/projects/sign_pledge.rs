//! `signPledge` (军令状): the one principal investigator of a project answers for it in person: scope, indicators, honesty, money (domain rules
//! 3.2). Only somebody whom the bid names may, and only so many projects at a time.

use serde::Serialize;
use serde_json::json;

use super::{AgreementSigned, store};
use crate::access::{Viewer, projects as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::form::name_form;
use crate::base::id::ProjectId;
use crate::base::{Error, Faults, Reason, Result, faults};
use crate::challenges::Lock;
use crate::db::{Content, Once};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::{accounts, bids, rules};

/// What `signPledge` is given.
#[derive(Clone, Debug, Serialize)]
pub struct SignPledge {
    pub project_id: String,
    /// What is pledged, and what follows where it is not kept.
    pub pledge: String,
    pub idempotency_key: Option<String>,
}

impl Content for SignPledge {
    const MUTATION: &'static str = "signPledge";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Pledges for a project.
pub async fn sign_pledge(app: &App, viewer: &Viewer, new: SignPledge) -> Result<AgreementSigned> {
    let actor = viewer.person()?;
    let project: ProjectId = faults::id("projectId", &new.project_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let held = store::locked(&txn, project, &app.clock).await?;
            let proof = policy::may_pledge(viewer, &held.facts)?;
            let bid = bids::locked(&txn, held.row.bid_id, Lock::Update, &app.clock).await?;
            let named = bids::read::opened(&*txn, viewer, &bid.facts).await?.principal_investigator;
            let own =
                accounts::read::named(&*txn, viewer, &[proof.by()]).await?.pop().map(|user| name_form(&user.name));
            let mut faults = Faults::new();
            let pledge = faults.text("pledge", &new.pledge, Length::TEXT);
            // A title may stand beside the name.
            let words = named.split(|c: char| c.is_whitespace() || "、，,;；/（）()".contains(c)).map(name_form);
            let names: Vec<String> = words.chain([name_form(&named)]).collect();
            let is_named = own.is_some_and(|own| !own.is_empty() && names.contains(&own));
            faults.check(is_named, "projectId", FaultCode::NotTheInvestigator);
            faults.done()?;
            let most = rules::of_challenge(&*txn, proof.challenge()).await?.resolved.pi_active_projects;
            if store::led_by(&txn, proof.by()).await? >= most.into() {
                return Err(Error::NotNow(Reason::TooManyProjects));
            }
            store::pledge(&txn, &proof, pledge.clone(), held.now).await?;
            let happening = Happening {
                kind: EventKind::PledgeSigned,
                subject: project.to_string(),
                challenge: Some(proof.challenge()),
                audience: Audience::Staff(Some(held.facts.challenge().department())),
                by: By::Person(proof.by()),
                at: held.now,
                public: json!({ "lead": held.row.lead_id }),
                private: json!({ "pledge": pledge }),
            };
            events::append(&txn, happening).await?;
            Ok(AgreementSigned { project })
        })
        .await
}
