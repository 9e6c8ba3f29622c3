//! Scenario demands (场景需求): who may see one and what was said about it, and who may move it.

use super::actor::{Actor, Power, Viewer};
use super::challenges::{Reach, WithoutWinner, organizes, oversees, verified_bidder};
use crate::base::id::{DemandId, OrganizationId, UserId};
use crate::base::words::{DemandCommand, DemandStatus, OpinionGiver, Role};
use crate::base::{Error, Reason, Result};

/// So many opinions of asked experts a demand needs before it is accepted.
pub const EXPERT_OPINIONS: u64 = 1;
/// So many opinions of organizers.
pub const ORGANIZER_OPINIONS: u64 = 1;

/// How a viewer stands to the argument of a demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// Was asked for an opinion, in whatever round.
    pub(crate) asked: bool,
    /// Was asked in the present round.
    pub(crate) asked_now: bool,
    /// Has given an opinion in the present round.
    pub(crate) gave: bool,
    /// The viewer's organization has registered its interest.
    pub(crate) interested: bool,
}

/// What policy asks of a demand. Made by `demands::store` alone, from a row that is locked where it is acted on.
#[derive(Clone, Debug)]
pub struct DemandFacts {
    pub(crate) id: DemandId,
    pub(crate) status: DemandStatus,
    /// Where a command leads from there.
    pub(crate) next: fn(DemandStatus, DemandCommand) -> Option<DemandStatus>,
    pub(crate) department: OrganizationId,
    pub(crate) author: UserId,
    /// Has once been handed in.
    pub(crate) handed_in: bool,
    /// Has once been listed.
    pub(crate) listed: bool,
    /// Each handing-in begins a round of argument.
    pub(crate) round: i32,
    /// The last round that ended in a decision.
    pub(crate) decided_round: i32,
    pub(crate) version: i32,
    /// How whoever asks stands to it.
    pub(crate) ties: Ties,
}

impl DemandFacts {
    /// Which demand.
    pub fn id(&self) -> DemandId {
        self.id
    }

    /// Where it stands.
    pub fn status(&self) -> DemandStatus {
        self.status
    }

    /// Whose it is.
    pub fn department(&self) -> OrganizationId {
        self.department
    }

    /// The round of argument that it is in.
    pub fn round(&self) -> i32 {
        self.round
    }

    /// The optimistic lock.
    pub fn version(&self) -> i32 {
        self.version
    }

    /// Whether it has once been handed in.
    pub fn handed_in(&self) -> bool {
        self.handed_in
    }

    /// Whether it has once been listed.
    pub fn listed(&self) -> bool {
        self.listed
    }

    fn step(&self, command: DemandCommand) -> Result<DemandStatus> {
        (self.next)(self.status, command).ok_or(Error::NotNow(Reason::NotInThisState))
    }
}

/// Which demands a viewer sees. What one of these lets see is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// All that has once been handed in: other departments' drafts are nobody's business.
    pub handed_in: bool,
    /// All of this department.
    pub department: Option<OrganizationId>,
    /// Those that this expert was asked about.
    pub asked: Option<UserId>,
}

/// What has been listed is everybody's; a department sees its own; organizers and supervisors what has been handed in; an expert
/// what it was asked about.
pub fn sees(viewer: &Viewer) -> Seen {
    Seen {
        handed_in: viewer.is(Role::Organizer) || viewer.is(Role::Supervisor),
        department: viewer.acts_for(Role::Demander),
        asked: viewer.user().filter(|_| viewer.is(Role::Judge)),
    }
}

/// Whether the viewer sees this demand: [`sees`].
pub fn may_see(viewer: &Viewer, facts: &DemandFacts) -> Result<()> {
    let sees = sees(viewer);
    let seen = facts.listed
        || sees.handed_in && facts.handed_in
        || sees.department == Some(facts.department)
        || sees.asked.is_some() && facts.ties.asked;
    if seen { Ok(()) } else { Err(Error::Hidden) }
}

/// Of which departments' demands the viewer sees interests, matches and invitations: whoever runs the pool or watches over it.
pub fn runs(viewer: &Viewer) -> Reach {
    oversees(viewer)
}

/// Whether the viewer sees interests, matches and invitations of this demand: [`runs`].
pub fn sees_matches(viewer: &Viewer, facts: &DemandFacts) -> bool {
    may_see(viewer, facts).is_ok() && runs(viewer).has(facts.department)
}

