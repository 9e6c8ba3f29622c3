//! The look into the database by somebody who has it in hand: every row that an act makes has its event and every event its
//! row, no act is half there, no chain is broken. Nothing of the platform's own code is asked.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The database, past the server.
pub struct Eye {
    connection: DatabaseConnection,
    postgres: bool,
}

/// A row, every column as text.
type Row = Vec<Option<String>>;

/// An event, as far as it is looked at.
pub struct Event {
    pub kind: String,
    /// The id within the subject's TypeID, in hex.
    pub subject: String,
    challenge: Option<String>,
    facts: Value,
}

/// What was looked at before and cannot change: looked at again it is only compared.
#[derive(Default)]
pub struct Known {
    events: Vec<Arc<Event>>,
    /// The id and the hash of each event, as the database wrote them then.
    hashes: Vec<[String; 2]>,
    heads: HashMap<String, (u64, String)>,
    pub receipts: HashSet<String>,
}

/// All that was found in one look.
#[derive(Default)]
pub struct Seen {
    /// What does not fit, each with the rule that it breaks.
    pub faults: Vec<String>,
    pub events: Vec<Arc<Event>>,
    /// Mutation and idempotency key: the first answer.
    pub answers: HashMap<(String, String), String>,
    /// Table, id, column: the value, for those columns that somebody may have been told of.
    pub values: HashMap<(&'static str, String, &'static str), String>,
    /// Bid, version and receipt.
    pub submissions: HashSet<(String, String, String)>,
    /// Hashes of refresh tokens, and whether they were used.
    pub tokens: HashMap<String, bool>,
}

