//! `make bench`, its second half: what a page of the list of challenges costs by filter and order, among 1,000 and among 100,000
//! published challenges, on SQLite and on PostgreSQL. The pages are read as the server reads them, below its HTTP and GraphQL, one after the
//! other. Nothing here passes or fails by time; that each page holds what it has to is checked.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiebang_platform::access::Viewer;
use jiebang_platform::base::id::{Kind, OrganizationId, UserId};
use jiebang_platform::base::words::{ChallengeStatus, Domain, Mechanism};
use jiebang_platform::base::{self, PageRequest};
use jiebang_platform::challenges::read::{self, ChallengeFilter, ChallengeOrder};
use jiebang_platform::db::{Db, Settings};
use jiebang_platform::search;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

const SIZES: [usize; 2] = [1_000, 100_000];
/// How many challenges are in what is rare.
const FEW: usize = 15;
const DEPARTMENTS: usize = 40;
const PAGE: u64 = 20;
/// Each page is read so often, or for so long.
const TIMES: usize = 200;
const AT_MOST: Duration = Duration::from_secs(2);
/// Today; a fifth of the challenges are open.
const NOW: &str = "2026-03-02T01:00:00Z";

const EVERY: &str = "智慧城市场景";
const EVEN: &str = "雨水监测";
const ODD: &str = "井盖位移";
const RARE: &str = "灵犀";

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
        "A page of {PAGE} challenges with their departments, a {build} build; times in ms: median and p99 of up to {TIMES} pages."
    );
    let began = Instant::now();
    let folder = tempfile::tempdir()?;
    let mut rows = Vec::new();
    for size in SIZES {
        let url = format!("sqlite:{}", folder.path().join(format!("{size}.sqlite")).display());
        measured(&url, size, &mut rows).await.with_context(|| format!("{size} on SQLite"))?;
    }
    table("SQLite", &rows);

    rows.clear();
    let mut connection = PgConnection::connect(&postgres).await?;
    for size in SIZES {
        let name = format!("finding_{}_{size}", std::process::id());
        connection.execute(AssertSqlSafe(format!("create database {name}"))).await?;
        let (head, _) = postgres.rsplit_once('/').context("no database address")?;
        let outcome = measured(&format!("{head}/{name}"), size, &mut rows).await;
        connection.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await?;
        outcome.with_context(|| format!("{size} on PostgreSQL"))?;
    }
    table("PostgreSQL", &rows);
    println!("\n{} s in all", began.elapsed().as_secs());
    Ok(())
}

fn table(engine: &str, rows: &[Row]) {
    let [few, many] = SIZES.map(|size| format!("{size} challenges"));
    println!("\n{engine:<54} {few:>20} {many:>20}");
    println!("{:<54} {:>10} {:>9} {:>10} {:>9} {:>9}", "", "p50", "p99", "p50", "p99", "p50 ratio");
    for Row { name, figures } in rows {
        let [(few, few99), (many, many99)] = figures.as_slice() else { continue };
        let pad = 54 - name.chars().filter(|letter| !letter.is_ascii()).count();
        println!("{name:<pad$} {few:>10.2} {few99:>9.2} {many:>10.2} {many99:>9.2} {:>9.1}", many / few);
    }
}

