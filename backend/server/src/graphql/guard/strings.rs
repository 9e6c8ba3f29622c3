//! Strings that nobody means: with a NUL, of which PostgreSQL has no text, or with the mark by which the library knows a file
//! that came beside a request. Files do not come here.

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql_value::Value as Literal;
use jiebang_platform::base::error::FaultCode;
use jiebang_platform::base::{Faults, Result};
use serde_json::{Map, Value};

const FILE_MARK: &str = "#__graphql_file__:";

/// Names each place of such a string; an argument or a variable `input` is the place from which paths are counted.
pub(super) fn check(variables: &Map<String, Value>, document: &ExecutableDocument) -> Result<()> {
    let mut faults = Faults::new();
    for (name, value) in variables {
        json(below_input(name), value, &mut faults);
    }
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            if let Some(default) = &definition.node.default_value {
                literal(below_input(&definition.node.name.node), &default.node.clone().into_value(), &mut faults);
            }
        }
        selections(&operation.node.selection_set.node, &mut faults);
    }
    for fragment in document.fragments.values() {
        selections(&fragment.node.selection_set.node, &mut faults);
    }
    faults.done()
}

fn below_input(name: &str) -> String {
    if name == "input" { String::new() } else { name.to_owned() }
}

fn join(path: &str, step: impl std::fmt::Display) -> String {
    if path.is_empty() { step.to_string() } else { format!("{path}.{step}") }
}

fn text(path: &str, text: &str, faults: &mut Faults) {
    if text.contains('\0') || text.starts_with(FILE_MARK) {
        faults.add(path, FaultCode::BadCharacters);
    }
}

fn json(path: String, value: &Value, faults: &mut Faults) {
    match value {
        Value::String(string) => text(&path, string, faults),
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                json(join(&path, index), element, faults);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                json(join(&path, name), field, faults);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn selections(set: &SelectionSet, faults: &mut Faults) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                for (name, value) in &field.node.arguments {
                    literal(below_input(&name.node), &value.node, faults);
                }
                selections(&field.node.selection_set.node, faults);
            }
            Selection::InlineFragment(fragment) => selections(&fragment.node.selection_set.node, faults),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn literal(path: String, value: &Literal, faults: &mut Faults) {
    match value {
        Literal::String(string) => text(&path, string, faults),
        Literal::List(elements) => {
            for (index, element) in elements.iter().enumerate() {
                literal(join(&path, index), element, faults);
            }
        }
        Literal::Object(fields) => {
            for (name, field) in fields {
                literal(join(&path, name), field, faults);
            }
        }
        Literal::Variable(_)
        | Literal::Null
        | Literal::Number(_)
        | Literal::Boolean(_)
        | Literal::Binary(_)
        | Literal::Enum(_) => {}
    }
}