/// Of which organization the viewer sees the own interests and invitations.
pub fn own_of(viewer: &Viewer) -> Option<OrganizationId> {
    viewer.acts_for(Role::Bidder)
}

/// Which opinions on a demand a viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenOpinions {
    /// All on the demands within reach.
    pub all: Reach,
    /// On this department's demands those of rounds that were decided.
    pub decided: Option<OrganizationId>,
    /// What this person said.
    pub own: Option<UserId>,
}

/// Organizers and supervisors all, but an organizer of the department no more than the department: what was said, once that round
/// was decided; whoever said it the own.
pub fn sees_opinions(viewer: &Viewer) -> SeenOpinions {
    SeenOpinions { all: oversees(viewer), decided: viewer.acts_for(Role::Demander), own: viewer.user() }
}

/// Whether the viewer sees an opinion of that round by that person: [`sees_opinions`].
pub fn may_see_opinion(viewer: &Viewer, facts: &DemandFacts, round: i32, author: UserId) -> bool {
    let sees = sees_opinions(viewer);
    let decided = sees.decided == Some(facts.department) && round <= facts.decided_round;
    may_see(viewer, facts).is_ok() && (sees.all.has(facts.department) || decided || sees.own == Some(author))
}

/// Whether the viewer is told who gave an opinion: never the department, to which an expert's name is not told.
pub fn names_giver(viewer: &Viewer, department: OrganizationId, author: UserId) -> bool {
    oversees(viewer).has(department) || viewer.user() == Some(author)
}

/// Whether the viewer is told who was asked.
pub fn names_asked(viewer: &Viewer, facts: &DemandFacts) -> bool {
    oversees(viewer).has(facts.department)
}

/// Whether the viewer is told who drafted it, and for what reason it was last sent back, ended or merged.
pub fn sees_file(viewer: &Viewer, facts: &DemandFacts) -> bool {
    let own = viewer.acts_for(Role::Demander) == Some(facts.department);
    may_see(viewer, facts).is_ok() && (own || oversees(viewer).has(facts.department))
}

/// Whether the viewer is told the reason: as [`sees_file`], and everybody of what was withdrawn from the list.
pub fn sees_reason(viewer: &Viewer, facts: &DemandFacts) -> bool {
    sees_file(viewer, facts) || facts.listed && facts.status == DemandStatus::Withdrawn
}

fn seen_by<'a>(viewer: &'a Viewer, facts: &DemandFacts) -> Result<&'a Actor> {
    let actor = viewer.person()?;
    may_see(viewer, facts)?;
    Ok(actor)
}

/// A demander of the very department.
fn demander<'a>(viewer: &'a Viewer, facts: &DemandFacts) -> Result<&'a Actor> {
    let actor = seen_by(viewer, facts)?;
    actor.needs(Role::Demander)?;
    if actor.acts_for(Role::Demander) == Some(facts.department) {
        Ok(actor)
    } else {
        Err(Error::NotYours(Reason::DemandElsewhere))
    }
}

/// An organizer who is neither its author nor of its department: nobody argues or decides on the own demand.
fn organizer<'a>(viewer: &'a Viewer, facts: &DemandFacts) -> Result<&'a Actor> {
    let actor = seen_by(viewer, facts)?;
    actor.needs(Role::Organizer)?;
    if actor.user == facts.author || !organizes(viewer).has(facts.department) {
        return Err(Error::NotYours(Reason::OwnDemand));
    }
    Ok(actor)
}

macro_rules! proofs {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name { demand: DemandId, by: UserId, to: DemandStatus }
        impl $name {
            /// The demand that the proof is about.
            pub fn demand(&self) -> DemandId { self.demand }
            /// Who acts.
            pub fn by(&self) -> UserId { self.by }
            /// The state that the act leads to.
            pub fn to(&self) -> DemandStatus { self.to }
        }
    )+};
}

proofs! {
    /// Leave to revise it.
    MayRevise,
    /// Leave to hand it in.
    MaySubmit,
    /// Leave to withdraw it.
    MayWithdraw,
    /// Leave to ask experts for opinions on it.
    MayAsk,
    /// Leave to send it back, to reject or to accept it.
    MayDecide,
    /// Leave to make it part of another.
    MayMerge,
    /// Leave to make others part of it.
    MayTakeIn,
    /// Leave to list it.
    MayRelease,
    /// Leave to invite who matches.
    MayInvite,
    /// Leave to draft a challenge from it.
    MayTakeUp,
    /// Leave to open it again.
    MayGiveBack,
}

