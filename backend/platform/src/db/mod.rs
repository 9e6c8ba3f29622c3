//! The database: connecting, writing, and how its words become ours. The only place that begins a transaction.

mod answers;
mod batch;
mod connect;
mod erase;
mod faults;
mod page;
mod together;
mod values;
mod write;

pub use answers::{Content, Once, kept_key};
pub use connect::{Db, Sent, Settings};
pub use write::Txn;

pub(crate) use answers::{first_answers, keep_first_answers};
pub(crate) use page::{Direction, Keyset, Leading, per_parent};
pub(crate) use together::{Together, Waits};
pub(crate) use values::json_value;

/// Anything that statements can be sent to: the read pool or a write transaction.
pub trait Conn: sea_orm::ConnectionTrait {}
impl<T: sea_orm::ConnectionTrait> Conn for T {}
