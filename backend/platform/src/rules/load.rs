//! Loading a version of a rule set: the operator's act, from a file such as `seeds/rules/default.toml`.

use serde::Deserialize;
use serde_json::json;

use super::{Numbers, store};
use crate::App;
use crate::base::error::FaultCode;
use crate::base::faults::Length;
use crate::base::id::RuleSetId;
use crate::base::{Error, Faults, Reason, Result};
use crate::events::{self, Audience, By, EventKind, Happening};

/// A rule set as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleFile {
    pub name: String,
    pub version: i32,
    pub numbers: Numbers,
}

/// What came of loading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedRules {
    /// The rule set.
    pub id: RuleSetId,
    /// Its name; challenges are run by the latest version of `default`.
    pub name: String,
    /// Its version.
    pub version: i32,
}

/// Loads a version of a rule set. Challenges already published keep their own copy. `Invalid` names every fault of the file,
/// `Conflict(VersionMoved)` says that the version is not higher than the one in force.
pub async fn load(app: &App, text: &str) -> Result<LoadedRules> {
    let file = &RuleFile::read(text)?;
    app.db
        .write(move |txn| async move {
            let txn = &*txn;
            if store::latest_version(txn, &file.name).await?.is_some_and(|latest| file.version <= latest) {
                return Err(Error::Conflict(Reason::VersionMoved));
            }
            let at = app.clock.now();
            let id = store::insert(txn, file, None, at).await?;
            let happening = Happening {
                kind: EventKind::RuleSetLoaded,
                subject: id.to_string(),
                challenge: None,
                audience: Audience::Everybody,
                by: By::Operator,
                at,
                public: json!({ "name": file.name, "numbers": file.numbers, "version": file.version }),
                private: json!({}),
            };
            events::append(txn, happening).await?;
            Ok(LoadedRules { id, name: file.name.clone(), version: file.version })
        })
        .await
}

impl RuleFile {
    /// Reads and checks a file's text.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let mut faults = Faults::new();
        let file = match Self::parse(text) {
            Ok(file) => file,
            Err(fault) => {
                faults.add_with("rules", FaultCode::Malformed, fault.message());
                faults.done()?;
                return Err(anyhow::anyhow!(fault).into());
            }
        };
        faults.text("name", &file.name, Length::SHORT);
        faults.number("version", file.version, 1, i32::MAX);
        file.numbers.check(str::to_owned, &mut faults);
        faults.done()?;
        Ok(file)
    }

    /// `name` and `version` stand beside the numbers, of which none may be unknown or missing.
    fn parse(text: &str) -> std::result::Result<Self, toml::de::Error> {
        #[derive(Deserialize)]
        struct Head {
            name: String,
            version: i32,
        }
        let head: Head = toml::from_str(text)?;
        let mut numbers: toml::Table = toml::from_str(text)?;
        numbers.remove("name");
        numbers.remove("version");
        Ok(Self { name: head.name, version: head.version, numbers: Numbers::deserialize(numbers)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::{ChallengeId, Kind};
    use crate::base::words::{LegalRoute, Mechanism};
    use crate::base::{Fault, Fen};
    use crate::rules::numbers::tests::default;
    use crate::rules::{FrozenRules, by_id, of_challenge, of_challenges, resolve};

    const DEFAULT: &str = include_str!("../../../../seeds/rules/default.toml");

    fn faults(text: &str) -> Vec<(String, FaultCode)> {
        match RuleFile::read(text) {
            Err(Error::Invalid(faults)) => faults.into_iter().map(|Fault { path, code, .. }| (path, code)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_default_is_read() {
        let file = RuleFile::read(DEFAULT).unwrap();
        assert_eq!((file.name.as_str(), file.version), ("default", 5));
        assert_eq!(file.numbers.max_text_chars, 20_000);
        let again: Numbers = serde_json::from_str(&serde_json::to_string(&file.numbers).unwrap()).unwrap();
        assert_eq!(again, file.numbers);
    }

    #[test]
    fn an_unlawful_number_is_named() {
        for (from, to, path, code) in [
            ("panel_size = 5 ", "panel_size = 6 ", "panel_size", FaultCode::OutOfRange),
            ("panel_size = 5 ", "panel_size = 3 ", "panel_size", FaultCode::OutOfRange),
            (
                "publicity_working_days = 5",
                "publicity_working_days = 2",
                "publicity_working_days",
                FaultCode::OutOfRange,
            ),
            ("trim_from = 5", "trim_from = 2", "trim_from", FaultCode::OutOfRange),
            ("pass_mark = \"70\"", "pass_mark = \"100.01\"", "pass_mark", FaultCode::OutOfRange),
            ("pass_mark = \"70\"", "pass_mark = \"70.001\"", "pass_mark", FaultCode::MarkPlaces),
            ("race_max_winners = 3", "race_max_winners = 1", "race_max_winners", FaultCode::OutOfRange),
            ("version = 5", "version = 0", "version", FaultCode::OutOfRange),
        ] {
            let text = DEFAULT.replacen(from, to, 1);
            assert_ne!(text, DEFAULT, "{from}");
            assert_eq!(faults(&text), [(path.to_owned(), code)], "{to}");
        }
    }

    #[test]
    fn an_unknown_or_missing_number_is_refused() {
        for text in [format!("{DEFAULT}\nmore = 1"), DEFAULT.replace("trim_from", "trim_form"), String::new()] {
            assert_eq!(faults(&text), [("rules".to_owned(), FaultCode::Malformed)]);
        }
    }

    #[tokio::test]
    async fn versions_rise_and_a_frozen_copy_stays() {
        let (app, _folder) = crate::testing::app("2026-03-02T01:00:00Z").await;
        let current = || app.db.write(|txn| async move { store::current(&*txn).await });
        assert!(matches!(current().await, Err(Error::Unavailable(_))));
        let first = load(&app, DEFAULT).await.unwrap();
        let again = load(&app, DEFAULT).await;
        assert!(matches!(again, Err(Error::Conflict(Reason::VersionMoved))));
        load(&app, &DEFAULT.replace("\"default\"", "\"other\"")).await.unwrap();

        let challenge = crate::testing::challenge(&app).await;
        let resolved = resolve(&default(), Fen(1), Mechanism::HorseRace, LegalRoute::TestbedTrial);
        let (now, copy) = (current().await.unwrap(), &resolved);
        let now = &now;
        let freeze = || app.db.write(move |txn| async move { store::freeze(&txn, challenge, now, copy.clone()).await });
        let frozen = freeze().await.unwrap();
        assert!(matches!(freeze().await, Err(Error::Conflict(_))));

        let second = DEFAULT.replace("version = 5", "version = 10").replace("min_open_days = 20", "min_open_days = 25");
        load(&app, &second).await.unwrap();
        let latest = current().await.unwrap();
        assert_eq!((latest.version, latest.numbers.min_open_days), (10, 25));
        assert_ne!(latest.id, first.id);

        let expected = FrozenRules { id: frozen, challenge, version: 5, resolved };
        assert_eq!(of_challenge(app.db.read(), challenge).await.unwrap(), expected);
        assert_eq!(by_id(app.db.read(), frozen).await.unwrap(), Some(expected));
        assert!(of_challenge(app.db.read(), ChallengeId::new()).await.is_err());
        assert!(of_challenges(app.db.read(), []).await.unwrap().is_empty());
        assert!(by_id(app.db.read(), first.id).await.unwrap().is_none());
    }
}
