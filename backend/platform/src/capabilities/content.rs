//! What a capability says: the form of what is given.

use serde::Serialize;

use super::tags;
use crate::base::Faults;
use crate::base::faults::Length;
use crate::base::words::Domain;

/// What is given of a capability; only the fields given are set or changed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Changes {
    pub title: Option<String>,
    pub domains: Option<Vec<Domain>>,
    pub description: Option<String>,
    pub words: Option<Vec<String>>,
}

/// Well-formed changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Checked {
    pub(super) title: Option<String>,
    pub(super) domains: Option<Vec<Domain>>,
    pub(super) description: Option<String>,
    pub(super) words: Option<Vec<String>>,
}

/// At most so many words.
const WORDS: usize = 20;

impl Changes {
    /// Checks the form of what is given. `under` is the path's beginning (`changes.` or nothing).
    pub(super) fn check(&self, under: &str, faults: &mut Faults) -> Checked {
        let at = |name: &str| format!("{under}{name}");
        Checked {
            title: self.title.as_deref().map(|title| faults.text(&at("title"), title, Length::NAME)),
            domains: self.domains.as_deref().map(|given| faults.some_of(&at("domains"), given)),
            description: self.description.as_deref().map(|text| faults.text(&at("description"), text, Length::NOTE)),
            words: self.words.as_deref().map(|given| tags::read(&at("words"), given, WORDS, faults)),
        }
    }
}
