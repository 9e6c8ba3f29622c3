//! How much a document asks for: what is written is counted, what it expands to is weighed, each fragment once.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, ServerError};
use async_graphql_value::Value as Literal;
use jiebang_platform::base::error::Limit;
use jiebang_platform::base::{PageRequest, Result};
use serde_json::{Map, Value};

use super::super::error::fault;
use super::super::nulls::{Shape, innermost, root};
use super::{
    MOST_ALIASES, MOST_COST, MOST_DEEP, MOST_DEEP_INTROSPECTION, MOST_DIRECTIVES, MOST_FIELDS,
    MOST_LISTS_INTROSPECTION, MOST_VARIABLES, at_most,
};

/// Refuses too many aliases, directives or variables in a document, wherever they stand.
pub(super) fn count(document: &ExecutableDocument) -> Result<()> {
    let (mut aliases, mut directives, mut variables) = (0, 0, 0);
    let mut sets = Vec::new();
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        variables = variables.max(operation.variable_definitions.len());
        directives += operation.directives.len();
        directives += operation.variable_definitions.iter().map(|one| one.node.directives.len()).sum::<usize>();
        sets.push(&operation.selection_set.node);
    }
    for fragment in document.fragments.values() {
        directives += fragment.node.directives.len();
        sets.push(&fragment.node.selection_set.node);
    }
    while let Some(set) = sets.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    aliases += usize::from(field.node.alias.is_some());
                    directives += field.node.directives.len();
                    sets.push(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    directives += fragment.node.directives.len();
                    sets.push(&fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => directives += spread.node.directives.len(),
            }
        }
    }
    at_most(Limit::Variables, MOST_VARIABLES, variables)?;
    at_most(Limit::Directives, MOST_DIRECTIVES, directives)?;
    at_most(Limit::Aliases, MOST_ALIASES, aliases)
}

/// Weighs every operation and every fragment, and answers what the chosen operation costs.
pub(super) fn weigh(
    document: &ExecutableDocument,
    chosen: &Positioned<OperationDefinition>,
    shape: &Shape,
    variables: &Map<String, Value>,
) -> std::result::Result<usize, ServerError> {
    let mut cost = 0;
    for (_, operation) in document.operations.iter() {
        let operation_is_chosen = std::ptr::eq(operation, chosen);
        let mut scales = Scales {
            document,
            operation: &operation.node,
            shape,
            variables,
            known: HashMap::new(),
            under_way: HashSet::new(),
        };
        let weight = scales.set(&operation.node.selection_set.node, Some(&Name::new(root(operation.node.ty))))?;
        weight.check()?;
        if operation_is_chosen {
            cost = weight.tenths.div_ceil(10);
            // The library looks at fragments that nobody spreads, too.
            for name in document.fragments.keys() {
                scales.fragment(name)?.check()?;
            }
        }
    }
    Ok(cost)
}

#[derive(Clone, Copy, Default)]
struct Weight {
    fields: usize,
    depth: usize,
    introspection_depth: usize,
    /// Lists of types and fields within one another.
    introspection_lists: usize,
    tenths: usize,
}

impl Weight {
    fn and(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
            tenths: self.tenths.saturating_add(other.tenths),
        }
    }

    fn check(self) -> std::result::Result<(), ServerError> {
        at_most(Limit::Fields, MOST_FIELDS, self.fields)
            .and_then(|()| at_most(Limit::Depth, MOST_DEEP, self.depth))
            .and_then(|()| at_most(Limit::Depth, MOST_DEEP_INTROSPECTION, self.introspection_depth))
            .and_then(|()| at_most(Limit::Introspection, MOST_LISTS_INTROSPECTION, self.introspection_lists))
            .and_then(|()| at_most(Limit::Cost, MOST_COST, self.tenths.div_ceil(10)))
            .map_err(fault)
    }
}

/// Whether a field of introspection is a list from which one comes to further lists.
fn lists_types(field: &str) -> bool {
    matches!(field, "types" | "fields" | "interfaces" | "possibleTypes" | "inputFields")
}

