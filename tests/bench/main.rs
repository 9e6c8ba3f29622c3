//! `make bench`: what the server does in a second, on SQLite and on PostgreSQL, beside the same SQL without it, in the same run.
//! Nothing here passes or fails by time: machines differ, so look at the ratios. Every answer is checked. Words narrow it down: `reads`,
//! `submit`, `files`.

mod cryptography;
mod filing;
mod measure;
mod postgres;
mod raw;
mod sqlite;
mod stage;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiebang_server::start;
use measure::Figures;
use postgres::Pgbench;
use raw::Script;
use sqlite::Sqlite;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use stage::Stage;
use tokio::runtime::{Handle, Runtime};

const ROUNDS: usize = 3;
/// How long a round lasts; a round of writes ends before when its drafts are used up.
const ROUND: Duration = Duration::from_secs(4);
const CLIENTS: usize = 16;
/// How often one file is brought.
const TIMES: usize = 5;
/// As many connections as the server has for reading (`database.readers`).
const SQLITE_READERS: usize = 8;

/// What is measured.
const ROWS: [(&str, usize); 5] = [
    ("list of 20, department, indicators, totalCount", CLIENTS),
    ("one challenge by id, whole", CLIENTS),
    ("submitBid", 1),
    ("submitBid", CLIENTS),
    ("submitBid", MANY),
];
/// As in the last hour before a deadline.
const MANY: usize = 64;

/// What it can be narrowed down to.
const PARTS: [&str; 3] = ["reads", "submit", "files"];

/// The limit beside the server.
enum Limit<'a> {
    Sqlite(Sqlite),
    Postgres(Pgbench<'a>),
}

fn main() -> Result<()> {
    // The clients' threads are others than the server's, as their machines are: none of them waits in the server's queue.
    let server = start::threads()?;
    Runtime::new()?.block_on(measured(server.handle()))
}

async fn measured(server: &Handle) -> Result<()> {
    let pgbench = postgres::version()?;
    #[expect(clippy::disallowed_methods, reason = "the door of the bench's one setting")]
    let postgres = std::env::var("JIEBANG_TEST_DATABASE").unwrap_or_default();
    ensure!(postgres.starts_with("postgres:"), "no PostgreSQL: start this with `make bench`");
    ensure!(!cfg!(debug_assertions), "this is a debug build: start this with `make bench`");
    let only: Vec<String> = std::env::args().skip(1).collect();
    ensure!(only.iter().all(|word| PARTS.contains(&word.as_str())), "of what there is: {}", PARTS.join(", "));
    let folder = tempfile::tempdir()?;
    log(folder.path())?;
    let cores = std::thread::available_parallelism()?;
    println!("{cores} cores, {}; {pgbench}", load());
    println!(
        "Server, clients and database share them, perhaps with others: look at the ratios. Medians of {ROUNDS} rounds of at \
         most {} s, the server's and the limit's in turn; times in ms.",
        ROUND.as_secs()
    );

    let began = Instant::now();
    let file = folder.path().join("bench.sqlite");
    let limit = |file: &Path| {
        let file = file.to_owned();
        async move { Ok(Limit::Sqlite(Sqlite::new(&file).await?)) }
    };
    bench(&format!("sqlite:{}", file.display()), server, folder.path(), limit(&file), &only)
        .await
        .context("on SQLite")?;

    let name = format!("bench_{}", std::process::id());
    let mut connection = PgConnection::connect(&postgres).await?;
    connection.execute(AssertSqlSafe(format!("create database {name}"))).await?;
    let (head, _) = postgres.rsplit_once('/').context("no database address")?;
    let url = format!("{head}/{name}");
    let limit = async { Ok(Limit::Postgres(Pgbench::new(&url, folder.path()).await?)) };
    let outcome = bench(&url, server, folder.path(), limit, &only).await.context("on PostgreSQL");
    connection.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await?;
    outcome?;
    println!("\n{} s in all; {}", began.elapsed().as_secs(), load());
    Ok(())
}

