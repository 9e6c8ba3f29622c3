//! `recordExpertRelation`: what stands between an expert, or its family, and an organization or a person (招标投标法实施条例 46). It
//! keeps the expert from panels on which one of those is a party.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{store, told};
use crate::access::{Viewer, experts as policy};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::{ExpertId, ExpertRelationId, OrganizationId};
use crate::base::words::RelationKind;
use crate::base::{Faults, Result, faults};
use crate::db::{Content, Once};
use crate::events::{Audience, By, EventKind, Happening};

/// What `recordExpertRelation` is given.
#[derive(Clone, Debug, Serialize)]
pub struct RecordExpertRelation {
    pub expert_id: String,
    pub kind: RelationKind,
    /// Where it is registered here; otherwise its name.
    pub organization_id: Option<String>,
    /// Of an organization that is not registered here, or of a person.
    pub name: Option<String>,
    /// The first day.
    pub from: String,
    /// The last day; none: until further notice.
    pub until: Option<String>,
    pub note: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Content for RecordExpertRelation {
    const MUTATION: &'static str = "recordExpertRelation";
    fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RelationRecorded {
    pub expert: ExpertId,
    pub relation: ExpertRelationId,
}

/// Records a relation.
pub async fn record_expert_relation(app: &App, viewer: &Viewer, new: RecordExpertRelation) -> Result<RelationRecorded> {
    let actor = viewer.person()?;
    let expert: ExpertId = faults::id("expertId", &new.expert_id)?;
    let once = Once::new(actor.user, &new, &app.keys.idempotency, app.clock.machine_now())?;
    let new = &new;
    app.db
        .once(&once, move |txn| async move {
            let leave = policy::may_name(viewer)?;
            let facts = store::expert(&txn, expert).await?;
            let there = store::count_relations(&*txn, expert).await?;
            let proof = policy::may_relate(leave, facts.as_ref(), there)?;
            let mut faults = Faults::new();
            let organization: Option<OrganizationId> =
                new.organization_id.as_deref().and_then(|id| faults.id("organizationId", id));
            let registered = match organization {
                Some(id) => store::organization_name(&txn, id).await?,
                None => None,
            };
            faults.check(organization.is_none() || registered.is_some(), "organizationId", FaultCode::Unknown);
            let named = faults.optional("name", new.name.as_deref(), Length::NAME).filter(|name| !name.is_empty());
            faults.check(organization.is_some() || named.is_some(), "name", FaultCode::Required);
            faults.check(organization.is_none() || named.is_none(), "name", FaultCode::Duplicate);
            let from = faults.day_of_life("from", &new.from);
            let until = new.until.as_deref().and_then(|day| faults.day_of_life("until", day));
            let reversed = from.zip(until).is_some_and(|(from, until)| until < from);
            faults.check(!reversed, "until", FaultCode::OutOfRange);
            let note = faults.optional("note", new.note.as_deref(), Length::NOTE).filter(|note| !note.is_empty());
            let read = from.zip(registered.or(named));
            let (from, name) = faults.give(read)?;
            let now = app.clock.now();
            let row =
                store::NewRelation { kind: new.kind, organization, name: name.clone(), from, until, note, at: now };
            let relation = store::relate(&txn, &proof, row).await?;
            let happening = Happening {
                kind: EventKind::ExpertRelationRecorded,
                subject: expert.to_string(),
                challenge: None,
                audience: Audience::Person(proof.user()),
                by: By::Person(actor.user),
                at: now,
                public: json!({ "relation": relation, "kind": new.kind, "organization": organization }),
                private: json!({ "name": name, "from": from, "until": until }),
            };
            told(&txn, happening).await?;
            Ok(RelationRecorded { expert, relation })
        })
        .await
}
