//! Connecting: a writer and readers, every safety setting explicit and read back.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, FromQueryResult, Statement};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tokio::sync::{Semaphore, watch};

use super::batch::Batches;
use crate::base::{Error, Result};

/// Where the database is and how much of it is used.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Connections for reading.
    pub readers: u32,
    /// Writers admitted at once; the rest queue. SQLite has one.
    pub writers: u32,
    /// How long a request may wait for a connection; within twice as long a silent database is noticed.
    pub patience: Duration,
    /// How long one statement may run (PostgreSQL).
    pub statement_timeout: Duration,
}

/// The database.
#[derive(Clone, Debug)]
pub struct Db {
    pub(super) write: DatabaseConnection,
    read: DatabaseConnection,
    /// A connection of its own, so that a busy pool is not taken for a silent database.
    pulse: DatabaseConnection,
    pub(super) admission: Arc<Semaphore>,
    pub(super) patience: Duration,
    pub(super) batches: Arc<Batches>,
    heard: Arc<Heard>,
    pub(super) changed: watch::Sender<u64>,
}

/// A statement as it was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The SQL and its values.
    pub statement: Statement,
    /// Whether in a transaction that writes.
    pub writing: bool,
}

/// What has been sent: how much, and while somebody listens what.
#[derive(Debug, Default)]
struct Heard {
    count: AtomicU64,
    sent: Mutex<Option<Vec<Sent>>>,
}

impl Heard {
    fn on(self: &Arc<Self>, connection: &mut DatabaseConnection, writing: bool) {
        let heard = self.clone();
        connection.set_metric_callback(move |info| {
            heard.count.fetch_add(1, Ordering::Relaxed);
            if let Some(sent) = heard.sent().as_mut() {
                sent.push(Sent { statement: info.statement.clone(), writing });
            }
        });
    }

    fn sent(&self) -> std::sync::MutexGuard<'_, Option<Vec<Sent>>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Db {
    /// Connects, and refuses a database whose durability is weaker than promised.
    pub async fn connect(settings: &Settings) -> Result<Self> {
        let heard = Arc::<Heard>::default();
        let sqlite = settings.url.starts_with("sqlite:");
        let writers = if sqlite { 1 } else { settings.writers };
        let mut write = open(settings, writers, true).await?;
        let mut read = if sqlite { open(settings, settings.readers, false).await? } else { write.clone() };
        let pulse = open(settings, 1, false).await?;
        heard.on(&mut write, true);
        heard.on(&mut read, false);
        let db = Self {
            write,
            read,
            pulse,
            admission: Arc::new(Semaphore::new(writers as usize)),
            patience: settings.patience,
            batches: Arc::default(),
            heard,
            changed: watch::Sender::new(0),
        };
        db.check_durability().await?;
        Ok(db)
    }

    /// The read pool. What is read here may be overtaken: nothing may be decided on it.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Wakes whoever waits for something to be written by this process.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Statements sent so far, for tests that count them.
    pub fn statements(&self) -> u64 {
        self.heard.count.load(Ordering::Relaxed)
    }

    /// Does `work`, and tells what everybody sent meanwhile, `begin` and `commit` apart: for the bench, which sends it again.
    pub async fn listening<T>(&self, work: impl Future<Output = T>) -> (T, Vec<Sent>) {
        *self.heard.sent() = Some(Vec::new());
        let done = work.await;
        (done, self.heard.sent().take().unwrap_or_default())
    }

    /// Brings the schema up to date. Of several that start at once each may find another's work in its way: it looks again, at most
    /// once for each migration and for the table in which they are noted, since what was in the way is done by then.
    pub async fn migrate(&self) -> Result<()> {
        use jiebang_migrations::{Migrator, MigratorTrait};
        for _ in 0..=Migrator::migrations().len() {
            if Migrator::up(&self.write, None).await.is_ok() {
                return Ok(());
            }
        }
        Ok(Migrator::up(&self.write, None).await?)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let asked = tokio::time::timeout(self.patience, self.pulse.execute_unprepared("select 1")).await;
        asked.map_err(|_| Error::Unavailable("the database does not answer".into()))??;
        Ok(())
    }

