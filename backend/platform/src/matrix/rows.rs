//! The rows of the page: each asks the very function that the verb asks.

use super::{Person, Row, Stage, id};
use crate::access::accounts::AccountFacts;
use crate::access::awards::{NoticeFacts, ObjectionFacts};
use crate::access::bids::{self, BidFacts, Standing};
use crate::access::challenges::{self, ChallengeFacts};
use crate::access::library::TechnologyFacts;
use crate::access::organizations::OrganizationFacts;
use crate::access::projects::ProjectFacts;
use crate::access::reviews::{PanelFacts, PanelSight, Seat, SeatFacts, Sheet};
use crate::access::targets::TargetFacts;
use crate::access::{Actor, accounts, awards, events, library, organizations, projects, rehearsal, reviews, targets};
use crate::base::words::{
    BidStatus, ChallengeStatus, ObjectionStatus, ProjectStatus, Role, TargetMetric, TechnologyStatus, Verification,
};
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
    rows.extend(review_rows());
    rows.extend(award_rows());
    rows.extend(library_rows());
    rows
}

/// The bid as it is when judges score: it has passed its formal check.
fn checked(stage: &Stage) -> BidFacts {
    let mut row = stage.bid.clone();
    if row.status == BidStatus::Opened {
        row.status = BidStatus::FormalPassed;
    }
    crate::bids::facts(&row, challenge(stage), stage.challenge.awarded_at.is_some())
}

fn panel(drawn: bool) -> PanelFacts {
    PanelFacts { panel: id(3), drawn, size: 5, unchecked: 0, passed: 2, seated: 5, declared: 5, handed_in: 10 }
}

fn seat(who: &Person) -> Seat {
    match (who.drawn, who.ties.judges_there) {
        (_, true) => Seat::Declared(id(4)),
        (true, false) => Seat::Drawn(id(4)),
        (false, false) => Seat::None,
    }
}

