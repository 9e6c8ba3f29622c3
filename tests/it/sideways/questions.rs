//! Questions made of the schema: whatever is added to it is asked for without anybody adding it here.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use async_graphql::parser::types::BaseType;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiebang_platform::base::id::{BidId, Kind as _};
use serde_json::{Value, json};

use super::schema::{Argument, Field, Kind, Schema, named};

/// What a document may hold at most (docs/security.md), with a little room.
const FIELDS: usize = 240;
const TENTHS: usize = 9_500;
const TOKENS: usize = 950;
const BYTES: usize = 15_000;
const ALIASES: usize = 15;

/// How many ids of a type are asked for, besides those that are in one world only.
const COMMON: usize = 2;

/// What there is to ask about: taken from answers to people who may see it.
#[derive(Clone, Default)]
pub struct Pool {
    /// By type, newest last; the letters of an id that no type was seen of are its type.
    pub ids: BTreeMap<String, BTreeSet<String>>,
    /// By the field whose list they belong to.
    pub cursors: BTreeMap<String, BTreeSet<String>>,
    /// Receipts, codes, and what else is searched for.
    pub texts: BTreeSet<String>,
    pub receipts: BTreeSet<String>,
    /// Ids that stand for what is sealed, and for what it is sealed in.
    pub telling: BTreeSet<String>,
}

impl Pool {
    /// Takes all that can be asked about from an answer to these questions.
    pub fn harvest(&mut self, units: &[&Unit], answer: &Value) {
        for (place, unit) in units.iter().enumerate() {
            self.take(&unit.root, &answer["data"][alias(place)]);
        }
    }

