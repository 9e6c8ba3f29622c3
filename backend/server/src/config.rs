//! Settings: defaults, then a file, then the environment, then flags. The only place that looks at the environment.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use config::{Environment, File, FileFormat};
use jiebang_platform::OpenData;
use jiebang_platform::base::Error;
use jiebang_platform::base::words::SealMode;
use jiebang_platform::db;
use jiebang_platform::files;
use jiebang_platform::keys::{Recipient, recipient};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

const DEFAULTS: &str = include_str!("../config.default.toml");

/// Every setting. Unknown ones are refused, so that a misspelt one is not a silent default.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub files: Files,
    pub log: Log,
    pub keys: Keys,
    pub seal: Seal,
    pub ocds: Ocds,
    pub account: Account,
}

/// The door.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub bind: String,
    pub issuer: String,
    pub join_page: String,
    pub profile: Profile,
    pub data: PathBuf,
    pub stop_seconds: u64,
    pub proxies: usize,
    pub connections: u32,
    pub connections_per_address: u32,
    pub head_seconds: u64,
    pub request_seconds: u64,
    pub upload_seconds: u64,
    pub answer_seconds: u64,
    pub idle_seconds: u64,
    pub origins: String,
    pub socket_init_seconds: u64,
    pub socket_ping_seconds: u64,
}

/// Who is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Closed, and open for a rehearsal.
    #[default]
    #[serde(rename = "")]
    #[value(skip)]
    Usual,
    /// POST only; introspection and suggestions are off.
    Closed,
    /// Queries by GET, introspection, suggestions: for those who learn the API.
    Open,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Usual => "",
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }

    /// Whether clients are told what could be asked.
    pub fn is_open(self, rehearsal: bool) -> bool {
        match self {
            Self::Usual => rehearsal,
            Self::Closed => false,
            Self::Open => true,
        }
    }
}

/// The database.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    #[serde(serialize_with = "masked")]
    pub url: String,
    pub readers: u32,
    pub writers: u32,
    pub patience_milliseconds: u64,
    pub statement_seconds: u64,
}

/// What lies outside the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    pub bucket: String,
    pub endpoint: String,
    pub region: String,
    pub path_style: bool,
    pub key_id: String,
    pub key: Secret,
    pub file_bytes: u64,
    pub bid_bytes: u64,
}

impl Files {
    /// How large files may be. The graph's numbers hold no more than 2 GiB.
    pub fn limits(&self) -> Result<files::Limits> {
        ensure!(self.file_bytes <= i32::MAX as u64, "files.file_bytes is above {}", i32::MAX);
        ensure!(self.file_bytes <= self.bid_bytes, "files.file_bytes is above files.bid_bytes");
        Ok(files::Limits { file: self.file_bytes, bid: self.bid_bytes })
    }
}

/// Logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub filter: String,
}

/// The server's secrets as text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    pub secret: Secret,
    pub token: Secret,
    pub token_beside: Secret,
    pub receipt: Secret,
    pub seal: Secret,
}

/// Who holds the keys that open bids.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    pub mode: Holder,
    pub escrow: String,
}

/// Who holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    Organizers,
    Server,
}

impl Seal {
    /// The mode as the platform names it.
    pub fn mode(&self) -> SealMode {
        match self.mode {
            Holder::Organizers => SealMode::Organizers,
            Holder::Server => SealMode::Server,
        }
    }

    /// The escrow's recipient, if there is one.
    pub fn escrow(&self) -> Result<Option<Recipient>> {
        let text = self.escrow.trim();
        if text.is_empty() {
            return Ok(None);
        }
        recipient(text).map(Some).context("seal.escrow is no age recipient")
    }
}

/// As whom open data is published.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ocds {
    pub prefix: String,
    pub address: String,
    pub publisher: String,
    pub license: String,
    pub policy: String,
}

/// What `account create` needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub password: Secret,
}

/// A secret: it is printed as stars.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, if one was given.
    pub fn reveal(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|secret| !secret.is_empty())
    }

    fn masked(&self) -> &'static str {
        if self.0.is_empty() { "" } else { "********" }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.masked())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.masked())
    }
}

