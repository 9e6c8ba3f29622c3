//! The pool of experts (专家库): who states what an expert is, who confirms it, who reads it. What an expert carries is for supervisors
//! alone: it would tell organizers who was drawn.

use super::actor::{Actor, Viewer};
use super::eligibility::keeps_files;
use crate::base::id::{ExpertId, ExpertRelationId, UserId};
use crate::base::words::{RelationKind, Role};
use crate::base::{Error, Reason, Result};

/// How many relations that count are kept of an expert at most, and twice as many in all.
pub const MOST_RELATIONS: u64 = 200;

/// How many relations are kept of an expert.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relations {
    /// That count.
    pub confirmed: u64,
    /// Those too that wait for a second organizer.
    pub all: u64,
}

/// What policy asks of somebody who judges. Made by the roster's store.
#[derive(Clone, Copy, Debug)]
pub struct JudgeFacts {
    pub(crate) user: UserId,
    /// What has been stated, if anything.
    pub(crate) expert: Option<ExpertFacts>,
}

/// What policy asks of an expert. Made by the roster's store.
#[derive(Clone, Copy, Debug)]
pub struct ExpertFacts {
    pub(crate) id: ExpertId,
    pub(crate) user: UserId,
    pub(crate) version: i32,
    pub(crate) stated_by: UserId,
    /// Whether somebody vouches for what was stated.
    pub(crate) confirmed: bool,
}

impl ExpertFacts {
    /// Which expert.
    pub fn id(&self) -> ExpertId {
        self.id
    }

    /// The optimistic lock.
    pub fn version(&self) -> i32 {
        self.version
    }
}

/// What policy asks of a relation. Made by the roster's store.
#[derive(Clone, Copy, Debug)]
pub struct RelationFacts {
    pub(crate) id: ExpertRelationId,
    pub(crate) expert: ExpertId,
    pub(crate) user: UserId,
    pub(crate) kind: RelationKind,
    pub(crate) recorded_by: UserId,
    /// Whether it counts: the expert recorded it, or a second organizer has found it true.
    pub(crate) confirmed: bool,
    pub(crate) ended: bool,
}

/// Leave to state what a judge is.
#[derive(Debug)]
pub struct MayState {
    user: UserId,
    expert: Option<ExpertFacts>,
    by: UserId,
}

impl MayState {
    /// Of whom.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// What has been stated before, if anything.
    pub fn expert(&self) -> Option<ExpertFacts> {
        self.expert
    }

    /// Who states it.
    pub fn by(&self) -> UserId {
        self.by
    }
}

macro_rules! expert_proofs {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name { expert: ExpertId, user: UserId, by: UserId }
        impl $name {
            /// Whose account it is.
            pub fn user(&self) -> UserId { self.user }
            /// Which expert.
            pub fn expert(&self) -> ExpertId { self.expert }
            /// Who acts.
            pub fn by(&self) -> UserId { self.by }
        }
    )+};
}

expert_proofs! {
    /// Leave to record what stands between an expert and others.
    MayRelate,
    /// Leave to confirm what was stated.
    MayConfirm,
    /// Leave to read what is masked.
    MayReveal,
}

macro_rules! relation_proofs {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name { relation: ExpertRelationId, expert: ExpertId, user: UserId, by: UserId }
        impl $name {
            /// Which relation.
            pub fn relation(&self) -> ExpertRelationId { self.relation }
            /// Whose.
            pub fn expert(&self) -> ExpertId { self.expert }
            /// The expert's account.
            pub fn user(&self) -> UserId { self.user }
            /// Who acts.
            pub fn by(&self) -> UserId { self.by }
        }
    )+};
}

relation_proofs! {
    /// Leave to find a relation true.
    MayConfirmRelation,
    /// Leave to end a relation.
    MayEndRelation,
}

/// Of which experts a viewer reads what is not masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Of nobody.
    Nobody,
    /// Of itself.
    Own(UserId),
    /// Of all.
    All,
}

/// Organizers who keep the files, and supervisors: all; a judge: itself.
pub fn sees(viewer: &Viewer) -> Seen {
    if keeps_files(viewer) || viewer.is(Role::Supervisor) {
        return Seen::All;
    }
    match viewer.actor().filter(|actor| actor.has(Role::Judge)) {
        Some(judge) => Seen::Own(judge.user),
        None => Seen::Nobody,
    }
}

/// Whether the viewer reads this expert's phone and names without giving a purpose: it is its own.
pub fn sees_whole(viewer: &Viewer, user: UserId) -> bool {
    viewer.user() == Some(user)
}

/// Whether the viewer is told how many reviews experts sit in and how often they were drawn.
pub fn sees_load(viewer: &Viewer) -> bool {
    viewer.is(Role::Supervisor)
}

/// Who may name a judge here: an organizer who keeps the files anybody, a judge itself.
#[derive(Debug)]
pub struct MayName {
    keeps: bool,
    by: UserId,
}

