//! The rows of the page: each asks the very function that the verb, the resolver or the reading asks.

use super::{Answer, Columns, Person, Row, Section, Stage, Told, id};
use crate::access::accounts::AccountFacts;
use crate::access::awards::{ComplaintFacts, NoticeFacts, ObjectionFacts};
use crate::access::bids::{self, BidFacts, ConsentFacts, CorrectionFacts, Standing, Ties};
use crate::access::capabilities::CapabilityFacts;
use crate::access::challenges::{self, ChallengeFacts};
use crate::access::demands::{DemandFacts, Heard};
use crate::access::events::{self, Audience};
use crate::access::experts::{ExpertFacts, JudgeFacts, MayName, RelationFacts, Seen};
use crate::access::library::TechnologyFacts;
use crate::access::members::{InvitationFacts, MemberFacts, SeesTokens, TokenFacts};
use crate::access::organizations::OrganizationFacts;
use crate::access::projects::ProjectFacts;
use crate::access::reviews::{PanelFacts, PanelSight, Round, Seat, SeatFacts, Sheet};
use crate::access::rules::Revision;
use crate::access::scoring::Deviation;
use crate::access::targets::TargetFacts;
use crate::access::{
    Actor, accounts, awards, capabilities, demands, eligibility, experts, library, members, organizations, projects,
    rehearsal, reviews, rules, scoring, targets,
};
use crate::base::words::{
    BidStatus, ChallengeStatus, ComplaintStatus, LegalRoute, MemberRight, ObjectionStatus, ProjectStatus, RelationKind,
    Role, TargetMetric, TechnologyStatus, TokenScope, Verification,
};
use crate::base::{Error, Reason, Result};

/// `fields => |stage, who| what the policy answers;`
macro_rules! rows {
    ($($($field:literal),+ => |$stage:pat_param, $who:pat_param| $ask:expr;)+) => {
        vec![$(Row {
            fields: &[$($field),+],
            ask: Box::new(|$stage: &Stage, $who: &Person| $ask.told()),
        }),+]
    };
}

pub(super) fn all() -> Vec<Section> {
    vec![
        Section { name: "People and organizations", columns: Columns::Challenge, rows: accounts_rows() },
        Section { name: "Capabilities", columns: Columns::Challenge, rows: capability_rows() },
        Section { name: "Experts", columns: Columns::Challenge, rows: expert_rows() },
        Section { name: "Demands", columns: Columns::Demand, rows: demand_rows() },
        Section { name: "Challenges", columns: Columns::Challenge, rows: challenge_rows() },
        Section { name: "Bids", columns: Columns::Challenge, rows: bid_rows() },
        Section { name: "Reviews", columns: Columns::Challenge, rows: review_rows() },
        Section { name: "Notices, objections and awards", columns: Columns::Challenge, rows: award_rows() },
        Section { name: "The library and the targets", columns: Columns::Challenge, rows: library_rows() },
        Section { name: "Events", columns: Columns::Challenge, rows: event_rows() },
    ]
}

fn challenge(stage: &Stage) -> ChallengeFacts {
    crate::challenges::facts(&stage.challenge, stage.now)
}

fn facts(stage: &Stage, row: &crate::bids::model::Model) -> BidFacts {
    crate::bids::facts(row, challenge(stage), stage.challenge.awarded_at.is_some())
}

fn bid(stage: &Stage) -> BidFacts {
    facts(stage, &stage.bid)
}

/// The bid behind a material amendment.
fn amended(stage: &Stage) -> BidFacts {
    let mut of = stage.challenge.clone();
    of.material_amendments = 1;
    crate::bids::facts(&stage.bid, crate::challenges::facts(&of, stage.now), of.awarded_at.is_some())
}

/// Somebody's bid that the viewer's organization is asked to be a member of; where there is none, somebody else's.
fn asked(stage: &Stage, who: &Person) -> ConsentFacts {
    let member = bids::own_of(&who.viewer).unwrap_or(id(997));
    crate::bids::consent::facts(id(996), member, false, bid(stage))
}

/// The bid where judges are not told who bids.
fn blind(stage: &Stage) -> BidFacts {
    let mut of = stage.challenge.clone();
    of.terms.blind = true;
    crate::bids::facts(&stage.bid, crate::challenges::facts(&of, stage.now), of.awarded_at.is_some())
}

/// Both bids of the sample.
fn both(stage: &Stage) -> [BidFacts; 2] {
    [bid(stage), facts(stage, &stage.other)]
}

/// The bid as it is when judges score: it has passed its formal check.
fn checked(stage: &Stage) -> BidFacts {
    in_review(stage, BidStatus::FormalPassed)
}

/// The bid as it is when the formal check has come to this.
fn in_review(stage: &Stage, status: BidStatus) -> BidFacts {
    let mut row = stage.bid.clone();
    if row.status == BidStatus::Opened {
        row.status = status;
    }
    facts(stage, &row)
}

/// A bid that did not pass its formal check.
fn failed(stage: &Stage) -> BidFacts {
    let mut row = stage.other.clone();
    if stage.drawn {
        row.status = BidStatus::FormalFailed;
    }
    facts(stage, &row)
}

fn seat(stage: &Stage, who: &Person) -> Seat {
    if stage.drawn { who.seat } else { Seat::None }
}

fn bids_there(stage: &Stage, who: &Person) -> bool {
    who.bids_there && challenge(stage).opened()
}

fn standing(stage: &Stage, who: &Person, bid: &BidFacts) -> Standing {
    let ties = Ties { bids_there: bids_there(stage, who), judges_there: reviews::sits(seat(stage, who)) };
    bids::standing(&who.viewer, bid, ties)
}

fn knows(stage: &Stage, who: &Person, bid: &BidFacts) -> bool {
    bids::may_know(standing(stage, who, bid), bid).is_ok()
}

fn person(who: &Person) -> Result<&Actor> {
    who.viewer.person()
}

