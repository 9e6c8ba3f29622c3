//! The program.

#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unreachable
    )
)]

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use jiebang_server::commands::{self, Cli};
use jiebang_server::start;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start::threads() {
        Ok(runtime) => runtime.block_on(commands::run(cli)),
        Err(fault) => {
            let _ = writeln!(std::io::stderr(), "jiebang: no threads to work with: {fault}");
            ExitCode::FAILURE
        }
    }
}
