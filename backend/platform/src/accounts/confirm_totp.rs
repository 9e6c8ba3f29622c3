//! A second factor comes into force: its owner shows a code of it, gets recovery codes, and all other sessions end.

use serde_json::json;

use super::totp::{self, CODE_MOST};
use super::{attempt, store};
use crate::App;
use crate::access::Viewer;
use crate::base::error::FaultCode;
use crate::base::{Error, Reason, Result};
use crate::events::{self, Audience, By, EventKind, Happening};

/// What `confirmTotp` is given.
pub struct ConfirmTotp {
    pub code: String,
}

/// What came of it.
pub struct TotpConfirmed {
    /// Ten, each good once; never shown again.
    pub recovery_codes: Vec<String>,
    /// How many other sessions ended.
    pub ended_sessions: u64,
}

/// Puts the secret of the last `enrolTotp` into force. Codes are counted like passwords.
pub async fn confirm_totp(app: &App, viewer: &Viewer, new: ConfirmTotp) -> Result<TotpConfirmed> {
    let actor = viewer.in_person()?;
    let wrong = || Error::invalid("code", FaultCode::TotpWrong);
    if new.code.chars().count() > CODE_MOST {
        return Err(wrong());
    }
    let user = actor.user;
    let tries = app.keys.mac("second factor of", &[user.to_string().as_bytes()])?.to_vec();
    let locked = attempt::count(app, &tries, super::store::FAILURES).await?.is_none();
    let (recovery_codes, digests) = totp::recovery_codes(&app.keys, user)?;
    let now = app.clock.machine_now();
    let (tries, code, digests) = (&tries, &new.code, &digests);
    let ended_sessions = app
        .db
        .write(move |txn| async move {
            let txn = &*txn;
            let factor = store::factor(txn, user).await?.ok_or(Error::Hidden)?;
            let pending = factor.pending.ok_or(Error::NotNow(Reason::NothingToConfirm))?;
            let step = totp::step(&app.keys, user, &pending, code, None, now)?.filter(|_| !locked).ok_or_else(wrong)?;
            store::forget_failures(txn, tries).await?;
            store::put_totp(txn, user, &pending, step, digests).await?;
            let ended_sessions = store::end_others(txn, actor, now).await?;
            events::append(
                txn,
                Happening {
                    kind: EventKind::TotpEnrolled,
                    subject: user.to_string(),
                    challenge: None,
                    audience: Audience::Person(user),
                    by: By::Person(user),
                    at: app.clock.now(),
                    public: json!({ "again": factor.secret.is_some(), "endedSessions": ended_sessions }),
                    private: json!({}),
                },
            )
            .await?;
            Ok(ended_sessions)
        })
        .await?;
    Ok(TotpConfirmed { recovery_codes, ended_sessions })
}
