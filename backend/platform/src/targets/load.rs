//! Loading a year's board: the operator's act, from a file such as `seeds/targets/2026.toml`. A year that has targets already is left
//! as it is, so that nothing that an organizer has set is overwritten.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;

use super::set::YEARS;
use super::store::{self, NewTarget, NewValue};
use crate::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::words::{Comparator, TargetMetric};
use crate::base::{Decimal, Faults, Instant, Result};
use crate::events::{self, Audience, By, EventKind, Happening};

/// A board as a file has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetFile {
    pub(super) year: i32,
    pub(super) targets: Vec<Entry>,
}

/// One target, and what has been reached of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    metric: TargetMetric,
    name: String,
    /// For the reader of the file: the board has one name.
    #[serde(rename = "name_en")]
    _name_en: Option<String>,
    comparator: Comparator,
    value: Decimal,
    unit: String,
    #[serde(default)]
    pub(super) recorded: Vec<Recorded>,
}

/// A recorded value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recorded {
    as_of: NaiveDate,
    value: Decimal,
    source: String,
}

/// What came of loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadedTargets {
    /// The year.
    pub year: i32,
    /// How many targets were loaded; none where the year had some.
    pub targets: usize,
}

/// Loads a year's board, with its recorded values only where asked for. `Invalid` names every fault of the file.
pub async fn load(app: &App, text: &str, with_recorded: bool) -> Result<LoadedTargets> {
    let file = &TargetFile::read(text)?;
    app.db
        .write(move |txn| async move {
            if store::has_any(&*txn, file.year).await? {
                return Ok(LoadedTargets { year: file.year, targets: 0 });
            }
            let at = app.clock.now();
            store::load(&txn, file, with_recorded, at).await?;
            let happening = Happening {
                kind: EventKind::TargetsLoaded,
                subject: format!("targets/{}", file.year),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Operator,
                at,
                public: json!({ "targets": file.targets.len(), "year": file.year }),
                private: json!({}),
            };
            events::append(&txn, happening).await?;
            Ok(LoadedTargets { year: file.year, targets: file.targets.len() })
        })
        .await
}

impl TargetFile {
    /// Reads and checks a file's text.
    fn read(text: &str) -> Result<Self> {
        let mut faults = Faults::new();
        let file = match toml::from_str::<Self>(text) {
            Ok(file) => file,
            Err(fault) => {
                faults.add_with("targets", FaultCode::Malformed, fault.message());
                faults.done()?;
                return Err(anyhow::anyhow!(fault).into());
            }
        };
        file.check(&mut faults);
        faults.done()?;
        Ok(file)
    }

    fn check(&self, faults: &mut Faults) {
        faults.number("year", self.year, YEARS.0, YEARS.1);
        let (mut names, mut metrics) = (BTreeSet::new(), BTreeSet::new());
        for (place, entry) in self.targets.iter().enumerate() {
            let path = |field: &str| format!("targets.{place}.{field}");
            faults.text(&path("name"), &entry.name, Length::NAME);
            faults.text(&path("unit"), &entry.unit, Length::SHORT);
            faults.check(names.insert(&entry.name), path("name"), FaultCode::Duplicate);
            match entry.metric {
                TargetMetric::Other => {}
                TargetMetric::OpenCompetitionProjects | TargetMetric::DisruptiveTechnologies => {
                    faults.check(metrics.insert(entry.metric), path("metric"), FaultCode::Duplicate);
                    // The platform computes these.
                    faults.check(entry.recorded.is_empty(), path("recorded"), FaultCode::NotSupportedYet);
                }
            }
            for (number, recorded) in entry.recorded.iter().enumerate() {
                faults.text(&path(&format!("recorded.{number}.source")), &recorded.source, Length::NOTE);
            }
        }
    }
}

impl Entry {
    pub(super) fn target(&self, year: i32) -> NewTarget {
        NewTarget {
            year,
            metric: self.metric,
            name: self.name.clone(),
            comparator: self.comparator,
            value: self.value,
            unit: self.unit.clone(),
        }
    }
}

impl Recorded {
    pub(super) fn value(&self, at: Instant) -> NewValue {
        NewValue { as_of: self.as_of, value: self.value, source: self.source.clone(), at }
    }
}
