//! How a refusal is told. The only place that knows both the platform's errors and GraphQL's: a message in the client's
//! language, a code, the faulty fields, the request's id, and never a cause.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Response, ServerError};
use jiebang_platform::base::error::FaultCode;
use jiebang_platform::base::{Error, Fault, Reason};
use rust_i18n::t;
use serde_json::{Map, Value, json};

use super::context::Came;
use super::nulls::Shape;
use super::words::ErrorCode;

const MOST_ERRORS: usize = 10;
const MOST_MESSAGE: usize = 500;
/// Of all errors of an answer together, in bytes; the first is always told.
const MOST_TOLD: usize = 60 * 1024;

/// What a resolver answers.
pub type Answer<T> = Result<T, Refusal>;

/// A refusal of the platform on its way to the client. It prints as nothing: it is put into words only at the end.
#[derive(Clone)]
pub struct Refusal(Arc<Error>);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<Arc<Error>> for Refusal {
    fn from(error: Arc<Error>) -> Self {
        Self(error)
    }
}

impl Refusal {
    /// What it is about, for a door that is no graph.
    pub fn error(&self) -> &Error {
        &self.0
    }
}

impl From<Refusal> for async_graphql::Error {
    fn from(refusal: Refusal) -> Self {
        Self { message: String::new(), source: Some(refusal.0), extensions: None }
    }
}

/// The code of an error, and what belongs to it.
fn code(error: &Error) -> (ErrorCode, Option<Reason>, Option<String>) {
    match error {
        Error::SignIn(reason) => (ErrorCode::Unauthenticated, Some(*reason), None),
        Error::Hidden => (ErrorCode::NotFound, None, None),
        Error::NotYours(reason) => (ErrorCode::Forbidden, Some(*reason), None),
        Error::NotNow(reason) => (ErrorCode::NotNow, Some(*reason), None),
        Error::Short(reason, by) => (ErrorCode::NotNow, Some(*reason), Some(by.to_string())),
        Error::TooLate(reason) => (ErrorCode::DeadlinePassed, Some(*reason), None),
        Error::Invalid(_) => (ErrorCode::InvalidInput, None, None),
        Error::Conflict(reason) => (ErrorCode::Conflict, Some(*reason), None),
        Error::CalendarNotLoaded(year) => (ErrorCode::CalendarNotLoaded, None, Some(year.to_string())),
        Error::TooMany(seconds) => (ErrorCode::RateLimited, None, Some(seconds.to_string())),
        Error::TooComplex(_, _) => (ErrorCode::TooComplex, None, None),
        Error::TooLarge => (ErrorCode::PayloadTooLarge, None, None),
        Error::Busy(_) | Error::Unavailable(_) | Error::Again(_) => (ErrorCode::Unavailable, None, None),
        Error::Internal(_) => (ErrorCode::Internal, None, None),
    }
}

fn message(error: &Error, locale: &str) -> String {
    if let Error::TooComplex(limit, most) = error {
        return t!(format!("limits.{limit}"), locale = locale, figure = most).into_owned();
    }
    let (code, reason, figure) = code(error);
    match (reason, figure) {
        (Some(reason), Some(figure)) => t!(format!("reasons.{reason}"), locale = locale, figure = figure),
        (Some(reason), None) => t!(format!("reasons.{reason}"), locale = locale),
        (None, Some(figure)) => t!(format!("codes.{}", code.word()), locale = locale, figure = figure),
        (None, None) => t!(format!("codes.{}", code.word()), locale = locale),
    }
    .into_owned()
}

fn fault_words(fault: &Fault, locale: &str) -> String {
    let key = match fault.code {
        // These have a figure to name now and then.
        FaultCode::OutOfRange | FaultCode::TooLong if fault.figure.is_none() => format!("plain.{}", fault.code),
        code => format!("faults.{code}"),
    };
    match &fault.figure {
        Some(figure) => t!(key, locale = locale, figure = figure).into_owned(),
        None => {
            let words = t!(key, locale = locale);
            debug_assert!(!words.contains("%{figure}"), "{} at {} names no figure", fault.code, fault.path);
            words.into_owned()
        }
    }
}

/// A refusal in one line, for the command line.
pub fn in_words(error: &Error, locale: &str) -> String {
    match error {
        Error::Invalid(faults) => {
            let faults: Vec<_> =
                faults.iter().map(|fault| format!("{}: {}", fault.path, fault_words(fault, locale))).collect();
            faults.join("; ")
        }
        Error::Internal(fault) => format!("{fault:#}"),
        Error::Unavailable(cause) => cause.clone(),
        other => message(other, locale),
    }
}

