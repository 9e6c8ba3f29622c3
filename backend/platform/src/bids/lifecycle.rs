//! The life of a bid: state × command → state. What is not in the table is refused.

use crate::base::words::BidCommand as Do;
use crate::base::words::BidStatus::{self, *};

/// Every move there is.
pub const TABLE: &[(BidStatus, Do, BidStatus)] = &[
    // its bidder's, before the deadline
    (Draft, Do::Revise, Draft),
    (Submitted, Do::Revise, Submitted),
    (Withdrawn, Do::Revise, Withdrawn),
    (Draft, Do::Submit, Submitted),
    (Submitted, Do::Submit, Submitted),
    (Withdrawn, Do::Submit, Submitted),
    (Submitted, Do::Withdraw, Withdrawn),
    (Submitted, Do::Confirm, Submitted),
    // voided by an amendment that its bidder has not answered by the deadline
    (Submitted, Do::Lapse, Withdrawn),
    // opened and checked
    (Submitted, Do::Open, Opened),
    (Opened, Do::PassCheck, FormalPassed),
    (Opened, Do::FailCheck, FormalFailed),
    // scored and ranked
    (FormalPassed, Do::Score, Scored),
    (Scored, Do::Shortlist, Shortlisted),
    (Scored, Do::SetAside, NotShortlisted),
    (Shortlisted, Do::Negotiate, Negotiating),
    (Negotiating, Do::Negotiate, Negotiating),
    // found unfit, whatever it has come to, until it is proposed
    (FormalPassed, Do::Disqualify, Disqualified),
    (Shortlisted, Do::Disqualify, Disqualified),
    (NotShortlisted, Do::Disqualify, Disqualified),
    (Negotiating, Do::Disqualify, Disqualified),
    // another bid has fallen, and with it the lowest price, from which marks are reckoned
    (NotShortlisted, Do::Shortlist, Shortlisted),
    // proposed, and what comes of it
    (Shortlisted, Do::Propose, ProposedWinner),
    (Negotiating, Do::Propose, ProposedWinner),
    (ProposedWinner, Do::Unpropose, Shortlisted),
    (ProposedWinner, Do::Win, Won),
    (Opened, Do::Lose, Lost),
    (FormalPassed, Do::Lose, Lost),
    (Scored, Do::Lose, Lost),
    (Shortlisted, Do::Lose, Lost),
    (NotShortlisted, Do::Lose, Lost),
    (Negotiating, Do::Lose, Lost),
    // an upheld objection sends it back to the panel
    (Shortlisted, Do::Rescore, FormalPassed),
    (NotShortlisted, Do::Rescore, FormalPassed),
    (Negotiating, Do::Rescore, FormalPassed),
    // a winner falls away, and the next may win after all
    (Won, Do::Revoke, Disqualified),
    (Lost, Do::Readmit, Shortlisted),
];

/// Where a command leads from a state; none where it is refused.
pub fn next(from: BidStatus, command: Do) -> Option<BidStatus> {
    TABLE.iter().find(|(state, act, _)| (*state, *act) == (from, command)).map(|(.., to)| *to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_state_and_command_lead_to_one_state() {
        let mut seen = std::collections::HashSet::new();
        for (from, command, _) in TABLE {
            assert!(seen.insert((from, command)), "{from} {command} twice");
        }
    }

    #[test]
    fn what_is_settled_at_the_award_stays() {
        for status in [FormalFailed, Withdrawn, Draft, Disqualified, Won, Lost] {
            assert_eq!(next(status, Do::Lose), None, "{status}");
        }
    }

    proptest! {
        /// Nothing wins that was not proposed, shortlisted, scored, checked and opened.
        #[test]
        fn no_way_around(commands in proptest::collection::vec(0..Do::ALL.len(), 0..60)) {
            let mut state = Draft;
            let mut path = vec![state];
            for command in commands {
                if let Some(to) = next(state, Do::ALL[command]) {
                    prop_assert!(!matches!(state, FormalFailed | Disqualified));
                    state = to;
                    path.push(state);
                }
            }
            // That only what was ranked as passing is readmitted is for the policy.
            if path.contains(&Won) && !path.contains(&Lost) {
                for passed in [Submitted, Opened, FormalPassed, Scored, Shortlisted, ProposedWinner] {
                    prop_assert!(path.contains(&passed));
                }
            }
        }
    }
}
