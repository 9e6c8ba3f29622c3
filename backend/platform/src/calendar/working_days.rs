//! Counting working days. Pure.
//!
//! A day is worked when its year's notice makes it up (调休), or when it is Monday to Friday and no holiday. The day on which
//! something happens is not counted (民法典 201); a period of working days ends at 24:00 of its last day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::base::clock::{china_day, china_midnight};
use crate::base::words::DayKind;
use crate::base::{Error, Instant, Result};

/// The working days of the years that have been loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i32>,
    days: BTreeMap<NaiveDate, DayKind>,
}

impl Calendar {
    /// From whole years and the days in them that are not as their weekday would have it.
    pub fn new(years: BTreeSet<i32>, days: BTreeMap<NaiveDate, DayKind>) -> Self {
        Self { years, days }
    }

    /// Both calendars in one.
    pub fn and(mut self, other: Self) -> Self {
        self.years.extend(other.years);
        self.days.extend(other.days);
        self
    }

    /// Whether a day is worked. `CalendarNotLoaded` for a year that has not been loaded.
    pub fn is_working(&self, day: NaiveDate) -> Result<bool> {
        if !self.years.contains(&day.year()) {
            return Err(Error::CalendarNotLoaded(day.year()));
        }
        Ok(match self.days.get(&day) {
            Some(DayKind::MakeupWorkday) => true,
            Some(DayKind::Holiday) => false,
            None => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
        })
    }

    /// The `n`-th working day after `day`, which is itself not counted; `day` where `n` is 0.
    pub fn add_working_days(&self, day: NaiveDate, n: u32) -> Result<NaiveDate> {
        let mut last = day;
        for _ in 0..n {
            last = self.next_working_day(last)?;
        }
        Ok(last)
    }

    /// The period of `n` working days that begins with the first working day after the day of `published_at` in China:
    /// half-open, from that day's 00:00 to the 24:00 of the last, +08:00.
    pub fn half_open_period(&self, published_at: Instant, n: u32) -> Result<(Instant, Instant)> {
        let first = self.next_working_day(china_day(published_at))?;
        let start = china_midnight(first);
        let Some(more) = n.checked_sub(1) else { return Ok((start, start)) };
        let last = self.add_working_days(first, more)?;
        Ok((start, china_midnight(next(last)?)))
    }

    /// The end of a term of `n` calendar days: the 24:00 of the `n`-th day after that of `from` in China, or of the next working day where
    /// that day is none (民法典 201, 203).
    pub fn end_of_term(&self, from: Instant, n: u32) -> Result<Instant> {
        let start = china_day(from);
        let last = start.checked_add_days(Days::new(n.into())).ok_or(Error::CalendarNotLoaded(start.year()))?;
        let last = if self.is_working(last)? { last } else { self.next_working_day(last)? };
        Ok(china_midnight(next(last)?))
    }

    /// How many working days a year has.
    pub fn working_days_of(&self, year: i32) -> Result<u32> {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).ok_or(Error::CalendarNotLoaded(year))?;
        let mut count = 0;
        for day in first.iter_days().take_while(|day| day.year() == year) {
            count += u32::from(self.is_working(day)?);
        }
        Ok(count)
    }

    fn next_working_day(&self, day: NaiveDate) -> Result<NaiveDate> {
        let mut day = next(day)?;
        while !self.is_working(day)? {
            day = next(day)?;
        }
        Ok(day)
    }
}

