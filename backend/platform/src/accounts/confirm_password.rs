//! The caller shows once more that it is the caller, before something that weighs.

use super::attempt::{Whose, attempt};
use super::{PASSWORD_MOST, store};
use crate::App;
use crate::access::Actor;
use crate::base::error::FaultCode;
use crate::base::{Error, Result};

/// Whether `password` is the caller's; anything else is a fault of the field at `path`. Counted like a sign-in. Slow work:
/// call it before any transaction.
pub async fn confirm_password(app: &App, actor: &Actor, path: &str, password: &str) -> Result<()> {
    let wrong = || Error::invalid(path, FaultCode::PasswordWrong);
    if password.chars().count() > PASSWORD_MOST {
        return Err(wrong());
    }
    let tried = attempt(app, Whose::User(actor.user), password, None).await?;
    if tried.right.is_none() {
        return Err(wrong());
    }
    let digest = &tried.digest;
    app.db.write(move |txn| async move { store::forget_failures(&txn, digest).await }).await
}
