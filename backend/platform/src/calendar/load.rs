//! Loading one year: the operator's act, from a file such as `seeds/calendars/2026.toml`.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::{Calendar, store};
use crate::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::words::DayKind;
use crate::base::{Faults, Result};
use crate::events::{self, Audience, By, EventKind, Happening};

/// One year as its notice has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarFile {
    /// The year.
    pub year: i32,
    /// The notice's number, such as `国办发明电〔2025〕7号`.
    pub source: String,
    /// Weekend days that are worked (调休).
    #[serde(deserialize_with = "days")]
    pub makeup: Vec<NaiveDate>,
    /// The holidays.
    pub holidays: Vec<Holiday>,
}

/// A holiday of one day or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Its name.
    pub name: String,
    /// Its first day.
    #[serde(deserialize_with = "day")]
    pub from: NaiveDate,
    /// Its last day.
    #[serde(deserialize_with = "day")]
    pub to: NaiveDate,
}

impl Holiday {
    /// Every day of it.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> {
        let to = self.to;
        self.from.iter_days().take_while(move |day| *day <= to)
    }
}

/// What came of loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadedYear {
    /// The year.
    pub year: i32,
    /// How many working days it has.
    pub working_days: u32,
}

/// Loads a year, whole, in place of what was held of it. Times already fixed by the former one stay as they are.
/// `Invalid` names every fault of the file.
pub async fn load(app: &App, text: &str) -> Result<LoadedYear> {
    let file = CalendarFile::read(text)?;
    let loaded = LoadedYear { year: file.year, working_days: file.calendar().working_days_of(file.year)? };
    let file = &file;
    app.db
        .write(move |txn| async move {
            let txn = &*txn;
            let at = app.clock.now();
            store::replace(txn, file, at).await?;
            let holidays: Vec<_> = file
                .holidays
                .iter()
                .map(|holiday| json!({ "from": holiday.from, "name": holiday.name, "to": holiday.to }))
                .collect();
            let happening = Happening {
                kind: EventKind::CalendarLoaded,
                subject: format!("calendar/{}", file.year),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Operator,
                at,
                public: json!({ "holidays": holidays, "makeup": file.makeup, "source": file.source, "year": file.year }),
                private: json!({}),
            };
            events::append(txn, happening).await?;
            Ok(loaded)
        })
        .await
}

impl CalendarFile {
    /// Reads and checks a file's text.
    pub fn read(text: &str) -> Result<Self> {
        let mut faults = Faults::new();
        let file = match toml::from_str::<Self>(text) {
            Ok(file) => file,
            Err(fault) => {
                faults.add_with("calendar", FaultCode::Malformed, fault.message());
                faults.done()?;
                return Err(anyhow::anyhow!(fault).into());
            }
        };
        file.check(&mut faults);
        faults.done()?;
        Ok(file)
    }

    fn check(&self, faults: &mut Faults) {
        faults.number("year", self.year, 2000, 2200);
        faults.text("source", &self.source, Length::NAME);
        let mut seen = BTreeSet::new();
        for (place, holiday) in self.holidays.iter().enumerate() {
            let path = |field: &str| format!("holidays.{place}.{field}");
            faults.text(&path("name"), &holiday.name, Length::NAME);
            self.check_year(faults, path("from"), holiday.from);
            self.check_year(faults, path("to"), holiday.to);
            faults.check(holiday.from <= holiday.to, path("to"), FaultCode::OutOfRange);
            // One year at most, so that a slip of the pen does not walk through centuries.
            for day in holiday.days().take(366) {
                if !seen.insert(day) {
                    faults.add_with(path("from"), FaultCode::Duplicate, day);
                }
            }
        }
        for (place, day) in self.makeup.iter().enumerate() {
            let path = format!("makeup.{place}");
            self.check_year(faults, path.clone(), *day);
            if !seen.insert(*day) {
                faults.add_with(path, FaultCode::Duplicate, day);
            } else if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
                // A weekday is worked anyhow: such a line means another day.
                faults.add_with(path, FaultCode::OutOfRange, "Sat, Sun");
            }
        }
    }

    fn check_year(&self, faults: &mut Faults, path: String, day: NaiveDate) {
        if day.year() != self.year {
            faults.add_with(path, FaultCode::OutOfRange, self.year);
        }
    }

    /// The calendar of this year alone.
    pub fn calendar(&self) -> Calendar {
        let holidays = self.holidays.iter().flat_map(Holiday::days).map(|day| (day, DayKind::Holiday));
        let makeup = self.makeup.iter().map(|day| (*day, DayKind::MakeupWorkday));
        Calendar::new([self.year].into(), holidays.chain(makeup).collect())
    }
}

