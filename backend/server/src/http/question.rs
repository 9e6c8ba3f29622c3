//! Reading a question from a JSON object or from a query string, to the letter of GraphQL over HTTP.

use poem::Request;
use poem::http::{Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::graphql::guard::Question;

const JSON: &str = "application/json";
const RESPONSE_JSON: &str = "application/graphql-response+json";

/// Why a request is no question, and the key of the words for it.
pub(super) type Unreadable = (StatusCode, &'static str);

const MALFORMED: Unreadable = (StatusCode::BAD_REQUEST, "malformed");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: String,
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    // Taken and not used; anything but a map is no request.
    #[serde(rename = "extensions")]
    _extensions: Option<Map<String, Value>>,
}

/// From an object as it was posted, or as it came over a WebSocket.
pub(super) fn from_object(object: Value) -> Option<Question> {
    // The fields of a request by position, or a batch: neither is taken.
    object.is_object().then_some(())?;
    let parameters: Parameters = serde_json::from_value(object).ok()?;
    Some(Question {
        query: parameters.query,
        operation: parameters.operation_name,
        variables: parameters.variables.unwrap_or_default(),
    })
}

/// From the body of a POST.
pub(super) fn from_body(body: &[u8]) -> Result<Question, Unreadable> {
    serde_json::from_slice(body).ok().and_then(from_object).ok_or(MALFORMED)
}

/// From the query string of a GET: each parameter once, maps as JSON.
pub(super) fn from_query_string(text: &str) -> Result<Question, Unreadable> {
    let mut object = Map::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let value = match name.as_ref() {
            "variables" | "extensions" => serde_json::from_str(&value).map_err(|_| MALFORMED)?,
            _ => Value::String(value.into_owned()),
        };
        if object.insert(name.into_owned(), value).is_some() {
            return Err(MALFORMED);
        }
    }
    from_object(Value::Object(object)).ok_or(MALFORMED)
}

/// Whether a POST's body is what it has to be: uncompressed JSON in UTF-8, which no form of another site can send.
pub(super) fn check_kind(request: &Request) -> Result<(), Unreadable> {
    let unsupported = |words| Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
    let mut parts = request.content_type().unwrap_or_default().split(';').map(str::trim);
    if !parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(JSON)) {
        return unsupported("json_only");
    }
    let other_charset = parts.filter_map(|part| part.split_once('=')).any(|(name, value)| {
        name.eq_ignore_ascii_case("charset") && !value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    let encoded = request.headers().get_all(header::CONTENT_ENCODING).iter().any(|encoding| encoding != "identity");
    if other_charset || encoded { unsupported("utf8_only") } else { Ok(()) }
}

/// How an answer is written and what its status can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `application/json`: 200 for whatever could be read, as older clients take it.
    Json,
    /// `application/graphql-response+json`: the status tells a refused document.
    Response,
}

impl Kind {
    /// What the client would rather have.
    pub(super) fn accepted_by(request: &Request) -> Self {
        let accepts = request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut best = (0.0, Self::Json);
        for range in accepts.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let kind = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                RESPONSE_JSON => Self::Response,
                JSON | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            if quality > best.0 {
                best = (quality, kind);
            }
        }
        best.1
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Response => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// The methods that are answered.
pub(super) fn methods(open: bool) -> &'static str {
    if open { "GET, POST" } else { "POST" }
}

