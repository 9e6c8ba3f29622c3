//! How two organizers make a challenge's key again: each hands in its share, decrypted outside the platform with the stock `age` tool, or,
//! the weaker convenience, the passphrase of a key kept here. The first share waits encrypted to the other holders: never in the clear,
//! never under the server's key.

use age::x25519;

use super::model::{seal::Model as Seal, share::Model as Share};
use super::{seal, shares, store};
use crate::access::Actor;
use crate::accounts::{self, Unlocked};
use crate::app::App;
use crate::base::error::FaultCode;
use crate::base::id::{ChallengeId, UserId};
use crate::base::words::SealMode;
use crate::base::{Error, Faults, Reason, Result};
use crate::db::Txn;

/// What a holder hands in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brought {
    /// Its own share.
    pub(crate) share: Option<String>,
    /// The first holder's, which waited for it.
    pub(crate) waiting_share: Option<String>,
}

/// What came of it.
pub(crate) enum Gathered {
    /// The first share, encrypted to the other holders.
    Waiting(String),
    /// The key that two shares make.
    Key(Box<x25519::Identity>),
}

/// What a passphrase opened: found out before any lock, since hashing is slow.
pub(crate) enum Passphrase {
    /// None was given.
    None,
    /// It belongs to the key that the caller's share is encrypted to.
    Key(String, Unlocked),
    /// The caller holds no share, or the server holds the key.
    NoShare,
}

/// Tries a passphrase on the key of the caller's share. What it says counts only behind the policy's answer.
pub(crate) async fn unlock(
    app: &App,
    actor: &Actor,
    challenge: ChallengeId,
    passphrase: Option<&str>,
) -> Result<Passphrase> {
    let Some(passphrase) = passphrase else { return Ok(Passphrase::None) };
    let held = store::shares(app.db.read(), challenge).await?;
    let Some(own) = held.into_iter().find(|share| share.holder_id == actor.user) else {
        return Ok(Passphrase::NoShare);
    };
    let unlocked = accounts::unlock(app, actor, &own.recipient, passphrase).await?;
    Ok(Passphrase::Key(own.recipient, unlocked))
}

/// Takes a holder's share; `waiting` is the other that has been handed in, with its holder.
pub(crate) async fn gather(
    txn: &Txn,
    sealed: &Seal,
    brought: &Brought,
    passphrase: &Passphrase,
    waiting: Option<(&str, UserId)>,
    holder: UserId,
) -> Result<Gathered> {
    let held = match sealed.mode {
        SealMode::Organizers => store::shares(txn, sealed.challenge_id).await?,
        SealMode::Server => Vec::new(),
    };
    let own = held.iter().find(|share| share.holder_id == holder).ok_or(Error::NotYours(Reason::HoldsNoShare))?;
    let mut faults = Faults::new();
    let identity = identity(passphrase, own, &mut faults)?;
    if faults.is_empty() && brought.share.is_none() && identity.is_none() {
        faults.add("share", FaultCode::Required);
    }
    let take = |given: &Option<String>, path, encrypted: &str, of: &Share, faults: &mut Faults| {
        let opened = || identity.and_then(|identity| seal::decrypt_text(identity, encrypted).ok());
        let share = given.as_deref().map(|given| given.trim().to_owned()).or_else(opened);
        let share = share.filter(|share| shares::digest(share) == of.sha256);
        faults.check(share.is_some() || !faults.is_empty(), path, FaultCode::WrongShare);
        share
    };
    let share = take(&brought.share, "share", &own.sealed, own, &mut faults);
    let Some((waiting, from)) = waiting.filter(|(_, from)| *from != holder) else {
        let share = faults.give(share)?;
        let others = held.iter().filter(|share| share.holder_id != holder);
        let others: Vec<_> = others.filter_map(|share| seal::recipient(&share.recipient)).collect();
        return Ok(Gathered::Waiting(seal::encrypt_text(&others, &share)?));
    };
    let first = held.iter().find(|share| share.holder_id == from).ok_or(Error::Conflict(Reason::VersionMoved))?;
    let other = take(&brought.waiting_share, "waitingShare", waiting, first, &mut faults);
    let (share, other) = faults.give(share.zip(other))?;
    Ok(Gathered::Key(Box::new(seal::join(&share, &other, &sealed.recipient)?)))
}

/// The identity that the passphrase opened, if one was given.
fn identity<'a>(passphrase: &'a Passphrase, own: &Share, faults: &mut Faults) -> Result<Option<&'a x25519::Identity>> {
    match passphrase {
        Passphrase::None => Ok(None),
        Passphrase::Key(recipient, _) if *recipient != own.recipient => Err(Error::Conflict(Reason::VersionMoved)),
        Passphrase::Key(_, Unlocked::Open(identity)) => Ok(Some(identity)),
        Passphrase::Key(_, Unlocked::NotKept) => {
            faults.add("passphrase", FaultCode::KeyNotKept);
            Ok(None)
        }
        Passphrase::Key(_, Unlocked::Wrong) => {
            faults.add("passphrase", FaultCode::PassphraseWrong);
            Ok(None)
        }
        Passphrase::Key(_, Unlocked::Locked) => Err(Error::TooMany(accounts::LOCKED_SECONDS)),
        // Shares were made since it was looked for.
        Passphrase::NoShare => Err(Error::Conflict(Reason::VersionMoved)),
    }
}
