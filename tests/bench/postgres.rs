//! The limit on PostgreSQL: pgbench, the cluster's own, over prepared statements.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::measure::{Figures, Worked};
use crate::raw::{BID_IDS, BIDS, ENTERPRISE_IDS, ENTERPRISES, EVENT_IDS, Given, Script};

/// What is said where pgbench is missing.
const MISSING: &str =
    "pgbench does not run: it comes with the server's package (Debian: postgresql); start this with `make bench`";

/// pgbench against one database.
pub struct Pgbench<'a> {
    url: &'a str,
    folder: &'a Path,
    connection: PgConnection,
    rounds: usize,
}

/// Scripts for pgbench and the values of their variables.
#[derive(Default)]
struct Scripts {
    files: Vec<String>,
    variables: Vec<(String, String)>,
}

/// Whether pgbench is there, and which.
pub fn version() -> Result<String> {
    let told = Command::new("pgbench").arg("--version").output().context(MISSING)?;
    ensure!(told.status.success(), MISSING);
    Ok(String::from_utf8_lossy(&told.stdout).trim().to_owned())
}

impl<'a> Pgbench<'a> {
    /// `folder` takes its scripts and logs.
    pub async fn new(url: &'a str, folder: &'a Path) -> Result<Self> {
        Ok(Self { url, folder, connection: PgConnection::connect(url).await?, rounds: 0 })
    }

    /// The server's version and how it keeps what is committed; refused where a crash could lose that.
    pub async fn server(&mut self) -> Result<String> {
        let mut told = Vec::new();
        for name in ["server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"] {
            let ask = sqlx::query("select current_setting($1)").bind(name);
            let value: String = ask.fetch_one(&mut self.connection).await?.get(0);
            ensure!(name != "fsync" || value == "on", "fsync is off: start this with `make bench`");
            told.push(if name == "server_version" { format!("PostgreSQL {value}") } else { format!("{name} {value}") });
        }
        Ok(told.join(", "))
    }

    /// The same questions, one script each, drawn at random.
    pub fn reads(&self, scripts: &[Script], clients: usize, time: Duration) -> Result<Figures> {
        let mut all = Scripts::default();
        scripts.iter().try_for_each(|script| all.add("", script))?;
        self.run(&all, clients, &["-T".into(), time.as_secs().max(1).to_string()])
    }

    /// The same submission of so many other bids in all, after the pattern of `bid` (its uuid).
    pub async fn writes(&mut self, script: &Script, bid: &str, clients: usize, count: usize) -> Result<Figures> {
        let (first, share) = (self.rounds * BIDS, count.min(BIDS) / clients);
        self.make_bids(bid).await?;
        self.rounds += 1;
        let mut all = Scripts::default();
        let of = id(BID_IDS);
        // Which bid, and its challenge: one look-up more than the server sends.
        let head = format!(
            "\\set k :k + 1\n\\set n {first} + :client_id * {share} + :k\n\
             select challenge_id as challenge from bids where id = {of} \\gset\n"
        );
        all.add(&head, script)?;
        all.variables.push(("k".into(), "0".into()));
        let figures = self.run(&all, clients, &["-t".into(), share.to_string()])?;
        let handed_in =
            "select count(*) from bids b join bid_submissions s on s.bid_id = b.id and s.version = b.in_force
             where b.id between $1::uuid and $2::uuid";
        let ends = [first + 1, first + BIDS].map(|number| format!("{BID_IDS}{number:012x}"));
        let done = sqlx::query(handed_in).bind(&ends[0]).bind(&ends[1]).fetch_one(&mut self.connection).await?;
        let done: i64 = done.get(0);
        ensure!(done == (share * clients) as i64, "pgbench handed in {done} bids, not {}", share * clients);
        Ok(figures)
    }

    /// Bids with a draft, of enterprises of their own.
    async fn make_bids(&mut self, bid: &str) -> Result<()> {
        let (bids, enterprises) = (self.rounds * BIDS, self.rounds * ENTERPRISES);
        self.connection
            .execute(AssertSqlSafe(format!(
                "insert into organizations (id, name, kind, uscc, verification, registered_in_zone, created_at)
                   select ('{ENTERPRISE_IDS}' || lpad(to_hex(n), 12, '0'))::uuid, o.name, o.kind, 'BENCH' || n,
                       o.verification, o.registered_in_zone, o.created_at
                   from (select o.* from organizations o join bids b on b.bidder_id = o.id where b.id = '{bid}') o,
                       generate_series({enterprises} + 1, {enterprises} + {ENTERPRISES}) n;
                 insert into bids (id, challenge_id, bidder_id, author_id, status, version, created_at)
                   select ('{BID_IDS}' || lpad(to_hex({bids} + row_number() over (order by o.id, c.id)), 12, '0'))::uuid,
                       c.id, o.id, b.author_id, 'DRAFT', 1, b.created_at
                   from challenges c cross join organizations o cross join bids b
                   where c.status = 'PUBLISHED' and b.id = '{bid}' and o.uscc in
                       (select 'BENCH' || n from generate_series({enterprises} + 1, {enterprises} + {ENTERPRISES}) n)
                   order by o.id, c.id limit {BIDS};
                 insert into bid_drafts (bid_id, sealed, updated_at)
                   select b.id, d.sealed, d.updated_at from bids b, (select * from bid_drafts limit 1) d
                   where b.id > ('{BID_IDS}' || lpad(to_hex({bids}), 12, '0'))::uuid
                       and b.id <= ('{BID_IDS}' || lpad(to_hex({bids} + {BIDS}), 12, '0'))::uuid;
                 analyze bids; analyze bid_drafts;"
            )))
            .await?;
        Ok(())
    }

