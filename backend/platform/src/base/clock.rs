//! Time comes in through here. Two clocks: the platform's, for all that the domain dates (movable, and only forward, in a
//! rehearsal), and the machine's, for tokens, sessions, lockouts and rates.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, FixedOffset, NaiveDate, SubsecRound, TimeDelta, TimeZone, Utc};

/// An instant in UTC, whole milliseconds.
pub type Instant = DateTime<Utc>;

/// Both clocks. Clones share their position.
#[derive(Clone, Debug)]
pub struct Clock {
    platform: Face,
    machine: Face,
}

#[derive(Clone, Debug)]
enum Face {
    Machine,
    Moved(Arc<Mutex<Moved>>),
}

#[derive(Debug)]
struct Moved {
    position: Instant,
    /// The machine's time at which `position` was set; none for a clock that stands still.
    set_at: Option<Instant>,
}

impl Clock {
    /// The platform's time is the machine's.
    pub fn real() -> Self {
        Self { platform: Face::Machine, machine: Face::Machine }
    }

    /// The platform's time starts at `position` and runs from there; it may be moved forward.
    pub fn rehearsal(position: Instant) -> Self {
        Self { platform: Face::moved(position, true), machine: Face::Machine }
    }

    /// Both clocks stand still until moved: for tests and for laying out a rehearsal's past.
    pub fn standing(platform: Instant, machine: Instant) -> Self {
        Self { platform: Face::moved(platform, false), machine: Face::moved(machine, false) }
    }

    /// What the platform takes to be now.
    pub fn now(&self) -> Instant {
        self.platform.now()
    }

    /// What the machine takes to be now.
    pub fn machine_now(&self) -> Instant {
        self.machine.now()
    }

    /// Whether the platform's time can be moved.
    pub fn is_movable(&self) -> bool {
        matches!(self.platform, Face::Moved(_))
    }

    /// Moves the platform's time forward to `position`; false, and nothing moved, when that would be backward or the clock is real.
    pub fn advance(&self, position: Instant) -> bool {
        self.platform.advance(position)
    }

    /// Moves the machine's time forward, where it can be moved at all.
    pub fn advance_machine(&self, by: TimeDelta) -> bool {
        self.machine.advance(self.machine.now() + by)
    }
}

impl Face {
    fn moved(position: Instant, runs: bool) -> Self {
        Self::Moved(Arc::new(Mutex::new(Moved { position: position.trunc_subsecs(3), set_at: runs.then(machine) })))
    }

    fn now(&self) -> Instant {
        match self {
            Self::Machine => machine(),
            Self::Moved(moved) => moved.lock().unwrap_or_else(PoisonError::into_inner).now(),
        }
    }

    fn advance(&self, position: Instant) -> bool {
        let Self::Moved(moved) = self else { return false };
        let mut moved = moved.lock().unwrap_or_else(PoisonError::into_inner);
        let position = position.trunc_subsecs(3);
        if position < moved.now() {
            return false;
        }
        moved.position = position;
        moved.set_at = moved.set_at.map(|_| machine());
        true
    }
}

impl Moved {
    fn now(&self) -> Instant {
        let run = self.set_at.map_or(TimeDelta::zero(), |set_at| (machine() - set_at).max(TimeDelta::zero()));
        (self.position + run).trunc_subsecs(3)
    }
}

fn machine() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    Utc::now().trunc_subsecs(3)
}

/// China standard time; days are computed in it (no daylight saving since 1992).
pub fn china() -> FixedOffset {
    // Found out when this is compiled, not when it is asked.
    const EIGHT_HOURS: FixedOffset = match FixedOffset::east_opt(8 * 3600) {
        Some(offset) => offset,
        None => panic!("eight hours are a valid offset"),
    };
    EIGHT_HOURS
}

/// The calendar day of an instant in China.
pub fn china_day(at: Instant) -> NaiveDate {
    at.with_timezone(&china()).date_naive()
}

/// The instant at which a day begins in China.
pub fn china_midnight(day: NaiveDate) -> Instant {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    china().from_local_datetime(&midnight).single().map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
}

/// A calendar year in China, half-open: from 1 January 00:00 to the next; none outside what the calendar can say.
pub fn china_year(year: i32) -> Option<(Instant, Instant)> {
    let first = |year| NaiveDate::from_ymd_opt(year, 1, 1).map(china_midnight);
    Some((first(year)?, first(year.checked_add(1)?)?))
}
