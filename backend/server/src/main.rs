//! The program.

use std::process::ExitCode;

use clap::Parser;
use jiebang_server::commands::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    commands::run(Cli::parse()).await
}
