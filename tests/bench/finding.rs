//! `make bench`, its second half: what a page of the lists of challenges and of demands costs by filter and order, among 1,000 and
//! among 100,000 that everybody may see, on SQLite and on PostgreSQL. The pages are read as the server reads them, below its HTTP and GraphQL, one after the
//! other. Nothing here passes or fails by time; that each page holds what it has to is checked.

mod layout;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiebang_platform::access::Viewer;
use jiebang_platform::base::id::OrganizationId;
use jiebang_platform::base::words::{ChallengeStatus, DemandStatus, Domain, Mechanism};
use jiebang_platform::base::{self, PageRequest};
use jiebang_platform::challenges::read::{self, ChallengeFilter, ChallengeOrder};
use jiebang_platform::db::{Db, Settings};
use jiebang_platform::demands::read::{self as demands, DemandFilter, DemandOrder};
use layout::{EVERY, FEW, Kind, LaidOut, NOW, RARE, lay_out};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

const SIZES: [usize; 2] = [1_000, 100_000];
const PAGE: u64 = 20;
/// Each page is read so often, or for so long.
const TIMES: usize = 200;
const AT_MOST: Duration = Duration::from_secs(2);

/// What is measured at both sizes: median and 99th percentile in milliseconds.
struct Row {
    name: String,
    figures: Vec<(f64, f64)>,
}

#[tokio::main]
async fn main() -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the door of the bench's one setting")]
    let postgres = std::env::var("JIEBANG_TEST_DATABASE").unwrap_or_default();
    ensure!(postgres.starts_with("postgres:"), "no PostgreSQL: start this with `make bench`");
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    println!(
        "A page of {PAGE} with their departments, a {build} build; times in ms: median and p99 of up to {TIMES} pages."
    );
    let began = Instant::now();
    let folder = tempfile::tempdir()?;
    for kind in [Kind::Challenges, Kind::Demands] {
        let mut rows = Vec::new();
        for size in SIZES {
            let file = folder.path().join(format!("{}{size}.sqlite", kind.table()));
            measured(&format!("sqlite:{}", file.display()), kind, size, &mut rows)
                .await
                .with_context(|| format!("{size} {} on SQLite", kind.table()))?;
        }
        table("SQLite", kind, &rows);
    }
    let mut connection = PgConnection::connect(&postgres).await?;
    for kind in [Kind::Challenges, Kind::Demands] {
        let mut rows = Vec::new();
        for size in SIZES {
            let name = format!("finding_{}_{}_{size}", std::process::id(), kind.table());
            connection.execute(AssertSqlSafe(format!("create database {name}"))).await?;
            let (head, _) = postgres.rsplit_once('/').context("no database address")?;
            let outcome = measured(&format!("{head}/{name}"), kind, size, &mut rows).await;
            connection.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await?;
            outcome.with_context(|| format!("{size} {} on PostgreSQL", kind.table()))?;
        }
        table("PostgreSQL", kind, &rows);
    }
    println!("\n{} s in all", began.elapsed().as_secs());
    Ok(())
}

fn table(engine: &str, kind: Kind, rows: &[Row]) {
    let [few, many] = SIZES.map(|size| format!("{size} {}", kind.table()));
    println!("\n{engine:<54} {few:>20} {many:>20}");
    println!("{:<54} {:>10} {:>9} {:>10} {:>9} {:>9}", "", "p50", "p99", "p50", "p99", "p50 ratio");
    for Row { name, figures } in rows {
        let [(few, few99), (many, many99)] = figures.as_slice() else { continue };
        let pad = 54 - name.chars().filter(|letter| !letter.is_ascii()).count();
        println!("{name:<pad$} {few:>10.2} {few99:>9.2} {many:>10.2} {many99:>9.2} {:>9.1}", many / few);
    }
}

impl Row {
    /// Notes the figures of the next line.
    fn put(rows: &mut Vec<Self>, place: &mut usize, name: String, figures: (f64, f64)) {
        if rows.len() <= *place {
            rows.push(Self { name, figures: Vec::new() });
        }
        rows[*place].figures.push(figures);
        *place += 1;
    }
}

/// Lays out and measures one size.
async fn measured(url: &str, kind: Kind, size: usize, rows: &mut Vec<Row>) -> Result<()> {
    let settings = Settings {
        url: url.to_owned(),
        readers: 4,
        writers: 4,
        patience: Duration::from_secs(60),
        statement_timeout: Duration::from_secs(900),
    };
    let db = Db::connect(&settings).await?;
    db.migrate().await?;
    let began = Instant::now();
    let there = lay_out(&db, kind, size).await.context("laying out")?;
    println!("{size} {} laid out in {} s", kind.table(), began.elapsed().as_secs());
    match kind {
        Kind::Challenges => challenge_lists(&db, &there.departments, size, rows).await?,
        Kind::Demands => demand_lists(&db, &there, size, rows).await?,
    }
    Ok(db.close().await?)
}

