//! The walk: asks in several worlds and compares the answers.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiebang_platform::base::id::{BidId, EventId, Kind as _};
use poem::http::{HeaderMap, StatusCode};
use serde_json::Value;
use support::{Person, TestApp, deep};

use super::questions::{self, Asker, Pool};
use super::schema::{Coverage, Schema};

/// Somebody who asks in every world, with one token that holds in all of them.
#[derive(Clone)]
pub struct Viewer {
    pub name: String,
    pub token: Option<String>,
}

impl Viewer {
    pub fn person(&self, app: &TestApp) -> Person {
        match &self.token {
            Some(token) => app.bearer(token),
            None => app.anybody(),
        }
    }
}

/// One of several that began alike.
pub struct World {
    pub name: String,
    pub app: TestApp,
}

/// A whole answer: status, headers and body, as they came but for the request's id.
struct Heard {
    whole: String,
    body: Value,
}

async fn hears(person: &Person, document: &str) -> Heard {
    let (status, headers, body) = person.hears(document).await;
    Heard { whole: whole(status, headers, &body), body: serde_json::from_str(&body).unwrap() }
}

fn whole(status: StatusCode, mut headers: HeaderMap, body: &str) -> String {
    let id = headers.remove("x-request-id").unwrap();
    let mut told: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    told.sort_unstable();
    format!("{status}\n{}\n\n{body}", told.join("\n")).replace(id.to_str().unwrap(), "the request's id")
}

type Door = (&'static str, Option<&'static str>, bool);

/// Where else than in the graph something is told: what comes before the id, of which kind it is, and whether bytes are brought.
const DOORS: [Door; 10] = [
    ("/healthz", None, false),
    ("/readyz", None, false),
    ("/.well-known/jwks.json", None, false),
    ("/.well-known/receipt-keys.json", None, false),
    ("/open-data/ocds", None, false),
    ("/open-data/ocds/ocds-abc123-", Some("Challenge"), false),
    ("/challenges/@/review-report", Some("Challenge"), false),
    ("/notices/", Some("Notice"), false),
    ("/attachments/", Some("Upload"), false),
    ("/uploads/", Some("Upload"), true),
];

/// Numbers what was made since worlds went apart by acts that all may see, in the order in which a viewer comes upon it: ids,
/// hashes, salts, signatures, tokens, cursors on such ids. How many there are, where they stand and which are the same still
/// counts. What a number could hide: a hash, salt or id that follows from what is sealed. That the values themselves do not is
/// held where nothing but sealed acts happened and nothing is masked, and by `seal.rs` (what the closing commits to).
struct Mask<'a> {
    known: &'a HashSet<String>,
    /// Made later than this: not known.
    since: u128,
    numbers: HashMap<String, usize>,
}

/// The parts of a text that ids, hashes and tokens are made of.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let part = |byte: char| byte.is_ascii_alphanumeric() || byte == '_' || byte == '-';
    text.split(move |byte| !part(byte)).filter(|word| word.len() >= 26)
}

/// The digits of a TypeID, whatever its kind.
fn id(word: &str) -> Option<u128> {
    let digits = word.rsplit_once('_').filter(|(_, digits)| digits.len() == 26)?.1;
    Some(format!("bid_{digits}").parse::<BidId>().ok()?.uuid().as_u128())
}

/// What age encrypts is another text each time, and of another length: it greases.
fn armor(text: &str) -> String {
    let (begin, end) = ("-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----");
    let mut told = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(begin) {
        let Some((_, behind)) = after.split_once(end) else { break };
        told.push_str(before);
        told.push_str("armor");
        rest = behind;
    }
    told + rest
}