/// The first step of all that is done to an expert.
pub fn may_name(viewer: &Viewer) -> Result<MayName> {
    let actor = viewer.person()?;
    let keeps = keeps_files(viewer);
    if !keeps {
        needs_judge(actor)?;
    }
    Ok(MayName { keeps, by: actor.user })
}

fn needs_judge(actor: &Actor) -> Result<()> {
    actor.needs(Role::Judge)
}

impl MayName {
    /// What others may not know exists is hidden.
    fn about(&self, user: UserId) -> Result<()> {
        if self.keeps || self.by == user { Ok(()) } else { Err(Error::Hidden) }
    }
}

/// `stateExpertise`: a judge of itself, or an organizer who keeps the files of a judge for whom nobody vouches yet: nobody takes an expert
/// out of the pool by stating anew what others have confirmed. An absence is the expert's own to state.
pub fn may_state(leave: MayName, judge: Option<&JudgeFacts>, absence: bool) -> Result<MayState> {
    let judge = judge.ok_or(Error::Hidden)?;
    leave.about(judge.user)?;
    let own = leave.by == judge.user;
    if !own && (absence || judge.expert.is_some_and(|expert| expert.confirmed)) {
        return Err(Error::NotYours(Reason::ExpertsOwn));
    }
    Ok(MayState { user: judge.user, expert: judge.expert, by: leave.by })
}

/// `recordExpertRelation`: an expert of itself, or an organizer who keeps the files; `there` are so many already. What
/// organizers have recorded, and none has confirmed, takes no room from what the expert says of itself.
pub fn may_relate(leave: MayName, expert: Option<&ExpertFacts>, there: Relations) -> Result<MayRelate> {
    let expert = expert.ok_or(Error::Hidden)?;
    leave.about(expert.user)?;
    let own = leave.by == expert.user;
    if there.confirmed >= MOST_RELATIONS || (!own && there.all >= 2 * MOST_RELATIONS) {
        return Err(Error::NotNow(Reason::RelationsFull));
    }
    Ok(MayRelate { expert: expert.id, user: expert.user, by: leave.by })
}

/// `confirmExpertRelation`: an organizer who keeps the files and did not record it. What an organizer has recorded counts from then on; what
/// an expert records of itself counts at once.
pub fn may_confirm_relation(leave: MayName, relation: Option<&RelationFacts>) -> Result<MayConfirmRelation> {
    let relation = relation.ok_or(Error::Hidden)?;
    leave.about(relation.user)?;
    if !leave.keeps {
        return Err(Error::NotYours(Reason::RoleNeeded));
    }
    if relation.recorded_by == leave.by {
        return Err(Error::NotYours(Reason::TookPartBefore));
    }
    if relation.confirmed || relation.ended {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    let RelationFacts { id, expert, user, .. } = *relation;
    Ok(MayConfirmRelation { relation: id, expert, user, by: leave.by })
}

/// `endExpertRelation`: an organizer who keeps the files and did not record it. No expert lifts what stands in its own way.
pub fn may_end_relation(leave: MayName, relation: Option<&RelationFacts>) -> Result<MayEndRelation> {
    let relation = relation.ok_or(Error::Hidden)?;
    leave.about(relation.user)?;
    if !leave.keeps {
        return Err(Error::NotYours(Reason::RoleNeeded));
    }
    if relation.recorded_by == leave.by || relation.user == leave.by {
        return Err(Error::NotYours(Reason::TookPartBefore));
    }
    // Kin stay kin, and a teacher was one for good: there is no look-back that could run out.
    let stays = matches!(relation.kind, RelationKind::Kinship | RelationKind::TeacherStudent);
    if relation.ended || stays {
        return Err(Error::NotNow(Reason::NotInThisState));
    }
    Ok(MayEndRelation { relation: relation.id, expert: relation.expert, user: relation.user, by: leave.by })
}

/// `confirmExpert`: an organizer who keeps the files and did not state it; again every year.
pub fn may_confirm(leave: MayName, expert: Option<&ExpertFacts>) -> Result<MayConfirm> {
    let expert = expert.ok_or(Error::Hidden)?;
    leave.about(expert.user)?;
    if !leave.keeps {
        return Err(Error::NotYours(Reason::RoleNeeded));
    }
    if expert.stated_by == leave.by || expert.user == leave.by {
        return Err(Error::NotYours(Reason::TookPartBefore));
    }
    Ok(MayConfirm { expert: expert.id, user: expert.user, by: leave.by })
}

/// `revealExpert`: an organizer who keeps the files, or a supervisor, for a purpose.
pub fn may_reveal(viewer: &Viewer, expert: Option<&ExpertFacts>) -> Result<MayReveal> {
    let actor = viewer.person()?;
    match sees(viewer) {
        Seen::All => {}
        Seen::Own(_) | Seen::Nobody => return Err(Error::NotYours(Reason::RoleNeeded)),
    }
    let expert = expert.ok_or(Error::Hidden)?;
    Ok(MayReveal { expert: expert.id, user: expert.user, by: actor.user })
}
