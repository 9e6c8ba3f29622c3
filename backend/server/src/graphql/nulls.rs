//! Null where nothing can be. The library leaves out a field that failed and may not be null; a client is owed null in the
//! nearest place above that may be null (GraphQL, "Handling Execution Errors"), so that what it is given fits the schema.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result};
use async_graphql::PathSegment;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, DocumentOperations, ExecutableDocument, FieldDefinition, OperationType, Selection, SelectionSet, Type,
    TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};
use serde_json::Value;

use super::Schema;

/// The fields of a schema's types.
#[derive(Debug)]
pub struct Shape(HashMap<Name, HashMap<Name, FieldShape>>);

/// What a field gives.
#[derive(Debug)]
pub(super) struct FieldShape {
    pub(super) ty: Type,
    /// How many it gives unless told otherwise, if it is a list that comes in pages.
    pub(super) page: Option<usize>,
}

/// Selections and the type that they are made on.
type Selected<'a> = Vec<(Name, &'a SelectionSet)>;

impl Shape {
    /// Of a schema that is served.
    pub fn of(schema: &Schema) -> Self {
        Self::read(&schema.sdl()).unwrap_or_else(|fault| {
            tracing::error!(fault = format!("{fault:#}"), "errors in places that may not be null will not be settled");
            Self(HashMap::new())
        })
    }

    fn read(sdl: &str) -> Result<Self> {
        let document = parse_schema(sdl).context("the schema's own text")?;
        let fields = |fields: Vec<Positioned<FieldDefinition>>| {
            fields.into_iter().map(|field| (field.node.name.node.clone(), FieldShape::of(field.node))).collect()
        };
        let types = document.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => match definition.node.kind {
                TypeKind::Object(object) => Some((definition.node.name.node, fields(object.fields))),
                TypeKind::Interface(interface) => Some((definition.node.name.node, fields(interface.fields))),
                TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => None,
            },
            TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
        });
        Ok(Self(types.collect()))
    }

    /// A field of a type.
    pub(super) fn field_of(&self, on: &Name, field: &Name) -> Option<&FieldShape> {
        self.0.get(on)?.get(field)
    }

    /// Puts null where an error at one of `paths` has left a hole in `data`.
    pub fn settle<'p>(
        &self,
        document: &ExecutableDocument,
        operation: Option<&str>,
        data: &mut Value,
        paths: impl Iterator<Item = &'p [PathSegment]>,
    ) {
        for path in paths.filter(|path| !path.is_empty()) {
            if let Some(nullable) = self.nullable(document, operation, path) {
                settle(data, path, &nullable);
            }
        }
    }

    /// Whether each step of a path leads to a place that may be null.
    fn nullable(
        &self,
        document: &ExecutableDocument,
        operation: Option<&str>,
        path: &[PathSegment],
    ) -> Option<Vec<bool>> {
        let operation = match &document.operations {
            DocumentOperations::Single(operation) => operation,
            DocumentOperations::Multiple(operations) => match operation {
                Some(name) => operations.get(name)?,
                None => operations.values().next()?,
            },
        };
        let root = Name::new(root(operation.node.ty));
        let mut selected: Selected = vec![(root, &operation.node.selection_set.node)];
        let mut reached: Option<Type> = None;
        let mut steps = Vec::with_capacity(path.len());
        for segment in path {
            let next = match (segment, reached) {
                (PathSegment::Field(key), _) => {
                    let (next, below) = self.field(document, selected, key)?;
                    selected = below;
                    next
                }
                (PathSegment::Index(_), Some(Type { base: BaseType::List(element), .. })) => *element,
                (PathSegment::Index(_), _) => return None,
            };
            steps.push(next.nullable);
            reached = Some(next);
        }
        Some(steps)
    }

    /// The type of the field that answers under `key`, and what is selected of it.
    fn field<'d>(
        &self,
        document: &'d ExecutableDocument,
        mut selected: Selected<'d>,
        key: &str,
    ) -> Option<(Type, Selected<'d>)> {
        let mut found: Option<(Type, Selected)> = None;
        let mut spread = HashSet::new();
        while let Some((on, set)) = selected.pop() {
            for selection in &set.items {
                match &selection.node {
                    Selection::Field(field) if field.node.response_key().node == key => {
                        let Some(FieldShape { ty, .. }) = self.field_of(&on, &field.node.name.node) else { continue };
                        let below = (innermost(ty), &field.node.selection_set.node);
                        found.get_or_insert_with(|| (ty.clone(), Vec::new())).1.push(below);
                    }
                    Selection::Field(_) => {}
                    Selection::InlineFragment(fragment) => {
                        let condition = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.clone());
                        let on = condition.unwrap_or_else(|| on.clone());
                        selected.push((on, &fragment.node.selection_set.node));
                    }
                    Selection::FragmentSpread(name) => {
                        let name = &name.node.fragment_name.node;
                        if let Some(fragment) = document.fragments.get(name).filter(|_| spread.insert(name)) {
                            let on = fragment.node.type_condition.node.on.node.clone();
                            selected.push((on, &fragment.node.selection_set.node));
                        }
                    }
                }
            }
        }
        found
    }
}

impl FieldShape {
    fn of(definition: FieldDefinition) -> Self {
        let first = definition.arguments.iter().find(|argument| argument.node.name.node == "first");
        let page = first.and_then(|first| match &first.node.default_value.as_ref()?.node {
            async_graphql::Value::Number(number) => usize::try_from(number.as_u64()?).ok(),
            _ => None,
        });
        Self { ty: definition.ty.node, page }
    }
}

