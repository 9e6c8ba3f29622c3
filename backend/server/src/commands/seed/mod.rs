//! What a database is filled with: the reference data that every installation needs, and a rehearsal's people and past. All of
//! it goes through the same verbs as the API.

mod demands;
mod files;
mod rehearsal;

use anyhow::{Context, Result};
use jiebang_platform::base::Error;
use jiebang_platform::{App, bids, calendar, rules, targets};

pub use rehearsal::{PASSWORD, rehearsal};

use super::say;
use crate::config::Config;
use crate::start;

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
        let year = calendar::CalendarFile::read(text)?.year;
        let loaded = calendar::read::calendar(app.db.read(), year..=year).await?;
        if loaded.working_days_of(year).is_err() {
            calendar::load(app, text).await.with_context(|| format!("the calendar of {year}"))?;
        }
    }
    match rules::load(app, RULES).await {
        Ok(_) | Err(Error::Conflict(_)) => {}
        Err(fault) => return Err(fault).context("the default rule set"),
    }
    for text in TARGETS {
        targets::load(app, text, with_recorded_values).await.context("the targets")?;
    }
    Ok(())
}

/// `jiebang seed`
pub(super) async fn run(config: &Config) -> Result<()> {
    let app = start::real(config).await?;
    reference_data(&app, false).await?;
    app.db.close().await?;
    say("calendars, rules and targets are loaded")
}
