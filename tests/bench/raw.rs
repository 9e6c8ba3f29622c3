//! The limit: the same SQL without the server. Every statement is heard as the server sends it for one request at the door; what
//! `submitBid` sends is sent again for bids made for it.

use anyhow::{Context, Result, bail, ensure};
use jiebang_platform::base::Instant;
use jiebang_platform::base::id::Kind;
use jiebang_platform::db::Sent;
use sea_orm::Value;
use sea_orm::prelude::Uuid;

use crate::stage::Bid;

/// How many bids are made for one round of raw submissions, and the enterprises that stand behind them.
pub const BIDS: usize = 4_000;
pub const ENTERPRISES: usize = 14;
/// Ids of what is made for them: these and a number of twelve hexadecimal digits.
pub const ENTERPRISE_IDS: &str = "00000000-0000-7000-8001-";
pub const BID_IDS: &str = "00000000-0000-7000-8002-";
pub const EVENT_IDS: &str = "00000000-0000-7000-8003-";

/// The statements that one request comes to.
#[derive(Clone)]
pub struct Script(pub Vec<Line>);

/// One statement, with its values.
#[derive(Clone)]
pub struct Line {
    pub sql: String,
    pub values: Vec<Given>,
    /// Between `begin` and `commit`.
    pub writing: bool,
}

/// A value as the server gave it, or what stands for it where each submission needs its own.
#[derive(Clone)]
pub enum Given {
    Null,
    Truth(bool),
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
    At(Instant),
    Id(Uuid),
    /// The bid that is handed in, its challenge, a new event, and a text that begins with the bid's name.
    Bid,
    Challenge,
    Event,
    Named(String),
}

impl Given {
    fn of(value: Value) -> Result<Self> {
        Ok(match value {
            Value::Uuid(Some(id)) => Self::Id(id),
            Value::ChronoDateTimeUtc(Some(at)) => Self::At(at),
            Value::String(Some(text)) => Self::Text(text),
            Value::Bytes(Some(bytes)) => Self::Bytes(bytes),
            Value::Int(Some(number)) => Self::Number(number.into()),
            Value::BigInt(Some(number)) => Self::Number(number),
            Value::BigUnsigned(Some(number)) => Self::Number(i64::try_from(number)?),
            Value::Bool(Some(truth)) => Self::Truth(truth),
            none if none == none.as_null() => Self::Null,
            other => bail!("the bench cannot send {other:?}"),
        })
    }
}

impl Script {
    /// What was heard.
    pub fn of(heard: Vec<Sent>) -> Result<Self> {
        let lines = heard.into_iter().map(|sent| {
            let values = sent.statement.values.into_iter().flat_map(|values| values.0);
            let values = values.map(Given::of).collect::<Result<_>>()?;
            Ok(Line { sql: sent.statement.sql, values, writing: sent.writing })
        });
        let script = Self(lines.collect::<Result<_>>()?);
        ensure!(!script.0.is_empty(), "nothing was heard");
        Ok(script)
    }

    /// Made to hand other bids in than `bid`.
    pub fn of_any_bid(mut self, bid: &Bid) -> Result<Self> {
        let (id, challenge, name) = (bid.id.uuid(), bid.challenge.uuid(), bid.id.to_string());
        for line in &mut self.0 {
            for value in &mut line.values {
                *value = match std::mem::replace(value, Given::Null) {
                    Given::Id(found) if found == id => Given::Bid,
                    Given::Id(found) if found == challenge => Given::Challenge,
                    Given::Text(text) if text.starts_with(&name) => Given::Named(text),
                    other => other,
                };
            }
        }
        let event = self.0.iter_mut().find(|line| line.sql.starts_with("INSERT INTO \"events\" (\"id\""));
        *event.and_then(|line| line.values.first_mut()).context("no event was written")? = Given::Event;
        Ok(self)
    }

    /// How many statements, `begin` and `commit` apart.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Only what it writes: the same rows, in one transaction.
    pub fn rows(&self) -> Self {
        let writes = |line: &&Line| ["INSERT", "UPDATE", "DELETE"].iter().any(|word| line.sql.starts_with(word));
        Self(self.0.iter().filter(|line| line.writing).filter(writes).cloned().collect())
    }

    /// Where its transaction lies, if it has one.
    pub fn transaction(&self) -> Option<std::ops::RangeInclusive<usize>> {
        let first = self.0.iter().position(|line| line.writing)?;
        Some(first..=self.0.iter().rposition(|line| line.writing)?)
    }
}
