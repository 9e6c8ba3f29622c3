//! Cursors, ids and scalars: refused, or read, and then there is one form that is read as the same.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use async_graphql::{InputType, ScalarType, Value};
use jiebang_platform::base::id::{self, BidId, ChallengeId, Kind, SeatId, UserId};
use jiebang_platform::base::{Cursor, Error, Faults, PageRequest};
use jiebang_server::graphql::scalars::{Date, DateTime, Decimal, Fen};

/// A cursor as it comes back, or the JSON that somebody has put into one.
pub fn cursor(text: &str) {
    let made = base64(text);
    for after in [text, made.as_str()] {
        match Cursor::read(after) {
            Ok(cursor) => {
                assert_eq!(Cursor::read(&cursor.text()).unwrap(), cursor);
                let page = PageRequest::read(20, Some(after)).unwrap();
                assert_eq!(page.after, Some(cursor));
            }
            Err(fault) => assert!(matches!(fault, Error::Invalid(_)), "{fault}"),
        }
    }
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// An id is refused by all kinds but its own.
pub fn id(text: &str) {
    fn read<K: Kind + FromStr + Display + Debug>(text: &str) -> bool {
        let mut faults = Faults::new();
        let read = faults.id::<K>("id", text);
        assert_eq!(read.is_some(), faults.is_empty());
        if let Some(id) = read {
            assert_eq!(id.to_string(), text);
            assert_eq!(K::from_uuid(id.uuid()), id);
        }
        read.is_some()
    }
    let kinds = [
        ("bid", read::<BidId>(text)),
        ("chl", read::<ChallengeId>(text)),
        ("seat", read::<SeatId>(text)),
        ("usr", read::<UserId>(text)),
    ];
    for (prefix, read) in kinds {
        assert!(!read || id::prefix(text) == Some(prefix));
    }
}

/// A value as it stands in variables: any scalar takes a text or a number, and what it holds is then read or named.
pub fn scalar(text: &str) {
    let json = serde_json::from_str(text).unwrap_or(serde_json::Value::String(text.to_owned()));
    let plain = json.is_string() || json.is_number();
    let value = Value::from_json(json).unwrap();
    fn comes_back<T: ScalarType + InputType>(value: &Value) -> Option<String> {
        let scalar = <T as ScalarType>::parse(value.clone()).ok()?;
        let out = ScalarType::to_value(&scalar);
        let again = <T as ScalarType>::parse(out.clone()).ok().expect("what goes out comes in");
        assert_eq!(ScalarType::to_value(&again), out);
        Some(match out {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }
    let mut faults = Faults::new();
    let texts = [
        comes_back::<DateTime>(&value),
        comes_back::<Date>(&value),
        comes_back::<Fen>(&value),
        comes_back::<Decimal>(&value),
    ];
    assert!(texts.iter().all(|text| text.is_some() == plain));
    let [Some(at), Some(day), Some(money), Some(number)] = texts else { return };
    let read = (faults.instant("", &at), faults.day("", &day), faults.money("", &money), faults.decimal("", &number));
    // What is read has one form, and that form is read as the same.
    let mut faults = Faults::new();
    if let Some(at) = read.0 {
        assert_eq!(faults.instant("", &DateTime::from(at).0), Some(at));
    }
    if let Some(day) = read.1 {
        assert_eq!(faults.day("", &Date::from(day).0), Some(day));
    }
    if let Some(fen) = read.2 {
        assert_eq!(faults.money("", &Fen::from(fen).0), Some(fen));
    }
    if let Some(number) = read.3 {
        assert_eq!(faults.decimal("", &Decimal::from(number).0), Some(number));
        if let Some(units) = number.in_units(2) {
            assert_eq!(jiebang_platform::base::Decimal::scaled(units, 2), number);
        }
    }
    assert!(faults.is_empty());
}