fn next(day: NaiveDate) -> Result<NaiveDate> {
    day.succ_opt().ok_or(Error::CalendarNotLoaded(day.year()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::CalendarFile;
    use proptest::prelude::*;

    fn calendar() -> Calendar {
        [
            include_str!("../../../../seeds/calendars/2023.toml"),
            include_str!("../../../../seeds/calendars/2024.toml"),
            include_str!("../../../../seeds/calendars/2025.toml"),
            include_str!("../../../../seeds/calendars/2026.toml"),
        ]
        .into_iter()
        .map(|text| CalendarFile::read(text).unwrap().calendar())
        .fold(Calendar::default(), Calendar::and)
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_notices_give_these_counts() {
        let calendar = calendar();
        let counts = [2023, 2024, 2025, 2026].map(|year| calendar.working_days_of(year).unwrap());
        assert_eq!(counts, [249, 251, 248, 248]);
    }

    #[test]
    fn vectors() {
        let calendar = calendar();
        for (from, n, to) in [
            ("2023-04-26", 5, "2023-05-06"),
            ("2026-02-12", 5, "2026-02-26"),
            ("2026-02-13", 1, "2026-02-14"),
            ("2026-09-18", 5, "2026-09-24"),
            ("2026-09-24", 5, "2026-10-09"),
            ("2026-04-30", 5, "2026-05-11"),
            ("2025-09-30", 5, "2025-10-14"),
            ("2025-12-29", 5, "2026-01-06"),
            ("2026-03-02", 0, "2026-03-02"),
        ] {
            assert_eq!(calendar.add_working_days(day(from), n).unwrap(), day(to), "{from} + {n}");
        }
    }

    #[test]
    fn a_term_of_days_ends_on_a_working_day() {
        let calendar = calendar();
        for (from, n, ends) in [
            ("2026-03-02T09:00:00+08:00", 3, "2026-03-06T00:00:00+08:00"),
            // The day it begins is not counted, however late it was; in China it is the third already.
            ("2026-03-02T16:00:00Z", 3, "2026-03-07T00:00:00+08:00"),
            // The third day is a Saturday: the Monday.
            ("2026-03-04T09:00:00+08:00", 3, "2026-03-10T00:00:00+08:00"),
            // Within the Spring Festival: the first day after it.
            ("2026-02-13T09:00:00+08:00", 3, "2026-02-25T00:00:00+08:00"),
            // A Sunday that is worked.
            ("2026-09-17T09:00:00+08:00", 3, "2026-09-21T00:00:00+08:00"),
        ] {
            let from = chrono::DateTime::parse_from_rfc3339(from).unwrap().to_utc();
            let ends = chrono::DateTime::parse_from_rfc3339(ends).unwrap().to_utc();
            assert_eq!(calendar.end_of_term(from, n).unwrap(), ends, "{from}");
        }
        let late = chrono::DateTime::parse_from_rfc3339("2026-12-30T09:00:00+08:00").unwrap().to_utc();
        assert!(matches!(calendar.end_of_term(late, 3), Err(Error::CalendarNotLoaded(2027))));
    }

    #[test]
    fn an_unknown_year_is_an_error() {
        let calendar = calendar();
        let missing = |outcome: Result<NaiveDate>, year| match outcome {
            Err(Error::CalendarNotLoaded(found)) => assert_eq!(found, year),
            other => panic!("{other:?}"),
        };
        missing(calendar.add_working_days(day("2026-12-28"), 5), 2027);
        missing(calendar.add_working_days(day("2022-12-30"), 1), 2022);
        missing(Calendar::default().add_working_days(day("2026-03-02"), 1), 2026);
        missing(calendar.half_open_period("2026-12-27T16:00:00Z".parse().unwrap(), 5).map(|_| day("2026-12-28")), 2027);
        assert!(matches!(calendar.working_days_of(2027), Err(Error::CalendarNotLoaded(2027))));
        // Three days are left in the year after 28 December: their period is known to its end.
        assert!(calendar.half_open_period("2026-12-28T01:00:00Z".parse().unwrap(), 3).is_ok());
    }

    #[test]
    fn a_period_is_half_open_and_of_chinese_days() {
        let calendar = calendar();
        for (published_at, n, start, end) in [
            // The real case of 荣成: published 26 April 2023, on show 27 April to 6 May.
            ("2023-04-26T02:00:00Z", 5, "2023-04-26T16:00:00Z", "2023-05-06T16:00:00Z"),
            // 24:00 in China is the next day: the last instant of a day and the first of the next.
            ("2026-02-12T15:59:59.999Z", 1, "2026-02-12T16:00:00Z", "2026-02-13T16:00:00Z"),
            ("2026-02-12T16:00:00Z", 1, "2026-02-13T16:00:00Z", "2026-02-14T16:00:00Z"),
            // Published on a Sunday that is worked.
            ("2026-09-20T04:00:00Z", 5, "2026-09-20T16:00:00Z", "2026-09-28T16:00:00Z"),
            // Published within a holiday.
            ("2026-10-03T04:00:00Z", 1, "2026-10-07T16:00:00Z", "2026-10-08T16:00:00Z"),
            ("2026-10-03T04:00:00Z", 0, "2026-10-07T16:00:00Z", "2026-10-07T16:00:00Z"),
        ] {
            let period = calendar.half_open_period(published_at.parse().unwrap(), n).unwrap();
            let expected: (Instant, Instant) = (start.parse().unwrap(), end.parse().unwrap());
            assert_eq!(period, expected, "{published_at} + {n}");
        }
    }

    /// Every working day of 2023 … 2026 in a list, straight from the words of the notices and a weekday computed by Zeller.
    fn oracle() -> Vec<(i32, u32, u32)> {
        const OFF: [(i32, &[(u32, u32, u32, u32)]); 4] = [
            (2023, &[(1, 1, 1, 2), (1, 21, 1, 27), (4, 5, 4, 5), (4, 29, 5, 3), (6, 22, 6, 24), (9, 29, 10, 6)]),
            (
                2024,
                &[
                    (1, 1, 1, 1),
                    (2, 10, 2, 17),
                    (4, 4, 4, 6),
                    (5, 1, 5, 5),
                    (6, 8, 6, 10),
                    (9, 15, 9, 17),
                    (10, 1, 10, 7),
                ],
            ),
            (2025, &[(1, 1, 1, 1), (1, 28, 2, 4), (4, 4, 4, 6), (5, 1, 5, 5), (5, 31, 6, 2), (10, 1, 10, 8)]),
            (
                2026,
                &[
                    (1, 1, 1, 3),
                    (2, 15, 2, 23),
                    (4, 4, 4, 6),
                    (5, 1, 5, 5),
                    (6, 19, 6, 21),
                    (9, 25, 9, 27),
                    (10, 1, 10, 7),
                ],
            ),
        ];
        const WORKED: [(i32, &[(u32, u32)]); 4] = [
            (2023, &[(1, 28), (1, 29), (4, 23), (5, 6), (6, 25), (10, 7), (10, 8)]),
            (2024, &[(2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)]),
            (2025, &[(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)]),
            (2026, &[(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]),
        ];
        let mut list = Vec::new();
        for ((year, off), (_, worked)) in OFF.into_iter().zip(WORKED) {
            for month in 1..=12u32 {
                let february = if year % 4 == 0 { 29 } else { 28 };
                let length = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
                for day in 1..=length {
                    let (y, m) = if month < 3 { (year as u32 - 1, month + 12) } else { (year as u32, month) };
                    // 0 is Saturday, 1 Sunday.
                    let weekday = (day + 13 * (m + 1) / 5 + y + y / 4 - y / 100 + y / 400) % 7;
                    let holiday =
                        off.iter().any(|(m1, d1, m2, d2)| (*m1, *d1) <= (month, day) && (month, day) <= (*m2, *d2));
                    if worked.contains(&(month, day)) || (weekday > 1 && !holiday) {
                        list.push((year, month, day));
                    }
                }
            }
        }
        list
    }

    fn triple(day: NaiveDate) -> (i32, u32, u32) {
        (day.year(), day.month(), day.day())
    }

    #[test]
    fn every_day_agrees_with_the_oracle() {
        let (calendar, list) = (calendar(), oracle());
        for day in day("2023-01-01").iter_days().take_while(|day| day.year() < 2027) {
            assert_eq!(calendar.is_working(day).unwrap(), list.contains(&triple(day)), "{day}");
        }
    }

    proptest! {
        #[test]
        fn counting_agrees_with_the_oracle(offset in 0u64..1461, n in 0u32..60) {
            let (calendar, list) = (calendar(), oracle());
            let from = day("2023-01-01") + chrono::Days::new(offset);
            let later: Vec<_> = list.into_iter().filter(|other| *other > triple(from)).collect();
            match calendar.add_working_days(from, n) {
                Ok(found) if n == 0 => prop_assert_eq!(found, from),
                Ok(found) => prop_assert_eq!(Some(&triple(found)), later.get(n as usize - 1)),
                Err(Error::CalendarNotLoaded(year)) => {
                    prop_assert_eq!(year, 2027);
                    prop_assert!(later.len() < n as usize);
                }
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }

        #[test]
        fn later_and_more_never_end_earlier(offset in 0u64..1200, step in 0u64..20, n in 1u32..40, more in 0u32..20) {
            let calendar = calendar();
            let from = day("2023-01-01") + chrono::Days::new(offset);
            let end = calendar.add_working_days(from, n).unwrap();
            prop_assert!(end > from && calendar.is_working(end).unwrap());
            prop_assert!(calendar.add_working_days(from + chrono::Days::new(step), n).unwrap() >= end);
            prop_assert_eq!(
                calendar.add_working_days(end, more).unwrap(),
                calendar.add_working_days(from, n + more).unwrap()
            );
        }

        /// Whatever years are loaded and whatever is in them: counting what lies between gives back what was added, and no day of a
        /// year that is not loaded is ever stepped over.
        #[test]
        fn counting_undoes_adding_and_a_gap_is_never_stepped_over(
            years in prop::collection::btree_set(2020i32..2028, 0..8),
            kinds in prop::collection::vec(0u8..6, 2922),
            offset in 0u64..2921,
            n in 0u32..600,
        ) {
            let first = day("2020-01-01");
            let days = first.iter_days().zip(kinds).filter_map(|(day, kind)| match kind {
                0 => Some((day, DayKind::Holiday)),
                1 => Some((day, DayKind::MakeupWorkday)),
                _ => None,
            });
            let calendar = Calendar::new(years.clone(), days.collect());
            let from = first + chrono::Days::new(offset);
            let after = || from.iter_days().skip(1);
            match calendar.add_working_days(from, n) {
                Ok(end) => {
                    let between: Vec<_> = after().take_while(|day| *day <= end).collect();
                    prop_assert!(between.iter().all(|day| years.contains(&day.year())));
                    prop_assert_eq!(between.iter().filter(|day| calendar.is_working(**day).unwrap()).count() as u32, n);
                    prop_assert!(n == 0 && end == from || calendar.is_working(end).unwrap());
                    if let Ok(next) = calendar.add_working_days(from, n + 1) {
                        prop_assert!(next > end);
                    }
                }
                Err(Error::CalendarNotLoaded(year)) => {
                    prop_assert!(!years.contains(&year));
                    let known: Vec<_> = after().take_while(|day| years.contains(&day.year())).collect();
                    prop_assert_eq!(known.last().copied().unwrap_or(from).succ_opt().map(|day| day.year()), Some(year));
                    prop_assert!((known.iter().filter(|day| calendar.is_working(**day).unwrap()).count() as u32) < n);
                }
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }

        #[test]
        fn a_period_holds_just_its_working_days(minutes in 0i64..1_700_000, n in 1u32..40) {
            let calendar = calendar();
            let published_at = china_midnight(day("2023-01-01")) + chrono::TimeDelta::minutes(minutes);
            let (start, end) = calendar.half_open_period(published_at, n).unwrap();
            prop_assert!(published_at < start && start < end);
            let inside = china_day(start).iter_days().take_while(|day| china_midnight(*day) < end);
            prop_assert_eq!(inside.filter(|day| calendar.is_working(*day).unwrap()).count() as u32, n);
            prop_assert_eq!(china_day(end).pred_opt(), calendar.add_working_days(china_day(published_at), n).ok());
        }
    }
}
