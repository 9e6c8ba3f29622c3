//! From settings to a platform that can act.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail, ensure};
use jiebang_platform::accounts::{Hasher, Throttle};
use jiebang_platform::base::{Clock, Memory};
use jiebang_platform::db::{Db, Settings};
use jiebang_platform::events::follow::Follow;
use jiebang_platform::files::{Looks, Receiving};
use jiebang_platform::keys::Keys;
use jiebang_platform::rehearsal::{self, Found};
use jiebang_platform::{App, challenges, demands};
use tokio::runtime::{Builder, Runtime};

use crate::config::{Config, without_password};
use crate::keys;

/// A resolver's poll in a build without optimisation takes two thirds of the 2 MiB that a thread has by default.
const STACK: usize = 8 * 1024 * 1024;

/// The threads that a server works with.
pub fn threads() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()
}

/// Connects and brings the schema up to date.
pub async fn database(settings: &Settings) -> Result<Db> {
    let connected = Db::connect(settings).await;
    // Some faults quote the address.
    let db = connected.map_err(|fault| {
        anyhow!(format!("the database: {fault}").replace(&settings.url, &without_password(&settings.url)))
    })?;
    db.migrate().await.context("bringing the schema up to date")?;
    Ok(db)
}

/// A platform for real use, which its database is marked for.
pub async fn real(config: &Config) -> Result<App> {
    let db = database(&config.database(false)).await?;
    db.check_power_loss().await?;
    rehearsal::open_real(&db, Clock::real().machine_now()).await?;
    let mut app = assemble(config, db, Clock::real(), Arc::new(keys::read(config)?))?;
    app.files = rehearsal::open_files(&app).await?;
    shelve(&app).await?;
    Ok(app)
}

/// A rehearsal's platform, and whether it waits to be laid out.
pub async fn rehearsal(config: &Config) -> Result<(App, bool)> {
    let settings = config.database(true);
    let now = Clock::real().machine_now();
    let mut db = database(&settings).await?;
    let mut found = rehearsal::open_rehearsal(&db, now).await?;
    if let Found::Unfinished = found {
        tracing::warn!("this rehearsal was never laid out to its end: it is laid out anew");
        ensure!(
            db.erase(&settings).await?,
            "the rehearsal in this database was never laid out to its end: drop the database, create it again, and start anew"
        );
        db = database(&settings).await?;
        found = rehearsal::open_rehearsal(&db, now).await?;
    }
    let (clock, waits) = match found {
        Found::Empty(clock) => (clock, true),
        Found::LaidOut(clock) => (clock, false),
        Found::Unfinished => bail!("another process lays out this rehearsal"),
    };
    let mut app = assemble(config, db, clock, Arc::new(keys::read(config)?))?;
    app.files = rehearsal::open_files(&app).await?;
    shelve(&app).await?;
    Ok((app, waits))
}

/// Before anybody searches: what an earlier version has not put where it is found.
async fn shelve(app: &App) -> Result<()> {
    let challenges = challenges::shelve_all(app).await.context("making challenges found by their words")?;
    let demands = demands::shelve_all(app).await.context("making demands found by their words")?;
    if challenges + demands > 0 {
        tracing::info!(challenges, demands, "made found by their words");
    }
    Ok(())
}

/// Puts the parts together.
pub fn assemble(config: &Config, db: Db, clock: Clock, keys: Arc<Keys>) -> Result<App> {
    let rehearsal = clock.is_movable();
    // What is older belongs to no stretch that is under way.
    ensure!(config.server.upload_seconds <= 600, "server.upload_seconds is above 600");
    let issuer = &config.server.issuer;
    Ok(App {
        db,
        files: config.files()?,
        throttle: Throttle::new(&clock),
        follow: Follow::default(),
        receiving: Receiving::default(),
        looks: Looks::default(),
        memory: Memory::default(),
        clock,
        keys,
        hasher: Hasher::new(),
        settings: jiebang_platform::Settings {
            rehearsal,
            join_page: Some(config.server.join_page.clone()).filter(|page| !page.is_empty()),
            issuer: if rehearsal { format!("{issuer}-rehearsal") } else { issuer.clone() },
            seal: config.seal.mode(),
            files: config.files.limits()?,
            escrow: config.seal.escrow()?,
            open_data: config.open_data()?,
        },
    })
}
