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
    // not to be published
    (Submitted, Do::Reject, Rejected),
    (Arguing, Do::Reject, Rejected),
    (Approved, Do::Reject, Rejected),
    (Draft, Do::Withdraw, Cancelled),
    (Returned, Do::Withdraw, Cancelled),
    (Submitted, Do::Withdraw, Cancelled),
    (Arguing, Do::Withdraw, Cancelled),
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
    // run in an official system
    (Closed, Do::RecordResult, Completed),
    // opened and judged
    (Closed, Do::Open, Reviewing),
    (Closed, Do::Fail, Failed),
    (Reviewing, Do::CheckBid, Reviewing),
    (Reviewing, Do::Fail, Failed),
    (Reviewing, Do::DrawPanel, Reviewing),
    (Reviewing, Do::DeclareInterest, Reviewing),
    (Reviewing, Do::ReplaceJudge, Reviewing),
    (Reviewing, Do::Score, Reviewing),
    (Reviewing, Do::BeginConsensus, Reviewing),
    (Reviewing, Do::CloseReview, Negotiating),
    // what the judges say of a closed review
    (Negotiating, Do::ExplainDeviation, Negotiating),
    (Negotiating, Do::SignReview, Negotiating),
    // bids fall, one by one; the last takes the challenge with it
    (Reviewing, Do::DisqualifyBid, Reviewing),
    (Negotiating, Do::DisqualifyBid, Negotiating),
    (Negotiating, Do::Fail, Failed),
    // proposed, objected to, awarded
    (Negotiating, Do::Negotiate, Negotiating),
    (Negotiating, Do::PublishNotice, Publicity),
    (Publicity, Do::RaiseObjection, Suspended),
    (Suspended, Do::RaiseObjection, Suspended),
    (Suspended, Do::ResumeNotice, Publicity),
    (Suspended, Do::VoidNotice, Negotiating),
    // a winner has become unfit
    (Publicity, Do::VoidNotice, Negotiating),
    (Publicity, Do::Award, Awarded),
    (Awarded, Do::SignAgreement, Executing),
    (Executing, Do::SignAgreement, Executing),
    // an upheld objection sends the bids back to the panel
    (Negotiating, Do::ReopenReview, Reviewing),
    // a winner has fallen away: another is found, or those who have won go on, or nobody is left
    (Awarded, Do::RevokeAward, Negotiating),
    (Executing, Do::RevokeAward, Negotiating),
    (Negotiating, Do::KeepAward, Awarded),
    (Awarded, Do::Fail, Failed),
    // ended before its time
    (Awarded, Do::Terminate, Terminated),
    (Executing, Do::Terminate, Terminated),
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