/// Lays out, measures, and prints the table of one database.
async fn bench(
    url: &str,
    server: &Handle,
    folder: &Path,
    limit: impl Future<Output = Result<Limit<'_>>>,
    only: &[String],
) -> Result<()> {
    let wanted = |part: &str| only.is_empty() || only.iter().any(|word| word == part);
    let stage = Stage::set(url, server, folder).await?;
    let mut limit = limit.await?;
    let (list, one) = (stage.heard(&stage.list).await?, stage.heard(&stage.one).await?);
    let (submission, bid) = stage.heard_submission().await?;
    let writes = submission.len();
    let statements = [list[0].len(), one[0].len(), writes, writes, writes];
    let alone = submission.rows();

    let mut rounds: [[Vec<Figures>; 3]; ROWS.len()] = Default::default();
    for _ in 0..ROUNDS {
        for (row, (_, clients)) in ROWS.into_iter().enumerate() {
            if !wanted(if row < 2 { "reads" } else { "submit" }) {
                continue;
            }
            let (server, raw) = match row {
                0 => (stage.reads(&stage.list, clients, ROUND).await?, limit.reads(&list).await?),
                1 => (stage.reads(&stage.one, clients, ROUND).await?, limit.reads(&one).await?),
                _ => {
                    let server = stage.submits(clients, ROUND).await?;
                    stage.drafts_anew().await?;
                    rounds[row][2].push(limit.writes(&alone, &bid, clients, 2.0 * server.rate).await?);
                    (server, limit.writes(&submission, &bid, clients, server.rate).await?)
                }
            };
            rounds[row][0].push(server);
            rounds[row][1].push(raw);
        }
    }

    println!("\n{}; {}", limit.server().await?, stage.size()?);
    println!(
        "{:<48} {:>7} {:>10} {:>10} {:>8} {:>8}   {:>9} {:>8} {:>8} {:>10}   {:>9} {:>11}",
        "",
        "clients",
        "statements",
        "requests/s",
        "p50",
        "p99",
        "raw SQL/s",
        "p50",
        "p99",
        "server/raw",
        "commits/s",
        "server/them"
    );
    for (row, (name, clients)) in ROWS.into_iter().enumerate() {
        let [server, raw, commits] = rounds[row].each_ref().map(|rounds| Figures::median(rounds));
        if rounds[row][0].is_empty() {
            continue;
        }
        let statements = statements[row];
        print!(
            "{name:<48} {clients:>7} {statements:>10} {:>10.0} {:>8.2} {:>8.2}   {:>9.0} {:>8.2} {:>8.2} {:>10.2}",
            server.rate,
            server.p50,
            server.p99,
            raw.rate,
            raw.p50,
            raw.p99,
            server.rate / raw.rate
        );
        if !rounds[row][2].is_empty() {
            print!("   {:>9.0} {:>11.2}", commits.rate, server.rate / commits.rate);
        }
        println!();
    }
    println!(
        "\n{:<48} {:>7}   {:>12} {:>12} {:>12} {:>12}",
        "processors' ms for each", "clients", "server", "of it here", "raw SQL", "commits"
    );
    for (row, (name, clients)) in ROWS.into_iter().enumerate() {
        let [server, raw, commits] = rounds[row].each_ref().map(|rounds| Figures::median(rounds));
        if !rounds[row][0].is_empty() {
            let (server, here, raw, commits) = (server.worked, server.own, raw.worked, commits.worked);
            println!("{name:<48} {clients:>7}   {server:>12.2} {here:>12.2} {raw:>12.2} {commits:>12.2}");
        }
    }
    if wanted("submit") {
        let alone = cryptography::of_a_submission()?.as_secs_f64() * 1e3;
        println!("the cryptography of a submission in memory, one thread: {alone:.2} ms");
    }
    drop(limit);
    if !wanted("files") {
        return stage.strike().await;
    }

    println!(
        "\n{:<48} {:>7} {:>10} {:>10} {:>8} {:>8}   {:>9} {:>8} {:>8} {:>10}",
        "", "clients", "MB/s", "bids/s", "p50", "p99", "disk MB/s", "p50", "p99", "files/disk"
    );
    for clients in [1, CLIENTS, MANY] {
        let (mut brought, mut disk) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            brought.push(stage.files(clients, ROUND).await?);
            stage.drafts_anew().await?;
            disk.push(filing::disk(folder, clients, ROUND).await?);
        }
        let (brought, disk) = (Figures::median(&brought), Figures::median(&disk));
        let megabytes = filing::FILE as f64 / 1e6;
        println!(
            "{:<48} {clients:>7} {:>10.1} {:>10.1} {:>8.1} {:>8.1}   {:>9.1} {:>8.1} {:>8.1} {:>10.2}",
            "a file of 5 MB brought, named, handed in",
            brought.rate * megabytes,
            brought.rate,
            brought.p50,
            brought.p99,
            disk.rate * megabytes,
            disk.p50,
            disk.p99,
            brought.rate / disk.rate
        );
    }
    for size in [filing::FILE, filing::LARGE / 4, filing::LARGE] {
        let (mut brought, mut disk, mut memory, mut most) = (Vec::new(), Vec::new(), Vec::new(), 0.0_f64);
        for _ in 0..TIMES {
            let (grown, took) = stage.grown(size).await?;
            most = most.max(grown);
            brought.push(took);
            disk.push(filing::disk_large(folder, size).await?);
            memory.push(cryptography::of_a_file(size)?);
        }
        ensure!(most < filing::GROWS, "memory grew by {most:.1} MiB with a file of {size} bytes");
        let megabytes = size as f64 / 1e6;
        let [brought, disk, memory] = [brought, disk, memory].map(|mut all| {
            all.sort();
            megabytes / all[TIMES / 2].as_secs_f64()
        });
        println!(
            "the PUT of one file of {megabytes:>5.0} MB: {brought:.0} MB/s, the disk alone {disk:.0} MB/s ({:.2}); its \
             cryptography in memory, one thread, {memory:.0} MB/s ({:.2}); client and server grow by {most:.1} MiB",
            brought / disk,
            brought / memory
        );
    }
    stage.strike().await
}

