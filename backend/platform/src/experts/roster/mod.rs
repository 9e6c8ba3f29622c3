//! The roster (专家库): what each expert is, confirmed every year, and what stands between it and others. What could find somebody at
//! home is masked; whoever reads it says why, and the expert is told.

mod confirm;
mod confirm_relation;
mod content;
mod end_relation;
pub(crate) mod model;
pub mod read;
mod relate;
mod reveal;
mod state;
mod store;

pub use confirm::{ConfirmExpert, confirm_expert};
pub use confirm_relation::{ConfirmExpertRelation, confirm_expert_relation};
pub use content::Changes;
pub use end_relation::{EndExpertRelation, end_expert_relation};
pub use relate::{RecordExpertRelation, RelationRecorded, record_expert_relation};
pub use reveal::{RevealExpert, Revealed, reveal_expert};
pub use state::{StateExpertise, state_expertise};

use serde::{Deserialize, Serialize};

use crate::base::Result;
use crate::base::id::ExpertId;
use crate::db::Txn;
use crate::events::{self, Audience, Happening};

/// The expert that something was done to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Done {
    pub expert: ExpertId,
}

/// Tells the expert, and supervisors: each on a stream of its own.
async fn told(txn: &Txn, happening: Happening) -> Result<()> {
    let supervision = Happening { audience: Audience::Supervision, ..happening.clone() };
    events::append(txn, happening).await?;
    events::append(txn, supervision).await?;
    Ok(())
}

/// A telephone number as others are shown it: of a long one the first three figures and the last four, of a shorter one the last two.
pub(crate) fn masked_phone(phone: &str) -> String {
    let figures: Vec<char> = phone.chars().collect();
    let (first, last) = match figures.len() {
        0..=5 => (0, 0),
        6..=10 => (0, 2),
        _ => (3, 4),
    };
    let hidden = figures.len() - first - last;
    figures.iter().take(first).collect::<String>()
        + &"*".repeat(hidden)
        + &figures.iter().skip(first + hidden).collect::<String>()
}

/// A name as others are shown it: its first character.
pub(crate) fn masked_name(name: &str) -> String {
    let mut characters = name.chars();
    let first: String = characters.next().into_iter().collect();
    first + &"*".repeat(characters.count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn phones_and_names_are_masked_as_the_domain_rules_say() {
        assert_eq!(masked_phone("13800000000"), "138****0000");
        assert_eq!(masked_phone("0371-67980000"), "037******0000");
        assert_eq!(masked_phone("67980010"), "******10");
        assert_eq!(masked_phone("110"), "***");
        assert_eq!(masked_name("王小明"), "王**");
    }

    proptest! {
        #[test]
        fn at_least_four_figures_are_hidden(phone in "[0-9+ -]{0,30}") {
            let masked = masked_phone(&phone);
            prop_assert_eq!(masked.chars().count(), phone.chars().count());
            let hidden = masked.chars().filter(|figure| *figure == '*').count();
            prop_assert!(hidden >= phone.len().min(4));
        }
    }
}