    fn take(&mut self, field: &str, value: &Value) {
        match value {
            Value::Array(list) => list.iter().for_each(|one| self.take(field, one)),
            Value::Object(object) => {
                for (key, value) in object {
                    let Some(text) = value.as_str() else {
                        // Edges and pages belong to the field whose list they are of.
                        let of = if ["edges", "pageInfo"].contains(&key.as_str()) { field } else { key };
                        self.take(of, value);
                        continue;
                    };
                    match key.as_str() {
                        "id" => {
                            let on = object.get("__typename").and_then(Value::as_str);
                            let on = on.unwrap_or_else(|| text.split('_').next().unwrap());
                            self.ids.entry(on.to_owned()).or_default().insert(text.to_owned());
                        }
                        "cursor" | "startCursor" | "endCursor" => {
                            self.cursors.entry(field.to_owned()).or_default().insert(text.to_owned());
                        }
                        "code" => {
                            self.texts.insert(text.to_owned());
                        }
                        "compact" => {
                            self.receipts.insert(text.to_owned());
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes ids of challenges, of demands and of bids.
    pub fn take_ids(&mut self, ids: &[String]) {
        for id in ids {
            let on = match id.split('_').next() {
                Some("chl") => "Challenge",
                Some("dmd") => "ScenarioDemand",
                _ => "Bid",
            };
            self.ids.entry(on.to_owned()).or_default().insert(id.clone());
        }
    }

    /// What is in any of these: all that is not in each of them, and the newest of the rest.
    pub fn of(pools: &[Self], deep: bool) -> Self {
        let common = if deep { 4 * COMMON } else { COMMON };
        let narrowed = |of: fn(&Self) -> &BTreeMap<String, BTreeSet<String>>| {
            let names: BTreeSet<&String> = pools.iter().flat_map(|pool| of(pool).keys()).collect();
            let narrow = |name: &String| {
                let sets: Vec<BTreeSet<String>> =
                    pools.iter().map(|pool| of(pool).get(name).cloned().unwrap_or_default()).collect();
                let all: BTreeSet<String> = sets.iter().flatten().cloned().collect();
                let (shared, own): (Vec<_>, Vec<_>) =
                    all.into_iter().partition(|one| sets.iter().all(|set| set.contains(one)));
                let mut kept: BTreeSet<String> = shared.into_iter().rev().take(common).collect();
                // Of a kind that comes in numbers, such as events, the first and the last are as good as all.
                let few = if deep { own.len() } else { 3 };
                kept.extend(own.iter().take(few).cloned());
                kept.extend(own.iter().rev().take(few).cloned());
                (name.clone(), kept)
            };
            names.into_iter().map(narrow).collect::<BTreeMap<_, _>>()
        };
        Self {
            ids: narrowed(|pool| &pool.ids),
            cursors: narrowed(|pool| &pool.cursors),
            texts: pools.iter().flat_map(|pool| pool.texts.iter().rev().take(2)).cloned().collect(),
            receipts: pools
                .iter()
                .flat_map(|pool| pool.receipts.iter().rev().take(2))
                .map(|receipt| match pools.iter().all(|pool| pool.receipts.contains(receipt)) {
                    true => receipt.clone(),
                    // Whoever shows the receipt itself is told of its bid: that is what it is for. Nobody else can make one.
                    false => {
                        let (signed, signature) = receipt.rsplit_once('.').unwrap();
                        format!("{signed}.{}", signature.chars().rev().collect::<String>())
                    }
                })
                .collect(),
            telling: BTreeSet::new(),
        }
    }

    /// Whether a question is about what is sealed.
    pub fn is_told_by(&self, text: &str) -> bool {
        self.telling.iter().any(|id| text.contains(id))
    }

    /// What not all of these pools hold.
    pub fn between(pools: &[Self]) -> BTreeSet<String> {
        let all: BTreeSet<&String> = pools.iter().flat_map(Self::every_id).collect();
        let everywhere = |id: &String| pools.iter().all(|pool| pool.ids.values().any(|ids| ids.contains(id)));
        all.into_iter().filter(|id| !everywhere(id)).cloned().collect()
    }

    fn every_id(&self) -> impl Iterator<Item = &String> {
        self.ids.values().flatten()
    }

    /// The ids that an argument of this name means; all where it does not say.
    fn meant(&self, argument: &str, field: &str) -> Vec<String> {
        let word = argument.strip_suffix("Ids").or(argument.strip_suffix("Id")).unwrap_or(argument);
        let word = if word == "id" { field } else { word }.to_lowercase();
        let word = word.strip_suffix('s').unwrap_or(&word);
        let named = |name: &str| word.ends_with(name) || name.ends_with(word);
        let of = self.ids.iter().filter(|(name, _)| named(&name.to_lowercase()));
        match of.max_by_key(|(name, _)| name.len()) {
            Some((_, ids)) => ids.iter().rev().cloned().collect(),
            None => self.every_id().cloned().collect(),
        }
    }

    /// Cursors of that list: given out, and made up for things that only some may know of.
    fn cursors_of(&self, field: &str) -> Vec<String> {
        let Some(given) = self.cursors.get(field) else { return Vec::new() };
        let mut cursors: Vec<String> = given.iter().take(4).cloned().collect();
        let bids = self.ids.get("Bid").into_iter().flatten();
        cursors.extend(bids.take(2).filter_map(|bid| {
            let read: Option<Value> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(given.first()?).ok()?).ok();
            let mut cursor = read?;
            cursor["i"] = json!(bid.parse::<BidId>().ok()?.uuid());
            Some(URL_SAFE_NO_PAD.encode(cursor.to_string()))
        }));
        cursors
    }
}

/// One field of the root, with all below it.
#[derive(Clone)]
pub struct Unit {
    /// The field of the root.
    pub root: String,
    /// As it is written, but for its alias.
    pub text: String,
    fields: usize,
    tenths: usize,
    /// Expected to fail: whatever else is asked in the same document may come to nothing by it.
    alone: bool,
    /// One of the ways in which an argument may be given, of a field that is asked as a whole elsewhere.
    pub way: bool,
}

/// What an alias in a document is.
pub fn alias(place: usize) -> String {
    format!("q{place}")
}

fn tokens(text: &str) -> usize {
    let (mut count, mut chars) = (0, text.chars().peekable());
    while let Some(next) = chars.next() {
        match next {
            ' ' | ',' => continue,
            '"' => while !matches!(chars.next(), Some('"') | None) {},
            _ if next.is_alphanumeric() => {
                while chars.next_if(|next| next.is_alphanumeric() || *next == '_').is_some() {}
            }
            _ => {}
        }
        count += 1;
    }
    count
}

/// Documents that ask for all of these, each within what is allowed; what is expected to fail stands by itself.
pub fn documents<'a>(units: &'a [Unit], failed: &HashSet<String>) -> Vec<Vec<&'a Unit>> {
    let (mut documents, mut open) = (Vec::new(), Vec::<&Unit>::new());
    let (mut fields, mut tenths, mut words, mut bytes) = (0, 0, 0, 0);
    for unit in units {
        if unit.alone || failed.contains(&unit.text) {
            documents.push(vec![unit]);
            continue;
        }
        let (count, length) = (tokens(&unit.text) + 2, unit.text.len() + 6);
        let full = open.len() == ALIASES
            || fields + unit.fields > FIELDS
            || tenths + unit.tenths > TENTHS
            || words + count > TOKENS
            || bytes + length > BYTES;
        if full && !open.is_empty() {
            documents.push(std::mem::take(&mut open));
            (fields, tenths, words, bytes) = (0, 0, 0, 0);
        }
        (fields, tenths, words, bytes) = (fields + unit.fields, tenths + unit.tenths, words + count, bytes + length);
        open.push(unit);
    }
    if !open.is_empty() {
        documents.push(open);
    }
    documents
}

/// The text of a document of these.
pub fn text(units: &[&Unit]) -> String {
    let each = units.iter().enumerate().map(|(place, unit)| format!("{}: {}", alias(place), unit.text));
    format!("{{ {} }}", each.collect::<Vec<_>>().join(" "))
}

/// What is selected, and what it weighs.
#[derive(Clone, Default)]
pub struct Selected {
    text: String,
    fields: usize,
    tenths: usize,
}

impl Selected {
    fn leaf(name: &str) -> Self {
        Self { text: name.to_owned(), fields: 1, tenths: 1 }
    }

    /// A field, with what is selected on it.
    fn on(head: &str, times: usize, below: &Self) -> Self {
        let text = format!("{head} {{ {} }}", below.text);
        Self { text, fields: below.fields + 1, tenths: below.tenths * times + 10 }
    }

    fn and(mut self, other: &Self) -> Self {
        self.text = [self.text.as_str(), &other.text].join(" ").trim().to_owned();
        self.fields += other.fields;
        self.tenths += other.tenths;
        self
    }
}

/// How an argument is given: its text, and whether it is expected to be refused.
struct Given {
    text: String,
    refused: bool,
}

/// A mutation to be tried.
pub struct Act {
    pub name: String,
    pub document: String,
}

fn quoted(text: &str) -> String {
    json!(text).to_string()
}

/// Makes questions about what is in the pool.
pub struct Asker<'a> {
    pub schema: &'a Schema,
    pub pool: &'a Pool,
}

impl Asker<'_> {
    /// Little of an object: enough to know which it is.
    fn brief(&self, on: &str) -> Selected {
        let fields = self.schema.fields(on);
        let leaf = |field: &&Field| matches!(self.schema.kind(named(&field.ty)), Kind::Scalar | Kind::Enum(_));
        match fields.iter().find(|field| field.name == "id") {
            Some(_) => Selected { text: "__typename id".into(), fields: 2, tenths: 2 },
            None if matches!(self.schema.kind(on), Kind::Interface) => {
                Selected { text: "__typename id".into(), fields: 2, tenths: 2 }
            }
            None => Selected::leaf(fields.iter().find(leaf).map_or("__typename", |field| &field.name)),
        }
    }

    /// All of an object, so many objects deep; what it is part of only briefly. One for each field. What the schema alone decides is
    /// put together once.
    fn whole(&self, on: &str, deep: usize, path: &[&str]) -> Arc<Vec<Selected>> {
        let key = format!("{deep} {} {on}", path.join(" "));
        if let Some(known) = self.schema.wholes.lock().unwrap().get(&key) {
            return known.clone();
        }
        let whole = Arc::new(self.put_together(on, deep, path));
        self.schema.wholes.lock().unwrap().insert(key, whole.clone());
        whole
    }

    fn put_together(&self, on: &str, deep: usize, path: &[&str]) -> Vec<Selected> {
        let path = [path, &[on]].concat();
        let mut all = Vec::new();
        if self.schema.fields(on).iter().any(|field| field.name == "id") {
            all.push(Selected::leaf("__typename"));
        }
        for field in self.schema.fields(on) {
            let child = named(&field.ty);
            if matches!(self.schema.kind(child), Kind::Scalar | Kind::Enum(_)) {
                all.push(Selected::leaf(&field.name));
                continue;
            }
            let paged = field.arguments.iter().any(|argument| argument.name == "first");
            let (head, times) = if paged { (format!("{}(first: 3)", field.name), 3) } else { (field.name.clone(), 1) };
            // As deep as there is room for.
            let of = |deep: usize| {
                let brief = deep == 0 || path.contains(&child) || on.ends_with("Edge");
                let below = if brief { self.brief(child) } else { self.all_of(child, deep - 1, &path) };
                Selected::on(&head, times, &below)
            };
            let fits = |one: &Selected| one.fields <= FIELDS / 2 && one.tenths <= TENTHS / 4;
            all.push((0..=deep).rev().map(of).find(fits).unwrap_or_else(|| of(0)));
        }
        all
    }

    fn all_of(&self, on: &str, deep: usize, path: &[&str]) -> Selected {
        match self.schema.kind(on) {
            Kind::Interface => self.brief(on),
            _ => self.whole(on, deep, path).iter().fold(Selected::default(), Selected::and),
        }
    }

    /// A list's length, its places and which things are in it.
    fn light(&self, on: &str) -> Selected {
        let of = |field: &Field| {
            let child = named(&field.ty);
            match self.schema.kind(child) {
                Kind::Scalar | Kind::Enum(_) if field.arguments.is_empty() => Some(Selected::leaf(&field.name)),
                // The same things as on the edges.
                _ if field.name == "nodes" || !field.arguments.is_empty() => None,
                Kind::Object { .. } if child.ends_with("Edge") || child == "PageInfo" => {
                    Some(Selected::on(&field.name, 1, &self.all_of(child, 0, &[])))
                }
                _ => None,
            }
        };
        let all = self.schema.fields(on).iter().filter_map(of);
        let all = all.fold(Selected::default(), |all, one| all.and(&one));
        if all.fields == 0 { self.brief(on) } else { all }
    }

    /// Units that ask for all of `on` below a head, in as many parts as it takes.
    fn parts(&self, root: &str, head: &str, tail: &str, on: &str, times: usize, units: &mut Vec<Unit>) {
        let mut open = Selected::default();
        let mut push = |selected: &Selected| {
            if selected.fields > 0 {
                units.push(Unit {
                    root: root.to_owned(),
                    text: format!("{head} {{ {} }}{tail}", selected.text),
                    fields: selected.fields + 2,
                    tenths: selected.tenths * times + 20,
                    alone: false,
                    way: false,
                });
            }
        };
        for one in self.whole(on, 4, &[]).iter() {
            if open.fields + one.fields > FIELDS / 2 || (open.tenths + one.tenths) * times > TENTHS / 2 {
                push(&open);
                open = Selected::default();
            }
            open = open.and(one);
        }
        push(&open);
    }

    /// Every way in which an argument may be given.
    fn ways(&self, argument: &Argument, field: &str) -> Vec<Given> {
        let given = |text: String| Given { text, refused: false };
        let refused = |text: &str| Given { text: text.to_owned(), refused: true };
        let name = argument.name.as_str();
        let list = matches!(argument.ty.base, BaseType::List(_));
        let mut ways: Vec<Given> = match (self.schema.kind(named(&argument.ty)), named(&argument.ty)) {
            (Kind::Enum(values), _) => values.iter().cloned().map(given).collect(),
            (Kind::Input(fields), _) => {
                let each = fields.iter().flat_map(|one| {
                    let ways = self.ways(one, field).into_iter();
                    ways.map(|way| Given { text: format!("{{ {}: {} }}", one.name, way.text), ..way })
                });
                let at_once = fields.iter().filter_map(|one| {
                    let first = self.ways(one, field).into_iter().find(|way| !way.refused)?;
                    Some(format!("{}: {}", one.name, first.text))
                });
                let at_once = format!("{{ {} }}", at_once.collect::<Vec<_>>().join(" "));
                each.chain([given(at_once)]).collect()
            }
            (_, "Boolean") => vec![given("true".into()), given("false".into())],
            (_, "Int") if name == "first" => {
                let mut ways = vec![given("1".into()), given("100".into())];
                ways.extend(["0", "101"].map(refused));
                ways
            }
            (_, "Int") if name == "year" => ["2026", "2025"].map(|year| given(year.into())).into(),
            (_, "Int") => ["0", "1", "7"].map(|number| given(number.into())).into(),
            // Of a range the first of both ends go together.
            (_, "Fen") if name.ends_with("To") => vec![given("900000000".into()), given("0".into()), refused("-1")],
            (_, "Fen") => vec![given("1000".into()), given("200000000".into()), refused("-1")],
            (_, "DateTime") => {
                let (one, other) =
                    if name.ends_with("To") { ("2026-12-31", "2026-04-01") } else { ("2026-01-01", "2026-04-01") };
                let at = |day: &str| given(format!("\"{day}T17:00:00+08:00\""));
                vec![at(one), at(other), refused("\"x\"")]
            }
            (_, "ID") => {
                let mut ways: Vec<_> = self.pool.meant(name, field).iter().map(|id| given(quoted(id))).collect();
                ways.push(refused("\"x\""));
                ways
            }
            (_, "String") if name == "after" => {
                let cursors = self.pool.cursors_of(field);
                // Each by itself: lists of one name have several orders, and of two cursors that are refused in one document either
                // may be told first.
                let mut ways: Vec<_> = cursors.iter().map(|cursor| refused(&quoted(cursor))).collect();
                ways.push(refused("\"x\""));
                ways
            }
            (_, "String") if name == "receipt" => {
                let receipts = self.pool.receipts.iter().map(|receipt| given(quoted(receipt)));
                receipts.chain([given("\"x\"".into())]).collect()
            }
            (_, "String") => {
                let texts = self.pool.texts.iter().map(String::as_str).chain(["", "方案", "隧道", "%", "曜川"]);
                texts.map(|text| given(quoted(text))).collect()
            }
            (_, other) => panic!("{field}({name}: {other}): teach the walker what to give"),
        };
        if list {
            for way in &mut ways {
                way.text = format!("[{}]", way.text);
            }
        }
        ways
    }

    /// A field with its arguments given in each way, one differing from the usual at a time.
    fn each_way(&self, field: &Field) -> Vec<(Selected, bool)> {
        let usual = |but: &str| -> Vec<String> {
            let others = field.arguments.iter().filter(|argument| argument.name != but);
            others
                .filter_map(|argument| match argument.name.as_str() {
                    "first" => Some("first: 5".to_owned()),
                    name if argument.required => {
                        Some(format!("{name}: {}", self.ways(argument, &field.name).first()?.text))
                    }
                    _ => None,
                })
                .collect()
        };
        let child = named(&field.ty);
        let below = match self.schema.kind(child) {
            Kind::Scalar | Kind::Enum(_) => None,
            Kind::Interface => Some(self.brief(child)),
            _ => Some(self.light(child)),
        };
        let mut each = Vec::new();
        for argument in &field.arguments {
            for way in self.ways(argument, &field.name) {
                let mut given = usual(&argument.name);
                given.push(format!("{}: {}", argument.name, way.text));
                let head = format!("{}({})", field.name, given.join(", "));
                let times = match (argument.name.as_str(), way.text.parse::<usize>()) {
                    ("first", Ok(first)) => first.clamp(1, 100),
                    _ => 5,
                };
                let selected = match &below {
                    Some(below) => Selected::on(&head, times, below),
                    None => Selected::leaf(&head),
                };
                each.push((selected, way.refused));
            }
        }
        each
    }

    /// All that can be asked.
    pub fn questions(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        for field in self.schema.fields("Query") {
            let child = named(&field.ty);
            match self.schema.kind(child) {
                Kind::Interface => self.by_id(&mut units),
                Kind::Object { is_node, .. } => {
                    let required = field.arguments.iter().filter_map(|argument| match argument.name.as_str() {
                        "first" => Some("first: 3".to_owned()),
                        name if argument.required => {
                            Some(format!("{name}: {}", self.ways(argument, &field.name).first()?.text))
                        }
                        _ => None,
                    });
                    let required: Vec<_> = required.collect();
                    let head = match required.as_slice() {
                        [] => field.name.clone(),
                        given => format!("{}({})", field.name, given.join(", ")),
                    };
                    self.parts(
                        &field.name,
                        &head,
                        "",
                        child,
                        if child.ends_with("Connection") { 3 } else { 1 },
                        &mut units,
                    );
                    if !is_node {
                        let nested = self.schema.fields(child).iter().filter(|below| !below.arguments.is_empty());
                        for (selected, refused) in nested.flat_map(|below| self.each_way(below)) {
                            let on = Selected::on(&head, 1, &selected);
                            units.push(Unit::of(&field.name, on, refused));
                        }
                    }
                }
                _ => {}
            }
            for (selected, refused) in self.each_way(field) {
                units.push(Unit::of(&field.name, selected, refused));
            }
        }
        units
    }

    /// Every thing by its id, and every list that hangs on it.
    fn by_id(&self, units: &mut Vec<Unit>) {
        let nothing = BTreeSet::from(["bid_01h455vb4pex5vsknk084sn02q".to_owned()]);
        for on in self.schema.nodes() {
            for id in self.pool.ids.get(on).unwrap_or(&nothing) {
                let head = format!("node(id: {}) {{ __typename ... on {on}", quoted(id));
                self.parts("node", &head, " }", on, 1, units);
            }
            let lists = self.schema.fields(on).iter().filter(|field| !field.arguments.is_empty());
            let lists: Vec<_> = lists.flat_map(|field| self.each_way(field)).collect();
            // What it is about comes first, the newest of the rest behind it.
            let ids = self.pool.ids.get(on).into_iter().flatten().rev();
            let (about, rest): (Vec<_>, Vec<_>) = ids.partition(|id| self.pool.telling.contains(*id));
            for id in about.into_iter().chain(rest).take(COMMON) {
                for (selected, refused) in &lists {
                    let head = format!("node(id: {}) {{ __typename ... on {on}", quoted(id));
                    let mut one = Selected::on(&head, 1, selected);
                    one.text.push_str(" }");
                    one.fields += 1;
                    units.push(Unit::of("node", one, *refused));
                }
            }
        }
        // The same digits behind other letters: a thing of one kind is no thing of another.
        let letters: BTreeSet<&str> = self.pool.every_id().filter_map(|id| id.split('_').next()).collect();
        let bids = self.pool.ids.get("Bid").into_iter().flatten().take(COMMON);
        for digits in bids.filter_map(|id| id.split('_').nth(1)) {
            for letters in &letters {
                let head = format!("node(id: \"{letters}_{digits}\")");
                units.push(Unit::of("node", Selected::on(&head, 1, &self.brief("Node")), false));
            }
        }
    }

    /// Every mutation, with input that is whole, bare or at fault.
    pub fn acts(&self, deep: bool) -> Vec<Act> {
        let mut acts = Vec::new();
        for field in self.schema.fields("Mutation") {
            let mut below = self.all_of(named(&field.ty), 1, &[]);
            if below.fields > FIELDS || below.tenths > TENTHS {
                below = self.all_of(named(&field.ty), 0, &[]);
            }
            let [argument] = field.arguments.as_slice() else { panic!("{} takes no one input", field.name) };
            let Kind::Input(fields) = self.schema.kind(named(&argument.ty)) else { panic!("{}", field.name) };
            let subject = fields.iter().find(|one| one.required && named(&one.ty) == "ID");
            let mut ids = subject.map(|one| self.pool.meant(&one.name, &field.name)).unwrap_or_default();
            ids.truncate(if deep { ids.len() } else { 3 });
            if ids.is_empty() {
                ids.push(String::new());
            }
            let mut inputs = BTreeSet::new();
            for id in &ids {
                inputs.insert(self.object(fields, subject, id, How::Whole));
                inputs.insert(self.object(fields, subject, id, How::AtFault));
                if deep {
                    inputs.insert(self.object(fields, subject, id, How::Bare));
                }
            }
            if subject.is_some() {
                inputs.insert(self.object(fields, subject, "x", How::Bare));
            }
            for input in inputs {
                let document =
                    format!("mutation {{ {}({}: {input}) {{ {} }} }}", field.name, argument.name, below.text);
                acts.push(Act { name: field.name.clone(), document });
            }
        }
        acts
    }

    fn object(&self, fields: &[Argument], subject: Option<&Argument>, id: &str, how: How) -> String {
        let given = fields.iter().filter(|one| one.required || how == How::Whole);
        let given = given.map(|one| {
            let is_subject = subject.is_some_and(|subject| subject.name == one.name);
            let value = match one.name.as_str() {
                _ if is_subject => quoted(id),
                // A key is good for one input.
                "idempotencyKey" => quoted(&format!("once {id}")),
                _ => self.literal(one, how),
            };
            format!("{}: {value}", one.name)
        });
        format!("{{ {} }}", given.collect::<Vec<_>>().join(", "))
    }

    fn literal(&self, argument: &Argument, how: How) -> String {
        let at_fault = how == How::AtFault;
        let name = argument.name.as_str();
        let list = matches!(argument.ty.base, BaseType::List(_));
        if list && at_fault {
            return "[]".into();
        }
        let one = match (self.schema.kind(named(&argument.ty)), named(&argument.ty)) {
            (Kind::Enum(values), _) => values.first().unwrap().clone(),
            (Kind::Input(fields), _) => self.object(fields, None, "", how),
            (_, "Boolean") => (!at_fault).to_string(),
            (_, "Int") if at_fault => "-1".into(),
            (_, "Int") if name == "year" => "2026".into(),
            (_, "Int") if name == "weight" => "100".into(),
            (_, "Int") => "6".into(),
            (_, "Fen") if at_fault => "-1".into(),
            (_, "Fen") => "1000".into(),
            (_, "ID") if at_fault => "\"x\"".into(),
            (_, "ID") => quoted(self.pool.meant(name, "").first().map_or("x", String::as_str)),
            _ if at_fault => "\"\"".into(),
            (_, "Decimal") => "\"60\"".into(),
            (_, "Date") => "\"2026-03-01\"".into(),
            (_, "DateTime") => "\"2026-05-20T09:00:00+08:00\"".into(),
            _ if name == "uscc" => "\"91350100M000100Y43\"".into(),
            _ if name.to_lowercase().ends_with("password") || name == "passphrase" => "\"Rehearsal-2026\"".into(),
            _ if name == "username" => "\"xinhui\"".into(),
            _ => "\"照此办理\"".into(),
        };
        if list { format!("[{one}]") } else { one }
    }
}

/// How an input is made up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// All is given.
    Whole,
    /// Only what has to be.
    Bare,
    /// Only what has to be, and that wrongly.
    AtFault,
}

impl Unit {
    fn of(root: &str, selected: Selected, alone: bool) -> Self {
        let Selected { text, fields, tenths } = selected;
        Self { root: root.to_owned(), text, fields, tenths, alone, way: true }
    }
}
