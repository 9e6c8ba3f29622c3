//! `make crash`: the real program is killed again and again while eight writers work, and everything that it acknowledged has to be
//! there afterwards, nothing half. On PostgreSQL the database itself is stopped at once as well. Fails when a figure is not met.

mod audit;
mod desks;
mod dice;
mod first;
mod server;
mod syncs;
mod tamper;
mod work;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use serde_json::{Value, json};
use support::{Client, operation};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use audit::{Eye, Known, Seen};
use desks::{Office, all_sign_in, lock, sign_in};
use dice::Dice;
use server::{Place, Server, cluster};
use work::{Step, Work};

const READY: Duration = Duration::from_secs(2);
/// Of an answer while the database is away.
const ANSWER: Duration = Duration::from_secs(3);
/// From the database's return to the server's.
const BACK: Duration = Duration::from_secs(5);
/// Writes to be acknowledged between two kills: at least, and how many more at most.
const BETWEEN: (u64, u64) = (50, 60);

/// What the command line asks for.
struct Asked {
    kills: usize,
    first: usize,
    seed: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut asked = Asked { kills: 200, first: 20, seed: Dice::seed()? };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} wants a value"));
        match argument.as_str() {
            "--kills" => asked.kills = value()?.parse()?,
            "--first" => asked.first = value()?.parse()?,
            "--seed" => asked.seed = value()?.parse()?,
            "--write-bare" => return syncs::write_bare(&value()?, value()?.into()).await,
            other => bail!("unknown: {other}; crash [--kills N] [--first N] [--seed N]"),
        }
    }
    #[expect(clippy::disallowed_methods, reason = "the door of the settings that tests/with-postgres makes")]
    let setting = |name: &str| std::env::var(name).ok();
    let postgres = setting("JIEBANG_TEST_DATABASE").filter(|setting| setting.starts_with("postgres:"));
    let script = setting("JIEBANG_TEST_CLUSTER");
    ensure!(postgres.is_none() || script.is_some(), "no way to stop PostgreSQL: start this with `make crash`");
    let folder = tempfile::tempdir()?;
    let outcome = Run::new(asked, folder.path(), postgres, script).await?.whole().await;
    if outcome.is_err() {
        println!("the server's last words:");
        let log = std::fs::read_to_string(folder.path().join("rehearsal/log")).unwrap_or_default();
        for line in log.lines().rev().take(12).collect::<Vec<_>>().iter().rev() {
            println!("  {line}");
        }
    }
    outcome
}

/// How a kill is aimed: at this act under way, or at nothing in particular.
const AIMS: [Option<Step>; 24] = [
    None,
    None,
    None,
    None,
    None,
    None,
    None,
    None,
    Some(Step::Open),
    Some(Step::Open),
    Some(Step::CloseReview),
    Some(Step::Notice),
    Some(Step::Award),
    Some(Step::Award),
    Some(Step::Sign),
    Some(Step::Object),
    Some(Step::Rule),
    Some(Step::Rule),
    Some(Step::Decide),
    Some(Step::Revoke(2)),
    Some(Step::Resume),
    Some(Step::SetClock),
    Some(Step::SetClock),
    Some(Step::Replace(0)),
];

struct Run<'a> {
    asked: Asked,
    dice: Dice,
    folder: &'a Path,
    script: Option<String>,
    postgres: Option<String>,
    laid_out: Place,
    place: Place,
    address: SocketAddr,
    key: VerifyingKey,
    office: Arc<Office>,
    server: Server,
    known: Known,
    figures: Figures,
}

/// What came of it.
#[derive(Default)]
struct Figures {
    kills: usize,
    stops: usize,
    /// Kills that were aimed at an act, and those where it came.
    aimed: (usize, usize),
    lost: Vec<String>,
    twice: Vec<String>,
    half: Vec<String>,
    engine: Vec<String>,
    ready: Vec<Duration>,
    /// Starts on a copy that nobody wrote to, in between.
    clean: Vec<Duration>,
    /// Starts that took too long, where one on a clean copy right afterwards took more than a second: it takes a quarter of that
    /// where the machine has nothing else to do.
    slow_machine: usize,
    /// Writes in flight at a kill by mutation: how many, and how many of them had been done.
    unheard: BTreeMap<&'static str, (usize, usize)>,
    /// Answers while the database was away, by code, and the longest.
    away: BTreeMap<String, usize>,
    longest: (Duration, String),
    /// From the return of the database to the first `/readyz` that says so, and to the first acknowledgement.
    ready_again: Vec<Duration>,
    back: Vec<Duration>,
    tampered: Option<usize>,
    walked: u64,
    events: usize,
    looked: Duration,
}