impl Mask<'_> {
    fn number(&mut self, word: &str) -> String {
        let next = self.numbers.len();
        format!("#{}", self.numbers.entry(word.to_owned()).or_insert(next))
    }

    fn word(&mut self, word: &str) -> Option<String> {
        if self.known.contains(word) {
            return None;
        }
        if let Some(id) = id(word) {
            let kind = word.split('_').next().unwrap_or_default();
            return (id > self.since).then(|| format!("{kind}{}", self.number(&format!("{id:032x}"))));
        }
        if let Ok(Value::Object(cursor)) = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(word).unwrap_or_default()) {
            let digits = cursor.get("i")?.as_str()?.replace('-', "");
            let new = u128::from_str_radix(&digits, 16).is_ok_and(|id| id > self.since);
            let key = cursor.get("k").map(Value::to_string).unwrap_or_default();
            return new.then(|| format!("cursor {} {key} {}", cursor["o"], self.number(&digits)));
        }
        let hex = word.len().is_multiple_of(32) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let token = word.len() >= 40
            || (word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
        (hex || token).then(|| self.number(word))
    }

    fn masked(&mut self, text: &str) -> String {
        let text = armor(text);
        let text = text.as_str();
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        for word in words(text) {
            let at = word.as_ptr().addr() - rest.as_ptr().addr();
            masked.push_str(&rest[..at]);
            match self.word(word) {
                Some(number) => masked.push_str(&number),
                None => masked.push_str(word),
            }
            rest = &rest[at + word.len()..];
        }
        masked + rest
    }
}

/// Of so many viewers one asks each question, where time is short, and of so many each that is about what is sealed. The rules are the
/// same on both engines: on PostgreSQL fewer look.
fn patience() -> (usize, usize) {
    if support::postgres().is_some() { (96, 36) } else { (16, 6) }
}

/// What is in one world alone by being sealed.
const SEALED: [&str; 6] = ["Bid", "ScoreSheet", "Objection", "Complaint", "Upload", "Attachment"];

/// What worlds are asked, and what came of it.
pub struct Walk<'a> {
    schema: &'a Schema,
    name: &'static str,
    pool: Pool,
    /// The challenge and the bids that it is about.
    focus: Vec<String>,
    coverage: Coverage,
    /// Units that came to an error for somebody, and are asked by themselves since.
    failed: HashSet<String>,
    /// What everybody together knew before worlds went apart in public, and the last id of then; none while they have not.
    apart: Option<(HashSet<String>, u128)>,
    /// In the ordinary suite each question is asked by every so manieth viewer, or by none; what is about the sealed things
    /// themselves more often ([`patience`]). Where there is time every question is asked by all.
    pub turns: Option<usize>,
    differences: Vec<String>,
    answers: usize,
    questions: BTreeSet<String>,
    viewers: BTreeSet<String>,
    worlds: BTreeSet<String>,
    acts: usize,
    done: BTreeSet<String>,
    /// The doors at which somebody was told something.
    opened: BTreeSet<&'static str>,
    began: Instant,
}

impl<'a> Walk<'a> {
    pub fn new(schema: &'a Schema, name: &'static str) -> Self {
        Self {
            schema,
            name,
            pool: Pool::default(),
            focus: Vec::new(),
            coverage: Coverage::default(),
            failed: HashSet::new(),
            apart: None,
            turns: Some(patience().0),
            differences: Vec::new(),
            answers: 0,
            questions: BTreeSet::new(),
            viewers: BTreeSet::new(),
            worlds: BTreeSet::new(),
            acts: 0,
            done: BTreeSet::new(),
            opened: BTreeSet::new(),
            began: Instant::now(),
        }
    }

    /// Another walk that asks about the same things.
    pub fn with(schema: &'a Schema, name: &'static str, other: &Walk<'_>) -> Self {
        let apart = other.apart.clone();
        Self { pool: other.pool.clone(), failed: other.failed.clone(), apart, ..Self::new(schema, name) }
    }

    /// Learns what there is to ask about from those who may see it.
    pub async fn learn(&mut self, worlds: &[impl Borrow<World>], insiders: &[Viewer], focus: &[String]) {
        self.focus = focus.to_vec();
        let mut pools = Vec::new();
        for world in worlds {
            pools.push(self.gather(world.borrow(), insiders, &mut HashSet::new()).await);
        }
        self.pool = Pool::of(&pools, deep());
        self.pool.take_ids(focus);
        self.pool.telling = Pool::between(&pools);
        self.pool.telling.extend(focus.iter().cloned());
    }

    /// From here on acts that all may see happen in each world by itself: what was made before is known, to these people.
    pub async fn go_apart(&mut self, before: &World, since: EventId, people: &[Viewer]) {
        let mut known = HashSet::new();
        self.gather(before, people, &mut known).await;
        self.apart = Some((known, since.uuid().as_u128()));
    }

