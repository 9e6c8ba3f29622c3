//! Rule sets: an organizer makes the next version; what has been published goes on by its own copy.

use super::actor::Viewer;
use crate::base::Result;
use crate::base::id::UserId;
use crate::base::words::Role;

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

/// `reviseRuleSet`: an organizer.
pub fn may_revise(viewer: &Viewer) -> Result<MayReviseRules> {
    let actor = viewer.person()?;
    actor.needs(Role::Organizer)?;
    Ok(MayReviseRules { by: actor.user })
}
