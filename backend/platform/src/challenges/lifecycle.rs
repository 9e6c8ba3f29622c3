//! The life of a challenge: state × command → state. What is not in the table is refused.

use crate::base::Instant;
use crate::base::words::ChallengeCommand as Do;
use crate::base::words::ChallengeStatus::{self, *};

/// Every move there is.
pub const TABLE: &[(ChallengeStatus, Do, ChallengeStatus)] = &[
    // a department's scenario
    (Draft, Do::Revise, Draft),
    (Returned, Do::Revise, Returned),
    (Draft, Do::Submit, Submitted),
    (Returned, Do::Submit, Submitted),
    // argued by organizers
    (Submitted, Do::Return, Returned),
    (Arguing, Do::Return, Returned),
    (Submitted, Do::Approve, Approved),
    (Arguing, Do::Approve, Approved),
    (Approved, Do::Publish, Published),
    // open
    (Published, Do::AskQuestion, Published),
    (Published, Do::AnswerQuestion, Published),
    (Published, Do::DeclineQuestion, Published),
    (Closed, Do::DeclineQuestion, Closed),
    (Published, Do::OfferAccess, Published),
    (Published, Do::Amend, Published),
    (Published, Do::DraftBid, Published),
    (Published, Do::ChangeBid, Published),
    (Published, Do::Close, Closed),
    // opened and judged
    (Closed, Do::Open, Reviewing),
    (Closed, Do::Fail, Failed),
    (Reviewing, Do::CheckBid, Reviewing),
    (Reviewing, Do::Fail, Failed),
    (Reviewing, Do::DrawPanel, Reviewing),
    (Reviewing, Do::DeclareInterest, Reviewing),
    (Reviewing, Do::ReplaceJudge, Reviewing),
    (Reviewing, Do::Score, Reviewing),
    (Reviewing, Do::CloseReview, Negotiating),
    // proposed, objected to, awarded
    (Negotiating, Do::Negotiate, Negotiating),
    (Negotiating, Do::PublishNotice, Publicity),
    (Publicity, Do::RaiseObjection, Suspended),
    (Suspended, Do::RaiseObjection, Suspended),
    (Suspended, Do::ResumeNotice, Publicity),
    (Suspended, Do::VoidNotice, Negotiating),
    (Publicity, Do::Award, Awarded),
    (Awarded, Do::SignAgreement, Executing),
    (Executing, Do::SignAgreement, Executing),
    // until the award it can be called off
    (Published, Do::Cancel, Cancelled),
    (Closed, Do::Cancel, Cancelled),
    (Reviewing, Do::Cancel, Cancelled),
    (Negotiating, Do::Cancel, Cancelled),
    (Publicity, Do::Cancel, Cancelled),
    (Suspended, Do::Cancel, Cancelled),
];

/// Where a command leads from a state; none where it is refused.
pub fn next(from: ChallengeStatus, command: Do) -> Option<ChallengeStatus> {
    TABLE.iter().find(|(state, act, _)| (*state, *act) == (from, command)).map(|(.., to)| *to)
}

/// The state as the clock has it: past its deadline a challenge is closed, whatever is stored (at the deadline's own instant it
/// is past; 招标投标法 28).
pub fn at(stored: ChallengeStatus, deadline: Option<Instant>, now: Instant) -> ChallengeStatus {
    match (stored, deadline) {
        (Published, Some(deadline)) if now >= deadline => Closed,
        (stored, _) => stored,
    }
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

    proptest! {
        /// Whatever is commanded, an award comes only from a notice, a notice only from a closed review, and the end is the end.
        #[test]
        fn no_way_around(commands in proptest::collection::vec(0..Do::ALL.len(), 0..60)) {
            let mut state = Draft;
            let mut path = vec![state];
            for command in commands {
                if let Some(to) = next(state, Do::ALL[command]) {
                    prop_assert!(!matches!(state, Failed | Cancelled | Rejected | Completed | Terminated));
                    state = to;
                    path.push(state);
                }
            }
            let place = |wanted: ChallengeStatus| path.iter().position(|state| *state == wanted);
            for (later, earlier) in [
                (Awarded, Publicity), (Publicity, Negotiating), (Negotiating, Reviewing), (Reviewing, Closed),
                (Closed, Published), (Published, Approved), (Approved, Submitted), (Executing, Awarded),
            ] {
                if let Some(later) = place(later) {
                    prop_assert!(place(earlier).is_some_and(|earlier| earlier < later));
                }
            }
        }
    }
}
