//! The accounts' rows, as verbs need them.

use chrono::TimeDelta;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, JoinType,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};

use super::model::{
    Roles, api_token, former_password, member_invitation, opening_key, recovery_code, refresh_token, session,
    sign_in_failure, user,
};
use super::opening_key::NewKey;
use super::password::REMEMBERED;
use super::{ABSOLUTE, IDLE};
use crate::access::accounts::{
    AccountFacts, MayCreate, MayEndSession, MayRegisterOpeningKey, MayReinstate, MayResetTotp, MaySuspend, SessionFacts,
};
use crate::access::challenges::may_hold_share;
use crate::access::{Actor, Member, Viewer};
use crate::base::id::{Kind, OrganizationId, RowId, SessionId, UserId};
use crate::base::words::{JudgeKind, MemberRight, OrganizationKind, Verification};
use crate::base::{Instant, Result};
use crate::db::{Conn, Txn};
use crate::organizations::model as organization;

/// So many wrong passwords lock.
pub(super) const FAILURES: usize = 5;
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// For how long.
pub(super) const LOCKED: TimeDelta = TimeDelta::minutes(15);
const TOUCH: TimeDelta = TimeDelta::minutes(1);

/// What a password is held against.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    pub user: UserId,
    pub username: String,
    pub password_hash: String,
    /// Or acts for its organization no more.
    pub suspended: bool,
}

/// A new account, checked.
pub(super) struct Entry {
    pub username: String,
    pub name: String,
    pub password_hash: String,
}

fn credentials_of(row: user::Model) -> Credentials {
    Credentials {
        user: row.id,
        username: row.username,
        password_hash: row.password_hash,
        suspended: row.suspended_at.or(row.removed_at).is_some(),
    }
}

pub(super) async fn credentials_by_name(conn: &impl Conn, username: &str) -> Result<Option<Credentials>> {
    let row = user::Entity::find().filter(user::Column::Username.eq(username)).one(conn).await?;
    Ok(row.map(credentials_of))
}

pub(super) async fn credentials(conn: &impl Conn, user: UserId) -> Result<Option<Credentials>> {
    Ok(user::Entity::find_by_id(user).one(conn).await?.map(credentials_of))
}

/// Whether the account still has this password and is not suspended; it stays so until the transaction ends.
pub(super) async fn still(txn: &Txn, known: &Credentials) -> Result<bool> {
    let row = user::Entity::find_by_id(known.user).lock_exclusive().one(txn).await?;
    Ok(row.is_some_and(|row| {
        row.password_hash == known.password_hash && row.suspended_at.is_none() && row.removed_at.is_none()
    }))
}

/// Where an account stands; it stays so until the transaction ends.
pub(super) async fn facts(txn: &Txn, user: UserId) -> Result<Option<AccountFacts>> {
    let row = user::Entity::find_by_id(user).lock_exclusive().one(txn).await?;
    Ok(row.map(|row| AccountFacts {
        user: row.id,
        suspended: row.suspended_at.is_some(),
        enrolled: row.totp_secret.is_some(),
    }))
}

pub(super) async fn create(txn: &Txn, proof: MayCreate, entry: Entry, at: Instant) -> Result<UserId> {
    let id = UserId::new();
    let row = user::ActiveModel {
        id: Set(id),
        username: Set(entry.username),
        name: Set(entry.name),
        password_hash: Set(entry.password_hash),
        password_changed_at: Set(at),
        roles: Set(Roles(proof.roles().to_vec())),
        judge_kind: Set(proof.judge_kind()),
        organization_id: Set(proof.member().map(|member| member.organization)),
        member_right: Set(proof.right()),
        suspended_at: Set(None),
        removed_at: Set(None),
        created_at: Set(at),
        totp_secret: Set(None),
        totp_step: Set(None),
        totp_pending: Set(None),
    };
    user::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
}

