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
    use super::*;

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
