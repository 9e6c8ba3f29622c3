//! The life of a project: state × command → state. What is not in the table is refused.

use crate::base::words::ProjectCommand as Do;
use crate::base::words::ProjectStatus::{self, *};

/// Every move there is. A project begins as `CONTRACT_PENDING`, with the award.
pub const TABLE: &[(ProjectStatus, Do, ProjectStatus)] = &[
    (ContractPending, Do::SignAgreement, InProgress),
    // its winner falls away before anything is signed
    (ContractPending, Do::RevokeAward, Terminated),
    // ended with its challenge
    (ContractPending, Do::Terminate, Terminated),
    (InProgress, Do::Terminate, Terminated),
    (AcceptancePending, Do::Terminate, Terminated),
    (Rectifying, Do::Terminate, Terminated),
    (Suspended, Do::Terminate, Terminated),
];

/// Whether a project is still to come to something.
pub fn is_live(state: ProjectStatus) -> bool {
    match state {
        ContractPending | InProgress | AcceptancePending | Accepted | Rectifying | Closed | Suspended => true,
        AcceptanceFailed | Terminated => false,
    }
}

/// Where a command leads from a state; none where it is refused.
pub fn next(from: ProjectStatus, command: Do) -> Option<ProjectStatus> {
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
    fn an_agreement_is_signed_once() {
        for status in ProjectStatus::ALL {
            let expected = (*status == ContractPending).then_some(InProgress);
            assert_eq!(next(*status, Do::SignAgreement), expected, "{status}");
        }
    }
}
