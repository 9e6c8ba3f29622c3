//! The rows of the page: each asks the very function that the verb asks.

use super::{Person, Row, Stage};
use crate::access::bids::{self, BidFacts, Standing};
use crate::access::challenges::{self, ChallengeFacts};
use crate::access::{Actor, accounts, organizations, rehearsal};
use crate::base::words::Role;
use crate::base::{Error, Reason, Result};

fn challenge(stage: &Stage) -> ChallengeFacts {
    crate::challenges::facts(&stage.challenge, stage.now)
}

fn bid(stage: &Stage) -> BidFacts {
    crate::bids::facts(&stage.bid, challenge(stage), stage.challenge.awarded_at.is_some())
}

fn standing(stage: &Stage, person: &Person) -> Standing {
    bids::standing(&person.viewer, &bid(stage), person.ties)
}

fn person(person: &Person) -> Result<&Actor> {
    person.viewer.person()
}

fn allowed(allowed: bool) -> Result<()> {
    if allowed { Ok(()) } else { Err(Error::NotYours(Reason::RoleNeeded)) }
}

pub(super) fn all() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(accounts_rows());
    rows.extend(challenge_rows());
    rows.extend(bid_rows());
    rows
}

fn accounts_rows() -> Vec<Row> {
    let anybody = |field| Row::new(field, |_, _| Ok(()));
    let signed_in = |field| Row::new(field, |_, who| person(who).map(|_| ()));
    vec![
        anybody("Mutation.signIn"),
        anybody("Mutation.refreshSession"),
        signed_in("Mutation.signOut"),
        signed_in("Mutation.endSession"),
        signed_in("Mutation.changePassword"),
        anybody("Mutation.registerEnterprise"),
        Row::new("Mutation.setClock", |_, who| rehearsal::may_set_clock(person(who)?, true).map(|_| ())),
        Row::new("Mutation.createAccount", |_, who| accounts::may_grant(person(who)?).map(|_| ())),
        Row::new("Mutation.createOrganization", |_, who| organizations::may_create(person(who)?).map(|_| ())),
    ]
}

fn challenge_rows() -> Vec<Row> {
    macro_rules! rows {
        ($($field:literal => |$stage:ident, $who:ident| $ask:expr),+ $(,)?) => {
            vec![$(Row::new($field, |$stage, $who| $ask.map(|_| ()))),+]
        };
    }
    rows! {
        "Query.challenge" => |stage, who| challenges::may_see(&who.viewer, &challenge(stage)),
        "Mutation.draftChallenge" => |_stage, who| challenges::may_draft(&who.viewer),
        "Mutation.reviseChallenge" => |stage, who| challenges::may_revise(&who.viewer, &challenge(stage)),
        "Mutation.submitChallenge" => |stage, who| challenges::may_submit(&who.viewer, &challenge(stage)),
        "Mutation.returnChallenge" => |stage, who| challenges::may_return(&who.viewer, &challenge(stage)),
        "Mutation.approveChallenge" => |stage, who| challenges::may_approve(&who.viewer, &challenge(stage)),
        "Mutation.publishChallenge" => |stage, who| challenges::may_publish(&who.viewer, &challenge(stage), false),
        "Mutation.publishChallenge(urgentReason)" =>
            |stage, who| challenges::may_publish(&who.viewer, &challenge(stage), true),
        "Mutation.askQuestion" => |stage, who| challenges::may_ask(&who.viewer, &challenge(stage), stage.now),
        "Mutation.answerQuestion" => |stage, who| challenges::may_answer(&who.viewer, &challenge(stage)),
        "Mutation.amendChallenge" => |stage, who| challenges::may_amend(&who.viewer, &challenge(stage)),
        "Mutation.cancelChallenge" => |stage, who| challenges::may_cancel(&who.viewer, &challenge(stage)),
    }
}

fn bid_rows() -> Vec<Row> {
    macro_rules! rows {
        ($($field:literal => |$stage:ident, $who:ident| $ask:expr),+ $(,)?) => {
            vec![$(Row::new($field, |$stage, $who| $ask.map(|_| ()))),+]
        };
    }
    rows! {
        "Mutation.draftBid" => |stage, who| bids::may_draft(&who.viewer, &challenge(stage)),
        "Mutation.reviseBid" => |stage, who| bids::may_revise(&who.viewer, &bid(stage)),
        "Mutation.submitBid" => |stage, who| bids::may_submit(&who.viewer, &bid(stage)),
        "Mutation.withdrawBid" => |stage, who| bids::may_withdraw(&who.viewer, &bid(stage)),
        "Mutation.readSealedBid" => |stage, who| bids::may_read_own(&who.viewer, &bid(stage)),
        "Mutation.openBids" => |stage, who| bids::may_open(&who.viewer, &challenge(stage)),
        "Mutation.recordFormalCheck" => |stage, who| bids::may_check(&who.viewer, &bid(stage)),
        "Challenge.bids" => |stage, who| allowed(
            challenge(stage).opened() || who.viewer.is(Role::Bidder)),
        "Challenge.bidCount" => |stage, _who| allowed(challenge(stage).opened()),
        "Bid.label" => |stage, who| bids::may_know(standing(stage, who), &bid(stage)),
        "Bid.bidder" => |stage, who| bids::may_know(standing(stage, who), &bid(stage)),
        "Bid.draft" => |stage, who| bids::may_read_own(&who.viewer, &bid(stage)),
        "Bid.receipt" => |stage, who| bids::may_read_own(&who.viewer, &bid(stage)),
        "Bid.solution" => |stage, who| bids::may_read_opened(standing(stage, who), &bid(stage)),
        "Bid.formalCheck" => |stage, who| bids::may_know(standing(stage, who), &bid(stage))
            .and_then(|()| allowed(challenge(stage).opened() && bids::sees_check(standing(stage, who)))),
    }
}
