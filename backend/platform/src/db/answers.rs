//! Once only: a repeated idempotency key is answered with the first result, whatever the state is by then.

use std::collections::HashMap;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Conn, Db, Txn};
use crate::base::error::FaultCode;
use crate::base::id::{Kind, UserId};
use crate::base::{Error, Instant, Reason, Result};

/// What makes one call of a mutation the same as another.
#[derive(Clone, Debug)]
pub struct Once {
    user: UserId,
    mutation: &'static str,
    /// The digest of the caller's key.
    key: Option<String>,
    content: Vec<u8>,
    at: Instant,
}

/// A mutation's input, as far as a repeat has to agree with it: secrets are left out of its serialisation.
pub trait Content: Serialize {
    /// The mutation's name.
    const MUTATION: &'static str;
    /// The caller's idempotency key.
    fn key(&self) -> Option<&str>;
}

impl Once {
    /// `hash_key` is the server's: the digests tell nothing to who reads the database. The content's is over the key too, which is kept
    /// nowhere: who has the server's keys as well has nothing to test guesses of the content with, as long as it cannot guess that.
    pub fn new<C: Content>(user: UserId, content: &C, hash_key: &[u8], at: Instant) -> Result<Self> {
        let key = content.key();
        if key.is_some_and(|key| key.is_empty() || key.len() > 200) {
            return Err(Error::invalid("idempotencyKey", FaultCode::TooLong));
        }
        let whole = digest(hash_key, C::MUTATION, "content", &serde_json::to_vec(&(key, content))?)?;
        let key = key.map(|key| kept_key(hash_key, C::MUTATION, key)).transpose()?;
        Ok(Self { user, mutation: C::MUTATION, key, content: whole, at })
    }

    /// As [`Once::new`], of somebody unknown: their keys are apart by what is asked, so that no stranger's key is in another's
    /// way, and only who asks the very same is given the answer.
    pub fn of_anybody<C: Content>(content: &C, hash_key: &[u8], at: Instant) -> Result<Self> {
        let mut once = Self::new(UserId::from_uuid(Uuid::nil()), content, hash_key, at)?;
        once.key = once.key.map(|key| format!("{key}/{}", hex::encode(&once.content)));
        Ok(once)
    }

    /// Whose key it is, and which, if it has one: of two calls with the same the second is a repeat or a mistake.
    pub(crate) fn key(&self) -> Option<(UserId, &str)> {
        Some((self.user, self.key.as_deref()?))
    }

    fn is(&self, key: &str) -> SimpleExpr {
        let (user, mutation) = (entity::Column::UserId.eq(self.user), entity::Column::Mutation.eq(self.mutation));
        user.and(mutation).and(entity::Column::IdempotencyKey.eq(key))
    }

    fn row(&self, key: &str, answer: String) -> entity::ActiveModel {
        entity::ActiveModel {
            user_id: Set(self.user),
            mutation: Set(self.mutation.to_owned()),
            idempotency_key: Set(key.to_owned()),
            content: Set(self.content.clone()),
            answer: Set(answer),
            at: Set(self.at),
        }
    }

    fn answered<T: DeserializeOwned>(&self, first: &entity::Model) -> Result<T> {
        if !bool::from(first.content.ct_eq(&self.content)) {
            return Err(Error::Conflict(Reason::KeyReused));
        }
        Ok(serde_json::from_str(&first.answer)?)
    }
}

/// How a caller's key is kept.
pub fn kept_key(hash_key: &[u8], mutation: &str, key: &str) -> Result<String> {
    Ok(hex::encode(digest(hash_key, mutation, "key", key.as_bytes())?))
}

fn digest(hash_key: &[u8], mutation: &str, of: &str, input: &[u8]) -> Result<Vec<u8>> {
    let mac = Hmac::<Sha256>::new_from_slice(hash_key).map_err(|fault| Error::Internal(fault.into()))?;
    Ok(mac.chain_update(mutation).chain_update(of).chain_update(input).finalize().into_bytes().to_vec())
}