/// Whether a challenge can be ordered to stand still there. The order lies over this table: until it is lifted nothing goes on but
/// what [`ChallengeFacts::step`](crate::access::challenges::ChallengeFacts) lets through.
pub fn can_stand_still(state: ChallengeStatus) -> bool {
    match state {
        Published | Closed | Reviewing | Negotiating | Publicity | Awarded | Executing => true,
        Draft | Submitted | Arguing | Returned | Rejected | Approved | Completed | Suspended | Failed | Cancelled
        | Terminated => false,
    }
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

    /// A challenge as its file tells it: what has been done to it, not in which state it is.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    struct File {
        handed_in: bool,
        approved: bool,
        published: bool,
        closed: bool,
        opened: bool,
        reviewed: bool,
        noticed: bool,
        objected_to: bool,
        awarded: bool,
        signed: bool,
        ended: bool,
    }

    impl File {
        /// Whether the rules allow it, and what the file says then.
        fn then(mut self, command: Do) -> Option<Self> {
            let desk = !self.handed_in;
            let argued = self.handed_in && !self.approved;
            let open = self.published && !self.closed;
            let sealed = self.closed && !self.opened;
            let judged = self.opened && !self.reviewed;
            let ranked = self.reviewed && !self.noticed;
            let proposed = self.noticed && !self.awarded;
            let allowed = match command {
                Do::Revise => desk,
                Do::Submit => {
                    self.handed_in = true;
                    desk
                }
                Do::Return => {
                    self.handed_in = false;
                    argued
                }
                Do::Approve => {
                    self.approved = true;
                    argued
                }
                Do::Reject => {
                    self.ended = true;
                    self.handed_in && !self.published
                }
                Do::Withdraw => {
                    self.ended = true;
                    !self.approved
                }
                Do::Publish => {
                    let waits = self.approved && !self.published;
                    self.published = true;
                    waits
                }
                Do::AskQuestion | Do::AnswerQuestion | Do::OfferAccess | Do::Amend | Do::DraftBid | Do::ChangeBid => {
                    open
                }
                Do::DeclineQuestion => open || sealed,
                Do::Close => {
                    self.closed = true;
                    open
                }
                Do::RecordResult => {
                    self.ended = true;
                    sealed
                }
                Do::Open => {
                    self.opened = true;
                    sealed
                }
                Do::Fail => {
                    self.ended = true;
                    sealed || judged || ranked || (self.awarded && !self.signed)
                }
                Do::CheckBid
                | Do::DrawPanel
                | Do::DeclareInterest
                | Do::ReplaceJudge
                | Do::Score
                | Do::BeginConsensus => judged,
                Do::DisqualifyBid => judged || ranked,
                Do::ExplainDeviation | Do::SignReview => ranked,
                Do::CloseReview => {
                    self.reviewed = true;
                    judged
                }
                Do::Negotiate => ranked,
                Do::PublishNotice => {
                    self.noticed = true;
                    ranked
                }
                Do::RaiseObjection => {
                    self.objected_to = true;
                    proposed
                }
                Do::ResumeNotice => {
                    let waits = self.objected_to;
                    self.objected_to = false;
                    waits
                }
                Do::VoidNotice => {
                    (self.objected_to, self.noticed) = (false, false);
                    proposed
                }
                Do::Award => {
                    self.awarded = true;
                    proposed && !self.objected_to
                }
                Do::SignAgreement => {
                    self.signed = true;
                    self.awarded
                }
                Do::ReopenReview => {
                    self.reviewed = false;
                    ranked
                }
                Do::RevokeAward => {
                    let won = self.awarded;
                    (self.awarded, self.noticed, self.signed) = (false, false, false);
                    won
                }
                // That somebody has won already is for the policy.
                Do::KeepAward => {
                    (self.awarded, self.noticed) = (true, true);
                    ranked
                }
                Do::Terminate => {
                    self.ended = true;
                    self.awarded
                }
                Do::Cancel => {
                    self.ended = true;
                    self.published && !self.awarded
                }
            };
            allowed.then_some(self)
        }
    }

    /// The table and the rules allow the same, wherever a challenge can come to: all there is, not a sample.
    #[test]
    fn the_table_is_the_rules() {
        let mut known = std::collections::HashSet::from([(Draft, File::default())]);
        let mut waiting: Vec<_> = known.iter().copied().collect();
        while let Some((state, file)) = waiting.pop() {
            for command in Do::ALL {
                let then = if file.ended { None } else { file.then(*command) };
                let to = next(state, *command);
                assert_eq!(to.is_some(), then.is_some(), "{command} in {state}: {file:?}");
                waiting.extend(to.zip(then).filter(|reached| known.insert(*reached)));
            }
        }
        for (from, ..) in TABLE.iter().filter(|(from, ..)| *from != Arguing) {
            assert!(known.iter().any(|(state, _)| state == from), "nothing leads to {from}");
        }
    }

    proptest! {
        /// Whatever is commanded, an award comes only from a notice, a notice only from a closed review, and the end is the end.
        #[test]
        fn no_way_around(commands in proptest::collection::vec(0..Do::ALL.len(), 0..60)) {
            // That others have won already is for the policy.
            let commands = commands.into_iter().filter(|command| Do::ALL[*command] != Do::KeepAward);
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