/// Rules that a statement can tell: it finds what breaks them.
const RULES: [(&str, &str); 31] = [
    (
        "a key that the organizers hold is held by two and more, and by nobody else",
        "select {id:s.challenge_id} from seals s where s.mode = 'ORGANIZERS' and (s.wrapped_identity is not null
            or 2 > (select count(*) from opening_shares o where o.challenge_id = s.challenge_id)
            or exists (select 1 from challenges c where c.id = s.challenge_id and c.opened_at is not null
                and (s.waiting_share is not null or s.reshare_waiting is not null)))",
    ),
    (
        "a published challenge has all that publication makes",
        "select {id:c.id} from challenges c where c.published_at is not null and (c.code is null or c.submission_deadline is null
            or c.questions_close_at is null or not exists (select 1 from seals s where s.challenge_id = c.id)
            or not exists (select 1 from challenge_rule_sets r where r.challenge_id = c.id)
            or not exists (select 1 from panels p where p.challenge_id = c.id)
            or not exists (select 1 from draw_candidates d where d.challenge_id = c.id)
            or 1 <> (select count(*) from timers t where t.subject_id = c.id and t.kind = 'CLOSE_CHALLENGE'))",
    ),
    (
        "an unpublished challenge has nothing of a publication",
        "select {id:c.id} from challenges c where c.published_at is null and (c.code is not null or c.submission_deadline is not null
            or exists (select 1 from seals s where s.challenge_id = c.id)
            or exists (select 1 from challenge_rule_sets r where r.challenge_id = c.id)
            or exists (select 1 from panels p where p.challenge_id = c.id)
            or exists (select 1 from timers t where t.subject_id = c.id))",
    ),
    (
        "numbers of challenges are given without a gap",
        "select {text:sum(k.last)} from code_counters k having sum(k.last) <> (select count(*) from challenges where code is not null)",
    ),
    (
        "a challenge that is closed has its root",
        "select {id:c.id} from challenges c join seals s on s.challenge_id = c.id where
            (c.status = 'PUBLISHED' and s.closing_root is not null)
            or (c.status not in ('PUBLISHED', 'CANCELLED') and s.closing_root is null)
            or (s.closing_root is null and s.closing_nonce is not null) or (s.closing_root is not null and s.closing_nonce is null)",
    ),
    (
        "a closing timer that has run has closed",
        "select {id:c.id} from timers t join challenges c on c.id = t.subject_id
            where t.kind = 'CLOSE_CHALLENGE' and t.done_at is not null and c.status = 'PUBLISHED'",
    ),
    (
        "an opening is whole",
        "select {id:c.id} from challenges c where (c.opened_at is null and c.bid_count is not null)
            or (c.opened_at is not null and (c.bid_count is null or c.status in ('PUBLISHED', 'CLOSED')
                or c.bid_count <> (select count(*) from bids b where b.challenge_id = c.id and b.in_force is not null)
                or 2 > (select count(*) from opening_approvals a where a.challenge_id = c.id)))",
    ),
    (
        "a bid in an opened challenge is opened, and no other",
        "select {id:b.id} from bids b join challenges c on c.id = b.challenge_id where
            (c.opened_at is not null and b.in_force is not null and (b.label is null or b.status = 'SUBMITTED'
                or (b.broken is null and not exists (select 1 from bid_solutions s where s.bid_id = b.id))))
            or (c.opened_at is null and (b.label is not null or exists (select 1 from bid_solutions s where s.bid_id = b.id)))",
    ),
    (
        "a bid in force was handed in, as its last version",
        "select {id:b.id} from bids b where (b.in_force is null and b.status not in ('DRAFT', 'WITHDRAWN'))
            or (b.in_force is not null and (b.status in ('DRAFT', 'WITHDRAWN') or b.submitted_at is null
                or b.in_force <> coalesce((select max(s.version) from bid_submissions s where s.bid_id = b.id), 0)))
            or (b.status = 'WITHDRAWN') <> (b.withdrawn_at is not null)
            or (b.status = 'DRAFT' and not exists (select 1 from bid_drafts d where d.bid_id = b.id))",
    ),
    (
        "submissions are numbered without a gap",
        "select {id:s.bid_id} from bid_submissions s group by s.bid_id having max(s.version) <> count(*)",
    ),
    (
        "a formal check and its bid's state go together",
        "select {id:b.id} from bids b left join formal_checks f on f.bid_id = b.id where
            (f.bid_id is not null and b.status in ('DRAFT', 'SUBMITTED', 'WITHDRAWN', 'OPENED'))
            or (f.bid_id is null and b.status not in ('DRAFT', 'SUBMITTED', 'WITHDRAWN', 'OPENED'))",
    ),
    (
        "a panel that is drawn has its seats, and no other",
        "select {id:p.id} from panels p where (p.drawn_at is null) <> (p.entropy is null)
            or (p.drawn_at is null) = exists (select 1 from panel_seats s where s.challenge_id = p.challenge_id)",
    ),
    (
        "a sheet that is in marks something, or says why not",
        "select {id:s.id} from score_sheets s where s.submitted_at is not null and (length(s.marks) > 2) <> (s.abstained_why is null)",
    ),
    (
        "a closed review has ranked every bid, and no other has a ranking",
        "select {id:p.id} from panels p join challenges c on c.id = p.challenge_id where
            (p.closed_at is null and (exists (select 1 from ranked_bids r where r.challenge_id = c.id)
                or c.status in ('NEGOTIATING', 'PUBLICITY', 'AWARDED', 'EXECUTING')))
            or (p.closed_at is not null and (c.status in ('PUBLISHED', 'CLOSED', 'REVIEWING')
                or (select count(*) from ranked_bids r where r.challenge_id = c.id) <> (select count(*) from formal_checks f
                    join bids b on b.id = f.bid_id where b.challenge_id = c.id and b.status <> 'FORMAL_FAILED'
                    and not exists (select 1 from disqualifications d where d.bid_id = b.id and d.confirmed_at is not null))
                or exists (select 1 from bids b where b.challenge_id = c.id and b.status = 'FORMAL_PASSED')))",
    ),
    (
        "a notice that holds has its winner, its timer and its challenge's state",
        "select {id:n.id} from notices n join challenges c on c.id = n.challenge_id where n.voided_at is null
            and not exists (select 1 from projects p join notice_winners w on w.bid_id = p.bid_id
                where w.notice_id = n.id and p.status = 'TERMINATED')
            and (c.status not in ('PUBLICITY', 'SUSPENDED', 'AWARDED', 'EXECUTING', 'CANCELLED')
            or not exists (select 1 from notice_winners w join bids b on b.id = w.bid_id where w.notice_id = n.id
                and b.status in ('PROPOSED_WINNER', 'WON'))
            or (select count(*) from timers t where t.subject_id = c.id and t.kind = 'END_NOTICE')
                <> (select count(*) from notices m where m.challenge_id = c.id and m.voided_at is null))",
    ),
    (
        "who is proposed or won stands in a notice, and the seed is told",
        "select {id:b.id} from bids b where b.status in ('PROPOSED_WINNER', 'WON') and not exists (select 1 from notice_winners w
            join notices n on n.id = w.notice_id join panels p on p.challenge_id = n.challenge_id
            where w.bid_id = b.id and n.voided_at is null and p.seed is not null)",
    ),
    (
        "an award is whole: winners, losers, projects, state",
        "select {id:c.id} from (select id, awarded_at, case when status = 'SUSPENDED' then suspended_from else status end as phase
                from challenges) c where
            (c.awarded_at is null and (c.phase in ('AWARDED', 'EXECUTING') or exists (select 1 from projects p where p.challenge_id = c.id)
                or exists (select 1 from bids b where b.challenge_id = c.id and b.status in ('WON', 'LOST'))))
            or (c.awarded_at is not null and (c.phase not in ('AWARDED', 'EXECUTING', 'NEGOTIATING', 'PUBLICITY')
                or (c.phase in ('AWARDED', 'EXECUTING') and (exists (select 1 from bids b where b.challenge_id = c.id
                        and b.status in ('OPENED', 'FORMAL_PASSED', 'SCORED', 'SHORTLISTED', 'NOT_SHORTLISTED', 'NEGOTIATING',
                            'PROPOSED_WINNER'))
                    or (select count(*) from projects p where p.challenge_id = c.id) <> (select count(*) from notice_winners w
                        join notices n on n.id = w.notice_id where n.challenge_id = c.id and n.voided_at is null)))
                or (c.phase in ('NEGOTIATING', 'PUBLICITY') and exists (select 1 from projects p where p.challenge_id = c.id
                    and p.status <> 'TERMINATED'))))",
    ),
    (
        "a project is a winner's, and a winner has a project",
        "select {id:b.id} from bids b left join projects p on p.bid_id = b.id and p.status <> 'TERMINATED'
            where (b.status = 'WON') <> (p.id is not null)",
    ),
    (
        "an award that was taken back says when and why, and its bid has fallen",
        "select {id:p.id} from projects p join bids b on b.id = p.bid_id where
            (p.status = 'TERMINATED') <> (p.ended_at is not null) or (p.ended_at is null) <> (p.ended_because is null)
            or (p.status = 'TERMINATED' and (p.ended_ground is null or b.status <> 'DISQUALIFIED'
                or not exists (select 1 from first_words f where f.subject_id = p.id)))",
    ),
    (
        "an agreement is whole",
        "select {id:p.id} from projects p join challenges c on c.id = p.challenge_id where
            (p.contract_no is null) <> (p.status in ('CONTRACT_PENDING', 'TERMINATED'))
            or (p.contract_no is null) <> (p.agreement_effective_at is null) or (p.contract_no is null) <> (p.amount is null)
            or (p.contract_no is not null and c.status <> 'EXECUTING') or (p.contract_no is null and p.registration_no is not null)
            or (select count(*) from agreement_indicators a where a.project_id = p.id)
                <> (select count(*) from indicators i where i.challenge_id = c.id and p.contract_no is not null)",
    ),
    (
        "a pledge is whole, and comes before the agreement",
        "select {id:p.id} from projects p join challenges c on c.id = p.challenge_id where
            (p.pledge is null) <> (p.investigator_id is null) or (p.pledge is null) <> (p.pledged_at is null)
            or (p.contract_no is not null and p.pledge is null and c.mechanism = 'PI_SYSTEM')",
    ),
    (
        "what is suspended waits for a ruling or stands still by order, and nothing else does",
        "select {id:c.id} from challenges c where (c.status = 'SUSPENDED') <> (c.suspended_from is not null)
            or (c.ordered_at is null) <> (c.ordered_by is null) or (c.ordered_at is not null and c.status <> 'SUSPENDED')
            or (c.status = 'SUSPENDED' and c.ordered_at is null) <> (c.ordered_at is null and exists (select 1 from objections o
                where o.challenge_id = c.id and o.status = 'OPEN'))",
    ),
    (
        "a ruling says when and what, and what is open neither",
        "select {id:o.id} from objections o where (o.status = 'OPEN') <> (o.ruled_at is null)
            or (o.status in ('UPHELD', 'DISMISSED')) <> (o.ruling is not null) or (o.ruling is null) <> (o.ruled_by is null)",
    ),
    (
        "an upheld objection has made its notice void, and nobody is proposed by it",
        "select {id:n.id} from notices n where n.voided_at is null and exists (select 1 from objections o where o.notice_id = n.id
            and o.status = 'UPHELD') and not exists (select 1 from objections o where o.notice_id = n.id and o.status = 'OPEN')",
    ),
    (
        "a void notice was ruled on",
        "select {id:n.id} from notices n where (n.voided_at is null) <> (n.voided_because is null) or (n.voided_at is not null
            and not exists (select 1 from objections o where o.notice_id = n.id and o.status = 'UPHELD')
            and not exists (select 1 from objections o join complaints k on k.objection_id = o.id
                where o.notice_id = n.id and k.status = 'UPHELD'))",
    ),
    (
        "a bid has fallen where somebody has found it unfit or an award was taken back",
        "select {id:b.id} from bids b where (b.status = 'DISQUALIFIED') <> (exists (select 1 from disqualifications d
                where d.bid_id = b.id and d.confirmed_at is not null)
            or exists (select 1 from projects p where p.bid_id = b.id and p.status = 'TERMINATED'))
            or (b.status <> 'DISQUALIFIED' and exists (select 1 from objections o join notices n on n.id = o.notice_id
                where o.remedy_bid_id = b.id and o.status = 'UPHELD' and n.voided_at is not null))",
    ),
    (
        "a complaint is accepted, then decided, and says when, by whom and what",
        "select {id:k.id} from complaints k where
            (k.status = 'OPEN' and (k.accepted_at is not null or k.decided_at is not null))
            or (k.status = 'ACCEPTED' and (k.accepted_at is null or k.decide_due_at is null or k.decided_at is not null))
            or (k.status in ('UPHELD', 'DISMISSED') and (k.accepted_at is null or k.decided_at is null or k.decided_by is null
                or k.decision is null))
            or (k.status = 'UPHELD' and exists (select 1 from objections o join notices n on n.id = o.notice_id
                where o.id = k.objection_id and n.voided_at is null))",
    ),
    (
        "an answer has its time and who gave it",
        "select {id:q.id} from questions q where (q.answer is null) <> (q.answered_at is null) or (q.answer is null) <> (q.answered_by is null)",
    ),
    (
        "an admitted technology says when and by whom",
        "select {id:t.id} from technologies t where (t.status = 'ADMITTED') <> (t.admitted_at is not null)
            or (t.admitted_at is null) <> (t.admitted_by is null)",
    ),
    (
        "a session that lives has exactly one refresh token left",
        "select {id:s.id} from sessions s where s.ended_at is null
            and 1 <> (select count(*) from refresh_tokens r where r.session_id = s.id and r.used_at is null)",
    ),
    ("what was claimed once is settled", "select f.mutation from first_answers f where f.answer = ''"),
];