/// An error as it is sent. A fault of the platform is logged here, once, with the request's id.
pub fn told(error: &Error, came: &Came) -> Value {
    match error {
        Error::Internal(fault) => tracing::error!(request = came.id, fault = format!("{fault:#}"), "a fault"),
        Error::Unavailable(cause) | Error::Again(cause) => tracing::warn!(request = came.id, cause, "unavailable"),
        _ => {}
    }
    let locale = came.locale.tag();
    let (code, reason, _) = code(error);
    let fields: Vec<_> = match error {
        Error::Invalid(faults) => faults
            .iter()
            .map(
                |fault| json!({ "path": fault.path, "code": fault.code.word(), "message": fault_words(fault, locale) }),
            )
            .collect(),
        _ => Vec::new(),
    };
    let mut extensions = json!({ "code": code.word(), "fields": fields, "requestId": came.id });
    if let Some(reason) = reason {
        set(&mut extensions, "reason", json!(reason.word()));
    }
    if let Error::TooComplex(limit, _) = error {
        set(&mut extensions, "reason", json!(limit.word()));
    }
    if let Error::Short(_, by) = error {
        set(&mut extensions, "missing", json!(by));
    }
    if let Error::TooMany(seconds) | Error::Busy(seconds) = error {
        set(&mut extensions, "retryAfter", json!(seconds));
    }
    json!({ "message": message(error, locale), "extensions": extensions })
}

/// A request that cannot be read, with the words under this key.
pub fn unreadable(words: &str, came: &Came) -> Value {
    let text = t!(format!("requests.{words}"), locale = came.locale.tag());
    uncoded(&text, ErrorCode::InvalidInput, came)
}

fn uncoded(message: &str, code: ErrorCode, came: &Came) -> Value {
    let message: String = message.chars().take(MOST_MESSAGE).collect();
    json!({ "message": message, "extensions": { "code": code.word(), "fields": [], "requestId": came.id } })
}

fn set(to: &mut Value, key: &str, value: Value) {
    if let Some(object) = to.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

fn server_error(error: &ServerError, came: &Came) -> Value {
    let mut told = match error.source::<Error>() {
        Some(error) => self::told(error, came),
        // What the library finds in the document or in the variables.
        None => uncoded(&error.message, ErrorCode::InvalidInput, came),
    };
    if !error.locations.is_empty() {
        set(&mut told, "locations", json!(error.locations));
    }
    if !error.path.is_empty() {
        set(&mut told, "path", json!(error.path));
    }
    told
}

/// A refusal before anything is executed.
pub fn fault(error: Error) -> ServerError {
    let mut fault = ServerError::new(String::new(), None);
    fault.source = Some(Arc::new(error));
    fault
}

/// How far a question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was executed; the body has data, if only null.
    Executed,
    /// It was refused before.
    Refused,
    /// The platform cannot serve just now.
    Unavailable,
    /// The platform failed before anything was executed.
    Failed,
}

/// An answer as it is sent.
pub struct Finished {
    pub body: Value,
    pub outcome: Outcome,
}

impl Finished {
    /// What was refused before it was executed.
    pub fn refused(error: &ServerError, came: &Came) -> Self {
        Self { body: json!({ "errors": [server_error(error, came)] }), outcome: Outcome::Refused }
    }

    /// What the platform could not find out or do.
    pub fn failed(error: &Error, came: &Came) -> Self {
        let unavailable = code(error).0 == ErrorCode::Unavailable;
        let outcome = if unavailable { Outcome::Unavailable } else { Outcome::Failed };
        Self { body: json!({ "errors": [told(error, came)] }), outcome }
    }
}

impl Finished {
    /// After how many seconds it is of use to ask again, if anything in it says so.
    pub fn retry_after(&self) -> Option<u64> {
        let errors = self.body.get("errors")?.as_array()?;
        errors.iter().filter_map(|error| error.pointer("/extensions/retryAfter")?.as_u64()).max()
    }
}

/// What was asked, as far as its answer needs it.
pub struct Asked {
    pub document: ExecutableDocument,
    pub operation: Option<String>,
    pub cost: usize,
}

/// Puts an answer into its final form.
pub fn finish(response: &Response, asked: &Asked, shape: &Shape, came: &Came) -> Finished {
    // Before execution nothing has a place in the answer; what execution refuses has one.
    let executed = response.errors.is_empty() || response.errors.iter().any(|error| !error.path.is_empty());
    let mut body = Map::new();
    let mut outcome = if executed { Outcome::Executed } else { Outcome::Refused };
    let errors = few(response.errors.iter().map(|error| server_error(error, came)));
    if executed {
        let mut data = json!(response.data);
        let paths = response.errors.iter().map(|error| error.path.as_slice());
        shape.settle(&asked.document, asked.operation.as_deref(), &mut data, paths);
        if data.is_null() && errors.iter().all(is_unavailable) {
            outcome = Outcome::Unavailable;
        }
        body.insert("data".to_owned(), data);
    }
    if !errors.is_empty() {
        body.insert("errors".to_owned(), errors.into());
    }
    body.insert("extensions".to_owned(), json!({ "cost": asked.cost }));
    Finished { body: Value::Object(body), outcome }
}