impl Limit<'_> {
    async fn server(&mut self) -> Result<String> {
        match self {
            Self::Sqlite(sqlite) => sqlite.server().await,
            Self::Postgres(pgbench) => pgbench.server().await,
        }
    }

    async fn reads(&self, scripts: &[Script]) -> Result<Figures> {
        match self {
            Self::Sqlite(sqlite) => sqlite.reads(scripts, SQLITE_READERS, ROUND).await,
            Self::Postgres(pgbench) => pgbench.reads(scripts, CLIENTS, ROUND),
        }
    }

    /// `rate` is the server's: pgbench is given so many drafts that it is done in time, though it be no quicker.
    async fn writes(&mut self, script: &Script, bid: &str, clients: usize, rate: f64) -> Result<Figures> {
        match self {
            Self::Sqlite(sqlite) => sqlite.writes(script, bid, clients, ROUND).await,
            Self::Postgres(pgbench) => {
                let count = (2.0 * rate * ROUND.as_secs_f64()) as usize;
                pgbench.writes(script, bid, clients, count.max(20 * clients)).await
            }
        }
    }
}

/// One line a request, as the server writes them, into a file.
fn log(folder: &Path) -> Result<()> {
    let file = std::fs::File::create(folder.join("log"))?;
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_span_list(false);
    let log = log.with_max_level(tracing_subscriber::filter::LevelFilter::INFO).with_writer(std::sync::Arc::new(file));
    log.try_init().map_err(|fault| anyhow::anyhow!(fault))
}

/// How busy the machine is, where it tells (Linux).
fn load() -> String {
    let told = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load {}", told.split(' ').next().unwrap_or("unknown"))
}
