//! The program `jiebang serve --rehearsal`, started, killed and started again; and the PostgreSQL beside it.

use std::fs::OpenOptions;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use jiebang_platform::keys::{KeyTexts, Keys};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use support::program;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Nothing here takes longer, or it has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a rehearsal lives: its folder, and its database if that is not a file in it.
pub struct Place {
    pub folder: PathBuf,
    pub url: String,
    /// A database of the server at this address.
    pub postgres: Option<(String, String)>,
}

impl Place {
    /// What its server digests the keys of calls with.
    pub fn secret(&self) -> Result<[u8; 32]> {
        let text = |file: &str| std::fs::read_to_string(self.folder.join("keys").join(file));
        let (secret, seal) = (text("secret.hex")?, text("seal.age")?);
        let (token, receipt) = (text("token.pem")?, text("receipt.pem")?);
        Ok(Keys::read(&KeyTexts { secret, token, token_beside: None, receipt, seal })?.idempotency)
    }

    /// An empty one.
    pub async fn new(parent: &Path, name: &str, postgres: Option<&str>) -> Result<Self> {
        let folder = parent.join(name);
        std::fs::create_dir_all(&folder)?;
        let Some(server) = postgres else {
            let url = format!("sqlite:{}", folder.join("rehearsal.sqlite").display());
            return Ok(Self { folder, url, postgres: None });
        };
        let name = format!("crash_{name}_{}", std::process::id());
        let (head, _) = server.rsplit_once('/').context("no database address")?;
        let place = Self { folder, url: format!("{head}/{name}"), postgres: Some((server.to_owned(), name)) };
        place.makes("").await?;
        Ok(place)
    }

    /// A copy of what lies here while nobody serves it.
    pub async fn copy(&self, parent: &Path, name: &str) -> Result<Self> {
        let copied = Command::new("cp").arg("-r").arg(&self.folder).arg(parent.join(name)).status()?;
        ensure!(copied.success(), "the folder could not be copied");
        let Some((server, from)) = &self.postgres else { return Self::new(parent, name, None).await };
        let mut copy = Self { folder: parent.join(name), url: String::new(), postgres: None };
        let (head, _) = server.rsplit_once('/').context("no database address")?;
        let name = format!("crash_{name}_{}", std::process::id());
        (copy.url, copy.postgres) = (format!("{head}/{name}"), Some((server.clone(), name)));
        copy.makes(&format!("template {from}")).await?;
        Ok(copy)
    }

    async fn makes(&self, from: &str) -> Result<()> {
        let Some((server, name)) = &self.postgres else { return Ok(()) };
        let mut connection = PgConnection::connect(server).await?;
        connection.execute(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await?;
        connection.execute(AssertSqlSafe(format!("create database {name} {from}"))).await?;
        Ok(connection.close().await?)
    }

    /// Where the same can be looked at without touching the files of an SQLite database.
    pub async fn beside(&self) -> Result<String> {
        if self.postgres.is_some() {
            return Ok(self.url.clone());
        }
        let beside = self.folder.join("beside");
        std::fs::create_dir_all(&beside)?;
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default();
            if name.to_string_lossy().starts_with("rehearsal.sqlite") {
                std::fs::copy(&path, beside.join(name))?;
            }
        }
        Ok(format!("sqlite:{}", beside.join("rehearsal.sqlite").display()))
    }

    /// The database is dropped.
    pub async fn gone(&self) -> Result<()> {
        let Some((server, name)) = &self.postgres else { return Ok(()) };
        let mut connection = PgConnection::connect(server).await?;
        connection.execute(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await?;
        Ok(connection.close().await?)
    }

    /// Drops the database and makes it again; on SQLite the server does so itself.
    pub async fn anew(&self) -> Result<()> {
        self.makes("").await
    }
}

/// The program at work.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From its start to the first `/readyz` that says so.
    pub ready_after: Duration,
}

/// The command that serves a place.
pub fn command(place: &Place, address: SocketAddr) -> Result<Command> {
    let mut command = Command::new(program());
    serves(&mut command, place, address)?;
    Ok(command)
}

fn serves(command: &mut Command, place: &Place, address: SocketAddr) -> Result<()> {
    let log = OpenOptions::new().create(true).append(true).open(place.folder.join("log"))?;
    command.args(["serve", "--rehearsal", "--bind", &address.to_string(), "--database", &place.url, "--data"]);
    command.arg(&place.folder).env("JIEBANG__LOG__FILTER", "warn");
    // The walk over all chains takes its time in a build that is not optimized.
    command.env("JIEBANG__SERVER__REQUEST_SECONDS", "90");
    command.stdout(log.try_clone()?).stderr(log);
    Ok(())
}

/// The same, with every sync of a file told to `trace`.
pub fn traced(place: &Place, address: SocketAddr, trace: &Path) -> Result<Command> {
    let mut command = Command::new("strace");
    // The tracer beside it (-D): the process that is started, and killed, is the server.
    command.args(["-D", "-f", "-qq", "-y", "-e", "trace=fsync,fdatasync", "-o"]).arg(trace).arg(program());
    serves(&mut command, place, address)?;
    Ok(command)
}

/// An address that nobody listens at.
pub fn address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Server {
    /// Starts it and waits until it is ready.
    pub async fn start(place: &Place, address: SocketAddr) -> Result<Self> {
        Self::of(command(place, address)?, address).await
    }

    /// Waits until what this command starts is ready.
    pub async fn of(mut command: Command, address: SocketAddr) -> Result<Self> {
        let begun = Instant::now();
        let child = command.spawn().with_context(|| format!("{}", command.get_program().display()))?;
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        while !server.is_ready().await {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended: {status}");
            }
            ensure!(begun.elapsed() < PATIENCE, "the server is not ready");
            sleep(Duration::from_millis(2)).await;
        }
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    /// Whether it says that it is ready. It listens before it answers: the question waits.
    pub async fn is_ready(&self) -> bool {
        let asked = async {
            let mut stream = TcpStream::connect(self.address).await.ok()?;
            stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.ok()?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.ok()?;
            Some(answer.starts_with("HTTP/1.1 200"))
        };
        timeout(Duration::from_secs(60), asked).await.ok().flatten().unwrap_or(false)
    }

    /// Whether it still runs.
    pub fn lives(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, and waits.
    pub fn stop(mut self) -> Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(told.success(), "it could not be told to stop");
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The script with which `tests/with-postgres` lets its server be stopped at once and started again.
pub async fn cluster(script: &str, act: &'static str) -> Result<()> {
    let mut command = Command::new(script);
    command.arg(act).stdout(Stdio::null()).stderr(Stdio::null());
    let status = tokio::task::spawn_blocking(move || command.status()).await??;
    ensure!(status.success(), "the PostgreSQL server did not {act}");
    Ok(())
}
