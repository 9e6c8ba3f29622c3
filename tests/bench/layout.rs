//! What `bench-finding` reads: challenges or demands, laid out in SQL.

use anyhow::{Context, Result};
use jiebang_platform::base;
use jiebang_platform::base::id::{Kind as _, OrganizationId, ReleaseBatchId, UserId};
use jiebang_platform::base::words::Domain;
use jiebang_platform::db::Db;
use jiebang_platform::search;

/// How many things are in what is rare.
pub const FEW: usize = 15;
/// Today; a fifth of the challenges are open.
pub const NOW: &str = "2026-03-02T01:00:00Z";
const DEPARTMENTS: usize = 40;

pub const EVERY: &str = "智慧城市场景";
pub const RARE: &str = "灵犀";
const EVEN: &str = "雨水监测";
const ODD: &str = "井盖位移";

/// What is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Published challenges.
    Challenges,
    /// Listed demands.
    Demands,
}

impl Kind {
    pub fn table(self) -> &'static str {
        if self == Self::Challenges { "challenges" } else { "demands" }
    }
}

/// By what else they can be looked for.
pub struct LaidOut {
    /// The last has a few, the others many.
    pub departments: Vec<OrganizationId>,
    /// Of demands: a batch of a few.
    pub batch: ReleaseBatchId,
}

/// The texts that things are made of: number, text. Between two of them no word is made.
fn fragments() -> Vec<(usize, String)> {
    // Han characters that none of the words above has.
    let letter = |number: usize| char::from_u32(0x7000 + (number % 2_000) as u32).unwrap_or('一');
    let made = |number: usize, length: usize| (0..length).map(|at| letter(number * 31 + at * 7)).collect::<String>();
    let named = [(0, EVERY), (1, EVEN), (2, ODD), (3, RARE)].map(|(number, text)| (number, text.to_owned()));
    let themes = (0..50).map(|number| (100 + number, made(number, 4)));
    let tails = (0..5_000).map(|number| (1_000 + number, made(number * 17, 6)));
    named.into_iter().chain(themes).chain(tails).collect()
}