/// A database's address with its password as stars, wherever it stands.
pub fn without_password(url: &str) -> String {
    let masked = url.split_once("://").and_then(|(scheme, rest)| {
        let (who, place) = rest.rsplit_once('@')?;
        let (user, _) = who.split_once(':')?;
        Some(format!("{scheme}://{user}:********@{place}"))
    });
    let masked = masked.unwrap_or_else(|| url.to_owned());
    match masked.split_once("password=") {
        Some((before, after)) => {
            let rest = after.find('&').map_or("", |end| after.get(end..).unwrap_or_default());
            format!("{before}password=********{rest}")
        }
        None => masked,
    }
}

fn masked<S: Serializer>(url: &str, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&without_password(url))
}

fn plainly(fault: Error) -> anyhow::Error {
    match fault {
        Error::Internal(fault) => fault,
        fault => fault.into(),
    }
}

/// The text of a settings file. What is wrong with its form is told by line: the line itself may hold a secret.
fn file_text(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    toml::from_str::<toml::Table>(&text).map_err(|fault| {
        let before = fault.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        anyhow!("{} line {line}: {}", file.display(), fault.message())
    })?;
    Ok(text)
}

/// What flags say; what they do not say stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub file: Option<PathBuf>,
    pub bind: Option<String>,
    pub profile: Option<Profile>,
    pub database: Option<String>,
    pub data: Option<PathBuf>,
}

impl Config {
    /// Reads all sources.
    pub fn read(flags: &Flags) -> Result<Self> {
        Self::layered(flags, Environment::with_prefix("JIEBANG"))
    }

    fn layered(flags: &Flags, environment: Environment) -> Result<Self> {
        let mut sources = config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = &flags.file {
            let text = file_text(file).context("the settings cannot be read")?;
            sources = sources.add_source(File::from_str(&text, FileFormat::Toml));
        }
        let data = flags.data.as_deref().map(Path::to_string_lossy).map(String::from);
        let settings = sources
            .add_source(environment.prefix_separator("__").separator("__").try_parsing(false))
            .set_override_option("server.bind", flags.bind.clone())?
            .set_override_option("server.profile", flags.profile.map(Profile::name))?
            .set_override_option("server.data", data)?
            .set_override_option("database.url", flags.database.clone())?
            .build()
            .context("the settings cannot be read")?;
        settings.try_deserialize().context("the settings do not fit")
    }

    /// The effective settings with secrets masked, as TOML.
    pub fn masked(&self) -> Result<String> {
        Ok(toml::to_string(self)?)
    }

    /// Where files lie.
    pub fn files(&self) -> Result<files::Files> {
        let set = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let Some(bucket) = set(&self.files.bucket) else {
            return files::Files::in_folder(&self.server.data.join("files")).map_err(plainly);
        };
        let s3 = files::S3 {
            endpoint: set(&self.files.endpoint),
            region: self.files.region.clone(),
            bucket,
            path_style: self.files.path_style,
            key_id: self.files.key_id.clone(),
            secret: self.files.key.reveal().unwrap_or_default().into(),
        };
        files::Files::in_s3(&s3).map_err(plainly)
    }

