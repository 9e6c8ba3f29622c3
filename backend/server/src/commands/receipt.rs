//! `jiebang receipt verify`: needs no database, no server and no network.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use jiebang_platform::bids::receipt::{self, Claims, Flaw};
use serde_json::Value;

use super::say;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check a receipt offline with the published keys, and with salt and content that these are what it commits to.
    ///
    /// The keys are what `/.well-known/receipt-keys.json` answers, kept since; salt and content are what `readSealedBid` answers.
    Verify(Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The published keys.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// The salt, in hex.
    #[arg(long, requires = "content")]
    salt: Option<String>,
    /// The content, as JSON.
    #[arg(long, value_name = "FILE", requires = "salt")]
    content: Option<PathBuf>,
    /// The receipt in its compact form; `-` reads it from standard input.
    receipt: String,
}

pub(super) fn run(command: Command) -> Result<()> {
    let Command::Verify(args) = command;
    let compact = match args.receipt.as_str() {
        "-" => {
            let mut text = String::new();
            std::io::stdin().take(65_536).read_to_string(&mut text).context("the receipt cannot be read")?;
            text
        }
        given => given.to_owned(),
    };
    let file =
        |path: &PathBuf| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let keys: Value = serde_json::from_str(&file(&args.keys)?).context("the keys are no JSON")?;
    let claims = claims(&compact, &keys)?;
    say("the receipt is genuine")?;
    say(serde_json::to_string_pretty(&claims)?)?;
    if let (Some(salt), Some(content)) = (&args.salt, &args.content) {
        if !receipt::fits(&claims, salt, &file(content)?)? {
            bail!("salt and content are not what the receipt commits to");
        }
        say("salt and content are what it commits to")?;
    }
    Ok(())
}

fn claims(compact: &str, keys: &Value) -> Result<Claims> {
    let told = |flaw: Flaw| match flaw {
        Flaw::Malformed => "the text is no receipt",
        Flaw::UnknownKey => "the key that it names is not among those published",
        Flaw::WrongSignature => "the signature is wrong: something in it was changed, or it is forged",
        Flaw::NotHeld => "it is not held",
    };
    let kid = receipt::named_key(compact).map_err(|flaw| anyhow::anyhow!(told(flaw)))?;
    let listed = keys["keys"].as_array().context("the keys are no JWK set")?;
    let key = listed.iter().find(|key| key["kid"] == kid.as_str()).and_then(|key| key["x"].as_str());
    let key = key.with_context(|| told(Flaw::UnknownKey))?;
    receipt::read(compact, key)?.map_err(|flaw| anyhow::anyhow!(told(flaw)))
}
