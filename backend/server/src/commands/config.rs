//! `jiebang config check`

use anyhow::Result;
use clap::Subcommand;

use super::say;
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the settings that hold, secrets masked; unknown or unfit settings are named and end with a failure.
    Check,
}

pub(super) fn run(config: &Config, command: Command) -> Result<()> {
    match command {
        Command::Check => say(config.masked()?.trim_end()),
    }
}
