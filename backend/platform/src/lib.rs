//! What Jiebang (揭榜) does. Knows sea-orm; knows no GraphQL and no HTTP.
//!
//! Floors, each knowing only those below: slices → `access`, `events`, `db`, `files` → `base`; and among the slices
//! `accounts, organizations, search, calendar, rules, experts, eligibility ← capabilities ← demands ← challenges ← bids ← reviews ←
//! awards ← projects ← library ← targets ← opendata`.
//!
//! A verb is one file. It reads its facts, asks `access` for a proof, acts, and appends one event, in one transaction.

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

pub mod access;
pub mod accounts;
pub mod app;
pub mod awards;
pub mod base;
pub mod bids;
pub mod calendar;
pub mod capabilities;
pub mod challenges;
pub mod db;
pub mod demands;
pub mod eligibility;
pub mod events;
pub mod experts;
pub mod files;
pub mod keys;
pub mod library;
pub mod matrix;
pub mod opendata;
pub mod organizations;
pub mod outside;
pub mod projects;
pub mod rehearsal;
pub mod reviews;
pub mod rules;
pub mod search;
pub mod targets;
#[cfg(test)]
pub(crate) mod testing;
pub mod timers;

pub use app::{App, OpenData, Settings};
