//! The schema as a walker reads it: what can be asked, and what has been.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field as Asked, Selection, SelectionSet, Type, TypeKind,
};
use async_graphql::parser::types::{InputValueDefinition, TypeSystemDefinition};
use async_graphql::parser::{parse_query, parse_schema};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value as Literal;
use serde_json::Value;

use super::questions::Selected;

/// The schema of a rehearsal, which is the whole of it.
const TEXT: &str = include_str!("../../../schema/schema.rehearsal.graphql");

/// What a type is.
pub enum Kind {
    Scalar,
    Enum(Vec<String>),
    Object { fields: Vec<Field>, is_node: bool },
    Interface,
    Input(Vec<Argument>),
}

/// A field of an object.
pub struct Field {
    pub name: String,
    pub arguments: Vec<Argument>,
    pub ty: Type,
}

/// An argument of a field, or a field of an input object.
pub struct Argument {
    pub name: String,
    pub ty: Type,
    pub required: bool,
}

/// All types, by name.
pub struct Schema {
    types: HashMap<String, Kind>,
    /// What asks for all of an object, once it was put together.
    pub wholes: Mutex<HashMap<String, Arc<Vec<Selected>>>>,
}

/// The type that is named, behind lists and marks of being there.
pub fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

fn arguments(given: Vec<Positioned<InputValueDefinition>>) -> Vec<Argument> {
    let argument = |one: Positioned<InputValueDefinition>| {
        let InputValueDefinition { name, ty, default_value, .. } = one.node;
        let required = !ty.node.nullable && default_value.is_none();
        Argument { name: name.node.to_string(), ty: ty.node, required }
    };
    given.into_iter().map(argument).collect()
}

impl Schema {
    /// As it is committed.
    pub fn read() -> &'static Self {
        static READ: LazyLock<Schema> = LazyLock::new(Schema::parse);
        &READ
    }

    fn parse() -> Self {
        let mut types = HashMap::new();
        for scalar in ["Int", "Float", "String", "Boolean", "ID"] {
            types.insert(scalar.to_owned(), Kind::Scalar);
        }
        for definition in parse_schema(TEXT).unwrap().definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let kind = match definition.node.kind {
                TypeKind::Scalar => Kind::Scalar,
                TypeKind::Interface(_) => Kind::Interface,
                TypeKind::Enum(one) => {
                    Kind::Enum(one.values.into_iter().map(|value| value.node.value.node.to_string()).collect())
                }
                TypeKind::InputObject(one) => Kind::Input(arguments(one.fields)),
                TypeKind::Object(one) => {
                    let is_node = one.implements.iter().any(|interface| interface.node == "Node");
                    let fields = one.fields.into_iter().map(|field| Field {
                        name: field.node.name.node.to_string(),
                        arguments: arguments(field.node.arguments),
                        ty: field.node.ty.node,
                    });
                    Kind::Object { fields: fields.collect(), is_node }
                }
                TypeKind::Union(_) => panic!("{} is a union: teach the walker to go there", definition.node.name.node),
            };
            types.insert(definition.node.name.node.to_string(), kind);
        }
        Self { types, wholes: Mutex::default() }
    }

    pub fn kind(&self, name: &str) -> &Kind {
        self.types.get(name).unwrap_or_else(|| panic!("no type {name}"))
    }

    /// The fields of an object; none of anything else.
    pub fn fields(&self, name: &str) -> &[Field] {
        match self.kind(name) {
            Kind::Object { fields, .. } => fields,
            _ => &[],
        }
    }

    /// The types that have an id by which `node` finds them, in their order.
    pub fn nodes(&self) -> BTreeSet<&str> {
        self.types
            .iter()
            .filter(|(_, kind)| matches!(kind, Kind::Object { is_node: true, .. }))
            .map(|(name, _)| &**name)
            .collect()
    }

    /// All that can be asked: each field, argument, field of an input, and value of an enum that narrows or orders a list.
    pub fn all(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for (on, kind) in &self.types {
            let Kind::Object { fields, .. } = kind else { continue };
            for field in fields {
                all.insert(format!("{on}.{}", field.name));
                for argument in &field.arguments {
                    all.insert(format!("{on}.{}({})", field.name, argument.name));
                    self.input(named(&argument.ty), on != "Mutation", &mut all);
                }
            }
        }
        all
    }

    fn input(&self, name: &str, narrows: bool, all: &mut BTreeSet<String>) {
        match self.kind(name) {
            Kind::Enum(values) if narrows => all.extend(values.iter().map(|value| format!("{name}.{value}"))),
            Kind::Input(fields) => {
                for field in fields {
                    if all.insert(format!("{name}.{}", field.name)) {
                        self.input(named(&field.ty), narrows, all);
                    }
                }
            }
            _ => {}
        }
    }
}

