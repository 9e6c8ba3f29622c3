//! The life of a scenario demand: state × command → state. What is not in the table is refused.

use crate::base::words::DemandCommand as Do;
use crate::base::words::DemandStatus::{self, *};

/// Every move there is.
pub const TABLE: &[(DemandStatus, Do, DemandStatus)] = &[
    // a department's own
    (Draft, Do::Revise, Draft),
    (Returned, Do::Revise, Returned),
    (Draft, Do::Submit, Submitted),
    (Returned, Do::Submit, Submitted),
    // argued by experts and organizers
    (Submitted, Do::AskOpinions, Arguing),
    (Arguing, Do::AskOpinions, Arguing),
    (Arguing, Do::RecordOpinion, Arguing),
    // decided
    (Submitted, Do::Return, Returned),
    (Arguing, Do::Return, Returned),
    (Submitted, Do::Reject, Rejected),
    (Arguing, Do::Reject, Rejected),
    (Submitted, Do::Merge, Merged),
    (Arguing, Do::Merge, Merged),
    (Submitted, Do::TakeIn, Submitted),
    (Arguing, Do::TakeIn, Arguing),
    (Accepted, Do::TakeIn, Accepted),
    (Arguing, Do::Accept, Accepted),
    // in the opportunity list
    (Accepted, Do::Release, Listed),
    (Listed, Do::RegisterInterest, Listed),
    (Listed, Do::WithdrawInterest, Listed),
    (TakenUp, Do::WithdrawInterest, TakenUp),
    (Withdrawn, Do::WithdrawInterest, Withdrawn),
    (Listed, Do::Invite, Listed),
    (Listed, Do::TakeUp, TakenUp),
    (TakenUp, Do::GiveBack, Listed),
    // until something came of it the department can take it back
    (Draft, Do::Withdraw, Withdrawn),
    (Submitted, Do::Withdraw, Withdrawn),
    (Arguing, Do::Withdraw, Withdrawn),
    (Returned, Do::Withdraw, Withdrawn),
    (Accepted, Do::Withdraw, Withdrawn),
    (Listed, Do::Withdraw, Withdrawn),
];

/// Where a command leads from a state; none where it is refused.
pub fn next(from: DemandStatus, command: Do) -> Option<DemandStatus> {
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

    /// A demand as its file tells it: what has been done to it, not in which state it is.
    #[derive(Clone, Copy, Default)]
    struct File {
        handed_in: bool,
        argued: bool,
        accepted: bool,
        listed: bool,
        ended: bool,
        withdrawn: bool,
        taken_up: bool,
    }

    impl File {
        /// Whether the rules allow it, and what the file says then.
        fn then(mut self, command: Do) -> Option<Self> {
            let desk = !self.handed_in && !self.ended;
            let undecided = self.handed_in && !self.accepted && !self.ended;
            let on_list = self.listed && !self.ended;
            let allowed = match command {
                Do::Revise => desk,
                Do::Submit => {
                    self.handed_in = true;
                    desk
                }
                Do::AskOpinions => {
                    self.argued = true;
                    undecided
                }
                Do::RecordOpinion => undecided && self.argued,
                Do::Return => {
                    (self.handed_in, self.argued) = (false, false);
                    undecided
                }
                Do::Reject | Do::Merge => {
                    self.ended = true;
                    undecided
                }
                Do::TakeIn => self.handed_in && !self.listed && !self.ended,
                Do::Accept => {
                    let argued = self.argued;
                    self.accepted = true;
                    undecided && argued
                }
                Do::Release => {
                    let waits = self.accepted && !self.listed && !self.ended;
                    self.listed = true;
                    waits
                }
                Do::RegisterInterest | Do::Invite => on_list,
                Do::WithdrawInterest => on_list || self.taken_up || self.withdrawn,
                Do::TakeUp => {
                    (self.ended, self.taken_up) = (true, true);
                    on_list
                }
                Do::GiveBack => {
                    let waits = self.taken_up;
                    (self.ended, self.taken_up) = (false, false);
                    waits
                }
                Do::Withdraw => {
                    let open = !self.ended;
                    (self.ended, self.withdrawn) = (true, true);
                    open
                }
            };
            allowed.then_some(self)
        }
    }

    proptest! {
        /// The table and the rules allow the same, whatever is commanded in whatever order; and the path keeps what was promised.
        #[test]
        fn the_table_is_the_rules(commands in proptest::collection::vec(0..Do::ALL.len(), 0..80)) {
            let (mut state, mut file) = (Draft, File::default());
            let mut path = vec![state];
            for command in commands {
                let command = Do::ALL[command];
                let (to, then) = (next(state, command), file.then(command));
                prop_assert_eq!(to.is_some(), then.is_some(), "{} in {}", command, state);
                if let (Some(to), Some(then)) = (to, then) {
                    (state, file) = (to, then);
                    path.push(state);
                }
                prop_assert_eq!(file.listed, path.contains(&Listed));
                prop_assert_eq!(file.taken_up, state == TakenUp);
                prop_assert_eq!(file.withdrawn, state == Withdrawn);
            }
            let place = |wanted: DemandStatus| path.iter().rposition(|state| *state == wanted);
            for (later, earlier) in [(TakenUp, Listed), (Listed, Accepted), (Accepted, Arguing), (Arguing, Submitted)] {
                if let Some(later) = path.iter().position(|state| *state == later) {
                    prop_assert!(path[..later].contains(&earlier), "{:?}", path);
                }
            }
            // The end is the end.
            for end in [Merged, Rejected, Withdrawn] {
                if let Some(at) = place(end) {
                    prop_assert!(path[at..].iter().all(|state| *state == end));
                }
            }
        }
    }
}