/// The list of challenges.
async fn challenge_lists(db: &Db, departments: &[OrganizationId], size: usize, rows: &mut Vec<Row>) -> Result<()> {
    let now: base::Instant = NOW.parse()?;
    let whole = PAGE as usize;
    let none = ChallengeFilter::default;
    let text = |text: &str| ChallengeFilter { text: Some(text.into()), ..none() };
    let [one, other, .., rare] = Domain::ALL else { anyhow::bail!("too few domains") };
    let lists: [(&str, ChallengeFilter, usize); 25] = [
        ("all", none(), whole),
        ("open now", ChallengeFilter { open_now: Some(true), ..none() }, whole),
        ("not open now", ChallengeFilter { open_now: Some(false), ..none() }, whole),
        ("a status of a fifth", ChallengeFilter { statuses: Some(vec![ChallengeStatus::Awarded]), ..none() }, whole),
        ("a rare status", ChallengeFilter { statuses: Some(vec![ChallengeStatus::Suspended]), ..none() }, FEW),
        (
            "closed (by timer or clock)",
            ChallengeFilter { statuses: Some(vec![ChallengeStatus::Closed]), ..none() },
            whole,
        ),
        ("a domain of a third", ChallengeFilter { domains: Some(vec![*one]), ..none() }, whole),
        ("two domains", ChallengeFilter { domains: Some(vec![*one, *other]), ..none() }, whole),
        ("a rare domain", ChallengeFilter { domains: Some(vec![*rare]), ..none() }, FEW),
        ("a mechanism of half", ChallengeFilter { mechanism: Some(Mechanism::HorseRace), ..none() }, whole),
        ("a rare mechanism", ChallengeFilter { mechanism: Some(Mechanism::PiSystem), ..none() }, FEW),
        (
            "a department of one in 39",
            ChallengeFilter { department: Some(departments[0].to_string()), ..none() },
            whole,
        ),
        (
            "a rare department",
            ChallengeFilter { department: departments.last().map(ToString::to_string), ..none() },
            FEW,
        ),
        ("budget, a tenth", ChallengeFilter { budget_to: Some("1090000000".into()), ..none() }, whole),
        ("budget, nothing", ChallengeFilter { budget_to: Some("1".into()), ..none() }, 0),
        ("word in every, \"城市\"", text("城市"), whole),
        ("one character in every, \"城\"", text("城"), whole),
        ("phrase in every, \"智慧城市场景\"", text(EVERY), whole),
        ("rare word, \"灵犀\"", text(RARE), FEW),
        ("no such word, \"没有\"", text("没有"), 0),
        ("every and rare, \"城市 灵犀\"", text("城市 灵犀"), FEW),
        ("halves seldom together, \"雨水 井盖\"", text("雨水 井盖"), FEW),
        (
            "word in every, open now, a domain",
            ChallengeFilter { open_now: Some(true), domains: Some(vec![*one]), ..text("城市") },
            whole,
        ),
        (
            "word in every, a rare status",
            ChallengeFilter { statuses: Some(vec![ChallengeStatus::Suspended]), ..text("城市") },
            FEW,
        ),
        ("word in every, budget of nothing", ChallengeFilter { budget_to: Some("1".into()), ..text("城市") }, 0),
    ];
    let orders =
        [("deadline ↑", ChallengeOrder::DeadlineAscending), ("publication ↓", ChallengeOrder::PublishedDescending)];
    let mut place = 0;
    let mut put = |name, figures| Row::put(rows, &mut place, name, figures);
    for (name, filter, expected) in &lists {
        for (order_name, order) in orders {
            let request = PageRequest { first: PAGE, after: None };
            let figures = timed(async || {
                let page = read::page(db.read(), &Viewer::Anybody, now, filter, order, &request).await?;
                ensure!(page.rows.len() == *expected, "{name}: {} and not {expected}", page.rows.len());
                Ok(())
            });
            put(format!("{name}, {order_name}"), figures.await?);
        }
    }
    // A page from the middle of a long walk.
    let filter = ChallengeFilter { deadline_from: Some(NOW.into()), ..text("城市") };
    let order = ChallengeOrder::DeadlineAscending;
    let middle =
        read::page(db.read(), &Viewer::Anybody, now, &filter, order, &PageRequest { first: 1, after: None }).await?;
    let after = middle.rows.into_iter().next().map(|(cursor, _)| cursor).context("no middle")?;
    let request = PageRequest { first: PAGE, after: Some(after) };
    let figures = timed(async || {
        let page = read::page(db.read(), &Viewer::Anybody, now, &text("城市"), order, &request).await?;
        ensure!(page.rows.len() == whole && page.has_next, "no middle page");
        Ok(())
    });
    put("word in every, a page far in, deadline ↑".into(), figures.await?);
    for (name, filter, expected) in
        [("all", none(), size), ("word in every", text("城市"), size), ("rare word", text(RARE), FEW)]
    {
        let figures = timed(async || {
            let count = read::count(db.read(), &Viewer::Anybody, now, &filter).await?;
            ensure!(count == expected as u64, "{name}: {count} and not {expected}");
            Ok(())
        });
        put(format!("totalCount of {name}"), figures.await?);
    }
    Ok(())
}