/// How many of these there are for the viewer.
fn some_of<const N: usize>(seen: [bool; N]) -> Told {
    match seen.into_iter().filter(|seen| *seen).count() {
        0 => Told::Nothing,
        count if count == N => Told::Whole,
        _ => Told::Part,
    }
}

fn account(suspended: bool) -> AccountFacts {
    AccountFacts { user: id(999), suspended, enrolled: true }
}

fn unverified() -> OrganizationFacts {
    OrganizationFacts { id: id(998), verification: Verification::Pending }
}

/// An owner of the bid's own bidder, with so many others.
fn member(user: u128, other_owners: u64) -> MemberFacts {
    MemberFacts { user: id(user), organization: id(20), right: MemberRight::Owner, other_owners }
}

fn invitation() -> InvitationFacts {
    InvitationFacts {
        id: id(43),
        organization: id(20),
        right: MemberRight::Editor,
        expires_at: chrono::DateTime::UNIX_EPOCH,
        waits: true,
    }
}

/// An editor's, of the bid's own bidder.
fn token() -> TokenFacts {
    TokenFacts { id: id(44), holder: id(120), organization: Some(id(20)), revoked: false }
}

fn accounts_rows() -> Vec<Row> {
    rows! {
        "Mutation.signIn", "Mutation.refreshSession", "Mutation.registerEnterprise", "Mutation.acceptInvitation",
        "Query.membershipOffer" => |_, _| true;
        "Mutation.signOut", "Mutation.enrolTotp", "Mutation.confirmTotp" => |_, who| who.viewer.in_person();
        "Mutation.endSession", "Mutation.changePassword" => |_, who| who.viewer.in_person().and(person(who));
        "Mutation.inviteMember" => |_, who| members::may_invite(&who.viewer, 0);
        "Mutation.inviteMember(so many wait)" => |_, who| members::may_invite(&who.viewer, members::MOST_INVITATIONS);
        "Mutation.revokeInvitation(of the bid's own bidder)" => |_, who| members::may_revoke_invitation(&who.viewer, &invitation());
        "Mutation.setMemberRight(of the bid's own bidder)" =>
            |_, who| members::may_set_right(&who.viewer, &member(120, 1), MemberRight::Reader);
        "Mutation.setMemberRight(of its last owner)" =>
            |_, who| members::may_set_right(&who.viewer, &member(120, 0), MemberRight::Reader);
        "Mutation.removeMember(of the bid's own bidder)" => |_, who| members::may_remove(&who.viewer, &member(120, 1));
        "Mutation.removeMember(its last owner)" => |_, who| members::may_remove(&who.viewer, &member(120, 0));
        "Mutation.createApiToken" => |_, who| members::may_make_token(&who.viewer, TokenScope::Read, 0);
        "Mutation.createApiToken(to draft)" => |_, who| members::may_make_token(&who.viewer, TokenScope::Draft, 0);
        "Mutation.createApiToken(to submit)" => |_, who| members::may_make_token(&who.viewer, TokenScope::Submit, 0);
        "Mutation.revokeApiToken(of an editor of the bid's own bidder)" =>
            |_, who| members::may_revoke_token(&who.viewer, &token());
        "Organization.members(of the bid's own bidder)" => |_, who| members::sees_members(&who.viewer, id(20));
        "Viewer.memberInvitations" => |_, who| members::sees_invitations(&who.viewer).is_some();
        "Viewer.apiTokens" => |_, who| match members::sees_tokens(&who.viewer) {
            SeesTokens::Nobody => Told::Nothing,
            SeesTokens::Own(_) => Told::Part,
            SeesTokens::Of(_) => Told::Whole,
        };
        "Mutation.setClock" => |_, who| person(who).and_then(|actor| rehearsal::may_set_clock(actor, true));
        "Mutation.createAccount" => |_, who| person(who).and_then(accounts::may_grant);
        "Mutation.suspendUser" => |_, who| person(who).and_then(|actor| accounts::may_suspend(actor, &account(false)));
        "Mutation.reinstateUser" =>
            |_, who| person(who).and_then(|actor| accounts::may_reinstate(actor, &account(true)));
        "Mutation.resetTotp" => |_, who| person(who).and_then(|actor| accounts::may_reset_totp(actor, &account(false)));
        "Mutation.createOrganization" => |_, who| person(who).and_then(organizations::may_create);
        "Mutation.verifyOrganization" => |_, who| organizations::may_verify(&who.viewer, &unverified());
        "Mutation.refuseOrganization" => |_, who| organizations::may_refuse(&who.viewer, &unverified());
        "Query.viewer", "Viewer.user", "Viewer.roles", "Viewer.organization", "Viewer.totp", "Viewer.memberRight",
        "Viewer.openingKey" =>
            |_, who| who.viewer.signed_in().is_ok();
        "Viewer.sessions" => |_, who| who.viewer.in_person().is_ok();
        "Query.node(a person)" => |_, who| accounts::may_see(&who.viewer, id(999));
        "User.username" => |_, who| accounts::sees_username(&who.viewer, id(999));
        "User.username(the own)" => |_, who| {
            who.viewer.signed_in().is_ok_and(|own| accounts::sees_username(&who.viewer, own.user))
        };
        "Mutation.recordQualification" => |_, who| eligibility::may_qualify(&who.viewer);
        "Mutation.verifyQualification", "Mutation.endQualification", "Mutation.recordIntegrityCase", "Mutation.recordTie",
        "Mutation.endTie" =>
            |_, who| eligibility::may_look_up(&who.viewer);
        "Mutation.grantExemption" => |_, who| eligibility::may_oversee(&who.viewer);
        "Organization.statedQualifications", "Organization.integrityCases" =>
            |_, who| eligibility::sees_file(&who.viewer, id(998));
        "Query.ties" => |_, who| eligibility::sees_ties(&who.viewer);
        "Query.waitingQualifications" => |_, who| eligibility::keeps_files(&who.viewer);
        "Query.organizations(not verified)", "Query.node(an organization not verified)" =>
            |_, who| organizations::may_see(&who.viewer, &unverified()).is_ok();
    }
}

