//! `synchronous=FULL`, seen by the system: how often the log of the database is synced to the disk while writes are acknowledged one
//! after the other.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Executor, SqliteConnection};
use support::{Client, operation, request};

use crate::desks::sign_in;
use crate::server::{self, Place, Server};

/// How many writes.
pub const WRITES: usize = 100;

/// What was counted.
pub struct Syncs {
    pub server: usize,
    pub bare_full: usize,
    pub bare_normal: usize,
}

/// Counts, on SQLite.
pub async fn count(parent: &Path, laid_out: &Place) -> Result<Syncs> {
    let place = laid_out.copy(parent, "traced").await?;
    let (address, trace) = (server::address()?, parent.join("trace"));
    let server = Server::of(server::traced(&place, address, &trace)?, address).await?;
    let mut client = Client::connect(address).await?;
    let (token, _) = sign_in(&mut client, "urban").await?;
    let before = of_log(&trace)?;
    for number in 0..WRITES {
        let input = json!({ "input": { "title": format!("第{number}件") } });
        let (_, answer) = client.sends(Some(&token), &request(&operation("draftChallenge"), input)).await?;
        let answer: Value = serde_json::from_slice(answer)?;
        ensure!(answer.get("errors").is_none(), "refused: {answer}");
    }
    let counted = of_log(&trace)? - before;
    drop(client);
    server.stop()?;
    let bare = |how: &str| -> Result<usize> {
        let trace = parent.join(format!("trace.{how}"));
        let program = std::env::current_exe()?;
        let file = parent.join(format!("{how}.sqlite"));
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-y", "-e", "trace=fsync,fdatasync", "-o"]).arg(&trace);
        ensure!(command.arg(program).args(["--write-bare", how]).arg(file).status()?.success(), "no bare writes");
        of_log(&trace)
    };
    Ok(Syncs { server: counted, bare_full: bare("full")?, bare_normal: bare("normal")? })
}

/// Syncs of a write-ahead log in a trace.
fn of_log(trace: &Path) -> Result<usize> {
    let text = std::fs::read_to_string(trace).with_context(|| format!("{}: does strace run here?", trace.display()))?;
    Ok(text.lines().filter(|line| line.contains("sync(") && line.contains("-wal>")).count())
}

/// As many writes on a connection of one's own, each a transaction, told to be durable or not: what the count is held against.
pub async fn write_bare(how: &str, file: PathBuf) -> Result<()> {
    let synchronous = if how == "full" { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
    let options =
        SqliteConnectOptions::new().filename(file).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let mut connection = SqliteConnection::connect_with(&options.synchronous(synchronous)).await?;
    connection.execute("create table written (number integer primary key)").await?;
    for _ in 0..WRITES {
        connection.execute("insert into written default values").await?;
    }
    // Without closing it, which syncs once more.
    std::process::exit(0);
}