/// Leave to draft a demand for the department.
#[derive(Debug)]
pub struct MayDraft {
    department: OrganizationId,
    by: UserId,
}

impl MayDraft {
    /// The department whose demand it will be.
    pub fn department(&self) -> OrganizationId {
        self.department
    }

    /// Who drafts.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// Leave to record an opinion.
#[derive(Debug)]
pub struct MayOpine {
    demand: DemandId,
    by: UserId,
    giver: OpinionGiver,
    round: i32,
}

impl MayOpine {
    /// On which demand.
    pub fn demand(&self) -> DemandId {
        self.demand
    }

    /// Whose opinion.
    pub fn by(&self) -> UserId {
        self.by
    }

    /// In which part.
    pub fn giver(&self) -> OpinionGiver {
        self.giver
    }

    /// In which round.
    pub fn round(&self) -> i32 {
        self.round
    }
}

/// Leave to register the own organization's interest, or to take it back.
#[derive(Debug)]
pub struct MayShowInterest {
    demand: DemandId,
    organization: OrganizationId,
    by: UserId,
}

impl MayShowInterest {
    /// In which demand.
    pub fn demand(&self) -> DemandId {
        self.demand
    }

    /// Whose interest.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Who acts for it.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `draftDemand`: a demander, for the own department.
pub fn may_draft(viewer: &Viewer) -> Result<MayDraft> {
    let actor = viewer.person()?;
    actor.needs(Role::Demander)?;
    let department = actor.acts_for(Role::Demander).ok_or(Error::NotYours(Reason::RoleNeeded))?;
    Ok(MayDraft { department, by: actor.user })
}

/// `reviseDemand`.
pub fn may_revise(viewer: &Viewer, facts: &DemandFacts) -> Result<MayRevise> {
    let by = demander(viewer, facts)?.user;
    Ok(MayRevise { demand: facts.id, by, to: facts.step(DemandCommand::Revise)? })
}

/// `submitDemand`.
pub fn may_submit(viewer: &Viewer, facts: &DemandFacts) -> Result<MaySubmit> {
    let by = demander(viewer, facts)?.user;
    Ok(MaySubmit { demand: facts.id, by, to: facts.step(DemandCommand::Submit)? })
}

/// `withdrawDemand`: the department, until something came of it.
pub fn may_withdraw(viewer: &Viewer, facts: &DemandFacts) -> Result<MayWithdraw> {
    let by = demander(viewer, facts)?.user;
    Ok(MayWithdraw { demand: facts.id, by, to: facts.step(DemandCommand::Withdraw)? })
}

/// `askOpinions`: an organizer.
pub fn may_ask(viewer: &Viewer, facts: &DemandFacts) -> Result<MayAsk> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayAsk { demand: facts.id, by, to: facts.step(DemandCommand::AskOpinions)? })
}

/// `recordOpinion`: an expert who was asked, or an organizer; once each in a round.
pub fn may_opine(viewer: &Viewer, facts: &DemandFacts) -> Result<MayOpine> {
    let actor = seen_by(viewer, facts)?;
    let (by, giver) = if actor.has(Role::Judge) && facts.ties.asked_now {
        (actor.user, OpinionGiver::Expert)
    } else if actor.has(Role::Organizer) {
        (organizer(viewer, facts)?.user, OpinionGiver::Organizer)
    } else if actor.has(Role::Judge) {
        return Err(Error::NotYours(Reason::NotAsked));
    } else {
        return Err(Error::NotYours(Reason::RoleNeeded));
    };
    facts.step(DemandCommand::RecordOpinion)?;
    if facts.ties.gave {
        return Err(Error::NotNow(Reason::OpinionGiven));
    }
    Ok(MayOpine { demand: facts.id, by, giver, round: facts.round })
}

/// `returnDemand`.
pub fn may_return(viewer: &Viewer, facts: &DemandFacts) -> Result<MayDecide> {
    may_decide(viewer, facts, DemandCommand::Return)
}

