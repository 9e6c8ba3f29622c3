//! Documents: what the guard lets go to the parser is as small as the guard took it to be.

use std::sync::LazyLock;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{Directive, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;
use jiebang_platform::base::Error;
use jiebang_server::graphql::Schema;
use jiebang_server::graphql::guard::{Question, admit, goes_to_the_parser};
use jiebang_server::graphql::nulls::Shape;

static SHAPE: LazyLock<Shape> = LazyLock::new(|| Shape::of(&Schema::of(true, true)));

const MOST_TOKENS: usize = 1_000;
const MOST_NESTED: usize = 40;

/// A document and, behind a NUL, its variables as JSON.
pub fn guard(text: &str) {
    let (query, variables) = text.split_once('\0').unwrap_or((text, "{}"));
    let goes = goes_to_the_parser(query);
    if goes && let Ok(document) = parse_query(query) {
        let mut found = Found::default();
        found.document(&document);
        assert!(found.tokens <= MOST_TOKENS, "{} tokens: {query}", found.tokens);
        assert!(found.deepest <= MOST_NESTED, "{} levels: {query}", found.deepest);
    }
    let variables = serde_json::from_str(variables).unwrap_or_default();
    match admit(Question { query: query.to_owned(), operation: None, variables }, &SHAPE) {
        Ok(admitted) => assert!(goes && admitted.asked.cost <= 1_000),
        Err(refused) => match refused.source::<Error>() {
            None | Some(Error::TooComplex(..) | Error::Invalid(_)) => {}
            Some(other) => panic!("{other}"),
        },
    }
}

/// What is certainly in a text from which this was parsed.
#[derive(Default)]
struct Found {
    tokens: usize,
    deepest: usize,
}

impl Found {
    fn document(&mut self, document: &ExecutableDocument) {
        for (name, operation) in document.operations.iter() {
            self.tokens += usize::from(name.is_some());
            self.directives(&operation.node.directives, 0);
            for variable in &operation.node.variable_definitions {
                self.tokens += 3;
                self.directives(&variable.node.directives, 1);
                if let Some(default) = &variable.node.default_value {
                    self.value(&default.node.clone().into_value(), 1);
                }
            }
            self.selections(&operation.node.selection_set.node, 0);
        }
        for fragment in document.fragments.values() {
            self.tokens += 4;
            self.directives(&fragment.node.directives, 0);
            self.selections(&fragment.node.selection_set.node, 0);
        }
    }

    fn inside(&mut self, level: usize) -> usize {
        self.tokens += 2;
        self.deepest = self.deepest.max(level + 1);
        level + 1
    }

    fn selections(&mut self, set: &SelectionSet, level: usize) {
        if set.items.is_empty() {
            return;
        }
        let level = self.inside(level);
        for selection in &set.items {
            self.tokens += 1;
            match &selection.node {
                Selection::Field(field) => {
                    self.tokens += 2 * usize::from(field.node.alias.is_some());
                    self.arguments(&field.node.arguments, level);
                    self.directives(&field.node.directives, level);
                    self.selections(&field.node.selection_set.node, level);
                }
                Selection::InlineFragment(fragment) => {
                    self.directives(&fragment.node.directives, level);
                    self.selections(&fragment.node.selection_set.node, level);
                }
                Selection::FragmentSpread(spread) => {
                    self.tokens += 1;
                    self.directives(&spread.node.directives, level);
                }
            }
        }
    }

    fn directives(&mut self, directives: &[Positioned<Directive>], level: usize) {
        for directive in directives {
            self.tokens += 2;
            self.arguments(&directive.node.arguments, level);
        }
    }

    fn arguments(&mut self, arguments: &[(Positioned<Name>, Positioned<Value>)], level: usize) {
        if arguments.is_empty() {
            return;
        }
        let level = self.inside(level);
        for (_, value) in arguments {
            self.tokens += 2;
            self.value(&value.node, level);
        }
    }

    fn value(&mut self, value: &Value, level: usize) {
        match value {
            Value::List(elements) => {
                let level = self.inside(level);
                for element in elements {
                    self.value(element, level);
                }
            }
            Value::Object(fields) => {
                let level = self.inside(level);
                for field in fields.values() {
                    self.tokens += 2;
                    self.value(field, level);
                }
            }
            _ => self.tokens += 1,
        }
    }
}
