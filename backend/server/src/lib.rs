//! The doors of Jiebang: GraphQL over HTTP, and the command line. No decision is taken here.

pub mod commands;
pub mod config;
pub mod graphql;
pub mod http;
pub mod keys;
pub mod start;

rust_i18n::i18n!("locales", fallback = "zh-CN");
