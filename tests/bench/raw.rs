//! The database alone, with the statements that the server sends: through `pgbench` on PostgreSQL, through as many connections
//! of the same driver on SQLite.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqliteConnection};
use support::TestApp;
use tempfile::TempDir;

use crate::load::Figures;

const OPEN: &str =
    "c.published_at is not null and c.status = 'PUBLISHED' and c.submission_deadline > '2026-03-02T01:00:00+00:00'";

fn page() -> String {
    format!(
        "select c.*, o.* from challenges c left join organizations o on o.id = c.department_id
         where {OPEN} order by c.listed_deadline, c.id limit 21"
    )
}

fn indicators() -> String {
    format!(
        "select i.* from indicators i where i.challenge_id in
         (select c.id from challenges c where {OPEN} order by c.listed_deadline, c.id limit 20) order by i.position"
    )
}

fn one(id: &str) -> String {
    format!(
        "select c.*, o.* from challenges c left join organizations o on o.id = c.department_id
         where c.published_at is not null and c.id = {id}"
    )
}

/// The raw database of a test's platform.
pub enum Raw {
    Sqlite(String),
    Postgres { url: String, folder: TempDir },
}

impl Raw {
    pub async fn open(app: &TestApp) -> Result<Self> {
        let url = app.url().to_owned();
        let bids = "create table bench_bids as select row_number() over (order by id) as n, id as bid, challenge_id, author_id from bids";
        if url.starts_with("sqlite:") {
            let this = Self::Sqlite(url);
            this.sqlite().await?.execute(bids).await?;
            return Ok(this);
        }
        let mut connection = sqlx::PgConnection::connect(&url).await?;
        connection.execute(bids).await?;
        connection.execute("create unique index on bench_bids (n)").await?;
        connection.execute("analyze").await?;
        Ok(Self::Postgres { url, folder: TempDir::new()? })
    }

    async fn sqlite(&self) -> Result<SqliteConnection> {
        let Self::Sqlite(url) = self else { bail!("not SQLite") };
        let options: SqliteConnectOptions = url.parse()?;
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        Ok(options.connect().await?)
    }

    pub async fn list(&mut self, clients: usize, stretch: Duration, rounds: usize) -> Result<Figures> {
        self.read(&[page(), indicators()], clients, stretch, rounds).await
    }

    pub async fn one(&mut self, id: &str, clients: usize, stretch: Duration, rounds: usize) -> Result<Figures> {
        use jiebang_platform::base::id::{ChallengeId, Kind};
        let uuid = id.parse::<ChallengeId>()?.uuid();
        let literal = match self {
            Self::Sqlite(_) => format!("x'{}'", uuid.simple()),
            Self::Postgres { .. } => format!("'{uuid}'"),
        };
        self.read(&[one(&literal)], clients, stretch, rounds).await
    }

    async fn read(&self, statements: &[String], clients: usize, stretch: Duration, rounds: usize) -> Result<Figures> {
        let Self::Postgres { .. } = self else {
            let mut figures = Vec::new();
            for _ in 0..rounds {
                figures.push(self.read_sqlite(statements, clients, stretch).await?);
            }
            return Ok(Figures::median(figures));
        };
        self.pgbench(&statements.join(";\n"), clients, stretch, rounds)
    }