impl<'a> Run<'a> {
    /// Lays a rehearsal out, keeps a copy of it, and lets everybody sign in.
    async fn new(asked: Asked, folder: &'a Path, postgres: Option<String>, script: Option<String>) -> Result<Self> {
        let name = if postgres.is_some() { "PostgreSQL" } else { "SQLite" };
        println!("{name}: {} kills, seed {}", asked.kills, asked.seed);
        let place = Place::new(folder, "rehearsal", postgres.as_deref()).await?;
        let address = server::address()?;
        let server = Server::start(&place, address).await?;
        println!("laid out in {:.1} s", server.ready_after.as_secs_f64());
        server.stop()?;
        let laid_out = place.copy(folder, "clean").await?;
        let server = Server::start(&place, address).await?;
        let key = receipt_key(address).await?;
        let (names, tokens) = all_sign_in(address).await?;
        lighten(address).await?;
        let clock = ask(address, None, "clock").await?;
        let clock = clock["now"].as_str().context("no clock")?.parse()?;
        let mut work = Work::new(Dice::of(asked.seed), clock, names, place.secret()?);
        work.tokens = tokens;
        let mut known = Known::default();
        let eye = Eye::at(&place.url).await?;
        let seen = eye.look(&key, &mut known).await?;
        eye.close().await?;
        ensure!(seen.faults.is_empty(), "before anything was killed: {:#?}", seen.faults);
        work.begins_with(&seen);
        let office = Office::new(work, address);
        office.employ();
        let dice = Dice::of(asked.seed.wrapping_add(1));
        let figures = Figures::default();
        Ok(Self {
            asked,
            dice,
            folder,
            script,
            postgres,
            laid_out,
            place,
            address,
            key,
            office,
            server,
            known,
            figures,
        })
    }

    async fn whole(mut self) -> Result<()> {
        let begun = Instant::now();
        let stops = if self.script.is_some() && self.postgres.is_some() { self.asked.kills / 4 } else { 0 };
        self.office.opens();
        for round in 0..self.asked.kills {
            // Every fourth on PostgreSQL is the database's.
            if round % 4 == 3 && self.figures.stops < stops {
                self.database_stops().await.with_context(|| format!("stop {round}"))?;
            } else {
                self.server_is_killed().await.with_context(|| format!("kill {round}"))?;
            }
            if round % 20 == 19 {
                self.clean_start().await?;
                println!(
                    "{:>4} kills, {:>6} writes, {} lost, {} half-done, {} events, a look takes {:.1} s, {} s",
                    round + 1,
                    self.office.work().ledger.acknowledged,
                    self.figures.lost.len(),
                    self.figures.half.len(),
                    self.figures.events,
                    self.figures.looked.as_secs_f64(),
                    begun.elapsed().as_secs()
                );
            }
            let (acts, last) = (self.is_full(), round + 1 == self.asked.kills);
            if self.figures.tampered.is_none() && (acts || last) {
                self.tampers().await?;
            }
            let figures = &self.figures;
            let broken = [&figures.lost, &figures.twice, &figures.half, &figures.engine];
            ensure!(broken.iter().all(|broken| broken.is_empty()), "after kill {}: {broken:#?}", round + 1);
        }
        self.office.pauses().await?;
        self.known.forget_events();
        self.look(false, true).await?;
        println!("all in doubt has been repeated; the last look is exact, and takes nothing for known");
        self.clean_start().await?;
        let first = first::killed(self.asked.first, self.folder, self.postgres.as_deref(), &mut self.dice).await?;
        self.serves_for_real().await?;
        let syncs = if self.postgres.is_none() { Some(syncs::count(self.folder, &self.laid_out).await?) } else { None };
        let ledger_ok = self.table(&first, syncs.as_ref(), begun.elapsed());
        ensure!(ledger_ok, "a figure is not met");
        Ok(())
    }

    /// Whether there is something of everything.
    fn is_full(&self) -> bool {
        let work = self.office.work();
        work::OF_EVERYTHING.iter().all(|mutation| work.ledger.by_mutation.contains_key(mutation))
    }