/// Counts a try that begins; none when `most` lie within the window and lock, in which case the try neither counts nor succeeds.
pub(super) async fn count_try(txn: &Txn, digest: &[u8], most: usize, now: Instant) -> Result<Option<RowId>> {
    one_at_a_time(txn, digest).await?;
    let last: Vec<Instant> = sign_in_failure::Entity::find()
        .select_only()
        .column(sign_in_failure::Column::At)
        .filter(sign_in_failure::Column::NameDigest.eq(digest.to_vec()))
        .order_by_desc(sign_in_failure::Column::At)
        .limit(most as u64)
        .into_tuple()
        .all(txn)
        .await?;
    if is_locked(&last, most, now) {
        return Ok(None);
    }
    let id = RowId::new();
    let row = sign_in_failure::ActiveModel { id: Set(id), name_digest: Set(digest.to_vec()), at: Set(now) };
    sign_in_failure::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(Some(id))
}

/// Takes one try back.
pub(super) async fn forget_try(txn: &Txn, id: RowId) -> Result<()> {
    sign_in_failure::Entity::delete_by_id(id).exec(txn).await?;
    Ok(())
}

/// Whether the last failures, newest first, lock: the last of `most` within the window does, for as long as the lock lasts.
fn is_locked(last: &[Instant], most: usize, now: Instant) -> bool {
    match (last.len() >= most, last.first(), last.get(most - 1)) {
        (true, Some(newest), Some(oldest)) => *newest - *oldest < WINDOW && now - *newest < LOCKED,
        _ => false,
    }
}

/// Two that count under one name at once have no row to wait for. SQLite has one writer anyway.
async fn one_at_a_time(txn: &Txn, digest: &[u8]) -> Result<()> {
    if txn.get_database_backend() == DbBackend::Postgres {
        let number = digest.iter().take(8).fold(0i64, |number, byte| number << 8 | i64::from(*byte));
        let lock = "select pg_advisory_xact_lock($1)";
        txn.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, [number.into()])).await?;
    }
    Ok(())
}

pub(super) async fn forget_failures(txn: &Txn, digest: &[u8]) -> Result<()> {
    sign_in_failure::Entity::delete_many()
        .filter(sign_in_failure::Column::NameDigest.eq(digest.to_vec()))
        .exec(txn)
        .await?;
    Ok(())
}

/// Opens a session with its first refresh token.
pub(super) async fn open_session(
    txn: &Txn,
    user: UserId,
    refresh_hash: Vec<u8>,
    user_agent: Option<String>,
    now: Instant,
) -> Result<SessionId> {
    let id = SessionId::new();
    let row = session::ActiveModel {
        id: Set(id),
        user_id: Set(user),
        created_at: Set(now),
        last_used_at: Set(now),
        expires_at: Set(now + ABSOLUTE),
        ended_at: Set(None),
        user_agent: Set(user_agent),
    };
    session::Entity::insert(row).exec_without_returning(txn).await?;
    keep_refresh(txn, id, refresh_hash, now).await?;
    Ok(id)
}

