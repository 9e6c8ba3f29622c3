//! People at the public door. Every test has a rehearsal of its own, copied from one that was laid out once: an SQLite file, or,
//! with `JIEBANG_TEST_DATABASE=postgres://…`, a PostgreSQL database. Time stands still until a test moves it.

mod browser;
mod client;
mod competition;
pub mod files;
mod people;
pub mod program;
mod served;
mod stage;
mod way;
pub mod ws;

pub use browser::Browser;
pub use client::{Client, request};
pub use competition::{Competition, DEADLINE, challenge_input, opening, solution_input};
pub use people::{Person, Refusal};
pub use program::program;
pub use served::{Served, Socket};
pub use stage::{Rest, TestApp, deep, made_up, pictures, postgres, rounds};
pub use way::{State, Way};

use std::path::Path;

/// An operation of `schema/operations`: what tests ask is what clients are shown.
pub fn operation(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../schema/operations/{name}.graphql"));
    std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}