    /// Tries the look on what is there as soon as there is something of everything, and while it is little.
    async fn tampers(&mut self) -> Result<()> {
        // A short run works until then.
        while !self.is_full() {
            self.some_work().await?;
        }
        self.office.pauses().await?;
        let eye = Eye::at(&self.place.url).await?;
        let missed = tamper::missed(&eye, &self.office, &self.key).await?;
        eye.close().await?;
        for missed in &missed {
            println!("{missed}");
        }
        println!("{} tamperings, {} not found", tamper::COUNT, missed.len());
        self.figures.tampered = Some(tamper::COUNT - missed.len());
        self.office.goes_on();
        Ok(())
    }

    /// The server that syncs what it commits is accepted for real; one that does not is refused, by a test of the suite.
    async fn serves_for_real(&self) -> Result<()> {
        let place = Place::new(self.folder, "real", self.postgres.as_deref()).await?;
        let mut seed = std::process::Command::new(support::program());
        let seeded = seed.args(["seed", "--database", &place.url, "--data"]).arg(&place.folder).output()?;
        ensure!(seeded.status.success(), "refused for real: {}", String::from_utf8_lossy(&seeded.stderr));
        place.gone().await
    }

    /// Lets the writers work, kills the server at a random instant, starts it again and looks.
    async fn server_is_killed(&mut self) -> Result<()> {
        self.some_work().await?;
        let aim = AIMS[self.dice.below(AIMS.len() as u64) as usize];
        if let Some(aim) = aim {
            // If none comes, the kill is aimed at nothing.
            let hit = self.office.aims(aim, Duration::from_millis(1500)).await;
            self.figures.aimed.0 += 1;
            self.figures.aimed.1 += usize::from(hit);
        }
        sleep(Duration::from_micros(self.dice.below(40_000))).await;
        ensure!(self.server.lives()?, "the server died by itself");
        self.server.kill()?;
        self.office.all_lost().await?;
        self.server = Server::start(&self.place, self.address).await?;
        self.figures.kills += 1;
        let ready = self.server.ready_after;
        self.figures.ready.push(ready);
        if ready > READY {
            let clean = self.clean_start().await?;
            self.figures.slow_machine += usize::from(clean > READY / 2);
        }
        self.look(true, self.figures.kills.is_multiple_of(10)).await?;
        self.office.opens();
        Ok(())
    }

    /// The database is stopped as by a crash and started again; the server stays.
    async fn database_stops(&mut self) -> Result<()> {
        self.some_work().await?;
        let script = self.script.clone().context("no cluster")?;
        *lock(&self.office.outage) = Some(Vec::new());
        sleep(Duration::from_micros(self.dice.below(25_000))).await;
        cluster(&script, "stop").await?;
        sleep(Duration::from_millis(200 + self.dice.below(1_000))).await;
        let answered = *self.office.answered.borrow();
        cluster(&script, "start").await?;
        let returned = Instant::now();
        while !self.server.is_ready().await {
            ensure!(returned.elapsed() < BACK, "the server is not ready {BACK:?} after its database returned");
            sleep(Duration::from_millis(5)).await;
        }
        self.figures.ready_again.push(returned.elapsed());
        let mut answers = self.office.answered.subscribe();
        let again = timeout(BACK, answers.wait_for(|now| *now > answered)).await;
        self.office.check()?;
        again.context("nothing was acknowledged after the database returned")??;
        self.figures.back.push(returned.elapsed());
        self.figures.stops += 1;
        self.office.pauses().await?;
        ensure!(self.server.lives()?, "the server did not outlive its database");
        for (code, step, took) in lock(&self.office.outage).take().unwrap_or_default() {
            if took > self.figures.longest.0 {
                self.figures.longest = (took, format!("{step:?}, {code}"));
            }
            *self.figures.away.entry(code).or_default() += 1;
        }
        self.look(false, false).await?;
        self.office.goes_on();
        Ok(())
    }

    async fn some_work(&mut self) -> Result<()> {
        let wanted = *self.office.answered.borrow() + BETWEEN.0 + self.dice.below(BETWEEN.1);
        let mut answered = self.office.answered.subscribe();
        let worked = timeout(Duration::from_secs(60), answered.wait_for(|answered| *answered >= wanted)).await;
        self.office.check()?;
        worked.with_context(|| {
            let (answered, busy) = (*self.office.answered.borrow(), *self.office.busy.borrow());
            format!(
                "the writers come to nothing: {answered} answered, {busy} told to come again, {:#?}",
                self.office.work().doubts
            )
        })??;
        Ok(())
    }