async fn keep_refresh(txn: &Txn, session: SessionId, hash: Vec<u8>, now: Instant) -> Result<()> {
    let row = refresh_token::ActiveModel {
        hash: Set(hash),
        session_id: Set(session),
        issued_at: Set(now),
        used_at: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// A session and who it belongs to, as one statement finds them.
#[derive(Debug, FromQueryResult)]
struct Holder {
    session_id: SessionId,
    user_id: UserId,
    last_used_at: Instant,
    expires_at: Instant,
    ended_at: Option<Instant>,
    suspended_at: Option<Instant>,
    removed_at: Option<Instant>,
    totp_step: Option<i64>,
    member_right: Option<MemberRight>,
    roles: Roles,
    judge_kind: Option<JudgeKind>,
    organization_id: Option<OrganizationId>,
    kind: Option<OrganizationKind>,
    verification: Option<Verification>,
}

/// A session that lives, and who is signed in.
pub(super) struct Live {
    pub actor: Actor,
    /// Has a second factor.
    pub enrolled: bool,
    /// Whether it is time to note that the session is in use.
    pub stale: bool,
}

/// Who is signed in by a session, unless it has ended, run out, or its person is suspended.
pub(super) async fn live(conn: &impl Conn, session: SessionId, now: Instant) -> Result<Option<Live>> {
    let holder = session::Entity::find()
        .select_only()
        .column_as(session::Column::Id, "session_id")
        .columns([session::Column::LastUsedAt, session::Column::ExpiresAt, session::Column::EndedAt])
        .column_as(user::Column::Id, "user_id")
        .columns([
            user::Column::SuspendedAt,
            user::Column::RemovedAt,
            user::Column::MemberRight,
            user::Column::TotpStep,
            user::Column::Roles,
            user::Column::JudgeKind,
            user::Column::OrganizationId,
        ])
        .columns([organization::Column::Kind, organization::Column::Verification])
        .join(
            JoinType::InnerJoin,
            session::Entity::belongs_to(user::Entity).from(session::Column::UserId).to(user::Column::Id).into(),
        )
        .join(
            JoinType::LeftJoin,
            user::Entity::belongs_to(organization::Entity)
                .from(user::Column::OrganizationId)
                .to(organization::Column::Id)
                .into(),
        )
        .filter(session::Column::Id.eq(session))
        .into_model::<Holder>()
        .one(conn)
        .await?;
    Ok(holder.filter(|holder| holder.lives(now)).map(|holder| Live {
        enrolled: holder.totp_step.is_some(),
        stale: now - holder.last_used_at >= TOUCH,
        actor: holder.actor(),
    }))
}

impl Holder {
    fn lives(&self, now: Instant) -> bool {
        self.ended_at.is_none()
            && self.suspended_at.is_none()
            && self.removed_at.is_none()
            && now < self.expires_at
            && now - self.last_used_at < IDLE
    }

    fn actor(self) -> Actor {
        let member = match (self.organization_id, self.kind, self.verification) {
            (Some(organization), Some(kind), Some(verification)) => Some(Member { organization, kind, verification }),
            _ => None,
        };
        Actor::new(self.user_id, Some(self.session_id), self.roles.0, member, self.judge_kind)
            .with_right(self.member_right)
    }
}

/// A person, with the organization that it belongs to.
pub(super) fn actor_of(person: user::Model, own: Option<organization::Model>) -> Actor {
    let member = own.map(|of| Member { organization: of.id, kind: of.kind, verification: of.verification });
    Actor::new(person.id, None, person.roles.0, member, person.judge_kind).with_right(person.member_right)
}

/// Notes that a session is in use.
pub(super) async fn touch(txn: &Txn, session: SessionId, now: Instant) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, Expr::value(now))
        .filter(session::Column::Id.eq(session))
        .filter(session::Column::EndedAt.is_null())
        .exec(txn)
        .await?;
    Ok(())
}

/// The session of a refresh token, if there is such a token.
pub(super) async fn refreshed(txn: &Txn, hash: &[u8]) -> Result<Option<SessionId>> {
    let row = refresh_token::Entity::find_by_id(hash.to_vec()).one(txn).await?;
    Ok(row.map(|row| row.session_id))
}

/// Uses a refresh token up; false when it had been used before.
pub(super) async fn use_up(txn: &Txn, hash: &[u8], now: Instant) -> Result<bool> {
    let used = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::Hash.eq(hash.to_vec()))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(txn)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Gives a session its next refresh token.
pub(super) async fn renew(txn: &Txn, session: SessionId, hash: Vec<u8>, now: Instant) -> Result<()> {
    keep_refresh(txn, session, hash, now).await?;
    touch(txn, session, now).await
}

