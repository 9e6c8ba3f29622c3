//! Appending: the event is part of the act's own transaction.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
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
    let Happening { kind, subject, challenge, audience, by, at, public, private } = happening;
    let stream = match audience {
        Audience::Everybody => subject.clone(),
        other => format!("{subject}/{}", other.circle().word().to_ascii_lowercase()),
    };
    let last: Option<(i32, String)> = Entity::find()
        .select_only()
        .columns([Column::Seq, Column::Hash])
        .filter(Column::Stream.eq(&stream))
        .order_by_desc(Column::Seq)
        .into_tuple()
        .one(txn)
        .await?;
    let (seq, previous_hash) = last.map_or((1, chain::GENESIS.to_owned()), |(seq, hash)| (seq + 1, hash));
    let public_text = canonical(&json!({
        "at": at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "facts": public, "kind": kind.word(), "seq": seq, "stream": stream, "subject": subject,
    }))?;
    let private_facts = canonical(&json!({ "by": by.fact(), "facts": private }))?;
    let salt = random::bytes::<16>()?.to_vec();
    let private_digest = chain::private_digest(&salt, &private_facts);
    let id = EventId::new();
    let row = ActiveModel {
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
        hash: Set(chain::hash(&previous_hash, &public_text, &private_digest)),
        public_text: Set(public_text),
        private_facts: Set(private_facts),
        salt: Set(salt),
        private_digest: Set(private_digest),
        previous_hash: Set(previous_hash),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(id)
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