    /// Looks into the database and into the log; `killed` where something may still be in doubt, `walk` where the platform is
    /// to walk its chains too: by the formula every look does.
    async fn look(&mut self, killed: bool, walk: bool) -> Result<()> {
        let begun = Instant::now();
        let eye = Eye::at(&self.place.url).await?;
        let engine = eye.engine().await?;
        // At one instant: the server keeps its clock and runs its timers meanwhile.
        eye.does(if self.postgres.is_some() { "begin isolation level repeatable read" } else { "begin" }).await?;
        let seen: Seen = eye.look(&self.key, &mut self.known).await?;
        eye.does("rollback").await?;
        eye.close().await?;
        {
            let mut work = self.office.work();
            let (lost, twice) = work.lost(&seen);
            if killed {
                for (mutation, done) in work.unheard(&seen) {
                    let count = self.figures.unheard.entry(mutation).or_default();
                    count.0 += 1;
                    count.1 += usize::from(done);
                }
                let used = work.used_up(&seen);
                work.spent.extend(used);
            }
            self.figures.lost.extend(lost);
            self.figures.twice.extend(twice);
        }
        self.figures.half.extend(seen.faults);
        self.figures.engine.extend(engine);
        self.figures.events = seen.events.len();
        if walk {
            let verdict = ask(self.address, Some("auditor"), "verifyEvents").await?;
            ensure!(verdict["intact"] == true, "the chains are broken: {verdict}");
            self.figures.walked = verdict["checked"].as_u64().unwrap_or_default();
        }
        self.figures.looked = begun.elapsed();
        Ok(())
    }

    /// How long the same program takes to be ready on the rehearsal as it was laid out.
    async fn clean_start(&mut self) -> Result<Duration> {
        let mut server = Server::start(&self.laid_out, server::address()?).await?;
        server.kill()?;
        self.figures.clean.push(server.ready_after);
        Ok(server.ready_after)
    }