/// Whose a session is; it stays so until the transaction ends.
pub(super) async fn session_facts(txn: &Txn, session: SessionId, now: Instant) -> Result<Option<SessionFacts>> {
    let row = session::Entity::find_by_id(session).lock_exclusive().one(txn).await?;
    Ok(row.map(|row| SessionFacts {
        session: row.id,
        user: row.user_id,
        live: row.ended_at.is_none() && now < row.expires_at && now - row.last_used_at < IDLE,
    }))
}

pub(super) async fn end_session(txn: &Txn, proof: MayEndSession, now: Instant) -> Result<u64> {
    end(txn, Condition::all().add(session::Column::Id.eq(proof.session())), now).await
}

/// Ends a session whose refresh token came twice.
pub(super) async fn end_family(txn: &Txn, session: SessionId, now: Instant) -> Result<bool> {
    Ok(end(txn, Condition::all().add(session::Column::Id.eq(session)), now).await? > 0)
}

/// Ends one's own session, or all of them.
pub(super) async fn end_own(txn: &Txn, actor: &Actor, everywhere: bool, now: Instant) -> Result<u64> {
    let mut which = Condition::all().add(session::Column::UserId.eq(actor.user));
    if !everywhere {
        let Some(session) = actor.session else { return Ok(0) };
        which = which.add(session::Column::Id.eq(session));
    }
    end(txn, which, now).await
}

/// Ends all sessions of a person but the one that acts.
pub(super) async fn end_others(txn: &Txn, actor: &Actor, now: Instant) -> Result<u64> {
    let mut which = Condition::all().add(session::Column::UserId.eq(actor.user));
    if let Some(session) = actor.session {
        which = which.add(session::Column::Id.ne(session));
    }
    end(txn, which, now).await
}

/// Ends all sessions of a person, its API tokens, and the invitations that it gave; how many sessions.
pub(super) async fn end_all(txn: &Txn, user: UserId, now: Instant) -> Result<u64> {
    end_invitations(txn, user, now).await?;
    api_token::Entity::update_many()
        .col_expr(api_token::Column::RevokedAt, Expr::value(now))
        .filter(api_token::Column::UserId.eq(user))
        .filter(api_token::Column::RevokedAt.is_null())
        .exec(txn)
        .await?;
    end(txn, Condition::all().add(session::Column::UserId.eq(user)), now).await
}

/// Revokes the invitations that a person gave and that wait: nobody comes back, or lets others in, by what was given before.
pub(super) async fn end_invitations(txn: &Txn, user: UserId, now: Instant) -> Result<()> {
    use member_invitation::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .filter(Column::InvitedBy.eq(user))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .exec(txn)
        .await?;
    Ok(())
}

/// Ends the sessions that still live; those that ran out are not counted.
async fn end(txn: &Txn, which: Condition, now: Instant) -> Result<u64> {
    let ended = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .filter(which)
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .filter(session::Column::LastUsedAt.gt(now - IDLE))
        .exec(txn)
        .await?;
    Ok(ended.rows_affected)
}

pub(super) async fn suspend(txn: &Txn, proof: MaySuspend, now: Instant) -> Result<u64> {
    let user = proof.user();
    user::Entity::update_many()
        .col_expr(user::Column::SuspendedAt, Expr::value(now))
        .filter(user::Column::Id.eq(user))
        .exec(txn)
        .await?;
    end_all(txn, user, now).await
}

pub(super) async fn reinstate(txn: &Txn, proof: MayReinstate) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::SuspendedAt, Expr::value(None::<Instant>))
        .filter(user::Column::Id.eq(proof.user()))
        .exec(txn)
        .await?;
    Ok(())
}

/// A person's second factor, as it lies in the database.
pub(super) struct Factor {
    pub secret: Option<Vec<u8>>,
    pub step: Option<i64>,
    pub pending: Option<Vec<u8>>,
}

