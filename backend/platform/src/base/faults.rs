//! Reading input: every faulty field is named at once, each with its path below `input`.

use std::collections::HashSet;
use std::hash::Hash;
use std::ops::{Bound, RangeBounds};
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, SecondsFormat, SubsecRound, TimeDelta, Utc};
use unicode_normalization::UnicodeNormalization;

use super::clock::china;
use super::error::FaultCode;
use super::id::Kind;
use super::{Decimal, Error, Fen, Instant, Result};

/// One faulty field: where, what, and the figure that was passed over, if one was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Dotted path below `input`, list positions as numbers from 0: `criteria.2.weight`.
    pub path: String,
    /// What is wrong.
    pub code: FaultCode,
    /// The limit or figure that belongs to the message.
    pub figure: Option<String>,
}

impl Fault {
    /// A fault without a figure.
    pub fn new(path: impl Into<String>, code: FaultCode) -> Self {
        Self::about(path.into(), code, None)
    }

    fn about(mut path: String, code: FaultCode, figure: Option<String>) -> Self {
        if let Some((end, _)) = path.char_indices().nth(LONGEST_PATH) {
            path.truncate(end);
        }
        Self { path, code, figure }
    }
}

/// Collects faults while input is read: the first [`Faults::MOST`].
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

/// So many characters of a path are told, which may be made of the client's own names.
const LONGEST_PATH: usize = 150;

/// How long a text may be, in characters.
#[derive(Clone, Copy, Debug)]
pub struct Length(pub usize, pub usize);

impl Length {
    /// Names and titles.
    pub const NAME: Self = Self(1, 200);
    /// A reason, an opinion, a remark.
    pub const NOTE: Self = Self(1, 2_000);
    /// A long text.
    pub const TEXT: Self = Self(1, 20_000);
    /// A number of units, a short code.
    pub const SHORT: Self = Self(1, 60);
}

impl Faults {
    /// So many are told at once: an answer does not grow with what was sent.
    pub const MOST: usize = 50;

    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault.
    pub fn add(&mut self, path: impl Into<String>, code: FaultCode) {
        self.add_about(path, code, None);
    }

    /// Notes a fault with the figure that its message names.
    pub fn add_with(&mut self, path: impl Into<String>, code: FaultCode, figure: impl ToString) {
        self.add_about(path, code, Some(figure.to_string()));
    }

    /// Notes a fault with what its message names, if it names anything.
    pub fn add_about(&mut self, path: impl Into<String>, code: FaultCode, figure: Option<String>) {
        if self.0.len() < Self::MOST {
            self.0.push(Fault::about(path.into(), code, figure));
        }
    }

    /// Notes a fault unless `holds`.
    pub fn check(&mut self, holds: bool, path: impl Into<String>, code: FaultCode) {
        if !holds {
            self.add(path, code);
        }
    }

    /// Notes these too.
    pub(crate) fn join(&mut self, others: Self) {
        self.0.extend(others.0);
        self.0.truncate(Self::MOST);
    }