/// A capability of the bid's own bidder.
fn capability(verified: bool) -> CapabilityFacts {
    CapabilityFacts { id: id(42), organization: id(20), verified, version: 1 }
}

fn capability_rows() -> Vec<Row> {
    rows! {
        "Mutation.addCapability" => |_, who| capabilities::may_add(&who.viewer, 0);
        "Mutation.addCapability(the list is full)" => |_, who| capabilities::may_add(&who.viewer, capabilities::MOST);
        "Mutation.reviseCapability", "Mutation.removeCapability" =>
            |_, who| capabilities::may_keep(&who.viewer, &capability(true));
        "Mutation.reviseCapability(no longer verified)", "Mutation.removeCapability(no longer verified)" =>
            |_, who| capabilities::may_keep(&who.viewer, &capability(false));
        "Query.capabilities", "Query.node(a capability)", "Organization.capabilities" => |_, _| true;
        "Query.capabilities(of an organization not verified)", "Query.node(a capability of an organization not verified)" =>
            |_, who| organizations::may_see(&who.viewer, &unverified()).is_ok();
    }
}

/// The judge who was not drawn, as an expert, whom the organizer who approved the challenge stated.
fn expert() -> ExpertFacts {
    ExpertFacts { id: id(50), user: id(112), version: 1, stated_by: id(101), confirmed: false }
}

fn expert_rows() -> Vec<Row> {
    const RELATION: fn() -> RelationFacts = || RelationFacts {
        kind: RelationKind::Employed,
        id: id(51),
        expert: id(50),
        user: id(112),
        recorded_by: id(112),
        confirmed: false,
        ended: false,
    };
    fn named<T>(who: &Person, ask: impl FnOnce(MayName) -> Result<T>) -> Result<T> {
        experts::may_name(&who.viewer).and_then(ask)
    }
    fn sees(who: &Person) -> bool {
        match experts::sees(&who.viewer) {
            Seen::All => true,
            Seen::Own(user) => user == id(112),
            Seen::Nobody => false,
        }
    }
    rows! {
        "Mutation.stateExpertise(of the judge who was not drawn)" =>
            |_, who| named(who, |leave| experts::may_state(leave, Some(&JudgeFacts { user: id(112), expert: Some(expert()) }), false));
        "Mutation.stateExpertise(of the viewer)" => |_, who| named(who, |leave| {
            let user = who.viewer.user().filter(|_| who.viewer.is(crate::base::words::Role::Judge));
            experts::may_state(leave, user.map(|user| JudgeFacts { user, expert: None }).as_ref(), true)
        });
        "Mutation.recordExpertRelation" => |_, who| named(who, |leave| experts::may_relate(leave, Some(&expert()), Default::default()));
        "Mutation.stateExpertise(of an expert for whom somebody vouches)" => |_, who| {
            let vouched = ExpertFacts { confirmed: true, ..expert() };
            named(who, |leave| experts::may_state(leave, Some(&JudgeFacts { user: id(112), expert: Some(vouched) }), false))
        };
        "Mutation.confirmExpertRelation" =>
            |_, who| named(who, |leave| experts::may_confirm_relation(leave, Some(&RELATION())));
        "Mutation.endExpertRelation" => |_, who| named(who, |leave| experts::may_end_relation(leave, Some(&RELATION())));
        "Mutation.confirmExpert" => |_, who| named(who, |leave| experts::may_confirm(leave, Some(&expert())));
        "Mutation.revealExpert" => |_, who| experts::may_reveal(&who.viewer, Some(&expert()));
        "Query.experts(the judge who was not drawn)", "Query.node(an expert)" => |_, who| sees(who);
        "Expert.phone(in full)", "ExpertRelation.name(of a person, in full)" =>
            |_, who| experts::sees_whole(&who.viewer, id(112));
        "Expert.openReviews", "Expert.drawnInAYear" => |_, who| experts::sees_load(&who.viewer);
        "Viewer.expert" => |_, who| matches!(experts::sees(&who.viewer), Seen::Own(_));
    }
}

/// How this person stands to the demand.
fn demand(stage: &Stage, who: &Person) -> DemandFacts {
    let asked = who.seat != Seat::None && stage.demand.round > 0;
    let gave = asked && matches!(who.seat, Seat::Declared(_));
    let interested = demands::own_of(&who.viewer) == Some(id(20)) && stage.demand.listed_at.is_some();
    crate::demands::facts(&stage.demand, demands::Ties { asked, asked_now: asked, gave, interested })
}

fn sees_opinion(stage: &Stage, who: &Person) -> bool {
    stage.demand.round > 0 && demands::may_see_opinion(&who.viewer, &demand(stage, who), 1, id(111))
}

