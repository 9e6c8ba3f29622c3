//! `jiebang serve`

use std::time::Duration;

use anyhow::{Context, Result};
use jiebang_platform::{App, accounts, base, outside, rehearsal, timers};
use tokio::sync::watch;

use super::{say, seed};
use crate::config::{Config, Profile};
use crate::http;
use crate::start;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) bind: Option<String>,
    /// Who is served: closed (the default: POST only, nothing told of the schema) or open (a rehearsal's default).
    #[arg(long, value_name = "PROFILE")]
    pub(super) profile: Option<Profile>,
    /// A rehearsal (演练): invented people and scenarios, and a clock that organizers move forward.
    ///
    /// It starts at 2026-03-02 09:00 in China, keeps its own database, and refuses one that has ever been used for real.
    #[arg(long)]
    rehearsal: bool,
}

const TICK: Duration = Duration::from_secs(1);
const SWEEP: Duration = Duration::from_secs(600);

pub(super) async fn run(config: &Config, args: &Args) -> Result<()> {
    // Before the database is touched: a server that cannot be reached leaves no trace.
    let bound = http::bind(&config.server.bind).await?;
    let (app, waits) =
        if args.rehearsal { start::rehearsal(config).await? } else { (start::real(config).await?, false) };
    if waits {
        // With the reference data, dated before everything that rests on it.
        seed::rehearsal(&app).await.context("laying out the rehearsal")?;
    } else {
        seed::reference_data(&app, args.rehearsal).await.context("loading calendars, rules and targets")?;
    }
    timers::run_due(&app).await.context("what fell due while nothing ran")?;

    let (stop, stopped) = watch::channel(false);
    let housekeeping = tokio::spawn(keep_house(app.clone(), stopped));
    let sweeping = tokio::spawn(keep_files(app.clone()));
    // Whoever reads the greeting may tell it to stop.
    let stopping = http::stop_on_signals()?;
    tracing::info!(address = %bound.address, rehearsal = args.rehearsal, "serving");
    greet(&bound.address, args.rehearsal)?;
    bound.serve(http::app_endpoint(app.clone(), &config.server), &config.server, stopping).await;

    let _ = stop.send(true);
    let _ = housekeeping.await;
    sweeping.abort();
    app.db.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Runs timers, notes where a rehearsal's clock stands, and sweeps, until told to stop.
async fn keep_house(app: App, mut stopped: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut now_and_then = tokio::time::interval(SWEEP);
    loop {
        let outcome = tokio::select! {
            _ = stopped.changed() => break,
            _ = tick.tick() => app.db.while_alive(tend(&app)).await.flatten(),
            _ = now_and_then.tick() => app.db.while_alive(accounts::sweep(&app)).await.flatten(),
        };
        if let Err(fault) = outcome {
            tracing::warn!(%fault, "housekeeping failed and will be tried again");
        }
    }
    if let Err(fault) = rehearsal::keep_clock(&app).await {
        tracing::error!(%fault, "the rehearsal's clock could not be noted");
    }
}

async fn tend(app: &App) -> base::Result<()> {
    rehearsal::keep_clock(app).await?;
    timers::run_due(app).await?;
    Ok(())
}

/// Erases what nothing belongs to any more, however long that takes: timers and a stop do not wait for it.
async fn keep_files(app: App) {
    loop {
        // Not at once: who has put an old database back sees what it says first.
        tokio::time::sleep(SWEEP).await;
        if let Err(fault) = outside::sweep(&app).await {
            tracing::warn!(%fault, "the store of files could not be swept and will be again");
        }
    }
}

fn greet(address: &std::net::SocketAddr, rehearsal: bool) -> Result<()> {
    if !rehearsal {
        return say(format!("Jiebang serves at http://{address}/graphql"));
    }
    say(format!(
        r#"
Jiebang rehearses (演练) at http://{address}/graphql

Accounts, all with the password Rehearsal-2026:
  organizer organizer2 organizer3 · urban social market service (departments)
  aurora beacon cedar delta (enterprises) · judge1 … judge12 · supervisor · sysadmin secadmin auditor

A first query:
  curl -s http://{address}/graphql -H 'content-type: application/json' \
    -d '{{"query":"{{ clock {{ now rehearsal }} challenges(first: 5) {{ nodes {{ code title submissionDeadline }} }} }}"}}'
"#
    ))
}
