//! Appending: the event is part of the act's own transaction.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use super::model::{ActiveModel, Column, Entity};
use super::{Audience, EventKind, chain};
use crate::base::id::{ChallengeId, EventId, Kind, UserId};
use crate::base::{Instant, Result, random};
use crate::db::Txn;

/// Who did it, and whether those who may see the event may see that.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// A person, shown to staff and to the person.
    Person(UserId),
    /// A person whom only the platform's own record knows.
    Unseen(UserId),
    /// The clock.
    Clock,
    /// The operator, from the command line.
    Operator,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Happening {
    /// What.
    pub kind: EventKind,
    /// To which thing: its TypeID.
    pub subject: String,
    /// In which challenge, if in one.
    pub challenge: Option<ChallengeId>,
    /// Who may know.
    pub audience: Audience,
    /// By whom.
    pub by: By,
    /// When, by the platform's clock.
    pub at: Instant,
    /// The facts that everyone in the audience may read.
    pub public: Value,
    /// The facts that only the platform's record keeps.
    pub private: Value,
}

/// Appends an event to its stream. Two that race for one place are run again, in turn.
pub async fn append(txn: &Txn, happening: Happening) -> Result<EventId> {
    let ids = append_all(txn, vec![happening]).await?;
    Ok(ids.into_iter().next().context("an event without an id")?)
}

/// Appends events, each to its stream, in this order.
pub(crate) async fn append_all(txn: &Txn, happenings: Vec<Happening>) -> Result<Vec<EventId>> {
    let streams: BTreeSet<String> = happenings.iter().map(Happening::stream).collect();
    let mut last = last_of(txn, streams).await?;
    let mut rows = Vec::with_capacity(happenings.len());
    let mut ids = Vec::with_capacity(happenings.len());
    for happening in happenings {
        let stream = happening.stream();
        let place = last.entry(stream.clone()).or_insert_with(|| (0, chain::GENESIS.to_owned()));
        let (id, seq, previous_hash) = (EventId::new(), place.0 + 1, place.1.clone());
        let Happening { kind, subject, challenge, audience, by, at, public, private } = happening;
        let public_text = canonical(&json!({
            "at": at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "facts": public, "kind": kind.word(), "seq": seq, "stream": stream, "subject": subject,
        }))?;
        let private_facts = canonical(&json!({ "by": by.fact(), "facts": private }))?;
        let salt = random::bytes::<16>()?.to_vec();
        let private_digest = chain::private_digest(&salt, &private_facts);
        let hash = chain::hash(&previous_hash, &public_text, &private_digest);
        *place = (seq, hash.clone());
        ids.push(id);
        rows.push(ActiveModel {
            id: Set(id),
            stream: Set(stream),
            seq: Set(seq),
            at: Set(at),
            kind: Set(kind.word().to_owned()),
            subject: Set(subject),
            challenge_id: Set(challenge),
            audience: Set(audience.circle().word().to_owned()),
            audience_id: Set(audience.id()),
            actor_id: Set(match by {
                By::Person(user) => Some(user),
                By::Unseen(_) | By::Clock | By::Operator => None,
            }),
            hash: Set(hash),
            public_text: Set(public_text),
            private_facts: Set(private_facts),
            salt: Set(salt),
            private_digest: Set(private_digest),
            previous_hash: Set(previous_hash),
        });
    }
    if !rows.is_empty() {
        Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(ids)
}

/// The number and the hash of the last event of each of these streams that has one.
async fn last_of(txn: &Txn, streams: BTreeSet<String>) -> Result<HashMap<String, (i32, String)>> {
    let mut last = HashMap::new();
    if streams.is_empty() {
        return Ok(last);
    }
    // One seek for each: what a stream holds besides is not looked at.
    let ends = Query::select()
        .expr(Expr::col(("ends", Column::Seq)).max())
        .from_as(Entity, "ends")
        .and_where(Expr::col(("ends", Column::Stream)).equals(("asked", "column1")))
        .take();
    let select = Query::select()
        .columns([Column::Stream, Column::Seq, Column::Hash].map(|column| (Entity, column)))
        .from_values(streams, "asked")
        .inner_join(Entity, Expr::col((Entity, Column::Stream)).equals(("asked", "column1")))
        .and_where(Expr::col((Entity, Column::Seq)).eq(ends))
        .take();
    for row in txn.query_all(&select).await? {
        last.insert(row.try_get("", "stream")?, (row.try_get("", "seq")?, row.try_get("", "hash")?));
    }
    Ok(last)
}

impl Happening {
    /// One subject and one audience.
    fn stream(&self) -> String {
        match self.audience {
            Audience::Everybody => self.subject.clone(),
            other => format!("{}/{}", self.subject, other.circle().word().to_ascii_lowercase()),
        }
    }
}

impl By {
    fn fact(self) -> String {
        match self {
            Self::Person(user) | Self::Unseen(user) => user.to_string(),
            Self::Clock => "clock".to_owned(),
            Self::Operator => "operator".to_owned(),
        }
    }
}

fn canonical(value: &Value) -> Result<String> {
    Ok(serde_json_canonicalizer::to_string(value)?)
}
