//! What the public log tells of a challenge's content: all of it at publication, and what an amendment changed. Open data is made of
//! this. The contact is no part of it: a log is for ever. Pure.

use serde_json::{Map, Value, json};

use super::differences::Differences;
use super::model::{Model, criterion, indicator};
use super::store;

/// The content, part by part, by its names in the contract.
pub(super) fn content(
    row: &Model,
    indicators: &[indicator::Model],
    criteria: &[criterion::Model],
) -> Map<String, Value> {
    let indicator = |row: &indicator::Model| {
        json!({
            "indicator": row.id, "name": row.name, "unit": row.unit, "comparator": row.comparator, "target": row.target,
            "tolerance": row.tolerance, "testMethod": row.test_method, "mandatory": row.mandatory, "weight": row.weight,
        })
    };
    let criterion = |row: &criterion::Model| json!({ "name": row.name, "weight": row.weight, "minimum": row.minimum });
    [
        ("domain", json!(row.domain)),
        ("mechanism", json!(row.mechanism)),
        ("piLed", json!(row.pi_led)),
        ("legalRoute", json!(row.legal_route)),
        ("background", json!(row.background)),
        ("problemStatement", json!(row.problem_statement)),
        ("eligibility", json!(row.eligibility)),
        ("durationMonths", json!(row.duration_months)),
        ("budget", json!(store::budget(row))),
        ("indicators", indicators.iter().map(indicator).collect()),
        ("criteria", criteria.iter().map(criterion).collect()),
    ]
    .map(|(part, value)| (part.to_owned(), value))
    .into_iter()
    .collect()
}

/// Those parts of it that have changed.
pub(super) fn changed(content: Map<String, Value>, differences: &Differences) -> Map<String, Value> {
    let is_of = |part: &str, field: &str| field.split('.').next() == Some(part);
    let has_changed = |part: &str| differences.0.iter().any(|difference| is_of(part, &difference.field));
    content.into_iter().filter(|(part, _)| has_changed(part)).collect()
}
