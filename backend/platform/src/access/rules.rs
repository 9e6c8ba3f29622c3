//! Rule sets: an organizer makes the next version; what has been published goes on by its own copy.

use super::actor::Viewer;
use crate::base::id::UserId;
use crate::base::words::Role;
use crate::base::{Error, Reason, Result};

/// Which rules are in force, and who made them; those that the operator loaded nobody did. Made by `rules::store` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    pub(crate) version: i32,
    pub(crate) by: Option<UserId>,
}

impl Revision {
    /// The version.
    pub fn version(&self) -> i32 {
        self.version
    }
}

/// Leave to make the next version of the rules.
#[derive(Debug)]
pub struct MayReviseRules {
    by: UserId,
}

impl MayReviseRules {
    /// Who makes it.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `reviseRuleSet`: an organizer who belongs to no department: rules bear on every challenge.
pub fn may_revise(viewer: &Viewer) -> Result<MayReviseRules> {
    let actor = viewer.person()?;
    actor.needs(Role::Organizer)?;
    match actor.member() {
        Some(_) => Err(Error::NotYours(Reason::KeepsNoFiles)),
        None => Ok(MayReviseRules { by: actor.user }),
    }
}
