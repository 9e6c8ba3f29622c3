//! Writing down who could be drawn, and who was.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect,
};
use sha2::{Digest, Sha256};

use super::balance::{self, Loaded};
use super::draw::{self, Candidate, Shortage};
use super::model::{self, Column, Entity};
use super::read;
use super::roster::model as roster;
use crate::accounts::model::user;
use crate::base::clock::china_day;
use crate::base::id::{ChallengeId, OrganizationId, UserId};
use crate::base::words::{Domain, JudgeKind};
use crate::base::{Instant, Result, random};
use crate::db::Txn;

/// Rows of one statement: seven values each, within the engines' bounds.
const CHUNK: usize = 1_000;

/// For what candidates are looked for.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot<'a> {
    /// The field.
    pub(crate) domain: Domain,
    /// The demander: nobody of it judges.
    pub(crate) department: OrganizationId,
    /// Who wrote or argued the demand.
    pub(crate) without: &'a [UserId],
    /// Judges on the panel.
    pub(crate) size: usize,
    /// Days that a confirmation holds.
    pub(crate) confirmed_days: u32,
    /// Open reviews that somebody sits in, at most, to be a candidate.
    pub(crate) open_reviews: u32,
    /// Draws in a year more than the least drawn, at most.
    pub(crate) spread: u32,
    /// Whether a panel has to be possible.
    pub(crate) needed: bool,
}

/// An expert who could be drawn now.
#[derive(FromQueryResult)]
struct Expert {
    user_id: UserId,
    joined_at: Instant,
    judge_kind: JudgeKind,
    organization_id: OrganizationId,
}