/// Reads a GET, or checks a POST whose body is still to come.
pub(super) fn read(request: &Request, open: bool) -> Result<Option<Question>, Unreadable> {
    match *request.method() {
        Method::POST => check_kind(request).map(|()| None),
        Method::GET if open => from_query_string(request.uri().query().unwrap_or_default()).map(Some),
        _ => Err((StatusCode::METHOD_NOT_ALLOWED, if open { "get_or_post" } else { "post_only" })),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn any_body_is_a_question_or_none(
            body in prop_oneof![
                any::<Vec<u8>>(),
                "[\\[{]?\"query\":\\PC{0,10}[\\]}]?".prop_map(String::into_bytes),
                (any::<String>(), proptest::option::of(any::<String>()), "[a-zA-Z]{0,12}", any::<i32>()).prop_map(
                    |(query, name, other, number)| {
                        json!({ "query": query, "operationName": name, "variables": { "n": number }, other: number })
                            .to_string()
                            .into_bytes()
                    }
                ),
            ],
        ) {
            match from_body(&body) {
                Ok(question) => {
                    let object: Value = serde_json::from_slice(&body).unwrap();
                    prop_assert_eq!(object.get("query").unwrap().as_str(), Some(question.query.as_str()));
                    let name = object.get("operationName").and_then(Value::as_str);
                    prop_assert_eq!(name, question.operation.as_deref());
                }
                Err(refused) => prop_assert_eq!(refused, MALFORMED),
            }
        }

        #[test]
        fn any_query_string_is_a_question_or_none(
            text in any::<String>(),
            query in any::<String>(),
            name in proptest::option::of(any::<String>()),
            variables in prop_oneof![Just("{}".to_owned()), Just("{\"a\":[1]}".to_owned()), any::<String>()],
        ) {
            let _ = from_query_string(&text);
            let mut made = form_urlencoded::Serializer::new(String::new());
            made.append_pair("query", &query).append_pair("variables", &variables);
            if let Some(name) = &name {
                made.append_pair("operationName", name);
            }
            let made = made.finish();
            let sound = serde_json::from_str::<Option<Map<String, Value>>>(&variables);
            match from_query_string(&made) {
                Ok(read) => {
                    prop_assert_eq!(read.query, query);
                    prop_assert_eq!(read.operation, name);
                    prop_assert_eq!(Some(read.variables), sound.ok().map(Option::unwrap_or_default));
                }
                Err(_) => prop_assert!(sound.is_err()),
            }
            // Nothing may be said twice.
            let twice = format!("{made}&query=x");
            prop_assert!(from_query_string(&twice).is_err());
        }

        #[test]
        fn any_wish_for_a_kind_is_heard(
            accept in prop_oneof![
                "\\PC{0,40}",
                proptest::collection::vec(
                    ("(application/json|application/graphql-response\\+json|application/\\*|\\*/\\*|text/html|;)", "(;q=[01](\\.[0-9]{0,3})?|; q=x|;q=-1|;q=nan|;q=inf)?")
                        .prop_map(|(kind, quality)| format!("{kind}{quality}")),
                    0..6,
                )
                .prop_map(|ranges| ranges.join(",")),
            ],
        ) {
            let Ok(value) = poem::http::HeaderValue::from_str(&accept) else { return Ok(()) };
            let request = Request::builder().header("accept", value).finish();
            // Nobody is told in the newer kind who did not name it.
            if Kind::accepted_by(&request) == Kind::Response {
                prop_assert!(accept.to_ascii_lowercase().contains(RESPONSE_JSON));
            }
        }
    }

    #[test]
    fn what_is_liked_best_is_answered() {
        for (accept, kind) in [
            (None, Kind::Json),
            (Some("*/*"), Kind::Json),
            (Some("text/html"), Kind::Json),
            (Some("application/graphql-response+json"), Kind::Response),
            (Some("application/graphql-response+json, application/json;q=0.9"), Kind::Response),
            (Some("application/json, application/graphql-response+json;q=0.9"), Kind::Json),
            (Some("application/graphql-response+json;q=0, */*"), Kind::Json),
            (Some("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8"), Kind::Response),
        ] {
            let request = Request::builder();
            let request = if let Some(accept) = accept { request.header("accept", accept) } else { request };
            assert_eq!(Kind::accepted_by(&request.finish()), kind, "{accept:?}");
        }
    }

    #[test]
    fn a_question_is_an_object_with_a_text() {
        for bad in
            ["", "[]", "[{\"query\":\"{a}\"}]", "[\"{a}\"]", "{}", "{\"query\":1}", "{\"query\":null}", "\"{a}\""]
        {
            assert!(from_body(bad.as_bytes()).is_err(), "{bad}");
        }
        for (name, bad) in [("operationName", json!(1)), ("variables", json!([])), ("extensions", json!("x"))] {
            assert!(from_object(json!({ "query": "{a}", name: bad })).is_none(), "{name}");
            assert!(from_object(json!({ "query": "{a}", name: null })).is_some(), "{name}");
        }
        let read = from_query_string("query=%7Ba%7D&operationName=A&variables=%7B%22x%22%3A1%7D").unwrap();
        assert_eq!((read.query.as_str(), read.operation.as_deref()), ("{a}", Some("A")));
        assert_eq!(read.variables.get("x"), Some(&json!(1)));
        for bad in ["", "query={a}&query={b}", "query={a}&variables=1", "query={a}&variables=", "variables={}"] {
            assert!(from_query_string(bad).is_err(), "{bad}");
        }
    }
}
