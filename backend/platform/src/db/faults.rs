//! What the database's refusals mean. Constraint names are ours, so that a conflict can say what it is about.

use sea_orm::{DbErr, RuntimeErr};

use crate::base::{Error, Reason};

impl From<DbErr> for Error {
    fn from(fault: DbErr) -> Self {
        if let DbErr::ConnectionAcquire(_) | DbErr::Conn(_) = fault {
            return Self::Unavailable(fault.to_string());
        }
        let (DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))) = &fault else {
            return Self::Internal(fault.into());
        };
        match inner.as_ref() {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(fault.to_string())
            }
            sqlx::Error::Database(refusal) => {
                let code = refusal.code().unwrap_or_default();
                match code.as_ref() {
                    "40001" | "40P01" => Self::Again(refusal.to_string()),
                    // Shutting down, starting up, out of connections, statement cancelled by its time limit.
                    "57P01" | "57P02" | "57P03" | "53300" | "57014" => Self::Unavailable(refusal.to_string()),
                    // SQLite: busy, locked, full, read-only, I/O.
                    "5" | "6" | "13" | "8" | "10" | "261" | "517" => Self::Unavailable(refusal.to_string()),
                    _ if refusal.is_unique_violation() => unique(refusal.constraint(), refusal.message()),
                    _ => Self::Internal(fault.into()),
                }
            }
            _ => Self::Internal(fault.into()),
        }
    }
}

/// PostgreSQL names the constraint, SQLite the columns.
fn unique(constraint: Option<&str>, message: &str) -> Error {
    const NAMES: [(&str, &str, Reason); 12] = [
        ("organizations_uscc", "organizations.uscc", Reason::TaxCodeTaken),
        ("users_username", "users.username", Reason::UsernameTaken),
        ("bids_bidder", "bids.challenge_id", Reason::BidExists),
        ("projects_contract_no", "projects.contract_no", Reason::ContractNoTaken),
        ("technologies_name", "technologies.lead_id", Reason::TechnologyExists),
        ("targets_name", "targets.year", Reason::TargetExists),
        ("targets_computed", "targets_computed", Reason::TargetExists),
        ("panel_seats_judge", "panel_seats.challenge_id", Reason::AlreadyDrawn),
        ("opening_approvals_pkey", "opening_approvals.challenge_id", Reason::AlreadyDecided),
        ("formal_checks_pkey", "formal_checks.bid_id", Reason::AlreadyDecided),
        ("opinions_once", "opinions.demand_id", Reason::OpinionGiven),
        ("interests_once", "interests.demand_id", Reason::InterestExists),
    ];
    // Two that raced for the same place in a stream or for the same first answer: once more, in turn.
    const RACES: [(&str, &str); 5] = [
        ("events_stream_seq", "events.stream"),
        ("first_answers_pkey", "first_answers.user_id"),
        ("code_counters_pkey", "code_counters.year"),
        ("release_counters_pkey", "release_counters.year"),
        ("opening_keys_current", "opening_keys.user_id"),
    ];
    let is = |name: &str, columns: &str| constraint == Some(name) || message.contains(columns);
    if RACES.iter().any(|(name, columns)| is(name, columns)) {
        return Error::Again(message.to_owned());
    }
    let named = NAMES.iter().find(|(name, columns, _)| is(name, columns));
    Error::Conflict(named.map_or(Reason::AlreadyThere, |(_, _, reason)| *reason))
}