/// `rejectDemand`.
pub fn may_reject(viewer: &Viewer, facts: &DemandFacts) -> Result<MayDecide> {
    may_decide(viewer, facts, DemandCommand::Reject)
}

fn may_decide(viewer: &Viewer, facts: &DemandFacts, command: DemandCommand) -> Result<MayDecide> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayDecide { demand: facts.id, by, to: facts.step(command)? })
}

/// How many opinions there are in the present round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Of experts.
    pub experts: u64,
    /// Of organizers.
    pub organizers: u64,
}

/// `acceptDemand`: once experts and organizers have been heard, whatever they said.
pub fn may_accept(viewer: &Viewer, facts: &DemandFacts, heard: Heard) -> Result<MayDecide> {
    let proof = may_decide(viewer, facts, DemandCommand::Accept)?;
    if heard.experts < EXPERT_OPINIONS || heard.organizers < ORGANIZER_OPINIONS {
        return Err(Error::NotNow(Reason::OpinionsMissing));
    }
    Ok(proof)
}

/// `mergeDemands`, of the demand that stays.
pub fn may_take_in(viewer: &Viewer, facts: &DemandFacts) -> Result<MayTakeIn> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayTakeIn { demand: facts.id, by, to: facts.step(DemandCommand::TakeIn)? })
}

/// `mergeDemands`, of a demand that becomes part of it.
pub fn may_merge(viewer: &Viewer, facts: &DemandFacts) -> Result<MayMerge> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayMerge { demand: facts.id, by, to: facts.step(DemandCommand::Merge)? })
}

/// `releaseDemands`, of each demand.
pub fn may_release(viewer: &Viewer, facts: &DemandFacts) -> Result<MayRelease> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayRelease { demand: facts.id, by, to: facts.step(DemandCommand::Release)? })
}

/// `releaseDemands`, of all demands of a batch; an organizer's, even where there are none.
pub fn may_release_all<'a>(viewer: &Viewer, all: impl IntoIterator<Item = &'a DemandFacts>) -> Result<Vec<MayRelease>> {
    let proofs = all.into_iter().map(|facts| may_release(viewer, facts)).collect::<Result<Vec<_>>>()?;
    viewer.person()?.needs(Role::Organizer)?;
    Ok(proofs)
}

/// `inviteMatched`.
pub fn may_invite(viewer: &Viewer, facts: &DemandFacts) -> Result<MayInvite> {
    let by = organizer(viewer, facts)?.user;
    Ok(MayInvite { demand: facts.id, by, to: facts.step(DemandCommand::Invite)? })
}

/// `draftChallenge` from a demand: its department, once it is listed.
pub fn may_take_up(viewer: &Viewer, facts: &DemandFacts) -> Result<MayTakeUp> {
    let by = demander(viewer, facts)?.user;
    Ok(MayTakeUp { demand: facts.id, by, to: facts.step(DemandCommand::TakeUp)? })
}

/// The challenge drafted from it has ended without a winner: it is open again.
pub fn may_give_back(leave: &WithoutWinner, facts: &DemandFacts) -> Result<MayGiveBack> {
    Ok(MayGiveBack { demand: facts.id, by: leave.by(), to: facts.step(DemandCommand::GiveBack)? })
}

/// `registerInterest`: a verified enterprise, university or institute, once.
pub fn may_register_interest(viewer: &Viewer, facts: &DemandFacts) -> Result<MayShowInterest> {
    let proof = shows_interest(viewer, facts, DemandCommand::RegisterInterest)?;
    if facts.ties.interested { Err(Error::Conflict(Reason::InterestExists)) } else { Ok(proof) }
}

/// `withdrawInterest`: whoever registered it.
pub fn may_withdraw_interest(viewer: &Viewer, facts: &DemandFacts) -> Result<MayShowInterest> {
    let proof = shows_interest(viewer, facts, DemandCommand::WithdrawInterest)?;
    if facts.ties.interested { Ok(proof) } else { Err(Error::NotNow(Reason::NoInterest)) }
}

fn shows_interest(viewer: &Viewer, facts: &DemandFacts, command: DemandCommand) -> Result<MayShowInterest> {
    let actor = seen_by(viewer, facts)?;
    let organization = verified_bidder(actor, Power::Draft)?;
    facts.step(command)?;
    Ok(MayShowInterest { demand: facts.id, organization, by: actor.user })
}
