//! What a database is filled with: the reference data that every installation needs, and a rehearsal's people and past. All of
//! it goes through the same verbs as the API.

mod files;
mod rehearsal;

use anyhow::{Context, Result};
use jiebang_platform::{App, bids, calendar, rules, targets};

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
    for text in CALENDARS {
        let year = calendar::CalendarFile::read(text)?.year();
        if !calendar::is_loaded(app, year).await? {
            calendar::load(app, text).await.with_context(|| format!("the calendar of {year}"))?;
        }
    }
    if !rules::is_loaded(app).await? {
        rules::load(app, RULES).await.context("the default rule set")?;
    }
    for text in TARGETS {
        targets::load(app, text, with_recorded_values).await.context("the targets")?;
    }
    Ok(())
}
