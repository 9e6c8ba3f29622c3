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
use tokio::runtime::Builder;

/// A resolver's poll in a build without optimisation takes two thirds of the 2 MiB that a thread has by default.
const STACK: usize = 8 * 1024 * 1024;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build() {
        Ok(runtime) => runtime.block_on(commands::run(cli)),
        Err(fault) => {
            let _ = writeln!(std::io::stderr(), "jiebang: no threads to work with: {fault}");
            ExitCode::FAILURE
        }
    }
}
