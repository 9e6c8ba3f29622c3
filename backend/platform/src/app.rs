//! All that a slice may hold. No methods: what can be done with it is in the slices.

use std::sync::Arc;

use age::x25519;

use crate::accounts::{Hasher, Throttle};
use crate::base::words::SealMode;
use crate::base::{Clock, Memory};
use crate::db::Db;
use crate::events::follow::Follow;
use crate::files::{Files, Limits, Looks, Receiving};
use crate::keys::Keys;

/// The platform, ready to act.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// What lies outside it.
    pub files: Files,
    /// The two clocks.
    pub clock: Clock,
    /// The server's secrets.
    pub keys: Arc<Keys>,
    /// Password hashing, with its bounded number of permits.
    pub hasher: Hasher,
    /// Failed attempts per address.
    pub throttle: Throttle,
    /// The public log, for those who watch.
    pub follow: Follow,
    /// What comes in of files.
    pub receiving: Receiving,
    /// What has been looked at of what lies there.
    pub looks: Looks,
    /// What slices above keep while the program runs.
    pub memory: Memory,
    /// What the operator chose.
    pub settings: Settings,
}

/// What the operator chose, as far as the platform's rules ask.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A rehearsal (演练): the clock can be moved.
    pub rehearsal: bool,
    /// Who issues tokens and receipts: the public name of this installation.
    pub issuer: String,
    /// The page for whoever is invited to act for an organization, if there is one; the code is put behind it.
    pub join_page: Option<String>,
    /// Who holds the keys that open bids, of challenges published from now on.
    pub seal: SealMode,
    /// How large files may be.
    pub files: Limits,
    /// An offline recipient that these keys are escrowed to as well, published with each challenge.
    pub escrow: Option<x25519::Recipient>,
    /// As whom open data is published.
    pub open_data: OpenData,
}

/// As whom open data is published.
#[derive(Clone, Debug, Default)]
pub struct OpenData {
    /// The publisher's prefix of OCDS identifiers: `ocds-` and six characters.
    pub prefix: String,
    /// Where everybody reaches the platform: an absolute address without a slash at its end.
    pub address: String,
    pub publisher: String,
    /// Addresses of the licence, and of what the publisher promises.
    pub license: Option<String>,
    pub policy: Option<String>,
}
