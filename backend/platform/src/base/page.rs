//! Keyset pages. A cursor holds the sort key of a row that its reader has seen, and nothing else.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Datelike;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::FaultCode;
use super::{Error, Faults, Instant, Result};

/// What was asked for: so many rows after a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// How many, 1 … 100.
    pub first: u64,
    /// Behind which row.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The most that one page holds.
    pub const MOST: i32 = 100;

    /// Reads a page's arguments.
    pub fn read(first: i32, after: Option<&str>) -> Result<Self> {
        let mut faults = Faults::new();
        let first = faults.number("first", first, 1, Self::MOST);
        let after = after.map(Cursor::read);
        faults.check(!matches!(after, Some(Err(_))), "after", FaultCode::BadCursor);
        faults.done()?;
        Ok(Self { first: first.unsigned_abs().into(), after: after.transpose()? })
    }

    /// The first page of the largest size, for lists that are bounded by nature.
    pub fn whole() -> Self {
        Self { first: Self::MOST.unsigned_abs().into(), after: None }
    }
}

/// The sort key of one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// The list and the order that it was given out in; it is good for no other.
    #[serde(rename = "o", default)]
    pub order: Cow<'static, str>,
    /// The leading key; none where the order is by id (that is, by age) alone.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub key: Option<CursorKey>,
    /// The row's id, the tail of every order.
    #[serde(rename = "i")]
    pub id: Uuid,
}

/// The leading key of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CursorKey {
    /// A position or a count.
    #[serde(rename = "n")]
    Number(i64),
    /// An instant.
    #[serde(rename = "t")]
    Instant(Instant),
    /// A name.
    #[serde(rename = "s")]
    Text(String),
}

impl CursorKey {
    /// Whether a database can compare with it: no instant that it cannot tell, no text that it cannot hold.
    fn is_sound(&self) -> bool {
        match self {
            Self::Number(_) => true,
            Self::Instant(at) => (1900..=2300).contains(&at.year()),
            Self::Text(text) => !text.contains('\0'),
        }
    }
}

impl Cursor {
    fn new(key: Option<CursorKey>, id: Uuid) -> Self {
        Self { order: Cow::Borrowed(""), key, id }
    }

    /// In the order of ids.
    pub fn by_id(id: Uuid) -> Self {
        Self::new(None, id)
    }

    /// In the order of an instant, then of ids.
    pub fn by_instant(at: Instant, id: Uuid) -> Self {
        Self::new(Some(CursorKey::Instant(at)), id)
    }

    /// In the order of a text, then of ids.
    pub fn by_text(text: impl Into<String>, id: Uuid) -> Self {
        Self::new(Some(CursorKey::Text(text.into())), id)
    }

    /// In the order of a number, then of ids.
    pub fn by_number(number: i64, id: Uuid) -> Self {
        Self::new(Some(CursorKey::Number(number)), id)
    }

    /// As it is given out.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// As it comes back.
    pub fn read(text: &str) -> Result<Self> {
        let read = || serde_json::from_slice::<Self>(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
        let sound = |cursor: &Self| cursor.key.as_ref().is_none_or(CursorKey::is_sound);
        read().filter(sound).ok_or_else(|| Error::invalid("after", FaultCode::BadCursor))
    }
}

/// One page of rows, each with its cursor.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<(Cursor, T)>,
    /// Whether rows follow.
    pub has_next: bool,
    /// Whether the page was asked for behind a cursor.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// Cuts a page from rows fetched with one to spare.
    pub(crate) fn cut(mut rows: Vec<T>, request: &PageRequest, cursor: impl Fn(&T) -> Cursor) -> Self {
        let first = usize::try_from(request.first).unwrap_or(usize::MAX);
        let has_next = rows.len() > first;
        rows.truncate(first);
        let rows = rows.into_iter().map(|row| (cursor(&row), row)).collect();
        Self { rows, has_next, has_previous: request.after.is_some() }
    }

    /// No rows.
    pub fn empty() -> Self {
        Self { rows: Vec::new(), has_next: false, has_previous: false }
    }

    /// The same page of something else.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(|(cursor, row)| (cursor, change(row))).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }

    /// The rows without their cursors.
    pub fn items(self) -> impl Iterator<Item = T> {
        self.rows.into_iter().map(|(_, row)| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> impl Strategy<Value = CursorKey> {
        prop_oneof![
            any::<i64>().prop_map(CursorKey::Number),
            (-2_000_000_000_000i64..10_000_000_000_000)
                .prop_map(|ms| CursorKey::Instant(Instant::from_timestamp_millis(ms).unwrap())),
            any::<String>().prop_map(CursorKey::Text),
        ]
    }

    /// What somebody might make who has read a cursor.
    fn made() -> impl Strategy<Value = String> {
        let key = prop_oneof![
            any::<f64>().prop_map(|number| serde_json::json!({ "n": number })),
            any::<u64>().prop_map(|number| serde_json::json!({ "n": number })),
            "[+-]?[0-9]{1,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,12})?(Z|[+-][0-9]{2}:[0-9]{2})"
                .prop_map(|at| serde_json::json!({ "t": at })),
            any::<String>().prop_map(|text| serde_json::json!({ "s": text })),
            any::<String>().prop_map(|text| serde_json::json!(text)),
        ];
        (any::<String>(), key, prop_oneof!["[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", any::<String>()])
            .prop_map(|(order, key, id)| serde_json::json!({ "o": order, "k": key, "i": id }).to_string())
    }

    proptest! {
        #[test]
        fn cursors_come_back(order: String, key in proptest::option::of(keys()), id: u128) {
            let cursor = Cursor { order: order.into(), key, id: Uuid::from_u128(id) };
            match Cursor::read(&cursor.text()) {
                Ok(read) => prop_assert_eq!(read, cursor),
                Err(_) => prop_assert!(!cursor.key.unwrap().is_sound()),
            }
        }

        #[test]
        fn any_page_is_read_or_refused(
            first: i32,
            after in prop_oneof![
                any::<String>(),
                proptest::collection::vec(any::<u8>(), 0..80).prop_map(|bytes| URL_SAFE_NO_PAD.encode(bytes)),
                made().prop_map(|json| URL_SAFE_NO_PAD.encode(json)),
            ],
        ) {
            match PageRequest::read(first, Some(&after)) {
                Ok(page) => {
                    prop_assert!((1..=100).contains(&page.first));
                    let cursor = page.after.unwrap();
                    prop_assert!(cursor.key.as_ref().is_none_or(CursorKey::is_sound));
                    prop_assert_eq!(Cursor::read(&cursor.text()).unwrap(), cursor);
                }
                Err(fault) => prop_assert!(matches!(fault, Error::Invalid(_)), "{fault}"),
            }
            if let Ok(cursor) = Cursor::read(&after) {
                prop_assert_eq!(Cursor::read(&cursor.text()).unwrap(), cursor);
            }
        }
    }
}