/// Columns that acts tell of: table, column.
const TOLD: [(&str, &str); 18] = [
    ("challenges", "title"),
    ("challenges", "version"),
    ("challenges", "status"),
    ("questions", "question"),
    ("questions", "answer"),
    ("bids", "version"),
    ("bids", "status"),
    ("projects", "contract_no"),
    ("projects", "status"),
    ("projects", "amount"),
    ("projects", "registration_no"),
    ("objections", "status"),
    ("complaints", "status"),
    ("technologies", "name"),
    ("technologies", "status"),
    ("notices", "reason"),
    ("users", "username"),
    ("panels", "algorithm"),
];

impl Known {
    /// The events are to be looked at anew.
    pub fn forget_events(&mut self) {
        *self = Self { receipts: std::mem::take(&mut self.receipts), ..Self::default() };
    }
}

impl Eye {
    /// Looks at a database that somebody else may be serving.
    pub async fn at(url: &str) -> Result<Self> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        // Who tampers is not held up by foreign keys.
        options.map_sqlx_sqlite_opts(|sqlite| sqlite.foreign_keys(false));
        options.map_sqlx_postgres_opts(|postgres| postgres.options([("session_replication_role", "replica")]));
        let connection = Database::connect(options).await?;
        let postgres = connection.get_database_backend() == DbBackend::Postgres;
        Ok(Self { connection, postgres })
    }

    pub async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }

    /// A statement in either engine's words: `{id:…}`, `{hex:…}` and `{text:…}` become text, `{new:}` a new id.
    fn words(&self, sql: &str) -> String {
        let (mut words, mut rest) = (String::new(), sql);
        while let Some((before, after)) = rest.split_once('{') {
            let (what, after) = after.split_once('}').unwrap_or((after, ""));
            let (form, what) = what.split_once(':').unwrap_or(("text", what));
            words.push_str(before);
            words.push_str(&match (form, self.postgres) {
                ("id", true) => format!("replace(cast({what} as text), '-', '')"),
                ("hex", true) => format!("encode({what}, 'hex')"),
                ("new", true) => "gen_random_uuid()".to_owned(),
                ("new", false) => "randomblob(16)".to_owned(),
                ("id" | "hex", false) => format!("lower(hex({what}))"),
                _ => format!("cast({what} as text)"),
            });
            rest = after;
        }
        words + rest
    }

    pub async fn does(&self, sql: &str) -> Result<u64> {
        let sql = self.words(sql);
        Ok(self.connection.execute_unprepared(&sql).await.with_context(|| sql)?.rows_affected())
    }

    pub async fn rows(&self, sql: &str) -> Result<Vec<Row>> {
        let sql = self.words(sql);
        let statement = Statement::from_string(self.connection.get_database_backend(), sql.clone());
        let rows = self.connection.query_all_raw(statement).await.with_context(|| sql)?;
        rows.iter()
            .map(|row| {
                let width = row.column_names().len();
                (0..width).map(|column| Ok(row.try_get_by_index::<Option<String>>(column)?)).collect()
            })
            .collect()
    }

    /// As [`Self::rows`], fetched as one text: what is null is empty.
    async fn lines<const N: usize>(&self, sql: &str) -> Result<Vec<[String; N]>> {
        const UNIT: char = '\u{1f}';
        const RECORD: char = '\u{1e}';
        let names: Vec<String> = (0..N).map(|column| format!("c{column}")).collect();
        let line: Vec<String> = names.iter().map(|name| format!("coalesce({name}, '')")).collect();
        let join = if self.postgres { "string_agg" } else { "group_concat" };
        let (names, line) = (names.join(", "), line.join(&format!(" || '{UNIT}' || ")));
        let whole = format!("with x({names}) as ({sql}) select {join}({line}, '{RECORD}') from x");
        let text = self.rows(&whole).await?.into_iter().flatten().flatten().next().unwrap_or_default();
        let lines = text.split(RECORD).filter(|line| !line.is_empty());
        Ok(lines
            .map(|line| {
                let mut columns = line.split(UNIT);
                std::array::from_fn(|_| columns.next().unwrap_or_default().to_owned())
            })
            .collect())
    }

    /// What the engine itself finds wrong with its file.
    pub async fn engine(&self) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        if self.postgres {
            for row in self.rows("select conname::text from pg_constraint where not convalidated").await? {
                faults.push(format!("a constraint is not validated: {row:?}"));
            }
            let keys =
                "select r.conrelid::regclass::text, a.attname::text, r.confrelid::regclass::text, b.attname::text
                from pg_constraint r join pg_attribute a on a.attrelid = r.conrelid and a.attnum = r.conkey[1]
                join pg_attribute b on b.attrelid = r.confrelid and b.attnum = r.confkey[1] where r.contype = 'f'";
            for [child, key, parent, id] in self.lines(keys).await? {
                let orphans = format!(
                    "select {{text:c.{key}}} from {child} c left join {parent} p on p.{id} = c.{key}
                     where c.{key} is not null and p.{id} is null"
                );
                faults.extend(
                    self.rows(&orphans).await?.iter().map(|row| format!("{child}.{key} refers to nothing: {row:?}")),
                );
            }
            self.does("create extension if not exists amcheck").await?;
            // Raises where an index does not fit its table.
            let indexes =
                "select bt_index_check(c.oid, true)::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
                join pg_am a on a.oid = c.relam where c.relkind = 'i' and n.nspname = 'public' and a.amname = 'btree'";
            if let Err(fault) = self.rows(indexes).await {
                faults.push(format!("amcheck: {fault:#}"));
            }
            let heaps = "select {text:v.msg} from pg_class c join pg_namespace n on n.oid = c.relnamespace,
                lateral verify_heapam(c.oid) v where c.relkind = 'r' and n.nspname = 'public'";
            faults.extend(self.rows(heaps).await?.iter().map(|row| format!("amcheck: {row:?}")));
        } else {
            let told = self.rows("select {text:integrity_check} from pragma_integrity_check").await?;
            faults.extend(
                told.iter().flatten().flatten().filter(|told| *told != "ok").map(|told| format!("integrity: {told}")),
            );
            let told = self.rows("select {text:\"table\"} from pragma_foreign_key_check").await?;
            faults.extend(told.iter().map(|row| format!("foreign keys: {row:?}")));
        }
        Ok(faults)
    }

    /// Looks at everything; what is `known` is compared. `key` is the one that receipts are signed with.
    pub async fn look(&self, key: &VerifyingKey, known: &mut Known) -> Result<Seen> {
        let mut seen = Seen::default();
        for (rule, sql) in RULES {
            let broken = self.rows(sql).await.with_context(|| rule)?;
            seen.faults.extend(broken.into_iter().map(|row| format!("{rule}: {:?}", row.first().cloned().flatten())));
        }
        self.events(&mut seen, known).await?;
        self.told(&mut seen).await?;
        let roots = self.roots().await?;
        seen.faults.extend(challenges(&seen, &self.challenges().await?, &roots));
        self.pairs(&mut seen).await?;
        self.receipts(&mut seen, key, &mut known.receipts).await?;
        for [mutation, key, answer] in self.lines("select mutation, idempotency_key, answer from first_answers").await?
        {
            seen.answers.insert((mutation, key), answer);
        }
        let tokens = "select {hex:hash}, case when used_at is null then 'free' else 'used' end from refresh_tokens";
        for [hash, used] in self.lines(tokens).await? {
            seen.tokens.insert(hash, used == "used");
        }
        Ok(seen)
    }

    /// Walks every chain by the formula that is published, from where it was walked before.
    async fn events(&self, seen: &mut Seen, known: &mut Known) -> Result<()> {
        let hashes: Vec<[String; 2]> = self.lines("select {id:id}, hash from events order by id").await?;
        if !hashes.starts_with(&known.hashes) {
            let there: HashSet<&[String; 2]> = hashes.iter().collect();
            if known.hashes.iter().any(|known| !there.contains(known)) {
                seen.faults.push("an event that was there is gone or another".to_owned());
            }
            // Two that commit at once may do so in the other order than they were numbered.
            known.forget_events();
        }
        let columns = "kind, subject, {id:challenge_id}, public_text, private_facts, {hex:salt}, private_digest, previous_hash, hash,
            stream, {text:seq}";
        let after = match known.hashes.last() {
            Some([id, _]) if self.postgres => format!("where replace(cast(id as text), '-', '') > '{id}'"),
            Some([id, _]) => format!("where id > x'{id}'"),
            None => String::new(),
        };
        let mut fresh: BTreeMap<(String, u64), (String, String)> = BTreeMap::new();
        for line in self.lines(&format!("select {columns} from events {after} order by id")).await? {
            let [kind, subject, challenge, text, private, salt, digest, previous, hash, stream, seq] = line;
            let own = hex::encode(Sha256::new().chain_update(hex::decode(&salt)?).chain_update(&private).finalize());
            let chained = Sha256::new().chain_update(&previous).chain_update(&text).chain_update(&digest).finalize();
            if own != digest || hex::encode(chained) != hash {
                seen.faults.push(format!("an event is not what its hash says: {kind} of {subject}"));
            }
            let text: Value = serde_json::from_str(&text)?;
            fresh.insert((stream, seq.parse()?), (previous, hash));
            let challenge = Some(challenge).filter(|id| !id.is_empty());
            known.events.push(Arc::new(Event {
                kind,
                subject: bare(&subject),
                challenge,
                facts: text["facts"].clone(),
            }));
        }
        for ((stream, seq), (previous, hash)) in fresh {
            let (before, head) = known.heads.get(&stream).cloned().unwrap_or_else(|| (0, "0".repeat(64)));
            if seq != before + 1 || previous != head {
                seen.faults.push(format!("a chain is broken: {stream} at {seq}"));
            }
            known.heads.insert(stream, (seq, hash));
        }
        known.hashes = hashes;
        ensure!(known.events.len() == known.hashes.len(), "events came while they were looked at");
        seen.events = known.events.clone();
        Ok(())
    }

    async fn told(&self, seen: &mut Seen) -> Result<()> {
        for (table, column) in TOLD {
            for [id, value] in self.lines(&format!("select {{id:id}}, {{text:{column}}} from {table}")).await? {
                seen.values.insert((table, id, column), value);
            }
        }
        Ok(())
    }

    /// What the closing of each challenge has to commit to, computed anew.
    async fn roots(&self) -> Result<HashMap<String, String>> {
        let mut shas: HashMap<String, Sha256> = HashMap::new();
        let nonces = "select {id:challenge_id}, {hex:closing_nonce} from seals where closing_root is not null";
        for [id, nonce] in self.lines(nonces).await? {
            shas.insert(id, Sha256::new().chain_update(nonce));
        }
        let commitments =
            "select {id:b.challenge_id}, s.commitment from bids b join bid_submissions s on s.bid_id = b.id
            and s.version = b.in_force order by s.commitment";
        for [id, commitment] in self.lines(commitments).await? {
            if let Some(sha) = shas.get_mut(&id) {
                sha.update(commitment);
            }
        }
        Ok(shas.into_iter().map(|(id, sha)| (id, hex::encode(sha.finalize()))).collect())
    }

    async fn challenges(&self) -> Result<Vec<[String; 8]>> {
        let sql = "select {id:c.id}, c.status, {text:c.version}, case when c.published_at is null then '' else 'y' end,
            coalesce(s.closing_root, ''), case when c.opened_at is null then '' else {text:c.bid_count} end,
            case when c.awarded_at is null then '' else 'y' end,
            {text:(select count(*) from opening_approvals a where a.challenge_id = c.id)}
            from challenges c left join seals s on s.challenge_id = c.id";
        self.lines(sql).await
    }

    /// Rows of one kind and events of one kind, each the other's.
    async fn pairs(&self, seen: &mut Seen) -> Result<()> {
        let by_subject = [
            ("bid.drafted", 1, "select {id:id}, '1' from bids"),
            ("bid.revised", 1, "select {id:id}, {text:version - 1} from bids"),
            ("bid.formally_checked", 1, "select {id:bid_id}, '1' from formal_checks"),
            ("panel.drawn", 2, "select {id:id}, '1' from panels where drawn_at is not null"),
            (
                "panel.interest_declared",
                1,
                "select {id:p.id}, {text:count(*)} from panels p join panel_seats s on s.challenge_id = p.challenge_id
                    where s.declared_at is not null and s.stepped_aside_at is null group by p.id",
            ),
            ("sheet.submitted", 1, "select {id:id}, '1' from score_sheets where submitted_at is not null"),
            ("notice.published", 1, "select {id:id}, '1' from notices"),
            ("project.agreement_signed", 1, "select {id:id}, '1' from projects where contract_no is not null"),
            ("bid.negotiated", 1, "select {id:bid_id}, {text:count(*)} from negotiations group by bid_id"),
            ("award.revoked", 1, "select {id:id}, '1' from projects where ended_ground is not null"),
            ("project.pledge_signed", 1, "select {id:id}, '1' from projects where pledged_at is not null"),
            ("project.contract_registered", 1, "select {id:id}, '1' from projects where registration_no is not null"),
            // Each is told of itself, to some, and of what it is about, to all.
            (
                "objection.raised",
                1,
                "select {id:id}, '1' from objections union all
                    select {id:notice_id}, {text:count(*)} from objections group by notice_id",
            ),
            (
                "objection.resolved",
                1,
                "select {id:id}, '1' from objections where ruling is not null union all
                    select {id:notice_id}, {text:count(*)} from objections where ruling is not null group by notice_id",
            ),
            (
                "objection.withdrawn",
                1,
                "select {id:id}, '1' from objections where status = 'WITHDRAWN' union all
                    select {id:notice_id}, {text:count(*)} from objections where status = 'WITHDRAWN' group by notice_id",
            ),
            (
                "complaint.raised",
                1,
                "select {id:id}, '1' from complaints union all
                    select {id:challenge_id}, {text:count(*)} from complaints group by challenge_id",
            ),
            (
                "complaint.accepted",
                1,
                "select {id:id}, '1' from complaints where accepted_at is not null union all
                    select {id:challenge_id}, {text:count(*)} from complaints where accepted_at is not null group by challenge_id",
            ),
            (
                "complaint.decided",
                1,
                "select {id:id}, '1' from complaints where decided_at is not null union all
                    select {id:challenge_id}, {text:count(*)} from complaints where decided_at is not null group by challenge_id",
            ),
            ("technology.nominated", 1, "select {id:id}, '1' from technologies"),
            ("technology.admitted", 1, "select {id:id}, '1' from technologies where admitted_at is not null"),
            ("account.created", 1, "select {id:u.id}, '1' from users u"),
            ("challenge.review_closed", 1, "select {id:challenge_id}, '1' from panels where closed_at is not null"),
        ];
        for (kind, each, sql) in by_subject {
            let mut rows: BTreeMap<String, i64> = BTreeMap::new();
            for [id, count] in self.lines(sql).await? {
                rows.insert(id, each * count.parse::<i64>()?);
            }
            let events = seen.events.iter().filter(|event| event.kind == kind).map(|event| event.subject.clone());
            seen.faults.extend(compare(kind, rows, events));
        }
        let by_fact = [
            ("question.asked", "question", "select {id:id} from questions"),
            ("question.answered", "question", "select {id:id} from questions where answer is not null"),
            ("account.signed_in", "session", "select {id:id} from sessions"),
        ];
        for (kind, fact, sql) in by_fact {
            let rows = self.lines(sql).await?.into_iter().map(|[id]| (id, 1)).collect();
            let events = seen.events.iter().filter(|event| event.kind == kind);
            let events = events.map(|event| bare(event.facts[fact].as_str().unwrap_or_default()));
            seen.faults.extend(compare(kind, rows, events.collect::<Vec<_>>().into_iter()));
        }
        // A bid's submissions, one by one, and where it stands.
        let mut rows: BTreeMap<String, i64> = BTreeMap::new();
        for line in self.lines::<2>("select {id:bid_id}, commitment from bid_submissions").await? {
            rows.insert(line.concat(), 1);
        }
        let sealed = seen.events.iter().filter(|event| event.kind == "bid.submitted" && event.facts["again"] == false);
        let sealed = sealed.map(|event| event.subject.clone() + event.facts["commitment"].as_str().unwrap_or_default());
        let faults = compare("bid.submitted", rows, sealed.collect::<Vec<_>>().into_iter());
        seen.faults.extend(faults);
        let mut last: HashMap<&str, &str> = HashMap::new();
        for event in &seen.events {
            let status = match event.kind.as_str() {
                "bid.drafted" => "DRAFT",
                "bid.submitted" => "SUBMITTED",
                "bid.withdrawn" => "WITHDRAWN",
                _ => continue,
            };
            last.insert(&event.subject, status);
        }
        let mut faults = Vec::new();
        let stand =
            "select {id:id}, case when status in ('DRAFT', 'WITHDRAWN') then status else 'SUBMITTED' end from bids";
        for [id, status] in self.lines(stand).await? {
            if last.get(id.as_str()).is_none_or(|last| *last != status) {
                faults.push(format!("a bid stands where its last event left it: {id} is {status}"));
            }
        }
        // Panels have the seats that the draw tells of, but for those who were replaced.
        let seats =
            "select {id:p.id}, {text:count(*)} from panels p join panel_seats s on s.challenge_id = p.challenge_id
            where s.replaced_at is null group by p.id";
        let seats: HashMap<String, String> = self.lines::<2>(seats).await?.into_iter().map(Into::into).collect();
        for event in seen.events.iter().filter(|event| event.kind == "panel.drawn" && event.facts["judges"].is_number())
        {
            if seats.get(&event.subject).is_none_or(|seats| !says(&event.facts["judges"], seats)) {
                faults.push(format!("a panel has as many seats as were drawn: {}", event.subject));
            }
        }
        // Every sheet was saved or submitted, and every award has the projects that it tells of.
        let sheets: HashSet<&str> = seen
            .events
            .iter()
            .filter(|event| event.kind.starts_with("sheet."))
            .map(|event| event.subject.as_str())
            .collect();
        for [id] in self.lines("select {id:id} from score_sheets").await? {
            if !sheets.contains(id.as_str()) {
                faults.push(format!("a sheet has its event: {id}"));
            }
        }
        let mut projects = BTreeMap::new();
        for line in self.lines::<3>("select {id:challenge_id}, {id:bid_id}, {id:id} from projects").await? {
            projects.insert(line.concat(), 1);
        }
        let awards = seen.events.iter().filter(|event| event.kind == "challenge.awarded").flat_map(|event| {
            let winners = event.facts["winners"].as_array().into_iter().flatten();
            winners.map(|won| {
                let id = |name: &str| bare(won[name].as_str().unwrap_or_default());
                event.subject.clone() + &id("bid") + &id("project")
            })
        });
        faults.extend(compare("challenge.awarded", projects, awards.collect::<Vec<_>>().into_iter()));
        // The end of a notice is told by the timer that has run.
        let ended: HashSet<&str> = seen
            .events
            .iter()
            .filter(|event| event.kind == "notice.ended")
            .map(|event| event.subject.as_str())
            .collect();
        // A notice behind an award that was taken back has a timer of its own.
        let notices = "select {id:n.id}, case when exists (select 1 from timers t where t.subject_id = n.challenge_id
                and t.kind = 'END_NOTICE' and t.done_at is null) then '' else 'y' end from notices n where n.voided_at is null
            and not exists (select 1 from notices m where m.challenge_id = n.challenge_id and m.voided_at is null and m.id > n.id)";
        for [id, done] in self.lines(notices).await? {
            if ended.contains(id.as_str()) == done.is_empty() {
                faults.push(format!("a notice's timer and its end go together: {id}"));
            }
        }
        seen.faults.extend(faults);
        Ok(())
    }

    /// Each receipt, as its bidder would check it without asking anybody, beside what is kept.
    async fn receipts(&self, seen: &mut Seen, key: &VerifyingKey, known: &mut HashSet<String>) -> Result<()> {
        let sql =
            "select receipt, {id:s.bid_id}, {text:s.version}, s.commitment, s.sealed_sha256, {text:length(s.sealed)},
            {id:b.challenge_id} from bid_submissions s join bids b on b.id = s.bid_id";
        let mut fresh: HashMap<String, [String; 7]> = HashMap::new();
        for line in self.lines::<7>(sql).await? {
            let [receipt, bid, version, ..] = &line;
            seen.submissions.insert((bid.clone(), version.clone(), receipt.clone()));
            if !known.contains(&line.join(" ")) {
                fresh.insert(receipt.clone(), line);
            }
        }
        let listed: Vec<String> = fresh.keys().map(|receipt| format!("'{receipt}'")).collect();
        if listed.is_empty() {
            return Ok(());
        }
        let sealed =
            format!("select receipt, {{hex:sealed}} from bid_submissions where receipt in ({})", listed.join(", "));
        for [receipt, sealed] in self.lines(&sealed).await? {
            let line = fresh.get(&receipt).context("a receipt that nobody listed")?;
            let [_, bid, version, commitment, sealed_sha256, _, challenge] = line;
            let fits = claims(&receipt, key).is_some_and(|claims| {
                let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
                bare(&text("bid")) == *bid
                    && bare(&text("challenge")) == *challenge
                    && says(&claims["version"], version)
                    && text("commitment") == *commitment
                    && text("sealedSha256") == *sealed_sha256
            });
            let whole = hex::encode(Sha256::digest(hex::decode(&sealed)?)) == *sealed_sha256;
            if fits && whole {
                known.insert(line.join(" "));
            } else {
                seen.faults.push(format!("a receipt says what is kept: {bid} version {version}"));
            }
        }
        Ok(())
    }
}

