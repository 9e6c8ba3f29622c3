//! Once only: a repeated idempotency key is answered with the first result, whatever the state is by then.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sea_orm::sea_query::{Expr, ExprTrait};
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
    /// `hash_key` is the server's: the digest tells nothing to who reads the database.
    pub fn new<C: Content>(user: UserId, content: &C, hash_key: &[u8], at: Instant) -> Result<Self> {
        let key = content.key().map(str::to_owned);
        if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > 200) {
            return Err(Error::invalid("idempotencyKey", FaultCode::TooLong));
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(hash_key).map_err(|fault| Error::Internal(fault.into()))?;
        mac.update(C::MUTATION.as_bytes());
        mac.update(&serde_json::to_vec(content)?);
        Ok(Self { user, mutation: C::MUTATION, key, content: mac.finalize().into_bytes().to_vec(), at })
    }
    /// As [`Once::new`], of somebody unknown: their keys are apart by what is asked, so that no stranger's key is in another's
    /// way, and only who asks the very same is given the answer.
    pub fn of_anybody<C: Content>(content: &C, hash_key: &[u8], at: Instant) -> Result<Self> {
        let mut once = Self::new(UserId::from_uuid(Uuid::nil()), content, hash_key, at)?;
        once.key = once.key.map(|key| format!("{key}/{}", hex::encode(&once.content)));
        Ok(once)
    }
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

async fn recall<T: DeserializeOwned>(conn: &impl Conn, once: &Once, key: &str) -> Result<Option<T>> {
    let id = (once.user, once.mutation.to_owned(), key.to_owned());
    let Some(first) = entity::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    if !bool::from(first.content.ct_eq(&once.content)) {
        return Err(Error::Conflict(Reason::KeyReused));
    }
    Ok(Some(serde_json::from_str(&first.answer)?))
}

async fn claim(txn: &Txn, once: &Once, key: &str) -> Result<()> {
    let row = entity::ActiveModel {
        user_id: Set(once.user),
        mutation: Set(once.mutation.to_owned()),
        idempotency_key: Set(key.to_owned()),
        content: Set(once.content.clone()),
        answer: Set(String::new()),
        at: Set(once.at),
    };
    entity::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

async fn settle<T: Serialize>(txn: &Txn, once: &Once, key: &str, done: &T) -> Result<()> {
    entity::Entity::update_many()
        .col_expr(entity::Column::Answer, Expr::value(serde_json::to_string(done)?))
        .filter(entity::Column::UserId.eq(once.user))
        .filter(Expr::col(entity::Column::Mutation).eq(once.mutation))
        .filter(entity::Column::IdempotencyKey.eq(key))
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
