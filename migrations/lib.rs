//! The database schema, as frozen SQL. One text serves both engines: only the names of some column types differ, and how
//! a table is kept by its key.
//! A migration imports no entity and seeds nothing; a published migration is never edited.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

mod m20260301_000001_main_job;
mod m20260302_000002_second_factor;
mod m20260303_000003_search;
mod m20260304_000004_demands;
mod m20260305_000005_publication;
mod m20260306_000006_consents;
mod m20260307_000007_results;
mod m20260308_000008_waiting;
mod m20260309_000009_opening_keys;
mod m20260310_000010_marks;
mod m20260311_000011_members;
mod m20260312_000012_money;
mod m20260313_000013_files;
mod m20260314_000014_experts;
mod m20260315_000015_checks;
mod m20260316_000016_scoring;
mod m20260317_000017_awards;
mod m20260318_000018_evidence;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20260301_000001_main_job::Migration),
            Box::new(m20260302_000002_second_factor::Migration),
            Box::new(m20260303_000003_search::Migration),
            Box::new(m20260304_000004_demands::Migration),
            Box::new(m20260305_000005_publication::Migration),
            Box::new(m20260306_000006_consents::Migration),
            Box::new(m20260307_000007_results::Migration),
            Box::new(m20260308_000008_waiting::Migration),
            Box::new(m20260309_000009_opening_keys::Migration),
            Box::new(m20260310_000010_marks::Migration),
            Box::new(m20260311_000011_members::Migration),
            Box::new(m20260312_000012_money::Migration),
            Box::new(m20260313_000013_files::Migration),
            Box::new(m20260314_000014_experts::Migration),
            Box::new(m20260315_000015_checks::Migration),
            Box::new(m20260316_000016_scoring::Migration),
            Box::new(m20260317_000017_awards::Migration),
            Box::new(m20260318_000018_evidence::Migration),
        ]
    }
}

/// A migration and the note that it was run stand or fall together, on SQLite too: whatever stops it, it can be run again.
pub(crate) const WHOLE: Option<bool> = Some(true);

/// Runs `text` statement by statement, with `{uuid}`, `{instant}`, `{bytes}`, `{long}`, `{word}` (a text compared byte by byte) and
/// `{keyed}` (a table in the order of its key, where the engine has such) named as the engine wants them.
pub(crate) async fn run(manager: &SchemaManager<'_>, text: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let names: [(&str, &str); 6] = match connection.get_database_backend() {
        DbBackend::Sqlite => [
            ("{uuid}", "uuid_text"),
            ("{instant}", "timestamp_with_timezone_text"),
            ("{bytes}", "blob"),
            ("{long}", "bigint"),
            ("{word}", "text"),
            ("{keyed}", " without rowid"),
        ],
        _ => [
            ("{uuid}", "uuid"),
            ("{instant}", "timestamptz"),
            ("{bytes}", "bytea"),
            ("{long}", "bigint"),
            ("{word}", "text collate \"C\""),
            ("{keyed}", ""),
        ],
    };
    let text = names.iter().fold(text.to_owned(), |text, (mark, name)| text.replace(mark, name));
    for statement in text.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}
