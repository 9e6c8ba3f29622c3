//! A second factor begins: a secret that is shown once and in force when a code of it has been shown.

use super::attempt::{Whose, attempt};
use super::totp::{self, CODE_MOST, Shown};
use super::{PASSWORD_MOST, store};
use crate::App;
use crate::access::Viewer;
use crate::base::error::FaultCode;
use crate::base::{Error, Faults, Result};

/// What `enrolTotp` is given.
pub struct EnrolTotp {
    pub password: String,
    /// A code of the present second factor, or a recovery code, where there is one.
    pub totp: Option<String>,
}

/// What came of it; never shown again.
pub struct TotpBegun {
    /// Base32, to be typed into an authenticator.
    pub secret: String,
    /// `otpauth://…`, to be scanned by one.
    pub url: String,
}

/// Makes a secret, which replaces the present one only when it is confirmed. Password and code are counted like a sign-in.
pub async fn enrol_totp(app: &App, viewer: &Viewer, new: EnrolTotp) -> Result<TotpBegun> {
    let actor = viewer.in_person()?;
    let wrong = || Error::invalid("password", FaultCode::PasswordWrong);
    let shown = new.totp.as_deref();
    let mut faults = Faults::new();
    if shown.is_some_and(|code| code.chars().count() > CODE_MOST) {
        faults.add_with("totp", FaultCode::TooLong, CODE_MOST);
    }
    faults.check(new.password.chars().count() <= PASSWORD_MOST, "password", FaultCode::PasswordWrong);
    faults.done()?;
    let tried = attempt(app, Whose::User(actor.user), &new.password, None).await?;
    let known = tried.right.as_ref().ok_or_else(wrong)?;
    let made = totp::new(app, actor.user, &known.username)?;
    let now = app.clock.machine_now();
    let (digest, wrapped) = (&tried.digest, &made.wrapped);
    app.db
        .write(move |txn| async move {
            let txn = &*txn;
            if !store::still(txn, known).await? {
                return Err(wrong());
            }
            match totp::show(app, txn, actor.user, shown, now).await? {
                Shown::NotNeeded | Shown::Code | Shown::RecoveryCode => {}
                Shown::Missing => return Err(Error::invalid("totp", FaultCode::Required)),
                Shown::Wrong => return Err(Error::invalid("totp", FaultCode::TotpWrong)),
            }
            store::forget_failures(txn, digest).await?;
            store::begin_totp(txn, actor.user, wrapped).await
        })
        .await?;
    Ok(TotpBegun { secret: made.secret, url: made.url })
}