    /// Prints what came of it; whether every figure is met.
    fn table(&self, first: &first::First, syncs: Option<&syncs::Syncs>, took: Duration) -> bool {
        let figures = &self.figures;
        let work = self.office.work();
        let ledger = &work.ledger;
        let in_flight: usize = figures.unheard.values().map(|(all, _)| all).sum();
        let done: usize = figures.unheard.values().map(|(_, done)| done).sum();
        let late = figures.ready.iter().filter(|ready| **ready > READY).count() - figures.slow_machine;
        let at = |all: &[Duration], share: usize| -> Duration {
            let mut all = all.to_vec();
            all.sort_unstable();
            all.get(all.len().saturating_sub(1) * share / 100).copied().unwrap_or_default()
        };
        let ready = |all: &[Duration]| {
            format!(
                "median {:.0} ms, p99 {:.0} ms, longest {:.0} ms",
                ms(at(all, 50)),
                ms(at(all, 99)),
                ms(at(all, 100))
            )
        };
        // As many as a whole run has to have; a short one in proportion.
        let least = 100 * (figures.kills + figures.stops) as u64;
        let mut met = true;
        let mut row = |what: &str, figure: String, wanted: &str, holds: bool| {
            met &= holds;
            println!("| {what} | {figure} | {wanted} |{}", if holds { "" } else { " NOT MET" });
        };
        println!(
            "\n| {} | seen | wanted |\n|---|---|---|",
            if self.postgres.is_some() { "PostgreSQL" } else { "SQLite" }
        );
        row("kills (SIGKILL) of the server", figures.kills.to_string(), "", true);
        if self.postgres.is_some() {
            row("immediate stops of the database", figures.stops.to_string(), "", true);
        }
        row("acknowledged writes", ledger.acknowledged.to_string(), &format!("{least}"), ledger.acknowledged >= least);
        row("acknowledged and lost", figures.lost.len().to_string(), "0", figures.lost.is_empty());
        row("half-done", figures.half.len().to_string(), "0", figures.half.is_empty());
        row("writes in flight at a kill; of them done, and not told", format!("{in_flight}; {done}"), "", true);
        row(
            "repeats that were told, more than one effect",
            format!("{}; {}", ledger.repeated, figures.twice.len()),
            "; 0",
            figures.twice.is_empty(),
        );
        row("receipts checked offline", self.known.receipts.len().to_string(), "", !self.known.receipts.is_empty());
        row(
            "events in unbroken chains; of them seen by verifyEvents",
            format!("{}; {}", figures.events, figures.walked),
            "all",
            figures.events > 0 && figures.walked > 0,
        );
        row("the engine's own checks", format!("{} faults", figures.engine.len()), "0", figures.engine.is_empty());
        row("ready after a kill", ready(&figures.ready), "2 s", late == 0);
        row("ready on a clean copy", ready(&figures.clean), "", true);
        if figures.slow_machine > 0 {
            row(
                "of these over 2 s, a clean copy right afterwards over 1 s",
                figures.slow_machine.to_string(),
                "",
                true,
            );
        }
        if self.postgres.is_some() {
            row(
                "answers while the database was away",
                format!("{:?}", figures.away),
                "answered, UNAVAILABLE",
                declared(&figures.away),
            );
            let (longest, which) = &figures.longest;
            row("longest of them", format!("{:.0} ms ({which})", ms(*longest)), "3 s", *longest <= ANSWER);
            let again = ready(&figures.ready_again);
            row("ready again after its return", again, "5 s", at(&figures.ready_again, 100) <= BACK);
            row("acknowledging again after its return", ready(&figures.back), "5 s", at(&figures.back, 100) <= BACK);
        }
        row(
            "kills while it was laid out, each clean afterwards",
            first.to_string(),
            &self.asked.first.to_string(),
            first.all == self.asked.first,
        );
        row(
            "tamperings, found by the look",
            figures.tampered.unwrap_or_default().to_string(),
            &tamper::COUNT.to_string(),
            figures.tampered == Some(tamper::COUNT),
        );
        if let Some(syncs) = syncs {
            let writes = syncs::WRITES;
            row(
                &format!("syncs of the log for {writes} writes one after the other"),
                syncs.server.to_string(),
                &format!("{writes}"),
                syncs.server >= writes,
            );
            row(
                "  the same, bare SQLite, synchronous=FULL; NORMAL",
                format!("{}; {}", syncs.bare_full, syncs.bare_normal),
                &format!("{writes}; about 0"),
                syncs.bare_full >= writes && syncs.bare_normal <= writes / 20,
            );
        }
        println!(
            "\naimed at an opening, closing, award or the like: {} kills, of which it came to {}",
            figures.aimed.0, figures.aimed.1
        );
        println!("in flight at a kill, and of them done: {:?}", figures.unheard);
        println!("acknowledged: {:?}", ledger.by_mutation);
        let busy = *self.office.busy.borrow();
        println!("told to come again though nothing was wrong: {busy}; {} s in all", took.as_secs());
        met
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Whether nothing but what is declared was answered.
fn declared(codes: &BTreeMap<String, usize>) -> bool {
    codes.keys().all(|code| ["answered", "UNAVAILABLE", "UNAUTHENTICATED"].contains(&code.as_str()))
}

/// A query of `schema/operations`, by somebody.
async fn ask(address: SocketAddr, who: Option<&str>, name: &str) -> Result<Value> {
    let mut client = Client::connect(address).await?;
    let token = match who {
        Some(who) => Some(sign_in(&mut client, who).await?.0),
        None => None,
    };
    client.asks(token.as_deref(), &operation(name), Value::Null).await
}

/// More competitions are under way here at once than twelve judges and three investigators would carry, and a quick machine comes to
/// where nobody has vouched for the judges for a year: they may.
async fn lighten(address: SocketAddr) -> Result<()> {
    let mut client = Client::connect(address).await?;
    let (token, _) = sign_in(&mut client, "organizer3").await?;
    let rules = client.asks(None, &operation("ruleSets"), Value::Null).await?;
    let input = json!({
        "expectedVersion": rules["nodes"][0]["version"], "reason": "many at once", "expertOpenReviews": 99, "expertSpread": 99,
        "piActiveProjects": 99, "expertConfirmedDays": 1096,
    });
    client.asks(Some(&token), &operation("reviseRuleSet"), json!({ "input": input })).await?;
    Ok(())
}

/// The key that receipts are signed with, as it is published.
async fn receipt_key(address: SocketAddr) -> Result<VerifyingKey> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /.well-known/receipt-keys.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let keys: Value = serde_json::from_str(answer.split_once("\r\n\r\n").context("no answer")?.1)?;
    let key = URL_SAFE_NO_PAD.decode(keys["keys"][0]["x"].as_str().context("no key")?)?;
    Ok(VerifyingKey::try_from(key.as_slice())?)
}