/// As many as an answer tells.
fn few(errors: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut told = 0;
    let within = |error: &Value| {
        let before = told;
        told += error.to_string().len();
        before == 0 || told <= MOST_TOLD
    };
    errors.take(MOST_ERRORS).take_while(within).collect()
}

fn is_unavailable(error: &Value) -> bool {
    error.pointer("/extensions/code").and_then(Value::as_str) == Some(ErrorCode::Unavailable.word())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiebang_platform::base::error::{FaultCode, Limit};
    use jiebang_platform::base::words::{
        Domain, JudgeKind, LegalRoute, Mechanism, PriceFormula, RankingBasis, SealMode, TieRule,
    };
    use jiebang_platform::events::EventKind;
    use jiebang_platform::reviews::ranking::Unnormalised;
    use jiebang_platform::reviews::statistics::Untold;
    use jiebang_platform::targets::counting::{ProjectReason, TechnologyReason};

    use super::*;

    fn keys(file: &str) -> BTreeSet<String> {
        fn walk(prefix: &str, table: &toml::Table, keys: &mut BTreeSet<String>) {
            for (key, value) in table {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                match value {
                    toml::Value::Table(table) => walk(&path, table, keys),
                    _ => {
                        keys.insert(path);
                    }
                }
            }
        }
        let mut found = BTreeSet::new();
        walk("", &file.parse().unwrap(), &mut found);
        found
    }

    #[test]
    fn everything_has_words_in_both_languages() {
        let (chinese, english) =
            (keys(include_str!("../../locales/zh-CN.toml")), keys(include_str!("../../locales/en.toml")));
        assert_eq!(chinese, english);
        let codes = <ErrorCode as async_graphql::resolver_utils::EnumType>::items();
        let printed = ["none"].into_iter();
        let printed = printed.chain(JudgeKind::ALL.iter().map(|kind| kind.word()));
        let printed = printed.chain(TieRule::ALL.iter().map(|rule| rule.word()));
        let printed = printed.chain(RankingBasis::ALL.iter().map(|basis| basis.word()));
        let printed = printed.chain(PriceFormula::ALL.iter().map(|formula| formula.word()));
        let printed = printed.chain(Domain::ALL.iter().map(|domain| domain.word()));
        let printed = printed.chain(LegalRoute::ALL.iter().map(|route| route.word()));
        let printed = printed.chain(Mechanism::ALL.iter().map(|mechanism| mechanism.word()));
        let wanted: BTreeSet<String> = codes
            .iter()
            .map(|item| format!("codes.{}", item.value.word()))
            .chain(
                [
                    "post_only",
                    "json_only",
                    "utf8_only",
                    "malformed",
                    "too_slow",
                    "get_or_post",
                    "get_reads_only",
                    "subscribe_elsewhere",
                    "bad_upgrade",
                    "foreign_origin",
                    "content_range",
                ]
                .map(|word| format!("requests.{word}")),
            )
            .chain(Reason::ALL.iter().map(|reason| format!("reasons.{reason}")))
            .chain(FaultCode::ALL.iter().map(|code| format!("faults.{code}")))
            .chain([FaultCode::OutOfRange, FaultCode::TooLong].map(|code| format!("plain.{code}")))
            .chain(EventKind::ALL.iter().map(|kind| format!("events.{kind}")))
            .chain(Limit::ALL.iter().map(|limit| format!("limits.{limit}")))
            .chain(Untold::ALL.iter().map(|why| format!("statistics.{why}")))
            .chain(Unnormalised::ALL.iter().map(|why| format!("statistics.unnormalised_{why}")))
            // Of reviews that were closed before standard scores were.
            .chain(["statistics.unnormalised_not_reckoned".to_owned()])
            .chain(printed.map(|word| format!("page.{}", word.to_lowercase())))
            .chain(SealMode::ALL.iter().map(|mode| format!("seal.{mode}")))
            .chain(ProjectReason::ALL.iter().map(|reason| format!("evidence.{reason}")))
            .chain(TechnologyReason::ALL.iter().map(|reason| format!("evidence.{reason}")))
            .chain(["_version".to_owned()])
            .collect();
        assert_eq!(chinese, wanted);
    }

    #[test]
    fn words_are_found() {
        assert_eq!(message(&Error::TooMany(7), "en"), "Too many attempts; try again in 7 s.");
        assert_eq!(message(&Error::NotYours(Reason::OwnAccount), "zh-CN"), "不能对本人的账号办理此事项。");
        let secret = Error::Internal(anyhow::anyhow!("select secret"));
        assert_eq!(message(&secret, "en"), "The platform failed; this has been noted.");
    }
}