fn demand_rows() -> Vec<Row> {
    const HEARD: Heard = Heard { experts: 1, organizers: 1 };
    const NOBODY: Heard = Heard { experts: 0, organizers: 0 };
    rows! {
        "Query.demand", "Query.demands", "Query.node(a demand)", "Opinion.demand", "Interest.demand", "Invitation.demand",
        "ReleaseBatch.demands", "ScenarioDemand.sources(a source)", "ScenarioDemand.mergedInto(the demand that stays)" =>
            |stage, who| demands::may_see(&who.viewer, &demand(stage, who)).is_ok();
        "Mutation.draftDemand" => |_, who| demands::may_draft(&who.viewer);
        "Mutation.reviseDemand" => |stage, who| demands::may_revise(&who.viewer, &demand(stage, who));
        "Mutation.submitDemand" => |stage, who| demands::may_submit(&who.viewer, &demand(stage, who));
        "Mutation.withdrawDemand" => |stage, who| demands::may_withdraw(&who.viewer, &demand(stage, who));
        "Mutation.askOpinions" => |stage, who| demands::may_ask(&who.viewer, &demand(stage, who));
        "Mutation.recordOpinion" => |stage, who| demands::may_opine(&who.viewer, &demand(stage, who));
        "Mutation.returnDemand" => |stage, who| demands::may_return(&who.viewer, &demand(stage, who));
        "Mutation.rejectDemand" => |stage, who| demands::may_reject(&who.viewer, &demand(stage, who));
        "Mutation.mergeDemands(the demand that stays)" =>
            |stage, who| demands::may_take_in(&who.viewer, &demand(stage, who));
        "Mutation.mergeDemands(a source)" => |stage, who| demands::may_merge(&who.viewer, &demand(stage, who));
        "Mutation.acceptDemand" => |stage, who| demands::may_accept(&who.viewer, &demand(stage, who), HEARD);
        "Mutation.acceptDemand(nobody heard)" =>
            |stage, who| demands::may_accept(&who.viewer, &demand(stage, who), NOBODY);
        "Mutation.releaseDemands" => |stage, who| demands::may_release(&who.viewer, &demand(stage, who));
        "Mutation.registerInterest" => |stage, who| match demands::may_register_interest(&who.viewer, &demand(stage, who)) {
            // A second one contradicts the first.
            Err(Error::Conflict(_)) => Told::Refused(Error::NotNow(Reason::InterestExists)),
            told => told.told(),
        };
        "Mutation.withdrawInterest" => |stage, who| demands::may_withdraw_interest(&who.viewer, &demand(stage, who));
        "Mutation.inviteMatched" => |stage, who| demands::may_invite(&who.viewer, &demand(stage, who));
        "ScenarioDemand.author" => |stage, who| demands::sees_file(&who.viewer, &demand(stage, who));
        "ScenarioDemand.reason" => |stage, who| demands::sees_reason(&who.viewer, &demand(stage, who));
        "ScenarioDemand.opinions(an expert's)", "Query.node(an expert's opinion)" => |stage, who| sees_opinion(stage, who);
        "Opinion.author(an expert)" =>
            |stage, who| sees_opinion(stage, who) && demands::names_giver(&who.viewer, id(10), id(111));
        "ScenarioDemand.askedExperts" => |stage, who| demands::may_see(&who.viewer, &demand(stage, who)).is_ok()
            && demands::names_asked(&who.viewer, &demand(stage, who));
        "ScenarioDemand.matches" => |stage, who| demands::sees_matches(&who.viewer, &demand(stage, who));
        "ScenarioDemand.interests", "Query.node(an interest)", "ScenarioDemand.invitations", "Query.node(an invitation)" =>
            |stage, who| {
                let facts = demand(stage, who);
                let own = facts.listed() && demands::own_of(&who.viewer) == Some(id(20));
                if own { Told::Part } else { demands::sees_matches(&who.viewer, &facts).told() }
            };
        "Viewer.invitations" => |stage, who| demands::own_of(&who.viewer) == Some(id(20)) && stage.demand.listed_at.is_some();
        "Query.events(for the department's desk)" => |_, who| events::may_walk(&who.viewer, Audience::Desk(id(10)));
    }
}

fn challenge_rows() -> Vec<Row> {
    rows! {
        "Query.challenge", "Query.challenges", "Query.node(a challenge, and what is part of it)",
        "Subscription.challengeChanged" => |stage, who| challenges::may_see(&who.viewer, &challenge(stage)).is_ok();
        "Mutation.reviseRuleSet" => |_, who| rules::may_revise(&who.viewer);
        "Mutation.draftChallenge" => |_, who| challenges::may_draft(&who.viewer);
        "Mutation.reviseChallenge" => |stage, who| challenges::may_revise(&who.viewer, &challenge(stage));
        "Mutation.submitChallenge" => |stage, who| challenges::may_submit(&who.viewer, &challenge(stage));
        "Mutation.returnChallenge" => |stage, who| challenges::may_return(&who.viewer, &challenge(stage));
        "Mutation.approveChallenge" => |stage, who| challenges::may_approve(&who.viewer, &challenge(stage));
        "Mutation.rejectChallenge" => |stage, who| challenges::may_reject(&who.viewer, &challenge(stage));
        "Mutation.withdrawChallenge" => |stage, who| challenges::may_withdraw(&who.viewer, &challenge(stage));
        "Mutation.publishChallenge" =>
            |stage, who| challenges::may_publish(&who.viewer, &challenge(stage), false, None);
        "Mutation.publishChallenge(urgentReason)" =>
            |stage, who| challenges::may_publish(&who.viewer, &challenge(stage), true, None);
        "Mutation.publishChallenge(under rules of one's own making)" => |stage, who| {
            let rules = Revision { version: 2, by: who.viewer.user() };
            challenges::may_publish(&who.viewer, &challenge(stage), false, Some(rules))
        };
        "Mutation.askQuestion" => |stage, who| challenges::may_ask(&who.viewer, &challenge(stage), 0, stage.now);
        "Mutation.answerQuestion" => |stage, who| challenges::may_answer(&who.viewer, &challenge(stage));
        "Mutation.declineQuestion" => |stage, who| challenges::may_decline(&who.viewer, &challenge(stage));
        "Mutation.offerAccess" => |stage, who| challenges::may_offer(&who.viewer, &challenge(stage));
        "Viewer.questionsDue" => |stage, who| {
            let (runs, own) = challenges::answers_for(&who.viewer);
            let department = challenge(stage).department();
            runs.has(department) || own == Some(department)
        };
        "Mutation.amendChallenge" => |stage, who| challenges::may_amend(&who.viewer, &challenge(stage));
        "Mutation.recordExternalResult" => |stage, who| {
            let mut elsewhere = challenge(stage);
            elsewhere.route = Some(LegalRoute::TenderExternal);
            challenges::may_record_result(&who.viewer, &elsewhere)
        };
        "Mutation.rerunChallenge" => |stage, who| challenges::may_rerun(&who.viewer, &challenge(stage), false);
        "Mutation.cancelChallenge" => |stage, who| challenges::may_cancel(&who.viewer, &challenge(stage));
    }
}

/// How the state of a bid is told: as it is, or masked.
fn status(stage: &Stage, who: &Person, bid: &BidFacts) -> Told {
    let standing = standing(stage, who, bid);
    if !knows(stage, who, bid) {
        Told::Nothing
    } else if bids::shown_status(standing, bid) == bid.status() {
        Told::Whole
    } else {
        Told::Part
    }
}