    /// Does `work` unless the database falls silent meanwhile: frozen, or behind a network that swallows what is sent. A statement
    /// that only takes long is waited for. What was told to a silent database may or may not have been done.
    pub async fn while_alive<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let silent = async {
            loop {
                tokio::time::sleep(self.patience / 2).await;
                if let Err(silent) = self.ping().await {
                    return silent;
                }
            }
        };
        tokio::select! {
            biased;
            done = work => Ok(done),
            silent = silent => Err(silent),
        }
    }

    /// Whether this is PostgreSQL (else SQLite).
    pub fn is_postgres(&self) -> bool {
        self.write.get_database_backend() == DbBackend::Postgres
    }

    /// Finishes what is under way and disconnects.
    pub async fn close(self) -> Result<()> {
        self.write.close().await?;
        self.read.close().await?;
        Ok(self.pulse.close().await?)
    }

    /// Sends a statement past all verbs, and tells how many rows it touched: for tests that play somebody who has the database in hand.
    pub async fn tamper(&self, statement: &str) -> Result<u64> {
        Ok(self.write.execute_unprepared(statement).await?.rows_affected())
    }

    /// The schema as the engine tells it, for the golden file.
    pub async fn schema(&self) -> Result<String> {
        #[derive(FromQueryResult)]
        struct Line {
            line: String,
        }
        let text = if self.is_postgres() {
            "select case when c.relkind = 'i' then pg_get_indexdef(c.oid) else
                 c.relname || ' (' || (select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                     || case when a.attnotnull then ' not null' else '' end, ', ' order by a.attnum)
                     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
                 || coalesce((select string_agg(', ' || k.conname || ' ' || pg_get_constraintdef(k.oid), '' order by k.conname)
                     from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c')), '') || ')' end as line
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relkind in ('r', 'i') and c.relname not like 'seaql%'
             order by c.relkind desc, c.relname collate \"C\""
        } else {
            "select sql as line from sqlite_schema where sql is not null and name not like 'seaql%' and name not like 'sqlite%'
             order by type desc, name"
        };
        let statement = Statement::from_string(self.read.get_database_backend(), text);
        let lines = Line::find_by_statement(statement).all(&self.read).await?;
        Ok(lines.into_iter().map(|line| line.line + ";\n").collect())
    }

    async fn check_durability(&self) -> Result<()> {
        let wanted: &[(&str, &str)] = match self.write.get_database_backend() {
            DbBackend::Sqlite => &[
                ("select journal_mode as answer from pragma_journal_mode", "wal"),
                ("select cast(synchronous as text) as answer from pragma_synchronous", "2"),
                ("select cast(foreign_keys as text) as answer from pragma_foreign_keys", "1"),
                ("select cast(secure_delete as text) as answer from pragma_secure_delete", "1"),
                ("select cast(temp_store as text) as answer from pragma_temp_store", "2"),
            ],
            _ => &[
                ("select current_setting('synchronous_commit') as answer", "on"),
                ("select current_setting('TimeZone') as answer", "UTC"),
                ("select current_setting('default_transaction_isolation') as answer", "read committed"),
            ],
        };
        self.check(wanted).await
    }

    /// Refuses a PostgreSQL server that could lose what it has committed when its machine loses power: it may do for a rehearsal or a
    /// test, never for real. An SQLite file is durable whoever uses it.
    pub async fn check_power_loss(&self) -> Result<()> {
        if !self.is_postgres() {
            return Ok(());
        }
        self.check(&[
            ("select current_setting('fsync') as answer", "on"),
            ("select current_setting('full_page_writes') as answer", "on"),
        ])
        .await
    }

    async fn check(&self, wanted: &[(&str, &str)]) -> Result<()> {
        #[derive(FromQueryResult)]
        struct Answer {
            answer: String,
        }
        let backend = self.write.get_database_backend();
        for (question, answer) in wanted {
            let found = Answer::find_by_statement(Statement::from_string(backend, *question)).one(&self.write).await?;
            let found = found.map(|row| row.answer).unwrap_or_default();
            if found != *answer {
                return Err(
                    anyhow!("the database is set weaker than promised: {question} = {found}, not {answer}").into()
                );
            }
        }
        Ok(())
    }
}

async fn open(settings: &Settings, most: u32, to_write: bool) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(&settings.url);
    options
        .max_connections(most)
        .min_connections(1)
        .acquire_timeout(settings.patience)
        .connect_timeout(settings.patience)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false);
    if settings.url.starts_with("sqlite:") {
        prepare_sqlite_file(&settings.url)?;
        // The busy timeout covers other processes (a backup, a command); within this one writers queue for one connection.
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_millis(1500))
                .pragma("secure_delete", "on")
                // What savepoints undo would lie in files elsewhere, in clear and where no room may be.
                .pragma("temp_store", "memory")
        });
        // A transaction that could not be rolled back, since the engine had given it up by itself, is not counted out: whoever came next
        // would begin within it. Such a connection is closed.
        options.map_sqlx_sqlite_pool_opts(move |pool| {
            if !to_write {
                return pool;
            }
            pool.after_release(|connection, _| {
                Box::pin(async move {
                    // What was to be rolled back has been, or never will be.
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
        });
    } else {
        let limit = settings.statement_timeout.as_millis().to_string();
        options.map_sqlx_postgres_opts(move |postgres| {
            postgres.options([
                ("statement_timeout", limit.as_str()),
                ("timezone", "UTC"),
                ("synchronous_commit", "on"),
                ("default_transaction_isolation", "read committed"),
            ])
        });
    }
    Ok(Database::connect(options).await?)
}

/// The folder of a new database file, and an early word about an address that cannot work.
fn prepare_sqlite_file(url: &str) -> Result<()> {
    let options = SqliteConnectOptions::from_str(url).context("not a database address")?;
    let path = options.get_filename();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    (|| {
        ensure!(!url.contains(":memory:"), "the database has to be a file: several connections share it");
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        Ok(())
    })()
    .map_err(Error::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// `.cargo/config.toml`, decision 18.
    #[tokio::test]
    async fn sqlite_is_built_as_decided() {
        let (app, _folder) = testing::app("2026-03-02T01:00:00Z").await;
        if app.db.is_postgres() {
            return;
        }
        let built = |option: &str| {
            let question = format!("select sqlite_compileoption_used('{option}') as used");
            let db = app.db.read().clone();
            async move {
                let row = db.query_one_raw(Statement::from_string(DbBackend::Sqlite, question)).await.unwrap().unwrap();
                row.try_get::<i32>("", "used").unwrap() == 1
            }
        };
        assert!(built("ENABLE_QPSG").await && built("DEFAULT_MEMSTATUS=0").await);
        assert!(!built("ENABLE_MEMORY_MANAGEMENT").await);
    }
}