impl Db {
    /// The first result of the same call, if there was one: for verbs that do slow work before their transaction.
    pub async fn recalled<T: DeserializeOwned>(&self, once: &Once) -> Result<Option<T>> {
        match &once.key {
            Some(key) => recall(self.read(), once, key).await,
            None => Ok(None),
        }
    }

    /// As [`Db::write`], but a repeat of the same call is given the first call's result.
    pub async fn once<T, F, A>(&self, once: &Once, act: F) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        F: Fn(Arc<Txn>) -> A,
        A: Future<Output = Result<T>>,
    {
        let Some(key) = &once.key else { return self.write(act).await };
        let act = &act;
        self.write(move |txn| async move {
            if let Some(first) = recall(&*txn, once, key).await? {
                return Ok(first);
            }
            // Claimed before anything is looked at: of two at once the second waits here and then recalls.
            claim(&txn, once, key).await?;
            let done = act(txn.clone()).await?;
            settle(&txn, once, key, &done).await?;
            Ok(done)
        })
        .await
    }
}

/// The first results of these calls, each in its place, of acts that are done together. Whoever does them keeps theirs with
/// [`keep_first_answers`]: of two at once elsewhere the second is done again, and recalls.
pub(crate) async fn first_answers<T: DeserializeOwned>(
    conn: &impl Conn,
    calls: &[&Once],
) -> Result<Vec<Result<Option<T>>>> {
    let of = calls.iter().filter_map(|once| Some(once.is(once.key.as_ref()?)));
    let any = of.fold(Condition::any(), Condition::add);
    let mut firsts = HashMap::new();
    if !any.is_empty() {
        for row in entity::Entity::find().filter(any).all(conn).await? {
            firsts.insert((row.user_id, row.mutation.clone(), row.idempotency_key.clone()), row);
        }
    }
    let first = |once: &&Once| {
        let id = (once.user, once.mutation.to_owned(), once.key.clone()?);
        Some(once.answered(firsts.get(&id)?))
    };
    Ok(calls.iter().map(|once| first(once).transpose()).collect())
}

/// Keeps what was answered to those calls that have a key.
pub(crate) async fn keep_first_answers<'a, T: Serialize + 'a>(
    txn: &Txn,
    done: impl Iterator<Item = (&'a Once, &'a T)>,
) -> Result<()> {
    // In one order whoever keeps them.
    let mut done: Vec<_> = done.filter_map(|(once, done)| Some((once.key()?, once, done))).collect();
    done.sort_unstable_by_key(|(key, ..)| *key);
    let mut rows = Vec::with_capacity(done.len());
    for ((_, key), once, done) in done {
        rows.push(once.row(key, serde_json::to_string(done)?));
    }
    if !rows.is_empty() {
        entity::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

async fn recall<T: DeserializeOwned>(conn: &impl Conn, once: &Once, key: &str) -> Result<Option<T>> {
    let first = entity::Entity::find().filter(once.is(key)).one(conn).await?;
    first.map(|first| once.answered(&first)).transpose()
}

async fn claim(txn: &Txn, once: &Once, key: &str) -> Result<()> {
    entity::Entity::insert(once.row(key, String::new())).exec_without_returning(txn).await?;
    Ok(())
}

async fn settle<T: Serialize>(txn: &Txn, once: &Once, key: &str, done: &T) -> Result<()> {
    entity::Entity::update_many()
        .col_expr(entity::Column::Answer, Expr::value(serde_json::to_string(done)?))
        .filter(once.is(key))
        .exec(txn)
        .await?;
    Ok(())
}

mod entity {
    use sea_orm::entity::prelude::*;

    use crate::base::Instant;
    use crate::base::id::UserId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "first_answers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: UserId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub mutation: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub idempotency_key: String,
        pub content: Vec<u8>,
        pub answer: String,
        pub at: Instant,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