struct Scales<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    shape: &'a Shape,
    variables: &'a Map<String, Value>,
    known: HashMap<&'a Name, Weight>,
    under_way: HashSet<&'a Name>,
}

impl<'a> Scales<'a> {
    /// What is selected on a type. Unknown types and fields are the validator's to name; they weigh all the same.
    fn set(&mut self, set: &'a SelectionSet, on: Option<&Name>) -> std::result::Result<Weight, ServerError> {
        let mut sum = Weight::default();
        for selection in &set.items {
            let weight = match &selection.node {
                Selection::Field(field) => self.field(&field.node, on)?,
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref().map(|on| &on.node.on.node);
                    self.set(&fragment.node.selection_set.node, condition.or(on))?
                }
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get_key_value(&spread.node.fragment_name.node) {
                        Some((name, _)) => self.fragment(name)?,
                        None => Weight::default(),
                    }
                }
            };
            sum = sum.and(weight);
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &'a Name) -> std::result::Result<Weight, ServerError> {
        if let Some(known) = self.known.get(name) {
            return Ok(*known);
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Weight::default()) };
        if !self.under_way.insert(name) {
            return Err(ServerError::new(
                format!("Cannot spread fragment \"{name}\" within itself"),
                Some(fragment.pos),
            ));
        }
        let on = &fragment.node.type_condition.node.on.node;
        let weight = self.set(&fragment.node.selection_set.node, Some(on))?;
        self.under_way.remove(name);
        self.known.insert(name, weight);
        Ok(weight)
    }

    fn field(&mut self, field: &'a Field, on: Option<&Name>) -> std::result::Result<Weight, ServerError> {
        let leaf = field.selection_set.node.items.is_empty();
        let known = on.and_then(|on| self.shape.field_of(on, &field.name.node));
        let introspects = on.is_some_and(|on| on.starts_with("__"));
        let enters = matches!(field.name.node.as_str(), "__schema" | "__type");
        let child = match known {
            // The types of introspection are in no schema's text.
            _ if introspects || enters => Some(Name::new("__Type")),
            known => known.map(|known| innermost(&known.ty)),
        };
        let below = self.set(&field.selection_set.node, child.as_ref())?;
        let times = self.length(field, known.and_then(|known| known.page));
        let (depth, introspection_depth) = match () {
            () if introspects => (0, below.introspection_depth + 1),
            () if enters => (1, below.introspection_depth + 1),
            () => (below.depth + 1, below.introspection_depth),
        };
        Ok(Weight {
            fields: below.fields.saturating_add(1),
            depth,
            introspection_depth,
            introspection_lists: below.introspection_lists + usize::from(introspects && lists_types(&field.name.node)),
            tenths: below.tenths.saturating_mul(times).saturating_add(if leaf { 1 } else { 10 }),
        })
    }

    /// How long the list may be that a field asks for; a page beyond the longest is refused where it is read.
    fn length(&self, field: &Field, page: Option<usize>) -> usize {
        let asked = ["first", "last"].into_iter().filter_map(|name| field.get_argument(name));
        let asked: Vec<_> = asked.filter_map(|value| self.number(&value.node)).collect();
        let length = asked.into_iter().max().or(page).unwrap_or(1);
        length.clamp(1, usize::try_from(PageRequest::MOST).unwrap_or(1))
    }

    fn number(&self, value: &Literal) -> Option<usize> {
        let whole = |number: Option<i64>| number.map(|number| usize::try_from(number).unwrap_or(1));
        match value {
            Literal::Number(number) => whole(number.as_i64()),
            Literal::Variable(name) => match self.variables.get(name.as_str()) {
                Some(given) => whole(given.as_i64()),
                None => {
                    let mut definitions = self.operation.variable_definitions.iter();
                    let definition = definitions.find(|definition| definition.node.name.node == *name)?;
                    match &definition.node.default_value.as_ref()?.node {
                        async_graphql::Value::Number(number) => whole(number.as_i64()),
                        _ => None,
                    }
                }
            },
            _ => None,
        }
    }
}
