//! The doors of Jiebang: GraphQL over HTTP, and the command line. No decision is taken here.

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

pub mod commands;
pub mod config;
pub mod graphql;
pub mod http;
pub mod keys;
pub mod start;

rust_i18n::i18n!("locales", fallback = "zh-CN");
