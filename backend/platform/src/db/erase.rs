//! Removing a database file whose content nobody may rely on.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, anyhow};
use sqlx::sqlite::SqliteConnectOptions;

use super::{Db, Settings};
use crate::base::{Error, Result};

impl Db {
    /// Disconnects and removes an SQLite file; false, and nothing done, where the database is a server's. Refuses while another
    /// process has the file open.
    pub async fn erase(self, settings: &Settings) -> Result<bool> {
        let server = self.is_postgres();
        self.close().await?;
        if server {
            return Ok(false);
        }
        let options = SqliteConnectOptions::from_str(&settings.url).context("not a database address")?;
        let file = options.get_filename();
        // Whoever closes last takes the log beside the file away.
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        if PathBuf::from(log).exists() {
            let why = format!("another process has {} open: wait for it, or stop it", file.display());
            return Err(Error::Internal(anyhow!(why)));
        }
        match std::fs::remove_file(file) {
            Err(fault) if fault.kind() != ErrorKind::NotFound => {
                Err(Error::Internal(anyhow!(fault).context(format!("cannot remove {}", file.display()))))
            }
            _ => Ok(true),
        }
    }
}