    fn run(&self, scripts: &Scripts, clients: usize, bound: &[String]) -> Result<Figures> {
        let folder = tempfile::tempdir_in(self.folder)?;
        let mut pgbench = Command::new("pgbench");
        pgbench.args(["-n", "-M", "prepared", "-j", "2", "-l", "-c", &clients.to_string()]).args(bound);
        pgbench.arg("--log-prefix").arg(folder.path().join("log"));
        for (number, script) in scripts.files.iter().enumerate() {
            let file = folder.path().join(format!("{number}.sql"));
            std::fs::write(&file, script)?;
            pgbench.arg("-f").arg(file);
        }
        for (name, value) in &scripts.variables {
            pgbench.arg("-D").arg(format!("{name}={value}"));
        }
        let worked = Worked::so_far()?;
        let told = pgbench.arg(self.url).output().context(MISSING)?;
        let worked = Worked::since(&worked)?;
        let (out, err) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
        if !told.status.success() {
            bail!("pgbench failed: {err}{out}");
        }
        let rate = out.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        let mut latencies = Vec::new();
        for entry in std::fs::read_dir(folder.path())? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("log") {
                let log = std::fs::read_to_string(entry.path())?;
                // client, transaction, microseconds, …
                let taken = log.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<f64>().ok());
                latencies.extend(taken.map(|microseconds| microseconds / 1e3));
            }
        }
        Figures::of(rate.with_context(|| format!("pgbench told no rate: {out}"))?, latencies, worked)
    }
}

impl Scripts {
    fn add(&mut self, head: &str, script: &Script) -> Result<()> {
        let (number, transaction) = (self.files.len(), script.transaction());
        let mut text = head.to_owned();
        for (place, line) in script.0.iter().enumerate() {
            ensure!(!line.sql.contains(':'), "pgbench would read a variable in {}", line.sql);
            if transaction.as_ref().is_some_and(|lines| *lines.start() == place) {
                text += "begin;\n";
            }
            let mut values = Vec::new();
            for (value, given) in line.values.iter().enumerate() {
                let name = format!("s{number}_{place}_{value}");
                let (written, value) = as_written(given, &name);
                values.push(written);
                self.variables.extend(value.map(|value| (name, value)));
            }
            text += &with_values(&line.sql, &values)?;
            text += ";\n";
            if transaction.as_ref().is_some_and(|lines| *lines.end() == place) {
                text += "commit;\n";
            }
        }
        self.files.push(text);
        Ok(())
    }
}

/// How a value is written in a script, and the variable that it needs, as text of which PostgreSQL finds the type.
fn as_written(given: &Given, name: &str) -> (String, Option<String>) {
    let variable = |value: String| (format!(":{name}"), Some(value));
    match given {
        Given::Null => ("null".into(), None),
        Given::Truth(truth) => (truth.to_string(), None),
        Given::Number(number) => variable(number.to_string()),
        Given::Text(text) => variable(text.clone()),
        Given::Bytes(bytes) => variable(format!("\\x{}", hex::encode(bytes))),
        Given::At(at) => variable(at.to_rfc3339()),
        Given::Id(id) => variable(id.to_string()),
        Given::Bid => (id(BID_IDS), None),
        Given::Challenge => (":challenge".into(), None),
        Given::Event => (id(EVENT_IDS), None),
        Given::Named(text) => (format!("(:{name} || '/' || :n)"), Some(text.clone())),
    }
}

/// The id of the number that the script has come to.
fn id(prefix: &str) -> String {
    format!("('{prefix}' || lpad(to_hex(:n::bigint), 12, '0'))::uuid")
}

/// A statement with these in the places of `$1`, `$2` ….
fn with_values(sql: &str, values: &[String]) -> Result<String> {
    let mut parts = sql.split('$');
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        let place = number.parse::<usize>()?.checked_sub(1);
        written += place.and_then(|place| values.get(place)).with_context(|| format!("a value is missing in {sql}"))?;
        written += rest;
    }
    Ok(written)
}
