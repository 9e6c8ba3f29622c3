//! The life of a technology in the library: state × command → state. What is not in the table is refused.

use crate::base::words::TechnologyCommand as Do;
use crate::base::words::TechnologyStatus::{self, *};

/// Every move there is. A technology begins as `NOMINATED`; the rounds between, and what follows, are not run yet.
pub const TABLE: &[(TechnologyStatus, Do, TechnologyStatus)] = &[(Nominated, Do::Admit, Admitted)];

/// Where a command leads from a state; none where it is refused.
pub fn next(from: TechnologyStatus, command: Do) -> Option<TechnologyStatus> {
    TABLE.iter().find(|(state, act, _)| (*state, *act) == (from, command)).map(|(.., to)| *to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_and_command_lead_to_one_state() {
        let mut seen = std::collections::HashSet::new();
        for (from, command, _) in TABLE {
            assert!(seen.insert((from, command)), "{from} {command} twice");
        }
    }

    #[test]
    fn only_what_is_nominated_is_admitted() {
        for status in TechnologyStatus::ALL {
            assert_eq!(next(*status, Do::Admit), (*status == Nominated).then_some(Admitted), "{status}");
        }
    }
}
