//! Kills while the schema is made and the rehearsal is laid out: the next start comes up clean.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::time::sleep;

use crate::audit::{Eye, Known};
use crate::dice::Dice;
use crate::server::{self, Place, Server};
use crate::{ask, receipt_key};

/// How many kills, and what had been made by then.
#[derive(Default)]
pub struct First {
    pub all: usize,
    /// Before there was a table.
    early: usize,
    /// With tables and nobody in them.
    migrated: usize,
    /// In the midst of the laying out.
    midway: usize,
}

impl fmt::Display for First {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({} before a table, {} before an event, {} midway)",
            self.all, self.early, self.migrated, self.midway
        )
    }
}

/// Kills `count` servers on empty databases, half of them while the schema is made.
pub async fn killed(count: usize, parent: &Path, postgres: Option<&str>, dice: &mut Dice) -> Result<First> {
    let mut first = First::default();
    let place = Place::new(parent, "first", postgres).await?;
    let address = server::address()?;
    let begun = Instant::now();
    let whole = Server::start(&place, address).await.map(|mut server| server.kill().map(|()| begun.elapsed()))??;
    for round in 0..count {
        let name = format!("first{round}");
        let place = Place::new(parent, &name, postgres).await?;
        let wait = match round % 2 {
            0 => Duration::from_micros(dice.below(400_000)),
            _ => Duration::from_micros(dice.below(u64::try_from(whole.as_micros())? * 9 / 10)),
        };
        let mut child = server::command(&place, address)?.spawn()?;
        sleep(wait).await;
        ensure!(child.try_wait()?.is_none(), "it ended by itself after {wait:?}");
        child.kill()?;
        child.wait()?;
        let (tables, events) = made(&place).await;
        match (tables, events) {
            (false, _) => first.early += 1,
            (true, false) => first.migrated += 1,
            (true, true) => first.midway += 1,
        }
        let started = Server::start(&place, address).await;
        let mut server = match started {
            Ok(server) => server,
            // A database of somebody else's server is not the program's to drop: it says so, and its owner does.
            Err(refused) if postgres.is_some() => {
                let words = std::fs::read_to_string(place.folder.join("log"))?;
                ensure!(words.contains("drop the database"), "{refused:#}: {words}");
                place.anew().await?;
                Server::start(&place, address).await?
            }
            Err(fault) => return Err(fault).with_context(|| format!("killed after {wait:?}")),
        };
        let eye = Eye::at(&place.url).await?;
        let seen = eye.look(&receipt_key(address).await?, &mut Known::default()).await?;
        let engine = eye.engine().await?;
        eye.close().await?;
        ensure!(seen.faults.is_empty() && engine.is_empty(), "killed after {wait:?}: {:#?} {engine:#?}", seen.faults);
        ensure!(
            seen.events.iter().any(|event| event.kind == "challenge.awarded"),
            "killed after {wait:?}: half a past"
        );
        ensure!(
            ask(address, Some("auditor"), "verifyEvents").await?["intact"] == true,
            "killed after {wait:?}: a chain is broken"
        );
        server.kill()?;
        if place.postgres.is_some() {
            place.gone().await?;
        }
        first.all += 1;
    }
    Ok(first)
}

/// Whether there are tables, and whether anything has happened.
async fn made(place: &Place) -> (bool, bool) {
    if place.postgres.is_none() && !place.folder.join("rehearsal.sqlite").exists() {
        return (false, false);
    }
    // A look at a copy: the next start is to find the files as the kill left them.
    let Ok(copy) = place.beside().await else { return (false, false) };
    let Ok(eye) = Eye::at(&copy).await else { return (false, false) };
    let tables = eye.rows("select {text:count(*)} from users").await.is_ok();
    let events = eye.rows("select {text:count(*)} from events").await;
    let events = events.is_ok_and(|rows| rows.iter().flatten().flatten().any(|count| count != "0"));
    let _ = eye.close().await;
    (tables, events)
}