    /// As whom open data is published.
    pub fn open_data(&self) -> Result<OpenData> {
        let given = &self.ocds;
        let prefix = given.prefix.trim();
        let local = prefix.strip_prefix("ocds-").unwrap_or_default();
        let sound = local.len() == 6 && local.bytes().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit());
        ensure!(sound, "ocds.prefix is not \"ocds-\" and six letters and digits");
        ensure!(!given.publisher.trim().is_empty(), "ocds.publisher is empty");
        let link = |name: &str, text: &str| -> Result<Option<String>> {
            let text = text.trim().trim_end_matches('/');
            let is_link =
                text.is_empty() || Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
            ensure!(is_link, "ocds.{name} is no http address");
            Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
        };
        Ok(OpenData {
            prefix: prefix.to_owned(),
            address: link("address", &given.address)?.unwrap_or_else(|| format!("http://{}", self.server.bind)),
            publisher: given.publisher.trim().to_owned(),
            license: link("license", &given.license)?,
            policy: link("policy", &given.policy)?,
        })
    }

    /// How the database is reached.
    pub fn database(&self, rehearsal: bool) -> db::Settings {
        let file = if rehearsal { "rehearsal.sqlite" } else { "jiebang.sqlite" };
        let url = match self.database.url.as_str() {
            "" => format!("sqlite:{}", self.server.data.join(file).display()),
            url => url.to_owned(),
        };
        db::Settings {
            url,
            readers: self.database.readers,
            writers: self.database.writers,
            patience: Duration::from_millis(self.database.patience_milliseconds),
            statement_timeout: Duration::from_secs(self.database.statement_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flags: &Flags, variables: &[(&str, &str)]) -> Result<Config> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::layered(flags, Environment::with_prefix("JIEBANG").source(Some(variables)))
    }

    #[test]
    fn later_sources_win_and_secrets_are_masked() {
        let defaults = read(&Flags::default(), &[]).unwrap();
        assert_eq!(defaults.server.bind, "127.0.0.1:8000");
        assert_eq!(defaults.database(true).url, "sqlite:data/rehearsal.sqlite");
        let flags = Flags { database: Some("postgres://jie:bang@db/name".into()), ..Flags::default() };
        let variables = [
            ("JIEBANG__SERVER__BIND", "0.0.0.0:80"),
            ("JIEBANG__DATABASE__URL", "sqlite:other"),
            ("JIEBANG__DATABASE__WRITERS", "4"),
            ("JIEBANG__KEYS__SECRET", "sesame"),
        ];
        let both = read(&flags, &variables).unwrap();
        assert_eq!((both.server.bind.as_str(), both.database.writers), ("0.0.0.0:80", 4));
        assert_eq!(both.database.url, "postgres://jie:bang@db/name");
        assert_eq!(both.keys.secret.reveal(), Some("sesame"));
        let masked = both.masked().unwrap() + &format!("{:?}", both.keys);
        assert!(!masked.contains("sesame") && !masked.contains("bang@"), "{masked}");
    }

    #[test]
    fn a_password_is_masked_wherever_it_stands() {
        for (url, masked) in [
            ("sqlite:data/x.sqlite", "sqlite:data/x.sqlite"),
            ("postgres://u:p@ss@h/d", "postgres://u:********@h/d"),
            ("postgres://u@h/d?password=p&sslmode=require", "postgres://u@h/d?password=********&sslmode=require"),
            ("postgres://h/d?user=u&password=p", "postgres://h/d?user=u&password=********"),
        ] {
            assert_eq!(without_password(url), masked);
        }
    }

    #[test]
    fn open_data_has_a_prefix_and_absolute_addresses() {
        let of = |variables: &[(&str, &str)]| read(&Flags::default(), variables).unwrap().open_data();
        let usual = of(&[]).unwrap();
        assert_eq!((usual.prefix.as_str(), usual.address.as_str()), ("ocds-000000", "http://127.0.0.1:8000"));
        assert_eq!((usual.license, usual.policy), (None, None));
        let set =
            of(&[("JIEBANG__OCDS__ADDRESS", "https://jiebang.example/"), ("JIEBANG__OCDS__PREFIX", "ocds-b3wdp1")]);
        assert_eq!(set.unwrap().address, "https://jiebang.example");
        for (name, value) in [
            ("PREFIX", "ocds-"),
            ("PREFIX", "ocds-ABCDEF"),
            ("PREFIX", "b3wdp1"),
            ("ADDRESS", "jiebang.example"),
            ("LICENSE", "javascript:alert(1)"),
            ("PUBLISHER", " "),
        ] {
            assert!(of(&[(&format!("JIEBANG__OCDS__{name}"), value)]).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn unknown_settings_are_refused() {
        let fault = read(&Flags::default(), &[("JIEBANG__SERVER__BINDD", "x")]).unwrap_err();
        assert!(format!("{fault:#}").contains("bindd"), "{fault:#}");
        assert!(read(&Flags::default(), &[("JIEBANG__SERVRE__BIND", "x")]).is_err());
    }
}
