//! The time to sign is over (招标投标法 46: within thirty days): the clock has made it true, the timer makes it visible. It moves nothing.

use serde_json::json;

use super::store;
use crate::app::App;
use crate::base::Result;
use crate::base::id::ProjectId;
use crate::events::timers::{self, Due};
use crate::events::{self, Audience, By, EventKind, Happening};

/// Runs the timer of a project's agreement; one that is signed or has ended by now is left alone.
pub(crate) async fn at_due(app: &App, project: ProjectId, due: &Due) -> Result<()> {
    app.db
        .write(move |txn| async move {
            let held = store::locked(&txn, project, &app.clock).await?;
            if !timers::claim(&txn, due.id, app.clock.now()).await? {
                return Ok(());
            }
            let now = due.run_at.max(held.now);
            if !held.facts.is_overdue(now) {
                return Ok(());
            }
            let happening = Happening {
                kind: EventKind::AgreementOverdue,
                subject: project.to_string(),
                challenge: Some(held.challenge.id),
                audience: Audience::Everybody,
                by: By::Clock,
                at: held.row.due_at.unwrap_or(now),
                public: json!({ "lead": held.row.lead_id }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(())
        })
        .await
}
