//! `jiebang migrate`

use anyhow::Result;

use super::say;
use crate::config::Config;
use crate::start::{self, Purpose};

pub(super) async fn run(config: &Config) -> Result<()> {
    start::database(config, Purpose::Command).await?.close().await?;
    say("the schema is up to date")
}