fn bid_rows() -> Vec<Row> {
    rows! {
        "Mutation.draftBid" => |stage, who| bids::may_draft(&who.viewer, &challenge(stage));
        "Mutation.reviseBid" => |stage, who| bids::may_revise(&who.viewer, &bid(stage));
        "Mutation.createUpload", "Mutation.finishUpload", "Mutation.discardUpload" =>
            |stage, who| bids::may_upload(&who.viewer, &bid(stage));
        "Mutation.submitBid" => |stage, who| bids::may_submit(&who.viewer, &bid(stage));
        "Mutation.withdrawBid" => |stage, who| bids::may_withdraw(&who.viewer, &bid(stage));
        "Mutation.answerConsortium" => |stage, who| bids::may_consent(&who.viewer, &asked(stage, who));
        "Viewer.consortiumRequests" => |_, who| bids::own_of(&who.viewer).is_some();
        "Mutation.confirmBid" => |stage, who| bids::may_confirm(&who.viewer, &amended(stage));
        "Bid.responseNeeded" => |stage, who| bids::sees_own(standing(stage, who, &bid(stage)));
        "Mutation.readSealedBid" => |stage, who| bids::may_read_own(&who.viewer, &bid(stage));
        "Mutation.registerOpeningKey" => |_, who| accounts::may_register_opening_key(&who.viewer);
        "Mutation.reshareOpeningKey" => |stage, who| challenges::may_reshare(&who.viewer, &challenge(stage), false);
        "Mutation.reshareOpeningKey(the opening has begun)" =>
            |stage, who| challenges::may_reshare(&who.viewer, &challenge(stage), true);
        "Seal.escrowed" => |stage, who| stage.challenge.published_at.is_some() && challenges::sees_escrowed(&who.viewer);
        "Challenge.openingShare", "Challenge.waitingShare(another opener's waits)" => |stage, who| {
            let challenge = challenge(stage);
            stage.challenge.published_at.is_some() && challenges::may_hold_share(&who.viewer, challenge.department())
        };
        "Mutation.openBids" => |stage, who| bids::may_open(&who.viewer, &challenge(stage));
        "Mutation.recordFormalCheck" =>
            |stage, who| bids::may_check(&who.viewer, &bid(stage), CorrectionFacts::None, stage.now);
        "Mutation.recordFormalCheck(the bidder still has time to correct)" => |stage, who| {
            let due = stage.now + chrono::TimeDelta::hours(1);
            bids::may_check(&who.viewer, &bid(stage), CorrectionFacts::Awaited(due, id(104)), stage.now)
        };
        "Mutation.requestCorrection" =>
            |stage, who| bids::may_request_correction(&who.viewer, &bid(stage), CorrectionFacts::None, Some(id(999)));
        "Mutation.correctBid" => |stage, who| {
            let due = stage.now + chrono::TimeDelta::hours(1);
            bids::may_correct(&who.viewer, &bid(stage), CorrectionFacts::Awaited(due, id(104)), stage.now)
        };
        "Mutation.correctBid(too late)" =>
            |stage, who| bids::may_correct(&who.viewer, &bid(stage), CorrectionFacts::Awaited(stage.now, id(104)), stage.now);
        "Challenge.bids" => |stage, who| match some_of(both(stage).map(|bid| knows(stage, who, &bid))) {
            _ if !bids::may_list(&who.viewer, &challenge(stage)) => Told::Nothing,
            Told::Nothing => Told::Part,
            told => told,
        };
        "Challenge.bidCount" => |stage, _| bids::tells_count(&challenge(stage));
        "Viewer.bids" => |stage, who| bids::own_of(&who.viewer) == Some(bid(stage).bidder());
        "Query.node(a bid)", "Bid.id", "Bid.challenge", "Bid.bidder", "Bid.label", "Bid.members", "Bid.version",
        "Bid.submittedAt", "Notice.winners(of a void notice)" => |stage, who| knows(stage, who, &bid(stage));
        "Bid.bidder(of a blind review)", "Bid.members(of a blind review)" => |stage, who| {
            let bid = blind(stage);
            knows(stage, who, &bid) && bids::sees_bidder(standing(stage, who, &bid), &bid)
        };
        "Query.node(a bid that does not win)" => |stage, who| knows(stage, who, &facts(stage, &stage.other));
        "Bid.status" => |stage, who| status(stage, who, &checked(stage));
        "Bid.status(formal check failed)" => |stage, who| status(stage, who, &failed(stage));
        "Bid.draft", "Bid.receipt", "Bid.uploads" => |stage, who| bids::sees_own(standing(stage, who, &bid(stage)));
        "Bid.solution" => |stage, who| bids::may_read_opened(standing(stage, who, &bid(stage)), &bid(stage)).is_ok()
            && challenge(stage).opened();
        "Bid.formalFinding" => |stage, who| bids::sees_finding(standing(stage, who, &bid(stage)), &bid(stage));
        "OpeningRecord.openedBy" => |stage, who| challenge(stage).opened() && bids::sees_openers(&who.viewer, &challenge(stage), who.bids_there);
        "Challenge.openingRecord", "OpeningRecord.openedAt", "OpeningRecord.commitments", "OpeningRecord.nonce" =>
            |stage, _| challenge(stage).opened();
        "Bid.formalCheck", "Bid.correction", "Bid.broken", "Bid.namedInBlindPart(of a blind review)" => |stage, who| bids::sees_check(standing(stage, who, &bid(stage)), &bid(stage));
    }
}

fn panel(drawn: bool) -> PanelFacts {
    PanelFacts {
        panel: id(3),
        drawn,
        size: 5,
        unchecked: 0,
        passed: 2,
        seated: 5,
        declared: 5,
        handed_in: 10,
        thin: 0,
        talks: false,
        chair: None,
        talked_at: None,
        agreed: 0,
    }
}

fn sight(stage: &Stage, who: &Person) -> PanelSight {
    reviews::panel_sight(&who.viewer, challenge(stage).department(), seat(stage, who), stage.noticed)
}

