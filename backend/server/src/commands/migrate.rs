//! `jiebang migrate`

use anyhow::Result;

use super::say;
use crate::config::Config;
use crate::start;

pub(super) async fn run(config: &Config) -> Result<()> {
    start::database(&config.database(false)).await?.close().await?;
    say("the schema is up to date")
}