    /// As [`Self::learn`], where worlds went apart in public already: what was made since is asked for where it hangs, and by its
    /// id only where it is in one world alone by being sealed, which is what these ids stand for.
    pub async fn learn_since(
        &mut self,
        worlds: &[World],
        insiders: &[Viewer],
        focus: &[String],
        (before, since): (&World, EventId),
        people: &[Viewer],
    ) {
        self.focus = focus.to_vec();
        let mut pools = Vec::new();
        let mut known = HashSet::new();
        let began = self.gather(before, people, &mut known).await;
        for world in worlds {
            let mut pool = self.gather(world, insiders, &mut HashSet::new()).await;
            pool.ids.retain(|kind, _| SEALED.contains(&kind.as_str()));
            pool.cursors.clear();
            for (kind, ids) in &began.ids {
                pool.ids.entry(kind.clone()).or_default().extend(ids.iter().cloned());
            }
            pools.push(pool);
        }
        self.pool = Pool::of(&pools, deep());
        self.pool.take_ids(focus);
        self.pool.telling = Pool::between(&pools);
        self.pool.telling.extend(focus.iter().cloned());
        self.apart = Some((known, since.uuid().as_u128()));
    }

    /// Takes what these people are told: what can be asked about, and every word that a mask could take for new.
    async fn gather(&mut self, world: &World, people: &[Viewer], told: &mut HashSet<String>) -> Pool {
        let mut pool = Pool::default();
        pool.take_ids(&self.focus);
        for round in 0..2 {
            // First what can be listed, then what hangs on that.
            let known = Pool::of(&[pool.clone()], false);
            let units = Asker { schema: self.schema, pool: &known }.questions();
            let wanted = |unit: &questions::Unit| match round {
                0 => !unit.way && unit.root != "node",
                // What happened to a thing is found by its id.
                _ => unit.root == "node" && !unit.way || unit.root == "events" && unit.way,
            };
            let units: Vec<_> = units.into_iter().filter(wanted).collect();
            for person in people {
                let person = person.person(&world.app);
                for document in questions::documents(&units, &self.failed) {
                    let text = questions::text(&document);
                    let heard = hears(&person, &text).await;
                    self.coverage.note(self.schema, &text, &heard.body);
                    pool.harvest(&document, &heard.body);
                    told.extend(words(&heard.whole).map(str::to_owned));
                }
            }
        }
        pool
    }

    /// Asks everything of everybody in every world.
    pub async fn compare(&mut self, worlds: &[impl Borrow<World>], viewers: &[Viewer]) {
        let worlds: Vec<&World> = worlds.iter().map(Borrow::borrow).collect();
        let pool = self.pool.clone();
        let units = Asker { schema: self.schema, pool: &pool }.questions();
        self.worlds.extend(worlds.iter().map(|world| world.name.clone()));
        let telling: Vec<bool> = units.iter().map(|unit| pool.is_told_by(&unit.text)).collect();
        let apart = self.apart.take();
        for (place, viewer) in viewers.iter().enumerate() {
            self.viewers.insert(viewer.name.clone());
            let people: Vec<Person> = worlds.iter().map(|world| viewer.person(&world.app)).collect();
            let mut masks: Vec<Option<Mask<'_>>> = worlds
                .iter()
                .map(|_| apart.as_ref().map(|(known, since)| Mask { known, since: *since, numbers: HashMap::new() }))
                .collect();
            let failed = self.failed.clone();
            // By its place among all questions, so that each is some viewer's turn however they fall into documents.
            let asked = |(number, _): &(usize, &questions::Unit)| {
                let turn = |turns| (number + place).is_multiple_of(turns);
                // Who looks on alone asks all of it.
                let telling = telling[*number] && (viewers.len() < 6 || turn(patience().1));
                deep() || telling || self.turns.is_some_and(turn)
            };
            let asked: Vec<_> = units.iter().enumerate().filter(asked).map(|(_, unit)| unit.clone()).collect();
            for document in questions::documents(&asked, &failed) {
                let fails = self.ask(&worlds, viewer, &people, &mut masks, &questions::text(&document)).await;
                if fails && document.len() > 1 {
                    // An error may take the rest with it: each by itself.
                    for unit in document {
                        let text = questions::text(&[unit]);
                        if self.ask(&worlds, viewer, &people, &mut masks, &text).await {
                            self.failed.insert(unit.text.clone());
                        }
                    }
                }
            }
            for (door, path) in doors(&pool) {
                self.knock(&worlds, viewer, &mut masks, (door, &path)).await;
            }
        }
        self.apart = apart;
    }