    async fn read_sqlite(&self, statements: &[String], clients: usize, stretch: Duration) -> Result<Figures> {
        let begun = Instant::now();
        let mut tasks = Vec::new();
        for _ in 0..clients {
            let mut connection = self.sqlite().await?;
            let statements = statements.to_vec();
            tasks.push(tokio::spawn(async move {
                let mut times = Vec::new();
                while begun.elapsed() < stretch {
                    let asked = Instant::now();
                    for statement in &statements {
                        let rows = sqlx::query(AssertSqlSafe(statement.clone())).fetch_all(&mut connection).await?;
                        ensure!(!rows.is_empty(), "no rows");
                    }
                    times.push(asked.elapsed());
                }
                anyhow::Ok(times)
            }));
        }
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await??);
        }
        Ok(Figures::of(times, begun.elapsed()))
    }

    /// The writes of one submission: the sealed content (3 KiB), the bid, the draft's end, the event; one commit.
    pub async fn submit(&mut self, clients: usize, stretch: Duration, rounds: usize) -> Result<Figures> {
        match self {
            Self::Postgres { .. } => {
                let script = "\\set n random(1, 600)\n\\set v random(1000, 2000000000)\nbegin;
                    select 1 from challenges where id = (select challenge_id from bench_bids where n = :n) for share;
                    select 1 from bids where id = (select bid from bench_bids where n = :n) for update;
                    insert into bid_submissions select bid, :v, author_id, now(), decode(repeat('ab', 3072), 'hex'),
                      repeat('a', 64), repeat('a', 64), repeat('a', 500), 'k' from bench_bids where n = :n
                      on conflict do nothing;
                    update bids set in_force = :v, submitted_at = now() where id = (select bid from bench_bids where n = :n);
                    delete from bid_drafts where bid_id = (select bid from bench_bids where n = :n);
                    insert into events (id, stream, seq, at, kind, subject, audience, public_text, private_facts, salt,
                      private_digest, previous_hash, hash) values (gen_random_uuid(), 'raw', :v, now(), 'bid.submitted', 'raw',
                      'BIDDER', repeat('a', 300), repeat('a', 60), decode(repeat('ab', 16), 'hex'), repeat('a', 64),
                      repeat('a', 64), repeat('a', 64)) on conflict do nothing;\ncommit;\n";
                self.pgbench(script, clients, stretch, rounds)
            }
            Self::Sqlite(_) => {
                // One writer, whoever waits behind it.
                let mut connection = self.sqlite().await?;
                let mut figures = Vec::new();
                // Versions that no other call of this run has used.
                let mut number = i64::try_from(clients)? * 10_000_000;
                for _ in 0..rounds {
                    let (begun, mut times) = (Instant::now(), Vec::new());
                    while begun.elapsed() < stretch {
                        let asked = Instant::now();
                        number += 1;
                        submit_sqlite(&mut connection, number).await?;
                        times.push(asked.elapsed());
                    }
                    figures.push(Figures::of(times, begun.elapsed()));
                }
                Ok(Figures::median(figures))
            }
        }
    }

    fn pgbench(&self, script: &str, clients: usize, stretch: Duration, rounds: usize) -> Result<Figures> {
        let Self::Postgres { url, folder } = self else { bail!("not PostgreSQL") };
        let file = folder.path().join("script.sql");
        std::fs::write(&file, format!("{script};\n"))?;
        let mut figures = Vec::new();
        for _ in 0..rounds {
            let log = TempDir::new()?;
            let out = Command::new("pgbench")
                .current_dir(log.path())
                .args(["-n", "-l", "-M", "prepared", "-j", "2", "-c"])
                .arg(clients.to_string())
                .args(["-T", &stretch.as_secs().to_string(), "-f"])
                .arg(&file)
                .arg(url)
                .output()
                .context("pgbench is missing: it comes with Debian's package postgresql")?;
            ensure!(out.status.success(), "pgbench: {}", String::from_utf8_lossy(&out.stderr));
            let mut times = Vec::new();
            for entry in std::fs::read_dir(log.path())? {
                for line in std::fs::read_to_string(entry?.path())?.lines() {
                    let micros = line.split(' ').nth(2).context("pgbench's log")?.parse()?;
                    times.push(Duration::from_micros(micros));
                }
            }
            figures.push(Figures::of(times, stretch));
        }
        Ok(Figures::median(figures))
    }
}

async fn submit_sqlite(connection: &mut SqliteConnection, number: i64) -> Result<()> {
    let bid = "(select bid from bench_bids where n = ?1 % 600 + 1)";
    let statements = [
        "begin immediate".to_owned(),
        "insert into bid_submissions select bid, ?1, author_id, '2026-03-02T01:00:00+00:00', randomblob(3072),
             hex(zeroblob(32)), hex(zeroblob(32)), hex(zeroblob(250)), 'k' from bench_bids where n = ?1 % 600 + 1".to_owned(),
        format!("update bids set in_force = ?1, submitted_at = '2026-03-02T01:00:00+00:00' where id = {bid}"),
        format!("delete from bid_drafts where bid_id = {bid}"),
        "insert into events (id, stream, seq, at, kind, subject, audience, public_text, private_facts, salt, private_digest,
         previous_hash, hash) values (randomblob(16), 'raw', ?1, '2026-03-02T01:00:00+00:00', 'bid.submitted', 'raw', 'BIDDER',
         hex(zeroblob(150)), hex(zeroblob(30)), randomblob(16), hex(zeroblob(32)), hex(zeroblob(32)), hex(zeroblob(32)))"
            .to_owned(),
        "commit".to_owned(),
    ];
    for statement in statements {
        let query = sqlx::query(AssertSqlSafe(statement.clone()));
        let query = if statement.contains("?1") { query.bind(number) } else { query };
        query.execute(&mut *connection).await?;
    }
    Ok(())
}
