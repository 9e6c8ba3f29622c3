//! What a client may say.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The most bytes of an operation's id.
const MOST_ID: usize = 256;

/// A client's message.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Said {
    ConnectionInit {
        payload: Option<Map<String, Value>>,
    },
    Ping {
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: String,
        payload: Value,
    },
    Complete {
        id: String,
    },
}

/// Reads a message; none if it is none of those that there are.
pub(super) fn read(text: &str) -> Option<Said> {
    // By way of a map: an object that gives its fields by position is no message.
    let object: Map<String, Value> = serde_json::from_str(text).ok()?;
    let said = serde_json::from_value(Value::Object(object)).ok()?;
    match &said {
        Said::Subscribe { id, .. } | Said::Complete { id } if id.is_empty() || id.len() > MOST_ID => None,
        _ => Some(said),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What looks like a message, and now and then is one.
    fn texts() -> impl Strategy<Value = String> {
        let leaf = || {
            prop_oneof![
                Just(Value::Null),
                any::<i64>().prop_map(Value::from),
                any::<String>().prop_map(Value::from),
                "x{0,300}".prop_map(Value::from),
                Just(serde_json::json!({ "query": "{a}", "variables": { "b": [1.5] } })),
                Just(serde_json::json!(["ping"])),
            ]
        };
        let kinds = proptest::sample::select(
            &["connection_init", "ping", "pong", "subscribe", "complete", "next", "error", "", "Ping"][..],
        );
        let kind = prop_oneof![4 => kinds.prop_map(Value::from), 1 => leaf()];
        let option = |of| proptest::option::of(of);
        let made = (option(kind.boxed()), option(leaf().boxed()), option(leaf().boxed()), option(leaf().boxed()))
            .prop_map(|(kind, id, payload, other)| {
                let fields = [("type", kind), ("id", id), ("payload", payload), ("other", other)];
                let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
                Value::Object(fields.collect()).to_string()
            });
        let cut = (made.clone(), any::<prop::sample::Index>()).prop_map(|(text, at)| {
            let mut at = at.index(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.split_at(at).0.to_owned()
        });
        prop_oneof![1 => any::<String>(), 4 => made, 1 => cut]
    }

    proptest! {
        #[test]
        fn any_text_is_a_message_or_none(text in texts()) {
            let object = serde_json::from_str::<Map<String, Value>>(&text).ok();
            let field = |name: &str| object.as_ref().and_then(|object| object.get(name));
            let id = field("id").and_then(Value::as_str);
            let map_or_none = field("payload").is_none_or(|payload| payload.is_object() || payload.is_null());
            let expected = match field("type").and_then(Value::as_str) {
                Some("connection_init" | "ping" | "pong") => map_or_none,
                Some("complete") => id.is_some_and(|id| (1..=MOST_ID).contains(&id.len())),
                Some("subscribe") => id.is_some_and(|id| (1..=MOST_ID).contains(&id.len())) && field("payload").is_some(),
                _ => false,
            };
            prop_assert_eq!(read(&text).is_some(), expected, "{}", text);
        }
    }

    #[test]
    fn only_what_the_protocol_names_is_a_message() {
        for good in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":null}"#,
            r#"{"type":"ping","payload":{"a":1.50}}"#,
            r#"{"type":"pong"}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":{"n":12345678901234567890.5}}}"#,
            r#"{"payload":1,"type":"complete","id":"1"}"#,
        ] {
            assert!(read(good).is_some(), "{good}");
        }
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(257));
        for bad in [
            "",
            "{",
            "[]",
            r#"["ping"]"#,
            "null",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"start"}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
            r#"{"type":"connection_init","payload":1}"#,
            r#"{"type":"ping","payload":"x"}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"complete"}"#,
            &long,
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }
}
