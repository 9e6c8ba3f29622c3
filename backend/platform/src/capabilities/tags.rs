//! Words that things are found by: one form each, so that equal words are equal.

use crate::base::Faults;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::form::form;

/// How long a word may be.
const WORD: Length = Length(1, 30);

/// Distinct words, at most so many, in the order given.
pub(crate) fn read(path: &str, given: &[String], most: usize, faults: &mut Faults) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    if given.len() > most {
        faults.add_with(path, FaultCode::TooLong, most);
    }
    for (place, word) in given.iter().enumerate().take(most) {
        let path = format!("{path}.{place}");
        let word = faults.text(&path, &form(word), WORD);
        if words.contains(&word) {
            faults.add(path, FaultCode::Duplicate);
        } else {
            words.push(word);
        }
    }
    words
}
