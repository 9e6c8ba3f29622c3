//! The limit on SQLite: the same statements in a loop over sqlx, on connections of their own with the server's settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sea_orm::prelude::Uuid;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row, SqlSafeStr, SqlStr, SqliteConnection};
use tokio::sync::Mutex;

use crate::measure::{Figures, Work, round};
use crate::raw::{BID_IDS, BIDS, ENTERPRISE_IDS, ENTERPRISES, EVENT_IDS, Given, Script};

/// The file, past the server.
pub struct Sqlite {
    file: PathBuf,
    connection: SqliteConnection,
    rounds: usize,
}

/// A script that sqlx can send again and again.
type Lines = Arc<Vec<(SqlStr, Vec<Given>)>>;

fn lines(script: &Script) -> Lines {
    let lines = script.0.iter().map(|line| (AssertSqlSafe(line.sql.clone()).into_sql_str(), line.values.clone()));
    Arc::new(lines.collect())
}

async fn open(file: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_millis(1500))
        .pragma("secure_delete", "on")
        .disable_statement_logging();
    Ok(SqliteConnection::connect_with(&options).await?)
}

impl Sqlite {
    /// Beside a server that serves this file.
    pub async fn new(file: &Path) -> Result<Self> {
        Ok(Self { file: file.to_owned(), connection: open(file).await?, rounds: 0 })
    }

    /// The engine's version and how it keeps what is committed.
    pub async fn server(&mut self) -> Result<String> {
        let row = sqlx::query("select sqlite_version()").fetch_one(&mut self.connection).await?;
        let version: String = row.get(0);
        Ok(format!("SQLite {version}, journal_mode wal, synchronous full, secure_delete on"))
    }

    /// The same questions in turn, on so many connections.
    pub async fn reads(&self, scripts: &[Script], readers: usize, time: Duration) -> Result<Figures> {
        let scripts: Arc<Vec<Lines>> = Arc::new(scripts.iter().map(lines).collect());
        let mut workers = Vec::new();
        for next in 0..readers {
            workers.push(Reader { connection: open(&self.file).await?, scripts: scripts.clone(), next });
        }
        Ok(round(workers, time).await?.0)
    }

    /// The same submission of other bids, after the pattern of `bid` (its uuid): so many clients with one writer, as the server
    /// has.
    pub async fn writes(&mut self, script: &Script, bid: &str, clients: usize, time: Duration) -> Result<Figures> {
        let first = self.rounds * BIDS + 1;
        let bids = self.make_bids(&bid.replace('-', "")).await?;
        self.rounds += 1;
        let writer = Arc::new(Mutex::new(open(&self.file).await?));
        let transaction = script.transaction().context("nothing was written")?;
        let (lines, bids, next) = (lines(script), Arc::new(bids), Arc::new(AtomicUsize::new(0)));
        let mut workers = Vec::new();
        for _ in 0..clients {
            workers.push(Submitter {
                connection: open(&self.file).await?,
                writer: writer.clone(),
                lines: lines.clone(),
                transaction: (*transaction.start(), *transaction.end() + 1),
                bids: bids.clone(),
                next: next.clone(),
                first,
            });
        }
        let (figures, workers) = round(workers, time).await?;
        drop(workers);
        let handed_in = format!(
            "select count(*) from bids b join bid_submissions s on s.bid_id = b.id and s.version = b.in_force
             where b.id >= {} and b.id <= {}",
            blob(BID_IDS, first),
            blob(BID_IDS, first + BIDS - 1)
        );
        let done: i64 = sqlx::query(AssertSqlSafe(handed_in)).fetch_one(&mut self.connection).await?.get(0);
        let tried = next.load(Ordering::Relaxed).min(bids.len());
        ensure!(usize::try_from(done)? == tried, "{done} bids were handed in, not {tried}");
        Ok(figures)
    }