/// The name of the type that an operation starts from.
pub(super) fn root(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

/// The name of a type without its lists.
pub(super) fn innermost(ty: &Type) -> Name {
    match &ty.base {
        BaseType::Named(name) => name.clone(),
        BaseType::List(element) => innermost(element),
    }
}

fn settle(data: &mut Value, path: &[PathSegment], nullable: &[bool]) {
    // How far there is something.
    let mut place = &*data;
    let mut whole = 0;
    for segment in path {
        match child(place, segment) {
            Some(next) if !next.is_null() => place = next,
            _ => break,
        }
        whole += 1;
    }
    if whole == path.len() {
        return;
    }
    // The nearest place, from the hole upwards, that may be null.
    let last = nullable.iter().take(whole + 1).rposition(|nullable| *nullable);
    let Some((last, above)) = last.and_then(|last| Some((path.get(last)?, path.get(..last)?))) else {
        *data = Value::Null;
        return;
    };
    let mut place = data;
    for segment in above {
        match child_mut(place, segment) {
            Some(next) => place = next,
            None => return,
        }
    }
    match (place, last) {
        (Value::Object(fields), PathSegment::Field(key)) => {
            fields.insert(key.clone(), Value::Null);
        }
        (Value::Array(elements), PathSegment::Index(index)) => {
            if let Some(element) = elements.get_mut(*index) {
                *element = Value::Null;
            }
        }
        _ => {}
    }
}

fn child<'a>(of: &'a Value, segment: &PathSegment) -> Option<&'a Value> {
    match segment {
        PathSegment::Field(key) => of.get(key),
        PathSegment::Index(index) => of.get(index),
    }
}

fn child_mut<'a>(of: &'a mut Value, segment: &PathSegment) -> Option<&'a mut Value> {
    match segment {
        PathSegment::Field(key) => of.get_mut(key),
        PathSegment::Index(index) => of.get_mut(index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SCHEMA: &str = r#"
        interface Node { id: ID! }
        type Query { maybe: A sure: A! node: Node }
        type A implements Node { id: ID! b: B bs: [B!]! loose: [B] name: String! }
        type B { c: String! d: String }
        type Mutation { one: A! two: A! }
        schema { query: Query mutation: Mutation }
    "#;

    fn settled(query: &str, mut data: Value, path: Value) -> Value {
        let segments = path.as_array().unwrap().iter().map(|segment| match segment.as_u64() {
            Some(index) => PathSegment::Index(index as usize),
            None => PathSegment::Field(segment.as_str().unwrap().to_owned()),
        });
        let path: Vec<_> = segments.collect();
        let document = async_graphql::parser::parse_query(query).unwrap();
        Shape::read(SCHEMA).unwrap().settle(&document, None, &mut data, std::iter::once(&path[..]));
        data
    }

    #[test]
    fn the_served_schemas_are_read() {
        for schema in [Schema::of(false, false), Schema::of(true, true)] {
            let Shape(types) = Shape::read(&schema.sdl()).unwrap();
            assert!(!types["Mutation"]["signIn"].ty.nullable && types["Query"]["viewer"].ty.nullable);
            assert_eq!(types["Query"]["challenges"].page, Some(20));
        }
    }

    #[test]
    fn null_stands_in_the_nearest_place_that_may_be_null() {
        let query = "{ x: maybe { b { c d } } }";
        let data = json!({ "x": { "b": { "d": "d" } } });
        assert_eq!(settled(query, data, json!(["x", "b", "c"])), json!({ "x": { "b": null } }));
        let query = "{ maybe { bs { c d } name } }";
        let data = json!({ "maybe": { "bs": [{ "c": "c" }, { "d": "d" }], "name": "n" } });
        assert_eq!(settled(query, data, json!(["maybe", "bs", 1, "c"])), json!({ "maybe": null }));
        let query = "{ maybe { loose { c } } }";
        let data = json!({ "maybe": { "loose": [{ "c": "c" }, null] } });
        let same = json!({ "maybe": { "loose": [{ "c": "c" }, null] } });
        assert_eq!(settled(query, data, json!(["maybe", "loose", 1, "c"])), same);
    }

    #[test]
    fn where_nothing_may_be_null_there_are_no_data() {
        let query = "mutation { one { name } two { name } }";
        assert_eq!(settled(query, json!({ "one": { "name": "n" } }), json!(["two"])), Value::Null);
        let query = "{ maybe { name } sure { b { d } name } }";
        let data = json!({ "maybe": { "name": "n" }, "sure": { "b": null } });
        assert_eq!(settled(query, data, json!(["sure", "name"])), Value::Null);
    }

    #[test]
    fn fragments_are_followed_and_what_fits_is_left() {
        let query = "{ node { ... on A { ...rest } } } fragment rest on A { bs { ... { c } } name }";
        let data = json!({ "node": { "bs": [{}], "name": "n" } });
        assert_eq!(settled(query, data, json!(["node", "bs", 0, "c"])), json!({ "node": null }));
        let query = "{ maybe { b { d } } }";
        let data = json!({ "maybe": { "b": { "d": null } } });
        assert_eq!(settled(query, data.clone(), json!(["maybe", "b", "d"])), data);
    }
}
