//! What a public event says, read as far as it says it: older events say less, and what does not read is not said.

use serde_json::Value as Json;
use url::Url;

use super::ocds::{Date, Value};
use crate::base::{Fen, Instant};
use crate::events::read::EventView;

/// A public event of a challenge.
#[derive(Clone, Debug)]
pub struct Told {
    /// The event's id.
    pub id: String,
    pub at: Instant,
    /// Its word; a later version may know more of them.
    pub kind: String,
    /// To which thing it happened.
    pub subject: String,
    facts: Json,
}

impl Told {
    /// Something that happened.
    pub fn new(id: String, at: Instant, kind: &str, subject: String, facts: Json) -> Self {
        Self { id, at, kind: kind.to_owned(), subject, facts }
    }

    /// An event of the log, as everybody sees it.
    pub fn of(event: EventView) -> Self {
        let text: Json = serde_json::from_str(&event.public_text).unwrap_or_default();
        let facts = text.get("facts").cloned().unwrap_or_default();
        Self { id: event.id.to_string(), at: event.at, kind: event.kind, subject: event.subject, facts }
    }

    /// Its facts.
    pub fn facts(&self) -> Facts<'_> {
        Facts(&self.facts)
    }

    /// When it happened.
    pub fn date(&self) -> Date {
        Date(self.at)
    }
}

/// Some facts.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a>(&'a Json);

impl<'a> Facts<'a> {
    fn at(self, name: &str) -> Option<&'a Json> {
        self.0.get(name).filter(|fact| !fact.is_null())
    }

    /// Whether there is something of this name.
    pub fn has(self, name: &str) -> bool {
        self.at(name).is_some()
    }

    /// Facts within.
    pub fn of(self, name: &str) -> Option<Facts<'a>> {
        self.at(name).map(Facts)
    }

    /// A list of facts.
    pub fn list(self, name: &str) -> impl Iterator<Item = Facts<'a>> {
        self.at(name).and_then(Json::as_array).into_iter().flatten().map(Facts)
    }

    /// A text that is not empty.
    pub fn text(self, name: &str) -> Option<String> {
        self.at(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A link, as every reader takes it.
    pub fn link(self, name: &str) -> Option<String> {
        Url::parse(self.at(name)?.as_str()?).ok().map(Into::into)
    }

    /// A word.
    pub fn word(self, name: &str) -> &'a str {
        self.at(name).and_then(Json::as_str).unwrap_or_default()
    }

    pub fn number(self, name: &str) -> Option<i64> {
        self.at(name)?.as_i64()
    }

    pub fn is_true(self, name: &str) -> bool {
        self.at(name).and_then(Json::as_bool).unwrap_or(false)
    }

    /// An amount in 分.
    pub fn money(self, name: &str) -> Option<Value> {
        Value::of(Fen(self.number(name)?))
    }

    pub fn date(self, name: &str) -> Option<Date> {
        self.at(name)?.as_str()?.parse().ok().map(Date)
    }
}