    /// Bids with a draft, of enterprises of their own: the challenges of which they are.
    async fn make_bids(&mut self, bid: &str) -> Result<Vec<Uuid>> {
        let (bids, enterprises) = (self.rounds * BIDS, self.rounds * ENTERPRISES);
        let (first, last) = (blob(BID_IDS, bids + 1), blob(BID_IDS, bids + BIDS));
        let (bid_ids, enterprise_ids) = (BID_IDS.replace('-', ""), ENTERPRISE_IDS.replace('-', ""));
        self.connection
            .execute(AssertSqlSafe(format!(
                "insert into organizations (id, name, kind, uscc, verification, registered_in_zone, created_at)
                   with recursive numbers (n) as
                       (select {enterprises} + 1 union all select n + 1 from numbers where n < {enterprises} + {ENTERPRISES})
                   select unhex('{enterprise_ids}' || printf('%012x', n)), o.name, o.kind, 'BENCH' || n, o.verification,
                       o.registered_in_zone, o.created_at
                   from organizations o join bids b on b.bidder_id = o.id join numbers where b.id = x'{bid}';
                 insert into bids (id, challenge_id, bidder_id, author_id, status, version, created_at)
                   select unhex('{bid_ids}' || printf('%012x', {bids} + row_number() over (order by o.id, c.id))), c.id, o.id,
                       b.author_id, 'DRAFT', 1, b.created_at
                   from challenges c cross join organizations o cross join bids b
                   where c.status = 'PUBLISHED' and b.id = x'{bid}' and o.uscc like 'BENCH%'
                       and cast(substr(o.uscc, 6) as integer) > {enterprises}
                   order by o.id, c.id limit {BIDS};
                 insert into bid_drafts (bid_id, sealed, updated_at)
                   select b.id, d.sealed, d.updated_at from bids b, (select * from bid_drafts limit 1) d
                   where b.id >= {first} and b.id <= {last};"
            )))
            .await?;
        let made = format!("select challenge_id from bids where id >= {first} and id <= {last} order by id");
        let rows = sqlx::query(AssertSqlSafe(made)).fetch_all(&mut self.connection).await?;
        rows.iter().map(|row| Ok(Uuid::from_slice(&row.get::<Vec<u8>, _>(0))?)).collect()
    }
}

/// The id of a number, as SQLite writes it.
fn blob(prefix: &str, number: usize) -> String {
    format!("x'{}{number:012x}'", prefix.replace('-', ""))
}

/// What one submission is of: its number and its challenge.
type Of = (usize, Uuid);

async fn send(connection: &mut SqliteConnection, (sql, values): &(SqlStr, Vec<Given>), of: Of) -> Result<usize> {
    let id =
        |prefix: &str| Ok::<_, anyhow::Error>(format!("{prefix}{:012x}", of.0).parse::<Uuid>()?.as_bytes().to_vec());
    let mut query = sqlx::query(sql.clone());
    for value in values {
        query = match value {
            Given::Null => query.bind(None::<String>),
            Given::Truth(truth) => query.bind(*truth),
            Given::Number(number) => query.bind(*number),
            Given::Text(text) => query.bind(text.clone()),
            Given::Bytes(bytes) => query.bind(bytes.clone()),
            Given::At(at) => query.bind(*at),
            Given::Id(id) => query.bind(id.as_bytes().to_vec()),
            Given::Bid => query.bind(id(BID_IDS)?),
            Given::Challenge => query.bind(of.1.as_bytes().to_vec()),
            Given::Event => query.bind(id(EVENT_IDS)?),
            Given::Named(text) => query.bind(format!("{text}/{}", of.0)),
        };
    }
    Ok(query.fetch_all(connection).await?.len())
}

struct Reader {
    connection: SqliteConnection,
    scripts: Arc<Vec<Lines>>,
    next: usize,
}

impl Work for Reader {
    async fn once(&mut self) -> Result<bool> {
        let script = &self.scripts[self.next % self.scripts.len()];
        self.next += 1;
        let mut found = 0;
        for line in script.iter() {
            found += send(&mut self.connection, line, (0, Uuid::nil())).await?;
        }
        ensure!(found > 1, "the SQL finds nothing");
        Ok(true)
    }
}

struct Submitter {
    connection: SqliteConnection,
    writer: Arc<Mutex<SqliteConnection>>,
    lines: Lines,
    transaction: (usize, usize),
    bids: Arc<Vec<Uuid>>,
    next: Arc<AtomicUsize>,
    first: usize,
}

impl Work for Submitter {
    async fn once(&mut self) -> Result<bool> {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        let Some(challenge) = self.bids.get(place) else { return Ok(false) };
        let of = (self.first + place, *challenge);
        let (begin, end) = self.transaction;
        for line in &self.lines[..begin] {
            send(&mut self.connection, line, of).await?;
        }
        let mut writer = self.writer.lock().await;
        let mut txn = writer.begin_with("begin immediate").await?;
        for line in &self.lines[begin..end] {
            send(&mut txn, line, of).await?;
        }
        txn.commit().await?;
        drop(writer);
        for line in &self.lines[end..] {
            send(&mut self.connection, line, of).await?;
        }
        Ok(true)
    }
}
