//! What one address may do: thirty failed tries at a password a minute, and three registrations an hour after the first ten. A
//! try is counted when it begins and taken back when it succeeds, so that many at once are not many free ones. In memory, by the
//! machine's clock.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::Clock as Watch;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};

use crate::base::{Clock, Error, Result};

const TRIES_A_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(29);
const REGISTRATIONS_AN_HOUR: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);
/// A hall whose enterprises are behind one address can register this many at once.
const REGISTRATIONS_AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
/// How many addresses are kept before those that have been quiet are forgotten.
const MANY: usize = 10_000;

/// Counts by address. Clones share their counts.
#[derive(Clone)]
pub struct Throttle {
    tries: Counter,
    registrations: Counter,
}

impl Throttle {
    /// Nobody has tried yet.
    pub fn new(clock: &Clock) -> Self {
        let registrations = Quota::per_hour(REGISTRATIONS_AN_HOUR).allow_burst(REGISTRATIONS_AT_ONCE);
        Self {
            tries: Counter::new(Quota::per_minute(TRIES_A_MINUTE), clock),
            registrations: Counter::new(registrations, clock),
        }
    }

    /// A try begins.
    pub(super) fn begin(&self, address: IpAddr) -> Result<()> {
        self.tries.count(address)
    }

    /// A try succeeded and does not count.
    pub(super) fn succeeded(&self, address: IpAddr) {
        self.tries.arrivals.take_back(network(address));
    }

    /// Somebody registers, whatever comes of it: names that are taken cannot be tried out either.
    pub(super) fn register(&self, address: IpAddr) -> Result<()> {
        self.registrations.count(address)
    }
}

#[derive(Clone)]
struct Counter {
    limiter: Arc<RateLimiter<IpAddr, Arrivals, Machine, NoOpMiddleware<Nanos>>>,
    arrivals: Arrivals,
}

impl Counter {
    fn new(quota: Quota, clock: &Clock) -> Self {
        let one = u64::try_from(quota.replenish_interval().as_nanos()).unwrap_or(u64::MAX);
        let all = one.saturating_mul(quota.burst_size().get().into());
        let arrivals = Arrivals { kept: Arc::default(), one: Nanos::new(one), all: Nanos::new(all) };
        let limiter = RateLimiter::new(quota, arrivals.clone(), Machine(clock.clone()));
        Self { limiter: Arc::new(limiter), arrivals }
    }

    fn count(&self, address: IpAddr) -> Result<()> {
        self.limiter.check_key(&network(address)).map_err(|refused| {
            let wait = refused.wait_time_from(self.limiter.clock().now());
            Error::TooMany(u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1))
        })
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Throttle")
    }
}

/// One subscriber has a whole IPv6 network of 64 bits.
pub fn network(address: IpAddr) -> IpAddr {
    const NETWORK: u128 = u128::MAX << 64;
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => four.into(),
            None => Ipv6Addr::from_bits(six.to_bits() & NETWORK).into(),
        },
    }
}

/// The theoretical arrival times by which governor counts, kept here so that a try can be taken back.
#[derive(Clone)]
struct Arrivals {
    kept: Arc<Mutex<HashMap<IpAddr, Nanos>>>,
    /// How long one takes to be forgotten.
    one: Nanos,
    /// How long all of a burst do.
    all: Nanos,
}

impl Arrivals {
    fn take_back(&self, address: IpAddr) {
        let mut arrivals = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = arrivals.get_mut(&address) {
            *at = at.saturating_sub(self.one);
        }
    }
}

impl StateStore for Arrivals {
    type Key = IpAddr;

    fn measure_and_replace<T, F, E>(&self, key: &IpAddr, measure: F) -> std::result::Result<T, E>
    where
        F: Fn(Option<Nanos>) -> std::result::Result<(T, Nanos), E>,
    {
        let mut arrivals = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (outcome, at) = measure(arrivals.get(key).copied())?;
        if arrivals.len() >= MANY {
            // An arrival time that lies before the newest one by more than a whole burst says nothing any more.
            let quiet = at.saturating_sub(self.all);
            arrivals.retain(|_, at| *at > quiet);
        }
        arrivals.insert(*key, at);
        Ok(outcome)
    }
}

/// The machine's clock, as governor reads it.
struct Machine(Clock);

impl Watch for Machine {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let millis = self.0.machine_now().timestamp_millis().max(0).unsigned_abs();
        Nanos::new(millis.saturating_mul(1_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn thirty_failures_a_minute() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let clock = Clock::standing(start, start);
        let throttle = Throttle::new(&clock);
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for _ in 0..100 {
            throttle.begin(here).unwrap();
            throttle.succeeded(here);
        }
        for _ in 0..30 {
            throttle.begin(here).unwrap();
        }
        assert!(matches!(throttle.begin(here), Err(Error::TooMany(2))));
        throttle.begin(there).unwrap();
        assert!(clock.advance_machine(TimeDelta::seconds(60)));
        for _ in 0..30 {
            throttle.begin(here).unwrap();
        }
        assert!(throttle.begin(here).is_err());
    }

    #[test]
    fn ten_registrations_then_three_an_hour() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let clock = Clock::standing(start, start);
        let throttle = Throttle::new(&clock);
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for _ in 0..10 {
            throttle.register(here).unwrap();
        }
        assert!(matches!(throttle.register(here), Err(Error::TooMany(1200))));
        throttle.register(there).unwrap();
        throttle.begin(here).unwrap();
        assert!(clock.advance_machine(TimeDelta::hours(1)));
        for _ in 0..3 {
            throttle.register(here).unwrap();
        }
        assert!(throttle.register(here).is_err());
    }

    #[test]
    fn a_network_is_one_address() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let other: IpAddr = "2001:db8::ffff:2".parse().unwrap();
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(network(one), network(other));
        assert_eq!(network(mapped), IpAddr::from([192, 0, 2, 1]));
    }
}