/// Whether the viewer sees the declared judge's sheet for the bid.
fn sees_sheet(stage: &Stage, who: &Person, handed_in: bool, talks: bool) -> bool {
    let bid = checked(stage);
    let round = Round { talks, ..stage.round };
    let sees = reviews::may_see_sheet(&who.viewer, &bid, id(111), handed_in, round, seat(stage, who));
    stage.drawn && knows(stage, who, &bid) && sees
}

fn review_rows() -> Vec<Row> {
    const SITTING: fn() -> SeatFacts = || SeatFacts {
        seat: id(4),
        challenge: id(1),
        seated_at: chrono::DateTime::UNIX_EPOCH,
        stepped_aside: false,
        replaced: false,
    };
    const CHAIR: fn() -> crate::base::id::SeatId = || id(4);
    rows! {
        "Mutation.drawPanel" => |stage, who| reviews::may_draw(&who.viewer, &challenge(stage), Some(&panel(false)));
        "Mutation.declareInterest" =>
            |stage, who| reviews::may_declare(&who.viewer, &challenge(stage), seat(stage, who));
        "Mutation.replaceJudge" => |stage, who| reviews::may_look_up_seat(&who.viewer, &challenge(stage))
            .and_then(|leave| reviews::may_replace(leave, &challenge(stage), Some(&SITTING())));
        "Mutation.saveScoreSheet" =>
            |stage, who| reviews::may_mark(&who.viewer, &checked(stage), seat(stage, who), Sheet::Unwritten);
        "Mutation.submitScoreSheet" =>
            |stage, who| reviews::may_mark(&who.viewer, &checked(stage), seat(stage, who), Sheet::Begun(id(6)));
        "Mutation.abstainFromBid" =>
            |stage, who| reviews::may_mark(&who.viewer, &checked(stage), seat(stage, who), Sheet::Begun(id(6)));
        "Mutation.reopenScoreSheet" => |stage, who| {
            let (bid, panel) = (checked(stage), panel(true));
            let may = || scoring::may_reopen(&who.viewer, &bid, Some(&panel), Some(&SITTING()), Sheet::Submitted(id(6)));
            scoring::may_reopen_any(&who.viewer, &bid).and_then(|()| may())
        };
        "Mutation.beginConsensus" =>
            |stage, who| scoring::may_begin_consensus(&who.viewer, &challenge(stage), Some(&PanelFacts { talks: true, ..panel(true) }));
        "Mutation.submitConsensusSheet" => |stage, who| {
            let panel = PanelFacts { talks: true, chair: Some(CHAIR()), ..panel(true) };
            scoring::may_agree(&who.viewer, &checked(stage), seat(stage, who), Some(&panel))
        };
        "Mutation.explainDeviation" => |stage, who| {
            let about = (id(2), id(6));
            scoring::may_explain(&who.viewer, &challenge(stage), about, seat(stage, who), Deviation::Far)
        };
        "Mutation.signReview" =>
            |stage, who| scoring::may_sign(&who.viewer, &challenge(stage), seat(stage, who), false);
        "Viewer.reviewsToSign" =>
            |stage, who| scoring::may_sign(&who.viewer, &challenge(stage), seat(stage, who), false).is_ok();
        "Mutation.disqualifyBid" => |stage, who| scoring::may_disqualify(&who.viewer, &checked(stage));
        "Mutation.closeReview" => |stage, who| reviews::may_close(&who.viewer, &challenge(stage), Some(&panel(true)));
        "Viewer.pendingDeclarations" =>
            |stage, who| reviews::may_declare(&who.viewer, &challenge(stage), seat(stage, who)).is_ok();
        "Viewer.reviewTasks" =>
            |stage, who| reviews::may_mark(&who.viewer, &checked(stage), seat(stage, who), Sheet::Unwritten).is_ok();
        "Challenge.panel", "Query.node(a panel)" =>
            |stage, who| challenge(stage).published && sight(stage, who).shows_panel();
        "Panel.judges" => |stage, who| match sight(stage, who) {
            _ if !stage.drawn => Told::Nothing,
            sight if sight.tells_departures() => Told::Whole,
            sight if sight.shows_seat(true) => Told::Part,
            _ => Told::Nothing,
        };
        "PanelJudge.user", "PanelJudge.organization" => |stage, who| stage.drawn && sight(stage, who).names(true);
        "PanelJudge.user(not yet declared)", "PanelJudge.organization(not yet declared)" =>
            |stage, who| stage.drawn && sight(stage, who).names(false);
        "PanelJudge.recused", "PanelJudge.leftBecause", "PanelJudge.replacedBy" =>
            |stage, who| stage.drawn && sight(stage, who).tells_departures();
        "PanelJudge.sheetsSubmitted", "PanelJudge.sheetsTotal" =>
            |stage, who| stage.drawn && sight(stage, who).tells_work();
        "PanelJudge.pseudonym", "PanelJudge.pseudonymSalt" =>
            |stage, who| sight(stage, who).names(true) && reviews::tells_draw(stage.noticed);
        "PanelDraw.seed", "PanelDraw.candidates", "PanelDraw.excluded", "PanelDraw.steps", "PanelDraw.record" =>
            |stage, who| sight(stage, who).shows_panel() && reviews::tells_draw(stage.noticed);
        "PanelDraw.entropy", "PanelDraw.drawnAt" => |stage, who| stage.drawn && sight(stage, who).shows_panel();
        "Panel.statistics" =>
            |stage, who| reviews::sees_statistics(sight(stage, who), stage.round.closed, bid(stage).awarded);
        "Challenge.ranking", "Challenge.rankedBy", "Challenge.rankingBeside" => |stage, who| {
            some_of(both(stage).map(|bid| reviews::may_see_result(&who.viewer, &bid, stage.round)))
        };
        "Bid.sheets", "Query.node(a score sheet)" => |stage, who| {
            let all = reviews::may_see_result(&who.viewer, &checked(stage), stage.round);
            let sees = sees_sheet(stage, who, true, false);
            if sees && !all { Told::Part } else { sees.told() }
        };
        "Bid.sheets(the panel talks)" => |stage, who| sees_sheet(stage, who, true, true);
        "Bid.sheets(not handed in)" => |stage, who| sees_sheet(stage, who, false, true);
        "Bid.consensusSheet" => |stage, who| {
            let round = Round { talks: true, ..stage.round };
            stage.drawn
                && knows(stage, who, &checked(stage))
                && reviews::may_see_consensus(&who.viewer, &checked(stage), round, seat(stage, who))
        };
        "ScoreSheet.judge", "ScoreSheet.deviation" => |stage, who| sees_sheet(stage, who, true, false)
            && reviews::sees_judge(&who.viewer, challenge(stage).department(), id(111));
        "JudgeSeverity.user" => |stage, who| {
            let sees = reviews::sees_statistics(sight(stage, who), stage.round.closed, bid(stage).awarded);
            sees && reviews::sees_judges(&who.viewer, challenge(stage).department())
        };
        "Bid.disqualification(by one organizer)" => |stage, who| {
            knows(stage, who, &checked(stage)) && scoring::sees_disqualification(standing(stage, who, &checked(stage)), false)
        };
        "Bid.disqualification" => |stage, who| {
            knows(stage, who, &checked(stage)) && scoring::sees_disqualification(standing(stage, who, &checked(stage)), true)
        };
        "Challenge.reviewReport" => |stage, who| stage.round.closed && sight(stage, who).tells_work();
        "PanelJudge.signedAt", "PanelJudge.dissent" => |stage, who| {
            stage.round.closed && sight(stage, who).shows_seat(true)
                && (sight(stage, who).tells_work() || bid(stage).awarded)
        };
        "Panel.closedAt" =>
            |stage, who| stage.round.closed && (sight(stage, who).tells_work() || bid(stage).awarded);
        "Panel.chair", "Panel.consensusAt" =>
            |stage, who| stage.drawn && (reviews::sits(seat(stage, who)) || sight(stage, who).tells_work());
        "Viewer.deviations", "Viewer.nextReviewTask" =>
            |stage, who| stage.drawn && reviews::judge(&who.viewer).is_some() && reviews::sits(seat(stage, who));
    }
}

