//! What a document may ask for, found out before it is believed: a look at its text before any parser sees it, one parse, one walk.
//! The same on HTTP and on WebSockets. The library's parser recurses without a bound into lists and objects, and a stack that
//! overflows takes the process with it; its own limits walk each spread of a fragment again, which doubles with every level.

mod lexical;
mod strings;
mod weight;

use async_graphql::ServerError;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Positioned, Request};
use jiebang_platform::base::error::Limit;
use jiebang_platform::base::{Error, Result};
use serde_json::{Map, Value};

use super::error::{Asked, fault};
use super::nulls::Shape;

const MOST_BYTES: usize = 16 * 1024;
const MOST_TOKENS: usize = 1_000;
const MOST_NESTED: usize = 40;
const MOST_DEEP: usize = 10;
/// Introspection is served to those who learn the API: its standard question is deeper.
const MOST_DEEP_INTROSPECTION: usize = 15;
/// The schema's types point at one another: each list of them within another multiplies the answer. The standard question has two.
const MOST_LISTS_INTROSPECTION: usize = 2;
const MOST_ALIASES: usize = 15;
const MOST_DIRECTIVES: usize = 20;
const MOST_FIELDS: usize = 250;
const MOST_VARIABLES: usize = 50;
const MOST_COST: usize = 1_000;

/// What a client asks.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub query: String,
    pub operation: Option<String>,
    pub variables: Map<String, Value>,
}

/// A question that may be answered.
pub struct Admitted {
    /// To be executed; it carries its parsed document.
    pub request: Request,
    pub kind: OperationType,
    /// What the answer needs. A field that is an object costs 1, any other 0.1; what hangs on a list's node costs as often as
    /// the list may be long.
    pub asked: Asked,
}

/// Reads a question.
pub fn admit(question: Question, shape: &Shape) -> std::result::Result<Admitted, ServerError> {
    lexical::check(&question.query)?;
    let document = parse_query(&question.query)?;
    strings::check(&question.variables, &document).map_err(fault)?;
    weight::count(&document).map_err(fault)?;
    let operation = chosen(&document, question.operation.as_deref())?;
    let kind = operation.node.ty;
    given(operation, &question.variables)?;
    if kind == OperationType::Subscription && !watches_one(operation) {
        return Err(ServerError::new("A subscription selects exactly one field, and not in a fragment", None));
    }
    let cost = weight::weigh(&document, operation, shape, &question.variables)?;
    let variables = async_graphql::Variables::from_json(Value::Object(question.variables));
    let mut request = Request::new(question.query).variables(variables);
    request.operation_name.clone_from(&question.operation);
    request.set_parsed_query(document.clone());
    Ok(Admitted { request, kind, asked: Asked { document, operation: question.operation, cost } })
}

/// Whether the first look at a text lets it go to the parser.
#[cfg(fuzzing)]
pub fn goes_to_the_parser(document: &str) -> bool {
    lexical::check(document).is_ok()
}

fn chosen<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> std::result::Result<&'d Positioned<OperationDefinition>, ServerError> {
    match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Ok(only),
        (DocumentOperations::Multiple(named), Some(name)) => {
            named.get(name).ok_or_else(|| ServerError::new(format!("Unknown operation named \"{name}\""), None))
        }
        (DocumentOperations::Single(_), Some(name)) => {
            Err(ServerError::new(format!("Unknown operation named \"{name}\""), None))
        }
        (DocumentOperations::Multiple(named), None) => match named.values().collect::<Vec<_>>()[..] {
            [only] => Ok(only),
            _ => Err(ServerError::new("Operation name required in request.", None)),
        },
    }
}

/// A variable that has to be given is. The library finds that out only in the field that uses it, when others have been executed.
fn given(
    operation: &Positioned<OperationDefinition>,
    variables: &Map<String, Value>,
) -> std::result::Result<(), ServerError> {
    let missing = operation.node.variable_definitions.iter().map(|definition| &definition.node).find(|definition| {
        let given = variables.get(definition.name.node.as_str());
        let lacks = given.map_or(definition.default_value.is_none(), Value::is_null);
        !definition.var_type.node.nullable && lacks
    });
    missing.map_or(Ok(()), |missing| {
        let words = format!("Variable \"${}\" of type \"{}\" is required", missing.name.node, missing.var_type.node);
        Err(ServerError::new(words, Some(missing.name.pos)))
    })
}

/// The library would leave out what stands in a fragment, and answer of several fields with one at a time (GraphQL, "Single Root
/// Field").
fn watches_one(operation: &Positioned<OperationDefinition>) -> bool {
    matches!(operation.node.selection_set.node.items.as_slice(), [only] if matches!(only.node, Selection::Field(_)))
}

