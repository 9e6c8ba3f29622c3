//! `jiebang schema`: what the code promises, printed by the code.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::say;
use crate::config::{Config, Flags};
use crate::graphql::Schema;
use crate::start;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write the files instead of printing the GraphQL schema.
    #[arg(long, conflicts_with = "check")]
    write: bool,
    /// Compare the files with the code, name each that differs and the command that mends it, and fail if one does.
    #[arg(long)]
    check: bool,
    /// An empty PostgreSQL database of one's own, to print how the schema stands there (`database.postgres.sql`).
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Where the files are.
    #[arg(long, default_value = "schema", value_name = "FOLDER")]
    folder: PathBuf,
}

pub(super) async fn run(args: &Args) -> Result<ExitCode> {
    if !args.write && !args.check {
        say(Schema::of(false, true).sdl().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut differ = false;
    for (file, text) in promises(args.postgres.as_deref()).await? {
        let path = args.folder.join(file);
        if args.write {
            std::fs::create_dir_all(&args.folder)?;
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        } else if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            differ = true;
            say(format!("{} is not what the code says; mend it with: jiebang schema --write", path.display()))?;
        }
    }
    Ok(if differ { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Every golden file with its text.
async fn promises(postgres: Option<&str>) -> Result<Vec<(&'static str, String)>> {
    let scratch = tempfile::TempDir::new()?;
    let sqlite = format!("sqlite:{}", scratch.path().join("schema.sqlite").display());
    let mut promises = vec![
        ("schema.graphql", Schema::of(false, true).sdl()),
        ("schema.rehearsal.graphql", Schema::of(true, true).sdl()),
        ("database.sqlite.sql", database(scratch.path(), sqlite).await?),
        ("access.txt", jiebang_platform::matrix::page()),
    ];
    if let Some(url) = postgres {
        promises.push(("database.postgres.sql", database(scratch.path(), url.to_owned()).await?));
    }
    Ok(promises)
}

/// The schema as the engine tells it, from a database that is empty before.
async fn database(folder: &Path, url: String) -> Result<String> {
    let flags = Flags { data: Some(folder.to_owned()), ..Flags::default() };
    let mut settings = Config::read(&flags)?.database(false);
    settings.url = url;
    let db = start::database(&settings).await?;
    let schema = db.schema().await?;
    db.close().await?;
    Ok(schema)
}