fn objection(organization: u128) -> ObjectionFacts {
    ObjectionFacts {
        id: id(7),
        notice: id(5),
        organization: id(organization),
        status: ObjectionStatus::Open,
        due_at: None,
        ruled_by: None,
    }
}

fn notice(stage: &Stage) -> NoticeFacts {
    let day = chrono::TimeDelta::days(1);
    let ends_at = if stage.round.notice_over { stage.now - day } else { stage.now + day };
    NoticeFacts { id: id(5), ends_at, void: false }
}

fn project(stage: &Stage) -> ProjectFacts {
    ProjectFacts {
        id: id(8),
        challenge: challenge(stage),
        status: ProjectStatus::ContractPending,
        next: crate::projects::lifecycle::next,
        signed: false,
        bid: id(2),
        lead: id(20),
        pi_led: false,
        investigator: None,
        registered: false,
        due_at: None,
    }
}

/// The project where one principal investigator answers for it.
fn pi_led(stage: &Stage, pledged: bool) -> ProjectFacts {
    ProjectFacts { pi_led: true, investigator: pledged.then(|| id(106)), ..project(stage) }
}

/// The project once its agreement is signed.
fn signed(stage: &Stage) -> ProjectFacts {
    ProjectFacts { status: ProjectStatus::InProgress, signed: true, ..project(stage) }
}

/// The challenge where somebody has ordered it to stand still.
fn still(stage: &Stage, by: Role) -> ChallengeFacts {
    let mut facts = challenge(stage);
    if (facts.can_stand_still)(facts.status) {
        facts.suspended_from = Some(facts.status);
        facts.status = ChallengeStatus::Suspended;
        facts.ordered_as = Some(by);
    }
    facts
}

fn complaint(organization: u128, status: ComplaintStatus) -> ComplaintFacts {
    ComplaintFacts { id: id(14), organization: id(organization), status }
}

/// An objection that was dismissed.
fn dismissed(organization: u128) -> ObjectionFacts {
    ObjectionFacts { status: ObjectionStatus::Dismissed, ruled_by: Some(id(105)), ..objection(organization) }
}

