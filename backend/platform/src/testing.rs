//! An empty platform of its own for a test of this crate. What people do is tested at the public door, in `tests/`.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::accounts::{Hasher, Throttle};
use crate::base::{Clock, Instant};
use crate::db::{self, Db};
use crate::keys::{KeyTexts, Keys};
use crate::{App, Settings};

/// A migrated SQLite file, gone with the folder; both clocks stand at `at`.
pub(crate) async fn app(at: &str) -> (App, TempDir) {
    let folder = TempDir::new().unwrap();
    let settings = db::Settings {
        url: format!("sqlite:{}", folder.path().join("test.sqlite").display()),
        readers: 2,
        writers: 1,
        patience: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(5),
    };
    let db = Db::connect(&settings).await.unwrap();
    db.migrate().await.unwrap();
    let at: Instant = at.parse().unwrap();
    let clock = Clock::standing(at, at);
    let app = App {
        db,
        throttle: Throttle::new(&clock),
        clock,
        keys: Arc::new(Keys::read(&KeyTexts::generate().unwrap()).unwrap()),
        hasher: Hasher::new(),
        settings: Settings { rehearsal: true, issuer: "https://jiebang.test".into() },
    };
    (app, folder)
}
