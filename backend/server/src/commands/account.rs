//! `jiebang account create`

use std::io::BufRead;

use anyhow::{Result, anyhow};
use clap::Subcommand;
use jiebang_platform::accounts::{CreateAccount, create_account_as_operator, reset_totp_as_operator};
use jiebang_platform::base::Error;
use jiebang_platform::base::words::{JudgeKind, Role};

use super::say;
use crate::config::Config;
use crate::graphql::error::in_words;
use crate::start;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an account, such as the first SYSTEM_ADMIN, who then makes the others through the API.
    ///
    /// The password is read from the first line of standard input, or from JIEBANG__ACCOUNT__PASSWORD; it is never an argument,
    /// which other people on the machine could see. Example: jiebang account create --username root --name 王工 --role SYSTEM_ADMIN
    Create {
        /// 3 to 40 of a-z, 0-9, dot, hyphen and underscore.
        #[arg(long)]
        username: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// DEMANDER, ORGANIZER, BIDDER, JUDGE, SUPERVISOR, SYSTEM_ADMIN, SECURITY_ADMIN or AUDIT_ADMIN; only the first two go together.
        #[arg(long = "role", required = true, value_name = "ROLE")]
        roles: Vec<Role>,
        /// With JUDGE: TECHNICAL, ECONOMIC, LEGAL or USER.
        #[arg(long, value_name = "KIND")]
        judge_kind: Option<JudgeKind>,
        /// The organization (org_…); DEMANDER and BIDDER need one.
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
    },
    /// Take off the second factor of somebody who has lost it, such as the only SECURITY_ADMIN; all sessions of that person end.
    ResetTotp {
        #[arg(long)]
        username: String,
        /// Why, for the log.
        #[arg(long)]
        reason: String,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> Result<()> {
    match command {
        Command::Create { username, name, roles, judge_kind, organization } => {
            let new = CreateAccount {
                username,
                password: password(config)?,
                name,
                roles,
                judge_kind,
                organization_id: organization,
                idempotency_key: None,
            };
            let app = start::real(config).await?;
            let created = create_account_as_operator(&app, new).await.map_err(told)?;
            app.db.close().await?;
            say(created.user)
        }
        Command::ResetTotp { username, reason } => {
            let app = start::real(config).await?;
            let reset = reset_totp_as_operator(&app, &username, &reason).await.map_err(told)?;
            app.db.close().await?;
            say(reset.user)
        }
    }
}

fn told(refused: Error) -> anyhow::Error {
    anyhow!(in_words(&refused, "en"))
}

fn password(config: &Config) -> Result<String> {
    if let Some(password) = config.account.password.reveal() {
        return Ok(password.to_owned());
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