    /// Whether nothing has been noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The end of reading: all faults at once, or none.
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }

    /// As [`Faults::done`], and gives out what was read: nothing is missing without a fault that says so.
    pub fn give<T>(self, read: Option<T>) -> Result<T> {
        self.done()?;
        read.ok_or_else(|| Error::Internal(anyhow::anyhow!("something was not read, and nothing said so")))
    }

    /// A text in its normal form (NFC, no outer white space, no control characters but line breaks and tabs).
    pub fn text(&mut self, path: &str, text: &str, length: Length) -> String {
        let text: String = text.nfc().collect::<String>().trim().to_owned();
        let count = text.chars().count();
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.add(path, FaultCode::BadCharacters);
        } else if count < length.0 {
            let code = if count == 0 { FaultCode::Required } else { FaultCode::TooShort };
            self.add_with(path, code, length.0);
        } else if count > length.1 {
            self.add_with(path, FaultCode::TooLong, length.1);
        }
        text
    }

    /// A text that may be absent or empty, as in a draft.
    pub fn optional(&mut self, path: &str, text: Option<&str>, length: Length) -> Option<String> {
        text.map(|text| self.text(path, text, Length(0, length.1)))
    }

    /// A whole number within bounds.
    pub fn number(&mut self, path: &str, value: i32, least: i32, most: i32) -> i32 {
        if !(least..=most).contains(&value) {
            self.add_with(path, FaultCode::OutOfRange, format!("{least} … {most}"));
        }
        value
    }

    /// An id of one kind.
    pub fn id<K: Kind + FromStr>(&mut self, path: &str, text: &str) -> Option<K> {
        let id = text.parse().ok();
        if id.is_none() {
            self.add(path, FaultCode::NotAnId);
        }
        id
    }

    /// Distinct ids of one kind.
    pub fn ids<K: Kind + FromStr + Hash>(&mut self, path: &str, texts: &[String]) -> Vec<K> {
        let mut seen = HashSet::new();
        let mut ids = Vec::new();
        for (place, text) in texts.iter().enumerate() {
            let path = format!("{path}.{place}");
            if let Some(id) = self.id(&path, text) {
                if seen.insert(id) {
                    ids.push(id);
                } else {
                    self.add(path, FaultCode::Duplicate);
                }
            }
        }
        ids
    }

    /// Distinct words of a vocabulary, one at least.
    pub fn some_of<T: Copy + PartialEq>(&mut self, path: &str, given: &[T]) -> Vec<T> {
        let mut some = Vec::new();
        for (place, one) in given.iter().enumerate() {
            if some.contains(one) {
                self.add(format!("{path}.{place}"), FaultCode::Duplicate);
            } else {
                some.push(*one);
            }
        }
        self.check(!some.is_empty(), path, FaultCode::Required);
        some
    }

    /// An exact decimal.
    pub fn decimal(&mut self, path: &str, text: &str) -> Option<Decimal> {
        let value = text.parse().ok();
        if value.is_none() {
            self.add(path, FaultCode::NotADecimal);
        }
        value
    }

    /// Both ends of an amount of money, `…From` and `…To`; the wrong way round is a fault of the latter.
    pub fn range(&mut self, path: &str, from: Option<&str>, to: Option<&str>) -> (Option<Fen>, Option<Fen>) {
        let from = from.and_then(|fen| self.money(&format!("{path}From"), fen));
        let to = to.and_then(|fen| self.money(&format!("{path}To"), fen));
        let reversed = from.zip(to).is_some_and(|(from, to)| from > to);
        self.check(!reversed, format!("{path}To"), FaultCode::OutOfRange);
        (from, to)
    }

    /// An amount of money: a whole number of 分, not negative.
    pub fn money(&mut self, path: &str, text: &str) -> Option<Fen> {
        match text.parse::<i64>() {
            Ok(fen) if (0..=Fen::MAX.0).contains(&fen) => Some(Fen(fen)),
            _ => {
                self.add(path, FaultCode::NotMoney);
                None
            }
        }
    }

    /// An instant (RFC 3339 with an offset), truncated to milliseconds.
    pub fn instant(&mut self, path: &str, text: &str) -> Option<Instant> {
        match DateTime::parse_from_rfc3339(text) {
            Ok(at) if (2000..=2200).contains(&chrono::Datelike::year(&at)) => {
                Some(at.with_timezone(&Utc).trunc_subsecs(3))
            }
            _ => {
                self.add(path, FaultCode::NotAnInstant);
                None
            }
        }
    }

    /// Notes a fault where this is before or behind these bounds, with the bound: in whole seconds, which it holds.
    pub fn within(&mut self, path: &str, at: Instant, bounds: impl RangeBounds<Instant>) {
        let told = |bound: Instant| bound.with_timezone(&china()).to_rfc3339_opts(SecondsFormat::Secs, true);
        match (bounds.start_bound(), bounds.end_bound()) {
            (Bound::Included(least), _) if at < *least => {
                self.add_with(path, FaultCode::TooSoon, told(*least + TimeDelta::milliseconds(999)));
            }
            (_, Bound::Included(most)) if at > *most => self.add_with(path, FaultCode::TooFar, told(*most)),
            _ => {}
        }
    }

    /// A calendar day (YYYY-MM-DD) of the platform's own time.
    pub fn day(&mut self, path: &str, text: &str) -> Option<NaiveDate> {
        self.day_since(path, text, 2000)
    }

    /// A calendar day of somebody's life.
    pub fn day_of_life(&mut self, path: &str, text: &str) -> Option<NaiveDate> {
        self.day_since(path, text, 1900)
    }

    fn day_since(&mut self, path: &str, text: &str, year: i32) -> Option<NaiveDate> {
        match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            Ok(day) if text.len() == 10 && (year..=2200).contains(&chrono::Datelike::year(&day)) => Some(day),
            _ => {
                self.add(path, FaultCode::NotADate);
                None
            }
        }
    }
}

/// An id from outside that has to be read before anything can be looked up.
pub fn id<K: Kind + FromStr>(path: &str, text: &str) -> Result<K> {
    text.parse().map_err(|_| Error::invalid(path, FaultCode::NotAnId))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::id::BidId;
    use super::*;

    /// Texts that are nothing, and texts that are nearly something.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[+-]?[0-9]{1,20}(\\.[0-9]{1,8})?",
            "[+-]?[0-9]{1,5}-[0-9]{1,2}-[0-9]{1,2}",
            "2[01][0-9]{2}-[01][0-9]-[0-3][0-9]",
            "2[01][0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,12})?([Zz]|[+-][0-2][0-9]:?[0-9]{2})",
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_named(text in texts()) {
            let mut faults = Faults::new();
            let money = faults.money("money", &text);
            let instant = faults.instant("instant", &text);
            let day = faults.day("day", &text);
            let decimal = faults.decimal("decimal", &text);
            let id = faults.id::<BidId>("id", &text);
            let named: Vec<_> = faults.0.iter().map(|fault| fault.path.as_str()).collect();
            let unread = [
                ("money", money.is_none()),
                ("instant", instant.is_none()),
                ("day", day.is_none()),
                ("decimal", decimal.is_none()),
                ("id", id.is_none()),
            ];
            prop_assert_eq!(named, unread.iter().filter(|(_, unread)| *unread).map(|(path, _)| *path).collect::<Vec<_>>());

            // What is read has one form, and that form is read as the same.
            let mut faults = Faults::new();
            if let Some(fen) = money {
                prop_assert_eq!(faults.money("", &fen.0.to_string()), money);
            }
            if let Some(at) = instant {
                prop_assert_eq!(faults.instant("", &at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)), instant);
            }
            if let Some(day) = day {
                prop_assert_eq!(day.to_string(), text.clone());
            }
            if let Some(number) = decimal {
                prop_assert_eq!(faults.decimal("", &number.to_string()), decimal);
            }
            let plain = Faults::new().text("", &text, Length::TEXT);
            prop_assert_eq!(Faults::new().text("", &plain, Length::TEXT), plain);
            prop_assert!(faults.is_empty());
        }
    }
}