fn day<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<NaiveDate, D::Error> {
    parse(&String::deserialize(from)?)
}

fn days<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Vec<NaiveDate>, D::Error> {
    Vec::<String>::deserialize(from)?.iter().map(|text| parse(text)).collect()
}

fn parse<E: serde::de::Error>(text: &str) -> std::result::Result<NaiveDate, E> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
    day.ok_or_else(|| E::custom(format!("{text} is no day YYYY-MM-DD")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Error, Fault};

    fn faults(text: &str) -> Vec<(String, FaultCode)> {
        match CalendarFile::read(text) {
            Err(Error::Invalid(faults)) => faults.into_iter().map(|Fault { path, code, .. }| (path, code)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_fault_is_named() {
        let text = r#"
            year = 2026
            source = " "
            makeup = ["2025-01-04", "2026-01-03", "2026-01-05", "2026-02-14", "2026-02-14"]
            [[holidays]]
            name = "元旦"
            from = "2026-01-01"
            to = "2026-01-03"
            [[holidays]]
            name = ""
            from = "2026-01-03"
            to = "2026-01-02"
            [[holidays]]
            name = "又"
            from = "2026-01-03"
            to = "2026-01-03"
        "#;
        let expected = [
            ("source", FaultCode::Required),
            ("holidays.1.name", FaultCode::Required),
            ("holidays.1.to", FaultCode::OutOfRange),
            ("holidays.2.from", FaultCode::Duplicate),
            ("makeup.0", FaultCode::OutOfRange),
            ("makeup.1", FaultCode::Duplicate),
            ("makeup.2", FaultCode::OutOfRange),
            ("makeup.4", FaultCode::Duplicate),
        ];
        assert_eq!(faults(text), expected.map(|(path, code)| (path.to_owned(), code)));
    }

    #[test]
    fn what_is_no_calendar_is_refused() {
        for text in [
            "",
            "year = 2026",
            "not toml",
            "year = 2026\nsource = \"x\"\nmakeup = [\"2026-1-4\"]\nholidays = []",
            "year = 2026\nsource = \"x\"\nmakeup = [\"2026-02-30\"]\nholidays = []",
            "year = 2026\nsource = \"x\"\nmakeup = []\nholidays = []\nmore = 1",
        ] {
            assert_eq!(faults(text), [("calendar".to_owned(), FaultCode::Malformed)], "{text}");
        }
    }

    const YEAR: &str = include_str!("../../../../seeds/calendars/2026.toml");

    #[tokio::test]
    async fn a_year_is_replaced_whole() {
        let (app, _folder) = crate::testing::app("2026-03-02T01:00:00Z").await;
        let first = load(&app, YEAR).await.unwrap();
        assert_eq!(first, LoadedYear { year: 2026, working_days: 248 });
        load(&app, include_str!("../../../../seeds/calendars/2025.toml")).await.unwrap();
        let poorer = "year = 2026\nsource = \"x\"\nmakeup = []\nholidays = []";
        assert_eq!(load(&app, poorer).await.unwrap().working_days, 261);
        assert!(load(&app, &YEAR.replace("2026-10-10", "2026-10-07")).await.is_err());

        let before = app.db.statements();
        let calendar = crate::calendar::read::calendar(app.db.read(), 2025..=2027).await.unwrap();
        assert_eq!(app.db.statements() - before, 1);
        assert_eq!(calendar.working_days_of(2025).unwrap(), 248);
        assert_eq!(calendar.working_days_of(2026).unwrap(), 261);
        assert!(calendar.working_days_of(2027).is_err());

        load(&app, YEAR).await.unwrap();
        let alone = crate::calendar::read::calendar(app.db.read(), 2026..=2026).await.unwrap();
        assert_eq!(alone, CalendarFile::read(YEAR).unwrap().calendar());
    }
}
