//! `askOpinions`: an organizer asks experts to argue a demand (需求论证). Who is asked is not told to the department.

use serde::Serialize;
use serde_json::json;

use super::{Done, happening, store};
use crate::access::Viewer;
use crate::access::demands::{self as policy, DemandFacts};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::id::{DemandId, UserId};
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once, Txn};
use crate::events::{self, Audience, EventKind};
use crate::experts;

/// What `askOpinions` is given.
#[derive(Clone, Debug, Serialize)]
pub struct AskOpinions {
    pub demand_id: String,
    pub expert_ids: Vec<String>,
    pub idempotency_key: Option<String>,
}

impl Content for AskOpinions {
    const MUTATION: &'static str = "askOpinions";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// Asks experts, who see the demand from now on. None of the own department, none twice in a round.
pub async fn ask_opinions(app: &App, viewer: &Viewer, new: AskOpinions) -> Result<Done> {
    let actor = viewer.person()?;
    let demand: DemandId = faults::id("demandId", &new.demand_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let facts = store::locked(&txn, viewer, demand).await?.facts;
            let proof = policy::may_ask(viewer, &facts)?;
            let experts = read(&txn, new, &facts).await?;
            let now = app.clock.now();
            store::ask(&txn, proof, facts.round(), &experts, now).await?;
            let audience = Audience::Staff(Some(facts.department()));
            let public = json!({ "experts": experts, "round": facts.round() });
            events::append(&txn, happening(EventKind::OpinionsAsked, demand, audience, actor.user, now, public))
                .await?;
            Ok(Done { demand })
        })
        .await
}

/// At most so many at once.
const MOST: usize = 20;

async fn read(txn: &Txn, new: &AskOpinions, facts: &DemandFacts) -> Result<Vec<UserId>> {
    const EXPERTS: &str = "expertIds";
    let mut faults = Faults::new();
    faults.check(!new.expert_ids.is_empty(), EXPERTS, FaultCode::Required);
    if new.expert_ids.len() > MOST {
        faults.add_with(EXPERTS, FaultCode::TooLong, MOST);
    }
    let asked: Vec<UserId> = faults.ids(EXPERTS, &new.expert_ids);
    faults.done()?;
    let mut faults = Faults::new();
    let known = experts::available(txn, &asked).await?;
    let before = store::asked(txn, facts.id(), facts.round()).await?;
    for (place, expert) in asked.iter().enumerate() {
        let path = format!("{EXPERTS}.{place}");
        match known.get(expert) {
            None => faults.add(path, FaultCode::ExpertUnfit),
            Some(Some(of)) if *of == facts.department() => faults.add(path, FaultCode::ExpertUnfit),
            Some(_) => faults.check(!before.contains(expert), path, FaultCode::Duplicate),
        }
    }
    faults.give(Some(asked))
}
