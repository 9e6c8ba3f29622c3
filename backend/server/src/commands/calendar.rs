//! `jiebang calendar load`

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Subcommand;
use jiebang_platform::calendar;

use super::say;
use crate::config::Config;
use crate::graphql::error::in_words;
use crate::start;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Load a year's holidays and make-up days, as the State Council's notice has them, in place of what is held of that year.
    ///
    /// The form is that of seeds/calendars/2026.toml. Without a year's calendar, whatever needs its working days is refused.
    Load {
        /// A TOML file.
        file: PathBuf,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> Result<()> {
    let Command::Load { file } = command;
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let app = start::real(config).await?;
    let loaded = calendar::load(&app, &text).await.map_err(|refused| anyhow!(in_words(&refused, "en")))?;
    app.db.close().await?;
    say(format!("{}: {} working days", loaded.year, loaded.working_days))
}