/// Somebody's second factor; it stays as it is until the transaction ends.
pub(super) async fn factor(txn: &Txn, user: UserId) -> Result<Option<Factor>> {
    let row = user::Entity::find_by_id(user).lock_exclusive().one(txn).await?;
    Ok(row.map(|row| Factor { secret: row.totp_secret, step: row.totp_step, pending: row.totp_pending }))
}

/// Notes the step of a code that was used.
pub(super) async fn use_step(txn: &Txn, user: UserId, step: i64) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::TotpStep, Expr::value(step))
        .filter(user::Column::Id.eq(user))
        .exec(txn)
        .await?;
    Ok(())
}

/// Uses a recovery code up; false when there is none such or it has been used.
pub(super) async fn use_recovery_code(txn: &Txn, user: UserId, digest: &[u8], now: Instant) -> Result<bool> {
    let used = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, Expr::value(now))
        .filter(recovery_code::Column::Digest.eq(digest.to_vec()))
        .filter(recovery_code::Column::UserId.eq(user))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(txn)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Keeps a secret that waits to be confirmed, in the place of any that waited before.
pub(super) async fn begin_totp(txn: &Txn, user: UserId, wrapped: &[u8]) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::TotpPending, Expr::value(wrapped.to_vec()))
        .filter(user::Column::Id.eq(user))
        .exec(txn)
        .await?;
    Ok(())
}

/// Puts a confirmed secret into force, with new recovery codes.
pub(super) async fn put_totp(txn: &Txn, user: UserId, wrapped: &[u8], step: i64, digests: &[Vec<u8>]) -> Result<()> {
    set_totp(txn, user, Some((wrapped, step))).await?;
    let rows = digests.iter().map(|digest| recovery_code::ActiveModel {
        digest: Set(digest.clone()),
        user_id: Set(user),
        used_at: Set(None),
    });
    recovery_code::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}

/// Takes a second factor off and ends all sessions; how many.
pub(super) async fn reset_totp(txn: &Txn, proof: MayResetTotp, now: Instant) -> Result<u64> {
    let user = proof.user();
    set_totp(txn, user, None).await?;
    end_all(txn, user, now).await
}

async fn set_totp(txn: &Txn, user: UserId, totp: Option<(&[u8], i64)>) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::TotpSecret, Expr::value(totp.map(|(wrapped, _)| wrapped.to_vec())))
        .col_expr(user::Column::TotpStep, Expr::value(totp.map(|(_, step)| step)))
        .col_expr(user::Column::TotpPending, Expr::value(None::<Vec<u8>>))
        .filter(user::Column::Id.eq(user))
        .exec(txn)
        .await?;
    recovery_code::Entity::delete_many().filter(recovery_code::Column::UserId.eq(user)).exec(txn).await?;
    Ok(())
}

/// The hashes of earlier passwords that may not come again, newest first.
pub(super) async fn former_passwords(conn: &impl Conn, user: UserId) -> Result<Vec<String>> {
    Ok(former_password::Entity::find()
        .select_only()
        .column(former_password::Column::PasswordHash)
        .filter(former_password::Column::UserId.eq(user))
        .order_by_desc(former_password::Column::Id)
        .limit(REMEMBERED as u64 - 1)
        .into_tuple()
        .all(conn)
        .await?)
}

/// Puts a new password in the place of the old one, and forgets those that may come again.
pub(super) async fn change_password(txn: &Txn, old: &Credentials, hash: &str, now: Instant) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(hash))
        .col_expr(user::Column::PasswordChangedAt, Expr::value(now))
        .filter(user::Column::Id.eq(old.user))
        .exec(txn)
        .await?;
    let row = former_password::ActiveModel {
        id: Set(RowId::new()),
        user_id: Set(old.user),
        password_hash: Set(old.password_hash.clone()),
    };
    former_password::Entity::insert(row).exec_without_returning(txn).await?;
    let kept: Vec<RowId> = former_password::Entity::find()
        .select_only()
        .column(former_password::Column::Id)
        .filter(former_password::Column::UserId.eq(old.user))
        .order_by_desc(former_password::Column::Id)
        .limit(REMEMBERED as u64 - 1)
        .into_tuple()
        .all(txn)
        .await?;
    former_password::Entity::delete_many()
        .filter(former_password::Column::UserId.eq(old.user))
        .filter(former_password::Column::Id.is_not_in(kept))
        .exec(txn)
        .await?;
    Ok(())
}

