//! Who may move a rehearsal's clock.

use super::Actor;
use crate::base::id::UserId;
use crate::base::words::Role;
use crate::base::{Error, Result};

/// Leave to move the clock.
#[derive(Debug)]
pub struct MaySetClock(UserId);

/// Any organizer, in a rehearsal.
pub fn may_set_clock(actor: &Actor, rehearsal: bool) -> Result<MaySetClock> {
    if !rehearsal {
        return Err(Error::Hidden);
    }
    actor.needs(Role::Organizer)?;
    Ok(MaySetClock(actor.user))
}

impl MaySetClock {
    /// Whose leave it is.
    pub fn by(&self) -> UserId {
        self.0
    }
}
