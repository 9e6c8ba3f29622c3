//! The command line.

mod account;
mod calendar;
mod config;
mod draw;
mod migrate;
mod receipt;
mod schema;
pub mod seed;
mod serve;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::{Config, Flags};

/// Jiebang (揭榜): a department's scenario becomes a running project.
///
/// Start with `jiebang serve --rehearsal`: it makes a database, fills it with invented people and scenarios, and prints the
/// address, the accounts and a first query.
#[derive(Debug, Parser)]
#[command(name = "jiebang", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

/// Settings that every command takes. They win over variables (JIEBANG__SERVER__BIND), which win over the file.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
struct SettingsArgs {
    /// A TOML file with settings; `config check` prints all of them.
    #[arg(long, global = true, env = "JIEBANG_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// The folder of the SQLite file and of the keys.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the GraphQL API until told to stop (SIGTERM or ctrl-c); what was accepted is finished.
    ///
    /// Brings the schema up to date first and loads what is missing of the calendars, rules and targets.
    Serve(serve::Args),
    /// Bring the database's schema up to date, and stop.
    Migrate,
    /// Load the calendars, the default rules and the targets of the year into the database; what is there stays.
    Seed,
    /// Print what the code promises, or compare it with what is kept under schema/.
    Schema(schema::Args),
    /// Accounts.
    #[command(subcommand)]
    Account(account::Command),
    /// The calendar of working days.
    #[command(subcommand)]
    Calendar(calendar::Command),
    /// Receipts of what was handed in.
    #[command(subcommand)]
    Receipt(receipt::Command),
    /// Draws of panels.
    #[command(subcommand)]
    Draw(draw::Command),
    /// Settings.
    #[command(subcommand)]
    Config(config::Command),
}

/// Runs a command; a failure is told in one line, and the exit code says so.
pub async fn run(cli: Cli) -> ExitCode {
    match dispatch(cli).await {
        Ok(code) => code,
        Err(fault) => {
            let _ = writeln!(std::io::stderr(), "jiebang: {fault:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> Result<ExitCode> {
    let Cli { settings, command } = cli;
    let (bind, profile) = match &command {
        Command::Serve(args) => (args.bind.clone(), args.profile),
        _ => (None, None),
    };
    let flags = Flags { file: settings.config, bind, profile, database: settings.database, data: settings.data };
    let config = Config::read(&flags)?;
    log(&config)?;
    match command {
        Command::Serve(args) => serve::run(&config, &args).await?,
        Command::Migrate => migrate::run(&config).await?,
        Command::Seed => seed::run(&config).await?,
        Command::Schema(args) => return schema::run(&args).await,
        Command::Account(command) => account::run(&config, command).await?,
        Command::Calendar(command) => calendar::run(&config, command).await?,
        Command::Config(command) => config::run(&config, command)?,
        Command::Receipt(command) => receipt::run(command)?,
        Command::Draw(command) => draw::run(command)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What libraries print of what passes through them: tokens, passwords and bids in the messages of WebSockets.
const TELLTALES: [&str; 1] = ["tungstenite"];

/// Logs are JSON lines on standard error. Whatever the filter says, no library prints what is secret.
fn log(config: &Config) -> Result<()> {
    let filter = EnvFilter::try_new(&config.log.filter)?;
    let telltales = TELLTALES.map(|target| (target, LevelFilter::INFO));
    let secretive = Targets::new().with_default(LevelFilter::TRACE).with_targets(telltales);
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(std::io::stderr)
        .with_filter(filter.and(secretive));
    // A second call, as tests make, changes nothing.
    let _ = tracing_subscriber::registry().with(lines).try_init();
    Ok(())
}

/// A line for whoever typed the command.
fn say(line: impl std::fmt::Display) -> Result<()> {
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
