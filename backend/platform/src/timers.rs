//! What a timer does when it falls due. Above all slices, since every kind belongs to one of them.

use crate::App;
use crate::awards;
use crate::base::Result;
use crate::base::id::Kind;
use crate::bids;
use crate::events::TimerKind;
use crate::events::timers::{self, Due};
use crate::projects;

/// Runs every timer that is due at the platform's time, oldest first, each dated its own time; how many there were. What a
/// timer does, it does once: its row is claimed in the transaction that acts.
pub async fn run_due(app: &App) -> Result<u64> {
    let mut run = 0;
    while let Some(due) = timers::next_due(app.db.read(), app.clock.now()).await? {
        act(app, &due).await?;
        run += 1;
    }
    Ok(run)
}

async fn act(app: &App, due: &Due) -> Result<()> {
    match due.kind {
        TimerKind::CloseChallenge => bids::close::at_deadline(app, Kind::from_uuid(due.subject), due).await,
        TimerKind::WarnOfUploads => bids::uploads::warn::at_time(app, Kind::from_uuid(due.subject), due).await,
        TimerKind::EndCorrection => bids::lapse_correction::at_due(app, Kind::from_uuid(due.subject), due).await,
        TimerKind::AgreementDue => projects::at_due(app, Kind::from_uuid(due.subject), due).await,
        TimerKind::EndNotice => awards::at_end(app, Kind::from_uuid(due.subject), due).await,
    }
}