/// Lays out and measures one size.
async fn measured(url: &str, size: usize, rows: &mut Vec<Row>) -> Result<()> {
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
    let departments = lay_out(&db, size).await.context("laying out")?;
    println!("{size} laid out in {} s", began.elapsed().as_secs());
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
    let mut put = |name: String, figures| {
        if rows.len() <= place {
            rows.push(Row { name, figures: Vec::new() });
        }
        rows[place].figures.push(figures);
        place += 1;
    };
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
    Ok(db.close().await?)
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

/// The texts that challenges are made of: number, text. Between two of them no word is made.
fn fragments() -> Vec<(usize, String)> {
    // Han characters that none of the words above has.
    let letter = |number: usize| char::from_u32(0x7000 + (number % 2_000) as u32).unwrap_or('一');
    let made = |number: usize, length: usize| (0..length).map(|at| letter(number * 31 + at * 7)).collect::<String>();
    let named = [(0, EVERY), (1, EVEN), (2, ODD), (3, RARE)].map(|(number, text)| (number, text.to_owned()));
    let themes = (0..50).map(|number| (100 + number, made(number, 4)));
    let tails = (0..5_000).map(|number| (1_000 + number, made(number * 17, 6)));
    named.into_iter().chain(themes).chain(tails).collect()
}

/// Published challenges, directly in SQL: the texts are spelled and cut by the platform, put together by the database.
async fn lay_out(db: &Db, size: usize) -> Result<Vec<OrganizationId>> {
    let postgres = db.is_postgres();
    let departments: Vec<_> = (0..DEPARTMENTS).map(|_| OrganizationId::new()).collect();
    let author = UserId::new();
    let id = |id: sea_orm::prelude::Uuid| if postgres { format!("'{id}'") } else { format!("x'{}'", id.simple()) };
    let at = |seconds: &str| {
        if postgres {
            format!("to_timestamp({seconds})")
        } else {
            format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', {seconds}, 'unixepoch')")
        }
    };
    let series = if postgres {
        format!("select n from generate_series(1, {size}) n")
    } else {
        format!("with recursive s (n) as (select 1 union all select n + 1 from s where n < {size}) select n from s")
    };
    let id_of = |number: &str| {
        if postgres {
            format!("('00000000-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid")
        } else {
            format!("unhex('00000000000070008000' || printf('%012x', {number}))")
        }
    };
    let (number_id, row_id) = (id_of("n"), id_of("r.n"));
    let now = NOW.parse::<base::Instant>()?.timestamp();
    let mut sql = vec![
        "create table bench_fragments (f integer, text text)".to_owned(),
        "create table bench_words (f integer, word text)".to_owned(),
        "create table bench_departments (d integer, id_of text, mark text)".to_owned(),
        "create table bench_rows (n bigint, d integer, due bigint, listed bigint, status text, domain text, mechanism text, budget bigint)"
            .to_owned(),
        "drop index search_words_listed".to_owned(),
    ];
    if !postgres {
        sql.insert(0, "pragma synchronous = off".to_owned());
    }
    let made = at(&now.to_string());
    for (number, department) in departments.iter().enumerate() {
        let uuid = id(department.uuid());
        sql.push(format!(
            "insert into organizations (id, name, kind, uscc, verification, registered_in_zone, created_at)
             values ({uuid}, '第{number}局', 'DEPARTMENT', 'BENCH{number}', 'VERIFIED', true, {made})"
        ));
        sql.push(format!(
            "insert into bench_departments values ({number}, 'BENCH{number}', '=department:{department}')"
        ));
    }
    sql.push(format!(
        "insert into users (id, username, name, password_hash, password_changed_at, roles, organization_id, created_at)
         values ({}, 'bench', 'x', 'x', {made}, '[]', {}, {made})",
        id(author.uuid()),
        id(departments[0].uuid())
    ));
    let fragments = fragments();
    let (mut texts, mut words) = (Vec::new(), Vec::new());
    for (number, text) in &fragments {
        let spelled = search::spell(text);
        words.extend(search::words(&spelled).into_iter().map(|word| format!("({number}, '{word}')")));
        texts.push(format!("({number}, '{spelled}')"));
    }
    for some in texts.chunks(500) {
        sql.push(format!("insert into bench_fragments values {}", some.join(", ")));
    }
    for some in words.chunks(500) {
        sql.push(format!("insert into bench_words values {}", some.join(", ")));
    }
    let [one, other, third, .., rare] = Domain::ALL else { anyhow::bail!("too few domains") };
    let every = size / FEW;
    // Remainders of different divisors, so that one thing does not follow from another; the rare ones are those of `every`.
    let rarely = |remainder: usize| format!("n % {every} = {remainder} and n < {every} * {FEW}");
    sql.push(format!(
        "insert into bench_rows
         select n,
             case when {} then {} else (n / 11) % {} end,
             case when n % 5 = 0 then {now} + 86400 * (1 + (n * 7919) % 200) + n % 86400
                  else {now} - 3600 * (1 + (n * 7919) % 30000) - n % 3600 end,
             {now} - 60 * ({size} - n + 1),
             case when {} then 'SUSPENDED' when n % 5 = 0 then 'PUBLISHED' when n % 5 = 1 then 'CLOSED' when n % 5 = 2 then 'REVIEWING'
                  when n % 5 = 3 then 'AWARDED' else 'COMPLETED' end,
             case when {} then '{rare}' when (n / 5) % 3 = 0 then '{one}' when (n / 5) % 3 = 1 then '{other}' else '{third}' end,
             case when {} then 'PI_SYSTEM' when (n / 7) % 2 = 0 then 'HORSE_RACE' else 'OPEN_COMPETITION' end,
             100000000 + ((n * 7919) % {size}) * (9900000000 / {size})
         from ({series}) numbers",
        rarely(3),
        DEPARTMENTS - 1,
        DEPARTMENTS - 1,
        rarely(1),
        rarely(4),
        rarely(2),
    ));
    let pad = "一段说明，与所有人要找的都无关。".repeat(40);
    let (due, listed) = (at("r.due"), at("r.listed"));
    sql.push(format!(
        "insert into challenges (id, code, title, domain, scale, mechanism, pi_led, legal_route, status, department_id, author_id, background,
             problem_statement, site_conditions, ip_terms, eligibility, acceptance_method, contact, duration_months, budget_total,
             budget_fiscal, budget_demander, budget_bidder, consortium_allowed, consortium_max_members, created_at, published_at,
             submission_deadline, listed_deadline, listed_at, version)
         select {number_id}, 'JB-' || n, '{EVERY}' || n, r.domain, 'SMALL_CUT', r.mechanism, false, 'TESTBED_TRIAL', r.status, o.id, {}, '{pad}',
             '{pad}', 'x', 'x', 'x', 'x', 'x', 9, r.budget, r.budget, 0, 0, false, 0, {made}, {listed}, {due}, {due}, {listed}, 1
         from bench_rows r join bench_departments d on d.d = r.d join organizations o on o.uscc = d.id_of",
        id(author.uuid())
    ));
    // The fragments of each, and their words and marks.
    let has = format!(
        "select n, 0 as f from bench_rows union all
         select n, case when n % 2 = 0 then 1 else 2 end from bench_rows union all
         select n, case when n % 2 = 0 then 2 else 1 end from bench_rows where {} union all
         select n, 3 from bench_rows where {} union all
         select n, 100 + n % 50 from bench_rows union all
         select n, 1000 + (n * 7919) % 5000 from bench_rows union all
         select n, 1000 + (n * 104729 + 1) % 5000 from bench_rows",
        rarely(6),
        rarely(7)
    );
    let joined = if postgres { "string_agg(f.text, '')" } else { "group_concat(f.text, '')" };
    sql.push(format!(
        "insert into search_texts (id, shelf, due, listed, text, marks)
         select {number_id}, 1, max(r.due) * 1000, max(r.listed) * 1000, {joined}, '' from ({has}) h
         join bench_fragments f on f.f = h.f join (select n as of_n, due, listed from bench_rows) r on r.of_n = h.n group by n"
    ));
    sql.push(format!(
        "insert into search_words (shelf, word, due, id, listed)
         select 1, w.word, r.due * 1000, {row_id}, r.listed * 1000
         from (select distinct h.n as at_n, b.word from ({has}) h join bench_words b on b.f = h.f
               union all select r.n, '=domain:' || r.domain from bench_rows r
               union all select r.n, '=mechanism:' || r.mechanism from bench_rows r
               union all select r.n, d.mark from bench_rows r join bench_departments d on d.d = r.d) w
         join bench_rows r on r.n = w.at_n order by 2, 3, 4"
    ));
    sql.push("create index search_words_listed on search_words (shelf, word, listed, id)".to_owned());
    for table in ["bench_fragments", "bench_words", "bench_departments", "bench_rows"] {
        sql.push(format!("drop table {table}"));
    }
    if postgres {
        sql.extend(["vacuum analyze challenges".to_owned(), "vacuum analyze search_words".to_owned()]);
        sql.push("vacuum analyze search_texts".to_owned());
    } else {
        sql.push("pragma synchronous = full".to_owned());
    }
    for statement in &sql {
        db.tamper(statement).await.with_context(|| statement.chars().take(300).collect::<String>())?;
    }
    Ok(departments)
}