    /// Comes to a door that is not the graph's in every world.
    async fn knock(
        &mut self,
        worlds: &[&World],
        viewer: &Viewer,
        masks: &mut [Option<Mask<'_>>],
        ((door, _, brings), path): (&'static Door, &str),
    ) {
        let mut told = Vec::new();
        for (world, mask) in worlds.iter().zip(masks) {
            let client = world.app.door();
            let mut request = if *brings { client.put(path).body("%PDF-1.7") } else { client.get(path) };
            if let Some(token) = &viewer.token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let answer = request.send().await.0;
            let (status, headers) = (answer.status(), answer.headers().clone());
            if status.is_success() {
                self.opened.insert(door);
            }
            let body = answer.into_body().into_vec().await.unwrap();
            let heard = whole(status, headers, &String::from_utf8_lossy(&body));
            self.answers += 1;
            told.push(match mask {
                Some(mask) => mask.masked(&heard),
                None => heard,
            });
        }
        self.hold_together(worlds, &told, viewer, path);
    }

    fn hold_together(&mut self, worlds: &[&World], told: &[String], viewer: &Viewer, question: &str) {
        let (first, heard) = (&worlds[0].name, &told[0]);
        for (world, otherwise) in worlds.iter().zip(told).filter(|(_, otherwise)| *otherwise != heard) {
            self.differ(first, heard, &world.name, otherwise, viewer, question);
        }
    }

    /// Asks one document in every world; whether there was an error.
    async fn ask(
        &mut self,
        worlds: &[&World],
        viewer: &Viewer,
        people: &[Person],
        masks: &mut [Option<Mask<'_>>],
        document: &str,
    ) -> bool {
        self.questions.insert(document.to_owned());
        let mut all = Vec::new();
        let mut fails = false;
        for (person, mask) in people.iter().zip(masks) {
            let heard = hears(person, document).await;
            self.answers += 1;
            let errors = heard.body["errors"].as_array();
            fails |= errors.is_some();
            for error in errors.into_iter().flatten() {
                // What is refused unread, or not executed, is nothing asked.
                assert!(error["path"].is_array(), "the walker asked what cannot be: {error}\n{document}");
            }
            self.coverage.note(self.schema, document, &heard.body);
            all.push(match mask {
                // A refusal makes nothing: before worlds go apart there is nothing to mask in it.
                Some(mask) if !mask.known.is_empty() || errors.is_none() => mask.masked(&heard.whole),
                _ => heard.whole,
            });
        }
        self.hold_together(worlds, &all, viewer, document);
        fails
    }

    fn differ(&mut self, one: &str, told: &str, other: &str, otherwise: &str, viewer: &Viewer, document: &str) {
        let place = told.bytes().zip(otherwise.bytes()).take_while(|(a, b)| a == b).count();
        let around = |text: &str| {
            let from = text.floor_char_boundary(place.saturating_sub(120));
            text[from..text.floor_char_boundary(place + 120)].to_owned()
        };
        self.differences.push(format!(
            "{} tells {one} from {other}:\n  {}\n  {}\n  asked {document:.600}",
            viewer.name,
            around(told),
            around(otherwise)
        ));
    }

    /// Tries every mutation in each of these worlds, which begin anew behind every one that somebody was let do. Each is tried by all,
    /// or, in the ordinary suite and where there are many worlds to try them in, by one of so many, everybody's turn coming somewhere.
    pub async fn try_acts(&mut self, worlds: Vec<World>, viewers: &[Viewer], turns: usize) {
        let pool = self.pool.clone();
        let acts = Asker { schema: self.schema, pool: &pool }.acts(deep());
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for act in acts {
            by_name.entry(act.name).or_default().push(act.document);
        }
        let (mut rests, mut names) = (Vec::new(), Vec::new());
        for world in worlds {
            names.push(world.name);
            rests.push(world.app.rests().await);
        }
        let (known, since) = self.apart.clone().unwrap_or_else(|| (HashSet::new(), EventId::new().uuid().as_u128()));
        let mut begun = Vec::new();
        for (nth, (name, documents)) in by_name.iter().enumerate() {
            // PostgreSQL tries every third, where there is no time for all.
            if support::postgres().is_some() && !deep() && !nth.is_multiple_of(3) {
                continue;
            }
            let mut changed = false;
            let turns = if deep() { turns } else { viewers.len() };
            let each = viewers.iter().enumerate().flat_map(|(place, viewer)| {
                let turn = move |number: usize| (number + nth + place).is_multiple_of(turns);
                documents.iter().enumerate().filter(move |(number, _)| turn(*number)).map(move |(_, one)| (one, viewer))
            });
            for (document, viewer) in each {
                if begun.is_empty() {
                    for (rest, name) in rests.iter().zip(&names) {
                        begun.push(World { name: name.clone(), app: rest.begins().await });
                    }
                }
                let worlds: Vec<&World> = begun.iter().collect();
                let people: Vec<Person> = worlds.iter().map(|world| viewer.person(&world.app)).collect();
                let mut masks: Vec<_> =
                    worlds.iter().map(|_| Some(Mask { known: &known, since, numbers: HashMap::new() })).collect();
                let refused = self.ask(&worlds, viewer, &people, &mut masks, document).await;
                self.acts += 1;
                if !refused {
                    self.done.insert(name.clone());
                }
                changed |= !refused;
                if changed && deep() {
                    end(&mut begun).await;
                }
            }
            if changed {
                end(&mut begun).await;
            }
        }
        end(&mut begun).await;
    }

    /// Nobody could tell one world from another.
    pub fn is_the_same(&self) {
        let some: Vec<_> = self.differences.iter().take(8).map(String::as_str).collect();
        assert!(some.is_empty(), "{}: {} differences\n{}", self.name, self.differences.len(), some.join("\n"));
    }

    /// The doors beside the graph at which somebody was told something.
    pub fn opened(&self) -> &BTreeSet<&'static str> {
        &self.opened
    }

    /// Whether somebody could.
    pub fn differs(&self) -> bool {
        !self.differences.is_empty()
    }

    /// Nothing of the schema was left out, but what is watched over a socket. Where fewer look it is for the other engine to say.
    pub fn has_asked_all(&self) {
        let served = include_str!("../../../backend/server/src/http/mod.rs").matches(".at(\"/").count();
        assert_eq!(served, DOORS.len() + 1, "a door beside the graph is not knocked at");
        if support::postgres().is_some() && !deep() {
            return;
        }
        let mut missed = self.schema.all();
        missed.retain(|one| !one.starts_with("Subscription.") && !self.coverage.asked.contains(one));
        assert!(missed.is_empty(), "{} never asked: {missed:?}", missed.len());
    }

    /// The figures.
    pub fn says(&self) {
        println!(
            "{}, {:.0?}: {} documents ({} told of {} fields), {} viewers, {} worlds, {} answers; {} acts tried, {} mutations done",
            self.name,
            self.began.elapsed(),
            self.questions.len(),
            self.coverage.told.len(),
            self.schema.all().len(),
            self.viewers.len(),
            self.worlds.len(),
            self.answers,
            self.acts,
            self.done.len(),
        );
    }
}

/// A door, and where it is for each thing that is asked about, and for what is not there.
fn doors(pool: &Pool) -> impl Iterator<Item = (&'static Door, String)> {
    let at = |door: &'static Door| {
        let (path, kind, _) = door;
        let Some(kind) = kind else { return vec![(door, (*path).to_owned())] };
        let of = |kind: &str| pool.ids.get(kind).into_iter().flatten();
        // What is uploaded is handed out under the same id.
        let more = if *kind == "Upload" { "Attachment" } else { "" };
        let ids = of(kind).chain(of(more)).map(String::as_str).chain(["x"]);
        let path = |id| if path.contains('@') { path.replace('@', id) } else { format!("{path}{id}") };
        ids.map(|id| (door, path(id))).collect()
    };
    DOORS.iter().flat_map(at)
}

async fn end(worlds: &mut Vec<World>) {
    for world in worlds.drain(..) {
        world.app.ends().await;
    }
}
