//! Walking the chains. What is changed in the texts, kinds, times, places or hashes of rows that the walker may see is found.

use sea_orm::sea_query::{ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use serde_json::Value;

use super::model::{Column, Entity, Model};
use super::{EventKind, chain, read};
use crate::access::Viewer;
use crate::base::id::{ChallengeId, EventId};
use crate::base::{Error, Reason, Result};
use crate::db::Conn;

/// What a walk found.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// How many events were checked.
    pub checked: u64,
    /// The first event that does not fit.
    pub first_break: Option<EventId>,
}

const BATCH: u64 = 1_000;

/// What the log has of an event, whoever may see it.
pub(crate) struct Recorded {
    pub(crate) subject: String,
    pub(crate) kind: String,
    /// What its audience may read.
    pub(crate) facts: Value,
}

impl Recorded {
    /// A fact that is a text.
    pub(crate) fn text(&self, fact: &str) -> Option<&str> {
        self.facts.get(fact)?.as_str()
    }
}

/// The events of these kinds in a challenge's public stream.
pub(crate) async fn of_challenge(
    conn: &impl Conn,
    challenge: ChallengeId,
    kinds: &[EventKind],
) -> Result<Vec<Recorded>> {
    recorded(conn, Column::Stream.eq(challenge.to_string()), kinds).await
}

/// The events of these kinds in a challenge, with the streams that they lie in, each in its order.
pub(crate) async fn in_challenge(
    conn: &impl Conn,
    challenge: ChallengeId,
    kinds: &[EventKind],
) -> Result<Vec<Recorded>> {
    let such = Column::Kind.is_in(kinds.iter().map(|kind| kind.word()));
    let of = Entity::find().select_only().column(Column::Stream).filter(Column::ChallengeId.eq(challenge).and(such));
    recorded(conn, Column::Stream.in_subquery(of.into_query()), kinds).await
}

/// Refuses where a stream does not hold together.
async fn recorded(conn: &impl Conn, streams: SimpleExpr, kinds: &[EventKind]) -> Result<Vec<Recorded>> {
    let mut found = Vec::new();
    let mut last: Option<Model> = None;
    loop {
        let rows = behind(Entity::find().filter(streams.clone()), last.as_ref()).all(conn).await?;
        let more = rows.len() as u64 == BATCH;
        for row in rows {
            if !fits(last.as_ref(), &row)? {
                return Err(Error::Conflict(Reason::LogBroken));
            }
            if kinds.iter().any(|kind| kind.word() == row.kind) {
                let mut text: Value = serde_json::from_str(&row.public_text)?;
                let facts = text.get_mut("facts").map(Value::take).unwrap_or_default();
                found.push(Recorded { subject: row.subject.clone(), kind: row.kind.clone(), facts });
            }
            last = Some(row);
        }
        if !more {
            return Ok(found);
        }
    }
}

/// The next of these, stream by stream.
fn behind(select: Select<Entity>, last: Option<&Model>) -> Select<Entity> {
    let select = match last {
        None => select,
        Some(last) => {
            let same = Condition::all().add(Column::Stream.eq(&last.stream)).add(Column::Seq.gt(last.seq));
            select.filter(Condition::any().add(Column::Stream.gt(&last.stream)).add(same))
        }
    };
    select.order_by_asc(Column::Stream).order_by_asc(Column::Seq).limit(BATCH)
}

/// Walks every stream that the viewer may see.
pub async fn walk(conn: &impl Conn, viewer: &Viewer) -> Result<Verdict> {
    let mut verdict = Verdict { checked: 0, first_break: None };
    let mut last: Option<Model> = None;
    loop {
        let rows = behind(read::seen(viewer, None), last.as_ref()).all(conn).await?;
        if rows.is_empty() {
            return Ok(verdict);
        }
        for row in rows {
            if !fits(last.as_ref(), &row)? {
                verdict.first_break = Some(row.id);
                return Ok(verdict);
            }
            verdict.checked += 1;
            last = Some(row);
        }
    }
}

/// Whether a row follows the one before it, and says what its columns say.
fn fits(before: Option<&Model>, row: &Model) -> Result<bool> {
    let before = before.filter(|before| before.stream == row.stream);
    let (seq, previous) = before.map_or((1, chain::GENESIS), |before| (before.seq + 1, before.hash.as_str()));
    let text: Value = serde_json::from_str(&row.public_text).unwrap_or_default();
    let says = |key: &str| text.get(key).and_then(Value::as_str).unwrap_or_default();
    let at = row.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let private: Value = serde_json::from_str(&row.private_facts).unwrap_or_default();
    let by = private.get("by").and_then(Value::as_str).unwrap_or_default();
    // Who may walk a stream is part of its name, which is hashed.
    let stream = match row.audience.as_str() {
        "EVERYBODY" => row.subject.clone(),
        other => format!("{}/{}", row.subject, other.to_ascii_lowercase()),
    };
    Ok(row.seq == seq
        && row.stream == stream
        && row.previous_hash == previous
        && says("at") == at
        && says("kind") == row.kind
        && says("stream") == row.stream
        && says("subject") == row.subject
        && row.actor_id.is_none_or(|actor| actor.to_string() == by)
        && row.private_digest == chain::private_digest(&row.salt, &row.private_facts)
        && row.hash == chain::hash(&row.previous_hash, &row.public_text, &row.private_digest))
}
