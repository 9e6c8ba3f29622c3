//! An organizer moves a rehearsal's clock forward; what fell due in between happens, in order, each at its own time.

use serde_json::json;

use super::store;
use crate::access::{Viewer, rehearsal as access};
use crate::base::error::FaultCode;
use crate::base::{Error, Faults, Instant, Result};
use crate::events::{self, Audience, By, EventKind, Happening};
use crate::{App, timers};

/// What `setClock` is given.
#[derive(Clone, Debug)]
pub struct SetClock {
    /// RFC 3339.
    pub now: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct ClockSet {
    /// Where the clock stands.
    pub now: Instant,
}

/// Moves the clock, in a rehearsal only, and runs the timers that fell due.
pub async fn set_clock(app: &App, viewer: &Viewer, new: SetClock) -> Result<ClockSet> {
    let actor = viewer.person()?;
    let proof = access::may_set_clock(actor, app.settings.rehearsal)?;
    let mut faults = Faults::new();
    let at = faults.instant("now", &new.now);
    let at = faults.give(at)?;
    let proof = &proof;
    app.db
        .write(move |txn| async move {
            let txn = &*txn;
            // Another server on the same rehearsal may have gone further.
            let stored = store::locked_clock(txn).await?;
            let before = stored.into_iter().fold(app.clock.now(), Instant::max);
            if at < before {
                return Err(Error::invalid("now", FaultCode::BackwardClock));
            }
            store::keep_clock(txn, at).await?;
            events::append(
                txn,
                Happening {
                    kind: EventKind::ClockSet,
                    subject: proof.by().to_string(),
                    challenge: None,
                    audience: Audience::Staff(None),
                    by: By::Person(proof.by()),
                    // Before whatever falls due by it.
                    at: before,
                    public: json!({ "from": before, "to": at }),
                    private: json!({}),
                },
            )
            .await?;
            Ok(())
        })
        .await?;
    // Only now that it is stored. False where the clock has run beyond it in the meantime, which is as well.
    app.clock.advance(at);
    timers::run_due(app).await?;
    Ok(ClockSet { now: app.clock.now() })
}