/// What a receipt says, if it is signed with this key.
pub fn claims(receipt: &str, key: &VerifyingKey) -> Option<Value> {
    let (signed, signature) = receipt.rsplit_once('.')?;
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    key.verify_strict(signed.as_bytes(), &signature).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?).ok()
}

/// A challenge by its events: what each leads to, and what it has to have left in the row.
fn challenges(seen: &Seen, rows: &[[String; 8]], roots: &HashMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut lives: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in &seen.events {
        if let Some(challenge) = &event.challenge {
            lives.entry(challenge).or_default().push(event);
        }
    }
    for [id, status, version, published, root, opened, awarded, approvals] in rows {
        let life = lives.remove(id.as_str()).unwrap_or_default();
        let of = |kind: &str| life.iter().filter(|event| event.kind == kind).count();
        let mut stands = "";
        for event in &life {
            stands = match event.kind.as_str() {
                "challenge.drafted" => "DRAFT",
                "challenge.submitted" => "SUBMITTED",
                "challenge.returned" => "RETURNED",
                "challenge.approved" => "APPROVED",
                "challenge.rejected" => "REJECTED",
                "challenge.withdrawn" => "CANCELLED",
                "challenge.external_result_recorded" => "COMPLETED",
                "challenge.published" => "PUBLISHED",
                "challenge.closed" => "CLOSED",
                "challenge.opened" => "REVIEWING",
                "challenge.failed" => "FAILED",
                "challenge.cancelled" => "CANCELLED",
                "challenge.review_closed" => "NEGOTIATING",
                "notice.published" => "PUBLICITY",
                "challenge.awarded" => "AWARDED",
                "project.agreement_signed" => "EXECUTING",
                "challenge.suspended" => "SUSPENDED",
                // These say where they lead; of what is for some only it is told to all beside.
                "challenge.resumed"
                | "objection.raised"
                | "objection.resolved"
                | "objection.withdrawn"
                | "notice.voided"
                | "award.revoked" => event.facts["status"].as_str().unwrap_or(stands),
                _ => stands,
            };
        }
        let one = |kind: &str, there: bool| of(kind) == usize::from(there);
        let told = |kind: &str, fact: &str| {
            life.iter().filter(|event| event.kind == kind).map(|event| event.facts[fact].clone()).next_back()
        };
        let fits = [
            ("one draft", one("challenge.drafted", true)),
            ("its state by its events", stands == status),
            ("its version by its revisions", version.parse() == Ok(1 + of("challenge.revised"))),
            ("its publication", one("challenge.published", !published.is_empty())),
            ("its closing", one("challenge.closed", !root.is_empty())),
            ("its opening", one("challenge.opened", !opened.is_empty())),
            // Taken back, it is awarded once more.
            ("its award", (of("challenge.awarded") > 0) != awarded.is_empty()),
            ("the approvals of its opening", approvals.parse() == Ok(of("challenge.opening_approved"))),
            ("its root", root.is_empty() || told("challenge.closed", "root") == Some(root.as_str().into())),
            ("what its root commits to", root.is_empty() || roots.get(id) == Some(root)),
            (
                "how many were opened",
                opened.is_empty() || told("challenge.opened", "count").is_some_and(|count| says(&count, opened)),
            ),
        ];
        faults.extend(
            fits.iter()
                .filter(|(_, fits)| !fits)
                .map(|(what, _)| format!("a challenge and its events, {what}: {id} is {status}")),
        );
    }
    faults.extend(lives.keys().map(|id| format!("an event without its challenge: {id}")));
    faults
}

/// Whether a number is this one, as text.
fn says(number: &Value, text: &str) -> bool {
    number.as_i64().is_some_and(|number| text.parse() == Ok(number))
}

/// How often each thing is there as a row, and how often as an event.
fn compare(kind: &str, mut rows: BTreeMap<String, i64>, events: impl Iterator<Item = String>) -> Vec<String> {
    for event in events {
        *rows.entry(event).or_default() -= 1;
    }
    let apart = rows.into_iter().filter(|(_, apart)| *apart != 0);
    apart
        .map(|(id, apart)| {
            format!(
                "{kind}: {} for {id}",
                if apart > 0 { "a row without its event" } else { "an event without its row" }
            )
        })
        .collect()
}

/// The id within a TypeID, in hex as the database has it; what is none is empty.
pub fn bare(text: &str) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let Some((_, digits)) = text.rsplit_once('_') else { return String::new() };
    let value = digits.bytes().try_fold(0u128, |value, digit| {
        let digit = DIGITS.iter().position(|one| *one == digit)?;
        Some(value << 5 | digit as u128)
    });
    value.map(|value| format!("{value:032x}")).unwrap_or_default()
}