fn award_rows() -> Vec<Row> {
    rows! {
        "Mutation.recordNegotiation" => |stage, who| awards::may_negotiate(&who.viewer, &bid(stage));
        "Mutation.publishNotice" => |stage, who| awards::may_publish_notice(&who.viewer, &challenge(stage));
        "Mutation.voidNotice" => |stage, who| awards::may_void_notice(&who.viewer, &challenge(stage), true);
        "Mutation.raiseObjection" => |stage, who| awards::may_object(
            &who.viewer, &challenge(stage), &notice(stage), bids_there(stage, who), stage.now);
        "Mutation.createUpload(beside a notice)", "Mutation.finishUpload(beside a notice)",
        "Mutation.discardUpload(beside a notice)" => |stage, who| awards::may_bring_evidence(
            &who.viewer, &challenge(stage), &notice(stage), (bids_there(stage, who), false), stage.now);
        "Mutation.createUpload(for a complaint)", "Mutation.finishUpload(for a complaint)",
        "Mutation.discardUpload(for a complaint)" => |stage, who| awards::may_bring_evidence(
            &who.viewer, &challenge(stage), &notice(stage), (bids_there(stage, who), true), stage.now);
        "Notice.uploads" => |stage, who| stage.noticed && awards::may_read_brought(&who.viewer, id(20)).is_ok();
        "Mutation.resolveObjection" =>
            |stage, who| awards::may_resolve(&who.viewer, &challenge(stage), &objection(20), false);
        "Mutation.resolveObjection(took part before)" =>
            |stage, who| awards::may_resolve(&who.viewer, &challenge(stage), &objection(20), true);
        "Notice.objections", "Query.node(an objection)" => |stage, who| {
            let seen = |organization| {
                let seen = awards::may_see_objection(&who.viewer, challenge(stage).department(), &objection(organization));
                stage.noticed && seen.is_ok()
            };
            some_of([seen(20), seen(21)])
        };
        "Mutation.awardChallenge" => |stage, who| projects::may_award(
            &who.viewer, &challenge(stage), Some(&notice(stage)), false, false, stage.now);
        "Mutation.awardChallenge(a complaint is open)" => |stage, who| projects::may_award(
            &who.viewer, &challenge(stage), Some(&notice(stage)), false, true, stage.now);
        "Mutation.withdrawObjection" => |stage, who| {
            awards::may_take_back(&who.viewer, &challenge(stage), &objection(20))
        };
        "Mutation.raiseComplaint" => |stage, who| {
            awards::may_complain(&who.viewer, &challenge(stage), &dismissed(20), None, false, stage.now)
        };
        "Mutation.acceptComplaint" => |stage, who| awards::may_hear(&who.viewer, &challenge(stage),
            (&dismissed(20), &complaint(20, ComplaintStatus::Open)), false, ComplaintStatus::Open);
        "Mutation.decideComplaint" => |stage, who| awards::may_hear(&who.viewer, &challenge(stage),
            (&dismissed(20), &complaint(20, ComplaintStatus::Accepted)), false, ComplaintStatus::Accepted);
        "Mutation.decideComplaint(took part before)" => |stage, who| awards::may_hear(&who.viewer, &challenge(stage),
            (&dismissed(20), &complaint(20, ComplaintStatus::Accepted)), true, ComplaintStatus::Accepted);
        "Mutation.withdrawComplaint" => |stage, who| {
            awards::may_withdraw_complaint(&who.viewer, &challenge(stage), &complaint(20, ComplaintStatus::Open))
        };
        "Query.objections", "Query.complaints", "Query.node(a complaint)", "Objection.complaint" => |stage, who| {
            let seen = |organization| {
                let facts = complaint(organization, ComplaintStatus::Open);
                stage.noticed && awards::may_see_complaint(&who.viewer, challenge(stage).department(), &facts).is_ok()
            };
            some_of([seen(20), seen(21)])
        };
        "Bid.negotiations" => |stage, who| {
            knows(stage, who, &bid(stage)) && awards::sees_talks(standing(stage, who, &bid(stage)))
        };
        "Mutation.suspendChallenge" => |stage, who| challenges::may_suspend(&who.viewer, &challenge(stage));
        "Mutation.resumeChallenge(an organizer's order)" =>
            |stage, who| challenges::may_resume(&who.viewer, &still(stage, Role::Organizer), false);
        "Mutation.resumeChallenge" =>
            |stage, who| challenges::may_resume(&who.viewer, &still(stage, Role::Supervisor), false);
        "Mutation.failChallenge" => |stage, who| challenges::may_fail(&who.viewer, &challenge(stage));
        "Mutation.terminateChallenge" => |stage, who| projects::may_terminate(&who.viewer, &challenge(stage));
        "Mutation.revokeAward" => |stage, who| projects::may_revoke(&who.viewer, &project(stage));
        "Mutation.signPledge" => |stage, who| projects::may_pledge(&who.viewer, &pi_led(stage, false));
        "Mutation.signAgreement" => |stage, who| projects::may_sign(&who.viewer, &project(stage));
        "Mutation.signAgreement(nobody has pledged)" =>
            |stage, who| projects::may_sign(&who.viewer, &pi_led(stage, false));
        "Mutation.registerContract" => |stage, who| projects::may_register(&who.viewer, &signed(stage));
        "Project.agreement" => |stage, who| {
            bid(stage).awarded && projects::sees_agreement(&who.viewer, &project(stage))
        };
    }
}

fn nominated() -> TechnologyFacts {
    TechnologyFacts {
        id: id(9),
        status: TechnologyStatus::Nominated,
        next: crate::library::lifecycle::next,
        lead: id(20),
        nominator: id(106),
        nominated_for: Some(id(20)),
        admitted: false,
    }
}

fn target(metric: TargetMetric) -> TargetFacts {
    TargetFacts { id: id(12), metric }
}

fn library_rows() -> Vec<Row> {
    rows! {
        "Mutation.nominateTechnology" => |_, who| library::may_nominate(&who.viewer);
        "Mutation.admitTechnology" => |_, who| library::may_admit(&who.viewer, &nominated());
        "Query.technologies(nominated)", "Query.node(a nominated technology)", "Target.evidence(nominated)" =>
            |_, who| library::may_see(&who.viewer, &nominated()).is_ok();
        "Mutation.setTarget" => |_, who| targets::may_set(&who.viewer);
        "Mutation.recordTargetValue" => |_, who| targets::may_record(&who.viewer, &target(TargetMetric::Other));
        "Mutation.recordTargetValue(computed metric)" =>
            |_, who| targets::may_record(&who.viewer, &target(TargetMetric::OpenCompetitionProjects));
    }
}

fn event_rows() -> Vec<Row> {
    rows! {
        "Query.events(for everybody)" => |_, who| events::may_walk(&who.viewer, Audience::Everybody);
        "Query.events(for staff, in this challenge)" =>
            |_, who| events::may_walk(&who.viewer, Audience::Staff(Some(id(10))));
        "Query.events(for staff, in no challenge)" => |_, who| events::may_walk(&who.viewer, Audience::Staff(None));
        "Query.events(for the department)" => |_, who| events::may_walk(&who.viewer, Audience::Department(id(10)));
        "Query.events(for the bidder)" => |_, who| events::may_walk(&who.viewer, Audience::Bidder(id(20)));
        "Query.events(for supervision)" => |_, who| events::may_walk(&who.viewer, Audience::Supervision);
        "Query.events(for the bidder's person)" => |_, who| events::may_walk(&who.viewer, Audience::Person(id(106)));
        "Event.actor" => |_, who| events::sees_actor(&who.viewer, id(104));
        "Query.verifyEvents" => |_, who| events::may_verify(&who.viewer);
    }
}
