//! The working days of the State Council's years: what is loaded is what others have, day by day, and nothing is guessed.

use std::process::{Command, Output};

use chrono::NaiveDate;
use jiebang_platform::calendar::{Calendar, CalendarFile};
use support::program::run;
use tempfile::TempDir;

const YEARS: [i32; 4] = [2023, 2024, 2025, 2026];

fn seed(year: i32) -> String {
    let path = format!("{}/../seeds/calendars/{year}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{path}: {fault}"))
}

fn asks(first: i32, last: i32) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/contract/calendar");
    Command::new(script).args([first.to_string(), last.to_string()]).output().unwrap()
}

/// Every day of 2023 … 2026, and whether it is worked, as npm's chinese-days has it.
fn as_published() -> Vec<(NaiveDate, bool)> {
    let told = asks(2023, 2026);
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let days = String::from_utf8(told.stdout).unwrap();
    days.lines()
        .map(|line| match line.split_once(' ') {
            Some((day, "work")) => (day.parse().unwrap(), true),
            Some((day, "off")) => (day.parse().unwrap(), false),
            _ => panic!("{line}"),
        })
        .collect()
}

fn calendar(text: impl Fn(i32) -> String) -> Calendar {
    let years = YEARS.map(|year| CalendarFile::read(&text(year)).unwrap().calendar());
    years.into_iter().fold(Calendar::default(), Calendar::and)
}

/// The days on which a calendar is of another mind.
fn disputed(calendar: &Calendar, published: &[(NaiveDate, bool)]) -> Vec<String> {
    let other = published.iter().filter(|(day, worked)| calendar.is_working(*day).unwrap() != *worked);
    other.map(|(day, worked)| format!("{day} is {}worked there", if *worked { "" } else { "not " })).collect()
}

#[test]
fn every_day_of_four_years_is_as_a_published_package_has_it() {
    let published = as_published();
    let days: Vec<_> = published.iter().map(|(day, _)| *day).collect();
    let all: Vec<_> = "2023-01-01".parse::<NaiveDate>().unwrap().iter_days().take(1461).collect();
    assert_eq!(days, all);
    assert_eq!(disputed(&calendar(seed), &published), Vec::<String>::new());

    // A slip of one day is seen, in a holiday, in a made-up day, at a year's edge: and nothing else is.
    for (year, was, slipped, expected) in [
        (2023, r#"to = "2023-10-06""#, r#"to = "2023-10-05""#, "2023-10-06 is not worked there"),
        (2024, r#"from = "2024-02-10""#, r#"from = "2024-02-09""#, "2024-02-09 is worked there"),
        (2025, r#""2025-10-11""#, r#""2025-10-12""#, "2025-10-11 is worked there, 2025-10-12 is not worked there"),
        (2026, r#""2026-01-04", "#, "", "2026-01-04 is worked there"),
        (2026, r#"from = "2026-01-01""#, r#"from = "2026-01-02""#, "2026-01-01 is not worked there"),
    ] {
        let text = |of: i32| {
            let text = seed(of);
            if of != year {
                return text;
            }
            assert_eq!(text.matches(was).count(), 1, "{was}");
            text.replace(was, slipped)
        };
        assert_eq!(disputed(&calendar(text), &published).join(", "), expected, "{was} → {slipped}");
    }
    // The package itself would take a year that it does not have for one without holidays.
    let unknown = asks(2031, 2031);
    assert!(!unknown.status.success() && unknown.stdout.is_empty(), "{unknown:?}");
}

#[test]
fn the_command_loads_what_is_a_year_and_names_what_is_wrong_with_what_is_none() {
    let data = TempDir::new().unwrap();
    assert!(run(data.path(), &["migrate"], "").status.success());
    let load = |text: &[u8]| {
        let file = data.path().join("year.toml");
        std::fs::write(&file, text).unwrap();
        run(data.path(), &["calendar", "load", &file.display().to_string()], "")
    };
    for (year, days) in YEARS.into_iter().zip([249, 251, 248, 248]) {
        let loaded = load(seed(year).as_bytes());
        assert!(loaded.status.success(), "{loaded:?}");
        assert_eq!(String::from_utf8(loaded.stdout).unwrap(), format!("{year}: {days} working days\n"));
    }
    let head = "year = 2026\nsource = \"x\"\n";
    let whole = |rest: &str| format!("{head}{rest}").into_bytes();
    for (text, expected) in [
        (whole("makeup = [\"2027-01-03\"]\nholidays = []"), "makeup.0: "),
        (whole("makeup = [\"2026-01-05\"]\nholidays = []"), "makeup.0: "),
        (whole("makeup = [\"2026-02-30\"]\nholidays = []"), "calendar: "),
        (
            whole("makeup = []\n[[holidays]]\nname = \"又\"\nfrom = \"2026-10-07\"\nto = \"2026-10-01\""),
            "holidays.0.to: ",
        ),
        (whole("makeup = []\nholidays = []\nextra = 1"), "calendar: "),
        (b"year = 1949\nsource = \"x\"\nmakeup = []\nholidays = []".to_vec(), "year: "),
        (
            head.replace("source = \"x\"\n", "").into_bytes(),
            "jiebang: calendar: This cannot be read: missing field `source`\n",
        ),
        (Vec::new(), "calendar: "),
        (vec![0xff, 0xfe], "cannot read"),
    ] {
        let refused = load(&text);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{told}");
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let missing = run(data.path(), &["calendar", "load", "/nowhere/2026.toml"], "");
    assert!(!missing.status.success());
}
