//! The year's targets: organizers set them and record what has been reached elsewhere.

use super::actor::Viewer;
use crate::base::id::{TargetId, UserId};
use crate::base::words::{Role, TargetMetric};
use crate::base::{Error, Reason, Result};

/// What policy asks of a target. Made by `targets::store` alone.
#[derive(Clone, Debug)]
pub struct TargetFacts {
    pub(crate) id: TargetId,
    pub(crate) metric: TargetMetric,
}

/// Leave to set a target.
#[derive(Debug)]
pub struct MaySetTarget {
    by: UserId,
}

impl MaySetTarget {
    /// Who sets it.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `setTarget`: an organizer.
pub fn may_set(viewer: &Viewer) -> Result<MaySetTarget> {
    let actor = viewer.person()?;
    actor.needs(Role::Organizer)?;
    Ok(MaySetTarget { by: actor.user })
}

/// Leave to record a value.
#[derive(Debug)]
pub struct MayRecord {
    target: TargetId,
    by: UserId,
}

impl MayRecord {
    /// Of which target.
    pub fn target(&self) -> TargetId {
        self.target
    }

    /// Who records it.
    pub fn by(&self) -> UserId {
        self.by
    }
}

/// `recordTargetValue`: an organizer; what the platform computes itself takes no recorded values.
pub fn may_record(viewer: &Viewer, facts: &TargetFacts) -> Result<MayRecord> {
    let actor = viewer.person()?;
    actor.needs(Role::Organizer)?;
    match facts.metric {
        TargetMetric::Other => Ok(MayRecord { target: facts.id, by: actor.user }),
        TargetMetric::OpenCompetitionProjects | TargetMetric::DisruptiveTechnologies => {
            Err(Error::NotNow(Reason::ComputedTarget))
        }
    }
}