/// Writes down who can be drawn for a challenge: experts of its field whom an organizer has confirmed within the year, who have an
/// organization other than the demander, are neither suspended nor unavailable, and did not write or argue the demand; whoever carries
/// as many open reviews as the rule set allows only where there would be too few without. Gives the hash of the candidates, to be
/// published with the challenge, or what is missing for a panel: as later changes only take away, there would never be one.
pub(crate) async fn snapshot(
    txn: &Txn,
    challenge: ChallengeId,
    wanted: &Snapshot<'_>,
    now: Instant,
) -> Result<std::result::Result<String, Shortage>> {
    let mut experts = pool(txn, wanted, now).await?;
    experts.retain(|expert| !wanted.without.contains(&expert.user_id));
    let loads = read::loads(txn, &experts.iter().map(|expert| expert.user_id).collect::<Vec<_>>(), now).await?;
    let load = |user: UserId| loads.get(&user).copied().unwrap_or_default();
    // Common to this draw, so that equal organizations compare equal, and forgotten, so that nobody can look one up.
    let common = random::bytes::<16>()?;
    let mut all = Vec::with_capacity(experts.len());
    let mut salts = Vec::with_capacity(experts.len());
    for expert in &experts {
        let salt = random::bytes::<16>()?;
        let candidate = Candidate {
            pseudonym: pseudonym(&salt, &expert.user_id.to_string()),
            kind: expert.judge_kind,
            organization: pseudonym(&common, &expert.organization_id.to_string()),
        };
        let drawn = u32::try_from(load(expert.user_id).drawn).unwrap_or(u32::MAX);
        let days = u32::try_from((now - expert.joined_at).num_days().clamp(0, balance::YEAR.into())).unwrap_or(0);
        all.push(Loaded { candidate, drawn, days });
        salts.push(salt);
    }
    let everybody: Vec<Candidate> = all.iter().map(|one| one.candidate.clone()).collect();
    if let Some(shortage) = draw::shortage_of(&everybody, wanted.size).filter(|_| wanted.needed) {
        return Ok(Err(shortage));
    }
    // Those who carry as much as may be are left out where enough are left, reserves too: a refusal for their sake would tell where they sit.
    let light: Vec<usize> = (0..)
        .zip(&experts)
        .filter(|(_, expert)| load(expert.user_id).open < wanted.open_reviews.into())
        .map(|(place, _)| place)
        .collect();
    let without: Vec<Candidate> =
        light.iter().filter_map(|place| all.get(*place)).map(|one| one.candidate.clone()).collect();
    if balance::is_enough(&without, wanted.size) {
        let keep: BTreeSet<usize> = light.into_iter().collect();
        let kept = |place: &usize| keep.contains(place);
        experts = (0..).zip(experts).filter(|(place, _)| kept(place)).map(|(_, one)| one).collect();
        all = (0..).zip(all).filter(|(place, _)| kept(place)).map(|(_, one)| one).collect();
        salts = (0..).zip(salts).filter(|(place, _)| kept(place)).map(|(_, one)| one).collect();
    }
    let mut candidates = Vec::new();
    let mut rows = Vec::new();
    for place in balance::even(&all, wanted.spread, wanted.size) {
        let (Some(expert), Some(one), Some(salt)) = (experts.get(place), all.get(place), salts.get(place)) else {
            continue;
        };
        rows.push(model::ActiveModel {
            challenge_id: Set(challenge),
            user_id: Set(expert.user_id),
            pseudonym: Set(one.candidate.pseudonym.clone()),
            salt: Set(salt.to_vec()),
            line: Set(one.candidate.to_string()),
            drawn_at: Set(None),
            released_at: Set(None),
        });
        candidates.push(one.candidate.clone());
    }
    for chunk in rows.chunks(CHUNK) {
        Entity::insert_many(chunk.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(Ok(draw::candidates_hash(&candidates)))
}

async fn pool(txn: &Txn, wanted: &Snapshot<'_>, now: Instant) -> Result<Vec<Expert>> {
    let today: NaiveDate = china_day(now);
    let since = now - TimeDelta::days(wanted.confirmed_days.into());
    let day = roster::Column::UnavailableUntil;
    let free = Condition::any().add(day.is_null()).add(day.lt(today.to_string()));
    let experts = roster::Entity::find()
        .select_only()
        .columns([roster::Column::UserId, roster::Column::JoinedAt])
        .columns([user::Column::JudgeKind, user::Column::OrganizationId])
        .join(
            JoinType::InnerJoin,
            roster::Entity::belongs_to(user::Entity).from(roster::Column::UserId).to(user::Column::Id).into(),
        )
        .join(
            JoinType::InnerJoin,
            roster::Entity::belongs_to(roster::field::Entity)
                .from(roster::Column::Id)
                .to(roster::field::Column::ExpertId)
                .into(),
        )
        .filter(roster::field::Column::Domain.eq(wanted.domain.word()))
        .filter(roster::Column::ConfirmedAt.gt(since))
        .filter(free)
        .filter(user::Column::JudgeKind.is_not_null())
        .filter(user::Column::SuspendedAt.is_null())
        .filter(user::Column::OrganizationId.is_not_null())
        .filter(user::Column::OrganizationId.ne(wanted.department))
        .order_by_asc(roster::Column::UserId);
    Ok(experts.into_model::<Expert>().all(txn).await?)
}

/// 128 bits of SHA-256(salt ‖ id), in hex.
fn pseudonym(salt: &[u8; 16], id: &str) -> String {
    let mut hash = hex::encode(Sha256::new().chain_update(salt).chain_update(id).finalize());
    hash.truncate(32);
    hash
}

/// Notes that these candidates were seated.
pub(crate) async fn seated(txn: &Txn, challenge: ChallengeId, users: &[UserId], now: Instant) -> Result<()> {
    note(txn, Column::DrawnAt, Column::ChallengeId.eq(challenge).and(Column::UserId.is_in(users.iter().copied())), now)
        .await
}

/// Notes that a candidate left the panel.
pub(crate) async fn released(txn: &Txn, challenge: ChallengeId, user: UserId, now: Instant) -> Result<()> {
    note(txn, Column::ReleasedAt, Column::ChallengeId.eq(challenge).and(Column::UserId.eq(user)), now).await
}

/// Notes that the review is over for all who were seated: it has been closed, or the challenge has ended.
pub(crate) async fn release(txn: &Txn, challenge: ChallengeId, now: Instant) -> Result<()> {
    let seated = Column::ChallengeId.eq(challenge).and(Column::DrawnAt.is_not_null());
    note(txn, Column::ReleasedAt, seated.and(Column::ReleasedAt.is_null()), now).await
}

async fn note(txn: &Txn, column: Column, of: sea_orm::sea_query::SimpleExpr, now: Instant) -> Result<()> {
    Entity::update_many().col_expr(column, Expr::value(now)).filter(of).exec(txn).await?;
    Ok(())
}
