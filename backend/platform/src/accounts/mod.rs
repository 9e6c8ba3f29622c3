//! People: their accounts, sessions and passwords. Everything here but the date of an event runs by the machine's clock.

pub mod api_tokens;
mod attempt;
mod authenticate;
mod change_password;
mod confirm_password;
mod confirm_totp;
mod create_account;
mod end_session;
mod enrol_totp;
mod hasher;
pub mod members;
pub(crate) mod model;
mod opening_key;
mod password;
pub mod read;
mod refresh_session;
mod register_enterprise;
mod register_opening_key;
mod reinstate_user;
mod reset_totp;
mod sign_in;
mod sign_out;
mod store;
mod suspend_user;
mod sweep;
#[cfg(test)]
mod tests;
mod throttle;
mod token;
mod totp;

pub use authenticate::{authenticate, still_holds};
pub use change_password::{ChangePassword, PasswordChanged, change_password};
pub use confirm_password::confirm_password;
pub use confirm_totp::{ConfirmTotp, TotpConfirmed, confirm_totp};
pub use create_account::{AccountCreated, CreateAccount, create_account, create_account_as_operator};
pub use end_session::{EndSession, SessionEnded, end_session};
pub use enrol_totp::{EnrolTotp, TotpBegun, enrol_totp};
pub use hasher::Hasher;
pub use opening_key::{Unlocked, unlock};
pub use refresh_session::{RefreshSession, refresh_session};
pub use register_enterprise::{EnterpriseRegistered, RegisterEnterprise, register_enterprise};
pub use register_opening_key::{OpeningKeyRegistered, RegisterOpeningKey, register_opening_key};
pub use reinstate_user::{ReinstateUser, UserReinstated, reinstate_user};
pub use reset_totp::{ResetTotp, TotpReset, reset_totp, reset_totp_as_operator};
pub use sign_in::{SignIn, SignedIn, sign_in};
pub use sign_out::{SignedOut, sign_out};
pub use suspend_user::{SuspendUser, UserSuspended, suspend_user};
pub use sweep::sweep;
pub use throttle::{Throttle, network};
pub use token::AUDIENCE;

pub(crate) use store::openers;

/// For how long too many wrong tries lock, in seconds.
pub(crate) const LOCKED_SECONDS: u64 = store::LOCKED.num_seconds().unsigned_abs();

use chrono::TimeDelta;

/// A session without use ends after this long (等保 2.0).
pub const IDLE: TimeDelta = TimeDelta::minutes(30);
/// A session ends after this long, used or not.
pub const ABSOLUTE: TimeDelta = TimeDelta::hours(12);
/// The most characters of a password; a longer one is wrong without a look.
pub(crate) const PASSWORD_MOST: usize = 128;
