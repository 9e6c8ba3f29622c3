//! Reading what a judge gives, against the criteria of the challenge.

use std::collections::HashSet;

use serde::Serialize;

use super::marks::{Criterion, Given, Mark, SheetMarks};
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::CriterionId;
use crate::base::{Error, Faults, Result};
use crate::challenges::model::criterion;

/// One mark, as given.
#[derive(Clone, Debug, Serialize)]
pub struct NewMark {
    pub criterion_id: String,
    pub score: String,
    pub reason: Option<String>,
}

/// Adds the marks given to those on the sheet; a criterion given again replaces its mark.
pub(super) fn add(kept: &mut SheetMarks, given: &[NewMark], criteria: &[criterion::Model], faults: &mut Faults) {
    // More marks than criteria cannot be well; naming each would answer more than was asked.
    if given.len() > criteria.len().max(50) {
        faults.add_with("marks", FaultCode::TooLong, criteria.len());
        return;
    }
    let mut seen = HashSet::new();
    for (place, mark) in given.iter().enumerate() {
        let criterion: Option<CriterionId> = faults.id(&format!("marks.{place}.criterionId"), &mark.criterion_id);
        if let Some(id) = criterion {
            let path = || format!("marks.{place}.criterionId");
            match criteria.iter().find(|known| known.id == id) {
                None => faults.add(path(), FaultCode::Unknown),
                Some(known) => faults.check(known.price_formula.is_none(), path(), FaultCode::MarkComputed),
            }
            faults.check(seen.insert(id), path(), FaultCode::Duplicate);
        }
        let path = format!("marks.{place}.score");
        let score = faults.decimal(&path, &mark.score).and_then(|value| match Mark::read(value) {
            Ok(score) => Some(score),
            Err(FaultCode::OutOfRange) => {
                faults.add_with(path, FaultCode::OutOfRange, "0 … 100");
                None
            }
            Err(code) => {
                faults.add(path, code);
                None
            }
        });
        let reason = faults.optional(&format!("marks.{place}.reason"), mark.reason.as_deref(), Length::NOTE);
        if let (Some(criterion), Some(score)) = (criterion, score) {
            kept.0.insert(criterion, Given { score, reason: reason.filter(|reason| !reason.is_empty()) });
        }
    }
}

/// The remark on a sheet: what is not given stays, what is given empty goes.
pub(super) fn remark(kept: Option<String>, given: Option<&str>, faults: &mut Faults) -> Option<String> {
    match faults.optional("comment", given, Length::TEXT) {
        None => kept,
        Some(comment) => Some(comment).filter(|comment| !comment.is_empty()),
    }
}

/// Names every criterion that a judge has still to mark.
pub(super) fn check_whole(marks: &SheetMarks, criteria: &[criterion::Model], faults: &mut Faults) {
    let judged = criteria.iter().filter(|criterion| criterion.price_formula.is_none());
    for criterion in judged.filter(|criterion| !marks.0.contains_key(&criterion.id)) {
        faults.add_with("marks", FaultCode::MarkMissing, &criterion.name);
    }
}

/// The criteria as scores ask for them.
pub(super) fn scheme(criteria: &[criterion::Model]) -> Result<Vec<Criterion>> {
    let number = |value: i32| u32::try_from(value).map_err(|fault| Error::Internal(fault.into()));
    let criterion = |row: &criterion::Model| {
        let (weight, minimum) = (number(row.weight)?, row.minimum.map(number).transpose()?);
        Ok(Criterion { id: row.id, weight, minimum, formula: row.price_formula })
    };
    criteria.iter().map(criterion).collect()
}
