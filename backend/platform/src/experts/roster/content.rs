//! What is stated of an expert: the form of what is given.

use chrono::NaiveDate;
use serde::Serialize;

use crate::base::Faults;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::words::Domain;

/// What is given of an expert; what is not given stays as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Changes {
    pub fields: Option<Vec<Domain>>,
    pub title: Option<String>,
    pub years: Option<i32>,
    /// Under which the office can reach the expert.
    pub phone: Option<String>,
    /// The last day on which the expert is not to be drawn; an empty text: none.
    pub unavailable_until: Option<String>,
}

/// Well-formed changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Checked {
    pub(super) fields: Option<Vec<Domain>>,
    pub(super) title: Option<String>,
    pub(super) years: Option<i32>,
    pub(super) phone: Option<String>,
    pub(super) unavailable_until: Option<Option<NaiveDate>>,
}

/// How long a telephone number may be.
const PHONE: Length = Length(3, 30);

impl Changes {
    pub(super) fn check(&self, faults: &mut Faults) -> Checked {
        let phone = self.phone.as_deref().map(|phone| {
            let phone = faults.text("phone", phone, PHONE);
            let figures = phone.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'));
            faults.check(figures, "phone", FaultCode::BadCharacters);
            phone
        });
        let unavailable_until = self.unavailable_until.as_deref().map(|day| match day.trim() {
            "" => None,
            day => faults.day("unavailableUntil", day),
        });
        Checked {
            fields: self.fields.as_deref().map(|given| faults.some_of("fields", given)),
            title: self.title.as_deref().map(|title| faults.text("title", title, Length::SHORT)),
            years: self.years.map(|years| faults.number("years", years, 0, 80)),
            phone,
            unavailable_until,
        }
    }
}

impl Checked {
    /// What has to be there from the first on.
    pub(super) fn require_all(&self, faults: &mut Faults) {
        for (path, given) in [
            ("fields", self.fields.is_some()),
            ("title", self.title.is_some()),
            ("years", self.years.is_some()),
            ("phone", self.phone.is_some()),
        ] {
            faults.check(given, path, FaultCode::Required);
        }
    }

    /// Whether what an organizer vouches for is touched.
    pub(super) fn touches_confirmation(&self) -> bool {
        self.fields.is_some() || self.title.is_some() || self.years.is_some()
    }
}