/// The list of demands.
async fn demand_lists(db: &Db, there: &LaidOut, size: usize, rows: &mut Vec<Row>) -> Result<()> {
    let whole = PAGE as usize;
    let none = DemandFilter::default;
    let text = |text: &str| DemandFilter { text: Some(text.into()), ..none() };
    let statuses = |statuses: &[DemandStatus]| DemandFilter { statuses: Some(statuses.to_vec()), ..none() };
    let money = |from: Option<i64>, to: Option<i64>| DemandFilter {
        budget_from: from.map(|fen| fen.to_string()),
        budget_to: to.map(|fen| fen.to_string()),
        ..none()
    };
    let [one, other, .., rare] = Domain::ALL else { anyhow::bail!("too few domains") };
    let lists: [(&str, DemandFilter, usize); 20] = [
        ("all", none(), whole),
        ("a status of most", statuses(&[DemandStatus::Listed]), whole),
        ("a status of a fifth", statuses(&[DemandStatus::TakenUp]), whole),
        ("two statuses of a fifth", statuses(&[DemandStatus::TakenUp, DemandStatus::Withdrawn]), whole),
        ("a status of none", statuses(&[DemandStatus::Draft]), 0),
        ("a domain of a third", DemandFilter { domains: Some(vec![*one]), ..none() }, whole),
        ("two domains", DemandFilter { domains: Some(vec![*one, *other]), ..none() }, whole),
        ("a rare domain", DemandFilter { domains: Some(vec![*rare]), ..none() }, FEW),
        (
            "a department of one in 39",
            DemandFilter { department: Some(there.departments[0].to_string()), ..none() },
            whole,
        ),
        (
            "a rare department",
            DemandFilter { department: there.departments.last().map(ToString::to_string), ..none() },
            FEW,
        ),
        ("a batch of a few", DemandFilter { batch: Some(there.batch.to_string()), ..none() }, FEW),
        ("money, at most, half", money(None, Some(30)), whole),
        ("money, at least, half", money(Some(1_000_000), None), whole),
        ("money, between, a few", money(Some(50), Some(60)), FEW),
        ("money, between, none", money(Some(25), Some(30)), 0),
        ("money, between, most", money(Some(15), Some(1_000_000_000)), whole),
        ("word in every, \"城市\"", text("城市"), whole),
        ("rare word, \"灵犀\"", text(RARE), FEW),
        (
            "word in every, a status, two domains",
            DemandFilter {
                domains: Some(vec![*one, *other]),
                statuses: Some(vec![DemandStatus::Listed]),
                ..text("城市")
            },
            whole,
        ),
        ("word in every, money of a few", DemandFilter { text: Some("城市".into()), ..money(Some(50), Some(60)) }, FEW),
    ];
    let mut place = 0;
    let mut put = |name, figures| Row::put(rows, &mut place, name, figures);
    for (name, filter, expected) in &lists {
        for (order_name, order) in [("listing ↓", DemandOrder::NewestFirst), ("listing ↑", DemandOrder::OldestFirst)]
        {
            let request = PageRequest { first: PAGE, after: None };
            let figures = timed(async || {
                let page = demands::page(db.read(), &Viewer::Anybody, filter, order, &request).await?;
                ensure!(page.rows.len() == *expected, "{name}: {} and not {expected}", page.rows.len());
                Ok(())
            });
            put(format!("{name}, {order_name}"), figures.await?);
        }
    }
    for (name, filter, expected) in [("all", none(), size), ("rare word", text(RARE), FEW)] {
        let figures = timed(async || {
            let count = demands::count(db.read(), &Viewer::Anybody, &filter).await?;
            ensure!(count == expected as u64, "{name}: {count} and not {expected}");
            Ok(())
        });
        put(format!("totalCount of {name}"), figures.await?);
    }
    Ok(())
}

async fn timed(once: impl AsyncFn() -> Result<()>) -> Result<(f64, f64)> {
    once().await?;
    once().await?;
    let began = Instant::now();
    let mut times = Vec::new();
    while times.len() < TIMES && began.elapsed() < AT_MOST {
        let started = Instant::now();
        once().await?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    Ok((at(0.5), at(0.99)))
}