/// Refuses more than `most`.
fn at_most(limit: Limit, most: usize, found: usize) -> Result<()> {
    if found > most { Err(Error::TooComplex(limit, most)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::graphql::Schema;

    static SHAPE: LazyLock<Shape> = LazyLock::new(|| Shape::of(&Schema::of(true, true)));

    /// What looks like a document, and now and then is one.
    fn documents() -> impl Strategy<Value = String> {
        const WORDS: &[&str] = &[
            "query",
            "mutation",
            "subscription",
            "fragment",
            "f",
            "g",
            "on",
            "Query",
            "Challenge",
            "__typename",
            "__schema",
            "challenges",
            "nodes",
            "id",
            "clock",
            "now",
            "first",
            "$n",
            "$n: Int",
            "\"a\"",
            "\"\"\"b\"\"\"",
            "\"\"\"",
            "\\\"\"\"",
            "{ a(b: [",
            "[[[[[[[[[[[[[[[[[[[[",
            "]]]]]]]]]]]]]]]]]]]]) }",
            "00000000",
            "\"",
            "#c\n",
            "1",
            "-1.5e3",
            "true",
            "null",
            "...",
            "...f",
            "...g",
            "@include(if: true)",
            "@skip",
            ":",
            "=",
            "!",
            "|",
            "&",
            ",",
            "{",
            "{",
            "}",
            "}",
            "(",
            ")",
            "[",
            "]",
            "\u{feff}",
            "揭榜",
        ];
        let words = || proptest::collection::vec(proptest::sample::select(WORDS), 0..60);
        let loose = (words(), prop_oneof![Just(" "), Just("")]).prop_map(|(words, between)| words.join(between));
        let inner = proptest::collection::vec(
            proptest::sample::select(
                &["clock { now }", "...f", "...g", "a: __typename", "challenges(first: $n) { nodes { id } }"][..],
            ),
            1..8,
        );
        let whole = (inner.clone(), inner.clone(), inner).prop_map(|(one, f, g)| {
            let (one, f, g) = (one.join(" "), f.join(" "), g.join(" "));
            format!("query($n: Int) {{ {one} }} fragment f on Query {{ {f} }} fragment g on Query {{ {g} }}")
        });
        prop_oneof![any::<String>(), loose, whole]
    }

    /// How deep values are nested in one another, below so many brackets.
    fn deepest(value: &async_graphql_value::Value, below: usize) -> usize {
        use async_graphql_value::Value;
        match value {
            Value::List(elements) => elements.iter().map(|one| deepest(one, below + 1)).max().unwrap_or(below + 1),
            Value::Object(fields) => fields.values().map(|one| deepest(one, below + 1)).max().unwrap_or(below + 1),
            _ => below,
        }
    }

    /// The arguments of a document's outermost fields.
    fn outermost(document: &ExecutableDocument) -> impl Iterator<Item = &async_graphql_value::Value> {
        let selections = document.operations.iter().flat_map(|(_, one)| &one.node.selection_set.node.items);
        let fields =
            selections.filter_map(|one| if let Selection::Field(field) = &one.node { Some(field) } else { None });
        fields.flat_map(|field| &field.node.arguments).map(|(_, value)| &value.node)
    }

    proptest! {
        #[test]
        fn the_parser_sees_what_was_counted(
            begins in prop_oneof![Just("{ a(b: ["), Just("{ a(b: 1, c: ["), Just("{ a(b: {d: [")],
            strings in "(\"\"\"|\"|\\\\|\\\\\"|a|#|\n|,| |0){0,12}",
            levels in 0usize..80,
            ends in prop_oneof![Just(""), Just("\""), Just("\"\"\"")],
        ) {
            let closed = if begins.ends_with("{d: [") { "]}) }" } else { "]) }" };
            let (open, close) = ("[".repeat(levels), "]".repeat(levels));
            let query = format!("{begins}{strings} {open}{close} {ends}{closed}");
            if lexical::check(&query).is_ok() && let Ok(document) = parse_query(&query) {
                for value in outermost(&document) {
                    prop_assert!(deepest(value, 2) <= MOST_NESTED, "{}", query);
                }
            }
        }

        #[test]
        fn any_document_is_admitted_within_its_limits_or_refused(query in documents(), n in any::<i64>()) {
            let variables = Map::from_iter([("n".to_owned(), Value::from(n))]);
            match admit(Question { query, operation: None, variables }, &SHAPE) {
                Ok(admitted) => {
                    prop_assert!(admitted.asked.cost <= MOST_COST);
                    prop_assert!(lexical::check(&admitted.request.query).is_ok());
                }
                Err(refused) => prop_assert!(refused.path.is_empty()),
            }
        }
    }
}