/// Removes what nothing can come of any more.
pub(super) async fn sweep(txn: &Txn, now: Instant) -> Result<()> {
    sign_in_failure::Entity::delete_many()
        .filter(sign_in_failure::Column::At.lt(now - WINDOW - LOCKED))
        .exec(txn)
        .await?;
    // A token of a session that has run out is refused by the session; the row is no longer needed to notice a reuse.
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::IssuedAt.lt(now - ABSOLUTE - ABSOLUTE))
        .exec(txn)
        .await?;
    Ok(())
}

/// An opening key by its recipient.
pub(super) async fn opening_key(conn: &impl Conn, recipient: &str) -> Result<Option<opening_key::Model>> {
    Ok(opening_key::Entity::find_by_id(recipient.to_owned()).one(conn).await?)
}

/// Makes a key the officer's present one.
pub(super) async fn register_opening_key(
    txn: &Txn,
    proof: &MayRegisterOpeningKey,
    key: &NewKey,
    now: Instant,
) -> Result<()> {
    use opening_key::{ActiveModel, Column, Entity};
    let user = proof.user();
    Entity::update_many()
        .col_expr(Column::ReplacedAt, Expr::value(now))
        .filter(Column::UserId.eq(user))
        .filter(Column::ReplacedAt.is_null())
        .exec(txn)
        .await?;
    let (derivation, wrapped) = key.kept.clone().map(|kept| (kept.derivation, kept.wrapped)).unzip();
    let row = ActiveModel {
        recipient: Set(key.recipient.clone()),
        user_id: Set(user),
        derivation: Set(derivation),
        wrapped: Set(wrapped),
        registered_at: Set(now),
        replaced_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Who may hold a share of the key that opens a department's bids: whom policy lets, and who has an opening key and is not suspended; in the
/// order of their ids, with what to encrypt to.
pub(crate) async fn openers(conn: &impl Conn, department: OrganizationId) -> Result<Vec<(UserId, String)>> {
    let keys = opening_key::Entity::find()
        .filter(opening_key::Column::ReplacedAt.is_null())
        .order_by_asc(opening_key::Column::UserId)
        .all(conn)
        .await?;
    let people = user::Entity::find()
        .filter(user::Column::Id.is_in(keys.iter().map(|key| key.user_id)))
        .filter(user::Column::SuspendedAt.is_null())
        .all(conn)
        .await?;
    let own = people.iter().filter_map(|person| person.organization_id);
    let own = organization::Entity::find().filter(organization::Column::Id.is_in(own)).all(conn).await?;
    let opens = |person: &user::Model| {
        let of = own.iter().find(|of| person.organization_id == Some(of.id));
        may_hold_share(&Viewer::Person(actor_of(person.clone(), of.cloned())), department)
    };
    let opener = |key: opening_key::Model| {
        people.iter().any(|person| person.id == key.user_id && opens(person)).then_some((key.user_id, key.recipient))
    };
    Ok(keys.into_iter().filter_map(opener).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn at(minutes: i64) -> Instant {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
    }

    #[test]
    fn five_within_a_quarter_lock_for_a_quarter() {
        let last = [at(14), at(3), at(2), at(1), at(0)];
        assert!(is_locked(&last, FAILURES, at(14)));
        assert!(is_locked(&last, FAILURES, at(28)));
        assert!(!is_locked(&last, FAILURES, at(29)));
        assert!(!is_locked(&last[..4], FAILURES, at(14)));
        assert!(!is_locked(&[at(15), at(3), at(2), at(1), at(0)], FAILURES, at(15)));
    }
}