/// What has been asked by documents that were executed, and what anybody was told.
#[derive(Default)]
pub struct Coverage {
    pub asked: BTreeSet<String>,
    pub told: BTreeSet<String>,
    /// The last document: the other worlds are asked the same.
    last: Option<(String, Arc<ExecutableDocument>)>,
}

impl Coverage {
    /// Reads a document that was sent, and what it was answered.
    pub fn note(&mut self, schema: &Schema, document: &str, answer: &Value) {
        let parsed = match &self.last {
            Some((text, parsed)) if text == document => parsed.clone(),
            _ => Arc::new(parse_query(document).unwrap()),
        };
        self.last = Some((document.to_owned(), parsed.clone()));
        for (_, operation) in parsed.operations.iter() {
            let root = operation.node.ty.to_string();
            let root = format!("{}{}", &root[..1].to_uppercase(), &root[1..]);
            self.set(schema, &operation.node.selection_set.node, &root, &answer["data"]);
        }
    }

    fn set(&mut self, schema: &Schema, set: &SelectionSet, on: &str, told: &Value) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(schema, &field.node, on, told),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(on, |on| &on.node.on.node);
                    // What the fragment does not apply to is not told by it.
                    let applies = told["__typename"].is_null() || told["__typename"] == on;
                    let told = if applies { told } else { &Value::Null };
                    self.set(schema, &fragment.node.selection_set.node, on, told);
                }
                Selection::FragmentSpread(_) => panic!("the walker spreads nothing"),
            }
        }
    }

    fn field(&mut self, schema: &Schema, field: &Asked, on: &str, told: &Value) {
        let name = field.name.node.as_str();
        if name == "__typename" {
            return;
        }
        let known = schema.fields(on).iter().find(|known| known.name == name);
        let Some(known) = known else {
            // An interface's own field: asked of whatever it is.
            return;
        };
        let place = format!("{on}.{name}");
        for (argument, value) in &field.arguments {
            self.asked.insert(format!("{place}({})", argument.node));
            let known = known.arguments.iter().find(|known| known.name == *argument.node).unwrap();
            self.value(schema, named(&known.ty), &value.node);
        }
        let key = field.alias.as_ref().map_or(name, |alias| &alias.node);
        let told = &told[key];
        if !told.is_null() && *told != Value::Array(Vec::new()) {
            self.told.insert(place.clone());
        }
        self.asked.insert(place);
        let child = named(&known.ty);
        match told {
            Value::Array(list) if !list.is_empty() => {
                for one in list {
                    self.set(schema, &field.selection_set.node, child, one);
                }
            }
            one => self.set(schema, &field.selection_set.node, child, one),
        }
    }

    fn value(&mut self, schema: &Schema, name: &str, value: &Literal) {
        match (schema.kind(name), value) {
            (_, Literal::List(list)) => list.iter().for_each(|one| self.value(schema, name, one)),
            (Kind::Enum(_), Literal::Enum(value)) => {
                self.asked.insert(format!("{name}.{value}"));
            }
            (Kind::Input(fields), Literal::Object(given)) => {
                for field in fields {
                    if let Some(value) = given.get(&Name::new(&field.name)) {
                        self.asked.insert(format!("{name}.{}", field.name));
                        self.value(schema, named(&field.ty), value);
                    }
                }
            }
            _ => {}
        }
    }
}
