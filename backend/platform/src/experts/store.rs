//! Writing down the pool.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, FromQueryResult};
use sha2::{Digest, Sha256};

use super::draw::{self, Candidate};
use super::model;
use crate::base::id::{ChallengeId, OrganizationId, UserId};
use crate::base::words::JudgeKind;
use crate::base::{Result, random};
use crate::db::Txn;

/// Rows of one statement: five values each, within the engines' bounds.
const CHUNK: usize = 1_000;

/// An expert who could be drawn now.
#[derive(FromQueryResult)]
struct Expert {
    id: UserId,
    judge_kind: JudgeKind,
    organization_id: OrganizationId,
}

/// Writes down who can be drawn for a challenge: every judge who has an organization, other than the challenge's department, and is
/// not suspended, and none of those `without` whom it has to be: who argued a demand does not judge what came of it. Gives the hash of the candidates, to be published with the challenge. That the pool is too small for a panel shows
/// at the draw.
pub(crate) async fn snapshot(
    txn: &Txn,
    challenge: ChallengeId,
    department: OrganizationId,
    without: &[UserId],
) -> Result<String> {
    let mut experts = pool(txn, department).await?;
    experts.retain(|expert| !without.contains(&expert.id));
    // Common to this draw, so that equal organizations compare equal, and forgotten, so that nobody can look one up.
    let common = random::bytes::<16>()?;
    let mut candidates = Vec::with_capacity(experts.len());
    let mut rows = Vec::with_capacity(experts.len());
    for expert in experts {
        let salt = random::bytes::<16>()?;
        let candidate = Candidate {
            pseudonym: pseudonym(&salt, &expert.id.to_string()),
            kind: expert.judge_kind,
            organization: pseudonym(&common, &expert.organization_id.to_string()),
        };
        rows.push(model::ActiveModel {
            challenge_id: Set(challenge),
            user_id: Set(expert.id),
            pseudonym: Set(candidate.pseudonym.clone()),
            salt: Set(salt.to_vec()),
            line: Set(candidate.to_string()),
        });
        candidates.push(candidate);
    }
    for chunk in rows.chunks(CHUNK) {
        model::Entity::insert_many(chunk.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(draw::candidates_hash(&candidates))
}

async fn pool(txn: &Txn, department: OrganizationId) -> Result<Vec<Expert>> {
    let mut select = Query::select();
    select
        .columns(["id", "judge_kind", "organization_id"].map(Alias::new))
        .from(Alias::new("users"))
        .and_where(Expr::col("judge_kind").is_not_null())
        .and_where(Expr::col("suspended_at").is_null())
        .and_where(Expr::col("organization_id").is_not_null())
        .and_where(Expr::col("organization_id").ne(department))
        .order_by(Alias::new("id"), sea_orm::Order::Asc);
    let rows = txn.query_all(&select).await?;
    rows.iter().map(|row| Ok(Expert::from_query_result(row, "")?)).collect()
}

/// 128 bits of SHA-256(salt ‖ id), in hex.
fn pseudonym(salt: &[u8; 16], id: &str) -> String {
    let mut hash = hex::encode(Sha256::new().chain_update(salt).chain_update(id).finalize());
    hash.truncate(32);
    hash
}
