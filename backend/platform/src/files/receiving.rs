//! How many stretches of files come in at once, in all and for one organization, and how many files go out. What is more is told to wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::base::id::OrganizationId;
use crate::base::{Error, Result};

const ALL: usize = 48;
const EACH: usize = 4;
/// So many files are on their way out at once: each holds a descriptor.
const OUT: usize = 96;
/// After so many seconds it is of use to come again.
const AGAIN: u64 = 1;

/// What comes in and goes out now.
#[derive(Clone)]
pub struct Receiving {
    all: Arc<Semaphore>,
    each: Arc<Mutex<HashMap<OrganizationId, usize>>>,
    out: Arc<Semaphore>,
}

impl Default for Receiving {
    fn default() -> Self {
        let (all, out) = (Arc::new(Semaphore::new(ALL)), Arc::new(Semaphore::new(OUT)));
        Self { all, each: Arc::default(), out }
    }
}

/// One that comes in.
pub(crate) struct Place {
    _one: OwnedSemaphorePermit,
    of: OrganizationId,
    each: Arc<Mutex<HashMap<OrganizationId, usize>>>,
}

impl Receiving {
    /// A place for a file on its way out.
    pub(crate) fn hand_out(&self) -> Result<OwnedSemaphorePermit> {
        self.out.clone().try_acquire_owned().map_err(|_| Error::Busy(AGAIN))
    }

    pub(crate) fn begin(&self, of: OrganizationId) -> Result<Place> {
        let one = self.all.clone().try_acquire_owned().map_err(|_| Error::Busy(AGAIN))?;
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        let many = each.entry(of).or_default();
        if *many >= EACH {
            return Err(Error::Busy(AGAIN));
        }
        *many += 1;
        Ok(Place { _one: one, of, each: self.each.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(many) = each.get_mut(&self.of) {
            *many = many.saturating_sub(1);
            if *many == 0 {
                each.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Kind;

    #[test]
    fn one_organization_does_not_take_every_place() {
        let (receiving, one) = (Receiving::default(), OrganizationId::new());
        let held: Vec<_> = (0..EACH).map(|_| receiving.begin(one).unwrap_or_else(|_| panic!("no place"))).collect();
        assert!(matches!(receiving.begin(one), Err(Error::Busy(_))));
        let others: Vec<_> = (EACH..ALL).filter_map(|_| receiving.begin(OrganizationId::new()).ok()).collect();
        assert_eq!(others.len(), ALL - EACH);
        assert!(matches!(receiving.begin(OrganizationId::new()), Err(Error::Busy(_))));
        drop(held);
        assert!(receiving.begin(one).is_ok() && receiving.each.lock().unwrap().get(&one).is_none());
    }
}
