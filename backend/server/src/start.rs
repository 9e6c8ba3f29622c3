//! From settings to a platform that can act.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiebang_platform::accounts::{Hasher, Throttle};
use jiebang_platform::base::Clock;
use jiebang_platform::db::Db;
use jiebang_platform::keys::Keys;
use jiebang_platform::{App, Settings, rehearsal};

use crate::config::Config;
use crate::keys;

/// For what the platform is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To serve for real.
    Serve,
    /// To serve a rehearsal.
    Rehearse,
    /// For one command on whatever database it is, which stays what it is.
    Command,
}

/// Connects and brings the schema up to date.
pub async fn database(config: &Config, purpose: Purpose) -> Result<Db> {
    let db = Db::connect(&config.database(purpose == Purpose::Rehearse)).await.context("the database")?;
    db.migrate().await.context("bringing the schema up to date")?;
    Ok(db)
}

/// A platform, and whether it is a rehearsal's very first start.
pub async fn app(config: &Config, purpose: Purpose) -> Result<(App, bool)> {
    let db = database(config, purpose).await?;
    let now = Clock::real().machine_now();
    let (clock, first) = match purpose {
        Purpose::Serve => {
            rehearsal::open_real(&db, now).await?;
            (Clock::real(), false)
        }
        Purpose::Rehearse => rehearsal::open_rehearsal(&db, now).await?,
        Purpose::Command if rehearsal::is_rehearsal(&db).await? => rehearsal::open_rehearsal(&db, now).await?,
        Purpose::Command => (Clock::real(), false),
    };
    let keys = Arc::new(keys::read(config)?);
    Ok((assemble(config, db, clock, keys), first))
}

/// Puts the parts together.
pub fn assemble(config: &Config, db: Db, clock: Clock, keys: Arc<Keys>) -> App {
    let rehearsal = clock.is_movable();
    let issuer = &config.server.issuer;
    App {
        db,
        throttle: Throttle::new(&clock),
        clock,
        keys,
        hasher: Hasher::new(),
        settings: Settings {
            rehearsal,
            issuer: if rehearsal { format!("{issuer}-rehearsal") } else { issuer.clone() },
        },
    }
}
