//! `jiebang draw verify`: needs no database, no server and no network.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Subcommand;
use jiebang_platform::experts::verify::{self, Record};

use super::say;

/// What a record may take at most.
const MOST: u64 = 64 << 20;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a draw again from its published record, and hold the outcome against the panel that sat.
    ///
    /// The record is `Challenge.panel.draw.record`, public from the notice on. The hashes have been public since the challenge was
    /// published, the root since it closed: who noted them then gives them here, and sees that they are still the same.
    Verify(Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The seed's commitment as it was published with the challenge.
    #[arg(long, value_name = "HEX")]
    seed_commitment: Option<String>,
    /// The candidates' hash as it was published with the challenge.
    #[arg(long, value_name = "HEX")]
    candidates_hash: Option<String>,
    /// The root that was published when the challenge closed: what the draw mixes in was fixed then.
    #[arg(long, value_name = "HEX")]
    closing_root: Option<String>,
    /// The record; `-` reads it from standard input.
    record: PathBuf,
}

pub(super) fn run(command: Command) -> Result<()> {
    let Command::Verify(args) = command;
    let mut text = String::new();
    if args.record.as_os_str() == "-" {
        std::io::stdin().take(MOST).read_to_string(&mut text).context("the record cannot be read")?;
    } else {
        let file = std::fs::File::open(&args.record);
        let file = file.with_context(|| format!("cannot read {}", args.record.display()))?;
        file.take(MOST).read_to_string(&mut text).context("the record cannot be read")?;
    }
    let record: Record = serde_json::from_str(&text).context("the text is no record of a draw")?;
    for (noted, published, what) in [
        (&args.seed_commitment, &record.seed_commitment, "the seed's commitment"),
        (&args.candidates_hash, &record.candidates_hash, "the candidates' hash"),
        (&args.closing_root, &record.closing_root, "the closing's root"),
    ] {
        if let Some(noted) = noted {
            anyhow::ensure!(noted.eq_ignore_ascii_case(published), "{what} is another one than was published");
        }
    }
    let seated = verify::verify(&record)?;
    let judges = seated.len();
    say(format!("the draw of {} candidates gives the panel of {judges} that sat:", record.candidates.len()))?;
    for member in &seated {
        let person = record.panel.iter().find(|one| one.pseudonym == member.pseudonym);
        let user = person.map(|person| person.user.as_str()).unwrap_or_default();
        say(format!("{} {} {user}", member.pseudonym, member.kind))?;
    }
    Ok(())
}