/// Things of one kind that everybody may see, directly in SQL: the texts are spelled and cut by the platform, put together by the database.
pub async fn lay_out(db: &Db, kind: Kind, size: usize) -> Result<LaidOut> {
    let postgres = db.is_postgres();
    let departments: Vec<_> = (0..DEPARTMENTS).map(|_| OrganizationId::new()).collect();
    let author = UserId::new();
    let id =
        |id: sea_orm::prelude::Uuid| if postgres { format!("'{id}'::uuid") } else { format!("x'{}'", id.simple()) };
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
        "create table bench_rows (n bigint, d integer, due bigint, listed bigint, status text, domain text, mechanism text, budget bigint,
             demand_status text)"
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
             100000000 + ((n * 7919) % {size}) * (9900000000 / {size}),
             case when n % 5 = 0 then 'WITHDRAWN' when n % 5 = 1 then 'TAKEN_UP' else 'LISTED' end
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
    let author = id(author.uuid());
    let batch = ReleaseBatchId::new();
    let of_batch = rarely(8).replace("n ", "r.n ");
    let rows = match kind {
        Kind::Challenges => format!(
            "insert into challenges (id, code, title, domain, scale, mechanism, pi_led, legal_route, status, department_id, author_id,
                 background, problem_statement, site_conditions, ip_terms, eligibility, acceptance_method, contact, duration_months,
                 budget_total, budget_fiscal, budget_demander, budget_bidder, consortium_allowed, consortium_max_members, created_at,
                 published_at, submission_deadline, listed_deadline, listed_at, version)
             select {row_id}, 'JB-' || r.n, '{EVERY}' || r.n, r.domain, 'SMALL_CUT', r.mechanism, false, 'TESTBED_TRIAL', r.status, o.id,
                 {author}, '{pad}', '{pad}', 'x', 'x', 'x', 'x', 'x', 9, r.budget, r.budget, 0, 0, false, 0, {made}, {listed}, {due},
                 {due}, {listed}, 1
             from bench_rows r join bench_departments d on d.d = r.d join organizations o on o.uscc = d.id_of"
        ),
        Kind::Demands => {
            let batch = id(batch.uuid());
            sql.push(format!(
                "insert into release_batches (id, code, year, number, title, released_at, released_by)
                 values ({batch}, 'BENCH', 2026, 1, 'x', {made}, {author})"
            ));
            // Every other one is about much money, every other about little, a few about what is between.
            format!(
                "insert into demands (id, title, domain, scale, site, pain_points, content, goals, open_resources, technical_requirements,
                     cooperation, budget_from, budget_to, schedule, contact, status, round, decided_round, department_id, author_id,
                     created_at, submitted_at, listed_at, ordered_at, batch_id, version)
                 select {row_id}, '{EVERY}' || r.n, r.domain, 'SMALL_CUT', 'x', '{pad}', '{pad}', '[]', '[]', 'x', 'TRIAL',
                     case when {of_batch} then 40 when r.n % 2 = 0 then r.budget else 10 end,
                     case when {of_batch} then 70 when r.n % 2 = 0 then r.budget + 1000 else 20 end,
                     'x', 'x', r.demand_status, 1, 1, o.id, {author}, {made}, {made}, {listed}, {listed},
                     case when {of_batch} then {batch} end, 1
                 from bench_rows r join bench_departments d on d.d = r.d join organizations o on o.uscc = d.id_of"
            )
        }
    };
    sql.push(rows);
    if kind == Kind::Demands {
        // As an upgrade does.
        let upgrade = include_str!("../../migrations/m20260312_000012_money.sql");
        sql.extend(upgrade.split(';').map(str::trim).filter(|one| one.starts_with("update")).map(str::to_owned));
    }
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
    // Of demands both orders are the one.
    let (shelf, due, marks) = match kind {
        Kind::Challenges => (1, "due", "select r.n, '=mechanism:' || r.mechanism from bench_rows r".to_owned()),
        Kind::Demands => (
            3,
            "listed",
            format!(
                "select r.n, '=any:demand' from bench_rows r
                 union all select r.n, '=status:' || r.demand_status from bench_rows r
                 union all select r.n, '=batch:{batch}' from bench_rows r where {of_batch}"
            ),
        ),
    };
    sql.push(format!(
        "insert into search_texts (id, shelf, due, listed, text, marks)
         select {number_id}, {shelf}, max(r.{due}) * 1000, max(r.listed) * 1000, {joined}, '' from ({has}) h
         join bench_fragments f on f.f = h.f join (select n as of_n, due, listed from bench_rows) r on r.of_n = h.n group by n"
    ));
    sql.push(format!(
        "insert into search_words (shelf, word, due, id, listed)
         select {shelf}, w.word, r.{due} * 1000, {row_id}, r.listed * 1000
         from (select distinct h.n as at_n, b.word from ({has}) h join bench_words b on b.f = h.f
               union all select r.n, '=domain:' || r.domain from bench_rows r
               union all select r.n, d.mark from bench_rows r join bench_departments d on d.d = r.d
               union all {marks}) w
         join bench_rows r on r.n = w.at_n order by 2, 3, 4"
    ));
    sql.push("create index search_words_listed on search_words (shelf, word, listed, id)".to_owned());
    for table in ["bench_fragments", "bench_words", "bench_departments", "bench_rows"] {
        sql.push(format!("drop table {table}"));
    }
    if postgres {
        sql.extend([format!("vacuum analyze {}", kind.table()), "vacuum analyze search_words".to_owned()]);
        sql.push("vacuum analyze search_texts".to_owned());
    } else {
        sql.push("pragma synchronous = full".to_owned());
    }
    for statement in &sql {
        db.tamper(statement).await.with_context(|| statement.chars().take(300).collect::<String>())?;
    }
    Ok(LaidOut { departments, batch })
}