/// A notice that runs while it is objected to, and is over when it is awarded.
fn notice(stage: &Stage, over: bool) -> NoticeFacts {
    let day = chrono::TimeDelta::days(1);
    NoticeFacts { id: id(5), ends_at: if over { stage.now - day } else { stage.now + day }, void: false }
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
        signed_in("Mutation.enrolTotp"),
        signed_in("Mutation.confirmTotp"),
        anybody("Mutation.registerEnterprise"),
        Row::new("Mutation.setClock", |_, who| rehearsal::may_set_clock(person(who)?, true).map(|_| ())),
        Row::new("Mutation.createAccount", |_, who| accounts::may_grant(person(who)?).map(|_| ())),
        Row::new("Mutation.suspendUser", |_, who| accounts::may_suspend(person(who)?, &account(false)).map(|_| ())),
        Row::new("Mutation.reinstateUser", |_, who| accounts::may_reinstate(person(who)?, &account(true)).map(|_| ())),
        Row::new("Mutation.resetTotp", |_, who| accounts::may_reset_totp(person(who)?, &account(false)).map(|_| ())),
        Row::new("Mutation.verifyOrganization", |_, who| {
            organizations::may_verify(person(who)?, &organization(Verification::Pending)).map(|_| ())
        }),
        Row::new("Mutation.refuseOrganization", |_, who| {
            organizations::may_refuse(person(who)?, &organization(Verification::Pending)).map(|_| ())
        }),
        Row::new("Query.verifyEvents", |_, who| events::may_verify(&who.viewer)),
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

fn account(suspended: bool) -> AccountFacts {
    AccountFacts { user: id(999), suspended, enrolled: true }
}

fn organization(verification: Verification) -> OrganizationFacts {
    OrganizationFacts { id: id(998), verification }
}

fn review_rows() -> Vec<Row> {
    macro_rules! rows {
        ($($field:literal => |$stage:ident, $who:ident| $ask:expr),+ $(,)?) => {
            vec![$(Row::new($field, |$stage, $who| $ask.map(|_| ()))),+]
        };
    }
    let sitting = SeatFacts { seat: id(4), challenge: id(1), stepped_aside: false, replaced: false };
    let mut rows = rows! {
        "Mutation.drawPanel" =>
            |stage, who| reviews::may_draw(&who.viewer, &challenge(stage), Some(&panel(false))),
        "Mutation.declareInterest" => |stage, who| reviews::may_declare(&who.viewer, &challenge(stage), seat(who)),
        "Mutation.saveScoreSheet" =>
            |stage, who| reviews::may_mark(&who.viewer, &checked(stage), seat(who), Sheet::Unwritten),
        "Mutation.submitScoreSheet" =>
            |stage, who| reviews::may_mark(&who.viewer, &checked(stage), seat(who), Sheet::Begun(id(6))),
        "Mutation.closeReview" =>
            |stage, who| reviews::may_close(&who.viewer, &challenge(stage), Some(&panel(true))),
        "Panel.judges" => |stage, who| {
            let noticed = matches!(
                stage.status,
                ChallengeStatus::Publicity
                    | ChallengeStatus::Suspended
                    | ChallengeStatus::Awarded
                    | ChallengeStatus::Executing
                    | ChallengeStatus::Completed
                    | ChallengeStatus::Terminated
            );
            let sight = reviews::panel_sight(&who.viewer, challenge(stage).department(), seat(who), noticed);
            allowed(matches!(sight, PanelSight::All | PanelSight::Staff | PanelSight::Names))
        },
        "ScoreSheet.judge" =>
            |stage, who| allowed(reviews::sees_judge(&who.viewer, challenge(stage).department(), id(111))),
    };
    rows.push(Row::new("Mutation.replaceJudge", move |stage, who| {
        let leave = reviews::may_look_up_seat(&who.viewer, &challenge(stage))?;
        reviews::may_replace(leave, &challenge(stage), Some(&sitting)).map(|_| ())
    }));
    rows
}

fn award_rows() -> Vec<Row> {
    macro_rules! rows {
        ($($field:literal => |$stage:ident, $who:ident| $ask:expr),+ $(,)?) => {
            vec![$(Row::new($field, |$stage, $who| $ask.map(|_| ()))),+]
        };
    }
    let objection = || ObjectionFacts { id: id(7), notice: id(5), organization: id(20), status: ObjectionStatus::Open };
    let mut rows = rows! {
        "Mutation.recordNegotiation" => |stage, who| awards::may_negotiate(&who.viewer, &bid(stage)),
        "Mutation.publishNotice" => |stage, who| awards::may_publish_notice(&who.viewer, &challenge(stage)),
        "Mutation.raiseObjection" => |stage, who| awards::may_object(
            &who.viewer, &challenge(stage), &notice(stage, false), who.ties.bids_there, stage.now),
        "Mutation.awardChallenge" => |stage, who| projects::may_award(
            &who.viewer, &challenge(stage), Some(&notice(stage, true)), false, stage.now),
        "Mutation.signAgreement" => |stage, who| projects::may_sign(&who.viewer, &ProjectFacts {
            id: id(8),
            challenge: challenge(stage),
            status: ProjectStatus::ContractPending,
            next: crate::projects::lifecycle::next,
            signed: false,
        }),
    };
    rows.push(Row::new("Mutation.resolveObjection", move |stage, who| {
        awards::may_resolve(&who.viewer, &challenge(stage), &objection(), false).map(|_| ())
    }));
    rows.push(Row::new("Mutation.resolveObjection(took part before)", move |stage, who| {
        awards::may_resolve(&who.viewer, &challenge(stage), &objection(), true).map(|_| ())
    }));
    rows.push(Row::new("Objection.grounds", move |_, who| awards::may_see_objection(&who.viewer, &objection())));
    rows
}

fn library_rows() -> Vec<Row> {
    let nominated = || TechnologyFacts {
        id: id(9),
        status: TechnologyStatus::Nominated,
        next: crate::library::lifecycle::next,
        lead: id(20),
        nominator: id(106),
        nominated_for: Some(id(20)),
        admitted: false,
    };
    let target = |metric| TargetFacts { id: id(12), metric };
    vec![
        Row::new("Mutation.nominateTechnology", |_, who| library::may_nominate(&who.viewer).map(|_| ())),
        Row::new("Technology.name(nominated)", move |_, who| library::may_see(&who.viewer, &nominated())),
        Row::new("Mutation.admitTechnology", move |_, who| library::may_admit(&who.viewer, &nominated()).map(|_| ())),
        Row::new("Mutation.setTarget", |_, who| targets::may_set(&who.viewer).map(|_| ())),
        Row::new("Mutation.recordTargetValue", move |_, who| {
            targets::may_record(&who.viewer, &target(TargetMetric::Other)).map(|_| ())
        }),
        Row::new("Mutation.recordTargetValue(computed metric)", move |_, who| {
            targets::may_record(&who.viewer, &target(TargetMetric::OpenCompetitionProjects)).map(|_| ())
        }),
    ]
}
